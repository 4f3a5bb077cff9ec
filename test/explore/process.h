/* Scenarios of the process pool: its processes are coroutines (kernel.h). */

/* ---- fork: the child gets its own copy of the pool, and shares the rest ---- */

struct process_born {
    struct pyfi_futures_proc *pool;
    struct pyfi_futures_proc_worker *worker;
    int socket;
};

static void process_child(void *memory)
{
    struct process_born *b = (struct process_born *)memory;
    pyfi_futures_proc_child(b->pool, b->worker, b->socket);
}

static pid_t process_fork(struct pyfi_futures_proc *p, struct pyfi_futures_proc_worker *w,
                          int socket)
{
    struct process_born *b;
    struct pyfi_futures_proc *copy;
    kernel_enter();
    if (kernel_fails(EX_NO_START, EAGAIN, "cannot fork")) return -1;
    b = (struct process_born *)ex_new(sizeof *b + p->size);
    copy = (struct pyfi_futures_proc *)(void *)(b + 1);
    memcpy(copy, p, p->size);
    copy->workers = (struct pyfi_futures_proc_worker *)(void *)(copy + 1);
    b->pool = copy;
    b->worker = copy->workers + (w - p->workers);
    b->socket = socket;
    return kernel_fork(process_child, b);
}

/* ---- tasks ---- */

static PYF_TASK(int, process_twice, (int, x)) { return 2 * x; }

static pyf_status process_status(void *arg) { return *(int *)arg; }

static bool process_never(const void *event) { return event == NULL && ex.clock < 0; }

/* For ever, until it is killed. */
static pyf_status process_hangs(void *arg)
{
    (void)arg;
    (void)ex_wait(process_never, NULL, INT64_MAX);
    return PYF_OK;
}

static pyf_status process_dies(void *arg)
{
    (void)arg;
    kernel_exit();
}

/* Where others may come in. */
static pyf_status process_slow(void *arg)
{
    ex_point();
    ex_note(ex.me, 12);
    return *(int *)arg;
}

/* The first time it is run it dies. */
static pyf_status process_dies_once(void *arg)
{
    uint32_t *often = *(uint32_t **)arg;
    if (pyfi_port_add_u32(often, 1) == 0) kernel_exit();
    return 7;
}

/* Must not be run again. */
static pyf_status process_counts(void *arg)
{
    uint32_t *often = *(uint32_t **)arg;
    EXPECT(pyfi_port_add_u32(often, 1) == 0);
    return 7;
}

static pyf_status process_bad(void *arg)
{
    (void)arg;
    return 9;
}

/* ---- pools ---- */

enum { PROCESS_BYTES = 128 };

#define PROCESS_POOL(...) \
    process_pool(&(pyf_process_pool_options){ .max_task_bytes = PROCESS_BYTES, __VA_ARGS__ })

/* A pool whose workers and manager sleep. */
static pyf_executor *process_pool(const pyf_process_pool_options *o)
{
    pyf_executor *pool;
    ex_calm();
    pool = pyf_process_pool_executor_with(o);
    EXPECT(pool != NULL && pyf_process_pool_workers(pool) == o->max_workers);
    ex_settle();
    ex_storm();
    return pool;
}

static void process_close(pyf_executor *pool)
{
    const struct pyfi_futures_proc *p = pyfi_futures_proc_of(pool);
    uint32_t idle = 0;
    int64_t begun;
    ex_settle();
    ex_calm();
    for (uint32_t i = 0; i < p->max; i++)
        idle += p->workers[i].state == PYFI_FUTURES_PROC_LIVE && p->workers[i].live == 0;
    EXPECT(p->idle == idle && p->guests == 0);
    begun = ex.clock;
    EXPECT(pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT) == PYF_OK);
    EXPECT(ex.clock < begun + PYFI_FUTURES_PROC_LAST_WORDS_MS); /* nobody had to be killed */
    ex_storm();
}

struct process_job {
    pyf_executor *pool;
    pyf_future f;
    pyf_done_callback cb;
    unsigned calls;
    int st;
};

static struct process_job *process_new(pyf_executor *pool, int st)
{
    struct process_job *j = EX_NEW(struct process_job);
    j->pool = pool;
    j->st = st;
    return j;
}

static void process_submit(struct process_job *j, pyf_callable fn)
{
    EXPECT(pyf_executor_submit_copy(j->pool, &j->f, fn, &j->st, sizeof j->st) == PYF_OK);
}

static struct process_job *process_job(pyf_executor *pool, pyf_callable fn, int st)
{
    struct process_job *j = process_new(pool, st);
    process_submit(j, fn);
    return j;
}

static void process_await(void *arg)
{
    struct process_job *j = (struct process_job *)arg;
    EXPECT(pyf_future_result(&j->f, PYF_FOREVER) == j->st);
}

static void process_await_either(struct process_job *j, int other)
{
    pyf_status st = pyf_future_result(&j->f, PYF_FOREVER);
    EXPECT(st == j->st || st == other);
}

/* The worker so many, from outside. */
static void process_murder(int worker)
{
    kernel_enter();
    kernel_doom(&kernel.processes[1 + worker]);
}

static void process_murder_first(void *unused)
{
    (void)unused;
    process_murder(0);
}

/* ---- one task ---- */

static void process_one(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *j = process_job(pool, process_status, 7);
    process_await(j);
    ex_free(j);
    process_close(pool);
}

static void process_typed(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    process_twice_future *f = EX_NEW(process_twice_future);
    int result = 0;
    EXPECT(process_twice_submit(pool, f, 21) == PYF_OK);
    EXPECT(process_twice_result(f, PYF_FOREVER, &result) == PYF_OK && result == 42);
    ex_free(f);
    process_close(pool);
}

/* While the worker and the manager come up. */
static void process_right_behind(void)
{
    pyf_executor *pool =
        pyf_process_pool_executor(.max_workers = 1, .max_task_bytes = PROCESS_BYTES);
    struct process_job *j;
    EXPECT(pool != NULL);
    j = process_job(pool, process_status, 7);
    process_await(j);
    ex_free(j);
    process_close(pool);
}

/* While they go to sleep again. */
static void process_one_after_the_other(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    for (int st = 7; st < 9; st++) {
        struct process_job *j = process_job(pool, process_status, st);
        process_await(j);
        ex_free(j);
    }
    process_close(pool);
}

static void process_wait_5(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *j = process_job(pool, process_slow, 7);
    pyf_status st = pyf_future_result(&j->f, 5);
    EXPECT(st == 7 || (st == PYF_TIMEOUT_ERROR && ex.clock >= 1005));
    process_await(j);
    ex_free(j);
    process_close(pool);
}

static void process_two_wait(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *j = process_job(pool, process_slow, 7);
    (void)ex_go(process_await, j);
    process_await(j);
    ex_join();
    ex_free(j);
    process_close(pool);
}

/* Nobody waits in a call of the room: the manager has to end it. */
static void process_called(pyf_future *f, void *arg)
{
    struct process_job *j = (struct process_job *)arg;
    EXPECT(f == &j->f && pyf_future_result(f, PYF_NOW) == j->st);
    j->calls++;
}

static void process_callback(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *j = process_job(pool, process_status, 7);
    j->cb.fn = process_called;
    j->cb.ctx = j;
    EXPECT(pyf_future_add_done_callback(&j->f, &j->cb) == PYF_OK);
    ex_settle();
    EXPECT(pyf_future_done(&j->f) && j->calls == 1);
    ex_free(j);
    process_close(pool);
}

/* ---- two tasks ---- */

static void process_two(unsigned workers, pyf_callable fn)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = workers);
    struct process_job *a = process_job(pool, fn, 7), *b = process_job(pool, fn, 8);
    process_await(a);
    ex_free(a);
    process_await(b);
    ex_free(b);
    process_close(pool);
}

static void process_two_by_one(void) { process_two(1, process_status); }
static void process_two_by_two(void) { process_two(2, process_status); }

static void process_submit_and_await(void *arg)
{
    struct process_job *j = (struct process_job *)arg;
    process_submit(j, process_status);
    process_await(j);
    ex_free(j);
}

static void process_two_submit(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    (void)ex_go(process_submit_and_await, process_new(pool, 7));
    process_submit_and_await(process_new(pool, 8));
    ex_join();
    process_close(pool);
}

/* A worker that has shown to be quick gets more than one at a time, up to a whole ring. */
static pyf_executor *process_quick_pool(unsigned workers)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = workers);
    struct process_job *jobs[4];
    ex_calm();
    while (pyfi_futures_proc_of(pool)->workers[0].depth != PYFI_FUTURES_PROC_DEPTH) {
        for (int i = 0; i < 4; i++) jobs[i] = process_job(pool, process_status, i);
        ex_settle();
        for (int i = 0; i < 4; i++) {
            EXPECT(pyf_future_done(&jobs[i]->f));
            ex_free(jobs[i]);
        }
    }
    ex_storm();
    return pool;
}

/* What is queued goes to the ring of a worker that is busy, as if the manager had been awake; then
 * it is. */
static void process_deal(pyf_executor *pool)
{
    struct pyfi_futures_proc *p = pyfi_futures_proc_of(pool);
    pyfi_port_lock(&p->lock);
    pyfi_futures_proc_deal(p);
    pyfi_futures_proc_call_manager(p);
    pyfi_port_unlock(&p->lock);
}

/* Two tasks, one behind the other in one ring, and nobody has moved yet. */
static void process_two_in_a_ring(pyf_executor *pool, pyf_callable fn, struct process_job **a,
                                  struct process_job **b)
{
    ex_calm();
    *a = process_job(pool, process_status, 7);
    *b = process_job(pool, fn, 8);
    process_deal(pool);
    EXPECT(pyfi_futures_proc_of(pool)->workers[0].live == 2);
    ex_storm();
}

/* Each waits for one of the ring: whose result nobody watches is the manager's. */
static void process_ring(void)
{
    pyf_executor *pool = process_quick_pool(1);
    struct process_job *a, *b;
    process_two_in_a_ring(pool, process_status, &a, &b);
    process_await(b);
    ex_free(b);
    process_await(a);
    ex_free(a);
    process_close(pool);
}

static void process_ring_two_wait(void)
{
    pyf_executor *pool = process_quick_pool(1);
    struct process_job *a, *b;
    process_two_in_a_ring(pool, process_slow, &a, &b);
    (void)ex_go(process_await, a);
    process_await(b);
    ex_join();
    ex_free(a);
    ex_free(b);
    process_close(pool);
}

static void process_ring_nobody_waits(void)
{
    pyf_executor *pool = process_quick_pool(1);
    struct process_job *jobs[3];
    ex_calm();
    for (int i = 0; i < 3; i++) jobs[i] = process_job(pool, process_status, i);
    process_deal(pool);
    ex_storm();
    process_await(jobs[0]);
    ex_settle();
    for (int i = 0; i < 3; i++) {
        EXPECT(pyf_future_done(&jobs[i]->f));
        process_await(jobs[i]);
        ex_free(jobs[i]);
    }
    process_close(pool);
}

/* What stands behind a long task is taken back, and done by another worker. */
static void process_taken_back(void)
{
    pyf_executor *pool = process_quick_pool(2);
    struct process_job *jobs[3];
    ex_calm();
    jobs[0] = process_job(pool, process_hangs, 0);
    for (int i = 1; i < 3; i++) jobs[i] = process_job(pool, process_status, i);
    process_deal(pool);
    ex_storm();
    for (int i = 1; i < 3; i++) process_await(jobs[i]);
    ex_calm();
    process_murder(0); /* one of them is at it, or will be */
    process_murder(1);
    EXPECT(pyf_future_result(&jobs[0]->f, PYF_FOREVER) == PYF_BROKEN_EXECUTOR_ERROR);
    for (int i = 0; i < 3; i++) ex_free(jobs[i]);
    process_close(pool);
}

/* It may be taken back when it begins just then. */
static void process_taken_back_or_done(void)
{
    pyf_executor *pool = process_quick_pool(1);
    struct process_job *jobs[3];
    uint32_t *often[3];
    ex_calm();
    for (int i = 0; i < 3; i++) {
        jobs[i] = process_new(pool, 7);
        often[i] = EX_NEW(uint32_t);
        EXPECT(pyf_executor_submit_copy(pool, &jobs[i]->f, process_counts, &often[i],
                                        sizeof often[i]) == PYF_OK);
    }
    process_deal(pool);
    ex_sleep(PYFI_FUTURES_PROC_STUCK_MS);
    ex_storm();
    for (int i = 0; i < 3; i++) {
        process_await(jobs[i]);
        EXPECT(*often[i] == 1);
        ex_free(jobs[i]);
        ex_free(often[i]);
    }
    process_close(pool);
}

/* A whole ring is taken back before its worker has begun with it. */
static void process_ring_taken_back(void)
{
    enum { N = PYFI_FUTURES_PROC_DEPTH + 1 };
    pyf_executor *pool = process_quick_pool(1);
    struct process_job *jobs[N];
    ex_calm();
    for (int i = 0; i < N; i++) jobs[i] = process_job(pool, process_status, i);
    process_deal(pool);
    ex_storm();
    for (int i = 0; i < N; i++) {
        process_await(jobs[i]);
        ex_free(jobs[i]);
    }
    process_close(pool);
}

static void process_set(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 2);
    struct process_job *a = process_job(pool, process_status, 7);
    struct process_job *b = process_job(pool, process_status, 8);
    pyf_future_set *set = EX_NEW(pyf_future_set);
    int sum = 0;
    EXPECT(pyf_future_set_add(set, &a->f) == PYF_OK && pyf_future_set_add(set, &b->f) == PYF_OK);
    for (int i = 0; i < 2; i++) {
        pyf_future *f = pyf_as_completed(set, PYF_FOREVER);
        EXPECT(f != NULL);
        sum += pyf_future_result(f, PYF_NOW);
    }
    EXPECT(sum == 15);
    ex_free(set);
    ex_free(a);
    ex_free(b);
    process_close(pool);
}

static pyf_status process_add(void *item)
{
    *(int *)item += 10;
    return PYF_OK;
}

static void process_map(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 2);
    int items[3] = { 1, 2, 3 };
    EXPECT(pyf_executor_map(pool, process_add, items, 3, sizeof items[0], PYF_FOREVER) == PYF_OK);
    EXPECT(items[0] == 11 && items[1] == 12 && items[2] == 13);
    process_close(pool);
}

static pyf_status process_add_slowly(void *item)
{
    ex_point();
    ex_note(ex.me, 12);
    return process_add(item);
}

static void process_map_5(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    int items[3] = { 1, 2, 3 };
    pyf_status st = pyf_executor_map(pool, process_add_slowly, items, 3, sizeof items[0], 5);
    EXPECT(st == PYF_OK || (st == PYF_TIMEOUT_ERROR && ex.clock >= 1005));
    for (int i = 0; i < 3; i++)
        EXPECT(items[i] == 11 + i || (st != PYF_OK && items[i] == 1 + i));
    process_close(pool);
}

/* ---- the arena ---- */

static void process_borrow(void *pool)
{
    char *block = (char *)pyf_process_pool_alloc((pyf_executor *)pool, 64);
    EXPECT(block != NULL);
    memset(block, 7, 64);
    ex_point();
    ex_note(ex.me, 12);
    EXPECT(block[0] == 7 && block[63] == 7);
    memset(block, 0, 64);
    EXPECT(pyf_process_pool_free((pyf_executor *)pool, block) == PYF_OK);
}

static void process_arena(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1, .shared_bytes = 256);
    void *block;
    (void)ex_go(process_borrow, pool);
    process_borrow(pool);
    ex_join();
    block = pyf_process_pool_alloc(pool, 256); /* all of it again */
    EXPECT(block != NULL && pyf_process_pool_alloc(pool, 64) == NULL);
    EXPECT(pyf_process_pool_free(pool, block) == PYF_OK);
    process_close(pool);
}

/* ---- cancel ---- */

static void process_cancel_it(void *arg)
{
    struct process_job *j = (struct process_job *)arg;
    (void)pyf_future_cancel(&j->f);
}

/* The second stands in the queue, or is given out just then. */
static void process_cancel(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *a = process_job(pool, process_status, 7);
    struct process_job *b = process_job(pool, process_status, 8);
    (void)ex_go(process_cancel_it, b);
    process_await(a);
    process_await_either(b, PYF_CANCELLED_ERROR);
    ex_join();
    ex_free(a);
    ex_free(b);
    process_close(pool);
}

/* One that is being cancelled stands in the queue when the next one comes, and the worker is idle. */
static void process_cancel_and_submit(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *a, *b, *c = process_new(pool, 9);
    ex_calm();
    a = process_job(pool, process_status, 7);
    b = process_job(pool, process_status, 8);
    ex_storm();
    (void)ex_go(process_cancel_it, b);
    process_await(a);
    process_submit(c, process_status);
    process_await(c);
    ex_join();
    process_await_either(b, PYF_CANCELLED_ERROR);
    ex_free(a);
    ex_free(b);
    ex_free(c);
    process_close(pool);
}

static void process_cancel_and_shut_down(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *a = process_job(pool, process_status, 7);
    struct process_job *b = process_job(pool, process_status, 8);
    (void)ex_go(process_cancel_it, b);
    EXPECT(pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT | PYF_SHUTDOWN_CANCEL_FUTURES) == PYF_OK);
    EXPECT(pyf_future_done(&a->f));
    process_await_either(a, PYF_CANCELLED_ERROR);
    process_await_either(b, PYF_CANCELLED_ERROR);
    ex_join();
    ex_free(a);
    ex_free(b);
}

/* ---- shutdown ---- */

static void process_shutdown(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *a = process_job(pool, process_status, 7);
    struct process_job *b = process_job(pool, process_status, 8);
    EXPECT(pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT) == PYF_OK);
    EXPECT(pyf_future_done(&a->f) && pyf_future_done(&b->f));
    process_await(a);
    process_await(b);
    ex_free(a);
    ex_free(b);
}

static void process_shutdown_idle(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 2);
    EXPECT(pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT) == PYF_OK);
}

static void process_shutdown_at_once(void)
{
    pyf_executor *pool;
    ex_calm();
    pool = pyf_process_pool_executor(.max_workers = 1, .max_task_bytes = PROCESS_BYTES);
    EXPECT(pool != NULL);
    ex_storm();
    EXPECT(pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT) == PYF_OK);
}

static void process_shutdown_no_wait(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *j = process_job(pool, process_slow, 7);
    EXPECT(pyf_executor_shutdown(pool, 0) == PYF_OK);
    process_await(j);
    ex_free(j);
}

/* Another thread waits for the last task while the pool goes. */
static void process_await_and_shutdown(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *j = process_job(pool, process_slow, 7);
    (void)ex_go(process_await, j);
    EXPECT(pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT) == PYF_OK);
    ex_join();
    ex_free(j);
}

/* What ends while the pool shuts down submits another task, or is too late. */
static void process_submit_late(pyf_future *f, void *arg)
{
    struct process_job *j = (struct process_job *)arg;
    pyf_status st = pyf_executor_submit_copy(j->pool, &j->f, process_status, &j->st, sizeof j->st);
    (void)f;
    EXPECT(st == PYF_OK || st == PYF_RUNTIME_ERROR);
    j->calls = st == PYF_OK;
}

static void process_submit_and_shutdown(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *a = process_job(pool, process_status, 7), *b = process_new(pool, 8);
    a->cb.fn = process_submit_late;
    a->cb.ctx = b;
    EXPECT(pyf_future_add_done_callback(&a->f, &a->cb) == PYF_OK);
    EXPECT(pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT) == PYF_OK);
    EXPECT(pyf_future_done(&a->f) && (b->calls == 0 || pyf_future_done(&b->f)));
    if (b->calls != 0) process_await(b);
    ex_free(a);
    ex_free(b);
}

/* A callback shuts the pool down: it runs in the manager or in a thread that waits, or right here
 * if the future was done already. */
static void process_shut_down_inside(pyf_future *f, void *arg)
{
    struct process_job *j = (struct process_job *)arg;
    (void)f;
    EXPECT(pyf_executor_shutdown(j->pool, PYF_SHUTDOWN_WAIT) ==
           (pyfi_futures_inside(j->pool) ? PYF_DEADLOCK_ERROR : PYF_OK));
}

static void process_shutdown_inside(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *j = process_new(pool, 7);
    process_submit(j, process_status);
    j->cb.fn = process_shut_down_inside;
    j->cb.ctx = j;
    EXPECT(pyf_future_add_done_callback(&j->f, &j->cb) == PYF_OK);
    process_await(j);
    ex_settle();
    ex_free(j);
}

/* ---- death ---- */

static void process_death(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *j = process_job(pool, process_status, 7);
    (void)ex_go(process_murder_first, NULL);
    process_await_either(j, PYF_BROKEN_EXECUTOR_ERROR);
    ex_join();
    ex_free(j);
    process_close(pool);
}

/* Whom it has forked itself keeps its socket open. */
static void process_death_with_heirs(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *j = process_job(pool, process_hangs, PYF_BROKEN_EXECUTOR_ERROR);
    uint32_t heir = UINT32_C(1) << 31;
    for (int i = 0; i < kernel.n_ends; i++)
        if ((kernel.ends[i].holders & 2) != 0) kernel.ends[i].holders |= heir;
    (void)ex_go(process_murder_first, NULL);
    process_await(j);
    ex_join();
    ex_free(j);
    process_close(pool);
    for (int i = 0; i < kernel.n_ends; i++) kernel.ends[i].holders &= ~heir;
}

static void process_death_idle(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *j = process_new(pool, 7);
    pyf_status st;
    (void)ex_go(process_murder_first, NULL);
    st = pyf_executor_submit_copy(pool, &j->f, process_status, &j->st, sizeof j->st);
    EXPECT(st == PYF_OK || st == PYF_BROKEN_EXECUTOR_ERROR);
    if (st == PYF_OK) process_await_either(j, PYF_BROKEN_EXECUTOR_ERROR);
    ex_join();
    ex_free(j);
    process_close(pool);
}

/* Murdered at any moment; with restart and repetition nobody notices. */
static void process_death_repeated(void)
{
    pyf_executor *pool =
        PROCESS_POOL(.max_workers = 1, .restart_workers = true, .repeatable = true);
    struct process_job *j = process_job(pool, process_status, 7);
    (void)ex_go(process_murder_first, NULL);
    process_await(j);
    ex_join();
    ex_free(j);
    process_close(pool);
}

static void process_death_in_a_ring(void)
{
    pyf_executor *pool = process_quick_pool(1);
    struct process_job *a, *b;
    pyfi_futures_proc_of(pool)->restart = pyfi_futures_proc_of(pool)->repeatable = true;
    process_two_in_a_ring(pool, process_status, &a, &b);
    (void)ex_go(process_murder_first, NULL);
    process_await(a);
    process_await(b);
    ex_join();
    ex_free(a);
    ex_free(b);
    process_close(pool);
}

/* Without repetition it costs the one task that the worker was in the middle of, if any. */
static void process_death_costs_one(void)
{
    pyf_executor *pool = process_quick_pool(1);
    struct process_job *jobs[2];
    int lost = 0;
    pyfi_futures_proc_of(pool)->restart = true;
    ex_calm();
    for (int i = 0; i < 2; i++) jobs[i] = process_job(pool, process_status, i);
    process_deal(pool);
    (void)ex_go(process_murder_first, NULL);
    ex_storm();
    for (int i = 0; i < 2; i++) {
        process_await_either(jobs[i], PYF_BROKEN_EXECUTOR_ERROR);
        lost += pyf_future_result(&jobs[i]->f, PYF_NOW) == PYF_BROKEN_EXECUTOR_ERROR;
    }
    EXPECT(lost <= 1);
    ex_join();
    for (int i = 0; i < 2; i++) ex_free(jobs[i]);
    process_close(pool);
}

/* What it had done before counts. */
static void process_dies_behind_a_result(void)
{
    pyf_executor *pool = process_quick_pool(1);
    struct process_job *a, *b;
    process_two_in_a_ring(pool, process_dies, &a, &b);
    b->st = PYF_BROKEN_EXECUTOR_ERROR;
    process_await(b);
    process_await(a);
    ex_free(a);
    ex_free(b);
    process_close(pool);
}

static void process_dies_and_is_replaced(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1, .restart_workers = true);
    struct process_job *a = process_job(pool, process_dies, PYF_BROKEN_EXECUTOR_ERROR);
    struct process_job *b = process_job(pool, process_status, 8);
    process_await(a);
    process_await(b);
    ex_free(a);
    ex_free(b);
    process_close(pool);
}

static void process_dies_and_is_repeated(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1, .restart_workers = true);
    pyf_task_options options = { .repeatable = true };
    uint32_t *often = EX_NEW(uint32_t);
    struct process_job *j = process_new(pool, 7);
    EXPECT(pyf_executor_submit_copy_with(pool, &j->f, process_dies_once, &often, sizeof often,
                                         &options) == PYF_OK);
    process_await(j);
    EXPECT(*often == 2);
    ex_free(often);
    ex_free(j);
    process_close(pool);
}

/* The only worker dies: what is in the queue fails, and nothing is taken any more. */
static void process_last_dies(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *a = process_job(pool, process_dies, PYF_BROKEN_EXECUTOR_ERROR);
    struct process_job *b = process_new(pool, PYF_BROKEN_EXECUTOR_ERROR);
    if (pyf_executor_submit_copy(pool, &b->f, process_status, &b->st, sizeof b->st) == PYF_OK)
        process_await(b);
    process_await(a);
    EXPECT(pyf_executor_submit_copy(pool, &b->f, process_status, &b->st, sizeof b->st) ==
           PYF_BROKEN_EXECUTOR_ERROR);
    ex_free(b);
    ex_free(a);
    process_close(pool);
}

static void process_death_and_shutdown(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1);
    struct process_job *j = process_job(pool, process_status, 7);
    (void)ex_go(process_murder_first, NULL);
    EXPECT(pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT) == PYF_OK);
    EXPECT(pyf_future_done(&j->f));
    process_await_either(j, PYF_BROKEN_EXECUTOR_ERROR);
    ex_join();
    ex_free(j);
}

/* ---- time limits, and lives that end in time ---- */

static void process_time_limit(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1, .task_timeout_ms = 20);
    struct process_job *a = process_job(pool, process_hangs, PYF_TIMEOUT_ERROR);
    struct process_job *b = process_job(pool, process_status, 8);
    process_await(a);
    process_await_either(b, PYF_TIMEOUT_ERROR);
    ex_free(a);
    ex_free(b);
    process_close(pool);
}

/* The manager sleeps without a limit when one with a limit comes. */
static void process_time_limit_late(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 2);
    pyf_task_options options = { .timeout_ms = 20 };
    struct process_job *j = process_new(pool, PYF_TIMEOUT_ERROR);
    EXPECT(pyf_executor_submit_copy_with(pool, &j->f, process_hangs, &j->st, sizeof j->st,
                                         &options) == PYF_OK);
    process_await(j);
    ex_free(j);
    process_close(pool);
}

static void process_time_limit_or_done(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1, .task_timeout_ms = 20);
    struct process_job *j = process_job(pool, process_slow, 7);
    process_await_either(j, PYF_TIMEOUT_ERROR);
    ex_free(j);
    process_close(pool);
}

static void process_short_lives(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1, .max_tasks_per_child = 1);
    struct process_job *a = process_job(pool, process_status, 7);
    struct process_job *b = process_job(pool, process_status, 8);
    process_await(a);
    process_await(b);
    ex_free(a);
    ex_free(b);
    process_close(pool);
}

static void process_short_life(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1, .max_tasks_per_child = 1);
    struct process_job *j = process_job(pool, process_status, 7);
    process_await(j);
    ex_settle();
    EXPECT(kernel.n_processes == 3 && pyf_process_pool_workers(pool) == 1);
    ex_free(j);
    process_close(pool);
}

/* ---- what fails ---- */

static void process_refused(void)
{
    pyf_status st = PYF_OK;
    pyf_executor *pool = pyf_process_pool_executor(.max_workers = 2, .status = &st,
                                                   .max_task_bytes = PROCESS_BYTES);
    struct process_job *j;
    if (pool == NULL) {
        EXPECT(st == PYF_OS_ERROR || st == PYF_MEMORY_ERROR);
        return;
    }
    ex_calm();
    EXPECT(pyf_process_pool_workers(pool) >= 1);
    j = process_job(pool, process_status, 7);
    process_await(j);
    ex_free(j);
    process_close(pool);
}

static void process_replaced_late(void)
{
    pyf_executor *pool = PROCESS_POOL(.max_workers = 1, .restart_workers = true);
    struct process_job *j = process_job(pool, process_dies, PYF_BROKEN_EXECUTOR_ERROR);
    process_await(j);
    ex_free(j);
    j = process_job(pool, process_status, 8);
    process_await(j);
    ex_free(j);
    process_close(pool);
}

static void process_bad_initializer(void)
{
    pyf_executor *pool;
    struct process_job *j;
    pyf_status st;
    ex_calm();
    pool = pyf_process_pool_executor(.max_workers = 1, .max_task_bytes = PROCESS_BYTES,
                                     .initializer = process_bad, .restart_workers = true);
    EXPECT(pool != NULL);
    ex_storm();
    j = process_new(pool, PYF_BROKEN_EXECUTOR_ERROR);
    st = pyf_executor_submit_copy(pool, &j->f, process_status, &j->st, sizeof j->st);
    EXPECT(st == PYF_OK || st == PYF_BROKEN_EXECUTOR_ERROR);
    if (st == PYF_OK) process_await(j);
    EXPECT(kernel.n_processes == 2); /* it is not tried again */
    ex_free(j);
    process_close(pool);
}

static const struct ex_scenario process_scenarios[] = {
    { "process/one", process_one, 2, EX_TSO },
    { "process/typed", process_typed, 2, 0 },
    { "process/right_behind", process_right_behind, 2, EX_TSO },
    { "process/one_after_the_other", process_one_after_the_other, 2, EX_TSO },
    { "process/wait_5", process_wait_5, 2, 0 },
    { "process/two_wait", process_two_wait, 2, 0 },
    { "process/callback", process_callback, 2, EX_TSO },
    { "process/two_by_one", process_two_by_one, 2, EX_TSO },
    { "process/two_by_two", process_two_by_two, 2, EX_LONG },
    { "process/two_submit", process_two_submit, 2, EX_LONG },
    { "process/ring", process_ring, 2, 0 },
    { "process/ring_two_wait", process_ring_two_wait, 2, EX_LONG },
    { "process/ring_nobody_waits", process_ring_nobody_waits, 2, EX_TSO | EX_LONG },
    { "process/taken_back", process_taken_back, 2, EX_LONG },
    { "process/taken_back_or_done", process_taken_back_or_done, 2, EX_LONG },
    { "process/ring_taken_back", process_ring_taken_back, 1, EX_LONG },
    { "process/set", process_set, 2, EX_LONG },
    { "process/map", process_map, 2, EX_LONG },
    { "process/map_5", process_map_5, 2, EX_LONG },
    { "process/arena", process_arena, 2, 0 },
    { "process/cancel", process_cancel, 2, EX_LONG },
    { "process/cancel_and_submit", process_cancel_and_submit, 2, EX_LONG },
    { "process/cancel_and_shut_down", process_cancel_and_shut_down, 2, 0 },
    { "process/shutdown", process_shutdown, 2, 0 },
    { "process/shutdown_idle", process_shutdown_idle, 2, EX_TSO },
    { "process/shutdown_at_once", process_shutdown_at_once, 2, EX_TSO },
    { "process/shutdown_no_wait", process_shutdown_no_wait, 2, 0 },
    { "process/await_and_shutdown", process_await_and_shutdown, 2, EX_LONG },
    { "process/submit_and_shutdown", process_submit_and_shutdown, 2, 0 },
    { "process/shutdown_inside", process_shutdown_inside, 2, 0 },
    { "process/death", process_death, 2, 0 },
    { "process/death_with_heirs", process_death_with_heirs, 2, 0 },
    { "process/death_idle", process_death_idle, 2, 0 },
    { "process/death_repeated", process_death_repeated, 2, 0 },
    { "process/death_in_a_ring", process_death_in_a_ring, 2, EX_LONG },
    { "process/death_costs_one", process_death_costs_one, 2, EX_LONG },
    { "process/dies_behind_a_result", process_dies_behind_a_result, 2, 0 },
    { "process/dies_and_is_replaced", process_dies_and_is_replaced, 2, 0 },
    { "process/dies_and_is_repeated", process_dies_and_is_repeated, 2, 0 },
    { "process/last_dies", process_last_dies, 2, 0 },
    { "process/death_and_shutdown", process_death_and_shutdown, 2, 0 },
    { "process/time_limit", process_time_limit, 2, EX_LONG },
    { "process/time_limit_late", process_time_limit_late, 2, EX_LONG },
    { "process/time_limit_or_done", process_time_limit_or_done, 2, 0 },
    { "process/short_lives", process_short_lives, 2, EX_TSO | EX_LONG },
    { "process/short_life", process_short_life, 3, EX_TSO | EX_LONG },
    { "process/refused", process_refused, 2, EX_NO_START | EX_NO_MEMORY },
    { "process/replaced_late", process_replaced_late, 2, EX_NO_START | EX_LONG },
    { "process/bad_initializer", process_bad_initializer, 2, 0 },
    { "process/one_interrupted", process_one, 2, EX_SIGNALS },
    { "process/next_interrupted", process_one_after_the_other, 2, EX_SIGNALS },
    { "process/shutdown_interrupted", process_shutdown, 2, EX_SIGNALS },
    { "process/replaced_interrupted", process_dies_and_is_replaced, 2, EX_SIGNALS | EX_LONG },
};
