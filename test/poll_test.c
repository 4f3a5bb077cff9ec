/* poll_test.c - the poll executor: a loop of yours runs the tasks. Runs on every target; with
 * PYFEAT_PORT_NONE=1 the cases that need threads are skipped, without a clock that moves those
 * that need time. */

#ifndef PYFEAT_PORT_NONE
#if defined(__unix__) || defined(__APPLE__)
#define PYFEAT_PORT_NONE 0
#else
#define PYFEAT_PORT_NONE 1
#endif
#endif
#define PYFEAT_FUTURES_IMPLEMENTATION
#include "../pyfeat.h"
#include "check.h"

static pyf_poll_executor loop;

static pyf_executor *base(void) { return pyf_poll_executor_base(&loop); }

/* Tasks that write down the order they were run in. */
static int order[256];
static unsigned ran;
static int numbers[256];

static pyf_status note(void *arg)
{
    order[ran++ & 255u] = *(int *)arg;
    return PYF_OK;
}

static pyf_status fail(void *arg) { return *(int *)arg; }
static pyf_status count(void *arg) { *(unsigned *)arg += 1; return PYF_OK; }

static void number(void)
{
    for (int i = 0; i < 256; i++) numbers[i] = i;
    memset(&loop, 0, sizeof loop);
    ran = 0;
}

/* Whether the clock moves on its own. */
static bool clock_moves(void)
{
    int64_t t0 = pyf_now_ms();
    for (long i = 0; i < 20000000; i++) {
        if (pyf_now_ms() != t0) return true;
    }
    return false;
}

static void spin_ms(int64_t ms)
{
    int64_t t0 = pyf_now_ms();
    while (pyf_now_ms() - t0 < ms) { }
}

static void all_zero_is_ready(void)
{
    number();
    CHECK(base() != NULL);
    CHECK(pyf_poll_executor_base(NULL) == NULL);
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
    CHECK(pyf_poll_executor_run(&loop, 0) == PYF_FOREVER);
}

static void runs_in_order(void)
{
    static pyf_future f[20];
    number();
    for (int i = 0; i < 20; i++)
        CHECK_EQ(pyf_executor_submit(base(), &f[i], note, &numbers[i]), PYF_OK);
    CHECK_EQ(ran, 0);
    CHECK(pyf_poll_executor_run(&loop, 100) == PYF_FOREVER);
    CHECK_EQ(ran, 20);
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(order[i], i);
        CHECK(pyf_future_done(&f[i]));
        CHECK_EQ(pyf_future_result(&f[i], PYF_NOW), PYF_OK);
        CHECK(pyf_future_arg(&f[i]) == &numbers[i]);
    }
}

static void budget(void)
{
    static pyf_future f[5];
    number();
    for (int i = 0; i < 5; i++)
        CHECK_EQ(pyf_executor_submit(base(), &f[i], note, &numbers[i]), PYF_OK);
    CHECK(pyf_poll_executor_run(&loop, 0) == 0);
    CHECK_EQ(ran, 0);
    CHECK(pyf_poll_executor_run(&loop, 2) == 0);
    CHECK_EQ(ran, 2);
    CHECK(pyf_future_done(&f[1]) && !pyf_future_done(&f[2]));
    CHECK(pyf_poll_executor_run(&loop, 2) == 0);
    CHECK_EQ(ran, 4);
    CHECK(pyf_poll_executor_run(&loop, 1) == PYF_FOREVER);
    CHECK_EQ(ran, 5);
    for (int i = 0; i < 5; i++) CHECK_EQ(order[i], i);
}

static void futures_can_be_used_again(void)
{
    static pyf_future f;
    unsigned n = 0;
    number();
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(pyf_executor_submit(base(), &f, count, &n), PYF_OK);
        CHECK_EQ(pyf_executor_submit(base(), &f, count, &n), PYF_INVALID_STATE_ERROR);
        CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f, count, &n, 1), PYF_INVALID_STATE_ERROR);
        CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
        CHECK(pyf_future_done(&f));
    }
    CHECK_EQ(n, 10);
}

static void bad_arguments(void)
{
    static pyf_future f;
    number();
    CHECK_EQ(pyf_executor_submit(base(), NULL, note, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_submit(base(), &f, NULL, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_submit(NULL, &f, note, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_poll_executor_submit_after(NULL, &f, note, NULL, 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, NULL, note, NULL, 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f, NULL, NULL, 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f, note, NULL, INT64_C(25) * 86400000),
             PYF_VALUE_ERROR);
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f, note, NULL, PYF_FOREVER), PYF_VALUE_ERROR);
    CHECK(!pyf_future_done(&f));
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_INVALID_STATE_ERROR);
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
    CHECK_EQ(pyf_executor_submit(base(), &f, note, &numbers[3]), PYF_OK);
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
    CHECK_EQ(order[0], 3);
}

static void results(void)
{
    static pyf_future f, g;
    int seven = 7;
    number();
    CHECK_EQ(pyf_executor_submit(base(), &f, fail, &seven), PYF_OK);
    CHECK_EQ(pyf_executor_submit(base(), &g, note, &numbers[1]), PYF_OK);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_future_result(&f, -5), PYF_TIMEOUT_ERROR);
    CHECK(!pyf_future_done(&f) && !pyf_future_running(&f) && !pyf_future_cancelled(&f));
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), 7);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), 7);
    CHECK_EQ(pyf_future_result(&g, 10), PYF_OK);
}

/* Whoever waits for a task runs it. */
static void result_claims(void)
{
    static pyf_future f[3];
    number();
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pyf_executor_submit(base(), &f[i], note, &numbers[i]), PYF_OK);
    CHECK_EQ(pyf_future_result(&f[1], PYF_FOREVER), PYF_OK);
    CHECK(pyf_future_done(&f[1]));
    (void)pyf_poll_executor_run(&loop, 16);
    CHECK_EQ(ran, 3);
    for (int i = 0; i < 3; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_NOW), PYF_OK);
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
    CHECK_EQ(ran, 3);
}

static pyf_future other;
static pyf_status submit_other(void *arg)
{
    (void)arg;
    order[ran++] = 100;
    return pyf_executor_submit(base(), &other, note, &numbers[50]);
}

static void submit_from_a_task(void)
{
    static pyf_future f, g;
    number();
    CHECK_EQ(pyf_executor_submit(base(), &f, submit_other, NULL), PYF_OK);
    CHECK_EQ(pyf_executor_submit(base(), &g, note, &numbers[1]), PYF_OK);
    CHECK(pyf_poll_executor_run(&loop, 2) == 0);
    CHECK_EQ(ran, 2);
    CHECK(pyf_future_done(&f) && pyf_future_done(&g) && !pyf_future_done(&other));
    CHECK(pyf_poll_executor_run(&loop, 2) == PYF_FOREVER);
    CHECK_EQ(ran, 3);
    CHECK_EQ(order[0], 100);
    CHECK_EQ(order[1], 1);
    CHECK_EQ(order[2], 50);
}

static pyf_status submit_other_and_wait(void *arg)
{
    pyf_status st = submit_other(arg);
    return st != PYF_OK ? st : pyf_future_result(&other, PYF_FOREVER);
}

static void wait_inside_a_task(void)
{
    static pyf_future f, g;
    number();
    CHECK_EQ(pyf_executor_submit(base(), &f, submit_other_and_wait, NULL), PYF_OK);
    CHECK_EQ(pyf_executor_submit(base(), &g, note, &numbers[1]), PYF_OK);
    (void)pyf_poll_executor_run(&loop, 1);
    CHECK(pyf_future_done(&f));
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_OK);
    CHECK(pyf_future_done(&other));
    (void)pyf_poll_executor_run(&loop, 16);
    CHECK(pyf_future_done(&g));
    CHECK_EQ(ran, 3);
}

static pyf_status run_the_loop(void *arg)
{
    (void)pyf_poll_executor_run(&loop, 1);
    return note(arg);
}

static void run_inside_a_task(void)
{
    static pyf_future f[3];
    number();
    CHECK_EQ(pyf_executor_submit(base(), &f[0], run_the_loop, &numbers[0]), PYF_OK);
    CHECK_EQ(pyf_executor_submit(base(), &f[1], note, &numbers[1]), PYF_OK);
    CHECK_EQ(pyf_executor_submit(base(), &f[2], note, &numbers[2]), PYF_OK);
    for (int i = 0; i < 5; i++) (void)pyf_poll_executor_run(&loop, 1);
    CHECK_EQ(ran, 3);
    for (int i = 0; i < 3; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_NOW), PYF_OK);
}

static pyf_future self;
static pyf_status wait_for_self(void *arg)
{
    (void)arg;
    return pyf_future_result(&self, PYF_FOREVER);
}

static void result_of_self_is_a_deadlock(void)
{
    number();
    CHECK_EQ(pyf_executor_submit(base(), &self, wait_for_self, NULL), PYF_OK);
    CHECK(pyf_poll_executor_run(&loop, 1) == PYF_FOREVER);
    CHECK_EQ(pyf_future_result(&self, PYF_NOW), PYF_DEADLOCK_ERROR);
}

static unsigned seen_running;
static pyf_status look_at_self(void *arg)
{
    pyf_future *f = arg;
    seen_running = pyf_future_running(f) && !pyf_future_done(f) && !pyf_future_cancel(f) &&
                   !pyf_future_cancelled(f);
    return PYF_OK;
}

static void running_inside_the_task(void)
{
    static pyf_future f;
    number();
    CHECK_EQ(pyf_executor_submit(base(), &f, look_at_self, &f), PYF_OK);
    CHECK(!pyf_future_running(&f));
    (void)pyf_poll_executor_run(&loop, 1);
    CHECK_EQ(seen_running, 1);
    CHECK(!pyf_future_running(&f) && pyf_future_done(&f));
}

static void on_done(pyf_future *f, void *ctx)
{
    CHECK(pyf_future_done(f));
    order[ran++] = *(int *)ctx;
}

static void cancel_a_queued_task(void)
{
    static pyf_future f[3];
    pyf_done_callback cb = { on_done, &numbers[77] };
    number();
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pyf_executor_submit(base(), &f[i], note, &numbers[i]), PYF_OK);
    CHECK_EQ(pyf_future_add_done_callback(&f[1], &cb), PYF_OK);
    CHECK(pyf_future_cancel(&f[1]));
    CHECK(pyf_future_cancel(&f[1]));
    CHECK(pyf_future_cancelled(&f[1]));
    (void)pyf_poll_executor_run(&loop, 16);
    CHECK_EQ(ran, 3);
    CHECK(pyf_future_done(&f[1]) && pyf_future_cancelled(&f[1]));
    CHECK_EQ(pyf_future_result(&f[1], PYF_NOW), PYF_CANCELLED_ERROR);
    CHECK_EQ(pyf_future_result(&f[1], PYF_FOREVER), PYF_CANCELLED_ERROR);
    CHECK(pyf_future_done(&f[0]) && pyf_future_done(&f[2]));
    CHECK(!pyf_future_cancel(&f[0]));
    CHECK_EQ(pyf_executor_submit(base(), &f[1], note, &numbers[9]), PYF_OK);
    CHECK(!pyf_future_cancelled(&f[1]));
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
    CHECK_EQ(order[3], 9);
}

/* A cancelled task is done at once, or after the next run of the loop at the latest; it takes
 * nothing from the budget that would leave another one behind for ever. */
static void cancel_all(void)
{
    static pyf_future f[20];
    number();
    for (int i = 0; i < 20; i++)
        CHECK_EQ(pyf_executor_submit(base(), &f[i], note, &numbers[i]), PYF_OK);
    for (int i = 0; i < 20; i++) CHECK(pyf_future_cancel(&f[i]));
    for (int i = 0; i < 20; i++)
        CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER), PYF_CANCELLED_ERROR);
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
    CHECK_EQ(ran, 0);
    memset(f, 0xA5, sizeof f);
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
}

static void outside_results_are_refused(void)
{
    static pyf_future f;
    number();
    CHECK_EQ(pyf_executor_submit(base(), &f, note, &numbers[1]), PYF_OK);
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_INVALID_STATE_ERROR);
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(ran, 1);
}

static void as_completed_in_one_thread(void)
{
    static pyf_future f[8];
    static pyf_future_set set;
    unsigned seen = 0;
    number();
    for (int i = 0; i < 8; i++) {
        CHECK_EQ(pyf_executor_submit(base(), &f[i], note, &numbers[i]), PYF_OK);
        CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    CHECK(pyf_future_cancel(&f[5]));
    CHECK_EQ(pyf_future_set_count(&set), 8);
    for (pyf_future *g; (g = pyf_as_completed(&set, PYF_FOREVER)) != NULL;) {
        CHECK(pyf_future_done(g));
        CHECK_EQ(pyf_future_result(g, PYF_NOW), g == &f[5] ? PYF_CANCELLED_ERROR : PYF_OK);
        seen |= 1u << (unsigned)(g - f);
    }
    CHECK_EQ(seen, 255);
    CHECK_EQ(pyf_future_set_status(&set), PYF_OK);
    CHECK_EQ(pyf_future_set_count(&set), 0);
    CHECK_EQ(ran, 7);
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
}

static void wait_in_one_thread(void)
{
    static pyf_future f[4];
    static pyf_future_set set;
    int seven = 7;
    number();
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(
            pyf_executor_submit(base(), &f[i], i == 1 ? fail : note, i == 1 ? &seven : &numbers[i]),
            PYF_OK);
        CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_NOW), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_COMPLETED, PYF_NOW), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_wait(&set, 7, PYF_NOW), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_COMPLETED, PYF_FOREVER), PYF_OK);
    CHECK(pyf_future_done(&f[0]) || pyf_future_done(&f[1]) || pyf_future_done(&f[2]) ||
          pyf_future_done(&f[3]));
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, PYF_FOREVER), PYF_OK);
    CHECK(pyf_future_done(&f[1]));
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_FOREVER), PYF_OK);
    for (int i = 0; i < 4; i++) CHECK(pyf_future_done(&f[i]));
    CHECK_EQ(pyf_future_set_count(&set), 4);
    pyf_future_set_clear(&set);
    CHECK_EQ(pyf_future_set_count(&set), 0);
}

static pyf_status twice(void *arg) { *(int *)arg *= 2; return PYF_OK; }

static void map(void)
{
    number();
    CHECK_EQ(pyf_executor_map(base(), twice, numbers, 256, sizeof numbers[0], PYF_FOREVER), PYF_OK);
    for (int i = 0; i < 256; i++) CHECK_EQ(numbers[i], 2 * i);
    CHECK(pyf_poll_executor_run(&loop, 100) == PYF_FOREVER);
}

/* ---- delays ---- */

static void delayed_is_not_run_early(void)
{
    static pyf_future f, g;
    number();
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f, note, &numbers[2], 60000), PYF_OK);
    CHECK_EQ(pyf_executor_submit(base(), &g, note, &numbers[1]), PYF_OK);
    int64_t idle = pyf_poll_executor_run(&loop, 16);
    CHECK_EQ(ran, 1);
    CHECK(idle > 50000 && idle <= 60000);
    CHECK(pyf_future_done(&g) && !pyf_future_done(&f) && !pyf_future_running(&f));
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_TIMEOUT_ERROR);
    idle = pyf_poll_executor_run(&loop, 0);
    CHECK(idle > 50000 && idle <= 60000);
    CHECK(pyf_future_cancel(&f));
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_CANCELLED_ERROR);
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
    CHECK_EQ(ran, 1);
}

static void no_delay_is_due_at_once(void)
{
    static pyf_future f, g;
    number();
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f, note, &numbers[1], 0), PYF_OK);
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &g, note, &numbers[2], -100), PYF_OK);
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
    CHECK_EQ(ran, 2);
    CHECK(pyf_future_done(&f) && pyf_future_done(&g));
}

static void the_longest_delay(void)
{
    static pyf_future f;
    int64_t longest = INT64_C(24) * 86400000;
    number();
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f, note, &numbers[1], longest), PYF_OK);
    int64_t idle = pyf_poll_executor_run(&loop, 16);
    CHECK(idle > longest - 10000 && idle <= longest);
    CHECK(pyf_future_cancel(&f));
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_CANCELLED_ERROR);
}

static void cancel_delayed_in_any_place(void)
{
    static pyf_future f[5];
    static const int64_t delays[5] = { 50000, 10000, 40000, 20000, 30000 };
    static const int turn[5] = { 3, 1, 0, 4, 2 };
    static const int64_t left[5] = { 10000, 30000, 30000, 40000, PYF_FOREVER };
    number();
    for (int i = 0; i < 5; i++)
        CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f[i], note, &numbers[i], delays[i]),
                 PYF_OK);
    for (int i = 0; i < 5; i++) {
        CHECK(pyf_future_cancel(&f[turn[i]]));
        int64_t idle = pyf_poll_executor_run(&loop, 16);
        CHECK(pyf_future_done(&f[turn[i]]));
        CHECK(left[i] == PYF_FOREVER ? idle == PYF_FOREVER
                                     : idle > left[i] - 9000 && idle <= left[i]);
        memset(&f[turn[i]], 0, sizeof f[0]);
    }
    CHECK_EQ(ran, 0);
}

/* False if the machine was too slow in submitting to say what ought to be first. */
static bool soonest_first(long ms)
{
    static pyf_future f[4];
    static const int64_t delays[4] = { 4, 1, 3, 2 };
    ran = 0;
    int64_t t0 = pyf_now_ms();
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f[i], note, &numbers[i], delays[i] * ms),
                 PYF_OK);
    bool submitted_in_time = pyf_now_ms() - t0 < ms - 1;
    int64_t idle;
    while ((idle = pyf_poll_executor_run(&loop, 1)) != PYF_FOREVER) {
        CHECK(idle <= 4 * ms);
        if (idle > 0) spin_ms(idle);
    }
    CHECK(pyf_now_ms() - t0 >= 4 * ms);
    CHECK_EQ(ran, 4);
    if (!submitted_in_time) return false;
    CHECK_EQ(order[0], 1);
    CHECK_EQ(order[1], 3);
    CHECK_EQ(order[2], 2);
    CHECK_EQ(order[3], 0);
    return true;
}

static void delayed_run_soonest_first(void)
{
    number();
    if (!clock_moves()) CHECK_SKIP("no clock");
    check_in_time(soonest_first, 10);
}

static void equal_delays_keep_their_order(void)
{
    static pyf_future f[30];
    number();
    if (!clock_moves()) CHECK_SKIP("no clock");
    for (int i = 0; i < 30; i++)
        CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f[i], note, &numbers[i], 3), PYF_OK);
    spin_ms(50);
    CHECK(pyf_poll_executor_run(&loop, 100) == PYF_FOREVER);
    CHECK_EQ(ran, 30);
    for (int i = 0; i < 30; i++) CHECK_EQ(order[i], i);
}

static void result_waits_until_due(void)
{
    static pyf_future f;
    number();
    if (!clock_moves()) CHECK_SKIP("no clock");
    int64_t t0 = pyf_now_ms();
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f, note, &numbers[7], 50), PYF_OK);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
    CHECK(pyf_now_ms() - t0 >= 50);
    CHECK_EQ(ran, 1);
    CHECK(pyf_poll_executor_run(&loop, 100) == PYF_FOREVER);
}

static void finite_result_times_out(void)
{
    static pyf_future f;
    number();
    if (!clock_moves()) CHECK_SKIP("no clock");
    int64_t t0 = pyf_now_ms();
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f, note, &numbers[7], 60000), PYF_OK);
    CHECK_EQ(pyf_future_result(&f, 20), PYF_TIMEOUT_ERROR);
    int64_t took = pyf_now_ms() - t0;
    CHECK(took >= 19 && took < 30000);
    CHECK(pyf_future_cancel(&f));
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_CANCELLED_ERROR);
}

static void as_completed_waits_until_due(void)
{
    static pyf_future f[4];
    static pyf_future_set set;
    static const int64_t delays[4] = { 60, 0, 30, 70 };
    number();
    if (!clock_moves()) CHECK_SKIP("no clock");
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f[i], note, &numbers[i], delays[i]),
                 PYF_OK);
        CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    CHECK(pyf_as_completed(&set, PYF_FOREVER) == &f[1]);
    CHECK(pyf_as_completed(&set, PYF_FOREVER) == &f[2]);
    CHECK(pyf_as_completed(&set, PYF_FOREVER) == &f[0]);
    CHECK(pyf_as_completed(&set, PYF_FOREVER) == &f[3]);
    CHECK(pyf_as_completed(&set, PYF_FOREVER) == NULL);
    CHECK_EQ(pyf_future_set_status(&set), PYF_OK);
}

/* A finite time is enough for one thread alone to run what is queued, and what is due within it;
 * where there are others it only waits. */
static void finite_result_in_one_thread(void)
{
    static pyf_future f[2];
    number();
    if (!clock_moves()) CHECK_SKIP("no clock");
    CHECK_EQ(pyf_executor_submit(base(), &f[0], note, &numbers[1]), PYF_OK);
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f[1], note, &numbers[2], 5), PYF_OK);
    for (int i = 0; i < 2; i++) {
        pyf_status st = pyf_future_result(&f[i], PYFEAT_PORT_NONE ? 60000 : 5);
        CHECK_EQ(st, PYFEAT_PORT_NONE ? PYF_OK : PYF_TIMEOUT_ERROR);
        CHECK_EQ(ran, PYFEAT_PORT_NONE ? i + 1 : 0);
    }
    for (int i = 0; i < 2; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER), PYF_OK);
    CHECK(ran == 2 && order[0] == 1 && order[1] == 2);
}

struct ticker {
    pyf_future f;
    unsigned ticks;
};

static void tick_again(pyf_future *f, void *ctx);
static pyf_status tick(void *arg)
{
    struct ticker *t = arg;
    t->ticks++;
    return PYF_OK;
}
static pyf_done_callback tick_callback = { tick_again, NULL };
static struct ticker tickers[2];

/* Two futures in turn make a periodic task: the end of one submits the other. */
static void tick_again(pyf_future *f, void *ctx)
{
    struct ticker *next = f == &tickers[0].f ? &tickers[1] : &tickers[0];
    (void)ctx;
    if (tickers[0].ticks + tickers[1].ticks >= 6) return;
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &next->f, tick, next, 5), PYF_OK);
}

static void periodic_task(void)
{
    number();
    if (!clock_moves()) CHECK_SKIP("no clock");
    int64_t t0 = pyf_now_ms(), idle;
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &tickers[0].f, tick, &tickers[0], 5), PYF_OK);
    CHECK_EQ(pyf_future_add_done_callback(&tickers[0].f, &tick_callback), PYF_OK);
    pyf_done_callback second = { tick_again, NULL };
    struct ticker *current = &tickers[0];
    /* One at a time: a slow machine must not run the next before its callback is there. */
    while ((idle = pyf_poll_executor_run(&loop, 1)) != PYF_FOREVER) {
        struct ticker *next = current == &tickers[0] ? &tickers[1] : &tickers[0];
        if (pyf_future_done(&current->f) && !pyf_future_done(&next->f)) {
            current = next;
            pyf_done_callback *cb = current == &tickers[0] ? &tick_callback : &second;
            CHECK_EQ(pyf_future_add_done_callback(&current->f, cb), PYF_OK);
        }
        if (idle > 0) spin_ms(idle);
    }
    CHECK_EQ(tickers[0].ticks + tickers[1].ticks, 6);
    CHECK(pyf_now_ms() - t0 >= 30);
}

/* ---- shutdown ---- */

static void shutdown_runs_what_is_queued(void)
{
    static pyf_future f[3], late, refused;
    number();
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pyf_executor_submit(base(), &f[i], note, &numbers[i]), PYF_OK);
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &late, note, &numbers[99], 60000), PYF_OK);
    CHECK_EQ(pyf_executor_shutdown(base(), PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(ran, 3);
    for (int i = 0; i < 3; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_NOW), PYF_OK);
    CHECK(pyf_future_done(&late) && pyf_future_cancelled(&late));
    CHECK_EQ(pyf_executor_submit(base(), &refused, note, &numbers[1]), PYF_RUNTIME_ERROR);
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &refused, note, &numbers[1], 1),
             PYF_RUNTIME_ERROR);
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
    CHECK_EQ(ran, 3);
    memset(&loop, 0, sizeof loop);
    CHECK_EQ(pyf_executor_submit(base(), &refused, note, &numbers[1]), PYF_OK);
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
}

static void shutdown_cancels(void)
{
    static pyf_future f[3], late;
    static pyf_future_set set;
    unsigned seen = 0;
    number();
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(pyf_executor_submit(base(), &f[i], note, &numbers[i]), PYF_OK);
        CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &late, note, &numbers[99], 60000), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &late), PYF_OK);
    CHECK_EQ(pyf_executor_shutdown(base(), PYF_SHUTDOWN_WAIT | PYF_SHUTDOWN_CANCEL_FUTURES),
             PYF_OK);
    CHECK_EQ(ran, 0);
    for (pyf_future *g; (g = pyf_as_completed(&set, PYF_NOW)) != NULL;) {
        CHECK(pyf_future_cancelled(g));
        seen++;
    }
    CHECK_EQ(seen, 4);
    CHECK_EQ(pyf_future_set_status(&set), PYF_OK);
}

static void shutdown_without_wait(void)
{
    static pyf_future f[3], refused;
    number();
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pyf_executor_submit(base(), &f[i], note, &numbers[i]), PYF_OK);
    CHECK_EQ(pyf_executor_shutdown(base(), 0), PYF_OK);
    CHECK_EQ(pyf_executor_submit(base(), &refused, note, &numbers[1]), PYF_RUNTIME_ERROR);
    (void)pyf_poll_executor_run(&loop, 16);
    CHECK_EQ(ran, 3);
    for (int i = 0; i < 3; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_NOW), PYF_OK);
}

static pyf_status shut_down_and_wait(void *arg)
{
    (void)arg;
    return pyf_executor_shutdown(base(), PYF_SHUTDOWN_WAIT);
}

static void shutdown_from_a_task(void)
{
    static pyf_future f, g, refused;
    number();
    CHECK_EQ(pyf_executor_submit(base(), &f, shut_down_and_wait, NULL), PYF_OK);
    CHECK_EQ(pyf_executor_submit(base(), &g, note, &numbers[1]), PYF_OK);
    (void)pyf_poll_executor_run(&loop, 16);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_DEADLOCK_ERROR);
    CHECK_EQ(pyf_future_result(&g, PYF_NOW), PYF_OK);
    CHECK_EQ(pyf_executor_submit(base(), &refused, note, &numbers[1]), PYF_RUNTIME_ERROR);
}

/* The same from a task that who waits for it runs. */
static void shutdown_from_a_claimed_task(void)
{
    static pyf_future f, g;
    number();
    CHECK_EQ(pyf_executor_submit(base(), &f, shut_down_and_wait, NULL), PYF_OK);
    CHECK_EQ(pyf_executor_submit(base(), &g, note, &numbers[1]), PYF_OK);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_DEADLOCK_ERROR);
    CHECK_EQ(ran, 0);
    (void)pyf_poll_executor_run(&loop, 16);
    CHECK(ran == 1 && pyf_future_result(&g, PYF_NOW) == PYF_OK);
}

/* A task that who waits for it runs waits for another one: when both are done nothing keeps the loop
 * from ending. */
static pyf_status wait_for_it(void *arg) { return pyf_future_result(arg, PYF_FOREVER); }

static void shutdown_after_nested_claims(void)
{
    static pyf_future f, g;
    number();
    CHECK_EQ(pyf_executor_submit(base(), &f, wait_for_it, &g), PYF_OK);
    CHECK_EQ(pyf_executor_submit(base(), &g, note, &numbers[1]), PYF_OK);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
    CHECK(ran == 1 && pyf_future_done(&g));
    CHECK_EQ(pyf_executor_shutdown(base(), PYF_SHUTDOWN_WAIT), PYF_OK);
}

/* Shut down from a task of another loop that a task of the first one runs. */
static pyf_poll_executor inner;
static pyf_status run_inner(void *arg)
{
    (void)arg;
    return pyf_poll_executor_run(&inner, 1) == PYF_FOREVER ? PYF_OK : 1;
}

static void shutdown_from_an_inner_task(void)
{
    pyf_future f, g;
    memset(&loop, 0, sizeof loop);
    memset(&f, 0, sizeof f);
    memset(&g, 0, sizeof g);
    CHECK_EQ(pyf_executor_submit(base(), &f, run_inner, NULL), PYF_OK);
    CHECK_EQ(pyf_executor_submit(pyf_poll_executor_base(&inner), &g, shut_down_and_wait, NULL),
             PYF_OK);
    (void)pyf_poll_executor_run(&loop, 1);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_OK);
    CHECK_EQ(pyf_future_result(&g, PYF_NOW), PYF_DEADLOCK_ERROR);
    memset(&loop, 0, sizeof loop);
}

static void random_use(void)
{
    static pyf_future f[40];
    static unsigned runs[40];
    unsigned submits = 0, cancels = 0, all = 0;
    uint64_t rng = check_rng(1);
    number();
    bool clock = clock_moves();
    for (int round = 0; round < 20000; round++) {
        unsigned i = check_below(&rng, 40), what = check_below(&rng, 100);
        bool fresh = runs[i] == 0 && pyf_future_arg(&f[i]) == NULL;
        if (what < 40 && (fresh || pyf_future_done(&f[i]))) {
            cancels += pyf_future_cancelled(&f[i]);
            if (what < 20) CHECK_EQ(pyf_executor_submit(base(), &f[i], count, &runs[i]), PYF_OK);
            else
                CHECK_EQ(pyf_poll_executor_submit_after(&loop, &f[i], count, &runs[i],
                                                        check_below(&rng, 3)),
                         PYF_OK);
            submits++;
        } else if (what < 60 && !fresh) {
            bool was_done = pyf_future_done(&f[i]), was_cancelled = pyf_future_cancelled(&f[i]);
            CHECK(pyf_future_cancel(&f[i]) == (!was_done || was_cancelled));
        } else if (what < 70 && !fresh && clock) {
            pyf_status st = pyf_future_result(&f[i], PYF_FOREVER);
            CHECK(st == (pyf_future_cancelled(&f[i]) ? PYF_CANCELLED_ERROR : PYF_OK));
        } else {
            CHECK(pyf_poll_executor_run(&loop, check_below(&rng, 5)) >= 0);
        }
    }
    CHECK_EQ(pyf_executor_shutdown(base(), PYF_SHUTDOWN_WAIT), PYF_OK);
    for (int i = 0; i < 40; i++) {
        bool fresh = runs[i] == 0 && pyf_future_arg(&f[i]) == NULL;
        CHECK(fresh || pyf_future_done(&f[i]));
        cancels += pyf_future_cancelled(&f[i]);
        all += runs[i];
    }
    CHECK_EQ(submits, all + cancels);
}

/* ---- threads ---- */

#if PYFEAT_PORT_NONE

static void submit_from_many_threads(void) { CHECK_SKIP("needs threads"); }
static void wait_from_another_thread(void) { CHECK_SKIP("needs threads"); }
static void cancel_from_another_thread(void) { CHECK_SKIP("needs threads"); }

#else

#include <pthread.h>

#ifndef CHECK_THREADS
#define CHECK_THREADS 6
#endif
enum { THREADS = CHECK_THREADS, EACH = 2000 };
static pyf_future crowd[THREADS][EACH];
static unsigned last[THREADS], crowded;

struct entry { unsigned thread, number; };
static struct entry entries[THREADS][EACH];

static pyf_status in_order(void *arg)
{
    struct entry *e = arg;
    CHECK_EQ(last[e->thread], e->number);
    last[e->thread] = e->number + 1;
    return PYF_OK;
}

static void *submit_many(void *arg)
{
    unsigned t = *(unsigned *)arg;
    for (unsigned i = 0; i < EACH; i++) {
        entries[t][i].thread = t;
        entries[t][i].number = i;
        CHECK_EQ(pyf_executor_submit(base(), &crowd[t][i], in_order, &entries[t][i]), PYF_OK);
    }
    CHECK_COUNT(crowded);
    return NULL;
}

static void submit_from_many_threads(void)
{
    pthread_t threads[THREADS];
    unsigned ids[THREADS];
    number();
    for (unsigned t = 0; t < THREADS; t++) {
        ids[t] = t;
        CHECK(pthread_create(&threads[t], NULL, submit_many, &ids[t]) == 0);
    }
    while (CHECK_READ(crowded) < THREADS) (void)pyf_poll_executor_run(&loop, 16);
    while (pyf_poll_executor_run(&loop, 16) != PYF_FOREVER) { }
    for (unsigned t = 0; t < THREADS; t++) {
        CHECK(pthread_join(threads[t], NULL) == 0);
        CHECK_EQ(last[t], EACH);
        for (unsigned i = 0; i < EACH; i++) CHECK(pyf_future_done(&crowd[t][i]));
    }
}

static void *wait_for(void *arg)
{
    CHECK_EQ(pyf_future_result(arg, 60000 * (int64_t)check_slowness()), PYF_OK);
    CHECK_COUNT(crowded);
    return NULL;
}

/* A thread with a finite time only waits; the loop runs the task. */
static void wait_from_another_thread(void)
{
    static pyf_future f;
    pthread_t thread;
    number();
    CHECK_EQ(pyf_executor_submit(base(), &f, note, &numbers[5]), PYF_OK);
    CHECK(pthread_create(&thread, NULL, wait_for, &f) == 0);
    spin_ms(30);
    CHECK_EQ(CHECK_READ(crowded), 0);
    CHECK(!pyf_future_done(&f));
    CHECK(pyf_poll_executor_run(&loop, 16) == PYF_FOREVER);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_EQ(crowded, 1);
}

static unsigned cancelled_there;
static void *cancel_many(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < EACH; i++) {
        if (pyf_future_cancel(&crowd[0][i])) CHECK_COUNT(cancelled_there);
    }
    return NULL;
}

static void cancel_from_another_thread(void)
{
    pthread_t thread;
    unsigned runs = 0;
    number();
    for (unsigned i = 0; i < EACH; i++)
        CHECK_EQ(pyf_executor_submit(base(), &crowd[0][i], count, &runs), PYF_OK);
    CHECK(pthread_create(&thread, NULL, cancel_many, NULL) == 0);
    while (pyf_poll_executor_run(&loop, 1) != PYF_FOREVER) { }
    CHECK(pthread_join(thread, NULL) == 0);
    for (unsigned i = 0; i < EACH; i++) (void)pyf_future_result(&crowd[0][i], PYF_FOREVER);
    CHECK_EQ(runs + cancelled_there, EACH);
}

#endif

static const struct check_case cases[] = {
    { "all zero is ready", all_zero_is_ready },
    { "runs in order", runs_in_order },
    { "budget", budget },
    { "futures can be used again", futures_can_be_used_again },
    { "bad arguments", bad_arguments },
    { "results", results },
    { "result claims", result_claims },
    { "submit from a task", submit_from_a_task },
    { "wait inside a task", wait_inside_a_task },
    { "run inside a task", run_inside_a_task },
    { "result of self is a deadlock", result_of_self_is_a_deadlock },
    { "running inside the task", running_inside_the_task },
    { "cancel a queued task", cancel_a_queued_task },
    { "cancel all", cancel_all },
    { "outside results are refused", outside_results_are_refused },
    { "as_completed in one thread", as_completed_in_one_thread },
    { "wait in one thread", wait_in_one_thread },
    { "map", map },
    { "delayed is not run early", delayed_is_not_run_early },
    { "no delay is due at once", no_delay_is_due_at_once },
    { "the longest delay", the_longest_delay },
    { "cancel delayed in any place", cancel_delayed_in_any_place },
    { "delayed run soonest first", delayed_run_soonest_first },
    { "equal delays keep their order", equal_delays_keep_their_order },
    { "result waits until due", result_waits_until_due },
    { "finite result times out", finite_result_times_out },
    { "as_completed waits until due", as_completed_waits_until_due },
    { "finite result in one thread", finite_result_in_one_thread },
    { "periodic task", periodic_task },
    { "shutdown runs what is queued", shutdown_runs_what_is_queued },
    { "shutdown cancels", shutdown_cancels },
    { "shutdown without wait", shutdown_without_wait },
    { "shutdown from a task", shutdown_from_a_task },
    { "shutdown from a claimed task", shutdown_from_a_claimed_task },
    { "shutdown after nested claims", shutdown_after_nested_claims },
    { "shutdown from an inner task", shutdown_from_an_inner_task },
    { "random use", random_use },
    { "submit from many threads", submit_from_many_threads },
    { "wait from another thread", wait_from_another_thread },
    { "cancel from another thread", cancel_from_another_thread }
};

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
}
