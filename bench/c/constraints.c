/* constraints.c - the algorithm of bench/programs/constraints.vma in C. Arrays' lengths are known
 * at run time only, as the guest's are.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

struct Variable;
struct Constraint;
struct Stay;
struct Equal;
struct Offset;
struct Scale;
struct Limit;
typedef void (*Execute)(struct Constraint *);
typedef int (*Weigh)(struct Constraint *, int);

struct Variable {
  int value;
  int strength;
  int mark;
};

struct Constraint {
  Execute execute;
  Weigh weigh;
  struct Variable *output;
  int strength;
};

struct Stay {
  struct Constraint base;
  int constant;
};

struct Equal {
  struct Constraint base;
  struct Variable *input;
};

struct Offset {
  struct Constraint base;
  struct Variable *input;
  int amount;
};

struct Scale {
  struct Constraint base;
  struct Variable *input;
  struct Variable *factor;
  struct Variable *offset;
};

struct Limit {
  struct Constraint base;
  struct Variable *input;
  int low;
  int high;
};

static int seed = 42;

static struct Variable *new_Variable(int value, int strength, int mark)
{
  struct Variable *o = malloc(sizeof *o);
  *o = (struct Variable){value, strength, mark};
  return o;
}

static struct Stay *new_Stay(Execute execute, Weigh weigh, struct Variable *output, int strength, int constant)
{
  struct Stay *o = malloc(sizeof *o);
  *o = (struct Stay){{execute, weigh, output, strength}, constant};
  return o;
}

static struct Equal *new_Equal(Execute execute, Weigh weigh, struct Variable *output, int strength, struct Variable *input)
{
  struct Equal *o = malloc(sizeof *o);
  *o = (struct Equal){{execute, weigh, output, strength}, input};
  return o;
}

static struct Offset *new_Offset(Execute execute, Weigh weigh, struct Variable *output, int strength, struct Variable *input, int amount)
{
  struct Offset *o = malloc(sizeof *o);
  *o = (struct Offset){{execute, weigh, output, strength}, input, amount};
  return o;
}

static struct Scale *new_Scale(Execute execute, Weigh weigh, struct Variable *output, int strength, struct Variable *input, struct Variable *factor, struct Variable *offset)
{
  struct Scale *o = malloc(sizeof *o);
  *o = (struct Scale){{execute, weigh, output, strength}, input, factor, offset};
  return o;
}

static struct Limit *new_Limit(Execute execute, Weigh weigh, struct Variable *output, int strength, struct Variable *input, int low, int high)
{
  struct Limit *o = malloc(sizeof *o);
  *o = (struct Limit){{execute, weigh, output, strength}, input, low, high};
  return o;
}

static int random_below(int below)
{
  seed = (seed * 3877 + 29573) % 139968;
  return seed % below;
}

static int weaker(int a, int b)
{
  if (a > b) return a;
  return b;
}

static void stay_execute(struct Constraint *c)
{
  struct Stay *s = (struct Stay *)c;
  s->base.output->value = s->constant;
}

static int stay_weigh(struct Constraint *c, int mark)
{
  (void)mark;
  return c->strength;
}

static void equal_execute(struct Constraint *c)
{
  struct Equal *e = (struct Equal *)c;
  e->base.output->value = e->input->value;
}

static int equal_weigh(struct Constraint *c, int mark)
{
  struct Equal *e = (struct Equal *)c;
  if (e->input->mark != mark) return 9;
  return weaker(e->base.strength, e->input->strength);
}

static void offset_execute(struct Constraint *c)
{
  struct Offset *o = (struct Offset *)c;
  o->base.output->value = (o->input->value + o->amount) % 30011;
}

static int offset_weigh(struct Constraint *c, int mark)
{
  struct Offset *o = (struct Offset *)c;
  if (o->input->mark != mark) return 9;
  return weaker(o->base.strength, o->input->strength);
}

static void scale_execute(struct Constraint *c)
{
  struct Scale *s = (struct Scale *)c;
  s->base.output->value = (s->input->value * s->factor->value + s->offset->value) % 30011;
}

static int scale_weigh(struct Constraint *c, int mark)
{
  struct Scale *s = (struct Scale *)c;
  if (s->input->mark != mark) return 9;
  return weaker(s->base.strength, weaker(s->input->strength, s->factor->strength));
}

static void limit_execute(struct Constraint *c)
{
  struct Limit *l = (struct Limit *)c;
  int v = l->input->value;
  if (v < l->low) v = l->low;
  if (v > l->high) v = v - l->high;
  l->base.output->value = v;
}

static int limit_weigh(struct Constraint *c, int mark)
{
  struct Limit *l = (struct Limit *)c;
  if (l->input->mark != mark) return 9;
  return weaker(l->base.strength, l->input->strength);
}

static struct Constraint *make(struct Variable **variables, int i)
{
  struct Variable *input = variables[i];
  struct Variable *output = variables[i + 1];
  int kind = random_below(16);
  int strength = random_below(6);
  if (kind < 1) return (struct Constraint *)new_Stay(stay_execute, stay_weigh, output, strength, 1 + random_below(100));
  if (kind < 5) return (struct Constraint *)new_Equal(equal_execute, equal_weigh, output, strength, input);
  if (kind < 9) return (struct Constraint *)new_Offset(offset_execute, offset_weigh, output, strength, input, random_below(1000));
  if (kind < 12) return (struct Constraint *)new_Scale(scale_execute, scale_weigh, output, strength, input, variables[i / 2], variables[i / 3]);
  return (struct Constraint *)new_Limit(limit_execute, limit_weigh, output, strength, input, 10, 20000);
}

static int plan(struct Constraint **constraints, int n, struct Variable *edit, int mark)
{
  int sum = 0;
  edit->mark = mark;
  edit->strength = 0;
  for (int i = 0; i < n; i++) {
    struct Constraint *c = constraints[i];
    int strength = c->weigh(c, mark);
    c->output->strength = strength;
    c->output->mark = mark;
    sum += strength;
  }
  return sum;
}

static void execute(struct Constraint **constraints, int n)
{
  for (int i = 0; i < n; i++) {
    struct Constraint *c = constraints[i];
    c->execute(c);
  }
}

int main(int argc, char **argv)
{
  int rounds = argc > 1 ? atoi(argv[1]) : 1000;
  int n = argc > 2 ? atoi(argv[2]) : 500;
  struct Variable **variables = calloc((size_t)(n + 1), sizeof(struct Variable *));
  struct Constraint **constraints = calloc((size_t)(n), sizeof(struct Constraint *));
  for (int i = 0; i <= n; i++) variables[i] = new_Variable(i, 0, 0);
  for (int k = 0; k < n; k++) constraints[k] = make(variables, k);
  int checksum = 0;
  for (int round = 1; round <= rounds; round++) {
    int changed = random_below(n);
    free(constraints[changed]);
    constraints[changed] = make(variables, changed);
    int weight = plan(constraints, n, variables[0], round);
    for (int m = 0; m < 4; m++) {
      variables[0]->value = (round + m) % 1000;
      execute(constraints, n);
      checksum = (checksum * 31 + variables[n]->value + weight) % 1000003;
    }
  }
  fputs("checksum ", stdout);
  printf("%d", checksum);
  fputs("\n", stdout);
  return 0;
}
