/* A user of the header, in C or C++: calls every function of the rooms that TU_MATH, TU_TIME,
 * TU_BARRIER ... choose, and exits with 0 if each did what it says. Works with every option, also
 * without threads and without malloc. */
#include "pyfeat.h"

#include <stdio.h>
#include <string.h>

static int wrong;

static void expect(bool so, const char *what, int line)
{
    if (so) return;
    wrong++;
    printf("%s:%d: not so: %s\n", __FILE__, line, what);
}

#define EXPECT(x) expect((x), #x, __LINE__)

#if defined(TU_BARRIER) || defined(TU_FUTURES) || defined(TU_LRU)

static void count_up(void *arg)
{
    int *n = (int *)arg;
    *n += 1;
}

#endif

static void use_base(void)
{
    const char *name = pyf_status_name(PYF_OVERFLOW_ERROR);

    EXPECT(name != NULL && name[0] == 'O' && name[1] == 'v');
#if defined(TU_BARRIER) || defined(TU_FUTURES)
    EXPECT(pyf_now_ms() <= pyf_now_ms());
#endif
}

#ifdef TU_MATH

static void use_math(void)
{
    static const double v[3] = { 12, 3, 4 }, w[3] = { 0, 0, 0 };
    pyf_status st = PYF_OK;
    double inf = pyf_gamma(0, NULL), nan = pyf_gamma(-1, NULL);

    EXPECT(pyf_isinf(inf) && pyf_isnan(nan) && pyf_isfinite(1) && !pyf_isfinite(nan));
    EXPECT(pyf_copysign(1, -2) < 0 && pyf_expm1(0, &st) <= 0 && pyf_erf(inf, &st) >= 1);
    EXPECT(pyf_erfc(0, &st) >= 1 && pyf_gamma(5, &st) >= 24 && pyf_lgamma(2, &st) <= 0);
    EXPECT(pyf_log1p(0, &st) <= 0 && pyf_exp2(3, &st) >= 8 && pyf_cbrt(27, &st) >= 3);
    EXPECT(pyf_hypot(v, 3, &st) >= 13 && pyf_dist(v, w, 3, &st) >= 13 && pyf_fsum(v, 3, &st) >= 19);
    EXPECT(pyf_sumprod(v, v, 3, &st) >= 169 && pyf_prod(v, 3, &st) >= 144);
    EXPECT(pyf_fmod(7, 4, &st) >= 3 && pyf_remainder(7, 4, &st) <= -1);
    EXPECT(pyf_nextafter(1, 2, 1, &st) > 1 && pyf_ulp(1) > 0 && pyf_ldexp(1, 4, &st) >= 16);
    EXPECT(pyf_isclose(1, 1, 0, 0, &st) && pyf_gcd(12, 18) == 6 && pyf_lcm(4, 6, &st) == 12);
    EXPECT(pyf_comb(5, 2, &st) == 10 && pyf_perm(5, 2, &st) == 20 && pyf_factorial(5, &st) == 120);
    EXPECT(pyf_isqrt(99) == 9 && st == PYF_OK);
    EXPECT(pyf_isinf(pyf_gamma(172, &st)) && st == PYF_OVERFLOW_ERROR);
}

#endif

#ifdef TU_TIME

static void use_timedelta(void)
{
    static pyf_timedelta_parts parts;
    static pyf_timedelta_double_parts doubles;
    pyf_timedelta d, e;
    int64_t n = 0;
    char text[PYF_TIME_STR_MAX];

    parts.hours = 36;
    doubles.days = 1.5;
    d = pyf_timedelta_of_with(&parts);
    e = pyf_timedelta_of_double_with(&doubles);
    EXPECT(d.days == 1 && d.seconds == 43200 && pyf_timedelta_eq(d, e) && pyf_timedelta_le(d, e));
    EXPECT(pyf_timedelta_eq(pyf_timedelta_sub(pyf_timedelta_add(d, e), d), e));
    EXPECT(pyf_timedelta_eq(pyf_timedelta_abs(pyf_timedelta_neg(d)), d));
    EXPECT(pyf_timedelta_eq(pyf_timedelta_div(pyf_timedelta_mul(d, 3), 3), d));
    EXPECT(pyf_timedelta_eq(pyf_timedelta_div_double(pyf_timedelta_mul_double(d, 3), 3), d));
    EXPECT(pyf_timedelta_floordiv_int(d, 3).seconds == 43200);
    EXPECT(pyf_timedelta_floordiv(d, e, &n) == PYF_OK && n == 1 &&
           pyf_timedelta_mod(d, e).days == 0);
    EXPECT(pyf_timedelta_divmod(d, e, &n, &e) == PYF_OK && e.days == 0);
    EXPECT(pyf_timedelta_ratio(d, d, NULL) > 0.5 && pyf_timedelta_cmp(d, e) == 1 &&
           pyf_timedelta_lt(e, d) && pyf_timedelta_hash(d) == pyf_timedelta_hash(d));
    EXPECT(pyf_timedelta_total_seconds(d) > 129599 && pyf_timedelta_to_seconds(d, &n) == PYF_OK &&
           n == 129600);
    EXPECT(pyf_timedelta_to_milliseconds(d, &n) == PYF_OK &&
           pyf_timedelta_to_microseconds(d, &n) == PYF_OK && n == INT64_C(129600000000));
    EXPECT(pyf_timedelta_repr(d, text, sizeof text) == PYF_OK &&
           pyf_timedelta_str(d, text, sizeof text) == PYF_OK);
    EXPECT(pyf_timedelta_eq(pyf_timedelta_parse(text), d));
    EXPECT(pyf_timedelta_isoformat(d, text, sizeof text) == PYF_OK);
    EXPECT(pyf_timedelta_eq(pyf_timedelta_fromisoformat(text), d));
    e = pyf_timedelta_add(pyf_timedelta_max(), pyf_timedelta_resolution());
    EXPECT(pyf_timedelta_status(e) == PYF_OVERFLOW_ERROR && pyf_timedelta_error_at(e) == 0);
    EXPECT(pyf_timedelta_status(pyf_timedelta_min()) == PYF_OK);
#ifndef __cplusplus
    EXPECT(pyf_timedelta_eq(pyf_timedelta_of(.days = 1, .hours = 12), d));
    EXPECT(pyf_timedelta_eq(pyf_timedelta_of_double(.days = 1.5), d));
#endif
}

static void use_timezone(void)
{
    static pyf_tzif zone;
    pyf_timezone utc = pyf_timezone_utc(), east = pyf_timezone_posix("<+03>-3");
    char text[PYF_TIME_STR_MAX];

    EXPECT(pyf_timezone_eq(utc, pyf_timezone_of(pyf_timezone_utcoffset(utc), NULL)));
    EXPECT(pyf_timezone_utcoffset(east).seconds == 10800 && pyf_timezone_status(east) == PYF_OK &&
           pyf_timezone_error_at(east) == 0 && pyf_timezone_hash(east) != pyf_timezone_hash(utc));
    EXPECT(pyf_timezone_str(east, text, sizeof text) == PYF_OK &&
           pyf_timezone_repr(utc, text, sizeof text) == PYF_OK && text[0] == 'd');
    EXPECT(pyf_tzif_init(&zone, text, sizeof text) == PYF_VALUE_ERROR);
    EXPECT(pyf_timezone_status(pyf_timezone_tzif(&zone)) == PYF_VALUE_ERROR);
#ifdef TU_ZONEINFO
    EXPECT(pyf_tzif_load(&zone, "..", text, sizeof text) == PYF_VALUE_ERROR);
#endif
#if defined(PYFEAT_TIMEZONE_TABLE) && PYFEAT_TIMEZONE_TABLE
    EXPECT(pyf_timezone_status(pyf_timezone_named("Europe/Paris")) == PYF_OK);
#endif
}

static void use_datetime(void)
{
    pyf_timezone ny = pyf_timezone_posix("EST5EDT,M3.2.0,M11.1.0");
    pyf_datetime t = pyf_datetime_fromisoformat("2011-02-20T09:00:00+00:00"), u;
    pyf_datetime_fields f;
    char text[PYF_TIME_STR_MAX];
    int64_t us = 0;

    EXPECT(pyf_datetime_fields_of(t, &f) == PYF_OK && f.year == 2011 && f.hour == 9);
    EXPECT(pyf_datetime_eq(pyf_datetime_of_with(&f), t) && pyf_datetime_le(t, t));
    f.hour = 10;
    u = pyf_datetime_replace_with(t, PYF_HOUR, &f);
    EXPECT(pyf_datetime_lt(t, u) && pyf_datetime_cmp(u, t) == 1 &&
           pyf_datetime_hash(t) == pyf_datetime_hash(t));
    EXPECT(pyf_datetime_eq(pyf_datetime_add(t, pyf_datetime_diff(u, t)), u));
    EXPECT(pyf_datetime_eq(pyf_datetime_sub(u, pyf_datetime_diff(u, t)), t));
    u = pyf_datetime_astimezone(t, ny);
    EXPECT(pyf_datetime_eq(t, u) && pyf_timezone_eq(pyf_datetime_tz(u), ny));
    EXPECT(pyf_datetime_utcoffset(u).days == -1 && pyf_datetime_dst(u).seconds == 0);
    EXPECT(pyf_datetime_tzname(u, text, sizeof text) == PYF_OK && text[1] == 'S');
    EXPECT(pyf_datetime_wall(u) == PYF_WALL_UNIQUE &&
           pyf_datetime_eq(pyf_datetime_resolve(u, PYF_LATER), u));
    EXPECT(pyf_datetime_weekday(t) == 6 && pyf_datetime_yday(t) == 51 &&
           pyf_datetime_isocalendar(t).week == 7);
    EXPECT(pyf_datetime_toordinal(pyf_datetime_fromordinal(734188)) == 734188);
    EXPECT(pyf_datetime_toordinal(pyf_datetime_fromisocalendar(2011, 7, 7)) ==
           pyf_datetime_toordinal(t));
    EXPECT(pyf_datetime_timestamp_us(t, &us) == PYF_OK && us == INT64_C(1298192400000000));
    EXPECT(pyf_datetime_eq(pyf_datetime_fromtimestamp_us(us, ny), t));
    EXPECT(pyf_datetime_eq(pyf_datetime_fromtimestamp(pyf_datetime_timestamp(t), ny), t));
    EXPECT(pyf_datetime_status(pyf_datetime_utcfromtimestamp(0)) == PYF_OK);
    EXPECT(pyf_datetime_lt(t, pyf_datetime_now(ny)) || pyf_datetime_status(pyf_datetime_now(ny)));
    EXPECT(pyf_datetime_lt(pyf_datetime_min(), pyf_datetime_max()) &&
           pyf_datetime_status(pyf_datetime_utcnow()) != PYF_VALUE_ERROR);
    EXPECT(pyf_datetime_eq(pyf_datetime_replace_tz(t, ny), pyf_datetime_replace_tz(t, ny)));
    EXPECT(pyf_datetime_isoformat_with(t, ' ', PYF_TIMESPEC_HOURS, text, sizeof text) == PYF_OK &&
           pyf_datetime_isoformat(t, text, sizeof text) == PYF_OK && text[10] == 'T');
    EXPECT(pyf_datetime_str(t, text, sizeof text) == PYF_OK &&
           pyf_datetime_repr(t, text, sizeof text) == PYF_OK &&
           pyf_datetime_ctime(t, text, sizeof text) == PYF_OK);
    EXPECT(pyf_datetime_rfc3339(t, text, sizeof text) == PYF_OK &&
           pyf_datetime_eq(pyf_datetime_fromrfc3339(text), t));
    EXPECT(pyf_datetime_strftime(t, "%Y%m%d", text, sizeof text) == PYF_OK &&
           pyf_datetime_weekday(pyf_datetime_strptime(text, "%Y%m%d")) == 6);
    EXPECT(pyf_datetime_error_at(pyf_datetime_fromisoformat("2011x")) == 4);
#ifndef __cplusplus
    EXPECT(pyf_datetime_eq(
        pyf_datetime_of(.year = 2011, .month = 2, .day = 20, .hour = 9, .tz = pyf_timezone_utc()),
        t));
    EXPECT(pyf_datetime_weekday(pyf_datetime_replace(t, PYF_DAY, .day = 21)) == 0);
#endif
}

static void use_tm(void)
{
    pyf_tm tm = pyf_gmtime(INT64_MIN);
    int64_t seconds = 0;

    EXPECT(pyf_timegm(&tm, &seconds) == PYF_OK && seconds == INT64_MIN);
    EXPECT(pyf_date_toordinal(pyf_date_fromordinal(734188)) == 734188);
}

#endif

#ifdef TU_BARRIER

static pyf_status refuse(void *arg)
{
    count_up(arg);
    return 5;
}

static void use_barrier(void)
{
    static pyf_barrier fixed = PYF_BARRIER_INIT(1);
    static pyf_barrier_options options;
    static int rounds;
    pyf_barrier b;
    unsigned index = 7;

    EXPECT(pyf_barrier_wait(&fixed, PYF_NOW, &index) == PYF_OK && index == 0);
    options.parties = 1;
    options.action = count_up;
    options.arg = &rounds;
    EXPECT(pyf_barrier_init_with(&b, &options) == PYF_OK);
    EXPECT(pyf_barrier_wait(&b, PYF_FOREVER, NULL) == PYF_OK && rounds == 1);
    EXPECT(pyf_barrier_parties(&b) == 1 && pyf_barrier_n_waiting(&b) == 0 &&
           !pyf_barrier_broken(&b));
    pyf_barrier_abort(&b);
    EXPECT(pyf_barrier_broken(&b) &&
           pyf_barrier_wait(&b, PYF_FOREVER, NULL) == PYF_BROKEN_BARRIER_ERROR);
    pyf_barrier_reset(&b);
    EXPECT(!pyf_barrier_broken(&b) && pyf_barrier_wait(&b, PYF_FOREVER, NULL) == PYF_OK &&
           rounds == 2);
    options.action = NULL;
    options.try_action = refuse;
    EXPECT(pyf_barrier_init_with(&b, &options) == PYF_OK);
    EXPECT(pyf_barrier_wait(&b, PYF_FOREVER, NULL) == 5 && rounds == 3 && pyf_barrier_broken(&b));
#ifndef __cplusplus
    EXPECT(pyf_barrier_init(&b, .parties = 1, .action = count_up, .arg = &rounds) == PYF_OK);
    EXPECT(pyf_barrier_wait(&b, PYF_FOREVER, NULL) == PYF_OK && rounds == 4);
#endif
}

#endif

#ifdef TU_FUTURES

static pyf_status add_one(void *arg)
{
    count_up(arg);
    return PYF_OK;
}

static void note_done(pyf_future *f, void *ctx)
{
    expect(pyf_future_done(f), "a callback sees its future done", __LINE__);
    count_up(ctx);
}

static void use_executor(pyf_executor *ex)
{
    static pyf_future f[4];
    static pyf_future_set set;
    int numbers[4] = { 0, 0, 0, 0 }, told = 0, delivered = 0;
    pyf_done_callback told_by = { note_done, &told };
    pyf_future *next;

    for (size_t i = 0; i < 4; i++) {
        EXPECT(pyf_executor_submit(ex, &f[i], add_one, &numbers[i]) == PYF_OK);
        EXPECT(pyf_future_set_add(&set, &f[i]) == PYF_OK);
    }
    EXPECT(pyf_future_add_done_callback(&f[0], &told_by) == PYF_OK);
    for (size_t i = 0; i < 4; i++) EXPECT(pyf_future_result(&f[i], PYF_FOREVER) == PYF_OK);
    EXPECT(told == 1 && pyf_future_arg(&f[2]) == &numbers[2]);
    EXPECT(pyf_future_done(&f[1]) && !pyf_future_running(&f[1]) && !pyf_future_cancelled(&f[1]));
    EXPECT(!pyf_future_cancel(&f[1]));
    EXPECT(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_FOREVER) == PYF_OK &&
           pyf_future_set_count(&set) == 4);
    EXPECT(pyf_future_set_remove(&set, &f[3]) == PYF_OK);
    while ((next = pyf_as_completed(&set, PYF_FOREVER)) != NULL) delivered++;
    EXPECT(delivered == 3 && pyf_future_set_status(&set) == PYF_OK);
    pyf_future_set_clear(&set);
    EXPECT(pyf_executor_map(ex, add_one, numbers, 4, sizeof numbers[0], PYF_FOREVER) == PYF_OK);
    EXPECT(numbers[0] == 2 && numbers[3] == 2);
}

static void use_pool(void)
{
    static union {
        void *aligned;
        long double also;
        unsigned char bytes[PYF_THREAD_POOL_BYTES(2)];
    } block;
    static pyf_thread_pool_options options;
    pyf_executor *ex;

    options.max_workers = 2;
    options.memory = &block;
    options.memory_size = sizeof block;
    ex = pyf_thread_pool_executor_with(&options);
    EXPECT(ex != NULL);
    if (ex == NULL) return;
    use_executor(ex);
    EXPECT(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT) == PYF_OK);
#ifndef __cplusplus
    ex = pyf_thread_pool_executor(.max_workers = 2, .memory = &block, .memory_size = sizeof block);
    EXPECT(ex != NULL &&
           pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT | PYF_SHUTDOWN_CANCEL_FUTURES) == PYF_OK);
#endif
}

static pyf_status run_at_once(pyf_executor *ex, pyf_future *f)
{
    (void)ex;
    pyf_future_run(f);
    return PYF_OK;
}

static pyf_status end_by_hand(pyf_executor *ex, pyf_future *f)
{
    (void)ex;
    return pyf_future_set_running_or_notify_cancel(f) ? pyf_future_set_result(f, 9)
                                                      : PYF_RUNTIME_ERROR;
}

static PYF_TASK(long, add_up, (int, a), (char, b)) { return (long)a + b; }
static PYF_TASK(void, do_nothing) { }
static PYF_TASK_TRY(int, halve, (int, n))
{
    *out = n / 2;
    return n % 2 != 0 ? 7 : PYF_OK;
}
PYF_TASK_DECLARE(double, ratio, (double, a), (double, b));
PYF_TASK_DEFINE(double, ratio, (double, a), (double, b)) { return a / b; }

static void use_tasks(void)
{
    static pyf_poll_executor loop;
    static add_up_future a;
    static do_nothing_future d;
    static halve_future h;
    static ratio_future r;
    static pyf_future c;
    static pyf_task_options options;
    pyf_executor *ex = pyf_poll_executor_base(&loop);
    long sum = 0;
    int half = 0, n = 1;
    double q = 0;
    pyf_status st;

    EXPECT(add_up_submit(ex, &a, 40, 2) == PYF_OK);
    EXPECT(do_nothing_submit(ex, &d) == PYF_OK);
    EXPECT(halve_submit_with(ex, &h, &options, 9) == PYF_OK);
    EXPECT(ratio_submit(ex, &r, 3, 2) == PYF_OK);
    EXPECT(add_up_result(&a, PYF_FOREVER, &sum) == PYF_OK && sum == 42);
    EXPECT(do_nothing_result(&d, PYF_FOREVER) == PYF_OK);
    EXPECT(halve_result(&h, PYF_FOREVER, &half) == 7 && half == 0);
    EXPECT(ratio_result(&r, PYF_FOREVER, &q) == PYF_OK && q > 1.4 && q < 1.6);
    st = pyf_executor_submit_copy(ex, &c, add_one, &n, sizeof n);
    EXPECT(st == PYF_OK || st == PYF_MEMORY_ERROR);
    if (st == PYF_OK) EXPECT(pyf_future_result(&c, PYF_FOREVER) == PYF_OK && n == 1);
    st = pyf_executor_submit_copy_with(ex, &c, add_one, &n, sizeof n, &options);
    if (st == PYF_OK) EXPECT(pyf_future_result(&c, PYF_FOREVER) == PYF_OK && n == 1);
}

static void use_custom(void)
{
    static const pyf_executor_vtable at_once = { run_at_once, NULL, NULL, NULL };
    static const pyf_executor_vtable by_hand = { end_by_hand, NULL, NULL, NULL };
    static pyf_future f, g;
    pyf_executor ex = { &at_once };
    int n = 0;

    EXPECT(pyf_executor_submit(&ex, &f, add_one, &n) == PYF_OK);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK && n == 1);
    ex.vtable = &by_hand;
    EXPECT(pyf_executor_submit(&ex, &g, add_one, &n) == PYF_OK);
    EXPECT(pyf_future_result(&g, PYF_NOW) == 9 && n == 1);
}

static void use_poll(void)
{
    static pyf_poll_executor loop;
    static pyf_future f, g;
    int n = 0;

    EXPECT(pyf_executor_submit(pyf_poll_executor_base(&loop), &f, add_one, &n) == PYF_OK);
    EXPECT(pyf_poll_executor_submit_after(&loop, &g, add_one, &n, 60000) == PYF_OK);
    EXPECT(pyf_poll_executor_run(&loop, 16) > 0 && n == 1 && pyf_future_done(&f) &&
           !pyf_future_done(&g));
    EXPECT(pyf_future_cancel(&g) && pyf_future_cancelled(&g));
    EXPECT(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER && n == 1);
}

#endif

#ifdef TU_LRU

struct tu_pair {
    char tag;
    int n;
};

static bool same_pair(const struct tu_pair *a, const struct tu_pair *b)
{
    return a->tag == b->tag && a->n == b->n;
}

static uint64_t hash_pair(const struct tu_pair *p)
{
    return pyf_lru_hash(pyf_lru_hash(0, &p->n, sizeof p->n), &p->tag, sizeof p->tag);
}

static int lru_bodies;

static PYF_LRU_CACHE(8, uint64_t, tu_fib, (unsigned, n))
{
    return n < 2 ? n : tu_fib(n - 1) + tu_fib(n - 2);
}

static PYF_CACHE(double, tu_scaled, (double, x), (float, by))
{
    lru_bodies++;
    return x * (double)by;
}

static PYF_LRU_CACHE_TRY(2, struct tu_pair, tu_try, (PYF_KEY_STR(8), s), (short, n))
{
    if (s[0] == '-') return false;
    out->tag = s[0];
    out->n = n;
    return true;
}

static PYF_LRU_CACHE_UNLOCKED(2, int, tu_unlocked, (bool, b), (char, c), (long, l))
{
    return b + c + (int)l;
}

int tu_once(struct tu_pair p);
PYF_LRU_CACHE_ONCE(2, int, tu_once, (PYF_KEY_EQ(struct tu_pair, same_pair, hash_pair), p))
{
    lru_bodies++;
    return p.n == 0 ? tu_once(p) : p.n;
}

#ifdef PYFI_LRU_TLS
static PYF_LRU_CACHE_THREAD(2, int, tu_thread, (int, x)) { return -x; }
#else
static int tu_thread(int x) { return -x; }
#endif

static PYF_LRU_CACHE(1, int, tu_alone, (void)) { return ++lru_bodies; }

static PYF_LRU_CACHE(4, int, tu_eight, (int, a), (int, b), (int, c), (int, d), (int, e), (int, f),
                     (int, g), (const void *, h))
{
    return a + b + c + d + e + f + g + (h != NULL);
}

#ifdef __cplusplus
static PYF_LRU_CACHE_ONCE(2, int, tu_throws, (int, n))
{
    if (lru_bodies++ == 0) throw n;
    return n;
}

/* An exception ends the computation, and the next call computes. */
static void use_throwing(void)
{
    int caught = 0;

    lru_bodies = 0;
    try {
        (void)tu_throws(4);
    } catch (int n) {
        caught = n;
    }
    EXPECT(caught == 4 && tu_throws_cache_info().currsize == 0);
    EXPECT(tu_throws(4) == 4 && tu_throws(4) == 4 && lru_bodies == 2);
    EXPECT(tu_throws_cache_info().misses == 2 && tu_throws_cache_info().hits == 1);
}
#endif

static void use_memoized(void)
{
    struct tu_pair pair = { 'a', 3 }, got = { 0, 0 };

    EXPECT(tu_fib(50) == UINT64_C(12586269025) && tu_fib_wrapped(1) == 1);
    EXPECT(tu_fib_cache_info().misses == 51 && tu_fib_cache_info().currsize == 8);
    tu_fib_cache_seed(1, 2);
    EXPECT(tu_fib(20) == 6765 && tu_fib(20) == 6765 && tu_fib_cache_info().maxsize == 8);
    tu_fib_cache_clear();
    EXPECT(tu_fib_cache_info().hits == 0);
    EXPECT(tu_scaled(2, 3) > 5 && tu_scaled(2, 3) < 7);
    EXPECT(tu_scaled_cache_info().maxsize == PYF_UNBOUNDED);
    EXPECT(lru_bodies == (tu_scaled_cache_info().currsize == 0 ? 2 : 1)); /* no malloc: uncached */
    tu_scaled_cache_clear();
    EXPECT(tu_try("abc", 4, &got) && got.tag == 'a' && got.n == 4 && !tu_try("-", 4, &got));
    EXPECT(tu_try("much too long", 5, &got) && got.n == 5 && tu_try_cache_info().currsize == 1);
    EXPECT(tu_unlocked(true, 1, 2) == 4 && tu_unlocked(true, 1, 2) == 4);
    EXPECT(tu_once(pair) == 3 && tu_once(pair) == 3 && tu_once_cache_info().hits == 1);
    EXPECT(tu_thread(5) == -5 && tu_thread(5) == -5);
    lru_bodies = 0;
    EXPECT(tu_alone() == 1 && tu_alone() == 1);
    EXPECT(tu_eight(1, 2, 3, 4, 5, 6, 7, NULL) == 28 && tu_eight(1, 2, 3, 4, 5, 6, 7, &got) == 29);
}

static void note_left(void *ctx, const void *key, const void *value, int why)
{
    expect(*(const int *)key == *(const int *)value && why == PYF_LRU_EVICTED, "what left", __LINE__);
    count_up(ctx);
}

static void use_lru(void)
{
    static union {
        void *aligned;
        long double also;
        unsigned char bytes[PYF_LRU_BYTES(2, sizeof(int), sizeof(int))];
    } block;
    static pyf_lru_options options;
    static pyf_lru c;
    const void *key;
    void *value;
    size_t at = 0;
    int left = 0;

    options.maxsize = 2;
    options.key_size = options.value_size = sizeof(int);
    options.memory = &block;
    options.memory_size = sizeof block;
    options.on_evict = note_left;
    options.ctx = &left;
    EXPECT(pyf_lru_init_with(&c, &options) == PYF_OK);
    for (int i = 0; i < 3; i++) EXPECT(pyf_lru_put(&c, &i, &i) == PYF_OK);
    int one = 1;
    EXPECT(left == 1 && pyf_lru_get(&c, &one) != NULL && pyf_lru_peek(&c, &left) != NULL);
    EXPECT(pyf_lru_next(&c, &at, &key, &value) && *(const int *)key == 1 && *(int *)value == 1);
    EXPECT(pyf_lru_resize(&c, 1) == PYF_OK && left == 2 && pyf_lru_info(&c).hits == 1);
    EXPECT(!pyf_lru_remove(&c, &left));
    EXPECT(pyf_lru_resize(&c, 0) == PYF_OK && left == 3 && pyf_lru_clear(&c) == PYF_OK);
    EXPECT(pyf_lru_free(&c) == PYF_OK);
#ifndef __cplusplus
    EXPECT(pyf_lru_init(&c, .maxsize = 2, .key_size = sizeof(int), .value_size = sizeof(int),
                        .memory = &block, .memory_size = sizeof block) == PYF_OK &&
           pyf_lru_free(&c) == PYF_OK);
#endif
}

#endif

#ifdef TU_ARGPARSE

static pyf_status only_x(const char *text, void *to, pyf_parser_error *error)
{
    if (text[0] != 'x') return pyf_argument_type_error(error, "not x: %s", text);
    *(char *)to = text[0];
    return PYF_OK;
}

static size_t written;

static void count_written(void *ctx, int stream, const char *text, size_t n)
{
    (void)ctx;
    (void)stream;
    written += text != NULL ? n : 0;
}

static void use_parser(pyf_parser *p, char *const *argv, int argc)
{
    pyf_parser_error error;
    pyf_strs extras = { NULL, 0, 0 };
    char text[256];

    EXPECT(pyf_parser_set_defaults(p, "other", "1") == PYF_OK);
    EXPECT(pyf_parser_get_default(p, "other") != NULL);
    EXPECT(pyf_parser_try_parse_known_args(p, argc, argv, &extras, &error) == PYF_OK);
    EXPECT(pyf_parser_try_parse_intermixed_args(p, argc, argv, NULL, &error) == PYF_TYPE_ERROR);
    EXPECT(pyf_parser_parse_args(p, argc, argv) == PYF_OK);
    EXPECT(pyf_parser_chosen(p) != p && pyf_parser_dispatch(p) == PYF_TYPE_ERROR);
    EXPECT(pyf_parser_namespace(p, text, sizeof text) > 10);
    EXPECT(pyf_parser_format_usage(p, text, sizeof text) > 10);
    EXPECT(pyf_parser_format_help(p, text, sizeof text) > 10);
    EXPECT(pyf_parser_print_usage(p, PYF_STDOUT) == PYF_OK);
    EXPECT(pyf_parser_print_help(p, PYF_STDERR) == PYF_OK);
    EXPECT(pyf_parser_print_completion(p, "bash", PYF_STDOUT) == PYF_OK);
    EXPECT(pyf_parser_print_man(p, "November 21, 2026", PYF_STDOUT) == PYF_OK);
    EXPECT(pyf_parser_try_parse_args(p, argc - 1, argv, &error) == PYF_VALUE_ERROR);
    EXPECT(pyf_parser_report(p, &error) == 2 && written > 10);
    if (argc > 90) pyf_parser_fail(p, "too many");
}

/* A destination in a record that is filled by hand: C has a literal for it, C++ a function. */
static void set_destination(pyf_argument *a, int *n)
{
#ifdef __cplusplus
    a->to = PYF_INT(n);
#else
    a->to = (pyf_destination)PYF_INT(n);
#endif
}

static void set_own(pyf_argument *a, const pyf_type *type, void *to)
{
#ifdef __cplusplus
    a->to = PYF_TO(type, to);
#else
    a->to = (pyf_destination)PYF_TO(type, to);
#endif
}

static void use_argparse(void)
{
    static const pyf_type x_type = { "x", only_x, NULL, NULL, 1, 0, 0 };
    static char name[] = "prog", option[] = "-n", number[] = "5", word[] = "x", command[] = "go";
    char *argv[6] = { name, option, number, word, command, NULL };
    union {
        void *aligned;
        char bytes[16384];
    } memory;
    pyf_parser_options options;
    pyf_group_options group;
    pyf_subparsers_options subparsers;
    pyf_argument a, table;
    pyf_parser *p;
    char x = 0;
    int n = 0;

    memset(&options, 0, sizeof options);
    memset(&group, 0, sizeof group);
    memset(&subparsers, 0, sizeof subparsers);
    memset(&a, 0, sizeof a);
    memset(&table, 0, sizeof table);
    options.memory = &memory;
    options.memory_size = sizeof memory;
    options.write = count_written;
    p = pyf_argument_parser_with(&options);
    EXPECT(p != NULL);
    a.name = "-n";
    set_destination(&a, &n);
    group.on = p;
    group.title = "numbers";
    EXPECT(pyf_parser_add_argument_with(pyf_parser_add_argument_group_with(&group), &a) == PYF_OK);
    a.name = "-m";
    EXPECT(pyf_parser_add_argument_with(pyf_parser_add_mutually_exclusive_group_with(&group), &a) ==
           PYF_OK);
    table.name = "x";
    set_own(&table, &x_type, &x);
    EXPECT(pyf_parser_add_arguments(p, &table, 1) == PYF_OK);
    subparsers.on = p;
    subparsers.required = true;
    options.on = pyf_parser_add_subparsers_with(&subparsers);
    options.name = "go";
    EXPECT(pyf_parser_add_parser_with(&options) != NULL);
    EXPECT(pyf_parser_try_parse_args(p, 5, argv, NULL) == PYF_OK && n == 5 && x == 'x');
    use_parser(p, argv, 5);
    pyf_parser_free(p);
}

#endif

int main(void)
{
    use_base();
#ifdef TU_MATH
    use_math();
#endif
#ifdef TU_TIME
    use_timedelta();
    use_timezone();
    use_datetime();
    use_tm();
#endif
#ifdef TU_BARRIER
    use_barrier();
#endif
#ifdef TU_FUTURES
    use_pool();
    use_tasks();
    use_custom();
    use_poll();
#endif
#ifdef TU_LRU
    use_memoized();
#ifdef __cplusplus
    use_throwing();
#endif
    use_lru();
#endif
#ifdef TU_ARGPARSE
    use_argparse();
#endif
    return wrong != 0;
}
