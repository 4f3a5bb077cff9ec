/* futures_test.c - concurrent.futures: what CPython 3.11's own thread and Future tests ask for, in
 * our words, and what they leave out. With PYFEAT_PORT_NONE=1 the part that needs threads is
 * skipped as one case. A list at the end of the file names the cases of CPython that only an
 * interpreter can have. */

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
#define PYFEAT_BARRIER_IMPLEMENTATION
#define PYFEAT_FUTURES_IMPLEMENTATION
#include "../pyfeat.h"
#include "check.h"
#include "pools.h"
#include <errno.h>

static pyf_status three = 3, five = 5, seven = 7;

/* ---- FutureTests ---- */

static void future_cancel(void)
{
    pyf_future f;
    make_pending(&f);
    CHECK(pyf_future_cancel(&f) && pyf_future_cancelled(&f));
    make_running(&f);
    CHECK(!pyf_future_cancel(&f) && !pyf_future_cancelled(&f) && pyf_future_running(&f));
    make_cancelled(&f);
    CHECK(pyf_future_cancel(&f) && pyf_future_cancelled(&f));
    make_cancelled_and_notified(&f);
    CHECK(pyf_future_cancel(&f) && pyf_future_cancelled(&f) && pyf_future_done(&f));
    make_finished(&f, 5);
    CHECK(!pyf_future_cancel(&f) && !pyf_future_cancelled(&f) &&
          pyf_future_result(&f, PYF_NOW) == 5);
    make_finished(&f, PYF_OK);
    CHECK(!pyf_future_cancel(&f) && !pyf_future_cancelled(&f) &&
          pyf_future_result(&f, PYF_NOW) == PYF_OK);
}

static void future_cancelled(void)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    CHECK(!pyf_future_cancelled(&f));
    make_pending(&f);
    CHECK(!pyf_future_cancelled(&f));
    make_running(&f);
    CHECK(!pyf_future_cancelled(&f));
    make_cancelled(&f);
    CHECK(pyf_future_cancelled(&f));
    make_cancelled_and_notified(&f);
    CHECK(pyf_future_cancelled(&f));
    make_finished(&f, 5);
    CHECK(!pyf_future_cancelled(&f));
    make_finished(&f, PYF_OK);
    CHECK(!pyf_future_cancelled(&f));
}

/* Unlike Python's, a future that is cancelled but still known to its executor is not done: it must
 * not be freed yet. */
static void future_done(void)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    CHECK(!pyf_future_done(&f));
    make_pending(&f);
    CHECK(!pyf_future_done(&f));
    make_running(&f);
    CHECK(!pyf_future_done(&f));
    make_cancelled(&f);
    CHECK(!pyf_future_done(&f));
    CHECK_EQ(pyf_executor_submit(&manual, &f, nothing, NULL), PYF_INVALID_STATE_ERROR);
    make_cancelled_and_notified(&f);
    CHECK(pyf_future_done(&f));
    make_finished(&f, 5);
    CHECK(pyf_future_done(&f));
    make_finished(&f, PYF_OK);
    CHECK(pyf_future_done(&f));
}

static void future_running(void)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    CHECK(!pyf_future_running(&f));
    make_pending(&f);
    CHECK(!pyf_future_running(&f));
    make_running(&f);
    CHECK(pyf_future_running(&f));
    make_cancelled(&f);
    CHECK(!pyf_future_running(&f));
    make_cancelled_and_notified(&f);
    CHECK(!pyf_future_running(&f));
    make_finished(&f, 5);
    CHECK(!pyf_future_running(&f));
    make_finished(&f, PYF_OK);
    CHECK(!pyf_future_running(&f));
}

/* Future.result(timeout=0) and Future.exception(timeout=0) in each state. */
static void future_result_with_zero_timeout(void)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_INVALID_STATE_ERROR);
    make_pending(&f);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_future_result(&f, INT64_MIN), PYF_TIMEOUT_ERROR);
    make_running(&f);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_TIMEOUT_ERROR);
    make_cancelled(&f);
    CHECK(pyf_future_result(&f, PYF_NOW) == PYF_TIMEOUT_ERROR);
    make_cancelled_and_notified(&f);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_CANCELLED_ERROR);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_CANCELLED_ERROR);
    make_finished(&f, 5);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), 5);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), 5);
    make_finished(&f, PYF_OK);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_OK);
    CHECK_EQ(pyf_future_result(&f, 10), PYF_OK);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
}

static void future_result_keeps_every_status(void)
{
    static const pyf_status all[] = { 1,
                                      2,
                                      77,
                                      65536,
                                      INT32_MAX,
                                      PYF_VALUE_ERROR,
                                      PYF_TIMEOUT_ERROR,
                                      PYF_CANCELLED_ERROR,
                                      PYF_FULL_ERROR,
                                      -1000,
                                      INT32_MIN };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        pyf_future f;
        make_finished(&f, all[i]);
        CHECK(pyf_future_done(&f) && !pyf_future_cancelled(&f));
        CHECK_EQ(pyf_future_result(&f, PYF_NOW), all[i]);
        CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), all[i]);
    }
}

static struct { pyf_future *f; pyf_status st; unsigned calls, cancelled; int order[8]; } called;

static void on_done(pyf_future *f, void *ctx)
{
    CHECK(pyf_future_done(f) && !pyf_future_running(f));
    called.f = f;
    called.st = pyf_future_result(f, PYF_NOW);
    called.cancelled = pyf_future_cancelled(f);
    called.order[called.calls++ & 7u] = ctx == NULL ? 0 : *(int *)ctx;
}

static pyf_done_callback watch(pyf_future *f)
{
    (void)f;
    memset(&called, 0, sizeof called);
    pyf_done_callback cb = { on_done, NULL };
    return cb;
}

static void callback_with_result(void)
{
    pyf_future f;
    make_running(&f);
    pyf_done_callback cb = watch(&f);
    CHECK_EQ(pyf_future_add_done_callback(&f, &cb), PYF_OK);
    CHECK_EQ(called.calls, 0);
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_OK);
    CHECK(called.calls == 1 && called.f == &f && called.st == PYF_OK && !called.cancelled);
}

static void callback_with_exception(void)
{
    pyf_future f;
    make_pending(&f);
    pyf_done_callback cb = watch(&f);
    CHECK_EQ(pyf_future_add_done_callback(&f, &cb), PYF_OK);
    CHECK(pyf_future_set_running_or_notify_cancel(&f));
    CHECK_EQ(called.calls, 0);
    CHECK_EQ(pyf_future_set_result(&f, 5), PYF_OK);
    CHECK(called.calls == 1 && called.f == &f && called.st == 5);
}

static void callback_with_cancel(void)
{
    pyf_future f;
    make_pending(&f);
    pyf_done_callback cb = watch(&f);
    CHECK_EQ(pyf_future_add_done_callback(&f, &cb), PYF_OK);
    CHECK(pyf_future_cancel(&f));
    CHECK(!pyf_future_set_running_or_notify_cancel(&f));
    CHECK(called.calls == 1 && called.f == &f && called.st == PYF_CANCELLED_ERROR &&
          called.cancelled);
}

static void callback_already_successful(void)
{
    pyf_future f;
    make_finished(&f, PYF_OK);
    pyf_done_callback cb = watch(&f);
    CHECK_EQ(pyf_future_add_done_callback(&f, &cb), PYF_OK);
    CHECK(called.calls == 1 && called.f == &f && called.st == PYF_OK);
}

static void callback_already_failed(void)
{
    pyf_future f;
    make_finished(&f, 5);
    pyf_done_callback cb = watch(&f);
    CHECK_EQ(pyf_future_add_done_callback(&f, &cb), PYF_OK);
    CHECK(called.calls == 1 && called.f == &f && called.st == 5);
}

static void callback_already_cancelled(void)
{
    pyf_future f;
    make_cancelled_and_notified(&f);
    pyf_done_callback cb = watch(&f);
    CHECK_EQ(pyf_future_add_done_callback(&f, &cb), PYF_OK);
    CHECK(called.calls == 1 && called.f == &f && called.cancelled);
}

static void callbacks_in_order(void)
{
    static int numbers[5] = { 1, 2, 3, 4, 5 };
    pyf_future f;
    pyf_done_callback cb[5];
    make_pending(&f);
    for (int i = 0; i < 5; i++) {
        cb[i] = watch(&f);
        cb[i].ctx = &numbers[i];
        CHECK_EQ(pyf_future_add_done_callback(&f, &cb[i]), PYF_OK);
    }
    CHECK(pyf_future_set_running_or_notify_cancel(&f));
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_OK);
    CHECK_EQ(called.calls, 5);
    for (int i = 0; i < 5; i++) CHECK_EQ(called.order[i], i + 1);
}

static void callback_bad_arguments(void)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    pyf_done_callback cb = { on_done, NULL }, empty = { NULL, NULL };
    CHECK_EQ(pyf_future_add_done_callback(&f, &cb), PYF_INVALID_STATE_ERROR);
    make_pending(&f);
    CHECK_EQ(pyf_future_add_done_callback(&f, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_future_add_done_callback(NULL, &cb), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_future_add_done_callback(&f, &empty), PYF_VALUE_ERROR);
}

static pyf_done_callback late = { on_done, NULL };
static void add_late(pyf_future *f, void *ctx)
{
    (void)ctx;
    CHECK_EQ(pyf_future_add_done_callback(f, &late), PYF_OK);
}

static void callback_adds_a_callback(void)
{
    pyf_future f;
    pyf_done_callback cb = { add_late, NULL };
    (void)watch(&f);
    make_running(&f);
    CHECK_EQ(pyf_future_add_done_callback(&f, &cb), PYF_OK);
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_OK);
    CHECK_EQ(called.calls, 1);
}

static void multiple_set_result(void)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_INVALID_STATE_ERROR);
    CHECK(!pyf_future_set_running_or_notify_cancel(&f));
    make_pending(&f);
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_OK);
    CHECK_EQ(pyf_future_set_result(&f, 5), PYF_INVALID_STATE_ERROR);
    CHECK(pyf_future_done(&f) && pyf_future_result(&f, PYF_NOW) == PYF_OK);
    CHECK(!pyf_future_set_running_or_notify_cancel(&f));
}

static void multiple_set_exception(void)
{
    pyf_future f;
    make_finished(&f, 5);
    CHECK_EQ(pyf_future_set_result(&f, 6), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), 5);
    make_cancelled_and_notified(&f);
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_CANCELLED_ERROR);
}

static void set_running_twice(void)
{
    pyf_future f;
    make_running(&f);
    CHECK(!pyf_future_set_running_or_notify_cancel(&f));
    CHECK(pyf_future_running(&f));
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_OK);
    make_cancelled_and_notified(&f);
    CHECK(!pyf_future_set_running_or_notify_cancel(&f));
    CHECK(pyf_future_done(&f));
}

/* Callbacks first, then a set, which stands behind them. */
static void callbacks_and_a_set(void)
{
    static int numbers[3] = { 1, 2, 3 };
    pyf_future f;
    pyf_future_set set;
    pyf_done_callback cb[3];
    memset(&set, 0, sizeof set);
    make_running(&f);
    for (int i = 0; i < 3; i++) {
        cb[i] = watch(&f);
        cb[i].ctx = &numbers[i];
        if (i == 2) CHECK_EQ(pyf_future_set_add(&set, &f), PYF_OK);
        CHECK_EQ(pyf_future_add_done_callback(&f, &cb[i]), PYF_OK);
    }
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_OK);
    CHECK_EQ(called.calls, 3);
    for (int i = 0; i < 3; i++) CHECK_EQ(called.order[i], i + 1);
    CHECK(pyf_as_completed(&set, PYF_NOW) == &f);
    CHECK(pyf_as_completed(&set, PYF_NOW) == NULL && pyf_future_set_status(&set) == PYF_OK);
}

/* ---- executors of one's own ---- */

static pyf_status inline_submit(pyf_executor *ex, pyf_future *f)
{
    (void)ex;
    pyf_future_run(f);
    return PYF_OK;
}
static const pyf_executor_vtable inline_vtable = { inline_submit, NULL, NULL, NULL };
static pyf_executor inline_executor = { &inline_vtable };

static void custom_inline(void)
{
    static int items[100];
    pyf_future f, g;
    pyf_future_set set;
    int n = 21;
    memset(&f, 0, sizeof f);
    memset(&g, 0, sizeof g);
    memset(&set, 0, sizeof set);
    submit(&inline_executor, &f, twice, &n);
    CHECK(n == 42 && pyf_future_done(&f) && pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    submit(&inline_executor, &f, give, &five);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), 5);
    submit(&inline_executor, &g, nothing, NULL);
    CHECK_EQ(pyf_future_set_add(&set, &f), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &g), PYF_OK);
    CHECK(pyf_as_completed(&set, PYF_FOREVER) != NULL);
    CHECK(pyf_as_completed(&set, PYF_FOREVER) != NULL);
    CHECK(pyf_as_completed(&set, PYF_FOREVER) == NULL);
    for (int i = 0; i < 100; i++) items[i] = i;
    CHECK_EQ(pyf_executor_map(&inline_executor, twice, items, 100, sizeof items[0], PYF_FOREVER),
             PYF_OK);
    for (int i = 0; i < 100; i++) CHECK_EQ(items[i], 2 * i);
    CHECK_EQ(pyf_executor_shutdown(&inline_executor, PYF_SHUTDOWN_WAIT), PYF_OK);
}

struct queue_executor {
    pyf_executor base;
    pyf_future *queue[16];
    unsigned length, flags, cancels;
    pyf_status refuse;
};

static pyf_status queue_submit(pyf_executor *ex, pyf_future *f)
{
    struct queue_executor *q = (struct queue_executor *)(void *)ex;
    if (q->refuse != PYF_OK) return q->refuse;
    q->queue[q->length++ & 15u] = f;
    return PYF_OK;
}

static pyf_status queue_shutdown(pyf_executor *ex, unsigned flags)
{
    struct queue_executor *q = (struct queue_executor *)(void *)ex;
    q->flags = flags;
    return 33;
}

static bool queue_cancel(pyf_executor *ex, pyf_future *f)
{
    struct queue_executor *q = (struct queue_executor *)(void *)ex;
    q->cancels++;
    for (unsigned i = 0; i < q->length; i++) {
        if (q->queue[i] != f) continue;
        for (q->length--; i < q->length; i++) q->queue[i] = q->queue[i + 1];
        return true;
    }
    return false;
}

static bool queue_progress(pyf_executor *ex, pyf_future *f)
{
    struct queue_executor *q = (struct queue_executor *)(void *)ex;
    (void)f;
    if (q->length == 0) return false;
    pyf_future *first = q->queue[0];
    q->length--;
    for (unsigned i = 0; i < q->length; i++) q->queue[i] = q->queue[i + 1];
    pyf_future_run(first);
    return true;
}

static const pyf_executor_vtable queue_vtable = { queue_submit, queue_shutdown, queue_cancel,
                                                  queue_progress };

static void custom_queue_with_cancel_hook(void)
{
    struct queue_executor q;
    pyf_future f[3];
    pyf_done_callback cb = watch(NULL);
    memset(&q, 0, sizeof q);
    memset(f, 0, sizeof f);
    q.base.vtable = &queue_vtable;
    for (int i = 0; i < 3; i++) submit(&q.base, &f[i], nothing, NULL);
    CHECK_EQ(pyf_executor_submit(&q.base, &f[0], nothing, NULL), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(q.length, 3);
    CHECK_EQ(pyf_future_add_done_callback(&f[1], &cb), PYF_OK);
    CHECK(pyf_future_cancel(&f[1]));
    CHECK(q.length == 2 && q.cancels == 1 && q.queue[1] == &f[2]);
    CHECK(pyf_future_done(&f[1]) && pyf_future_cancelled(&f[1]) && called.calls == 1);
    CHECK_EQ(pyf_future_result(&f[1], PYF_NOW), PYF_CANCELLED_ERROR);
    CHECK(pyf_future_cancel(&f[1]));
    CHECK_EQ(q.cancels, 1);
    while (queue_progress(&q.base, NULL)) { }
    CHECK(pyf_future_done(&f[0]) && pyf_future_done(&f[2]));
    CHECK_EQ(pyf_executor_shutdown(&q.base, PYF_SHUTDOWN_CANCEL_FUTURES), 33);
    CHECK_EQ(q.flags, PYF_SHUTDOWN_CANCEL_FUTURES);
}

static void custom_refuses(void)
{
    struct queue_executor q;
    pyf_future f;
    memset(&q, 0, sizeof q);
    memset(&f, 0, sizeof f);
    q.base.vtable = &queue_vtable;
    q.refuse = 42;
    CHECK_EQ(pyf_executor_submit(&q.base, &f, nothing, NULL), 42);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_INVALID_STATE_ERROR);
    q.refuse = PYF_OK;
    submit(&q.base, &f, give, &five);
    CHECK(queue_progress(&q.base, NULL));
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), 5);
    q.refuse = 42;
    CHECK_EQ(pyf_executor_submit(&q.base, &f, nothing, NULL), 42);
    CHECK(pyf_future_done(&f));
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), 5);
}

static void custom_progress_in_one_thread(void)
{
#if PYFEAT_PORT_NONE
    struct queue_executor q;
    pyf_future f[4], stuck;
    pyf_future_set set;
    unsigned seen = 0;
    memset(&q, 0, sizeof q);
    memset(f, 0, sizeof f);
    memset(&set, 0, sizeof set);
    q.base.vtable = &queue_vtable;
    for (int i = 0; i < 4; i++) {
        submit(&q.base, &f[i], nothing, NULL);
        if (i > 1) CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    CHECK_EQ(pyf_future_result(&f[1], PYF_FOREVER), PYF_OK);
    while (pyf_as_completed(&set, PYF_FOREVER) != NULL) seen++;
    CHECK_EQ(seen, 2);
    CHECK_EQ(pyf_future_set_status(&set), PYF_OK);
    make_pending(&stuck);
    CHECK_EQ(pyf_future_result(&stuck, PYF_FOREVER), PYF_DEADLOCK_ERROR);
    CHECK_EQ(pyf_future_set_add(&set, &stuck), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_FOREVER), PYF_DEADLOCK_ERROR);
    CHECK(pyf_as_completed(&set, PYF_FOREVER) == NULL);
    CHECK_EQ(pyf_future_set_status(&set), PYF_DEADLOCK_ERROR);
    pyf_future_set_clear(&set);
#else
    CHECK_SKIP("there are threads");
#endif
}

/* ---- sets ---- */

static void set_rules(void)
{
    pyf_future f, fresh;
    pyf_future_set a, b;
    memset(&fresh, 0, sizeof fresh);
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    make_pending(&f);
    CHECK_EQ(pyf_future_set_count(&a), 0);
    CHECK_EQ(pyf_future_set_status(&a), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&a, &fresh), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_future_set_add(&a, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_future_set_add(NULL, &f), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_future_set_remove(&a, &f), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_future_set_add(&a, &f), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&a, &f), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_future_set_add(&b, &f), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_future_set_count(&a), 1);
    CHECK_EQ(pyf_future_set_count(&b), 0);
    CHECK_EQ(pyf_future_set_remove(&a, &f), PYF_OK);
    CHECK_EQ(pyf_future_set_count(&a), 0);
    CHECK_EQ(pyf_future_set_remove(&a, &f), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_future_set_add(&b, &f), PYF_OK);
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_OK);
    CHECK(pyf_future_done(&f));
    CHECK_EQ(pyf_executor_submit(&inline_executor, &f, nothing, NULL), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_future_set_add(&a, &f), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_future_set_remove(&b, &f), PYF_OK);
    CHECK(pyf_as_completed(&b, PYF_NOW) == NULL);
    CHECK_EQ(pyf_future_set_status(&b), PYF_OK);
    submit(&inline_executor, &f, nothing, NULL);
    CHECK_EQ(pyf_future_set_add(&a, &f), PYF_OK);
    CHECK(pyf_as_completed(&a, PYF_NOW) == &f);
    CHECK_EQ(pyf_future_set_add(&a, &f), PYF_OK);
    CHECK(pyf_as_completed(&a, PYF_NOW) == &f);
    CHECK(pyf_as_completed(&a, PYF_NOW) == NULL);
}

static void set_empty(void)
{
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_FOREVER), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_COMPLETED, PYF_FOREVER), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, PYF_NOW), PYF_OK);
    CHECK_EQ(pyf_wait(&set, 3, PYF_NOW), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_wait(&set, -1, PYF_NOW), PYF_VALUE_ERROR);
    CHECK(pyf_as_completed(&set, PYF_FOREVER) == NULL);
    CHECK_EQ(pyf_future_set_status(&set), PYF_OK);
    pyf_future_set_clear(&set);
}

static void set_remove_anywhere(void)
{
    static pyf_future f[6];
    pyf_future_set set;
    unsigned seen = 0;
    memset(&set, 0, sizeof set);
    for (int i = 0; i < 6; i++) {
        make_pending(&f[i]);
        CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    for (int i = 0; i < 3; i++) CHECK_EQ(pyf_future_set_result(&f[i], PYF_OK), PYF_OK);
    CHECK_EQ(pyf_future_set_remove(&set, &f[1]),
             PYF_OK); /* done, in the middle of those to be delivered */
    CHECK_EQ(pyf_future_set_remove(&set, &f[4]), PYF_OK);   /* pending, in the middle */
    CHECK_EQ(pyf_future_set_count(&set), 4);
    CHECK_EQ(pyf_future_set_result(&f[4], PYF_OK), PYF_OK); /* the set must not hear of it */
    memset(&f[4], 0xA5, sizeof f[4]);
    memset(&f[1], 0xA5, sizeof f[1]);
    for (pyf_future *g; (g = pyf_as_completed(&set, PYF_NOW)) != NULL;)
        seen |= 1u << (unsigned)(g - f);
    CHECK_EQ(seen, 5);
    CHECK_EQ(pyf_future_set_status(&set), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_future_set_count(&set), 2);
    CHECK_EQ(pyf_future_set_remove(&set, &f[3]), PYF_OK);
    CHECK_EQ(pyf_future_set_remove(&set, &f[5]), PYF_OK);
    CHECK(pyf_as_completed(&set, PYF_FOREVER) == NULL);
    CHECK_EQ(pyf_future_set_status(&set), PYF_OK);
    CHECK_EQ(pyf_future_set_result(&f[3], PYF_OK), PYF_OK);
    CHECK_EQ(pyf_future_set_result(&f[5], PYF_OK), PYF_OK);
}

static void set_clear_and_reuse(void)
{
    static pyf_future f[4];
    pyf_future_set set, next;
    memset(&set, 0, sizeof set);
    memset(&next, 0, sizeof next);
    for (int i = 0; i < 4; i++) {
        make_pending(&f[i]);
        CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    CHECK_EQ(pyf_future_set_result(&f[0], PYF_OK), PYF_OK);
    CHECK(pyf_future_cancel(&f[1]));
    pyf_future_set_clear(&set);
    CHECK_EQ(pyf_future_set_count(&set), 0);
    for (int i = 0; i < 4; i++) CHECK_EQ(pyf_future_set_add(&next, &f[i]), PYF_OK);
    memset(&set, 0xA5, sizeof set);
    CHECK(!pyf_future_set_running_or_notify_cancel(&f[1]));
    CHECK_EQ(pyf_future_set_result(&f[2], 5), PYF_OK);
    CHECK_EQ(pyf_future_set_result(&f[3], PYF_OK), PYF_OK);
    CHECK_EQ(pyf_wait(&next, PYF_ALL_COMPLETED, PYF_NOW), PYF_OK);
    pyf_future_set_clear(&next);
    for (int i = 0; i < 4; i++) submit(&inline_executor, &f[i], nothing, NULL);
    CHECK_EQ(pyf_future_set_count(&next), 0);
}

/* ---- WaitTests, with futures in known states ---- */

static void
wait_adding_twice(void) /* CPython's test_20369: the same future twice in wait() must not hang */
{
    pyf_future f;
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    make_pending(&f);
    CHECK_EQ(pyf_future_set_add(&set, &f), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &f), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_FOREVER), PYF_OK);
    CHECK_EQ(pyf_future_set_count(&set), 1);
}

static void wait_first_completed_some_already(void)
{
    pyf_future pending, cancelled, good;
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    make_pending(&pending);
    make_cancelled_and_notified(&cancelled);
    make_finished(&good, PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &pending), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_COMPLETED, PYF_NOW), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_future_set_add(&set, &cancelled), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_COMPLETED, PYF_NOW), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &good), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_COMPLETED, PYF_FOREVER), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_NOW), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_future_set_count(&set), 3);
    pyf_future_set_clear(&set);
}

static void wait_first_exception_some_already(void)
{
    pyf_future pending, cancelled, notified, good, bad;
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    make_pending(&pending);
    make_cancelled(&cancelled);
    make_cancelled_and_notified(&notified);
    make_finished(&good, PYF_OK);
    make_finished(&bad, 5);
    CHECK_EQ(pyf_future_set_add(&set, &pending), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &cancelled), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &notified), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &good), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, PYF_NOW),
             PYF_TIMEOUT_ERROR); /* cancelled is not failed */
    CHECK_EQ(pyf_future_set_add(&set, &bad), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, PYF_NOW), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, PYF_FOREVER), PYF_OK);
    CHECK(!pyf_future_done(&pending) && !pyf_future_done(&cancelled));
    pyf_future_set_clear(&set);
}

static void wait_first_exception_without_one(void)
{
    pyf_future a, b;
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    make_pending(&a);
    make_pending(&b);
    CHECK_EQ(pyf_future_set_add(&set, &a), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &b), PYF_OK);
    CHECK_EQ(pyf_future_set_result(&a, PYF_OK), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, PYF_NOW), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_future_set_result(&b, PYF_OK), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, PYF_FOREVER), PYF_OK);
    pyf_future_set_clear(&set);
}

static void wait_first_exception_later(void)
{
    pyf_future a, b, c;
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    make_pending(&a);
    make_pending(&b);
    make_pending(&c);
    CHECK_EQ(pyf_future_set_add(&set, &a), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &b), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &c), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, PYF_NOW), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_future_set_result(&b, 5), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, PYF_NOW), PYF_OK);
    CHECK(pyf_as_completed(&set, PYF_NOW) == &b);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, PYF_NOW),
             PYF_TIMEOUT_ERROR); /* the failed one has left the set */
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_COMPLETED, PYF_NOW), PYF_TIMEOUT_ERROR);
    pyf_future_set_clear(&set);
}

static void completion_order(void)
{
    static const int turn[6] = { 3, 0, 5, 1, 4, 2 };
    static pyf_future f[6];
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    for (int i = 0; i < 6; i++) {
        make_pending(&f[i]);
        CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    for (int i = 0; i < 3; i++) CHECK_EQ(pyf_future_set_result(&f[turn[i]], i), PYF_OK);
    CHECK(pyf_as_completed(&set, PYF_NOW) == &f[turn[0]]);
    for (int i = 3; i < 6; i++) CHECK_EQ(pyf_future_set_result(&f[turn[i]], i), PYF_OK);
    for (int i = 1; i < 6; i++) CHECK(pyf_as_completed(&set, PYF_NOW) == &f[turn[i]]);
    CHECK(pyf_as_completed(&set, PYF_NOW) == NULL);
    CHECK_EQ(pyf_future_set_status(&set), PYF_OK);
}

/* ---- a pool, on any target ---- */

static void pool_submit(void)
{
    static pyf_future f[50];
    static int n[50];
    pyf_executor *ex = POOL(.max_workers = 5);
    for (int i = 0; i < 50; i++) {
        n[i] = i;
        submit(ex, &f[i], twice, &n[i]);
    }
    for (int i = 0; i < 50; i++) {
        CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER), PYF_OK);
        CHECK(pyf_future_done(&f[i]) && !pyf_future_running(&f[i]) && !pyf_future_cancelled(&f[i]));
        CHECK(pyf_future_arg(&f[i]) == &n[i]);
        CHECK_EQ(n[i], 2 * i);
    }
    submit(ex, &f[0], give, &five);
    CHECK_EQ(pyf_future_result(&f[0], PYF_FOREVER), 5);
    close_pool(ex);
}

static void pool_submit_bad_arguments(void)
{
    pyf_future f;
    pyf_executor *ex = POOL(.max_workers = 1);
    memset(&f, 0, sizeof f);
    CHECK_EQ(pyf_executor_submit(NULL, &f, nothing, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_submit(ex, NULL, nothing, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_submit(ex, &f, NULL, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_INVALID_STATE_ERROR);
    submit(ex, &f, nothing, NULL);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_INVALID_STATE_ERROR);
    close_pool(ex);
}

static void pool_unused(void)
{
    pyf_executor *ex = POOL(.max_workers = 3);
    close_pool(ex);
    ex = POOL(.max_workers = 3);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT | PYF_SHUTDOWN_CANCEL_FUTURES), PYF_OK);
    ex = POOL(.max_workers = 3);
    CHECK_EQ(pyf_executor_shutdown(ex, 0), PYF_OK);
    CHECK_EQ(heap_blocks, heap_releases);
    CHECK_EQ(pyf_executor_shutdown(NULL, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(pyf_executor_shutdown(NULL, 0), PYF_OK);
}

static void pool_bad_options(void)
{
    static union {
        uint64_t align;
        void *pointer;
        unsigned char bytes[PYF_THREAD_POOL_BYTES(4)];
    } block;
    pyf_status st = PYF_OK;
    CHECK(POOL(.max_workers = 65536, .status = &st) == NULL);
    CHECK_EQ(st, PYF_VALUE_ERROR);
    CHECK(POOL(.max_workers = ~0u) == NULL);
    st = PYF_OK;
    CHECK(pyf_thread_pool_executor(.max_workers = 4, .memory = &block, .memory_size = 64,
                                   .status = &st) == NULL);
    CHECK_EQ(st, PYF_VALUE_ERROR);
    st = PYF_OK;
    CHECK(pyf_thread_pool_executor(.max_workers = 4, .memory = &block, .status = &st) == NULL);
    CHECK_EQ(st, PYF_VALUE_ERROR);
    CHECK_EQ(heap_blocks, heap_releases);
}

static void *no_memory(void *ctx, size_t size)
{
    (void)size;
    CHECK_COUNT(*(unsigned *)ctx);
    return NULL;
}
static void never_release(void *ctx, void *block, size_t size)
{
    (void)ctx;
    (void)block;
    (void)size;
    CHECK(0);
}

static void pool_failing_allocator(void)
{
    unsigned asked = 0;
    pyf_allocator none;
    pyf_status st = PYF_OK;
    none.alloc = no_memory;
    none.release = never_release;
    none.ctx = &asked;
    CHECK(pyf_thread_pool_executor(.max_workers = 4, .allocator = &none, .status = &st) == NULL);
    CHECK_EQ(st, PYF_MEMORY_ERROR);
    CHECK_EQ(asked, 1);
    CHECK(pyf_thread_pool_executor(.max_workers = 4, .allocator = &none) == NULL);
}

static size_t allocated_size, released_size;
static void *sized_alloc(void *ctx, size_t size)
{
    allocated_size = size;
    return heap_alloc(ctx, size);
}
static void sized_release(void *ctx, void *block, size_t size)
{
    released_size = size;
    heap_release(ctx, block, size);
}

static void pool_one_block(void)
{
    static pyf_future f[100];
    unsigned n = 0, before = heap_blocks;
    pyf_allocator sized;
    sized.alloc = sized_alloc;
    sized.release = sized_release;
    sized.ctx = NULL;
    pyf_executor *ex = pyf_thread_pool_executor(.max_workers = 4, .allocator = &sized);
    for (int i = 0; i < 100; i++) submit(ex, &f[i], count, &n);
    for (int i = 0; i < 100; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER), PYF_OK);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(n, 100);
    CHECK_EQ(heap_blocks, before + 1);
    CHECK_EQ(heap_releases, before + 1);
    CHECK(released_size == allocated_size && released_size <= PYF_THREAD_POOL_BYTES(4));
}

static void pool_in_memory(void)
{
    static union {
        uint64_t align;
        void *pointer;
        long double big;
        unsigned char bytes[PYF_THREAD_POOL_BYTES(3)];
    } block;
    static pyf_future f[40];
    for (int round = 0; round < 3; round++) {
        unsigned n = 0;
        pyf_status st = 1;
        memset(&block, 0xA5, sizeof block);
        pyf_executor *ex = pyf_thread_pool_executor(.max_workers = 3, .memory = &block,
                                                    .memory_size = sizeof block, .status = &st);
        CHECK(ex != NULL);
        if (ex == NULL) return;
        for (int i = 0; i < 40; i++) submit(ex, &f[i], count, &n);
        CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
        memset(&block, 0x5A, sizeof block);
        CHECK_EQ(n, 40);
        for (int i = 0; i < 40; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_NOW), PYF_OK);
    }
}

static void pool_default(void)
{
#if PYFEAT_NO_MALLOC
    CHECK_SKIP("built without malloc");
#else
    static pyf_future f[10];
    unsigned n = 0;
    pyf_executor *ex = pyf_thread_pool_executor();
    CHECK(ex != NULL);
    for (int i = 0; i < 10; i++) submit(ex, &f[i], count, &n);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(n, 10);
#endif
}

static void pool_future_reused(void)
{
    pyf_future f;
    unsigned n = 0;
    pyf_executor *ex = POOL(.max_workers = 2), *other = POOL(.max_workers = 1);
    memset(&f, 0, sizeof f);
    for (int i = 0; i < 1000; i++) {
        submit(i % 2 ? ex : other, &f, count, &n);
        CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
    }
    CHECK_EQ(n, 1000);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(pyf_executor_shutdown(other, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(heap_blocks, heap_releases);
}

static void map_all(void)
{
    static int items[5000];
    pyf_executor *ex = POOL(.max_workers = 4);
    static const size_t counts[] = { 0, 1, 2, 3, 7, 64, 1000, 5000 };
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        for (int i = 0; i < 5000; i++) items[i] = i;
        CHECK_EQ(pyf_executor_map(ex, twice, items, counts[k], sizeof items[0], PYF_FOREVER),
                 PYF_OK);
        for (int i = 0; i < 5000; i++) CHECK_EQ(items[i], (size_t)i < counts[k] ? 2 * i : i);
    }
    CHECK_EQ(pyf_executor_map(ex, twice, items, 10, sizeof items[0], LONG), PYF_OK);
    close_pool(ex);
}

struct item { pyf_status st; unsigned runs; };
static pyf_status run_item(void *arg)
{
    struct item *item = arg;
    item->runs++;
    return item->st;
}

static void map_exception(void)
{
    static struct item items[3000];
    pyf_executor *ex = POOL(.max_workers = 4);
    for (int round = 0; round < 20; round++) {
        memset(items, 0, sizeof items);
        items[100].st = 7;
        items[101].st = 8;
        items[2000].st = 9;
        CHECK_EQ(pyf_executor_map(ex, run_item, items, 3000, sizeof items[0], PYF_FOREVER), 7);
        for (int i = 0; i <= 100; i++) CHECK_EQ(items[i].runs, 1);
        for (int i = 101; i < 3000; i++) CHECK(items[i].runs <= 1);
    }
    close_pool(ex);
}

static void map_failure_leaves_the_rest_out(void)
{
    static struct item items[100];
    pyf_executor *ex = POOL(.max_workers = 1);
    items[0].st = 7;
    CHECK_EQ(pyf_executor_map(ex, run_item, items, 1, sizeof items[0], PYF_FOREVER), 7);
    CHECK_EQ(items[0].runs, 1);
    close_pool(ex);
    CHECK_EQ(pyf_executor_map(&inline_executor, run_item, items, 100, sizeof items[0], PYF_FOREVER),
             7);
    unsigned all = 0;
    for (int i = 1; i < 100; i++) all += items[i].runs;
    CHECK(all < 99);
}

static void map_no_time(void)
{
    static int items[100];
    pyf_executor *ex = POOL(.max_workers = 2);
    CHECK_EQ(pyf_executor_map(ex, twice, items, 100, sizeof items[0], PYF_NOW), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_executor_map(ex, twice, items, 100, sizeof items[0], -1), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_executor_map(ex, twice, items, 0, sizeof items[0], PYF_NOW), PYF_OK);
    close_pool(ex);
}

static void map_bad_arguments(void)
{
    static int items[2];
    unsigned n = 0;
    pyf_executor *ex = POOL(.max_workers = 1);
    CHECK_EQ(pyf_executor_map(NULL, count, items, 2, sizeof items[0], PYF_FOREVER),
             PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_map(ex, NULL, items, 2, sizeof items[0], PYF_FOREVER), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_map(ex, count, NULL, 2, sizeof items[0], PYF_FOREVER), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_map(ex, count, NULL, 0, sizeof items[0], PYF_FOREVER), PYF_OK);
    CHECK_EQ(pyf_executor_map(ex, count, &n, 5, 0, PYF_FOREVER), PYF_OK);
    CHECK_EQ(n, 5);
    close_pool(ex);
}

static void map_inside_map_items(void);
static pyf_executor *nested_pool;
static int nested_items[8][8];
static pyf_status map_row(void *arg)
{
    return pyf_executor_map(nested_pool, twice, arg, 8, sizeof nested_items[0][0], PYF_FOREVER);
}

static void map_inside_map(void)
{
    nested_pool = POOL(.max_workers = 2);
    map_inside_map_items();
    close_pool(nested_pool);
    nested_pool = POOL(.max_workers = 1);
    map_inside_map_items();
    close_pool(nested_pool);
}

static void map_inside_map_items(void)
{
    for (int i = 0; i < 64; i++) nested_items[i / 8][i % 8] = i;
    CHECK_EQ(pyf_executor_map(nested_pool, map_row, nested_items, 8, sizeof nested_items[0],
                              PYF_FOREVER),
             PYF_OK);
    for (int i = 0; i < 64; i++) CHECK_EQ(nested_items[i / 8][i % 8], 2 * i);
}

static void as_completed_no_timeout(void)
{
    static pyf_future f[20];
    pyf_future good, notified;
    pyf_future_set set;
    unsigned seen = 0, others = 0;
    pyf_executor *ex = POOL(.max_workers = 3);
    memset(&set, 0, sizeof set);
    make_finished(&good, PYF_OK);
    make_cancelled_and_notified(&notified);
    CHECK_EQ(pyf_future_set_add(&set, &good), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &notified), PYF_OK);
    for (int i = 0; i < 20; i++) {
        submit(ex, &f[i], i % 2 ? nothing : give, &five);
        CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    CHECK_EQ(pyf_future_set_count(&set), 22);
    for (pyf_future *g; (g = pyf_as_completed(&set, PYF_FOREVER)) != NULL;) {
        CHECK(pyf_future_done(g));
        if (g == &good || g == &notified) others++;
        else seen |= 1u << (unsigned)(g - f);
    }
    CHECK_EQ(others, 2);
    CHECK_EQ(seen, (1u << 20) - 1u);
    CHECK_EQ(pyf_future_set_status(&set), PYF_OK);
    CHECK_EQ(pyf_future_set_count(&set), 0);
    for (int i = 0; i < 20; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_NOW), i % 2 ? PYF_OK : 5);
    close_pool(ex);
}

static void as_completed_zero_timeout(void)
{
    pyf_future pending, good, bad, notified;
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    make_pending(&pending);
    make_finished(&good, PYF_OK);
    make_finished(&bad, 5);
    make_cancelled_and_notified(&notified);
    CHECK_EQ(pyf_future_set_add(&set, &pending), PYF_OK);
    CHECK(pyf_as_completed(&set, PYF_NOW) == NULL);
    CHECK_EQ(pyf_future_set_status(&set), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_future_set_add(&set, &good), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &bad), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &notified), PYF_OK);
    for (int i = 0; i < 3; i++) {
        pyf_future *g = pyf_as_completed(&set, PYF_NOW);
        CHECK(g == &good || g == &bad || g == &notified);
    }
    CHECK(pyf_as_completed(&set, PYF_NOW) == NULL);
    CHECK_EQ(pyf_future_set_status(&set), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_future_set_count(&set), 1);
    CHECK_EQ(pyf_future_set_result(&pending, PYF_OK), PYF_OK);
    CHECK(pyf_as_completed(&set, PYF_NOW) == &pending);
    CHECK(pyf_as_completed(&set, PYF_NOW) == NULL);
    CHECK_EQ(pyf_future_set_status(&set), PYF_OK);
}

/* A task submits a task and waits for it, and so on: one worker is enough, and the stack its only
 * limit. */
enum { DEPTH = !CHECK_FORK ? 20 : PYFEAT_PORT_NONE ? 2000 : 10000 };
static pyf_future chain[DEPTH + 1];
static unsigned chained;

static pyf_status link_of_chain(void *arg)
{
    unsigned i = (unsigned)((pyf_future *)arg - chain);
    chained++;
    if (i == DEPTH) return 42;
    pyf_status st = pyf_executor_submit(nested_pool, &chain[i + 1], link_of_chain, &chain[i + 1]);
    return st != PYF_OK ? st : pyf_future_result(&chain[i + 1], PYF_FOREVER);
}

static void nested_waits(void)
{
    nested_pool = POOL(.max_workers = 1, .stack_size = (size_t)256 << 20);
    submit(nested_pool, &chain[0], link_of_chain, &chain[0]);
#if PYFEAT_PORT_NONE
    CHECK_EQ(pyf_future_result(&chain[0], PYF_FOREVER), 42);
#else
    CHECK_EQ(pyf_future_result(&chain[0], LONG), 42);
#endif
    CHECK_EQ(chained, DEPTH + 1);
    close_pool(nested_pool);
}

static pyf_future self;
static pyf_status wait_for_self(void *arg)
{
    (void)arg;
    return pyf_future_result(&self, PYF_FOREVER);
}

static void result_of_self_is_a_deadlock(void)
{
    pyf_executor *ex = POOL(.max_workers = 2);
    submit(ex, &self, wait_for_self, NULL);
    CHECK_EQ(pyf_future_result(&self, PYF_FOREVER), PYF_DEADLOCK_ERROR);
    close_pool(ex);
}

static pyf_future up, down;
static pyf_status down_waits_for_up(void *arg)
{
    (void)arg;
    return pyf_future_result(&up, PYF_FOREVER) == PYF_DEADLOCK_ERROR ? 11 : 12;
}

static pyf_status up_waits_for_down(void *arg)
{
    (void)arg;
    submit(nested_pool, &down, down_waits_for_up, NULL);
    return pyf_future_result(&down, PYF_FOREVER);
}

/* The task of a claim waits for the one that claimed it. */
static void deadlock_through_a_claim(void)
{
    nested_pool = POOL(.max_workers = 1);
    submit(nested_pool, &up, up_waits_for_down, NULL);
    CHECK_EQ(pyf_future_result(&up, PYF_FOREVER), 11);
    close_pool(nested_pool);
}

static pyf_status up_lets_down_begin(void *arg)
{
    (void)arg;
    submit(nested_pool, &down, down_waits_for_up, NULL);
    for (int64_t t0 = pyf_now_ms(); !PYFEAT_PORT_NONE && !pyf_future_running(&down);)
        if (pyf_now_ms() - t0 > 2000) break; /* where this thread is the pool's only worker */
    pyf_status st = pyf_future_result(&down, PYF_FOREVER);
    return st == PYF_DEADLOCK_ERROR ? 13 : st;
}

/* The same, where a worker has begun that task already: whoever waits last is told. */
static void deadlock_with_a_thread_outside(void)
{
    nested_pool = POOL(.max_workers = 1);
    submit(nested_pool, &up, up_lets_down_begin, NULL);
    pyf_status st = pyf_future_result(&up, PYF_FOREVER);
    CHECK(st == 11 || st == 12 || st == 13);
    close_pool(nested_pool);
}

static pyf_status shutdown_result, submit_result;
static pyf_future refused;
static pyf_status shut_down(void *arg)
{
    shutdown_result = pyf_executor_shutdown(nested_pool, *(unsigned *)arg);
    submit_result = pyf_executor_submit(nested_pool, &refused, nothing, NULL);
    CHECK(!pyf_future_done(&refused));
    return 6;
}

/* CPython: submit after shutdown. Here only tasks of the executor may still touch it. */
static void shutdown_from_a_worker(void)
{
    static unsigned modes[4] = { 0, PYF_SHUTDOWN_WAIT, PYF_SHUTDOWN_CANCEL_FUTURES,
                                 PYF_SHUTDOWN_WAIT | PYF_SHUTDOWN_CANCEL_FUTURES };
    for (int i = 0; i < 4; i++) {
        static pyf_future f;
        nested_pool = POOL(.max_workers = 1);
        submit_result = PYF_OK;
        submit(nested_pool, &f, shut_down, &modes[i]);
        CHECK_EQ(pyf_future_result(&f, LONG), 6);
        CHECK_EQ(shutdown_result, modes[i] & PYF_SHUTDOWN_WAIT ? PYF_DEADLOCK_ERROR : PYF_OK);
        CHECK_EQ(submit_result, PYF_RUNTIME_ERROR);
    }
    await_release();
}

static void context_manager_shutdown(void)
{
    static pyf_future f[50];
    unsigned n = 0;
    pyf_executor *ex = POOL(.max_workers = 5);
    for (int i = 0; i < 50; i++) submit(ex, &f[i], count, &n);
    close_pool(ex);
    CHECK_EQ(n, 50);
    for (int i = 0; i < 50; i++)
        CHECK(pyf_future_done(&f[i]) && pyf_future_result(&f[i], PYF_NOW) == PYF_OK);
}

static void shutdown_no_wait(void)
{
    static pyf_future f[50];
    unsigned n = 0;
    pyf_executor *ex = POOL(.max_workers = 3);
    for (int i = 0; i < 50; i++) submit(ex, &f[i], count, &n);
    CHECK_EQ(pyf_executor_shutdown(ex, 0), PYF_OK);
    for (int i = 0; i < 50; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER), PYF_OK);
    CHECK_EQ(n, 50);
    await_release();
}

static void shutdown_cancels_what_has_not_begun(void)
{
    static pyf_future f[50];
    unsigned n = 0, cancelled = 0, seen = 0;
    pyf_future_set set;
    pyf_executor *ex = POOL(.max_workers = 2);
    memset(&set, 0, sizeof set);
    for (int i = 0; i < 50; i++) {
        submit(ex, &f[i], count, &n);
        CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT | PYF_SHUTDOWN_CANCEL_FUTURES), PYF_OK);
    CHECK_EQ(heap_blocks, heap_releases);
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_NOW), PYF_OK);
    for (pyf_future *g; (g = pyf_as_completed(&set, PYF_NOW)) != NULL; seen++) {
        cancelled += pyf_future_cancelled(g);
        CHECK_EQ(pyf_future_result(g, PYF_NOW),
                 pyf_future_cancelled(g) ? PYF_CANCELLED_ERROR : PYF_OK);
    }
    CHECK_EQ(seen, 50);
    CHECK_EQ(n + cancelled, 50);
}

static void cancel_pending_in_a_pool(void)
{
    static pyf_future f[100];
    unsigned n = 0, cancelled = 0;
    pyf_executor *ex = POOL(.max_workers = 2);
    for (int i = 0; i < 100; i++) submit(ex, &f[i], count, &n);
    for (int i = 99; i >= 0; i--) {
        if (!pyf_future_cancel(&f[i])) continue;
        cancelled++;
        CHECK(pyf_future_cancelled(&f[i]));
        CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER), PYF_CANCELLED_ERROR);
        memset(&f[i], 0xA5, sizeof f[i]);
    }
    close_pool(ex);
    CHECK_EQ(n + cancelled, 100);
}

static void submit_from_callback_fn(pyf_future *f, void *ctx)
{
    (void)f;
    submit(nested_pool, &refused, count, ctx);
}

static void submit_from_a_callback(void)
{
    pyf_future f;
    unsigned n = 0;
    pyf_done_callback cb = { submit_from_callback_fn, NULL };
    cb.ctx = &n;
    memset(&f, 0, sizeof f);
    nested_pool = POOL(.max_workers = 1);
    submit(nested_pool, &f, nothing, NULL);
    CHECK_EQ(pyf_future_add_done_callback(&f, &cb), PYF_OK);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
    CHECK_EQ(pyf_future_result(&refused, PYF_FOREVER), PYF_OK);
    CHECK_EQ(n, 1);
    close_pool(nested_pool);
}

static pyf_status initialized_with;
static pyf_status initialize(void *arg) { initialized_with = *(pyf_status *)arg; return PYF_OK; }
static pyf_status get_init_status(void *arg) { (void)arg; return initialized_with; }

static void initializer(void)
{
    pyf_future f[2];
    memset(f, 0, sizeof f);
    pyf_executor *ex = POOL(.max_workers = 1, .initializer = initialize, .initarg = &seven);
    for (int i = 0; i < 2; i++) submit(ex, &f[i], get_init_status, NULL);
    for (int i = 0; i < 2; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER), 7);
    close_pool(ex);
}

static void failing_initializer(void)
{
    static pyf_future f[5];
    pyf_future_set set;
    unsigned n = 0, submitted = 0, seen = 0;
    pyf_executor *ex = POOL(.max_workers = 2, .initializer = give, .initarg = &three);
    memset(&set, 0, sizeof set);
    for (int i = 0; i < 5; i++) {
        pyf_status st = pyf_executor_submit(ex, &f[i], count, &n);
        CHECK(st == PYF_OK || st == PYF_BROKEN_EXECUTOR_ERROR);
        if (st != PYF_OK) break;
        submitted++;
        CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    for (pyf_future *g; (g = pyf_as_completed(&set, PYF_FOREVER)) != NULL; seen++) {
        CHECK_EQ(pyf_future_result(g, PYF_FOREVER), PYF_BROKEN_EXECUTOR_ERROR);
        CHECK(!pyf_future_cancelled(g));
    }
    CHECK_EQ(pyf_future_set_status(&set), PYF_OK);
    CHECK_EQ(seen, submitted);
    memset(f, 0, sizeof f);
    CHECK_EQ(pyf_executor_submit(ex, &f[0], count, &n), PYF_BROKEN_EXECUTOR_ERROR);
    CHECK_EQ(pyf_future_result(&f[0], PYF_NOW), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_executor_map(ex, count, &n, 1, sizeof n, PYF_FOREVER), PYF_BROKEN_EXECUTOR_ERROR);
    close_pool(ex);
    CHECK_EQ(n, 0);
}

static void null_arguments(void)
{
    pyf_executor *ex = POOL(.max_workers = 1);
    pyf_future f;
    pyf_future_set set, other;
    int items[2] = { 1, 2 };
    memset(&f, 0, sizeof f);
    memset(&set, 0, sizeof set);
    memset(&other, 0, sizeof other);
    CHECK_EQ(pyf_executor_submit(NULL, &f, give, &seven), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_submit(ex, NULL, give, &seven), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_submit(ex, &f, NULL, &seven), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_map(NULL, twice, items, 2, sizeof items[0], PYF_FOREVER), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_map(ex, NULL, items, 2, sizeof items[0], PYF_FOREVER), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_map(ex, twice, NULL, 2, sizeof items[0], PYF_FOREVER), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_map(ex, twice, NULL, 0, sizeof items[0], PYF_FOREVER), PYF_OK);
    CHECK_EQ(pyf_executor_map(ex, nothing, NULL, 3, 0, PYF_FOREVER), PYF_OK);
    CHECK_EQ(pyf_future_set_add(NULL, &f), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_future_set_add(&set, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_future_set_remove(NULL, &f), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_future_set_remove(&set, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_future_set_remove(&set, &f), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_wait(NULL, PYF_ALL_COMPLETED, PYF_NOW), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_wait(&set, -1, PYF_NOW), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_wait(&set, 3, PYF_NOW), PYF_VALUE_ERROR);
    CHECK(pyf_as_completed(NULL, PYF_NOW) == NULL);
    pyf_future_set_clear(NULL);
    pyf_future_set_clear(&set);
    CHECK_EQ(pyf_future_add_done_callback(NULL, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_future_add_done_callback(&f, NULL), PYF_VALUE_ERROR);
    CHECK(pyf_thread_pool_executor_with(NULL) == NULL);
    CHECK_EQ(pyf_executor_shutdown(NULL, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK(pyf_poll_executor_base(NULL) == NULL);
    CHECK(pyf_poll_executor_run(NULL, 1) == PYF_FOREVER);
    submit(ex, &f, give, &seven);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), 7);
    CHECK_EQ(pyf_future_set_add(&set, &f), PYF_OK);
    CHECK_EQ(pyf_future_set_remove(&other, &f), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_executor_submit(ex, &f, give, &seven), PYF_INVALID_STATE_ERROR);
    pyf_future_set_clear(&set);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(heap_blocks, heap_releases);
}

static void errno_is_left_alone(void)
{
    static pyf_future f[20];
    static int items[100];
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    errno = 4321;
    pyf_executor *ex = POOL(.max_workers = 2);
    for (int i = 0; i < 20; i++) {
        submit(ex, &f[i], nothing, NULL);
        CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_FOREVER), PYF_OK);
    CHECK_EQ(pyf_executor_map(ex, twice, items, 100, sizeof items[0], PYF_FOREVER), PYF_OK);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
    (void)pyf_now_ms();
    CHECK_EQ(errno, 4321);
}

/* ---- with threads ---- */

#if PYFEAT_PORT_NONE

static void threads(void) { CHECK_SKIP("needs threads"); }

#else

static pyf_status nap(void *arg) { sleep_ms(*(int *)arg); return PYF_OK; }
static int ms_2 = 2, ms_10 = 10;

/* ---- Future, from another thread ---- */

struct ending { pyf_future *f; pyf_status st; int cancel; };

static void *end_future(void *arg)
{
    struct ending *e = arg;
    sleep_ms(20);
    if (e->cancel) {
        CHECK(pyf_future_cancel(e->f));
        CHECK(!pyf_future_set_running_or_notify_cancel(e->f));
    } else {
        CHECK(pyf_future_set_running_or_notify_cancel(e->f));
        CHECK_EQ(pyf_future_set_result(e->f, e->st), PYF_OK);
    }
    return NULL;
}

static void end_elsewhere(pyf_status st, int cancel, int64_t timeout_ms, pyf_status want)
{
    pyf_future f;
    struct ending e = { NULL, PYF_OK, 0 };
    e.f = &f;
    e.st = st;
    e.cancel = cancel;
    make_pending(&f);
    pthread_t t = start(end_future, &e);
    CHECK_EQ(pyf_future_result(&f, timeout_ms), want);
    CHECK(pyf_future_done(&f));
    join(t);
}

static void result_with_success(void)
{
    end_elsewhere(PYF_OK, 0, PYF_FOREVER, PYF_OK);
    end_elsewhere(PYF_OK, 0, LONG, PYF_OK);
}

static void exception_with_success(void)
{
    end_elsewhere(5, 0, PYF_FOREVER, 5);
    end_elsewhere(5, 0, LONG, 5);
}

static void result_with_cancel(void)
{
    end_elsewhere(PYF_OK, 1, PYF_FOREVER, PYF_CANCELLED_ERROR);
    end_elsewhere(PYF_OK, 1, LONG, PYF_CANCELLED_ERROR);
}

static void result_times_out(void)
{
    pyf_future f;
    make_running(&f);
    int64_t t0 = pyf_now_ms();
    CHECK_EQ(pyf_future_result(&f, 30), PYF_TIMEOUT_ERROR);
    CHECK(pyf_now_ms() - t0 >= 29);
    CHECK_EQ(pyf_future_set_result(&f, PYF_OK), PYF_OK);
    CHECK_EQ(pyf_future_result(&f, 30), PYF_OK);
}

/* The callback runs in the thread that ends the future. */
static pthread_t callback_thread;
static void note_thread(pyf_future *f, void *ctx)
{
    CHECK(pyf_future_done(f));
    callback_thread = pthread_self();
    CHECK_COUNT(*(unsigned *)ctx);
}

static pthread_t task_thread;
static pyf_status pass_gate_and_note_thread(void *arg)
{
    task_thread = pthread_self();
    return pass_gate(arg);
}

static void callback_in_the_thread_that_ends_it(void)
{
    static struct gate g = GATE;
    pyf_future f, queued;
    unsigned calls = 0;
    pyf_done_callback cb = { note_thread, NULL }, cb2 = { note_thread, NULL };
    cb.ctx = cb2.ctx = &calls;
    memset(&f, 0, sizeof f);
    memset(&queued, 0, sizeof queued);
    pyf_executor *ex = POOL(.max_workers = 1);
    submit(ex, &f, pass_gate_and_note_thread, &g);
    await_arrivals(&g, 1);
    submit(ex, &queued, nothing, NULL);
    CHECK_EQ(pyf_future_add_done_callback(&queued, &cb2), PYF_OK);
    CHECK(pyf_future_cancel(&queued));
    CHECK_EQ(pyf_future_result(&queued, LONG), PYF_CANCELLED_ERROR);
    CHECK_EQ(CHECK_READ(calls), 1);
    CHECK(pthread_equal(callback_thread, pthread_self()));
    CHECK_EQ(pyf_future_add_done_callback(&f, &cb), PYF_OK);
    open_gate(&g);
    CHECK_EQ(pyf_future_result(&f, LONG), PYF_OK);
    CHECK_EQ(calls, 2);
    CHECK(pthread_equal(callback_thread, task_thread) &&
          !pthread_equal(callback_thread, pthread_self()));
    close_pool(ex);
}

/* done() is false from outside until every callback has returned. */
static struct gate callback_gate = GATE;
static void wait_in_callback(pyf_future *f, void *ctx)
{
    (void)ctx;
    CHECK(pyf_future_done(f));
    (void)pass_gate(&callback_gate);
}

static void not_done_while_callbacks_run(void)
{
    static struct gate g = GATE;
    pyf_future f;
    pyf_done_callback cb = { wait_in_callback, NULL };
    memset(&f, 0, sizeof f);
    pyf_executor *ex = POOL(.max_workers = 1);
    submit(ex, &f, pass_gate, &g);
    CHECK_EQ(pyf_future_add_done_callback(&f, &cb), PYF_OK);
    open_gate(&g);
    await_arrivals(&callback_gate, 1);
    CHECK(!pyf_future_done(&f));
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_TIMEOUT_ERROR);
    CHECK(!pyf_future_cancel(&f));
    open_gate(&callback_gate);
    CHECK_EQ(pyf_future_result(&f, LONG), PYF_OK);
    CHECK(pyf_future_done(&f));
    close_pool(ex);
}

/* ---- claims ---- */

static pyf_status note_task_thread(void *arg)
{
    (void)arg;
    task_thread = pthread_self();
    return PYF_OK;
}

static void waiter_runs_what_nobody_began(void)
{
    static struct gate g = GATE;
    pyf_future busy, f;
    memset(&busy, 0, sizeof busy);
    memset(&f, 0, sizeof f);
    pyf_executor *ex = POOL(.max_workers = 1);
    submit(ex, &busy, pass_gate, &g);
    await_arrivals(&g, 1);
    CHECK(pyf_future_running(&busy));
    submit(ex, &f, note_task_thread, NULL);
    CHECK_EQ(pyf_future_result(&f, 20), PYF_TIMEOUT_ERROR);     /* a finite time only waits */
    CHECK(!pyf_future_done(&f) && !pyf_future_running(&f));
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
    CHECK(pthread_equal(task_thread, pthread_self()));
    CHECK(!pyf_future_done(&busy));
    open_gate(&g);
    close_pool(ex);
}

static void workers_only(void)
{
    static struct gate g = GATE;
    static pyf_future f[20];
    pyf_executor *ex = POOL(.max_workers = 1, .workers_only = true);
    for (int i = 0; i < 20; i++) {
        submit(ex, &f[i], note_task_thread, NULL);
        CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER), PYF_OK);
        CHECK(!pthread_equal(task_thread, pthread_self()));
    }
    submit(ex, &f[0], pass_gate, &g);
    await_arrivals(&g, 1);
    submit(ex, &f[1], note_task_thread, NULL);
    CHECK_EQ(pyf_future_result(&f[1], 20), PYF_TIMEOUT_ERROR);
    open_gate(&g);
    CHECK_EQ(pyf_future_result(&f[1], PYF_FOREVER), PYF_OK);
    CHECK(!pthread_equal(task_thread, pthread_self()));
    close_pool(ex);
}

/* A worker may wait for what it submitted itself, workers_only or not. */
static pyf_status submit_and_wait(void *arg)
{
    pyf_future f;
    (void)arg;
    memset(&f, 0, sizeof f);
    submit(nested_pool, &f, give, &seven);
    return pyf_future_result(&f, PYF_FOREVER);
}

static void workers_only_nested(void)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    nested_pool = POOL(.max_workers = 1, .workers_only = true);
    submit(nested_pool, &f, submit_and_wait, NULL);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), 7);
    close_pool(nested_pool);
}

/* A blocked worker's own submits can be had by others. */
static pyf_future child[3];
static struct gate child_gate = GATE;
static pyf_status submit_children_and_block(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) submit(nested_pool, &child[i], note_task_thread, NULL);
    return pass_gate(&child_gate);
}

static void foreign_thread_claims_a_blocked_workers_task(void)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    nested_pool = POOL(.max_workers = 1);
    submit(nested_pool, &f, submit_children_and_block, NULL);
    await_arrivals(&child_gate, 1);
    static const int turn[3] = { 1, 0, 2 };
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(pyf_future_result(&child[turn[i]], PYF_FOREVER), PYF_OK);
        CHECK(pthread_equal(task_thread, pthread_self()));
    }
    CHECK(!pyf_future_done(&f));
    open_gate(&child_gate);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
    close_pool(nested_pool);
}

/* The same, but the second worker has to take them. */
static void second_worker_takes_a_blocked_workers_tasks(void)
{
    static struct gate hold = GATE;
    pyf_future f, other;
    memset(&f, 0, sizeof f);
    memset(&other, 0, sizeof other);
    memset(child, 0, sizeof child);
    nested_pool = POOL(.max_workers = 2);
    submit(nested_pool, &other, pass_gate, &hold);
    await_arrivals(&hold, 1);
    submit(nested_pool, &f, submit_children_and_block, NULL);
    await_arrivals(&child_gate, 1);
    open_gate(&hold);
    for (int i = 0; i < 3; i++) CHECK_EQ(pyf_future_result(&child[i], LONG), PYF_OK);
    CHECK(!pyf_future_done(&f));
    open_gate(&child_gate);
    CHECK_EQ(pyf_future_result(&f, LONG), PYF_OK);
    close_pool(nested_pool);
}

static unsigned fifo_next;
static unsigned fifo_number[200];
static pyf_status in_order(void *arg)
{
    CHECK_EQ(*(unsigned *)arg, fifo_next);
    fifo_next++;
    return PYF_OK;
}

static void one_worker_is_first_in_first_out(void)
{
    static struct gate g = GATE;
    static pyf_future busy, f[200];
    pyf_executor *ex = POOL(.max_workers = 1);
    submit(ex, &busy, pass_gate, &g);
    await_arrivals(&g, 1);
    for (unsigned i = 0; i < 200; i++) {
        fifo_number[i] = i;
        submit(ex, &f[i], in_order, &fifo_number[i]);
        if (i == 100) open_gate(&g);
    }
    CHECK_EQ(pyf_future_result(&f[199], LONG), PYF_OK);
    CHECK_EQ(fifo_next, 200);
    close_pool(ex);
}

/* ---- deadlocks ---- */

static pyf_future left, right;
static pyf_barrier meet = PYF_BARRIER_INIT(2);
static unsigned deadlocks;
static pyf_status wait_for_other(void *arg)
{
    CHECK_EQ(pyf_barrier_wait(&meet, PYF_FOREVER, NULL), PYF_OK);
    pyf_status st = pyf_future_result(arg, PYF_FOREVER);
    if (st == PYF_DEADLOCK_ERROR) CHECK_COUNT(deadlocks);
    else CHECK_EQ(st, 9);
    return 9;
}

static void two_workers_wait_for_each_other(void)
{
    pyf_executor *ex = POOL(.max_workers = 2);
    for (unsigned round = 0; round < 200; round++) {
        deadlocks = 0;
        submit(ex, &left, wait_for_other, &right);
        submit(ex, &right, wait_for_other, &left);
        CHECK_EQ(pyf_future_result(&left, LONG), 9);
        CHECK_EQ(pyf_future_result(&right, LONG), 9);
        CHECK_EQ(CHECK_READ(deadlocks), 1);
    }
    close_pool(ex);
}

static pyf_future ring[4];
static pyf_barrier ring_meet = PYF_BARRIER_INIT(4);
static pyf_status wait_for_next(void *arg)
{
    CHECK_EQ(pyf_barrier_wait(&ring_meet, PYF_FOREVER, NULL), PYF_OK);
    pyf_status st = pyf_future_result(arg, PYF_FOREVER);
    if (st == PYF_DEADLOCK_ERROR) CHECK_COUNT(deadlocks);
    else CHECK_EQ(st, 9);
    return 9;
}

static void four_workers_wait_in_a_ring(void)
{
    pyf_executor *ex = POOL(.max_workers = 4);
    for (unsigned round = 0; round < 100; round++) {
        deadlocks = 0;
        for (int i = 0; i < 4; i++) submit(ex, &ring[i], wait_for_next, &ring[(i + 1) % 4]);
        for (int i = 0; i < 4; i++) CHECK_EQ(pyf_future_result(&ring[i], LONG), 9);
        CHECK(CHECK_READ(deadlocks) >= 1);
    }
    close_pool(ex);
}

/* ---- ThreadPoolExecutorTest ---- */

static bool map_ends_in_time(long ms)
{
    static int items[50];
    pyf_executor *ex = POOL(.max_workers = 2);
    for (int i = 0; i < 50; i++) items[i] = (int)ms;
    int64_t t0 = pyf_now_ms();
    CHECK_EQ(pyf_executor_map(ex, nap, items, 50, sizeof items[0], 3 * ms / 2), PYF_TIMEOUT_ERROR);
    int64_t took = pyf_now_ms() - t0;
    CHECK(took >= ms);
    close_pool(ex);
    return took < 22 * ms;
}

static void map_timeout(void) { check_in_time(map_ends_in_time, 20); }

static void map_on_a_busy_pool(void)
{
    static struct gate g = GATE;
    static int items[100];
    pyf_future busy;
    memset(&busy, 0, sizeof busy);
    pyf_executor *ex = POOL(.max_workers = 1);
    submit(ex, &busy, pass_gate, &g);
    await_arrivals(&g, 1);
    for (int i = 0; i < 100; i++) items[i] = i;
    CHECK_EQ(pyf_executor_map(ex, twice, items, 100, sizeof items[0], PYF_FOREVER), PYF_OK);
    for (int i = 0; i < 100; i++) CHECK_EQ(items[i], 2 * i);
    open_gate(&g);
    close_pool(ex);
}

/* CPython bpo-12456: shutdown right behind the submits must not lose them. */
static void shutdown_race(void)
{
    static pyf_future f[11];
    for (int round = 0; round < 200; round++) {
        unsigned n = 0;
        pyf_executor *ex = POOL(.max_workers = 1 + (unsigned)round % 3);
        for (int i = 0; i < 11; i++) submit(ex, &f[i], count, &n);
        close_pool(ex);
        CHECK_EQ(n, 11);
    }
}

static unsigned workers;
static pyf_status count_worker(void *arg) { CHECK_COUNT(*(unsigned *)arg); return PYF_OK; }

static void saturation(void)
{
    static struct gate g = GATE;
    static pyf_future f[60];
    pyf_executor *ex = POOL(.max_workers = 4, .initializer = count_worker, .initarg = &workers);
    for (int i = 0; i < 60; i++) submit(ex, &f[i], pass_gate, &g);
    await_arrivals(&g, 4);
    sleep_ms(30);
    CHECK_EQ(g.arrived, 4);
    CHECK_EQ(CHECK_READ(workers), 4);
    open_gate(&g);
    for (int i = 0; i < 60; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER), PYF_OK);
    CHECK_EQ(CHECK_READ(workers), 4);
    close_pool(ex);
}

static bool one_thread_does_all(long ms)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    workers = 0;
    pyf_executor *ex = POOL(.max_workers = 4, .initializer = count_worker, .initarg = &workers);
    for (int i = 0; i < 4; i++) {
        submit(ex, &f, nothing, NULL);
        CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
        sleep_ms(ms); /* so that it is idle */
    }
    close_pool(ex);
    return workers == 1;
}

static void idle_thread_is_used_again(void) { check_in_time(one_thread_does_all, 50); }

static void default_max_workers(void)
{
    static struct gate g = GATE;
    static pyf_future f[40];
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned want = (unsigned)(cores < 1 ? 1 : cores) + 4;
    if (want > 32) want = 32;
    pyf_executor *ex = POOL(.workers_only = true);
    for (int i = 0; i < 40; i++) submit(ex, &f[i], pass_gate, &g);
    await_arrivals(&g, 5);
    sleep_ms(100 * (long)check_slowness());
    (void)pthread_mutex_lock(&g.mutex);
    CHECK(g.arrived >= 5 && g.arrived <= 32);
    if (g.arrived != want) printf("default_max_workers: %u workers, %ld cores\n", g.arrived, cores);
    (void)pthread_mutex_unlock(&g.mutex);
    open_gate(&g);
    close_pool(ex);
}

/* CPython: cancelling the future that map waits for. Here: a failed item leaves out what has not
 * begun. */
struct map_item { int number; unsigned runs; };
static pyf_status fail_first(void *arg)
{
    struct map_item *item = arg;
    item->runs++;
    return item->number == 0 ? 5 : nap(&ms_2);
}

static void map_stops_after_a_failure(void)
{
    static struct map_item items[2000];
    unsigned all = 0;
    pyf_executor *ex = POOL(.max_workers = 2);
    for (int i = 0; i < 2000; i++) items[i].number = i;
    CHECK_EQ(pyf_executor_map(ex, fail_first, items, 2000, sizeof items[0], PYF_FOREVER), 5);
    for (int i = 0; i < 2000; i++) {
        CHECK(items[i].runs <= 1);
        all += items[i].runs;
    }
    CHECK(all < 1500);
    close_pool(ex);
}

/* CPython's bpo-45021: a task that forks. */
static pyf_status fork_task(void *arg)
{
    (void)arg;
    pid_t pid = fork();
    if (pid == 0) _exit(0);
    int ws = 1;
    CHECK(pid > 0 && waitpid(pid, &ws, 0) == pid && ws == 0);
    return PYF_OK;
}

static void tasks_that_fork(void)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    for (int i = 0; i < 5; i++) {
        pyf_executor *ex = POOL(.max_workers = 1, .workers_only = true);
        submit(ex, &f, fork_task, NULL);
        CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
        close_pool(ex);
    }
}

static void no_thread_can_be_started(void)
{
    pyf_future f;
    size_t huge = sizeof(size_t) > 4 ? (size_t)1 << (sizeof(size_t) * 8 - 16) : (size_t)3 << 30;
    pyf_executor *ex = POOL(.max_workers = 2, .stack_size = huge), *good = POOL(.max_workers = 1);
    memset(&f, 0, sizeof f);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(pyf_executor_submit(ex, &f, give, &seven), PYF_OS_ERROR);
        CHECK(!pyf_future_done(&f));
        CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_INVALID_STATE_ERROR);
    }
    submit(good, &f, give, &seven);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), 7);
    CHECK_EQ(pyf_executor_submit(ex, &f, give, &five), PYF_OS_ERROR);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), 7);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(pyf_executor_shutdown(good, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(heap_blocks, heap_releases);
}

/* The smallest stack is one that a system takes, or an error that loses nothing. */
static void smallest_stack(void)
{
    pyf_future f;
    unsigned n = 0;
    pyf_executor *ex = POOL(.max_workers = 1, .stack_size = 1);
    memset(&f, 0, sizeof f);
    pyf_status st = pyf_executor_submit(ex, &f, count, &n);
    CHECK(st == PYF_OK || st == PYF_OS_ERROR);
    CHECK_EQ(pyf_future_result(&f, LONG), st == PYF_OK ? PYF_OK : PYF_INVALID_STATE_ERROR);
    close_pool(ex);
    CHECK_EQ(n, st == PYF_OK);
}

static void future_in_use_is_refused(void)
{
    static struct gate g = GATE;
    static pyf_future running, queued;
    pyf_executor *ex = POOL(.max_workers = 1), *other = POOL(.max_workers = 1);
    submit(ex, &running, pass_gate, &g);
    await_arrivals(&g, 1);
    submit(ex, &queued, nothing, NULL);
    CHECK_EQ(pyf_executor_submit(ex, &running, nothing, NULL), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_executor_submit(other, &running, nothing, NULL), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_executor_submit(ex, &queued, nothing, NULL), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_executor_submit(other, &queued, nothing, NULL), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_future_set_result(&queued, PYF_OK), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_future_set_result(&running, PYF_OK), PYF_INVALID_STATE_ERROR);
    CHECK(!pyf_future_cancel(&running));
    open_gate(&g);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(pyf_executor_shutdown(other, PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(heap_blocks, heap_releases);
}

/* ---- max_pending ---- */

static void max_pending_refuses(void)
{
    static struct gate g = GATE;
    static pyf_future busy, f[3];
    unsigned n = 0;
    pyf_executor *ex = POOL(.max_workers = 1, .max_pending = 2, .refuse_when_full = true);
    submit(ex, &busy, pass_gate, &g);
    await_arrivals(&g, 1);
    submit(ex, &f[0], count, &n);
    submit(ex, &f[1], count, &n);
    for (int i = 0; i < 3; i++) CHECK_EQ(pyf_executor_submit(ex, &f[2], count, &n), PYF_FULL_ERROR);
    CHECK_EQ(pyf_future_result(&f[2], PYF_NOW), PYF_INVALID_STATE_ERROR);
    CHECK(pyf_future_cancel(&f[1]));    /* makes room, at once or when the worker comes by it */
    CHECK_EQ(pyf_future_result(&f[0], PYF_FOREVER), PYF_OK);
    submit(ex, &f[2], count, &n);       /* so does a task that somebody claimed */
    open_gate(&g);
    close_pool(ex);
    CHECK_EQ(n, 2);
}

static pyf_executor *full_pool;
static pyf_future extra[8];
static unsigned extra_runs, extra_submitted;
static void *submit_extra(void *arg)
{
    (void)arg;
    for (int i = 0; i < 8; i++) {
        submit(full_pool, &extra[i], count, &extra_runs);
        CHECK_COUNT(extra_submitted);
    }
    return NULL;
}

static void max_pending_waits(void)
{
    static struct gate g = GATE;
    static pyf_future busy;
    full_pool = POOL(.max_workers = 1, .max_pending = 2);
    submit(full_pool, &busy, pass_gate, &g);
    await_arrivals(&g, 1);
    pthread_t t = start(submit_extra, NULL);
    while (CHECK_READ(extra_submitted) < 2) sleep_ms(1);
    sleep_ms(50);
    CHECK_EQ(CHECK_READ(extra_submitted), 2);
    open_gate(&g);
    join(t);
    for (int i = 0; i < 8; i++) CHECK_EQ(pyf_future_result(&extra[i], PYF_FOREVER), PYF_OK);
    close_pool(full_pool);
    CHECK_EQ(extra_runs, 8);
}

static pyf_status submit_many_from_worker(void *arg)
{
    (void)arg;
    for (int i = 0; i < 8; i++) submit(full_pool, &extra[i], count, &extra_runs);
    return PYF_OK;
}

static void max_pending_lets_workers_pass(void)
{
    static pyf_future f;
    full_pool = POOL(.max_workers = 1, .max_pending = 1, .workers_only = true);
    submit(full_pool, &f, submit_many_from_worker, NULL);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
    close_pool(full_pool);
    CHECK_EQ(extra_runs, 8);
}

static pyf_future flood[4][500];
static void *flood_pool(void *arg)
{
    pyf_future *f = arg;
    for (int i = 0; i < 500; i++) submit(full_pool, &f[i], count, &extra_runs);
    return NULL;
}

static void max_pending_with_many_submitters(void)
{
    pthread_t t[4];
    full_pool = POOL(.max_workers = 2, .max_pending = 3);
    for (int i = 0; i < 4; i++) t[i] = start(flood_pool, flood[i]);
    for (int i = 0; i < 4; i++) join(t[i]);
    close_pool(full_pool);
    CHECK_EQ(extra_runs, 2000);
}

/* ---- ThreadPoolShutdownTest ---- */

static void hang_12364(void)
{
    static pyf_future f[50];
    pyf_executor *ex = POOL(.max_workers = 5);
    for (int i = 0; i < 50; i++) submit(ex, &f[i], nap, &ms_2);
    close_pool(ex);
    for (int i = 0; i < 50; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_NOW), PYF_OK);
}

static void cancel_futures(void)
{
    static struct gate g = GATE;
    static pyf_future busy[2], f[50];
    unsigned n = 0, seen = 0;
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    pyf_executor *ex = POOL(.max_workers = 2);
    for (int i = 0; i < 2; i++) submit(ex, &busy[i], pass_gate, &g);
    await_arrivals(&g, 2);
    for (int i = 0; i < 50; i++) {
        submit(ex, &f[i], count, &n);
        CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_CANCEL_FUTURES), PYF_OK);
    for (pyf_future *c; (c = pyf_as_completed(&set, LONG)) != NULL; seen++)
        CHECK(pyf_future_cancelled(c));
    CHECK_EQ(seen, 50);
    CHECK_EQ(pyf_future_set_status(&set), PYF_OK);
    CHECK(!pyf_future_done(&busy[0]) && !pyf_future_done(&busy[1]));
    open_gate(&g);
    for (int i = 0; i < 2; i++) CHECK_EQ(pyf_future_result(&busy[i], PYF_FOREVER), PYF_OK);
    CHECK_EQ(n, 0);
    await_release();
}

/* cpython #87893: whoever waits already when the shutdown cancels must be told. */
static void *wait_for_set(void *arg)
{
    CHECK_EQ(pyf_wait(arg, PYF_ALL_COMPLETED, LONG), PYF_OK);
    return NULL;
}

static void *wait_for_future(void *arg)
{
    pyf_status st = pyf_future_result(arg, LONG);
    CHECK(st == PYF_CANCELLED_ERROR || st == PYF_OK);
    return NULL;
}

static void cancelled_by_shutdown_is_delivered(void)
{
    for (int round = 0; round < 30; round++) {
        struct gate g = GATE;
        static pyf_future busy, f[10];
        unsigned n = 0;
        pyf_future_set set;
        memset(&set, 0, sizeof set);
        pyf_executor *ex = POOL(.max_workers = 1);
        submit(ex, &busy, pass_gate, &g);
        await_arrivals(&g, 1);
        for (int i = 0; i < 10; i++) {
            submit(ex, &f[i], count, &n);
            if (i > 0) CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
        }
        pthread_t a = start(wait_for_set, &set), b = start(wait_for_future, &f[0]);
        if (round % 2) sleep_ms(2);
        CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_CANCEL_FUTURES), PYF_OK);
        join(a);
        join(b);
        open_gate(&g);
        CHECK_EQ(pyf_future_result(&busy, LONG), PYF_OK);
        CHECK_EQ(n, 0);
        for (int i = 0; i < 10; i++) CHECK(pyf_future_cancelled(&f[i]) && pyf_future_done(&f[i]));
        pyf_future_set_clear(&set);
    }
    await_release();
}

/* Shutdown by a task of the pool, with other tasks queued behind it. */
static struct gate queue_gate = GATE;
static pyf_status gate_then_shut_down(void *arg)
{
    (void)pass_gate(&queue_gate);
    return shut_down(arg);
}

static void shutdown_from_a_worker_with(unsigned flags)
{
    static pyf_future f, more[20];
    static unsigned mode;
    unsigned n = 0, cancelled = 0;
    mode = flags;
    queue_gate.arrived = 0;
    queue_gate.open = 0;
    nested_pool = POOL(.max_workers = 1);
    submit(nested_pool, &f, gate_then_shut_down, &mode);
    await_arrivals(&queue_gate, 1);
    for (int i = 0; i < 20; i++) submit(nested_pool, &more[i], count, &n);
    open_gate(&queue_gate);
    CHECK_EQ(pyf_future_result(&f, LONG), 6);
    CHECK_EQ(shutdown_result, flags & PYF_SHUTDOWN_WAIT ? PYF_DEADLOCK_ERROR : PYF_OK);
    CHECK_EQ(submit_result, PYF_RUNTIME_ERROR);
    for (int i = 0; i < 20; i++)
        cancelled += pyf_future_result(&more[i], PYF_FOREVER) == PYF_CANCELLED_ERROR;
    CHECK_EQ(n + cancelled, 20);
    CHECK_EQ(cancelled, flags & PYF_SHUTDOWN_CANCEL_FUTURES ? 20 : 0);
    await_release();
}

static void shutdown_from_a_worker_with_a_queue(void)
{
    for (int round = 0; round < 20; round++) {
        shutdown_from_a_worker_with(0);
        shutdown_from_a_worker_with(PYF_SHUTDOWN_WAIT);
        shutdown_from_a_worker_with(PYF_SHUTDOWN_CANCEL_FUTURES);
        shutdown_from_a_worker_with(PYF_SHUTDOWN_WAIT | PYF_SHUTDOWN_CANCEL_FUTURES);
    }
}

/* A task that submits while another thread shuts the pool down. */
static struct gate late_gate = GATE;
static pyf_status submit_after_shutdown(void *arg)
{
    (void)pass_gate(arg);
    pyf_status st;
    do {
        pyf_future f;
        memset(&f, 0, sizeof f);
        st = pyf_executor_submit(nested_pool, &f, nothing, NULL);
        if (st == PYF_OK) CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
    } while (st == PYF_OK);
    CHECK_EQ(st, PYF_RUNTIME_ERROR);
    CHECK_EQ(pyf_executor_map(nested_pool, nothing, &st, 1, 1, PYF_FOREVER), PYF_RUNTIME_ERROR);
    return PYF_OK;
}

static void submit_from_a_task_after_shutdown(void)
{
    static pyf_future f;
    nested_pool = POOL(.max_workers = 1);
    submit(nested_pool, &f, submit_after_shutdown, &late_gate);
    await_arrivals(&late_gate, 1);
    open_gate(&late_gate);
    close_pool(nested_pool);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), PYF_OK);
}

static pthread_key_t exit_key;
static unsigned exits;
static void at_thread_exit(void *value) { CHECK_COUNT(*(unsigned *)value); }
static pyf_status mark_thread(void *arg)
{
    (void)arg;
    CHECK_COUNT(workers);
    return pthread_setspecific(exit_key, &exits) == 0 ? PYF_OK : 1;
}

static void threads_terminate(void)
{
    static struct gate g = GATE;
    static pyf_future f[3];
    CHECK(pthread_key_create(&exit_key, at_thread_exit) == 0);
    pyf_executor *ex = POOL(.max_workers = 3, .initializer = mark_thread);
    for (int i = 0; i < 3; i++) submit(ex, &f[i], pass_gate, &g);
    await_arrivals(&g, 3);
    CHECK_EQ(CHECK_READ(workers), 3);
    CHECK_EQ(CHECK_READ(exits), 0);
    open_gate(&g);
    close_pool(ex);
    for (int i = 0; i < 10000 && CHECK_READ(exits) < 3; i++) sleep_ms(5);
    CHECK_EQ(CHECK_READ(exits), 3);
}

static void idle_threads_terminate(void)
{
    static pyf_future f[3];
    CHECK(pthread_key_create(&exit_key, at_thread_exit) == 0);
    pyf_executor *ex = POOL(.max_workers = 3, .initializer = mark_thread);
    for (int i = 0; i < 3; i++) submit(ex, &f[i], nap, &ms_10);
    for (int i = 0; i < 3; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER), PYF_OK);
    sleep_ms(20);
    CHECK_EQ(pyf_executor_shutdown(ex, 0), PYF_OK);
    await_release();
    for (int i = 0; i < 10000 && CHECK_READ(exits) < CHECK_READ(workers); i++) sleep_ms(5);
    CHECK_EQ(CHECK_READ(exits), CHECK_READ(workers));
    CHECK(workers >= 1);
}

#ifdef __linux__
static struct gate name_gate = GATE;
static pyf_status read_name(void *arg)
{
    char *name = arg;
    FILE *file = fopen("/proc/thread-self/comm", "r");
    if (file == NULL) return 1;
    if (fgets(name, 32, file) == NULL) name[0] = '\0';
    (void)fclose(file);
    name[strcspn(name, "\n")] = '\0';
    return pass_gate(&name_gate);
}
#endif

static void thread_names_assigned(void)
{
#ifdef __linux__
    static pyf_future f[3];
    static char names[3][32];
    unsigned seen = 0;
    char prefix[] = "Special";
    pyf_executor *ex = POOL(.max_workers = 3, .thread_name_prefix = prefix, .workers_only = true);
    memset(prefix, 'x', sizeof prefix - 1);     /* it was copied */
    for (int i = 0; i < 3; i++) submit(ex, &f[i], read_name, names[i]);
    await_arrivals(&name_gate, 3);
    open_gate(&name_gate);
    close_pool(ex);
    for (int i = 0; i < 3; i++) {
        CHECK(strncmp(names[i], "Special_", 8) == 0 && names[i][8] >= '0' && names[i][8] <= '2' &&
              names[i][9] == '\0');
        seen |= 1u << (unsigned)(names[i][8] & 3);
    }
    CHECK_EQ(seen, 7);
#else
    CHECK_SKIP("no /proc");
#endif
}

static void thread_names_long(void)
{
    static pyf_future f;
    pyf_executor *ex =
        POOL(.max_workers = 1, .workers_only = true,
             .thread_name_prefix =
                 "a name far longer than thirty-one bytes, and than any system takes");
    submit(ex, &f, nothing, NULL);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
    close_pool(ex);
}

static void thread_names_default(void)
{
#ifdef __linux__
    static pyf_future f;
    static char name[32];
    pyf_executor *ex = POOL(.max_workers = 1, .workers_only = true);
    open_gate(&name_gate);
    submit(ex, &f, read_name, name);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
    CHECK(name[0] != '\0');
    close_pool(ex);
#else
    CHECK_SKIP("no /proc");
#endif
}

static void shutdown_no_wait_while_running(void)
{
    for (int round = 0; round < 100; round++) {
        static pyf_future f[10];
        unsigned n = 0;
        pyf_executor *ex = POOL(.max_workers = 1 + (unsigned)round % 4);
        for (int i = 0; i < 10; i++) submit(ex, &f[i], count, &n);
        CHECK_EQ(pyf_executor_shutdown(ex, 0), PYF_OK);
        for (int i = 9; i >= 0; i--)
            CHECK_EQ(pyf_future_result(&f[i], i % 2 ? PYF_FOREVER : LONG), PYF_OK);
        CHECK_EQ(CHECK_READ(n), 10);
    }
    await_release();
}

/* ---- WaitTests and AsCompletedTests ---- */

static void wait_first_completed(void)
{
    static struct gate g = GATE;
    static pyf_future quick, slow, never;
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    make_cancelled(&never);
    pyf_executor *ex = POOL(.max_workers = 2);
    submit(ex, &slow, pass_gate, &g);
    await_arrivals(&g, 1);
    CHECK_EQ(pyf_future_set_add(&set, &never), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &slow), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_COMPLETED, 20), PYF_TIMEOUT_ERROR);
    submit(ex, &quick, nap, &ms_10);
    CHECK_EQ(pyf_future_set_add(&set, &quick), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_COMPLETED, PYF_FOREVER), PYF_OK);
    CHECK(pyf_future_done(&quick) && !pyf_future_done(&slow) && !pyf_future_done(&never));
    pyf_future_set_clear(&set);
    open_gate(&g);
    close_pool(ex);
}

static void wait_first_exception(void)
{
    static struct gate g = GATE, h = GATE;
    static pyf_future good, bad, slow;
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    pyf_executor *ex = POOL(.max_workers = 3);
    submit(ex, &slow, pass_gate, &g);
    submit(ex, &bad, pass_gate_and_fail, &h);
    submit(ex, &good, nothing, NULL);
    await_arrivals(&g, 1);
    await_arrivals(&h, 1);
    CHECK_EQ(pyf_future_set_add(&set, &slow), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &bad), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &good), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_COMPLETED, LONG), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, 20), PYF_TIMEOUT_ERROR);
    open_gate(&h);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, PYF_FOREVER), PYF_OK);
    CHECK(pyf_future_done(&good) && pyf_future_done(&bad) && !pyf_future_done(&slow));
    open_gate(&g);
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_FOREVER), PYF_OK);
    close_pool(ex);
}

static void *open_gate_later(void *arg)
{
    sleep_ms(20);
    open_gate(arg);
    return NULL;
}

static void wait_all_completed(void)
{
    static struct gate g = GATE;
    static pyf_future bad, good, done, notified;
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    make_finished(&done, 5);
    make_cancelled_and_notified(&notified);
    pyf_executor *ex = POOL(.max_workers = 2);
    submit(ex, &bad, pass_gate_and_fail, &g);
    submit(ex, &good, pass_gate, &g);
    CHECK_EQ(pyf_future_set_add(&set, &bad), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &done), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &good), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &notified), PYF_OK);
    await_arrivals(&g, 2);
    pthread_t t = start(open_gate_later, &g);
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_FOREVER), PYF_OK);
    CHECK(pyf_future_done(&bad) && pyf_future_done(&good));
    CHECK_EQ(pyf_future_set_count(&set), 4);
    join(t);
    close_pool(ex);
}

static void wait_timeout(void)
{
    static struct gate g = GATE;
    static pyf_future quick, slow;
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    pyf_executor *ex = POOL(.max_workers = 2);
    submit(ex, &slow, pass_gate, &g);
    submit(ex, &quick, nothing, NULL);
    CHECK_EQ(pyf_future_set_add(&set, &quick), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &slow), PYF_OK);
    await_arrivals(&g, 1);
    CHECK_EQ(pyf_future_result(&quick, LONG), PYF_OK);
    int64_t t0 = pyf_now_ms();
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, 30), PYF_TIMEOUT_ERROR);
    CHECK(pyf_now_ms() - t0 >= 29);
    CHECK(pyf_future_done(&quick) && !pyf_future_done(&slow));
    open_gate(&g);
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, LONG), PYF_OK);
    close_pool(ex);
}

/* CPython bpo-14406: the count of what is left to wait for, under many completions at once. */
static void wait_pending_calls_race(void)
{
    static pyf_future f[100];
    static struct gate g = GATE;
    unsigned rounds = check_slowness() > 1 ? 10 : 100;
    pyf_executor *ex = POOL(.max_workers = 8);
    for (unsigned round = 0; round < rounds; round++) {
        pyf_future_set set;
        memset(&set, 0, sizeof set);
        g.open = 0;
        for (int i = 0; i < 100; i++) {
            submit(ex, &f[i], round % 2 ? nothing : pass_gate, &g);
            CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
        }
        open_gate(&g);
        CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_FOREVER), PYF_OK);
        for (int i = 0; i < 100; i++) CHECK(pyf_future_done(&f[i]));
        pyf_future_set_clear(&set);
    }
    close_pool(ex);
}

static void as_completed_times_out(void)
{
    static struct gate g = GATE;
    static pyf_future f[4];
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    pyf_executor *ex = POOL(.max_workers = 2);
    submit(ex, &f[0], pass_gate, &g);
    await_arrivals(&g, 1);
    for (int i = 1; i < 4; i++) submit(ex, &f[i], nothing, NULL);
    for (int i = 0; i < 4; i++) CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    for (int i = 1; i < 4; i++) CHECK(pyf_as_completed(&set, LONG) == &f[i]);
    int64_t t0 = pyf_now_ms();
    CHECK(pyf_as_completed(&set, 30) == NULL);
    CHECK(pyf_now_ms() - t0 >= 29);
    CHECK_EQ(pyf_future_set_status(&set), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_future_set_count(&set), 1);
    open_gate(&g);
    CHECK(pyf_as_completed(&set, PYF_FOREVER) == &f[0]);
    CHECK(pyf_as_completed(&set, PYF_FOREVER) == NULL);
    CHECK_EQ(pyf_future_set_status(&set), PYF_OK);
    close_pool(ex);
}

/* Inside a task the waiting worker runs the tasks of its set: one worker is enough. */
static pyf_status wait_for_children(void *arg)
{
    pyf_future f[5];
    pyf_future_set set;
    unsigned seen = 0;
    memset(f, 0, sizeof f);
    memset(&set, 0, sizeof set);
    for (int i = 0; i < 5; i++) {
        submit(nested_pool, &f[i], nothing, NULL);
        CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
    }
    if (*(int *)arg) {
        CHECK_EQ(pyf_wait(&set, PYF_FIRST_COMPLETED, PYF_FOREVER), PYF_OK);
        CHECK_EQ(pyf_wait(&set, PYF_FIRST_EXCEPTION, PYF_FOREVER), PYF_OK);
        CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_FOREVER), PYF_OK);
        for (int i = 0; i < 5; i++) CHECK(pyf_future_done(&f[i]));
    } else {
        while (pyf_as_completed(&set, PYF_FOREVER) != NULL) seen++;
        CHECK_EQ(seen, 5);
        CHECK_EQ(pyf_future_set_status(&set), PYF_OK);
    }
    return PYF_OK;
}

static void sets_inside_tasks(void)
{
    static int modes[2] = { 0, 1 };
    static pyf_future f[100];
    for (unsigned n = 1; n <= 3; n++) {
        nested_pool = POOL(.max_workers = n);
        for (int i = 0; i < 100; i++) submit(nested_pool, &f[i], wait_for_children, &modes[i % 2]);
        for (int i = 0; i < 100; i++) CHECK_EQ(pyf_future_result(&f[i], LONG), PYF_OK);
        close_pool(nested_pool);
    }
}

/* ---- initializers ---- */

static pthread_key_t init_key;
static pyf_status set_key(void *arg)
{
    CHECK_COUNT(workers);
    return pthread_setspecific(init_key, arg) == 0 ? PYF_OK : 1;
}
static pyf_status get_key(void *arg)
{
    sleep_ms(*(int *)arg);
    return pthread_getspecific(init_key) == &seven ? PYF_OK : 1;
}

static void initializer_in_each_worker(void)
{
    static pyf_future f[20];
    CHECK(pthread_key_create(&init_key, NULL) == 0);
    pyf_executor *ex = POOL(.max_workers = 3, .initializer = set_key, .initarg = &seven);
    for (int i = 0; i < 20; i++) submit(ex, &f[i], get_key, &ms_2);
    for (int i = 0; i < 20; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER), PYF_OK);
    CHECK(CHECK_READ(workers) >= 1 && CHECK_READ(workers) <= 3);
    close_pool(ex);
}

static struct gate init_gate = GATE;
static void initializer_fails_late(void)
{
    static pyf_future f[20];
    unsigned n = 0, submitted = 0;
    pyf_executor *ex =
        POOL(.max_workers = 1, .initializer = pass_gate_and_fail, .initarg = &init_gate);
    for (int i = 0; i < 20; i++) {
        submit(ex, &f[i], count, &n);
        submitted++;
    }
    await_arrivals(&init_gate, 1);
    CHECK(pyf_future_cancel(&f[3]));
    pthread_t t = start(open_gate_later, &init_gate);
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER),
                 i == 3 ? PYF_CANCELLED_ERROR : PYF_BROKEN_EXECUTOR_ERROR);
    }
    join(t);
    CHECK(submitted == 20 && n == 0);
    close_pool(ex);
}

/* ---- lifetimes ---- */

static void *wait_long(void *arg)
{
    CHECK_EQ(pyf_future_result(arg, LONG), PYF_OK);
    return NULL;
}

static void pool_is_gone_before_the_waiter_has_looked(void)
{
    static pyf_future f;
    for (int round = 0; round < 200; round++) {
        struct gate g = GATE;
        pyf_executor *ex = POOL(.max_workers = 1);
        submit(ex, &f, pass_gate, &g);
        await_arrivals(&g, 1);
        pthread_t a = start(wait_long, &f), b = start(wait_long, &f);
        if (round % 2) sleep_ms(1);
        open_gate(&g);
        close_pool(ex);
        join(a);
        join(b);
    }
}

static pyf_executor *stress_pool;
static unsigned stress_rounds, stress_runs;

static void *free_at_once(void *arg)
{
    uint64_t rng = check_rng(*(unsigned *)arg + 10);
    for (unsigned i = 0; i < stress_rounds; i++) {
        pyf_future *f = calloc(1, sizeof *f);
        pyf_future_set set;
        if (f == NULL) return NULL;
        memset(&set, 0, sizeof set);
        submit(stress_pool, f, count, &stress_runs);
        switch (check_below(&rng, 6)) {
        case 0: CHECK_EQ(pyf_future_result(f, PYF_FOREVER), PYF_OK); break;
        case 1: CHECK_EQ(pyf_future_result(f, LONG), PYF_OK); break;
        case 2:
            while (!pyf_future_done(f)) sleep_ms(0);
            break;
        case 3:
            CHECK_EQ(pyf_future_set_add(&set, f), PYF_OK);
            CHECK(pyf_as_completed(&set, PYF_FOREVER) == f);
            break;
        case 4:
            CHECK_EQ(pyf_future_set_add(&set, f), PYF_OK);
            CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, LONG), PYF_OK);
            break;
        default:
            if (pyf_future_cancel(f)) {
                CHECK_COUNT(stress_runs);
                CHECK_EQ(pyf_future_result(f, LONG), PYF_CANCELLED_ERROR);
            } else {
                CHECK_EQ(pyf_future_result(f, PYF_FOREVER), PYF_OK);
            }
            break;
        }
        memset(f, 0xA5, sizeof *f);
        memset(&set, 0xA5, sizeof set);
        free(f);
    }
    return NULL;
}

static void futures_are_freed_at_once(void)
{
    static unsigned id[6];
    pthread_t t[6];
    stress_rounds = check_slowness() > 1 ? 200 : 4000;
    stress_pool = POOL(.max_workers = 3);
    for (unsigned i = 0; i < 6; i++) {
        id[i] = i;
        t[i] = start(free_at_once, &id[i]);
    }
    for (unsigned i = 0; i < 6; i++) join(t[i]);
    close_pool(stress_pool);
    CHECK_EQ(stress_runs, 6 * stress_rounds);
}

static pyf_future shared_future;
static pyf_barrier shared_meet = PYF_BARRIER_INIT(5);
static void *wait_for_shared(void *arg)
{
    uint64_t rng = check_rng(*(unsigned *)arg + 20);
    for (unsigned i = 0; i < stress_rounds; i++) {
        CHECK_EQ(pyf_barrier_wait(&shared_meet, PYF_FOREVER, NULL), PYF_OK);
        CHECK_EQ(pyf_future_result(&shared_future, check_below(&rng, 2) ? PYF_FOREVER : LONG), 7);
        CHECK_EQ(pyf_barrier_wait(&shared_meet, PYF_FOREVER, NULL), PYF_OK);
    }
    return NULL;
}

static void many_wait_for_one(void)
{
    static unsigned id[4];
    pthread_t t[4];
    stress_rounds = check_slowness() > 1 ? 50 : 500;
    pyf_executor *ex = POOL(.max_workers = 2);
    for (unsigned i = 0; i < 4; i++) {
        id[i] = i;
        t[i] = start(wait_for_shared, &id[i]);
    }
    for (unsigned i = 0; i < stress_rounds; i++) {
        memset(&shared_future, 0, sizeof shared_future);
        submit(ex, &shared_future, give, &seven);
        CHECK_EQ(pyf_barrier_wait(&shared_meet, PYF_FOREVER, NULL), PYF_OK);
        CHECK_EQ(pyf_barrier_wait(&shared_meet, PYF_FOREVER, NULL), PYF_OK);
    }
    for (unsigned i = 0; i < 4; i++) join(t[i]);
    close_pool(ex);
}

/* Everything at once, at random, in several threads and pools. Every task runs once or is
 * cancelled, and every callback is called once. */
#ifndef CHECK_THREADS
#define CHECK_THREADS 4
#endif
enum { RANDOM_POOLS = 3, RANDOM_THREADS = CHECK_THREADS, RANDOM_FUTURES = 24 };
static pyf_executor *random_pool[RANDOM_POOLS];

struct slot {
    pyf_future f;
    pyf_done_callback cb;
    pyf_executor *pool;
    unsigned submits, runs, cancels, added, calls;
    int in_set, watched, kind;
};
static struct slot slots[RANDOM_THREADS][RANDOM_FUTURES];

static pyf_status random_task(void *arg)
{
    struct slot *s = arg;
    s->runs++;
    if (s->kind == 0) {
        pyf_future f;
        memset(&f, 0, sizeof f);
        submit(s->pool, &f, give, &three);
        if (s->runs % 2 && pyf_future_cancel(&f))
            CHECK_EQ(pyf_future_result(&f, LONG), PYF_CANCELLED_ERROR);
        else CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), 3);
    }
    return s->kind == 1 ? 5 : PYF_OK;
}

static void random_callback(pyf_future *f, void *ctx)
{
    CHECK(pyf_future_done(f));
    ((struct slot *)ctx)->calls++;
}

static void random_submit(struct slot *s, uint64_t *rng)
{
    if (s->submits > 0 && (!pyf_future_done(&s->f) || s->in_set)) return;
    if (s->submits > 0) {
        s->cancels += pyf_future_cancelled(&s->f);
        CHECK_EQ(s->submits, s->runs + s->cancels);
        CHECK_EQ(s->added, s->calls);
    }
    s->watched = 0;
    s->kind = (int)check_below(rng, 4);
    s->pool = random_pool[check_below(rng, RANDOM_POOLS)];
    s->submits++;
    if (check_below(rng, 4) == 0) memset(&s->f, 0, sizeof s->f);
    submit(s->pool, &s->f, random_task, s);
}

static void random_result(struct slot *s, uint64_t *rng)
{
    static const int64_t times[4] = { PYF_NOW, 1, PYF_FOREVER, PYF_FOREVER };
    int64_t ms = times[check_below(rng, 4)];
    pyf_status st = pyf_future_result(&s->f, ms);
    if (st == PYF_TIMEOUT_ERROR) {
        CHECK(ms != PYF_FOREVER);
        return;
    }
    CHECK(pyf_future_done(&s->f));
    CHECK_EQ(st, pyf_future_cancelled(&s->f) ? PYF_CANCELLED_ERROR : s->kind == 1 ? 5 : PYF_OK);
}

static void random_set(pyf_future_set *set, struct slot *mine, uint64_t *rng)
{
    pyf_future *g;
    switch (check_below(rng, 5)) {
    case 0:
        (void)pyf_wait(set, (int)check_below(rng, 3), check_below(rng, 3));
        break;
    case 1:
        CHECK_EQ(pyf_wait(set, (int)check_below(rng, 3), PYF_FOREVER), PYF_OK);
        break;
    case 2:
        pyf_future_set_clear(set);
        for (int i = 0; i < RANDOM_FUTURES; i++) mine[i].in_set = 0;
        break;
    default:
        while ((g = pyf_as_completed(set, check_below(rng, 2) ? PYF_NOW : PYF_FOREVER)) != NULL) {
            struct slot *s = (struct slot *)(void *)g;
            CHECK(pyf_future_done(g) && s->in_set);
            s->in_set = 0;
            if (check_below(rng, 4) == 0) break;
        }
        break;
    }
}

static void random_step(pyf_future_set *set, struct slot *mine, uint64_t *rng)
{
    struct slot *s = &mine[check_below(rng, RANDOM_FUTURES)];
    unsigned what = check_below(rng, 100);
    if (what < 40 || s->submits == 0) random_submit(s, rng);
    else if (what < 50) (void)pyf_future_cancel(&s->f);
    else if (what < 65) random_result(s, rng);
    else if (what < 75) {
        if (s->watched) return;
        s->cb.fn = random_callback;
        s->cb.ctx = s;
        s->watched = 1;
        s->added++;
        CHECK_EQ(pyf_future_add_done_callback(&s->f, &s->cb), PYF_OK);
    } else if (what < 90) {
        pyf_status st = s->in_set && what < 80 ? pyf_future_set_remove(set, &s->f)
                                               : pyf_future_set_add(set, &s->f);
        CHECK_EQ(st, s->in_set && what >= 80 ? PYF_INVALID_STATE_ERROR : PYF_OK);
        s->in_set = !(s->in_set && what < 80);
    } else {
        random_set(set, mine, rng);
    }
}

static void *random_thread(void *arg)
{
    unsigned id = *(unsigned *)arg;
    struct slot *mine = slots[id];
    uint64_t rng = check_rng(id + 100);
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    for (unsigned i = 0; i < stress_rounds; i++) random_step(&set, mine, &rng);
    pyf_future_set_clear(&set);
    for (int i = 0; i < RANDOM_FUTURES; i++) {
        struct slot *s = &mine[i];
        if (s->submits == 0) continue;
        (void)pyf_future_result(&s->f, PYF_FOREVER);
        CHECK(pyf_future_done(&s->f));
        s->cancels += pyf_future_cancelled(&s->f);
        CHECK_EQ(s->submits, s->runs + s->cancels);
        CHECK_EQ(s->added, s->calls);
    }
    return NULL;
}

static void random_everything(void)
{
    static unsigned id[RANDOM_THREADS];
    pthread_t t[RANDOM_THREADS];
    stress_rounds = check_slowness() > 1 ? 1000 : 20000;
    random_pool[0] = POOL(.max_workers = 2);
    random_pool[1] = POOL(.max_workers = 1);
    random_pool[2] = POOL(.max_workers = 3, .workers_only = true);
    for (unsigned i = 0; i < RANDOM_THREADS; i++) {
        id[i] = i;
        t[i] = start(random_thread, &id[i]);
    }
    for (unsigned i = 0; i < RANDOM_THREADS; i++) join(t[i]);
    for (int i = 0; i < RANDOM_POOLS; i++)
        CHECK_EQ(pyf_executor_shutdown(random_pool[i], PYF_SHUTDOWN_WAIT), PYF_OK);
    CHECK_EQ(heap_blocks, heap_releases);
}

/* Pools that come and go in several threads, each shut down in another way with work under way. */
static void *pools_come_and_go(void *arg)
{
    uint64_t rng = check_rng(*(unsigned *)arg + 200);
    for (unsigned round = 0; round < stress_rounds; round++) {
        pyf_future f[8];
        unsigned n = 0, cancelled = 0;
        pyf_executor *ex = POOL(.max_workers = 1 + check_below(&rng, 3),
                                .workers_only = check_below(&rng, 2) == 0);
        memset(f, 0, sizeof f);
        for (int i = 0; i < 8; i++) submit(ex, &f[i], count, &n);
        if (check_below(&rng, 2)) (void)pyf_future_cancel(&f[check_below(&rng, 8)]);
        CHECK_EQ(pyf_executor_shutdown(ex, check_below(&rng, 4)), PYF_OK);
        for (int i = 0; i < 8; i++) {
            cancelled += pyf_future_result(&f[i], check_below(&rng, 2) ? PYF_FOREVER : LONG) ==
                         PYF_CANCELLED_ERROR;
        }
        CHECK_EQ(CHECK_READ(n) + cancelled, 8);
    }
    return NULL;
}

static void random_shutdowns(void)
{
    static unsigned id[4];
    pthread_t t[4];
    stress_rounds = check_slowness() > 1 ? 30 : 300;
    for (unsigned i = 0; i < 4; i++) {
        id[i] = i;
        t[i] = start(pools_come_and_go, &id[i]);
    }
    for (unsigned i = 0; i < 4; i++) join(t[i]);
    await_release();
}

static pyf_executor *parallel_pool;
static void *map_in_parallel(void *arg)
{
    static const size_t counts[4] = { 1, 10, 300, 2000 };
    int *items = arg;
    for (unsigned round = 0; round < stress_rounds; round++) {
        size_t n = counts[round % 4];
        for (size_t i = 0; i < n; i++) items[i] = (int)i;
        CHECK_EQ(pyf_executor_map(parallel_pool, twice, items, n, sizeof items[0], PYF_FOREVER),
                 PYF_OK);
        for (size_t i = 0; i < n; i++) CHECK_EQ(items[i], 2 * (int)i);
    }
    return NULL;
}

static void maps_in_parallel(void)
{
    static int items[3][2000];
    pthread_t t[3];
    stress_rounds = check_slowness() > 1 ? 20 : 200;
    parallel_pool = POOL(.max_workers = 3);
    for (int i = 0; i < 3; i++) t[i] = start(map_in_parallel, items[i]);
    for (int i = 0; i < 3; i++) join(t[i]);
    close_pool(parallel_pool);
}

/* A queue of one's own whose executor has no cancel hook: whoever serves it finds out. */
struct served {
    pyf_executor base;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    pyf_future *queue[64];
    unsigned length;
    int stop;
};

static pyf_status served_submit(pyf_executor *ex, pyf_future *f)
{
    struct served *s = (struct served *)(void *)ex;
    (void)pthread_mutex_lock(&s->mutex);
    s->queue[s->length++ & 63u] = f;
    (void)pthread_cond_signal(&s->cond);
    (void)pthread_mutex_unlock(&s->mutex);
    return PYF_OK;
}

static void *serve(void *arg)
{
    struct served *s = arg;
    (void)pthread_mutex_lock(&s->mutex);
    while (!s->stop || s->length > 0) {
        if (s->length == 0) {
            (void)pthread_cond_wait(&s->cond, &s->mutex);
            continue;
        }
        pyf_future *f = s->queue[--s->length & 63u];
        (void)pthread_mutex_unlock(&s->mutex);
        pyf_future_run(f);
        (void)pthread_mutex_lock(&s->mutex);
    }
    (void)pthread_mutex_unlock(&s->mutex);
    return NULL;
}

static void custom_queue_without_cancel_hook(void)
{
    static const pyf_executor_vtable vtable = { served_submit, NULL, NULL, NULL };
    static struct served s = {
        { &vtable }, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, { NULL }, 0, 0
    };
    static pyf_future f[32];
    unsigned n = 0, cancelled = 0;
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    pthread_t t = start(serve, &s);
    for (unsigned round = 0; round < 50; round++) {
        for (int i = 0; i < 32; i++) {
            submit(&s.base, &f[i], count, &n);
            CHECK_EQ(pyf_future_set_add(&set, &f[i]), PYF_OK);
        }
        for (int i = 0; i < 32; i += 2) cancelled += pyf_future_cancel(&f[i]);
        CHECK_EQ(pyf_future_result(&f[1], PYF_FOREVER), PYF_OK);
        CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_FOREVER), PYF_OK);
        pyf_future_set_clear(&set);
        for (int i = 0; i < 32; i++) {
            CHECK(pyf_future_done(&f[i]));
            CHECK_EQ(pyf_future_result(&f[i], PYF_NOW),
                     pyf_future_cancelled(&f[i]) ? PYF_CANCELLED_ERROR : PYF_OK);
        }
    }
    (void)pthread_mutex_lock(&s.mutex);
    s.stop = 1;
    (void)pthread_cond_signal(&s.cond);
    (void)pthread_mutex_unlock(&s.mutex);
    join(t);
    CHECK_EQ(n + cancelled, 50 * 32);
}

static void idle_pool_uses_no_cpu(void)
{
    static pyf_future f[8];
    pyf_executor *ex = POOL(.max_workers = 4);
    for (int i = 0; i < 8; i++) submit(ex, &f[i], nap, &ms_2);
    for (int i = 0; i < 8; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_FOREVER), PYF_OK);
    sleep_ms(50);
    clock_t before = clock();
    sleep_ms(300);
    CHECK((double)(clock() - before) / CLOCKS_PER_SEC < 0.1);
    close_pool(ex);
}

/* A waiter uses no processor time either. */
static void waiting_uses_no_cpu(void)
{
    pyf_future f;
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    make_running(&f);
    clock_t before = clock();
    CHECK_EQ(pyf_future_result(&f, 150), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_future_set_add(&set, &f), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, 150), PYF_TIMEOUT_ERROR);
    CHECK((double)(clock() - before) / CLOCKS_PER_SEC < 0.1);
    pyf_future_set_clear(&set);
}

#endif

#include "futures_edges.h"

static const struct check_case cases[] = {
    { "map that is refused", map_that_is_refused },
    { "map that is refused later", map_that_is_refused_later },
    { "map whose last task runs first", map_whose_last_task_runs_first },
    { "map that is not run", map_that_is_not_run },
    { "map that never runs", map_that_never_runs },
    { "map waits for what is cancelled", map_waits_for_what_is_cancelled },
    { "never submitted", never_submitted },
    { "shutdown from a callback", shutdown_from_a_callback },
    { "shutdown from a task with a queue", shutdown_from_a_task_with_a_queue },
    { "stuck in one thread", stuck_in_one_thread },
    { "sets of others", sets_of_others },
    { "odd submits of a worker", odd_submits_of_a_worker },
    { "full for others", full_for_others },
    { "shutdown of another pool", shutdown_of_another_pool },
    { "workers claim of each other", workers_claim_of_each_other },
    { "claim of another pool", claim_of_another_pool },
    { "waits inside of other executors", waits_inside_of_other_executors },
    { "far deadlines", far_deadlines },
    { "eleven workers", eleven_workers },
    { "leapfrog", leapfrog },
    { "future cancel", future_cancel },
    { "future cancelled", future_cancelled },
    { "future done", future_done },
    { "future running", future_running },
    { "future result with zero timeout", future_result_with_zero_timeout },
    { "future result keeps every status", future_result_keeps_every_status },
    { "callback with result", callback_with_result },
    { "callback with exception", callback_with_exception },
    { "callback with cancel", callback_with_cancel },
    { "callback already successful", callback_already_successful },
    { "callback already failed", callback_already_failed },
    { "callback already cancelled", callback_already_cancelled },
    { "callbacks in order", callbacks_in_order },
    { "callback bad arguments", callback_bad_arguments },
    { "callback adds a callback", callback_adds_a_callback },
    { "multiple set result", multiple_set_result },
    { "multiple set exception", multiple_set_exception },
    { "set running twice", set_running_twice },
    { "callbacks and a set", callbacks_and_a_set },
    { "custom inline", custom_inline },
    { "custom queue with cancel hook", custom_queue_with_cancel_hook },
    { "custom refuses", custom_refuses },
    { "custom progress in one thread", custom_progress_in_one_thread },
    { "set rules", set_rules },
    { "set empty", set_empty },
    { "set remove anywhere", set_remove_anywhere },
    { "set clear and reuse", set_clear_and_reuse },
    { "wait adding twice", wait_adding_twice },
    { "wait first completed some already", wait_first_completed_some_already },
    { "wait first exception some already", wait_first_exception_some_already },
    { "wait first exception without one", wait_first_exception_without_one },
    { "wait first exception later", wait_first_exception_later },
    { "completion order", completion_order },
    { "pool submit", pool_submit },
    { "pool submit bad arguments", pool_submit_bad_arguments },
    { "pool unused", pool_unused },
    { "pool bad options", pool_bad_options },
    { "pool failing allocator", pool_failing_allocator },
    { "pool one block", pool_one_block },
    { "pool in memory", pool_in_memory },
    { "pool default", pool_default },
    { "pool future reused", pool_future_reused },
    { "map all", map_all },
    { "map exception", map_exception },
    { "map failure leaves the rest out", map_failure_leaves_the_rest_out },
    { "map no time", map_no_time },
    { "map bad arguments", map_bad_arguments },
    { "map inside map", map_inside_map },
    { "as completed no timeout", as_completed_no_timeout },
    { "as completed zero timeout", as_completed_zero_timeout },
    { "nested waits", nested_waits },
    { "result of self is a deadlock", result_of_self_is_a_deadlock },
    { "deadlock through a claim", deadlock_through_a_claim },
    { "deadlock with a thread outside", deadlock_with_a_thread_outside },
    { "shutdown from a worker", shutdown_from_a_worker },
    { "context manager shutdown", context_manager_shutdown },
    { "shutdown no wait", shutdown_no_wait },
    { "shutdown cancels what has not begun", shutdown_cancels_what_has_not_begun },
    { "cancel pending in a pool", cancel_pending_in_a_pool },
    { "submit from a callback", submit_from_a_callback },
    { "initializer", initializer },
    { "failing initializer", failing_initializer },
    { "null arguments", null_arguments },
    { "errno is left alone", errno_is_left_alone },
#if PYFEAT_PORT_NONE
    { "threads", threads }
#else
    { "result with success", result_with_success },
    { "exception with success", exception_with_success },
    { "result with cancel", result_with_cancel },
    { "result times out", result_times_out },
    { "callback in the thread that ends it", callback_in_the_thread_that_ends_it },
    { "not done while callbacks run", not_done_while_callbacks_run },
    { "waiter runs what nobody began", waiter_runs_what_nobody_began },
    { "workers only", workers_only },
    { "workers only nested", workers_only_nested },
    { "foreign thread claims a blocked workers task",
      foreign_thread_claims_a_blocked_workers_task },
    { "second worker takes a blocked workers tasks", second_worker_takes_a_blocked_workers_tasks },
    { "one worker is first in first out", one_worker_is_first_in_first_out },
    { "two workers wait for each other", two_workers_wait_for_each_other },
    { "four workers wait in a ring", four_workers_wait_in_a_ring },
    { "map timeout", map_timeout },
    { "map on a busy pool", map_on_a_busy_pool },
    { "shutdown race", shutdown_race },
    { "saturation", saturation },
    { "idle thread is used again", idle_thread_is_used_again },
    { "default max workers", default_max_workers },
    { "map stops after a failure", map_stops_after_a_failure },
    { "tasks that fork", tasks_that_fork },
    { "no thread can be started", no_thread_can_be_started },
    { "smallest stack", smallest_stack },
    { "future in use is refused", future_in_use_is_refused },
    { "max pending refuses", max_pending_refuses },
    { "max pending waits", max_pending_waits },
    { "max pending lets workers pass", max_pending_lets_workers_pass },
    { "max pending with many submitters", max_pending_with_many_submitters },
    { "hang 12364", hang_12364 },
    { "cancel futures", cancel_futures },
    { "cancelled by shutdown is delivered", cancelled_by_shutdown_is_delivered },
    { "shutdown from a worker with a queue", shutdown_from_a_worker_with_a_queue },
    { "submit from a task after shutdown", submit_from_a_task_after_shutdown },
    { "threads terminate", threads_terminate },
    { "idle threads terminate", idle_threads_terminate },
    { "thread names assigned", thread_names_assigned },
    { "thread names long", thread_names_long },
    { "thread names default", thread_names_default },
    { "shutdown no wait while running", shutdown_no_wait_while_running },
    { "wait first completed", wait_first_completed },
    { "wait first exception", wait_first_exception },
    { "wait all completed", wait_all_completed },
    { "wait timeout", wait_timeout },
    { "wait pending calls race", wait_pending_calls_race },
    { "as completed times out", as_completed_times_out },
    { "sets inside tasks", sets_inside_tasks },
    { "initializer in each worker", initializer_in_each_worker },
    { "initializer fails late", initializer_fails_late },
    { "pool is gone before the waiter has looked", pool_is_gone_before_the_waiter_has_looked },
    { "futures are freed at once", futures_are_freed_at_once },
    { "many wait for one", many_wait_for_one },
    { "random everything", random_everything },
    { "random shutdowns", random_shutdowns },
    { "maps in parallel", maps_in_parallel },
    { "custom queue without cancel hook", custom_queue_without_cancel_hook },
    { "idle pool uses no cpu", idle_pool_uses_no_cpu },
    { "waiting uses no cpu", waiting_uses_no_cpu }
#endif
};

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
}

/* Cases of CPython 3.11 that have no counterpart, because they need an interpreter, exceptions or a
 * garbage collector:
 *
 *   FutureTests             test_done_callback_raises and _raises_already_succeeded (a callback
 *                           cannot raise), test_repr
 *   ThreadPoolExecutorTest  test_submit_keyword (no keyword arguments), test_no_stale_references,
 *                           test_free_reference (no garbage collector), test_max_workers_negative
 *                           (unsigned; 0 is the default, too many is in pool_bad_options)
 *   ThreadPoolShutdownTest  test_interpreter_shutdown, test_submit_after_interpreter_shutdown,
 *                           test_hang_gh83386, test_hang_gh94440 (exit of the interpreter),
 *                           test_del_shutdown (no destructor)
 *   AsCompletedTests        test_free_reference_yielded_future (futures_are_freed_at_once asks for
 *                           more), test_correct_timeout_exception_msg (a status has no text)
 *   BarrierTests            test_repr
 *
 * Under another name: test_map_submits_without_iteration is map_all (map returns when all is done),
 * test_executor_map_current_future_cancel is map_stops_after_a_failure,
 * test_hang_global_shutdown_lock is tasks_that_fork, test_run_after_shutdown is
 * submit_from_a_task_after_shutdown, test_20369 is wait_adding_twice, test_duplicate_futures is
 * set_rules. */
