/* A user of the header, in C or C++: calls every function of the rooms that TU_MATH, TU_BARRIER and
 * TU_FUTURES choose, and exits with 0 if each did what it says. Works with every option, also
 * without threads and without malloc. */
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
#ifdef TU_MATH
    use_math();
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
