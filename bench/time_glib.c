/* time_glib.c - GLib's GDateTime: parse, format. */

#include <glib.h>

#include "time_bench.h"

static GDateTime *moments[TIME_INPUTS];

TIME_WORKLOAD(parse)
{
    GDateTime *t = g_date_time_new_from_iso8601(time_texts[i], NULL);
    int64_t us = g_date_time_get_microsecond(t);
    g_date_time_unref(t);
    return us;
}

TIME_WORKLOAD(format)
{
    char *text = g_date_time_format_iso8601(moments[i]);
    int64_t c = text[18];
    g_free(text);
    return c;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    time_inputs();
    for (int i = 0; i < TIME_INPUTS; i++) moments[i] = g_date_time_new_from_iso8601(time_texts[i], NULL);
    if (strcmp(what, "parse") == 0) time_measure(parse);
    else if (strcmp(what, "format") == 0) time_measure(format);
    else bench_die("usage: time_glib parse|format");
    return 0;
}
