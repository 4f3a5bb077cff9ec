/* race_test.c - what two threads can do to each other, at every moment of it.
 *
 * The implementation calls PYF_PORT_POINT() in front of each of its atomic operations. Here that
 * holds one thread at its first, its second, its third ... such point, while another plays its part
 * until it has ended, or waits for the first. So every interleaving with one change of threads is
 * met for certain, on any machine; behind those come some with two changes, drawn by the seed. Each
 * race has one meeting for each moment, and after each meeting what was promised must hold. */

#ifndef PYFEAT_PORT_NONE
#if defined(__unix__) || defined(__APPLE__)
#define PYFEAT_PORT_NONE 0
#else
#define PYFEAT_PORT_NONE 1
#endif
#endif
#if !PYFEAT_PORT_NONE
static void point(void);
#define PYF_PORT_POINT() point()
#endif
#define PYFEAT_BARRIER_IMPLEMENTATION
#define PYFEAT_FUTURES_IMPLEMENTATION
#include "../pyfeat.h"
#include "check.h"
#include "pools.h"

#if PYFEAT_PORT_NONE

static void threads(void) { CHECK_SKIP("needs threads"); }

#else

/* ---- the stage ---- */

enum { MOST_POINTS = 400 };

/* For meetings with two changes of threads, in each race. */
#ifndef RACE_SECONDS
#define RACE_SECONDS 0.03
#endif

struct actor {
    void (*part)(void);
    unsigned left; /* points until it is held; 0: it is not */
    bool held, free, ended, offered;
    pthread_t thread;
};

static struct actor actors[2];
static pthread_key_t role; /* the actor that a thread plays, or NULL */
static pthread_mutex_t stage = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;

static void point(void)
{
    struct actor *me = pthread_getspecific(role);
    if (me == NULL || me->left == 0 || --me->left != 0) return;
    (void)pthread_mutex_lock(&stage);
    me->held = true;
    (void)pthread_cond_broadcast(&change);
    while (!me->free) (void)pthread_cond_wait(&change, &stage);
    (void)pthread_mutex_unlock(&stage);
}

static void play_role(struct actor *a) { CHECK(pthread_setspecific(role, a) == 0); }

/* An actor's part may be to leave its role to a worker. */
static void offer_role(void)
{
    play_role(NULL);
    (void)pthread_mutex_lock(&stage);
    actors[0].offered = true;
    (void)pthread_mutex_unlock(&stage);
}

static void take_role(void)
{
    bool offered;
    (void)pthread_mutex_lock(&stage);
    offered = actors[0].offered;
    actors[0].offered = false;
    (void)pthread_mutex_unlock(&stage);
    if (offered) play_role(&actors[0]);
}

static void *act(void *arg)
{
    struct actor *me = arg;
    play_role(me);
    me->part();
    play_role(NULL);
    (void)pthread_mutex_lock(&stage);
    me->ended = true;
    (void)pthread_cond_broadcast(&change);
    (void)pthread_mutex_unlock(&stage);
    return NULL;
}

static void enter(struct actor *a, void (*part)(void), unsigned hold)
{
    a->part = part;
    a->left = hold;
    a->thread = start(act, a);
}

/* Until the actor is held, or has ended, or has not come on for so long that it must be waiting for
 * the other one (if it was only slow, then this meeting is another than was meant, and no worse).
 * Returns whether it is held. */
static bool settle(struct actor *a)
{
    struct timespec until;
    bool held;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 2000000L * (long)(check_slowness() > 10 ? 10 : check_slowness());
    if (until.tv_nsec >= 1000000000L) until.tv_sec++, until.tv_nsec -= 1000000000L;
    (void)pthread_mutex_lock(&stage);
    while (!(a->held && !a->free) && !a->ended &&
           pthread_cond_timedwait(&change, &stage, &until) == 0) {}
    held = a->held && !a->free;
    (void)pthread_mutex_unlock(&stage);
    return held;
}

static void let_go(struct actor *a)
{
    (void)pthread_mutex_lock(&stage);
    a->free = true;
    (void)pthread_cond_broadcast(&change);
    (void)pthread_mutex_unlock(&stage);
}

/* ---- a race ---- */

struct race {
    void (*set_up)(void);
    void (*parts[2])(void);
    void (*judge)(void);
};

/* The first is held at point n, then the second at point m (0: nowhere). False if the first did not
 * come to its point. */
static bool meet(const struct race *r, unsigned first, unsigned n, unsigned m)
{
    bool held;
    memset(actors, 0, sizeof actors);
    r->set_up();
    enter(&actors[first], r->parts[first], n);
    held = settle(&actors[first]);
    enter(&actors[1 - first], r->parts[1 - first], m);
    (void)settle(&actors[1 - first]);
    let_go(&actors[first]);
    if (m != 0) (void)settle(&actors[first]);
    let_go(&actors[1 - first]);
    join(actors[0].thread);
    join(actors[1].thread);
    r->judge();
    return held;
}

/* All meetings with one change of threads, either of them first, and some with two. Where
 * everything is slow, only some moments, others in each run. */
static void race(const struct race *r)
{
    static uint64_t stream;
    uint64_t rng = check_rng(++stream);
    unsigned step = check_slowness() < 3 ? 1 : 2 * check_slowness(), last[2] = { 1, 1 };
    double begun;
    CHECK(check_failures == 0);
    for (unsigned first = 0; first < 2; first++) {
        unsigned n = 1 + check_below(&rng, step);
        while (n < MOST_POINTS && meet(r, first, n, 0) && check_failures == 0) n += step;
        last[first] = n;
    }
    begun = check_clock();
    while (check_clock() - begun < RACE_SECONDS && check_failures == 0) {
        unsigned first = check_below(&rng, 2);
        (void)meet(r, first, 1 + check_below(&rng, last[first]),
                   1 + check_below(&rng, last[1 - first]));
    }
}

/* ---- one future, and what two threads do with it ---- */

/* What a race is about; new in each meeting. */
static struct {
    pyf_future f[8];
    pyf_future_set set;
    pyf_done_callback callback;
    pyf_status st[2];
    bool cancelled[2];
    unsigned runs[8], calls;
    pyf_executor *pool;
    struct gate gate[2];
    pyf_poll_executor loop;
} it;

static void clear(void)
{
    static const struct gate gate = GATE;
    memset(&it, 0, sizeof it);
    it.gate[0] = it.gate[1] = gate;
    it.st[0] = it.st[1] = PYF_OK;
}

static void set_up_running(void)
{
    clear();
    make_running(&it.f[0]);
}

static void set_up_pending(void)
{
    clear();
    make_pending(&it.f[0]);
}

static void end_it(void) { it.st[1] = pyf_future_set_result(&it.f[0], 5); }
static void end_it_too(void) { it.st[0] = pyf_future_set_result(&it.f[0], 6); }
static void cancel_it(void) { it.cancelled[0] = pyf_future_cancel(&it.f[0]); }
static void cancel_it_too(void) { it.cancelled[1] = pyf_future_cancel(&it.f[0]); }
static void await_it(void) { it.st[0] = pyf_future_result(&it.f[0], PYF_FOREVER); }
static void await_it_too(void) { it.st[1] = pyf_future_result(&it.f[0], PYF_FOREVER); }
static void await_it_briefly(void) { it.st[0] = pyf_future_result(&it.f[0], 1); }
static void await_it_long(void) { it.st[0] = pyf_future_result(&it.f[0], LONG); }

static void on_done(pyf_future *f, void *ctx)
{
    (void)ctx;
    CHECK(f == &it.f[0] && pyf_future_done(f));
    CHECK_COUNT(it.calls);
}

static void add_callback(void)
{
    it.callback.fn = on_done;
    CHECK_EQ(pyf_future_add_done_callback(&it.f[0], &it.callback), PYF_OK);
}

static void judge_callback(void)
{
    CHECK_EQ(it.st[1], PYF_OK);
    CHECK(pyf_future_done(&it.f[0]) && pyf_future_result(&it.f[0], PYF_NOW) == 5);
    CHECK_EQ(it.calls, 1);
}

static void callback_and_end(void)
{
    static const struct race r = { set_up_running, { add_callback, end_it }, judge_callback };
    race(&r);
}

static void judge_brief_wait(void)
{
    CHECK(it.st[0] == 5 || it.st[0] == PYF_TIMEOUT_ERROR);
    CHECK(pyf_future_done(&it.f[0]) && pyf_future_result(&it.f[0], PYF_NOW) == 5);
}

static void timeout_and_end(void)
{
    static const struct race r = { set_up_running, { await_it_briefly, end_it }, judge_brief_wait };
    race(&r);
}

static void judge_long_wait(void)
{
    CHECK_EQ(it.st[0], 5);
    CHECK(pyf_future_done(&it.f[0]));
}

static void wait_and_end(void)
{
    static const struct race r = { set_up_running, { await_it_long, end_it }, judge_long_wait };
    race(&r);
}

/* ---- sets ---- */

static void add_to_set(void) { CHECK_EQ(pyf_future_set_add(&it.set, &it.f[0]), PYF_OK); }

static void judge_set(void)
{
    CHECK_EQ(it.st[1], PYF_OK);
    CHECK(it.st[0] == PYF_OK || it.st[0] == PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_future_set_count(&it.set), 1);
    CHECK(pyf_as_completed(&it.set, LONG) == &it.f[0]);
    CHECK(pyf_as_completed(&it.set, LONG) == NULL && pyf_future_set_status(&it.set) == PYF_OK);
    CHECK_EQ(pyf_future_result(&it.f[0], PYF_NOW), 5);
}

static void set_add_and_end(void)
{
    static const struct race r = { set_up_running, { add_to_set, end_it }, judge_set };
    race(&r);
}

static void set_up_in_set(void)
{
    set_up_running();
    add_to_set();
}

static void wait_for_set_briefly(void) { it.st[0] = pyf_wait(&it.set, PYF_ALL_COMPLETED, 1); }

static void set_timeout_and_end(void)
{
    static const struct race r = { set_up_in_set, { wait_for_set_briefly, end_it }, judge_set };
    race(&r);
}

static void wait_for_set_failure(void) { it.st[0] = pyf_wait(&it.set, PYF_FIRST_EXCEPTION, LONG); }

static void set_wait_and_end(void)
{
    static const struct race r = { set_up_in_set, { wait_for_set_failure, end_it }, judge_set };
    race(&r);
}

static void remove_from_set(void) { it.st[0] = pyf_future_set_remove(&it.set, &it.f[0]); }

static void judge_removed(void)
{
    CHECK_EQ(it.st[0], PYF_OK);
    CHECK_EQ(pyf_future_set_count(&it.set), 0);
    CHECK(pyf_as_completed(&it.set, PYF_NOW) == NULL);
    CHECK(pyf_future_done(&it.f[0]) && pyf_future_result(&it.f[0], PYF_NOW) == 5);
}

static void set_remove_and_end(void)
{
    static const struct race r = { set_up_in_set, { remove_from_set, end_it }, judge_removed };
    race(&r);
}

/* ---- executors of one's own ---- */

static void serve_it(void)
{
    if (pyf_future_set_running_or_notify_cancel(&it.f[0]))
        it.st[1] = pyf_future_set_result(&it.f[0], 5);
}

/* Cancelled, or run to its end; and the canceller was told the truth. */
static void judge_cancel(void)
{
    if (!pyf_future_done(&it.f[0])) /* cancelled, and its executor has not looked since */
        CHECK(!pyf_future_set_running_or_notify_cancel(&it.f[0]));
    CHECK(pyf_future_done(&it.f[0]));
    CHECK_EQ(pyf_future_cancelled(&it.f[0]), it.cancelled[0]);
    CHECK_EQ(pyf_future_result(&it.f[0], PYF_NOW), it.cancelled[0] ? PYF_CANCELLED_ERROR : 5);
}

static void custom_cancel_and_serve(void)
{
    static const struct race r = { set_up_pending, { cancel_it, serve_it }, judge_cancel };
    race(&r);
}

static void judge_cancel_or_end(void)
{
    CHECK_EQ(it.st[1], it.cancelled[0] ? PYF_INVALID_STATE_ERROR : PYF_OK);
    judge_cancel();
}

static void custom_cancel_and_end(void)
{
    static const struct race r = { set_up_pending, { cancel_it, end_it }, judge_cancel_or_end };
    race(&r);
}

static void judge_both_cancelled(void)
{
    CHECK(it.cancelled[0] && it.cancelled[1]);
    judge_cancel();
}

static void custom_cancel_twice(void)
{
    static const struct race r = { set_up_pending, { cancel_it, cancel_it_too },
                                   judge_both_cancelled };
    race(&r);
}

static void judge_one_end(void)
{
    CHECK((it.st[0] == PYF_OK && it.st[1] == PYF_INVALID_STATE_ERROR) ||
          (it.st[1] == PYF_OK && it.st[0] == PYF_INVALID_STATE_ERROR));
    CHECK_EQ(pyf_future_result(&it.f[0], PYF_NOW), it.st[0] == PYF_OK ? 6 : 5);
}

/* Each future has one server; should there be two, it still ends once. */
static void custom_end_twice(void)
{
    static const struct race r = { set_up_running, { end_it_too, end_it }, judge_one_end };
    race(&r);
}

static void run_it(void) { pyf_future_run(&it.f[0]); }

static void judge_run_or_end(void)
{
    CHECK(pyf_future_done(&it.f[0]));
    CHECK_EQ(pyf_future_result(&it.f[0], PYF_NOW), it.st[1] == PYF_OK ? 5 : PYF_OK);
}

static void custom_run_and_end(void)
{
    static const struct race r = { set_up_pending, { run_it, end_it }, judge_run_or_end };
    race(&r);
}

/* An executor with a place for one future, and a cancel hook. */
static struct {
    pyf_executor base;
    pthread_mutex_t mutex;
    pyf_future *f;
} place = { { NULL }, PTHREAD_MUTEX_INITIALIZER, NULL };

static pyf_future *leave_place(const pyf_future *only)
{
    pyf_future *f;
    (void)pthread_mutex_lock(&place.mutex);
    f = only == NULL || place.f == only ? place.f : NULL;
    if (f != NULL) place.f = NULL;
    (void)pthread_mutex_unlock(&place.mutex);
    return f;
}

static pyf_status place_submit(pyf_executor *ex, pyf_future *f)
{
    (void)ex;
    (void)pthread_mutex_lock(&place.mutex);
    place.f = f;
    (void)pthread_mutex_unlock(&place.mutex);
    return PYF_OK;
}

static bool place_cancel(pyf_executor *ex, pyf_future *f)
{
    (void)ex;
    return leave_place(f) != NULL;
}

static void set_up_place(void)
{
    static const pyf_executor_vtable vtable = { place_submit, NULL, place_cancel, NULL };
    clear();
    place.base.vtable = &vtable;
    submit(&place.base, &it.f[0], count, &it.runs[0]);
}

static void serve_place(void)
{
    pyf_future *f = leave_place(NULL);
    if (f != NULL) pyf_future_run(f);
}

static void judge_place(void)
{
    CHECK(pyf_future_done(&it.f[0]));
    CHECK_EQ(it.runs[0], !it.cancelled[0]);
    CHECK_EQ(pyf_future_cancelled(&it.f[0]), it.cancelled[0]);
}

static void custom_cancel_hook_and_serve(void)
{
    static const struct race r = { set_up_place, { cancel_it, serve_place }, judge_place };
    race(&r);
}

/* ---- futures in a pool ---- */

/* Every one of n futures has been run once or is cancelled, and knows which. */
static void judge_futures(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        bool cancelled = pyf_future_cancelled(&it.f[i]);
        CHECK(pyf_future_done(&it.f[i]));
        CHECK_EQ(it.runs[i], !cancelled);
        CHECK_EQ(pyf_future_result(&it.f[i], PYF_NOW), cancelled ? PYF_CANCELLED_ERROR : PYF_OK);
    }
}

/* One worker, that is held in f[7] by gate 0, and n futures behind it. */
static void set_up_busy(unsigned n)
{
    clear();
    it.pool = POOL(.max_workers = 1);
    submit(it.pool, &it.f[7], pass_gate, &it.gate[0]);
    await_arrivals(&it.gate[0], 1);
    for (unsigned i = 0; i < n; i++) submit(it.pool, &it.f[i], count, &it.runs[i]);
}

static void set_up_busy_with_one(void) { set_up_busy(1); }
static void set_up_busy_with_five(void) { set_up_busy(5); }

static void go_on(void)
{
    open_gate(&it.gate[0]);
    CHECK_EQ(pyf_future_result(&it.f[7], LONG), PYF_OK);
    sleep_ms(1); /* so that the worker gets as far as it can */
}

static void judge_cancelled_in_pool(void)
{
    open_gate(&it.gate[0]);
    close_pool(it.pool);
    CHECK_EQ(pyf_future_cancelled(&it.f[0]), it.cancelled[0]);
    judge_futures(1);
}

static void cancel_and_take(void)
{
    static const struct race r = { set_up_busy_with_one, { cancel_it, go_on },
                                   judge_cancelled_in_pool };
    race(&r);
}

static void judge_awaited(void)
{
    open_gate(&it.gate[0]);
    close_pool(it.pool);
    CHECK_EQ(it.st[0], pyf_future_cancelled(&it.f[0]) ? PYF_CANCELLED_ERROR : PYF_OK);
    CHECK_EQ(it.st[1], it.st[0]);
    judge_futures(1);
}

static void claim_and_take(void)
{
    static const struct race r = { set_up_busy_with_one, { await_it, go_on }, judge_awaited };
    race(&r);
}

static void claim_and_claim(void)
{
    static const struct race r = { set_up_busy_with_one, { await_it, await_it_too },
                                   judge_awaited };
    race(&r);
}

static void cancel_it_after_all(void)
{
    cancel_it_too();
    it.st[1] = it.cancelled[1] ? PYF_CANCELLED_ERROR : pyf_future_result(&it.f[0], LONG);
}

static void claim_and_cancel(void)
{
    static const struct race r = { set_up_busy_with_one, { await_it, cancel_it_after_all },
                                   judge_awaited };
    race(&r);
}

static void stop_and_cancel(void)
{
    CHECK_EQ(pyf_executor_shutdown(it.pool, PYF_SHUTDOWN_CANCEL_FUTURES), PYF_OK);
}

static void judge_stopped(void)
{
    open_gate(&it.gate[0]);
    for (unsigned i = 0; i < 5; i++) (void)pyf_future_result(&it.f[i], LONG);
    CHECK_EQ(pyf_future_result(&it.f[7], LONG), PYF_OK);
    await_release();
    judge_futures(5);
}

static void claim_and_shutdown(void)
{
    static const struct race r = { set_up_busy_with_five, { await_it, stop_and_cancel },
                                   judge_stopped };
    race(&r);
}

static void cancel_and_shutdown(void)
{
    static const struct race r = { set_up_busy_with_five, { cancel_it, stop_and_cancel },
                                   judge_stopped };
    race(&r);
}

static void take_and_shutdown(void)
{
    static const struct race r = { set_up_busy_with_five, { go_on, stop_and_cancel },
                                   judge_stopped };
    race(&r);
}

/* ---- a worker as an actor ---- */

static bool await_child;

/* f[0] is private to its worker, until the other actor takes an interest. */
static pyf_status submit_child(void *arg)
{
    (void)arg;
    submit(it.pool, &it.f[0], count, &it.runs[0]);
    (void)pass_gate(&it.gate[0]);
    take_role();
    return await_child ? pyf_future_result(&it.f[0], PYF_FOREVER) : PYF_OK;
}

static void set_up_child(void)
{
    clear();
    it.pool = POOL(.max_workers = 1);
    submit(it.pool, &it.f[7], submit_child, NULL);
    await_arrivals(&it.gate[0], 1);
}

/* The worker takes over the role. */
static void worker_runs_child(void)
{
    offer_role();
    open_gate(&it.gate[0]);
    (void)pyf_future_result(&it.f[7], LONG);
    (void)pyf_future_result(&it.f[0], LONG);
    sleep_ms(1);
}

static void judge_child(void)
{
    pyf_status st;
    close_pool(it.pool);
    judge_futures(1);
    st = pyf_future_result(&it.f[0], PYF_NOW);
    CHECK_EQ(it.cancelled[1], st == PYF_CANCELLED_ERROR);
    CHECK_EQ(pyf_future_result(&it.f[7], PYF_NOW), await_child ? st : PYF_OK);
    CHECK(it.callback.fn == NULL || it.calls == 1);
    CHECK_EQ(it.st[1], it.st[0]);
}

static void await_child_long(void) { CHECK_EQ(pyf_future_result(&it.f[0], LONG), PYF_OK); }

static void race_for_child(void)
{
    static const struct race all[] = {
        { set_up_child, { worker_runs_child, await_child_long }, judge_child },
        { set_up_child, { worker_runs_child, await_it_too }, judge_child },
        { set_up_child, { worker_runs_child, cancel_it_too }, judge_child },
        { set_up_child, { worker_runs_child, add_callback }, judge_child },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) race(&all[i]);
}

static void worker_awaits_child(void)
{
    await_child = true;
    race_for_child();
}

static void worker_takes_child(void)
{
    await_child = false;
    race_for_child();
}

/* ---- thieves ---- */

static pyf_status become_thief(void *arg)
{
    take_role();
    return count(arg);
}

/* Two workers, each held by its gate; six futures in the queue of the second. */
static pyf_future holders[2];
static void set_up_theft(void)
{
    clear();
    memset(holders, 0, sizeof holders);
    it.pool = POOL(.max_workers = 2);
    for (int i = 0; i < 2; i++) {
        submit(it.pool, &holders[i], pass_gate, &it.gate[i]);
        await_arrivals(&it.gate[i], 1);
    }
    for (unsigned i = 0; i < 8; i++)
        submit(it.pool, &it.f[i], i == 0 ? become_thief : count, &it.runs[i]);
}

static void steal(void)
{
    offer_role();
    open_gate(&it.gate[0]);
    for (unsigned i = 0; i < 8; i++) (void)pyf_future_result(&it.f[i], LONG);
}

static void cancel_most(void)
{
    for (unsigned i = 7; i > 2; i--) (void)pyf_future_cancel(&it.f[i]);
}

static void claim_most(void)
{
    for (unsigned i = 7; i > 2; i--) CHECK_EQ(pyf_future_result(&it.f[i], PYF_FOREVER), PYF_OK);
}

static void own_them_again(void)
{
    open_gate(&it.gate[1]);
    sleep_ms(1);
}

static void judge_theft(void)
{
    open_gate(&it.gate[1]);
    close_pool(it.pool);
    judge_futures(8);
}

static void thief_and_canceller(void)
{
    static const struct race r = { set_up_theft, { steal, cancel_most }, judge_theft };
    race(&r);
}

static void thief_and_claimer(void)
{
    static const struct race r = { set_up_theft, { steal, claim_most }, judge_theft };
    race(&r);
}

static void thief_and_owner(void)
{
    static const struct race r = { set_up_theft, { steal, own_them_again }, judge_theft };
    race(&r);
}

static void judge_theft_of_stopped(void)
{
    open_gate(&it.gate[1]);
    await_release();
    judge_futures(8);
}

static void thief_and_shutdown(void)
{
    static const struct race r = { set_up_theft, { steal, stop_and_cancel },
                                   judge_theft_of_stopped };
    race(&r);
}

/* ---- submits to a pool that breaks, or stops ---- */

static unsigned pool_size;
static size_t most_pending;

/* A pool whose first worker is in an initializer that will fail; f[0] is queued. */
static void set_up_breaking(void)
{
    clear();
    it.pool = POOL(.max_workers = pool_size, .max_pending = most_pending,
                   .initializer = pass_gate_and_fail, .initarg = &it.gate[0]);
    submit(it.pool, &it.f[0], count, &it.runs[0]);
    await_arrivals(&it.gate[0], 1);
}

static void submit_another(void)
{
    it.st[0] = pyf_executor_submit(it.pool, &it.f[1], count, &it.runs[1]);
}

static void break_it(void)
{
    open_gate(&it.gate[0]);
    CHECK_EQ(pyf_future_result(&it.f[0], LONG), PYF_BROKEN_EXECUTOR_ERROR);
    sleep_ms(1);
}

/* Taken, then f[1] ends with want; or refused, and f[1] is as before. */
static void judge_submit(pyf_status refusal, pyf_status want)
{
    CHECK(it.st[0] == PYF_OK || it.st[0] == refusal);
    if (it.st[0] == PYF_OK) {
        CHECK_EQ(pyf_future_result(&it.f[1], LONG), want);
    } else {
        CHECK_EQ(pyf_future_result(&it.f[1], PYF_NOW), PYF_INVALID_STATE_ERROR);
        CHECK(!pyf_future_done(&it.f[1]) && pyf_future_arg(&it.f[1]) == NULL);
    }
    CHECK_EQ(it.runs[1], it.st[0] == PYF_OK && want == PYF_OK);
}

static void judge_broken(void)
{
    judge_submit(PYF_BROKEN_EXECUTOR_ERROR, PYF_BROKEN_EXECUTOR_ERROR);
    close_pool(it.pool);
    CHECK_EQ(it.runs[0], 0);
}

static void submit_and_failing_initializer(void)
{
    static const struct race r = { set_up_breaking, { submit_another, break_it }, judge_broken };
    for (pool_size = 1; pool_size < 3; pool_size++) race(&r);
    most_pending = 100;
    race(&r);
}

static void blocked_submit_and_failing_initializer(void)
{
    static const struct race r = { set_up_breaking, { submit_another, break_it }, judge_broken };
    pool_size = most_pending = 1;
    race(&r);
}

/* One worker, that is held, and one future queued, which is all the pool takes. */
static void set_up_full(void)
{
    clear();
    it.pool = POOL(.max_workers = 1, .max_pending = 1);
    submit(it.pool, &it.f[7], pass_gate, &it.gate[0]);
    await_arrivals(&it.gate[0], 1);
    submit(it.pool, &it.f[0], count, &it.runs[0]);
}

static void stop(void) { CHECK_EQ(pyf_executor_shutdown(it.pool, 0), PYF_OK); }

static void judge_blocked(void)
{
    open_gate(&it.gate[0]);
    judge_submit(PYF_RUNTIME_ERROR, PYF_OK);
    CHECK_EQ(pyf_future_result(&it.f[0], LONG), PYF_OK);
    await_release();
    CHECK_EQ(it.runs[0], 1);
}

static void blocked_submit_and_shutdown(void)
{
    static const struct race r = { set_up_full, { submit_another, stop }, judge_blocked };
    race(&r);
}

/* A cancelled future makes room for the one that waits. */
static void judge_admitted(void)
{
    CHECK(it.cancelled[0]);
    CHECK_EQ(it.st[0], PYF_OK);
    open_gate(&it.gate[0]);
    close_pool(it.pool);
    judge_futures(2);
}

static void blocked_submit_and_cancel(void)
{
    static const struct race r = { set_up_full, { submit_another, cancel_it }, judge_admitted };
    race(&r);
}

/* f[7], in the first worker, submits while the pool is shut down and the second worker, where the
 * future would go, ends. */
static pyf_status submit_late(void *arg)
{
    (void)pass_gate(arg);
    take_role();
    submit_another();
    play_role(NULL);
    return PYF_OK;
}

static void set_up_late_submit(void)
{
    clear();
    it.pool = POOL(.max_workers = 2, .max_pending = most_pending);
    submit(it.pool, &it.f[7], submit_late, &it.gate[0]);
    await_arrivals(&it.gate[0], 1);
    submit(it.pool, &it.f[0], count, &it.runs[0]);
    (void)pyf_future_result(&it.f[0], LONG);
}

static void task_submits(void)
{
    offer_role();
    open_gate(&it.gate[0]);
    CHECK_EQ(pyf_future_result(&it.f[7], LONG), PYF_OK);
}

static void stop_slowly(void)
{
    stop();
    sleep_ms(1);
}

static void judge_late_submit(void)
{
    judge_submit(PYF_RUNTIME_ERROR, PYF_OK);
    await_release();
}

static void submit_of_a_task_and_shutdown(void)
{
    static const struct race r = { set_up_late_submit, { task_submits, stop_slowly },
                                   judge_late_submit };
    for (most_pending = 0; most_pending < 16; most_pending += 8) race(&r);
}

/* ---- a poll executor ---- */

/* A future that has just fallen due, and has not been looked at since. */
static void set_up_ripe(void)
{
    clear();
    CHECK_EQ(pyf_poll_executor_submit_after(&it.loop, &it.f[0], count, &it.runs[0], 1), PYF_OK);
    CHECK_EQ(pyf_poll_executor_submit_after(&it.loop, &it.f[1], count, &it.runs[1], 1), PYF_OK);
    sleep_ms(2);
}

static void run_loop(void) { (void)pyf_poll_executor_run(&it.loop, 10); }

static void shut_loop_down(void)
{
    pyf_executor *ex = pyf_poll_executor_base(&it.loop);
    CHECK_EQ(pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT | PYF_SHUTDOWN_CANCEL_FUTURES), PYF_OK);
}

static void judge_ripe(void)
{
    (void)pyf_future_result(&it.f[0], LONG);
    (void)pyf_poll_executor_run(&it.loop, 10);
    judge_futures(2);
    CHECK_EQ(pyf_poll_executor_run(&it.loop, 10), PYF_FOREVER);
    CHECK(!it.cancelled[0] || pyf_future_cancelled(&it.f[0]));
}

static void ripe_and_cancelled(void)
{
    static const struct race r = { set_up_ripe, { cancel_it, run_loop }, judge_ripe };
    race(&r);
}

static void ripe_and_claimed(void)
{
    static const struct race r = { set_up_ripe, { await_it, run_loop }, judge_ripe };
    race(&r);
}

static void claimed_at_shutdown(void)
{
    static const struct race r = { set_up_ripe, { await_it, shut_loop_down }, judge_ripe };
    race(&r);
}

/* ---- a barrier ---- */

static pyf_barrier barrier;
static unsigned place_in[2], acted;

static void slow_act(void *arg)
{
    (void)arg;
    CHECK_COUNT(acted);
    sleep_ms(2);
}

static void set_up_barrier(void)
{
    clear();
    acted = 0;
    place_in[0] = place_in[1] = 7;
    CHECK_EQ(pyf_barrier_init(&barrier, .parties = 2), PYF_OK);
}

static void set_up_barrier_with_action(void)
{
    set_up_barrier();
    CHECK_EQ(pyf_barrier_init(&barrier, .parties = 2, .action = slow_act), PYF_OK);
}

static void come_briefly(void) { it.st[0] = pyf_barrier_wait(&barrier, 1, &place_in[0]); }
static void come(void) { it.st[1] = pyf_barrier_wait(&barrier, LONG, &place_in[1]); }

/* Both have passed, or neither. */
static void judge_barrier(void)
{
    CHECK(it.st[0] == PYF_OK || it.st[0] == PYF_BROKEN_BARRIER_ERROR);
    CHECK_EQ(it.st[0], it.st[1]);
    CHECK_EQ(place_in[0] + place_in[1], it.st[0] == PYF_OK ? 1 : 14);
    CHECK_EQ(pyf_barrier_broken(&barrier), it.st[0] != PYF_OK);
    CHECK_EQ(pyf_barrier_n_waiting(&barrier), 0);
}

static void barrier_timeout_and_arrival(void)
{
    static const struct race r = { set_up_barrier, { come_briefly, come }, judge_barrier };
    race(&r);
}

static void barrier_timeout_and_action(void)
{
    static const struct race r = { set_up_barrier_with_action, { come_briefly, come },
                                   judge_barrier };
    race(&r);
}

static void abort_barrier(void) { pyf_barrier_abort(&barrier); }

static void judge_abort(void)
{
    CHECK_EQ(it.st[1], PYF_BROKEN_BARRIER_ERROR);
    CHECK(pyf_barrier_broken(&barrier) && place_in[1] == 7);
    CHECK_EQ(pyf_barrier_n_waiting(&barrier), 0);
}

static void barrier_abort_and_arrival(void)
{
    static const struct race r = { set_up_barrier, { abort_barrier, come }, judge_abort };
    race(&r);
}

#endif

static const struct check_case cases[] = {
#if PYFEAT_PORT_NONE
    { "threads", threads }
#else
    { "callback and end", callback_and_end },
    { "timeout and end", timeout_and_end },
    { "wait and end", wait_and_end },
    { "set add and end", set_add_and_end },
    { "set timeout and end", set_timeout_and_end },
    { "set wait and end", set_wait_and_end },
    { "set remove and end", set_remove_and_end },
    { "custom cancel and serve", custom_cancel_and_serve },
    { "custom cancel and end", custom_cancel_and_end },
    { "custom cancel twice", custom_cancel_twice },
    { "custom end twice", custom_end_twice },
    { "custom run and end", custom_run_and_end },
    { "custom cancel hook and serve", custom_cancel_hook_and_serve },
    { "cancel and take", cancel_and_take },
    { "claim and take", claim_and_take },
    { "claim and claim", claim_and_claim },
    { "claim and cancel", claim_and_cancel },
    { "claim and shutdown", claim_and_shutdown },
    { "cancel and shutdown", cancel_and_shutdown },
    { "take and shutdown", take_and_shutdown },
    { "worker awaits child", worker_awaits_child },
    { "worker takes child", worker_takes_child },
    { "thief and canceller", thief_and_canceller },
    { "thief and claimer", thief_and_claimer },
    { "thief and owner", thief_and_owner },
    { "thief and shutdown", thief_and_shutdown },
    { "submit and failing initializer", submit_and_failing_initializer },
    { "blocked submit and failing initializer", blocked_submit_and_failing_initializer },
    { "blocked submit and shutdown", blocked_submit_and_shutdown },
    { "blocked submit and cancel", blocked_submit_and_cancel },
    { "submit of a task and shutdown", submit_of_a_task_and_shutdown },
    { "ripe and cancelled", ripe_and_cancelled },
    { "ripe and claimed", ripe_and_claimed },
    { "claimed at shutdown", claimed_at_shutdown },
    { "barrier timeout and arrival", barrier_timeout_and_arrival },
    { "barrier timeout and action", barrier_timeout_and_action },
    { "barrier abort and arrival", barrier_abort_and_arrival }
#endif
};

int main(int argc, char **argv)
{
#if !PYFEAT_PORT_NONE
    CHECK(pthread_key_create(&role, NULL) == 0);
#endif
    return check_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
}
