/* lru_pyfeat.c - memoized functions, unlocked and (second word 4) locked, and (8) the cache with sizes
 * of run time. */

#include "lru.h"
#define PYFEAT_LRU_IMPLEMENTATION
#include "../pyfeat.h"

#define MEMOIZED(n) \
    static PYF_LRU_CACHE_UNLOCKED(n, uint64_t, unlocked_##n, (uint64_t, k)) { return LRU_VALUE(k); } \
    static PYF_LRU_CACHE_UNLOCKED(n, uint64_t, unlocked_str_##n, (PYF_KEY_STR(24), s)) \
    { \
        return lru_str_value(s); \
    } \
    static PYF_LRU_CACHE(n, uint64_t, locked_##n, (uint64_t, k)) { return LRU_VALUE(k); } \
    static PYF_LRU_CACHE(n, uint64_t, locked_str_##n, (PYF_KEY_STR(24), s)) { return lru_str_value(s); } \
    LRU_LOOPS(unlocked_##n, unlocked_##n, unlocked_str_##n) \
    LRU_LOOPS(locked_##n, locked_##n, locked_str_##n)

MEMOIZED(128)
MEMOIZED(4096)
MEMOIZED(1000000)

static pyf_lru by_hand;

static inline uint64_t get(uint64_t k)
{
    uint64_t *found = pyf_lru_get(&by_hand, &k), v;
    if (found != NULL)
        return *found;
    v = LRU_VALUE(k);
    if (pyf_lru_put(&by_hand, &k, &v) != PYF_OK)
        bench_die("put");
    return v;
}

static inline uint64_t get_str(const char *s)
{
    uint64_t *found, v;
    char key[LRU_STR] = { 0 };
    memcpy(key, s, strlen(s));
    found = pyf_lru_get(&by_hand, key);
    if (found != NULL)
        return *found;
    v = lru_str_value(s);
    if (pyf_lru_put(&by_hand, key, &v) != PYF_OK)
        bench_die("put");
    return v;
}

LRU_LOOPS(by_hand, get, get_str)

#define ROW(kind, n) { n, kind##_##n##_independent, kind##_##n##_dependent, kind##_##n##_strings }
static const struct lru_loops lru_table[] = {
    ROW(unlocked, 128), ROW(unlocked, 4096), ROW(unlocked, 1000000), { 0, NULL, NULL, NULL },
    ROW(locked, 128), ROW(locked, 4096), ROW(locked, 1000000), { 0, NULL, NULL, NULL },
    { 0, by_hand_independent, by_hand_dependent, by_hand_strings },
};

static size_t lru_key_size = 8;
static void lru_setup(size_t capacity)
{
    if (pyf_lru_init(&by_hand, .maxsize = capacity, .key_size = lru_key_size, .value_size = 8) != PYF_OK)
        bench_die("out of memory");
}

#define main lru_main
#include "lru_main.h"
#undef main

int main(int argc, char **argv)
{
    if (strcmp(argv[argc - 1], "str") == 0)
        lru_key_size = LRU_STR;
    return lru_main(argc, argv);
}
