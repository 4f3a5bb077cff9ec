/* barrier_test.c - threading.Barrier: the eleven cases of CPython's own tests in our words, and
 * what they leave out. The Barrier's repr() has no counterpart in C; pyf_barrier_parties,
 * _n_waiting and _broken say the same (state_can_be_read). With PYFEAT_PORT_NONE=1 the cases that
 * need threads are skipped. */

#ifndef PYFEAT_PORT_NONE
#if defined(__unix__) || defined(__APPLE__)
#define PYFEAT_PORT_NONE 0
#else
#define PYFEAT_PORT_NONE 1
#endif
#endif
#define PYFEAT_BARRIER_IMPLEMENTATION
#include "../pyfeat.h"
#include "check.h"

#define DAYS INT64_C(86400000)

/* ---- one thread ---- */

static unsigned acted;
static void act(void *arg) { *(unsigned *)arg += 1; }
static pyf_status try_act(void *arg) { return *(pyf_status *)arg; }
static void abort_it(void *arg) { pyf_barrier_abort(*(pyf_barrier **)arg); }

static pyf_status abort_and_fail(void *arg)
{
    pyf_barrier_abort((pyf_barrier *)arg);
    return 42;
}

static void single_thread(void)
{
    static pyf_barrier b = PYF_BARRIER_INIT(1);
    for (int i = 0; i < 3; i++) {
        unsigned index = 99;
        CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, &index), PYF_OK);
        CHECK_EQ(index, 0);
        CHECK_EQ(pyf_barrier_wait(&b, PYF_NOW, NULL), PYF_OK);
    }
    CHECK(!pyf_barrier_broken(&b));
}

static void state_can_be_read(void)
{
    pyf_barrier b = PYF_BARRIER_INIT(3);
    CHECK_EQ(pyf_barrier_parties(&b), 3);
    CHECK_EQ(pyf_barrier_n_waiting(&b), 0);
    CHECK(!pyf_barrier_broken(&b));
    pyf_barrier_abort(&b);
    CHECK(pyf_barrier_broken(&b));
    CHECK_EQ(pyf_barrier_parties(&b), 3);
    pyf_barrier_reset(&b);
    CHECK(!pyf_barrier_broken(&b));
    CHECK_EQ(pyf_barrier_n_waiting(&b), 0);
}

static void bad_options(void)
{
    pyf_barrier b;
    CHECK_EQ(pyf_barrier_init(NULL, .parties = 2), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_barrier_init_with(&b, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_barrier_init(&b, .parties = 0), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_barrier_init(&b, .parties = PYF_BARRIER_MAX_PARTIES + 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_barrier_init(&b, .parties = 65537u), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_barrier_init(&b, .parties = ~0u), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_barrier_init(&b, .parties = 2, .timeout_ms = -1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_barrier_init(&b, .parties = 2, .timeout_ms = 50 * DAYS), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_barrier_init(&b, .parties = 2, .timeout_ms = PYF_FOREVER), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_barrier_init(&b, .parties = 2, .action = act, .try_action = try_act),
             PYF_VALUE_ERROR);
    CHECK_EQ(pyf_barrier_init(&b, .parties = PYF_BARRIER_MAX_PARTIES, .timeout_ms = 49 * DAYS),
             PYF_OK);
    CHECK_EQ(pyf_barrier_parties(&b), PYF_BARRIER_MAX_PARTIES);
}

static void zero_timeout_breaks(void)
{
    static const int64_t none[] = { PYF_NOW, -1, INT64_MIN };
    for (size_t i = 0; i < 3; i++) {
        pyf_barrier b = PYF_BARRIER_INIT(2);
        unsigned index = 99;
        pyf_status st = pyf_barrier_wait(&b, none[i], &index);
        CHECK_EQ(index, 99);
        CHECK_EQ(pyf_barrier_n_waiting(&b), 0);
#if PYFEAT_PORT_NONE
        CHECK(st == PYF_BROKEN_BARRIER_ERROR || st == PYF_DEADLOCK_ERROR);
#else
        CHECK_EQ(st, PYF_BROKEN_BARRIER_ERROR);
        CHECK(pyf_barrier_broken(&b));
        CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, &index), PYF_BROKEN_BARRIER_ERROR);
#endif
    }
}

static void broken_until_reset(void)
{
    pyf_barrier b = PYF_BARRIER_INIT(1);
    unsigned index = 99;
    pyf_barrier_abort(&b);
    pyf_barrier_abort(&b);
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, &index), PYF_BROKEN_BARRIER_ERROR);
    CHECK_EQ(pyf_barrier_wait(&b, PYF_NOW, NULL), PYF_BROKEN_BARRIER_ERROR);
    CHECK_EQ(index, 99);
    pyf_barrier_reset(&b);
    pyf_barrier_reset(&b);
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, &index), PYF_OK);
    CHECK_EQ(index, 0);
}

static void action_of_a_single_party(void)
{
    pyf_barrier b, *bp = &b;
    unsigned index = 99;
    CHECK_EQ(pyf_barrier_init(&b, .parties = 1, .action = act, .arg = &acted), PYF_OK);
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, NULL), PYF_OK);
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, NULL), PYF_OK);
    CHECK_EQ(acted, 2);
    pyf_status st = PYF_OK;
    CHECK_EQ(pyf_barrier_init(&b, .parties = 1, .try_action = try_act, .arg = &st), PYF_OK);
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, &index), PYF_OK);
    CHECK_EQ(index, 0);
    st = 42;
    index = 99;
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, &index), 42);
    CHECK_EQ(index, 99);
    CHECK(pyf_barrier_broken(&b));
    st = PYF_OK;
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, NULL), PYF_BROKEN_BARRIER_ERROR);
    pyf_barrier_reset(&b);
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, NULL), PYF_OK);
    CHECK_EQ(pyf_barrier_init(&b, .parties = 1, .try_action = abort_and_fail, .arg = &b), PYF_OK);
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, NULL), 42);
    CHECK(pyf_barrier_broken(&b));
    CHECK_EQ(pyf_barrier_init(&b, .parties = 1, .action = abort_it, .arg = &bp), PYF_OK);
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, NULL), PYF_BROKEN_BARRIER_ERROR);
    CHECK(pyf_barrier_broken(&b));
}

static void alone_is_a_deadlock(void)
{
#if PYFEAT_PORT_NONE
    pyf_barrier b = PYF_BARRIER_INIT(2);
    unsigned index = 99;
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, &index), PYF_DEADLOCK_ERROR);
    CHECK_EQ(index, 99);
    CHECK_EQ(pyf_barrier_n_waiting(&b), 0);
#else
    CHECK_SKIP("there are threads");
#endif
}

/* ---- many threads ---- */

#if PYFEAT_PORT_NONE

#define THREADED(name) static void name(void) { CHECK_SKIP("needs threads"); }
THREADED(lockstep)
THREADED(lockstep_10)
THREADED(wait_return)
THREADED(action)
THREADED(abort_frees_all)
THREADED(reset_frees_all)
THREADED(abort_and_reset)
THREADED(timeout)
THREADED(default_timeout)
THREADED(own_timeout_before_default)
THREADED(timeout_beyond_all_clocks)
THREADED(action_runs_before_others_go_on)
THREADED(try_action_fails)
THREADED(abort_from_action)
THREADED(reset_while_waiting_then_reuse)
THREADED(n_waiting_counts)
THREADED(ten_thousand_rounds)
THREADED(more_threads_than_parties)
THREADED(barrier_on_the_stack_of_one_of_them)
THREADED(random_breaks)

#else

#include <pthread.h>

#define N 5

static void sleep_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
    (void)nanosleep(&t, NULL);
}

/* Runs fn in n threads; each gets a struct of its own. */
struct party {
    pthread_t thread;
    pyf_barrier *barrier;
    unsigned number, index, rounds;
    pyf_status st;
    int64_t timeout_ms;
};

static struct party parties[64];

static void run_threads(unsigned n, void *(*fn)(void *), pyf_barrier *b)
{
    for (unsigned i = 0; i < n; i++) {
        memset(&parties[i], 0, sizeof parties[i]);
        parties[i].barrier = b;
        parties[i].number = i;
        parties[i].index = 999;
        parties[i].timeout_ms = PYF_FOREVER;
        CHECK(pthread_create(&parties[i].thread, NULL, fn, &parties[i]) == 0);
    }
}

static void join_threads(unsigned n)
{
    for (unsigned i = 0; i < n; i++) CHECK(pthread_join(parties[i].thread, NULL) == 0);
}

static void await_waiting(pyf_barrier *b, unsigned n)
{
    while (pyf_barrier_n_waiting(b) < n) sleep_ms(1);
}

static void *wait_once(void *arg)
{
    struct party *me = arg;
    me->st = pyf_barrier_wait(me->barrier, me->timeout_ms, &me->index);
    return NULL;
}

/* Nobody passes before all have come, and nobody comes again before all have passed. */
static unsigned came[2][64];
static unsigned lockstep_rounds;

static void *step(void *arg)
{
    struct party *me = arg;
    unsigned n = pyf_barrier_parties(me->barrier);
    for (unsigned r = 0; r < lockstep_rounds; r++) {
        CHECK_COUNT(came[0][r]);
        CHECK_EQ(CHECK_READ(came[1][r]), 0);
        CHECK_EQ(pyf_barrier_wait(me->barrier, PYF_FOREVER, NULL), PYF_OK);
        CHECK_EQ(CHECK_READ(came[0][r]), n);
        CHECK_EQ(pyf_barrier_wait(me->barrier, PYF_FOREVER, NULL), PYF_OK);
        CHECK_COUNT(came[1][r]);
        CHECK_EQ(pyf_barrier_wait(me->barrier, PYF_FOREVER, NULL), PYF_OK);
        CHECK_EQ(CHECK_READ(came[1][r]), n);
    }
    return NULL;
}

static void lockstep_of(unsigned rounds)
{
    static pyf_barrier b = PYF_BARRIER_INIT(N);
    lockstep_rounds = rounds;
    run_threads(N, step, &b);
    join_threads(N);
    CHECK_EQ(pyf_barrier_n_waiting(&b), 0);
    CHECK(!pyf_barrier_broken(&b));
}

static void lockstep(void) { lockstep_of(1); }
static void lockstep_10(void) { lockstep_of(10); }

static void wait_return(void)
{
    static pyf_barrier b = PYF_BARRIER_INIT(N);
    for (int round = 0; round < 20; round++) {
        unsigned seen = 0;
        run_threads(N, wait_once, &b);
        join_threads(N);
        for (unsigned i = 0; i < N; i++) {
            CHECK_EQ(parties[i].st, PYF_OK);
            CHECK(parties[i].index < N);
            seen |= 1u << parties[i].index;
        }
        CHECK_EQ(seen, (1u << N) - 1u);
    }
}

static void action(void)
{
    static pyf_barrier b;
    acted = 0;
    CHECK_EQ(pyf_barrier_init(&b, .parties = N, .action = act, .arg = &acted), PYF_OK);
    run_threads(N, wait_once, &b);
    join_threads(N);
    CHECK_EQ(acted, 1);
    run_threads(N, wait_once, &b);
    join_threads(N);
    CHECK_EQ(acted, 2);
}

static pthread_t acting_thread;
static unsigned slow_act_done;
static void slow_act(void *arg)
{
    (void)arg;
    acting_thread = pthread_self();
    sleep_ms(30);
    CHECK_COUNT(slow_act_done);
}

static void *wait_for_slow_act(void *arg)
{
    struct party *me = arg;
    me->st = pyf_barrier_wait(me->barrier, PYF_FOREVER, &me->index);
    CHECK_EQ(CHECK_READ(slow_act_done), 1);
    if (me->index == N - 1) CHECK(pthread_equal(acting_thread, pthread_self()));
    return NULL;
}

static void action_runs_before_others_go_on(void)
{
    static pyf_barrier b;
    CHECK_EQ(pyf_barrier_init(&b, .parties = N, .action = slow_act), PYF_OK);
    run_threads(N, wait_for_slow_act, &b);
    join_threads(N);
    for (unsigned i = 0; i < N; i++) CHECK_EQ(parties[i].st, PYF_OK);
}

static pyf_status fail_77(void *arg) { (void)arg; return 77; }

static void try_action_fails(void)
{
    static pyf_barrier b;
    unsigned own = 0, broken = 0;
    CHECK_EQ(pyf_barrier_init(&b, .parties = N, .try_action = fail_77), PYF_OK);
    run_threads(N, wait_once, &b);
    join_threads(N);
    for (unsigned i = 0; i < N; i++) {
        own += parties[i].st == 77;
        broken += parties[i].st == PYF_BROKEN_BARRIER_ERROR;
        CHECK_EQ(parties[i].index, 999);
    }
    CHECK_EQ(own, 1);
    CHECK_EQ(broken, N - 1);
    CHECK(pyf_barrier_broken(&b));
}

static void abort_from_action(void)
{
    static pyf_barrier b, *bp = &b;
    CHECK_EQ(pyf_barrier_init(&b, .parties = N, .action = abort_it, .arg = &bp), PYF_OK);
    run_threads(N, wait_once, &b);
    join_threads(N);
    for (unsigned i = 0; i < N; i++) CHECK_EQ(parties[i].st, PYF_BROKEN_BARRIER_ERROR);
    CHECK(pyf_barrier_broken(&b));
    CHECK_EQ(pyf_barrier_n_waiting(&b), 0);
}

static void abort_frees_all(void)
{
    static pyf_barrier b = PYF_BARRIER_INIT(N);
    run_threads(N - 1, wait_once, &b);
    await_waiting(&b, N - 1);
    pyf_barrier_abort(&b);
    join_threads(N - 1);
    for (unsigned i = 0; i < N - 1; i++) {
        CHECK_EQ(parties[i].st, PYF_BROKEN_BARRIER_ERROR);
        CHECK_EQ(parties[i].index, 999);
    }
    CHECK(pyf_barrier_broken(&b));
    CHECK_EQ(pyf_barrier_n_waiting(&b), 0);
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, NULL), PYF_BROKEN_BARRIER_ERROR);
}

static void reset_frees_all(void)
{
    static pyf_barrier b = PYF_BARRIER_INIT(N);
    run_threads(N - 1, wait_once, &b);
    await_waiting(&b, N - 1);
    pyf_barrier_reset(&b);
    join_threads(N - 1);
    for (unsigned i = 0; i < N - 1; i++) CHECK_EQ(parties[i].st, PYF_BROKEN_BARRIER_ERROR);
    CHECK(!pyf_barrier_broken(&b));
    CHECK_EQ(pyf_barrier_n_waiting(&b), 0);
    run_threads(N, wait_once, &b);
    join_threads(N);
    for (unsigned i = 0; i < N; i++) CHECK_EQ(parties[i].st, PYF_OK);
}

/* Python's test: one aborts, all meet at a second barrier, one of them resets the first, then all
 * go through it again. */
static pyf_barrier second = PYF_BARRIER_INIT(N);

static void *abort_reset_and_go_on(void *arg)
{
    struct party *me = arg;
    unsigned i = 0;
    if (me->number == N / 2) {
        pyf_barrier_abort(me->barrier);
        me->st = PYF_BROKEN_BARRIER_ERROR;
    } else {
        me->st = pyf_barrier_wait(me->barrier, PYF_FOREVER, NULL);
    }
    CHECK_EQ(me->st, PYF_BROKEN_BARRIER_ERROR);
    CHECK_EQ(pyf_barrier_wait(&second, PYF_FOREVER, &i), PYF_OK);
    if (i == 0) pyf_barrier_reset(me->barrier);
    CHECK_EQ(pyf_barrier_wait(&second, PYF_FOREVER, NULL), PYF_OK);
    me->st = pyf_barrier_wait(me->barrier, PYF_FOREVER, &me->index);
    return NULL;
}

static void abort_and_reset(void)
{
    static pyf_barrier b = PYF_BARRIER_INIT(N);
    for (int round = 0; round < 20; round++) {
        unsigned seen = 0;
        run_threads(N, abort_reset_and_go_on, &b);
        join_threads(N);
        for (unsigned i = 0; i < N; i++) {
            CHECK_EQ(parties[i].st, PYF_OK);
            seen |= 1u << (parties[i].index & 31u);
        }
        CHECK_EQ(seen, (1u << N) - 1u);
        CHECK(!pyf_barrier_broken(&b));
    }
}

static void *wait_30_ms_or_never(void *arg)
{
    struct party *me = arg;
    me->st = pyf_barrier_wait(me->barrier, me->number == 0 ? 30 : PYF_FOREVER, &me->index);
    return NULL;
}

static void timeout(void)
{
    static pyf_barrier b = PYF_BARRIER_INIT(N);
    int64_t t0 = pyf_now_ms();
    run_threads(N - 1, wait_30_ms_or_never, &b);
    join_threads(N - 1);
    CHECK(pyf_now_ms() - t0 >= 29);
    for (unsigned i = 0; i < N - 1; i++) {
        CHECK_EQ(parties[i].st, PYF_BROKEN_BARRIER_ERROR);
        CHECK_EQ(parties[i].index, 999);
    }
    CHECK(pyf_barrier_broken(&b));
    CHECK_EQ(pyf_barrier_n_waiting(&b), 0);
}

static void default_timeout(void)
{
    static pyf_barrier b;
    CHECK_EQ(pyf_barrier_init(&b, .parties = N, .timeout_ms = 40), PYF_OK);
    int64_t t0 = pyf_now_ms();
    run_threads(N - 1, wait_once, &b);
    join_threads(N - 1);
    CHECK(pyf_now_ms() - t0 >= 39);
    for (unsigned i = 0; i < N - 1; i++) CHECK_EQ(parties[i].st, PYF_BROKEN_BARRIER_ERROR);
    CHECK(pyf_barrier_broken(&b));
}

static void *wait_a_minute(void *arg)
{
    struct party *me = arg;
    me->st = pyf_barrier_wait(me->barrier, 60000 * (int64_t)check_slowness(), &me->index);
    return NULL;
}

static void own_timeout_before_default(void)
{
    static pyf_barrier b;
    CHECK_EQ(pyf_barrier_init(&b, .parties = 2, .timeout_ms = 1), PYF_OK);
    run_threads(1, wait_a_minute, &b);
    await_waiting(&b, 1);
    sleep_ms(30);
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, NULL), PYF_OK);
    join_threads(1);
    CHECK_EQ(parties[0].st, PYF_OK);
    CHECK_EQ(parties[0].index, 0);
    CHECK_EQ(pyf_barrier_init(&b, .parties = 2, .timeout_ms = 49 * DAYS), PYF_OK);
    int64_t t0 = pyf_now_ms();
    CHECK_EQ(pyf_barrier_wait(&b, 20, NULL), PYF_BROKEN_BARRIER_ERROR);
    CHECK(pyf_now_ms() - t0 >= 19);
}

/* A time that ends beyond what the clock can count is as good as forever. */
static void *wait_for_ages(void *arg)
{
    struct party *me = arg;
    me->st = pyf_barrier_wait(me->barrier, PYF_FOREVER - 1, &me->index);
    return NULL;
}

static void timeout_beyond_all_clocks(void)
{
    static pyf_barrier b = PYF_BARRIER_INIT(2);
    run_threads(1, wait_for_ages, &b);
    await_waiting(&b, 1);
    sleep_ms(5);
    CHECK(!pyf_barrier_broken(&b));
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER - 1, NULL), PYF_OK);
    join_threads(1);
    CHECK_EQ(parties[0].st, PYF_OK);
    CHECK_EQ(parties[0].index, 0);
}

static void reset_while_waiting_then_reuse(void)
{
    static pyf_barrier b = PYF_BARRIER_INIT(3);
    for (int round = 0; round < 200; round++) {
        run_threads(2, wait_once, &b);
        if (round % 2) await_waiting(&b, 2);
        else if (round % 4 == 0) await_waiting(&b, 1);
        pyf_barrier_reset(&b);
        /* whoever came before the reset is sent away, whoever came behind it waits in a whole
         * barrier */
        pyf_barrier_abort(&b);
        join_threads(2);
        for (unsigned i = 0; i < 2; i++) CHECK_EQ(parties[i].st, PYF_BROKEN_BARRIER_ERROR);
        pyf_barrier_reset(&b);
        CHECK_EQ(pyf_barrier_n_waiting(&b), 0);
        CHECK(!pyf_barrier_broken(&b));
    }
}

static void n_waiting_counts(void)
{
    static pyf_barrier b = PYF_BARRIER_INIT(3);
    static struct party p[2];
    for (unsigned i = 0; i < 2; i++) {
        p[i].barrier = &b;
        p[i].timeout_ms = PYF_FOREVER;
        CHECK(pthread_create(&p[i].thread, NULL, wait_once, &p[i]) == 0);
        await_waiting(&b, i + 1);
        CHECK_EQ(pyf_barrier_n_waiting(&b), i + 1);
    }
    unsigned index = 99;
    CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, &index), PYF_OK);
    CHECK_EQ(pyf_barrier_n_waiting(&b), 0);
    for (unsigned i = 0; i < 2; i++) CHECK(pthread_join(p[i].thread, NULL) == 0);
    CHECK(p[0].index == 0 && p[1].index == 1 && index == 2);
}

static unsigned tally[2];
static unsigned rounds_end; /* how many there were, once that is known */
static int64_t rounds_begun;

/* So many rounds, or as many as there are in a while: in each the others wait for this. */
static void count_round(void *arg)
{
    unsigned n = ++*(unsigned *)arg;
    if (n == lockstep_rounds || pyf_now_ms() - rounds_begun > 15000) rounds_end = n;
}

static void *many_rounds(void *arg)
{
    struct party *me = arg;
    while (rounds_end == 0) {
        unsigned index = 99;
        pyf_status st = pyf_barrier_wait(me->barrier, PYF_FOREVER, &index);
        if (st != PYF_OK || index >= 8) {
            me->st = st == PYF_OK ? 1 : st;
            return NULL;
        }
        me->rounds++;
        if (index == 0) CHECK_COUNT(tally[0]);
        if (index == 7) CHECK_COUNT(tally[1]);
    }
    return NULL;
}

static void ten_thousand_rounds(void)
{
    static pyf_barrier b;
    acted = 0;
    lockstep_rounds = check_slowness() > 1 ? 500 : 10000;
    rounds_begun = pyf_now_ms();
    CHECK_EQ(pyf_barrier_init(&b, .parties = 8, .action = count_round, .arg = &acted), PYF_OK);
    run_threads(8, many_rounds, &b);
    join_threads(8);
    for (unsigned i = 0; i < 8; i++) {
        CHECK_EQ(parties[i].st, PYF_OK);
        CHECK_EQ(parties[i].rounds, acted);
    }
    CHECK_EQ(acted, rounds_end);
    CHECK_EQ(tally[0], acted);
    CHECK_EQ(tally[1], acted);
}

/* Rounds of three out of six threads: whoever comes early for the next round must not spoil the
 * one before, and a round that is complete stays so when the barrier breaks at that moment. */
static void *rounds_of_any_three(void *arg)
{
    struct party *me = arg;
    while ((me->st = pyf_barrier_wait(me->barrier, PYF_FOREVER, &me->index)) == PYF_OK) {
        me->rounds++;
        if (me->index == 0) CHECK_COUNT(tally[0]);
        if (me->index == 2) CHECK_COUNT(tally[1]);
    }
    return NULL;
}

static void more_threads_than_parties(void)
{
    static pyf_barrier b = PYF_BARRIER_INIT(3);
    unsigned passed = 0;
    run_threads(6, rounds_of_any_three, &b);
    while (CHECK_READ(tally[0]) < 1000) sleep_ms(1);
    pyf_barrier_abort(&b);
    join_threads(6);
    for (unsigned i = 0; i < 6; i++) {
        CHECK_EQ(parties[i].st, PYF_BROKEN_BARRIER_ERROR);
        passed += parties[i].rounds;
    }
    CHECK_EQ(tally[0], tally[1]);
    CHECK_EQ(passed, 3 * tally[0]);
}

/* A barrier needs no destroy, and its memory is free as soon as all have come back. */
static void barrier_on_the_stack_of_one_of_them(void)
{
    for (int round = 0; round < 200; round++) {
        pyf_barrier b;
        CHECK_EQ(pyf_barrier_init(&b, .parties = 3), PYF_OK);
        run_threads(2, wait_once, &b);
        CHECK_EQ(pyf_barrier_wait(&b, PYF_FOREVER, NULL), PYF_OK);
        join_threads(2);
        memset(&b, 0xA5, sizeof b);
        CHECK_EQ(parties[0].st, PYF_OK);
        CHECK_EQ(parties[1].st, PYF_OK);
    }
}

static unsigned random_ended;
static void *random_waits(void *arg)
{
    struct party *me = arg;
    uint64_t rng = check_rng(me->number + 1u);
    for (unsigned r = 0; r < lockstep_rounds; r++) {
        unsigned what = check_below(&rng, 100);
        if (what < 5) pyf_barrier_abort(me->barrier);
        else if (what < 12) pyf_barrier_reset(me->barrier);
        else {
            int64_t ms = what < 50 ? 1 : what < 60 ? PYF_NOW : 3;
            unsigned index = 99;
            pyf_status st = pyf_barrier_wait(me->barrier, ms, &index);
            CHECK(st == PYF_OK ? index < 3 : st == PYF_BROKEN_BARRIER_ERROR && index == 99);
            if (st == PYF_OK) me->rounds++;
            if (index == 0) CHECK_COUNT(tally[0]);
            if (index == 2) CHECK_COUNT(tally[1]);
            if (st != PYF_OK && check_below(&rng, 2)) pyf_barrier_reset(me->barrier);
        }
    }
    CHECK_COUNT(random_ended);
    return NULL;
}

static void random_breaks(void)
{
    static pyf_barrier b = PYF_BARRIER_INIT(3);
    lockstep_rounds = 500;
    run_threads(6, random_waits, &b);
    join_threads(6);
    CHECK_EQ(random_ended, 6);
    CHECK_EQ(tally[0], tally[1]);
    unsigned passed = 0;
    for (unsigned i = 0; i < 6; i++) passed += parties[i].rounds;
    CHECK_EQ(passed, 3 * tally[0]);
    CHECK_EQ(pyf_barrier_n_waiting(&b), 0);
    pyf_barrier_reset(&b);
    run_threads(3, wait_once, &b);
    join_threads(3);
    for (unsigned i = 0; i < 3; i++) CHECK_EQ(parties[i].st, PYF_OK);
}

#endif

static const struct check_case cases[] = {
    { "single thread", single_thread },
    { "state can be read", state_can_be_read },
    { "bad options", bad_options },
    { "zero timeout breaks", zero_timeout_breaks },
    { "broken until reset", broken_until_reset },
    { "action of a single party", action_of_a_single_party },
    { "alone is a deadlock", alone_is_a_deadlock },
    { "lockstep", lockstep },
    { "lockstep, 10 rounds", lockstep_10 },
    { "wait returns the place of arrival", wait_return },
    { "action", action },
    { "action runs before others go on", action_runs_before_others_go_on },
    { "try_action fails", try_action_fails },
    { "abort from the action", abort_from_action },
    { "abort frees all", abort_frees_all },
    { "reset frees all", reset_frees_all },
    { "abort and reset", abort_and_reset },
    { "timeout", timeout },
    { "default timeout", default_timeout },
    { "own timeout before the default", own_timeout_before_default },
    { "timeout beyond all clocks", timeout_beyond_all_clocks },
    { "reset while waiting, then reuse", reset_while_waiting_then_reuse },
    { "n_waiting counts", n_waiting_counts },
    { "ten thousand rounds of eight", ten_thousand_rounds },
    { "more threads than parties", more_threads_than_parties },
    { "barrier on the stack", barrier_on_the_stack_of_one_of_them },
    { "random breaks", random_breaks }
};

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
}
