#!/usr/bin/env python3
"""Print the table of time zone names for pyfeat.h from the system's tzdata: what stands between the lines that say
"table" there. With --check, compare that with the header instead."""

import os
import re
import sys

ROOT = "/usr/share/zoneinfo"
PREFIXES = ["Africa/", "America/", "America/Argentina/", "America/Indiana/", "Antarctica/", "Asia/", "Atlantic/",
            "Australia/", "Canada/", "Etc/", "Europe/", "Indian/", "Pacific/", "US/"]


def zones():
    with open(os.path.join(ROOT, "tzdata.zi")) as lines:
        kinds = [line.split() for line in lines]
    names = {w[1] for w in kinds if w[0] == "Z"} | {w[2] for w in kinds if w[0] == "L"}
    for name in sorted(names - {"Factory"}):
        with open(os.path.join(ROOT, name), "rb") as file:
            yield name, file.read().rsplit(b"\n", 2)[1].decode()


def coded(name):
    best = max((p for p in PREFIXES if name.startswith(p)), key=len, default="")
    return (chr(ord("a") + PREFIXES.index(best)) if best else "") + name[len(best):]


def table():
    rules = {}
    for name, rule in zones():
        rules.setdefault(rule, []).append(coded(name))
    out = []
    for rule, names in sorted(rules.items()):
        pieces, line = [], rule + "\\n"
        for i, name in enumerate(names):
            word = name + (" " if i + 1 < len(names) else "")
            if len(line) + len(word) > 90:
                pieces.append(line)
                line = ""
            line += word
        pieces.append(line)
        out += ['    "%s"%s' % (p, "," if p is pieces[-1] else "") for p in pieces]
    out[-1] = out[-1][:-1]
    return "\n".join(out) + "\n"


def main():
    if not os.path.exists(os.path.join(ROOT, "tzdata.zi")):
        print("SKIP time_table: no %s/tzdata.zi" % ROOT)
        print("0 passed, 0 failed, 1 skipped")
        return 0
    if sys.argv[1:] != ["--check"]:
        print(table(), end="")
        return 0
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "pyfeat.h")) as file:
        found = re.search(r"time_zones\[\] = \{\n(.*?)\n\};", file.read(), re.S)
    same = found is not None and "".join(found.group(1).split()) == "".join(table().split())
    if not same:
        print("SKIP time_table: the table is of another tzdata than this machine's")
    print("%d passed, 0 failed, %d skipped" % (same, not same))
    return 0


if __name__ == "__main__":
    sys.exit(main())
