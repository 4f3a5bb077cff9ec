/* engine.h - how explore.h does it. Included once, after it. */

#ifndef EXPLORE_ENGINE_H
#define EXPLORE_ENGINE_H

#include "explore.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define EX_POISON(p, size) ASAN_POISON_MEMORY_REGION(p, size)
#define EX_UNPOISON(p, size) ASAN_UNPOISON_MEMORY_REGION(p, size)
#else
#define EX_POISON(p, size) ((void)0)
#define EX_UNPOISON(p, size) ((void)0)
#endif
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

enum {
    EX_THREADS = 10,
    EX_STACK = 1 << 16,
    EX_ARENA = 1 << 20,
    EX_GRAIN = 64,
    EX_OBJECTS = 1 << 12, /* a power of two, more than any scenario touches */
    EX_WATCHED = 96,
    EX_STORES = 32,
    EX_STEPS = 20000,
    EX_PATH = 20000,
    EX_NAPS = 2,      /* of one thread in one schedule; more only where nobody else can go on */
    EX_SPINS = 400,   /* of one thread in one schedule; more is for ever */
    EX_SHORTEST = 200000 /* schedules looked at, at most, for a shorter one that fails */
};

#define EX_LIVE UINT32_C(0x50a4ce11)
#define EX_GONE UINT32_C(0xdeadce11)

enum ex_state {
    EX_FREE, EX_READY, EX_SPINNING, EX_PARKED, EX_WAITING, EX_JOINING, EX_SETTLING, EX_DONE
};

enum ex_result { EX_RUNNING, EX_COMPLETE, EX_PRUNED, EX_FAILED };

/* Something that operations contend for: what they see of it is told by the operations before. */
struct ex_object {
    const void *address;
    uint32_t run;
    uint32_t version; /* changes by threads that get on */
    uint64_t written, read;
    uint32_t seen[EX_THREADS], round[EX_THREADS];
};

struct ex_delayed {
    void *p;
    size_t size;
    uint64_t value, before, history;
};

struct ex_thread {
    int id;
    enum ex_state state;
    char *stack;
    void *sp;
#if !defined(__x86_64__)
    ucontext_t context;
#endif
    void (*fn)(void *);
    void *arg, *tls;
    uint64_t history, drained;
    struct ex_parker *parker;
    int64_t deadline;
    bool (*happened)(const void *); /* what it waits for, with this argument */
    const void *event;
    int target;  /* whom it joins */
    int process; /* the one that it is a thread of; 0: that of the scenario */
    bool doomed; /* it is to end, wherever it is */
    bool interrupt, joined, detached, ours, timed_out;
    unsigned naps, spins, streak, round, ops, last_ops, n_watched;
    struct ex_object *watched[EX_WATCHED];
    struct ex_delayed stores[EX_STORES];
    unsigned n_stores;
};

struct ex_step {
    int thread;
    const char *what;
    const void *object;
    uint64_t before, after;
    void *pc;
};

struct ex_choice {
    uint8_t chosen, n;
};

/* Hashes whose lowest three bits are a number from 1 to 7. */
struct ex_set {
    uint64_t *slots;
    size_t size, count;
};

static struct ex_engine {
    const struct ex_scenario *scenario;
    int bound;
    struct ex_thread threads[EX_THREADS];
    int n_threads;
    struct ex_thread *me;
    enum ex_result result;
    int used; /* of the bound */
    bool calm, tracing;
    unsigned steps, switches;
    uint64_t state; /* hash of everything that was done, in which order */
    int64_t clock;
    uint32_t run;
    char message[400];
    sigjmp_buf back;
    void *main_sp;
#if !defined(__x86_64__)
    ucontext_t main_context;
#endif
    struct ex_choice path[EX_PATH];
    unsigned depth, replay;
    struct ex_object objects[EX_OBJECTS];
    unsigned n_objects;
    /* memory */
    size_t arena_used;
    unsigned char grain[EX_ARENA / EX_GRAIN]; /* 0 never used, 1 in use, 2 given back */
    struct ex_set met; /* states: hash, and in its lowest bits what was left of the bound */
    struct ex_set ends; /* the last states of whole schedules, if they are to be counted */
    bool unpruned, count_ends, after;
    /* figures */
    uint64_t number, complete, pruned, total_steps;
    unsigned longest;
    struct ex_step *trace;
    unsigned n_trace;
    void (*at_end)(void);  /* looks whether all is well when everybody has ended */
    void (*at_death)(void); /* what a doomed thread does last; does not return */
} ex;

static char ex_stacks[EX_THREADS][EX_STACK] __attribute__((aligned(64)));
static char ex_arena[EX_ARENA] __attribute__((aligned(64)));

/* ---- coroutines ---- */

#if defined(__x86_64__)
void ex_switch(void **save, void *to);
__asm__(".text\n"
        ".p2align 4\n"
        ".globl ex_switch\n"
        ".type ex_switch, @function\n"
        "ex_switch:\n"
        "    pushq %rbp\n    pushq %rbx\n    pushq %r12\n    pushq %r13\n"
        "    pushq %r14\n    pushq %r15\n"
        "    movq %rsp, (%rdi)\n    movq %rsi, %rsp\n"
        "    popq %r15\n    popq %r14\n    popq %r13\n    popq %r12\n"
        "    popq %rbx\n    popq %rbp\n    ret\n"
        ".size ex_switch, . - ex_switch\n");
#endif

static void ex_main(void);

static void ex_prepare(struct ex_thread *t)
{
#if defined(__x86_64__)
    void **sp = (void **)(void *)(t->stack + EX_STACK - 64);
    *--sp = NULL; /* so that the stack is aligned as at a call */
    *--sp = (void *)(uintptr_t)ex_main;
    for (int i = 0; i < 6; i++) *--sp = NULL;
    t->sp = sp;
#else
    t->sp = t->stack;
    (void)getcontext(&t->context);
    t->context.uc_stack.ss_sp = t->stack;
    t->context.uc_stack.ss_size = EX_STACK;
    t->context.uc_link = NULL;
    makecontext(&t->context, ex_main, 0);
#endif
}

static void ex_undo_stores(struct ex_thread *t);
static void ex_redo_stores(struct ex_thread *t);

static void ex_go_on_with(struct ex_thread *next)
{
    struct ex_thread *me = ex.me;
    if (next == me) return;
    if (me->n_stores != 0) ex_undo_stores(me);
    ex.me = next;
    ex.switches++;
    if (next->n_stores != 0) ex_redo_stores(next);
#if defined(__x86_64__)
    ex_switch(&me->sp, next->sp);
#else
    (void)swapcontext(&me->context, &next->context);
#endif
}

/* Ends the schedule from wherever we are. What the coroutines have on their stacks is forgotten. */
static void ex_end(enum ex_result result) __attribute__((noreturn));
static void ex_end(enum ex_result result)
{
    ex.result = result;
    siglongjmp(ex.back, 1);
}

static void ex_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(ex.message, sizeof ex.message, format, args);
    va_end(args);
    ex_end(EX_FAILED);
}

/* ---- the order of operations, hashed ---- */

static inline uint64_t ex_mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ (h >> 29);
}

static inline uint64_t ex_part(const struct ex_thread *t)
{
    return ex_mix(ex_mix(t->history, (uint64_t)t->id + 1), t->drained);
}

static void ex_note(struct ex_thread *t, uint64_t x)
{
    ex.state -= ex_part(t);
    t->history = ex_mix(t->history, x);
    ex.state += ex_part(t);
}

static struct ex_object *ex_object_at(const void *p)
{
    size_t i = (size_t)(((uintptr_t)p >> 2) * UINT64_C(0x9E3779B97F4A7C15) >> 40);
    for (;; i++) {
        struct ex_object *o = &ex.objects[i & (EX_OBJECTS - 1)];
        if (o->run == ex.run && o->address == p) return o;
        if (o->run == ex.run) continue;
        if (++ex.n_objects > EX_OBJECTS / 2) ex_fail("too many objects for the explorer");
        memset(o, 0, sizeof *o);
        o->run = ex.run;
        o->address = p;
        return o;
    }
}

/* The thread has just done something to the object. */
static void ex_touch(struct ex_thread *t, const void *p, bool write)
{
    struct ex_object *o = ex_object_at(p);
    ex_note(t, ex_mix(ex_mix((uint64_t)(uintptr_t)p, o->written), write ? o->read + 1 : 0));
    if (write) {
        o->written = t->history;
        o->read = 0;
        if (t->streak < 3) o->version++;
    } else {
        o->read += ex_mix(t->history, 1);
    }
    if (o->round[t->id] != t->round && t->n_watched < EX_WATCHED) {
        o->round[t->id] = t->round;
        t->watched[t->n_watched++] = o;
    }
    o->seen[t->id] = o->version;
    t->ops++;
    if (t->streak != 0 && t->ops > 2 * t->last_ops + 4) t->streak = 0; /* it has left its loop */
}

static void ex_record(const char *what, const void *p, uint64_t before, uint64_t after, void *pc)
{
    struct ex_step *s;
    if (!ex.tracing || ex.n_trace == EX_STEPS) return;
    s = &ex.trace[ex.n_trace++];
    s->thread = ex.me->id;
    s->what = what;
    s->object = p;
    s->before = before;
    s->after = after;
    s->pc = pc;
}

/* ---- stores that are under way: the thread sees them already, the others not yet ---- */

static uint64_t ex_peek(const void *p, size_t size)
{
    if (size == sizeof(uint32_t)) return *(const uint32_t *)p;
    return *(const uintptr_t *)p;
}

static void ex_poke(void *p, size_t size, uint64_t v)
{
    if (size == sizeof(uint32_t)) *(uint32_t *)p = (uint32_t)v;
    else *(uintptr_t *)p = (uintptr_t)v;
}

static void ex_undo_stores(struct ex_thread *t)
{
    for (unsigned i = t->n_stores; i-- > 0;)
        ex_poke(t->stores[i].p, t->stores[i].size, t->stores[i].before);
}

static void ex_redo_stores(struct ex_thread *t)
{
    for (unsigned i = 0; i < t->n_stores; i++) {
        t->stores[i].before = ex_peek(t->stores[i].p, t->stores[i].size);
        ex_poke(t->stores[i].p, t->stores[i].size, t->stores[i].value);
    }
}

/* The oldest store of t becomes visible to all. */
static void ex_drain_one(struct ex_thread *t)
{
    struct ex_delayed *s = &t->stores[0];
    struct ex_object *o = ex_object_at(s->p);
    ex.state -= ex_part(t);
    o->written = ex_mix(ex_mix(s->history, o->written), o->read + 1);
    o->read = 0;
    o->version++;
    t->drained = ex_mix(t->drained, o->written);
    ex.state += ex_part(t);
    if (t != ex.me) ex_poke(s->p, s->size, s->value);
    ex_record(t == ex.me ? "drain" : "drain (of another)", s->p, s->before, s->value, NULL);
    t->n_stores--;
    memmove(t->stores, t->stores + 1, t->n_stores * sizeof t->stores[0]);
}

static void ex_drain(struct ex_thread *t)
{
    while (t->n_stores != 0) ex_drain_one(t);
}

static bool ex_under_way(const struct ex_thread *t, const void *p)
{
    for (unsigned i = 0; i < t->n_stores; i++)
        if (t->stores[i].p == p) return true;
    return false;
}

/* ---- choices ---- */

/* Which of n; any but the first takes cost of the bound. */
static int ex_branch(int n, int cost)
{
    int chosen = 0;
    if (n <= 1 || ex.calm || (cost != 0 && ex.used + cost > ex.bound)) return 0;
    if (ex.depth == EX_PATH) ex_fail("too many choices");
    if (ex.depth < ex.replay) {
        chosen = ex.path[ex.depth].chosen;
        if (ex.path[ex.depth].n != n) ex_fail("the scenario does not do the same again");
    }
    ex.path[ex.depth].chosen = (uint8_t)chosen;
    ex.path[ex.depth].n = (uint8_t)n;
    ex.depth++;
    if (chosen != 0) ex.used += cost;
    return chosen;
}

static void ex_grow(struct ex_set *set)
{
    struct ex_set old = *set;
    set->size = old.size == 0 ? 1u << 16 : old.size * 4;
    set->slots = (uint64_t *)calloc(set->size, sizeof *set->slots);
    if (set->slots == NULL) abort();
    for (size_t i = 0; i < old.size; i++) {
        size_t k = (size_t)(old.slots[i] >> 8);
        if (old.slots[i] == 0) continue;
        while (set->slots[k & (set->size - 1)] != 0) k++;
        set->slots[k & (set->size - 1)] = old.slots[i];
    }
    free(old.slots);
}

static void ex_clear(struct ex_set *set)
{
    if (set->size > 1u << 16) {
        free(set->slots);
        memset(set, 0, sizeof *set);
    } else if (set->size != 0) {
        memset(set->slots, 0, set->size * sizeof *set->slots);
    }
    set->count = 0;
    if (set->size == 0) ex_grow(set);
}

/* Put the hash in with this number, if it is greater; true if the one that was there is as great. */
static bool ex_put(struct ex_set *set, uint64_t hash, uint64_t number)
{
    uint64_t key = hash & ~UINT64_C(7);
    if (set->count * 2 >= set->size && set->size < (1u << 26)) ex_grow(set);
    for (size_t k = (size_t)(key >> 8);; k++) {
        uint64_t *slot = &set->slots[k & (set->size - 1)];
        if (*slot == 0) {
            if (set->count * 4 >= set->size * 3) return false; /* full: go the long way */
            *slot = key | number;
            set->count++;
            return false;
        }
        if ((*slot & ~UINT64_C(7)) != key) continue;
        if ((*slot & 7) >= number) return true;
        *slot = key | number;
        return false;
    }
}

/* Whether we were in this state before with at least as much of the bound left. */
static bool ex_been_here(void)
{
    if (ex.unpruned) return false;
    return ex_put(&ex.met, ex_mix(ex.state, (uint64_t)ex.me->id + 77),
                  (uint64_t)(ex.bound - ex.used) + 1);
}

static bool ex_changed(const struct ex_thread *t)
{
    if (t->n_watched == EX_WATCHED) return true;
    for (unsigned i = 0; i < t->n_watched; i++)
        if (t->watched[i]->seen[t->id] != t->watched[i]->version) return true;
    return false;
}

/* Can t do its next step? A thread that spins is let go on when something that it looked at has
 * changed, and when nobody else can (ex_options). */
static bool ex_enabled(const struct ex_thread *t)
{
    if (t->doomed && t->state != EX_DONE) return true;
    switch (t->state) {
    case EX_READY: return true;
    case EX_SPINNING: return ex_changed(t);
    case EX_PARKED: return t->parker->token != 0 || t->deadline != INT64_MAX;
    case EX_WAITING:
        return t->happened(t->event) || (t->deadline != INT64_MAX && t->naps < EX_NAPS);
    case EX_JOINING: return ex.threads[t->target].state == EX_DONE;
    default: return false;
    }
}

/* Whether all that t can do is to time out. */
static bool ex_in_vain(const struct ex_thread *t)
{
    return !t->doomed && ((t->state == EX_PARKED && t->parker->token == 0) ||
                          (t->state == EX_WAITING && !t->happened(t->event)));
}

/* A thread that can only spin or time out lets others go on for nothing. */
static bool ex_last(const struct ex_thread *t)
{
    return t->state == EX_SPINNING || ex_in_vain(t);
}

/* Whoever may go on, the present thread first; a number above EX_THREADS is a store of that thread
 * that becomes visible. */
static int ex_options(int *options)
{
    int n = 0, i;
    struct ex_thread *me = ex.me;
    if (me->interrupt && me->state != EX_DONE) {
        if (me->state != EX_READY && !(me->state == EX_PARKED && me->parker->token != 0))
            ex_fail("an interrupt waits");
        options[n++] = me->id;
        return n;
    }
    if (!ex_last(me) && ex_enabled(me)) options[n++] = me->id;
    for (i = 0; i < ex.n_threads; i++) {
        if (ex.threads[i].n_stores != 0) options[n++] = EX_THREADS + i;
    }
    for (i = 0; i < ex.n_threads; i++) {
        if (i != me->id && ex_enabled(&ex.threads[i])) options[n++] = i;
    }
    if (ex_last(me) && ex_enabled(me)) options[n++] = me->id;
    for (i = 0; n == 0 && i < ex.n_threads; i++) {
        const struct ex_thread *t = &ex.threads[i];
        if (t->state == EX_SPINNING || (t->state == EX_WAITING && t->deadline != INT64_MAX))
            options[n++] = i;
    }
    return n;
}

/* The one who goes on while nothing is to be chosen: timeouts last. */
static int ex_calm_option(void)
{
    int i, best = -1;
    struct ex_thread *t;
    for (i = 0; i < ex.n_threads; i++) ex_drain(&ex.threads[i]);
    if (ex.me->state == EX_READY) return ex.me->id;
    for (i = 1; i <= ex.n_threads; i++) { /* in turn, for the sake of those that spin */
        t = &ex.threads[(ex.me->id + i) % ex.n_threads];
        if (!ex_in_vain(t) && ex_enabled(t)) return t->id;
    }
    for (i = 1; i <= ex.n_threads; i++) {
        t = &ex.threads[(ex.me->id + i) % ex.n_threads];
        if (t->state == EX_SPINNING && t->streak < 8) return t->id;
    }
    for (i = 0; i < ex.n_threads; i++) {
        t = &ex.threads[i];
        if (t->state == EX_SETTLING) return i;
        if ((t->state == EX_PARKED || t->state == EX_WAITING) && t->deadline != INT64_MAX &&
            (best < 0 || t->deadline < ex.threads[best].deadline))
            best = i;
    }
    for (i = 1; best < 0 && i <= ex.n_threads; i++) {
        t = &ex.threads[(ex.me->id + i) % ex.n_threads];
        if (t->state == EX_SPINNING) best = t->id;
    }
    return best;
}

static const char *ex_state_name(enum ex_state s)
{
    static const char *const names[] = { "free",  "ready", "spins",   "is parked",
                                         "waits", "joins", "settles", "ended" };
    return names[s];
}

static void ex_stuck(void)
{
    char text[300];
    size_t at = 0;
    for (int i = 0; i < ex.n_threads && at < sizeof text; i++) {
        struct ex_thread *t = &ex.threads[i];
        if (t->state == EX_DONE) continue;
        at += (size_t)snprintf(text + at, sizeof text - at, " thread %d %s;", i,
                               ex_state_name(t->state));
    }
    text[at < sizeof text ? at - 1 : sizeof text - 1] = '\0';
    ex_fail("deadlock:%s", text);
}

static void ex_finish(void);

/* The present thread is about to do something, or cannot: who does the next step? */
static void ex_schedule(void)
{
    int options[2 * EX_THREADS], n, at, alive = 0;
    for (;;) {
        if (++ex.steps > EX_STEPS) ex_fail("no end after %d steps", EX_STEPS);
        if (ex.calm) {
            at = ex_calm_option();
            n = at >= 0;
            options[0] = at;
            at = 0;
        } else {
            n = ex_options(options);
            at = n > 1 ? -1 : 0;
        }
        if (n == 0) {
            for (at = 0; at < ex.n_threads; at++) alive += ex.threads[at].state != EX_DONE;
            if (alive != 0) ex_stuck();
            ex_finish();
        }
        if (at < 0) {
            bool goes_on = !ex_last(ex.me) && options[0] == ex.me->id;
            if (ex.depth >= ex.replay && ex_been_here()) ex_end(EX_PRUNED);
            if (goes_on && n > 1 && options[1] >= EX_THREADS) {
                /* our own or others' stores may drain for nothing; a preemption is a choice after */
                int drains = 1;
                while (drains < n && options[drains] >= EX_THREADS) drains++;
                at = ex_branch(drains, 0);
                if (at == 0 && drains < n) {
                    at = ex_branch(n - drains + 1, 1);
                    if (at != 0) at += drains - 1;
                }
            } else {
                at = ex_branch(n, goes_on ? 1 : 0);
            }
        }
        if (options[at] < EX_THREADS) break;
        ex_drain_one(&ex.threads[options[at] - EX_THREADS]);
    }
    ex_go_on_with(&ex.threads[options[at]]);
    if (ex.me->doomed && (ex.me->state != EX_READY || ex_branch(2, 1) == 0)) {
        ex.me->doomed = false; /* or else it does one step more */
        ex_note(ex.me, 16);
        ex.at_death();
    }
}

static void ex_point(void)
{
    ex.me->state = EX_READY;
    ex_schedule();
}

/* ---- threads ---- */

static void ex_leave(void) __attribute__((noreturn));
static void ex_leave(void)
{
    struct ex_thread *me = ex.me;
    ex_point();
    ex_drain(me);
    ex_touch(me, me, true);
    ex_record("ends", NULL, 0, 0, NULL);
    me->state = EX_DONE;
    ex_schedule();
    abort();
}

static void ex_main(void)
{
    ex.me->fn(ex.me->arg);
    ex_leave();
}

static int ex_spawn(void (*fn)(void *), void *arg)
{
    int id = ex.n_threads;
    struct ex_thread *t = &ex.threads[id];
    if (id == EX_THREADS) ex_fail("more than %d threads", EX_THREADS);
    ex.n_threads++;
    memset(t, 0, offsetof(struct ex_thread, watched));
    t->n_stores = 0;
    t->id = id;
    t->stack = ex_stacks[id];
    t->fn = fn;
    t->arg = arg;
    t->round = 1;
    t->state = EX_READY;
    ex.state += ex_part(t);
    if (ex.me != NULL) {
        t->process = ex.me->process;
        ex_drain(ex.me);
        ex_touch(ex.me, t, true);
        ex_note(t, ex.me->history);
    }
    ex_prepare(t);
    return id;
}

static int ex_go(void (*fn)(void *), void *arg)
{
    int id;
    ex_point();
    id = ex_spawn(fn, arg);
    ex.threads[id].ours = true;
    ex_record("starts", NULL, 0, (uint64_t)id, NULL);
    return id;
}

static int ex_interrupt(void (*fn)(void *), void *arg)
{
    int id = ex_go(fn, arg);
    ex.threads[id].interrupt = true;
    return id;
}

static void ex_join_thread(int id)
{
    struct ex_thread *me = ex.me;
    me->target = id;
    me->state = EX_JOINING;
    ex_schedule();
    me->state = EX_READY;
    ex_drain(me);
    ex_touch(me, &ex.threads[id], false);
}

static void ex_join(void)
{
    for (int i = 0; i < ex.n_threads; i++) {
        if (ex.threads[i].ours && !ex.threads[i].joined && i != ex.me->id) {
            ex.threads[i].joined = true;
            ex_join_thread(i);
        }
    }
}

static int ex_start(struct ex_handle *h, void (*fn)(void *), void *arg)
{
    ex_point();
    if ((ex.scenario->flags & EX_NO_START) != 0 && ex_branch(2, 1) != 0) {
        ex_note(ex.me, 5);
        ex_record("cannot start a thread", NULL, 0, 0, __builtin_return_address(0));
        return 0;
    }
    h->thread = ex_spawn(fn, arg);
    ex_record("starts", NULL, 0, (uint64_t)h->thread, __builtin_return_address(0));
    return 1;
}

static struct ex_thread *ex_let_go(struct ex_handle *h)
{
    struct ex_thread *t = &ex.threads[h->thread];
    if (h->thread <= 0 || h->thread >= ex.n_threads) ex_fail("not a thread: %d", h->thread);
    if (t->joined || t->detached) ex_fail("thread %d is joined or detached twice", h->thread);
    return t;
}

static void ex_join_handle(struct ex_handle *h)
{
    ex_let_go(h)->joined = true;
    ex_join_thread(h->thread);
}

static void ex_detach_handle(struct ex_handle *h) { ex_let_go(h)->detached = true; }

static void **ex_tls(void) { return &ex.me->tls; }

static uintptr_t ex_self(void) { return (uintptr_t)ex.me->id + 1; }

static void ex_yield(void)
{
    struct ex_thread *me = ex.me;
    if (++me->spins > EX_SPINS) ex_fail("thread %d spins for ever", me->id);
    me->state = EX_SPINNING;
    ex_schedule();
    me->state = EX_READY;
    ex_note(me, 3);
    me->streak++;
    me->last_ops = me->ops;
    me->ops = 0;
    me->round++;
    me->n_watched = 0;
}

static void ex_settle(void)
{
    bool calm = ex.calm;
    ex.calm = true;
    ex.me->state = EX_SETTLING;
    ex_schedule();
    ex.me->state = EX_READY;
    ex.calm = calm;
    for (int i = 0; i < ex.n_threads; i++)
        ex.threads[i].spins = ex.threads[i].streak = ex.threads[i].naps = 0;
}

static void ex_calm(void) { ex.calm = true; }
static void ex_storm(void) { ex.calm = false; }

static int ex_choose(int n)
{
    int chosen = ex_branch(n, 0);
    ex_note(ex.me, (uint64_t)chosen + 100);
    return chosen;
}

/* ---- time ---- */

static int64_t ex_now(void)
{
    ex_point();
    ex_touch(ex.me, &ex.clock, false);
    ex_record("reads the clock", NULL, 0, (uint64_t)ex.clock, __builtin_return_address(0));
    return ex.clock;
}

static void ex_pass(int64_t until)
{
    if (until <= ex.clock) return;
    ex.clock = until;
    ex_touch(ex.me, &ex.clock, true);
}

static void ex_sleep(int64_t ms)
{
    ex_point();
    ex_touch(ex.me, &ex.clock, false);
    ex_pass(ex.clock + ms);
    ex_record("sleeps", NULL, 0, (uint64_t)ex.clock, NULL);
}

/* ---- parking ---- */

/* With -a: behind an operation, too, so that plain accesses behind it come apart from it. */
static inline void ex_point_after(void)
{
    if (!ex.after || ex.calm) return;
    ex_point();
    ex_note(ex.me, 9);
}

static void ex_live(const struct ex_parker *p, const char *what)
{
    if (p->magic != EX_LIVE) ex_fail("%s a parker that is gone", what);
}

static void ex_check(const void *p);

static void ex_parker_init(struct ex_parker *p)
{
    p->magic = EX_LIVE;
    p->token = 0;
    p->waiter = NULL;
}

static void ex_parker_fini(struct ex_parker *p)
{
    ex_live(p, "fini of");
    if (p->waiter != NULL) ex_fail("fini of a parker that thread %d waits in", p->waiter->id);
    if (p->token != 0) ex_fail("a token that nobody takes: its giver may still be about to wake us");
    p->magic = EX_GONE;
}

static int ex_park(struct ex_parker *p, int64_t ms)
{
    struct ex_thread *me = ex.me;
    void *pc = __builtin_return_address(0);
    ex_live(p, "park in");
    if (p->waiter != NULL) ex_fail("threads %d and %d wait in one parker", p->waiter->id, me->id);
    if (me->n_stores != 0) ex_point(); /* they may be on their way until here */
    me->deadline = INT64_MAX;
    if (ms <= 0) {
        me->deadline = INT64_MIN;
    } else if (ms != INT64_MAX) {
        ex_point();
        ex_touch(me, &ex.clock, false);
        me->deadline = ms < INT64_MAX - ex.clock ? ex.clock + ms : INT64_MAX;
    }
    p->waiter = me;
    me->parker = p;
    me->state = EX_PARKED;
    me->streak = 0;
    ex_drain(me);
    ex_record("parks", p, 0, (uint64_t)ms, pc);
    ex_schedule();
    ex_live(p, "wakes in");
    me->state = EX_READY;
    me->parker = NULL;
    p->waiter = NULL;
    ex_touch(me, p, true);
    if (p->token != 0) {
        p->token = 0;
        ex_record("takes the token", p, 0, 0, pc);
        return 1;
    }
    ex_pass(me->deadline);
    ex_note(me, 4);
    ex_record("times out", p, 0, (uint64_t)ex.clock, pc);
    return 0;
}

/* Until something outside of pyfeat has happened; false after ms. The caller touches what it looked
 * at. */
static bool ex_wait(bool (*happened)(const void *), const void *event, int64_t ms)
{
    struct ex_thread *me = ex.me;
    ex_note(me, 15);
    me->deadline = INT64_MAX;
    if (ms != INT64_MAX) {
        ex_point();
        ex_touch(me, &ex.clock, false);
        me->deadline = ex.clock + ms;
    }
    me->happened = happened;
    me->event = event;
    me->state = EX_WAITING;
    me->streak = 0;
    ex_drain(me);
    ex_schedule();
    me->state = EX_READY;
    if (happened(event)) return true;
    me->naps++;
    ex_pass(me->deadline);
    ex_note(me, 4);
    return false;
}

static void ex_unpark(struct ex_parker *p)
{
    ex_point();
    ex_drain(ex.me);
    ex_check(p);
    ex_live(p, "unpark of");
    ex_record("unparks", p, p->token, 1, __builtin_return_address(0));
    p->token = 1;
    ex_touch(ex.me, p, true);
    ex_point_after();
}

/* ---- atomics ---- */

/* Whether there is still something at p. */
static void ex_check(const void *p)
{
    uintptr_t at = (uintptr_t)p;
    if (at - (uintptr_t)ex_arena < EX_ARENA) {
        int grain = ex.grain[(at - (uintptr_t)ex_arena) / EX_GRAIN];
        if (grain != 1) ex_fail("memory used %s", grain == 2 ? "after it was freed" : "out of bounds");
    } else if (at - (uintptr_t)ex_stacks < sizeof ex_stacks) {
        struct ex_thread *t = &ex.threads[(at - (uintptr_t)ex_stacks) / EX_STACK];
        if (t->id >= ex.n_threads || t->state == EX_DONE || (t != ex.me && at < (uintptr_t)t->sp))
            ex_fail("memory used of a call of thread %d that has ended", t->id);
    } else if (at < 4096) {
        ex_fail("null pointer");
    }
}

static uint64_t ex_load(const void *p, size_t size)
{
    uint64_t v;
    ex_point();
    ex_check(p);
    v = ex_peek(p, size);
    if (ex.me->n_stores != 0 && ex_under_way(ex.me, p)) ex_note(ex.me, (uint64_t)(uintptr_t)p);
    else ex_touch(ex.me, p, false);
    ex_record("load", p, v, v, __builtin_return_address(0));
    return v;
}

static void ex_store(void *p, size_t size, uint64_t v)
{
    struct ex_thread *me = ex.me;
    bool delay;
    ex_point();
    ex_check(p);
    delay = (ex.scenario->flags & EX_TSO) != 0 && me->n_stores < EX_STORES &&
            (me->n_stores != 0 || ex_branch(2, 1) != 0);
    ex_record(delay ? "store, delayed" : "store", p, ex_peek(p, size), v,
              __builtin_return_address(0));
    if (delay) {
        struct ex_delayed *s = &me->stores[me->n_stores++];
        ex_note(me, (uint64_t)(uintptr_t)p + 1);
        s->p = p;
        s->size = size;
        s->value = v;
        s->before = ex_peek(p, size);
        s->history = me->history;
        ex_poke(p, size, v);
        return;
    }
    ex_drain(me);
    ex_poke(p, size, v);
    ex_touch(me, p, true);
    ex_point_after();
}

static uint64_t ex_swap(void *p, size_t size, uint64_t v)
{
    uint64_t before;
    ex_point();
    ex_check(p);
    ex_drain(ex.me);
    before = ex_peek(p, size);
    ex_poke(p, size, v);
    ex_touch(ex.me, p, true);
    ex_record("swap", p, before, v, __builtin_return_address(0));
    ex_point_after();
    return before;
}

static uint64_t ex_add(void *p, size_t size, uint64_t v)
{
    uint64_t before;
    ex_point();
    ex_check(p);
    ex_drain(ex.me);
    before = ex_peek(p, size);
    ex_poke(p, size, before + v);
    ex_touch(ex.me, p, true);
    ex_record("add", p, before, before + v, __builtin_return_address(0));
    ex_point_after();
    return before;
}

static bool ex_cas(void *p, size_t size, uint64_t old, uint64_t v)
{
    uint64_t before;
    if (size == sizeof(uint32_t)) old = (uint32_t)old, v = (uint32_t)v;
    ex_point();
    ex_check(p);
    ex_drain(ex.me);
    before = ex_peek(p, size);
    if (before == old) ex_poke(p, size, v);
    ex_touch(ex.me, p, before == old);
    ex_record(before == old ? "cas" : "cas failed", p, before, v, __builtin_return_address(0));
    if (before == old) ex_point_after();
    return before == old;
}

__attribute__((unused)) static void ex_fence_heavy(void)
{
    if ((ex.scenario->flags & EX_TSO) == 0) return;
    ex_point();
    for (int i = 0; i < ex.n_threads; i++) ex_drain(&ex.threads[i]);
    ex_note(ex.me, 6);
    ex_record("heavy fence", NULL, 0, 0, __builtin_return_address(0));
}

/* ---- memory ---- */

struct ex_block {
    size_t grains;
};

static void *ex_new(size_t size)
{
    size_t head = EX_GRAIN, grains = (size + EX_GRAIN - 1) / EX_GRAIN;
    char *p = ex_arena + ex.arena_used + head;
    if (ex.arena_used + (grains + 2) * EX_GRAIN > EX_ARENA) ex_fail("the arena is full");
    ex.arena_used += (grains + 1) * EX_GRAIN;
    memset(p - head, 0, (grains + 1) * EX_GRAIN);
    ((struct ex_block *)(void *)(p - head))->grains = grains;
    ex.grain[(size_t)(p - head - ex_arena) / EX_GRAIN] = 0;
    memset(&ex.grain[(size_t)(p - ex_arena) / EX_GRAIN], 1, grains);
    return p;
}

static void ex_free(void *p)
{
    size_t at = (size_t)((char *)p - ex_arena) / EX_GRAIN;
    struct ex_block *b = (struct ex_block *)(void *)((char *)p - EX_GRAIN);
    if (p == NULL) return;
    ex_drain(ex.me); /* whoever gets this memory next sees what we wrote to it before */
    if ((uintptr_t)p - (uintptr_t)ex_arena >= EX_ARENA || ex.grain[at] != 1)
        ex_fail("ex_free of what is not to be freed");
    memset(&ex.grain[at], 2, b->grains);
    memset(p, 0xdd, b->grains * EX_GRAIN);
    EX_POISON(p, b->grains * EX_GRAIN);
}

static void *ex_malloc(size_t size)
{
    ex_point();
    ex_note(ex.me, 8); /* or the next point would look like this one */
    if ((ex.scenario->flags & EX_NO_MEMORY) != 0 && ex_branch(2, 1) != 0) {
        ex_note(ex.me, 7);
        ex_record("gets no memory", NULL, 0, 0, __builtin_return_address(0));
        return NULL;
    }
    return ex_new(size);
}

/* Every thread has ended: is all given back and left alone? */
static void ex_finish(void)
{
    EX_UNPOISON(ex_arena, ex.arena_used);
    for (size_t at = 0; at < ex.arena_used;) {
        struct ex_block *b = (struct ex_block *)(void *)(ex_arena + at);
        const unsigned char *p = (const unsigned char *)(ex_arena + at + EX_GRAIN);
        if (ex.grain[at / EX_GRAIN + 1] != 2) ex_fail("memory was not given back");
        for (size_t i = 0; i < b->grains * EX_GRAIN; i++)
            if (p[i] != 0xdd) ex_fail("memory written after it was freed");
        at += (b->grains + 1) * EX_GRAIN;
    }
    for (int i = 1; i < ex.n_threads; i++) {
        if (!ex.threads[i].joined && !ex.threads[i].detached)
            ex_fail("thread %d was neither joined nor detached", i);
    }
    if (ex.at_end != NULL) ex.at_end();
    ex_end(EX_COMPLETE);
}

/* ---- one schedule, and all ---- */

static void ex_scenario_main(void *arg)
{
    (void)arg;
    ex.scenario->fn();
}

static void ex_crash(int sig)
{
    (void)snprintf(ex.message, sizeof ex.message, "%s", sig == SIGSEGV ? "SIGSEGV"
                                                        : sig == SIGBUS  ? "SIGBUS"
                                                        : sig == SIGFPE  ? "SIGFPE"
                                                                         : "SIGABRT");
    ex.result = EX_FAILED;
    siglongjmp(ex.back, 1);
}

/* Each second of computing: has it moved at all since the last few? */
static void ex_watchdog(int sig)
{
    static uint64_t number;
    static unsigned steps, still;
    (void)sig;
    if (number != ex.number || steps != ex.steps) still = 0;
    else still++;
    number = ex.number;
    steps = ex.steps;
    if (still < 4) return;
    still = 0;
    (void)snprintf(ex.message, sizeof ex.message, "goes round in a circle");
    ex.result = EX_FAILED;
    siglongjmp(ex.back, 1);
}

static void ex_run(void)
{
    static struct ex_thread nobody;
    ex.result = EX_RUNNING;
    ex.used = 0;
    ex.calm = false;
    ex.depth = 0;
    ex.steps = ex.switches = 0;
    ex.state = 0;
    ex.clock = 1000;
    ex.run++;
    ex.n_objects = 0;
    ex.n_threads = 0;
    ex.n_trace = 0;
    memset(ex.grain, 0, ex.arena_used / EX_GRAIN + 2);
    EX_UNPOISON(ex_arena, ex.arena_used);
    EX_UNPOISON(ex_stacks, sizeof ex_stacks);
    ex.arena_used = 0;
    ex.me = NULL;
    (void)ex_spawn(ex_scenario_main, NULL);
    nobody.n_stores = 0;
    nobody.id = EX_THREADS;
    ex.me = &nobody;
    if (sigsetjmp(ex.back, 0) == 0) ex_go_on_with(&ex.threads[0]);
    ex.number++;
    ex.total_steps += ex.steps;
    if (ex.steps > ex.longest) ex.longest = ex.steps;
    if (ex.result == EX_PRUNED) ex.pruned++;
    else ex.complete++;
    if (ex.count_ends && ex.result == EX_COMPLETE) (void)ex_put(&ex.ends, ex_mix(ex.state, 1), 1);
}

/* To the next schedule in the order; false if that was the last. */
static bool ex_next(void)
{
    while (ex.depth > 0 && ex.path[ex.depth - 1].chosen + 1 >= ex.path[ex.depth - 1].n) ex.depth--;
    if (ex.depth == 0) return false;
    ex.path[ex.depth - 1].chosen++;
    ex.replay = ex.depth;
    return true;
}

static void ex_begin(const struct ex_scenario *s, int bound)
{
    ex.scenario = s;
    ex.bound = bound;
    ex.replay = ex.depth = 0;
    ex.number = ex.complete = ex.pruned = ex.total_steps = 0;
    ex.longest = 0;
    ex_clear(&ex.met);
    ex_clear(&ex.ends);
}

/* Until one fails (true), or there are no more, or as many as limit were run. */
static bool ex_explore(uint64_t limit)
{
    do {
        ex_run();
        if (ex.result == EX_FAILED) return true;
    } while (ex.number < limit && ex_next());
    return false;
}

struct ex_found {
    int bound;
    uint64_t number;
    unsigned steps;
    char message[sizeof ex.message];
};

/* Something fails within bound: with the fewest preemptions, then in the fewest steps. */
static void ex_shortest(const struct ex_scenario *s, int bound, struct ex_found *found)
{
    memset(found, 0, sizeof *found);
    for (int b = 0; b <= bound && found->number == 0; b++) {
        ex_begin(s, b);
        while (ex_explore(b == bound && found->number == 0 ? UINT64_MAX : EX_SHORTEST)) {
            if (found->number == 0 || ex.steps < found->steps) {
                found->bound = b;
                found->number = ex.number;
                found->steps = ex.steps;
                memcpy(found->message, ex.message, sizeof found->message);
            }
            if (ex.number >= EX_SHORTEST || !ex_next()) break;
        }
    }
}

/* Run that schedule again, with a trace. */
static bool ex_replay(const struct ex_scenario *s, int bound, uint64_t number)
{
    ex_begin(s, bound);
    ex.trace = (struct ex_step *)calloc(EX_STEPS, sizeof *ex.trace);
    if (ex.trace == NULL) abort();
    for (;;) {
        ex.tracing = ex.number + 1 == number;
        ex_run();
        if (ex.number == number) return true;
        if (!ex_next()) return false;
    }
}

#endif /* EXPLORE_ENGINE_H */
