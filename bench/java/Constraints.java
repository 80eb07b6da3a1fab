// Constraints.java - the algorithm of bench/programs/constraints.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Constraints {
  interface Execute {
    void apply(Constraint a);
  }

  interface Weigh {
    int apply(Constraint a, int b);
  }

  static class Variable {
    int value;
    int strength;
    int mark;

    Variable(int value, int strength, int mark) {
      this.value = value;
      this.strength = strength;
      this.mark = mark;
    }
  }

  static class Constraint {
    Execute execute;
    Weigh weigh;
    Variable output;
    int strength;

    Constraint(Execute execute, Weigh weigh, Variable output, int strength) {
      this.execute = execute;
      this.weigh = weigh;
      this.output = output;
      this.strength = strength;
    }
  }

  static class Stay extends Constraint {
    int constant;

    Stay(Execute execute, Weigh weigh, Variable output, int strength, int constant) {
      super(execute, weigh, output, strength);
      this.constant = constant;
    }
  }

  static class Equal extends Constraint {
    Variable input;

    Equal(Execute execute, Weigh weigh, Variable output, int strength, Variable input) {
      super(execute, weigh, output, strength);
      this.input = input;
    }
  }

  static class Offset extends Constraint {
    Variable input;
    int amount;

    Offset(Execute execute, Weigh weigh, Variable output, int strength, Variable input, int amount) {
      super(execute, weigh, output, strength);
      this.input = input;
      this.amount = amount;
    }
  }

  static class Scale extends Constraint {
    Variable input;
    Variable factor;
    Variable offset;

    Scale(Execute execute, Weigh weigh, Variable output, int strength, Variable input, Variable factor, Variable offset) {
      super(execute, weigh, output, strength);
      this.input = input;
      this.factor = factor;
      this.offset = offset;
    }
  }

  static class Limit extends Constraint {
    Variable input;
    int low;
    int high;

    Limit(Execute execute, Weigh weigh, Variable output, int strength, Variable input, int low, int high) {
      super(execute, weigh, output, strength);
      this.input = input;
      this.low = low;
      this.high = high;
    }
  }

  static int seed = 42;

  static int random_below(int below) {
    seed = (seed * 3877 + 29573) % 139968;
    return seed % below;
  }

  static int weaker(int a, int b) {
    if (a > b) return a;
    return b;
  }

  static void stay_execute(Constraint c) {
    Stay s = (Stay) c;
    s.output.value = s.constant;
  }

  static int stay_weigh(Constraint c, int mark) {
    return c.strength;
  }

  static void equal_execute(Constraint c) {
    Equal e = (Equal) c;
    e.output.value = e.input.value;
  }

  static int equal_weigh(Constraint c, int mark) {
    Equal e = (Equal) c;
    if (e.input.mark != mark) return 9;
    return weaker(e.strength, e.input.strength);
  }

  static void offset_execute(Constraint c) {
    Offset o = (Offset) c;
    o.output.value = (o.input.value + o.amount) % 30011;
  }

  static int offset_weigh(Constraint c, int mark) {
    Offset o = (Offset) c;
    if (o.input.mark != mark) return 9;
    return weaker(o.strength, o.input.strength);
  }

  static void scale_execute(Constraint c) {
    Scale s = (Scale) c;
    s.output.value = (s.input.value * s.factor.value + s.offset.value) % 30011;
  }

  static int scale_weigh(Constraint c, int mark) {
    Scale s = (Scale) c;
    if (s.input.mark != mark) return 9;
    return weaker(s.strength, weaker(s.input.strength, s.factor.strength));
  }

  static void limit_execute(Constraint c) {
    Limit l = (Limit) c;
    int v = l.input.value;
    if (v < l.low) v = l.low;
    if (v > l.high) v = v - l.high;
    l.output.value = v;
  }

  static int limit_weigh(Constraint c, int mark) {
    Limit l = (Limit) c;
    if (l.input.mark != mark) return 9;
    return weaker(l.strength, l.input.strength);
  }

  static Constraint make(Variable[] variables, int i) {
    Variable input = variables[i];
    Variable output = variables[i + 1];
    int kind = random_below(16);
    int strength = random_below(6);
    if (kind < 1) return new Stay(Constraints::stay_execute, Constraints::stay_weigh, output, strength, 1 + random_below(100));
    if (kind < 5) return new Equal(Constraints::equal_execute, Constraints::equal_weigh, output, strength, input);
    if (kind < 9) return new Offset(Constraints::offset_execute, Constraints::offset_weigh, output, strength, input, random_below(1000));
    if (kind < 12) return new Scale(Constraints::scale_execute, Constraints::scale_weigh, output, strength, input, variables[i / 2], variables[i / 3]);
    return new Limit(Constraints::limit_execute, Constraints::limit_weigh, output, strength, input, 10, 20000);
  }

  static int plan(Constraint[] constraints, Variable edit, int mark) {
    int sum = 0;
    edit.mark = mark;
    edit.strength = 0;
    for (int i = 0; i < constraints.length; i++) {
      Constraint c = constraints[i];
      int strength = c.weigh.apply(c, mark);
      c.output.strength = strength;
      c.output.mark = mark;
      sum += strength;
    }
    return sum;
  }

  static void execute(Constraint[] constraints) {
    for (int i = 0; i < constraints.length; i++) {
      Constraint c = constraints[i];
      c.execute.apply(c);
    }
  }

  public static void main(String[] args) {
    Guest.args = args;
    int rounds = Guest.arg_i32(0, 1000);
    int n = 500;
    Variable[] variables = new Variable[n + 1];
    Constraint[] constraints = new Constraint[n];
    for (int i = 0; i <= n; i++) variables[i] = new Variable(i, 0, 0);
    for (int k = 0; k < n; k++) constraints[k] = make(variables, k);
    int checksum = 0;
    for (int round = 1; round <= rounds; round++) {
      int changed = random_below(n);
      constraints[changed] = make(variables, changed);
      int weight = plan(constraints, variables[0], round);
      for (int m = 0; m < 4; m++) {
        variables[0].value = (round + m) % 1000;
        execute(constraints);
        checksum = (checksum * 31 + variables[n].value + weight) % 1000003;
      }
    }
    Guest.print("checksum ");
    Guest.print_i32(checksum);
    Guest.print("\n");
    Guest.flush();
  }
}
