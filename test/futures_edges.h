/* futures_edges.h - cases of futures_test.c for odd arguments, far deadlines and executors that
 * refuse. */
#ifndef FUTURES_EDGES_H
#define FUTURES_EDGES_H

/* ---- executors that refuse ---- */

static unsigned taken_at_most; /* futures, then it refuses */

static pyf_status picky_submit(pyf_executor *ex, pyf_future *f)
{
    (void)ex;
    if (taken_at_most == 0) return 9;
    taken_at_most--;
    if (pyf_future_set_running_or_notify_cancel(f)) (void)pyf_future_set_result(f, PYF_OK);
    return PYF_OK;
}

static void map_that_is_refused(void)
{
    static const pyf_executor_vtable vtable = { picky_submit, NULL, NULL, NULL };
    pyf_executor picky = { &vtable };
    int items[3] = { 1, 2, 3 };
    taken_at_most = 0;
    CHECK_EQ(pyf_executor_map(&picky, twice, items, 3, sizeof items[0], PYF_FOREVER), 9);
    CHECK(items[0] == 1 && items[2] == 3);
}

static void sets_of_others(void)
{
    pyf_future a, b, c;
    pyf_future_set one, two;
    memset(&one, 0, sizeof one);
    memset(&two, 0, sizeof two);
    make_pending(&a);
    make_pending(&b);
    make_pending(&c);
    CHECK_EQ(pyf_future_set_add(&one, &a), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&one, &b), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&two, &c), PYF_OK);
    CHECK_EQ(pyf_future_set_remove(&one, &c), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_future_set_remove(&two, &a), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_future_set_remove(&one, &b), PYF_OK);
    CHECK_EQ(pyf_future_set_remove(&one, &a), PYF_OK);
    CHECK_EQ(pyf_future_set_remove(&two, &c), PYF_OK);
    CHECK(pyf_future_cancel(&a) && pyf_future_cancel(&b) && pyf_future_cancel(&c));
}

#if !PYFEAT_PORT_NONE

/* ---- from within a task ---- */

struct within {
    pyf_executor *ex, *other;
    pyf_future inner, busy;
    pyf_status st[5];
};

static pyf_status submits_oddly(void *arg)
{
    struct within *w = arg;
    w->st[0] = pyf_executor_submit(w->ex, NULL, nothing, NULL);
    w->st[1] = pyf_executor_submit(w->ex, &w->inner, NULL, NULL);
    w->st[2] = pyf_executor_submit(w->ex, &w->busy, nothing, NULL);
    w->st[3] = pyf_executor_submit(NULL, &w->inner, nothing, NULL);
    w->st[4] = pyf_executor_submit(w->other, &w->inner, nothing, NULL);
    return pyf_future_result(&w->inner, LONG);
}

static void odd_submits_of_a_worker(void)
{
    struct within w;
    pyf_future f;
    memset(&f, 0, sizeof f);
    memset(&w, 0, sizeof w);
    make_pending(&w.busy);
    w.ex = POOL(.max_workers = 1);
    w.other = POOL(.max_workers = 1);
    submit(w.ex, &f, submits_oddly, &w);
    CHECK_EQ(pyf_future_result(&f, LONG), PYF_OK);
    CHECK_EQ(w.st[0], PYF_VALUE_ERROR);
    CHECK_EQ(w.st[1], PYF_VALUE_ERROR);
    CHECK_EQ(w.st[2], PYF_INVALID_STATE_ERROR);
    CHECK_EQ(w.st[3], PYF_VALUE_ERROR);
    CHECK_EQ(w.st[4], PYF_OK);
    CHECK(pyf_future_cancel(&w.busy));
    CHECK_EQ(pyf_executor_shutdown(w.other, PYF_SHUTDOWN_WAIT), PYF_OK);
    close_pool(w.ex);
}

/* ---- far deadlines ---- */

static pyf_status opens_late(void *arg)
{
    sleep_ms(30);
    open_gate(arg);
    return PYF_OK;
}

/* Times that end beyond all clocks are as good as forever. */
static void far_deadlines(void)
{
    static const int64_t far[] = { INT64_C(4000000000000), PYF_FOREVER - 1 };
    for (size_t i = 0; i < 2; i++) {
        struct gate g = GATE, other = GATE;
        pyf_future f[2];
        pyf_future_set set;
        int item = 1;
        pyf_executor *ex = POOL(.max_workers = 2);
        memset(f, 0, sizeof f);
        submit(ex, &f[0], pass_gate, &g);
        await_arrivals(&g, 1);
        submit(ex, &f[1], opens_late, &g);
        CHECK_EQ(pyf_future_result(&f[0], far[i]), PYF_OK);
        CHECK_EQ(pyf_future_result(&f[1], far[i]), PYF_OK);
        CHECK_EQ(pyf_executor_map(ex, twice, &item, 1, sizeof item, far[i]), PYF_OK);
        CHECK_EQ(item, 2);
        memset(f, 0, sizeof f);
        memset(&set, 0, sizeof set);
        submit(ex, &f[0], pass_gate, &other);
        await_arrivals(&other, 1);
        submit(ex, &f[1], opens_late, &other);
        CHECK_EQ(pyf_future_set_add(&set, &f[0]), PYF_OK);
        CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, far[i]), PYF_OK);
        pyf_future_set_clear(&set);
        CHECK_EQ(pyf_future_result(&f[1], PYF_FOREVER), PYF_OK);
        close_pool(ex);
    }
}

/* The eleventh thread has a name of two digits. */
static void eleven_workers(void)
{
    struct gate g = GATE;
    pyf_future f[11];
    pyf_executor *ex = POOL(.max_workers = 11);
    memset(f, 0, sizeof f);
    for (int i = 0; i < 11; i++) submit(ex, &f[i], pass_gate, &g);
    await_arrivals(&g, 11);
    open_gate(&g);
    for (int i = 0; i < 11; i++) CHECK_EQ(pyf_future_result(&f[i], LONG), PYF_OK);
    close_pool(ex);
}

#if defined(__SANITIZE_ADDRESS__)
#define FUTURES_OFF_STACK 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FUTURES_OFF_STACK 1
#endif
#endif

/* A worker that waits for a task of another one runs what that task has on its stack. */
static struct gate leap_submitted = GATE, leap_run = GATE;

static pyf_status leap_open(void *arg)
{
    open_gate(&leap_run);
    return *(pyf_status *)arg;
}

static pyf_status leap_stolen(void *arg)
{
    pyf_future f = { 0 };
    submit(nested_pool, &f, leap_open, arg);
    open_gate(&leap_submitted);
    (void)pass_gate(&leap_run);
    return pyf_future_result(&f, PYF_FOREVER);
}

static pyf_status leap_root(void *arg)
{
    pyf_future f = { 0 };
    submit(nested_pool, &f, leap_stolen, arg);
    (void)pass_gate(&leap_submitted);
    return pyf_future_result(&f, PYF_FOREVER);
}

static void leapfrog(void)
{
#ifdef FUTURES_OFF_STACK
    CHECK_SKIP("the address sanitizer moves futures off the stack");
#else
    pyf_future f = { 0 };
    pyf_status st = 23;
    nested_pool = POOL(.max_workers = 2);
    submit(nested_pool, &f, leap_root, &st);
    CHECK_EQ(pyf_future_result(&f, LONG), 23);
    close_pool(nested_pool);
#endif
}

#else

static void odd_submits_of_a_worker(void) { CHECK_SKIP("needs threads"); }
static void far_deadlines(void) { CHECK_SKIP("needs threads"); }
static void eleven_workers(void) { CHECK_SKIP("needs threads"); }
static void leapfrog(void) { CHECK_SKIP("needs threads"); }

#endif

#endif
