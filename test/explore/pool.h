/* Scenarios of the thread pool. */

static void *pool_alloc(void *ctx, size_t size)
{
    (void)ctx;
    return ex_new(size);
}
static void pool_release(void *ctx, void *block, size_t size)
{
    (void)ctx, (void)size;
    ex_free(block);
}
static const pyf_allocator pool_allocator = { pool_alloc, pool_release, NULL };

static pyf_executor *pool_ex;

static void pool_make(unsigned workers)
{
    pool_ex = pyf_thread_pool_executor(.max_workers = workers, .allocator = &pool_allocator);
    EXPECT(pool_ex != NULL);
}

/* The same, where only workers run tasks. */
static void pool_make_held(unsigned workers)
{
    pool_ex = pyf_thread_pool_executor(.max_workers = workers, .allocator = &pool_allocator,
                                       .workers_only = true);
    EXPECT(pool_ex != NULL);
}

/* A gate that stands open for ever once it was opened. Not for two threads at a time. */
struct pool_gate {
    pyfi_port_parker parker;
};
static struct pool_gate pool_gates[4];

static pyf_status pool_pass(void *gate)
{
    EXPECT(pyfi_port_park(&((struct pool_gate *)gate)->parker, PYF_FOREVER));
    return PYF_OK;
}

static void pool_open(void *gate) { pyfi_port_unpark(&((struct pool_gate *)gate)->parker); }

static void pool_gates_make(void)
{
    for (int i = 0; i < 4; i++) pyfi_port_parker_init(&pool_gates[i].parker);
}

/* All workers have started and sleep. */
static void pool_warm(unsigned workers)
{
    pyf_future warm[3];
    memset(warm, 0, sizeof warm);
    pool_gates_make();
    ex_calm();
    for (unsigned i = 0; i < workers; i++) {
        EXPECT(pyf_executor_submit(pool_ex, &warm[i], pool_pass, &pool_gates[i]) == PYF_OK);
        ex_settle();
    }
    for (unsigned i = 0; i < workers; i++) pool_open(&pool_gates[i]);
    ex_settle();
    pool_gates_make();
    ex_storm();
}

/* One worker, or two, that have started and are in a task until pool_open(&pool_gates[i]). */
static pyf_future pool_busy[3];
static void pool_block(unsigned workers)
{
    memset(pool_busy, 0, sizeof pool_busy);
    pool_gates_make();
    ex_calm();
    for (unsigned i = 0; i < workers; i++) {
        EXPECT(pyf_executor_submit(pool_ex, &pool_busy[i], pool_pass, &pool_gates[i]) == PYF_OK);
        ex_settle();
    }
    ex_storm();
}

/* A task of the first worker begins. That one has not rested since it started, so its queue is
 * biased to it. */
static struct pool_start {
    pyf_callable fn;
    void *arg;
} pool_first;

static pyf_status pool_start_first(void *unused)
{
    (void)unused;
    (void)pool_pass(&pool_gates[1]);
    return pool_first.fn(pool_first.arg);
}

static void pool_begin(pyf_future *f, pyf_callable fn, void *arg)
{
    memset(f, 0, sizeof *f);
    pool_first.fn = fn;
    pool_first.arg = arg;
    pool_gates_make();
    ex_calm();
    EXPECT(pyf_executor_submit(pool_ex, f, pool_start_first, NULL) == PYF_OK);
    ex_settle();
    ex_storm();
    pool_open(&pool_gates[1]);
}

static void pool_close(void)
{
    EXPECT(pyf_executor_shutdown(pool_ex, PYF_SHUTDOWN_WAIT) == PYF_OK);
}

static void pool_close_calmly(void)
{
    ex_calm();
    pool_close();
}

static void pool_submit(struct job *j)
{
    EXPECT(pyf_executor_submit(pool_ex, &j->f, job_run, j) == PYF_OK);
}

/* ---- submit and result ---- */

static void pool_first_submit(void)
{
    struct job *j = job_new(7);
    pool_make(1);
    pool_submit(j);
    job_wait(j);
    ex_free(j);
    pool_close();
}

static void pool_first_submit_held(void)
{
    struct job *j = job_new(7);
    pool_make_held(1);
    pool_submit(j);
    job_wait(j);
    ex_free(j);
    pool_close();
}

static void pool_idle_worker(void)
{
    struct job *j = job_new(7);
    pool_make(1);
    pool_warm(1);
    pool_submit(j);
    job_wait(j);
    ex_free(j);
    pool_close_calmly();
}

static void pool_idle_worker_held(void)
{
    struct job *j = job_new(7);
    pool_make_held(1);
    pool_warm(1);
    pool_submit(j);
    job_wait(j);
    ex_free(j);
    pool_close_calmly();
}

/* The worker is about to sleep when the second task comes. */
static void pool_going_to_sleep(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pool_make_held(1);
    pool_warm(1);
    pool_submit(a);
    job_wait(a);
    ex_free(a);
    pool_submit(b);
    job_wait(b);
    ex_free(b);
    pool_close_calmly();
}

static void pool_two_tasks(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pool_make(2);
    pool_warm(2);
    pool_submit(a);
    pool_submit(b);
    job_wait(b);
    ex_free(b);
    job_wait(a);
    ex_free(a);
    pool_close_calmly();
}

static void pool_two_tasks_held(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pool_make_held(2);
    pool_warm(2);
    pool_submit(a);
    pool_submit(b);
    job_wait(b);
    ex_free(b);
    job_wait(a);
    ex_free(a);
    pool_close_calmly();
}

/* The first task waits for the second one to begin: both workers have to come. */
static pyf_status pool_give_way(void *gate)
{
    pool_open(gate);
    return PYF_OK;
}

static void pool_two_that_depend(void)
{
    pyf_future a, b;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    pool_make_held(2);
    pool_warm(2);
    EXPECT(pyf_executor_submit(pool_ex, &a, pool_pass, &pool_gates[0]) == PYF_OK);
    EXPECT(pyf_executor_submit(pool_ex, &b, pool_give_way, &pool_gates[0]) == PYF_OK);
    EXPECT(pyf_future_result(&a, PYF_FOREVER) == PYF_OK);
    EXPECT(pyf_future_result(&b, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

/* The first of two workers is in a task when the others come: the second one is started for them. */
static void pool_second_worker_starts(void)
{
    struct job *a = job_new(7);
    pool_make_held(2);
    pool_block(1);
    pool_submit(a);
    job_wait(a);
    ex_free(a);
    ex_calm();
    pool_open(&pool_gates[0]);
    pool_close();
}

static void pool_submitter(void *arg)
{
    struct job *j = (struct job *)arg;
    pool_submit(j);
    job_wait(j);
    ex_free(j);
}

static void pool_two_submitters(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pool_make(1);
    pool_warm(1);
    (void)ex_go(pool_submitter, a);
    pool_submitter(b);
    ex_join();
    pool_close_calmly();
}

static void pool_two_submitters_held(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pool_make_held(1);
    pool_warm(1);
    (void)ex_go(pool_submitter, a);
    pool_submitter(b);
    ex_join();
    pool_close_calmly();
}

/* Two submitters race for the start of the workers. */
static void pool_two_first_submitters(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pool_make_held(2);
    (void)ex_go(pool_submitter, a);
    pool_submitter(b);
    ex_join();
    pool_close_calmly();
}

static void pool_timeout(void)
{
    struct job *j = job_new(7);
    pool_make(1);
    pool_warm(1);
    pool_submit(j);
    job_wait_5(j);
    job_wait(j);
    ex_free(j);
    pool_close_calmly();
}

/* The waiter and another thread both want to run it. */
static void pool_two_claim(void)
{
    struct job *j = job_new(7);
    pool_make(1);
    pool_block(1);
    pool_submit(j);
    (void)ex_go(job_wait, j);
    job_wait(j);
    ex_join();
    ex_free(j);
    ex_calm();
    pool_open(&pool_gates[0]);
    pool_close();
}

static void pool_claim_and_pick(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pool_make(1);
    pool_block(1);
    pool_submit(a);
    pool_submit(b);
    pool_open(&pool_gates[0]);
    job_wait(b);
    ex_free(b);
    job_wait(a);
    ex_free(a);
    pool_close_calmly();
}

static void pool_callback_and_set(void)
{
    struct job *j = job_new(7);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    pool_make(1);
    pool_warm(1);
    pool_submit(j);
    EXPECT(pyf_future_set_add(set, &j->f) == PYF_OK);
    job_watch(j);
    EXPECT(pyf_as_completed(set, PYF_FOREVER) == &j->f);
    ex_free(set);
    ex_settle();
    EXPECT(j->calls == 1);
    ex_free(j);
    pool_close_calmly();
}

static void pool_submit_from_callback_fn(pyf_future *f, void *arg)
{
    job_called(f, arg);
    pool_submit((struct job *)(void *)((struct job *)arg)->cb2.ctx);
}

static void pool_submit_from_callback(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    a->cb.fn = pool_submit_from_callback_fn;
    a->cb2.ctx = b;
    pool_make_held(1);
    pool_warm(1);
    pool_submit(a);
    job_watch(a);
    job_wait(a);
    ex_settle();
    job_wait(b);
    EXPECT(a->calls == 1);
    ex_free(a);
    ex_free(b);
    pool_close_calmly();
}

/* ---- cancelling ---- */

static void pool_cancel_and_run(void)
{
    struct job *j = job_new(7);
    bool cancelled;
    pool_make(1);
    pool_warm(1);
    pool_submit(j);
    cancelled = pyf_future_cancel(&j->f);
    if (!cancelled) job_wait(j);
    futures_one_end(j);
    EXPECT(cancelled == (j->runs == 0));
    ex_free(j);
    pool_close_calmly();
}

/* Cancel, claim and pick one task. */
static void pool_cancel_claim_and_pick(void)
{
    struct job *j = job_new(7);
    pyf_status st;
    pool_make(1);
    pool_block(1);
    pool_submit(j);
    (void)ex_go(job_cancel, j);
    pool_open(&pool_gates[0]);
    st = pyf_future_result(&j->f, PYF_FOREVER);
    EXPECT(st == (j->runs == 0 ? PYF_CANCELLED_ERROR : 7));
    ex_join();
    futures_one_end(j);
    ex_free(j);
    pool_close_calmly();
}

static void pool_cancel_in_the_middle(void)
{
    struct job *j[3];
    pool_make_held(1);
    pool_block(1);
    for (int i = 0; i < 3; i++) {
        j[i] = job_new(7 + i);
        pool_submit(j[i]);
    }
    pool_open(&pool_gates[0]);
    (void)pyf_future_cancel(&j[1]->f);
    job_wait(j[2]);
    ex_free(j[2]);
    job_wait(j[0]);
    ex_free(j[0]);
    futures_one_end(j[1]);
    ex_free(j[1]);
    pool_close_calmly();
}

/* ---- shutdown ---- */

static void pool_shutdown_with_a_task(void)
{
    struct job *j = job_new(7);
    pool_make(1);
    pool_warm(1);
    pool_submit(j);
    pool_close();
    EXPECT(pyf_future_done(&j->f) && j->runs == 1);
    ex_free(j);
}

static void pool_shutdown_with_two_tasks(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pool_make(2);
    pool_warm(2);
    pool_submit(a);
    pool_submit(b);
    pool_close();
    EXPECT(a->runs == 1 && b->runs == 1 && pyf_future_done(&a->f) && pyf_future_done(&b->f));
    ex_free(a);
    ex_free(b);
}

static void pool_shutdown_idle(void)
{
    pool_make(2);
    pool_warm(2);
    pool_close();
}

static void pool_shutdown_unused(void)
{
    pool_make(2);
    pool_close();
    pool_make(1);
    EXPECT(pyf_executor_shutdown(pool_ex, 0) == PYF_OK);
}

/* Nobody waits for it: the last one to leave releases the pool. */
static void pool_shutdown_no_wait(void)
{
    struct job *j = job_new(7);
    pool_make(1);
    pool_warm(1);
    pool_submit(j);
    EXPECT(pyf_executor_shutdown(pool_ex, 0) == PYF_OK);
    job_wait(j);
    ex_free(j);
}

static void pool_shutdown_no_wait_two(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pool_make(2);
    pool_warm(2);
    pool_submit(a);
    pool_submit(b);
    EXPECT(pyf_executor_shutdown(pool_ex, 0) == PYF_OK);
    job_wait(a);
    ex_free(a);
    job_wait(b);
    ex_free(b);
}

/* The second worker starts, or does not, when the pool has been left alone already. */
static void pool_shutdown_no_wait_starts(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pool_make_held(2);
    pool_submit(a);
    pool_submit(b);
    EXPECT(pyf_executor_shutdown(pool_ex, 0) == PYF_OK);
    job_wait(a);
    ex_free(a);
    job_wait(b);
    ex_free(b);
}

static void pool_shutdown_cancels(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pool_make(1);
    pool_warm(1);
    pool_submit(a);
    pool_submit(b);
    EXPECT(pyf_executor_shutdown(pool_ex, PYF_SHUTDOWN_WAIT | PYF_SHUTDOWN_CANCEL_FUTURES) == PYF_OK);
    futures_one_end(a);
    futures_one_end(b);
    ex_free(a);
    ex_free(b);
}

static void pool_await(void *arg)
{
    struct job *j = (struct job *)arg;
    pyf_status st = pyf_future_result(&j->f, PYF_FOREVER);
    EXPECT(st == (j->runs == 0 ? PYF_CANCELLED_ERROR : j->st));
}

/* Who waits is told of the cancelling. */
static void pool_shutdown_cancels_awaited(void)
{
    struct job *a = job_new(7);
    pool_make_held(1);
    pool_warm(1);
    pool_submit(a);
    (void)ex_go(pool_await, a);
    EXPECT(pyf_executor_shutdown(pool_ex, PYF_SHUTDOWN_CANCEL_FUTURES) == PYF_OK);
    ex_join();
    futures_one_end(a);
    ex_free(a);
}

static void pool_shutdown_cancels_in_set(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    pool_make_held(1);
    pool_warm(1);
    pool_submit(a);
    pool_submit(b);
    EXPECT(pyf_future_set_add(set, &a->f) == PYF_OK && pyf_future_set_add(set, &b->f) == PYF_OK);
    EXPECT(pyf_executor_shutdown(pool_ex, PYF_SHUTDOWN_CANCEL_FUTURES) == PYF_OK);
    EXPECT(pyf_as_completed(set, PYF_FOREVER) != NULL && pyf_as_completed(set, PYF_FOREVER) != NULL);
    futures_one_end(a);
    futures_one_end(b);
    ex_free(set);
    ex_free(a);
    ex_free(b);
}

static pyf_status pool_shut_down(void *arg)
{
    struct job *j = (struct job *)arg;
    EXPECT(pyf_executor_shutdown(pool_ex, 0) == PYF_OK);
    EXPECT(pyf_executor_submit(pool_ex, &j->f, job_run, j) == PYF_RUNTIME_ERROR);
    return PYF_OK;
}

/* A callback in a thread outside that runs, or cancels, a task of the pool is inside of it. */
static void pool_shut_down_here(pyf_future *f, void *unused)
{
    (void)f, (void)unused;
    EXPECT(pyf_executor_shutdown(pool_ex, PYF_SHUTDOWN_WAIT) == PYF_DEADLOCK_ERROR);
}

static void pool_shutdown_by_callback_of(void (*end)(void *))
{
    struct job *j = job_new(7);
    pool_make(1);
    pool_block(1);
    pool_submit(j);
    j->cb.fn = pool_shut_down_here;
    job_watch(j);
    (void)ex_go(pool_open, &pool_gates[0]);
    end(j);
    pool_await(j);
    futures_one_end(j);
    ex_free(j);
    ex_join();
}

static void pool_shutdown_by_callback(void) { pool_shutdown_by_callback_of(pool_await); }
static void pool_shutdown_by_cancelled(void) { pool_shutdown_by_callback_of(job_cancel); }

static void pool_shutdown_by_task(void)
{
    struct job *j = job_new(7);
    pyf_future f;
    memset(&f, 0, sizeof f);
    pool_make(1);
    pool_warm(1);
    EXPECT(pyf_executor_submit(pool_ex, &f, pool_shut_down, j) == PYF_OK);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK && j->runs == 0);
    ex_free(j);
}

static pyf_status pool_submit_late(void *arg)
{
    struct job *j = (struct job *)arg;
    pyf_status st = pyf_executor_submit(pool_ex, &j->f, job_run, j);
    EXPECT(st == PYF_OK || st == PYF_RUNTIME_ERROR);
    j->calls = st == PYF_OK;
    return PYF_OK;
}

/* A task submits while the pool shuts down: refused, or run. */
static void pool_submit_and_shutdown_with(unsigned workers, unsigned flags)
{
    struct job *j = job_new(7);
    pyf_future f;
    memset(&f, 0, sizeof f);
    pool_make(workers);
    pool_warm(workers);
    EXPECT(pyf_executor_submit(pool_ex, &f, pool_submit_late, j) == PYF_OK);
    EXPECT(pyf_executor_shutdown(pool_ex, PYF_SHUTDOWN_WAIT | flags) == PYF_OK);
    EXPECT(pyf_future_done(&f));
    EXPECT(j->calls == 0 || pyf_future_done(&j->f));
    if (j->calls != 0) futures_one_end(j);
    if (flags == 0) EXPECT(j->runs == j->calls);
    ex_free(j);
}

static void pool_submit_and_shutdown(void) { pool_submit_and_shutdown_with(1, 0); }
static void pool_submit_and_shutdown_2(void) { pool_submit_and_shutdown_with(2, 0); }
static void pool_submit_and_shutdown_cancel(void)
{
    pool_submit_and_shutdown_with(1, PYF_SHUTDOWN_CANCEL_FUTURES);
}

/* A thread outside runs the last task: the pool stays until it is done with it. */
static void pool_claim_and_shutdown(void)
{
    struct job *j = job_new(7);
    pool_make(1);
    pool_warm(1);
    pool_submit(j);
    (void)ex_go(job_wait, j);
    EXPECT(pyf_executor_shutdown(pool_ex, 0) == PYF_OK);
    ex_join();
    ex_free(j);
}

static void pool_claim_and_shutdown_wait(void)
{
    struct job *j = job_new(7);
    pool_make(1);
    pool_warm(1);
    pool_submit(j);
    (void)ex_go(job_wait, j);
    pool_close();
    ex_join();
    ex_free(j);
}

/* ---- tasks of tasks ---- */

static struct job *pool_child, *pool_child2;

static pyf_status pool_parent(void *arg)
{
    struct job *j = (struct job *)arg;
    pool_submit(j);
    job_wait(j);
    ex_free(j);
    return PYF_OK;
}

static void pool_nested(void)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    pool_make(1);
    pool_warm(1);
    EXPECT(pyf_executor_submit(pool_ex, &f, pool_parent, job_new(7)) == PYF_OK);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

/* With a second worker that may steal the child. */
static void pool_nested_stolen(void)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    pool_make_held(2);
    pool_warm(2);
    EXPECT(pyf_executor_submit(pool_ex, &f, pool_parent, job_new(7)) == PYF_OK);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

static void pool_nested_biased(void)
{
    pyf_future f;
    pool_make(1);
    pool_begin(&f, pool_parent, job_new(7));
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

static void pool_nested_biased_stolen(void)
{
    pyf_future f;
    pool_make_held(2);
    pool_begin(&f, pool_parent, job_new(7));
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

/* The worker has run the child itself the last time: that must not count when a thief has it. */
static pyf_status pool_parent_again(void *arg)
{
    struct job *j = (struct job *)arg;
    pool_submit(j);
    job_wait(j);
    j->runs = 0;
    pool_submit(j);
    job_wait(j);
    ex_free(j);
    return PYF_OK;
}

static void pool_nested_again_stolen(void)
{
    pyf_future f;
    pool_make_held(2);
    pool_begin(&f, pool_parent_again, job_new(7));
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

static pyf_status pool_two_children(void *unused)
{
    struct job *a = job_new(7), *b = job_new(8);
    (void)unused;
    pool_submit(a);
    pool_submit(b);
    job_wait(a);
    ex_free(a);
    job_wait(b);
    ex_free(b);
    return PYF_OK;
}

static void pool_nested_two_biased(void)
{
    pyf_future f;
    pool_make(1);
    pool_begin(&f, pool_two_children, NULL);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

/* The first child is not the last of the queue when it is asked for; the queue is used again. */
static pyf_status pool_two_children_and_one(void *unused)
{
    struct job *c = job_new(9);
    (void)pool_two_children(unused);
    pool_submit(c);
    job_wait(c);
    ex_free(c);
    return PYF_OK;
}

static void pool_nested_three_biased(void)
{
    pyf_future f;
    pool_make(1);
    pool_begin(&f, pool_two_children_and_one, NULL);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

static void pool_nested_two_stolen(void)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    pool_make_held(2);
    pool_warm(2);
    EXPECT(pyf_executor_submit(pool_ex, &f, pool_two_children, NULL) == PYF_OK);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

/* ---- leapfrogging ---- */

/* Tasks whose futures stand on the stacks of those who wait for them. Who runs one while it waits
 * for another must be waiting for one of its parents, or for itself. */
struct pool_kin {
    struct pool_kin *parent;
    pyf_callable fn;
    pyf_future f;
    int runs;
};
static struct pool_kin *pool_awaited[EX_THREADS];

static pyf_status pool_kin_run(void *arg)
{
    struct pool_kin *k = (struct pool_kin *)arg, *at = k;
    struct pool_kin **mine = &pool_awaited[ex_self() - 1], *awaited = *mine;
    pyf_status st;
    while (awaited != NULL && at != NULL && at != awaited) at = at->parent;
    EXPECT(awaited == NULL || at == awaited);
    *mine = NULL;
    st = k->fn == NULL ? PYF_OK : k->fn(k);
    *mine = awaited;
    k->runs++;
    return st;
}

static void pool_kin_submit(struct pool_kin *k, struct pool_kin *parent, pyf_callable fn)
{
    memset(k, 0, sizeof *k);
    k->parent = parent;
    k->fn = fn;
    EXPECT(pyf_executor_submit(pool_ex, &k->f, pool_kin_run, k) == PYF_OK);
}

/* Afterwards nobody may touch its memory. */
static void pool_kin_wait(struct pool_kin *k)
{
    struct pool_kin **mine = &pool_awaited[ex_self() - 1], *outer = *mine;
    pyf_future bytes;
    *mine = k;
    EXPECT(pyf_future_result(&k->f, PYF_FOREVER) == PYF_OK);
    *mine = outer;
    EXPECT(k->runs == 1);
    memset(&bytes, 0x55, sizeof bytes);
    k->f = bytes;
    ex_yield();
    EXPECT(memcmp(&k->f, &bytes, sizeof bytes) == 0);
}

static pyf_status pool_one_kin(void *arg)
{
    struct pool_kin a;
    pool_kin_submit(&a, (struct pool_kin *)arg, NULL);
    ex_yield(); /* a good moment to look into our queue */
    pool_kin_wait(&a);
    return PYF_OK;
}

static pyf_status pool_kin_of_kin(void *arg)
{
    struct pool_kin a;
    pool_kin_submit(&a, (struct pool_kin *)arg, pool_one_kin);
    pool_kin_wait(&a);
    return PYF_OK;
}

/* The second child is on the stack of the thread that may leapfrog for the first. */
static pyf_status pool_two_kin(void *arg)
{
    struct pool_kin a, b;
    pool_kin_submit(&a, (struct pool_kin *)arg, pool_kin_of_kin);
    pool_kin_submit(&b, (struct pool_kin *)arg, NULL);
    pool_kin_wait(&a);
    pool_kin_wait(&b);
    return PYF_OK;
}

static void pool_leapfrog_with(pyf_callable fn)
{
    pyf_future f;
    memset(pool_awaited, 0, sizeof pool_awaited);
    pool_make_held(2);
    pool_begin(&f, fn, NULL);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

static void pool_leapfrog(void) { pool_leapfrog_with(pool_kin_of_kin); }
static void pool_leapfrog_two(void) { pool_leapfrog_with(pool_two_kin); }

static pyf_status pool_one_kin_at_gate(void *arg)
{
    struct pool_kin a;
    pool_kin_submit(&a, (struct pool_kin *)arg, NULL);
    (void)pool_pass(&pool_gates[3]);
    pool_kin_wait(&a);
    return PYF_OK;
}

static pyf_status pool_kin_at_gates(void *arg)
{
    struct pool_kin a;
    pool_kin_submit(&a, (struct pool_kin *)arg, pool_one_kin_at_gate);
    (void)pool_pass(&pool_gates[2]);
    pool_kin_wait(&a);
    return PYF_OK;
}

/* The thief is done and has begun another task when the one it has robbed comes to look. */
static void pool_leapfrog_late(void)
{
    pyf_future f;
    struct pool_kin next;
    memset(pool_awaited, 0, sizeof pool_awaited);
    pool_make_held(2);
    pool_begin(&f, pool_kin_at_gates, NULL);
    ex_calm();
    ex_settle();
    pool_kin_submit(&next, NULL, pool_one_kin);
    ex_storm();
    pool_open(&pool_gates[2]);
    pool_open(&pool_gates[3]);
    pool_kin_wait(&next);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

/* A worker submits its child and goes on: another thread takes an interest in it. */
static pyf_status pool_bear(void *arg)
{
    struct job *j = (struct job *)arg;
    pool_submit(j);
    pool_open(&pool_gates[0]);
    return PYF_OK;
}

static void pool_with_child(void (*interest)(struct job *))
{
    struct job *j = job_new(7);
    pyf_future f;
    pool_make(1);
    pool_begin(&f, pool_bear, j);
    (void)pool_pass(&pool_gates[0]);
    interest(j);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

static void pool_child_waited(struct job *j)
{
    job_wait(j);
    ex_free(j);
}
static void pool_child_waited_5(struct job *j)
{
    job_wait_5(j);
    job_wait(j);
    ex_free(j);
}
static void pool_child_cancelled(struct job *j)
{
    if (!pyf_future_cancel(&j->f)) job_wait(j);
    futures_one_end(j);
    ex_free(j);
}
static void pool_child_called_back(struct job *j)
{
    job_watch(j);
    job_wait(j);
    EXPECT(j->calls == 1);
    ex_free(j);
}
static void pool_child_in_set(struct job *j)
{
    pyf_future_set *set = EX_NEW(pyf_future_set);
    EXPECT(pyf_future_set_add(set, &j->f) == PYF_OK);
    EXPECT(pyf_as_completed(set, PYF_FOREVER) == &j->f);
    ex_free(set);
    ex_free(j);
}
static void pool_child_looked_at(struct job *j)
{
    job_look(j);
    while (!pyf_future_done(&j->f)) ex_yield();
    EXPECT(pyf_future_result(&j->f, PYF_NOW) == 7);
    ex_free(j);
}
static void pool_child_shut_down(struct job *j)
{
    EXPECT(pyf_executor_shutdown(pool_ex, PYF_SHUTDOWN_CANCEL_FUTURES) == PYF_OK);
    pool_await(j);
    futures_one_end(j);
    ex_free(j);
}

static void pool_private_result(void) { pool_with_child(pool_child_waited); }
static void pool_private_timeout(void) { pool_with_child(pool_child_waited_5); }
static void pool_private_cancel(void) { pool_with_child(pool_child_cancelled); }
static void pool_private_callback(void) { pool_with_child(pool_child_called_back); }
static void pool_private_set(void) { pool_with_child(pool_child_in_set); }
static void pool_private_look(void) { pool_with_child(pool_child_looked_at); }

static void pool_private_shutdown(void)
{
    struct job *j = job_new(7);
    pyf_future f;
    pool_make(1);
    pool_begin(&f, pool_bear, j);
    (void)pool_pass(&pool_gates[0]);
    pool_child_shut_down(j);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
}

/* Two threads take an interest at the same time. */
static void pool_private_two_interests(void)
{
    struct job *j = job_new(7);
    pyf_future f;
    pool_make(1);
    pool_begin(&f, pool_bear, j);
    (void)pool_pass(&pool_gates[0]);
    (void)ex_go(job_wait, j);
    job_wait(j);
    ex_join();
    ex_free(j);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

/* A task waits for one that came from outside, and so does, or cancels it, another thread. */
static pyf_status pool_await_inside(void *arg)
{
    (void)pool_pass(&pool_gates[0]);
    pool_await(arg);
    return PYF_OK;
}

static void pool_inside_and(void (*other)(void *))
{
    struct job *j = job_new(7);
    pyf_future f;
    pool_make(1);
    pool_begin(&f, pool_await_inside, j);
    ex_calm();
    ex_settle();
    pool_submit(j);
    ex_storm();
    pool_open(&pool_gates[0]);
    other(j);
    pool_await(j);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    futures_one_end(j);
    ex_free(j);
    pool_close_calmly();
}

static void pool_inside_and_await(void) { pool_inside_and(pool_await); }
static void pool_inside_and_cancel(void) { pool_inside_and(job_cancel); }
static void pool_inside_and_watch(void) { pool_inside_and(job_watch); }

/* The owner of a biased queue and a visitor: the worker queues and runs children of its own while
 * another thread takes one out, or cancels it. */
static pyf_status pool_bear_two(void *unused)
{
    (void)unused;
    pool_submit(pool_child);
    pool_open(&pool_gates[0]);
    pool_submit(pool_child2);
    job_wait(pool_child2);
    return PYF_OK;
}

static void pool_visitor(void)
{
    pyf_future f;
    pool_child = job_new(7);
    pool_child2 = job_new(8);
    pool_make(1);
    pool_begin(&f, pool_bear_two, NULL);
    (void)pool_pass(&pool_gates[0]);
    job_wait(pool_child);
    ex_free(pool_child);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    ex_free(pool_child2);
    pool_close_calmly();
}

static void pool_visitor_cancels(void)
{
    pyf_future f;
    pool_child = job_new(7);
    pool_child2 = job_new(8);
    pool_make(1);
    pool_begin(&f, pool_bear_two, NULL);
    (void)pool_pass(&pool_gates[0]);
    (void)pyf_future_cancel(&pool_child->f);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_await(pool_child);
    ex_free(pool_child);
    ex_free(pool_child2);
    pool_close_calmly();
}

/* A worker in a task has two children in its queue; the other one comes to steal while the first
 * comes back. */
static pyf_status pool_bear_and_wait(void *unused)
{
    (void)unused;
    pool_submit(pool_child);
    pool_submit(pool_child2);
    pool_open(&pool_gates[0]);
    return pool_pass(&pool_gates[2]);
}

static void pool_thief(void)
{
    pyf_future f;
    pool_child = job_new(7);
    pool_child2 = job_new(8);
    pool_make_held(2);
    pool_begin(&f, pool_bear_and_wait, NULL);
    (void)pool_pass(&pool_gates[0]);
    pool_open(&pool_gates[2]);
    job_wait(pool_child);
    ex_free(pool_child);
    job_wait(pool_child2);
    ex_free(pool_child2);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

/* The same, but only the thief can run them; also from a worker whose queue is not biased any more,
 * since it has rested. */
static void pool_thief_needed_by(bool rested)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    pool_child = job_new(7);
    pool_child2 = job_new(8);
    pool_make_held(2);
    if (rested) {
        pool_warm(1);
        EXPECT(pyf_executor_submit(pool_ex, &f, pool_bear_and_wait, NULL) == PYF_OK);
    } else {
        pool_begin(&f, pool_bear_and_wait, NULL);
    }
    (void)pool_pass(&pool_gates[0]);
    job_wait(pool_child);
    ex_free(pool_child);
    job_wait(pool_child2);
    ex_free(pool_child2);
    ex_calm();
    pool_open(&pool_gates[2]);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close();
}

/* The thief is on its way to rest while the other one, whose queue is biased, submits. */
static void pool_thief_goes_to_rest(void)
{
    pyf_future f, other;
    memset(&f, 0, sizeof f);
    memset(&other, 0, sizeof other);
    pool_child = job_new(7);
    pool_child2 = job_new(8);
    pool_make_held(2);
    pool_first.fn = pool_bear_and_wait;
    pool_first.arg = NULL;
    pool_gates_make();
    ex_calm();
    EXPECT(pyf_executor_submit(pool_ex, &f, pool_start_first, NULL) == PYF_OK);
    ex_settle();
    EXPECT(pyf_executor_submit(pool_ex, &other, pool_pass, &pool_gates[3]) == PYF_OK);
    ex_settle();
    ex_storm();
    pool_open(&pool_gates[3]);
    pool_open(&pool_gates[1]);
    (void)pool_pass(&pool_gates[0]);
    job_wait(pool_child2);
    ex_free(pool_child2);
    job_wait(pool_child);
    ex_free(pool_child);
    ex_calm();
    pool_open(&pool_gates[2]);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close();
}

static void pool_thief_needed(void) { pool_thief_needed_by(false); }
static void pool_thief_of_rested(void) { pool_thief_needed_by(true); }

/* The tasks in the queue came from outside, so the thief takes half of them; one of them is
 * cancelled or claimed meanwhile. */
static void pool_thief_carries_and_cancel(int which)
{
    struct job *j[5];
    pool_make_held(2);
    pool_block(2);
    for (int i = 0; i < 5; i++) {
        j[i] = job_new(i);
        pool_submit(j[i]);
    }
    pool_open(&pool_gates[0]);
    (void)pyf_future_cancel(&j[which]->f);
    for (int i = 0; i < 5; i++) pool_await(j[i]);
    for (int i = 0; i < 5; i++) ex_free(j[i]);
    ex_calm();
    pool_open(&pool_gates[1]);
    pool_close();
}

static void pool_thief_carries(void) { pool_thief_carries_and_cancel(3); }
static void pool_thief_carries_cancelled(void) { pool_thief_carries_and_cancel(2); }

/* Once shutdown has returned, nothing that has not begun will; also what a thief has in hand. */
static void pool_thief_and_shutdown(void)
{
    struct job *j[5];
    pool_make_held(2);
    pool_block(2);
    for (int i = 0; i < 5; i++) {
        j[i] = job_new(i);
        pool_submit(j[i]);
    }
    pool_open(&pool_gates[0]);
    EXPECT(pyf_executor_shutdown(pool_ex, PYF_SHUTDOWN_CANCEL_FUTURES) == PYF_OK);
    for (int i = 0; i < 5; i++)
        EXPECT(j[i]->runs == 1 || pyf_future_running(&j[i]->f) || pyf_future_done(&j[i]->f));
    ex_calm();
    pool_open(&pool_gates[1]);
    for (int i = 0; i < 5; i++) pool_await(j[i]);
    for (int i = 0; i < 5; i++) ex_free(j[i]);
}

static void pool_thief_and_claimer(void)
{
    struct job *j[4];
    pool_make(2);
    pool_block(2);
    for (int i = 0; i < 4; i++) {
        j[i] = job_new(i);
        pool_submit(j[i]);
    }
    pool_open(&pool_gates[0]);
    for (int i = 3; i >= 0; i--) {
        job_wait(j[i]);
        ex_free(j[i]);
    }
    ex_calm();
    pool_open(&pool_gates[1]);
    pool_close();
}

/* Two tasks wait for each other: one of them is told. */
static pyf_future pool_left, pool_right;
static unsigned pool_told;

static pyf_status pool_wait_for_other(void *other)
{
    pyf_status st = pyf_future_result((pyf_future *)other, PYF_FOREVER);
    EXPECT(st == PYF_OK || st == PYF_DEADLOCK_ERROR);
    if (st == PYF_DEADLOCK_ERROR) pool_told++;
    return PYF_OK;
}

static void pool_circle(void)
{
    memset(&pool_left, 0, sizeof pool_left);
    memset(&pool_right, 0, sizeof pool_right);
    pool_told = 0;
    pool_make_held(2);
    pool_block(2);
    EXPECT(pyf_executor_submit(pool_ex, &pool_left, pool_wait_for_other, &pool_right) == PYF_OK);
    EXPECT(pyf_executor_submit(pool_ex, &pool_right, pool_wait_for_other, &pool_left) == PYF_OK);
    pool_open(&pool_gates[0]);
    pool_open(&pool_gates[1]);
    EXPECT(pyf_future_result(&pool_left, PYF_FOREVER) == PYF_OK);
    EXPECT(pyf_future_result(&pool_right, PYF_FOREVER) == PYF_OK && pool_told == 1);
    pool_close_calmly();
}

static pyf_status pool_wait_in_set(void *unused)
{
    struct job *a = job_new(7), *b = job_new(8);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    (void)unused;
    pool_submit(a);
    pool_submit(b);
    EXPECT(pyf_future_set_add(set, &a->f) == PYF_OK && pyf_future_set_add(set, &b->f) == PYF_OK);
    EXPECT(pyf_wait(set, PYF_ALL_COMPLETED, PYF_FOREVER) == PYF_OK);
    pyf_future_set_clear(set);
    ex_free(set);
    ex_free(a);
    ex_free(b);
    return PYF_OK;
}

static void pool_set_inside_biased(void)
{
    pyf_future f;
    pool_make_held(2);
    pool_begin(&f, pool_wait_in_set, NULL);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

static void pool_set_inside(void)
{
    pyf_future f;
    memset(&f, 0, sizeof f);
    pool_make_held(2);
    pool_warm(2);
    EXPECT(pyf_executor_submit(pool_ex, &f, pool_wait_in_set, NULL) == PYF_OK);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

static void pool_set_outside(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pool_make(2);
    pool_warm(2);
    pool_submit(a);
    pool_submit(b);
    futures_hand_out(a, b);
    pool_close_calmly();
}

/* ---- at most so many ---- */

static void pool_make_bounded(unsigned workers, size_t max_pending)
{
    pool_ex = pyf_thread_pool_executor(.max_workers = workers, .allocator = &pool_allocator,
                                       .workers_only = true, .max_pending = max_pending);
    EXPECT(pool_ex != NULL);
}

static void pool_bounded(void)
{
    struct job *a = job_new(7), *b = job_new(8), *c = job_new(9);
    pool_make_bounded(1, 1);
    pool_warm(1);
    pool_submit(a);
    pool_submit(b);
    pool_submit(c);
    job_wait(a);
    job_wait(b);
    job_wait(c);
    ex_free(a);
    ex_free(b);
    ex_free(c);
    pool_close_calmly();
}

/* A worker's own tasks pass, while a thread outside waits for a place. */
static void pool_bounded_inside(void)
{
    struct job *c = job_new(9);
    pyf_future f;
    memset(&f, 0, sizeof f);
    pool_make_bounded(1, 1);
    pool_warm(1);
    EXPECT(pyf_executor_submit(pool_ex, &f, pool_two_children, NULL) == PYF_OK);
    pool_submit(c);
    job_wait(c);
    ex_free(c);
    EXPECT(pyf_future_result(&f, PYF_FOREVER) == PYF_OK);
    pool_close_calmly();
}

static void pool_bounded_submitters(int others)
{
    pool_make_bounded(1, 1);
    pool_warm(1);
    for (int i = 0; i < others; i++) (void)ex_go(pool_submitter, job_new(i));
    pool_submitter(job_new(9));
    ex_join();
    pool_close_calmly();
}

static void pool_bounded_two_submitters(void) { pool_bounded_submitters(1); }
static void pool_bounded_three_submitters(void) { pool_bounded_submitters(2); }

/* Cancelling makes room too. */
static void pool_bounded_cancel(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pool_make_bounded(1, 1);
    pool_block(1);
    pool_submit(a);
    (void)ex_go(job_cancel, a);
    pool_submit(b);
    ex_join();
    ex_calm();
    pool_open(&pool_gates[0]);
    job_wait(b);
    futures_one_end(a);
    ex_free(a);
    ex_free(b);
    pool_close();
}

static void pool_submit_or_not(void *arg)
{
    struct job *j = (struct job *)arg;
    pyf_status st = pyf_executor_submit(pool_ex, &j->f, job_run, j);
    EXPECT(st == PYF_OK || st == PYF_RUNTIME_ERROR || st == PYF_BROKEN_EXECUTOR_ERROR);
    j->calls = st == PYF_OK;
}

/* Who waits for room while the pool shuts down is refused. */
static void pool_refused(void *arg)
{
    struct job *j = (struct job *)arg;
    EXPECT(pyf_executor_submit(pool_ex, &j->f, job_run, j) == PYF_RUNTIME_ERROR);
    pool_open(&pool_gates[0]);
}

static void pool_bounded_shutdown_with(unsigned flags)
{
    struct job *a = job_new(7), *b = job_new(8);
    pool_make_bounded(1, 1);
    pool_block(1);
    pool_submit(a);
    (void)ex_go(pool_refused, b);
    ex_settle();
    EXPECT(pyf_executor_shutdown(pool_ex, PYF_SHUTDOWN_WAIT | flags) == PYF_OK);
    ex_join();
    futures_one_end(a);
    EXPECT(b->runs == 0);
    ex_free(a);
    ex_free(b);
}

static void pool_bounded_shutdown(void) { pool_bounded_shutdown_with(0); }

/* ---- what can go wrong at the start ---- */

static pyf_status pool_no_init(void *unused)
{
    (void)unused;
    return 5;
}

static void pool_fails_first(unsigned workers, size_t max_pending)
{
    pool_ex = pyf_thread_pool_executor(.max_workers = workers, .allocator = &pool_allocator,
                                       .initializer = pool_no_init, .max_pending = max_pending);
    EXPECT(pool_ex != NULL);
}

static void pool_broken_job(void *arg)
{
    struct job *j = (struct job *)arg;
    pyf_status st = pyf_executor_submit(pool_ex, &j->f, job_run, j);
    if (st == PYF_OK) st = pyf_future_result(&j->f, PYF_FOREVER);
    EXPECT(st == PYF_BROKEN_EXECUTOR_ERROR && j->runs == 0);
    ex_free(j);
}

static void pool_initializer_fails(void)
{
    pool_fails_first(1, 0);
    pool_broken_job(job_new(7));
    pool_broken_job(job_new(7));
    pool_close();
}

static void pool_initializer_fails_for_two(void)
{
    pool_fails_first(2, 0);
    (void)ex_go(pool_broken_job, job_new(7));
    pool_broken_job(job_new(8));
    ex_join();
    pool_close();
}

static void pool_initializer_fails_bounded(void)
{
    pool_fails_first(1, 1);
    (void)ex_go(pool_broken_job, job_new(7));
    pool_broken_job(job_new(8));
    ex_join();
    pool_close_calmly();
}

static void pool_initializer_fails_and_shutdown(void)
{
    struct job *j = job_new(7);
    pyf_status st;
    pool_fails_first(2, 0);
    st = pyf_executor_submit(pool_ex, &j->f, job_run, j);
    pool_close();
    EXPECT(st == PYF_BROKEN_EXECUTOR_ERROR || st == PYF_OK);
    if (st == PYF_OK) EXPECT(pyf_future_result(&j->f, PYF_NOW) == PYF_BROKEN_EXECUTOR_ERROR);
    EXPECT(j->runs == 0);
    ex_free(j);
}

static void pool_without_threads(void)
{
    struct job *a = job_new(7), *b = job_new(8);
    pyf_status st;
    pool_make_held(2);
    st = pyf_executor_submit(pool_ex, &a->f, job_run, a);
    EXPECT(st == PYF_OK || st == PYF_OS_ERROR);
    if (st == PYF_OK) job_wait(a);
    st = pyf_executor_submit(pool_ex, &b->f, job_run, b);
    EXPECT(st == PYF_OK || st == PYF_OS_ERROR);
    if (st == PYF_OK) job_wait(b);
    pool_close();
    ex_free(a);
    ex_free(b);
}

static void pool_submitter_or_not(void *arg)
{
    struct job *j = (struct job *)arg;
    pyf_status st = pyf_executor_submit(pool_ex, &j->f, job_run, j);
    EXPECT(st == PYF_OK || st == PYF_OS_ERROR);
    if (st == PYF_OK) job_wait(j);
    ex_free(j);
}

static void pool_two_without_threads(void)
{
    pool_make_held(2);
    (void)ex_go(pool_submitter_or_not, job_new(7));
    pool_submitter_or_not(job_new(8));
    ex_join();
    pool_close();
}

/* ---- map ---- */

static unsigned pool_mapped;

static pyf_status pool_map_item(void *item)
{
    pool_mapped++;
    return *(pyf_status *)item;
}

static void pool_map_over(unsigned workers, int64_t timeout_ms, pyf_status a, pyf_status b)
{
    pyf_status items[3], st;
    items[0] = PYF_OK;
    items[1] = a;
    items[2] = b;
    pool_mapped = 0;
    pool_make(workers);
    pool_warm(workers);
    st = pyf_executor_map(pool_ex, pool_map_item, items, 3, sizeof items[0], timeout_ms);
    if (timeout_ms == PYF_FOREVER) {
        EXPECT(st == (a != PYF_OK ? a : b));
        EXPECT(pool_mapped == 3 || (st != PYF_OK && pool_mapped >= (a != PYF_OK ? 2 : 3)));
    } else {
        EXPECT(st == PYF_TIMEOUT_ERROR || st == (a != PYF_OK ? a : b));
        EXPECT(st != PYF_OK || pool_mapped == 3);
    }
    pool_close_calmly();
}

static void pool_map(void) { pool_map_over(1, PYF_FOREVER, 0, 0); }
static void pool_map_2(void) { pool_map_over(2, PYF_FOREVER, 0, 0); }
static void pool_map_fails(void) { pool_map_over(2, PYF_FOREVER, 5, 6); }
static void pool_map_in_time(void) { pool_map_over(1, 5, 0, 0); }

static pyf_status pool_map_row(void *row)
{
    return pyf_executor_map(pool_ex, pool_map_item, row, 2, sizeof(pyf_status), PYF_FOREVER);
}

static void pool_map_in_map(void)
{
    pyf_status items[2][2];
    memset(items, 0, sizeof items);
    pool_mapped = 0;
    pool_make(2);
    pool_warm(2);
    EXPECT(pyf_executor_map(pool_ex, pool_map_row, items, 2, sizeof items[0], PYF_FOREVER) ==
           PYF_OK);
    EXPECT(pool_mapped == 4);
    pool_close_calmly();
}

/* An executor with a thread of its own, which it starts with the second future. A future may be
 * gone once it has been run or dropped. */
static struct pool_server {
    pyf_executor base;
    pyf_future *f[2];
    unsigned taken, served;
} pool_server;

static void pool_serve(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < 2; i++) {
        pool_server.served++;
        pyf_future_run(pool_server.f[i]);
    }
}

static pyf_status pool_serve_later(pyf_executor *ex, pyf_future *f)
{
    (void)ex;
    pool_server.f[pool_server.taken++] = f;
    if (pool_server.taken == 2) (void)ex_go(pool_serve, NULL);
    return PYF_OK;
}

/* Map returns when its executor has let go of both futures, whoever has done the work. */
static void pool_map_by_another(int64_t timeout_ms)
{
    static const pyf_executor_vtable vtable = { pool_serve_later, NULL, NULL, NULL };
    pyf_status items[2] = { PYF_OK, PYF_OK }, st;
    memset(&pool_server, 0, sizeof pool_server);
    pool_server.base.vtable = &vtable;
    pool_mapped = 0;
    st = pyf_executor_map(&pool_server.base, pool_map_item, items, 2, sizeof items[0], timeout_ms);
    EXPECT(pool_server.served == 2);
    EXPECT(st == PYF_OK ? pool_mapped == 2 : st == PYF_TIMEOUT_ERROR && timeout_ms == 5);
    ex_join();
}

static void pool_map_by_an_executor(void) { pool_map_by_another(PYF_FOREVER); }
static void pool_map_by_an_executor_5(void) { pool_map_by_another(5); }

/* ---- fairness: every 64th task a worker looks at what another one does ---- */

static pyf_status pool_work_63(void *unused)
{
    (void)unused;
    return PYF_OK;
}

static void pool_relieve(void)
{
    static pyf_future f[63];
    struct job *a = job_new(7), *b = job_new(8);
    memset(f, 0, sizeof f);
    pool_make_held(2);
    pool_block(2);
    ex_calm();
    for (int i = 0; i < 62; i++) {
        EXPECT(pyf_executor_submit(pool_ex, &f[i], pool_work_63, NULL) == PYF_OK);
        if (i == 0) pool_open(&pool_gates[1]);
        ex_settle();
    }
    ex_storm();
    pool_submit(a);
    pool_submit(b);
    job_wait(a);
    job_wait(b);
    ex_free(a);
    ex_free(b);
    ex_calm();
    pool_open(&pool_gates[0]);
    pool_close();
}

static const struct ex_scenario pool_scenarios[] = {
    { "pool/first_submit", pool_first_submit, 2, EX_TSO },
    { "pool/first_submit_held", pool_first_submit_held, 2, EX_TSO },
    { "pool/idle_worker", pool_idle_worker, 3, EX_TSO },
    { "pool/idle_worker_held", pool_idle_worker_held, 3, EX_TSO },
    { "pool/going_to_sleep", pool_going_to_sleep, 2, EX_TSO },
    { "pool/two_tasks", pool_two_tasks, 2, 0 },
    { "pool/two_tasks_held", pool_two_tasks_held, 2, 0 },
    { "pool/two_that_depend", pool_two_that_depend, 2, 0 },
    { "pool/second_worker_starts", pool_second_worker_starts, 2, 0 },
    { "pool/two_submitters", pool_two_submitters, 2, 0 },
    { "pool/two_submitters_held", pool_two_submitters_held, 2, 0 },
    { "pool/two_first_submitters", pool_two_first_submitters, 2, EX_LONG },
    { "pool/timeout", pool_timeout, 2, EX_TSO },
    { "pool/two_claim", pool_two_claim, 2, 0 },
    { "pool/claim_and_pick", pool_claim_and_pick, 2, 0 },
    { "pool/callback_and_set", pool_callback_and_set, 2, 0 },
    { "pool/submit_from_callback", pool_submit_from_callback, 2, 0 },
    { "pool/cancel_and_run", pool_cancel_and_run, 3, EX_TSO },
    { "pool/cancel_claim_and_pick", pool_cancel_claim_and_pick, 2, 0 },
    { "pool/cancel_in_the_middle", pool_cancel_in_the_middle, 2, 0 },
    { "pool/shutdown_with_a_task", pool_shutdown_with_a_task, 2, EX_TSO },
    { "pool/shutdown_with_two_tasks", pool_shutdown_with_two_tasks, 2, 0 },
    { "pool/shutdown_idle", pool_shutdown_idle, 2, 0 },
    { "pool/shutdown_unused", pool_shutdown_unused, 2, 0 },
    { "pool/shutdown_no_wait", pool_shutdown_no_wait, 2, EX_TSO },
    { "pool/shutdown_no_wait_two", pool_shutdown_no_wait_two, 2, 0 },
    { "pool/shutdown_cancels", pool_shutdown_cancels, 2, 0 },
    { "pool/shutdown_cancels_awaited", pool_shutdown_cancels_awaited, 2, 0 },
    { "pool/shutdown_cancels_in_set", pool_shutdown_cancels_in_set, 2, 0 },
    { "pool/shutdown_by_task", pool_shutdown_by_task, 2, 0 },
    { "pool/submit_and_shutdown", pool_submit_and_shutdown, 2, EX_TSO },
    { "pool/submit_and_shutdown_2", pool_submit_and_shutdown_2, 2, 0 },
    { "pool/submit_and_shutdown_cancel", pool_submit_and_shutdown_cancel, 2, 0 },
    { "pool/claim_and_shutdown", pool_claim_and_shutdown, 2, 0 },
    { "pool/claim_and_shutdown_wait", pool_claim_and_shutdown_wait, 2, 0 },
    { "pool/nested", pool_nested, 2, EX_TSO },
    { "pool/nested_biased", pool_nested_biased, 2, EX_TSO },
    { "pool/nested_biased_stolen", pool_nested_biased_stolen, 2, EX_TSO },
    { "pool/nested_again_stolen", pool_nested_again_stolen, 2, 0 },
    { "pool/nested_three_biased", pool_nested_three_biased, 2, 0 },
    { "pool/nested_stolen", pool_nested_stolen, 2, EX_TSO },
    { "pool/nested_two_biased", pool_nested_two_biased, 2, EX_TSO },
    { "pool/nested_two_stolen", pool_nested_two_stolen, 2, 0 },
    { "pool/leapfrog", pool_leapfrog, 2, 0 },
    { "pool/leapfrog_two", pool_leapfrog_two, 2, 0 },
    { "pool/leapfrog_late", pool_leapfrog_late, 2, 0 },
    { "pool/private_result", pool_private_result, 2, EX_TSO },
    { "pool/private_timeout", pool_private_timeout, 2, EX_TSO },
    { "pool/private_cancel", pool_private_cancel, 2, EX_TSO },
    { "pool/private_callback", pool_private_callback, 2, EX_TSO },
    { "pool/private_set", pool_private_set, 2, EX_TSO },
    { "pool/private_look", pool_private_look, 2, EX_TSO },
    { "pool/private_shutdown", pool_private_shutdown, 2, EX_TSO },
    { "pool/private_two_interests", pool_private_two_interests, 2, 0 },
    { "pool/inside_and_await", pool_inside_and_await, 3, EX_TSO },
    { "pool/inside_and_cancel", pool_inside_and_cancel, 3, EX_TSO },
    { "pool/inside_and_watch", pool_inside_and_watch, 3, EX_TSO },
    { "pool/visitor", pool_visitor, 2, EX_TSO },
    { "pool/visitor_cancels", pool_visitor_cancels, 2, EX_TSO },
    { "pool/thief", pool_thief, 2, 0 },
    { "pool/thief_goes_to_rest", pool_thief_goes_to_rest, 2, EX_TSO },
    { "pool/thief_needed", pool_thief_needed, 2, 0 },
    { "pool/thief_carries_cancelled", pool_thief_carries_cancelled, 2, 0 },
    { "pool/thief_of_rested", pool_thief_of_rested, 2, 0 },
    { "pool/thief_carries", pool_thief_carries, 2, 0 },
    { "pool/thief_and_shutdown", pool_thief_and_shutdown, 2, 0 },
    { "pool/thief_and_claimer", pool_thief_and_claimer, 2, 0 },
    { "pool/circle", pool_circle, 2, 0 },
    { "pool/set_inside_biased", pool_set_inside_biased, 2, EX_TSO },
    { "pool/set_inside", pool_set_inside, 2, 0 },
    { "pool/set_outside", pool_set_outside, 2, 0 },
    { "pool/bounded", pool_bounded, 2, 0 },
    { "pool/bounded_two_submitters", pool_bounded_two_submitters, 2, 0 },
    { "pool/bounded_three_submitters", pool_bounded_three_submitters, 2, EX_LONG },
    { "pool/bounded_cancel", pool_bounded_cancel, 2, 0 },
    { "pool/bounded_shutdown", pool_bounded_shutdown, 2, 0 },
    { "pool/initializer_fails", pool_initializer_fails, 2, 0 },
    { "pool/initializer_fails_for_two", pool_initializer_fails_for_two, 2, 0 },
    { "pool/initializer_fails_bounded", pool_initializer_fails_bounded, 2, 0 },
    { "pool/initializer_fails_and_shutdown", pool_initializer_fails_and_shutdown, 2, 0 },
    { "pool/without_threads", pool_without_threads, 2, EX_NO_START },
    { "pool/two_without_threads", pool_two_without_threads, 2, EX_NO_START | EX_LONG },
    { "pool/map", pool_map, 2, 0 },
    { "pool/map_2", pool_map_2, 2, 0 },
    { "pool/map_fails", pool_map_fails, 2, 0 },
    { "pool/map_in_time", pool_map_in_time, 2, 0 },
    { "pool/map_in_map", pool_map_in_map, 1, 0 },
    { "pool/shutdown_by_callback", pool_shutdown_by_callback, 2, EX_TSO },
    { "pool/shutdown_by_cancelled", pool_shutdown_by_cancelled, 2, EX_TSO },
    { "pool/shutdown_no_wait_starts", pool_shutdown_no_wait_starts, 2, EX_LONG },
    { "pool/bounded_inside", pool_bounded_inside, 2, 0 },
    { "pool/map_by_an_executor", pool_map_by_an_executor, 3, EX_TSO },
    { "pool/map_by_an_executor_5", pool_map_by_an_executor_5, 3, 0 },
    { "pool/relieve", pool_relieve, 2, 0 },
};
