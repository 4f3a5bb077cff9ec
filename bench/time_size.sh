#!/bin/sh
# What the time room takes of a Cortex-M4's flash, in bytes: the functions and tables of pyfeat.h that are left in
# small programs when the linker has dropped what they do not use. libgcc and libc are not counted.
set -u
build=${1:-build}
mkdir -p "$build"
command -v arm-none-eabi-gcc > /dev/null 2>&1 || { echo "SKIP time_size: arm-none-eabi-gcc not found"; exit 0; }

# size NAME TARGET STATEMENTS
size()
{
    cat > "$build/size.c" << END
#define PYF_PORT_NOW_MS() 0
#define PYF_PORT_TIME_US() 0
#define PYFEAT_PORT_NONE 1
#define PYFEAT_NO_ZONEINFO 1
#define PYFEAT_TIMEZONE_TABLE 1
#define PYFEAT_TIME_IMPLEMENTATION
#include "../pyfeat.h"
volatile pyf_timedelta d, e;
volatile pyf_datetime t, u;
volatile pyf_timezone z;
volatile int i;
volatile int64_t n;
volatile double x;
char text[200];
static const pyf_timedelta_parts parts = { 0, 1, 2, 3, 4, 5, 6, 7 };
static const pyf_datetime_fields fields = { 0, 1, 2, 3, 4, 5, 6, 7, 0, { 0, 0, 0, { 0, 0 }, { 0, 0 }, 0, 0 } };
int main(void)
{
$3
    return 0;
}
END
    if ! arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -Os -std=c99 -I. -ffunction-sections -fdata-sections \
        -Wl,--gc-sections --specs=nosys.specs "$build/size.c" -o "$build/size.elf" > "$build/log" 2>&1; then
        echo "$1: does not build"; sed 5q "$build/log"; return
    fi
    bytes=$(arm-none-eabi-nm -S -t d "$build/size.elf" |
        awk '$3 ~ /^[tTrR]$/ && $4 !~ /^(main|parts|fields)$/ && ($4 ~ /^pyfi?_/ || $4 ~ /\.[0-9]+$/) { sum += $2 }
            END { print sum }')
    row "$1" "$bytes" "$2"
}

# row NAME BYTES TARGET
row()
{
    met=-
    [ "$3" = - ] || { [ "$2" -le "$3" ] && met=yes || met=NO; }
    echo "| $1 | $2 bytes | $3 | $met |"
}

core='d = pyf_timedelta_of_with(&parts); d = pyf_timedelta_add(d, e); d = pyf_timedelta_sub(d, e); d = pyf_timedelta_neg(d);
    d = pyf_timedelta_abs(d); i = pyf_timedelta_cmp(d, e); i = pyf_timedelta_eq(d, e); i = pyf_timedelta_status(d);'
iso='z = pyf_timezone_of(d, "X"); z = pyf_timezone_utc(); t = pyf_datetime_of_with(&fields); t = pyf_datetime_add(t, d);
    t = pyf_datetime_sub(t, d); d = pyf_datetime_diff(t, u); i = pyf_datetime_cmp(t, u); i = pyf_datetime_eq(t, u);
    t = pyf_datetime_astimezone(t, z); d = pyf_datetime_utcoffset(t); i = pyf_datetime_weekday(t); t = pyf_datetime_now(z);
    i = pyf_datetime_timestamp_us(t, (int64_t *)&n); t = pyf_datetime_fromtimestamp_us(n, z); i = pyf_datetime_status(t);
    i = pyf_datetime_isoformat(t, text, sizeof text); t = pyf_datetime_fromisoformat(text);
    { pyf_datetime_fields f; i = pyf_datetime_fields_of(t, &f); }'
wide='d = pyf_timedelta_mul(d, n); d = pyf_timedelta_div(d, n); i = pyf_timedelta_str(d, text, sizeof text);
    x = pyf_timedelta_total_seconds(d);'
echo "| part | flash | at most | met? |"
echo "|---|---|---|---|"
size "timedelta: make, add, sub, neg, abs, compare" 700 "$core"
size "the same, mul, div, total_seconds, str" - "$core $wide"
size "timedelta, timezone, datetime, ISO 8601" 6144 "$core $iso"
without=$bytes
size "the same and POSIX TZ strings" - "$core $iso z = pyf_timezone_posix(text);"
row "POSIX TZ strings" $((bytes - without)) 1536
size "the same and the table of zone names" - "$core $iso z = pyf_timezone_posix(text); z = pyf_timezone_named(text);"
