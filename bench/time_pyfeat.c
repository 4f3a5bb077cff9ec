/* time_pyfeat.c - the time room's workloads: day, gmtime, gmtime_order, local_order, parse, format,
 * delta; and newyork, tzif, localtime and localtime_tzif, each with THREADS. */

#define PYFEAT_TIME_IMPLEMENTATION
#include "../pyfeat.h"

#include "time_bench.h"

static pyf_timezone new_york;
static pyf_datetime moments[TIME_INPUTS];

TIME_WORKLOAD(day)
{
    pyf_date date = pyf_date_fromordinal(time_days[i] + 719163);
    return date.year + date.month + date.day;
}

static int64_t sum_of(const pyf_tm *tm)
{
    return (int)tm->tm_year + tm->tm_mon + tm->tm_mday + tm->tm_hour + tm->tm_min + tm->tm_sec +
           tm->tm_wday + tm->tm_yday;
}

TIME_WORKLOAD(fields)
{
    pyf_tm tm = pyf_gmtime(time_seconds[i]);
    return sum_of(&tm);
}

TIME_WORKLOAD(fields_order)
{
    pyf_tm tm = pyf_gmtime(time_order[i]);
    return sum_of(&tm);
}

TIME_WORKLOAD(parse)
{
    pyf_datetime t = pyf_datetime_fromrfc3339(time_texts[i]);
    return t.pyfi_us;
}

TIME_WORKLOAD(format)
{
    char text[64];
    if (pyf_datetime_rfc3339(moments[i], text, sizeof text) != PYF_OK) bench_die("format");
    return text[18];
}

TIME_WORKLOAD(local)
{
    pyf_datetime_fields f;
    pyf_datetime t = pyf_datetime_fromtimestamp_us(time_seconds[i] * 1000000, new_york);
    if (pyf_datetime_fields_of(t, &f) != PYF_OK) bench_die("local");
    return f.year + f.month + f.day + f.hour + f.minute + f.second;
}

TIME_WORKLOAD(local_tm)
{
    pyf_tm tm;
    if (pyf_localtime(time_seconds[i], new_york, &tm) != PYF_OK) bench_die("localtime");
    return sum_of(&tm);
}

TIME_WORKLOAD(local_order)
{
    pyf_tm tm;
    if (pyf_localtime(time_order[i], new_york, &tm) != PYF_OK) bench_die("localtime");
    return sum_of(&tm);
}

TIME_WORKLOAD(delta)
{
    pyf_timedelta d = pyf_timedelta_of(.days = time_days[i], .seconds = time_seconds[i], .microseconds = time_days[i] * 1000);
    return d.days + d.seconds + d.microseconds;
}

int main(int argc, char **argv)
{
    static unsigned char file[8192];
    static pyf_tzif zone;
    const char *what = argc > 1 ? argv[1] : "";
    int threads = (int)bench_arg(argc, argv, 2, 1);
    time_inputs();
    for (int i = 0; i < TIME_INPUTS; i++) moments[i] = pyf_datetime_fromrfc3339(time_texts[i]);
    new_york = pyf_timezone_posix("EST5EDT,M3.2.0,M11.1.0");
    if (strstr(what, "tzif") != NULL) {
        if (pyf_tzif_load(&zone, "America/New_York", file, sizeof file) != PYF_OK) bench_die("no zoneinfo");
        new_york = pyf_timezone_tzif(&zone);
    }
    if (strcmp(what, "day") == 0) time_measure(day);
    else if (strcmp(what, "gmtime") == 0) time_measure(fields);
    else if (strcmp(what, "gmtime_order") == 0) time_measure(fields_order);
    else if (strcmp(what, "local_order") == 0) time_measure(local_order);
    else if (strcmp(what, "parse") == 0) time_measure(parse);
    else if (strcmp(what, "format") == 0) time_measure(format);
    else if (strcmp(what, "delta") == 0) time_measure(delta);
    else if (strcmp(what, "newyork") == 0 || strcmp(what, "tzif") == 0) time_measure_threads(local, threads);
    else if (strncmp(what, "localtime", 9) == 0) time_measure_threads(local_tm, threads);
    else bench_die("usage: time_pyfeat day|gmtime|gmtime_order|local_order|parse|format|delta, or "
                   "newyork|tzif|localtime|localtime_tzif THREADS");
    return 0;
}
