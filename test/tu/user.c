/* A user of the header, in C or C++: calls every function of the rooms that TU_MATH, TU_BARRIER,
 * TU_FUTURES, TU_LRU ... choose, and exits with 0 if each did what it says. Works with every option, also
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
    return wrong != 0;
}
