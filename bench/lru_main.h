/* lru_main.h - main() of a program that measures a cache; see lru.h. The contestant has defined
 * lru_table, an array of struct lru_loops, and void lru_setup(size_t capacity). */

#ifndef LRU_MAIN_H
#define LRU_MAIN_H

static uint64_t lru_state = 42;

static uint64_t lru_random(void)
{
    uint64_t x = (lru_state += UINT64_C(0x9E3779B97F4A7C15));
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* The key with this number: no pattern, no two alike. */
static uint64_t lru_key(uint64_t number)
{
    uint64_t x = number + 1;
    x = (x ^ (x >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
    return x ^ (x >> 32);
}

static void lru_string(char *s, uint64_t number)
{
    snprintf(s, LRU_STR, "user:%014llu", (unsigned long long)(lru_key(number) % 100000000000000u));
}

enum { LRU_REPETITIONS = 5 };
static uint64_t lru_sink;

static void lru_report(double *ns, size_t calls)
{
    qsort(ns, LRU_REPETITIONS, sizeof *ns, bench_compare);
    printf("%.2f\n", ns[LRU_REPETITIONS / 2] / (double)calls);
}

/* Once to warm up, then the median of the repetitions; with fresh keys each time if they are to
 * miss. */
static void lru_measure(lru_loop *loop, uint64_t *keys, size_t n, int fresh)
{
    double ns[LRU_REPETITIONS];
    static uint64_t next = UINT64_C(1) << 40;
    for (int i = -1; i < LRU_REPETITIONS; i++) {
        if (fresh)
            for (size_t k = 0; k < n; k++)
                keys[k] = lru_key(next++);
        double begin = bench_now_ns();
        uint64_t sum = loop(keys, n);
        if (i >= 0)
            ns[i] = bench_now_ns() - begin;
        uint64_t want = 0;
        for (size_t k = 0; k < n; k++)
            want += LRU_VALUE(keys[k]);
        if (sum != want)
            bench_die("wrong values");
        lru_sink += sum;
    }
    lru_report(ns, n);
}

static void lru_measure_strings(lru_str_loop *loop, char (*keys)[LRU_STR], size_t n, int fresh)
{
    double ns[LRU_REPETITIONS];
    static uint64_t next = UINT64_C(1) << 40;
    for (int i = -1; i < LRU_REPETITIONS; i++) {
        if (fresh)
            for (size_t k = 0; k < n; k++)
                lru_string(keys[k], next++);
        double begin = bench_now_ns();
        lru_sink += loop(keys, n);
        if (i >= 0)
            ns[i] = bench_now_ns() - begin;
    }
    lru_report(ns, n);
}

/* Zipf with exponent 0.99 by its cumulated weights. */
static void lru_zipf(uint64_t *keys, size_t n, size_t universe)
{
    double *sum = (double *)bench_alloc(universe * sizeof *sum), total = 0;
    for (size_t i = 0; i < universe; i++)
        sum[i] = total += pow((double)(i + 1), -0.99);
    for (size_t k = 0; k < n; k++) {
        double x = (double)(lru_random() >> 11) / 9007199254740992.0 * total;
        size_t low = 0, high = universe - 1;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (sum[middle] < x)
                low = middle + 1;
            else
                high = middle;
        }
        keys[k] = lru_key(low);
    }
    free(sum);
}

static void lru_run(const struct lru_loops *loops, size_t capacity)
{
    size_t n = capacity > 100000 ? 1000000 : 200000;
    uint64_t *keys = (uint64_t *)bench_alloc((n > capacity ? n : capacity) * sizeof *keys);
    for (size_t i = 0; i < capacity; i++)
        keys[i] = lru_key(i);
    lru_sink += loops->independent(keys, capacity); /* everything is in */
    for (size_t i = 0; i < n; i++)
        keys[i] = lru_key(lru_random() % capacity);
    lru_measure(loops->independent, keys, n, 0);
    lru_measure(loops->dependent, keys, n, 0);
    lru_measure(loops->independent, keys, n, 1);
    lru_zipf(keys, n, 10 * capacity);
    lru_measure(loops->independent, keys, n, 0);
    lru_measure(loops->dependent, keys, n, 0);
    free(keys);
}

static void lru_run_strings(const struct lru_loops *loops, size_t capacity)
{
    size_t n = capacity > 100000 ? 1000000 : 200000;
    char(*keys)[LRU_STR] = (char(*)[LRU_STR])bench_alloc((n > capacity ? n : capacity) * LRU_STR);
    for (size_t i = 0; i < capacity; i++)
        lru_string(keys[i], i);
    lru_sink += loops->strings(keys, capacity);
    for (size_t i = 0; i < n; i++)
        lru_string(keys[i], lru_random() % capacity);
    lru_measure_strings(loops->strings, keys, n, 0);
    lru_measure_strings(loops->strings, keys, n, 1);
    free(keys);
}

int main(int argc, char **argv)
{
    size_t capacity = (size_t)bench_arg(argc, argv, 1, 4096);
    size_t offset = (size_t)bench_arg(argc, argv, 2, 0); /* 0 for "str" */
    const struct lru_loops *loops = lru_table + offset;
    while (loops->capacity != capacity && loops->capacity != 0)
        loops++;
    lru_setup(capacity);
    if (argc > 2 && strcmp(argv[argc - 1], "str") == 0)
        lru_run_strings(loops, capacity);
    else
        lru_run(loops, capacity);
    return lru_sink == 1;
}

#endif
