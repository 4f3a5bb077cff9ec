/* Scenarios of memoized functions: those with a lock, and those that compute each key once. */

/* All keys collide, and while two are compared, which is under the cache's lock, another thread may
 * try to come in. */
struct lru_key {
    uint32_t n;
};

static unsigned lru_inside, lru_point, lru_bodies, lru_failures;
static unsigned lru_ran[8], lru_computing[8], lru_depth[EX_THREADS];

static bool lru_equal(const struct lru_key *a, const struct lru_key *b)
{
    EXPECT(lru_inside++ == 0);
    (void)__atomic_load_n(&lru_point, __ATOMIC_ACQUIRE);
    lru_inside--;
    return a->n == b->n;
}

static uint64_t lru_hash(const struct lru_key *k)
{
    (void)k;
    return 7;
}

#define LRU_KEY PYF_KEY_EQ(struct lru_key, lru_equal, lru_hash)

/* What a thread that asks for the key n gets as its argument, and back. */
#define LRU_N(n) ((void *)(uintptr_t)(n))

static struct lru_key lru_key_of(void *arg)
{
    struct lru_key k;
    k.n = (uint32_t)(uintptr_t)arg;
    return k;
}

/* An empty cache: the last schedule may have been left in the middle. */
#define LRU_BEGIN(name) \
    (lru_begin(), (void)memset(&pyfi_lru_room_##name, 0, sizeof pyfi_lru_room_##name))

static void lru_begin(void)
{
    lru_inside = lru_bodies = 0;
    memset(lru_ran, 0, sizeof lru_ran);
    memset(lru_computing, 0, sizeof lru_computing);
    memset(lru_depth, 0, sizeof lru_depth);
}

/* A body runs, and others may meanwhile. */
static uint32_t lru_body(uint32_t n)
{
    lru_bodies++;
    lru_ran[n % 8]++;
    lru_computing[n % 8]++;
    (void)__atomic_load_n(&lru_point, __ATOMIC_ACQUIRE);
    lru_computing[n % 8]--;
    return 10 * n;
}

/* The same, but nobody else may be computing this key. */
static uint32_t lru_body_alone(uint32_t n)
{
    EXPECT(lru_computing[n] == 0);
    return lru_body(n);
}

/* What threads do: ask for their key, clear. */
#define LRU_THREADS(name) \
    static void ask_##name(void *arg) \
    { \
        EXPECT(name(lru_key_of(arg)) == 10 * lru_key_of(arg).n); \
    } \
    __attribute__((unused)) static void clear_##name(void *arg) \
    { \
        (void)arg; \
        name##_cache_clear(); \
    }

/* So many calls, each a hit or the run of a body. */
static void lru_counts(pyf_cache_info i, uint64_t calls, size_t size)
{
    EXPECT(i.hits + i.misses == calls && i.misses == lru_bodies && i.currsize == size);
}

/* ---- with a lock: two may compute the same key, and one result is kept ---- */

static PYF_LRU_CACHE(2, uint32_t, lru_pair, (LRU_KEY, k)) { return lru_body(k.n); }
static PYF_LRU_CACHE(1, uint32_t, lru_single, (LRU_KEY, k)) { return lru_body(k.n); }
static PYF_LRU_CACHE(0, uint32_t, lru_none, (LRU_KEY, k)) { return lru_body(k.n); }
static PYF_CACHE(uint32_t, lru_all, (LRU_KEY, k)) { return lru_body(k.n); }
LRU_THREADS(lru_pair)
LRU_THREADS(lru_single)
LRU_THREADS(lru_none)
LRU_THREADS(lru_all)

static void lru_two_ask(void)
{
    LRU_BEGIN(lru_pair);
    (void)ex_go(ask_lru_pair, LRU_N(1));
    ask_lru_pair(LRU_N(1));
    ex_join();
    lru_counts(lru_pair_cache_info(), 2, 1);
    ask_lru_pair(LRU_N(1));
    lru_counts(lru_pair_cache_info(), 3, 1);
}

static void lru_three_ask(void)
{
    LRU_BEGIN(lru_pair);
    (void)ex_go(ask_lru_pair, LRU_N(1));
    (void)ex_go(ask_lru_pair, LRU_N(1));
    ask_lru_pair(LRU_N(1));
    ex_join();
    lru_counts(lru_pair_cache_info(), 3, 1);
}

static void lru_two_keys(void)
{
    LRU_BEGIN(lru_pair);
    (void)ex_go(ask_lru_pair, LRU_N(1));
    (void)ex_go(ask_lru_pair, LRU_N(1));
    ask_lru_pair(LRU_N(2));
    ex_join();
    lru_counts(lru_pair_cache_info(), 3, 2);
    ex_calm();
    ask_lru_pair(LRU_N(1));
    ask_lru_pair(LRU_N(2));
    EXPECT(lru_pair_cache_info().hits >= 2 && lru_ran[2] == 1);
}

/* One place for two keys: each may be evicted while the other is computed. */
static void lru_evicted_by(int threads)
{
    LRU_BEGIN(lru_single);
    for (int i = 1; i < threads; i++) (void)ex_go(ask_lru_single, LRU_N(1 + i % 2));
    ask_lru_single(LRU_N(1));
    ex_join();
    lru_counts(lru_single_cache_info(), (uint64_t)threads, 1);
    ex_calm();
    ask_lru_single(LRU_N(1));
    ask_lru_single(LRU_N(2));
    ask_lru_single(LRU_N(2));
    lru_counts(lru_single_cache_info(), (uint64_t)threads + 3, 1);
}

static void lru_evicted_2(void) { lru_evicted_by(2); }
static void lru_evicted_3(void) { lru_evicted_by(3); }

static void lru_nothing_kept(void)
{
    LRU_BEGIN(lru_none);
    (void)ex_go(ask_lru_none, LRU_N(1));
    ask_lru_none(LRU_N(1));
    ex_join();
    EXPECT(lru_bodies == 2 && lru_none_cache_info().hits == 0);
    lru_counts(lru_none_cache_info(), 2, 0);
}

static void lru_cleared(void)
{
    LRU_BEGIN(lru_pair);
    (void)ex_go(clear_lru_pair, NULL);
    (void)ex_go(ask_lru_pair, LRU_N(1));
    ask_lru_pair(LRU_N(1));
    ex_join();
    EXPECT(lru_bodies <= 2 && lru_pair_cache_info().currsize <= 1);
    ask_lru_pair(LRU_N(1));
    ask_lru_pair(LRU_N(2));
    EXPECT(lru_pair_cache_info().currsize == 2);
}

/* The body clears its own cache; what it computes is stored behind that. */
static void lru_clear_inside(void);
static PYF_LRU_CACHE(2, uint32_t, lru_clearing, (LRU_KEY, k))
{
    if (k.n == 1) lru_clear_inside();
    return lru_body(k.n);
}
static void lru_clear_inside(void) { lru_clearing_cache_clear(); }
LRU_THREADS(lru_clearing)

static void lru_cleared_inside(void)
{
    LRU_BEGIN(lru_clearing);
    (void)ex_go(ask_lru_clearing, LRU_N(2));
    ask_lru_clearing(LRU_N(1));
    ex_join();
    EXPECT(lru_bodies == 2 && lru_clearing_cache_info().currsize >= 1);
    ask_lru_clearing(LRU_N(1));
    EXPECT(lru_ran[1] == 1);
}

/* Recursive, in a cache too small for it. */
static uint32_t lru_step(uint32_t n);
static PYF_LRU_CACHE(1, uint32_t, lru_stairs, (LRU_KEY, k))
{
    return lru_body(k.n) - (k.n > 1 ? lru_step(k.n - 1) - (k.n - 1) * 10 : 0);
}
static uint32_t lru_step(uint32_t n) { return lru_stairs(lru_key_of(LRU_N(n))); }
LRU_THREADS(lru_stairs)

static void lru_recursive(void)
{
    LRU_BEGIN(lru_stairs);
    (void)ex_go(ask_lru_stairs, LRU_N(2));
    ask_lru_stairs(LRU_N(2));
    ex_join();
    EXPECT(lru_stairs_cache_info().misses == lru_bodies);
    EXPECT(lru_stairs_cache_info().currsize == 1);
}

/* The first computation fails: it is not stored, and the second is. */
static PYF_LRU_CACHE_TRY(1, uint32_t, lru_try, (LRU_KEY, k))
{
    if (__atomic_fetch_add(&lru_failures, 1, __ATOMIC_SEQ_CST) == 0) return false;
    *out = lru_body(k.n);
    return true;
}

static void lru_ask_try(void *arg)
{
    uint32_t v = 99;
    bool so = lru_try(lru_key_of(arg), &v);
    EXPECT(v == (so ? 10u : 99u));
}

static void lru_failing(void)
{
    LRU_BEGIN(lru_try);
    lru_failures = 0;
    (void)ex_go(lru_ask_try, LRU_N(1));
    (void)ex_go(lru_ask_try, LRU_N(1));
    lru_ask_try(LRU_N(1));
    ex_join();
    EXPECT(lru_try_cache_info().misses == lru_bodies + 1 && lru_try_cache_info().currsize == 1);
}

/* It grows, is cleared, and memory may be refused. */
static void lru_growing(void)
{
    LRU_BEGIN(lru_all);
    (void)ex_go(ask_lru_all, LRU_N(1));
    (void)ex_go(clear_lru_all, NULL);
    ask_lru_all(LRU_N(2));
    ex_join();
    ex_calm();
    EXPECT(lru_all_cache_info().currsize <= 2);
    ask_lru_all(LRU_N(1));
    ask_lru_all(LRU_N(1));
    EXPECT(lru_ran[1] <= 2 && lru_all_cache_info().hits >= 1);
    lru_all_cache_clear();
}

/* The fifteenth key comes, for which all others move, while one of those is looked up. */
static void lru_outgrown(void)
{
    LRU_BEGIN(lru_all);
    ex_calm();
    for (uint32_t n = 0; n < 14; n++) ask_lru_all(LRU_N(n));
    ex_storm();
    (void)ex_go(ask_lru_all, LRU_N(14));
    ask_lru_all(LRU_N(3));
    ex_join();
    ex_calm();
    lru_counts(lru_all_cache_info(), 16, lru_all_cache_info().currsize);
    EXPECT(lru_all_cache_info().hits == 1 && lru_all_cache_info().currsize >= 14);
    lru_all_cache_clear();
}

static void lru_watch(void *unused)
{
    pyf_cache_info i = lru_pair_cache_info();
    (void)unused;
    EXPECT(i.currsize <= 2 && i.misses >= i.currsize && i.hits + i.misses <= 2 && i.maxsize == 2);
}

static void lru_watched(void)
{
    LRU_BEGIN(lru_pair);
    (void)ex_go(lru_watch, NULL);
    (void)ex_go(ask_lru_pair, LRU_N(1));
    ask_lru_pair(LRU_N(2));
    ex_join();
    lru_counts(lru_pair_cache_info(), 2, 2);
}

/* ---- each key computed once ---- */

static PYF_LRU_CACHE_ONCE(2, uint32_t, once_pair, (LRU_KEY, k)) { return lru_body_alone(k.n); }
static PYF_LRU_CACHE_ONCE(1, uint32_t, once_single, (LRU_KEY, k)) { return lru_body_alone(k.n); }
static PYF_LRU_CACHE_ONCE(0, uint32_t, once_none, (LRU_KEY, k)) { return lru_body_alone(k.n); }
static PYF_LRU_CACHE_ONCE(PYF_UNBOUNDED, uint32_t, once_all, (LRU_KEY, k))
{
    return lru_body_alone(k.n);
}
LRU_THREADS(once_pair)
LRU_THREADS(once_single)
LRU_THREADS(once_none)
LRU_THREADS(once_all)

#define LRU_AT_REST(name) EXPECT(pyfi_lru_room_##name.memo.flights == NULL)

static void once_asked_by(int threads)
{
    LRU_BEGIN(once_pair);
    for (int i = 1; i < threads; i++) (void)ex_go(ask_once_pair, LRU_N(1));
    ask_once_pair(LRU_N(1));
    ex_join();
    EXPECT(lru_bodies == 1);
    lru_counts(once_pair_cache_info(), (uint64_t)threads, 1);
    LRU_AT_REST(once_pair);
}

static void once_two_ask(void) { once_asked_by(2); }
static void once_three_ask(void) { once_asked_by(3); }
static void once_four_ask(void) { once_asked_by(4); }

static void once_two_keys(void)
{
    LRU_BEGIN(once_pair);
    (void)ex_go(ask_once_pair, LRU_N(1));
    (void)ex_go(ask_once_pair, LRU_N(2));
    ask_once_pair(LRU_N(1));
    ex_join();
    EXPECT(lru_ran[1] == 1 && lru_ran[2] == 1);
    lru_counts(once_pair_cache_info(), 3, 2);
    LRU_AT_REST(once_pair);
}

/* Three keys at a time end in any order, and one of them has no room. */
static void once_three_keys(void)
{
    LRU_BEGIN(once_pair);
    (void)ex_go(ask_once_pair, LRU_N(1));
    (void)ex_go(ask_once_pair, LRU_N(2));
    ask_once_pair(LRU_N(3));
    ex_join();
    lru_counts(once_pair_cache_info(), 3, 2);
    EXPECT(lru_bodies == 3);
    LRU_AT_REST(once_pair);
}

static void once_evicted(void)
{
    LRU_BEGIN(once_single);
    (void)ex_go(ask_once_single, LRU_N(1));
    (void)ex_go(ask_once_single, LRU_N(2));
    ask_once_single(LRU_N(1));
    ex_join();
    EXPECT(lru_ran[2] == 1);
    lru_counts(once_single_cache_info(), 3, 1);
    LRU_AT_REST(once_single);
}

/* Who waited gets the value although nothing is kept. */
static void once_nothing_kept(void)
{
    LRU_BEGIN(once_none);
    (void)ex_go(ask_once_none, LRU_N(1));
    (void)ex_go(ask_once_none, LRU_N(1));
    ask_once_none(LRU_N(1));
    ex_join();
    lru_counts(once_none_cache_info(), 3, 0);
    LRU_AT_REST(once_none);
}

/* The body runs until the others wait for it: all of them get its value. */
static PYF_LRU_CACHE_ONCE(0, uint32_t, once_slow, (LRU_KEY, k))
{
    ex_settle();
    return lru_body_alone(k.n);
}
LRU_THREADS(once_slow)

static void once_all_served(void)
{
    LRU_BEGIN(once_slow);
    (void)ex_go(ask_once_slow, LRU_N(1));
    (void)ex_go(ask_once_slow, LRU_N(1));
    (void)ex_go(ask_once_slow, LRU_N(1));
    ask_once_slow(LRU_N(1));
    ex_join();
    EXPECT(lru_bodies == 1);
    lru_counts(once_slow_cache_info(), 4, 0);
    LRU_AT_REST(once_slow);
}

/* Who is woken first waits for another key at once, in the same place, while the others are still
 * to be woken. */
static struct ex_parker once_gate;
static PYF_LRU_CACHE_ONCE(2, uint32_t, once_gated, (LRU_KEY, k))
{
    if (k.n == 1) ex_settle();
    else EXPECT(ex_park(&once_gate, PYF_FOREVER));
    return lru_body_alone(k.n);
}
LRU_THREADS(once_gated)

static void once_ask_both(void *unused)
{
    (void)unused;
    for (uint32_t n = 1; n <= 2; n++) ask_once_gated(LRU_N(n));
}

static void once_waits_again(void)
{
    LRU_BEGIN(once_gated);
    ex_parker_init(&once_gate);
    (void)ex_go(ask_once_gated, LRU_N(2));
    ex_settle();
    (void)ex_go(once_ask_both, NULL);
    (void)ex_go(once_ask_both, NULL);
    ask_once_gated(LRU_N(1));
    ex_unpark(&once_gate);
    ex_join();
    EXPECT(lru_bodies == 2);
    lru_counts(once_gated_cache_info(), 6, 2);
    LRU_AT_REST(once_gated);
}

/* A clear does not end a computation: who waits for it still gets its value. */
static void once_cleared(void)
{
    LRU_BEGIN(once_pair);
    (void)ex_go(clear_once_pair, NULL);
    (void)ex_go(ask_once_pair, LRU_N(1));
    ask_once_pair(LRU_N(1));
    ex_join();
    EXPECT(lru_bodies <= 2 && once_pair_cache_info().currsize <= 1);
    LRU_AT_REST(once_pair);
}

static void once_clear_inside(void);
static PYF_LRU_CACHE_ONCE(2, uint32_t, once_clearing, (LRU_KEY, k))
{
    once_clear_inside();
    return lru_body_alone(k.n);
}
static void once_clear_inside(void) { once_clearing_cache_clear(); }
LRU_THREADS(once_clearing)

static void once_cleared_inside(void)
{
    pyf_cache_info i;
    LRU_BEGIN(once_clearing);
    (void)ex_go(ask_once_clearing, LRU_N(1));
    ask_once_clearing(LRU_N(1));
    ex_join();
    i = once_clearing_cache_info();
    EXPECT(lru_bodies == 1 && i.hits == 1 && i.misses == 0 && i.currsize == 1);
    LRU_AT_REST(once_clearing);
}

/* The body asks for its own key again: a plain call, while another thread waits. */
static uint32_t once_again_inside(uint32_t n);
static PYF_LRU_CACHE_ONCE(2, uint32_t, once_again, (LRU_KEY, k))
{
    if (lru_depth[ex.me->id]++ == 0) EXPECT(once_again_inside(k.n) == 10 * k.n);
    return lru_body(k.n);
}
static uint32_t once_again_inside(uint32_t n) { return once_again(lru_key_of(LRU_N(n))); }
LRU_THREADS(once_again)

static void once_recursive(void)
{
    LRU_BEGIN(once_again);
    (void)ex_go(ask_once_again, LRU_N(1));
    ask_once_again(LRU_N(1));
    ex_join();
    EXPECT(lru_bodies == 2);
    lru_counts(once_again_cache_info(), 3, 1);
    LRU_AT_REST(once_again);
}

/* Key n asks for the next, the last for the first, in each thread not more often than there are
 * keys: a circle, which no thread may close by waiting. */
static unsigned once_ring_size;
static uint32_t once_ring_next(uint32_t n);
static PYF_LRU_CACHE_ONCE(4, uint32_t, once_ring, (LRU_KEY, k))
{
    if (lru_depth[ex.me->id]++ < once_ring_size) (void)once_ring_next(k.n % once_ring_size + 1);
    return lru_body(k.n);
}
static uint32_t once_ring_next(uint32_t n) { return once_ring(lru_key_of(LRU_N(n))); }
LRU_THREADS(once_ring)

static void once_circle_of(unsigned keys, unsigned threads)
{
    LRU_BEGIN(once_ring);
    once_ring_size = keys;
    for (unsigned i = 1; i < threads; i++) (void)ex_go(ask_once_ring, LRU_N(i % keys + 1));
    ask_once_ring(LRU_N(1));
    ex_join();
    EXPECT(once_ring_cache_info().currsize == keys);
    EXPECT(once_ring_cache_info().misses == lru_bodies);
    LRU_AT_REST(once_ring);
}

static void once_circle_2(void) { once_circle_of(2, 2); }
static void once_circle_3(void) { once_circle_of(3, 3); }
static void once_circle_watched(void) { once_circle_of(2, 3); }

/* A chain is no circle: each key is computed once. */
static uint32_t once_chain_next(uint32_t n);
static PYF_LRU_CACHE_ONCE(4, uint32_t, once_chain, (LRU_KEY, k))
{
    if (k.n < 3) EXPECT(once_chain_next(k.n + 1) == 10 * (k.n + 1));
    return lru_body_alone(k.n);
}
static uint32_t once_chain_next(uint32_t n) { return once_chain(lru_key_of(LRU_N(n))); }
LRU_THREADS(once_chain)

static void once_in_a_chain(void)
{
    LRU_BEGIN(once_chain);
    (void)ex_go(ask_once_chain, LRU_N(2));
    (void)ex_go(ask_once_chain, LRU_N(3));
    ask_once_chain(LRU_N(1));
    ex_join();
    EXPECT(lru_ran[1] == 1 && lru_ran[2] == 1 && lru_ran[3] == 1);
    lru_counts(once_chain_cache_info(), 5, 3);
    LRU_AT_REST(once_chain);
}

static void once_without_memory(void)
{
    LRU_BEGIN(once_all);
    (void)ex_go(ask_once_all, LRU_N(1));
    (void)ex_go(ask_once_all, LRU_N(2));
    ask_once_all(LRU_N(1));
    ex_join();
    EXPECT(lru_ran[1] <= 2 && lru_ran[2] == 1);
    lru_counts(once_all_cache_info(), 3, once_all_cache_info().currsize);
    LRU_AT_REST(once_all);
    once_all_cache_clear();
}

static void once_all_cleared(void)
{
    LRU_BEGIN(once_all);
    (void)ex_go(ask_once_all, LRU_N(1));
    (void)ex_go(clear_once_all, NULL);
    ask_once_all(LRU_N(1));
    ex_join();
    EXPECT(lru_bodies <= 2 && once_all_cache_info().currsize <= 1);
    LRU_AT_REST(once_all);
    once_all_cache_clear();
}

/* Computations that are given up, as in C++ by an exception: one of those that wait goes on. */
static unsigned once_to_give_up;

static void once_try(void *arg)
{
    struct lru_key k = lru_key_of(arg);
    struct pyfi_lru_flight flight;
    struct pyfi_lru_memo *m = &pyfi_lru_room_once_pair.memo;
    uint64_t key[2] = { 7, 0 };
    uint32_t value = 0;
    memcpy(key + 1, &k, sizeof k);
    switch (pyf_lru_memo_once(m, &pyfi_lru_shape_once_pair, key, 7, &value, &flight)) {
    case PYFI_LRU_COMPUTE:
        value = lru_body_alone(k.n);
        if (__atomic_fetch_add(&once_to_give_up, (unsigned)-1, __ATOMIC_SEQ_CST) - 1 < 8) {
            pyf_lru_memo_end(m, &pyfi_lru_shape_once_pair, &flight, NULL);
            break;
        }
        pyf_lru_memo_end(m, &pyfi_lru_shape_once_pair, &flight, &value);
        /* fall through */
    default: EXPECT(value == 10 * k.n);
    }
}

static void once_given_up_by(unsigned n)
{
    LRU_BEGIN(once_pair);
    once_to_give_up = n;
    (void)ex_go(once_try, LRU_N(1));
    (void)ex_go(once_try, LRU_N(1));
    once_try(LRU_N(1));
    ex_join();
    EXPECT(lru_bodies == (n < 3 ? n + 1 : 3));
    lru_counts(once_pair_cache_info(), 3, n < 3);
    LRU_AT_REST(once_pair);
}

static void once_given_up_once(void) { once_given_up_by(1); }
static void once_given_up_twice(void) { once_given_up_by(2); }
static void once_given_up_by_all(void) { once_given_up_by(3); }

/* Between the look without and the look with a computation in hand another stores the key. */
static void once_stored_between(void)
{
    struct pyfi_lru_flight flight;
    struct pyfi_lru_memo *m = &pyfi_lru_room_once_pair.memo;
    uint64_t key[2] = { 7, 1 }, changes = 0;
    uint32_t one = 1, value = 0, hash;
    LRU_BEGIN(once_pair);
    memcpy(key + 1, &one, sizeof one);
    hash = pyfi_lru_hash_of(m, (const unsigned char *)key, 8);
    EXPECT(!pyfi_lru_hit(m, &pyfi_lru_shape_once_pair, key, hash, &value, &changes));
    (void)ex_go(ask_once_pair, LRU_N(1));
    ex_join();
    EXPECT(pyf_lru_memo_once(m, &pyfi_lru_shape_once_pair, key, hash, &value, &flight) ==
           PYFI_LRU_GOT);
    EXPECT(value == 10);
    lru_counts(once_pair_cache_info(), 2, 1);
}

static const struct ex_scenario lru_scenarios[] = {
    { "lru/two_ask", lru_two_ask, 6, EX_TSO },
    { "lru/three_ask", lru_three_ask, 4, EX_TSO },
    { "lru/two_keys", lru_two_keys, 4, 0 },
    { "lru/evicted_2", lru_evicted_2, 6, EX_TSO },
    { "lru/evicted_3", lru_evicted_3, 4, 0 },
    { "lru/nothing_kept", lru_nothing_kept, 6, 0 },
    { "lru/cleared", lru_cleared, 3, EX_TSO },
    { "lru/cleared_inside", lru_cleared_inside, 6, EX_TSO },
    { "lru/recursive", lru_recursive, 5, 0 },
    { "lru/failing", lru_failing, 4, 0 },
    { "lru/growing", lru_growing, 3, EX_NO_MEMORY },
    { "lru/outgrown", lru_outgrown, 3, EX_NO_MEMORY },
    { "lru/watched", lru_watched, 3, 0 },
    { "lru/once_two_ask", once_two_ask, 6, EX_TSO },
    { "lru/once_three_ask", once_three_ask, 3, EX_TSO },
    { "lru/once_four_ask", once_four_ask, 2, 0 },
    { "lru/once_two_keys", once_two_keys, 3, EX_TSO },
    { "lru/once_three_keys", once_three_keys, 3, 0 },
    { "lru/once_evicted", once_evicted, 3, 0 },
    { "lru/once_nothing_kept", once_nothing_kept, 3, 0 },
    { "lru/once_all_served", once_all_served, 2, 0 },
    { "lru/once_waits_again", once_waits_again, 2, EX_LONG },
    { "lru/once_cleared", once_cleared, 3, EX_TSO },
    { "lru/once_cleared_inside", once_cleared_inside, 5, 0 },
    { "lru/once_recursive", once_recursive, 5, 0 },
    { "lru/once_circle_2", once_circle_2, 4, EX_TSO },
    { "lru/once_circle_3", once_circle_3, 3, EX_TSO | EX_LONG },
    { "lru/once_circle_watched", once_circle_watched, 3, EX_LONG },
    { "lru/once_chain", once_in_a_chain, 3, EX_LONG },
    { "lru/once_without_memory", once_without_memory, 3, EX_NO_MEMORY },
    { "lru/once_all_cleared", once_all_cleared, 3, EX_NO_MEMORY },
    { "lru/once_given_up_once", once_given_up_once, 3, EX_TSO },
    { "lru/once_given_up_twice", once_given_up_twice, 3, 0 },
    { "lru/once_given_up_by_all", once_given_up_by_all, 3, 0 },
    { "lru/once_stored_between", once_stored_between, 2, 0 },
};
