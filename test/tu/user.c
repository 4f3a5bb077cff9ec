/* A user of the header, in C or C++: calls every function of the rooms that TU_TIME,
 * TU_BARRIER and TU_FUTURES choose, and exits with 0 if each did what it says. Works with every
 * option, also without threads and without malloc. */
#include "pyfeat.h"

#include <stdio.h>

static int wrong;

static void expect(bool so, const char *what, int line)
{
    if (so) return;
    wrong++;
    printf("%s:%d: not so: %s\n", __FILE__, line, what);
}

#define EXPECT(x) expect((x), #x, __LINE__)

#if defined(TU_BARRIER) || defined(TU_FUTURES)

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
    EXPECT(pyf_now_ms() <= pyf_now_ms());
}

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

int main(void)
{
    use_base();
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
    use_custom();
    use_poll();
#endif
    return wrong != 0;
}
