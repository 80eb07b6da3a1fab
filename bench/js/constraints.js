// constraints.js - the algorithm of bench/programs/constraints.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

class Variable {
  constructor(value, strength, mark) {
    this.value = value;
    this.strength = strength;
    this.mark = mark;
  }
}

class Constraint {
  constructor(execute, weigh, output, strength) {
    this.execute = execute;
    this.weigh = weigh;
    this.output = output;
    this.strength = strength;
  }
}

class Stay extends Constraint {
  constructor(execute, weigh, output, strength, constant) {
    super(execute, weigh, output, strength);
    this.constant = constant;
  }
}

class Equal extends Constraint {
  constructor(execute, weigh, output, strength, input) {
    super(execute, weigh, output, strength);
    this.input = input;
  }
}

class Offset extends Constraint {
  constructor(execute, weigh, output, strength, input, amount) {
    super(execute, weigh, output, strength);
    this.input = input;
    this.amount = amount;
  }
}

class Scale extends Constraint {
  constructor(execute, weigh, output, strength, input, factor, offset) {
    super(execute, weigh, output, strength);
    this.input = input;
    this.factor = factor;
    this.offset = offset;
  }
}

class Limit extends Constraint {
  constructor(execute, weigh, output, strength, input, low, high) {
    super(execute, weigh, output, strength);
    this.input = input;
    this.low = low;
    this.high = high;
  }
}

let seed = 42;

function random_below(below) {
  seed = (seed * 3877 + 29573) % 139968;
  return seed % below;
}

function weaker(a, b) {
  if (a > b) return a;
  return b;
}

function stay_execute(c) {
  let s = c;
  s.output.value = s.constant;
}

function stay_weigh(c, mark) {
  return c.strength;
}

function equal_execute(c) {
  let e = c;
  e.output.value = e.input.value;
}

function equal_weigh(c, mark) {
  let e = c;
  if (e.input.mark !== mark) return 9;
  return weaker(e.strength, e.input.strength);
}

function offset_execute(c) {
  let o = c;
  o.output.value = (o.input.value + o.amount) % 30011;
}

function offset_weigh(c, mark) {
  let o = c;
  if (o.input.mark !== mark) return 9;
  return weaker(o.strength, o.input.strength);
}

function scale_execute(c) {
  let s = c;
  s.output.value = (s.input.value * s.factor.value + s.offset.value) % 30011;
}

function scale_weigh(c, mark) {
  let s = c;
  if (s.input.mark !== mark) return 9;
  return weaker(s.strength, weaker(s.input.strength, s.factor.strength));
}

function limit_execute(c) {
  let l = c;
  let v = l.input.value;
  if (v < l.low) v = l.low;
  if (v > l.high) v = v - l.high;
  l.output.value = v;
}

function limit_weigh(c, mark) {
  let l = c;
  if (l.input.mark !== mark) return 9;
  return weaker(l.strength, l.input.strength);
}

function make(variables, i) {
  let input = variables[i];
  let output = variables[i + 1];
  let kind = random_below(16);
  let strength = random_below(6);
  if (kind < 1) return new Stay(stay_execute, stay_weigh, output, strength, 1 + random_below(100));
  if (kind < 5) return new Equal(equal_execute, equal_weigh, output, strength, input);
  if (kind < 9) return new Offset(offset_execute, offset_weigh, output, strength, input, random_below(1000));
  if (kind < 12) return new Scale(scale_execute, scale_weigh, output, strength, input, variables[(i / 2 | 0)], variables[(i / 3 | 0)]);
  return new Limit(limit_execute, limit_weigh, output, strength, input, 10, 20000);
}

function plan(constraints, edit, mark) {
  let sum = 0;
  edit.mark = mark;
  edit.strength = 0;
  for (let i = 0; i < constraints.length; i++) {
    let c = constraints[i];
    let strength = c.weigh(c, mark);
    c.output.strength = strength;
    c.output.mark = mark;
    sum += strength;
  }
  return sum;
}

function execute(constraints) {
  for (let i = 0; i < constraints.length; i++) {
    let c = constraints[i];
    c.execute(c);
  }
}

function main() {
  let rounds = guest.arg_i32(0, 1000);
  let n = 500;
  let variables = new Array(n + 1).fill(null);
  let constraints = new Array(n).fill(null);
  for (let i = 0; i <= n; i++) variables[i] = new Variable(i, 0, 0);
  for (let k = 0; k < n; k++) constraints[k] = make(variables, k);
  let checksum = 0;
  for (let round = 1; round <= rounds; round++) {
    let changed = random_below(n);
    constraints[changed] = make(variables, changed);
    let weight = plan(constraints, variables[0], round);
    for (let m = 0; m < 4; m++) {
      variables[0].value = (round + m) % 1000;
      execute(constraints);
      checksum = (checksum * 31 + variables[n].value + weight) % 1000003;
    }
  }
  guest.print("checksum ");
  guest.print_i32(checksum);
  guest.print("\n");
  return 0;
}

main();
guest.flush();
