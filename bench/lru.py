#!/usr/bin/env python3
"""Run the caches' benchmark and print one table: memoized functions of pyfeat.h against their peers.

As in run.py every number is a process of its own, all run once a round, in turn, and a ratio is the median of the
ratios of the rounds. The ratio that is judged is the one against the peer that is fastest in the median."""

import argparse
import os
import statistics
import sys

from run import human, measure, path_of

WORKLOADS = [("hits", 1.0), ("dependent hits", 1.0), ("misses", 0.6), ("Zipf 0.99", None), ("dependent Zipf", None)]
STRINGS = [("string hits", 1.0), ("string misses", 0.6)]
PEERS = ["absl", "boost", "std", "uthash", "glib"]
WAYS = [("unlocked", "lru_pyfeat %s", True), ("locked", "lru_pyfeat %s 4", False), ("pyf_lru", "lru_pyfeat %s 8", False)]


def median_of_ratios(ours, theirs):
    return statistics.median(a / b for a, b in zip(ours, theirs) if b > 0)


class Runs:
    """The numbers of every command, one list a round; what could not be run has a reason instead."""

    def __init__(self, commands, rounds):
        self.trouble = {c: "not built" for c in commands if not os.path.exists(path_of(c))}
        self.seen = {c: [] for c in commands}
        for i in range(rounds):
            for c in commands if i % 2 == 0 else reversed(commands):
                got = self.trouble.get(c) or measure(c)
                if isinstance(got, str):
                    self.trouble[c] = got
                else:
                    self.seen[c].append(got)

    def line(self, command, index):
        return [] if command in self.trouble else [numbers[index] for numbers in self.seen[command]]


def print_rows(runs, suffix, workloads, capacity):
    """One row a workload and way of ours; returns how many targets were met, and how many there were."""
    met = judged = 0
    for index, (name, target) in enumerate(workloads):
        peers = {p: runs.line("lru_%s %s" % (p, suffix), index) for p in PEERS}
        peers = {p: v for p, v in peers.items() if v}
        if not peers:
            continue
        fastest = min(peers, key=lambda p: statistics.median(peers[p]))
        for way, command, is_judged in WAYS:
            ours = runs.line(command % suffix.split()[0] + suffix[len(suffix.split()[0]):], index)
            if not ours:
                continue
            ratio = median_of_ratios(ours, peers[fastest])
            verdict = "-"
            if is_judged and target is not None:
                judged += 1
                met += ratio <= target
                verdict = "yes" if ratio <= target else "NO"
            print("| %s, %s, %s | %s | %s %s | %.2f | %s | %s | %s |" % (
                name, capacity, way, human(statistics.median(ours), "ns"), fastest,
                human(statistics.median(peers[fastest]), "ns"), ratio,
                " ".join("%s %.2f" % (p, median_of_ratios(ours, peers[p])) for p in peers if p != fastest) or "-",
                "<= %g" % target if is_judged and target else "-", verdict))
    return met, judged


def print_pairs(runs, capacity):
    """Locked against unlocked, and both against CPython."""
    met = judged = 0
    ours, locked = "lru_pyfeat %s" % capacity, "lru_pyfeat %s 4" % capacity
    python = "lru_cpython.py %s" % capacity
    rows = [("locked hits vs unlocked", runs.line(locked, 0), runs.line(ours, 0), 2.0),
            ("dependent locked hits vs unlocked", runs.line(locked, 1), runs.line(ours, 1), 2.0),
            ("hits vs CPython", runs.line(ours, 0), runs.line(python, 0), 1 / 6),
            ("misses vs CPython", runs.line(ours, 2), runs.line(python, 1), 1 / 5)]
    for name, mine, theirs, target in rows:
        if mine and theirs:
            ratio = median_of_ratios(mine, theirs)
            judged += 1
            met += ratio <= target
            print("| %s, %s | %s | %s | %.3f | - | <= %.3f | %s |" % (
                name, capacity, human(statistics.median(mine), "ns"), human(statistics.median(theirs), "ns"), ratio,
                target, "yes" if ratio <= target else "NO"))
    return met, judged


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=3, metavar="REPS", help="rounds (default 3)")
    parser.add_argument("-c", action="append", default=[], metavar="CAPACITY", help="128, 4096 or 1000000 only")
    args = parser.parse_args()
    print("| workload, entries | pyfeat | fastest peer | ratio | others | target | met? |")
    print("|---|---|---|---|---|---|---|")
    met = judged = 0
    for capacity in args.c or ["128", "4096", "1000000"]:
        strings = capacity + " str"
        commands = ["lru_cpython.py " + capacity]
        for suffix in (capacity, strings):
            commands += [command % capacity + suffix[len(capacity):] for _, command, _ in WAYS]
            commands += ["lru_%s %s" % (p, suffix) for p in PEERS]
        runs = Runs(commands, args.n)
        for command, why in runs.trouble.items():
            print("%s: %s" % (command, why), file=sys.stderr)
        for m, j in (print_rows(runs, capacity, WORKLOADS, capacity),
                     print_rows(runs, strings, STRINGS, capacity),
                     print_pairs(runs, capacity)):
            met, judged = met + m, judged + j
    print("\n%d rounds; %d of %d targets met." % (args.n, met, judged))
    return 0 if met == judged else 1


if __name__ == "__main__":
    sys.exit(main())
