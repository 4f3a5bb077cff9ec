/* time_edges.h - cases of time_test.c for what is rarely said: errors on either side, odd texts,
 * odd rules and odd files. What they say is Python's answer wherever Python has one. */
#ifndef TIME_EDGES_H
#define TIME_EDGES_H

static void errors_on_either_side(void)
{
    pyf_timedelta bad = pyf_timedelta_div(td(1, 0, 0), 0), good = td(1, 2, 3000);
    pyf_datetime wrong = at("2011-02-30"), t = at("2011-02-20T14:30:00Z"), naive = at("2011-02-20");
    pyf_status st = PYF_TYPE_ERROR;
    int64_t n = 5;
    pyf_datetime_fields f;
    CHECK(pyf_timedelta_status(pyf_timedelta_add(good, bad)) == PYF_ZERO_DIVISION_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_sub(bad, good)) == PYF_ZERO_DIVISION_ERROR);
    CHECK(pyf_timedelta_cmp(good, bad) == PYF_UNORDERED);
    CHECK(isnan(pyf_timedelta_ratio(good, bad, &st)) && st == PYF_TYPE_ERROR);
    CHECK(isnan(pyf_timedelta_ratio(good, td(0, 0, 0), NULL)));
    CHECK(pyf_timedelta_to_milliseconds(good, NULL) == PYF_VALUE_ERROR);
    CHECK(pyf_timedelta_to_milliseconds(good, &n) == PYF_OK && n == 86402003);
    CHECK(pyf_datetime_status(pyf_datetime_replace_tz(wrong, pyf_timezone_utc())) ==
          PYF_VALUE_ERROR);
    CHECK(pyf_timedelta_status(pyf_datetime_diff(wrong, t)) == PYF_VALUE_ERROR);
    CHECK(pyf_timedelta_status(pyf_datetime_diff(t, wrong)) == PYF_VALUE_ERROR);
    CHECK(pyf_timedelta_status(pyf_datetime_diff(t, naive)) == PYF_TYPE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_resolve(t, PYF_EARLIER - 1)) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_resolve(t, PYF_REJECT + 1)) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_isoformat_with(t, 'T', PYF_TIMESPEC_AUTO - 1, NULL, 0) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_isoformat_with(t, 'T', PYF_TIMESPEC_MICROSECONDS + 1, NULL, 0) ==
          PYF_VALUE_ERROR);
    CHECK(pyf_datetime_fields_of(t, NULL) == PYF_VALUE_ERROR);
    memset(&f, 0, sizeof f);
    f.year = 2011;
    f.month = f.day = 1;
    f.minute = -1;
    CHECK(pyf_datetime_status(pyf_datetime_of_with(&f)) == PYF_VALUE_ERROR);
    f.minute = 0;
    f.second = -1;
    CHECK(pyf_datetime_status(pyf_datetime_of_with(&f)) == PYF_VALUE_ERROR);
    f.second = 60;
    CHECK(pyf_datetime_status(pyf_datetime_of_with(&f)) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_strptime(NULL, "%Y")) == PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_strptime("1", NULL)) == PYF_VALUE_ERROR);
}

static void odd_durations(void)
{
    static const char *const bad[] = { "1 day, x",
                                       "1 day, 24:00:00",
                                       "1:",
                                       "1:2",
                                       "1:02",
                                       "1:02:",
                                       "1:02:3",
                                       "datetime.timedelta(",
                                       "timedelta(hours=1" };
    CHECK(same(pyf_timedelta_parse("datetime.timedelta(0)"), 0, 0, 0));
    CHECK(same(pyf_timedelta_parse("datetime.timedelta()"), 0, 0, 0));
    CHECK(same(pyf_timedelta_parse("1 day, 2:03:04"), 1, 7384, 0));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(pyf_timedelta_status(pyf_timedelta_parse(bad[i])) == PYF_VALUE_ERROR);
    CHECK(pyf_timedelta_status(pyf_timedelta_fromisoformat("PT1HT1M")) == PYF_VALUE_ERROR);
    CHECK(same(pyf_timedelta_fromisoformat("PT1H1M"), 0, 3660, 0));
}

static void odd_dates(void)
{
    static const char *const bad[] = { "2011-W01-", "2011-W01-1T", "2011-11-04T00:05:23+0" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(pyf_datetime_status(at(bad[i])) == PYF_VALUE_ERROR);
    CHECK_TEXT(pyf_datetime_isoformat(at("2011-11-04\xC3\xA9"
                                         "00:05:23+00:00"),
                                      ROOM),
               "2011-11-04T00:05:23+00:00");
    CHECK_TEXT(pyf_datetime_isoformat(at("2011-W01-12"), ROOM), "2011-01-03T12:00:00");
    CHECK(pyf_datetime_status(pyf_datetime_fromrfc3339("0001-01-01T00:59:60+01:00")) ==
          PYF_VALUE_ERROR);
    CHECK(pyf_datetime_status(pyf_datetime_fromrfc3339("2011-01-02T00:59:60+01:00")) ==
          PYF_VALUE_ERROR);
}

static void odd_formats(void)
{
    static const struct {
        const char *text, *format, *want;
    } parsed[] = { { "12 +05:30:15.123", "%d %z3", "1900-01-12T00:00:00+05:30:15.120000" },
                   { "12 +05:30:15.1", "%d %z.1", "1900-01-12T00:00:00+05:30:15" },
                   { "12 +05:30:15.", "%d %z.", "1900-01-12T00:00:00+05:30:15" },
                   { "12 +05:30:15.123456789", "%d %z789", "1900-01-12T00:00:00+05:30:15.123456" },
                   { "2011\x1c"
                     "01",
                     "%Y %m", "2011-01-01T00:00:00" },
                   { "2011\x1f"
                     "01",
                     "%Y %m", "2011-01-01T00:00:00" },
                   { "Z 01", "%z %d", "1900-01-01T00:00:00+00:00" },
                   { "2023 0 3", "%Y %U %w", "2023-01-04T00:00:00" }, /* a year that begins with */
                   { "2023 1 3", "%Y %U %w", "2023-01-04T00:00:00" }, /* week 1 has no week 0 */
                   { "2011Z", "%Y%z", "2011-01-01T00:00:00+00:00" } };
    static const char *const bad[][2] = {
        { "2011 01 1 001", "%G %V %u %j" }, { "0000", "%Y" },           { "0000 01 1", "%G %V %u" },
        { "2011-02-30", "%Y-%m-%d" },       { "9999 366", "%Y %j" },    { "0001 00 0", "%Y %U %w" },
        { "9999 53 6", "%Y %U %w" },        { "9999 53 7", "%G %V %u" }
    };
    pyf_datetime t = at("2011-01-02");
    for (size_t i = 0; i < sizeof parsed / sizeof parsed[0]; i++)
        CHECK_TEXT(
            pyf_datetime_isoformat(pyf_datetime_strptime(parsed[i].text, parsed[i].format), ROOM),
            parsed[i].want);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(pyf_datetime_status(pyf_datetime_strptime(bad[i][0], bad[i][1])) == PYF_VALUE_ERROR);
    CHECK_TEXT(pyf_datetime_strftime(t, "%Od %Ey", ROOM), "02 11");
    CHECK_TEXT(pyf_datetime_strftime(t, "%s", ROOM), "1293926400");
}

static void odd_names(void)
{
    static const char rules[] = "AAA0BBB,M3.5.0,M9.1.0", other[] = "AAA0BBB,M3.5.0,M9.1.0";
    char copy[sizeof rules];
    pyf_timezone error = pyf_timezone_posix("A"), utc = pyf_timezone_utc(), a, b;
    pyf_timezone naive = pyf_datetime_tz(at("2011-01-01"));
    memcpy(copy, other, sizeof copy);
    CHECK_TEXT(pyf_timezone_repr(pyf_timezone_of(td(0, 0, 0), "a\nb\t\r\x01\x7f'"), ROOM),
               "datetime.timezone(datetime.timedelta(0), \"a\\nb\\t\\r\\x01\\x7f'\")");
    CHECK(!pyf_timezone_eq(error, utc) && !pyf_timezone_eq(utc, error));
    a = pyf_timezone_posix(rules);
    b = pyf_timezone_posix(copy);
    CHECK(!pyf_timezone_eq(utc, a) && !pyf_timezone_eq(a, utc));
    CHECK(pyf_timezone_eq(a, b) && pyf_timezone_hash(a) == pyf_timezone_hash(b));
    CHECK(!pyf_timezone_eq(a, pyf_timezone_posix("AAA0BBB,M3.5.0,M9.1.0/2:00")));
    CHECK(!pyf_timezone_eq(pyf_timezone_posix("AAA0BBB,M3.5.0,M9.1.0/2:00"), a));
    CHECK(!pyf_timezone_eq(a, pyf_timezone_posix("AAA0BBB,M3.5.0,M9.2.0")));
    CHECK(pyf_timezone_str(naive, NULL, 0) == PYF_TYPE_ERROR);
}

/* When Python says that the clock of a TZ string changes, for one year. */
static void odd_rules(void)
{
    static const struct {
        const char *text, *before;
        int32_t offset; /* behind that moment */
    } changes[] = { { "AAA0BBB,M2.5.0,M9.1.0", "2011-02-27T01:59:59Z", 3600 },
                    { "AAA0BBB,M2.5.0,M9.1.0", "2012-09-02T00:59:59Z", 0 },
                    { "AAA0BBB,J59/0,J60/0", "2011-02-27T23:59:59Z", 3600 },
                    { "AAA0BBB,J59/0,J60/0", "2012-02-29T22:59:59Z", 0 },
                    { "AAA0BBB,M12.5.0,M1.1.0", "2011-01-02T00:59:59Z", 0 },
                    { "AAA0BBB,M12.5.0,M1.1.0", "2012-12-30T01:59:59Z", 3600 },
                    { "AAA0BBB,M9.1.0,M2.5.0", "2011-02-27T00:59:59Z", 0 } };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        pyf_timezone tz = pyf_timezone_posix(changes[i].text);
        pyf_datetime t = at(changes[i].before);
        CHECK(same(pyf_datetime_utcoffset(pyf_datetime_astimezone(t, tz)), 0,
                   3600 - changes[i].offset, 0));
        t = pyf_datetime_add(t, td(0, 1, 0));
        CHECK(
            same(pyf_datetime_utcoffset(pyf_datetime_astimezone(t, tz)), 0, changes[i].offset, 0));
    }
    for (int month = 1; month <= 12; month++) {
        /* Summer that begins again when it ends: of two at once, the beginning of summer. */
        char text[32];
        (void)snprintf(text, sizeof text, "2011-%02d-01T00:00:00Z", month);
        CHECK(same(pyf_datetime_utcoffset(pyf_datetime_astimezone(
                       at(text), pyf_timezone_posix("AAA0BBB,J365/24,J1/1"))),
                   0, 3600, 0));
        CHECK(same(pyf_datetime_utcoffset(pyf_datetime_astimezone(
                       at(text), pyf_timezone_posix("AAA0BBB,0/0,J365/25"))),
                   0, 3600, 0));
    }
}

/* A TZif file of version 1 without footer: count transitions a year apart, of these types; each
 * type an offset in hours, negative for summer time. */
static size_t odd_tzif(unsigned char *out, const char *indexes, const int *hours, uint32_t types)
{
    const uint32_t count = (uint32_t)strlen(indexes);
    unsigned char *p = out;
    memcpy(p, "TZif", 4);
    memset(p + 4, 0, 16);
    p += 20;
    for (int i = 0; i < 3; i++) p = put_be32(p, 0);
    p = put_be32(p, count);
    p = put_be32(p, types);
    p = put_be32(p, 4);
    for (uint32_t i = 0; i < count; i++) p = put_be32(p, (i + 1) * 31536000);
    for (uint32_t i = 0; i < count; i++) *p++ = (unsigned char)(indexes[i] - '0');
    for (uint32_t i = 0; i < types; i++) {
        p = put_be32(p, (uint32_t)(hours[i] < 0 ? -hours[i] : hours[i]) * 3600);
        *p++ = hours[i] < 0;
        *p++ = 0;
    }
    memcpy(p, "ABC", 4);
    return (size_t)(p + 4 - out);
}

/* The offset and the summer time of a file's zone at a moment, in hours. */
static void odd_tzif_check(const char *indexes, const int *hours, uint32_t types,
                           const char *moment, int offset, int dst)
{
    unsigned char file[300];
    pyf_tzif z;
    pyf_datetime t;
    size_t n = odd_tzif(file, indexes, hours, types);
    CHECK(pyf_tzif_init(&z, file, n) == PYF_OK);
    t = pyf_datetime_astimezone(at(moment), pyf_timezone_tzif(&z));
    CHECK(same(pyf_datetime_utcoffset(t), 0, offset * 3600, 0));
    CHECK(same(pyf_datetime_dst(t), 0, dst * 3600, 0));
}

static void odd_files(void)
{
    static const int summers[] = { -3, -4 }, mixed[] = { -4, 2, -5 };
    unsigned char file[300];
    char name[80];
    pyf_tzif z;
    memset(name, 'A', sizeof name);
    name[70] = '\0';
    odd_tzif_check("101", mixed, 2, "1972-02-01T00:00:00Z", 4, 2);
    odd_tzif_check("101", mixed, 2, "1971-02-01T00:00:00Z", 2, 0);
    odd_tzif_check("021", mixed, 3, "1972-02-01T00:00:00Z", 5, 1);
    odd_tzif_check("201", mixed, 3, "1972-02-01T00:00:00Z", 4, 2);
    odd_tzif_check("02", mixed, 3, "1973-02-01T00:00:00Z", 5, 1);
    odd_tzif_check("0", mixed, 2, "1971-02-01T00:00:00Z", 4, 1);
    odd_tzif_check("0", mixed, 2, "1970-02-01T00:00:00Z", 2, 0);
    /* Of a zone that is nothing but summer time Python has no answer: it fails. */
    odd_tzif_check("10", summers, 2, "1970-02-01T00:00:00Z", 4, 1);
    odd_tzif_check("0", summers, 1, "1970-02-01T00:00:00Z", 3, 1);
    CHECK(pyf_tzif_init(&z, file, odd_tzif(file, "", summers, 0)) == PYF_VALUE_ERROR);
#if !PYFEAT_NO_ZONEINFO
    CHECK(pyf_tzif_load(NULL, "UTC", file, sizeof file) == PYF_VALUE_ERROR);
    CHECK(pyf_tzif_load(&z, NULL, file, sizeof file) == PYF_VALUE_ERROR);
    CHECK(pyf_tzif_load(&z, "UTC", NULL, 0) == PYF_VALUE_ERROR);
    CHECK(pyf_tzif_load(&z, name, file, sizeof file) == PYF_VALUE_ERROR);
#endif
}

static void far_numbers(void)
{
    pyf_tm tm;
    int64_t n = 5;
    memset(&tm, 0, sizeof tm);
    tm.tm_mday = 1;
    tm.tm_year = INT64_C(299999999999);
    CHECK(pyf_timegm(&tm, &n) == PYF_OVERFLOW_ERROR && n == 5);
    tm.tm_year = -INT64_C(299999999999);
    CHECK(pyf_timegm(&tm, &n) == PYF_OVERFLOW_ERROR && n == 5);
}

#endif
