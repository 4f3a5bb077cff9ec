/* task_test.c - typed tasks (PYF_TASK) and copies on the thread pool, the poll executor and an
 * executor of one's own. Runs on every target, as C99 and as C++11; with PYFEAT_PORT_NONE=1 the
 * pool has no threads, and what must not compile is not tried. */

#ifndef PYFEAT_PORT_NONE
#if defined(__unix__) || defined(__APPLE__)
#define PYFEAT_PORT_NONE 0
#else
#define PYFEAT_PORT_NONE 1
#endif
#endif
#ifndef PYFEAT_NO_MALLOC
#define PYFEAT_NO_MALLOC 0
#endif
#define PYFEAT_FUTURES_IMPLEMENTATION
#include "../pyfeat.h"
#include "check.h"

struct point {
    int x, y;
};

struct large {
    double cells[100];
};

typedef int (*binary)(int, int);

static int calls;

static PYF_TASK(uint64_t, sum_up, (uint64_t, from), (uint64_t, to))
{
    uint64_t sum = 0;
    while (from < to) sum += from++;
    return sum;
}

static PYF_TASK(int, forty_two) { return 42; }
static PYF_TASK(void, count_call) { calls++; }
static PYF_TASK(void, count_calls, (int, n)) { calls += n; }
static PYF_TASK(struct point, mirror, (struct point, p)) { struct point q = { p.y, p.x }; return q; }
static PYF_TASK(const char *, skip, (const char *, text), (const size_t, n)) { return text + n; }
static PYF_TASK(void *, same, (void *, p)) { return p; }
static PYF_TASK(int, apply, (binary, f), (int, x), (int, y)) { return f(x, y); }
static int minus(int x, int y) { return x - y; }

static PYF_TASK(struct large, shift, (struct large, in), (int, by))
{
    struct large out;
    for (int i = 0; i < 100; i++) out.cells[(i + by) % 100] = in.cells[i];
    return out;
}

static PYF_TASK(int, three, (char, a), (double, b), (short, c)) { return a + (int)b + c; }
static PYF_TASK(int, four, (int, a), (int, b), (int, c), (int, d)) { return a + 2 * b + 3 * c + 4 * d; }
static PYF_TASK(int, five, (int, a), (int, b), (int, c), (int, d), (int, e)) { return a - b + c - d + e; }
static PYF_TASK(long, six, (char, a), (long, b), (char, c), (long, d), (char, e), (long, f))
{
    return a + b + c + d + e + f;
}

static PYF_TASK(bool, seven, (bool, a), (bool, b), (bool, c), (bool, d), (bool, e), (bool, f), (bool, g))
{
    return a && !b && c && !d && e && !f && g;
}

static PYF_TASK(int, eight, (int, a), (int, b), (int, c), (int, d), (int, e), (int, f), (int, g), (int, h))
{
    return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8;
}

/* Names that stand in the macros, too. */
static PYF_TASK(int, clash, (int, ex), (int, f), (int, task), (int, args), (int, type), (int, result))
{
    return ex + f + task + args + type + result;
}

static PYF_TASK_TRY(int, root, (int, n))
{
    for (int i = 0; i * i <= n; i++) {
        if (i * i != n) continue;
        *out = i;
        return PYF_OK;
    }
    return 33;
}

static PYF_TASK_TRY(struct point, origin) { out->x = out->y = 7; return PYF_OK; }
static PYF_TASK_TRY(void, refuse_odd, (int, n)) { return n % 2 != 0 ? 5 : PYF_OK; }
static PYF_TASK_TRY(void, refuse) { return 6; }

/* As a header declares it, and one of its users defines it. */
PYF_TASK_DECLARE(double, half, (double, x));
PYF_TASK_TRY_DECLARE(double, inverse, (double, x));
static pyf_status submit_before_it_is_defined(pyf_executor *ex, half_future *f)
{
    return half_submit(ex, f, 5);
}
PYF_TASK_DEFINE(double, half, (double, x)) { return x / 2; }
PYF_TASK_TRY_DEFINE(double, inverse, (double, x))
{
    if (x > 0 || x < 0) {
        *out = 1 / x;
        return PYF_OK;
    }
    return 34;
}

#ifdef __cplusplus
#define ZERO {}
#else
#define ZERO { 0 }
#endif

/* Each case below runs on all of these. */
static pyf_poll_executor loop;
static struct own { pyf_executor base; } own;

static pyf_status own_submit(pyf_executor *ex, pyf_future *f)
{
    (void)ex;
    pyf_future_run(f);
    return PYF_OK;
}

static const pyf_executor_vtable own_vtable = { own_submit, NULL, NULL, NULL };
static char pool_memory[8192];

static pyf_executor *executor(int i)
{
    static pyf_thread_pool_options options;
    if (i == 1) {
        memset(&loop, 0, sizeof loop);
        return pyf_poll_executor_base(&loop);
    }
    if (i == 2) {
        own.base.vtable = &own_vtable;
        return &own.base;
    }
    options.max_workers = i == 3 ? 1 : 3;
    options.memory = pool_memory;
    options.memory_size = sizeof pool_memory;
    return pyf_thread_pool_executor_with(&options);
}

#define ON_EACH(ex) \
    for (int pyfi_i = 0; pyfi_i < 4; pyfi_i++) \
        for (pyf_executor *ex = executor(pyfi_i); ex != NULL; \
             CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK), ex = NULL)

static void plain_calls(void)
{
    int r = 0;
    double d = 0;
    CHECK(sum_up(1, 5) == 10 && forty_two() == 42 && eight(1, 1, 1, 1, 1, 1, 1, 1) == 36);
    CHECK(root(49, &r) == PYF_OK && r == 7 && root(50, &r) == 33 && r == 7);
    CHECK(half(3) > 1.4 && inverse(2, &d) == PYF_OK && d < 0.51 && refuse_odd(3) == 5);
}

static void each_number_of_arguments(void)
{
    ON_EACH(ex) {
        forty_two_future f0 = ZERO;
        count_calls_future f1 = ZERO;
        sum_up_future f2 = ZERO;
        three_future f3 = ZERO;
        four_future f4 = ZERO;
        five_future f5 = ZERO;
        six_future f6 = ZERO;
        seven_future f7 = ZERO;
        eight_future f8 = ZERO;
        uint64_t sum = 0;
        int n = 0;
        long l = 0;
        bool b = false;
        calls = 0;
        CHECK_EQ(forty_two_submit(ex, &f0), PYF_OK);
        CHECK_EQ(count_calls_submit(ex, &f1, 4), PYF_OK);
        CHECK_EQ(sum_up_submit(ex, &f2, 10, 20), PYF_OK);
        CHECK_EQ(three_submit(ex, &f3, 'a', 2.5, -7), PYF_OK);
        CHECK_EQ(four_submit(ex, &f4, 1, 10, 100, 1000), PYF_OK);
        CHECK_EQ(five_submit(ex, &f5, 1, 2, 4, 8, 16), PYF_OK);
        CHECK_EQ(six_submit(ex, &f6, 1, 100000L, 2, -50L, 3, 7L), PYF_OK);
        CHECK_EQ(seven_submit(ex, &f7, true, false, true, false, true, false, true), PYF_OK);
        CHECK_EQ(eight_submit(ex, &f8, 1, 2, 3, 4, 5, 6, 7, 8), PYF_OK);
        CHECK(forty_two_result(&f0, PYF_FOREVER, &n) == PYF_OK && n == 42);
        CHECK(count_calls_result(&f1, PYF_FOREVER) == PYF_OK && calls == 4);
        CHECK(sum_up_result(&f2, PYF_FOREVER, &sum) == PYF_OK && sum == 145);
        CHECK(three_result(&f3, PYF_FOREVER, &n) == PYF_OK && n == 'a' + 2 - 7);
        CHECK(four_result(&f4, PYF_FOREVER, &n) == PYF_OK && n == 4321);
        CHECK(five_result(&f5, PYF_FOREVER, &n) == PYF_OK && n == 11);
        CHECK(six_result(&f6, PYF_FOREVER, &l) == PYF_OK && l == 99963L);
        CHECK(seven_result(&f7, PYF_FOREVER, &b) == PYF_OK && b);
        CHECK(eight_result(&f8, PYF_FOREVER, &n) == PYF_OK && n == 204);
    }
}

static void kinds_of_values(void)
{
    static struct large in;
    static shift_future s;
    for (int i = 0; i < 100; i++) in.cells[i] = i;
    ON_EACH(ex) {
        mirror_future m = ZERO;
        skip_future k = ZERO;
        same_future p = ZERO;
        apply_future a = ZERO;
        clash_future c = ZERO;
        struct point to = { 1, 2 };
        struct large out;
        const char *text = NULL;
        void *q = NULL;
        int n = 0;
        memset(&s, 0, sizeof s);
        CHECK_EQ(mirror_submit(ex, &m, to), PYF_OK);
        CHECK_EQ(skip_submit(ex, &k, "telegram", 4), PYF_OK);
        CHECK_EQ(same_submit(ex, &p, &to), PYF_OK);
        CHECK_EQ(apply_submit(ex, &a, minus, 9, 4), PYF_OK);
        CHECK_EQ(clash_submit(ex, &c, 1, 2, 3, 4, 5, 6), PYF_OK);
        CHECK_EQ(shift_submit(ex, &s, in, 30), PYF_OK);
        to.x = 77; /* the argument was a value */
        CHECK(mirror_result(&m, PYF_FOREVER, &to) == PYF_OK && to.x == 2 && to.y == 1);
        CHECK(skip_result(&k, PYF_FOREVER, &text) == PYF_OK && strcmp(text, "gram") == 0);
        CHECK(same_result(&p, PYF_FOREVER, &q) == PYF_OK && q == &to);
        CHECK(apply_result(&a, PYF_FOREVER, &n) == PYF_OK && n == 5);
        CHECK(clash_result(&c, PYF_FOREVER, &n) == PYF_OK && n == 21);
        CHECK_EQ(shift_result(&s, PYF_FOREVER, &out), PYF_OK);
        for (int i = 0; i < 100; i++) CHECK(out.cells[(i + 30) % 100] > i - 0.5 && out.cells[(i + 30) % 100] < i + 0.5);
    }
}

static void failure(void)
{
    ON_EACH(ex) {
        root_future good = ZERO, bad = ZERO;
        refuse_odd_future v = ZERO;
        refuse_future r = ZERO;
        origin_future o = ZERO;
        inverse_future i = ZERO;
        half_future h = ZERO;
        struct point p = { 0, 0 };
        int n = 5;
        double d = 0;
        CHECK_EQ(root_submit(ex, &good, 81), PYF_OK);
        CHECK_EQ(root_submit(ex, &bad, 82), PYF_OK);
        CHECK_EQ(refuse_odd_submit(ex, &v, 3), PYF_OK);
        CHECK_EQ(refuse_submit(ex, &r), PYF_OK);
        CHECK_EQ(origin_submit(ex, &o), PYF_OK);
        CHECK_EQ(inverse_submit(ex, &i, 0), PYF_OK);
        CHECK_EQ(submit_before_it_is_defined(ex, &h), PYF_OK);
        CHECK(root_result(&bad, PYF_FOREVER, &n) == 33 && n == 5); /* untouched */
        CHECK(root_result(&good, PYF_FOREVER, &n) == PYF_OK && n == 9);
        CHECK_EQ(root_result(&good, PYF_FOREVER, NULL), PYF_OK);
        CHECK_EQ(refuse_odd_result(&v, PYF_FOREVER), 5);
        CHECK_EQ(refuse_result(&r, PYF_FOREVER), 6);
        CHECK(origin_result(&o, PYF_FOREVER, &p) == PYF_OK && p.x == 7);
        CHECK(inverse_result(&i, PYF_FOREVER, &d) == 34 && d < 0.1);
        CHECK(half_result(&h, PYF_FOREVER, &d) == PYF_OK && d > 2.4);
        CHECK_EQ(refuse_odd_submit(ex, &v, 4), PYF_OK); /* the same future again */
        CHECK_EQ(refuse_odd_result(&v, PYF_FOREVER), PYF_OK);
    }
}

static void in_sets(void)
{
    static sum_up_future f[20];
    ON_EACH(ex) {
        pyf_future_set set = ZERO;
        pyf_future *done;
        uint64_t all = 0, one;
        unsigned count = 0;
        memset(f, 0, sizeof f);
        for (uint64_t i = 0; i < 20; i++) {
            CHECK_EQ(sum_up_submit(ex, &f[i], i, i + 2), PYF_OK);
            CHECK_EQ(pyf_future_set_add(&set, &f[i].future), PYF_OK);
        }
        while ((done = pyf_as_completed(&set, PYF_FOREVER)) != NULL) {
            CHECK_EQ(sum_up_result((sum_up_future *)(void *)done, PYF_NOW, &one), PYF_OK);
            all += one;
            count++;
        }
        CHECK(count == 20 && all == 400 && pyf_future_set_status(&set) == PYF_OK);
    }
}

static void wrong_use(void)
{
    pyf_executor *ex = executor(1);
    sum_up_future f = ZERO;
    pyf_task_options options = ZERO;
    uint64_t n = 3;
    options.timeout_ms = -1;
    CHECK_EQ(sum_up_result(&f, PYF_NOW, &n), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(sum_up_submit(NULL, &f, 1, 2), PYF_VALUE_ERROR);
    CHECK_EQ(sum_up_submit(ex, NULL, 1, 2), PYF_VALUE_ERROR);
    CHECK_EQ(sum_up_submit_with(ex, &f, &options, 1, 2), PYF_VALUE_ERROR);
    CHECK_EQ(sum_up_submit(ex, &f, 1, 4), PYF_OK);
    CHECK_EQ(sum_up_submit(ex, &f, 100, 200), PYF_INVALID_STATE_ERROR); /* and does no harm */
    CHECK(sum_up_result(&f, PYF_FOREVER, &n) == PYF_OK && n == 6);
    CHECK_EQ(sum_up_submit(ex, &f, 1, 5), PYF_OK);
    CHECK(pyf_future_cancel(&f.future));
    n = 3;
    CHECK(sum_up_result(&f, PYF_NOW, &n) == PYF_CANCELLED_ERROR && n == 3);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(sum_up_submit(ex, &f, 1, 5), PYF_RUNTIME_ERROR);
    CHECK_EQ(sum_up_result(&f, PYF_NOW, &n), PYF_CANCELLED_ERROR);
}

static pyf_status add_kept(void *args, void *result)
{
    int *n = (int *)args;
    *(int *)result = n[0] + n[1];
    return PYF_OK;
}

/* What the macros call, with a task of one's own layout, and without one of its parts. */
static void by_hand(void)
{
    static const pyf_task_type type = { add_kept, 2 * sizeof(int), sizeof(int) };
    static const int args[2] = { 3, 4 };
    pyf_executor *ex = executor(1);
    pyf_future f = ZERO;
    struct pyfi_task task;
    int kept[2] = { 0, 0 }, sum = 0;
    CHECK_EQ(pyf_task_submit(NULL, &f, &task, &type, args, kept, &sum, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_task_submit(ex, NULL, &task, &type, args, kept, &sum, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_task_submit(ex, &f, NULL, &type, args, kept, &sum, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_task_submit(ex, &f, &task, NULL, args, kept, &sum, NULL), PYF_VALUE_ERROR);
    CHECK(pyf_future_result(&f, PYF_NOW) == PYF_INVALID_STATE_ERROR && kept[0] == 0);
    CHECK_EQ(pyf_task_submit(ex, &f, &task, &type, args, kept, &sum, NULL), PYF_OK);
    CHECK(pyf_future_result(&f, PYF_FOREVER) == PYF_OK && sum == 7);
}

/* ---- copies ---- */

static int seen[3];
static pyf_status take(void *arg)
{
    int *n = (int *)arg;
    seen[n[0]] = n[1];
    n[1] = -1; /* of the copy */
    return n[1] == -1 ? n[2] : PYF_OK;
}

static pyf_status take_nothing(void *arg) { return arg != NULL ? 9 : 8; }

static void copies(void)
{
    if (PYFEAT_NO_MALLOC) CHECK_SKIP("there is no malloc");
    ON_EACH(ex) {
        pyf_future f[3], g = ZERO;
        int arg[3];
        memset(f, 0, sizeof f);
        for (int i = 0; i < 3; i++) {
            arg[0] = i;
            arg[1] = 10 + i;
            arg[2] = i;
            CHECK_EQ(pyf_executor_submit_copy(ex, &f[i], take, arg, sizeof arg), PYF_OK);
        }
        CHECK_EQ(pyf_executor_submit_copy(ex, &g, take_nothing, NULL, 0), PYF_OK);
        for (int i = 0; i < 3; i++) {
            CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER), i);
            CHECK(pyf_future_arg(&f[i]) == arg && seen[i] == 10 + i && arg[1] == 12);
        }
        CHECK_EQ(pyf_future_result(&g, PYF_FOREVER), 9);
    }
}

static void copies_that_are_not_run(void)
{
    pyf_executor *ex = executor(1);
    pyf_future f = ZERO;
    int arg[3] = { 0, 1, 0 };
    CHECK_EQ(pyf_executor_submit_copy(NULL, &f, take, arg, sizeof arg), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_submit_copy(ex, NULL, take, arg, sizeof arg), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_submit_copy(ex, &f, NULL, arg, sizeof arg), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_submit_copy(ex, &f, take, NULL, 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_submit_copy(ex, &f, take, arg, SIZE_MAX), PYF_VALUE_ERROR);
    if (PYFEAT_NO_MALLOC) {
        CHECK_EQ(pyf_executor_submit_copy(ex, &f, take, arg, sizeof arg), PYF_MEMORY_ERROR);
        return;
    }
    CHECK_EQ(pyf_executor_submit_copy(ex, &f, take, arg, sizeof arg), PYF_OK);
    CHECK_EQ(pyf_executor_submit_copy(ex, &f, take, arg, sizeof arg), PYF_INVALID_STATE_ERROR);
    CHECK(pyf_future_cancel(&f) && pyf_future_arg(&f) == arg);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(pyf_executor_submit_copy(ex, &f, take, arg, sizeof arg), PYF_RUNTIME_ERROR);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_CANCELLED_ERROR);
}

static const struct check_case cases[] = {
    { "plain calls", plain_calls },
    { "each number of arguments", each_number_of_arguments },
    { "kinds of values", kinds_of_values },
    { "failure", failure },
    { "in sets", in_sets },
    { "wrong use", wrong_use },
    { "by hand", by_hand },
    { "copies", copies },
    { "copies that are not run", copies_that_are_not_run }
};

int main(int argc, char **argv)
{
    count_call_future f = ZERO;
    if (count_call_submit(executor(1), &f) != PYF_OK || count_call_result(&f, PYF_FOREVER) != PYF_OK) return 3;
    return check_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
}
