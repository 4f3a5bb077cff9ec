/* lru_glib.c - GHashTable and a GQueue of the nodes in the order of use. */

#include "lru.h"
#include <glib.h>

struct entry {
    GList link;
    union {
        gint64 number;
        char text[LRU_STR];
    } key;
    uint64_t value;
};

static size_t most;
static GHashTable *numbers, *strings;
static GQueue order = G_QUEUE_INIT;

static inline uint64_t use(struct entry *e)
{
    g_queue_unlink(&order, &e->link);
    g_queue_push_head_link(&order, &e->link);
    return e->value;
}

static inline struct entry *make_room(GHashTable *table)
{
    struct entry *e;
    if (order.length < most) {
        e = g_new0(struct entry, 1);
    } else {
        e = order.tail->data;
        g_queue_unlink(&order, &e->link);
        g_hash_table_remove(table, &e->key);
    }
    e->link.data = e;
    return e;
}

static inline uint64_t add(GHashTable *table, struct entry *e)
{
    g_hash_table_insert(table, &e->key, e);
    g_queue_push_head_link(&order, &e->link);
    return e->value;
}

static inline uint64_t get(uint64_t k)
{
    struct entry *e = g_hash_table_lookup(numbers, &k);
    if (e != NULL)
        return use(e);
    e = make_room(numbers);
    e->key.number = (gint64)k;
    e->value = LRU_VALUE(k);
    return add(numbers, e);
}

static inline uint64_t get_str(const char *s)
{
    struct entry *e = g_hash_table_lookup(strings, s);
    if (e != NULL)
        return use(e);
    e = make_room(strings);
    strcpy(e->key.text, s);
    e->value = lru_str_value(s);
    return add(strings, e);
}

static void lru_setup(size_t capacity)
{
    most = capacity;
    numbers = g_hash_table_new(g_int64_hash, g_int64_equal);
    strings = g_hash_table_new(g_str_hash, g_str_equal);
}

LRU_LOOPS(any, get, get_str)
static const struct lru_loops lru_table[] = { { 0, any_independent, any_dependent, any_strings } };
#include "lru_main.h"
