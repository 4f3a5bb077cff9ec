#!/usr/bin/env python3
"""Run the benchmark and print one table: pyfeat.h against its peers.

Every number is a process of its own. All commands run once a round, in turn, and a ratio is the median of the ratios of
the rounds: a machine that is slow for a while is slow for both sides. Odd rounds run backwards, so that nobody always
comes first. A peer that is not built is reported as skipped, a program that fails as failed; neither counts as met.
"""

import argparse
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TIME_LIMIT = 60


class Row:
    """One line of the table: a number of ours and one of a peer (or None), each as (command, which line of it)."""

    def __init__(self, name, ours, peer, target, unit="ns", ceiling=None):
        self.name, self.ours, self.peer, self.target = name, ours, peer, target
        self.unit, self.ceiling = unit, ceiling


def rows():
    table = []

    def add(name, ours, peer, target, line=0, **more):
        table.append(Row(name, (ours, line), (peer, line) if peer else None, target, **more))

    one = "1e6 no-ops, 1 producer, "
    add(one + "vs textbook", "pyfeat noop1", "textbook noop1", 0.10)
    add(one + "vs GLib GThreadPool", "pyfeat noop1", "peer_glib noop1", 0.10)
    add(one + "vs libuv", "pyfeat noop1", "peer_libuv noop1", 0.20)
    add(one + "vs oneTBB task_group", "pyfeat noop1", "peer_tbb noop1", 0.20)
    add(one + "vs CPython", "pyfeat noop1", "peer_cpython.py noop1", None)
    add(one + "untouched memory, vs textbook", "pyfeat noop1-cold", "textbook noop1", None)
    add(one + "nothing inlined, vs textbook", "pyfeat_separate noop1", "textbook noop1", None)
    add("1e6 no-ops, 2 producers, vs textbook", "pyfeat noop2", "textbook noop2", 0.35)
    add("1e6 results, vs own fire-and-forget", "pyfeat result", "pyfeat noop1", 1.2)
    add("1e6 results, vs textbook with futures", "pyfeat result", "textbook result", None)
    for n in (1, 2):
        fib = "fib(32), %d thread%s, vs oneTBB" % (n, "s" if n > 1 else "")
        add(fib, "pyfeat fib %d" % n, "peer_tbb fib %d" % n, 0.10)
        if n == 1:
            add("fib(32), 1 thread, vs the calls alone", "pyfeat fib 1", "pyfeat calls", None)
        add(fib + ", nothing inlined", "pyfeat_separate fib %d" % n, "peer_tbb fib %d" % n, None)
    gaps = [("back to back", "", 0, 0.02), ("10 us busy before", "-busy", 10, None),
            ("50 us busy before", "-busy", 50, None), ("200 us busy before", "-busy", 200, None),
            ("200 us asleep before", "", 200, None), ("2 ms asleep before", "", 2000, 0.35)]
    for gap, how, us, target in gaps:
        peer = "textbook trip%s %d" % (how, us)
        add("round trip, %s, p50" % gap, "pyfeat trip%s %d" % (how, us), peer, target)
        add("round trip, %s, p99" % gap, "pyfeat trip%s %d" % (how, us), peer, 1.2, line=1)
        ours = "pyfeat trip-workers%s %d" % (how, us)
        add("round trip, workers_only, %s, p50" % gap, ours, peer, 1.05)
        add("round trip, workers_only, %s, p99" % gap, ours, peer, 1.2, line=1)
    for n in (2, 4, 8):
        add("barrier, %d threads, a phase, vs std::barrier" % n, "pyfeat barrier %d" % n, "peer_std barrier %d" % n, 1.0)
        add("barrier, %d threads, a phase, vs pthread_barrier" % n, "pyfeat barrier %d" % n,
            "peer_pthread barrier %d" % n, None)
    add("time: day to y/m/d, vs std::chrono", "time_pyfeat day", "time_std day", 1.05)
    add("time: seconds to fields, vs gmtime_r", "time_pyfeat gmtime", "time_libc gmtime", 0.25)
    add("time: seconds in order to fields, vs gmtime_r", "time_pyfeat gmtime_order", "time_libc gmtime_order", 0.25)
    add("time: RFC 3339 parse, vs GLib", "time_pyfeat parse", "time_glib parse", 0.10)
    add("time: RFC 3339 parse, vs CPython", "time_pyfeat parse", "time_cpython.py parse", 1 / 6)
    add("time: RFC 3339 format, vs GLib", "time_pyfeat format", "time_glib format", 0.05)
    for kind, said in (("newyork", "TZ string"), ("tzif", "TZif file"), ("localtime", "pyf_localtime, TZ string"),
                       ("localtime_tzif", "pyf_localtime, TZif file")):
        how = "time: UTC to New York (%s), " % said
        add(how + "vs localtime_r", "time_pyfeat %s 1" % kind, "time_libc newyork 1", 0.30)
        add(how + "2 threads, vs localtime_r", "time_pyfeat %s 2" % kind, "time_libc newyork 2", 0.10)
        add(how + "2 threads, vs 1", "time_pyfeat %s 2" % kind, "time_pyfeat %s 1" % kind, 1 / 1.9)
    add("time: UTC in order to New York (pyf_localtime, TZ string), vs localtime_r", "time_pyfeat local_order",
        "time_libc newyork_order", 0.30)
    add("time: timedelta from three parts, vs CPython", "time_pyfeat delta", "time_cpython.py delta", 1 / 50)
    for what, name, target in [("trip", "no-op round trip", 0.05), ("pipelined", "no-ops, submitted ahead", 0.05),
                               ("map", "map over 1e6 ints, an item", 0.02), ("array", "64 MB array, arena", None)]:
        add("processes: %s, vs CPython" % name, "processes " + what, "peer_processes.py " + what, target)
    add("processes: map over 1e6 ints in the arena, an item, vs CPython", "processes map-arena", "peer_processes.py map", 0.02)
    add("processes: 64 MB array through the arena, vs no-op round trip", "processes array", "processes trip", None)
    add("processes: 16 tasks on 2 workers, vs on 1", "processes compute 2", "processes compute 1", 1 / 1.9)
    add("CPU time of 4 idle workers in 1 s, vs textbook", "pyfeat idle", "textbook idle", None, ceiling=1e6)
    for function, low, high, target in (
            ("expm1", "-1", "1", 1.3), ("expm1", "-40", "700", 1.3), ("erf", "-3", "3", 1.3), ("erfc", "-2", "6", 1.5),
            ("erfc", "6", "26", 1.5), ("gamma", "0.5", "20", 0.6), ("gamma", "20", "170", 0.6), ("gamma", "-20", "0", 0.6),
            ("lgamma", "0.5", "20", 1.0), ("lgamma", "20", "1e6", 1.0), ("lgamma", "-20", "0", 1.0),
            ("log1p", "-0.5", "10", None), ("exp2", "-20", "20", None), ("cbrt", "-8", "8", None)):
        for mode in ("", " latency"):
            command = "math %s %s %s%s" % (function, low, high, mode)
            table.append(Row("%s [%s, %s]%s, vs libm" % (function, low, high, mode), (command, 0), (command, 1), target))
    for what, target in (("fsum 0", 0.2), ("fsum 1200", 0.2), ("gcd", 1.0), ("isqrt", 1.0), ("comb", 1.0)):
        table.append(Row("%s, vs CPython" % what, ("math " + what, 0), ("peer_cpython_math.py " + what, 0), target))
    add("mallocs in 1e5 submits and results", "mallocs", None, None, unit="", ceiling=0)
    return table


def path_of(command):
    name = command.split()[0]
    return os.path.join(HERE, name) if name.endswith(".py") else os.path.join(HERE, "build", name)


def measure(command):
    """The numbers that the command prints, or a word that says why there are none."""
    words = command.split()
    words[0] = path_of(command)
    if words[0].endswith(".py"):
        words.insert(0, sys.executable)
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIME_LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return "FAILED: no end within %d s" % TIME_LIMIT
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        return "FAILED: exit %d%s" % (done.returncode, " (%s)" % words[-1] if words else "")
    return [float(line) for line in done.stdout.split()]


def human(value, unit):
    if unit == "":
        return "%g" % value
    if value >= 1e6:
        return "%.2f ms" % (value / 1e6)
    if value >= 1e4:
        return "%.1f us" % (value / 1e3)
    return "%.1f ns" % value if value < 1e3 else "%.0f ns" % value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=7, metavar="REPS", help="rounds (default 7)")
    parser.add_argument("-k", action="append", default=[], metavar="NAME", help="only rows whose name contains NAME")
    parser.add_argument("-v", action="store_true", help="every number of every round, to stderr")
    args = parser.parse_args()
    if args.n < 1:
        parser.error("-n must be at least 1")
    table = [r for r in rows() if not args.k or any(k in r.name for k in args.k)]
    commands = list(dict.fromkeys(s[0] for r in table for s in (r.ours, r.peer) if s))
    trouble = {c: "skipped: %s is not built" % c.split()[0] for c in commands if not os.path.exists(path_of(c))}
    seen = {c: [] for c in commands}
    for i in range(args.n):
        for c in commands if i % 2 == 0 else reversed(commands):
            if c in trouble:
                continue
            got = measure(c)
            if isinstance(got, str):
                trouble[c] = got
                continue
            seen[c].append(got)
            if args.v:
                print(i, c, *got, file=sys.stderr)

    print("| workload | pyfeat | peer | ratio | min..max | target | met? |")
    print("|---|---|---|---|---|---|---|")
    met, judged, unjudged = 0, 0, []
    for r in table:
        bad = [trouble[s[0]] for s in (r.ours, r.peer) if s and s[0] in trouble]
        goal = "<= %gx" % r.target if r.target is not None else "-"
        if r.ceiling is not None:
            goal = "<= " + human(r.ceiling, r.unit)
        if bad:
            unjudged.append(r.name)
            print("| %s | - | - | - | - | %s | %s |" % (r.name, goal, bad[0]))
            continue
        ours = [v[r.ours[1]] for v in seen[r.ours[0]]]
        theirs = [v[r.peer[1]] for v in seen[r.peer[0]]] if r.peer else []
        ratios = [a / b for a, b in zip(ours, theirs) if b > 0]
        ratio = statistics.median(ratios) if ratios else None
        verdict = "-"
        if r.ceiling is not None:
            verdict = "yes" if max(ours) <= r.ceiling else "NO"
        elif r.target is not None:
            verdict = "yes" if ratio is not None and ratio <= r.target else "NO"
        judged += verdict != "-"
        met += verdict == "yes"
        print("| %s | %s | %s | %s | %s | %s | %s |" % (
            r.name, human(statistics.median(ours), r.unit),
            human(statistics.median(theirs), r.unit) if theirs else "-",
            "%.3f" % ratio if ratio is not None else "-",
            "%.3f..%.3f" % (min(ratios), max(ratios)) if ratios else "-", goal, verdict))
    print("\n%d rounds; %d of %d targets met, %d rows skipped or failed." % (args.n, met, judged, len(unjudged)))
    return 0 if met == judged and not unjudged else 1


if __name__ == "__main__":
    sys.exit(main())
