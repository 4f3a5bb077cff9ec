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

/* Calls in a repetition: of processor time, so that what else runs here counts less. */
enum { LRU_REPETITIONS = 5, LRU_CALLS = 200000 };
static uint64_t lru_sink;

/* A key, or the number of a string, for call i; capacity as lru_run has it. */
typedef uint64_t lru_draw(size_t capacity);

static uint64_t lru_draw_present(size_t capacity)
{
    return lru_random() % capacity;
}

static uint64_t lru_draw_fresh(size_t capacity)
{
    static uint64_t next = UINT64_C(1) << 40;
    (void)capacity;
    return next++;
}

/* The integral of x^-0.99, and its inverse. */
static double lru_integral(double x)
{
    return (pow(x, 0.01) - 1) / 0.01;
}

static double lru_integral_inverse(double y)
{
    return pow(1 + y * 0.01, 100);
}

/* Zipf with exponent 0.99 over ten times as many keys as there is room for: rejection-inversion
 * (Hormann and Derflinger, 1996). */
static uint64_t lru_draw_zipf(size_t capacity)
{
    double last = 10 * (double)capacity;
    double low = lru_integral(1.5) - 1, high = lru_integral(last + 0.5);
    for (;;) {
        double y = low + (high - low) * ((double)(lru_random() >> 11) / 9007199254740992.0);
        double k = floor(lru_integral_inverse(y) + 0.5);
        k = k < 1 ? 1 : k > last ? last : k;
        if (y >= lru_integral(k + 0.5) - pow(k, -0.99))
            return (uint64_t)k - 1;
    }
}

static void lru_report(double *ns)
{
    qsort(ns, LRU_REPETITIONS, sizeof *ns, bench_compare);
    printf("%.2f\n", ns[LRU_REPETITIONS / 2] / (double)LRU_CALLS);
}

/* As many calls as there are entries, at least one repetition, to warm up; then the median of the
 * repetitions, each with keys of its own. */
static void lru_measure(lru_loop *loop, lru_draw *draw, size_t capacity)
{
    double ns[LRU_REPETITIONS];
    uint64_t *keys = (uint64_t *)bench_alloc(LRU_CALLS * sizeof *keys);
    for (int i = -(int)((capacity + LRU_CALLS - 1) / LRU_CALLS); i < LRU_REPETITIONS; i++) {
        uint64_t want = 0, sum;
        for (size_t k = 0; k < LRU_CALLS; k++) {
            keys[k] = lru_key(draw(capacity));
            want += LRU_VALUE(keys[k]);
        }
        double begin = bench_cpu_ns();
        sum = loop(keys, LRU_CALLS);
        if (i >= 0)
            ns[i] = bench_cpu_ns() - begin;
        if (sum != want)
            bench_die("wrong values");
        lru_sink += sum;
    }
    lru_report(ns);
    free(keys);
}

static void lru_measure_strings(lru_str_loop *loop, lru_draw *draw, size_t capacity)
{
    double ns[LRU_REPETITIONS];
    char(*keys)[LRU_STR] = (char(*)[LRU_STR])bench_alloc(LRU_CALLS * LRU_STR);
    for (int i = -(int)((capacity + LRU_CALLS - 1) / LRU_CALLS); i < LRU_REPETITIONS; i++) {
        for (size_t k = 0; k < LRU_CALLS; k++)
            lru_string(keys[k], draw(capacity));
        double begin = bench_cpu_ns();
        lru_sink += loop(keys, LRU_CALLS);
        if (i >= 0)
            ns[i] = bench_cpu_ns() - begin;
    }
    lru_report(ns);
    free(keys);
}

static void lru_run(const struct lru_loops *loops, size_t capacity)
{
    for (size_t i = 0; i < capacity; i++) {
        uint64_t key = lru_key(i);
        lru_sink += loops->independent(&key, 1); /* everything is in */
    }
    lru_measure(loops->independent, lru_draw_present, capacity);
    lru_measure(loops->dependent, lru_draw_present, capacity);
    lru_measure(loops->independent, lru_draw_fresh, capacity);
    lru_measure(loops->independent, lru_draw_zipf, capacity);
    lru_measure(loops->dependent, lru_draw_zipf, capacity);
}

static void lru_run_strings(const struct lru_loops *loops, size_t capacity)
{
    for (size_t i = 0; i < capacity; i++) {
        char key[1][LRU_STR];
        lru_string(key[0], i);
        lru_sink += loops->strings(key, 1);
    }
    lru_measure_strings(loops->strings, lru_draw_present, capacity);
    lru_measure_strings(loops->strings, lru_draw_fresh, capacity);
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
