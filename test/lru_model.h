/* lru_model.h - a naive list with the semantics of pyf_lru: entries newest first; SIEVE with its
 * hand. lru_test.c and lru_fuzz.c drive it beside the cache. Included after the implementation; who
 * includes it may say how long keys, values and the list get. */

#ifndef LRU_MODEL_H
#define LRU_MODEL_H

#ifndef LRU_MODEL_SIZES
#define LRU_MODEL_SIZES
enum { KEY_MAX = 40, VALUE_MAX = 40, LIST = 400 };
#endif

struct naive_entry {
    unsigned char key[KEY_MAX], value[VALUE_MAX];
    bool mark;
};
static struct naive_list {
    struct naive_entry at[LIST];
    size_t size, limit, key_size, value_size;
    long hand; /* the entry to look at next, -1: the oldest */
    bool sieve;
    uint64_t hits, misses, left;
} naive;

static size_t naive_find(const unsigned char *key)
{
    size_t i = 0;
    while (i < naive.size && memcmp(naive.at[i].key, key, naive.key_size) != 0) i++;
    return i;
}

static void naive_drop(size_t i)
{
    memmove(&naive.at[i], &naive.at[i + 1], (naive.size - i - 1) * sizeof naive.at[0]);
    naive.size--;
    naive.left++;
    if (naive.hand >= 0 && (size_t)naive.hand >= i) naive.hand--; /* next newer, or the oldest */
}

static void naive_evict(void)
{
    size_t i = naive.size - 1;
    if (naive.sieve) {
        long at = naive.hand < 0 ? (long)naive.size - 1 : naive.hand;
        while (naive.at[at].mark) {
            naive.at[at].mark = false;
            at = at == 0 ? (long)naive.size - 1 : at - 1;
        }
        i = (size_t)at;
        naive.hand = at;
    }
    naive_drop(i);
}

static void naive_use(size_t i)
{
    struct naive_entry e = naive.at[i];
    if (naive.sieve) {
        naive.at[i].mark = true;
        return;
    }
    memmove(&naive.at[1], &naive.at[0], i * sizeof e);
    naive.at[0] = e;
}

static void naive_put(const unsigned char *key, const unsigned char *value)
{
    size_t i = naive_find(key);
    if (naive.limit == 0) {
        naive.left++;
        return;
    }
    if (i < naive.size) {
        naive.left++;
        memcpy(naive.at[i].value, value, naive.value_size);
        naive_use(i);
        return;
    }
    if (naive.size >= naive.limit) naive_evict();
    memmove(&naive.at[1], &naive.at[0], naive.size * sizeof naive.at[0]);
    memcpy(naive.at[0].key, key, naive.key_size);
    memcpy(naive.at[0].value, value, naive.value_size);
    naive.at[0].mark = false;
    naive.size++;
    if (naive.hand >= 0) naive.hand++;
}

static size_t chosen_size;
static bool chosen_equal(const void *a, const void *b) { return memcmp(a, b, chosen_size) == 0; }
static uint64_t chosen_hash(const void *k) { return *(const unsigned char *)k % 3; }
static void count_left(void *ctx, const void *key, const void *value, int why)
{
    (void)key, (void)value, (void)why;
    *(uint64_t *)ctx += 1;
}

/* Everything that can be seen of the two, entry by entry. */
static bool same_content(const pyf_lru *c, uint64_t left)
{
    size_t at = 0, n = 0;
    const void *key;
    void *value;
    pyf_cache_info info = pyf_lru_info(c);
    if (info.hits != naive.hits || info.misses != naive.misses || info.currsize != naive.size ||
        info.maxsize != naive.limit || (c->pyfi_on_evict != NULL && left != naive.left))
        return false;
    while (pyf_lru_next(c, &at, &key, &value)) {
        if (n >= naive.size || memcmp(key, naive.at[n].key, naive.key_size) != 0 ||
            memcmp(value, naive.at[n].value, naive.value_size) != 0)
            return false;
        n++;
    }
    return n == naive.size;
}

#endif /* LRU_MODEL_H */
