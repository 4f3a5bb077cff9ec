#!/usr/bin/env python3
"""Breaks the synchronisation of pyfeat.h in one place after the other: the explorer has to notice.

    mutants.py BUILD-FOLDER CC JOBS [SUBSTRING]

Each mutant is a row of MUTANTS: the function it is in, a text that stands there once (white space
does not matter), and what to put in its place. A row whose text does not stand there any more fails
and says so: adapt it to the header. A mutant that survives is a missing scenario. The last line is
"N passed, N failed, N skipped"."""

import concurrent.futures
import os
import re
import resource
import signal
import subprocess
import sys

HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "pyfeat.h")
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "explore", "explore.c")

MUTANTS = [
    # the lock of one word
    ("pyfi_port_lock", "if (!pyfi_port_cas_word(lock, 0, 1)) pyfi_port_lock_slow(lock);",
     "if (pyfi_port_load_word(lock) != 0) pyfi_port_lock_slow(lock); else pyfi_port_store_word(lock, 1);"),
    ("pyfi_port_lock_slow", "if (pyfi_port_cas_word(lock, seen, seen | 1)) return;",
     "pyfi_port_store_word(lock, seen | 1); return;"),
    ("pyfi_port_lock_slow", "me.below = seen & ~(uintptr_t)1;", "me.below = 0;"),
    ("pyfi_port_lock_slow", "if (pyfi_port_cas_word(lock, seen, (uintptr_t)&me | 1)) {",
     "pyfi_port_store_word(lock, (uintptr_t)&me | 1); {"),
    ("pyfi_port_unlock", "if (pyfi_port_cas_word(lock, 1, 0)) return;",
     "pyfi_port_store_word(lock, 0); return;"),
    ("pyfi_port_unlock", "if (top != NULL) pyfi_port_unpark(&top->parker);", ""),
    ("pyfi_port_unlock", "top == NULL ? 0 : top->below", "0"),
    # barrier
    ("pyfi_barrier_wake", "pyfi_port_unpark(&w->parker);", ""),
    ("pyfi_barrier_wake", "w = next;", "w = NULL; (void)next;"),
    ("pyfi_barrier_wake",
     "struct pyfi_barrier_waiter *next = w->next;",
     "struct pyfi_barrier_waiter *next = w->next; pyfi_port_unpark(&w->parker);"),
    ("pyfi_barrier_take", "b->pyfi_waiters = NULL;", ""),
    ("pyfi_barrier_end", "pyfi_barrier_wake(all, PYFI_BARRIER_FAILED);", ""),
    ("pyfi_barrier_end", "if (broken) b->pyfi_arrived = PYFI_BARRIER_BROKEN; pyfi_port_unlock(&b->pyfi_lock); "
     "pyfi_barrier_wake(all, PYFI_BARRIER_FAILED);", "pyfi_port_unlock(&b->pyfi_lock); "
     "pyfi_barrier_wake(all, PYFI_BARRIER_FAILED); if (broken) b->pyfi_arrived = PYFI_BARRIER_BROKEN;"),
    ("pyfi_barrier_expire", "b->pyfi_arrived == pyfi_barrier_size(b)", "false"),
    ("pyfi_barrier_expire", "*link = me->next;", ""),
    ("pyfi_barrier_expire", "b->pyfi_arrived = PYFI_BARRIER_BROKEN;", ""),
    ("pyfi_barrier_await", "(void)pyfi_port_park(&me->parker, PYF_FOREVER);", ""),
    ("pyfi_barrier_release",
     "pyfi_port_unlock(&b->pyfi_lock); (void)pyfi_port_park(&mark.parker, PYF_FOREVER);",
     "pyfi_port_unlock(&b->pyfi_lock);"),
    ("pyfi_barrier_release", "if (all == NULL) {", "if (0) {"),
    ("pyf_barrier_wait", "while (verdict == PYFI_BARRIER_AGAIN)", "while (0)"),
    ("pyf_barrier_wait", "if (place + 1 == n) return", "if (place + 1 >= n) return"),
    ("pyf_barrier_wait", "if (!me.late) b->pyfi_arrived", "b->pyfi_arrived"),
    # queues
    ("pyfi_futures_push", "while (!pyfi_port_cas_word(&q->newest, seen, (uintptr_t)f));",
     "while (pyfi_port_store_word(&q->newest, (uintptr_t)f), 0);"),
    ("pyfi_futures_push", "else pyfi_port_store_word(&q->oldest, (uintptr_t)f);", ""),
    ("pyfi_futures_pull", "if (pyfi_port_cas_word(&q->newest, (uintptr_t)f, (uintptr_t)before)) return NULL;",
     "pyfi_port_store_word(&q->newest, (uintptr_t)before); return NULL;"),
    ("pyfi_futures_pull", "while ((after = pyfi_futures_next(f)) == NULL) pyfi_port_backoff(&round);",
     "after = pyfi_futures_next(f); (void)round;"),
    ("pyfi_futures_enter_short", "== PYFI_FUTURES_BIASED)) return true;", "<= PYFI_FUTURES_LOCKS)) return true;"),
    ("pyfi_futures_visit", "while (pyfi_port_load_u32(&q->own) != 0) pyfi_port_backoff(&round);", "(void)round;"),
    ("pyfi_futures_visit", "pyfi_port_store_u32(&q->gate, PYFI_FUTURES_WANTED);", ""),
    ("pyfi_futures_visit", "pyfi_port_fence_heavy();", ""),
    ("pyfi_futures_visit", "pyfi_port_lock(&q->guard);", ""),
    # taking an interest
    ("pyfi_futures_share", "while (pyfi_futures_queued(home) && "
     "pyfi_port_load_u32(&pyfi_futures_queue_of(home)->own) != 0) pyfi_port_backoff(&round);", ""),
    ("pyfi_futures_share", "pyfi_port_fence_heavy();", ""),
    ("pyfi_futures_share", "while ((home = pyfi_futures_home(f)) == PYFI_FUTURES_FINISHED) {",
     "home = pyfi_futures_home(f); while (0) {"),
    ("pyfi_futures_share", "if (!pyfi_port_cas_word(&f->pyfi_watchers, 0, PYFI_FUTURES_SHARED | PYFI_FUTURES_LOCKED)) {",
     "if (!pyfi_port_cas_word(&f->pyfi_watchers, 0, PYFI_FUTURES_SHARED)) {"),
    ("pyfi_futures_lock_watchers", "if (pyfi_port_cas_word(&f->pyfi_watchers, seen, seen | PYFI_FUTURES_LOCKED)) "
     "return seen;", "pyfi_port_store_word(&f->pyfi_watchers, seen | PYFI_FUTURES_LOCKED); return seen;"),
    ("pyfi_futures_unlock_watchers", "(uintptr_t)list | PYFI_FUTURES_SHARED", "((void)list, PYFI_FUTURES_SHARED)"),
    ("pyfi_futures_watch", "if (pyfi_port_cas_word(&f->pyfi_watchers, seen, (uintptr_t)w | PYFI_FUTURES_SHARED)) "
     "return true;", "pyfi_port_store_word(&f->pyfi_watchers, (uintptr_t)w | PYFI_FUTURES_SHARED); return true;"),
    ("pyfi_futures_watch", "if (!last) pyfi_futures_link_watch(w, list);", ""),
    ("pyfi_futures_unwatch", "else if (at != NULL) list = pyfi_futures_next_watch(at);", ""),
    ("pyfi_futures_unwatch",
     "if (at != NULL && before != NULL) pyfi_futures_link_watch(before, pyfi_futures_next_watch(at)); else if (at != NULL)",
     "if (at != NULL && before == NULL)"),
    # the end of a future
    ("pyfi_futures_deliver", "while (!pyfi_port_cas_word(&set->pyfi_ready, seen, (uintptr_t)f));",
     "while (pyfi_port_store_word(&set->pyfi_ready, (uintptr_t)f), 0);"),
    ("pyfi_futures_deliver", "pyfi_port_add_u32(&set->pyfi_completed, 1) + 1;",
     "pyfi_port_load_u32(&set->pyfi_completed) + 1; pyfi_port_store_u32(&set->pyfi_completed, n);"),
    ("pyfi_futures_deliver", "pyfi_port_swap_word(&set->pyfi_sleeper, 0);", "pyfi_port_load_word(&set->pyfi_sleeper);"),
    ("pyfi_futures_deliver", "pyfi_port_load_u32(&set->pyfi_wake_on_failure) != 0", "false"),
    ("pyfi_futures_close", "for (at = list; at != NULL; at = pyfi_futures_next_watch(at)) {",
     "pyfi_port_store_word(&f->pyfi_watchers, PYFI_FUTURES_CLOSED); "
     "for (at = list; at != NULL; at = pyfi_futures_next_watch(at)) {"),
    ("pyfi_futures_close", "pyfi_port_unpark(&((struct pyfi_futures_waiter *)list)->parker);", ""),
    ("pyfi_futures_close", "list = next;", "list = set; (void)next;"),
    ("pyfi_futures_close", "if (sleeper != NULL) pyfi_port_unpark(&sleeper->parker);", ""),
    ("pyfi_futures_finish", "!pyfi_port_cas_word(&f->pyfi_watchers, PYFI_FUTURES_SHARED, PYFI_FUTURES_CLOSED)",
     "(pyfi_port_store_word(&f->pyfi_watchers, PYFI_FUTURES_CLOSED), false)"),
    ("pyfi_futures_finish_private", "if (!PYFI_LIKELY(pyfi_port_load_word(&f->pyfi_watchers) == 0))",
     "if (0)"),
    ("pyfi_futures_call", "pyfi_port_store_relaxed_word(&f->pyfi_next, (uintptr_t)self);", "(void)self;"),
    # taking it out of a queue
    ("pyfi_futures_take_private", "if (pyfi_port_load_word(&f->pyfi_watchers) != 0) return false;", ""),
    ("pyfi_futures_take", "return pyfi_port_cas_word(&f->pyfi_home, home, state);",
     "pyfi_port_store_word(&f->pyfi_home, state); return true;"),
    ("pyfi_futures_drop", "if (pool->refs == 0) joiner = pool->joiner; pyfi_port_unlock(&pool->lock);",
     "pyfi_port_unlock(&pool->lock); if (pool->refs == 0) joiner = pool->joiner;"),
    ("pyfi_futures_drop", "if (joiner != NULL) { pyfi_port_unpark(joiner); } else if (last) {", "if (joiner == NULL && last) {"),
    ("pyfi_futures_left_queue", "if (next != NULL) pyfi_port_unpark(&next->parker);", ""),
    ("pyfi_futures_left_queue", "pool->blocked = next->next;", "pool->blocked = NULL;"),
    ("pyfi_futures_extract", "pool->refs++;", ""),
    ("pyfi_futures_claim", "if (!pyfi_port_cas_word(&f->pyfi_home, home, (uintptr_t)q | PYFI_FUTURES_CLAIMED)) continue;",
     "pyfi_port_store_word(&f->pyfi_home, (uintptr_t)q | PYFI_FUTURES_CLAIMED);"),
    ("pyfi_futures_claim", "pyfi_port_store_word(&f->pyfi_home, home); return false;", "return false;"),
    ("pyfi_futures_claim", "if (prize->pool != NULL) pyfi_futures_left_queue(prize->pool);", ""),
    ("pyfi_futures_claim_own", "if (taken) pyfi_futures_unlink(q, f);", ""),
    ("pyfi_futures_claim_short", "if (q->tail != f || !pyfi_futures_take_private(f)) {",
     "if (!pyfi_futures_take_private(f)) {"),
    # calling workers
    ("pyfi_futures_wake", "if (sleeper != NULL) pyfi_port_unpark(&sleeper->parker);", ""),
    ("pyfi_futures_recruit", "w->idle = false;", ""),
    ("pyfi_futures_admit", "if (st != PYF_OK || inside || pool->pending < pool->max_pending) break;",
     "if (inside || pool->pending < pool->max_pending) break;"),
    ("pyfi_futures_admit", "if (st != PYF_OK && held) pyfi_futures_drop(pool);", ""),
    ("pyfi_futures_admit", "if (!held) pool->refs++;", ""),
    ("pyfi_futures_pool_submit", "(uintptr_t)&w->queue | PYFI_FUTURES_CLAIMED", "(uintptr_t)&w->queue | pool->queued_tag"),
    ("pyfi_futures_pool_submit",
     "flags = pyfi_port_load_seq_u32(&pool->flags); if (sleeper != NULL) pyfi_port_unpark(&sleeper->parker); else",
     "if (sleeper != NULL) pyfi_port_unpark(&sleeper->parker); else"),
    ("pyfi_futures_pool_submit",
     "if (sleeper != NULL) pyfi_port_unpark(&sleeper->parker); else if ((flags & PYFI_FUTURES_HUNGRY) != 0) "
     "pyfi_futures_wake(pool);", "if (sleeper != NULL) pyfi_port_unpark(&sleeper->parker);"),
    ("pyfi_futures_pool_submit",
     "if (sleeper != NULL) pyfi_port_unpark(&sleeper->parker); else if ((flags & PYFI_FUTURES_HUNGRY) != 0)",
     "if (sleeper == NULL && (flags & PYFI_FUTURES_HUNGRY) != 0)"),
    ("pyfi_futures_submit_own", "if ((pyfi_port_load_u32(&pool->flags) & PYFI_FUTURES_HUNGRY) != 0) pyfi_futures_wake(pool);", ""),
    ("pyfi_futures_submit_short", "if ((pyfi_port_load_u32(&pool->flags) & PYFI_FUTURES_HUNGRY) != 0) pyfi_futures_wake(pool);", ""),
    ("pyfi_futures_detach", "if (!pyfi_port_cas_word(&f->pyfi_home, home, moving)) continue;",
     "pyfi_port_store_word(&f->pyfi_home, moving);"),
    # a worker's life
    ("pyfi_futures_rest", "if (pyfi_futures_any_work(pool)) {", "if (0) {"),
    ("pyfi_futures_rest", "if (pyfi_futures_any_biased(pool)) pyfi_port_fence_heavy();", ""),
    ("pyfi_futures_rest", "if (!called) pyfi_futures_unidle(w);", ""),
    ("pyfi_futures_rest", "called = !w->idle;", "called = false;"),
    ("pyfi_futures_rest", "pool->waking = false;", ""),
    ("pyfi_futures_flush", "while (pyfi_port_load_seq_u32(&pool->moving) != 0) pyfi_port_backoff(&round);", "(void)round;"),
    ("pyfi_futures_close_queue", "pyfi_port_cas_word(&q->newest, 0, PYFI_FUTURES_CLOSED)",
     "(pyfi_port_store_word(&q->newest, PYFI_FUTURES_CLOSED), true)"),
    ("pyfi_futures_break_pool", "pyfi_port_unpark(&blocked->parker);", ""),
    ("pyfi_futures_break_pool", "while (!pyfi_futures_close_queue(&w->queue));", "while (0);"),
    ("pyfi_futures_work", "if ((flags & PYFI_FUTURES_HUNGRY) != 0 && pyfi_futures_any_work(pool)) pyfi_futures_wake(pool);", ""),
    ("pyfi_futures_work", "if ((flags & PYFI_FUTURES_BOUNDED) != 0) pyfi_futures_left_queue(pool);", ""),
    ("pyfi_futures_worker_main", "pool->waking = false;", ""),
    # shutdown
    ("pyfi_futures_stop", "pyfi_port_unpark(&w->parker);", ""),
    ("pyfi_futures_stop", "idle = w->next_idle; pyfi_port_unpark(&w->parker);", "idle = NULL; pyfi_port_unpark(&w->parker);"),
    ("pyfi_futures_stop", "pyfi_port_unpark(&blocked->parker);", ""),
    ("pyfi_futures_stop", "pool->refs++;", ""),
    ("pyfi_futures_pool_shutdown", "pyfi_port_thread_join(&pyfi_futures_worker_at(pool, i)->thread);", ";"),
    # waiting
    ("pyfi_futures_sleep", "else (void)pyfi_port_park(&me.parker, PYF_FOREVER);", ""),
    ("pyfi_futures_sleep", "if (pyfi_futures_watch(f, &me.watch, false) && !pyfi_port_park(&me.parker, timeout_ms)) {",
     "if (!pyfi_futures_watch(f, &me.watch, false)) {} if (!pyfi_port_park(&me.parker, timeout_ms)) {"),
    # leapfrogging
    ("pyfi_futures_is_above", "return pyfi_port_load_word(&v->root) == (uintptr_t)f &&", "(void)f; return"),
    ("pyfi_futures_is_above", "pyfi_port_load_word(&v->base) - at < reach;", "at != 0 && reach != 0;"),
    ("pyfi_futures_take_above", "pyfi_futures_visit(q);", "pyfi_port_lock(&q->guard);"),
    ("pyfi_futures_take_above", "!pyfi_futures_is_above(v, f, (uintptr_t)first) ||", "first == NULL ||"),
    ("pyfi_futures_take_above", "if (first != NULL) pyfi_futures_unlink(q, first);", ""),
    ("pyfi_futures_leapfrog", "pyfi_port_store_word(&w->base, (uintptr_t)&g);", ""),
    ("pyfi_futures_circle", "if (w == NULL || pyfi_futures_closed(w->future)) break;", "break;"),
    # sets
    ("pyfi_futures_set_collect", "if (!pyfi_futures_closed(f)) (void)pyfi_futures_sleep(f, PYF_FOREVER);", ""),
    ("pyfi_futures_set_sleep", "(void)pyfi_port_swap_word(&set->pyfi_sleeper, (uintptr_t)&me);",
     "pyfi_port_store_word(&set->pyfi_sleeper, (uintptr_t)&me);"),
    ("pyfi_futures_set_sleep", "if (!pyfi_futures_set_reached(set, until, or_failure)) {", "if (1) {"),
    ("pyfi_futures_set_sleep", "if (pyfi_port_swap_word(&set->pyfi_sleeper, 0) == 0) "
     "(void)pyfi_port_park(&me.parker, PYF_FOREVER);", "pyfi_port_store_word(&set->pyfi_sleeper, 0);"),
    ("pyf_future_set_add", "pyfi_futures_leave_pending(f);", ""),
    # executors of one's own
    ("pyf_future_set_running_or_notify_cancel",
     "if (pyfi_port_cas_word(&f->pyfi_home, home, PYFI_FUTURES_RUNNING_CUSTOM)) return true;",
     "pyfi_port_store_word(&f->pyfi_home, PYFI_FUTURES_RUNNING_CUSTOM); return true;"),
    ("pyf_future_set_result", "if (!pyfi_port_cas_word(&f->pyfi_home, home, PYFI_FUTURES_RUNNING)) "
     "return PYF_INVALID_STATE_ERROR;", "pyfi_port_store_word(&f->pyfi_home, PYFI_FUTURES_RUNNING);"),
    ("pyfi_futures_cancel_custom",
     "if (!pyfi_port_cas_word(&f->pyfi_home, PYFI_FUTURES_PENDING, PYFI_FUTURES_CANCELLING_CUSTOM)) return;",
     "pyfi_port_store_word(&f->pyfi_home, PYFI_FUTURES_CANCELLING_CUSTOM);"),
    ("pyfi_futures_cancel_custom",
     "if (pyfi_port_cas_word(&f->pyfi_home, PYFI_FUTURES_CANCELLED_CUSTOM, PYFI_FUTURES_CANCELLED))",
     "pyfi_port_store_word(&f->pyfi_home, PYFI_FUTURES_CANCELLED);"),
    # the poll executor
    ("pyfi_futures_poll_extract", "pyfi_futures_poll_sort(loop);",
     "pyfi_port_unlock(&q->guard); pyfi_futures_poll_sort(loop); pyfi_port_lock(&q->guard);"),
    ("pyfi_futures_poll_ripen",
     "if (pyfi_port_cas_word(&f->pyfi_home, home | PYFI_FUTURES_QUEUED_HELD, home | PYFI_FUTURES_QUEUED)) {",
     "pyfi_port_store_word(&f->pyfi_home, home | PYFI_FUTURES_QUEUED); if (1) {"),
    ("pyfi_futures_take_first", "if (f != NULL) pyfi_futures_unlink(q, f);", ""),
    ("pyfi_futures_poll_shutdown", "pyfi_port_store_u32(&loop->pyfi_stopping, 1);", ""),
    ("pyfi_futures_poll_shutdown", "pyfi_futures_poll_join(loop);", ""),
    ("pyfi_futures_poll_shutdown", "while (!pyfi_futures_poll_cancel(loop, true)) pyfi_port_backoff(&round);",
     "(void)pyfi_futures_poll_cancel(loop, true);"),
    ("pyfi_futures_poll_shutdown", "if (pyfi_futures_poll_cancel(loop, false)) break;",
     "(void)pyfi_futures_poll_cancel(loop, false); break;"),
    ("pyfi_futures_poll_extract", "q->visits++;", ""),
    ("pyfi_futures_poll_join", "if (busy) q->pool = &joined;", ""),
    ("pyfi_futures_leave_loop", "if (joiner != NULL) pyfi_port_unpark(joiner);", "(void)joiner;"),
    ("pyfi_futures_run", "pyfi_futures_finish(f, PYFI_FUTURES_FINISHED, st); pyfi_futures_end(&activity);",
     "pyfi_futures_end(&activity); pyfi_futures_finish(f, PYFI_FUTURES_FINISHED, st);"),
    ("pyfi_futures_cancel_prize", "prize->pool != NULL ? (const void *)prize->pool : prize->loop", "NULL"),
    ("pyfi_futures_submit", "pyfi_futures_link(f, NULL);", ""),
    ("pyfi_futures_claim_short", "if (q->tail == NULL) pyfi_port_store_word(&q->head, 0);", ""),
    ("pyfi_futures_unlink", "if (before == NULL) pyfi_port_store_word(&q->head, 0);", ""),
    ("pyfi_futures_unlink", "q->tail = before;", ""),
    ("pyfi_futures_append", "if (q->tail != NULL) pyfi_futures_link(q->tail, f); else",
     "if (q->tail == NULL)"),
    # map
    ("pyfi_futures_map_task",
     "if (!pyfi_port_cas_word(&m->next, (uintptr_t)at, (uintptr_t)(at + n))) continue;",
     "pyfi_port_store_word(&m->next, (uintptr_t)(at + n));"),
    ("pyfi_futures_map_join", "if (!needless &&", "if (needless) return PYF_OK; if ("),
    ("pyfi_futures_map_join", "(void)pyf_future_cancel(f); } st =",
     "if (pyf_future_cancel(f)) return PYF_OK; } st ="),
    ("pyfi_futures_map_join", "(void)pyf_future_cancel(f); } st = pyf_future_result(f, PYF_FOREVER);",
     "return PYF_OK; } st = pyf_future_result(f, PYF_FOREVER);"),
    # the process pool: who sleeps is woken
    ("pyfi_futures_proc_wake", "pyfi_futures_proc_ring(socket);", ""),
    ("pyfi_futures_proc_ring", "(errno == EINTR || errno == ENOMEM || errno == ENOBUFS)", "0"),
    ("pyfi_futures_proc_call_manager", "p->called = true;", ""),
    ("pyfi_futures_proc_call_manager", "pyfi_futures_proc_wake(&p->bed->asleep, p->bell[1]);", ""),
    ("pyfi_futures_proc_doze", "while (n < 0 && errno == EINTR);", "while (0);"),
    ("pyfi_futures_proc_doze", "if (getppid() != parent) return false;", "return false;"),
    ("pyfi_futures_proc_work", "} else if (pyfi_port_swap_u32(&w->bed->asleep, 1) == 0) { continue; } else {",
     "} else { (void)pyfi_port_swap_u32(&w->bed->asleep, 1);"),
    ("pyfi_futures_proc_work", "pyfi_port_swap_u32(&w->bed->asleep, 1) == 0",
     "pyfi_port_load_u32(&w->bed->asleep) == 0 && (pyfi_port_store_u32(&w->bed->asleep, 1), true)"),
    ("pyfi_futures_proc_work", "if (!pyfi_port_cas_u32(&s->state, state, PYFI_FUTURES_PROC_RUNNING)) continue;",
     "pyfi_port_store_u32(&s->state, PYFI_FUTURES_PROC_RUNNING);"),
    ("pyfi_futures_proc_work", "if (pyfi_port_load_seq_u32(&s->watched) == 0) pyfi_futures_proc_wake(&p->bed->asleep, socket);", ""),
    ("pyfi_futures_proc_work", "pyfi_futures_proc_wake(&p->bed->asleep, socket); } else if (pyfi_port_load_seq_u32", "} else if (pyfi_port_load_seq_u32"),
    ("pyfi_futures_proc_work", "pyfi_port_load_seq_u32(&w->bed->quit) != 0", "false"),
    ("pyfi_futures_proc_child", "pyfi_port_store_u32(&w->bed->ready, ready ? 1 : 2);", ""),
    # its processes
    ("pyfi_futures_proc_start", "pyfi_port_store_u32(&pyfi_futures_proc_slot_at(p, w, i)->state, PYFI_FUTURES_PROC_FREE);", ";"),
    ("pyfi_futures_proc_start", "pyfi_port_store_u32(&w->bed->quit, 0);", ""),
    ("pyfi_futures_proc_start", "(void)close(ends[1]);", ""),
    ("pyfi_futures_proc_start", "(void)close(ends[0]);", ""),
    ("pyfi_futures_proc_start", "p->idle++;", ""),
    ("pyfi_futures_proc_gone", "while (got < 0 && errno == EINTR);", "while (0);"),
    ("pyfi_futures_proc_bury", "pyfi_futures_proc_bring(p, w, i, list); continue;", ""),
    ("pyfi_futures_proc_bury", "if (state == PYFI_FUTURES_PROC_GIVEN) pyfi_futures_proc_give_back(p, t); else if", "if"),
    ("pyfi_futures_proc_bury", "(void)close(w->socket);", ""),
    ("pyfi_futures_proc_bury", "if (w->live == 0 && w->state == PYFI_FUTURES_PROC_LIVE) p->idle--;", ""),
    ("pyfi_futures_proc_succeed", "if (ready == 2 || p->bad_starts > PYFI_FUTURES_PROC_BAD_STARTS) p->broken = true;", ""),
    ("pyfi_futures_proc_found_dead", "if (w->pidfd >= 0 && p->polls[2 + 2 * i].revents == 0) return false;", "return false;"),
    ("pyfi_futures_proc_dismiss", "pyfi_futures_proc_ring(p->workers[i].socket);", ""),
    ("pyfi_futures_proc_dismiss", "(void)pyfi_port_swap_u32(&p->workers[i].bed->quit, 1);", ""),
    # its tasks
    ("pyfi_futures_proc_give", "if (!pyfi_port_cas_word(&t->future->pyfi_home, PYFI_FUTURES_PENDING, PYFI_FUTURES_RUNNING)) "
     "return false;", "pyfi_port_store_word(&t->future->pyfi_home, PYFI_FUTURES_RUNNING);"),
    ("pyfi_futures_proc_give", "pyfi_futures_proc_wake(&w->bed->asleep, w->socket);", ""),
    ("pyfi_futures_proc_give", "(void)pyfi_port_swap_u32(&s->state, PYFI_FUTURES_PROC_GIVEN);",
     "pyfi_port_store_u32(&s->state, PYFI_FUTURES_PROC_GIVEN);"),
    ("pyfi_futures_proc_give", "(void)pyfi_port_swap_u32(&s->state, PYFI_FUTURES_PROC_GIVEN); "
     "pyfi_futures_proc_wake(&w->bed->asleep, w->socket);", "pyfi_futures_proc_wake(&w->bed->asleep, w->socket); "
     "(void)pyfi_port_swap_u32(&s->state, PYFI_FUTURES_PROC_GIVEN);"),
    ("pyfi_futures_proc_give", "p->idle--;", ""),
    ("pyfi_futures_proc_deal", "pyfi_futures_proc_dequeue(p, t);", ";"),
    ("pyfi_futures_proc_collect", "w->head++;", ""),
    ("pyfi_futures_proc_attend", "PYFI_FUTURES_PROC_DONE) w->head++;", "PYFI_FUTURES_PROC_DONE) w->head += 2;"),
    ("pyfi_futures_proc_relieve", "!pyfi_port_cas_u32(&pyfi_futures_proc_slot_at(p, w, i)->state, PYFI_FUTURES_PROC_GIVEN, "
     "PYFI_FUTURES_PROC_TAKEN)", "(pyfi_port_store_u32(&pyfi_futures_proc_slot_at(p, w, i)->state, PYFI_FUTURES_PROC_TAKEN), false)"),
    ("pyfi_futures_proc_relieve", "pyfi_futures_proc_give_back(p, t);", ""),
    ("pyfi_futures_proc_flush", "if (!pyfi_port_cas_word(&t->future->pyfi_home, PYFI_FUTURES_PENDING, state)) continue;",
     "pyfi_port_store_word(&t->future->pyfi_home, state);"),
    ("pyfi_futures_proc_clock", "pyfi_futures_proc_kill(w);", ""),
    ("pyfi_futures_proc_check", "pyfi_futures_proc_wake(&w->bed->asleep, w->socket);", ""),
    ("pyfi_futures_proc_check", "(void)pyfi_port_swap_u32(&w->bed->quit, 1);", "pyfi_port_store_u32(&w->bed->quit, 1);"),
    # its manager
    ("pyfi_futures_proc_round", "if (w->live > 1 && now - w->stamp >= PYFI_FUTURES_PROC_STUCK_MS) "
     "pyfi_futures_proc_relieve(p, w);", ""),
    ("pyfi_futures_proc_round", "if (w->live > 1 && nap > PYFI_FUTURES_PROC_STUCK_MS) nap = PYFI_FUTURES_PROC_STUCK_MS;", ""),
    ("pyfi_futures_proc_round", "if (hope == 0) p->broken = true;", ""),
    ("pyfi_futures_proc_round", "if (p->broken) pyfi_futures_proc_flush(p, PYFI_FUTURES_RUNNING, "
     "PYF_BROKEN_EXECUTOR_ERROR, list);", ""),
    ("pyfi_futures_proc_round", "pyfi_futures_proc_deal(p);", ""),
    ("pyfi_futures_proc_replace", "w->retry = pyfi_futures_proc_now() + PYFI_FUTURES_PROC_RETRY_MS;", "return false;"),
    ("pyfi_futures_proc_any_done", "w->tasks[at % PYFI_FUTURES_PROC_DEPTH] == NULL || pyfi_port_load_seq_u32(&s->watched) == 0",
     "pyfi_port_load_seq_u32(&s->watched) == 0 && w->tasks[at % PYFI_FUTURES_PROC_DEPTH] != NULL"),
    ("pyfi_futures_proc_sleep", "while (recv(p->bell[0], bytes, sizeof bytes, MSG_DONTWAIT) == (ssize_t)sizeof bytes) {}", ";"),
    ("pyfi_futures_proc_manage", "if (!awake) pyfi_futures_proc_sleep(p, nap);",
     "(void)pyfi_port_swap_u32(&p->bed->asleep, 0); (void)pyfi_port_swap_u32(&p->bed->asleep, 1); "
     "if (!awake) pyfi_futures_proc_sleep(p, nap);"),
    ("pyfi_futures_proc_manage", "over || p->called ||", "over ||"),
    ("pyfi_futures_proc_manage", "|| pyfi_futures_proc_any_done(p);", ";"),
    ("pyfi_futures_proc_manage", "if (released) pyfi_futures_proc_release(p);", ""),
    ("pyfi_futures_proc_over", "|| p->guests != 0", "|| false"),
    ("pyfi_futures_proc_over", "|| p->first != NULL", "|| false"),
    ("pyfi_futures_proc_over", "if (p->workers[i].live != 0) return false;", ";"),
    # those who wait, submit, cancel, shut down
    ("pyfi_futures_proc_attend", "p->guests++;", ""),
    ("pyfi_futures_proc_attend", "(void)pyfi_port_swap_u32(&s->watched, 0);", ""),
    ("pyfi_futures_proc_attend", "(void)pyfi_port_swap_u32(&s->watched, 0);", "pyfi_port_store_u32(&s->watched, 0);"),
    ("pyfi_futures_proc_attend", "pyfi_futures_proc_bring(p, w, i, &list);", "if (0) pyfi_futures_proc_bring(p, w, i, &list);"),
    ("pyfi_futures_proc_attend", "w->tasks[i % PYFI_FUTURES_PROC_DEPTH] != NULL &&", "true &&"),
    ("pyfi_futures_proc_attend", "if (p->first != NULL || (p->max_tasks != 0 && w->given >= p->max_tasks)) "
     "pyfi_futures_proc_call_manager(p);", ""),
    ("pyfi_futures_proc_attend", "if (p->stopping) pyfi_futures_proc_call_manager(p);", ""),
    ("pyfi_futures_proc_submit", "if (p->idle != 0) pyfi_futures_proc_call_manager(p);", ""),
    ("pyfi_futures_proc_submit", "if (limit != 0 && pyfi_port_now_ms() + limit < p->wake_at) pyfi_futures_proc_call_manager(p);", ""),
    ("pyfi_futures_proc_cancel", "if (queued) pyfi_futures_proc_dequeue(p, t);", ""),
    ("pyfi_futures_proc_cancel", "if (p->stopping) pyfi_futures_proc_call_manager(p);", ""),
    ("pyfi_futures_proc_shutdown", "p->guests++;", ""),
    ("pyfi_futures_proc_shutdown", "pyfi_futures_proc_call_manager(p);", ""),
    ("pyfi_futures_proc_begin", "(void)pyfi_port_park(&started, PYF_FOREVER);", ""),
    # memoized functions
    ("pyf_lru_memo_enter", "pyfi_port_lock(&m->lock);", ""),
    ("pyf_lru_memo_leave", "pyfi_port_unlock(&m->lock);", ""),
    ("pyfi_lru_enter", "pyfi_port_lock(&m->lock);", ";"),
    ("pyfi_lru_leave", "pyfi_port_unlock(&m->lock);", ";"),
    ("pyfi_lru_memo_put", "changed ? pyfi_lru_seek(m, s, (const unsigned char *)key, hash) : 0", "0"),
    ("pyfi_lru_fill", "m->changes++;", ""),
    ("pyfi_lru_memo_reset", "m->slots = m->buckets = NULL;", ""),
    ("pyfi_lru_memo_reset", "m->hits = m->misses = 0;", "m->hits = m->misses = 0; m->flights = NULL;"),
    ("pyfi_lru_memo_reset", "if (block != NULL) pyfi_base_release(NULL, block, size);",
     "(void)size; if (block != NULL) (void)0;"),
    ("pyf_lru_memo_clear", "pyfi_lru_memo_reset(m, s); pyfi_lru_leave(m, s);",
     "pyfi_lru_leave(m, s); pyfi_lru_memo_reset(m, s);"),
    ("pyf_lru_memo_info", "info.currsize = m->count; pyfi_lru_leave(m, s);",
     "pyfi_lru_leave(m, s); pyfi_lru_enter(m, s); info.currsize = m->count; pyfi_lru_leave(m, s);"),
    ("pyfi_lru_memo_grow", "memcpy(m->slots, old.slots,", "pyfi_base_release(NULL, old.slots, 0); "
     "old.slots = NULL; if (old.slots != NULL) memcpy(m->slots, old.slots,"),
    ("pyfi_lru_flight_of", "f->hash != hash || !pyfi_lru_same(s, (const unsigned char *)f->key, "
     "(const unsigned char *)key, true)", "f->hash != hash"),
    ("pyfi_lru_flight_of", "while (f != NULL &&", "f = NULL; while (f != NULL &&"),
    ("pyfi_lru_awaited", "w->self != thread", "w->self == thread"),
    ("pyfi_lru_awaited", "w = w->next;", "w = NULL;"),
    ("pyfi_lru_awaited", "f = f->next", "f = NULL"),
    ("pyfi_lru_await", "me.next = (struct pyfi_lru_waiter *)f->waiters;", "me.next = NULL;"),
    ("pyfi_lru_await", "f->waiters = &me;", ""),
    ("pyfi_lru_await", "f->waiters = &me; pyfi_port_unlock(&m->lock);",
     "pyfi_port_unlock(&m->lock); f->waiters = &me;"),
    ("pyfi_lru_await", "pyfi_port_unlock(&m->lock); (void)pyfi_port_park(&me.parker, PYF_FOREVER);",
     "(void)pyfi_port_park(&me.parker, PYF_FOREVER); pyfi_port_unlock(&m->lock);"),
    ("pyfi_lru_await", "(void)pyfi_port_park(&me.parker, PYF_FOREVER);", ""),
    ("pyfi_lru_await", "pyfi_port_lock(&m->lock); return", "return"),
    ("pyf_lru_memo_once", "uint32_t i = pyfi_lru_seek(m, s, (const unsigned char *)key, hash);", "uint32_t i = 0;"),
    ("pyf_lru_memo_once", "f = i != 0 ? NULL : pyfi_lru_flight_of(m, s, key, hash);", "f = NULL;"),
    ("pyf_lru_memo_once", "m->hits++;", ""),
    ("pyf_lru_memo_once", "end != NULL && end->owner != self;) end = pyfi_lru_awaited(m, end->owner);",
     "end != NULL;) end = NULL;"),
    ("pyf_lru_memo_once", "end != NULL && end->owner != self;) end = pyfi_lru_awaited(m, end->owner);",
     "end != NULL && end->owner != self;) end = NULL;"),
    ("pyf_lru_memo_once", "end != NULL && end->owner != self;) end = pyfi_lru_awaited(m, end->owner);",
     "end == f && end->owner != self;) end = pyfi_lru_awaited(m, end->owner);"
     " if (end != NULL && end->owner != self) end = NULL;"),
    ("pyf_lru_memo_once", "if (end != NULL) what = PYFI_LRU_PASS;", "if (1) what = PYFI_LRU_PASS;"),
    ("pyf_lru_memo_once", "else continue;", ""),
    ("pyf_lru_memo_once", "flight->next = (struct pyfi_lru_flight *)m->flights;", "flight->next = NULL;"),
    ("pyf_lru_memo_once", "flight->owner = self;", "flight->owner = 0;"),
    ("pyf_lru_memo_once", "m->flights = flight; }", "} pyfi_port_unlock(&m->lock); pyfi_port_lock(&m->lock);"
     " if (what == PYFI_LRU_COMPUTE) m->flights = flight;"),
    ("pyf_lru_memo_once", "if (what != PYFI_LRU_GOT) m->misses++;", "m->misses++;"),
    ("pyf_lru_memo_end", "pyfi_port_lock(&m->lock);", ""),
    ("pyf_lru_memo_end", "m->flights = flight->next;", ""),
    ("pyf_lru_memo_end", "before->next = flight->next;", "m->flights = flight->next;"),
    ("pyf_lru_memo_end", "if (value != NULL) pyfi_lru_memo_put_any(m, s, flight->key, flight->hash, value, true);", ""),
    ("pyf_lru_memo_end", "if (value != NULL) pyfi_lru_memo_put_any(m, s, flight->key, flight->hash, value, true);",
     "pyfi_port_unlock(&m->lock); pyfi_port_lock(&m->lock); "
     "if (value != NULL) pyfi_lru_memo_put_any(m, s, flight->key, flight->hash, value, true);"),
    ("pyf_lru_memo_end", "memcpy(w->value, value, s->value);", ""),
    ("pyf_lru_memo_end", "w->served = true;", ""),
    ("pyf_lru_memo_end", "w != NULL && value != NULL; w = w->next", "w != NULL && value != NULL; w = NULL"),
    ("pyf_lru_memo_end", "m->hits++;", ""),
    ("pyf_lru_memo_end", "next = w->next; pyfi_port_unpark(&w->parker);", "pyfi_port_unpark(&w->parker); next = w->next;"),
    ("pyf_lru_memo_end", "pyfi_port_unpark(&w->parker);", ""),
    ("pyf_lru_memo_end", "next = w->next;", "next = NULL;"),
    ("pyfi_lru_hit", "pyfi_lru_find(m, s, (const unsigned char *)key, hash);",
     "pyfi_lru_find(m, s, (const unsigned char *)key, hash); "
     "if ((s->flags & PYFI_LRU_LOCKED) != 0) { pyf_lru_memo_leave(m); pyf_lru_memo_enter(m); }"),
]


def mutate(header, function, old, new):
    """The header with the change, or None."""
    start = re.search(r"^[A-Za-z].*[ *]%s\([^;{]*?\)\s\{" % function, header, re.M)
    if start is None:
        return None
    one_line = start.group(0)[-2] != "\n"
    end = header.index("}\n" if one_line else "\n}\n", start.end())
    body = header[start.end():end]
    text = r"\s+".join(re.escape(word) for word in old.split())
    comment = r"(?:\s*/\*(?:(?!\*/).)*\*/)?"
    text = text.replace(r"\{\s+", r"\{" + comment + r"\s*").replace(r";\s+", ";" + comment + r"\s*")
    if len(re.findall(text, body, re.S)) != 1:
        return None
    body = re.sub(text, lambda _: new or ";", body, flags=re.S)
    return header[:start.end()] + body + header[end:]


def run(command, seconds):
    """(exit status, output), or (None, why) after so many seconds of computing: not of waiting for the processor."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                               preexec_fn=limit)
    try:
        output = process.communicate(timeout=20 * seconds)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output = process.communicate()[0]
    output = output.decode(errors="replace")
    if process.returncode in (-signal.SIGKILL, -signal.SIGXCPU) or "its process ended early" in output:
        return None, "out of time"
    return process.returncode, output


def try_one(number, header, build, compiler):
    """(kind, message): killed, survived or broken."""
    function, old, new = MUTANTS[number]
    name = "%d (%s: %s -> %s)" % (number, function, old[:50], (new or "nothing")[:40])
    changed = mutate(header, function, old, new)
    if changed is None:
        return "broken", "mutant %s: this text does not stand there once" % name
    folder = os.path.join(build, str(number))
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "pyfeat.h")
    with open(path, "w") as file:
        file.write(changed)
    program = os.path.join(folder, "explore")
    code, output = run([compiler, "-std=gnu99", "-O1", "-w", "-no-pie", '-DEX_HEADER="%s"' % path, SOURCE, "-o", program], 300)
    if code != 0:
        return "broken", "mutant %s does not compile:\n%s" % (name, output[:600])
    rooms = {"_barrier_": "barrier/", "_poll_": "poll/", "_lru_": "lru/", "_proc_": "process/", "_set_": "futures/",
             "_loop": "poll/"}
    room = next((rooms[part] for part in rooms if part in function), "pool/")
    for arguments in (["-b", "1", "-k", room], ["-k", room], ["-b", "1"], ["-a", "-b", "1", "-k", room],
                      ["-f", "-k", room], ["-a", "-b", "2", "-k", room], ["-f"]):
        code, output = run([program, "-x"] + arguments, 300)
        if code is None:
            return "survived", "mutant %s makes the explorer run for too long" % name
        if code != 0:
            os.remove(program)
            first = re.search(r"FAIL ([^\n]*)", output)
            return "killed", "%s: %s" % (name, first.group(1) if first else output[-80:])
    return "survived", "mutant %s survives" % name


def main():
    build, compiler, jobs = os.path.abspath(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    only = sys.argv[4] if len(sys.argv) > 4 else ""
    with open(HEADER) as file:
        header = file.read()
    counts = {"killed": 0, "survived": 0, "broken": 0}
    os.makedirs(build, exist_ok=True)
    chosen = [i for i, row in enumerate(MUTANTS) if only in row[0]]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for kind, message in pool.map(lambda i: try_one(i, header, build, compiler), chosen):
            counts[kind] += 1
            print(("ok " if kind == "killed" else "FAIL ") + message, flush=True)
    print("%d passed, %d failed, 0 skipped" % (counts["killed"], counts["survived"] + counts["broken"]))
    return counts["survived"] + counts["broken"] != 0


if __name__ == "__main__":
    sys.exit(main())
