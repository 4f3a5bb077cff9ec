#!/usr/bin/env python3
"""Ask Python and pyfeat the same questions about timedelta, timezone and datetime, and compare.

    time_oracle.py [-n CASES] [-s SEED] [-k OPERATION] COMMAND...   compare, show what differs
    time_oracle.py [-n CASES] [-s SEED] --golden                    print a table for time_golden.h
    time_oracle.py --zones COMMAND...                               every transition of every zone

COMMAND runs time_oracle.c, under an emulator if need be. The questions are those of time_oracle.h. Python's answers
are those of CPython 3.11: of its C implementation, except where that takes text that its own Lib/datetime.py refuses.
"""

import sys

sys.modules["_datetime"] = None
import datetime as pure  # noqa: E402  (Lib/datetime.py itself; must come before all that imports datetime)

del sys.modules["_datetime"], sys.modules["datetime"]
import argparse  # noqa: E402
import datetime as dt  # noqa: E402
import io  # noqa: E402
import os  # noqa: E402
import random  # noqa: E402
import struct  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
import zoneinfo  # noqa: E402
from fractions import Fraction  # noqa: E402
from zoneinfo import _zoneinfo  # noqa: E402

os.environ["TZ"] = "UTC"
time.tzset()

UTC = dt.timezone.utc
US = dt.timedelta(microseconds=1)
DAY_US = 86400 * 10**6
EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)
INT64 = 2**63
rng = random.Random()

# ---- zones ----

REGULAR = ["EST5EDT,M3.2.0,M11.1.0", "CET-1CEST,M3.5.0,M10.5.0/3", "IST-1GMT0,M10.5.0,M3.5.0/1",
           "AEST-10AEDT,M10.1.0,M4.1.0/3", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
           "NZST-12NZDT,M9.5.0,M4.1.0/3", "<-01>1<+00>,M3.5.0/0,M10.5.0/1", "IST-2IDT,M3.4.4/26,M10.5.0",
           "EET-2EEST,M3.4.4/50,M10.4.4/50", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "AAA3:30BBB2:15:20,J60/-5:30,J300/30",
           "AAA0BBB-1:00:01,J70/-167,J330/1:02:03", "ABC+10:00:30DEF,M5.1.6/0,M9.3.3/24"]
FIXED = ["UTC0", "EST5", "<+0530>-5:30", "<-00>0", "MSK-3", "<+12>-12", "ABC23:59:59", "DEF-23:59:59"]
ANYHOW = ["EST5EDT,0/0,J365/25", "AAA-5BBB-4,59/0,299/167", "AAA0BBB,J1/0,J365/23", "AAA5BBB,0/-20,365/30", "XXX-3YYY-5,M12.5.0/2,M1.1.0/2",
          "XXX3YYY1,M1.1.0/167,M12.5.6/-167", "QQQ2RRR1,M4.1.0,M4.2.0", "QQQ2RRR3,M4.1.0,M4.2.0/1",
          "AAA-12BBB,J365/0,J2/0", "AAA12BBB11,M12.5.6/24,M2.1.0/-100"]


class RulesZone(dt.tzinfo):
    """A POSIX TZ string by the book, by looking at all transitions of three years."""

    def __init__(self, text):
        self.rules = _zoneinfo._parse_tz_str(text)

    def transitions(self, year):
        r = self.rules
        std, dst = (int(x.utcoff.total_seconds()) for x in (r.std, r.dst))
        for y in (year - 1, year, year + 1):
            yield self.epoch(r.end, y) - dst, 0, dst, std
            yield self.epoch(r.start, y) - std, 1, std, dst

    @staticmethod
    def epoch(rule, year):
        """By way of a later year of the same kind; Python 3.11 has day n, counted from 0, one day too early."""
        early = isinstance(rule, _zoneinfo._DayOffset) and not rule.julian
        return rule.year_to_epoch(year + 400) - 400 * 31556952 + (86400 if early else 0)

    def at(self, seconds, year, shift):
        return max((t + shift(before, after), summer, t, before - after) for t, summer, before, after
                   in self.transitions(year) if t + shift(before, after) <= seconds)

    def info(self, t):
        seconds = (t.toordinal() - 719163) * 86400 + t.hour * 3600 + t.minute * 60 + t.second
        summer = self.at(seconds, t.year, min if t.fold else max)[1]
        return self.rules.dst if summer else self.rules.std

    def utcoffset(self, t):
        return self.info(t).utcoff

    def dst(self, t):
        return self.info(t).dstoff

    def tzname(self, t):
        return self.info(t).tzname

    def fromutc(self, t):
        seconds = (t.toordinal() - 719163) * 86400 + t.hour * 3600 + t.minute * 60 + t.second
        _, summer, since, back = self.at(seconds, t.year, lambda *_: 0)
        offset = (self.rules.dst if summer else self.rules.std).utcoff
        return (t.replace(tzinfo=None) + offset).replace(tzinfo=self, fold=seconds - since < back)


def posix_zone(text):
    """The zone of a TZif file that has no transitions but a TZ string."""
    head = b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    data = struct.pack(">lbb", 0, 0, 0) + b"XXX\0"
    return zoneinfo.ZoneInfo.from_file(io.BytesIO((head + data) * 2 + b"\n" + text.encode() + b"\n"))


ZONES = {}


def zone(code):
    if code not in ZONES:
        if code == "N":
            ZONES[code] = None
        elif code == "U":
            ZONES[code] = UTC
        elif code[0] == "F":
            us, comma, name = code[1:].partition(",")
            offset = dt.timedelta(microseconds=int(us))
            ZONES[code] = dt.timezone(offset, name) if comma else dt.timezone(offset)
        elif code[0] == "Z":
            ZONES[code] = zoneinfo.ZoneInfo(code[1:])
        else:
            ZONES[code] = RulesZone(code[1:]) if code[1:] in ANYHOW else posix_zone(code[1:])
    return ZONES[code]


def names_of_zones():
    bad = ("posix", "right", "localtime")
    return sorted(z for z in zoneinfo.available_timezones() if not z.startswith(bad) and z != "Factory")


NAMES = names_of_zones()


def random_zone(naive=0.1):
    x = rng.random()
    if x < naive:
        return "N"
    if x < 0.2:
        return "U"
    if x < 0.55:
        us = rng.choice([rng.randrange(-DAY_US + 1, DAY_US), rng.randrange(-1439, 1440) * 60 * 10**6,
                         rng.randrange(-86399, 86400) * 10**6, 0, 1, -1, DAY_US - 1, 1 - DAY_US])
        return "F%d%s" % (us, rng.choice(["", "", "", ",IST", ",", ",x'y", ',"\'', ",a\\b"]))
    if x < 0.75 and NAMES:
        return "Z" + rng.choice(NAMES)
    return "P" + rng.choice(REGULAR + REGULAR + FIXED + ANYHOW)


# ---- values ----

def random_int(bits):
    n = rng.getrandbits(rng.randrange(1, bits + 1))
    return -n if rng.random() < 0.5 else n


def random_delta():
    x = rng.random()
    if x < 0.1:
        return rng.choice([dt.timedelta.min, dt.timedelta.max, US, -US, dt.timedelta(0), dt.timedelta(1),
                           dt.timedelta(-1), dt.timedelta(0, 1), dt.timedelta(microseconds=500000)])
    if x < 0.5:
        us = random_int(67)
    elif x < 0.8:
        us = random_int(40)
    else:
        us = random_int(30) * rng.choice([10**3, 10**6, 60 * 10**6, 3600 * 10**6, DAY_US])
    low, high = -999999999 * DAY_US, 10**9 * DAY_US - 1
    return dt.timedelta(microseconds=1) * max(low, min(high, us))


def random_double():
    x = rng.random()
    if x < 0.05:
        return rng.choice([float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 5e-324, 1.7e308, -1.7e308])
    if x < 0.2:
        return struct.unpack("<d", struct.pack("<Q", rng.getrandbits(64)))[0]
    if x < 0.4:
        return random_int(40) / 2.0 ** rng.randrange(0, 40)
    if x < 0.6:
        return random_int(40) + rng.choice([0.5, 0.25, 5e-7, 1.5e-6, 2.5e-06, 0.1])
    if x < 0.8:
        return random_int(20) / 1e6 + rng.choice([0.0, 5e-7])
    return rng.uniform(-1, 1) * 10.0 ** rng.randrange(-10, 16)


def random_moment(naive=0.1):
    """A datetime and its zone's code."""
    code = random_zone(naive)
    x = rng.random()
    if x < 0.1:
        us = rng.choice([0, 1, DAY_US, 3652059 * DAY_US - 1]) + rng.randrange(0, 2) * rng.randrange(DAY_US)
    elif x < 0.5:
        us = rng.randrange(3652059 * DAY_US)
    else:
        us = 62135596800 * 10**6 + rng.randrange(-80 * 365 * DAY_US, 90 * 365 * DAY_US)
    if rng.random() < 0.4:
        us -= us % 10**6
    if rng.random() < 0.3:
        us -= us % (1800 * 10**6) - rng.choice([0, 0, 1, -1, 10**6, -10**6])
    us = max(0, min(us, 3652059 * DAY_US - 1))
    if rng.random() < 0.2 and code[0] in "ZP":
        us = near_transition(code, us)
    t = dt.datetime.min + us * US
    return t.replace(tzinfo=zone(code), fold=rng.randrange(2)), code


def near_transition(code, us):
    """A wall clock time about that of a transition in the same year."""
    t = (dt.datetime.min + us * US).replace(tzinfo=zone(code))
    if not 2 <= t.year <= 9998:
        return us
    start = t.replace(month=1, day=1)
    days = [start + dt.timedelta(days=k) for k in range(367)]
    changes = [k for k in range(366) if days[k].utcoffset() != days[k + 1].utcoffset()]
    if not changes:
        return us
    day = days[rng.choice(changes)].replace(tzinfo=None)
    return (day - dt.datetime.min) // US + rng.randrange(49) * 1800 * 10**6 + rng.choice([0, 0, -1, 1, -10**6])


def code_of(t, zone_code):
    return ",".join(map(str, (t.year, t.month, t.day, t.hour, t.minute, t.second, t.microsecond, t.fold, zone_code)))


def code_of_delta(d):
    return "%d,%d,%d" % (d.days, d.seconds, d.microseconds)


def bits(x):
    return "%016x" % struct.unpack("<Q", struct.pack("<d", x))[0]


def say_double(x):
    return "nan" if x != x else bits(x)


def say_moment(t):
    return t.isoformat() + (" fold" if t.fold else "")


def error_name(e):
    if isinstance(e, OSError):
        return "ValueError"
    for name in ("OverflowError", "ZeroDivisionError", "TypeError", "ValueError"):
        if isinstance(e, getattr(__import__("builtins"), name)):
            return name
    return "ValueError" if type(e).__name__ == "error" else type(e).__name__


def attempt(fn):
    try:
        return fn()
    except Exception as e:  # noqa: BLE001  (every exception is an answer here)
        return error_name(e)


# ---- questions: each function gives the arguments and Python's answer ----

def q_delta():
    keys = ["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"]
    values = [0] * 7
    for i in rng.sample(range(7), rng.randrange(1, 8)):
        values[i] = rng.choice([random_int(63), random_int(40), random_int(20), INT64 - 1, -INT64, 1, -1])
    if rng.random() < 0.1:
        values[6] = random_int(60)
        values[0] = -7 * values[6] + random_int(20)
        values[0] = max(-INT64, min(INT64 - 1, values[0]))
    elif rng.random() < 0.1:  # each far outside, the sum not
        values[1:6] = [random_int(63) for _ in range(5)]
        values[6] = rng.randrange(-INT64 // 7 - 2**56, INT64 // 7 + 2**56)
        units = [10**6, 1, 1000, 60 * 10**6, 3600 * 10**6]
        rest = sum(v * u for v, u in zip(values[1:6], units)) // DAY_US
        values[0] = -7 * values[6] - rest + random_int(31)
        values[0] = max(-INT64, min(INT64 - 1, values[0]))
    return values, attempt(lambda: code_of_delta(dt.timedelta(**dict(zip(keys, values)))))


def q_delta_double():
    keys = ["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"]
    values = [0.0] * 7
    for i in rng.sample(range(7), rng.choice([1, 1, 1, 2, 3, 7])):
        values[i] = random_double()
    if rng.random() < 0.02:
        x = 2.0 ** rng.randrange(40, 200)
        values[1], values[3] = x, -1000 * x
    return [bits(x) for x in values], attempt(lambda: code_of_delta(dt.timedelta(**dict(zip(keys, values)))))


def two_deltas(fn):
    def question():
        a, b = random_delta(), random_delta()
        if rng.random() < 0.05:
            b = a
        return [code_of_delta(a), code_of_delta(b)], attempt(lambda: fn(a, b))
    return question


def delta_and_int(fn):
    def question():
        d, n = random_delta(), rng.choice([random_int(63), random_int(10), random_int(30), 0, 1, -1, 2, -INT64])
        return [code_of_delta(d), n], attempt(lambda: code_of_delta(fn(d, n)))
    return question


def delta_and_double(fn):
    def question():
        d, x = random_delta(), random_double()
        return [code_of_delta(d), bits(x)], attempt(lambda: code_of_delta(fn(d, x)))
    return question


def one_delta(fn):
    def question():
        d = random_delta()
        return [code_of_delta(d)], attempt(lambda: fn(d))
    return question


def say_divmod(a, b):
    q, r = divmod(a, b)
    return "%d %s" % (q, code_of_delta(r)) if -INT64 <= q < INT64 else "OverflowError"


def say_integers(d):
    us = d // US
    return " ".join(["%d" % us if -INT64 <= us < INT64 else "OverflowError",
                     "%d" % (us // 1000) if us % 1000 == 0 else "ValueError",
                     "%d" % (us // 10**6) if us % 10**6 == 0 else "ValueError"])


def duration_of(d):
    us = abs(d // US)
    days, us = divmod(us, DAY_US)
    hours, us = divmod(us, 3600 * 10**6)
    minutes, us = divmod(us, 60 * 10**6)
    seconds = ("%d.%06d" % divmod(us, 10**6)).rstrip("0").rstrip(".")
    text = "".join(["%dH" % hours if hours else "", "%dM" % minutes if minutes else "",
                    seconds + "S" if us or d == dt.timedelta(0) else ""])
    return ("-" if d.days < 0 else "") + "P" + ("%dD" % days if days else "") + ("T" + text if text else "")


def q_duration():
    parts = [("W", 7 * DAY_US), ("D", DAY_US), ("H", 3600 * 10**6), ("M", 60 * 10**6), ("S", 10**6)]
    used = sorted(rng.sample(range(5), rng.randrange(1, 6)))
    sign = rng.choice(["", "", "-", "+"])
    text, total, in_time = sign + "P", Fraction(0), False
    for i in used:
        if i >= 2 and not in_time:
            text, in_time = text + "T", True
        number = str(rng.choice([rng.getrandbits(62), rng.randrange(1000), rng.randrange(60), 0]))
        if i == used[-1] and rng.random() < 0.5:
            digits = "".join(rng.choice("0123456789") for _ in range(rng.randrange(1, 25)))
            digits = rng.choice([digits, digits[:7], digits[:6] + "5", digits[:6] + "5000000000000000000000001"])
            total += Fraction(int(digits), 10 ** len(digits)) * parts[i][1]
            text += number + rng.choice(".,") + digits + parts[i][0]
        else:
            text += number + parts[i][0]
        total += int(number) * parts[i][1]
    us = round(total) * (-1 if sign == "-" else 1)
    if rng.random() < 0.2:
        text = mutate(text, "PTWDHMS0123456789.,-+ Y")
        return [text], None
    return [text], attempt(lambda: code_of_delta(us * US)) if abs(us) < 2**70 else "OverflowError"


def mutate(text, letters):
    i = rng.randrange(len(text) + 1)
    x = rng.random()
    if x < 0.3:
        return text[:i] + rng.choice(letters) + text[i:]
    if x < 0.6:
        return text[:i] + text[i + 1:]
    return text[:i] + rng.choice(letters) + text[i + 1:]


def q_zone():
    code = random_zone(0)
    while code[0] not in "UF":
        code = random_zone(0)
    if rng.random() < 0.1:
        code = "F%d" % rng.choice([DAY_US, -DAY_US, random_int(60)])
    return [code], attempt(lambda: "%s %s %s" % (zone(code), repr(zone(code)), code_of_delta(zone(code).utcoffset(None)))
                           ) if abs(int(code[1:].split(",")[0] or 0)) < DAY_US else " ".join(["ValueError"] * 3)


def one_moment(fn, naive=0.1):
    def question():
        t, code = random_moment(naive)
        return [code_of(t, code)], attempt(lambda: fn(t))
    return question


def say_description(t):
    return "%d %d %d %d-%d-%d %s %s" % (t.toordinal(), t.weekday(), t.timetuple().tm_yday, *t.isocalendar(), t, t.ctime())


def say_facts(t):
    offset, dst, name = t.utcoffset(), t.dst(), t.tzname()
    return " ".join([code_of_delta(offset) if offset is not None else "TypeError",
                     code_of_delta(dst) if dst is not None else "TypeError", name if name is not None else "TypeError"])


def say_timestamp(t):
    if t.tzinfo is None:
        return "TypeError"
    return "%s %d" % (bits(t.timestamp()), (t - EPOCH) // US)


def say_rfc3339(t):
    if t.tzinfo is None:
        return "TypeError"
    offset = t.utcoffset()
    if offset % dt.timedelta(minutes=1):
        return "ValueError"
    return t.replace(tzinfo=None).isoformat() + (t.replace(tzinfo=None, microsecond=0).replace(
        tzinfo=dt.timezone(offset)).isoformat()[19:] if offset else "Z")


def q_repr():
    t, code = random_moment()
    while code[0] not in "NUF":
        t, code = random_moment()
    return [code_of(t, code)], repr(t)


def shifted(fn):
    def question():
        t, code = random_moment()
        d = random_delta()
        if rng.random() < 0.7:
            d = dt.timedelta(microseconds=random_int(58))
        return [code_of(t, code), code_of_delta(d)], attempt(lambda: say_moment(fn(t, d)))
    return question


def q_compare():
    a, ca = random_moment()
    b, cb = random_moment()
    if rng.random() < 0.4:
        cb = ca if rng.random() < 0.5 else random_zone()
        moved = attempt(lambda: a.astimezone(zone(cb)) if a.tzinfo and zone(cb) else a.replace(tzinfo=zone(cb)))
        if not isinstance(moved, str):
            b = moved
        else:
            cb = ca
            b = a
        if rng.random() < 0.5:
            b = b.replace(fold=rng.randrange(2))
    return [code_of(a, ca), code_of(b, cb)], " ".join([
        attempt(lambda: str((a > b) - (a < b))), "equal" if a == b else "different",
        attempt(lambda: code_of_delta(a - b))])


def q_astimezone():
    t, code = random_moment(0)
    while code == "N":
        t, code = random_moment(0)
    to = random_zone(0)
    return [code_of(t, code), to], attempt(lambda: say_moment(t.astimezone(zone(to))))


def random_timestamp():
    x = rng.random()
    if x < 0.1:
        return random_double()
    if x < 0.3:
        return float(random_int(33)) + rng.choice([0.1234565, 0.9999995, 0.5, 0.0000005, 0.0000015, -0.0000005])
    if x < 0.4:
        return rng.choice([-62135596800.0, 253402300799.0, 253402300799.9999999, 253402300800.0, 1e18, 1e19, -1e19,
                           -62135596800.000001, 2.0**63, -2.0**63])
    return rng.uniform(-62135596800, 253402300800)


def q_fromtimestamp():
    x, code = random_timestamp(), random_zone(0)
    return [bits(x), code], attempt(lambda: say_moment(dt.datetime.fromtimestamp(x, zone(code))))


def q_utcfromtimestamp():
    x = random_timestamp()
    return [bits(x)], attempt(lambda: say_moment(dt.datetime.utcfromtimestamp(x)))


def q_fromordinal():
    n = rng.choice([rng.randrange(-5, 3652065), 0, 1, 3652059, 3652060, random_int(31)])
    return [n], attempt(lambda: say_moment(dt.datetime.fromordinal(n)))


def q_fromisocalendar():
    y, w, d = rng.choice([rng.randrange(1, 10000), 0, 1, 9999, 10000]), rng.randrange(-1, 56), rng.randrange(-1, 10)
    return [y, w, d], attempt(lambda: say_moment(dt.datetime.fromisocalendar(y, w, d)))


SPECS = ["auto", "hours", "minutes", "seconds", "milliseconds", "microseconds"]


def q_isoformat():
    t, code = random_moment()
    spec, sep = rng.randrange(6), rng.choice("T _x")
    return [code_of(t, code), spec, sep], t.isoformat(sep, SPECS[spec])


def random_iso():
    t, _ = random_moment()
    y, w, d = t.isocalendar()
    date = rng.choice(["%04d-%02d-%02d" % (t.year, t.month, t.day), "%04d-%02d-%02d" % (t.year, t.month, t.day),
                       "%04d%02d%02d" % (t.year, t.month, t.day), "%04d-W%02d-%d" % (y, w, d), "%04dW%02d%d" % (y, w, d),
                       "%04d-W%02d" % (y, w), "%04dW%02d" % (y, w)])
    if rng.random() < 0.1:
        return date
    colon = rng.choice(["", ":"])
    clock = colon.join(["%02d" % t.hour, "%02d" % t.minute, "%02d" % t.second][:rng.choice([1, 2, 3, 3, 3])])
    if rng.random() < 0.5:
        clock += rng.choice(".,") + str(rng.getrandbits(40))[:rng.randrange(1, 10)]
    zone_text = ""
    if rng.random() < 0.6:
        colon = rng.choice(["", ":"])
        parts = ["%02d" % rng.randrange(25), "%02d" % rng.randrange(62), "%02d" % rng.randrange(62)]
        zone_text = rng.choice("+-") + colon.join(parts[:rng.choice([1, 2, 2, 2, 3])])
        if rng.random() < 0.1:
            zone_text += "." + str(rng.getrandbits(30))[:rng.randrange(1, 8)]
    elif rng.random() < 0.5:
        zone_text = "Z"
    return date + rng.choice(["T", "T", "T", " ", "t", "\u00e9", "\u20ac", "-", "1", ":"]) + clock + zone_text


def q_fromisoformat():
    text = random_iso()
    while rng.random() < 0.3:
        text = mutate(text, "0123456789-:TZ+W., z")
    answers = [attempt(lambda m=m: say_moment(m.datetime.fromisoformat(text))) for m in (dt, pure)]
    if "\0" in text or any("Error" in a for a in answers):
        return [text], "ValueError"
    return [text], answers[1]


def q_fromrfc3339():
    t, _ = random_moment()
    minutes = rng.choice([0, 0, rng.randrange(-1439, 1440)])
    zone_text = rng.choice("Zz") if minutes == 0 and rng.random() < 0.7 else \
        "%s%02d:%02d" % ("-" if minutes < 0 else "+", *divmod(abs(minutes), 60))
    fraction = "." + str(rng.getrandbits(40))[:rng.randrange(1, 12)] if rng.random() < 0.5 else ""
    text = t.replace(tzinfo=None, microsecond=0).isoformat(rng.choice("TTt")) + fraction + zone_text
    answer = attempt(lambda: say_moment(pure.datetime.fromisoformat(
        t.replace(tzinfo=None, microsecond=0).isoformat() + fraction + zone_text.upper())))
    if rng.random() < 0.3:
        other = mutate(text, "0123456789-:TZ+., z")
        return [other], None if other != text else answer
    return [text], answer


FORMATS = "aAwdbBmyYHIpMSfzZjUWcxX%GuV"
MORE = "CDeFghklnPrRtT"


def q_strftime():
    t, code = random_moment()
    text = ""
    for _ in range(rng.randrange(1, 6)):
        c = rng.choice(FORMATS + MORE)
        flag = rng.choice(["", "", "", "-", "_", "0", "^", "#"]) if c in "dHIMSmjUWVeklaAbBpyhZ" else ""
        if c == "Z":
            flag = ""
        text += rng.choice(["", " ", "x", ".", "\u00e9"]) + "%" + flag + c
    return [code_of(t, code), text], t.strftime(text).replace("\n", "~")


def q_strptime():
    t, _ = random_moment()
    t = t.replace(tzinfo=dt.timezone(dt.timedelta(minutes=rng.randrange(-1439, 1440), seconds=rng.randrange(0, 2) * 30)))
    letters = rng.sample("aAwdbBmyYHIpMSfzjUWcxX%GuVZ", rng.randrange(1, 7))
    if rng.random() < 0.5:
        letters = rng.choice([list("YmdHMSf"), list("YmdHMSfz"), list("dbYIMp"), list("GVu"), list("YjHM"), list("YUw"),
                              list("YWA"), list("c"), list("xX"), list("ymd"), list("md"), list("YmdHMz"), list("aYU")])
    sep = rng.choice(["", " ", "-", "  ", ":"])
    fmt = sep.join("%" + c for c in letters)
    text = t.strftime(fmt.replace("%Z", "UTC"))
    if rng.random() < 0.2:
        text = text.replace("0", "")
    if rng.random() < 0.3:
        text = text.swapcase()
    while rng.random() < 0.25:
        text = mutate(text, "0123456789 -:+amZ.") if rng.random() < 0.8 else text
        fmt = fmt if rng.random() < 0.9 else mutate(fmt, "%YmdHMS- q")
    text, fmt = text.replace("\n", " "), fmt.replace("\n", " ")
    return [fmt, text], attempt(lambda: say_moment(dt.datetime.strptime(text, fmt)))


WHICH = ["year", "month", "day", "hour", "minute", "second", "microsecond", "fold", "tzinfo"]


def q_replace():
    t, code = random_moment()
    u, other = random_moment()
    which = rng.getrandbits(9)
    changes = {name: getattr(u, name) for i, name in enumerate(WHICH) if which >> i & 1}
    return [code_of(t, code), code_of(u, other), which], attempt(lambda: say_moment(t.replace(**changes)))


def resolve(t, mode):
    if t.tzinfo is None:
        return t
    first, second = t.replace(fold=0).utcoffset(), t.replace(fold=1).utcoffset()
    if first == second:
        return t
    if mode == 3:
        raise ValueError
    offset = max(first, second) if mode == 1 else min(first, second)  # the larger offset is the earlier moment
    return (t.replace(tzinfo=UTC, fold=0) - offset).astimezone(t.tzinfo)


def q_resolve():
    t, code = random_moment()
    mode = rng.randrange(1, 4)
    return [code_of(t, code), mode], attempt(lambda: say_moment(resolve(t, mode)))



def q_gmtime():
    s = rng.choice([random_int(63), random_int(38), rng.randrange(-10**5, 10**5), INT64 - 1, -INT64])
    era, rest = divmod(s, 12622780800)
    t = time.gmtime(rest)
    return [s], " ".join(map(str, (t.tm_year - 1900 + 400 * era, t.tm_mon - 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec,
                                   (t.tm_wday + 1) % 7, t.tm_yday - 1)))


def second_near_transition(tz):
    """A second of 1890 to 2110 at a transition, or within days of one; any if none is found."""
    def offset(s):
        return (EPOCH + dt.timedelta(seconds=s)).astimezone(tz).utcoffset()
    low = rng.randrange(-2524608000, 4417977600)
    high = low + 180 * 86400
    if offset(low) == offset(high):
        return low
    first = offset(low)
    while high - low > 1:
        middle = (low + high) // 2
        if offset(middle) == first:
            low = middle
        else:
            high = middle
    return high + rng.choice([0, -1, 1, rng.randrange(-7200, 7200), rng.randrange(-10 * 86400, 10 * 86400)])


def q_localtime():
    code = random_zone(0)
    tz = zone(code)
    s = second_near_transition(tz) if rng.random() < 0.8 else rng.choice([random_int(38), random_int(33)])

    def tuple_of():
        t = dt.datetime.fromtimestamp(s, tz).timetuple()
        return " ".join(map(str, (t.tm_year - 1900, t.tm_mon - 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec,
                                  (t.tm_wday + 1) % 7, t.tm_yday - 1)))
    return [s, code], attempt(tuple_of) + " " + attempt(lambda: say_moment(dt.datetime.fromtimestamp(s, tz)))


def q_timegm():
    def field(limit):
        return rng.choice([rng.randrange(limit), rng.randrange(limit), random_int(31), 2**31 - 1, -2**31])
    year = rng.choice([rng.randrange(-2000, 9000), random_int(38), random_int(63), INT64 - 1, -INT64])
    month, day, hour, minute, second = field(12), field(31), field(24), field(60), field(60)
    years, month0 = divmod(month, 12)
    era, in_era = divmod(year + 1900 + years, 400)
    days = dt.date(in_era + 400, month0 + 1, 1).toordinal() - 719163 + (era - 1) * 146097 + day - 1
    s = days * 86400 + hour * 3600 + minute * 60 + second
    return [year, month, day, hour, minute, second], "%d" % s if -INT64 <= s < INT64 else "OverflowError"


QUESTIONS = {
    "delta": q_delta, "delta_double": q_delta_double,
    "add": two_deltas(lambda a, b: code_of_delta(a + b)), "sub": two_deltas(lambda a, b: code_of_delta(a - b)),
    "neg": one_delta(lambda d: code_of_delta(-d)), "abs": one_delta(lambda d: code_of_delta(abs(d))),
    "mul": delta_and_int(lambda d, n: d * n), "mul_double": delta_and_double(lambda d, x: d * x),
    "div": delta_and_int(lambda d, n: d / n), "div_double": delta_and_double(lambda d, x: d / x),
    "floordiv_int": delta_and_int(lambda d, n: d // n), "mod": two_deltas(lambda a, b: code_of_delta(a % b)),
    "divmod": two_deltas(say_divmod), "ratio": two_deltas(lambda a, b: say_double(a / b)),
    "cmp": two_deltas(lambda a, b: str((a > b) - (a < b))),
    "total_seconds": one_delta(lambda d: say_double(d.total_seconds())), "integers": one_delta(say_integers),
    "texts": one_delta(lambda d: "%s %r %s" % (d, d, duration_of(d))), "duration": q_duration,
    "zone": q_zone, "describe": one_moment(say_description), "zone_facts": one_moment(say_facts),
    "timestamp": one_moment(say_timestamp), "rfc3339": one_moment(say_rfc3339), "repr": q_repr,
    "shift": shifted(lambda t, d: t + d), "shift_back": shifted(lambda t, d: t - d), "compare": q_compare,
    "astimezone": q_astimezone, "fromtimestamp": q_fromtimestamp, "utcfromtimestamp": q_utcfromtimestamp,
    "fromordinal": q_fromordinal, "fromisocalendar": q_fromisocalendar, "isoformat": q_isoformat,
    "fromisoformat": q_fromisoformat, "fromrfc3339": q_fromrfc3339, "strftime": q_strftime, "strptime": q_strptime,
    "replace": q_replace, "resolve": q_resolve, "gmtime": q_gmtime, "timegm": q_timegm,
    "localtime": q_localtime,
}


def questions(count, only):
    """Lines and expected answers; None for an answer: it only must not crash."""
    names = [name for name in QUESTIONS if only is None or name == only]
    for i in range(count):
        name = names[i % len(names)]
        args, answer = QUESTIONS[name]()
        line = "\t".join([name] + [str(a) for a in args])
        if "\n" not in line and len(line.encode()) < 590:
            yield line, answer


def zone_questions():
    """Each transition of each zone from 1900 to 2100, a second before, at it and behind, both ways and folds."""
    for name in NAMES:
        tz = _zoneinfo.ZoneInfo.no_cache(name)
        ours = zoneinfo.ZoneInfo(name)
        times = set(tz._trans_utc)
        if isinstance(tz._tz_after, _zoneinfo._TZStr):
            for year in range(1970, 2101):
                start, end = tz._tz_after.transitions(year)
                times.add(start - int(tz._tz_after.std.utcoff.total_seconds()))
                times.add(end - int(tz._tz_after.dst.utcoff.total_seconds()))
        for t in sorted(t for t in times if -2208988800 <= t < 4102444800):
            offsets = set()
            for step in (-1, 0, 1):
                moment = EPOCH + dt.timedelta(seconds=t + step)
                local = moment.astimezone(ours)
                offsets.add(local.utcoffset())
                yield "astimezone\t%s\tZ%s" % (code_of(moment, "U"), name), say_moment(local)
            for offset in offsets:
                for step in (-1, 0, 1):
                    for fold in (0, 1):
                        wall = (EPOCH + dt.timedelta(seconds=t + step) + offset).replace(tzinfo=ours, fold=fold)
                        yield "zone_facts\t" + code_of(wall, "Z" + name), say_facts(wall)


def compare(command, pairs, limit=15):
    """How many cases there were and how many differ."""
    total = wrong = 0
    while True:
        batch = [pair for pair, _ in zip(pairs, range(100000))]
        if not batch:
            return total, wrong
        with tempfile.TemporaryFile() as asked:
            asked.write("".join(line + "\n" for line, _ in batch).encode())
            asked.seek(0)
            done = subprocess.run(command, stdin=asked, stdout=subprocess.PIPE, check=False)
        answers = done.stdout.decode(errors="replace").split("\n")
        if done.returncode != 0 or len(answers) != len(batch) + 1:
            print("time_oracle: exit status %d after %d answers of %d" % (done.returncode, len(answers) - 1, len(batch)))
            if len(answers) <= len(batch):
                print("at:", repr(batch[len(answers) - 1][0]))
            return total, wrong + 1
        for (line, expected), answer in zip(batch, answers):
            total += 1
            if expected is None or answer == expected:
                continue
            wrong += 1
            if wrong <= limit:
                print("%r\n  pyfeat %r\n  Python %r" % (line, answer, expected))


def print_golden(pairs):
    def quoted(text):
        out = "".join(c if " " <= c <= "~" and c not in '"\\?' else "".join("\\%03o" % b for b in c.encode()) for c in text)
        return '"' + out + '"'
    for line, expected in pairs:
        if expected is not None and "\tZ" not in line and ",Z" not in line:
            print("    { %s,\n      %s }," % (quoted(line), quoted(expected)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=20000, metavar="CASES")
    parser.add_argument("-s", type=int, default=int(time.time()), metavar="SEED")
    parser.add_argument("-k", metavar="OPERATION", choices=QUESTIONS)
    parser.add_argument("--golden", action="store_true")
    parser.add_argument("--zones", action="store_true")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    rng.seed(args.s)
    if args.golden:
        print_golden(questions(args.n, args.k))
        return 0
    if sys.version_info[:2] != (3, 11):
        print("SKIP time_oracle: Python 3.11 is the measure, this is %d.%d" % sys.version_info[:2])
        print("0 passed, 0 failed, 1 skipped")
        return 0
    total, wrong = compare(args.command, zone_questions() if args.zones else questions(args.n, args.k))
    print("time_oracle: seed %d, %d cases, %d differ" % (args.s, total, wrong))
    print("%d passed, %d failed, 0 skipped" % (wrong == 0, wrong != 0))
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
