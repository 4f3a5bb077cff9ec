/* lru.h - what the programs that measure caches share: the keys, the loops and main().
 *
 * A contestant defines get functions, then LRU_LOOPS for each of them, then its table of loops, then
 * includes lru_main.h. Each program prints, for the capacity it is given, in ns a call: hits, dependent
 * hits, misses, Zipf 0.99 over ten times as many keys, the same dependent; or with "str", for keys of
 * about 20 bytes: hits, misses. A dependent call waits for the value of the one before. */

#ifndef LRU_H
#define LRU_H

#include "bench.h"
#include <math.h>

#define LRU_VALUE(k) (((k) * UINT64_C(0x9E3779B97F4A7C15) ^ (k) >> 29) >> 1)
#define LRU_STR 24

typedef uint64_t lru_loop(const uint64_t *keys, size_t n);
typedef uint64_t lru_str_loop(char (*keys)[LRU_STR], size_t n);

struct lru_loops {
    size_t capacity; /* 0: any */
    lru_loop *independent, *dependent;
    lru_str_loop *strings;
};

/* The value of a string: of its last 8 characters, all strings being longer. */
static inline uint64_t lru_str_value(const char *s)
{
    uint64_t v;
    memcpy(&v, s + 10, sizeof v);
    return v >> 1;
}

#define LRU_LOOPS(name, get, get_str) \
    static uint64_t name##_independent(const uint64_t *keys, size_t n) \
    { \
        uint64_t sum = 0; \
        for (size_t i = 0; i < n; i++) \
            sum += get(keys[i]); \
        return sum; \
    } \
    static uint64_t name##_dependent(const uint64_t *keys, size_t n) \
    { \
        uint64_t v = 0, sum = 0; \
        for (size_t i = 0; i < n; i++) { \
            v = get(keys[i] + (v >> 63)); /* values have 63 bits */ \
            sum += v; \
        } \
        return sum; \
    } \
    static uint64_t name##_strings(char (*keys)[LRU_STR], size_t n) \
    { \
        uint64_t sum = 0; \
        for (size_t i = 0; i < n; i++) \
            sum += get_str(keys[i]); \
        return sum; \
    }

#endif
