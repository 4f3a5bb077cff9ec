/* time_oracle.h - one question about the time room as a line of text, and the answer as another:
 * what time_oracle.py asks Python and pyfeat alike, and what time_golden.h has written down.
 *
 * A question is an operation and its arguments, separated by tabs. Arguments: whole numbers;
 * doubles as the 16 hexadecimal digits of their bits; timedeltas as DAYS,SECONDS,MICROSECONDS;
 * zones as N (naive), U (UTC), F and an offset in microseconds, the same and a comma and a name, P
 * and a POSIX string, Z and a name of the system's; datetimes as
 * YEAR,MONTH,DAY,HOUR,MINUTE,SECOND,MICROSECOND,FOLD,ZONE;  text is last. */

#ifndef TIME_ORACLE_H
#define TIME_ORACLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORACLE_ARGS = 8, ORACLE_LINE = 600 };

struct oracle {
    char line[ORACLE_LINE];
    char *args[ORACLE_ARGS];
    int count;
    char *out; /* ORACLE_LINE bytes */
};

/* Zones of the system, kept once loaded; where there is no such folder, none. */
static pyf_timezone oracle_system_zone(const char *name)
{
#if PYFEAT_NO_ZONEINFO
    (void)name;
    return pyf_timezone_tzif(NULL);
#else
    enum { ZONES = 700, BYTES = 4096 };
    static struct {
        char name[64];
        pyf_tzif tzif;
        unsigned char *bytes;
    } * zones;
    static int count;
    int i = 0;
    if (zones == NULL) zones = calloc(ZONES, sizeof *zones);
    if (zones == NULL) return pyf_timezone_tzif(NULL);
    while (i < count && strcmp(zones[i].name, name) != 0) i++;
    if (i == count) {
        if (count == ZONES || strlen(name) >= sizeof zones[i].name) return pyf_timezone_tzif(NULL);
        zones[i].bytes = malloc(BYTES);
        if (zones[i].bytes == NULL ||
            pyf_tzif_load(&zones[i].tzif, name, zones[i].bytes, BYTES) != PYF_OK) {
            free(zones[i].bytes);
            return pyf_timezone_tzif(NULL);
        }
        strcpy(zones[i].name, name);
        count++;
    }
    return pyf_timezone_tzif(&zones[i].tzif);
#endif
}

static int64_t oracle_int(const struct oracle *o, int i)
{
    return i < o->count ? (int64_t)strtoll(o->args[i], NULL, 10) : 0;
}

static double oracle_double(const struct oracle *o, int i)
{
    uint64_t bits = i < o->count ? strtoull(o->args[i], NULL, 16) : 0;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* As it is: an argument may well be out of range. */
static pyf_timedelta oracle_delta(const struct oracle *o, int i)
{
    pyf_timedelta d = { 0, 0, 0 };
    char *s = i < o->count ? o->args[i] : NULL;
    if (s == NULL) return d;
    d.days = (int32_t)strtol(s, &s, 10);
    d.seconds = (int32_t)strtol(s + 1, &s, 10);
    d.microseconds = (int32_t)strtol(s + 1, &s, 10);
    return d;
}

static pyf_timezone oracle_zone_of(const char *s)
{
    pyf_timezone naive;
    memset(&naive, 0, sizeof naive);
    if (*s == 'U') return pyf_timezone_utc();
    if (*s == 'P') return pyf_timezone_posix(s + 1);
    if (*s == 'Z') return oracle_system_zone(s + 1);
    if (*s == 'F') {
        pyf_timedelta_parts parts;
        const char *name = strchr(s, ',');
        memset(&parts, 0, sizeof parts);
        parts.microseconds = (int64_t)strtoll(s + 1, NULL, 10);
        return pyf_timezone_of(pyf_timedelta_of_with(&parts), name == NULL ? NULL : name + 1);
    }
    return naive;
}

static pyf_timezone oracle_zone(const struct oracle *o, int i)
{
    return oracle_zone_of(i < o->count ? o->args[i] : "N");
}

static void oracle_fields_of(const struct oracle *o, int i, pyf_datetime_fields *f)
{
    char *s = i < o->count ? o->args[i] : NULL;
    int32_t *const fields[8] = { &f->year,   &f->month,  &f->day,         &f->hour,
                                 &f->minute, &f->second, &f->microsecond, &f->fold };
    memset(f, 0, sizeof *f);
    if (s == NULL) return;
    for (int k = 0; k < 8; k++) {
        *fields[k] = (int32_t)strtol(s, &s, 10);
        if (*s == ',') s++;
    }
    f->tz = oracle_zone_of(s);
}

static pyf_datetime oracle_moment(const struct oracle *o, int i)
{
    pyf_datetime_fields f;
    oracle_fields_of(o, i, &f);
    return pyf_datetime_of_with(&f);
}

/* ---- answers ---- */

static void oracle_say(struct oracle *o, const char *text)
{
    strncat(o->out, text, ORACLE_LINE - 1 - strlen(o->out));
}

static void oracle_say_int(struct oracle *o, int64_t value)
{
    char text[24], *p = text + sizeof text - 1;
    uint64_t x = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    *p = '\0';
    do *--p = (char)('0' + x % 10);
    while ((x /= 10) != 0);
    if (value < 0) *--p = '-';
    oracle_say(o, p);
}

static void oracle_say_double(struct oracle *o, double x)
{
    static const char hex[] = "0123456789abcdef";
    char text[17];
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    for (int i = 0; i < 16; i++) text[i] = hex[bits >> (60 - 4 * i) & 15];
    text[16] = '\0';
    oracle_say(o, x != x ? "nan" : text);
}

static void oracle_say_delta(struct oracle *o, pyf_timedelta d)
{
    if (pyf_timedelta_status(d) != PYF_OK) {
        oracle_say(o, pyf_status_name(pyf_timedelta_status(d)));
        return;
    }
    oracle_say_int(o, d.days);
    oracle_say(o, ",");
    oracle_say_int(o, d.seconds);
    oracle_say(o, ",");
    oracle_say_int(o, d.microseconds);
}

/* What a function wrote, or its status if that is not PYF_OK. */
static void oracle_say_text(struct oracle *o, pyf_status st, const char *text)
{
    oracle_say(o, st == PYF_OK ? text : pyf_status_name(st));
}

/* Its fields, fold, and offset. */
static void oracle_say_moment(struct oracle *o, pyf_datetime t)
{
    char text[PYF_TIME_STR_MAX];
    pyf_datetime_fields f;
    pyf_status st = pyf_datetime_isoformat(t, text, sizeof text);
    oracle_say_text(o, st, text);
    if (pyf_datetime_fields_of(t, &f) == PYF_OK && f.fold != 0) oracle_say(o, " fold");
}

static void oracle_say_text_of(struct oracle *o, pyf_datetime t,
                               pyf_status (*fn)(pyf_datetime, char *, size_t))
{
    char text[300];
    oracle_say_text(o, fn(t, text, sizeof text), text);
}

/* ---- operations ---- */

static void oracle_make_delta(struct oracle *o)
{
    pyf_timedelta_parts p;
    memset(&p, 0, sizeof p);
    p.days = oracle_int(o, 1);
    p.seconds = oracle_int(o, 2);
    p.microseconds = oracle_int(o, 3);
    p.milliseconds = oracle_int(o, 4);
    p.minutes = oracle_int(o, 5);
    p.hours = oracle_int(o, 6);
    p.weeks = oracle_int(o, 7);
    oracle_say_delta(o, pyf_timedelta_of_with(&p));
}

static void oracle_make_delta_of_doubles(struct oracle *o)
{
    pyf_timedelta_double_parts p;
    memset(&p, 0, sizeof p);
    p.days = oracle_double(o, 1);
    p.seconds = oracle_double(o, 2);
    p.microseconds = oracle_double(o, 3);
    p.milliseconds = oracle_double(o, 4);
    p.minutes = oracle_double(o, 5);
    p.hours = oracle_double(o, 6);
    p.weeks = oracle_double(o, 7);
    oracle_say_delta(o, pyf_timedelta_of_double_with(&p));
}

static void oracle_quotient(struct oracle *o)
{
    int64_t quotient = 0;
    pyf_timedelta rest = { 0, 0, 0 };
    pyf_timedelta a = oracle_delta(o, 1), b = oracle_delta(o, 2);
    pyf_status st = pyf_timedelta_divmod(a, b, &quotient, &rest);
    if (st != PYF_OK) {
        oracle_say(o, pyf_status_name(st));
        return;
    }
    oracle_say_int(o, quotient);
    oracle_say(o, " ");
    oracle_say_delta(o, rest);
    if (pyf_timedelta_floordiv(a, b, &quotient) != PYF_OK) oracle_say(o, " and not alone");
    if (!pyf_timedelta_eq(pyf_timedelta_mod(a, b), rest)) oracle_say(o, " another alone");
}

static void oracle_ratio(struct oracle *o)
{
    pyf_status st = PYF_OK;
    double x = pyf_timedelta_ratio(oracle_delta(o, 1), oracle_delta(o, 2), &st);
    if (st != PYF_OK) oracle_say(o, pyf_status_name(st));
    else oracle_say_double(o, x);
}

static void oracle_to_integers(struct oracle *o)
{
    pyf_timedelta d = oracle_delta(o, 1);
    int64_t x = 0;
    pyf_status st = pyf_timedelta_to_microseconds(d, &x);
    if (st == PYF_OK) oracle_say_int(o, x);
    else oracle_say(o, pyf_status_name(st));
    oracle_say(o, " ");
    st = pyf_timedelta_to_milliseconds(d, &x);
    if (st == PYF_OK) oracle_say_int(o, x);
    else oracle_say(o, pyf_status_name(st));
    oracle_say(o, " ");
    st = pyf_timedelta_to_seconds(d, &x);
    if (st == PYF_OK) oracle_say_int(o, x);
    else oracle_say(o, pyf_status_name(st));
}

static void oracle_compare_deltas(struct oracle *o)
{
    pyf_timedelta a = oracle_delta(o, 1), b = oracle_delta(o, 2);
    oracle_say_int(o, pyf_timedelta_cmp(a, b));
    if (pyf_timedelta_eq(a, b) && pyf_timedelta_hash(a) != pyf_timedelta_hash(b))
        oracle_say(o, " and another hash");
    if (pyf_timedelta_lt(a, b) != (pyf_timedelta_cmp(a, b) == -1) ||
        pyf_timedelta_le(a, b) == pyf_timedelta_lt(b, a))
        oracle_say(o, " and not so");
}

/* All texts of a timedelta, and what they are read as. */
static void oracle_texts(struct oracle *o)
{
    pyf_timedelta d = oracle_delta(o, 1);
    char text[PYF_TIME_STR_MAX];
    (void)pyf_timedelta_str(d, text, sizeof text);
    oracle_say(o, text);
    if (!pyf_timedelta_eq(pyf_timedelta_parse(text), d)) oracle_say(o, " read otherwise");
    (void)pyf_timedelta_repr(d, text, sizeof text);
    oracle_say(o, " ");
    oracle_say(o, text);
    if (!pyf_timedelta_eq(pyf_timedelta_parse(text), d)) oracle_say(o, " read otherwise");
    (void)pyf_timedelta_isoformat(d, text, sizeof text);
    oracle_say(o, " ");
    oracle_say(o, text);
    if (!pyf_timedelta_eq(pyf_timedelta_fromisoformat(text), d)) oracle_say(o, " read otherwise");
}

static bool oracle_timedelta(struct oracle *o)
{
    const char *op = o->args[0];
    pyf_timedelta a = oracle_delta(o, 1);
    if (strcmp(op, "delta") == 0) oracle_make_delta(o);
    else if (strcmp(op, "delta_double") == 0) oracle_make_delta_of_doubles(o);
    else if (strcmp(op, "add") == 0) oracle_say_delta(o, pyf_timedelta_add(a, oracle_delta(o, 2)));
    else if (strcmp(op, "sub") == 0) oracle_say_delta(o, pyf_timedelta_sub(a, oracle_delta(o, 2)));
    else if (strcmp(op, "neg") == 0) oracle_say_delta(o, pyf_timedelta_neg(a));
    else if (strcmp(op, "abs") == 0) oracle_say_delta(o, pyf_timedelta_abs(a));
    else if (strcmp(op, "mul") == 0) oracle_say_delta(o, pyf_timedelta_mul(a, oracle_int(o, 2)));
    else if (strcmp(op, "mul_double") == 0)
        oracle_say_delta(o, pyf_timedelta_mul_double(a, oracle_double(o, 2)));
    else if (strcmp(op, "div") == 0) oracle_say_delta(o, pyf_timedelta_div(a, oracle_int(o, 2)));
    else if (strcmp(op, "div_double") == 0)
        oracle_say_delta(o, pyf_timedelta_div_double(a, oracle_double(o, 2)));
    else if (strcmp(op, "floordiv_int") == 0)
        oracle_say_delta(o, pyf_timedelta_floordiv_int(a, oracle_int(o, 2)));
    else if (strcmp(op, "mod") == 0) oracle_say_delta(o, pyf_timedelta_mod(a, oracle_delta(o, 2)));
    else if (strcmp(op, "divmod") == 0) oracle_quotient(o);
    else if (strcmp(op, "ratio") == 0) oracle_ratio(o);
    else if (strcmp(op, "cmp") == 0) oracle_compare_deltas(o);
    else if (strcmp(op, "total_seconds") == 0) oracle_say_double(o, pyf_timedelta_total_seconds(a));
    else if (strcmp(op, "integers") == 0) oracle_to_integers(o);
    else if (strcmp(op, "texts") == 0) oracle_texts(o);
    else if (strcmp(op, "duration") == 0)
        oracle_say_delta(o, pyf_timedelta_fromisoformat(o->args[1]));
    else return false;
    return true;
}

static void oracle_name_zone(struct oracle *o)
{
    pyf_timezone tz = oracle_zone(o, 1);
    char text[300];
    pyf_status st = pyf_timezone_str(tz, text, sizeof text);
    oracle_say_text(o, st, text);
    oracle_say(o, " ");
    st = pyf_timezone_repr(tz, text, sizeof text);
    oracle_say_text(o, st, text);
    oracle_say(o, " ");
    oracle_say_delta(o, pyf_timezone_utcoffset(tz));
}

static void oracle_compare_moments(struct oracle *o)
{
    pyf_datetime a = oracle_moment(o, 1), b = oracle_moment(o, 2);
    int order = pyf_datetime_cmp(a, b);
    bool equal = pyf_datetime_eq(a, b);
    if (order == PYF_UNORDERED) oracle_say(o, "TypeError");
    else oracle_say_int(o, order);
    oracle_say(o, equal ? " equal " : " different ");
    oracle_say_delta(o, pyf_datetime_diff(a, b));
    if (equal && pyf_datetime_hash(a) != pyf_datetime_hash(b)) oracle_say(o, " and another hash");
    if (pyf_datetime_lt(a, b) != (order == -1) ||
        pyf_datetime_le(a, b) != (order == -1 || order == 0))
        oracle_say(o, " and not so");
}

/* Everything that there is to ask of one datetime without arguments. */
static void oracle_describe(struct oracle *o)
{
    pyf_datetime t = oracle_moment(o, 1);
    pyf_isocalendar iso = pyf_datetime_isocalendar(t);
    if (pyf_datetime_status(t) != PYF_OK) {
        oracle_say(o, pyf_status_name(pyf_datetime_status(t)));
        return;
    }
    oracle_say_int(o, pyf_datetime_toordinal(t));
    oracle_say(o, " ");
    oracle_say_int(o, pyf_datetime_weekday(t));
    oracle_say(o, " ");
    oracle_say_int(o, pyf_datetime_yday(t));
    oracle_say(o, " ");
    oracle_say_int(o, iso.year);
    oracle_say(o, "-");
    oracle_say_int(o, iso.week);
    oracle_say(o, "-");
    oracle_say_int(o, iso.weekday);
    oracle_say(o, " ");
    oracle_say_text_of(o, t, pyf_datetime_str);
    oracle_say(o, " ");
    oracle_say_text_of(o, t, pyf_datetime_ctime);
}

static void oracle_zone_facts(struct oracle *o)
{
    pyf_datetime t = oracle_moment(o, 1);
    oracle_say_delta(o, pyf_datetime_utcoffset(t));
    oracle_say(o, " ");
    oracle_say_delta(o, pyf_datetime_dst(t));
    oracle_say(o, " ");
    oracle_say_text_of(o, t, pyf_datetime_tzname);
}

static void oracle_timestamp(struct oracle *o)
{
    pyf_datetime t = oracle_moment(o, 1);
    int64_t us = 0;
    pyf_status st = pyf_datetime_timestamp_us(t, &us);
    if (st != PYF_OK) {
        oracle_say(o, pyf_status_name(st));
        return;
    }
    oracle_say_double(o, pyf_datetime_timestamp(t));
    oracle_say(o, " ");
    oracle_say_int(o, us);
}

static void oracle_say_tm(struct oracle *o, const pyf_tm *tm)
{
    const int64_t fields[8] = { tm->tm_year, tm->tm_mon, tm->tm_mday, tm->tm_hour,
                                tm->tm_min,  tm->tm_sec, tm->tm_wday, tm->tm_yday };
    for (int i = 0; i < 8; i++) {
        if (i > 0) oracle_say(o, " ");
        oracle_say_int(o, fields[i]);
    }
}

static void oracle_gmtime(struct oracle *o)
{
    int64_t seconds = oracle_int(o, 1), back = 0;
    pyf_tm tm = pyf_gmtime(seconds);
    oracle_say_tm(o, &tm);
    if (pyf_timegm(&tm, &back) != PYF_OK || back != seconds) oracle_say(o, " and not back");
}

/* Twice: as fields, and as a datetime. */
static void oracle_localtime(struct oracle *o)
{
    const int64_t seconds = oracle_int(o, 1);
    pyf_timezone tz = oracle_zone(o, 2);
    pyf_tm tm;
    const pyf_status st = pyf_localtime(seconds, tz, &tm);
    if (st != PYF_OK) oracle_say(o, pyf_status_name(st));
    else oracle_say_tm(o, &tm);
    oracle_say(o, " ");
    oracle_say_moment(o, pyf_datetime_fromtimestamp_us(seconds * 1000000, tz));
}

static void oracle_timegm(struct oracle *o)
{
    pyf_tm tm;
    int64_t seconds = 0;
    pyf_status st;
    memset(&tm, 0, sizeof tm);
    tm.tm_year = oracle_int(o, 1);
    tm.tm_mon = (int32_t)oracle_int(o, 2);
    tm.tm_mday = (int32_t)oracle_int(o, 3);
    tm.tm_hour = (int32_t)oracle_int(o, 4);
    tm.tm_min = (int32_t)oracle_int(o, 5);
    tm.tm_sec = (int32_t)oracle_int(o, 6);
    st = pyf_timegm(&tm, &seconds);
    if (st == PYF_OK) oracle_say_int(o, seconds);
    else oracle_say(o, pyf_status_name(st));
}

static void oracle_strftime(struct oracle *o)
{
    char text[400];
    oracle_say_text(o, pyf_datetime_strftime(oracle_moment(o, 1), o->args[2], text, sizeof text),
                    text);
}

static void oracle_isoformat(struct oracle *o)
{
    char text[64];
    oracle_say_text(o,
                    pyf_datetime_isoformat_with(oracle_moment(o, 1), o->args[3][0],
                                                (int)oracle_int(o, 2), text, sizeof text),
                    text);
}

static void oracle_replace(struct oracle *o)
{
    pyf_datetime_fields f;
    oracle_fields_of(o, 2, &f);
    oracle_say_moment(
        o, pyf_datetime_replace_with(oracle_moment(o, 1), (unsigned)oracle_int(o, 3), &f));
}

static bool oracle_datetime(struct oracle *o)
{
    const char *op = o->args[0], *text = o->count > 1 ? o->args[1] : "";
    if (strcmp(op, "zone") == 0) oracle_name_zone(o);
    else if (strcmp(op, "describe") == 0) oracle_describe(o);
    else if (strcmp(op, "repr") == 0) oracle_say_text_of(o, oracle_moment(o, 1), pyf_datetime_repr);
    else if (strcmp(op, "rfc3339") == 0)
        oracle_say_text_of(o, oracle_moment(o, 1), pyf_datetime_rfc3339);
    else if (strcmp(op, "shift") == 0)
        oracle_say_moment(o, pyf_datetime_add(oracle_moment(o, 1), oracle_delta(o, 2)));
    else if (strcmp(op, "shift_back") == 0)
        oracle_say_moment(o, pyf_datetime_sub(oracle_moment(o, 1), oracle_delta(o, 2)));
    else if (strcmp(op, "compare") == 0) oracle_compare_moments(o);
    else if (strcmp(op, "astimezone") == 0)
        oracle_say_moment(o, pyf_datetime_astimezone(oracle_moment(o, 1), oracle_zone(o, 2)));
    else if (strcmp(op, "zone_facts") == 0) oracle_zone_facts(o);
    else if (strcmp(op, "timestamp") == 0) oracle_timestamp(o);
    else if (strcmp(op, "fromtimestamp") == 0)
        oracle_say_moment(o, pyf_datetime_fromtimestamp(oracle_double(o, 1), oracle_zone(o, 2)));
    else if (strcmp(op, "utcfromtimestamp") == 0)
        oracle_say_moment(o, pyf_datetime_utcfromtimestamp(oracle_double(o, 1)));
    else if (strcmp(op, "fromordinal") == 0)
        oracle_say_moment(o, pyf_datetime_fromordinal((int32_t)oracle_int(o, 1)));
    else if (strcmp(op, "fromisocalendar") == 0)
        oracle_say_moment(o, pyf_datetime_fromisocalendar((int32_t)oracle_int(o, 1),
                                                          (int32_t)oracle_int(o, 2),
                                                          (int32_t)oracle_int(o, 3)));
    else if (strcmp(op, "isoformat") == 0) oracle_isoformat(o);
    else if (strcmp(op, "fromisoformat") == 0)
        oracle_say_moment(o, pyf_datetime_fromisoformat(text));
    else if (strcmp(op, "fromrfc3339") == 0) oracle_say_moment(o, pyf_datetime_fromrfc3339(text));
    else if (strcmp(op, "strftime") == 0) oracle_strftime(o);
    else if (strcmp(op, "strptime") == 0)
        oracle_say_moment(o, pyf_datetime_strptime(o->args[2], o->args[1]));
    else if (strcmp(op, "replace") == 0) oracle_replace(o);
    else if (strcmp(op, "resolve") == 0)
        oracle_say_moment(o, pyf_datetime_resolve(oracle_moment(o, 1), (int)oracle_int(o, 2)));
    else if (strcmp(op, "gmtime") == 0) oracle_gmtime(o);
    else if (strcmp(op, "localtime") == 0) oracle_localtime(o);
    else if (strcmp(op, "timegm") == 0) oracle_timegm(o);
    else return false;
    return true;
}

/* The answer to a question; out has ORACLE_LINE bytes. */
static void oracle_answer(const char *line, char *out)
{
    static struct oracle o;
    char *p;
    o.count = 0;
    o.out = out;
    out[0] = '\0';
    if (strlen(line) >= sizeof o.line) return;
    strcpy(o.line, line);
    for (p = o.line; p != NULL && o.count < ORACLE_ARGS;) {
        o.args[o.count++] = p;
        p = o.count < ORACLE_ARGS ? strchr(p, '\t') : NULL;
        if (p != NULL) *p++ = '\0';
    }
    if (!oracle_timedelta(&o) && !oracle_datetime(&o)) oracle_say(&o, "what?");
}

#endif
