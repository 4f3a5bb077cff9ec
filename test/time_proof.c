/* time_proof.c - what frama-c proves of the time room (WP and RTE, with Z3): that nothing in these
 * functions is undefined, and that what "ensures" says holds for all arguments that "requires"
 * allows. Only the contracts stand here; the functions are those of pyfeat.h. See time_proof.sh. */

#define PYF_PORT_NOW_MS() 0
#define PYF_PORT_TIME_US() 0
#define PYFEAT_PORT_NONE 1
#define PYFEAT_NO_INT128 1
#define PYFEAT_NO_ZONEINFO 1

#include <stdint.h>
/* The tool's own <stdint.h> makes these longer than uint32_t. */
#undef UINT32_C
#define UINT32_C(x) x##u
#undef INT32_C
#define INT32_C(x) x

#include "../pyfeat.h"

/* What C says of conversions to unsigned types, of shifts and of masks, and this tool does not tell
 * its provers. */
/*@ axiomatic C99 {
        axiom to_32_bits: \forall integer x; 0 <= x ==>
            \exists integer k; 0 <= k && x == 4294967296 * k + (uint32_t)x;
        axiom shift_by_3: \forall integer x; 0 <= x ==> 8 * (x >> 3) <= x <= 8 * (x >> 3) + 7;
        axiom shift_by_7: \forall integer x; 0 <= x ==> 128 * (x >> 7) <= x <= 128 * (x >> 7) + 127;
        axiom shift_by_16: \forall integer x; 0 <= x ==>
            65536 * (x >> 16) <= x < 65536 * (x >> 16) + 65536;
        axiom shift_by_29: \forall integer x; 0 <= x ==>
            536870912 * (x >> 29) <= x < 536870912 * (x >> 29) + 536870912;
        axiom shift_by_31: \forall integer x; 0 <= x ==>
            2147483648 * (x >> 31) <= x < 2147483648 * (x >> 31) + 2147483648;
        axiom shift_by_32: \forall integer x; 0 <= x ==>
            4294967296 * (x >> 32) <= x < 4294967296 * (x >> 32) + 4294967296;
        axiom mask: \forall integer x, y; 0 <= x ==> 0 <= (x & y) <= x;
        axiom other_mask: \forall integer x, y; 0 <= y ==> 0 <= (x & y) <= y;
    } */

/* ---- timedelta ---- */

/*@ logic integer microseconds_of(pyf_timedelta d) =
        (d.days * 86400 + d.seconds) * 1000000 + d.microseconds;
    predicate normalized(pyf_timedelta d) =
        -999999999 <= d.days <= 999999999 && 0 <= d.seconds < 86400 &&
        0 <= d.microseconds < 1000000;
    predicate fits(integer us) =
        -86399999913600000000 <= us <= 86399999999999999999;
    predicate is_error(pyf_timedelta d) = d.days == -2147483647 - 1;
    predicate is_overflow(pyf_timedelta d) = is_error(d) && d.seconds == PYF_OVERFLOW_ERROR;
    predicate is_value(pyf_timedelta d, integer us) =
        fits(us) ? normalized(d) && microseconds_of(d) == us : is_overflow(d);
*/

/*@ assigns \nothing;
    ensures \result.days == days && \result.seconds == seconds &&
            \result.microseconds == microseconds; */
static pyf_timedelta pyfi_time_delta(int32_t days, int32_t seconds, int32_t microseconds);

/*@ assigns \nothing;
    ensures is_error(\result) && \result.seconds == st; */
static pyf_timedelta pyfi_time_delta_error_at(pyf_status st, size_t at);

/*@ assigns \nothing;
    ensures is_error(\result) && \result.seconds == st; */
static pyf_timedelta pyfi_time_delta_error(pyf_status st);

/*@ assigns \nothing;
    ensures \result <==> is_error(d); */
static bool pyfi_time_delta_bad(pyf_timedelta d);

/*@ requires 0 <= seconds < 86400 && 0 <= microseconds < 1000000;
    assigns \nothing;
    ensures is_value(\result, (days * 86400 + seconds) * 1000000 + microseconds); */
static pyf_timedelta pyfi_time_delta_checked(int32_t days, int32_t seconds, int32_t microseconds);

/*@ requires -2000000000 <= days <= 2000000000;
    requires -86399 <= seconds <= 172798;
    requires -999999 <= microseconds <= 1999998;
    assigns \nothing;
    ensures is_value(\result, (days * 86400 + seconds) * 1000000 + microseconds); */
static pyf_timedelta pyfi_time_normalize(int32_t days, int32_t seconds, int32_t microseconds);

/*@ requires normalized(a) || is_error(a);
    requires normalized(b) || is_error(b);
    assigns \nothing;
    ensures is_error(a) ==> \result == a;
    ensures !is_error(a) && is_error(b) ==> \result == b;
    ensures normalized(a) && normalized(b) ==>
            is_value(\result, microseconds_of(a) + microseconds_of(b)); */
pyf_timedelta pyf_timedelta_add(pyf_timedelta a, pyf_timedelta b);

/*@ requires normalized(a) || is_error(a);
    requires normalized(b) || is_error(b);
    assigns \nothing;
    ensures is_error(a) ==> \result == a;
    ensures !is_error(a) && is_error(b) ==> \result == b;
    ensures normalized(a) && normalized(b) ==>
            is_value(\result, microseconds_of(a) - microseconds_of(b)); */
pyf_timedelta pyf_timedelta_sub(pyf_timedelta a, pyf_timedelta b);

/*@ requires normalized(d) || is_error(d);
    assigns \nothing;
    ensures is_error(d) ==> \result == d;
    ensures normalized(d) ==> is_value(\result, -microseconds_of(d)); */
pyf_timedelta pyf_timedelta_neg(pyf_timedelta d);

/*@ requires normalized(d) || is_error(d);
    assigns \nothing;
    ensures normalized(d) ==> is_value(\result, \abs(microseconds_of(d))); */
pyf_timedelta pyf_timedelta_abs(pyf_timedelta d);

/*@ requires b > 0;
    assigns \nothing;
    ensures \result * b <= a < \result * b + b; */
static int64_t pyfi_time_floordiv(int64_t a, int64_t b);

/*@ requires b > 0;
    assigns \nothing;
    ensures 0 <= \result < b; */
static int64_t pyfi_time_floormod(int64_t a, int64_t b);

/* ---- the calendar: that these give the right dates is not proved here, but seen on all days by
 * time_test ---- */

/*@ requires x < 100000000;
    assigns \nothing;
    ensures 0 <= \result < 7; */
static int32_t pyfi_time_mod7(uint32_t x);

/*@ requires \valid(hour) && \valid(minute) && \valid(second);
    requires \separated(hour, minute, second);
    assigns *hour, *minute, *second;
    ensures 0 <= *minute <= 59 && 0 <= *second <= 59; */
static void pyfi_time_clock(uint32_t second_of_day, int32_t *hour, int32_t *minute,
                            int32_t *second);

/*@ requires 1 <= year <= 9999 && 1 <= month <= 12 && 1 <= day <= 31;
    assigns \nothing;
    ensures \result <= 3653000; */
static uint32_t pyfi_time_days(uint32_t year, uint32_t month, uint32_t day);

/*@ requires \valid(yday);
    assigns *yday; */
static pyf_date pyfi_time_civil_yday(uint32_t day, uint32_t *yday);

/*@ assigns \nothing;
    ensures \result == 0 || \result == 1; */
static bool pyfi_time_is_leap(int32_t year);

/*@ requires 1 <= year <= 9999 && 1 <= month <= 12;
    assigns \nothing;
    ensures 28 <= \result <= 31; */
static int32_t pyfi_time_month_days(int32_t year, int32_t month);

/*@ assigns \nothing;
    ensures \result ==> 1 <= year <= 9999 && 1 <= month <= 12 && 1 <= day <= 31; */
static bool pyfi_time_is_date(int32_t year, int32_t month, int32_t day);

/*@ requires 1 <= year <= 9999 && 1 <= month <= 12 && 1 <= day <= 31;
    assigns \nothing;
    ensures 0 <= \result + 306 <= 3653000; */
static int32_t pyfi_time_day(int32_t year, int32_t month, int32_t day);

/*@ requires -1 <= year <= 10001;
    assigns \nothing;
    ensures -1000 <= \result <= 3652790; */
static int32_t pyfi_time_year_start(int32_t year);

/*@ requires since < 6279465600;
    requires \valid(tm);
    assigns *tm;
    ensures 0 <= tm->tm_wday <= 6; */
static void pyfi_time_recent(uint64_t since, pyf_tm *tm);

/* ---- rules ---- */

/* How a rule that pyf_timezone_posix made is, and a zone of two. */
/*@ predicate rule_time(integer seconds) = -1300000 <= seconds <= 33000000;
    predicate ruled(pyf_timezone *tz) =
        -86399 <= tz->pyfi_offset <= 86399 && -86399 <= tz->pyfi_other <= 86399 &&
        rule_time(tz->pyfi_time[0]) && rule_time(tz->pyfi_time[1]); */

/*@ requires 0 <= weekday <= 6 && rule_time(seconds);
    assigns \nothing;
    ensures seconds <= \result <= seconds + 7 * 86400; */
static int32_t pyfi_time_rule_in(uint16_t rule, int32_t seconds, int32_t weekday);

/*@ requires -1 <= year <= 10001 && rule_time(seconds);
    assigns \nothing; */
static int64_t pyfi_time_rule_at(uint16_t rule, int32_t seconds, int32_t year);

/*@ requires day <= 6939600;
    assigns \nothing;
    ensures day - 365 <= \result <= day; */
static uint32_t pyfi_time_march(uint32_t day);

/*@ requires \valid_read(tz) && \valid(offset) && \separated(tz, offset) && ruled(tz);
    assigns *offset;
    ensures \result ==> *offset == tz->pyfi_offset || *offset == tz->pyfi_other; */
static bool pyfi_time_plain_offset(const pyf_timezone *tz, uint64_t since, int32_t *offset);

#define PYFEAT_TIME_IMPLEMENTATION
#include "../pyfeat.h"
