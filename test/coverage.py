#!/usr/bin/env python3
"""Judges what gcov counted: every line and 95 % of the ways out of branches, or a reason each.

    coverage.py BUILD-FOLDER HEADER LIST

Reads all BUILD-FOLDER/*/pyfeat.h.gcov. A line of LIST is FUNCTION TAB TEXT TAB REASON: it excuses
the lines of that function, and the ways out of branches in them, that contain TEXT; an empty TEXT
means all of them. An entry that excuses nothing is a failure too. The last line is "N passed, N
failed, N skipped"."""

import glob
import os
import re
import sys

BRANCHES = 95.0


def functions_of(header):
    """The name of the function that each line is in."""
    names, name = {}, ""
    for number, text in enumerate(header, 1):
        start = re.match(r"[A-Za-z#][^;=]*?[ *](\w+)\([^;{]*(\{.*)?$", text)
        if start and not text.startswith(("#if", "#elif", "#define", "typedef", "struct")):
            name = start.group(1)
        names[number] = name
        if text.startswith("}") or (start and text.rstrip().endswith("}")):
            name = name if text.startswith("}") else ""
    return names


def read(build, first, last):
    """Of every line: is it code, is it reached; of every way out of a branch: is it taken."""
    lines, ways = {}, {}
    for path in glob.glob(os.path.join(build, "*", "pyfeat.h.gcov")):
        number = way = 0
        with open(path, errors="replace") as file:
            for row in file:
                part = re.match(r" *([^ :]+): *(\d+):", row)
                if part:
                    number, way = int(part.group(2)), 0
                    if part.group(1) != "-" and first <= number < last:
                        lines[number] = lines.get(number, False) or part.group(1)[0].isdigit()
                elif row.startswith("branch ") and first <= number < last:
                    taken = re.search(r"taken ([1-9])", row) is not None
                    ways[number, way] = ways.get((number, way), False) or taken
                    way += 1
    return lines, ways


def main():
    build, header_path, list_path = sys.argv[1:4]
    with open(header_path) as file:
        header = file.read().split("\n")
    with open(list_path) as file:
        rows = [row.rstrip("\n") for row in file if row.strip() and not row.startswith("#")]
    excuses = [row.split("\t") for row in rows]
    ends = r"/\* ==== @(closure|history) "
    bounds = [i for i, text in enumerate(header, 1) if re.match(ends, text)]
    lines, ways = read(build, bounds[0], bounds[1])
    functions, used = functions_of(header), set()

    def excused(number):
        for i, (function, text, _) in enumerate(excuses):
            if functions[number] == function and text in header[number - 1]:
                used.add(i)
                return True
        return False

    missed = [n for n in sorted(lines) if not lines[n]]
    unlisted = [n for n in missed if not excused(n)]
    open_ways = [n for n, way in sorted(ways) if not ways[n, way]]
    unlisted_ways = [n for n in open_ways if not excused(n)]
    share = 100.0 * (1 - len(unlisted_ways) / max(1, len(ways)))
    with open(os.path.join(build, "unlisted.txt"), "w") as file:
        for n in sorted(set(unlisted) | set(unlisted_ways)):
            kind = "line" if n in unlisted else "%d ways" % unlisted_ways.count(n)
            file.write("%s\tpyfeat.h:%d\t%s\t%s\n" % (kind, n, functions[n], header[n - 1].strip()))
    for i, (function, text, _) in enumerate(excuses):
        if i not in used:
            print("FAIL coverage: %s lists what is reached: %s %s" % (list_path, function, text))
    print("coverage: %d of %d lines not reached, %d of them not listed"
          % (len(missed), len(lines), len(unlisted)))
    print("coverage: %d of %d ways out of branches not taken, %d of them not listed: %.1f%% (%s)"
          % (len(open_ways), len(ways), len(unlisted_ways), share,
             os.path.join(build, "unlisted.txt")))
    failed = (len(unlisted) > 0) + (share < BRANCHES) + (len(used) < len(excuses))
    print("%d passed, %d failed, 0 skipped" % (3 - failed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
