/* Scenarios of the poll executor: a loop in one thread, and others, or interrupts, that submit. */

static pyf_poll_executor *poll_loop;

static void poll_make(void) { poll_loop = EX_NEW(pyf_poll_executor); }

static pyf_executor *poll_base(void) { return pyf_poll_executor_base(poll_loop); }

static void poll_submit(void *arg)
{
    struct job *j = (struct job *)arg;
    EXPECT(pyf_executor_submit(poll_base(), &j->f, job_run, j) == PYF_OK);
}

static void poll_submit_after_5(void *arg)
{
    struct job *j = (struct job *)arg;
    EXPECT(pyf_poll_executor_submit_after(poll_loop, &j->f, job_run, j, 5) == PYF_OK);
}

/* Run everything that comes until these are done. */
static void poll_run_until(struct job *const *jobs, int n)
{
    for (;;) {
        int done = 0;
        int64_t idle = pyf_poll_executor_run(poll_loop, 16);
        for (int i = 0; i < n; i++) done += pyf_future_done(&jobs[i]->f);
        if (done == n) return;
        if (idle != 0 && idle != PYF_FOREVER) ex_sleep(idle);
        ex_yield(); /* a moment also if somebody is taking one out */
    }
}

static void poll_end(struct job *const *jobs, int n)
{
    for (int i = 0; i < n; i++) {
        futures_one_end(jobs[i]);
        ex_free(jobs[i]);
    }
    EXPECT(pyf_poll_executor_run(poll_loop, 1) == PYF_FOREVER);
    ex_free(poll_loop);
}

static void poll_interrupt_submits(void)
{
    struct job *j = job_new(7);
    poll_make();
    (void)ex_interrupt(poll_submit, j);
    poll_run_until(&j, 1);
    ex_join();
    poll_end(&j, 1);
}

static void poll_two_interrupts_submit(void)
{
    struct job *j[2];
    j[0] = job_new(7);
    j[1] = job_new(8);
    poll_make();
    (void)ex_interrupt(poll_submit, j[0]);
    (void)ex_interrupt(poll_submit, j[1]);
    poll_run_until(j, 2);
    ex_join();
    poll_end(j, 2);
}

static void poll_interrupt_submits_after(void)
{
    struct job *j[2];
    j[0] = job_new(7);
    j[1] = job_new(8);
    poll_make();
    (void)ex_interrupt(poll_submit_after_5, j[0]);
    (void)ex_interrupt(poll_submit, j[1]);
    poll_run_until(j, 2);
    ex_join();
    poll_end(j, 2);
}

static void poll_interrupt_and_cancel(void)
{
    struct job *j[2];
    j[0] = job_new(7);
    j[1] = job_new(8);
    poll_make();
    poll_submit(j[1]);
    (void)ex_interrupt(poll_submit, j[0]);
    (void)pyf_future_cancel(&j[1]->f);
    poll_run_until(j, 2);
    ex_join();
    poll_end(j, 2);
}

static void poll_threads_submit(void)
{
    struct job *j[2];
    j[0] = job_new(7);
    j[1] = job_new(8);
    poll_make();
    (void)ex_go(poll_submit, j[0]);
    (void)ex_go(poll_submit_after_5, j[1]);
    poll_run_until(j, 2);
    ex_join();
    poll_end(j, 2);
}

static void poll_threads_submit_after(void)
{
    struct job *j[2];
    j[0] = job_new(7);
    j[1] = job_new(8);
    poll_make();
    (void)ex_go(poll_submit_after_5, j[0]);
    (void)ex_go(poll_submit_after_5, j[1]);
    poll_run_until(j, 2);
    ex_join();
    poll_end(j, 2);
}

/* The loop's own submit is interrupted by another one. */
static void poll_interrupt_in_submit_after(void)
{
    struct job *j[2];
    j[0] = job_new(7);
    j[1] = job_new(8);
    poll_make();
    (void)ex_interrupt(poll_submit_after_5, j[0]);
    poll_submit_after_5(j[1]);
    poll_run_until(j, 2);
    EXPECT(ex.clock >= 1005);
    ex_join();
    poll_end(j, 2);
}

static void poll_result_and_run(void)
{
    struct job *j = job_new(7);
    poll_make();
    poll_submit(j);
    (void)ex_go(job_wait, j);
    poll_run_until(&j, 1);
    ex_join();
    poll_end(&j, 1);
}

static void poll_two_results(void)
{
    struct job *j = job_new(7);
    poll_make();
    poll_submit(j);
    (void)ex_go(job_wait, j);
    job_wait(j);
    ex_join();
    poll_end(&j, 1);
}

/* Who waits for a delayed one takes it out and sleeps until it is due. */
static void poll_result_of_delayed(void)
{
    struct job *j = job_new(7);
    poll_make();
    poll_submit_after_5(j);
    (void)ex_go(job_wait, j);
    poll_run_until(&j, 1);
    EXPECT(ex.clock >= 1005);
    ex_join();
    poll_end(&j, 1);
}

static void poll_cancel_and_run(void)
{
    struct job *j[2];
    j[0] = job_new(7);
    j[1] = job_new(8);
    poll_make();
    poll_submit(j[0]);
    poll_submit(j[1]);
    (void)ex_go(job_cancel, j[0]);
    poll_run_until(j, 2);
    ex_join();
    poll_end(j, 2);
}

static void poll_cancel_delayed_and_run(void)
{
    struct job *j[2];
    j[0] = job_new(7);
    j[1] = job_new(8);
    poll_make();
    poll_submit_after_5(j[0]);
    poll_submit_after_5(j[1]);
    (void)ex_go(job_cancel, j[1]);
    poll_run_until(j, 2);
    ex_join();
    poll_end(j, 2);
}

/* What is being taken out is not idle time, also beside what is delayed. */
static void poll_cancel_beside_delayed(void)
{
    struct job *j[2];
    j[0] = job_new(7);
    j[1] = job_new(8);
    poll_make();
    poll_submit(j[0]);
    poll_submit_after_5(j[1]);
    (void)ex_go(job_cancel, j[0]);
    poll_run_until(j, 2);
    ex_join();
    poll_end(j, 2);
}

static void poll_cancel_claim_and_run(void)
{
    struct job *j = job_new(7);
    poll_make();
    poll_submit(j);
    (void)ex_go(job_cancel, j);
    (void)ex_go(pool_await, j);
    poll_run_until(&j, 1);
    ex_join();
    poll_end(&j, 1);
}

/* Two threads take out two that stand beside each other, while a third one comes. */
static void poll_cancel_neighbours(void)
{
    struct job *j[3];
    poll_make();
    for (int i = 0; i < 3; i++) {
        j[i] = job_new(7 + i);
        poll_submit(j[i]);
    }
    (void)ex_go(job_cancel, j[0]);
    (void)ex_go(job_cancel, j[1]);
    poll_run_until(j, 3);
    ex_join();
    poll_end(j, 3);
}

static void poll_refused_or_not(void *arg)
{
    struct job *j = (struct job *)arg;
    pyf_status st = pyf_executor_submit(poll_base(), &j->f, job_run, j);
    EXPECT(st == PYF_OK || st == PYF_RUNTIME_ERROR);
    j->calls = st == PYF_OK;
}

/* An interrupt that submits while the loop shuts down is refused, or its task is run. */
static void poll_submit_and_shutdown(void)
{
    struct job *j = job_new(7);
    poll_make();
    (void)ex_interrupt(poll_refused_or_not, j);
    EXPECT(pyf_executor_shutdown(poll_base(), PYF_SHUTDOWN_WAIT) == PYF_OK);
    ex_join();
    EXPECT(j->runs == j->calls);
    EXPECT(j->calls == 0 || pyf_future_done(&j->f));
    ex_free(j);
    ex_free(poll_loop);
}

static void poll_submit_and_shutdown_cancel(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    poll_make();
    poll_submit_after_5(b);
    (void)ex_interrupt(poll_refused_or_not, a);
    EXPECT(pyf_executor_shutdown(poll_base(), PYF_SHUTDOWN_WAIT | PYF_SHUTDOWN_CANCEL_FUTURES) ==
           PYF_OK);
    ex_join();
    if (a->calls != 0) futures_one_end(a);
    futures_one_end(b);
    EXPECT(b->runs == 0);
    ex_free(a);
    ex_free(b);
    ex_free(poll_loop);
}

static void poll_claim_and_shutdown(void)
{
    struct job *j = job_new(7);
    poll_make();
    poll_submit(j);
    (void)ex_go(pool_await, j);
    EXPECT(pyf_executor_shutdown(poll_base(), PYF_SHUTDOWN_CANCEL_FUTURES) == PYF_OK);
    ex_join();
    futures_one_end(j);
    ex_free(j);
    ex_free(poll_loop);
}

/* Who waits for a delayed one has it, and runs it when it is due, or it is cancelled. */
static void poll_claim_delayed_and_shutdown(void)
{
    struct job *j = job_new(7);
    poll_make();
    poll_submit_after_5(j);
    (void)ex_go(pool_await, j);
    EXPECT(pyf_executor_shutdown(poll_base(), PYF_SHUTDOWN_WAIT) == PYF_OK);
    ex_join();
    EXPECT(j->runs == 0 || ex.clock >= 1005);
    futures_one_end(j);
    ex_free(j);
    ex_free(poll_loop);
}

/* A loop that was shut down may be gone at once, whoever has taken tasks out of it meanwhile. */
static void poll_shut_down_and_free_with(void (*other)(void *), unsigned flags, bool delayed)
{
    struct job *j = job_new(7);
    poll_make();
    if (delayed) poll_submit_after_5(j);
    else poll_submit(j);
    (void)ex_go(other, j);
    EXPECT(pyf_executor_shutdown(poll_base(), PYF_SHUTDOWN_WAIT | flags) == PYF_OK);
    ex_free(poll_loop);
    futures_one_end(j);
    ex_join();
    ex_free(j);
}

static void poll_claim_shut_down_and_free(void)
{
    poll_shut_down_and_free_with(pool_await, 0, false);
}

static void poll_claim_delayed_shut_down_and_free(void)
{
    poll_shut_down_and_free_with(pool_await, PYF_SHUTDOWN_CANCEL_FUTURES, true);
}

static void poll_cancel_shut_down_and_free(void)
{
    poll_shut_down_and_free_with(job_cancel, 0, false);
}

static void poll_cancel_delayed_shut_down_and_free(void)
{
    poll_shut_down_and_free_with(job_cancel, PYF_SHUTDOWN_CANCEL_FUTURES, true);
}

/* A set's owner looks whether it is due: that keeps no shutdown from cancelling it. */
static void poll_look(void *arg)
{
    struct job *j = (struct job *)arg;
    pyf_future_set *set = EX_NEW(pyf_future_set);
    EXPECT(pyf_future_set_add(set, &j->f) == PYF_OK);
    EXPECT(pyf_as_completed(set, PYF_FOREVER) == &j->f);
    ex_free(set);
}

static void poll_look_and_shutdown(void)
{
    struct job *j = job_new(7);
    poll_make();
    poll_submit_after_5(j);
    (void)ex_go(poll_look, j);
    EXPECT(pyf_executor_shutdown(poll_base(), PYF_SHUTDOWN_CANCEL_FUTURES) == PYF_OK);
    EXPECT(pyf_future_cancelled(&j->f) || ex.clock >= 1005);
    ex_join();
    futures_one_end(j);
    ex_free(j);
    ex_free(poll_loop);
}

static void poll_in_set(void)
{
    struct job *a = job_new(7), *b = job_new(8), *j[2];
    pyf_future_set *set = EX_NEW(pyf_future_set);
    j[0] = a;
    j[1] = b;
    poll_make();
    (void)ex_go(poll_submit, a);
    poll_submit_after_5(b);
    ex_join();
    (void)ex_go(job_cancel, a);
    EXPECT(pyf_future_set_add(set, &a->f) == PYF_OK && pyf_future_set_add(set, &b->f) == PYF_OK);
    EXPECT(pyf_as_completed(set, PYF_FOREVER) != NULL && pyf_as_completed(set, PYF_FOREVER) != NULL);
    ex_free(set);
    ex_join();
    poll_end(j, 2);
}

/* The loop runs in one thread while another one waits for the set. */
static void poll_run_for_set(void *arg)
{
    struct job *j[2];
    j[0] = (struct job *)arg;
    poll_run_until(j, 1);
}

static void poll_set_and_run(void)
{
    struct job *j = job_new(7);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    poll_make();
    poll_submit_after_5(j);
    EXPECT(pyf_future_set_add(set, &j->f) == PYF_OK);
    (void)ex_go(poll_run_for_set, j);
    EXPECT(pyf_as_completed(set, PYF_FOREVER) == &j->f);
    ex_free(set);
    ex_join();
    poll_end(&j, 1);
}

static const struct ex_scenario poll_scenarios[] = {
    { "poll/interrupt_submits", poll_interrupt_submits, 3, EX_TSO },
    { "poll/two_interrupts_submit", poll_two_interrupts_submit, 3, EX_TSO },
    { "poll/interrupt_submits_after", poll_interrupt_submits_after, 3, EX_TSO },
    { "poll/interrupt_and_cancel", poll_interrupt_and_cancel, 3, EX_TSO },
    { "poll/threads_submit", poll_threads_submit, 2, EX_TSO },
    { "poll/threads_submit_after", poll_threads_submit_after, 2, EX_TSO },
    { "poll/interrupt_in_submit_after", poll_interrupt_in_submit_after, 2, EX_TSO },
    { "poll/cancel_beside_delayed", poll_cancel_beside_delayed, 2, EX_TSO },
    { "poll/claim_delayed_and_shutdown", poll_claim_delayed_and_shutdown, 3, EX_TSO },
    { "poll/result_and_run", poll_result_and_run, 3, EX_TSO },
    { "poll/two_results", poll_two_results, 3, EX_TSO },
    { "poll/result_of_delayed", poll_result_of_delayed, 2, EX_TSO },
    { "poll/cancel_and_run", poll_cancel_and_run, 2, EX_TSO },
    { "poll/cancel_delayed_and_run", poll_cancel_delayed_and_run, 2, EX_TSO },
    { "poll/cancel_claim_and_run", poll_cancel_claim_and_run, 2, EX_TSO },
    { "poll/cancel_neighbours", poll_cancel_neighbours, 2, EX_TSO },
    { "poll/submit_and_shutdown", poll_submit_and_shutdown, 3, EX_TSO },
    { "poll/submit_and_shutdown_cancel", poll_submit_and_shutdown_cancel, 3, EX_TSO },
    { "poll/claim_and_shutdown", poll_claim_and_shutdown, 3, EX_TSO },
    { "poll/claim_shut_down_and_free", poll_claim_shut_down_and_free, 3, EX_TSO },
    { "poll/claim_delayed_shut_down_and_free", poll_claim_delayed_shut_down_and_free, 3, 0 },
    { "poll/cancel_shut_down_and_free", poll_cancel_shut_down_and_free, 3, EX_TSO },
    { "poll/cancel_delayed_shut_down_and_free", poll_cancel_delayed_shut_down_and_free, 3, EX_TSO },
    { "poll/look_and_shutdown", poll_look_and_shutdown, 2, EX_TSO },
    { "poll/in_set", poll_in_set, 2, EX_TSO },
    { "poll/set_and_run", poll_set_and_run, 2, EX_TSO },
};
