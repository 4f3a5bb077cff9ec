#!/usr/bin/env python3
"""Runs CPython's own test_argparse, writes down every parser that it makes and every command line and help text that it asks
for, and puts those that C can express before pyfeat and Python alike, as cases of argparse_case.h.

    argparse_cpython.py PROGRAM [-v]        PROGRAM is argparse_diff.c, built; -v lists what cannot be expressed, by test
"""

import argparse
import collections
import contextlib
import io
import os
import sys
import tempfile
import unittest

import argparse_diff as diff

# Tests whose words are names of files that are there for a moment, and what those of the last hold
FILES = ("FileType", "ArgumentsFromFileConverter")
HELD = {"hello": "hello world!\n", "recursive": "-a\nA\n@hello", "invalid": "@no-such-path\n"}


class Cannot(Exception):
    """C has no way to say this."""


class Recorder:
    """What was called on each parser, group and set of subcommands."""

    def __init__(self):
        self.calls, self.numbers, self.owner, self.cases, self.reasons = {}, {}, {}, {}, collections.defaultdict(set)
        self.test, self.depth, self.tests = "", 0, set()

    def note(self, root, *call):
        self.calls.setdefault(id(root), []).append(call)

    def adopt(self, made, on):
        """An object that was made on another one belongs to the same parser."""
        self.owner[id(made)] = self.owner.get(id(on), on)

    def root(self, on):
        return self.owner.get(id(on), on)


recorder = Recorder()
real = {}


def text(value, what):
    if not isinstance(value, str):
        raise Cannot("%s is no text" % what)
    if "\0" in value or any(0xD800 <= ord(c) < 0xE000 for c in value):
        raise Cannot("text that C does not have")
    return value


def shown(value):
    """A number or class as text, which a default or constant of C's is."""
    if isinstance(value, type):
        return value.__name__
    return repr(value) if type(value) in (int, float) else value


class Writer:
    """A case from calls."""

    def __init__(self):
        self.lines, self.ids, self.keep = [], {}, []

    def add(self, what, *fields, **o):
        out = [what] + [diff.escape(str(f)) for f in fields]
        out += [diff.escape("%s=%s" % (k, v)) for k, v in o.items() if v is not None]
        self.lines.append("\t".join(out))

    def new(self, made):
        self.ids[id(made)] = len(self.ids)
        return self.ids[id(made)]

    def of(self, on):
        if id(on) not in self.ids:
            raise Cannot("a parser of another kind")
        return self.ids[id(on)]

    def parser_options(self, kw):
        o = {}
        for key, value in kw.items():
            if key in ("prog", "usage", "description", "epilog", "prefix_chars", "conflict_handler", "argument_default"):
                if value is not None:
                    o[key] = text(shown(value), key)
            elif key == "fromfile_prefix_chars" and value is not None:
                o[key] = text(value, key)
            elif key == "formatter_class":
                if value not in diff.FORMATTERS:
                    raise Cannot("formatter of one's own")
                o["formatter"] = diff.FORMATTERS.index(value)
            elif key == "add_help":
                o["no_help"] = None if value else "1"
            elif key == "allow_abbrev":
                o["no_abbrev"] = None if value else "1"
            elif key == "parents":
                for parent in value:
                    self.root(parent)
                if value:
                    o["parents"] = "\n".join(str(self.of(p)) for p in value)
            elif key not in ("exit_on_error", "fromfile_prefix_chars", "help", "aliases"):
                raise Cannot("option %s" % key)
        return o

    def argument(self, on, names, kw):
        o = {"names": "\n".join(text(n, "name") for n in names)}
        kw = dict(kw)
        if not names:
            if "dest" not in kw:
                raise Cannot("no name")
            o["names"] = text(kw.pop("dest"), "dest")
        if any("\n" in n for n in names) or len(names) > (3 if kw.get("dest") else 4):
            raise Cannot("more than four names")
        action = kw.pop("action", "store")
        if action is argparse.BooleanOptionalAction:
            action = "boolean_optional"
        if isinstance(action, type) and issubclass(action, argparse.Action):
            action, kw["type"] = "store", "o"
        if not isinstance(action, str) or action not in ("store", "store_const", "store_true", "store_false", "append",
                                                         "append_const", "count", "help", "version", "extend",
                                                         "boolean_optional"):
            raise Cannot("action of one's own")
        if action != "store":
            o["action"] = action
        kind = kw.pop("type", None)
        if isinstance(kind, argparse.FileType) or kind is argparse.FileType:
            raise Cannot("FileType")
        if kind not in (None, int, float, str, "o"):
            if not callable(kind):
                raise Cannot("type that cannot be called")
            kind = "p"  # any type of one's own is like another
        if action in ("store_const", "append_const") and type(kw.get("const")) in (int, float):
            kind = type(kw["const"])
        if kind in (int, float):
            o["type"] = "i" if kind is int else "f"
        elif kind in ("p", "o"):
            o["type"] = kind
        if action == "version" and kw.get("version") is None:
            raise Cannot("a version action without version")  # Python fails when it is used
        for key in ("dest", "help", "version"):
            if kw.get(key) is not None:
                o[key] = text(kw[key], key)
            kw.pop(key, None)
        if kw.get("nargs") is not None:
            if not isinstance(kw["nargs"], (int, str)) or kw["nargs"] == argparse.SUPPRESS:
                raise Cannot("nargs")
            o["nargs"] = str(kw["nargs"])
        metavar = kw.pop("metavar", None)
        if metavar is not None:
            o["metavar"] = "\n".join(metavar) + ("\n" if len(metavar) == 1 else "") if isinstance(metavar, tuple) else text(
                metavar, "metavar")
        if kw.get("required"):
            o["required"] = "1"
        if kw.get("const") is not None:
            if not action.endswith("_const") and o.get("nargs") != "?":
                raise Cannot("const where C has an environment variable")
            o["const"] = self.value(kw["const"], kind, "const")
        if kw.get("choices") is not None:
            o["choices"] = "\n".join(self.value(c, kind, "choice") for c in kw["choices"])
        if kw.get("default") is not None:
            o["default"] = self.default(kw["default"], kind, action, kw.get("nargs"))
            if action in ("store_true", "store_false", "boolean_optional"):
                o["type"] = "b"
        for key in kw:
            if key not in ("nargs", "required", "const", "choices", "default"):
                raise Cannot("argument %s" % key)
        self.add("A", on, **o)

    @staticmethod
    def value(value, kind, what):
        if kind in (int, float) and type(value) is kind:
            return repr(value)
        if kind in (int, float) and not (what == "const" and isinstance(value, str)):
            raise Cannot("%s of another type" % what)
        value = shown(value)
        if "\n" in text(value, what):
            raise Cannot("%s of several lines" % what)
        return value

    def default(self, value, kind, action, nargs):
        value = shown(value)
        if value == argparse.SUPPRESS:
            return value
        if isinstance(value, list) and (action in diff.LIST_ACTIONS or (action == "store" and nargs not in (None, "?"))):
            return "".join(self.value(v, kind, "default") + "\n" for v in value) or "\n"
        if action in ("store_true", "store_false", "boolean_optional") and isinstance(value, bool):
            return str(value)
        if action == "count" and type(value) is int:
            return str(value)
        if isinstance(value, str):
            return value
        return self.value(value, kind, "default")

    def root(self, parser):
        """All that was called on a parser, once."""
        if id(parser) in self.ids:
            return
        for call in recorder.calls.get(id(parser), []):
            self.call(*call)

    def call(self, what, made, on, args, kw):
        if what == "P":
            o = self.parser_options(kw)
            self.add("P", self.new(made), **o)
        elif what in "GX":
            o = {k: v if isinstance(v, str) else None for k, v in kw.items()}
            if args:
                o["title"] = args[0]
            if len(args) > 1:
                o["description"] = args[1]
            if what == "X":
                o = {"required": "1" if kw.get("required") else None}
            self.add(what, self.new(made), self.of(on), **o)
        elif what == "S":
            for key in kw:
                if key not in ("title", "description", "prog", "dest", "help", "metavar", "required"):
                    raise Cannot("subparsers %s" % key)
            o = {k: text(v, k) for k, v in kw.items() if k != "required" and v is not None}
            if kw.get("required"):
                o["required"] = "1"
            self.add("S", self.new(made), self.of(on), **o)
        elif what == "C":
            name = text(args[0] if args else kw["name"], "name")
            o = self.parser_options({k: v for k, v in kw.items() if k not in ("help", "name")})
            if kw.get("help") is not None:
                o["help"] = text(kw["help"], "help")
            if kw.get("aliases"):
                o["aliases"] = "\n".join(kw["aliases"])
            self.add("C", self.new(made), self.of(on), name=name, **o)
        elif what == "A":
            self.argument(self.of(on), args, kw)
        else:
            for dest, value in kw.items():
                self.add("D", self.of(on), dest, text(shown(value), "default"))


def write(mode, parser, words, asked=()):
    """One case, if C can say it."""
    if recorder.depth != 1:
        return
    try:
        if any(f in recorder.test for f in FILES):
            raise Cannot("files, by FileType or a method of one's own")
        writer = Writer()
        for call in recorder.calls.get(id(recorder.root(parser)), []):
            if call[0] == "P":
                for parent in call[4].get("parents", ()):
                    writer.root(parent)
        if recorder.root(parser) is not parser:
            raise Cannot("a subcommand's parser by itself")
        writer.root(parser)
        if id(parser) not in writer.ids:
            raise Cannot("a parser of another kind")
        width = os.environ.get("COLUMNS", "80")
        last = max(i for i, line in enumerate(writer.lines) if line.startswith("P\t"))
        writer.lines[last] += "\twidth=" + width
        for dest in asked:
            writer.add("Q", writer.of(parser), dest)
        writer.add("W", mode, *[text(w, "word") for w in words])
        recorder.cases.setdefault("\n".join(writer.lines), recorder.test)
    except Cannot as e:
        recorder.reasons[str(e)].add(recorder.test)


def patch(owner, name, what):
    """Record calls of a method; what: the letter of its line, or the mode of a parse."""
    real[name] = method = getattr(owner, name)

    def wrapped(self, *args, **kw):
        outer, recorder.depth = recorder.depth, recorder.depth + 1
        try:
            if len(what) > 1 and outer == 0:
                words = args[0] if args else kw.get("args")
                if what == "help":
                    write("help", self, [])
                elif words is not None and len(args) < 2 and "namespace" not in kw:
                    write(what, self, list(words))
            if what == "Q":
                write("help", self, [], args)
            try:
                made = method(self, *args, **kw)
            except (ValueError, TypeError, argparse.ArgumentError):
                if len(what) == 1 and outer == 0:
                    self_root = recorder.root(self)
                    recorder.note(self_root, what, None, self, args, kw)
                    write("help", self_root, [])
                    recorder.calls[id(self_root)].pop()
                raise
            if len(what) == 1 and what != "Q" and outer == 0:
                root = recorder.root(self)
                if what in "GXSC":
                    recorder.adopt(made, self)
                recorder.note(root, what, made, self, args, kw)
                recorder.numbers[id(made)] = made  # so that no other object gets its identity
            return made
        finally:
            recorder.depth = outer

    setattr(owner, name, wrapped)


def patch_all():
    init = argparse.ArgumentParser.__init__

    def make(self, *args, **kw):
        outer, recorder.depth = recorder.depth, recorder.depth + 1
        try:
            init(self, *args, **kw)
        finally:
            recorder.depth = outer
        if outer == 0:
            if args:
                kw = dict(kw, prog=args[0])
            recorder.calls[id(self)] = [("P", self, None, (), kw)]
            recorder.numbers[id(self)] = self

    argparse.ArgumentParser.__init__ = make
    container = argparse._ActionsContainer
    for owner, name, what in [(container, "add_argument", "A"), (container, "add_argument_group", "G"),
                              (container, "add_mutually_exclusive_group", "X"), (container, "set_defaults", "D"), (container, "get_default", "Q"),
                              (argparse.ArgumentParser, "add_subparsers", "S"), (argparse._SubParsersAction, "add_parser", "C"),
                              (argparse.ArgumentParser, "parse_args", "args"),
                              (argparse.ArgumentParser, "parse_known_args", "known"),
                              (argparse.ArgumentParser, "parse_intermixed_args", "intermixed"),
                              (argparse.ArgumentParser, "format_help", "help"),
                              (argparse.ArgumentParser, "format_usage", "help")]:
        patch(owner, name, what)


def record():
    """The cases of the whole suite, each with the first test that makes it."""
    from test import test_argparse

    class Result(unittest.TextTestResult):
        def startTest(self, test):
            recorder.test = test.id().split(".", 2)[2]
            recorder.tests.add(recorder.test)
            super().startTest(test)

    patch_all()
    suite = unittest.defaultTestLoader.loadTestsFromModule(test_argparse)
    saved = argparse.ArgumentParser.__init__
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        unittest.TextTestRunner(stream=io.StringIO(), resultclass=Result).run(suite)
    return saved


def main():
    program, verbose, here = sys.argv[1], "-v" in sys.argv, os.getcwd()
    try:
        record()
    except ImportError as e:
        print("SKIP argparse_cpython: %s" % e)
        print("0 passed, 0 failed, 1 skipped")
        return 0
    recorder.depth = 1000  # nothing is recorded from here on
    with tempfile.TemporaryDirectory() as folder:
        for name, held in HELD.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(held)
        os.chdir(folder)
        wrong, cases, names, internal = ask(os.path.join(here, program))
        os.chdir(here)
    if verbose:
        for reason, tests in sorted(recorder.reasons.items()):
            print("%s: %s" % (reason, " ".join(sorted({t.split(".")[0] for t in tests}))))
        left = {t.split(".")[0] for t in recorder.tests} - {t.split(".")[0] for t in names}
        print("no case of: %s" % " ".join(sorted(left)))
    print("%d cases of %d tests of CPython's; not C's: %s; %d internal errors of Python" % (
        len(cases), len(set(names)),
        ", ".join("%s (%d tests)" % (r, len(t)) for r, t in sorted(recorder.reasons.items())),
        internal))
    print("%d passed, %d failed, 0 skipped" % (len(cases) - wrong, wrong))
    return 1 if wrong else 0


def ask(program):
    """All cases that were written down, of Python and of pyfeat."""
    cases, names, internal = [], [], 0
    for case, test in recorder.cases.items():
        lines = case.split("\n")
        try:
            cases.append((lines, diff.python_result(lines)))
            names.append(test)
        except diff.Internal:
            internal += 1
    return diff.compare(cases, program, 5), cases, names, internal


if __name__ == "__main__":
    sys.exit(main())
