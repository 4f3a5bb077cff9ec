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

/* An executor that keeps so many futures and runs those behind them at once. */
struct keeper {
    pyf_executor base;
    pyf_future *kept[4];
    unsigned keep, n, dropped;
    void (*full)(struct keeper *); /* called when the first is run */
};

static pyf_status keeper_submit(pyf_executor *ex, pyf_future *f)
{
    struct keeper *k = (struct keeper *)(void *)ex;
    if (k->n < k->keep) {
        k->kept[k->n++] = f;
        return PYF_OK;
    }
    if (k->full != NULL) k->full(k);
    pyf_future_run(f);
    return PYF_OK;
}

static bool keeper_cancel(pyf_executor *ex, pyf_future *f)
{
    struct keeper *k = (struct keeper *)(void *)ex;
    CHECK(k->n > 0 && k->kept[k->n - 1] == f);
    k->n--;
    k->dropped++;
    return true;
}

/* It runs nothing, but notices what is cancelled. */
static bool keeper_progress(pyf_executor *ex, pyf_future *f)
{
    struct keeper *k = (struct keeper *)(void *)ex;
    if (!pyf_future_cancelled(f)) return false;
    k->dropped++;
    CHECK(!pyf_future_set_running_or_notify_cancel(f));
    return true;
}

static const pyf_executor_vtable keeper_vtable = { keeper_submit, NULL, keeper_cancel, NULL };
static const pyf_executor_vtable keeper_without_hook = { keeper_submit, NULL, NULL,
                                                         keeper_progress };

/* The last of map's tasks does it all; the others, which are not needed any more, are taken back. */
static void map_whose_last_task_runs_first(void)
{
    struct keeper k;
    int items[3] = { 1, 2, 3 };
    memset(&k, 0, sizeof k);
    k.base.vtable = &keeper_vtable;
    k.keep = PYFEAT_PORT_NONE ? 0 : 2; /* one thread needs no more than one task */
    CHECK_EQ(pyf_executor_map(&k.base, twice, items, 3, sizeof items[0], PYF_FOREVER), PYF_OK);
    CHECK(items[0] == 2 && items[1] == 4 && items[2] == 6);
    CHECK(k.n == 0 && k.dropped == k.keep);
    k.dropped = 0;
    CHECK_EQ(pyf_executor_map(&k.base, twice, items, 3, sizeof items[0], LONG), PYF_OK);
    CHECK(items[0] == 4 && items[1] == 8 && items[2] == 12);
    CHECK(k.n == 0 && k.dropped == k.keep);
}

static pyf_status sparing_submit(pyf_executor *ex, pyf_future *f)
{
    (void)ex;
    if (taken_at_most == 0) return 9;
    taken_at_most--;
    pyf_future_run(f);
    return PYF_OK;
}

/* One task is enough. */
static void map_that_is_refused_later(void)
{
    static const pyf_executor_vtable vtable = { sparing_submit, NULL, NULL, NULL };
    pyf_executor sparing = { &vtable };
    int items[3] = { 1, 2, 3 };
    taken_at_most = 1;
    CHECK_EQ(pyf_executor_map(&sparing, twice, items, 3, sizeof items[0], PYF_FOREVER), PYF_OK);
    CHECK(items[0] == 2 && items[1] == 4 && items[2] == 6 && taken_at_most == 0);
}

static pyf_status failing_submit(pyf_executor *ex, pyf_future *f)
{
    (void)ex;
    CHECK_EQ(pyf_future_set_result(f, 12), PYF_OK);
    return PYF_OK;
}

static pyf_status cancelling_submit(pyf_executor *ex, pyf_future *f)
{
    (void)ex;
    CHECK(pyf_future_cancel(f));
    CHECK(!pyf_future_set_running_or_notify_cancel(f));
    return PYF_OK;
}

/* An executor that ends map's tasks instead of running them: map says how. */
static void map_that_is_not_run(void)
{
    static const pyf_executor_vtable failing = { failing_submit, NULL, NULL, NULL },
                                     cancelling = { cancelling_submit, NULL, NULL, NULL };
    pyf_executor f = { &failing }, c = { &cancelling };
    int items[3] = { 1, 2, 3 };
    CHECK_EQ(pyf_executor_map(&f, twice, items, 3, sizeof items[0], PYF_FOREVER), 12);
    CHECK_EQ(pyf_executor_map(&f, twice, items, 3, sizeof items[0], LONG), 12);
    CHECK_EQ(pyf_executor_map(&c, twice, items, 3, sizeof items[0], PYF_FOREVER),
             PYF_CANCELLED_ERROR);
    CHECK(items[0] == 1 && items[1] == 2 && items[2] == 3);
}

/* One that never runs them: map takes them back when the time is up, or when nobody else could. */
static void map_that_never_runs(void)
{
    struct keeper k;
    int items[3] = { 1, 2, 3 };
    memset(&k, 0, sizeof k);
    k.base.vtable = &keeper_vtable;
    k.keep = 4;
    CHECK_EQ(pyf_executor_map(&k.base, twice, items, 3, sizeof items[0], 3), PYF_TIMEOUT_ERROR);
    CHECK(k.n == 0 && k.dropped == (PYFEAT_PORT_NONE ? 1 : 3));
#if PYFEAT_PORT_NONE
    CHECK_EQ(pyf_executor_map(&k.base, twice, items, 3, sizeof items[0], PYF_FOREVER),
             PYF_DEADLOCK_ERROR);
    CHECK(k.n == 0 && k.dropped == 2);
#endif
    CHECK(items[0] == 1 && items[1] == 2 && items[2] == 3);
}

#if PYFEAT_PORT_NONE

/* Its tasks stand on map's stack: it does not return before the executor has let go of them. */
static void map_waits_for_what_is_cancelled(void)
{
    struct keeper k;
    int item = 1;
    memset(&k, 0, sizeof k);
    k.base.vtable = &keeper_without_hook;
    k.keep = 4;
    CHECK_EQ(pyf_executor_map(&k.base, twice, &item, 1, sizeof item, 3), PYF_TIMEOUT_ERROR);
    CHECK(k.dropped == 1 && item == 1);
}

#else

static pthread_t dropper;
static void *drop_what_is_cancelled(void *arg)
{
    struct keeper *k = (struct keeper *)arg;
    while (k->n > 0) {
        pyf_future *f = k->kept[--k->n];
        while (!pyf_future_cancelled(f)) sleep_ms(1);
        sleep_ms(5);
        CHECK_COUNT(k->dropped);
        CHECK(keeper_progress(&k->base, f));
    }
    return NULL;
}

static void start_dropper(struct keeper *k) { dropper = start(drop_what_is_cancelled, k); }

static void map_waits_for_what_is_cancelled(void)
{
    struct keeper k;
    int items[3] = { 1, 2, 3 };
    memset(&k, 0, sizeof k);
    k.base.vtable = &keeper_without_hook;
    k.keep = 2;
    k.full = start_dropper;
    CHECK_EQ(pyf_executor_map(&k.base, twice, items, 3, sizeof items[0], PYF_FOREVER), PYF_OK);
    CHECK_EQ(CHECK_READ(k.dropped), 4); /* twice two: counted here and by keeper_progress */
    join(dropper);
    CHECK(items[0] == 2 && items[1] == 4 && items[2] == 6);
}

#endif

/* A future that was never submitted is nothing yet, and can be. */
static void never_submitted(void)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    CHECK(!pyf_future_cancel(&f) && !pyf_future_cancelled(&f));
    CHECK(!pyf_future_running(&f) && !pyf_future_done(&f) && pyf_future_arg(&f) == NULL);
    submit(&inline_executor, &f, give, &five);
    CHECK_EQ(pyf_future_result(&f, PYF_NOW), 5);
}

/* A callback in the thread that runs a task for somebody, or cancels it, is inside of that executor:
 * it cannot wait for its end, but it can end it. */
static pyf_executor *closing;
static pyf_status closed_with;

static void close_it(pyf_future *f, void *ctx)
{
    (void)f;
    (void)ctx;
    closed_with = pyf_executor_shutdown(closing, PYF_SHUTDOWN_WAIT);
}

static void shutdown_from_a_callback(void)
{
    for (int i = 0; i < 4; i++) {
        pyf_poll_executor loop;
        pyf_future f, late;
        pyf_done_callback cb = { close_it, NULL };
        memset(&loop, 0, sizeof loop);
        memset(&f, 0, sizeof f);
        memset(&late, 0, sizeof late);
        closing = i < 2 ? POOL(.max_workers = 1) : pyf_poll_executor_base(&loop);
#if !PYFEAT_PORT_NONE
        struct gate g = GATE;
        pyf_future busy;
        memset(&busy, 0, sizeof busy);
        if (i < 2) {
            submit(closing, &busy, pass_gate, &g);
            await_arrivals(&g, 1);
        }
#endif
        submit(closing, &f, give, &five);
        submit(closing, &late, give, &seven);
        CHECK_EQ(pyf_future_add_done_callback(&f, &cb), PYF_OK);
        closed_with = 0;
        if (i % 2 == 0) CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), 5);
        else CHECK(pyf_future_cancel(&f));
        CHECK_EQ(closed_with, PYF_DEADLOCK_ERROR);
        if (i >= 2 || !PYFEAT_PORT_NONE) CHECK(!pyf_future_done(&late)); /* not run in there */
        CHECK_EQ(pyf_future_result(&late, PYF_FOREVER), 7);
#if !PYFEAT_PORT_NONE
        if (i < 2) {
            open_gate(&g);
            CHECK_EQ(pyf_future_result(&busy, LONG), PYF_OK);
        }
#endif
        if (i < 2) await_release();
    }
}

/* What was queued before a task shut its pool down runs, also where no worker is left to do it. */
static void shutdown_from_a_task_with_a_queue(void)
{
    static unsigned modes[2] = { 0, PYF_SHUTDOWN_WAIT };
    for (int i = 0; i < 2; i++) {
        pyf_future f, g[3];
        unsigned n = 0;
        memset(&f, 0, sizeof f);
        memset(g, 0, sizeof g);
        nested_pool = POOL(.max_workers = 1);
#if !PYFEAT_PORT_NONE
        struct gate gate = GATE;
        pyf_future busy;
        memset(&busy, 0, sizeof busy);
        submit(nested_pool, &busy, pass_gate, &gate);
#endif
        submit(nested_pool, &f, shut_down, &modes[i]);
        for (int j = 0; j < 3; j++) submit(nested_pool, &g[j], count, &n);
#if !PYFEAT_PORT_NONE
        open_gate(&gate);
        CHECK_EQ(pyf_future_result(&busy, LONG), PYF_OK);
#endif
        CHECK_EQ(pyf_future_result(&f, LONG), 6);
        for (int j = 0; j < 3; j++) CHECK_EQ(pyf_future_result(&g[j], LONG), PYF_OK);
        CHECK_EQ(CHECK_READ(n), 3);
        await_release();
    }
}

/* In a program of one thread who waits for what nobody there can end is told, or his time runs
 * out; and what an executor can do is done. */
static void stuck_in_one_thread(void)
{
#if PYFEAT_PORT_NONE
    struct queue_executor q;
    pyf_poll_executor loop;
    pyf_future running, cancelled, lost, delayed;
    pyf_future *const all[] = { &running, &cancelled, &lost };
    pyf_future_set set;
    memset(&q, 0, sizeof q);
    memset(&loop, 0, sizeof loop);
    memset(&lost, 0, sizeof lost);
    memset(&delayed, 0, sizeof delayed);
    memset(&set, 0, sizeof set);
    q.base.vtable = &queue_vtable;
    make_running(&running);
    make_cancelled(&cancelled);
    submit(&q.base, &lost, nothing, NULL);
    q.length = 0; /* its executor has no work left */
    for (size_t i = 0; i < 3; i++) {
        CHECK_EQ(pyf_future_result(all[i], PYF_FOREVER), PYF_DEADLOCK_ERROR);
        CHECK_EQ(pyf_future_result(all[i], 2), PYF_TIMEOUT_ERROR);
        CHECK_EQ(pyf_future_set_add(&set, all[i]), PYF_OK);
    }
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, PYF_FOREVER), PYF_DEADLOCK_ERROR);
    CHECK_EQ(pyf_wait(&set, PYF_ALL_COMPLETED, 2), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_poll_executor_submit_after(&loop, &delayed, give, &five, 60000), PYF_OK);
    CHECK_EQ(pyf_future_set_add(&set, &delayed), PYF_OK);
    CHECK_EQ(pyf_wait(&set, PYF_FIRST_COMPLETED, 2), PYF_TIMEOUT_ERROR);
    q.queue[q.length++] = &lost; /* found again */
    CHECK(pyf_as_completed(&set, PYF_FOREVER) == &lost);
    CHECK(!pyf_future_set_running_or_notify_cancel(&cancelled));
    CHECK(pyf_as_completed(&set, PYF_FOREVER) == &cancelled);
    CHECK_EQ(pyf_future_set_result(&running, 4), PYF_OK);
    CHECK(pyf_as_completed(&set, PYF_FOREVER) == &running);
    CHECK(pyf_future_cancel(&delayed) && pyf_as_completed(&set, PYF_NOW) == &delayed);
    CHECK_EQ(pyf_future_set_count(&set), 0);
#else
    CHECK_SKIP("there are threads");
#endif
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

/* A worker's submits to another pool are bounded like everybody's; so are those of a thread that
 * runs a task of a loop. */
struct bounded {
    pyf_executor *full;
    pyf_future f;
    pyf_status st;
};

static pyf_status submit_to_the_full(void *arg)
{
    struct bounded *b = (struct bounded *)arg;
    b->st = pyf_executor_submit(b->full, &b->f, nothing, NULL);
    return PYF_OK;
}

static void full_for_others(void)
{
    struct gate g = GATE;
    struct bounded of_worker, of_loop;
    pyf_poll_executor loop;
    pyf_future busy, queued, f[2];
    pyf_executor *other = POOL(.max_workers = 1), *full;
    full = POOL(.max_workers = 1, .max_pending = 1, .refuse_when_full = true);
    memset(&of_worker, 0, sizeof of_worker);
    memset(&of_loop, 0, sizeof of_loop);
    memset(&loop, 0, sizeof loop);
    memset(&busy, 0, sizeof busy);
    memset(&queued, 0, sizeof queued);
    memset(f, 0, sizeof f);
    of_worker.full = of_loop.full = full;
    submit(full, &busy, pass_gate, &g);
    await_arrivals(&g, 1);
    submit(full, &queued, nothing, NULL);
    submit(other, &f[0], submit_to_the_full, &of_worker);
    CHECK_EQ(pyf_future_result(&f[0], LONG), PYF_OK);
    CHECK_EQ(of_worker.st, PYF_FULL_ERROR);
    submit(pyf_poll_executor_base(&loop), &f[1], submit_to_the_full, &of_loop);
    CHECK_EQ(pyf_future_result(&f[1], PYF_FOREVER), PYF_OK);
    CHECK_EQ(of_loop.st, PYF_FULL_ERROR);
    CHECK(pyf_future_result(&queued, PYF_FOREVER) == PYF_OK); /* which makes room */
    submit(pyf_poll_executor_base(&loop), &f[1], submit_to_the_full, &of_loop);
    CHECK_EQ(pyf_future_result(&f[1], PYF_FOREVER), PYF_OK);
    CHECK_EQ(of_loop.st, PYF_OK);
    open_gate(&g);
    CHECK_EQ(pyf_future_result(&of_loop.f, LONG), PYF_OK);
    CHECK_EQ(pyf_executor_shutdown(other, PYF_SHUTDOWN_WAIT), PYF_OK);
    close_pool(full);
}

/* A task may wait for the end of another pool. */
static pyf_status shut_another_down(void *arg)
{
    return pyf_executor_shutdown((pyf_executor *)arg, PYF_SHUTDOWN_WAIT);
}

static void shutdown_of_another_pool(void)
{
    unsigned n = 0;
    pyf_future f, g[4];
    pyf_executor *ex = POOL(.max_workers = 1), *other = POOL(.max_workers = 2);
    memset(&f, 0, sizeof f);
    memset(g, 0, sizeof g);
    for (int i = 0; i < 4; i++) submit(other, &g[i], count, &n);
    submit(ex, &f, shut_another_down, other);
    CHECK_EQ(pyf_future_result(&f, LONG), PYF_OK);
    for (int i = 0; i < 4; i++) CHECK(pyf_future_done(&g[i]));
    CHECK_EQ(CHECK_READ(n), 4);
    close_pool(ex);
}

/* A worker that waits runs what stands in another's queue itself, also where only workers may. */
struct pair {
    pyf_executor *ex;
    struct gate waiter, owner;
    pyf_future child, busy;
    pthread_t waited_in, ran_in;
};

static pyf_status note_where(void *arg)
{
    struct pair *p = (struct pair *)arg;
    p->ran_in = pthread_self();
    return 21;
}

static pyf_status wait_for_the_child(void *arg)
{
    struct pair *p = (struct pair *)arg;
    p->waited_in = pthread_self();
    (void)pass_gate(&p->waiter);
    return pyf_future_result(&p->child, PYF_FOREVER);
}

/* A worker of another pool does not. */
static void claim_of_another_pool(void)
{
    struct pair p = { NULL, GATE, GATE, { 0 }, { 0 }, 0, 0 };
    pyf_future f;
    pyf_executor *other = POOL(.max_workers = 1, .workers_only = true);
    memset(&f, 0, sizeof f);
    p.ex = POOL(.max_workers = 1);
    submit(p.ex, &f, wait_for_the_child, &p);
    await_arrivals(&p.waiter, 1);
    submit(other, &p.busy, pass_gate, &p.owner);
    await_arrivals(&p.owner, 1);
    submit(other, &p.child, note_where, &p);
    open_gate(&p.waiter);
    CHECK_EQ(pyf_future_result(&f, 20), PYF_TIMEOUT_ERROR); /* as the child waits for its worker */
    CHECK(!pyf_future_done(&p.child));
    open_gate(&p.owner);
    CHECK_EQ(pyf_future_result(&f, LONG), 21);
    CHECK(!pthread_equal(p.ran_in, p.waited_in));
    CHECK_EQ(pyf_executor_shutdown(other, PYF_SHUTDOWN_WAIT), PYF_OK);
    close_pool(p.ex);
}

static pyf_status have_a_child(void *arg)
{
    struct pair *p = (struct pair *)arg;
    submit(p->ex, &p->child, note_where, p);
    return pass_gate(&p->owner);
}

static void workers_claim_with(bool workers_only)
{
    struct pair p = { NULL, GATE, GATE, { 0 }, { 0 }, 0, 0 };
    pyf_future f[2];
    memset(f, 0, sizeof f);
    p.ex = POOL(.max_workers = 2, .workers_only = workers_only);
    submit(p.ex, &f[0], wait_for_the_child, &p);
    await_arrivals(&p.waiter, 1);
    submit(p.ex, &f[1], have_a_child, &p);
    await_arrivals(&p.owner, 1);
    open_gate(&p.waiter);
    CHECK_EQ(pyf_future_result(&f[0], LONG), 21);
    CHECK(pthread_equal(p.ran_in, p.waited_in));
    open_gate(&p.owner);
    CHECK_EQ(pyf_future_result(&f[1], LONG), PYF_OK);
    close_pool(p.ex);
}

static void workers_claim_of_each_other(void)
{
    workers_claim_with(false);
    workers_claim_with(true);
}

static pyf_status opens_late(void *arg)
{
    sleep_ms(30);
    open_gate(arg);
    return PYF_OK;
}

/* A thread that is in a task of a loop, or of a custom executor, and waits for a pool. */
static pyf_status wait_for_it(void *arg)
{
    return pyf_future_result((pyf_future *)arg, PYF_FOREVER);
}

static void waits_inside_of_other_executors(void)
{
    pyf_poll_executor loop;
    pyf_executor *ex = POOL(.max_workers = 2), *outer[2];
    memset(&loop, 0, sizeof loop);
    outer[0] = pyf_poll_executor_base(&loop);
    outer[1] = &inline_executor;
    for (int i = 0; i < 2; i++) {
        struct gate g = GATE;
        pyf_future f, opener, inner;
        memset(&f, 0, sizeof f);
        memset(&opener, 0, sizeof opener);
        memset(&inner, 0, sizeof inner);
        submit(ex, &inner, pass_gate_and_fail, &g);
        await_arrivals(&g, 1);
        submit(ex, &opener, opens_late, &g);
        submit(outer[i], &f, wait_for_it, &inner);
        CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), 5);
        CHECK_EQ(pyf_future_result(&opener, LONG), PYF_OK);
    }
    close_pool(ex);
}

/* ---- far deadlines ---- */

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
    static const size_t stacks[2] = { 0, 49152 };
    for (int i = 0; i < 2; i++) {
        struct gate closed = GATE;
        pyf_future f = { 0 };
        pyf_status st = 23, submitted;
        leap_submitted = leap_run = closed;
        nested_pool = POOL(.max_workers = 2, .stack_size = stacks[i]);
        submitted = pyf_executor_submit(nested_pool, &f, leap_root, &st);
        CHECK(submitted == PYF_OK || (submitted == PYF_OS_ERROR && i == 1)); /* too small here */
        if (submitted == PYF_OK) CHECK_EQ(pyf_future_result(&f, LONG), 23);
        close_pool(nested_pool);
    }
#endif
}

#else

static void odd_submits_of_a_worker(void) { CHECK_SKIP("needs threads"); }
static void full_for_others(void) { CHECK_SKIP("needs threads"); }
static void shutdown_of_another_pool(void) { CHECK_SKIP("needs threads"); }
static void workers_claim_of_each_other(void) { CHECK_SKIP("needs threads"); }
static void claim_of_another_pool(void) { CHECK_SKIP("needs threads"); }
static void waits_inside_of_other_executors(void) { CHECK_SKIP("needs threads"); }
static void far_deadlines(void) { CHECK_SKIP("needs threads"); }
static void eleven_workers(void) { CHECK_SKIP("needs threads"); }
static void leapfrog(void) { CHECK_SKIP("needs threads"); }

#endif

#endif
