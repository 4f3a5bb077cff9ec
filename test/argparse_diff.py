#!/usr/bin/env python3
"""Compares pyfeat's argparse with CPython's: random parsers and command lines through both, byte for byte.

    argparse_diff.py PROGRAM -n 20000 [-s SEED] [-v]     compare; PROGRAM is argparse_diff.c, built
    argparse_diff.py --golden FILE -n 300 -s 1           write cases with Python's results
    argparse_diff.py PROGRAM --cases FILE                compare the cases of a file

What a case looks like is described in argparse_case.h. Where Python ends with an internal error (a traceback that is no
ArgumentError, ValueError of add_argument or exit) there is nothing to compare, and another case is made.
"""

import argparse
import contextlib
import io
import os
import random
import subprocess
import sys
import tempfile
import warnings

FORMATTERS = [argparse.HelpFormatter, argparse.RawDescriptionHelpFormatter, argparse.RawTextHelpFormatter,
              argparse.ArgumentDefaultsHelpFormatter, argparse.MetavarTypeHelpFormatter]


def c_int(text):
    """int() as far as C's int goes."""
    value = int(text)
    if not -2**31 <= value < 2**31:
        raise ValueError
    return value


def port(text):
    try:
        value = c_int(text)
    except ValueError:
        value = -1
    if not 0 <= value < 65536:
        raise argparse.ArgumentTypeError("not a port: %s" % text)
    return value


def even(text):
    value = c_int(text)
    if value % 2:
        raise ValueError
    return value


c_int.__name__ = "int"
TYPES = {"i": c_int, "f": float, "b": bool, "p": port, "e": even}


class Own(argparse.Action):
    """An action of one's own: says what it is called with, and refuses "bad"."""
    calls = []

    def __call__(self, parser, namespace, values, option_string=None):
        values = values if isinstance(values, list) else [values]
        if "bad" in values:
            raise argparse.ArgumentError(self, "own: bad")
        Own.calls.append(" ".join(["%s" % option_string] + [v for v in values if v is not None]))


LIST_ACTIONS = ("append", "extend", "append_const")


ANYTHING = "?"  # a value in Python that C's variable cannot have: what it holds then is not compared


class Internal(Exception):
    """Python fails in a way that is none of its documented ones."""


def escape(text):
    """A field of a line."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def unescape(text):
    out, it = [], iter(text)
    for c in it:
        if c == "\\":
            c = next(it, "\\")
            c = {"n": "\n", "t": "\t"}.get(c, c)
        out.append(c)
    return "".join(out)


class Literal(str):
    """A default or constant: equal ones are one object, as literals of a program are, but none is a word of a command
    line. (Python asks whether a value is the default object, and short words sometimes happen to be.)"""
    known = {}


def literal(text):
    return text if text is argparse.SUPPRESS else Literal.known.setdefault(text, Literal(text))


def fields_of(line):
    """The fields of a line, and those with "=" by name."""
    fields = [unescape(f) for f in line.split("\t")]
    o = dict(f.split("=", 1) for f in fields[1:] if "=" in f)
    o = {k: argparse.SUPPRESS if v == argparse.SUPPRESS else v for k, v in o.items()}
    for key in ("default", "const", "argument_default"):
        if key in o:
            o[key] = literal(o[key])
    return fields, o


def split_lines(text):
    if text == "\n":
        return []
    return text[:-1].split("\n") if text.endswith("\n") else text.split("\n")


def converter(o):
    t = o.get("type") or {"I": "i", "F": "f", "i": "i", "f": "f", "b": "b"}.get(o.get("to", "")[:1])
    return TYPES.get(t) if t else None


def kind_of(o):
    c = converter(o)
    return {c_int: "i", port: "i", even: "i", float: "f", bool: "b"}.get(c, "s")


def typed(o, text):
    """A text as the value that Python's default= or const= has where C has text."""
    c = converter(o)
    if c is bool:
        return text == "True"
    return c(text) if c else text


class Lines(list):
    """A list that comes from a text of lines."""

    def __init__(self, items, text):
        super().__init__(items)
        self.text = text


class Build:
    """One parser in Python, from the lines of a case."""

    def __init__(self):
        self.handles, self.p, self.to, self.arguments, self.asked = {}, None, [], [], []

    def options(self, o):
        kw = {k: o[k] for k in ("prog", "usage", "description", "epilog", "prefix_chars", "fromfile_prefix_chars",
                                "argument_default", "conflict_handler") if k in o}
        if "formatter" in o:
            kw["formatter_class"] = FORMATTERS[int(o["formatter"])]
        if o.get("no_help") == "1":
            kw["add_help"] = False
        if o.get("no_abbrev") == "1":
            kw["allow_abbrev"] = False
        if "parents" in o:
            kw["parents"] = [self.handles[i] for i in split_lines(o["parents"])]
        return kw

    def line(self, f, o):
        what = f[0]
        if what == "P":
            os.environ["COLUMNS"] = o.get("columns", o.get("width", "80"))
            self.p = self.handles[f[1]] = argparse.ArgumentParser(**self.options(o))
        elif what == "G":
            self.handles[f[1]] = self.handles[f[2]].add_argument_group(o.get("title"), o.get("description"))
        elif what == "X":
            on = self.handles[f[2]]
            self.handles[f[1]] = on.add_mutually_exclusive_group(required=o.get("required") == "1")
        elif what == "S":
            kw = {k: o[k] for k in ("title", "description", "prog", "dest", "help", "metavar") if k in o}
            self.handles[f[1]] = self.handles[f[2]].add_subparsers(required=o.get("required") == "1", **kw)
        elif what == "C":
            kw = self.options(o)
            if "help" in o:
                kw["help"] = o["help"]
            if "aliases" in o:
                kw["aliases"] = split_lines(o["aliases"])
            self.handles[f[1]] = self.handles[f[2]].add_parser(o["name"], **kw)
        elif what == "A":
            self.argument(self.handles[f[1]], o)
        elif what == "D":
            self.handles[f[1]].set_defaults(**{f[2]: literal(f[3])})
        elif what == "Q":
            self.asked.append(f[1:3])

    def argument(self, on, o):
        action, nargs = o.get("action", "store"), o.get("nargs")
        kw = {k: o[k] for k in ("dest", "help", "version") if k in o}
        if "action" in o:
            kw["action"] = argparse.BooleanOptionalAction if action == "boolean_optional" else action
        if o.get("type") == "o":
            kw["action"] = Own
        if nargs:
            kw["nargs"] = int(nargs) if nargs.isdigit() else nargs
        if "metavar" in o:
            kw["metavar"] = tuple(split_lines(o["metavar"])) if "\n" in o["metavar"] else o["metavar"]
        if "const" in o:
            kw["const"] = typed(o, o["const"]) if action in ("store_const", "append_const") else o["const"]
        takes = action in ("store", "append", "extend")
        if takes and converter(o):
            kw["type"] = converter(o)
        elif takes and kind_of(o) == "s" and o.get("type", "o") != "o":
            kw["type"] = str
        if "choices" in o:
            kw["choices"] = [typed(o, c) for c in split_lines(o["choices"])] if o["choices"] else []
        if o.get("required") == "1":
            kw["required"] = True
        if "default" in o:
            kw["default"] = self.default(o, action, nargs)
        self.arguments.append(on.add_argument(*split_lines(o["names"]), **kw))
        if "to" in o:
            self.to.append((self.arguments[-1], o))

    @staticmethod
    def default(o, action, nargs):
        text = o["default"]
        if text == argparse.SUPPRESS:
            return text
        if "\n" in text and (action in LIST_ACTIONS or (action == "store" and nargs and nargs != "?")):
            return Lines([typed(o, t) for t in split_lines(text)], text)
        if action == "count":
            return int(text)
        if action in ("store_true", "store_false", "boolean_optional"):
            return text == "True"
        return typed(o, text) if action in ("store_const",) else text


def flat(value):
    for v in value:
        if isinstance(v, list):
            yield from flat(v)
        elif v is not None:
            yield v


def fitting(kind, text):
    """A text where Python has no type and C has one: the value if it is one, else nothing is written."""
    if kind == "b":
        words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
        return words.get(text.lower())
    try:
        return TYPES[kind](text)
    except ValueError:
        return None


def shown(action, o, namespace):
    """What C's destination holds."""
    value = getattr(namespace, action.dest, None)
    kind = o["to"][0]
    if kind in "IF" and isinstance(value, str):
        value = fitting(kind.lower(), value)
    if kind in "IFS":
        return "" if value is None else "".join("%s;" % v for v in flat(value if isinstance(value, list) else [value]))
    if isinstance(value, list):
        return ANYTHING  # of a second "--" that Python takes away
    if kind in "ifb" and isinstance(value, str):
        value = fitting(kind, value)
    if value is None:
        if kind == "b":
            return "False"
        return "0" if o.get("action") == "count" else "-"
    return repr(value) if kind in "if" else str(value)


def run_lines(build, mode, words):
    p = build.p
    defaults = [build.handles[on].get_default(dest) for on, dest in build.asked]
    out = ["default\t" + escape(str(getattr(v, "text", v))) for v in defaults if v is not None]
    Own.calls = []
    stdout, stderr = io.StringIO(), io.StringIO()
    extras, code = [], None
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            if mode == "known":
                namespace, extras = p.parse_known_args(words)
            elif mode == "intermixed":
                namespace = p.parse_intermixed_args(words)
            elif mode == "both":
                namespace, extras = p.parse_known_intermixed_args(words)
            else:
                namespace = p.parse_args(words)
        except SystemExit as e:
            code = e.code
        except TypeError as e:
            if str(e).startswith("parse_intermixed_args"):
                return ["construction"]
            raise Internal(repr(e)) from e
        except argparse.ArgumentError as e:
            raise Internal(repr(e)) from e
        except Exception as e:
            if str(e).startswith("empty group"):
                return ["construction"]
            raise Internal(repr(e)) from e
        try:
            if mode == "help":
                return out + ["help\t" + escape(p.format_help()),
                              "usage\t" + escape(p.format_usage())]
        except Exception as e:
            raise Internal(repr(e)) from e
    if code is not None:
        # standard error takes what is no UTF-8 as Python shows it
        err = stderr.getvalue().encode("utf-8", "backslashreplace").decode()
        return out + ["call\t" + escape(c) for c in Own.calls] + [
            "exit\t%s" % code, "out\t" + escape(stdout.getvalue()), "err\t" + escape(err)]
    for action in build.arguments:
        if isinstance(action, argparse._CountAction) and isinstance(getattr(namespace, action.dest, None), float):
            raise Internal("TypeError: counts what is no int")
    out.extend("call\t" + escape(c) for c in Own.calls)
    out.append("namespace\t" + escape(repr(namespace)))
    out.extend("extra\t" + escape(e) for e in extras)
    for action, o in build.to:
        out.append("to\t" + escape(shown(action, o, namespace)))
    return out


def python_result(lines):
    build = Build()
    sys.argv = ["/usr/bin/prog.py"]
    for line in lines:
        f, o = fields_of(line)
        if f[0] == "W":
            groups = [g for h in build.handles.values() if isinstance(h, argparse.ArgumentParser)
                      for g in h._mutually_exclusive_groups]
            if any(not g._group_actions for g in groups):
                return ["construction"]
            return run_lines(build, f[1], f[2:])
        with contextlib.redirect_stderr(io.StringIO()):
            try:
                build.line(f, o)
            except (ValueError, TypeError, argparse.ArgumentError, SystemExit) as e:
                if str(e).startswith("list.remove"):
                    raise Internal("ValueError: removes an option string twice") from e
                if f[0] == "S" and not isinstance(e, SystemExit) and not str(e).startswith("empty group"):
                    raise Internal(repr(e)) from e
                return ["construction"]
            except (IndexError, AttributeError, AssertionError, KeyError) as e:
                raise Internal(repr(e)) from e
    return []


class Maker:
    """Makes random cases."""
    LONG = ["--foo", "--foobar", "--fo-baz", "--bar", "--no-bar", "--verbose", "--ver", "--x-y", "--n", "--output", "--f",
            "-long", "-lo", "--été"]
    SHORT = ["-f", "-b", "-v", "-x", "-n", "-o", "-1", "-l", "-F", "-é"]
    NAMES = ["src", "dst", "num", "files", "a-b", "x", "foo", "n"]
    VALUES = ["a", "b", "c", "1", "2", "-1", "-2.5", "3.5", "", "x y", "-x y", "--", "-", "1_0", " 7 ", "abc", "nan", "é",
              "1e3", "0x1", "it's", 'q"', "-.5", "-f", "--foo=1", "+5", "\u200b", "\x07", "a\\b", "=", "--fo=", "-5x"]
    TEXTS = ["help", "some help with %(default)s in it", "100%% sure of %(prog)s", "a rather long help text that has to be "
             "wrapped because it does not fit into one line of a terminal, well-known and state-of-the-art", "", "  ",
             "two\nlines\n  indented", "%(type)s %(choices)s %(nargs)s", "%(dest)s/%(metavar)s/%(const)s", "été à la mode",
             "-- dashes--everywhere --and-options", "x" * 70 + "-" + "y" * 60, "%(required)s %(option_strings)s",
             "%(default)-9s| %(prog)10s|", "tab\there  twice", argparse.SUPPRESS]
    DESCRIPTIONS = ["A description.", "What %(prog)s does: " + "lorem-ipsum dolor " * 9, "", "a\n  b\n\n\n\nc", "100% plain",
                    argparse.SUPPRESS, "long" * 30]
    METAVARS = ["N", "FILE", "<x>", "A B", "", "été", "M\nN", "X\nY\nZ", "{q}"]

    def __init__(self, rng):
        self.r, self.next_id, self.lines, self.dest_of = rng, 0, [], []
        self.options, self.dests, self.used, self.exclusive = [], [], set(), False
        self.parser, self.dest_on, self.set_on, self.resolve = None, [], [], False

    def chance(self, p):
        return self.r.random() < p

    def add(self, what, *fields, **o):
        self.dest_of.append(self.dests[-1] if what == "A" else None)
        self.lines.append("\t".join([what] + [escape(str(f)) for f in fields] +
                                    [escape("%s=%s" % (k, v)) for k, v in o.items() if v is not None]))

    def new_id(self):
        self.next_id += 1
        return self.next_id - 1

    def maybe(self, o, key, p, choices):
        if self.chance(p):
            o[key] = self.r.choice(choices) if isinstance(choices, list) else choices()

    def parser_options(self, sub):
        o, r = {}, self.r
        self.maybe(o, "prog", 0.3, ["PROG", "a-much-longer-program-name-than-usual-" * 2, "%(x)", "p q"][:2])
        self.maybe(o, "usage", 0.07, ["%(prog)s [options]", "use %% it", argparse.SUPPRESS, "a\n  b"])
        self.maybe(o, "description", 0.3, self.DESCRIPTIONS)
        self.maybe(o, "epilog", 0.2, self.DESCRIPTIONS)
        self.maybe(o, "prefix_chars", 0.06, ["+", "-+", "+-", "/"])
        self.maybe(o, "argument_default", 0.06, [argparse.SUPPRESS, "dflt"])
        self.maybe(o, "conflict_handler", 0.1, ["resolve", "error"])
        self.resolve = o.get("conflict_handler") == "resolve"  # then more of them conflict
        self.maybe(o, "formatter", 0.4, ["0", "1", "2", "3", "3", "4"])
        self.maybe(o, "no_help", 0.2, ["1"])
        self.maybe(o, "no_abbrev", 0.15, ["1"])
        if sub:
            o.pop("prog", None)
            self.maybe(o, "help", 0.6, self.TEXTS)
            self.maybe(o, "aliases", 0.3, ["al", "al2\nal3", "co"])
        elif self.chance(0.5):
            o["width"] = r.choice(["80", "40", "100", "20", "30", "200", "11", "60"])
        return o

    def value_for(self, kind):
        return self.r.choice({"i": ["1", "2", "30", "-4"], "f": ["1.5", "2.0", "1e+16", "0.1"], "b": ["True", "False"]}.get(
            kind, ["a", "b", "c d", "it's", "é"]))

    def argument(self, on):
        r, o = self.r, {}
        positional = self.chance(0.1 if self.exclusive else 0.4)
        if positional:
            o["names"] = r.choice(self.NAMES)
            action = r.choice(["store"] * 12 + ["append", "extend", "store_true", "count"])
        else:
            names = []
            for _ in range(r.choice([1, 1, 1, 2, 2, 3])):
                pool = [n for n in self.LONG + self.SHORT if n not in self.used]
                names.append(r.choice(pool if pool and self.chance(0.5 if self.resolve else 0.97) else self.LONG + self.SHORT))
                self.used.add(names[-1])
            names = list(dict.fromkeys(names))
            o["names"] = "\n".join(names)
            self.options += names
            action = r.choice(["store"] * 8 + ["store_true", "store_true", "store_false", "store_const", "append", "append",
                                               "append_const", "count", "count", "extend", "boolean_optional", "help",
                                               "version"])
            if len(names) < 4:
                self.maybe(o, "dest", 0.12, ["dd", "foo", "x-y", "n"])
        if action != "store" or self.chance(0.1):
            o["action"] = action
        takes = action in ("store", "append", "extend")
        kind = r.choice("sssiif") if takes or action in ("store_const", "append_const") else "s"
        if kind != "s":
            o["type"] = kind
        if takes:
            self.maybe(o, "nargs", 0.5, ["?", "*", "+", "1", "2", "3", "...", "*", "?", "+"] + (["A..."] if self.chance(0.2) else []))
            if action == "extend" and o.get("nargs", "?") == "?":
                o["nargs"] = r.choice(["*", "+", "2"])  # else Python takes a text apart into letters
            nargs = o.get("nargs")
            if self.chance(0.2):
                o["choices"] = "\n".join(dict.fromkeys(self.value_for(kind) for _ in range(r.choice([1, 2, 3]))))
            self.maybe(o, "metavar", 0.2, self.METAVARS if self.chance(0.2) else self.METAVARS[:6])
            if nargs == "?" and self.chance(0.6):
                o["const"] = self.value_for(kind) + ("" if kind != "s" else "!")
            multiple = action in LIST_ACTIONS or (nargs and nargs != "?")
        else:
            nargs, multiple = None, action in LIST_ACTIONS
            if action in ("store_const", "append_const"):
                o["const"] = self.value_for(kind)
            if action == "version":
                o["version"] = r.choice(["1.0", "%(prog)s 2.0", "a  b\nc"])
        if self.chance(0.35) and action not in ("help", "version"):
            if multiple:
                o["default"] = r.choice(["\n", self.value_for(kind) + "\n", self.value_for(kind) + "\n" + self.value_for(kind)])
                if action == "store" and kind == "s" and self.chance(0.3):
                    o["default"] = "plain"
            elif action == "count":
                o["default"] = r.choice(["0", "3"])
            elif action in ("store_true", "store_false", "boolean_optional"):
                o["default"], o["type"] = r.choice(["True", "False"]), "b"
            else:
                o["default"] = "bad" if self.chance(0.08) and action == "store" else self.value_for(kind)
            if self.chance(0.12):
                o["default"] = argparse.SUPPRESS
        if self.exclusive and positional and takes:
            o["nargs"], nargs, multiple = "?", "?", False
            if action != "store":
                o.pop("action"), o.pop("const", None)
                action = "store"
            for key in ("metavar", "default"):
                o.pop(key, None)
        elif not positional and not self.exclusive and self.chance(0.15) and action not in ("help", "version"):
            o["required"] = "1"
        self.maybe(o, "help", 0.5, self.TEXTS)
        if action in ("store_true", "store_false"):
            kind = "b"
        self.destination(o, action, kind, nargs, multiple)
        self.add("A", on, **o)

    def destination(self, o, action, kind, nargs, multiple):
        """Half of the arguments get a variable of C's, if nothing else has their name and Python's value is of one type."""
        names = o["names"].split("\n")
        chars = getattr(self, "chars", "-+/")
        long = [n for n in names if len(n) > 1 and n[0] in chars and n[1] in chars]
        dest = o["dest"] if "dest" in o else ((long or names)[0].lstrip(chars).replace("-", "_") if names[0][0] in chars else names[0])
        seen = dest in self.dests
        self.dests.append(dest)
        self.dest_on.append((dest, self.parser))
        if seen or self.chance(0.5) or action in ("help", "version") or dest == argparse.SUPPRESS:
            return
        if o.get("default") in ("plain", "bad", argparse.SUPPRESS):
            return
        if action in ("store_true", "store_false", "boolean_optional"):
            o["to"] = "b" if action != "boolean_optional" or "default" in o else None
        elif action == "count":
            o["to"] = "i"
        elif multiple:
            o["to"] = {"s": "S", "i": "I", "f": "F"}[kind] + self.r.choice(["", "a"])
        else:
            o["to"] = kind
        if o["to"] is None:
            del o["to"]

    def fill(self, on, level):
        r, holders, self.parser = self.r, [on], on
        if level != 3:
            self.used = {"--no-bar"} if self.chance(0.8) else set()
        for _ in range(r.choice([0, 1, 1, 2, 3, 3, 4, 6])):
            where = r.random()
            if where < 0.12:
                g = self.new_id()
                o = {}
                self.maybe(o, "title", 0.85, ["group", "another group", "options"])
                self.maybe(o, "description", 0.3, self.DESCRIPTIONS)
                self.add("G", g, on, **o)
                holders.append(g)
            elif where < 0.27:
                g = self.new_id()
                self.add("X", g, r.choice(holders), required=r.choice(["0", "1"]))
                self.exclusive = self.chance(0.9)
                for _ in range(r.choice([1, 2, 2, 3] if self.chance(0.97) else [0])):
                    self.argument(g)
                self.exclusive = False
                continue
            self.argument(r.choice(holders))
        if level < 2 and self.chance(0.25 if level == 0 else 0.2):
            self.commands(on, level)
        if self.chance(0.08):
            self.set_on.append((r.choice(["foo", "bar", "other", "x"]), on))
            self.add("D", on, self.set_on[-1][0], r.choice(["set", "7"]))

    def commands(self, on, level):
        s, o = self.new_id(), {}
        self.maybe(o, "title", 0.3, ["commands"])
        self.maybe(o, "description", 0.2, self.DESCRIPTIONS)
        self.maybe(o, "dest", 0.5, ["cmd", "command"])
        self.maybe(o, "help", 0.3, self.TEXTS)
        self.maybe(o, "metavar", 0.2, ["CMD", "<c>"])
        self.maybe(o, "prog", 0.1, ["pre fix"])
        if "dest" in o:
            self.maybe(o, "required", 0.4, ["1"])
        self.add("S", s, on, **o)
        for name in self.r.sample(["add", "commit", "co", "rm-all"], self.r.choice([1, 2, 3])):
            c = self.new_id()
            self.add("C", c, s, name=name, **self.parser_options(True))
            self.options.append(name)
            self.fill(c, level + 1)
        self.parser = on
        if self.chance(0.07):
            self.argument(on)

    def word(self):
        r = self.r
        pick = r.random()
        if self.options and pick < 0.45:
            w = r.choice(self.options)
            how = r.random()
            if how < 0.15 and len(w) > 3:
                w = w[:r.randrange(2, len(w))]
            elif how < 0.35:
                w += "=" + r.choice(self.VALUES)
            elif how < 0.5:
                w += r.choice(["v", "x", "f", "1", "vx", "n3", "fb=1", "é"])
            elif how < 0.55 and w.startswith("--"):
                w = "--no-" + w[2:]
            return w
        if pick < 0.5:
            return r.choice(["-h", "--help", "--", "--unknown", "-q", "+h", "-vvv", "--ver", "--fo"])
        if pick < 0.75:
            return r.choice(["a", "b", "1", "2", "c d", "30", "1.5"])
        return r.choice(self.VALUES)

    def case(self):
        r, parents = self.r, []
        if self.chance(0.12):
            for _ in range(r.choice([1, 1, 2])):
                i = self.new_id()
                o = self.parser_options(False)
                o.pop("width", None)
                o["no_help"] = "1" if self.chance(0.9) else "0"
                self.add("P", i, **o)
                self.fill(i, 3)
                parents.append(str(i))
        o = self.parser_options(False)
        if parents:
            o["parents"] = "\n".join(parents)
        i = self.new_id()
        self.add("P", i, **o)
        self.fill(i, 0)
        mode = r.choice(["args"] * 6 + ["known", "known", "intermixed", "help", "help"])
        words = [self.word() for _ in range(r.choice([0, 1, 1, 2, 2, 3, 4, 5, 7]))] if mode != "help" else []
        self.add("W", mode, *words)
        return self.without_shared()

    def without_shared(self):
        """C's variables belong to one argument; another parser's default of that name does not
        reach them."""
        shared = {d for d in self.dests if self.dests.count(d) > 1}
        shared |= {d for d, on in self.dest_on for s, by in self.set_on if d == s and on != by}
        return ["\t".join(f for f in line.split("\t") if not f.startswith("to=")) if dest in shared else line
                for line, dest in zip(self.lines, self.dest_of)]


def same(have, want):
    """Are these the same lines, where they are compared?"""
    return len(have) == len(want) and all(
        h == w or (w == "to\t" + ANYTHING and h.startswith("to\t")) for h, w in zip(have, want))


def compare(cases, program, verbose):
    """Feed all cases to the program; prints the first differences. Returns how many differ."""
    text = "".join("".join(line + "\n" for line in lines) + ".\n" for lines, _ in cases)
    done = subprocess.run([program], input=text.encode("utf-8", "surrogateescape"), stdout=subprocess.PIPE, check=False)
    results = done.stdout.decode("utf-8", "surrogateescape").split("\n.\n")
    got = [r.split("\n") if r else [] for r in ("\n" + done.stdout.decode("utf-8", "surrogateescape")).split("\n.")]
    got = [[line for line in r if line != ""] for r in got]
    wrong = 0
    for i, (lines, want) in enumerate(cases):
        have = got[i] if i < len(got) else ["nothing"]
        if same(have, want):
            continue
        wrong += 1
        if wrong <= verbose:
            print("--- case %d" % i)
            print("\n".join(lines))
            print("python:\n  " + "\n  ".join(want))
            print("pyfeat:\n  " + "\n  ".join(have))
    if done.returncode != 0:
        print("%s: exit status %d after %d results" % (program, done.returncode, len(results)))
        wrong = max(wrong, 1)
    return wrong


def make(n, seed, kind=None):
    import argparse_wide
    rng, cases, internal = random.Random(seed), [], {}
    while len(cases) < n:
        lines = (argparse_wide.Wide(rng, kind) if kind else Maker(rng)).case()
        try:
            want = python_result(lines)
            if want == ["construction"] and any("\ttable=1" in line for line in lines):
                raise Internal("a table whose mistakes wait for a failure")
            cases.append((lines, want))
        except Internal as e:
            key = str(e).split("(")[0]
            internal[key] = internal.get(key, 0) + 1
    return cases, internal


def read_cases(path):
    cases, lines, want = [], [], []
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        for line in f.read().split("\n"):
            if line == ".":
                cases.append((lines, want))
                lines, want = [], []
            elif line.startswith("> "):
                want.append(line[2:])
            elif line and not line.startswith("#"):
                lines.append(line)
    return cases


def main():
    import argparse_wide
    warnings.simplefilter("ignore")
    warnings.filterwarnings("error", "Do not expect")  # of parse_known_intermixed_args(): README.md has it
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("program", nargs="?")
    ap.add_argument("-n", type=int, default=1000)
    ap.add_argument("-s", "--seed", type=int)
    ap.add_argument("-v", "--verbose", type=int, default=3, help="show so many differences")
    ap.add_argument("--golden", metavar="FILE")
    ap.add_argument("--wide", metavar="KIND", help="the cases of argparse_wide.py; any: all kinds")
    ap.add_argument("--cases", metavar="FILE", help="ask Python again about the cases of a file")
    args = ap.parse_args()
    if args.seed is None:
        args.seed = random.SystemRandom().randrange(1 << 32)
    args.program = os.path.abspath(args.program) if args.program else None
    args.golden, args.cases = [os.path.abspath(f) if f else f for f in (args.golden, args.cases)]
    with tempfile.TemporaryDirectory() as folder:
        argparse_wide.write_files(folder)
        os.chdir(folder)
        try:
            return run(args)
        finally:
            os.chdir("/")


def run(args):
    import argparse_wide
    if args.cases:
        cases, internal = [(lines, python_result(lines)) for lines, _ in read_cases(args.cases)], {}
    else:
        cases, internal = make(args.n, args.seed, args.wide)
    if args.golden:
        with open(args.golden, "w", encoding="utf-8", errors="surrogateescape") as f:
            for lines, want in cases:
                if "to\t" + ANYTHING in want or (args.wide and not argparse_wide.golden(lines)):
                    continue
                f.write("".join(line + "\n" for line in lines) + "".join("> " + w + "\n" for w in want) + ".\n")
        print("%d cases written, %s left out" % (len(cases), sum(internal.values())))
        return 0
    wrong = compare(cases, args.program, args.verbose)
    kinds = {}
    for _, want in cases:
        key = want[0].split("\t")[0] if want else "nothing"
        kinds[key] = kinds.get(key, 0) + 1
    print("seed %d: %d cases (%s), %d left to Python's internal errors (%s)" % (
        args.seed, len(cases), ", ".join("%d %s" % (v, k) for k, v in sorted(kinds.items())), sum(internal.values()),
        ", ".join("%d %s" % (v, k) for k, v in sorted(internal.items()))))
    print("%d passed, %d failed, 0 skipped" % (len(cases) - wrong, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
