'use strict';
// Closures in a loop: made, kept, called, and sharing what they change.
function counter(step) {
  let count = 0;
  function next() {
    count = count + step;
    return count;
  }
  return next;
}

function compose(f, g) {
  function both(x) { return f(g(x)); }
  return both;
}

function adder(n) {
  function add(x) { return x + n; }
  return add;
}

function repeat(times, body) {
  for (let i = 0; i < times; i = i + 1) body(i);
}

let total = 0;
function round(n) {
  let next = counter(n);
  let sum = 0;
  function step(i) {
    let f = compose(adder(i), adder(n));
    sum = sum + f(next());
  }
  repeat(1000, step);
  total = total + sum;
}

for (let i = 0; i < 4000; i = i + 1) round(i);
console.log(total);
