/* time_test.c - timedelta, timezone, datetime. The cases that are named after a class follow the
 * methods of that class in CPython's Lib/test/datetimetester.py; what has no counterpart there:
 * pickle, copy, subclasses, __slots__ and other objects' protocols, conversions of other types'
 * arguments, date and time as classes of their own, the local zone. */

#ifndef PYFEAT_PORT_NONE
#if defined(__unix__) || defined(__APPLE__)
#define PYFEAT_PORT_NONE 0
#else
#define PYFEAT_PORT_NONE 1
#endif
#endif
#ifndef PYFEAT_NO_ZONEINFO
#if defined(__unix__) || defined(__APPLE__)
#define PYFEAT_NO_ZONEINFO 0
#else
#define PYFEAT_NO_ZONEINFO 1
#endif
#endif
#define PYFEAT_TIMEZONE_TABLE 1
#define PYFEAT_TIME_IMPLEMENTATION
#include "../pyfeat.h"
#include "check.h"
#include "time_oracle.h"
#include "time_golden.h"
#include <float.h>
#include <math.h>

/* Each day once and where that is quick, else each 101st or so. */
static int32_t stride(void)
{
#if CHECK_FORK
    const char *flavour = getenv("CHECK_FLAVOUR");
    if (flavour != NULL && strcmp(flavour, "native") != 0) return 101;
    return check_slowness() > 1 ? 101 : 1;
#else
    return 1009;
#endif
}

static bool text_is(pyf_status st, const char *got, const char *want)
{
    if (st == PYF_OK && strcmp(got, want) == 0) return true;
    printf("    got %s \"%s\", want \"%s\"\n", pyf_status_name(st), st == PYF_OK ? got : "", want);
    return false;
}

#define CHECK_TEXT(call, want) \
    do { \
        char text[300] = ""; \
        pyf_status st_ = (call); \
        CHECK(text_is(st_, text, want)); \
    } while (0)
#define ROOM text, sizeof text

static pyf_timedelta td(int64_t days, int64_t seconds, int64_t us)
{
    return pyf_timedelta_of(.days = days, .seconds = seconds, .microseconds = us);
}

static pyf_timedelta minutes(int64_t n) { return pyf_timedelta_of(.minutes = n); }

static bool same(pyf_timedelta a, int32_t days, int32_t seconds, int32_t us)
{
    return pyf_timedelta_status(a) == PYF_OK && a.days == days && a.seconds == seconds &&
           a.microseconds == us;
}

static pyf_datetime at(const char *iso) { return pyf_datetime_fromisoformat(iso); }

static pyf_datetime in_zone(const char *iso, pyf_timezone tz, int32_t fold)
{
    return pyf_datetime_replace(pyf_datetime_replace_tz(at(iso), tz), PYF_FOLD, .fold = fold);
}

static pyf_timezone naive(void) { return pyf_datetime_tz(pyf_datetime_min()); }

static const char new_york[] = "EST5EDT,M3.2.0,M11.1.0";

/* ---- answers of Python's ---- */

static void golden_cases(void)
{
    static char answer[ORACLE_LINE];
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        oracle_answer(golden[i].question, answer);
        for (char *p = answer; *p != '\0'; p++)
            if (*p == '\n') *p = '~';
        if (strcmp(answer, golden[i].answer) == 0) continue;
        printf("    %s\n    pyfeat %s\n    Python %s\n", golden[i].question, answer,
               golden[i].answer);
        CHECK(!"the same answer");
    }
}

/* ---- timedelta ---- */

static void timedelta_constructor(void)
{
    CHECK(same(td(0, 0, 0), 0, 0, 0));
    CHECK(same(pyf_timedelta_of(.weeks = 1), 7, 0, 0) &&
          same(pyf_timedelta_of(.hours = 1), 0, 3600, 0));
    CHECK(same(pyf_timedelta_of(.minutes = 1), 0, 60, 0) &&
          same(pyf_timedelta_of(.milliseconds = 1), 0, 0, 1000));
    CHECK(same(pyf_timedelta_of_double(.weeks = 1.0 / 7), 1, 0, 0));
    CHECK(same(pyf_timedelta_of_double(.days = 1.0 / 24), 0, 3600, 0));
    CHECK(same(pyf_timedelta_of_double(.hours = 1.0 / 60), 0, 60, 0));
    CHECK(same(pyf_timedelta_of_double(.seconds = 0.001), 0, 0, 1000));
    CHECK(same(pyf_timedelta_of_double(.milliseconds = 0.001), 0, 0, 1));
    CHECK(same(pyf_timedelta_of_double(.seconds = 2.5e-06), 0, 0, 2)); /* exact: 3; C Python: 2 */
    CHECK(same(td(0, 0, -1), -1, 86399, 999999) && same(td(0, -1, 0), -1, 86399, 0));
    CHECK(same(td(7, 13, -42), 7, 12, 999958));
    CHECK(same(pyf_timedelta_of(.weeks = INT64_C(1) << 60, .days = -7 * (INT64_C(1) << 60),
                                .microseconds = 5),
               0, 0, 5));
    CHECK(pyf_timedelta_status(td(INT64_MAX, 0, 0)) == PYF_OVERFLOW_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_of_double(.days = (double)NAN)) == PYF_VALUE_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_of_double(.days = (double)INFINITY)) ==
          PYF_OVERFLOW_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_of_with(NULL)) == PYF_VALUE_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_of_double_with(NULL)) == PYF_VALUE_ERROR);
    CHECK(sizeof(pyf_timedelta) == 12);
}

static void timedelta_computations(void)
{
    pyf_timedelta a = td(7, 0, 0), b = td(0, 60, 0), c = td(0, 0, 1000);
    CHECK(same(pyf_timedelta_add(pyf_timedelta_add(a, b), c), 7, 60, 1000));
    CHECK(same(pyf_timedelta_sub(a, b), 6, 24 * 3600 - 60, 0));
    CHECK(same(pyf_timedelta_neg(a), -7, 0, 0) && same(pyf_timedelta_neg(c), -1, 86399, 999000));
    CHECK(same(pyf_timedelta_abs(pyf_timedelta_neg(b)), 0, 60, 0));
    CHECK(same(td(6, 86400, 0), 7, 0, 0) && same(td(0, 0, 60 * 1000000), 0, 60, 0));
    CHECK(same(pyf_timedelta_mul(a, 10), 70, 0, 0) && same(pyf_timedelta_mul(c, 1000), 0, 1, 0));
    CHECK(same(pyf_timedelta_mul(pyf_timedelta_neg(a), -1), 7, 0, 0));
    CHECK(same(pyf_timedelta_floordiv_int(a, 7), 1, 0, 0) &&
          same(pyf_timedelta_floordiv_int(td(0, 0, -1), 2), -1, 86399, 999999));
    CHECK(same(pyf_timedelta_div(a, 7), 1, 0, 0) &&
          same(pyf_timedelta_div(td(0, 0, 3), 2), 0, 0, 2));
    CHECK(same(pyf_timedelta_div(td(0, 0, 1), 2), 0, 0, 0) &&
          same(pyf_timedelta_div(td(0, 0, -1), 2), 0, 0, 0));
    CHECK(same(pyf_timedelta_mul_double(td(0, 0, 1), 0.5), 0, 0, 0) &&
          same(pyf_timedelta_mul_double(td(0, 0, 5), 0.5), 0, 0, 2));
    CHECK(same(pyf_timedelta_div_double(td(0, 0, 1), 0.5), 0, 0, 2));
    CHECK(pyf_timedelta_status(pyf_timedelta_div(a, 0)) == PYF_ZERO_DIVISION_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_div_double(a, 0.0)) == PYF_ZERO_DIVISION_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_div_double(a, (double)NAN)) == PYF_VALUE_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_mul_double(a, (double)INFINITY)) ==
          PYF_OVERFLOW_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_floordiv_int(a, 0)) == PYF_ZERO_DIVISION_ERROR);
}

static void timedelta_divmod(void)
{
    int64_t q = 77;
    pyf_timedelta r = td(0, 0, 77);
    CHECK(pyf_timedelta_divmod(minutes(-2), td(0, 0, 45000000), &q, &r) == PYF_OK && q == -3 &&
          same(r, 0, 15, 0));
    CHECK(pyf_timedelta_floordiv(pyf_timedelta_min(), pyf_timedelta_resolution(), &q) ==
              PYF_OVERFLOW_ERROR &&
          q == -3);
    CHECK(pyf_timedelta_divmod(td(1, 0, 0), td(0, 0, 0), &q, &r) == PYF_ZERO_DIVISION_ERROR &&
          q == -3);
    CHECK(pyf_timedelta_status(pyf_timedelta_mod(td(1, 0, 0), td(0, 0, 0))) ==
          PYF_ZERO_DIVISION_ERROR);
    CHECK(same(pyf_timedelta_mod(pyf_timedelta_min(), pyf_timedelta_max()), 0, 86399, 999999));
    CHECK(pyf_timedelta_to_microseconds(td(106751991, 14454, 775807), &q) == PYF_OK &&
          q == INT64_MAX);
    CHECK(pyf_timedelta_to_microseconds(td(-106751992, 71945, 224192), &q) == PYF_OK &&
          q == INT64_MIN);
    CHECK(pyf_timedelta_to_microseconds(td(106751991, 14454, 775808), &q) == PYF_OVERFLOW_ERROR &&
          q == INT64_MIN);
    CHECK(pyf_timedelta_to_milliseconds(td(0, 0, 1500), &q) == PYF_VALUE_ERROR);
    CHECK(pyf_timedelta_to_milliseconds(td(-1, 0, 3000), &q) == PYF_OK && q == -86399997);
    CHECK(pyf_timedelta_to_seconds(td(-1, 1, 0), &q) == PYF_OK && q == -86399);
    CHECK(pyf_timedelta_to_seconds(td(-1, 1, 0), NULL) == PYF_VALUE_ERROR);
    CHECK(pyf_timedelta_floordiv(td(1, 0, 0), td(1, 0, 0), NULL) == PYF_VALUE_ERROR);
}

static void timedelta_limits(void)
{
    pyf_timedelta max = pyf_timedelta_max(), min = pyf_timedelta_min(),
                  one = pyf_timedelta_resolution();
    CHECK(pyf_timedelta_status(pyf_timedelta_add(max, one)) == PYF_OVERFLOW_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_sub(min, one)) == PYF_OVERFLOW_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_neg(max)) == PYF_OVERFLOW_ERROR);
    CHECK(same(pyf_timedelta_neg(min), 999999999, 0, 0) &&
          same(pyf_timedelta_abs(min), 999999999, 0, 0));
    CHECK(same(pyf_timedelta_sub(max, max), 0, 0, 0) && same(pyf_timedelta_sub(min, min), 0, 0, 0));
    CHECK(pyf_timedelta_status(td(1000000000, 0, 0)) == PYF_OVERFLOW_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_mul(td(1, 0, 0), 1000000000)) == PYF_OVERFLOW_ERROR);
    CHECK(pyf_timedelta_eq(pyf_timedelta_sub(pyf_timedelta_add(min, one), one), min));
    CHECK(pyf_timedelta_eq(pyf_timedelta_add(pyf_timedelta_sub(max, one), one), max));
    for (int i = 0; i < 3; i++) {
        static const double by[] = { 1e-20, 1e-10, 9e-10 };
        CHECK(pyf_timedelta_status(pyf_timedelta_div_double(td(1, 0, 0), by[i])) ==
              PYF_OVERFLOW_ERROR);
    }
    CHECK(pyf_timedelta_status(pyf_timedelta_mul_double(td(1, 0, 0), 1e9)) == PYF_OVERFLOW_ERROR);
    CHECK(pyf_timedelta_total_seconds(max) == 86400000000000.0);
    CHECK(pyf_timedelta_lt(min, max) && pyf_timedelta_le(min, min) && !pyf_timedelta_lt(max, max));
}

static void timedelta_ratio(void)
{
    pyf_status st = PYF_OK;
    CHECK(pyf_timedelta_ratio(td(1, 0, 0), td(0, 3600, 0), &st) == 24.0);
    CHECK(pyf_timedelta_ratio(td(0, 0, 1), td(0, 0, 3), NULL) == 1.0 / 3);
    CHECK(pyf_timedelta_ratio(pyf_timedelta_max(), pyf_timedelta_min(), &st) == -1.000000001 &&
          st == PYF_OK);
    CHECK(isnan(pyf_timedelta_ratio(td(1, 0, 0), td(0, 0, 0), &st)) &&
          st == PYF_ZERO_DIVISION_ERROR);
    CHECK(isnan(pyf_timedelta_ratio(td(1000000000, 0, 0), td(1, 0, 0), &st)) &&
          st == PYF_ZERO_DIVISION_ERROR);
}

static void timedelta_text(void)
{
    CHECK_TEXT(pyf_timedelta_str(td(1, 0, 0), ROOM), "1 day, 0:00:00");
    CHECK_TEXT(pyf_timedelta_str(td(-1, 0, 0), ROOM), "-1 day, 0:00:00");
    CHECK_TEXT(pyf_timedelta_str(pyf_timedelta_of(.hours = 12, .minutes = 58, .seconds = 59), ROOM),
               "12:58:59");
    CHECK_TEXT(pyf_timedelta_str(
                   pyf_timedelta_of(.weeks = -30, .hours = 23, .minutes = 12, .seconds = 34), ROOM),
               "-210 days, 23:12:34");
    CHECK_TEXT(pyf_timedelta_str(td(0, 0, 1), ROOM), "0:00:00.000001");
    CHECK_TEXT(pyf_timedelta_str(pyf_timedelta_max(), ROOM), "999999999 days, 23:59:59.999999");
    CHECK_TEXT(pyf_timedelta_repr(td(0, 0, 0), ROOM), "datetime.timedelta(0)");
    CHECK_TEXT(pyf_timedelta_repr(td(-1, 0, 5), ROOM),
               "datetime.timedelta(days=-1, microseconds=5)");
    CHECK_TEXT(pyf_timedelta_isoformat(td(-1, 86399, 999999), ROOM), "-PT0.000001S");
    CHECK_TEXT(pyf_timedelta_isoformat(pyf_timedelta_min(), ROOM), "-P999999999D");
    CHECK_TEXT(pyf_timedelta_isoformat(td(0, 0, 0), ROOM), "PT0S");
    CHECK_TEXT(pyf_timedelta_isoformat(td(1, 7384, 500000), ROOM), "P1DT2H3M4.5S");
}

static void timedelta_reading(void)
{
    static const struct {
        const char *text;
        size_t at;
    } bad[] = { { "", 0 },
                { "1", 1 },
                { "24:00:00", 0 },
                { "1 dax, 0:00:00", 1 },
                { "1 day 0:00:00", 5 },
                { "1 day, 0:60:00", 9 },
                { "0:00:00.", 8 },
                { "0:00:00.1234567", 14 },
                { "-1:00:00", 0 },
                { "datetime.timedelta(years=1)", 19 },
                { "datetime.timedelta(days=1, days=2)", 32 },
                { "timedelta(days=)", 15 },
                { "timedelta(days=1", 16 },
                { "0:00:00 ", 7 },
                { "timedelta(0) ", 12 } };
    static const struct {
        const char *text;
        size_t at;
    } durations[] = { { "", 0 },
                      { "P", 1 },
                      { "PT", 2 },
                      { "P1", 2 },
                      { "1D", 0 },
                      { "P1Y", 2 },
                      { "P1M", 2 },
                      { "PT1D", 3 },
                      { "P1DT", 4 },
                      { "P1D1W", 3 },
                      { "P1D2D", 3 },
                      { "PT1.5H1M", 6 },
                      { "PT1.S", 4 },
                      { "PT.5S", 2 },
                      { "P-1D", 1 },
                      { "--P1D", 1 },
                      { "P99999999999999999999D", 19 },
                      { "P1D ", 3 },
                      { "PT1S1", 5 },
                      { "p1d", 0 } };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pyf_timedelta d = pyf_timedelta_parse(bad[i].text);
        CHECK_EQ(pyf_timedelta_status(d), PYF_VALUE_ERROR);
        if (pyf_timedelta_error_at(d) != bad[i].at) printf("    \"%s\"\n", bad[i].text);
        CHECK_EQ(pyf_timedelta_error_at(d), bad[i].at);
    }
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
        pyf_timedelta d = pyf_timedelta_fromisoformat(durations[i].text);
        CHECK_EQ(pyf_timedelta_status(d), PYF_VALUE_ERROR);
        if (pyf_timedelta_error_at(d) != durations[i].at) printf("    \"%s\"\n", durations[i].text);
        CHECK_EQ(pyf_timedelta_error_at(d), durations[i].at);
    }
    CHECK(same(pyf_timedelta_parse("timedelta(weeks=1, hours=-1)"), 6, 82800, 0));
    CHECK(same(pyf_timedelta_parse("-1 day, 23:59:59.5"), -1, 86399, 500000));
    CHECK(same(pyf_timedelta_fromisoformat("+P1W2DT0,5H"), 9, 1800, 0));
    CHECK(same(pyf_timedelta_fromisoformat("PT0.0000005S"), 0, 0, 0) &&
          same(pyf_timedelta_fromisoformat("PT0.0000015S"), 0, 0, 2));
    CHECK(same(pyf_timedelta_fromisoformat("PT0.00000050000000000000000000001S"), 0, 0, 1));
    CHECK(pyf_timedelta_status(pyf_timedelta_fromisoformat("P1000000000D")) == PYF_OVERFLOW_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_parse(NULL)) == PYF_VALUE_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_fromisoformat(NULL)) == PYF_VALUE_ERROR);
}

/* An error goes through every operation, and the first of two wins. */
static void errors_travel(void)
{
    pyf_timedelta bad = pyf_timedelta_div(td(1, 0, 0), 0), other = td(1000000000, 0, 0),
                  good = td(1, 2, 3);
    pyf_datetime t = at("2011-02-20T14:30:00Z"), wrong = at("2011-02-30");
    char text[64];
    int64_t n = 5;
    CHECK(pyf_timedelta_status(pyf_timedelta_add(bad, other)) == PYF_ZERO_DIVISION_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_add(other, bad)) == PYF_OVERFLOW_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_sub(good, bad)) == PYF_ZERO_DIVISION_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_neg(pyf_timedelta_abs(bad))) ==
          PYF_ZERO_DIVISION_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_mul(pyf_timedelta_div(bad, 2), 3)) ==
          PYF_ZERO_DIVISION_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_mul_double(pyf_timedelta_div_double(bad, 2), 3)) ==
          PYF_ZERO_DIVISION_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_floordiv_int(bad, 2)) == PYF_ZERO_DIVISION_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_mod(good, bad)) == PYF_ZERO_DIVISION_ERROR);
    CHECK(pyf_timedelta_floordiv(bad, good, &n) == PYF_ZERO_DIVISION_ERROR && n == 5);
    CHECK(pyf_timedelta_to_seconds(bad, &n) == PYF_ZERO_DIVISION_ERROR &&
          pyf_timedelta_to_milliseconds(bad, &n) != PYF_OK);
    CHECK(pyf_timedelta_cmp(bad, bad) == PYF_UNORDERED && !pyf_timedelta_eq(bad, bad) &&
          !pyf_timedelta_le(bad, good));
    CHECK(isnan(pyf_timedelta_total_seconds(bad)));
    CHECK(pyf_timedelta_str(bad, ROOM) == PYF_ZERO_DIVISION_ERROR &&
          strcmp(text, "<ZeroDivisionError>") == 0);
    CHECK(pyf_timedelta_repr(bad, ROOM) == PYF_ZERO_DIVISION_ERROR &&
          pyf_timedelta_isoformat(bad, ROOM) != PYF_OK);
    CHECK(pyf_timezone_status(pyf_timezone_of(bad, NULL)) == PYF_ZERO_DIVISION_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_add(t, bad)) == PYF_ZERO_DIVISION_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_add(wrong, bad)) == PYF_VALUE_ERROR &&
          pyf_datetime_error_at(wrong) == 8);
    CHECK(pyf_datetime_error_at(pyf_datetime_add(wrong, good)) == 8);
    CHECK(pyf_timedelta_status(pyf_datetime_diff(t, wrong)) == PYF_VALUE_ERROR);
    CHECK(pyf_timedelta_status(pyf_datetime_utcoffset(wrong)) == PYF_VALUE_ERROR);
    CHECK(pyf_timedelta_status(pyf_datetime_dst(wrong)) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_astimezone(wrong, pyf_timezone_utc())) ==
          PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_astimezone(t, pyf_timezone_posix("x"))) ==
          PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_replace_tz(t, pyf_timezone_posix("x"))) ==
          PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_of(.year = 1, .month = 1, .day = 1,
                                              .tz = pyf_timezone_posix("x"))) == PYF_VALUE_ERROR);
    CHECK(pyf_timezone_status(pyf_datetime_tz(wrong)) == PYF_VALUE_ERROR &&
          pyf_timezone_error_at(pyf_datetime_tz(wrong)) == 8);
    CHECK(pyf_datetime_cmp(t, wrong) == PYF_UNORDERED && !pyf_datetime_eq(wrong, wrong) &&
          pyf_datetime_weekday(wrong) == -1);
    CHECK(pyf_datetime_toordinal(wrong) == 0 && pyf_datetime_yday(wrong) == 0 &&
          pyf_datetime_isocalendar(wrong).week == 0);
    CHECK(isnan(pyf_datetime_timestamp(wrong)) && pyf_datetime_wall(wrong) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_resolve(wrong, PYF_LATER)) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_replace(wrong, PYF_YEAR, .year = 5)) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_isoformat(wrong, ROOM) == PYF_VALUE_ERROR &&
          strcmp(text, "<ValueError>") == 0);
    CHECK(pyf_datetime_rfc3339(wrong, ROOM) != PYF_OK && pyf_datetime_repr(wrong, ROOM) != PYF_OK);
    CHECK(pyf_datetime_strftime(wrong, "%Y", ROOM) != PYF_OK &&
          pyf_datetime_ctime(wrong, ROOM) != PYF_OK);
    CHECK(pyf_datetime_tzname(wrong, ROOM) != PYF_OK &&
          pyf_timezone_str(pyf_timezone_posix(""), ROOM) != PYF_OK);
    CHECK(pyf_timezone_repr(pyf_timezone_posix(NULL), ROOM) != PYF_OK &&
          !pyf_timezone_eq(naive(), pyf_timezone_posix("")));
    CHECK(pyf_timedelta_status(pyf_timezone_utcoffset(pyf_timezone_posix(""))) == PYF_VALUE_ERROR);
    (void)pyf_datetime_hash(wrong);
}

static void small_buffers(void)
{
    pyf_datetime t = in_zone("2011-02-20T14:30:00.5", pyf_timezone_of(minutes(330), "a name"), 1);
    char text[200], before[200];
    for (int which = 0; which < 12; which++) {
        for (size_t size = 0; size <= sizeof text; size++) {
            pyf_status st;
            memset(text, '#', sizeof text);
            memcpy(before, text, sizeof text);
            switch (which) {
            case 0:
                st = pyf_timedelta_str(td(-5, 3, 1), text, size);
                break;
            case 1:
                st = pyf_timedelta_repr(td(-5, 3, 1), text, size);
                break;
            case 2:
                st = pyf_timedelta_isoformat(td(-5, 3, 1), text, size);
                break;
            case 3:
                st = pyf_timezone_str(pyf_datetime_tz(t), text, size);
                break;
            case 4:
                st = pyf_timezone_repr(pyf_datetime_tz(t), text, size);
                break;
            case 5:
                st = pyf_datetime_tzname(t, text, size);
                break;
            case 6:
                st = pyf_datetime_isoformat(t, text, size);
                break;
            case 7:
                st = pyf_datetime_rfc3339(t, text, size);
                break;
            case 8:
                st = pyf_datetime_str(t, text, size);
                break;
            case 9:
                st = pyf_datetime_repr(t, text, size);
                break;
            case 10:
                st = pyf_datetime_ctime(t, text, size);
                break;
            default:
                st = pyf_datetime_strftime(t, "%A %c %Z", text, size);
                break;
            }
            if (st != PYF_OK)
                CHECK(st == PYF_VALUE_ERROR && memcmp(text, before, sizeof text) == 0);
            else CHECK(strlen(text) < size && text[size == sizeof text ? size - 1 : size] == '#');
            if (size == 0) CHECK(st != PYF_OK);
            if (size == sizeof text) CHECK(st == PYF_OK);
        }
    }
    CHECK(pyf_datetime_isoformat(t, NULL, 100) == PYF_VALUE_ERROR &&
          pyf_datetime_repr(t, NULL, 100) == PYF_VALUE_ERROR);
}

/* ---- timezone ---- */

static void timezone_fixed(void)
{
    pyf_timezone est = pyf_timezone_of(minutes(-300), "EST"), utc = pyf_timezone_utc();
    CHECK_TEXT(pyf_timezone_str(pyf_timezone_of(minutes(330), NULL), ROOM), "UTC+05:30");
    CHECK_TEXT(pyf_timezone_str(pyf_timezone_of(td(0, -1, 0), NULL), ROOM), "UTC-00:00:01");
    CHECK_TEXT(pyf_timezone_str(pyf_timezone_of(td(0, 0, -1), NULL), ROOM), "UTC-00:00:00.000001");
    CHECK_TEXT(pyf_timezone_str(utc, ROOM), "UTC");
    CHECK_TEXT(pyf_timezone_repr(utc, ROOM), "datetime.timezone.utc");
    CHECK_TEXT(pyf_timezone_repr(est, ROOM),
               "datetime.timezone(datetime.timedelta(days=-1, seconds=68400), 'EST')");
    CHECK_TEXT(pyf_timezone_repr(pyf_timezone_of(td(0, 0, 0), "it's"), ROOM),
               "datetime.timezone(datetime.timedelta(0), \"it's\")");
    CHECK(pyf_timezone_eq(utc, pyf_timezone_of(td(0, 0, 0), NULL)) &&
          pyf_timezone_eq(utc, pyf_timezone_of(td(0, 0, 0), "X")));
    CHECK(pyf_timezone_hash(utc) == pyf_timezone_hash(pyf_timezone_of(td(0, 0, 0), "X")));
    CHECK(pyf_timezone_eq(est, pyf_timezone_of(minutes(-300), "other")) &&
          !pyf_timezone_eq(est, utc));
    CHECK(pyf_timezone_status(pyf_timezone_of(minutes(1440), NULL)) == PYF_VALUE_ERROR);
    CHECK(pyf_timezone_status(pyf_timezone_of(minutes(-1440), NULL)) == PYF_VALUE_ERROR);
    CHECK(pyf_timezone_status(pyf_timezone_of(td(0, -86399, -999999), NULL)) == PYF_OK);
    CHECK(same(pyf_timezone_utcoffset(est), -1, 68400, 0) &&
          same(pyf_timezone_utcoffset(utc), 0, 0, 0));
    CHECK(pyf_timedelta_status(pyf_timezone_utcoffset(pyf_timezone_posix(new_york))) ==
          PYF_TYPE_ERROR);
    CHECK(pyf_timedelta_status(pyf_timezone_utcoffset(naive())) == PYF_TYPE_ERROR);
    CHECK_TEXT(pyf_timezone_str(pyf_timezone_posix(new_york), ROOM), new_york);
    CHECK_TEXT(pyf_timezone_repr(pyf_timezone_posix("UTC0"), ROOM), "pyf_timezone_posix('UTC0')");
    {
        char same_text[] = "UTC0";
        CHECK(pyf_timezone_hash(pyf_timezone_posix("UTC0")) ==
              pyf_timezone_hash(pyf_timezone_posix(same_text)));
        CHECK(pyf_timezone_hash(pyf_timezone_posix("UTC0")) !=
              pyf_timezone_hash(pyf_timezone_posix("UTC1")));
        CHECK(pyf_timezone_hash(pyf_timezone_posix(new_york)) !=
              pyf_timezone_hash(pyf_timezone_posix("UTC1")));
    }
    CHECK_TEXT(pyf_timezone_repr(naive(), ROOM), "None");
    CHECK_TEXT(pyf_timezone_repr(pyf_timezone_of(minutes(1), "\t'\"\\\x7f"), ROOM),
               "datetime.timezone(datetime.timedelta(seconds=60), '\\t\\'\"\\\\\\x7f')");
}

static void posix_strings(void)
{
    static const struct {
        const char *text;
        size_t at;
    } bad[] = { { "", 0 },
                { "E", 1 },
                { "ES5", 2 },
                { "EST", 3 },
                { ":EST5", 0 },
                { "<E>5", 2 },
                { "<EST5", 5 },
                { "EST25", 4 },
                { "EST5:60", 5 },
                { "EST5:5", 6 },
                { "EST5:00:", 8 },
                { "EST24", 3 },
                { "EST-24", 3 },
                { "EST5EDT", 7 },
                { "EST5EDT4", 8 },
                { "EST5EDT,M3.2.0", 14 },
                { "EST5EDT,M13.2.0,M11.1.0", 10 },
                { "EST5EDT,M3.6.0,M11.1.0", 11 },
                { "EST5EDT,M3.0.0,M11.1.0", 11 },
                { "EST5EDT,M3.2.7,M11.1.0", 13 },
                { "EST5EDT,J0,J1", 9 },
                { "EST5EDT,J366,J1", 11 },
                { "EST5EDT,366,1", 10 },
                { "EST5EDT,M3.2.0/168,M11.1.0", 17 },
                { "EST5EDT,M3.2.0/-,M11.1.0", 16 },
                { "EST5EDT,M3.2.0,M11.1.0 ", 22 },
                { "EST5EDT,M3.2.0,M11.1.0\n", 22 },
                { "X-24YYY", 1 },
                { "XXX-23YYY,1,2", 9 } };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pyf_timezone tz = pyf_timezone_posix(bad[i].text);
        if (pyf_timezone_status(tz) != PYF_VALUE_ERROR || pyf_timezone_error_at(tz) != bad[i].at)
            printf("    \"%s\"\n", bad[i].text);
        CHECK_EQ(pyf_timezone_status(tz), PYF_VALUE_ERROR);
        CHECK_EQ(pyf_timezone_error_at(tz), bad[i].at);
    }
    CHECK(pyf_timezone_status(pyf_timezone_posix("<+04>-4")) == PYF_OK);
    CHECK(pyf_timezone_status(pyf_timezone_posix("AAA3BBB,J060/-167:59:59,365/167")) == PYF_OK);
    CHECK(pyf_timezone_eq(pyf_timezone_posix("UTC0"), pyf_timezone_posix("UTC0")));
    CHECK(!pyf_timezone_eq(pyf_timezone_posix("UTC0"), pyf_timezone_posix("GMT0")));
    CHECK(!pyf_timezone_eq(pyf_timezone_posix("UTC0"), pyf_timezone_utc()));
}

/* New York in 2011: a gap on March 13, a fold on November 6. */
static void new_york_in_2011(void)
{
    pyf_timezone ny = pyf_timezone_posix(new_york);
    CHECK_TEXT(
        pyf_datetime_isoformat(pyf_datetime_astimezone(at("2011-03-13T06:59:59Z"), ny), ROOM),
        "2011-03-13T01:59:59-05:00");
    CHECK_TEXT(
        pyf_datetime_isoformat(pyf_datetime_astimezone(at("2011-03-13T07:00:00Z"), ny), ROOM),
        "2011-03-13T03:00:00-04:00");
    CHECK_TEXT(pyf_datetime_repr(pyf_datetime_astimezone(at("2011-11-06T05:30:00Z"), ny), ROOM),
               "datetime.datetime(2011, 11, 6, 1, 30, "
               "tzinfo=pyf_timezone_posix('EST5EDT,M3.2.0,M11.1.0'))");
    CHECK_TEXT(pyf_datetime_repr(pyf_datetime_astimezone(at("2011-11-06T06:30:00Z"), ny), ROOM),
               "datetime.datetime(2011, 11, 6, 1, 30, fold=1, "
               "tzinfo=pyf_timezone_posix('EST5EDT,M3.2.0,M11.1.0'))");
    CHECK_TEXT(pyf_datetime_tzname(in_zone("2011-11-06T01:30", ny, 0), ROOM), "EDT");
    CHECK_TEXT(pyf_datetime_tzname(in_zone("2011-11-06T01:30", ny, 1), ROOM), "EST");
    CHECK(same(pyf_datetime_dst(in_zone("2011-07-01", ny, 0)), 0, 3600, 0));
    CHECK(same(pyf_datetime_utcoffset(in_zone("2011-03-13T02:30", ny, 0)), -1, 68400, 0));
    CHECK(same(pyf_datetime_utcoffset(in_zone("2011-03-13T02:30", ny, 1)), -1, 72000, 0));
    CHECK(pyf_datetime_wall(in_zone("2011-03-13T02:30", ny, 0)) == PYF_WALL_GAP);
    CHECK(pyf_datetime_wall(in_zone("2011-03-13T03:00", ny, 0)) == PYF_WALL_UNIQUE);
    CHECK(pyf_datetime_wall(in_zone("2011-11-06T01:59:59", ny, 0)) == PYF_WALL_FOLD);
    CHECK_TEXT(pyf_datetime_isoformat(
                   pyf_datetime_resolve(in_zone("2011-03-13T02:30", ny, 0), PYF_EARLIER), ROOM),
               "2011-03-13T01:30:00-05:00");
    CHECK_TEXT(pyf_datetime_isoformat(
                   pyf_datetime_resolve(in_zone("2011-03-13T02:30", ny, 1), PYF_LATER), ROOM),
               "2011-03-13T03:30:00-04:00");
    CHECK_TEXT(pyf_datetime_isoformat(
                   pyf_datetime_resolve(in_zone("2011-11-06T01:30", ny, 1), PYF_EARLIER), ROOM),
               "2011-11-06T01:30:00-04:00");
    CHECK_TEXT(pyf_datetime_isoformat(
                   pyf_datetime_resolve(in_zone("2011-11-06T01:30", ny, 0), PYF_LATER), ROOM),
               "2011-11-06T01:30:00-05:00");
    CHECK(pyf_datetime_status(pyf_datetime_resolve(in_zone("2011-11-06T01:30", ny, 0),
                                                   PYF_REJECT)) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_resolve(in_zone("2011-03-13T02:30", ny, 0),
                                                   PYF_REJECT)) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(
              pyf_datetime_resolve(in_zone("2011-03-14T02:30", ny, 0), PYF_REJECT)) == PYF_OK);
    CHECK(pyf_datetime_status(pyf_datetime_resolve(in_zone("2011-03-14T02:30", ny, 0), 0)) ==
          PYF_VALUE_ERROR);
    /* Wall clocks within one zone: a day of 25 hours counts 24. */
    CHECK(same(pyf_datetime_diff(in_zone("2011-11-07", ny, 0), in_zone("2011-11-06", ny, 0)), 1, 0,
               0));
    CHECK(same(
        pyf_datetime_diff(pyf_datetime_astimezone(in_zone("2011-11-07", ny, 0), pyf_timezone_utc()),
                          in_zone("2011-11-06", ny, 0)),
        1, 3600, 0));
    /* PEP 495: no equality across zones in a fold. */
    CHECK(!pyf_datetime_eq(in_zone("2011-11-06T01:30", ny, 0), at("2011-11-06T05:30:00Z")));
    CHECK(!pyf_datetime_eq(at("2011-11-06T05:30:00Z"), in_zone("2011-11-06T01:30", ny, 0)));
    CHECK(pyf_datetime_cmp(in_zone("2011-11-06T01:30", ny, 0), at("2011-11-06T05:30:00Z")) == 0);
    CHECK(pyf_datetime_eq(in_zone("2011-11-06T01:30", ny, 0), in_zone("2011-11-06T01:30", ny, 1)));
    CHECK(pyf_datetime_hash(in_zone("2011-11-06T01:30", ny, 0)) ==
          pyf_datetime_hash(in_zone("2011-11-06T01:30", ny, 1)));
}

/* Summer time all year round, as RFC 9636 has it, and rules that reach over New Year. */
static void rules_over_new_year(void)
{
    pyf_timezone always = pyf_timezone_posix("EST5EDT,0/0,J365/25");
    pyf_timezone party = pyf_timezone_posix("XXX-3YYY-5,M12.5.0/2,M1.1.0/2");
    pyf_timezone far_back = pyf_timezone_posix("AAA-12BBB6,M3.5.0,M10.5.0");
    pyf_datetime t = at("2019-12-30T00:00:00Z");
    CHECK_TEXT(
        pyf_datetime_isoformat(pyf_datetime_astimezone(at("2019-03-30T13:59:59Z"), far_back), ROOM),
        "2019-03-31T01:59:59+12:00");
    CHECK_TEXT(
        pyf_datetime_isoformat(pyf_datetime_astimezone(at("2019-03-30T14:00:00Z"), far_back), ROOM),
        "2019-03-30T08:00:00-06:00");
    for (int i = 0; i < 4 * 24 * 4; i++) {
        CHECK(same(pyf_datetime_utcoffset(pyf_datetime_astimezone(t, always)), -1, 72000, 0));
        CHECK(pyf_datetime_wall(pyf_datetime_astimezone(t, always)) == PYF_WALL_UNIQUE);
        CHECK(same(pyf_datetime_utcoffset(pyf_datetime_astimezone(t, party)), 0, 18000, 0));
        t = pyf_datetime_add(t, minutes(15));
    }
    CHECK(same(pyf_datetime_utcoffset(pyf_datetime_astimezone(at("2020-01-06T00:00:00Z"), party)),
               0, 10800, 0));
}

static int month_days(int year, int month)
{
    static const int days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* A date rule of a TZ string: month, week, weekday, and the time in hours. */
struct turn {
    int month, week, weekday, time;
};

/* When it happens in a year, in seconds of POSIX time if the clock that tells it was UTC. */
static int64_t turn_at(const struct turn *rule, int year)
{
    const pyf_date date = { year, (int16_t)rule->month, 1 };
    const int32_t first = pyf_date_toordinal(date);
    int32_t day = first + (rule->weekday - first % 7 + 7) % 7 + 7 * (rule->week - 1);
    while (day >= first + month_days(year, rule->month)) day -= 7;
    return (day - 719163) * INT64_C(86400) + rule->time * 3600;
}

/* The offset at a moment: what the last turn before or at it says. */
static int32_t offset_at(const struct turn rules[2], int32_t winter, int32_t summer, int64_t t)
{
    const int year = (int)pyf_gmtime(t).tm_year + 1900;
    int64_t last = INT64_MIN;
    int32_t offset = winter;
    for (int y = year - 1; y <= year + 1; y++) {
        const int64_t begin = turn_at(&rules[0], y) - winter, end = turn_at(&rules[1], y) - summer;
        if (end <= t && end > last) {
            last = end;
            offset = winter;
        }
        if (begin <= t && begin >= last) {
            last = begin;
            offset = summer;
        }
    }
    return offset;
}

static bool local_is(int64_t t, pyf_timezone tz, int32_t offset)
{
    const pyf_datetime moment = pyf_datetime_fromtimestamp_us(t * 1000000 + 999999, tz);
    pyf_datetime_fields f;
    pyf_tm tm;
    int64_t wall = 0;
    return pyf_localtime(t, tz, &tm) == PYF_OK && pyf_timegm(&tm, &wall) == PYF_OK &&
           wall - t == offset && pyf_datetime_fields_of(moment, &f) == PYF_OK &&
           f.year == tm.tm_year + 1900 && f.month == tm.tm_mon + 1 && f.day == tm.tm_mday &&
           f.hour == tm.tm_hour && f.minute == tm.tm_min && f.second == tm.tm_sec &&
           f.microsecond == 999999 && tm.tm_wday == pyf_gmtime(wall).tm_wday &&
           tm.tm_yday == pyf_gmtime(wall).tm_yday;
}

/* What ZoneInfoTest asks of a turn: a second of UTC, from which on clocks are shift ahead. In a gap
 * the class it brings along has the greater offset with fold 0; this is as in zoneinfo. */
static void one_turn(int64_t turn, int32_t shift, pyf_timezone tz)
{
    const int64_t hour = INT64_C(3600000000), asked[] = { 0, hour / 2, hour - 1, -1, hour };
    for (int i = 0; i < 5; i++) {
        const pyf_datetime utc =
            pyf_datetime_add(at("1970-01-01T00:00:00Z"), td(0, turn, asked[i]));
        const pyf_datetime local = pyf_datetime_astimezone(utc, tz);
        const pyf_datetime in_gap = pyf_datetime_sub(local, td(0, shift, 0));
        pyf_datetime_fields f;
        CHECK_EQ(pyf_datetime_fields_of(local, &f), PYF_OK);
        CHECK_EQ(f.fold, shift < 0 && i < 3);
        CHECK(pyf_datetime_cmp(pyf_datetime_astimezone(local, pyf_timezone_utc()), utc) == 0);
        CHECK(pyf_datetime_eq(pyf_datetime_replace_tz(local, naive()),
                              pyf_datetime_add(pyf_datetime_replace_tz(utc, naive()),
                                               pyf_datetime_utcoffset(local))));
        if (shift > 0 && i < 3)
            CHECK(pyf_timedelta_lt(
                pyf_datetime_utcoffset(pyf_datetime_replace(in_gap, PYF_FOLD, .fold = 0)),
                pyf_datetime_utcoffset(pyf_datetime_replace(in_gap, PYF_FOLD, .fold = 1))));
    }
}

static void folds_and_gaps(void)
{
    static const struct turn spring = { 3, 2, 0, 7 }, autumn = { 11, 1, 0, 6 };
    const pyf_timezone tz = pyf_timezone_posix(new_york);
    for (int year = 1902; year < 2200; year += 3) {
        one_turn(turn_at(&spring, year), 3600, tz);
        one_turn(turn_at(&autumn, year), -3600, tz);
    }
}

/* Any two rules, around each of their turns and New Year, against those that count them. */
static void turns_of_clocks(void)
{
    static const int64_t around[] = { -90000, -7201, -3600, -1, 0, 1, 3599, 7200, 18000, 90000 };
    static const int times[] = { 2, 2, 2, 0, 3, -1, 24, 26, 50, 167, -167, -24 };
    static const int32_t ahead[] = { 3600, 3600, 3600, 7200, 1800, -3600, 5400, 5 * 3600 };
    static const int months[2][4] = { { 3, 3, 4, 10 }, { 10, 11, 9, 4 } };
    const int zones = stride() == 1 ? 120 : 12;
    for (int zone = 0; zone < zones; zone++) {
        uint64_t rng = check_rng((unsigned)zone);
        const int32_t west = ((int32_t)check_below(&rng, 80) - 40) * 900;
        const int32_t summer = ahead[check_below(&rng, 8)] - west;
        struct turn rules[2];
        char text[80];
        pyf_timezone tz;
        for (unsigned i = 0; i < 2; i++) {
            rules[i].month = zone % 2 != 0 ? months[i][check_below(&rng, 4)]
                                           : 1 + (int)check_below(&rng, 12);
            rules[i].week = 1 + (int)check_below(&rng, 5);
            rules[i].weekday = (int)check_below(&rng, 7);
            rules[i].time = times[check_below(&rng, 12)];
        }
        if (zone % 8 == 1) { /* into the next year */
            rules[zone / 8 % 2].month = 12;
            rules[zone / 8 % 2].week = 5;
            rules[zone / 8 % 2].time = 167;
        }
        (void)snprintf(text, sizeof text, "AAA%s%d:%02dBBB%s%d:%02d,M%d.%d.%d/%d,M%d.%d.%d/%d",
                       west < 0 ? "-" : "", abs(west) / 3600, abs(west) / 60 % 60,
                       summer > 0 ? "-" : "", abs(summer) / 3600, abs(summer) / 60 % 60,
                       rules[0].month, rules[0].week, rules[0].weekday, rules[0].time,
                       rules[1].month, rules[1].week, rules[1].weekday, rules[1].time);
        tz = pyf_timezone_posix(text);
        CHECK_EQ(pyf_timezone_status(tz), PYF_OK);
        for (int year = 1902 + (int)check_below(&rng, 4); year < 2099; year += 3) {
            const int64_t turns[4] = { turn_at(&rules[0], year) + west,
                                       turn_at(&rules[1], year) - summer,
                                       (year - 1970) * INT64_C(31556952),
                                       (year - 1970) * INT64_C(31556952) +
                                           check_below(&rng, 31556952) };
            for (int i = 0; i < 40; i++) {
                const int64_t t = turns[i / 10] + around[i % 10];
                if (local_is(t, tz, offset_at(rules, -west, summer, t))) continue;
                printf("    %s at %ld\n", text, (long)t);
                CHECK(false);
                return;
            }
        }
    }
}

static unsigned char *put_be32(unsigned char *p, uint32_t x)
{
    p[0] = (unsigned char)(x >> 24);
    p[1] = (unsigned char)(x >> 16);
    p[2] = (unsigned char)(x >> 8);
    p[3] = (unsigned char)x;
    return p + 4;
}

/* A small TZif file: LMT +1:00:01 until 1970-01-01, then XST +2 and, for a while, XDT +3; how long
 * it is. */
static size_t make_tzif(unsigned char *out, int version, const char *footer)
{
    unsigned char *p = out;
    for (int part = 0; part < (version == 1 ? 1 : 2); part++) {
        memcpy(p, "TZif", 4);
        memset(p + 4, 0, 16);
        p[4] = (unsigned char)(version == 1 ? 0 : '0' + version);
        p += 20;
        for (int i = 0; i < 3; i++) p = put_be32(p, 0);
        p = put_be32(p, 3);
        p = put_be32(p, 3);
        p = put_be32(p, 12);
        for (uint32_t i = 0; i < 3; i++) {
            if (part == 1) p = put_be32(p, 0);
            p = put_be32(p, i * 10000000);
        }
        *p++ = 1;
        *p++ = 2;
        *p++ = 1;
        p = put_be32(p, 3601);
        *p++ = 0;
        *p++ = 0;
        p = put_be32(p, 7200);
        *p++ = 0;
        *p++ = 4;
        p = put_be32(p, 10800);
        *p++ = 1;
        *p++ = 8;
        memcpy(p, "LMT\0XST\0XDT", 12);
        p += 12;
    }
    if (version > 1) {
        *p++ = '\n';
        memcpy(p, footer, strlen(footer));
        p += strlen(footer);
        *p++ = '\n';
    }
    return (size_t)(p - out);
}

static void tzif_bytes(void)
{
    static unsigned char file[600], copy[600];
    pyf_tzif z;
    memset(&z, 0, sizeof z);
    CHECK(pyf_timezone_status(pyf_timezone_tzif(&z)) == PYF_VALUE_ERROR);
    CHECK(pyf_timezone_status(pyf_timezone_tzif(NULL)) == PYF_VALUE_ERROR);
    for (int version = 1; version <= 4; version++) {
        size_t n = make_tzif(file, version, "XST-2XDT,M3.5.0,M10.5.0");
        pyf_timezone tz;
        CHECK(pyf_tzif_init(&z, file, n) == PYF_OK);
        tz = pyf_timezone_tzif(&z);
        CHECK_TEXT(
            pyf_datetime_isoformat(pyf_datetime_astimezone(at("1969-12-31T23:59:59Z"), tz), ROOM),
            "1970-01-01T01:00:00+01:00:01");
        CHECK_TEXT(
            pyf_datetime_isoformat(pyf_datetime_astimezone(at("1970-01-01T00:00:00Z"), tz), ROOM),
            "1970-01-01T02:00:00+02:00");
        CHECK_TEXT(
            pyf_datetime_tzname(pyf_datetime_astimezone(at("1970-06-01T00:00:00Z"), tz), ROOM),
            "XDT");
        CHECK(same(pyf_datetime_dst(pyf_datetime_astimezone(at("1970-06-01T00:00:00Z"), tz)), 0,
                   3600, 0));
        CHECK_TEXT(pyf_datetime_tzname(in_zone("2020-07-01", tz, 0), ROOM),
                   version == 1 ? "XST" : "XDT");
        CHECK(pyf_datetime_eq(in_zone("2020-07-01", tz, 0), in_zone("2020-07-01", tz, 0)));
        CHECK(pyf_timezone_eq(tz, tz) && pyf_timezone_hash(tz) == pyf_timezone_hash(tz));
        CHECK(pyf_timezone_str(tz, NULL, 0) == PYF_TYPE_ERROR);
        CHECK_TEXT(pyf_timezone_repr(tz, ROOM), "pyf_timezone_tzif()");
        /* Cut short anywhere: refused, and not read beyond (the sanitizers see to that). */
        for (size_t cut = 0; cut < n; cut++) {
            unsigned char *exact = malloc(cut == 0 ? 1 : cut);
            if (exact == NULL) break;
            memcpy(exact, file, cut);
            CHECK(pyf_tzif_init(&z, exact, cut) == PYF_VALUE_ERROR);
            free(exact);
        }
    }
    for (unsigned round = 0; round < 20000u / (unsigned)stride(); round++) {
        uint64_t rng = check_rng(round);
        size_t n = make_tzif(file, 2, "XST-2XDT,M3.5.0,M10.5.0"), k = check_below(&rng, 4) + 1;
        memcpy(copy, file, n);
        while (k-- > 0) copy[check_below(&rng, (unsigned)n)] = (unsigned char)check_random(&rng);
        if (pyf_tzif_init(&z, copy, n) != PYF_OK) continue;
        for (int i = 0; i < 20; i++) {
            char text[64];
            pyf_datetime t = pyf_datetime_fromtimestamp_us((int64_t)check_random(&rng) >> 8,
                                                           pyf_timezone_tzif(&z));
            (void)pyf_datetime_tzname(t, ROOM);
            (void)pyf_datetime_dst(t);
        }
    }
    CHECK(pyf_tzif_init(NULL, file, 44) == PYF_VALUE_ERROR &&
          pyf_tzif_init(&z, NULL, 44) == PYF_VALUE_ERROR);
    CHECK(pyf_tzif_init(&z, file, make_tzif(file, 2, "")) == PYF_OK);
    CHECK(pyf_tzif_init(&z, file, make_tzif(file, 2, "XST-2XDT")) == PYF_VALUE_ERROR);
    {
        size_t n = make_tzif(file, 2, "XST-2X");
        file[n - 2] = 0;
        CHECK(pyf_tzif_init(&z, file, n) == PYF_VALUE_ERROR);
    }
}

/* A file of version 1 has room for 256 types, as bytes count them. */
static void tzif_of_many_types(void)
{
    static unsigned char file[44 + 257 * 6 + 1];
    pyf_tzif z;
    memcpy(file, "TZif", 4);
    (void)put_be32(file + 40, 1);
    for (uint32_t types = 255; types <= 257; types++) {
        (void)put_be32(file + 36, types);
        CHECK(pyf_tzif_init(&z, file, sizeof file) == (types > 256 ? PYF_VALUE_ERROR : PYF_OK));
    }
}

/* Two transitions, after 1900 or before, that the TZ string says as well, with the file's name for
 * summer or another. */
static void tzif_that_repeats_its_rules(void)
{
    static const struct {
        const char *footer, *first, *second, *before, *name;
    } files[] = { { "XST-2XDT,M3.5.0,M10.5.0", "2020-03-29T00:00:00Z", "2020-10-24T23:00:00Z",
                    "2020-03-28T23:59:59Z", "XDT" },
                  { "XST-2XDT,M3.5.0,M10.5.0", "1899-03-26T00:00:00Z", "1899-10-28T23:00:00Z",
                    "1899-03-25T23:59:59Z", "XDT" },
                  { "XST-2XDU,M3.5.0,M10.5.0", "2020-03-29T00:00:00Z", "2020-10-24T23:00:00Z",
                    "2020-03-28T23:59:59Z", "XDU" },
                  { "XST-2<XDT+SUMMER+OF+NORTH>,M3.5.0,M10.5.0", "2020-03-29T00:00:00Z",
                    "2020-10-24T23:00:00Z", "2020-03-28T23:59:59Z", "XDT+SUMMER+OF+NORTH" } };
    static unsigned char file[600];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const size_t size = make_tzif(file, 2, files[i].footer);
        /* The wide part begins behind a header of 44 bytes, 45 of data and another header. */
        unsigned char *times = file + 44 + 3 * 5 + 3 * 6 + 12 + 44;
        const char *const moments[] = { files[i].before, files[i].first, files[i].second };
        pyf_timezone tz;
        pyf_tzif z;
        times = put_be32(times, UINT32_MAX);
        times = put_be32(times, 0); /* 1833: XST */
        for (int k = 1; k < 3; k++) {
            int64_t us = 0;
            CHECK(pyf_datetime_timestamp_us(at(moments[k]), &us) == PYF_OK);
            times = put_be32(times, (uint32_t)((uint64_t)(us / 1000000) >> 32));
            times = put_be32(times, (uint32_t)(us / 1000000));
        }
        CHECK(pyf_tzif_init(&z, file, size) == PYF_OK);
        tz = pyf_timezone_tzif(&z);
        for (int k = 0; k < 3; k++)
            CHECK_TEXT(pyf_datetime_tzname(pyf_datetime_astimezone(at(moments[k]), tz), ROOM),
                       k == 1 ? "XDT" : "XST");
        CHECK_TEXT(pyf_datetime_tzname(in_zone("2050-07-01", tz, 0), ROOM), files[i].name);
    }
}

static void zoneinfo_files(void)
{
#if PYFEAT_NO_ZONEINFO
    CHECK_SKIP("no files here");
#else
    static const char *const bad[] = {
        "",    "/",   "../passwd", "Europe/../x", "/etc/passwd", "Europe/", "Europe//Paris",
        "a b", "x\ny"
    };
    static unsigned char buffer[8192], small[100];
    size_t less = sizeof small, enough = sizeof buffer;
    pyf_tzif z;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(pyf_tzif_load(&z, bad[i], buffer, sizeof buffer) == PYF_VALUE_ERROR);
    CHECK(pyf_tzif_load(&z, NULL, buffer, sizeof buffer) == PYF_VALUE_ERROR &&
          pyf_tzif_load(&z, "UTC", NULL, 1) == PYF_VALUE_ERROR);
    CHECK(pyf_tzif_load(&z, "No/Such_Zone", buffer, sizeof buffer) == PYF_OS_ERROR);
    if (pyf_tzif_load(&z, "America/New_York", buffer, sizeof buffer) == PYF_OS_ERROR)
        CHECK_SKIP("no /usr/share/zoneinfo");
    CHECK(pyf_tzif_load(&z, "America/New_York", small, sizeof small) == PYF_MEMORY_ERROR);
    CHECK(pyf_tzif_load(&z, "Europe", buffer, sizeof buffer) == PYF_OS_ERROR);
    CHECK_TEXT(
        pyf_datetime_isoformat(
            pyf_datetime_astimezone(at("1918-07-01T00:00:00Z"), pyf_timezone_tzif(&z)), ROOM),
        "1918-06-30T20:00:00-04:00");
    /* A byte less than the file is too little, and the file's size is enough. */
    while (enough - less > 1) {
        const size_t size = (less + enough) / 2;
        if (pyf_tzif_load(&z, "America/New_York", buffer, size) == PYF_OK) enough = size;
        else less = size;
    }
    CHECK(pyf_tzif_load(&z, "America/New_York", buffer, less) == PYF_MEMORY_ERROR);
#endif
}

static void named_zones(void)
{
    static const char *const unknown[] = {
        "",          "America", "America/", "America/New_Yor", "America/New_Yorkx", "New_York",
        "bNew_York", " ",       "UTC "
    };
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        CHECK(pyf_timezone_status(pyf_timezone_named(unknown[i])) == PYF_VALUE_ERROR);
    CHECK(pyf_timezone_status(pyf_timezone_named(NULL)) == PYF_VALUE_ERROR);
    CHECK_TEXT(pyf_timezone_str(pyf_timezone_named("America/New_York"), ROOM), new_york);
    CHECK_TEXT(pyf_timezone_str(pyf_timezone_named("Asia/Kolkata"), ROOM), "IST-5:30");
    CHECK_TEXT(pyf_timezone_str(pyf_timezone_named("America/Argentina/Ushuaia"), ROOM), "<-03>3");
    CHECK_TEXT(pyf_timezone_str(pyf_timezone_named("UTC"), ROOM), "UTC0");
    CHECK_TEXT(
        pyf_datetime_tzname(in_zone("2011-07-01", pyf_timezone_named("US/Pacific"), 0), ROOM),
        "PDT");
    CHECK(
        pyf_timezone_eq(pyf_timezone_named("US/Eastern"), pyf_timezone_named("America/New_York")));
    {
        const pyf_timezone named = pyf_timezone_named("America/New_York");
        const pyf_timezone posix = pyf_timezone_posix(new_york);
        CHECK(pyf_timezone_eq(named, posix) && pyf_timezone_eq(posix, named));
        CHECK_EQ(pyf_timezone_hash(named), pyf_timezone_hash(posix));
    }
}

/* ---- datetime ---- */

/* Whether the last second of that day is the same for all that take one apart. */
static bool same_day(int32_t n, int year, int month, int day, int yday)
{
    const pyf_tm tm = pyf_gmtime((n - 719163) * INT64_C(86400) + 86399);
    pyf_datetime_fields f;
    pyf_datetime t = pyf_datetime_add(pyf_datetime_fromordinal(n), td(0, 86399, 999999));
    return pyf_datetime_fields_of(t, &f) == PYF_OK && f.year == year && f.month == month &&
           f.day == day && f.hour == 23 && f.minute == 59 && f.second == 59 &&
           f.microsecond == 999999 && tm.tm_year == year - 1900 && tm.tm_mon == month - 1 &&
           tm.tm_mday == day && tm.tm_hour == 23 && tm.tm_min == 59 && tm.tm_sec == 59 &&
           tm.tm_wday == n % 7 && tm.tm_yday == yday;
}

/* All days of the years 1 to 9999, both ways, against a calendar that counts. */
static void every_day(void)
{
    int32_t n = 0, first = 0, step = stride();
    for (int year = 1; year <= 9999; year++, first = n)
        for (int month = 1; month <= 12; month++)
            for (int day = 1; day <= month_days(year, month); day++) {
                pyf_date date;
                if (++n % step != 0) continue;
                date = pyf_date_fromordinal(n);
                if (date.year != year || date.month != month || date.day != day ||
                    pyf_date_toordinal(date) != n ||
                    !same_day(n, year, month, day, n - first - 1)) {
                    CHECK_EQ(n, 0);
                    return;
                }
            }
    CHECK_EQ(n, 3652059);
    CHECK(pyf_date_fromordinal(0).year == 0 && pyf_date_fromordinal(3652060).year == 0);
    CHECK(pyf_date_toordinal((pyf_date){ 2011, 2, 29 }) == 0 &&
          pyf_date_toordinal((pyf_date){ 0, 1, 1 }) == 0);
    CHECK(pyf_date_toordinal((pyf_date){ 10000, 1, 1 }) == 0 &&
          pyf_date_toordinal((pyf_date){ 2011, 13, 1 }) == 0);
}

/* Each second of days that are converted in different ways. */
static void every_second(void)
{
    static const int32_t days[] = { 1, 693961, 693975, 730120, 766645, 3652059 };
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
        for (int32_t s = 0; s < 86400; s += stride() == 1 ? 1 : 19) {
            const pyf_tm tm = pyf_gmtime((days[i] - 719163) * INT64_C(86400) + s);
            pyf_datetime_fields f;
            pyf_datetime t = pyf_datetime_add(pyf_datetime_fromordinal(days[i]), td(0, s, 1));
            if (tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec == s && tm.tm_min < 60 &&
                tm.tm_sec < 60 && pyf_datetime_fields_of(t, &f) == PYF_OK &&
                f.hour == tm.tm_hour && f.minute == tm.tm_min && f.second == tm.tm_sec &&
                f.microsecond == 1 && tm.tm_wday == days[i] % 7)
                continue;
            CHECK_EQ(s, -1);
            return;
        }
}

/* Written and read back: all days, with a second, a fraction and an offset that go round. */
static void every_day_as_text(void)
{
    char text[64];
    for (int32_t n = stride() - 1; n < 3652059; n += stride()) {
        pyf_datetime t =
            pyf_datetime_add(pyf_datetime_fromordinal(n + 1),
                             pyf_timedelta_of(.seconds = n * INT64_C(7919) % 86400,
                                              .microseconds = n * INT64_C(104729) % 1000000));
        t = pyf_datetime_replace_tz(
            t, pyf_timezone_of(pyf_timedelta_of(.minutes = n % 1439 - 719), NULL));
        CHECK(pyf_datetime_isoformat(t, ROOM) == PYF_OK);
        if (!pyf_datetime_eq(at(text), t) ||
            (pyf_datetime_rfc3339(t, ROOM), !pyf_datetime_eq(pyf_datetime_fromrfc3339(text), t))) {
            CHECK_EQ(n, 0);
            return;
        }
    }
}

static void datetime_constructor(void)
{
    static const int32_t bad[][8] = {
        { 0, 1, 1, 0, 0, 0, 0, 0 },      { 10000, 1, 1, 0, 0, 0, 0, 0 },
        { 2000, 0, 1, 0, 0, 0, 0, 0 },   { 2000, 13, 1, 0, 0, 0, 0, 0 },
        { 2000, 1, 0, 0, 0, 0, 0, 0 },   { 2000, 2, 30, 0, 0, 0, 0, 0 },
        { 2001, 2, 29, 0, 0, 0, 0, 0 },  { 2000, 1, 31, -1, 0, 0, 0, 0 },
        { 2000, 1, 31, 24, 0, 0, 0, 0 }, { 2000, 1, 31, 0, 60, 0, 0, 0 },
        { 2000, 1, 31, 0, 0, 60, 0, 0 }, { 2000, 1, 31, 0, 0, 0, 1000000, 0 },
        { 2000, 1, 31, 0, 0, 0, 0, 2 },  { 2000, 1, 31, 0, 0, 0, 0, -1 },
        { 2000, 1, 31, 0, 0, 0, -1, 0 }, { 2000, 4, 31, 0, 0, 0, 0, 0 }
    };
    pyf_datetime_fields f;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const int32_t *b = bad[i];
        CHECK(pyf_datetime_status(pyf_datetime_of(.year = b[0], .month = b[1], .day = b[2],
                                                  .hour = b[3], .minute = b[4], .second = b[5],
                                                  .microsecond = b[6], .fold = b[7])) ==
              PYF_VALUE_ERROR);
    }
    CHECK(pyf_datetime_status(pyf_datetime_of_with(NULL)) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_fields_of(pyf_datetime_max(), &f) == PYF_OK && f.year == 9999 &&
          f.microsecond == 999999 && f.fold == 0);
    CHECK(pyf_datetime_fields_of(pyf_datetime_max(), NULL) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_fields_of(at("x"), &f) == PYF_VALUE_ERROR && f.year == 9999);
    CHECK_TEXT(pyf_datetime_repr(pyf_datetime_min(), ROOM), "datetime.datetime(1, 1, 1, 0, 0)");
    CHECK_TEXT(pyf_datetime_repr(pyf_datetime_max(), ROOM),
               "datetime.datetime(9999, 12, 31, 23, 59, 59, 999999)");
    CHECK_TEXT(pyf_datetime_ctime(pyf_datetime_of(.year = 2002, .month = 3, .day = 2, .hour = 18,
                                                  .minute = 3, .second = 5),
                                  ROOM),
               "Sat Mar  2 18:03:05 2002");
}

static void datetime_arithmetic(void)
{
    pyf_datetime t = at("2002-01-31T12:00");
    CHECK_TEXT(pyf_datetime_str(pyf_datetime_add(t, td(1, 0, 0)), ROOM), "2002-02-01 12:00:00");
    CHECK_TEXT(pyf_datetime_str(pyf_datetime_sub(t, pyf_timedelta_of(.weeks = 1)), ROOM),
               "2002-01-24 12:00:00");
    CHECK(pyf_datetime_status(pyf_datetime_add(pyf_datetime_max(), pyf_timedelta_resolution())) ==
          PYF_OVERFLOW_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_sub(pyf_datetime_min(), pyf_timedelta_resolution())) ==
          PYF_OVERFLOW_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_sub(t, pyf_timedelta_min())) == PYF_OVERFLOW_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_add(t, pyf_timedelta_max())) == PYF_OVERFLOW_ERROR);
    CHECK(same(pyf_datetime_diff(pyf_datetime_max(), pyf_datetime_min()), 3652058, 86399, 999999));
    CHECK(same(pyf_datetime_diff(pyf_datetime_min(), pyf_datetime_max()), -3652059, 0, 1));
    CHECK_TEXT(pyf_datetime_str(pyf_datetime_replace(t, PYF_DAY | PYF_HOUR, .day = 5), ROOM),
               "2002-01-05 00:00:00");
    CHECK(pyf_datetime_status(pyf_datetime_replace(t, PYF_MONTH, .month = 2)) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_replace_with(t, 0, NULL)) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_eq(pyf_datetime_replace(t, PYF_TZ, .tz = pyf_timezone_utc()),
                          at("2002-01-31T12:00Z")));
}

static void naive_and_aware(void)
{
    pyf_datetime n = at("2002-01-31T12:00"), a = at("2002-01-31T12:00Z");
    CHECK(!pyf_datetime_eq(n, a) && pyf_datetime_cmp(n, a) == PYF_UNORDERED &&
          !pyf_datetime_lt(n, a) && !pyf_datetime_le(a, n));
    CHECK(pyf_timedelta_status(pyf_datetime_diff(n, a)) == PYF_TYPE_ERROR);
    CHECK(pyf_timedelta_status(pyf_datetime_utcoffset(n)) == PYF_TYPE_ERROR &&
          pyf_timedelta_status(pyf_datetime_dst(a)) == PYF_TYPE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_astimezone(n, pyf_timezone_utc())) == PYF_TYPE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_astimezone(a, naive())) == PYF_TYPE_ERROR);
    CHECK(isnan(pyf_datetime_timestamp(n)) && pyf_datetime_tzname(n, NULL, 0) == PYF_TYPE_ERROR);
    CHECK(pyf_datetime_rfc3339(n, NULL, 0) == PYF_TYPE_ERROR &&
          pyf_datetime_timestamp_us(n, NULL) == PYF_TYPE_ERROR);
    CHECK(pyf_datetime_timestamp_us(a, NULL) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_wall(n) == PYF_WALL_UNIQUE &&
          pyf_datetime_eq(pyf_datetime_resolve(n, PYF_LATER), n));
    CHECK(pyf_datetime_eq(pyf_datetime_replace_tz(a, naive()), n));
}

/* At both ends of time UTC is outside the years 1 to 9999: comparing still works. */
static void datetime_limits(void)
{
    const pyf_timedelta deltas[] = { pyf_timedelta_resolution(), td(1, 0, 0), td(2, 0, 0) };
    const pyf_datetime min = pyf_datetime_min(), max = pyf_datetime_max();
    for (int i = 0; i < 3; i++) {
        const pyf_timedelta d = deltas[i], back = pyf_timedelta_neg(d);
        CHECK(pyf_datetime_eq(pyf_datetime_sub(pyf_datetime_add(min, d), d), min));
        CHECK(pyf_datetime_eq(pyf_datetime_add(pyf_datetime_sub(max, d), d), max));
        CHECK(pyf_datetime_status(pyf_datetime_sub(min, d)) == PYF_OVERFLOW_ERROR);
        CHECK(pyf_datetime_status(pyf_datetime_add(min, back)) == PYF_OVERFLOW_ERROR);
        CHECK(pyf_datetime_status(pyf_datetime_add(max, d)) == PYF_OVERFLOW_ERROR);
        CHECK(pyf_datetime_status(pyf_datetime_sub(max, back)) == PYF_OVERFLOW_ERROR);
    }
}

static void edges_of_time(void)
{
    pyf_timezone east = pyf_timezone_of(minutes(60), NULL),
                 west = pyf_timezone_of(minutes(-60), NULL);
    pyf_datetime first = pyf_datetime_replace_tz(pyf_datetime_min(), east),
                 last = pyf_datetime_replace_tz(pyf_datetime_max(), west);
    CHECK(pyf_datetime_status(pyf_datetime_astimezone(first, pyf_timezone_utc())) ==
          PYF_OVERFLOW_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_astimezone(last, pyf_timezone_utc())) ==
          PYF_OVERFLOW_ERROR);
    CHECK(pyf_datetime_lt(first, pyf_datetime_replace_tz(pyf_datetime_min(), pyf_timezone_utc())));
    CHECK(same(pyf_datetime_diff(last, first), 3652059, 7199, 999999));
    CHECK(pyf_datetime_timestamp(first) == -62135600400.0);
    CHECK(pyf_datetime_status(pyf_datetime_astimezone(
              pyf_datetime_replace_tz(pyf_datetime_max(), pyf_timezone_utc()), east)) ==
          PYF_OVERFLOW_ERROR);
    CHECK(same(pyf_datetime_utcoffset(pyf_datetime_replace_tz(
                   pyf_datetime_min(), pyf_timezone_posix("AAA-10BBB,J1/-100,J2/100"))),
               0, 39600, 0));
    CHECK(pyf_timedelta_status(pyf_datetime_utcoffset(pyf_datetime_replace_tz(
              pyf_datetime_max(), pyf_timezone_posix("AAA10BBB,J1/-100,J2/100")))) == PYF_OK);
}

static void timestamps(void)
{
    pyf_timezone utc = pyf_timezone_utc();
    int64_t us = 0;
    CHECK_TEXT(pyf_datetime_str(pyf_datetime_utcfromtimestamp(0.1234565), ROOM),
               "1970-01-01 00:00:00.123456");
    CHECK_TEXT(pyf_datetime_str(pyf_datetime_utcfromtimestamp(0.9999995), ROOM),
               "1970-01-01 00:00:01");
    CHECK_TEXT(pyf_datetime_str(pyf_datetime_utcfromtimestamp(-1e-6), ROOM),
               "1969-12-31 23:59:59.999999");
    CHECK(pyf_datetime_status(pyf_datetime_utcfromtimestamp(253402300799.9999999)) ==
          PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_fromtimestamp(1e19, utc)) == PYF_OVERFLOW_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_fromtimestamp((double)NAN, utc)) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_fromtimestamp(0, naive())) == PYF_TYPE_ERROR);
    CHECK(pyf_datetime_timestamp_us(at("1969-12-31T23:59:59.999999Z"), &us) == PYF_OK && us == -1);
    CHECK(
        pyf_datetime_eq(pyf_datetime_fromtimestamp_us(-1, utc), at("1969-12-31T23:59:59.999999Z")));
    CHECK(pyf_datetime_status(pyf_datetime_fromtimestamp_us(INT64_MAX, utc)) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_fromtimestamp_us(0, naive())) == PYF_TYPE_ERROR);
    CHECK(pyf_datetime_timestamp(pyf_datetime_replace_tz(pyf_datetime_max(), utc)) ==
          253402300800.0);
}

static void hashes(void)
{
    const pyf_timezone zones[4] = { pyf_timezone_utc(), pyf_timezone_of(minutes(330), "IST"),
                                    pyf_timezone_of(minutes(-1439), NULL),
                                    pyf_timezone_posix("EST5EDT,M3.2.0,M11.1.0") };
    /* Not in one expression: tcc 0.9.27 loses what f(x) gave in f(x) == f(g(&y)), where g gives,
     * and f takes, a struct of three ints. */
    const uint32_t day = pyf_timedelta_hash(pyf_timedelta_of(.days = 1));
    const uint32_t hours = pyf_timedelta_hash(pyf_timedelta_of(.hours = 24));
    CHECK(day == hours);
    CHECK(pyf_timedelta_hash(td(0, 1, 0)) != pyf_timedelta_hash(td(0, 0, 1)));
    for (int i = 0; i < 4; i++) {
        pyf_datetime t = at("2011-02-20T09:00:00Z");
        pyf_datetime first = pyf_datetime_replace_tz(pyf_datetime_min(), zones[i]),
                     last = pyf_datetime_replace_tz(pyf_datetime_max(), zones[i]);
        CHECK(pyf_datetime_hash(t) == pyf_datetime_hash(pyf_datetime_astimezone(t, zones[i])));
        CHECK(pyf_datetime_hash(first) != pyf_datetime_hash(last));
    }
}

static void now_is_now(void)
{
    pyf_datetime t = pyf_datetime_now(pyf_timezone_posix("AAA-3")), u = pyf_datetime_utcnow();
    CHECK(pyf_datetime_status(pyf_datetime_now(naive())) == PYF_TYPE_ERROR);
#if CHECK_FORK
    CHECK(pyf_timedelta_lt(
        pyf_timedelta_abs(td(0, (int64_t)time(NULL) - (int64_t)pyf_datetime_timestamp(t), 0)),
        minutes(1)));
#endif
    CHECK(pyf_timedelta_status(pyf_datetime_utcoffset(u)) == PYF_TYPE_ERROR);
    CHECK(pyf_timedelta_lt(pyf_datetime_diff(pyf_datetime_replace_tz(u, pyf_timezone_utc()), t),
                           minutes(1)));
}

static void iso_text(void)
{
    static const struct {
        const char *text;
        size_t at;
    } bad[] = { { "", 0 },
                { "2011", 4 },
                { "2011-", 5 },
                { "2011-1", 6 },
                { "2011-13-01", 6 },
                { "2011-02-29", 8 },
                { "0000-01-01", 0 },
                { "2011-02-20T", 11 },
                { "2011-02-20T2", 12 },
                { "2011-02-20T24", 12 },
                { "2011-02-20T23:60", 14 },
                { "2011-02-20T23:59:60", 17 },
                { "2011-02-20T23:59:5", 18 },
                { "2011-02-20T23:5959", 16 },
                { "2011-02-20T2359:59", 15 },
                { "2011-02-20T23:59:59.", 20 },
                { "2011-02-20T23.5", 13 },
                { "2011-02-20T23:59z", 16 },
                { "2011-02-20T23:59Z0", 17 },
                { "2011-02-20T23:59+24:00", 16 },
                { "2011-02-20T23:59+1", 18 },
                { "2011-02-20T23:59 +01:00", 16 },
                { "2011-W00", 6 },
                { "2011-W53-1", 6 },
                { "2011-W01-8", 9 },
                { "9999-W52-6", 6 },
                { "2011-051", 7 },
                { "201102", 6 },
                { "2011-02-2\xc3\xa9", 9 } };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pyf_datetime t = at(bad[i].text);
        if (pyf_datetime_status(t) != PYF_VALUE_ERROR || pyf_datetime_error_at(t) != bad[i].at)
            printf("    \"%s\"\n", bad[i].text);
        CHECK_EQ(pyf_datetime_status(t), PYF_VALUE_ERROR);
        CHECK_EQ(pyf_datetime_error_at(t), bad[i].at);
    }
    CHECK(pyf_datetime_status(at(NULL)) == PYF_VALUE_ERROR &&
          pyf_datetime_status(pyf_datetime_fromrfc3339(NULL)) == PYF_VALUE_ERROR);
    CHECK_TEXT(pyf_datetime_isoformat(at("2011-02-20T14:30-00:00:00.5"), ROOM),
               "2011-02-20T14:30:00-00:00:00.500000");
    CHECK_TEXT(pyf_datetime_isoformat_with(at("2011-02-20T14:30:00.9999"), ' ',
                                           PYF_TIMESPEC_MILLISECONDS, ROOM),
               "2011-02-20 14:30:00.999");
    CHECK(pyf_datetime_isoformat_with(at("2011-02-20"), ' ', 6, NULL, 0) == PYF_VALUE_ERROR);
}

static void rfc3339_text(void)
{
    static const struct {
        const char *text;
        size_t at;
    } bad[] = { { "2011-02-20", 10 },
                { "2011-02-20 14:30:00Z", 10 },
                { "2011-02-20T14:30Z", 16 },
                { "2011-02-20T14:30:00", 19 },
                { "2011-02-20T14:30:00+0530", 22 },
                { "2011-02-20T14:30:00+05", 22 },
                { "2011-02-20T14:30:00+24:00", 21 },
                { "2011-02-20T14:30:00.Z", 20 },
                { "2011-02-20T14:30:00,5Z", 19 },
                { "2011-02-20T14:30:00+05:60", 23 },
                { "2011-02-20T14:30:60Z", 17 },
                { "2016-12-31T23:59:60+01:00", 17 },
                { "2016-12-30T23:59:60Z", 17 },
                { "2011-02-20T14:30:00Zx", 20 },
                { "20110220T143000Z", 4 },
                { "2011-02-30T00:00:00Z", 8 },
                { "2011-02-20T14:30:61Z", 18 },
                { "0000-01-01T00:00:00Z", 8 } };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pyf_datetime t = pyf_datetime_fromrfc3339(bad[i].text);
        if (pyf_datetime_status(t) != PYF_VALUE_ERROR || pyf_datetime_error_at(t) != bad[i].at)
            printf("    \"%s\"\n", bad[i].text);
        CHECK_EQ(pyf_datetime_status(t), PYF_VALUE_ERROR);
        CHECK_EQ(pyf_datetime_error_at(t), bad[i].at);
    }
    CHECK_TEXT(pyf_datetime_rfc3339(pyf_datetime_fromrfc3339("2011-02-20t14:30:00.5z"), ROOM),
               "2011-02-20T14:30:00.500000Z");
    CHECK_TEXT(pyf_datetime_rfc3339(pyf_datetime_fromrfc3339("2011-02-20T14:30:00-00:00"), ROOM),
               "2011-02-20T14:30:00Z");
    CHECK_TEXT(pyf_datetime_rfc3339(pyf_datetime_fromrfc3339("2016-12-31T15:59:60.5-08:00"), ROOM),
               "2016-12-31T15:59:59.500000-08:00");
    CHECK(pyf_datetime_rfc3339(at("2011-02-20T14:30+00:00:01"), NULL, 0) == PYF_VALUE_ERROR);
}

static void strftime_and_strptime(void)
{
    pyf_datetime t =
        in_zone("2011-02-20T14:05:09.000123", pyf_timezone_of(minutes(-330), "X%Y"), 0);
    CHECK_TEXT(
        pyf_datetime_strftime(t, "%a %A %b %B %d %e %f %H %I %j %m %M %p %S %u %w %y %Y %z %Z %%",
                              ROOM),
        "Sun Sunday Feb February 20 20 000123 14 02 051 02 05 PM 09 7 0 11 2011 -0530 X%Y %");
    CHECK_TEXT(pyf_datetime_strftime(t, "%-I %_I %^a %#p %s % %E %q %", ROOM),
               "2 \x20"
               "2 SUN pm 1298230509 % %E %q %");
    CHECK_TEXT(pyf_datetime_strftime(at("0099-01-01"), "%Y%C", ROOM), "990");
    CHECK_TEXT(pyf_datetime_strftime(at("0099-01-01"), "", ROOM), "");
    CHECK(pyf_datetime_strftime(t, NULL, NULL, 0) == PYF_VALUE_ERROR);
    CHECK_TEXT(pyf_datetime_isoformat(pyf_datetime_strptime("12/31/04 23:59:59.5 -05:30:15.25 utc",
                                                            "%x %H:%M:%S.%f %z %Z"),
                                      ROOM),
               "2004-12-31T23:59:59.500000-05:30:15.250000");
    CHECK_TEXT(pyf_datetime_repr(pyf_datetime_strptime("2004+0000GMT", "%Y%z%Z"), ROOM),
               "datetime.datetime(2004, 1, 1, 0, 0, "
               "tzinfo=datetime.timezone(datetime.timedelta(0), 'GMT'))");
    CHECK_TEXT(pyf_datetime_str(pyf_datetime_strptime("111", "%d%m"), ROOM), "1900-01-11 00:00:00");
    CHECK(pyf_datetime_status(pyf_datetime_strptime("29 Feb", "%d %b")) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_error_at(pyf_datetime_strptime("2004-13", "%Y-%m")) == 6);
    CHECK(pyf_datetime_error_at(pyf_datetime_strptime("2004x", "%Y")) == 4);
    CHECK(pyf_datetime_status(pyf_datetime_strptime("2004", "%Y%q")) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_strptime("2004", "%Y%Y")) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_strptime("2004", "%")) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_strptime("5", "%d%")) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_strptime("5%", "%d%")) == PYF_VALUE_ERROR);
    CHECK_TEXT(pyf_datetime_str(pyf_datetime_strptime("02 29 100", "%m %d %j"), ROOM),
               "1900-04-09 00:00:00");
    CHECK(pyf_datetime_status(pyf_datetime_strptime(NULL, "%Y")) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_strptime("+0530:15", "%z")) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_strptime("23:59:60", "%H:%M:%S")) == PYF_VALUE_ERROR);
}

/* Any bytes at all: an answer, or a place within the text. */
/* A number of two digits up to max. */
static bool two_digits(const char *s, int max, int *value)
{
    if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9') return false;
    *value = (s[0] - '0') * 10 + (s[1] - '0');
    return *value <= max;
}

/* What RFC 3339 text says, leap seconds left out; false if it is none. */
static bool plain_rfc3339(const char *s, pyf_datetime *t)
{
    int century, year, month, day, hour, minute, second, us = 0, unit = 100000, h = 0, m = 0;
    char sign;
    if (!two_digits(s, 99, &century) || !two_digits(s + 2, 99, &year) || s[4] != '-' ||
        !two_digits(s + 5, 12, &month) || s[7] != '-' || !two_digits(s + 8, 31, &day) ||
        (s[10] != 'T' && s[10] != 't') || !two_digits(s + 11, 23, &hour) || s[13] != ':' ||
        !two_digits(s + 14, 59, &minute) || s[16] != ':' || !two_digits(s + 17, 59, &second))
        return false;
    s += 19;
    if (*s == '.') {
        if (*++s < '0' || *s > '9') return false;
        for (; *s >= '0' && *s <= '9'; s++, unit /= 10) us += (*s - '0') * unit;
    }
    sign = *s++;
    if (sign == '+' || sign == '-') {
        if (!two_digits(s, 23, &h) || s[2] != ':' || !two_digits(s + 3, 59, &m)) return false;
        s += 5;
    } else if (sign != 'Z' && sign != 'z') {
        return false;
    }
    *t = pyf_datetime_of(
            .year = century * 100 + year, .month = month, .day = day, .hour = hour,
            .minute = minute, .second = second, .microsecond = us,
            .tz = pyf_timezone_of(minutes((h * 60 + m) * (sign == '-' ? -1 : 1)), NULL));
    return *s == '\0' && pyf_datetime_status(*t) == PYF_OK;
}

/* All that a text becomes if one of its characters is another. */
static void altered_text(void)
{
    static const char *const texts[] = {
        "2011-02-28T14:30:59.123456+05:30", "1999-12-31T23:59:59.999999-23:59",
        "2012-02-29T00:00:00.000000+00:00", "0001-01-01T09:08:07.060504-01:00",
        "2011-02-20T14:30:59+05:30", "2011-04-30T14:30:59Z", "2011-02-20T14:30:59.1Z",
        "2011-02-20T14:30:59.123-05:30", "2011-02-20T14:30:59.123456Z",
        "9999-10-20T14:30:59.123456789Z", "2011-02-20T14:30:59.123456789012Z",
        "2011-02-20T14:30:59.1234567-01:00"
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t k = 0, n = strlen(texts[i]); k < n; k++)
            for (int c = 1; c < 256; c += stride() == 1 ? 1 : 13) {
                char text[40];
                pyf_datetime got, want, iso;
                bool right;
                memcpy(text, texts[i], n + 1);
                text[k] = (char)(stride() == 1 ? c : texts[i][k] ^ (c - 1));
                if (text[k] == '\0' || (text[17] == '6' && text[18] == '0')) continue;
                right = plain_rfc3339(text, &want);
                got = pyf_datetime_fromrfc3339(text);
                iso = pyf_datetime_fromisoformat(text);
                if (right ? pyf_datetime_eq(got, want) &&
                                pyf_timezone_eq(pyf_datetime_tz(got), pyf_datetime_tz(want)) &&
                                (text[n - 1] == 'z' || pyf_datetime_eq(iso, want))
                          : pyf_datetime_status(got) == PYF_VALUE_ERROR &&
                                pyf_datetime_error_at(got) <= n)
                    continue;
                printf("    \"%s\"\n", text);
                CHECK(false);
                return;
            }
}

static void any_text(void)
{
    static const char letters[] = "0123456789-:TZ+W. P,DHMSdaywxYmz%Jutc/<>\xc3\xa9\n";
    for (unsigned round = 0; round < 60000u / (unsigned)stride(); round++) {
        char s[40], format[40];
        uint64_t rng = check_rng(round);
        unsigned n = check_below(&rng, 30), k;
        for (k = 0; k < n; k++) {
            s[k] = letters[check_below(&rng, sizeof letters - 1)];
            format[k] = letters[check_below(&rng, sizeof letters - 1)];
        }
        s[n] = format[n] = '\0';
        CHECK(pyf_datetime_error_at(pyf_datetime_fromisoformat(s)) <= n &&
              pyf_datetime_error_at(pyf_datetime_fromrfc3339(s)) <= n);
        CHECK(pyf_timedelta_error_at(pyf_timedelta_parse(s)) <= n &&
              pyf_timedelta_error_at(pyf_timedelta_fromisoformat(s)) <= n);
        CHECK(pyf_timezone_error_at(pyf_timezone_posix(s)) <= n &&
              pyf_datetime_error_at(pyf_datetime_strptime(s, format)) <= n);
    }
}

/* ---- without time_t ---- */

static void gmtime_and_timegm(void)
{
    static const int64_t moments[] = { INT64_MIN, INT64_MIN + 1, INT64_MAX,    INT64_MAX - 1, 0, -1,
                                       1,         951782400,     -62167219200, 253402300800 };
    pyf_tm tm;
    int64_t back = 0;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        tm = pyf_gmtime(moments[i]);
        CHECK(pyf_timegm(&tm, &back) == PYF_OK && back == moments[i]);
    }
    tm = pyf_gmtime(0);
    CHECK(tm.tm_year == 70 && tm.tm_mon == 0 && tm.tm_mday == 1 && tm.tm_wday == 4 &&
          tm.tm_yday == 0);
    tm.tm_mon = INT32_MAX, tm.tm_mday = INT32_MIN, tm.tm_hour = INT32_MAX, tm.tm_min = INT32_MIN,
    tm.tm_sec = INT32_MAX;
    CHECK(pyf_timegm(&tm, &back) == PYF_OK);
    tm.tm_year = INT64_MAX;
    CHECK(pyf_timegm(&tm, &back) == PYF_OVERFLOW_ERROR &&
          pyf_timegm(NULL, &back) == PYF_VALUE_ERROR && pyf_timegm(&tm, NULL) == PYF_VALUE_ERROR);
    tm = pyf_gmtime(INT64_MAX);
    tm.tm_sec++;
    CHECK(pyf_timegm(&tm, &back) == PYF_OVERFLOW_ERROR);
    tm = pyf_gmtime(INT64_MIN);
    tm.tm_sec--;
    CHECK(pyf_timegm(&tm, &back) == PYF_OVERFLOW_ERROR);
}

static void local_time(void)
{
    const pyf_timezone ny = pyf_timezone_posix("EST5EDT,M3.2.0,M11.1.0"),
                       late = pyf_timezone_of(pyf_timedelta_of(.microseconds = -1), NULL);
    pyf_tm tm = pyf_gmtime(0);
    int64_t local = 0;
    CHECK(pyf_localtime(1300000000, ny, &tm) == PYF_OK && tm.tm_year == 111 && tm.tm_mon == 2 &&
          tm.tm_mday == 13 && tm.tm_hour == 3 && tm.tm_min == 6 && tm.tm_sec == 40 &&
          tm.tm_wday == 0 && tm.tm_yday == 71);
    CHECK(pyf_timegm(&tm, &local) == PYF_OK && local - 1300000000 == -4 * 3600);
    CHECK(pyf_localtime(0, pyf_timezone_utc(), &tm) == PYF_OK && tm.tm_year == 70);
    CHECK(pyf_localtime(0, late, &tm) == PYF_OK && tm.tm_year == 69 && tm.tm_sec == 59);
    for (int64_t year = 99; year < 9990; year += 99) { /* in the zone as anywhere else */
        const int64_t s = (year - 1970) * INT64_C(31556952) + 31600000;
        pyf_datetime t = pyf_datetime_fromtimestamp_us(s * 1000000, ny);
        pyf_datetime_fields f;
        CHECK(pyf_localtime(s, ny, &tm) == PYF_OK && pyf_datetime_fields_of(t, &f) == PYF_OK &&
              f.year == tm.tm_year + 1900 && f.month == tm.tm_mon + 1 && f.day == tm.tm_mday &&
              f.hour == tm.tm_hour && f.minute == tm.tm_min && f.second == tm.tm_sec);
    }
    CHECK(pyf_localtime(0, naive(), &tm) == PYF_TYPE_ERROR);
    CHECK(pyf_localtime(0, pyf_timezone_posix("EST"), &tm) == PYF_VALUE_ERROR);
    CHECK(pyf_localtime(0, ny, NULL) == PYF_VALUE_ERROR);
    CHECK(pyf_localtime(INT64_MIN, ny, &tm) == PYF_VALUE_ERROR &&
          pyf_localtime(INT64_MAX, ny, &tm) == PYF_VALUE_ERROR &&
          pyf_localtime(253402300800, ny, &tm) == PYF_VALUE_ERROR);
    CHECK(pyf_localtime(-62135596800, ny, &tm) == PYF_OVERFLOW_ERROR);
}

/* The 128-bit arithmetic of two words: what it says of products and quotients of numbers of all
 * sizes holds. */
static void wide_arithmetic(void)
{
    for (unsigned round = 0; round < 30000u / (unsigned)stride(); round++) {
        uint64_t rng = check_rng(round);
        int64_t n = (int64_t)(check_random(&rng) >> (1 + check_below(&rng, 63))) -
                    (int64_t)(check_random(&rng) >> (1 + check_below(&rng, 63))),
                q = 0;
        pyf_timedelta d = td((int64_t)(check_random(&rng) % 1999999999) - 999999999,
                             (int64_t)(check_random(&rng) % 86400),
                             (int64_t)(check_random(&rng) % 1000000)),
                      r = d;
        pyf_timedelta e = pyf_timedelta_floordiv_int(
                          d, (int64_t)(UINT64_C(1) << check_below(&rng, 60))),
                      product;
        if (n == 0) continue;
        product = pyf_timedelta_mul(e, n);
        if (pyf_timedelta_status(product) == PYF_OK) {
            CHECK(pyf_timedelta_eq(pyf_timedelta_div(product, n), e) &&
                  pyf_timedelta_eq(pyf_timedelta_floordiv_int(product, n), e));
            if (!pyf_timedelta_eq(e, td(0, 0, 0)))
                CHECK(pyf_timedelta_divmod(product, e, &q, &r) == PYF_OK && q == n &&
                      same(r, 0, 0, 0));
        }
        if (pyf_timedelta_eq(e, td(0, 0, 0)) || pyf_timedelta_divmod(d, e, &q, &r) != PYF_OK)
            continue;
        CHECK(pyf_timedelta_eq(pyf_timedelta_add(pyf_timedelta_mul(e, q), r), d));
        CHECK(pyf_timedelta_cmp(pyf_timedelta_abs(r), pyf_timedelta_abs(e)) < 0);
    }
}

/* Where the methods of CPython 3.11's datetimetester have their counterpart: the cases here, and
 * operations of time_oracle.py (golden cases hold some of each) in capitals.
 *
 * TestModule: constants: "DateTime limits"; divide_and_round: DIV. Omitted: utc_alias, all,
 *   name_cleanup (names of a module).
 * TestTimeDelta: constructor, carries, massive_normalization: "TimeDelta constructor", DELTA;
 *   microsecond_rounding, issue31293: DELTA_DOUBLE, MUL_DOUBLE; computations, division:
 *   "TimeDelta computations", ADD to FLOORDIV_INT; remainder, divmod: "TimeDelta divmod", MOD,
 *   DIVMOD; disallowed_special: "errors travel"; basic_attributes, resolution_info, overflow:
 *   "TimeDelta limits"; total_seconds: TOTAL_SECONDS; compare: CMP; hash_equality:
 *   "hashes"; str, repr, roundtrip: "TimeDelta text", "TimeDelta reading", TEXTS.
 *   Omitted: disallowed_computations (C's types say so), pickling, bool (compare with all-zero),
 *   subclass_timedelta, subclass_date, subclass_datetime, issue31752 (an int that misbehaves).
 * TestTimeZone: str, repr, class_members, constructor, utcoffset, dst, tzname, comparison,
 *   offset_boundaries: "TimeZone fixed", ZONE; aware_datetime, fromutc: ASTIMEZONE, ZONE_FACTS.
 *   Omitted: inheritance, pickle, copy, deepcopy, comparison_with_tzinfo (no objects here).
 * TestTZInfo, TZInfoBase: utc_offset_out_of_bounds: "TimeZone fixed"; aware_compare: COMPARE;
 *   issue23600: "zoneinfo files". Omitted, as there are no tzinfo classes to derive from:
 *   refcnt_crash_bug_22044, non_abstractness, subclass_must_override, normal, pickling_base,
 *   pickling_subclass, argument_passing, bad_tzinfo_classes, tzinfo_classes.
 * TestDate, as far as TestDateTime inherits it: ordinal_conversions, extreme_ordinals: "every day",
 *   FROMORDINAL; weekday, isocalendar, iso_long_years: DESCRIBE; fromisocalendar,
 *   fromisocalendar_value_errors: FROMISOCALENDAR; strftime, strftime_trailing_percent,
 *   strftime_y2k: "strftime and strptime", STRFTIME; extreme_timedelta, resolution_info, overflow:
 *   "DateTime limits", "edges of time"; compare, mixed_compare: COMPARE; ctime, timetuple:
 *   DESCRIBE.
 *   What TestDateTime has of its own stands there: basic_attributes, roundtrip, computations,
 *   bad_constructor_arguments, hash_equality, fromtimestamp, insane_fromtimestamp, isoformat,
 *   format, replace, fromisoformat, fromisoformat_fails and fromisoformat_date_examples.
 *   Omitted: today, bool, backdoor_resistance, timetuple's tm_isdst, fromisoformat_fails_typeerror,
 *   fromisocalendar_type_errors; pickling, isocalendar_pickling, compat_unpickle; subclass_date,
 *   subclass_replace, subclass_alternate_constructors, pickling_subclass_date,
 *   fromisoformat_subclass; date and time as classes of their own, so also TestDateOnly's
 *   delta_non_days_ignored.
 * TestDateTime: basic_attributes, basic_attributes_nonzero, bad_constructor_arguments, replace:
 *   "DateTime constructor", REPLACE; roundtrip: REPR; isoformat, isoformat_timezone: ISOFORMAT;
 *   more_ctime, more_timetuple: DESCRIBE; more_strftime, strptime, strptime_single_digit:
 *   STRFTIME, STRPTIME; computations, more_compare, tz_independent_comparing: "DateTime
 *   arithmetic", SHIFT, COMPARE; hash_equality: "hashes"; fromtimestamp, utcfromtimestamp,
 *   timestamp_aware, timestamp_limits, fromtimestamp_limits, utcfromtimestamp_limits,
 *   microsecond_rounding, insane_fromtimestamp, insane_utcfromtimestamp,
 *   negative_float_fromtimestamp, negative_float_utcfromtimestamp: "timestamps", FROMTIMESTAMP,
 *   UTCFROMTIMESTAMP, TIMESTAMP, LOCALTIME; utcnow: "now is now"; fromisoformat_datetime,
 *   _timezone, _separators, _ambiguous, _timespecs, _datetime_examples, _fails_datetime, _utc:
 *   "ISO text", FROMISOFORMAT.
 *   Omitted: format (strftime), strftime_with_bad_tzname_replace, timestamp_naive, astimezone (both
 *   ask for the system's zone), extract and combine (no date and time classes),
 *   fromisoformat_fails_surrogate, pickling, more_pickling, compat_unpickle; subclass_datetime,
 *   subclass_now, subclass_alternate_constructors_datetime, pickling_subclass_datetime,
 *   fromisoformat_subclass, and TestSubclassDateTime.
 * TestDateTimeTZ: trivial, even_more_compare, aware_subtract, tz_aware_arithmetic: "naive and
 *   aware", COMPARE, SHIFT; zones: ZONE_FACTS; extreme_hashes: "hashes"; tzinfo_now,
 *   tzinfo_utcnow: "now is now"; tzinfo_fromtimestamp, tzinfo_utcfromtimestamp: FROMTIMESTAMP;
 *   tzinfo_isoformat: ISOFORMAT; replace: REPLACE; more_astimezone: ASTIMEZONE; mixed_compare:
 *   COMPARE. Omitted: astimezone_default_utc, astimezone_default_eastern and
 *   astimezone_default_near_fold (the system's zone), tzinfo_timetuple and utctimetuple
 *   (pyf_gmtime, GMTIME), combine, extract, pickling, compat_unpickle, subclass_datetimetz.
 * TestTimezoneConversions: easy, tricky, fromutc: "New York in 2011", ASTIMEZONE, and all zones by
 *   time_oracle.py --zones. Omitted: bogus_dst (a tzinfo class that lies).
 * TestLocalTimeDisambiguation: vilnius_1941_fromutc, vilnius_1941_toutc, fromtimestamp,
 *   fromtimestamp_lord_howe, fromtimestamp_low_fold_detection, timestamp, timestamp_lord_howe,
 *   astimezone, dst, utcoffset, fromutc: --zones, LOCALTIME, TIMESTAMP; constructors, member,
 *   replace: "DateTime constructor", REPLACE; repr: REPR; comparison, mixed_compare_regular,
 *   mixed_compare_fold, mixed_compare_gap: "naive and aware", COMPARE; hash, hash_aware: "hashes",
 *   "New York in 2011". Omitted: pickle_fold.
 * ZoneInfoTest: folds, gaps: "folds and gaps", "turns of clocks", --zones. Omitted:
 *   system_transitions (the system's zone).
 * Oddballs, HarmlessMixedComparison, TestTime, TestTimeTZ, CapiTest: omitted; no such classes. */

#include "time_edges.h"

static const struct check_case cases[] = { { "golden cases", golden_cases },
                                           { "TimeDelta constructor", timedelta_constructor },
                                           { "TimeDelta computations", timedelta_computations },
                                           { "TimeDelta divmod, integers", timedelta_divmod },
                                           { "TimeDelta limits", timedelta_limits },
                                           { "TimeDelta ratio", timedelta_ratio },
                                           { "TimeDelta text", timedelta_text },
                                           { "TimeDelta reading", timedelta_reading },
                                           { "errors travel", errors_travel },
                                           { "small buffers", small_buffers },
                                           { "TimeZone fixed", timezone_fixed },
                                           { "POSIX strings", posix_strings },
                                           { "New York in 2011", new_york_in_2011 },
                                           { "rules over New Year", rules_over_new_year },
                                           { "folds and gaps", folds_and_gaps },
                                           { "turns of clocks", turns_of_clocks },
                                           { "TZif bytes", tzif_bytes },
                                           { "TZif of many types", tzif_of_many_types },
                                           { "TZif that repeats its rules",
                                             tzif_that_repeats_its_rules },
                                           { "zoneinfo files", zoneinfo_files },
                                           { "named zones", named_zones },
                                           { "every day", every_day },
                                           { "every second", every_second },
                                           { "every day as text", every_day_as_text },
                                           { "DateTime constructor", datetime_constructor },
                                           { "DateTime arithmetic", datetime_arithmetic },
                                           { "naive and aware", naive_and_aware },
                                           { "DateTime limits", datetime_limits },
                                           { "edges of time", edges_of_time },
                                           { "timestamps", timestamps },
                                           { "hashes", hashes },
                                           { "now is now", now_is_now },
                                           { "ISO text", iso_text },
                                           { "RFC 3339 text", rfc3339_text },
                                           { "strftime and strptime", strftime_and_strptime },
                                           { "altered text", altered_text },
                                           { "any text", any_text },
                                           { "gmtime and timegm", gmtime_and_timegm },
                                           { "localtime", local_time },
                                           { "wide arithmetic", wide_arithmetic },
                                           { "errors on either side", errors_on_either_side },
                                           { "odd durations", odd_durations },
                                           { "odd dates", odd_dates },
                                           { "odd formats", odd_formats },
                                           { "odd names", odd_names },
                                           { "odd rules", odd_rules },
                                           { "odd files", odd_files },
                                           { "far numbers", far_numbers } };

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
}
