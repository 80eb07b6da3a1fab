#!/usr/bin/env python3
"""Writes programs/counted.vma: counted loops of every comparison, direction and place of the test, with
what they must do by a model of their own. Arrays are as long as the loop, or too short; counters reach
the ends of their range. `take_turns` says how far a loop came, trap or not.

SPDX-License-Identifier: MIT
"""
MASK, MAX, MIN = 0xFFFFFFFF, 0x7FFFFFFF, -0x80000000

HEAD = """; Made by gen_loops.py. Counted loops over an array: each comparison, direction and test at the top, the
; bottom or between, with reads before and behind it; counters that wrap; arrays that are too
; short.
module counted
type I array mut i32
global arr mut (ref null I) = null
global turns mut i32 = 0
export func "make" make
export func "take_turns" take_turns
func make (n: i32) -> () { ; arr[k] = 7k + 1
  local a: (ref null I), i: i32
  local.get n array.new_default I local.tee a global.set arr
head:
  local.get i local.get n i32.lt_s br_unless end
  local.get a local.get i local.get i i32.const 7 i32.mul i32.const 1 i32.add array.set I
  local.get i i32.const 1 i32.add local.set i
  br head
end:
  return
}
func take_turns () -> (i32) {
  global.get turns i32.const 0 global.set turns return
}"""

NEGATED = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "ne": "eq"}
SWAPPED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "ne": "ne"}


class Trap(Exception):
    pass


def signed(v):
    v &= MASK
    return v - (1 << 32) if v >> 31 else v


def signed64(v):
    v &= (1 << 64) - 1
    return v - (1 << 64) if v >> 63 else v


def holds(comparison, a, b):
    way = comparison[:2]
    fit = signed if comparison.endswith("_s") else lambda v: v & MASK
    a, b = fit(a), fit(b)
    return {"lt": a < b, "le": a <= b, "gt": a > b, "ge": a >= b, "ne": a != b}[way]


def renamed(comparison, table):
    return table[comparison[:2]] + comparison[2:]


class Loop:
    def __init__(self, place, comparison, step):
        self.place, self.comparison, self.step = place, comparison, step
        self.name = "%s_%s_%s%d" % (place, comparison, "down" if step < 0 else "up", abs(step))

    def text(self):
        c, step = self.comparison, self.step
        index = ("local.get i local.get base" if step > 0 else "local.get base local.get i") + " i32.sub"
        add = "local.get i i32.const 1 i32.sub" if step == -1 else "local.get i i32.const %d i32.add" % step
        body = ("  local.get s i64.const 31 i64.mul local.get a %s array.get I i64.extend_i32_u i64.add\n"
                "  local.set s global.get turns i32.const 1 i32.add global.set turns\n" % index)
        near = "local.get i local.get n i32.%s" % c
        far = "local.get i local.get n i32.%s" % renamed(c, NEGATED)
        plain = step in (1, -1) # half of the loops are said the other way round
        if self.place == "top":
            guard = near + " br_unless end" if plain else far + " br_if end"
            code = "  %s\n%s  %s local.set i\n  br head\nend:\n" % (guard, body, add)
        elif self.place == "bottom":
            guard = "local.tee i local.get n i32.%s br_if head" % c
            code = "%s  %s %s\n" % (body, add, guard if plain else "local.set i %s br_unless head" % far)
        elif self.place == "late": # behind what the limit allows, too
            code = "%s  %s br_if end\n  %s local.set i\n  br head\nend:\n" % (body, far, add)
        elif self.place == "stepped":
            code = "  %s local.set i\n%s  %s br_unless end\n  br head\nend:\n" % (add, body, near)
        else:
            guard = "local.get n local.get i i32.%s br_unless end" % renamed(c, SWAPPED)
            code = "%s  %s local.set i\n  %s\n%s  br head\nend:\n" % (body, add, guard, body)
        return ('export func "%s" %s\nfunc %s (i: i32, n: i32) -> (i64, i32) {\n'
                "  local a: (ref null I), base: i32, s: i64\n"
                "  global.get arr local.set a local.get i local.set base\nhead:\n%s"
                "  local.get s local.get i return\n}" % (self.name, self.name, self.name, code))

    def run(self, start, limit, length):
        """What comes out, and how many elements were read before."""
        state = {"i": start, "sum": 0, "turns": 0}

        def read():
            k = (state["i"] - start if self.step > 0 else start - state["i"]) & MASK
            if k >= length:
                raise Trap
            state["sum"] = state["sum"] * 31 + 7 * k + 1
            state["turns"] += 1

        def on():
            return holds(self.comparison, state["i"], limit)

        try:
            while self.place != "top" or on():
                if self.place == "stepped":
                    state["i"] = signed(state["i"] + self.step)
                read()
                if self.place in ("late", "stepped") and not on():
                    break
                if self.place != "stepped":
                    state["i"] = signed(state["i"] + self.step)
                if self.place == "bottom" and not on():
                    break
                if self.place == "middle":
                    if not on():
                        break
                    read()
            return "%d %d" % (signed64(state["sum"]), state["i"]), state["turns"]
        except Trap:
            return "trap array-bounds", state["turns"]

    def expect(self, start, limit, length):
        outcome, turns = self.run(start, limit, length)
        print("; expect %s %d %d = %s\n; expect take_turns = %d" % (self.name, start, limit, outcome, turns))


def loops():
    for place in ("top", "bottom"):
        for way in ("lt_s", "le_s", "lt_u", "le_u", "ne"):
            yield Loop(place, way, 1)
        for way in ("gt_s", "ge_s", "gt_u", "ge_u", "ne"):
            yield Loop(place, way, -1)
        for way, step in (("lt_s", 3), ("le_u", 3), ("gt_s", -3), ("ge_u", -3), ("ne", 3)):
            yield Loop(place, way, step)
    for way, step in (("lt_s", 1), ("ne", 1), ("le_u", 1), ("gt_s", -1), ("lt_s", 3)):
        yield Loop("middle", way, step)
        yield Loop("late", way, step)
        yield Loop("stepped", way, step)


UP = ((MAX - 20, MAX), (MAX - 20, MAX - 1), (MAX - 20, MIN), (-20, -1), (-21, 0), (-20, 5), (MIN, MIN + 30),
      (MAX - 1, MAX), (MAX - 15, MIN + 10))
DOWN = ((MIN + 20, MIN), (MIN + 20, MIN + 1), (MIN + 20, MAX), (20, 0), (20, -1), (-1, -25),
        (MIN + 15, MAX - 10), (10, 1), (MAX, MAX - 30))


def make(length):
    print("; expect make %d =" % length)
    return length


def expectations(loop):
    step, first = loop.step, 50 if loop.comparison.endswith("_u") else -11
    length = make(40)
    for turns in (0, 1, 2, 7, 8, 9, 10, 38, 39, 40, 41):
        loop.expect(first, first + step * turns, length)
    loop.expect(3, -5, length)
    loop.expect(-5, 3, length)
    for start, limit in UP if step > 0 else DOWN:
        loop.expect(start, limit, length)
    if step not in (1, -1):
        return
    first = 7 if step > 0 else 4000
    for length, many in ((2100, (1023, 1024, 1025, 1032, 1033, 2047, 2048, 2049)), (1500, (2040,)),
                         (1025, (1025, 1026)), (1024, (1024, 1025))):
        make(length)
        for turns in many:
            loop.expect(first, first + step * turns, length)


def main():
    print(HEAD)
    every = list(loops())
    for loop in every:
        print(loop.text())
    for loop in every:
        expectations(loop)


main()
