/* time_libc.c - the C library: gmtime, gmtime_order, newyork THREADS, newyork_order. */

#include "time_bench.h"

static int64_t sum(const struct tm *tm)
{
    return tm->tm_year + tm->tm_mon + tm->tm_mday + tm->tm_hour + tm->tm_min + tm->tm_sec + tm->tm_wday + tm->tm_yday;
}

TIME_WORKLOAD(fields)
{
    struct tm tm;
    time_t t = (time_t)time_seconds[i];
    return gmtime_r(&t, &tm) == NULL ? 0 : sum(&tm);
}

TIME_WORKLOAD(fields_order)
{
    struct tm tm;
    time_t t = (time_t)time_order[i];
    return gmtime_r(&t, &tm) == NULL ? 0 : sum(&tm);
}

TIME_WORKLOAD(local_order)
{
    struct tm tm;
    time_t t = (time_t)time_order[i];
    return localtime_r(&t, &tm) == NULL ? 0 : sum(&tm);
}

TIME_WORKLOAD(local)
{
    struct tm tm;
    time_t t = (time_t)time_seconds[i];
    return localtime_r(&t, &tm) == NULL ? 0 : sum(&tm);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    time_inputs();
    if (setenv("TZ", "America/New_York", 1) != 0) bench_die("setenv");
    tzset();
    if (strcmp(what, "gmtime") == 0) time_measure(fields);
    else if (strcmp(what, "gmtime_order") == 0) time_measure(fields_order);
    else if (strcmp(what, "newyork_order") == 0) time_measure(local_order);
    else if (strcmp(what, "newyork") == 0) time_measure_threads(local, (int)bench_arg(argc, argv, 2, 1));
    else bench_die("usage: time_libc gmtime|gmtime_order|newyork_order|newyork THREADS");
    return 0;
}
