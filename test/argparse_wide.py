"""Random cases for argparse_diff.py that are wider, and further out, than those of its own Maker:
each weighs up one kind of feature. argparse_diff.py --wide KIND; --wide any: of all kinds."""

import argparse
import os

import argparse_diff as diff

KINDS = [
    "names",
    "prefix",
    "files",
    "groups",
    "commands",
    "numbers",
    "texts",
    "defaults",
    "words",
    "intermixed",
    "types",
    "chars",
]

# Response files, in the folder where both programs run.
FILES = {
    "empty": "",
    "one": "a\n",
    "noend": "a\nb",
    "blank": "a\n\nb\n",
    "crlf": "--foo\r\nx y\r\n",
    "cr": "a\rb",
    "options": "--foo\n1\n-v\n",
    "nested": "x\n@one\n@options\n",
    "deep": "@nested\n+one\n",
    "dashes": "--\n--foo\n",
    "comment": "# a comment\n  --foo\n",
    "lines": "a\x0bb\x0cc\x1cd\x1de\x1ef\x85g\u2028h\u2029i",
    "assign": "--foo=1\n--bar=a b\n",
    "unicode": "été\n--été=ß\n",
    "bad": b"a\xff\n",
    "missing_in": "a\n@none\n",
    "@at": "at\n",
    "tab": "\ta\t\n",
    "bom": "\ufeffa\n",
}

UPPER = [
    "ß",
    "ŉ",
    "ı",
    "ſ",
    "µ",
    "ÿ",
    "ǆ",
    "ǅ",
    "ǰ",
    "ΐ",
    "ς",
    "ὰ",
    "ﬁ",
    "ⅷ",
    "ⓐ",
    "ａ",
    "ж",
    "ӏ",
    "ա",
    "և",
    "ა",
    "ꮰ",
    "𐐨",
    "ḁ",
    "ẖ",
    "ƀ",
    "ƶ",
    "ȼ",
    "ɐ",
    "ɽ",
    "ά",
    "ϐ",
    "ϙ",
    "ѐ",
    "ԁ",
    "ⱥ",
    "ꙁ",
    "日",
    "ñ",
    "ő",
    "ł",
    "ž",
    "i̇",
]

ODD = [
    "\u0301",
    "e\u0301",
    "\u200b",
    "\u200d",
    "\xa0",
    "\u3000",
    "\u2003",
    "\x1c",
    "\x1f",
    "\x85",
    "\u2028",
    "\x0b",
    "\x7f",
    "\xad",
    "\u202e",
    "\ufeff",
    "ℐ",
    "℀",
    "№",
    "²",
    "½",
    "٣",
    "１",
    "〇",
    "日本語",
    "한국어",
    "العربية",
    "עברית",
    "😀",
    "👩\u200d👧",
    "𝔘",
    "\U0010ffff",
    "\ue000",
    "\u0378",
    "€",
    "§",
    "«",
    "»",
    "…",
    "—",
    "–",
    "‐",
    "\u2011",
    "''",
    "\"'",
    "\\",
    "\\n",
    "\t",
    "%",
    "ﬀ",
    "\udcff",
    "\x00"[:0],
    "·",
    "ª",
    "×",
    "÷",
    "ˆ",
    "˜",
    "ʼ",
    "⁰",
    "Ⓐ",
    "⅓",
    "Ⅷ",
    "☃",
    "─",
    "⺀",
    "、",
    "々",
    "〆",
    "ㄅ",
    "꯰",
    "︎",
    "𐍈",
]


class Wide(diff.Maker):
    KEYS = [
        "prog",
        "default",
        "type",
        "choices",
        "dest",
        "metavar",
        "nargs",
        "const",
        "required",
        "help",
        "version",
        "option_strings",
        "foo",
        "format_usage",
        "",
    ]

    def __init__(self, rng, kind):
        super().__init__(rng)
        self.kind = kind if kind != "any" else rng.choice(KINDS)
        self.chars, self.in_parent = "-", False

    def on(self, kind, often, seldom):
        """The probability of what is of this kind."""
        return often if self.kind == kind else seldom

    # ---- texts ----

    def chars_of(self, most, without=""):
        """Any characters at all."""
        r, out = self.r, []
        ranges = [(32, 127)] * 4 + [
            (1, 32),
            (0x7F, 0x250),
            (0x250, 0x700),
            (0x1E00, 0x2000),
            (0x2000, 0x2C00),
            (0x700, 0xD800),
            (0xE000, 0x10000),
            (0x10000, 0x20000),
            (0x20000, 0x110000),
        ]
        for _ in range(r.randrange(1, most + 1)):
            c = chr(r.randrange(*r.choice(ranges)))
            if c not in without and c != "\r":
                out.append(c)
        return "".join(out) or "x"

    def piece(self):
        r, pick = self.r, self.r.random()
        if self.chance(self.on("chars", 0.6, 0.02)):
            return self.chars_of(12)
        if pick < 0.3:
            return r.choice(
                [
                    "a",
                    "to",
                    "well-known",
                    "state-of-the-art",
                    "--foo",
                    "x--y",
                    "e.g.",
                    "foo_bar-baz",
                    "a-b",
                    "1-2",
                    "-",
                    "--",
                    "---",
                    "end--",
                    "'quoted-word'",
                    "(in-brackets)",
                    "an-\u0301x",
                    "U.S.-made",
                    "é-à",
                    "été-là",
                ]
            )
        if pick < 0.5:
            return r.choice(ODD)
        if pick < 0.6:
            return r.choice(ODD) + r.choice(["-", "--", "", "a-b", "-ab"]) + r.choice(ODD)
        if pick < 0.65:
            return "x" * r.randrange(1, 120)
        if pick < 0.75:
            return "".join(r.choice("ab-_1. é") for _ in range(r.randrange(1, 30)))
        return r.choice(["lorem", "ipsum", "dolor", "sit", "amet", "consectetur"])

    def random_text(self):
        r = self.r
        n = r.choice([0, 1, 2, 5, 12, 30])
        between = [" "] * 12 + ["  ", "\n", "\n\n", "\n\n\n\n", "\t", "\r\n", "\x0c", "", "\xa0"]
        text = "".join(self.piece() + r.choice(between) for _ in range(n))
        ends = ["", "", "", " ", "\n", "\x1c", "\xa0", "\u3000", "\t", "\u2028"]
        return r.choice(ends) + text + r.choice(ends)

    def format(self):
        r = self.r
        key = r.choice(self.KEYS[:12]) if self.chance(0.95) else r.choice(self.KEYS)
        flags = "".join(r.sample("-+ 0", r.choice([0, 0, 0, 1, 2])))
        width = r.choice(["", "", "", "5", "12", "0", "03", "100"])
        dot = r.choice(["", "", "", ".3", ".0", ".", ".12"])
        kind = r.choice("ssssssssrrdiufeg") if self.chance(0.5) else "s"
        return "%(" + key + ")" + flags + width + dot + kind

    def help_text(self):
        r = self.r
        if self.chance(self.on("texts", 0.25, 0.6)):
            return r.choice(self.TEXTS)
        text = self.random_text()
        if "%" in text:
            text = text.replace("%", "%%")
        if self.chance(0.4):
            text += self.format()
        if self.chance(0.02):
            text += r.choice(["%", "%d", "%(x)s", "%z", "% %", "%(prog)", "%%%"])
        return text

    def description(self):
        if self.chance(self.on("texts", 0.3, 0.7)):
            return self.r.choice(self.DESCRIPTIONS)
        text = self.random_text()
        if self.chance(0.2):
            text = text.replace("%", "%%") + self.r.choice(
                [" %(prog)s", "%(prog)-20s|", "%(prog)r"]
            )
        return text

    # ---- parsers ----

    def parser_options(self, sub):
        o, r = {}, self.r
        self.maybe(
            o,
            "prog",
            0.25,
            [
                "PROG",
                "",
                "a-much-longer-program-name-than-usual-" * 2,
                "%(x)",
                "p q",
                "été",
                "./x/y",
                "日本",
                "p" * 56,
                "p" * 50,
                "a\nb",
                "[x]",
                "==SUPPRESS==",
            ],
        )
        self.maybe(
            o,
            "usage",
            self.on("texts", 0.12, 0.05),
            [
                "%(prog)s [options]",
                "use %% it",
                argparse.SUPPRESS,
                "a\n  b",
                "",
                "%(prog)10s!",
                "\n%(prog)s\n\n",
                "100%",
            ],
        )
        self.maybe(o, "description", 0.35, self.description)
        self.maybe(o, "epilog", 0.25, self.description)
        self.chars = "-"
        if self.chance(self.on("prefix", 0.85, 0.04)):
            self.chars = o["prefix_chars"] = r.choice(
                ["+", "-+", "+-", "/", "-/", "-+/", "#", "+/", "--", "-a", ":", ".-", "-1", "@-"]
            )
        if self.chance(self.on("files", 0.9, 0.03)):
            o["fromfile_prefix_chars"] = r.choice(["@", "@", "@", "+", "@+", "%", "-", "", "é"])
        self.maybe(
            o,
            "argument_default",
            self.on("defaults", 0.25, 0.05),
            [argparse.SUPPRESS, "dflt", "1", ""],
        )
        self.maybe(o, "conflict_handler", 0.15, ["resolve", "resolve", "error"])
        self.resolve = o.get("conflict_handler") == "resolve"
        self.maybe(o, "formatter", self.on("texts", 0.7, 0.4), ["0", "1", "2", "3", "3", "4"])
        self.maybe(o, "no_help", 0.2, ["1"])
        self.maybe(o, "no_abbrev", 0.15, ["1"])
        if sub:
            if self.chance(0.9):
                o.pop("prog", None)
            self.maybe(o, "help", 0.6, self.help_text)
            self.maybe(o, "aliases", 0.3, ["al", "al2\nal3", "co", "été", "x y", "-a"])
        elif self.chance(0.5):
            o["width"] = str(
                r.choice(
                    [80, 40, 100, 20, 30, 200, 11, 60, r.randrange(1, 200), r.randrange(1, 40)]
                )
            )
        elif self.chance(0.2):
            o["columns"] = r.choice(
                [
                    "abc",
                    "",
                    "0",
                    "-5",
                    " 60 ",
                    "8_0",
                    "50.0",
                    "1e2",
                    "+45",
                    "0x50",
                    "１２",
                    "٦٠",
                    "007",
                    "70\n",
                    "\xa060",
                    "6__0",
                    "_60",
                    "60_",
                    "99",
                    "-" + "1" * 30,
                    "2147483647",
                    "4294967376",
                ]
            )
        return o

    def option_names(self):
        r = self.r
        if self.chance(self.on("chars", 0.5, 0.01)):
            return r.choice(self.chars) * r.choice([1, 2]) + self.chars_of(4, "\n\t")
        two = lambda: (self.r.choice(self.chars) + self.r.choice(self.chars))
        if self.kind == "prefix" or (self.chars != "-" and self.chance(0.9)):
            return r.choice(
                [
                    r.choice(self.chars) + r.choice("fbvxn1éa"),
                    two() + r.choice(["foo", "foobar", "fo-baz", "bar", "n", "f=b"]),
                    r.choice(self.chars) + r.choice(["foo", "long", "lo", "fo"]),
                    r.choice(self.LONG + self.SHORT),
                ]
            )
        if self.chance(self.on("names", 0.75, 0.05)):
            return r.choice(
                [
                    "--a=b",
                    "--a=bc",
                    "--a",
                    "-a=b",
                    "-=",
                    "-a=",
                    "--=",
                    "--a=b=c",
                    "--=x",
                    "-",
                    "--",
                    "---",
                    "---x",
                    "--foo bar",
                    "-f b",
                    "--%",
                    "--50%",
                    "--%(prog)s",
                    "--[x]",
                    "-(",
                    "--" + r.choice(UPPER),
                    "--" + r.choice(UPPER) + r.choice(UPPER),
                    "-" + r.choice(UPPER),
                    "--" + r.choice(ODD),
                    "-" + r.choice(ODD),
                    "--" + "long" * 15,
                    "-ab",
                    "-abc",
                    "-1",
                    "-12",
                    "-1.5",
                    "-.5",
                    "-1x",
                    "--1",
                    "-é",
                    "-éa",
                    "--no-foo",
                    "--no-",
                    "--no",
                    "--no-no-foo",
                    "--FOO",
                    "--Foo",
                    "--class",
                    "--None",
                    "--_x",
                    "--x_y",
                    "--x-y",
                    "--x.y",
                    "--x:y",
                    "-\\",
                    "-'",
                    "--\t",
                    "-x\n"[:2],
                    "-²",
                    "-１",
                    "--foo-",
                    "-日",
                ]
            )
        return r.choice(self.LONG + self.SHORT)

    def positional_name(self):
        r = self.r
        if self.chance(self.on("chars", 0.5, 0.01)):
            return self.chars_of(5, "\n\t" + self.chars)
        if self.chance(self.on("names", 0.6, 0.06)):
            return r.choice(
                [
                    "été",
                    "日本",
                    "😀",
                    "a b",
                    "a-b",
                    "a=b",
                    "x" * 60,
                    "1",
                    "50%%",
                    "%(prog)s",
                    "==SUPPRESS==",
                    "class",
                    "a.b",
                    "_",
                    "ß",
                    "a\u0301",
                    "²",
                    "a·b",
                    "[x]",
                    "(y)",
                    "'",
                    "\\",
                    "a\tb",
                    "é",
                    "e\u0301",
                    "\xa0",
                    "ª",
                    "x€",
                    "a²",
                    "٣",
                    "a٣",
                    "+x",
                    "/y",
                    " ",
                ]
            )
        return r.choice(self.NAMES)

    # ---- arguments ----

    def value_for(self, kind):
        if kind == "i":
            return self.r.choice(["1", "2", "30", "-4", "0", "7"])
        if kind in "pe":
            return self.r.choice(["2", "4", "80"])
        if kind == "s" and self.chance(0.1):
            return self.r.choice(ODD + UPPER + ["", "a\\b"])
        return super().value_for(kind)

    def argument(self, on):
        r, o = self.r, {}
        positional = self.chance(0.1 if self.exclusive else self.on("intermixed", 0.5, 0.4))
        if positional:
            o["names"] = self.positional_name()
            action = r.choice(
                ["store"] * 14
                + [
                    "append",
                    "extend",
                    "store_true",
                    "count",
                    "store_const",
                    "boolean_optional",
                    "help",
                ]
            )
        else:
            names = []
            for _ in range(r.choice([1, 1, 1, 2, 2, 3])):
                name = self.option_names()
                for _ in range(4 if self.chance(0.3 if self.resolve else 0.97) else 0):
                    if name in self.used:
                        name = self.option_names()
                names.append(name)
                self.used.add(name)
            if self.chance(0.98):
                names = list(dict.fromkeys(names))
            o["names"] = "\n".join(names)
            self.options += names
            action = r.choice(
                ["store"] * 8
                + [
                    "store_true",
                    "store_true",
                    "store_false",
                    "store_const",
                    "append",
                    "append",
                    "append_const",
                    "count",
                    "count",
                    "extend",
                    "boolean_optional",
                    "help",
                    "version",
                ]
            )
            if len(names) < 4:
                self.maybe(
                    o,
                    "dest",
                    0.15,
                    [
                        d
                        for d in [
                            "dd",
                            "foo",
                            "x-y",
                            "n",
                            "été",
                            "==SUPPRESS==",
                            "a b",
                            "cmd",
                            "",
                            "x",
                            "ß-ß",
                        ]
                        if d[:1] not in self.chars or not d
                    ],
                )  # else it is an option string
        if action == "boolean_optional" and "--no-" in o["names"]:
            action = "store_true"  # else it may have an option string twice
        if action != "store" or self.chance(0.1):
            o["action"] = action
        takes = action in ("store", "append", "extend")
        kind = r.choice("sssiif") if takes or action in ("store_const", "append_const") else "s"
        if takes and self.chance(self.on("types", 0.5, 0.03)):
            kind = r.choice("pe")
        if takes and self.kind == "types" and action == "store" and self.chance(0.25):
            kind = "o"
        if kind != "s":
            o["type"] = kind
        nargs, multiple = self.details(o, action, kind, takes)
        self.defaults(o, action, kind, nargs, multiple)
        if self.exclusive and positional and takes and self.chance(0.9):
            o["nargs"], nargs, multiple = "?", "?", False
            if action != "store":
                o.pop("action"), o.pop("const", None)
                action = "store"
            for key in ("metavar", "default"):
                o.pop(key, None)
        elif (
            not positional
            and (not self.exclusive or self.chance(0.03))
            and self.chance(0.15)
            and action not in ("help", "version")
        ):
            o["required"] = "1"
        self.maybe(o, "help", 0.55, self.help_text)
        if action in ("store_true", "store_false"):
            kind = "b"
        if kind not in "peo" and len(o["names"].split("\n")[0]) > 0:
            self.destination(o, action, kind, nargs, multiple)
        else:
            self.dests.append(None)
        self.add("A", on, **o)

    def details(self, o, action, kind, takes):
        r = self.r
        if not takes:
            if action in ("store_const", "append_const") and self.chance(0.95):
                o["const"] = self.value_for(kind)
            if action == "version":
                o["version"] = r.choice(
                    ["1.0", "%(prog)s 2.0", "a  b\nc", "", "x" * 100, "%(prog)10s|", "100%"]
                )
                if self.chance(0.3):
                    o["version"] = self.description()
            if self.chance(0.02):
                o["nargs"] = r.choice(["?", "1", "*"])
            return None, action in diff.LIST_ACTIONS
        self.maybe(
            o,
            "nargs",
            0.55,
            ["?", "*", "+", "1", "2", "3", "...", "*", "?", "+"]
            + ["A..."] * self.chance(0.3)
            + ["0", "10"] * self.chance(0.03),
        )
        if action == "extend" and o.get("nargs", "?") == "?":
            o["nargs"] = r.choice(["*", "+", "2"])
        nargs = o.get("nargs")
        if self.chance(0.2) and kind != "o":
            o["choices"] = "\n".join(
                dict.fromkeys(self.value_for(kind) or "x" for _ in range(r.choice([1, 2, 3, 3, 9])))
            )
            if self.chance(0.03):
                o["choices"] = ""
        self.maybe(
            o,
            "metavar",
            0.22,
            [
                "N",
                "FILE",
                "<x>",
                "A B",
                "",
                "été",
                "M\nN",
                "X\nY\nZ",
                "{q}",
                "M\n",
                "[M]",
                "(M)",
                "A]",
                "[A",
                "\nX",
                "%(prog)s",
                "50%%",
                "日本",
                "e\u0301",
                "x" * 40,
                "==SUPPRESS==",
                "a\tb",
                " ",
                "A\nB",
            ],
        )
        if nargs == "?" and self.chance(0.6):
            o["const"] = self.value_for(kind) + ("" if kind != "s" else "!")
        return nargs, action in diff.LIST_ACTIONS or (nargs and nargs != "?")

    def defaults(self, o, action, kind, nargs, multiple):
        r = self.r
        if not self.chance(self.on("defaults", 0.6, 0.35)) or (
            action in ("help", "version") and self.chance(0.9)
        ):
            return
        if multiple:
            o["default"] = r.choice(
                [
                    "\n",
                    self.value_for(kind) + "\n",
                    self.value_for(kind) + "\n" + (self.value_for(kind) or "x"),
                ]
            )
            if action == "store" and kind == "s" and self.chance(0.3):
                o["default"] = r.choice(["plain", "", "a b"])
        elif action == "count":
            o["default"] = r.choice(["0", "3", "-2"])
        elif action in ("store_true", "store_false", "boolean_optional"):
            o["default"], o["type"] = r.choice(["True", "False"]), "b"
        else:
            o["default"] = (
                "bad" if self.chance(0.08) and action == "store" else self.value_for(kind)
            )
        if self.chance(0.12):
            o["default"] = argparse.SUPPRESS

    # ---- what a parser holds ----

    def group(self, holders, depth=0):
        r, g = self.r, self.new_id()
        holder = r.choice(holders)
        if self.chance(0.4):
            o = {}
            self.maybe(
                o,
                "title",
                0.85,
                [
                    "group",
                    "another group",
                    "options",
                    "positional arguments",
                    "",
                    argparse.SUPPRESS,
                    "été:",
                    "%(prog)s",
                    "a\nb",
                    "subcommands",
                ],
            )
            self.maybe(o, "description", 0.35, self.description)
            self.add("G", g, holder, **o)
            holders.append(g)
            return
        self.add("X", g, holder, required=r.choice(["0", "1"]))
        before, self.exclusive = self.exclusive, self.chance(0.95)
        if self.chance(self.on("groups", 0.35, 0.05)) and depth < 12:
            inner = [g]
            self.group(inner, depth + 1)
            if self.chance(0.3) and len(inner) > 1:
                self.argument(inner[1])
        empty = not self.in_parent and self.chance(
            0.03
        )  # a parent's would be found out in Python alone
        for _ in range(r.choice([1, 1, 2, 2, 3]) * (not empty)):
            self.argument(g)
        self.exclusive = before
        if self.chance(self.on("groups", 0.15, 0.05)):
            holders.append(g)

    def fill(self, on, level):
        r, holders, self.parser = self.r, [on], on
        chars = self.chars
        if level != 3:
            self.used = {"--no-bar"} if self.chance(0.8) else set()
        for _ in range(r.choice([0, 1, 1, 2, 3, 3, 4, 6])):
            if self.chance(self.on("groups", 0.5, 0.2)):
                self.group(holders)
            if self.chance(0.9):
                self.argument(r.choice(holders))
            if self.chance(self.on("defaults", 0.2, 0.03)):
                self.set_default(r.choice(holders), on)
        if level in (0, 1) and self.chance(self.on("commands", 0.8, 0.15)):
            self.commands(r.choice(holders) if self.chance(0.02) else on, level)
        elif level == 3 and self.chance(self.on("commands", 0.2, 0.02)):
            self.commands(on, 1)
        self.chars = chars
        if self.chance(self.on("defaults", 0.3, 0.08)):
            self.set_default(on, on)

    def set_default(self, on, parser):
        known = [d for d in self.dests if d and d != argparse.SUPPRESS]
        known += ["foo", "bar", "other", "x"]
        self.set_on.append((self.r.choice(known), parser))
        self.add("D", on, self.set_on[-1][0], self.r.choice(["set", "7", "", "été"]))

    def commands(self, on, level):
        r, s, o, chars = self.r, self.new_id(), {}, self.chars
        self.maybe(
            o, "title", 0.3, ["commands", "", "options", "positional arguments", argparse.SUPPRESS]
        )
        self.maybe(o, "description", 0.2, self.description)
        self.maybe(
            o,
            "dest",
            0.6,
            ["cmd", "command", "foo", "x-y", "été", argparse.SUPPRESS, "", "日本"],
        )
        self.maybe(o, "help", 0.3, self.help_text)
        self.maybe(o, "metavar", 0.25, ["CMD", "<c>", "", argparse.SUPPRESS, "été"])
        self.maybe(o, "prog", 0.12, ["pre fix", "", "%(prog)s", "été"])
        if "dest" in o or self.chance(0.1):
            self.maybe(o, "required", 0.4, ["1"])
        self.add("S", s, on, **o)
        names = [
            "add",
            "commit",
            "co",
            "rm-all",
            "été",
            "a b",
            "-x",
            "",
            "1",
            "add2",
            "x" * 30,
            "--",
            "{q}",
        ]
        for name in r.sample(
            names[:4] if self.chance(0.8) else names,
            r.choice([1, 2, 3] if self.chance(0.97) else [0]),
        ):
            c = self.new_id()
            po = self.parser_options(True)
            if self.parents and self.chance(0.15):
                po["parents"] = r.choice(self.parents)
                po.pop("conflict_handler", None)  # what it takes away is another's too in Python
            self.add("C", c, s, name=name, **po)
            self.options.append(name)
            self.fill(c, level + 1)
        self.parser, self.chars = on, chars
        if self.chance(0.1):
            self.argument(on)
        if self.chance(0.01):
            self.commands(on, 2)

    # ---- words ----

    def word(self):
        r, pick = self.r, self.r.random()
        if self.chance(self.on("chars", 0.4, 0.02)):
            return r.choice(["", "", "-", "--"]) + self.chars_of(5)
        if self.kind == "files" and pick < 0.3:
            return r.choice("@@@@@+%") + r.choice(list(FILES) + ["none", "", "sub", "one/x"])
        if self.kind == "numbers" and pick < 0.5:
            return r.choice(
                [
                    "-1",
                    "-5",
                    "-1.5",
                    "-.5",
                    "-5.",
                    "-1e5",
                    "- 5",
                    "-1_000",
                    "1_000",
                    "+7",
                    " 8 ",
                    "\xa09\u3000",
                    "\x1c9",
                    "٣",
                    "-٣",
                    "１２",
                    "-１",
                    "1.5e3",
                    "1e400",
                    "-1e400",
                    "1e-400",
                    "infinity",
                    "-inf",
                    "nan",
                    "-nan",
                    "+nan",
                    "0x10",
                    "0b1",
                    "1__0",
                    "_1",
                    "1_",
                    "١.٥",
                    "1.",
                    ".5",
                    ".",
                    "",
                    " ",
                    "--5",
                    "9" * 30,
                    "-" + "9" * 30,
                    "2147483647",
                    "2147483648",
                    "-2147483648",
                    "0.1",
                    "1e16",
                    "1e22",
                    "123456789012345678",
                    "5e-324",
                    "-0",
                    "-0.0",
                    "0_0",
                    "1e1_0",
                    "１.５",
                    "１e２",
                    "−5",
                    "1\n",
                    "-1\n",
                    "-1\n\n",
                ]
            )
        if self.kind == "words" and pick < 0.15:
            return "--"
        if self.options and pick < 0.55:
            return self.option_word(r.choice(self.options))
        if pick < 0.6:
            return r.choice(
                [
                    "-h",
                    "--help",
                    "--",
                    "--unknown",
                    "-q",
                    "+h",
                    "-vvv",
                    "--ver",
                    "--fo",
                    "/h",
                    "++help",
                    "-hv",
                    "-vh",
                ]
            )
        if pick < 0.75:
            return r.choice(["a", "b", "1", "2", "c d", "30", "1.5"])
        if pick < 0.82:
            return r.choice(ODD) + r.choice(["", "x", "-", "='"])
        return r.choice(self.VALUES)

    def option_word(self, w):
        r, how = self.r, self.r.random()
        if how < self.on("words", 0.3, 0.15) and len(w) > 2:
            w = w[: r.randrange(2, len(w))]
            if self.chance(0.3):
                w += "=" + r.choice(self.VALUES)
        elif how < 0.45:
            w += r.choice(["=", "="] + ["=" + v for v in self.VALUES])
        elif how < 0.6:
            w += r.choice(
                ["v", "x", "f", "1", "vx", "n3", "fb=1", "é", " ", "--", "-", "\u0301", "日"]
            )
        elif how < 0.65 and w.startswith("--"):
            w = "--no-" + w[2:]
            if self.chance(0.3):
                w = w[: r.randrange(2, len(w))]
        elif how < 0.68:
            w = w.upper()
        elif how < 0.7:
            w = self.r.choice(["-", "+", " "]) + w
        return w

    def case(self):
        r, self.parents = self.r, []
        if self.chance(self.on("groups", 0.3, 0.15)):
            for _ in range(r.choice([1, 1, 2, 3])):
                i = self.new_id()
                o = self.parser_options(False)
                o.pop("width", None), o.pop("columns", None)
                o["no_help"] = "1" if self.chance(0.9) else "0"
                if self.chance(0.4):
                    o["table"] = "1"
                if self.parents and self.chance(0.25):
                    o["parents"] = self.parents.pop()  # no parser is another's ancestor by two ways
                self.add("P", i, **o)
                self.in_parent = True
                self.fill(i, 3)
                self.in_parent = False
                self.parents.append(str(i))
        o = self.parser_options(False)
        if self.parents:  # all of them: one that is refused refuses the parser
            o["parents"] = "\n".join(r.sample(self.parents, len(self.parents)))
        if self.chance(0.4):
            o["table"] = "1"
        i = self.new_id()
        self.add("P", i, **o)
        self.fill(i, 0)
        if self.chance(self.on("defaults", 0.5, 0.05)):
            for _ in range(3):
                self.add("Q", i, r.choice([d for d in self.dests if d] + ["foo", "cmd"]))
        modes = ["args"] * 6 + ["known", "known", "intermixed", "both", "help", "help"]
        mode = r.choice(
            modes
            + ["help"] * self.on("texts", 20, 0)
            + ["intermixed", "both"] * self.on("intermixed", 8, 0)
        )
        words = (
            [self.word() for _ in range(r.choice([0, 1, 1, 2, 2, 3, 4, 5, 7, 10]))]
            if mode != "help"
            else []
        )
        self.add("W", mode, *words)
        self.lines = self.of_one_width(self.lines)
        return self.without_shared()

    @staticmethod
    def of_one_width(lines):
        """A parent's subcommands have its width; Python has one for all."""
        last = [line for line in lines if line.startswith("P\t")][-1]
        width = [f for f in last.split("\t") if f.startswith(("width=", "columns="))]
        return [
            "\t".join([line] + width) if line.startswith("P\t") and line != last else line
            for line in lines
        ]


def golden(lines):
    """Is a case one for any machine, without files and environment, and short?"""
    text = "\n".join(lines)
    return "columns=" not in text and "fromfile" not in text and len(text) < 900


def write_files(folder):
    for name, text in FILES.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
    os.makedirs(os.path.join(folder, "sub"), exist_ok=True)
