/* Scenarios of the port room: the lock of one word, and parking itself. */

struct port_lock {
    uintptr_t lock;
    unsigned inside, entered;
};

static void port_enter(void *arg)
{
    struct port_lock *l = (struct port_lock *)arg;
    pyfi_port_lock(&l->lock);
    EXPECT(l->inside++ == 0);
    (void)__atomic_load_n(&l->entered, __ATOMIC_ACQUIRE); /* where another one may come in */
    l->entered++;
    l->inside--;
    pyfi_port_unlock(&l->lock);
}

static void port_lock_by(int threads)
{
    struct port_lock l = { 0, 0, 0 };
    for (int i = 1; i < threads; i++) (void)ex_go(port_enter, &l);
    port_enter(&l);
    ex_join();
    EXPECT(l.entered == (unsigned)threads && l.lock == 0);
}

static void port_lock_2(void) { port_lock_by(2); }
static void port_lock_3(void) { port_lock_by(3); }
static void port_lock_4(void) { port_lock_by(4); }

static void port_enter_twice(void *arg)
{
    port_enter(arg);
    port_enter(arg);
}

static void port_lock_again(void)
{
    struct port_lock l = { 0, 0, 0 };
    (void)ex_go(port_enter_twice, &l);
    port_enter_twice(&l);
    ex_join();
    EXPECT(l.entered == 4);
}

/* The last one out frees what the lock is in. */
struct port_counted {
    uintptr_t lock;
    unsigned refs;
};

static void port_put(void *arg)
{
    struct port_counted *c = (struct port_counted *)arg;
    bool last;
    pyfi_port_lock(&c->lock);
    last = --c->refs == 0;
    pyfi_port_unlock(&c->lock);
    if (last) ex_free(c);
}

static void port_lock_freed_by(unsigned threads)
{
    struct port_counted *c = EX_NEW(struct port_counted);
    c->refs = threads;
    for (unsigned i = 1; i < threads; i++) (void)ex_go(port_put, c);
    port_put(c);
    ex_join();
}

static void port_lock_freed_2(void) { port_lock_freed_by(2); }
static void port_lock_freed_3(void) { port_lock_freed_by(3); }

static void port_give(void *p) { pyfi_port_unpark((pyfi_port_parker *)p); }

/* A timeout and the token race; the token is never lost. */
static void port_park_or_time_out(void)
{
    pyfi_port_parker p;
    pyfi_port_parker_init(&p);
    (void)ex_go(port_give, &p);
    if (!pyfi_port_park(&p, 5)) {
        EXPECT(pyf_now_ms() >= 1005);
        EXPECT(pyfi_port_park(&p, PYF_FOREVER));
    }
    EXPECT(!pyfi_port_park(&p, PYF_NOW));
    ex_join();
    pyfi_port_parker_fini(&p);
}

/* What a port need not have: a clock for the time of day. And what it must tell. */
static void port_without_time_of_day(void)
{
    EXPECT(pyf_datetime_status(pyf_datetime_utcnow()) == PYF_OS_ERROR);
    EXPECT(pyfi_port_cpu_count() == 1 && pyf_now_ms() == 1000);
}

static const struct ex_scenario port_scenarios[] = {
    { "port/lock_2", port_lock_2, 4, EX_TSO },
    { "port/lock_3", port_lock_3, 3, EX_TSO },
    { "port/lock_4", port_lock_4, 2, 0 },
    { "port/lock_again", port_lock_again, 3, 0 },
    { "port/lock_freed_2", port_lock_freed_2, 4, EX_TSO },
    { "port/lock_freed_3", port_lock_freed_3, 3, EX_TSO },
    { "port/without_time_of_day", port_without_time_of_day, 1, 0 },
    { "port/park_or_time_out", port_park_or_time_out, 4, EX_TSO },
};
