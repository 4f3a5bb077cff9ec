/* until - how long it is until then
 *
 *     until [-f FROM] WHEN...
 *
 * WHEN is an ISO 8601 time ("2038-01-19T03:14:08Z"; without an offset: UTC) or a duration from now
 * ("P1DT12H"). Prints the time in UTC, how long that is as Python writes it, as a duration, and in
 * seconds. FROM is taken for now. */

#define PYFEAT_TIME_IMPLEMENTATION
#include "../pyfeat.h"

#include <stdio.h>
#include <string.h>

/* An aware time: without an offset, the text means UTC. */
static pyf_datetime read_time(const char *text)
{
    pyf_datetime t = pyf_datetime_fromisoformat(text);
    if (pyf_datetime_status(t) == PYF_OK &&
        pyf_timedelta_status(pyf_datetime_utcoffset(t)) == PYF_TYPE_ERROR)
        t = pyf_datetime_replace_tz(t, pyf_timezone_utc());
    return t;
}

static int complain(const char *text, pyf_datetime t)
{
    fprintf(stderr, "until: %s: %s at character %zu\n", text,
            pyf_status_name(pyf_datetime_status(t)), pyf_datetime_error_at(t) + 1);
    return 1;
}

static int show(const char *text, pyf_datetime now)
{
    char utc[PYF_TIME_STR_MAX], words[PYF_TIME_STR_MAX], iso[PYF_TIME_STR_MAX];
    bool duration = text[0] == 'P' || text[0] == '-' || text[0] == '+';
    pyf_datetime then =
        duration ? pyf_datetime_add(now, pyf_timedelta_fromisoformat(text)) : read_time(text);
    then = pyf_datetime_astimezone(then, pyf_timezone_utc());
    pyf_timedelta left = pyf_datetime_diff(then, now);
    if (pyf_datetime_rfc3339(then, utc, sizeof utc) != PYF_OK ||
        pyf_timedelta_str(left, words, sizeof words) != PYF_OK ||
        pyf_timedelta_isoformat(left, iso, sizeof iso) != PYF_OK)
        return complain(text, then);
    printf("%s: %s = %s = %.6f s\n", utc, words, iso, pyf_timedelta_total_seconds(left));
    return 0;
}

int main(int argc, char **argv)
{
    pyf_datetime now = pyf_datetime_now(pyf_timezone_utc());
    int first = 1, failed = 0;
    if (argc > 2 && strcmp(argv[1], "-f") == 0) {
        now = read_time(argv[2]);
        if (pyf_datetime_status(now) != PYF_OK) return complain(argv[2], now) + 1;
        first = 3;
    }
    if (argc <= first) {
        fprintf(stderr, "usage: until [-f FROM] WHEN...\n");
        return 2;
    }
    for (int i = first; i < argc; i++) failed |= show(argv[i], now);
    return failed;
}
