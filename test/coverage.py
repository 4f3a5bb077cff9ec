#!/usr/bin/env python3
"""Judges what gcov counted: every line and 95 % of the ways out of branches, or a reason each.

    coverage.py BUILD-FOLDER LIST HEADER...

Reads all BUILD-FOLDER/*/HEADER.gcov. A line of LIST is FUNCTION TAB TEXT TAB REASON: it excuses the
lines of that function, and the ways out of branches in them, that contain TEXT; an empty TEXT means
all of them. An entry that excuses nothing is a failure too, unless its reason begins with "race:",
as such a way is taken now and then. The last line is "N passed, N failed, N skipped"."""

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


def rooms_of(header):
    """The number of the line behind each part of the implementation, and its name."""
    bounds = []
    for number, text in enumerate(header, 1):
        anchor = re.match(r"/\* ==== @(\S+) ", text)
        if anchor:
            bounds.append((number, anchor.group(1)))
    ends = [number for number, _ in bounds[1:]] + [len(header) + 1]
    return [(name[:-5], begin, end) for (begin, name), end in zip(bounds, ends)
            if name.endswith(".impl")]


def read(build, name, header):
    """Of every line: is it code, is it reached; of every way out of a branch: is it taken. What was
    counted of another version of the header is left out."""
    lines, ways = {}, {}
    for path in sorted(glob.glob(os.path.join(build, "*", name + ".gcov"))):
        number = way = 0
        with open(path, errors="replace") as file:
            rows = file.read().split("\n")
        sources = (re.match(r" *[^ :]+: *([1-9]\d*):(.*)", row) for row in rows)
        if any(s and (int(s.group(1)) > len(header) or header[int(s.group(1)) - 1] != s.group(2))
               for s in sources):
            print("SKIP coverage: %s is of another %s" % (path, name))
            continue
        for row in rows:
            part = re.match(r" *([^ :]+): *(\d+):", row)
            if part:
                number, way = int(part.group(2)), 0
                if part.group(1) != "-":
                    lines[number] = lines.get(number, False) or part.group(1)[0].isdigit()
            elif row.startswith("branch "):
                taken = re.search(r"taken ([1-9])", row) is not None
                ways[number, way] = ways.get((number, way), False) or taken
                way += 1
    return lines, ways


class Excuses:
    def __init__(self, path):
        self.path = path
        with open(path) as file:
            rows = [row.rstrip("\n") for row in file if row.strip() and not row.startswith("#")]
        self.entries = [row.split("\t") for row in rows]
        self.used = set()

    def cover(self, function, text):
        found = [i for i, (name, part, _) in enumerate(self.entries)
                 if name == function and part in text]
        self.used.update(found)
        return bool(found)

    def forget(self, functions):
        self.used.update(i for i, (name, _, _) in enumerate(self.entries) if name in functions)

    def report_unused(self):
        unused = [entry for i, entry in enumerate(self.entries)
                  if i not in self.used and not entry[2].startswith("race:")]
        for function, text, _ in unused:
            print("FAIL coverage: %s lists what is reached: %s %s" % (self.path, function, text))
        return bool(unused)


def judge(build, path, excuses, out):
    """Of one header: how much is right, how much is wrong."""
    name = os.path.basename(path)
    with open(path) as file:
        header = file.read().split("\n")
    lines, ways = read(build, name, header)
    functions, rooms = functions_of(header), rooms_of(header)
    inside = {n for _, begin, end in rooms for n in range(begin, end)}
    missed = [n for n in sorted(lines) if n in inside and not lines[n]]
    all_ways = [key for key in sorted(ways) if key[0] in inside]
    open_ways = [n for n, way in all_ways if not ways[n, way]]
    if not all_ways:
        print("SKIP coverage: nothing was counted of %s" % name)
        excuses.forget(set(functions.values()))
        return 0, 0
    listed = {n for n in set(missed) | set(open_ways)
              if excuses.cover(functions[n], header[n - 1])}
    unlisted = [n for n in missed if n not in listed]
    unlisted_ways = [n for n in open_ways if n not in listed]
    share = 100.0 * (1 - len(unlisted_ways) / max(1, len(all_ways)))
    for n in sorted(set(unlisted) | set(unlisted_ways)):
        kind = "line" if n in unlisted else "%d ways" % unlisted_ways.count(n)
        out.write("%s\t%s:%d\t%s\t%s\n" % (kind, name, n, functions[n], header[n - 1].strip()))
    for room, begin, end in rooms:
        span = range(begin, end)
        print("coverage: %-9s %5d lines, %2d not reached; %5d ways out of branches, %3d not taken, "
              "%3d of them not listed"
              % (room, sum(n in lines for n in span), sum(n in span for n in missed),
                 sum(n in span for n, _ in all_ways), sum(n in span for n in open_ways),
                 sum(n in span for n in unlisted_ways)))
    print("coverage: %s: %d of %d lines not reached, %d of them not listed"
          % (name, len(missed), sum(n in inside for n in lines), len(unlisted)))
    print("coverage: %s: %d of %d ways out of branches not taken (%.1f%% are), %d of them not "
          "listed (%.1f%%)" % (name, len(open_ways), len(all_ways),
                        100.0 * (1 - len(open_ways) / len(all_ways)), len(unlisted_ways), share))
    wrong = (len(unlisted) > 0) + (share < BRANCHES)
    return 2 - wrong, wrong


def main():
    build, list_path = sys.argv[1:3]
    excuses = Excuses(list_path)
    good = wrong = 0
    with open(os.path.join(build, "unlisted.txt"), "w") as out:
        for path in sys.argv[3:]:
            more, less = judge(build, path, excuses, out)
            good, wrong = good + more, wrong + less
    if excuses.report_unused():
        wrong += 1
    else:
        good += 1
    print("coverage: what is neither reached nor listed stands in %s"
          % os.path.join(build, "unlisted.txt"))
    print("%d passed, %d failed, 0 skipped" % (good, wrong))
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
