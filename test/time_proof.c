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
 * its provers; as little as possible at a time, as what does not help them holds them up. Functions
 * that shift, or cut off to 32 bits:
 * PROOF_OF_SHIFTS pyfi_time_mod7 pyfi_time_clock pyfi_time_hours pyfi_time_if pyfi_time_julian
 * PROOF_OF_SHIFTS pyfi_time_from_march pyfi_time_month_of pyfi_time_is_leap_in
 * PROOF_OF_SHIFTS pyfi_time_civil_yday pyfi_time_fine pyfi_time_quarters pyfi_time_evened
 * PROOF_OF_SHIFTS pyfi_time_month_of_evened pyfi_time_hours_of pyfi_time_recent pyfi_time_tm
 * PROOF_OF_SHIFTS pyfi_time_march pyfi_time_plain_offset pyfi_time_rule_in pyfi_time_month_days
 * PROOF_OF_SHIFTS pyfi_time_is_summer_at
 * And that cut off to 64 bits:
 * PROOF_OF_64_BITS pyf_gmtime pyfi_time_tm_of_any pyfi_time_tm_of_era
 */
/*@ axiomatic C99 {
        axiom both: \forall integer x, y; 0 <= x <= 1 ==> 0 <= y <= 1 ==>
            (x & y) == (x == 1 && y == 1 ? 1 : 0);
        axiom either: \forall integer x, y; 0 <= x <= 1 ==> 0 <= y <= 1 ==>
            (x | y) == (x == 1 || y == 1 ? 1 : 0);
        axiom mask_by_1: \forall integer x; 0 <= x ==> (x & 1) == x % 2;
        axiom mask_by_3: \forall integer x; (x & 3) == 0 <==> x % 4 == 0;
        axiom mask_by_15: \forall integer x; (x & 15) == 0 <==> x % 16 == 0;
        axiom mask: \forall integer x, y; 0 <= x ==> 0 <= (x & y) <= x;
        axiom other_mask: \forall integer x, y; 0 <= y ==> 0 <= (x & y) <= y;
    } */

#if defined(PROOF_OF_SHIFTS) || defined(PROOF_OF_64_BITS)
/*@ axiomatic C99_shifts {
        axiom to_32_bits: \forall integer x; 0 <= x ==>
            (uint32_t)x == x - 4294967296 * (x >> 32);
        axiom below_0: \forall integer x; -4294967296 <= x < 0 ==> (uint32_t)x == x + 4294967296;
        axiom shift_by_3: \forall integer x; 0 <= x ==>
            8 * (x >> 3) <= x < 8 * (x >> 3) + 8;
        axiom shift_by_7: \forall integer x; 0 <= x ==>
            128 * (x >> 7) <= x < 128 * (x >> 7) + 128;
        axiom shift_by_16: \forall integer x; 0 <= x ==>
            65536 * (x >> 16) <= x < 65536 * (x >> 16) + 65536;
        axiom shift_by_18: \forall integer x; 0 <= x ==>
            262144 * (x >> 18) <= x < 262144 * (x >> 18) + 262144;
        axiom shift_by_22: \forall integer x; 0 <= x ==>
            4194304 * (x >> 22) <= x < 4194304 * (x >> 22) + 4194304;
        axiom shift_by_24: \forall integer x; 0 <= x ==>
            16777216 * (x >> 24) <= x < 16777216 * (x >> 24) + 16777216;
        axiom shift_by_26: \forall integer x; 0 <= x ==>
            67108864 * (x >> 26) <= x < 67108864 * (x >> 26) + 67108864;
        axiom shift_by_29: \forall integer x; 0 <= x ==>
            536870912 * (x >> 29) <= x < 536870912 * (x >> 29) + 536870912;
        axiom shift_by_31: \forall integer x; 0 <= x ==>
            2147483648 * (x >> 31) <= x < 2147483648 * (x >> 31) + 2147483648;
        axiom shift_by_32: \forall integer x; 0 <= x ==>
            4294967296 * (x >> 32) <= x < 4294967296 * (x >> 32) + 4294967296;
        axiom shift_by_47: \forall integer x; 0 <= x ==>
            140737488355328 * (x >> 47) <= x < 140737488355328 * (x >> 47) + 140737488355328;
        axiom mask_by_all: \forall integer x, y; 0 <= x <= 4294967295 ==> 0 <= y <= 4294967295 ==>
            (x == 4294967295 ==> (x & y) == y) && (y == 4294967295 ==> (x & y) == x);
        axiom mask_by_minus_1: \forall integer x, y; y == -1 ==> (x & y) == x;
        axiom one_of: \forall integer x, y; 0 <= x <= 1 ==> 0 <= y <= 1 ==>
            (x ^ y) == (x == y ? 0 : 1);
        axiom mask_by_16_bits: \forall integer x; 0 <= x ==>
            (x & 65535) == x - 65536 * (x >> 16);
        axiom mask_by_24_bits: \forall integer x; 0 <= x ==>
            (x & 16777215) == x - 16777216 * (x >> 24);
        axiom mask_by_26_bits: \forall integer x; 0 <= x ==>
            (x & 67108863) == x - 67108864 * (x >> 26);
        axiom mask_by_29_bits: \forall integer x; 0 <= x ==>
            (x & 536870911) == x - 536870912 * (x >> 29);
    } */
#endif

#ifdef PROOF_OF_64_BITS
/*@ axiomatic C99_64_bits {
        axiom below_0_of_64: \forall integer x; -18446744073709551616 <= x < 0 ==>
            (uint64_t)x == x + 18446744073709551616;
        axiom above_64: \forall integer x; 18446744073709551616 <= x < 2 * 18446744073709551616 ==>
            (uint64_t)x == x - 18446744073709551616;
    } */
#endif

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
    ensures 0 <= \result < b;
    ensures \result == (a % b < 0 ? a % b + b : a % b); */
static int64_t pyfi_time_floormod(int64_t a, int64_t b);

/* ---- the calendar ---- */

/* Years that begin in March, of which the last day may be February 29th; months 3 to 14 of them. */
/*@ logic integer march(integer year) =
        365 * year + year / 4 - year / 100 + year / 400;
    logic integer month_begin(integer month) =
        month <= 3 ? 0 : month == 4 ? 31 : month == 5 ? 61 : month == 6 ? 92 : month == 7 ? 122 :
        month == 8 ? 153 : month == 9 ? 184 : month == 10 ? 214 : month == 11 ? 245 :
        month == 12 ? 275 : month == 13 ? 306 : month == 14 ? 337 : 366;
    predicate leap(integer year) = // 100 is 4 times 25, and 400 is 16 times that
        year % 4 == 0 && (year % 25 != 0 || year % 16 == 0);
    logic integer length(integer year, integer month) =
        month == 2 ? \let y = year; ((y % 4 == 0 && (y % 25 != 0 || y % 16 == 0)) ? 29 : 28) :
        (month == 4 || month == 6 || month == 9 || month == 11) ? 30 : 31;
    logic integer day_of(integer year, integer month, integer day) =
        month <= 2 ? march(year - 1) + month_begin(month + 12) + day - 1
                   : march(year) + month_begin(month) + day - 1;
*/

/* That it is the right weekday is not proved, but seen on all days by time_test. */
/*@ requires x < 100000000;
    assigns \nothing;
    ensures 0 <= \result < 7; */
static int32_t pyfi_time_mod7(uint32_t x);

/*@ requires hours < 24 * 67108864;
    requires \valid(hour) && \valid(minute) && \valid(second);
    requires \separated(hour, minute, second);
    assigns *hour, *minute, *second;
    ensures 0 <= *hour <= 23 && 0 <= *minute <= 59 && 0 <= *second <= 59;
    ensures *hour * 3600 + *minute * 60 + *second == hours * 3600 / 67108864; */
static void pyfi_time_clock(uint32_t hours, int32_t *hour, int32_t *minute, int32_t *second);

/*@ requires second_of_day < 86400;
    assigns \nothing;
    ensures second_of_day * 67108864 <= \result * 3600 < (second_of_day + 1) * 67108864; */
static uint32_t pyfi_time_hours(uint32_t second_of_day);

/*@ requires 1 <= year <= 9999 && 1 <= month <= 12 && 1 <= day <= 31;
    assigns \nothing;
    ensures month == 1 ==> \result == day_of(year, 1, day);
    ensures month == 2 ==> \result == day_of(year, 2, day);
    ensures month == 3 ==> \result == day_of(year, 3, day);
    ensures month == 4 ==> \result == day_of(year, 4, day);
    ensures month == 5 ==> \result == day_of(year, 5, day);
    ensures month == 6 ==> \result == day_of(year, 6, day);
    ensures month == 7 ==> \result == day_of(year, 7, day);
    ensures month == 8 ==> \result == day_of(year, 8, day);
    ensures month == 9 ==> \result == day_of(year, 9, day);
    ensures month == 10 ==> \result == day_of(year, 10, day);
    ensures month == 11 ==> \result == day_of(year, 11, day);
    ensures month == 12 ==> \result == day_of(year, 12, day);
    ensures \result <= 3653000; */
static uint32_t pyfi_time_days(uint32_t year, uint32_t month, uint32_t day);

/*@ assigns \nothing;
    ensures \result == 1 <==> leap(year);
    ensures \result == 0 || \result == 1; */
static bool pyfi_time_is_leap(int32_t year);

/*@ requires 1 <= year <= 9999 && 1 <= month <= 12;
    assigns \nothing;
    ensures \result == length(year, month);
    ensures 28 <= \result <= 31; */
static int32_t pyfi_time_month_days(int32_t year, int32_t month);

/*@ assigns \nothing;
    ensures \result == 1 <==> 1 <= year <= 9999 && 1 <= month <= 12 &&
                              1 <= day <= length(year, month);
    ensures \result == 0 || \result == 1; */
static bool pyfi_time_is_date(int32_t year, int32_t month, int32_t day);

/*@ requires 1 <= year <= 9999 && 1 <= month <= 12 && 1 <= day <= 31;
    assigns \nothing;
    ensures \result == day_of(year, month, day) - 306;
    ensures 0 <= \result + 306 <= 3653000; */
static int32_t pyfi_time_day(int32_t year, int32_t month, int32_t day);

/*@ requires -1 <= year <= 10001;
    assigns \nothing;
    ensures \result == march(year + 399) - 146097;
    ensures -1000 <= \result <= 3652790; */
static int32_t pyfi_time_year_start(int32_t year);

/*@ requires day <= 7205700;
    requires \valid(year);
    assigns *year;
    ensures day == 365 * *year + *year / 4 + \result;
    ensures \result <= 365;
    ensures 4 * day + 3 < 1461 * *year + 1461;
    ensures *year <= 19728; */
static uint32_t pyfi_time_julian(uint32_t day, uint32_t *year);

/*@ requires day <= 6939600;
    requires \valid(year) && \valid(century) && \separated(year, century);
    assigns *year, *century;
    ensures *century == *year / 100;
    ensures day == march(*year) + \result;
    ensures \result <= 365;
    ensures \result == 365 ==> *year % 4 == 3 && (*year % 100 == 99 ==> *year % 400 == 399);
    ensures *year <= 19000; */
static uint32_t pyfi_time_from_march(uint32_t day, uint32_t *year, uint32_t *century);

/*@ requires from_march <= 365;
    requires \valid(day);
    assigns *day;
    ensures 3 <= \result <= 14;
    ensures from_march == month_begin(\result) + *day - 1;
    ensures month_begin(\result) <= from_march < month_begin(\result + 1); */
static uint32_t pyfi_time_month_of(uint32_t from_march, uint32_t *day);

/*@ requires century == year / 100 && year <= 19000;
    assigns \nothing;
    ensures \result == 1 <==> leap(year);
    ensures \result == 0 || \result == 1; */
static bool pyfi_time_is_leap_in(uint32_t century, uint32_t year);

/*@ assigns \nothing;
    ensures so ==> \result == x;
    ensures !so ==> \result == 0; */
static uint32_t pyfi_time_if(bool so, uint32_t x);

/*@ requires \valid(yday) && day <= 6939600;
    assigns *yday;
    ensures 1 <= \result.month <= 12;
    ensures 1 <= \result.day <= 31;
    ensures day == day_of(\result.year, \result.month, \result.day);
    ensures \result.day > 28 && \result.month == 2 ==> \result.day == 29 && leap(\result.year);
    ensures \result.day == 31 ==> length(\result.year, \result.month) == 31;
    ensures \let m = \result.month; m <= 2 ==> *yday == 31 * (m - 1) + \result.day - 1;
    ensures \let m = \result.month; m > 2 && !leap(\result.year) ==>
            *yday == 59 + month_begin(m) + \result.day - 1;
    ensures \let m = \result.month; m > 2 && leap(\result.year) ==>
            *yday == 60 + month_begin(m) + \result.day - 1; */
static pyf_date pyfi_time_civil_yday(uint32_t day, uint32_t *yday);

/* The date of a day, as said above. */
/*@ predicate date(integer year, integer month, integer day) =
        1 <= month <= 12 && 1 <= day <= length(year, month);
*/

/*@ requires day <= 6939600;
    assigns \nothing;
    ensures date(\result.year, \result.month, \result.day);
    ensures day == day_of(\result.year, \result.month, \result.day); */
static pyf_date pyfi_time_civil(uint32_t day);

/*@ assigns \nothing;
    ensures 1 <= n <= 3652059 ==> date(\result.year, \result.month, \result.day);
    ensures 1 <= n <= 3652059 ==>
            n == day_of(\result.year, \result.month, \result.day) - 306 + 1;
    ensures 1 <= n <= 3652059 ==> 1 <= \result.year <= 9999;
    ensures n < 1 || n > 3652059 ==>
            \result.year == 0 && \result.month == 0 && \result.day == 0; */
pyf_date pyf_date_fromordinal(int32_t n);

/*@ assigns \nothing;
    ensures 1 <= date.year <= 9999 && date(date.year, date.month, date.day) ==>
            \result == day_of(date.year, date.month, date.day) - 306 + 1;
    ensures !(1 <= date.year <= 9999 && date(date.year, date.month, date.day)) ==> \result == 0; */
int32_t pyf_date_toordinal(pyf_date date);

/* A second in days in units of 2^-47, late, but by less than a second; and not by less than what
 * pyfi_time_hours_of cuts off. */
/*@ predicate is_fine(integer since, integer fine) = 0 <= since < 6279465600 + 86400 &&
        since * 140737488355328 + 86400 * 262144 <= fine * 86400 < (since + 1) * 140737488355328;
    lemma fine_day: \forall integer since, fine; is_fine(since, fine) ==>
        (fine >> 47) == since / 86400;
    lemma fine_clock: \forall integer since, fine; is_fine(since, fine) ==>
        ((fine >> 18) - 536870912 * (fine >> 47)) * 10800 / 67108864 ==
        since - 86400 * (since / 86400);
*/

/*@ assigns \nothing;
    ensures since < 6279465600 + 86400 ==> is_fine(since, \result); */
static uint64_t pyfi_time_fine(uint64_t since);

/* Days are counted from 1901-01-06 here, years from 1900: of the years from there to 2099 each
 * fourth is a leap year, in which quarters % 4 is 0. */
/*@ requires fine < 10229000000000000000;
    requires \valid(year);
    assigns *year;
    ensures 4 * ((fine >> 47) + 5) + 3 == 1461 * (*year - 1) + \result;
    ensures 1 <= *year <= 200;
    ensures (fine >> 47) <= 72678 ==> *year <= 199;
    ensures \result <= 1460; */
static uint32_t pyfi_time_quarters(uint64_t fine, uint32_t *year);

/*@ requires quarters <= 1460;
    assigns \nothing;
    ensures quarters / 4 <= 58 ==> \result == quarters / 4;
    ensures quarters / 4 == 59 ==> \result == (quarters % 4 == 0 ? 59 : 61);
    ensures quarters / 4 >= 60 ==> \result == quarters / 4 + (quarters % 4 == 0 ? 1 : 2); */
static uint32_t pyfi_time_evened(uint32_t quarters);

/* Where month 0 to 11 begins if February has 30 days. */
/*@ logic integer evened_begin(integer month) =
        month <= 1 ? 31 * month : month_begin(month + 1) + 61; */

/*@ requires day <= 366;
    requires \valid(in_month);
    assigns *in_month;
    ensures 0 <= \result <= 11;
    ensures day == evened_begin(\result) + *in_month - 1;
    ensures evened_begin(\result) <= day < evened_begin(\result + 1); */
static uint32_t pyfi_time_month_of_evened(uint32_t day, int32_t *in_month);

/*@ requires fine < 10229000000000000000;
    assigns \nothing;
    ensures \result == 3 * ((fine >> 18) - 536870912 * (fine >> 47));
    ensures \result < 24 * 67108864; */
static uint32_t pyfi_time_hours_of(uint64_t fine);

/* What a pyf_tm says, counted from March 1st of year 0 of an era of 400 years. */
/*@ logic integer clock_of(pyf_tm tm) = tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec;
    logic integer date_of(pyf_tm tm, integer era) =
        day_of(tm.tm_year + 1900 - 400 * era, tm.tm_mon + 1, tm.tm_mday);
    predicate is_clock(pyf_tm tm) =
        0 <= tm.tm_hour <= 23 && 0 <= tm.tm_min <= 59 && 0 <= tm.tm_sec <= 59;
    predicate is_tm(pyf_tm tm, integer era) = is_clock(tm) &&
        date(tm.tm_year + 1900 - 400 * era, tm.tm_mon + 1, tm.tm_mday);
*/

#if defined(PROOF_OF_SHIFTS) || defined(PROOF_OF_64_BITS)
/*@ lemma recent_march: \forall integer y; 1900 <= y <= 2099 ==> march(y) == 365 * y + y / 4 - 15;
    lemma recent_leap: \forall integer y; 1900 < y <= 2099 ==> (leap(y) <==> y % 4 == 0); */
#endif

/*@ requires \valid(tm) && quarters <= 1460 && fine < 10229000000000000000;
    requires 1 <= year <= 199 && 4 * ((fine >> 47) + 5) + 3 == 1461 * (year - 1) + quarters;
    assigns *tm;
    ensures tm->tm_year == year;
    ensures 0 <= tm->tm_mon <= 11;
    ensures 1 <= tm->tm_mday <= 31;
    ensures tm->tm_mday == 31 ==> length(1900, tm->tm_mon + 1) == 31;
    ensures tm->tm_mon == 1 && tm->tm_mday > 28 ==> tm->tm_mday == 29;
    ensures tm->tm_mon == 1 && tm->tm_mday > 28 ==> quarters % 4 == 0;
    ensures tm->tm_mon == 1 && tm->tm_mday > 28 ==> (1900 + year) % 4 == 0;
    ensures tm->tm_mon <= 1 ==> (fine >> 47) + 694271 ==
            march(1899 + year) + 306 + 31 * tm->tm_mon + tm->tm_mday - 1;
    ensures tm->tm_mon > 1 ==> (fine >> 47) + 694271 ==
            march(1900 + year) + month_begin(tm->tm_mon + 1) + tm->tm_mday - 1;
    ensures is_clock(*tm);
    ensures clock_of(*tm) == ((fine >> 18) - 536870912 * (fine >> 47)) * 10800 / 67108864;
    ensures 0 <= tm->tm_wday < 7;
    ensures tm->tm_yday == quarters / 4; */
static void pyfi_time_recent(uint64_t fine, uint32_t year, uint32_t quarters, pyf_tm *tm);

/*@ requires day <= 6939600 && second < 86400 && weekday < 7;
    requires -1000000000 <= era <= 1000000000;
    assigns \nothing;
    ensures is_tm(\result, era);
    ensures date_of(\result, era) == day;
    ensures clock_of(\result) == second;
    ensures \result.tm_wday == weekday; */
static pyf_tm pyfi_time_tm(uint32_t day, uint32_t second, int64_t era, uint32_t weekday);

/*@ assigns \nothing;
    ensures \forall integer era, day, clock; 0 <= day < 146097 && 0 <= clock < 86400 &&
            (era * 146097 + day - 719468) * 86400 + clock == seconds ==>
            is_tm(\result, era);
    ensures \let rest = seconds % 86400; clock_of(\result) == (rest < 0 ? rest + 86400 : rest);
    ensures \forall integer era, day, clock; 0 <= day < 146097 && 0 <= clock < 86400 &&
            (era * 146097 + day - 719468) * 86400 + clock == seconds ==>
            date_of(\result, era) == day;
    ensures 0 <= \result.tm_wday < 7; */
static pyf_tm pyfi_time_tm_of_era(int64_t seconds);

/*@ assigns \nothing;
    ensures -62162035200 <= seconds < 442749196800 ==> is_clock(\result);
    ensures -62162035200 <= seconds < 442749196800 ==>
            date(\result.tm_year + 1900, \result.tm_mon + 1, \result.tm_mday);
    ensures -62162035200 <= seconds < 442749196800 ==>
            date_of(\result, 0) == (seconds + 62162035200) / 86400;
    ensures -62162035200 <= seconds < 442749196800 ==>
            clock_of(\result) + 86400 * ((seconds + 62162035200) / 86400) == seconds + 62162035200;
    ensures 0 <= \result.tm_wday < 7; */
static pyf_tm pyfi_time_tm_of_any(int64_t seconds);

/* 62162035200 seconds are 719468 days, from 0000-03-01; from 1901-01-06, a Sunday, 2177020800. */
/*@ assigns \nothing;
    ensures -62162035200 <= seconds < 442749196800 ==> is_clock(\result);
    ensures -62162035200 <= seconds < 442749196800 ==>
            date(\result.tm_year + 1900, \result.tm_mon + 1, \result.tm_mday);
    ensures -62162035200 <= seconds < 442749196800 ==>
            date_of(\result, 0) == (seconds + 62162035200) / 86400;
    ensures -2177020800 <= seconds < 4102444800 ==> \let since = seconds + 2177020800;
            clock_of(\result) == since - 86400 * (since / 86400);
    ensures -62162035200 <= seconds < -2177020800 || 4102444800 <= seconds < 442749196800 ==>
            clock_of(\result) + 86400 * ((seconds + 62162035200) / 86400) == seconds + 62162035200;
    ensures 0 <= \result.tm_wday < 7; */
pyf_tm pyf_gmtime(int64_t seconds);

/* ---- rules ---- */

/* How a rule that pyf_timezone_posix made is, and a zone of two. */
/*@ predicate rule_time(integer seconds) = -1400000 <= seconds <= 34000000;
    predicate ruled(pyf_timezone *tz) =
        -86399 <= tz->pyfi_offset <= 86399 && -86399 <= tz->pyfi_other <= 86399 &&
        rule_time(tz->pyfi_time[0]) && rule_time(tz->pyfi_time[1]); */

/* A rule of Mm.w.d has in these bits, behind which there are sevenths: */
/*@ requires remainder < 7;
    assigns \nothing;
    ensures (\result & 16) != 0;
    ensures remainder == 0 && !march ==> (\result & 8) == 0;
    ensures remainder == 1 && !march ==> (\result & 8) == 0;
    ensures remainder == 2 && !march ==> (\result & 8) == 0;
    ensures remainder == 3 && !march ==> (\result & 8) == 0;
    ensures remainder == 4 && !march ==> (\result & 8) == 0;
    ensures remainder == 5 && !march ==> (\result & 8) == 0;
    ensures remainder == 6 && !march ==> (\result & 8) == 0;
    ensures march == 1 ==> (\result & 8) != 0;
    ensures remainder == 0 && !march ==> (\result & 7) == 0;
    ensures remainder == 1 && !march ==> (\result & 7) == 1;
    ensures remainder == 2 && !march ==> (\result & 7) == 2;
    ensures remainder == 3 && !march ==> (\result & 7) == 3;
    ensures remainder == 4 && !march ==> (\result & 7) == 4;
    ensures remainder == 5 && !march ==> (\result & 7) == 5;
    ensures remainder == 6 && !march ==> (\result & 7) == 6;
    ensures remainder == 0 && march == 1 ==> (\result & 7) == 0;
    ensures remainder == 1 && march == 1 ==> (\result & 7) == 1;
    ensures remainder == 2 && march == 1 ==> (\result & 7) == 2;
    ensures remainder == 3 && march == 1 ==> (\result & 7) == 3;
    ensures remainder == 4 && march == 1 ==> (\result & 7) == 4;
    ensures remainder == 5 && march == 1 ==> (\result & 7) == 5;
    ensures remainder == 6 && march == 1 ==> (\result & 7) == 6; */
static uint16_t pyfi_time_weekday_rule(unsigned remainder, bool march);

/*@ logic integer later(integer month, integer week) = week == 5 ? month + 1 : month;
    logic integer first_of(integer month, integer week) =
        \let m = later(month, week);
        (m > 2 ? month_begin(m) : 31 * (m - 1)) + (week == 5 ? -7 : 7 * (week - 1)); */

/*@ requires 1 <= month <= 12 && 1 <= week <= 5 && 0 <= weekday <= 6;
    requires \valid(first);
    assigns *first;
    ensures \let from = first_of(month, week); from <= *first < from + 7;
    ensures (*first + 15 - weekday) % 7 == 0;
    ensures (\result & 7) == *first - first_of(month, week);
    ensures (\result & 16) != 0;
    ensures later(month, week) <= 2 ==> (\result & 8) == 0;
    ensures later(month, week) > 2 ==> (\result & 8) != 0; */
static uint16_t pyfi_time_rule_of(int32_t month, int32_t week, int32_t weekday, int32_t *first);

/*@ requires 0 <= weekday <= 6 && rule_time(seconds);
    assigns \nothing;
    ensures (rule & 16) == 0 ==> \result == seconds;
    ensures (rule & 16) != 0 ==> \result ==
            seconds - weekday * 86400 + ((rule & 7) < weekday ? 7 * 86400 : 0);
    ensures seconds - 6 * 86400 <= \result <= seconds + 7 * 86400; */
static int32_t pyfi_time_rule_in(uint16_t rule, int32_t seconds, int32_t weekday);

/* January 1st as a number from 0001-01-01 on; and where a rule of Mm.w.d is, from such a day. */
/*@ logic integer january(integer year) = march(year + 399) - 146097;
    logic integer rule_day(integer base, integer rest) = \let weekday = (base + 146097) % 7;
        base - weekday + (rest < weekday ? 7 : 0);
    lemma rule_days: \forall integer base, rest; -146097 <= base && 0 <= rest <= 6 ==>
        base <= rule_day(base, rest) + rest <= base + 6;
    lemma rule_weekday: \forall integer base, rest; -146097 <= base && 0 <= rest <= 6 ==>
        (rule_day(base, rest) + 146104) % 7 == 0;
*/

/*@ requires -1 <= year <= 10001 && rule_time(seconds);
    assigns \nothing;
    ensures (rule & 8) == 0 && (rule & 16) == 0 ==> \result == january(year) * 86400 + seconds;
    ensures (rule & 8) != 0 && (rule & 16) == 0 && !leap(year) ==>
            \result == (january(year) + 59) * 86400 + seconds;
    ensures (rule & 8) != 0 && (rule & 16) == 0 && leap(year) ==>
            \result == (january(year) + 60) * 86400 + seconds;
    ensures (rule & 8) == 0 && (rule & 16) != 0 ==>
            \result == rule_day(january(year), rule & 7) * 86400 + seconds;
    ensures (rule & 8) != 0 && (rule & 16) != 0 && !leap(year) ==>
            \result == rule_day(january(year) + 59, rule & 7) * 86400 + seconds;
    ensures (rule & 8) != 0 && (rule & 16) != 0 && leap(year) ==>
            \result == rule_day(january(year) + 60, rule & 7) * 86400 + seconds; */
static int64_t pyfi_time_rule_at(uint16_t rule, int32_t seconds, int32_t year);

/* In seconds from a March 1st: when a rule's transition is; and from when to when it is summer, in
 * which winter may be. */
/*@ logic integer turn_of(integer rule, integer seconds, integer weekday) =
        (rule & 16) == 0 ? seconds :
        seconds - weekday * 86400 + ((rule & 7) < weekday ? 7 * 86400 : 0);
    logic integer begin_of(pyf_timezone *tz, integer weekday) =
        turn_of(tz->pyfi_rule[0], tz->pyfi_time[0], weekday);
    logic integer end_of(pyf_timezone *tz, integer weekday) =
        turn_of(tz->pyfi_rule[1], tz->pyfi_time[1], weekday); */

/*@ requires \valid_read(tz) && \valid(since) && \separated(tz, since) && ruled(tz);
    requires 0 <= now < 366 * 86400 && 0 <= weekday <= 6;
    assigns *since;
    ensures (tz->pyfi_order & 2) == 0 && begin_of(tz, weekday) <= end_of(tz, weekday) ==>
            (\result == 1 <==> begin_of(tz, weekday) <= now < end_of(tz, weekday));
    ensures (tz->pyfi_order & 2) != 0 && end_of(tz, weekday) <= begin_of(tz, weekday) ==>
            (\result == 0 <==> end_of(tz, weekday) <= now < begin_of(tz, weekday));
    ensures \result == 1 ==> *since == now - begin_of(tz, weekday);
    ensures \result == 0 ==> *since == now - end_of(tz, weekday);
    ensures \result == 0 || \result == 1; */
static bool pyfi_time_is_summer_at(const pyf_timezone *tz, int32_t now, int32_t weekday,
                                   int32_t *since);

/*@ requires day <= 6939600;
    assigns \nothing;
    ensures \exists integer year; 0 <= year <= 19000 && \result == march(year) &&
            (day < march(year + 1)); */
static uint32_t pyfi_time_march(uint32_t day);

/*@ requires \valid_read(tz) && \valid(turned) && \separated(tz, turned) && ruled(tz);
    requires since < 6279465600;
    assigns *turned;
    ensures \result == tz->pyfi_offset || \result == tz->pyfi_other; */
static int32_t pyfi_time_plain_offset(const pyf_timezone *tz, uint64_t since, bool *turned);

#define PYFEAT_TIME_IMPLEMENTATION
#include "../pyfeat.h"
