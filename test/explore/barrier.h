/* Scenarios of the barrier. */

static pyf_barrier barrier_b;
static unsigned barrier_went, barrier_failed, barrier_indices, barrier_actions;

static void barrier_setup(unsigned parties)
{
    EXPECT(pyf_barrier_init(&barrier_b, .parties = parties) == PYF_OK);
    barrier_went = barrier_failed = barrier_indices = barrier_actions = 0;
}

/* Python's statuses, and nothing else; who goes has an index of his own. */
static pyf_status barrier_meet(int64_t timeout_ms)
{
    unsigned index = 99;
    pyf_status st = pyf_barrier_wait(&barrier_b, timeout_ms, &index);
    if (st == PYF_OK) {
        EXPECT(index < pyf_barrier_parties(&barrier_b));
        barrier_went++;
        barrier_indices += index;
    } else {
        EXPECT(st == PYF_BROKEN_BARRIER_ERROR && index == 99);
        barrier_failed++;
    }
    return st;
}

static void barrier_party(void *unused)
{
    (void)unused;
    (void)barrier_meet(PYF_FOREVER);
}

static void barrier_twice(void *unused)
{
    barrier_party(unused);
    barrier_party(unused);
}

static void barrier_hurried(void *unused)
{
    (void)unused;
    (void)barrier_meet(5);
}

static void barrier_aborter(void *unused)
{
    (void)unused;
    pyf_barrier_abort(&barrier_b);
}

static void barrier_resetter(void *unused)
{
    (void)unused;
    pyf_barrier_reset(&barrier_b);
}

static void barrier_watcher(void *unused)
{
    (void)unused;
    EXPECT(pyf_barrier_n_waiting(&barrier_b) <= pyf_barrier_parties(&barrier_b));
    (void)pyf_barrier_broken(&barrier_b);
}

static void barrier_action(void *unused)
{
    (void)unused;
    barrier_actions++;
}

static pyf_status barrier_try_action(void *unused)
{
    (void)unused;
    barrier_actions++;
    return 7;
}

static void barrier_abort_action(void *unused)
{
    (void)unused;
    barrier_actions++;
    pyf_barrier_abort(&barrier_b);
}

static void barrier_all_went(unsigned n, unsigned rounds)
{
    EXPECT(barrier_went == n * rounds && barrier_failed == 0);
    EXPECT(barrier_indices == rounds * (n * (n - 1) / 2));
    EXPECT(pyf_barrier_n_waiting(&barrier_b) == 0 && !pyf_barrier_broken(&barrier_b));
}

static void barrier_two_meet(void)
{
    barrier_setup(2);
    (void)ex_go(barrier_party, NULL);
    barrier_party(NULL);
    ex_join();
    barrier_all_went(2, 1);
}

static void barrier_three_meet(void)
{
    barrier_setup(3);
    (void)ex_go(barrier_party, NULL);
    (void)ex_go(barrier_party, NULL);
    barrier_party(NULL);
    ex_join();
    barrier_all_went(3, 1);
}

static void barrier_two_meet_twice(void)
{
    barrier_setup(2);
    (void)ex_go(barrier_twice, NULL);
    barrier_twice(NULL);
    ex_join();
    barrier_all_went(2, 2);
}

static void barrier_three_meet_twice(void)
{
    barrier_setup(3);
    (void)ex_go(barrier_twice, NULL);
    (void)ex_go(barrier_twice, NULL);
    barrier_twice(NULL);
    ex_join();
    barrier_all_went(3, 2);
}

/* The last party frees the barrier as soon as its own wait is over. */
static void barrier_counted_party(void *arg)
{
    struct barrier_shared {
        pyf_barrier b;
        unsigned left;
    } *s = (struct barrier_shared *)arg;
    EXPECT(pyf_barrier_wait(&s->b, PYF_FOREVER, NULL) == PYF_OK);
    if (__atomic_fetch_add(&s->left, (unsigned)-1, __ATOMIC_SEQ_CST) == 1) ex_free(s);
}

static void barrier_freed_by_the_last(void)
{
    struct {
        pyf_barrier b;
        unsigned left;
    } *s = ex_new(sizeof *s);
    EXPECT(pyf_barrier_init(&s->b, .parties = 3) == PYF_OK);
    s->left = 3;
    (void)ex_go(barrier_counted_party, s);
    (void)ex_go(barrier_counted_party, s);
    barrier_counted_party(s);
    ex_join();
}

static void barrier_wait_and_abort(void)
{
    barrier_setup(2);
    (void)ex_go(barrier_aborter, NULL);
    barrier_party(NULL);
    EXPECT(barrier_failed == 1 && pyf_barrier_broken(&barrier_b));
    ex_join();
    EXPECT(pyf_barrier_broken(&barrier_b));
    EXPECT(pyf_barrier_wait(&barrier_b, PYF_FOREVER, NULL) == PYF_BROKEN_BARRIER_ERROR);
}

static void barrier_two_wait_and_abort(void)
{
    barrier_setup(2);
    (void)ex_go(barrier_aborter, NULL);
    (void)ex_go(barrier_party, NULL);
    barrier_party(NULL);
    ex_join();
    EXPECT(barrier_went + barrier_failed == 2 && barrier_went != 1);
    EXPECT(pyf_barrier_broken(&barrier_b));
}

/* A reset that comes too early frees nobody: then the parties are short of one for ever. */
static void barrier_wait_and_reset(void)
{
    barrier_setup(2);
    (void)ex_go(barrier_resetter, NULL);
    barrier_hurried(NULL);
    ex_join();
    EXPECT(barrier_failed == 1);
}

static void barrier_two_wait_and_reset(void)
{
    barrier_setup(2);
    (void)ex_go(barrier_resetter, NULL);
    (void)ex_go(barrier_hurried, NULL);
    barrier_hurried(NULL);
    ex_join();
    EXPECT(barrier_went == 0 || barrier_went == 2);
    EXPECT(pyf_barrier_n_waiting(&barrier_b) == 0);
}

static void barrier_abort_and_reset(void)
{
    barrier_setup(2);
    (void)ex_go(barrier_aborter, NULL);
    (void)ex_go(barrier_resetter, NULL);
    barrier_hurried(NULL);
    ex_join();
    EXPECT(barrier_failed == 1 && pyf_barrier_n_waiting(&barrier_b) == 0);
}

static void barrier_one_times_out(void)
{
    barrier_setup(2);
    barrier_hurried(NULL);
    EXPECT(barrier_failed == 1 && pyf_barrier_broken(&barrier_b) && ex.clock == 1005);
}

static void barrier_timeout_or_not(void)
{
    barrier_setup(2);
    (void)ex_go(barrier_hurried, NULL);
    barrier_party(NULL);
    ex_join();
    EXPECT(barrier_went == 2 || barrier_failed == 2);
    EXPECT(pyf_barrier_broken(&barrier_b) == (barrier_failed == 2));
}

static void barrier_two_time_out(void)
{
    barrier_setup(3);
    (void)ex_go(barrier_hurried, NULL);
    (void)ex_go(barrier_hurried, NULL);
    barrier_party(NULL);
    ex_join();
    EXPECT(barrier_went == 3 || barrier_failed == 3);
}

static void barrier_timeout_and_abort(void)
{
    barrier_setup(2);
    (void)ex_go(barrier_aborter, NULL);
    barrier_hurried(NULL);
    ex_join();
    EXPECT(barrier_failed == 1 && pyf_barrier_broken(&barrier_b));
}

static void barrier_timeout_and_reset(void)
{
    barrier_setup(3);
    (void)ex_go(barrier_resetter, NULL);
    (void)ex_go(barrier_hurried, NULL);
    barrier_hurried(NULL);
    ex_join();
    EXPECT(barrier_failed == 2);
}

static void barrier_with_action(void)
{
    barrier_setup(2);
    EXPECT(pyf_barrier_init(&barrier_b, .parties = 2, .action = barrier_action) == PYF_OK);
    (void)ex_go(barrier_twice, NULL);
    barrier_twice(NULL);
    ex_join();
    barrier_all_went(2, 2);
    EXPECT(barrier_actions == 2);
}

/* Once all have come it is too late for a timeout, however long the action takes. */
static void barrier_action_in_time(void)
{
    barrier_setup(2);
    EXPECT(pyf_barrier_init(&barrier_b, .parties = 2, .action = barrier_action) == PYF_OK);
    (void)ex_go(barrier_hurried, NULL);
    barrier_hurried(NULL);
    ex_join();
    EXPECT(barrier_went == 2 * barrier_actions && barrier_went + barrier_failed == 2);
}

static void barrier_three_with_action(void)
{
    barrier_setup(3);
    EXPECT(pyf_barrier_init(&barrier_b, .parties = 3, .action = barrier_action) == PYF_OK);
    (void)ex_go(barrier_party, NULL);
    (void)ex_go(barrier_party, NULL);
    barrier_party(NULL);
    ex_join();
    barrier_all_went(3, 1);
    EXPECT(barrier_actions == 1);
}

static void barrier_failing_action(void)
{
    pyf_status st;
    barrier_setup(2);
    EXPECT(pyf_barrier_init(&barrier_b, .parties = 2, .try_action = barrier_try_action) == PYF_OK);
    (void)ex_go(barrier_party, NULL);
    ex_settle();
    st = pyf_barrier_wait(&barrier_b, PYF_FOREVER, NULL);
    ex_join();
    EXPECT(st == 7 && barrier_failed == 1 && barrier_actions == 1);
    EXPECT(pyf_barrier_broken(&barrier_b));
}

/* Whose action fails is told so, also if somebody breaks the barrier meanwhile. */
static void barrier_failing_action_and_abort(void)
{
    pyf_status st;
    barrier_setup(2);
    EXPECT(pyf_barrier_init(&barrier_b, .parties = 2, .try_action = barrier_try_action) == PYF_OK);
    (void)ex_go(barrier_party, NULL);
    ex_settle();
    (void)ex_go(barrier_aborter, NULL);
    st = pyf_barrier_wait(&barrier_b, PYF_FOREVER, NULL);
    ex_join();
    EXPECT(st == (barrier_actions == 1 ? 7 : PYF_BROKEN_BARRIER_ERROR) && barrier_failed == 1);
    EXPECT(pyf_barrier_broken(&barrier_b));
}

/* The barrier's own timeout is for those who give none. */
static void barrier_default_timeout(void)
{
    barrier_setup(2);
    EXPECT(pyf_barrier_init(&barrier_b, .parties = 2, .timeout_ms = 5) == PYF_OK);
    (void)ex_go(barrier_party, NULL);
    barrier_party(NULL);
    ex_join();
    EXPECT(barrier_went == 2 || (barrier_failed == 2 && ex.clock >= 1005));
    EXPECT(pyf_barrier_broken(&barrier_b) == (barrier_failed == 2));
}

static void barrier_action_and_abort(void)
{
    barrier_setup(2);
    EXPECT(pyf_barrier_init(&barrier_b, .parties = 2, .action = barrier_action) == PYF_OK);
    (void)ex_go(barrier_party, NULL);
    (void)ex_go(barrier_aborter, NULL);
    barrier_party(NULL);
    ex_join();
    EXPECT(barrier_went + barrier_failed == 2 && pyf_barrier_broken(&barrier_b));
}

static void barrier_action_and_reset(void)
{
    barrier_setup(2);
    EXPECT(pyf_barrier_init(&barrier_b, .parties = 2, .action = barrier_action) == PYF_OK);
    (void)ex_go(barrier_hurried, NULL);
    (void)ex_go(barrier_resetter, NULL);
    barrier_hurried(NULL);
    ex_join();
    EXPECT(barrier_went + barrier_failed == 2 && pyf_barrier_n_waiting(&barrier_b) == 0);
}

static void barrier_action_aborts(void)
{
    barrier_setup(2);
    EXPECT(pyf_barrier_init(&barrier_b, .parties = 2, .action = barrier_abort_action) == PYF_OK);
    (void)ex_go(barrier_party, NULL);
    barrier_party(NULL);
    ex_join();
    EXPECT(barrier_failed == 2 && pyf_barrier_broken(&barrier_b));
}

/* Three parties for two places: one comes while the action runs and belongs to the next round. */
static void barrier_late_while_acting(void)
{
    barrier_setup(2);
    EXPECT(pyf_barrier_init(&barrier_b, .parties = 2, .action = barrier_action) == PYF_OK);
    (void)ex_go(barrier_party, NULL);
    (void)ex_go(barrier_party, NULL);
    (void)ex_go(barrier_party, NULL);
    barrier_party(NULL);
    ex_join();
    barrier_all_went(2, 2);
    EXPECT(barrier_actions == 2);
}

static void barrier_late_times_out(void)
{
    barrier_setup(2);
    EXPECT(pyf_barrier_init(&barrier_b, .parties = 2, .action = barrier_action) == PYF_OK);
    (void)ex_go(barrier_hurried, NULL);
    (void)ex_go(barrier_hurried, NULL);
    barrier_hurried(NULL);
    ex_join();
    EXPECT(barrier_went + barrier_failed == 3 && pyf_barrier_n_waiting(&barrier_b) == 0);
}

static void barrier_watched(void)
{
    barrier_setup(2);
    (void)ex_go(barrier_watcher, NULL);
    (void)ex_go(barrier_party, NULL);
    barrier_party(NULL);
    ex_join();
    barrier_all_went(2, 1);
}

static void barrier_alone(void)
{
    barrier_setup(1);
    (void)ex_go(barrier_party, NULL);
    barrier_party(NULL);
    ex_join();
    barrier_all_went(1, 2);
}

static const struct ex_scenario barrier_scenarios[] = {
    { "barrier/alone", barrier_alone, 3, EX_TSO },
    { "barrier/two_meet", barrier_two_meet, 3, EX_TSO },
    { "barrier/three_meet", barrier_three_meet, 2, EX_TSO },
    { "barrier/two_meet_twice", barrier_two_meet_twice, 3, EX_TSO },
    { "barrier/three_meet_twice", barrier_three_meet_twice, 2, 0 },
    { "barrier/freed_by_the_last", barrier_freed_by_the_last, 2, EX_TSO },
    { "barrier/wait_and_abort", barrier_wait_and_abort, 3, EX_TSO },
    { "barrier/two_wait_and_abort", barrier_two_wait_and_abort, 2, EX_TSO },
    { "barrier/wait_and_reset", barrier_wait_and_reset, 3, EX_TSO },
    { "barrier/two_wait_and_reset", barrier_two_wait_and_reset, 2, EX_TSO },
    { "barrier/abort_and_reset", barrier_abort_and_reset, 2, EX_TSO },
    { "barrier/one_times_out", barrier_one_times_out, 3, 0 },
    { "barrier/timeout_or_not", barrier_timeout_or_not, 3, EX_TSO },
    { "barrier/two_time_out", barrier_two_time_out, 2, 0 },
    { "barrier/timeout_and_abort", barrier_timeout_and_abort, 3, EX_TSO },
    { "barrier/timeout_and_reset", barrier_timeout_and_reset, 2, 0 },
    { "barrier/with_action", barrier_with_action, 2, EX_TSO },
    { "barrier/action_in_time", barrier_action_in_time, 3, EX_TSO },
    { "barrier/three_with_action", barrier_three_with_action, 2, 0 },
    { "barrier/failing_action", barrier_failing_action, 3, EX_TSO },
    { "barrier/failing_action_and_abort", barrier_failing_action_and_abort, 2, EX_TSO },
    { "barrier/default_timeout", barrier_default_timeout, 3, EX_TSO },
    { "barrier/action_and_abort", barrier_action_and_abort, 2, 0 },
    { "barrier/action_and_reset", barrier_action_and_reset, 2, 0 },
    { "barrier/action_aborts", barrier_action_aborts, 3, EX_TSO },
    { "barrier/late_while_acting", barrier_late_while_acting, 2, 0 },
    { "barrier/late_times_out", barrier_late_times_out, 2, 0 },
    { "barrier/watched", barrier_watched, 2, 0 },
};
