#!/usr/bin/env python3
"""The tables of characters in pyfeat.h's argparse, from Python's own Unicode.

    argparse_unicode.py             print them as they stand in the header
    argparse_unicode.py HEADER      compare them with those that stand there
"""

import re
import sys
import unicodedata

END = 0x110000


def kind(c):
    """What argparse needs to know about a character: see pyfi_argparse_class."""
    s = chr(c)
    if s.isdecimal():
        return 3
    if s.isalnum():
        return 2 if s.isidentifier() else 4
    if not s.isprintable():
        return 0
    return 5 if ("a" + s).isidentifier() else 1


def class_runs():
    """The kinds of characters from 0x80 on, as bytes: the kind and the length of each run."""
    out, c = [], 0x80
    while c < END:
        k, n = kind(c), 1
        while c + n < END and kind(c + n) == k:
            n += 1
        c += n
        if n <= 30:
            out.append(k << 5 | n - 1)
        elif n <= 30 + 256:
            out += [k << 5 | 30, n - 31]
        else:
            out += [k << 5 | 31, n >> 16, n >> 8 & 255, n & 255]
    return out


def varint(n):
    return ([n & 127 | 128] + varint(n >> 7)) if n > 127 else [n]


def upper_runs():
    """Letters whose str.upper() is another one: how many there are between two runs of them, twice
    the length less 1 of a run, and 1 more if it is of every other letter, and twice the
    difference, or 1 less of the one downwards.
    """
    up = {
        c: ord(chr(c).upper()) - c
        for c in range(0x80, END)
        if len(chr(c).upper()) == 1 and chr(c).upper() != chr(c)
    }
    out, last = [], 0x7F
    while any(c > last for c in up):
        c = min(c for c in up if c > last)
        best = (0, 1)
        for step in (1, 2):
            n = 1
            while up.get(c + n * step) == up[c] and (
                step == 1 or up.get(c + n * step - 1) != up[c]
            ):
                n += 1
            best = max(best, (n, step), key=lambda b: b[0])
        n, step = best
        out += (
            varint(c - last - 1)
            + varint(2 * (n - 1) + step - 1)
            + varint(2 * up[c] if up[c] > 0 else -2 * up[c] - 1)
        )
        last = c + (n - 1) * step
    return out


def upper_pairs():
    """Those whose str.upper() is several, with them; without U+1F80 to U+1FAF: that is a rule."""
    several = [c for c in range(0x80, END) if len(chr(c).upper()) > 1]
    rule = {
        c: chr((0x1F08, 0x1F28, 0x1F68)[(c - 0x1F80) // 16] | c % 8) + "\u0399"
        for c in range(0x1F80, 0x1FB0)
    }
    assert all(rule[c] == chr(c).upper() for c in rule)
    pairs = "".join(chr(c) + chr(c).upper() + "\0" for c in several if c not in rule)
    return list((pairs + "\0").encode())


TABLES = {
    "pyfi_argparse_class_runs": class_runs,
    "pyfi_argparse_upper_runs": upper_runs,
    "pyfi_argparse_upper_pairs": upper_pairs,
}


def show(table):
    line = "   "
    for b in table:
        item = " %d," % b
        if len(line + item) > 100:
            print(line)
            line = "   "
        line += item
    print(line.rstrip(","))


def main():
    if unicodedata.unidata_version != "14.0.0":
        print("SKIP argparse_unicode: this Python has Unicode %s" % unicodedata.unidata_version)
        print("0 passed, 0 failed, 1 skipped")
        return 0
    if len(sys.argv) == 1:
        for name, table in TABLES.items():
            print("static const uint8_t %s[] = {" % name)
            show(table())
            print("};")
        return 0
    with open(sys.argv[1], encoding="utf-8") as f:
        text = f.read()
    wrong = 0
    for name, table in TABLES.items():
        found = re.search(name + r"\[\] = \{(.*?)\}", text, re.DOTALL)
        if found is None or [int(b) for b in found[1].split(",")] != table():
            print("FAIL argparse_unicode: %s is not Python's" % name)
            wrong += 1
    print("%d passed, %d failed, 0 skipped" % (len(TABLES) - wrong, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
