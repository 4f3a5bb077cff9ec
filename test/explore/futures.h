/* Scenarios of futures that a custom executor ends, and of sets. */

/* An executor that takes what it gets and does nothing: the scenario ends the futures. */
static pyf_status futures_take(pyf_executor *ex, pyf_future *f)
{
    (void)ex, (void)f;
    return PYF_OK;
}
static const pyf_executor_vtable futures_vtable = { futures_take, NULL, NULL, NULL };
static pyf_executor futures_manual = { &futures_vtable };

/* The same, but a cancelled future is in no queue of its any more. */
static bool futures_let_go(pyf_executor *ex, pyf_future *f)
{
    (void)ex, (void)f;
    return true;
}
static const pyf_executor_vtable futures_hook_vtable = { futures_take, NULL, futures_let_go, NULL };
static pyf_executor futures_hooked = { &futures_hook_vtable };

struct job {
    pyf_future f;
    unsigned runs, calls;
    pyf_status st;
    pyf_done_callback cb, cb2;
};

static pyf_status job_run(void *arg)
{
    struct job *j = (struct job *)arg;
    EXPECT(++j->runs == 1);
    return j->st;
}

static void job_called(pyf_future *f, void *arg)
{
    struct job *j = (struct job *)arg;
    EXPECT(f == &j->f && pyf_future_done(f));
    j->calls++;
}

static struct job *job_new(pyf_status st)
{
    struct job *j = EX_NEW(struct job);
    j->st = st;
    j->cb.fn = j->cb2.fn = job_called;
    j->cb.ctx = j->cb2.ctx = j;
    return j;
}

static struct job *job_of(pyf_executor *ex, pyf_status st)
{
    struct job *j = job_new(st);
    EXPECT(pyf_executor_submit(ex, &j->f, job_run, j) == PYF_OK);
    return j;
}

/* What threads do to one job. */
static void job_complete(void *arg) { pyf_future_run(&((struct job *)arg)->f); }

static void job_wait(void *arg)
{
    struct job *j = (struct job *)arg;
    EXPECT(pyf_future_result(&j->f, PYF_FOREVER) == j->st);
}

/* Whether the wait ended in time is open; a result is the right one. */
static void job_wait_5(void *arg)
{
    struct job *j = (struct job *)arg;
    pyf_status st = pyf_future_result(&j->f, 5);
    EXPECT(st == j->st || st == PYF_TIMEOUT_ERROR);
    if (st == PYF_TIMEOUT_ERROR) EXPECT(ex.clock >= 1005);
}

static void job_watch(void *arg)
{
    struct job *j = (struct job *)arg;
    EXPECT(pyf_future_add_done_callback(&j->f, &j->cb) == PYF_OK);
}

static void job_watch2(void *arg)
{
    struct job *j = (struct job *)arg;
    EXPECT(pyf_future_add_done_callback(&j->f, &j->cb2) == PYF_OK);
}

static void job_cancel(void *arg) { (void)pyf_future_cancel(&((struct job *)arg)->f); }

/* Done stays done, and has a result. */
static void job_look(void *arg)
{
    struct job *j = (struct job *)arg;
    if (pyf_future_done(&j->f)) {
        EXPECT(!pyf_future_running(&j->f) && pyf_future_result(&j->f, PYF_NOW) == j->st);
        return;
    }
    if (pyf_future_running(&j->f)) EXPECT(!pyf_future_cancel(&j->f));
    EXPECT(!pyf_future_cancelled(&j->f));
}

/* ---- one future ---- */

static void futures_result_and_complete(void)
{
    struct job *j = job_of(&futures_manual, 7);
    (void)ex_go(job_complete, j);
    job_wait(j);
    ex_free(j); /* at once: done means done */
    ex_join();
}

static void futures_timeout_and_complete(void)
{
    struct job *j = job_of(&futures_manual, 7);
    (void)ex_go(job_complete, j);
    job_wait_5(j);
    job_wait(j);
    ex_free(j);
    ex_join();
}

static void futures_two_wait(void)
{
    struct job *j = job_of(&futures_manual, 7);
    (void)ex_go(job_complete, j);
    (void)ex_go(job_wait, j);
    job_wait(j);
    ex_join();
    ex_free(j);
}

static void futures_three_wait_two_give_up(void)
{
    struct job *j = job_of(&futures_manual, 7);
    (void)ex_go(job_wait_5, j);
    (void)ex_go(job_wait_5, j);
    (void)ex_go(job_complete, j);
    job_wait(j);
    ex_join();
    ex_free(j);
}

/* Those that give up stand in front, in the middle and last in the list. */
static void futures_unlink_anywhere(void)
{
    struct job *j = job_of(&futures_manual, 7);
    for (int i = 0; i < 3; i++) {
        (void)ex_go(job_wait_5, j);
        ex_settle();
    }
    pyf_future_run(&j->f);
    ex_join();
    ex_free(j);
}

static void futures_poll_until_done(void)
{
    struct job *j = job_of(&futures_manual, 7);
    (void)ex_go(job_complete, j);
    while (!pyf_future_done(&j->f)) ex_yield();
    EXPECT(pyf_future_result(&j->f, PYF_NOW) == 7 && j->runs == 1);
    ex_free(j);
    ex_join();
}

static void futures_callback_and_complete(void)
{
    struct job *j = job_of(&futures_manual, 7);
    (void)ex_go(job_complete, j);
    job_watch(j);
    job_wait(j);
    ex_join();
    EXPECT(j->calls == 1);
    ex_free(j);
}

static void futures_two_callbacks_and_complete(void)
{
    struct job *j = job_of(&futures_manual, 7);
    (void)ex_go(job_complete, j);
    (void)ex_go(job_watch2, j);
    job_watch(j);
    job_wait(j);
    ex_join();
    EXPECT(j->calls == 2);
    ex_free(j);
}

static void futures_callback_and_waiters(void)
{
    struct job *j = job_of(&futures_manual, 7);
    job_watch(j);
    (void)ex_go(job_complete, j);
    (void)ex_go(job_wait, j);
    job_wait(j);
    EXPECT(j->calls == 1); /* before anybody is told that it is done */
    ex_join();
    ex_free(j);
}

/* The callback adds another one, and looks at the future. */
static void futures_called_again(pyf_future *f, void *arg)
{
    struct job *j = (struct job *)arg;
    job_called(f, arg);
    EXPECT(pyf_future_add_done_callback(f, &j->cb2) == PYF_OK);
    EXPECT(pyf_future_result(f, PYF_FOREVER) == j->st && !pyf_future_cancel(f));
}

static void futures_callback_adds_callback(void)
{
    struct job *j = job_of(&futures_manual, 7);
    j->cb.fn = futures_called_again;
    (void)ex_go(job_complete, j);
    job_watch(j);
    job_wait(j);
    ex_join();
    EXPECT(j->calls == 2);
    ex_free(j);
}

static void futures_look_while_it_runs(void)
{
    struct job *j = job_of(&futures_manual, 7);
    (void)ex_go(job_complete, j);
    (void)ex_go(job_look, j);
    job_look(j);
    ex_join();
    job_look(j);
    ex_free(j);
}

/* ---- cancelling ---- */

/* Either it ran or it was cancelled, and everybody is told the same. */
static void futures_one_end(struct job *j)
{
    pyf_status st = pyf_future_result(&j->f, PYF_NOW);
    EXPECT(pyf_future_done(&j->f));
    EXPECT(pyf_future_cancelled(&j->f) == (j->runs == 0));
    EXPECT(st == (j->runs == 0 ? PYF_CANCELLED_ERROR : j->st));
}

static void futures_cancel_and_run(void)
{
    struct job *j = job_of(&futures_manual, 7);
    bool cancelled;
    (void)ex_go(job_complete, j);
    cancelled = pyf_future_cancel(&j->f);
    ex_join();
    futures_one_end(j);
    EXPECT(cancelled == (j->runs == 0));
    ex_free(j);
}

static void futures_two_cancel_and_run(void)
{
    struct job *j = job_of(&futures_manual, 7);
    (void)ex_go(job_complete, j);
    (void)ex_go(job_cancel, j);
    job_cancel(j);
    ex_join();
    futures_one_end(j);
    ex_free(j);
}

static void futures_cancel_with_hook(void)
{
    struct job *j = job_of(&futures_hooked, 7);
    (void)ex_go(job_complete, j);
    (void)ex_go(job_cancel, j);
    job_cancel(j);
    ex_join();
    futures_one_end(j);
    ex_free(j);
}

/* An executor with room for one, which the hook, or who serves, takes out. */
static struct futures_place {
    pyf_executor base;
    uintptr_t f;
} futures_place;

static pyf_status futures_place_take(pyf_executor *ex, pyf_future *f)
{
    (void)ex;
    pyfi_port_store_word(&futures_place.f, (uintptr_t)f);
    return PYF_OK;
}

static bool futures_place_let_go(pyf_executor *ex, pyf_future *f)
{
    (void)ex;
    return pyfi_port_cas_word(&futures_place.f, (uintptr_t)f, 0);
}

static void futures_serve(void *unused)
{
    pyf_future *f = (pyf_future *)pyfi_port_swap_word(&futures_place.f, 0);
    (void)unused;
    if (f != NULL) pyf_future_run(f);
}

static struct job *futures_in_place(void)
{
    static const pyf_executor_vtable vtable = { futures_place_take, NULL, futures_place_let_go,
                                                NULL };
    memset(&futures_place, 0, sizeof futures_place);
    futures_place.base.vtable = &vtable;
    return job_of(&futures_place.base, 7);
}

static void futures_cancel_and_serve(void)
{
    struct job *j = futures_in_place();
    (void)ex_go(futures_serve, NULL);
    job_cancel(j);
    (void)pyf_future_result(&j->f, PYF_FOREVER);
    futures_one_end(j);
    ex_free(j);
    ex_join();
}

static void futures_two_cancel_and_serve(void)
{
    struct job *j = futures_in_place();
    (void)ex_go(futures_serve, NULL);
    (void)ex_go(job_cancel, j);
    job_cancel(j);
    (void)pyf_future_result(&j->f, PYF_FOREVER);
    ex_join();
    futures_one_end(j);
    ex_free(j);
}

static void futures_cancel_and_wait(void)
{
    struct job *j = job_of(&futures_hooked, PYF_CANCELLED_ERROR);
    (void)ex_go(job_cancel, j);
    (void)ex_go(job_wait, j);
    job_wait(j);
    ex_join();
    ex_free(j);
}

static void futures_cancel_callback_wait(void)
{
    struct job *j = job_of(&futures_hooked, PYF_CANCELLED_ERROR);
    (void)ex_go(job_cancel, j);
    (void)ex_go(job_watch, j);
    job_wait(j);
    ex_join();
    EXPECT(j->calls == 1);
    ex_free(j);
}

static void futures_set_result_5(void *arg)
{
    struct job *j = (struct job *)arg;
    if (pyf_future_set_result(&j->f, 5) == PYF_OK) j->calls++;
}

static void futures_two_set_results(void)
{
    struct job *j = job_of(&futures_manual, 5);
    (void)ex_go(futures_set_result_5, j);
    futures_set_result_5(j);
    ex_join();
    EXPECT(j->calls == 1 && pyf_future_result(&j->f, PYF_NOW) == 5);
    ex_free(j);
}

/* Who runs it, and who ends it from elsewhere: one of them does. */
static void futures_run_and_set_result(void)
{
    struct job *j = job_of(&futures_manual, 7);
    pyf_status st;
    (void)ex_go(job_complete, j);
    st = pyf_future_set_result(&j->f, 5);
    EXPECT(st == PYF_OK || st == PYF_INVALID_STATE_ERROR);
    ex_join();
    EXPECT(j->runs == (st != PYF_OK) && pyf_future_result(&j->f, PYF_NOW) == (j->runs ? 7 : 5));
    ex_free(j);
}

static void futures_cancel_and_set_result(void)
{
    struct job *j = job_of(&futures_manual, 5);
    bool cancelled;
    (void)ex_go(futures_set_result_5, j);
    cancelled = pyf_future_cancel(&j->f);
    ex_join();
    EXPECT(cancelled == (j->calls == 0) && cancelled == pyf_future_cancelled(&j->f));
    if (cancelled) EXPECT(!pyf_future_set_running_or_notify_cancel(&j->f));
    EXPECT(pyf_future_done(&j->f));
    ex_free(j);
}

static void futures_set_running(void *arg)
{
    struct job *j = (struct job *)arg;
    if (pyf_future_set_running_or_notify_cancel(&j->f)) j->calls++;
}

static void futures_two_set_running(void)
{
    struct job *j = job_of(&futures_manual, 5);
    (void)ex_go(futures_set_running, j);
    futures_set_running(j);
    ex_join();
    EXPECT(j->calls == 1 && pyf_future_set_result(&j->f, 5) == PYF_OK);
    ex_free(j);
}

static void futures_submitted_again(void)
{
    struct job *j = job_of(&futures_manual, 7);
    (void)ex_go(job_complete, j);
    job_wait(j);
    EXPECT(j->runs == 1);
    j->runs = 0;
    EXPECT(pyf_executor_submit(&futures_manual, &j->f, job_run, j) == PYF_OK);
    ex_join();
    (void)ex_go(job_complete, j);
    job_wait(j);
    ex_free(j);
    ex_join();
}

/* ---- sets ---- */

static void futures_add_and_complete(void)
{
    struct job *j = job_of(&futures_manual, 7);
    pyf_future_set set;
    memset(&set, 0, sizeof set);
    (void)ex_go(job_complete, j);
    EXPECT(pyf_future_set_add(&set, &j->f) == PYF_OK);
    EXPECT(pyf_as_completed(&set, PYF_FOREVER) == &j->f);
    ex_free(j);
    EXPECT(pyf_as_completed(&set, PYF_FOREVER) == NULL);
    EXPECT(pyf_future_set_status(&set) == PYF_OK);
    ex_join();
}

/* The set goes with its stack frame as soon as it has handed out everything. */
static void futures_hand_out(struct job *a, struct job *b)
{
    pyf_future_set *set = EX_NEW(pyf_future_set);
    pyf_future *first, *second;
    EXPECT(pyf_future_set_add(set, &a->f) == PYF_OK && pyf_future_set_add(set, &b->f) == PYF_OK);
    first = pyf_as_completed(set, PYF_FOREVER);
    ex_free(pyf_future_arg(first));
    second = pyf_as_completed(set, PYF_FOREVER);
    EXPECT(first != second && (second == &a->f || second == &b->f));
    ex_free(pyf_future_arg(second));
    EXPECT(pyf_as_completed(set, PYF_FOREVER) == NULL && pyf_future_set_count(set) == 0);
    ex_free(set);
}

static void futures_as_completed_two(void)
{
    struct job *a = job_of(&futures_manual, 7), *b = job_of(&futures_manual, 8);
    (void)ex_go(job_complete, a);
    (void)ex_go(job_complete, b);
    futures_hand_out(a, b);
    ex_join();
}

static void futures_as_completed_with_cancel(void)
{
    struct job *a = job_of(&futures_manual, 7), *b = job_of(&futures_hooked, 8);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    (void)ex_go(job_complete, a);
    (void)ex_go(job_cancel, b);
    EXPECT(pyf_future_set_add(set, &a->f) == PYF_OK && pyf_future_set_add(set, &b->f) == PYF_OK);
    EXPECT(pyf_as_completed(set, PYF_FOREVER) != NULL && pyf_as_completed(set, PYF_FOREVER) != NULL);
    EXPECT(pyf_as_completed(set, PYF_FOREVER) == NULL);
    ex_free(set);
    ex_free(a);
    ex_join(); /* a call on b is under way until then */
    ex_free(b);
}

static void futures_wait_with(int mode, int64_t timeout_ms, pyf_status first, pyf_status second)
{
    struct job *a = job_of(&futures_manual, first), *b = job_of(&futures_manual, second);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    pyf_status st;
    unsigned done;
    (void)ex_go(job_complete, a);
    (void)ex_go(job_complete, b);
    EXPECT(pyf_future_set_add(set, &a->f) == PYF_OK && pyf_future_set_add(set, &b->f) == PYF_OK);
    st = pyf_wait(set, mode, timeout_ms);
    done = (unsigned)pyf_future_done(&a->f) + (unsigned)pyf_future_done(&b->f);
    if (st == PYF_OK && mode == PYF_ALL_COMPLETED) EXPECT(done == 2);
    if (st == PYF_OK && mode == PYF_FIRST_COMPLETED) EXPECT(done >= 1);
    if (st == PYF_OK && mode == PYF_FIRST_EXCEPTION)
        EXPECT(done == 2 || (first != 0 && pyf_future_done(&a->f)) ||
               (second != 0 && pyf_future_done(&b->f)));
    EXPECT(st == PYF_OK || (timeout_ms != PYF_FOREVER && st == PYF_TIMEOUT_ERROR));
    EXPECT(pyf_future_set_count(set) == 2);
    pyf_future_set_clear(set);
    ex_free(set);
    job_wait(a);
    ex_free(a);
    job_wait(b);
    ex_free(b);
    ex_join();
}

static void futures_wait_all(void) { futures_wait_with(PYF_ALL_COMPLETED, PYF_FOREVER, 0, 0); }
static void futures_wait_first(void) { futures_wait_with(PYF_FIRST_COMPLETED, PYF_FOREVER, 0, 0); }
static void futures_wait_exception(void)
{
    futures_wait_with(PYF_FIRST_EXCEPTION, PYF_FOREVER, 0, 7);
}
static void futures_wait_no_exception(void)
{
    futures_wait_with(PYF_FIRST_EXCEPTION, PYF_FOREVER, 0, 0);
}
static void futures_wait_all_5(void) { futures_wait_with(PYF_ALL_COMPLETED, 5, 0, 0); }
static void futures_wait_first_5(void) { futures_wait_with(PYF_FIRST_COMPLETED, 5, 0, 0); }
static void futures_wait_exception_5(void) { futures_wait_with(PYF_FIRST_EXCEPTION, 5, 7, 0); }

/* The other one does not end before the wait does. */
static void futures_wait_alone(int mode, pyf_status st)
{
    struct job *a = job_of(&futures_manual, st), *b = job_of(&futures_manual, 0);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    EXPECT(pyf_future_set_add(set, &a->f) == PYF_OK && pyf_future_set_add(set, &b->f) == PYF_OK);
    (void)ex_go(job_complete, a);
    EXPECT(pyf_wait(set, mode, PYF_FOREVER) == PYF_OK && pyf_future_done(&a->f));
    pyf_future_set_clear(set);
    ex_free(set);
    ex_free(a);
    pyf_future_run(&b->f);
    ex_free(b);
    ex_join();
}

static void futures_wait_exception_alone(void) { futures_wait_alone(PYF_FIRST_EXCEPTION, 7); }
static void futures_wait_first_alone(void) { futures_wait_alone(PYF_FIRST_COMPLETED, 0); }

/* The set comes last in a list of several. */
static void futures_set_behind_callbacks(void)
{
    struct job *j = job_of(&futures_manual, 7);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    job_watch(j);
    job_watch2(j);
    (void)ex_go(job_complete, j);
    EXPECT(pyf_future_set_add(set, &j->f) == PYF_OK);
    EXPECT(pyf_as_completed(set, PYF_FOREVER) == &j->f && j->calls == 2);
    ex_free(set);
    ex_free(j);
    ex_join();
}

static void futures_as_completed_5(void)
{
    struct job *a = job_of(&futures_manual, 7), *b = job_of(&futures_manual, 8);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    size_t left = 2;
    int64_t ms = 5;
    (void)ex_go(job_complete, a);
    (void)ex_go(job_complete, b);
    EXPECT(pyf_future_set_add(set, &a->f) == PYF_OK && pyf_future_set_add(set, &b->f) == PYF_OK);
    while (left > 0) {
        if (pyf_as_completed(set, ms) != NULL) left--;
        else EXPECT(ms != PYF_FOREVER && pyf_future_set_status(set) == PYF_TIMEOUT_ERROR);
        ms = ms == 5 && left == 2 ? 6 : PYF_FOREVER;
        EXPECT(pyf_future_set_count(set) == left);
    }
    ex_free(set);
    ex_join();
    ex_free(a);
    ex_free(b);
}

static void futures_remove_and_complete(void)
{
    struct job *a = job_of(&futures_manual, 7), *b = job_of(&futures_manual, 8);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    EXPECT(pyf_future_set_add(set, &a->f) == PYF_OK && pyf_future_set_add(set, &b->f) == PYF_OK);
    (void)ex_go(job_complete, a);
    (void)ex_go(job_complete, b);
    EXPECT(pyf_future_set_remove(set, &a->f) == PYF_OK && pyf_future_set_count(set) == 1);
    EXPECT(pyf_as_completed(set, PYF_FOREVER) == &b->f);
    ex_free(set);
    ex_free(b);
    job_wait(a);
    ex_free(a);
    ex_join();
}

/* Out of one set and into another, while it ends. */
static void futures_from_set_to_set(void)
{
    struct job *a = job_of(&futures_manual, 7);
    pyf_future_set *one = EX_NEW(pyf_future_set), *two = EX_NEW(pyf_future_set);
    EXPECT(pyf_future_set_add(one, &a->f) == PYF_OK);
    (void)ex_go(job_complete, a);
    EXPECT(pyf_future_set_add(two, &a->f) == PYF_INVALID_STATE_ERROR);
    pyf_future_set_clear(one);
    ex_free(one);
    EXPECT(pyf_future_set_add(two, &a->f) == PYF_OK);
    EXPECT(pyf_as_completed(two, PYF_FOREVER) == &a->f);
    ex_free(two);
    ex_free(a);
    ex_join();
}

static void futures_clear_and_complete(void)
{
    struct job *a = job_of(&futures_manual, 7), *b = job_of(&futures_manual, 8);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    EXPECT(pyf_future_set_add(set, &a->f) == PYF_OK && pyf_future_set_add(set, &b->f) == PYF_OK);
    (void)ex_go(job_complete, a);
    (void)ex_go(job_complete, b);
    pyf_future_set_clear(set);
    ex_free(set);
    job_wait(a);
    ex_free(a);
    job_wait(b);
    ex_free(b);
    ex_join();
}

/* A set, a callback and another waiting thread on one future. */
static void futures_set_callback_and_waiter(void)
{
    struct job *j = job_of(&futures_manual, 7);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    EXPECT(pyf_future_set_add(set, &j->f) == PYF_OK);
    job_watch(j);
    (void)ex_go(job_wait, j);
    (void)ex_go(job_complete, j);
    EXPECT(pyf_as_completed(set, PYF_FOREVER) == &j->f && j->calls == 1);
    ex_free(set);
    ex_join();
    ex_free(j);
}

static void futures_set_waiter_gives_up(void)
{
    struct job *j = job_of(&futures_manual, 7);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    (void)ex_go(job_wait_5, j);
    EXPECT(pyf_future_set_add(set, &j->f) == PYF_OK);
    (void)ex_go(job_complete, j);
    EXPECT(pyf_as_completed(set, PYF_FOREVER) == &j->f);
    ex_free(set);
    ex_join();
    ex_free(j);
}

/* Delivered ones stay in the set while others end. */
static void futures_wait_again(void)
{
    struct job *a = job_of(&futures_manual, 7), *b = job_of(&futures_manual, 8);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    EXPECT(pyf_future_set_add(set, &a->f) == PYF_OK && pyf_future_set_add(set, &b->f) == PYF_OK);
    (void)ex_go(job_complete, a);
    (void)ex_go(job_complete, b);
    EXPECT(pyf_wait(set, PYF_FIRST_COMPLETED, PYF_FOREVER) == PYF_OK);
    EXPECT(pyf_wait(set, PYF_FIRST_COMPLETED, PYF_NOW) == PYF_OK);
    EXPECT(pyf_wait(set, PYF_ALL_COMPLETED, PYF_FOREVER) == PYF_OK);
    EXPECT(pyf_future_set_remove(set, &a->f) == PYF_OK);
    ex_free(a);
    EXPECT(pyf_as_completed(set, PYF_NOW) == &b->f);
    ex_free(b);
    ex_free(set);
    ex_join();
}

static const struct ex_scenario futures_scenarios[] = {
    { "futures/result_and_complete", futures_result_and_complete, 4, EX_TSO },
    { "futures/timeout_and_complete", futures_timeout_and_complete, 4, EX_TSO },
    { "futures/two_wait", futures_two_wait, 3, EX_TSO },
    { "futures/three_wait_two_give_up", futures_three_wait_two_give_up, 2, 0 },
    { "futures/unlink_anywhere", futures_unlink_anywhere, 3, 0 },
    { "futures/poll_until_done", futures_poll_until_done, 4, EX_TSO },
    { "futures/callback_and_complete", futures_callback_and_complete, 3, EX_TSO },
    { "futures/two_callbacks_and_complete", futures_two_callbacks_and_complete, 2, EX_TSO },
    { "futures/callback_and_waiters", futures_callback_and_waiters, 2, EX_TSO },
    { "futures/callback_adds_callback", futures_callback_adds_callback, 3, EX_TSO },
    { "futures/look_while_it_runs", futures_look_while_it_runs, 2, EX_TSO },
    { "futures/cancel_and_run", futures_cancel_and_run, 4, EX_TSO },
    { "futures/two_cancel_and_run", futures_two_cancel_and_run, 3, EX_TSO },
    { "futures/cancel_with_hook", futures_cancel_with_hook, 2, EX_TSO },
    { "futures/cancel_and_serve", futures_cancel_and_serve, 4, EX_TSO },
    { "futures/two_cancel_and_serve", futures_two_cancel_and_serve, 2, EX_TSO },
    { "futures/run_and_set_result", futures_run_and_set_result, 4, EX_TSO },
    { "futures/cancel_and_wait", futures_cancel_and_wait, 3, EX_TSO },
    { "futures/cancel_callback_wait", futures_cancel_callback_wait, 2, EX_TSO },
    { "futures/two_set_results", futures_two_set_results, 4, EX_TSO },
    { "futures/cancel_and_set_result", futures_cancel_and_set_result, 4, EX_TSO },
    { "futures/two_set_running", futures_two_set_running, 4, EX_TSO },
    { "futures/submitted_again", futures_submitted_again, 3, EX_TSO },
    { "futures/add_and_complete", futures_add_and_complete, 3, EX_TSO },
    { "futures/as_completed_two", futures_as_completed_two, 2, EX_TSO },
    { "futures/as_completed_with_cancel", futures_as_completed_with_cancel, 2, EX_TSO },
    { "futures/wait_all", futures_wait_all, 2, EX_TSO },
    { "futures/wait_first", futures_wait_first, 2, EX_TSO },
    { "futures/wait_exception", futures_wait_exception, 2, EX_TSO },
    { "futures/wait_no_exception", futures_wait_no_exception, 2, EX_TSO },
    { "futures/wait_exception_alone", futures_wait_exception_alone, 4, EX_TSO },
    { "futures/wait_first_alone", futures_wait_first_alone, 4, EX_TSO },
    { "futures/set_behind_callbacks", futures_set_behind_callbacks, 3, EX_TSO },
    { "futures/wait_all_5", futures_wait_all_5, 2, 0 },
    { "futures/wait_first_5", futures_wait_first_5, 2, 0 },
    { "futures/wait_exception_5", futures_wait_exception_5, 2, 0 },
    { "futures/as_completed_5", futures_as_completed_5, 2, 0 },
    { "futures/remove_and_complete", futures_remove_and_complete, 2, EX_TSO },
    { "futures/from_set_to_set", futures_from_set_to_set, 3, EX_TSO },
    { "futures/clear_and_complete", futures_clear_and_complete, 2, EX_TSO },
    { "futures/set_callback_and_waiter", futures_set_callback_and_waiter, 2, EX_TSO },
    { "futures/set_waiter_gives_up", futures_set_waiter_gives_up, 2, 0 },
    { "futures/wait_again", futures_wait_again, 2, 0 },
};
