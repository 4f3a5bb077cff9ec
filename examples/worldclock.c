/* worldclock - what time it is elsewhere
 *
 *     worldclock [-t TIME] ZONE...
 *
 * Each zone is a name ("Asia/Kolkata") or a POSIX TZ string ("<+0530>-5:30"). Names are looked up
 * in the system's files first, which know history, and then in the table in the program, which
 * knows today's rules. TIME is an ISO 8601 time with an offset; default: now. Several zones at once
 * need neither the environment nor a lock. */

#define PYFEAT_TIMEZONE_TABLE 1
#define PYFEAT_TIME_IMPLEMENTATION
#include "../pyfeat.h"

#include <stdio.h>
#include <string.h>

enum { MAX_ZONES = 32, FILE_BYTES = 8192 };

/* What a zone of a file needs for as long as it is used. */
struct place {
    const char *name;
    pyf_tzif tzif;
    unsigned char file[FILE_BYTES];
    pyf_timezone zone;
};

/* The zone of a name or a string. An error tells where it is not a TZ string either. */
static pyf_timezone find_zone(struct place *place)
{
    if (pyf_tzif_load(&place->tzif, place->name, place->file, sizeof place->file) == PYF_OK)
        return pyf_timezone_tzif(&place->tzif);
    pyf_timezone zone = pyf_timezone_named(place->name);
    return pyf_timezone_status(zone) == PYF_OK ? zone : pyf_timezone_posix(place->name);
}

static int show(const struct place *place, pyf_datetime now)
{
    char when[PYF_TIME_STR_MAX], zone[PYF_TIME_STR_MAX];
    pyf_datetime there = pyf_datetime_astimezone(now, place->zone);
    if (pyf_datetime_strftime(there, "%a %Y-%m-%d %H:%M:%S %z", when, sizeof when) != PYF_OK ||
        pyf_datetime_tzname(there, zone, sizeof zone) != PYF_OK) {
        fprintf(stderr, "worldclock: %s: %s\n", place->name,
                pyf_status_name(pyf_datetime_status(there)));
        return 1;
    }
    printf("%-28s %s %s%s\n", place->name, when, zone,
           pyf_timedelta_lt(pyf_timedelta_of(.days = 0), pyf_datetime_dst(there)) ? ", summer time"
                                                                                  : "");
    return 0;
}

int main(int argc, char **argv)
{
    static struct place places[MAX_ZONES];
    pyf_datetime now = pyf_datetime_now(pyf_timezone_utc());
    int first = 1, failed = 0;
    if (argc > 2 && strcmp(argv[1], "-t") == 0) {
        now = pyf_datetime_fromisoformat(argv[2]);
        first = 3;
    }
    if (pyf_datetime_status(now) != PYF_OK) {
        fprintf(stderr, "worldclock: %s at character %zu of the time\n",
                pyf_status_name(pyf_datetime_status(now)), pyf_datetime_error_at(now) + 1);
        return 2;
    }
    if (pyf_timezone_eq(pyf_datetime_tz(now), (pyf_timezone){ .pyfi_source = NULL })) {
        fprintf(stderr, "worldclock: the time needs an offset from UTC\n");
        return 2;
    }
    if (argc <= first || argc - first > MAX_ZONES) {
        fprintf(stderr, "usage: worldclock [-t TIME] ZONE... (at most %d)\n", MAX_ZONES);
        return 2;
    }
    for (int i = first; i < argc; i++) {
        struct place *place = &places[i - first];
        place->name = argv[i];
        place->zone = find_zone(place);
        if (pyf_timezone_status(place->zone) == PYF_OK) {
            failed |= show(place, now);
        } else {
            fprintf(stderr,
                    "worldclock: %s: no such zone, and no TZ string from character %zu on\n",
                    argv[i], pyf_timezone_error_at(place->zone) + 1);
            failed = 1;
        }
    }
    return failed;
}
