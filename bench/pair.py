#!/usr/bin/env python3
"""pair.py - two builds of libvm side by side, to see what a change is worth.

SPDX-License-Identifier: MIT

    python3 bench/pair.py BUILD_A BUILD_B [--tier 1] [--rounds 5] [--programs fib,tak]

The builds take turns in every program, so that a disturbance hits both; processor time of the entry, at the
argument of run.py's interpreters. Prints the best time of each and B by A: of the best times, and of the
medians. Where the two differ the machine was not quiet. Needs the target bench_tiers in both.
"""
import argparse
import math
import statistics
import sys

sys.dont_write_bytecode = True
import run  # noqa: E402


def compare(options, program):
    argument = run.PROGRAMS[program][1 if options.tier != "2" else 0]
    tiers = [run.Tier("", options.tier, build, True) for build in (options.a, options.b)]
    times = ([], [])
    for tier in tiers:
        tier.open(program)
    for number in range(options.rounds):
        for i in ((0, 1), (1, 0))[number % 2]:
            times[i].append(tiers[i].time(program, argument)["cpu"])
    for tier in tiers:
        tier.close()
    best = min(times[1]) / min(times[0])
    median = statistics.median(times[1]) / statistics.median(times[0])
    print("%-16s %8.4f %8.4f   %.3f   %.3f" % (program, min(times[0]), min(times[1]), best, median),
          flush=True)
    return best


def main():
    parser = argparse.ArgumentParser(description="two builds side by side")
    parser.add_argument("a")
    parser.add_argument("b")
    parser.add_argument("--tier", default="1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--programs", default=",".join(run.PROGRAMS))
    options = parser.parse_args()
    print("%-16s %8s %8s   %s" % ("", "A, s", "B, s", "B/A: best, median"))
    ratios = [compare(options, program) for program in options.programs.split(",")]
    print("geometric mean %.3f" % math.exp(sum(map(math.log, ratios)) / len(ratios)))


if __name__ == "__main__":
    main()
