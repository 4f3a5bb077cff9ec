/* lru_uthash.c - uthash, and utlist for the order of use. */

#include "lru.h"
#include <uthash.h>
#include <utlist.h>

struct entry {
    union {
        uint64_t number;
        char text[LRU_STR];
    } key;
    uint64_t value;
    struct entry *prev, *next;
    UT_hash_handle hh;
};

static size_t most;
static struct entry *table, *order;

static inline uint64_t use(struct entry *e)
{
    if (e != order) {
        DL_DELETE(order, e);
        DL_PREPEND(order, e);
    }
    return e->value;
}

/* The least recent entry, or a new one, in neither. */
static inline struct entry *make_room(void)
{
    struct entry *e;
    if (HASH_COUNT(table) < most) {
        e = malloc(sizeof *e);
        if (e == NULL)
            bench_die("out of memory");
        return e;
    }
    e = order->prev;
    DL_DELETE(order, e);
    HASH_DELETE(hh, table, e);
    return e;
}

static inline uint64_t get(uint64_t k)
{
    struct entry *e;
    HASH_FIND(hh, table, &k, sizeof k, e);
    if (e != NULL)
        return use(e);
    e = make_room();
    e->key.number = k;
    e->value = LRU_VALUE(k);
    HASH_ADD(hh, table, key.number, sizeof k, e);
    DL_PREPEND(order, e);
    return e->value;
}

static inline uint64_t get_str(const char *s)
{
    struct entry *e;
    HASH_FIND_STR(table, s, e);
    if (e != NULL)
        return use(e);
    e = make_room();
    strcpy(e->key.text, s);
    e->value = lru_str_value(s);
    HASH_ADD_STR(table, key.text, e);
    DL_PREPEND(order, e);
    return e->value;
}

static void lru_setup(size_t capacity)
{
    most = capacity;
}

LRU_LOOPS(any, get, get_str)
static const struct lru_loops lru_table[] = { { 0, any_independent, any_dependent, any_strings } };
#include "lru_main.h"
