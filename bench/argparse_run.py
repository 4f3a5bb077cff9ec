#!/usr/bin/env python3
"""Building and parsing 20 options and 2 positional arguments from 12 words: pyfeat.h beside what else there is.

    argparse_run.py [-n ROUNDS] [--python]      --python is Python's own part, one number

All variants run once a round, in turn; the table has the median of each, and of its ratios to getopt_long's of the same
round.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
OPTIONS = [("v", "verbose", 0), ("f", "force", 0), ("q", "quiet", 0), ("a", "all", 0), ("b", "brief", 0), ("c", "check", 0),
           ("d", "dry-run", 0), ("e", "exact", 0), ("u", "user", str), ("o", "output", str), ("g", "group", str),
           ("h", "host", str), ("k", "key", str), ("t", "target", str), ("n", "number", int), ("l", "level", int),
           ("m", "max", int), ("p", "port", int), ("r", "rate", float), ("s", "scale", float)]
WORDS = ["-v", "--user", "bob", "-n", "17", "--rate", "2.5", "-fq", "--level=3", "-oout", "source", "target"]
VARIANTS = [("pyfeat, table", "build/argparse table"), ("pyfeat, calls", "build/argparse call"),
            ("getopt_long", "build/argparse getopt"), ("argp", "build/argparse argp"), ("popt", "build/argparse popt"),
            ("argtable2", "build/argparse argtable"), ("GOption", "build/argparse goption"),
            ("CLI11", "build/argparse_peers cli11"), ("cxxopts", "build/argparse_peers cxxopts"),
            ("Python's argparse", "argparse_run.py --python")]


def python_once():
    p = argparse.ArgumentParser(prog="prog", add_help=False)
    for letter, name, kind in OPTIONS:
        if kind == 0:
            p.add_argument("-" + letter, "--" + name, action="store_true")
        else:
            p.add_argument("-" + letter, "--" + name, type=kind)
    p.add_argument("src")
    p.add_argument("dst")
    return p.parse_args(WORDS)


def python():
    best = 1e30
    for _ in range(300):
        begin = time.perf_counter_ns()
        python_once()
        best = min(best, time.perf_counter_ns() - begin)
    print("%.1f" % best)


def measure(command):
    words = command.split()
    words[0] = os.path.join(HERE, words[0])
    if words[0].endswith(".py"):
        words.insert(0, sys.executable)
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, text=True, check=False)
        return float(done.stdout) if done.returncode == 0 else None
    except (OSError, ValueError):
        return None


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("-n", type=int, default=7, help="rounds")
    ap.add_argument("--python", action="store_true")
    args = ap.parse_args()
    if args.python:
        python()
        return
    found = {name: [] for name, _ in VARIANTS}
    for _ in range(args.n):
        for name, command in VARIANTS:
            found[name].append(measure(command))
    print("| | ns | to getopt_long |\n|---|---|---|")
    for name, _ in VARIANTS:
        if None in found[name]:
            print("| %s | not built | |" % name)
            continue
        ratios = [a / b for a, b in zip(found[name], found["getopt_long"])]
        print("| %s | %.0f | %.2f |" % (name, statistics.median(found[name]), statistics.median(ratios)))


if __name__ == "__main__":
    main()
