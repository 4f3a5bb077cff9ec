/* lru_test.c - functools.lru_cache: what CPython's own tests ask in our words, where it makes sense
 * in C; a naive model driven beside the cache and compared with it after every operation; the same
 * operations replayed by CPython's lru_cache (lru_oracle.py) where python3 is there. Copying,
 * pickling, weak references, keyword arguments, typed and unhashable keys have no counterpart in C.
 * CHECK_OPS in the environment sets how many operations the models see together. */

#ifndef PYFEAT_PORT_NONE
#if defined(__unix__) || defined(__APPLE__)
#define PYFEAT_PORT_NONE 0
#else
#define PYFEAT_PORT_NONE 1
#endif
#endif
#ifndef PYFEAT_NO_MALLOC
#define PYFEAT_NO_MALLOC 0
#endif
#include <float.h>
#include <stdint.h>
#include <stdlib.h>

/* malloc as the implementation sees it: fails when it is told to, and counts. Calls come from many
 * threads under the caches' locks, each of its own, so only one case at a time looks at this. */
static long mallocs_left = -1; /* negative: without limit */
static long blocks_out;
#if !PYFEAT_NO_MALLOC
static void *test_malloc(size_t size)
{
    if (mallocs_left == 0) return NULL;
    if (mallocs_left > 0) mallocs_left--;
    blocks_out++;
    return malloc(size);
}
static void test_free(void *block)
{
    if (block != NULL) blocks_out--;
    free(block);
}
#endif
#define malloc test_malloc
#define free test_free
#define PYFEAT_LRU_IMPLEMENTATION
#include "../pyfeat.h"
#undef malloc
#undef free
#include "check.h"
#include "lru_model.h"
#if !PYFEAT_PORT_NONE
#include <pthread.h>
#include <time.h>
#endif

#define CHECK_INFO(name, h, m, max, size) \
    do { \
        pyf_cache_info info_ = name##_cache_info(); \
        CHECK_EQ(info_.hits, (h)); \
        CHECK_EQ(info_.misses, (m)); \
        CHECK(info_.maxsize == (size_t)(max)); \
        CHECK_EQ(info_.currsize, (size)); \
    } while (0)

/* How many operations one of the model cases does, of so many that share them. */
static unsigned long operations(unsigned cases)
{
    const char *text = CHECK_FORK ? getenv("CHECK_OPS") : NULL;
    unsigned long n = text == NULL ? 0 : strtoul(text, NULL, 10);
    if (n == 0) n = CHECK_FORK ? 60000 : 6000;
    if (check_slowness() >= 10) n /= 50;
    return n / cases + 1;
}

/* ---- CPython's tests ---- */

static unsigned bodies;

static PYF_LRU_CACHE(20, long, sum3, (int, x), (int, y)) { bodies++; return 3L * x + y; }
static PYF_LRU_CACHE(0, int, none, (int, x)) { (void)x; bodies++; return 20; }
static PYF_LRU_CACHE(1, int, one, (int, x)) { (void)x; bodies++; return 20; }
static PYF_LRU_CACHE(2, int, two, (int, x)) { bodies++; return x * 10; }

static void lru(void)
{
    uint64_t rng = check_rng(1);
    for (int i = 0; i < 1000; i++) {
        int x = (int)check_below(&rng, 5), y = (int)check_below(&rng, 5);
        CHECK_EQ(sum3(x, y), 3 * x + y);
    }
    pyf_cache_info info = sum3_cache_info();
    CHECK(info.hits > info.misses);
    CHECK_EQ(info.hits + info.misses, 1000);
    CHECK_EQ(info.currsize, 20);
    CHECK_EQ(info.maxsize, 20);
    CHECK_EQ(bodies, info.misses);
    sum3_cache_clear();
    CHECK_INFO(sum3, 0, 0, 20, 0);
    bodies = 0;
    CHECK_EQ(sum3(1, 2), 5);
    CHECK_INFO(sum3, 0, 1, 20, 1);
    CHECK_EQ(sum3_wrapped(1, 2), 5);
    CHECK_EQ(bodies, 2);
    CHECK_INFO(sum3, 0, 1, 20, 1);
}

static void lru_small_sizes(void)
{
    static const int of_two[] = { 7, 9, 7, 9, 7, 9, 8, 8, 8, 9, 9, 9, 8, 8, 8, 7 };
    bodies = 0;
    for (int i = 0; i < 5; i++) CHECK_EQ(none(0), 20);
    CHECK_EQ(bodies, 5);
    CHECK_INFO(none, 0, 5, 0, 0);
    bodies = 0;
    for (int i = 0; i < 5; i++) CHECK_EQ(one(0), 20);
    CHECK_EQ(bodies, 1);
    CHECK_INFO(one, 4, 1, 1, 1);
    bodies = 0;
    for (size_t i = 0; i < sizeof of_two / sizeof of_two[0]; i++)
        CHECK_EQ(two(of_two[i]), of_two[i] * 10);
    CHECK_EQ(bodies, 4);
    CHECK_INFO(two, 12, 4, 2, 2);
}

static PYF_LRU_CACHE(-10, int, below_zero, (int, x)) { return x; }

static void maxsize_negative(void)
{
    for (int i = 0; i < 6; i++) CHECK_EQ(below_zero(i % 2), i % 2);
    CHECK_INFO(below_zero, 0, 6, 0, 0);
}

static bool once_more;
static PYF_LRU_CACHE(10, int, calls_itself, (int, x))
{
    if (x == 20 && once_more) {
        once_more = false;
        return calls_itself(x);
    }
    return -x;
}

/* bug 35780: a call of the same key from the body of a full cache must not lose an entry. */
static void same_key_from_the_body(void)
{
    for (int x = 0; x < 15; x++) CHECK_EQ(calls_itself(x), -x);
    CHECK_INFO(calls_itself, 0, 15, 10, 10);
    once_more = true;
    CHECK_EQ(calls_itself(20), -20);
    CHECK_INFO(calls_itself, 0, 17, 10, 10);
}

static PYF_LRU_CACHE(1, int, alone, (void)) { return (int)++bodies; }

static void no_args(void)
{
    bodies = 0;
    CHECK_EQ(alone(), 1);
    CHECK_EQ(alone(), 1);
    CHECK_INFO(alone, 1, 1, 1, 1);
    alone_cache_clear();
    CHECK_EQ(alone(), 2);
    CHECK_EQ(alone_wrapped(), 3);
    CHECK_INFO(alone, 0, 1, 1, 1);
}

static PYF_CACHE(uint64_t, fib, (unsigned, n)) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static void maxsize_none(void)
{
    static const unsigned want[] = { 0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610 };
    if (PYFEAT_NO_MALLOC) CHECK_SKIP("unbounded caches need malloc");
    for (unsigned n = 0; n < 16; n++) CHECK_EQ(fib(n), want[n]);
    CHECK_INFO(fib, 28, 16, PYF_UNBOUNDED, 16);
    fib_cache_clear();
    CHECK_INFO(fib, 0, 0, PYF_UNBOUNDED, 0);
    if (CHECK_FORK) CHECK_EQ(blocks_out, 0);
}

static PYF_LRU_CACHE(3, uint64_t, small_fib, (unsigned, n))
{
    return n < 2 ? n : small_fib(n - 1) + small_fib(n - 2);
}

static void recursion_in_a_small_cache(void)
{
    CHECK(small_fib(90) == UINT64_C(2880067194370816120));
    CHECK_INFO(small_fib, 88, 91, 3, 3);
}

static PYF_LRU_CACHE_TRY(2, char, letter, (int, i))
{
    bodies++;
    *out = '?';
    if (i < 0 || i > 2) return false;
    *out = "abc"[i];
    return true;
}

static void with_exceptions(void)
{
    char c = '-';
    bodies = 0;
    CHECK(letter(0, &c) && c == 'a');
    for (int i = 0; i < 2; i++) {
        c = '-';
        CHECK(!letter(15, &c));
        CHECK_EQ(c, '-');
    }
    CHECK_EQ(bodies, 3);
    CHECK_INFO(letter, 0, 3, 2, 1);
    CHECK(letter(1, NULL) && letter(1, &c) && c == 'b' && !letter(-1, NULL));
    CHECK_INFO(letter, 1, 5, 2, 2);
    c = '-';
    CHECK(letter_wrapped(2, &c) && c == 'c');
}

struct object {
    int factor, calls;
};
static PYF_LRU_CACHE(2, int, method, (struct object *, self), (int, x))
{
    self->calls++;
    return self->factor * x;
}

static void a_method(void)
{
    struct object a = { 5, 0 }, b = { 5, 0 }, c = { 7, 0 };
    CHECK_EQ(method(&a, 2), 10);
    CHECK_EQ(method(&b, 2), 10);
    CHECK_EQ(method(&c, 2), 14);
    CHECK_EQ(method(&a, 2), 10);
    CHECK_EQ(a.calls, 2);
    CHECK_EQ(method(&a, 2), 10);
    CHECK(a.calls == 2 && b.calls == 1 && c.calls == 1);
    CHECK_INFO(method, 1, 4, 2, 2);
}

/* ---- keys ---- */

struct padded {
    char tag;
    int x;
    double y;
};
static unsigned hashes;
static bool padded_equal(const struct padded *a, const struct padded *b)
{
    return a->tag == b->tag && a->x == b->x && memcmp(&a->y, &b->y, sizeof a->y) == 0;
}
static uint64_t padded_hash(const struct padded *p)
{
    hashes++;
    return pyf_lru_hash(pyf_lru_hash(0, &p->x, sizeof p->x), &p->tag, sizeof p->tag);
}
static PYF_LRU_CACHE(4, struct padded, by_members,
                     (PYF_KEY_EQ(struct padded, padded_equal, padded_hash), p), (short, add),
                     (PYF_KEY_EQ(struct padded, padded_equal, padded_hash), q))
{
    bodies++;
    p.x += add + q.x;
    return p;
}

static struct padded padded_with(int filler, char tag, int x, double y)
{
    struct padded p;
    memset(&p, filler, sizeof p);
    p.tag = tag;
    p.x = x;
    p.y = y;
    return p;
}

static void structs_member_by_member(void)
{
    static struct padded p, q;
    bodies = hashes = 0;
    for (int i = 0; i < 2; i++) {
        p = padded_with(i == 0 ? 0 : 0xff, 'p', 3, 1.5);
        q = padded_with(i == 0 ? 0x55 : 0, 'q', 4, 2.5);
        CHECK_EQ(by_members(p, 1, q).x, 8);
        CHECK(by_members(p, 1, q).y == 1.5);
    }
    CHECK_EQ(bodies, 1);
    CHECK_EQ(hashes, 8); /* each struct once a call: hash_only_once */
    q.y = -2.5; /* the hash is the same */
    CHECK_EQ(by_members(p, 1, q).x, 8);
    CHECK_EQ(by_members(q, 1, p).x, 8);
    CHECK_EQ(bodies, 3);
    CHECK_INFO(by_members, 3, 3, 4, 3);
}

struct plain {
    uint16_t a, b;
    uint32_t c;
};
static PYF_LRU_CACHE(4, uint32_t, by_bytes, (struct plain, p), (bool, also))
{
    return p.a + p.b + p.c + also;
}

static void structs_by_bytes(void)
{
    struct plain p = { 1, 2, 3 };
    CHECK_EQ(by_bytes(p, true), 7);
    CHECK_EQ(by_bytes(p, true), 7);
    p.b = 3;
    CHECK_EQ(by_bytes(p, true), 8);
    CHECK_EQ(by_bytes(p, false), 7);
    CHECK_INFO(by_bytes, 1, 3, 4, 3);
}

static PYF_LRU_CACHE(8, int, of_double, (double, x)) { (void)x; return (int)++bodies; }
static PYF_LRU_CACHE(8, int, of_float, (float, x), (float, y)) { (void)x, (void)y; return (int)++bodies; }
static PYF_LRU_CACHE(8, int, of_long_double, (long double, x)) { (void)x; return (int)++bodies; }

static void floats_by_bits(void)
{
    volatile double zero = 0.0;
    double nan = zero / zero, other;
    uint64_t bits;
    bodies = 0;
    CHECK_EQ(of_double(0.0), 1);
    CHECK_EQ(of_double(-0.0), 2);
    CHECK_EQ(of_double(0.0), 1);
    CHECK_EQ(of_double(nan), 3);
    CHECK_EQ(of_double(nan), 3);
    memcpy(&bits, &nan, sizeof bits);
    bits ^= 1;
    memcpy(&other, &bits, sizeof bits);
    CHECK_EQ(of_double(other), 4);
    CHECK_INFO(of_double, 2, 4, 8, 4);
    bodies = 0;
    CHECK_EQ(of_float(1, 2), 1);
    CHECK_EQ(of_float(2, 1), 2);
    CHECK_EQ(of_float(1, 2), 1);
}

/* A hash that asks the very function: it runs outside the lock. CPython: reentrancy_with_len. */
struct asks {
    uint32_t n;
};
static uint32_t twice_of(struct asks a);
static bool asks_equal(const struct asks *a, const struct asks *b) { return a->n == b->n; }
static uint64_t asks_hash(const struct asks *a)
{
    struct asks less = { a->n - 1 };
    return a->n == 0 ? 0 : twice_of(less) + 1;
}
static PYF_LRU_CACHE(8, uint32_t, twice_of, (PYF_KEY_EQ(struct asks, asks_equal, asks_hash), a))
{
    return 2 * a.n;
}

static void hash_that_asks(void)
{
    struct asks three = { 3 };
    for (int i = 0; i < 2; i++) CHECK_EQ(twice_of(three), 6);
    CHECK_INFO(twice_of, 4, 4, 8, 4);
}

/* A result of 8 bytes and a key of which 8 are hashed, but more are kept. */
static uint64_t tens_hash(const struct asks *a) { return a->n / 10; }
static PYF_LRU_CACHE(2, uint64_t, wide_twice_of,
                     (PYF_KEY_EQ(struct asks, asks_equal, tens_hash), a))
{
    return UINT64_C(0x200000000) * a.n;
}

static void key_longer_than_its_hash(void)
{
    static const uint32_t numbers[] = { 31, 32, 31, 33, 31, 32 };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct asks a = { numbers[i] };
        CHECK(wide_twice_of(a) == UINT64_C(0x200000000) * numbers[i]);
    }
    CHECK_INFO(wide_twice_of, 2, 4, 2, 2);
}

/* Only the bytes of a long double that say something count: the others are whatever was there. */
static long double long_double_in(int filler, double x)
{
    long double v;
    memset(&v, filler, sizeof v);
    v = (long double)x / 3;
    return v;
}

static void long_doubles_without_their_padding(void)
{
    bodies = 0;
    for (int filler = 0; filler < 200; filler += 40)
        for (int x = 0; x < 5; x++) CHECK_EQ(of_long_double(long_double_in(filler, x)), x + 1);
    CHECK_INFO(of_long_double, 20, 5, 8, 5);
}

static PYF_LRU_CACHE(3, size_t, length, (PYF_KEY_STR(8), s)) { bodies++; return strlen(s); }
static PYF_LRU_CACHE(8, size_t, two_strings, (PYF_KEY_STR(5), a), (int, n), (PYF_KEY_STR(6), b))
{
    bodies++;
    return strlen(a) * 100 + strlen(b) * 10 + (size_t)n;
}
static PYF_LRU_CACHE(3, int, null_too, (PYF_KEY_STR(8), s)) { bodies++; return s == NULL; }
static PYF_LRU_CACHE_TRY(3, int, try_string, (PYF_KEY_STR(4), s)) { *out = 1; return s[0] == 'y'; }

static void strings_by_content(void)
{
    char text[] = "abcdefg", same[] = "abcdefg", buffer[16] = "abc";
    bodies = 0;
    CHECK_EQ(length(text), 7);
    CHECK_EQ(length(same), 7);
    CHECK_EQ(length(""), 0);
    CHECK_EQ(length(buffer), 3);
    memcpy(buffer, "ab\0zz", 6); /* what stands behind the end does not count */
    CHECK_EQ(length(buffer), 2);
    memcpy(buffer, "ab\0yy", 6);
    CHECK_EQ(length(buffer), 2);
    CHECK_EQ(bodies, 4);
    CHECK_INFO(length, 2, 4, 3, 3);
    for (int i = 0; i < 2; i++) CHECK_EQ(length("abcdefgh"), 8); /* one too long */
    for (int i = 0; i < 2; i++) CHECK_EQ(length("abcdefghabcdefgh"), 16);
    CHECK_EQ(bodies, 8);
    CHECK_INFO(length, 2, 8, 3, 3);
    bodies = 0;
    CHECK_EQ(two_strings("ab", 1, "c"), 211);
    CHECK_EQ(two_strings("a", 1, "bc"), 121);
    CHECK_EQ(two_strings("ab", 1, "c"), 211);
    CHECK_EQ(two_strings("abcd", 1, "c"), 411);
    CHECK_EQ(two_strings("abcde", 1, "c"), 511);
    CHECK_EQ(two_strings("a", 1, "bbbbbb"), 161);
    CHECK_EQ(bodies, 5);
    CHECK_INFO(two_strings, 1, 5, 8, 3);
    CHECK(null_too(NULL) == 1 && null_too(NULL) == 1 && null_too("") == 0 && null_too("") == 0);
    CHECK_INFO(null_too, 1, 3, 3, 1);
    int v = 9;
    CHECK(!try_string("nothing", &v) && v == 9);
    CHECK(try_string("yes, long", &v) && v == 1);
    CHECK(try_string("yes", NULL) && try_string("yes", &v));
    CHECK_INFO(try_string, 1, 3, 3, 1);
}

static PYF_LRU_CACHE(4, uint64_t, eight, (uint8_t, a), (int16_t, b), (int32_t, c), (int64_t, d),
                     (float, e), (PYF_KEY_STR(9), f), (const void *, g), (struct plain, h))
{
    bodies++;
    return a + (uint64_t)b + (uint64_t)c + (uint64_t)d + (uint64_t)e + strlen(f) + (g != NULL) + h.c;
}

static void eight_arguments(void)
{
    struct plain p = { 1, 2, 3 };
    int here;
    bodies = 0;
    for (int i = 0; i < 2; i++) CHECK_EQ(eight(1, 2, 3, 4, 5, "sixsix", &here, p), 25);
    CHECK_EQ(bodies, 1);
    CHECK_EQ(eight(2, 2, 3, 4, 5, "sixsix", &here, p), 26);
    CHECK_EQ(eight(1, 3, 3, 4, 5, "sixsix", &here, p), 26);
    CHECK_EQ(eight(1, 2, 4, 4, 5, "sixsix", &here, p), 26);
    CHECK_EQ(eight(1, 2, 3, 5, 5, "sixsix", &here, p), 26);
    CHECK_EQ(eight(1, 2, 3, 4, 6, "sixsix", &here, p), 26);
    CHECK_EQ(eight(1, 2, 3, 4, 5, "sevense", &here, p), 26);
    CHECK_EQ(eight(1, 2, 3, 4, 5, "sixsix", NULL, p), 24);
    p.c++;
    CHECK_EQ(eight(1, 2, 3, 4, 5, "sixsix", &here, p), 26);
    CHECK_EQ(bodies, 9);
    CHECK_EQ(eight(1, 2, 3, 4, 5, "sixsix", NULL, (p.c--, p)), 24);
    CHECK_INFO(eight, 2, 9, 4, 4);
}

/* Each number of arguments once, each argument told from the others. */
#define OF_N(n, sum, ...) \
    static PYF_LRU_CACHE(40, long, of_##n, __VA_ARGS__) { bodies++; return sum; }
OF_N(2, a + 2 * b, (char, a), (long, b))
OF_N(3, a + 2 * b + 3 * c, (char, a), (long, b), (char, c))
OF_N(4, a + 2 * b + 3 * c + 4 * d, (char, a), (long, b), (char, c), (short, d))
OF_N(5, a + 2 * b + 3 * c + 4 * d + 5 * e, (char, a), (long, b), (char, c), (short, d), (int, e))
OF_N(6, a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f, (char, a), (long, b), (char, c), (short, d),
     (int, e), (char, f))
OF_N(7, a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g, (char, a), (long, b), (char, c),
     (short, d), (int, e), (char, f), (signed char, g))

static void each_number_of_arguments(void)
{
    bodies = 0;
    for (int round = 0; round < 2; round++) {
        CHECK_EQ(of_2(1, 1), 3);
        CHECK_EQ(of_2(3, 0), 3);
        CHECK_EQ(of_3(1, 1, 1), 6);
        CHECK_EQ(of_3(0, 0, 2), 6);
        CHECK_EQ(of_4(1, 1, 1, 1), 10);
        CHECK_EQ(of_4(2, 0, 0, 2), 10);
        CHECK_EQ(of_5(1, 1, 1, 1, 1), 15);
        CHECK_EQ(of_5(0, 0, 0, 0, 3), 15);
        CHECK_EQ(of_6(1, 1, 1, 1, 1, 1), 21);
        CHECK_EQ(of_6(3, 0, 0, 0, 0, 3), 21);
        CHECK_EQ(of_7(1, 1, 1, 1, 1, 1, 1), 28);
        CHECK_EQ(of_7(0, 0, 0, 0, 0, 0, 4), 28);
    }
    CHECK_EQ(bodies, 12);
}

/* External linkage, declared as a header would. */
int exported(int x);
PYF_LRU_CACHE(4, int, exported, (int, x)) { bodies++; return x + 1; }

static void external_linkage(void)
{
    int (*f)(int) = exported;
    bodies = 0;
    CHECK(f(1) == 2 && exported(1) == 2 && bodies == 1);
    CHECK_INFO(exported, 1, 1, 4, 1);
}

struct big {
    unsigned char bytes[200];
};
static PYF_LRU_CACHE(3, struct big, big, (struct big, b))
{
    bodies++;
    b.bytes[199]++;
    return b;
}

static void big_keys_and_values(void)
{
    struct big b;
    bodies = 0;
    for (int round = 0; round < 2; round++)
        for (unsigned i = 0; i < 3; i++) {
            memset(&b, 1, sizeof b);
            b.bytes[i * 99] = 7;
            struct big got = big(b);
            b.bytes[199]++;
            CHECK(memcmp(&got, &b, sizeof b) == 0);
        }
    CHECK_EQ(bodies, 3);
}

/* More entries than 16 bits can number, and exactly so many, and one less. */
static PYF_LRU_CACHE(65533, uint32_t, just_16_bits, (uint32_t, x)) { return ~x; }
static PYF_LRU_CACHE(65534, uint32_t, most_16_bits, (uint32_t, x)) { return ~x; }
static PYF_LRU_CACHE(65535, uint32_t, first_32_bits, (uint32_t, x)) { return ~x; }

static void around_sixteen_bits(void)
{
    if (!CHECK_FORK) CHECK_SKIP("too large for this board's patience");
    if (check_slowness() >= 10) CHECK_SKIP("left to the quick flavours");
    for (int round = 0; round < 2; round++)
        for (uint32_t x = 0; x < 65535; x++) {
            CHECK_EQ(just_16_bits(x), ~x);
            CHECK_EQ(most_16_bits(x), ~x);
            CHECK_EQ(first_32_bits(x), ~x);
        }
    CHECK_INFO(just_16_bits, 0, 131070, 65533, 65533);
    CHECK_INFO(most_16_bits, 0, 131070, 65534, 65534);
    CHECK_INFO(first_32_bits, 65535, 65535, 65535, 65535);
}

static PYF_LRU_CACHE_UNLOCKED(3, int, unlocked, (int, x)) { return x; }
static PYF_LRU_CACHE_UNLOCKED(PYF_UNBOUNDED, int, unlocked_unbounded, (int, x)) { return x; }

static void unlocked_forms(void)
{
    for (int i = 0; i < 8; i++) CHECK_EQ(unlocked(i % 4) + unlocked_unbounded(i % 4), i % 4 * 2);
    CHECK_INFO(unlocked, 0, 8, 3, 3);
    if (!PYFEAT_NO_MALLOC) CHECK_INFO(unlocked_unbounded, 4, 4, PYF_UNBOUNDED, 4);
    unlocked_cache_clear();
    unlocked_unbounded_cache_clear();
    CHECK_INFO(unlocked, 0, 0, 3, 0);
    if (CHECK_FORK) CHECK_EQ(blocks_out, 0);
}

static void seeds(void)
{
    length_cache_seed(1, 2);
    bodies = 0;
    for (int i = 0; i < 6; i++) CHECK_EQ(length(i % 2 ? "abc" : "abcdefg"), i % 2 ? 3 : 7);
    CHECK_EQ(bodies, 2);
    for (int i = 0; i < 6; i++) CHECK_EQ(length(&"abcdef"[i]), (size_t)(6 - i));
    CHECK_INFO(length, 4, 8, 3, 3);
    length_cache_seed(0, 0);
    CHECK_INFO(length, 0, 0, 3, 0);
}

/* SipHash-1-3 under the key 0, 1, ..., 15 of nothing and of one byte 0. Words are read in the order
 * of the machine, so elsewhere it is another function, and as good. */
static void siphash_values(void)
{
    uint64_t seed[2], first;
    unsigned char bytes[16];
    struct pyfi_lru_memo memo;
    for (unsigned i = 0; i < 16; i++) bytes[i] = (unsigned char)i;
    memcpy(seed, bytes, sizeof seed);
    memcpy(&first, bytes, sizeof first);
    if (first != UINT64_C(0x0706050403020100)) CHECK_SKIP("big-endian");
    memset(&memo, 0, sizeof memo);
    memo.seed[0] = seed[0];
    memo.seed[1] = seed[1];
    CHECK(pyf_lru_memo_hash(&memo, bytes, 0) == UINT32_C(0xabac0158));
    CHECK(pyf_lru_memo_hash(&memo, bytes, 1) == UINT32_C(0xc9f49bf3));
}

/* ---- a model of memoized functions ----
 *
 * A naive list, newest first, with the semantics of CPython's C implementation, and a body that
 * calls its function again, clears the cache or fails, as a plan says. The body's value is how many
 * bodies have run, so that it shows which call a cached value is from. */

enum { DEPTH = 5, LOG = 4096, MODEL = 4096 };

struct side {
    bool (*call)(uint32_t n, uint32_t *value);
    void (*clear)(void);
    uint32_t serial, depth, logged;
    uint32_t log[LOG];
};

static struct side *side; /* whose body runs */
static uint32_t plan, domain;
static bool may_fail;

static uint32_t script(uint32_t n, uint32_t depth)
{
    uint32_t x = (n * UINT32_C(2654435761) + plan + depth * 97u) & 0xffffffffu;
    return (x >> 9) % 16;
}

static bool body(uint32_t n, uint32_t *value)
{
    struct side *me = side;
    uint32_t what = script(n, me->depth), ignored;
    if (me->logged < LOG) me->log[me->logged++] = n;
    if (me->depth < DEPTH) {
        me->depth++;
        if (what == 0) (void)me->call((n + 1) % domain, &ignored);
        if (what == 1) (void)me->call(n, &ignored);
        if (what == 2 && n % 3 == 0) me->clear();
        if (what == 3) {
            (void)me->call((n * 7 + 1) % domain, &ignored);
            (void)me->call((n + 3) % domain, &ignored);
        }
        me->depth--;
    }
    if (what == 4 && may_fail) return false;
    *value = ++me->serial;
    return true;
}

static struct {
    uint32_t key[MODEL], value[MODEL];
    uint64_t hits, misses;
    size_t maxsize, size;
    bool once; /* a key that is being computed is not computed for the cache again */
    uint32_t flights[DEPTH + 1], flying;
} model;

static size_t model_find(uint32_t n)
{
    size_t i = 0;
    while (i < model.size && model.key[i] != n) i++;
    return i;
}

static void model_front(size_t i, uint32_t n, uint32_t value)
{
    memmove(model.key + 1, model.key, i * sizeof model.key[0]);
    memmove(model.value + 1, model.value, i * sizeof model.value[0]);
    model.key[0] = n;
    model.value[0] = value;
}

static bool model_call(uint32_t n, uint32_t *value)
{
    size_t i = model_find(n);
    if (i < model.size) {
        *value = model.value[i];
        model.hits++;
        model_front(i, n, *value);
        return true;
    }
    model.misses++;
    if (model.once) {
        for (uint32_t f = 0; f < model.flying; f++)
            if (model.flights[f] == n) return body(n, value);
        model.flights[model.flying++] = n;
    }
    bool ok = body(n, value);
    if (model.once) model.flying--;
    if (!ok) return false;
    i = model_find(n);
    if (i < model.size) {
        if (model.maxsize == PYF_UNBOUNDED) model.value[i] = *value;
        return true;
    }
    if (model.maxsize == 0 || model.size == MODEL) return true;
    if (model.size < model.maxsize) model.size++;
    model_front(model.size - 1, n, *value);
    return true;
}

static void model_clear(void) { model.size = 0, model.hits = model.misses = 0; }

/* Memoized functions over that body: each form and size. Keys of the second kind nearly all collide. */
struct knot {
    uint32_t n;
    char filler;
};
static bool knot_equal(const struct knot *a, const struct knot *b) { return a->n == b->n; }
static uint64_t knot_hash(const struct knot *k) { return k->n & 1; }

struct subject {
    const char *name;
    bool (*call)(uint32_t n, uint32_t *value);
    void (*clear)(void);
    pyf_cache_info (*info)(void);
    enum { SIMPLE, FAILS, ONCE } kind;
};

#define SUBJECT_TRY(form, tag, maxsize) \
    static form(maxsize, uint32_t, tag, (uint32_t, n)) { return body(n, out); } \
    static bool tag##_call(uint32_t n, uint32_t *value) { return tag(n, value); }
#define SUBJECT(form, tag, maxsize) \
    static form(maxsize, uint32_t, tag, (uint32_t, n)) \
    { \
        uint32_t v = 0; \
        CHECK(body(n, &v)); \
        return v; \
    } \
    static bool tag##_call(uint32_t n, uint32_t *value) { *value = tag(n); return true; }
#define SUBJECT_KNOT(form, tag, maxsize) \
    static form(maxsize, uint32_t, tag, (PYF_KEY_EQ(struct knot, knot_equal, knot_hash), k)) \
    { \
        uint32_t v = 0; \
        CHECK(body(k.n, &v)); \
        return v; \
    } \
    static bool tag##_call(uint32_t n, uint32_t *value) \
    { \
        struct knot k = { n, 'x' }; \
        *value = tag(k); \
        return true; \
    }
#define SUBJECT_TEXT(form, tag, maxsize) \
    static form(maxsize, uint32_t, tag, (char, c), (PYF_KEY_STR(24), s)) \
    { \
        uint32_t v = 0; \
        CHECK(c == '!' && body((uint32_t)strtoul(s + strspn(s, "-"), NULL, 10), &v)); \
        return v; \
    } \
    static bool tag##_call(uint32_t n, uint32_t *value) \
    { \
        char s[32]; \
        memset(s, '-', sizeof s); \
        (void)snprintf(s + n % 14, sizeof s - n % 14, "%lu", (unsigned long)n); \
        *value = tag('!', s); \
        return true; \
    }

SUBJECT(PYF_LRU_CACHE, plain_0, 0)
SUBJECT(PYF_LRU_CACHE, plain_1, 1)
SUBJECT_TRY(PYF_LRU_CACHE_TRY, try_2, 2)
SUBJECT_TEXT(PYF_LRU_CACHE, text_3, 3)
SUBJECT(PYF_LRU_CACHE_UNLOCKED, unlocked_4, 4)
SUBJECT_KNOT(PYF_LRU_CACHE, knot_5, 5)
SUBJECT(PYF_LRU_CACHE_ONCE, once_6, 6)
SUBJECT_TRY(PYF_LRU_CACHE_TRY, try_7, 7)
SUBJECT(PYF_LRU_CACHE, plain_13, 13)
SUBJECT_TEXT(PYF_LRU_CACHE_UNLOCKED, text_21, 21)
SUBJECT_KNOT(PYF_LRU_CACHE_UNLOCKED, knot_33, 33)
SUBJECT_TRY(PYF_LRU_CACHE_TRY, try_64, 64)
SUBJECT(PYF_LRU_CACHE, plain_unbounded, PYF_UNBOUNDED)
SUBJECT_TRY(PYF_LRU_CACHE_TRY, try_unbounded, PYF_UNBOUNDED)
SUBJECT_KNOT(PYF_LRU_CACHE_UNLOCKED, knot_unbounded, PYF_UNBOUNDED)

#define ROW(tag, kind) { #tag, tag##_call, tag##_cache_clear, tag##_cache_info, kind }
static const struct subject subjects[] = {
    ROW(plain_0, SIMPLE), ROW(plain_1, SIMPLE), ROW(try_2, FAILS), ROW(text_3, SIMPLE),
    ROW(unlocked_4, SIMPLE), ROW(knot_5, SIMPLE), ROW(once_6, ONCE), ROW(try_7, FAILS), ROW(plain_13, SIMPLE),
    ROW(text_21, SIMPLE), ROW(knot_33, SIMPLE), ROW(try_64, FAILS),
    ROW(plain_unbounded, SIMPLE), ROW(try_unbounded, FAILS), ROW(knot_unbounded, SIMPLE)
};
enum { SUBJECTS = sizeof subjects / sizeof subjects[0] };

static struct side real_side, model_side;

static bool call_as(struct side *s, uint32_t n, uint32_t *value)
{
    side = s;
    s->depth = s->logged = 0;
    return s->call(n, value);
}

static bool infos_agree(pyf_cache_info info)
{
    return info.hits == model.hits && info.misses == model.misses &&
           info.maxsize == model.maxsize && info.currsize == model.size;
}

/* One operation on both; false as soon as they differ. */
static bool step_of(const struct subject *s, uint64_t *rng, FILE *trace)
{
    uint32_t n = check_below(rng, domain), a = 0, b = 0;
    if (check_below(rng, 400) == 0) {
        s->clear();
        model_clear();
        if (trace != NULL) fprintf(trace, "clear\n");
        return infos_agree(s->info());
    }
    bool ok = call_as(&real_side, n, &a), want = call_as(&model_side, n, &b);
    if (ok != want || a != b || real_side.logged != model_side.logged) return false;
    if (memcmp(real_side.log, model_side.log, a ? real_side.logged * sizeof real_side.log[0] : 0) != 0)
        return false;
    pyf_cache_info info = s->info();
    if (trace != NULL) {
        fprintf(trace, "call %lu %d %lu %lu %lu %lu", (unsigned long)n, ok, (unsigned long)a,
                (unsigned long)info.hits, (unsigned long)info.misses, (unsigned long)info.currsize);
        for (uint32_t i = 0; i < real_side.logged; i++)
            fprintf(trace, " %lu", (unsigned long)real_side.log[i]);
        fprintf(trace, "\n");
    }
    return infos_agree(info);
}

/* Drives one function and the model through so many operations. */
static void drive(const struct subject *s, uint64_t stream, unsigned long count, FILE *trace)
{
    uint64_t rng = check_rng(stream);
    pyf_cache_info info = s->info();
    s->clear();
    model_clear();
    model.maxsize = info.maxsize;
    model.once = s->kind == ONCE;
    model.flying = 0;
    may_fail = s->kind == FAILS;
    real_side.call = s->call;
    real_side.clear = s->clear;
    model_side.call = model_call;
    model_side.clear = model_clear;
    real_side.serial = model_side.serial = 0;
    for (unsigned long i = 0; i < count; i++) {
        if (i % 500 == 0) {
            size_t size = model.maxsize == PYF_UNBOUNDED ? 100 : model.maxsize;
            plan = (uint32_t)check_random(&rng);
            domain = 1 + check_below(&rng, 3 * (unsigned)size + 3);
            if (trace != NULL)
                fprintf(trace, "plan %lu %lu\n", (unsigned long)plan, (unsigned long)domain);
        }
        if (!step_of(s, &rng, trace)) {
            printf("%s: differs from the model after %lu operations\n", s->name, i + 1);
            CHECK(false);
            return;
        }
    }
}

static void memoized_like_the_model(void)
{
    for (unsigned i = 0; i < SUBJECTS; i++) {
        if (PYFEAT_NO_MALLOC && subjects[i].info().maxsize == PYF_UNBOUNDED) continue;
        drive(&subjects[i], 100 + i, operations(2 * SUBJECTS), NULL);
    }
}

static void memoized_like_cpython(void)
{
#if CHECK_FORK
    bool spared = check_slowness() > 1 && getenv("CHECK_OPS") == NULL;
    if (spared) CHECK_SKIP("left to the quick flavours");
    if (system("python3 -c 'import functools' > /dev/null 2>&1") != 0) CHECK_SKIP("no python3");
    char command[1000];
    const char *name = strrchr(__FILE__, '/');
    (void)snprintf(command, sizeof command, "python3 '%.*slru_oracle.py'",
                   name == NULL ? 0 : (int)(name + 1 - __FILE__), __FILE__);
    FILE *oracle = popen(command, "w");
    CHECK(oracle != NULL);
    if (oracle == NULL) return;
    for (unsigned i = 0; i < SUBJECTS; i++) {
        pyf_cache_info info = subjects[i].info();
        if (subjects[i].kind == ONCE) continue;
        if (PYFEAT_NO_MALLOC && info.maxsize == PYF_UNBOUNDED) continue;
        fprintf(oracle, "cache %ld %d\n", info.maxsize == PYF_UNBOUNDED ? -1 : (long)info.maxsize,
                subjects[i].kind == FAILS);
        drive(&subjects[i], 200 + i, operations(40 * SUBJECTS), oracle);
    }
    CHECK_EQ(pclose(oracle), 0);
#else
    CHECK_SKIP("no python3 here");
#endif
}

/* ---- compute once: one thread ---- */

static PYF_LRU_CACHE_ONCE(4, int, once, (int, n))
{
    bodies++;
    if (n == 1 && bodies < 3) return once(1) + 1;
    return n == 2 ? once(3) + once(4) : n;
}

static void once_in_one_thread(void)
{
    bodies = 0;
    CHECK_EQ(once(2), 7);
    CHECK_EQ(once(2), 7);
    CHECK_EQ(bodies, 3);
    CHECK_INFO(once, 1, 3, 4, 3);
    once_cache_clear();
    bodies = 0;
    CHECK_EQ(once(1), 3); /* 1 in 1 in 1: plain calls; the outermost is stored */
    CHECK_EQ(bodies, 3);
    CHECK_EQ(once(1), 3);
    CHECK_INFO(once, 1, 3, 4, 1);
}

/* ---- out of memory ---- */

static PYF_CACHE(uint32_t, hungry, (uint32_t, n)) { bodies++; return n * 3; }

static void unbounded_without_memory(void)
{
    long before = blocks_out; /* without processes of their own, other cases leave something */
    bodies = 0;
    mallocs_left = 0;
    for (uint32_t n = 0; n < 200; n++) CHECK_EQ(hungry(n % 100), n % 100 * 3);
    CHECK_INFO(hungry, 0, 200, PYF_UNBOUNDED, 0);
    if (PYFEAT_NO_MALLOC) return;
    for (long allowed = 1; allowed < 8; allowed++) {
        hungry_cache_clear();
        CHECK_EQ(blocks_out, before);
        mallocs_left = allowed;
        for (uint32_t n = 0; n < 2000; n++) CHECK_EQ(hungry(n % 1000), n % 1000 * 3);
        pyf_cache_info info = hungry_cache_info();
        CHECK_EQ(info.hits, info.currsize); /* the second time around, what was stored was hit */
        CHECK_EQ(info.currsize, allowed == 7 ? 896 : 7L << allowed);
        CHECK_EQ(blocks_out, before + 1);
    }
    mallocs_left = -1;
    for (uint32_t n = 0; n < 1000; n++) CHECK_EQ(hungry(n), n * 3);
    CHECK_EQ(hungry_cache_info().currsize, 1000);
    hungry_cache_clear();
    CHECK_EQ(blocks_out, before);
}

/* ---- pyf_lru ---- */

struct budget {
    long left, out; /* allocations; bytes not given back */
};
static void *budget_alloc(void *ctx, size_t size)
{
    struct budget *b = ctx;
    if (b->left == 0) return NULL;
    b->left--;
    b->out += (long)size;
    return malloc(size);
}
static void budget_release(void *ctx, void *block, size_t size)
{
    struct budget *b = ctx;
    b->out -= (long)size;
    free(block);
}

static void lru_by_hand(void)
{
    static uint64_t memory[64];
    pyf_lru c;
    CHECK_EQ(pyf_lru_init(&c, .maxsize = 3, .key_size = sizeof(int), .value_size = sizeof(double),
                          .memory = memory, .memory_size = sizeof memory),
             PYF_OK);
    for (int k = 1; k <= 4; k++) {
        double v = k * 1.5;
        CHECK_EQ(pyf_lru_put(&c, &k, &v), PYF_OK);
    }
    int k = 2;
    double *v = pyf_lru_get(&c, &k);
    CHECK(v != NULL && *v == 3.0);
    k = 1;
    CHECK(pyf_lru_get(&c, &k) == NULL);
    k = 3;
    v = pyf_lru_peek(&c, &k);
    CHECK(v != NULL && *v == 4.5);
    pyf_cache_info info = pyf_lru_info(&c);
    CHECK(info.hits == 1 && info.misses == 1 && info.maxsize == 3 && info.currsize == 3);
    static const int order[] = { 2, 4, 3 };
    size_t at = 0, n = 0;
    const void *key;
    void *value;
    while (pyf_lru_next(&c, &at, &key, &value) && n < 3) {
        CHECK_EQ(*(const int *)key, order[n]);
        CHECK(*(double *)value == order[n] * 1.5);
        n++;
    }
    CHECK_EQ(n, 3);
    for (at = n = 0; pyf_lru_next(&c, &at, NULL, NULL); n++) {}
    CHECK_EQ(n, 3);
    at = 4;
    CHECK(!pyf_lru_next(&c, &at, &key, &value) && at == 4);
    k = 9;
    double nine = 9;
    CHECK_EQ(pyf_lru_put(&c, &k, &nine), PYF_OK);
    k = 3;
    CHECK(pyf_lru_peek(&c, &k) == NULL);
    k = 4;
    CHECK(pyf_lru_remove(&c, &k) && !pyf_lru_remove(&c, &k));
    CHECK_EQ(pyf_lru_resize(&c, 4), PYF_MEMORY_ERROR);
    CHECK_EQ(pyf_lru_resize(&c, 1), PYF_OK);
    CHECK_EQ(pyf_lru_info(&c).currsize, 1);
    CHECK_EQ(pyf_lru_resize(&c, 3), PYF_OK);
    CHECK_EQ(pyf_lru_clear(&c), PYF_OK);
    CHECK(pyf_lru_info(&c).hits == 0 && pyf_lru_info(&c).currsize == 0);
    CHECK_EQ(pyf_lru_free(&c), PYF_OK);
    CHECK(pyf_lru_get(&c, &k) == NULL);
    CHECK_EQ(pyf_lru_free(&c), PYF_OK);
}

static void all_zero_holds_nothing(void)
{
    pyf_lru c;
    int k = 1, v = 2;
    size_t at = 0;
    memset(&c, 0, sizeof c);
    CHECK(pyf_lru_get(&c, &k) == NULL && pyf_lru_peek(&c, &k) == NULL && !pyf_lru_remove(&c, &k));
    CHECK_EQ(pyf_lru_put(&c, &k, &v), PYF_OK);
    CHECK(!pyf_lru_next(&c, &at, NULL, NULL));
    CHECK(pyf_lru_get(&c, &k) == NULL);
    CHECK(pyf_lru_info(&c).misses == 2 && pyf_lru_info(&c).currsize == 0);
    CHECK_EQ(pyf_lru_resize(&c, 0), PYF_OK);
    CHECK_EQ(pyf_lru_resize(&c, 5), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_lru_clear(&c), PYF_OK);
    CHECK_EQ(pyf_lru_free(&c), PYF_OK);
}

static bool int_equal(const void *a, const void *b) { return *(const int *)a == *(const int *)b; }
static uint64_t int_hash(const void *k) { return (uint64_t)(*(const int *)k & 3); }

static void bad_options(void)
{
    uint64_t memory[64];
    pyf_lru c, before;
    memset(&c, 0x5a, sizeof c);
    before = c;
#define BAD(st, ...) CHECK_EQ(pyf_lru_init(&c, __VA_ARGS__), st)
    BAD(PYF_VALUE_ERROR, .maxsize = 4, .value_size = 8);
    BAD(PYF_VALUE_ERROR, .maxsize = 4, .key_size = (size_t)-1, .value_size = 8);
    BAD(PYF_VALUE_ERROR, .maxsize = 4, .key_size = 4, .value_size = (size_t)-1);
    BAD(PYF_VALUE_ERROR, .maxsize = 4, .key_size = 8, .value_size = (size_t)-8);
    BAD(PYF_VALUE_ERROR, .maxsize = PYF_UNBOUNDED - 1, .key_size = 4, .value_size = 8);
    BAD(PYF_VALUE_ERROR, .maxsize = 0x3fffffff, .key_size = 4, .value_size = 8);
    BAD(PYF_VALUE_ERROR, .maxsize = 4, .key_size = 4, .value_size = 8, .equal = int_equal);
    BAD(PYF_VALUE_ERROR, .maxsize = 4, .key_size = 4, .value_size = 8, .hash = int_hash);
    BAD(PYF_VALUE_ERROR, .maxsize = 4, .key_size = 4, .memory = memory, .memory_size = 20);
    BAD(PYF_VALUE_ERROR, .maxsize = PYF_UNBOUNDED, .key_size = 4, .memory = memory,
        .memory_size = sizeof memory);
    CHECK_EQ(pyf_lru_init_with(NULL, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_lru_init_with(&c, NULL), PYF_VALUE_ERROR);
    struct budget none_left = { 0, 0 };
    pyf_allocator a = { budget_alloc, budget_release, &none_left };
    BAD(PYF_MEMORY_ERROR, .maxsize = 4, .key_size = 4, .value_size = 8, .allocator = &a);
    if (sizeof(size_t) == 8) { /* more than any address space has */
        BAD(PYF_MEMORY_ERROR, .maxsize = 0x3ffffff0, .key_size = 1u << 29, .value_size = 1u << 28,
            .allocator = &a);
    }
    CHECK(memcmp(&c, &before, sizeof c) == 0);
}

/* The sum of a cache's content, by which two caches are told apart. */
static void out_of_memory_at_each_allocation(void)
{
    for (long allowed = 0; allowed < 12; allowed++) {
        struct budget b = { allowed, 0 };
        pyf_allocator a = { budget_alloc, budget_release, &b };
        pyf_lru c;
        size_t stored = 0;
        CHECK_EQ(pyf_lru_init(&c, .maxsize = PYF_UNBOUNDED, .key_size = 4, .value_size = 4,
                              .allocator = &a),
                 PYF_OK);
        for (uint32_t k = 0; k < 500; k++) {
            uint32_t v = k + 1;
            pyf_status st = pyf_lru_put(&c, &k, &v);
            CHECK(st == PYF_OK || st == PYF_MEMORY_ERROR);
            stored += st == PYF_OK;
        }
        CHECK_EQ(pyf_lru_info(&c).currsize, stored);
        CHECK(allowed == 0 ? stored == 0 : allowed >= 7 ? stored == 500 : stored == 7u << allowed);
        for (uint32_t k = 0; k < stored; k++) {
            uint32_t *v = pyf_lru_get(&c, &k);
            CHECK(v != NULL && *v == k + 1);
        }
        CHECK_EQ(pyf_lru_free(&c), PYF_OK);
        CHECK_EQ(b.out, 0);
    }
    struct budget b = { 1, 0 };
    pyf_allocator a = { budget_alloc, budget_release, &b };
    pyf_lru c;
    CHECK_EQ(pyf_lru_init(&c, .maxsize = 3, .key_size = 4, .value_size = 4, .allocator = &a), PYF_OK);
    for (uint32_t k = 0; k < 3; k++) CHECK_EQ(pyf_lru_put(&c, &k, &k), PYF_OK);
    CHECK_EQ(pyf_lru_resize(&c, 4), PYF_MEMORY_ERROR);
    CHECK(pyf_lru_info(&c).maxsize == 3 && pyf_lru_info(&c).currsize == 3);
    for (uint32_t k = 0; k < 3; k++) CHECK(pyf_lru_peek(&c, &k) != NULL);
    CHECK_EQ(pyf_lru_free(&c), PYF_OK);
    CHECK_EQ(b.out, 0);
}

static unsigned reasons[4];
static pyf_lru *told_by;
static void note_reason(void *ctx, const void *key, const void *value, int why)
{
    int v = 7;
    CHECK_EQ(*(const int *)value, *(const int *)key * 2);
    CHECK(why >= 0 && why < 4);
    reasons[why]++;
    *(int *)ctx += *(const int *)key;
    CHECK_EQ(pyf_lru_put(told_by, &v, &v), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_lru_resize(told_by, 9), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_lru_clear(told_by), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_lru_free(told_by), PYF_INVALID_STATE_ERROR);
    CHECK(!pyf_lru_remove(told_by, &v));
    if (why != PYF_LRU_REPLACED) CHECK(pyf_lru_peek(told_by, key) == NULL);
}

static void eviction_callback(void)
{
    static uint64_t memory[PYF_LRU_BYTES(4, sizeof(int), sizeof(int)) / 8 + 1];
    pyf_lru c;
    int sum = 0;
    told_by = &c;
    CHECK_EQ(pyf_lru_init(&c, .maxsize = 4, .key_size = sizeof(int), .value_size = sizeof(int),
                          .memory = memory, .memory_size = sizeof memory, .on_evict = note_reason,
                          .ctx = &sum),
             PYF_OK);
    for (int k = 1; k <= 6; k++) {
        int v = k * 2;
        CHECK_EQ(pyf_lru_put(&c, &k, &v), PYF_OK);
    }
    CHECK(reasons[PYF_LRU_EVICTED] == 2 && sum == 3);
    int k = 5, v = 10;
    CHECK_EQ(pyf_lru_put(&c, &k, &v), PYF_OK);
    CHECK(reasons[PYF_LRU_REPLACED] == 1 && sum == 8);
    CHECK(pyf_lru_remove(&c, &k));
    CHECK(reasons[PYF_LRU_REMOVED] == 1 && sum == 13);
    CHECK_EQ(pyf_lru_resize(&c, 2), PYF_OK);
    CHECK(reasons[PYF_LRU_EVICTED] == 3 && sum == 16);
    CHECK_EQ(pyf_lru_free(&c), PYF_OK);
    CHECK(reasons[PYF_LRU_CLEARED] == 2 && sum == 26);
    CHECK_EQ(pyf_lru_init(&c, .maxsize = 0, .key_size = sizeof(int), .value_size = sizeof(int),
                          .on_evict = note_reason, .ctx = &sum),
             PYF_OK);
    CHECK_EQ(pyf_lru_put(&c, &k, &v), PYF_OK);
    CHECK(reasons[PYF_LRU_EVICTED] == 4 && sum == 31);
    CHECK_EQ(pyf_lru_free(&c), PYF_OK);
}

/* Keys and values that lie in the cache itself. */
static void put_of_its_own_parts(void)
{
    struct budget b = { 99, 0 };
    pyf_allocator a = { budget_alloc, budget_release, &b };
    for (int unbounded = 0; unbounded < 2; unbounded++) {
        pyf_lru c;
        CHECK_EQ(pyf_lru_init(&c, .maxsize = unbounded ? PYF_UNBOUNDED : 14, .key_size = 8,
                              .value_size = 24, .allocator = &a),
                 PYF_OK);
        for (uint64_t k = 0; k < 14; k++) {
            uint64_t v[3] = { k, k + 1, k + 2 };
            CHECK_EQ(pyf_lru_put(&c, &k, v), PYF_OK);
        }
        uint64_t k = 0, fresh = 77;
        uint64_t *oldest = pyf_lru_peek(&c, &k);
        CHECK_EQ(pyf_lru_put(&c, &fresh, oldest), PYF_OK); /* evicts it, or moves everything */
        uint64_t *v = pyf_lru_get(&c, &fresh);
        CHECK(v != NULL && v[0] == 0 && v[1] == 1 && v[2] == 2);
        size_t at = 0;
        const void *key;
        void *value;
        CHECK(pyf_lru_next(&c, &at, &key, &value) && *(const uint64_t *)key == 77);
        CHECK_EQ(pyf_lru_put(&c, key, value), PYF_OK);
        CHECK(pyf_lru_remove(&c, key) && !pyf_lru_remove(&c, &fresh));
        CHECK_EQ(pyf_lru_free(&c), PYF_OK);
        CHECK_EQ(b.out, 0);
    }
}

/* ---- pyf_lru and its model ---- */

static bool naive_step(pyf_lru *c, uint64_t *rng, unsigned keys)
{
    unsigned char key[KEY_MAX], value[VALUE_MAX];
    unsigned what = check_below(rng, 1000), k = check_below(rng, keys);
    memset(key, 0, sizeof key);
    key[naive.key_size - 1] = (unsigned char)(k / 7 + 1); /* differ at either end */
    key[0] = (unsigned char)(key[0] + k % 7);
    for (size_t i = 0; i < naive.value_size; i++) value[i] = (unsigned char)check_below(rng, 256);
    size_t i = naive_find(key);
    bool there = i < naive.size;
    if (what < 400) {
        unsigned char *got = pyf_lru_get(c, key);
        naive.hits += there;
        naive.misses += !there;
        if ((got != NULL) != there) return false;
        if (there && memcmp(got, naive.at[i].value, naive.value_size) != 0) return false;
        if (there) naive_use(i);
    } else if (what < 450) {
        unsigned char *got = pyf_lru_peek(c, key);
        if ((got != NULL) != there) return false;
        if (there && memcmp(got, naive.at[i].value, naive.value_size) != 0) return false;
    } else if (what < 900) {
        if (pyf_lru_put(c, key, value) != PYF_OK) return false;
        naive_put(key, value);
    } else if (what < 985) {
        if (pyf_lru_remove(c, key) != there) return false;
        if (there) naive_drop(i);
    } else if (what < 997) {
        size_t limit = check_below(rng, 8) == 0 ? PYF_UNBOUNDED : check_below(rng, 65);
        if (pyf_lru_resize(c, limit) != PYF_OK) return false;
        naive.limit = limit;
        while (naive.size > naive.limit) naive_evict();
    } else {
        if (pyf_lru_clear(c) != PYF_OK) return false;
        naive.left += naive.size;
        naive.size = 0;
        naive.hand = -1;
        naive.hits = naive.misses = 0;
    }
    return true;
}

static void naive_round(uint64_t *rng, unsigned long count)
{
    struct budget b = { 1000000, 0 };
    pyf_allocator a = { budget_alloc, budget_release, &b };
    pyf_lru c;
    uint64_t left = 0;
    unsigned kind = check_below(rng, 4), keys;
    bool wide = CHECK_FORK && check_below(rng, 8) == 0; /* indices of 4 bytes */
    memset(&naive, 0, sizeof naive);
    naive.hand = -1;
    naive.sieve = check_below(rng, 2) == 0;
    chosen_size = naive.key_size = 1 + check_below(rng, KEY_MAX);
    naive.value_size = check_below(rng, VALUE_MAX + 1);
    if (kind == 3) naive.key_size = chosen_size = naive.value_size = 8;
    naive.limit = check_below(rng, 65);
    keys = 1 + check_below(rng, (unsigned)naive.limit * 2 + 8);
    if (keys > 190) keys = 190;
    CHECK_EQ(pyf_lru_init(&c, .maxsize = wide ? 65536 : naive.limit, .key_size = naive.key_size,
                          .value_size = naive.value_size, .sieve = naive.sieve, .allocator = &a,
                          .on_evict = kind == 3 ? NULL : count_left, .ctx = &left,
                          .equal = kind == 1 ? chosen_equal : NULL,
                          .hash = kind == 1 ? chosen_hash : NULL, .seed = { kind == 2 ? 5u : 0u, 0 }),
             PYF_OK);
    CHECK_EQ(pyf_lru_resize(&c, naive.limit), PYF_OK);
    for (unsigned long i = 0; i < count; i++)
        if (!naive_step(&c, rng, keys) || !same_content(&c, left)) {
            printf("key %lu, value %lu, kind %u%s, sieve %d: differs from the model after %lu\n",
                   (unsigned long)naive.key_size, (unsigned long)naive.value_size, kind,
                   wide ? ", wide" : "", naive.sieve, i + 1);
            CHECK(false);
            break;
        }
    CHECK_EQ(pyf_lru_free(&c), PYF_OK);
    CHECK_EQ(b.out, 0);
}

static void lru_like_the_model(void)
{
    uint64_t rng = check_rng(3);
    unsigned long n = operations(2) / 300 + 1;
    while (n-- > 0) naive_round(&rng, 300);
}

/* PYF_LRU_BYTES is enough for any sizes, and what is stored is aligned. */
static void caller_memory(void)
{
    uint64_t rng = check_rng(4);
    for (int round = 0; round < 300; round++) {
        size_t maxsize = check_below(&rng, round % 50 == 0 && CHECK_FORK ? 70000 : 100);
        size_t key_size = 1 + check_below(&rng, 70), value_size = check_below(&rng, 70);
        size_t size = PYF_LRU_BYTES(maxsize, key_size, value_size);
        bool custom = check_below(&rng, 2) == 0;
        unsigned char *memory = malloc(size + 1), key[70] = { 0 }, value[70] = { 0 };
        pyf_lru c;
        CHECK(memory != NULL);
        if (memory == NULL) return;
        memory[size] = 0xcc;
        chosen_size = key_size;
        CHECK_EQ(pyf_lru_init(&c, .maxsize = maxsize, .key_size = key_size,
                              .value_size = value_size, .memory = memory, .memory_size = size,
                              .sieve = check_below(&rng, 2) == 0,
                              .equal = custom ? chosen_equal : NULL,
                              .hash = custom ? chosen_hash : NULL),
                 PYF_OK);
        for (int i = 0; i < 250; i++) {
            key[0] = (unsigned char)i;
            CHECK_EQ(pyf_lru_put(&c, key, value), PYF_OK);
            unsigned char *v = pyf_lru_get(&c, key);
            if (v == NULL && maxsize == 0) continue;
            CHECK(v != NULL);
            if (value_size % 8 == 0 && value_size > 0) CHECK((uintptr_t)v % 8 == 0);
            if (value_size % 4 == 0 && value_size > 0) CHECK((uintptr_t)v % 4 == 0);
        }
        CHECK_EQ(pyf_lru_info(&c).currsize, maxsize < 250 ? maxsize : 250);
        CHECK_EQ(memory[size], 0xcc);
        CHECK_EQ(pyf_lru_free(&c), PYF_OK);
        free(memory);
    }
}

/* Across the border between the two widths of indices, both ways and with marks. */
static void resize_across_sixteen_bits(void)
{
    if (PYFEAT_NO_MALLOC || !CHECK_FORK) CHECK_SKIP("needs malloc and memory");
    if (check_slowness() >= 10) CHECK_SKIP("left to the quick flavours");
    for (int sieve = 0; sieve < 2; sieve++) {
        pyf_lru c;
        CHECK_EQ(pyf_lru_init(&c, .maxsize = 60000, .key_size = 4, .value_size = 4,
                              .sieve = sieve != 0),
                 PYF_OK);
        for (uint32_t k = 0; k < 70000; k++) CHECK_EQ(pyf_lru_put(&c, &k, &k), PYF_OK);
        CHECK_EQ(pyf_lru_resize(&c, 80000), PYF_OK);
        for (uint32_t k = 70000; k < 95000; k++) CHECK_EQ(pyf_lru_put(&c, &k, &k), PYF_OK);
        CHECK_EQ(pyf_lru_info(&c).currsize, 80000);
        for (uint32_t k = 0; k < 95000; k++) {
            uint32_t *v = pyf_lru_peek(&c, &k);
            CHECK(k < 15000 ? v == NULL : v != NULL && *v == k);
        }
        CHECK_EQ(pyf_lru_resize(&c, 5), PYF_OK);
        CHECK_EQ(pyf_lru_info(&c).currsize, 5);
        CHECK_EQ(pyf_lru_resize(&c, PYF_UNBOUNDED), PYF_OK);
        for (uint32_t k = 0; k < 90000; k++) CHECK_EQ(pyf_lru_put(&c, &k, &k), PYF_OK);
        CHECK_EQ(pyf_lru_info(&c).currsize, 90005);
        CHECK_EQ(pyf_lru_free(&c), PYF_OK);
        CHECK_EQ(blocks_out, 0);
    }
}

/* A memoized function and a cache by hand, both too large for 16 bits, must hit and miss alike. */
static PYF_LRU_CACHE_UNLOCKED(70000, uint64_t, many, (uint64_t, x)) { return x * 3; }
static PYF_LRU_CACHE_UNLOCKED(300, uint64_t, some, (uint64_t, x)) { return x * 3; }

/* What an entry of 8 bytes for 8 bytes takes, its share of the index counted. */
#define BYTES(name, entries) \
    ((sizeof pyfi_lru_room_##name - sizeof(struct pyfi_lru_memo)) / (entries))

static void bytes_of_an_entry(void)
{
    CHECK(BYTES(some, 300) <= 28);
    CHECK(BYTES(many, 70000) <= 41);
}


static void same_as_by_hand(uint64_t (*f)(uint64_t), pyf_cache_info (*info)(void), unsigned keys,
                            unsigned long count)
{
    uint64_t rng = check_rng(5);
    pyf_lru c;
    CHECK_EQ(pyf_lru_init(&c, .maxsize = info().maxsize, .key_size = 8, .value_size = 8), PYF_OK);
    for (unsigned long i = 0; i < count; i++) {
        uint64_t k = check_below(&rng, keys), v = k * 3, *found = pyf_lru_get(&c, &k);
        CHECK(found == NULL || *found == v);
        if (found == NULL) CHECK_EQ(pyf_lru_put(&c, &k, &v), PYF_OK);
        CHECK(f(k) == v);
        pyf_cache_info a = info(), b = pyf_lru_info(&c);
        if (a.hits == b.hits && a.misses == b.misses && a.currsize == b.currsize) continue;
        CHECK(false);
        break;
    }
    CHECK(info().misses > info().maxsize);
    CHECK_EQ(pyf_lru_free(&c), PYF_OK);
}

static void memoized_as_by_hand(void)
{
    if (PYFEAT_NO_MALLOC || !CHECK_FORK) CHECK_SKIP("needs malloc and memory");
    same_as_by_hand(some, some_cache_info, 600, 5000);
    if (check_slowness() < 10) same_as_by_hand(many, many_cache_info, 100000, 400000);
}

/* ---- threads ---- */

#if PYFEAT_PORT_NONE

#define NEEDS_THREADS(name) static void name(void) { CHECK_SKIP("no threads in this build"); }
NEEDS_THREADS(threaded)
NEEDS_THREADS(threaded_random)
NEEDS_THREADS(threaded_clear)
NEEDS_THREADS(thread_local_caches)
NEEDS_THREADS(once_by_many)
NEEDS_THREADS(once_and_clear)
NEEDS_THREADS(once_without_room)
NEEDS_THREADS(once_in_a_circle)
NEEDS_THREADS(once_random)
NEEDS_THREADS(once_given_up)

#else

static void sleep_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
    (void)nanosleep(&t, NULL);
}

enum { THREADS = 8 };
static pthread_t threads[THREADS];
static void start(unsigned n, void *(*fn)(void *))
{
    for (unsigned i = 0; i < n; i++)
        CHECK(pthread_create(&threads[i], NULL, fn, (void *)(uintptr_t)i) == 0);
}
static void join(unsigned n)
{
    for (unsigned i = 0; i < n; i++) CHECK(pthread_join(threads[i], NULL) == 0);
}

static unsigned counted; /* bodies, from any thread */

static PYF_LRU_CACHE(8, long, shared, (int, x), (int, y))
{
    CHECK_COUNT(counted);
    return 3L * x + y;
}

enum { ROUNDS_OF_EIGHT = 100 };
static void *ask_own(void *arg)
{
    int k = (int)(uintptr_t)arg;
    for (int i = 0; i < ROUNDS_OF_EIGHT; i++) CHECK_EQ(shared(k, 0), 3 * k);
    return NULL;
}

/* CPython: threads that share a cache which has room for all of them. */
static void threaded(void)
{
    for (unsigned n = 2; n <= THREADS; n += 3) {
        shared_cache_clear();
        counted = 0;
        start(n, ask_own);
        join(n);
        pyf_cache_info info = shared_cache_info();
        CHECK_EQ(info.misses, n);
        CHECK_EQ(info.hits, n * (ROUNDS_OF_EIGHT - 1));
        CHECK_EQ(info.currsize, n);
        CHECK_EQ(counted, n);
    }
}

static PYF_LRU_CACHE(5, uint64_t, crowded, (uint64_t, x))
{
    CHECK_COUNT(counted);
    return x % 3 == 0 && x > 0 ? crowded(x - 1) + 1 : x;
}
static unsigned asked;
static void *ask_random(void *arg)
{
    uint64_t rng = check_rng((uintptr_t)arg + 50);
    for (int i = 0; i < 1000; i++) {
        uint64_t x = check_below(&rng, 12);
        CHECK_EQ(crowded(x), x);
        CHECK_COUNT(asked);
    }
    return NULL;
}

static void threaded_random(void)
{
    counted = asked = 0;
    start(THREADS, ask_random);
    join(THREADS);
    pyf_cache_info info = crowded_cache_info();
    CHECK_EQ(info.misses, counted);
    CHECK(info.hits + info.misses >= asked);
    CHECK_EQ(info.currsize, 5);
}

static PYF_CACHE(uint64_t, crowded_unbounded, (uint64_t, x)) { return x * x; }
static void *ask_and_clear(void *arg)
{
    uint64_t rng = check_rng((uintptr_t)arg + 90);
    for (int i = 0; i < 1000; i++) {
        uint64_t x = check_below(&rng, 200);
        CHECK_EQ(crowded(x % 12), x % 12);
        CHECK_EQ(crowded_unbounded(x), x * x);
        if (x == 7) crowded_cache_clear();
        if (x == 8) crowded_unbounded_cache_clear();
        if (x == 9) CHECK(crowded_cache_info().currsize <= 5);
    }
    return NULL;
}

static void threaded_clear(void)
{
    start(4, ask_and_clear);
    join(4);
    crowded_unbounded_cache_clear();
    CHECK_EQ(blocks_out, 0);
}

#ifdef PYFI_LRU_TLS
static PYF_LRU_CACHE_THREAD(4, long, own, (int, x))
{
    CHECK_COUNT(counted);
    return x * 2L;
}
static void *ask_thread_local(void *arg)
{
    (void)arg;
    for (int i = 0; i < 10; i++) CHECK_EQ(own(i % 3), i % 3 * 2);
    CHECK_INFO(own, 7, 3, 4, 3);
    own_cache_clear();
    CHECK_INFO(own, 0, 0, 4, 0);
    CHECK_EQ(own(1), 2);
    return NULL;
}
static void thread_local_caches(void)
{
    counted = 0;
    CHECK_EQ(own(1), 2);
    start(THREADS, ask_thread_local);
    join(THREADS);
    CHECK_INFO(own, 0, 1, 4, 1);
    CHECK_EQ(counted, 4 * THREADS + 1);
}
#else
static void thread_local_caches(void) { CHECK_SKIP("the compiler has no thread-local variables"); }
#endif

/* ---- compute once, by many ---- */

static unsigned entered, let_go;
static void await(unsigned *counter, unsigned n)
{
    while (CHECK_READ(*counter) < n) sleep_ms(1);
}

static PYF_LRU_CACHE_ONCE(3, int, slow, (int, n))
{
    CHECK_COUNT(entered);
    if (n == 7) await(&let_go, 1);
    return n * 2;
}
static void *ask_slow(void *arg)
{
    (void)arg;
    CHECK_EQ(slow(7), 14);
    return NULL;
}

static void once_by_many(void)
{
    entered = let_go = 0;
    start(THREADS, ask_slow);
    await(&entered, 1);
    sleep_ms(20);
    for (int n = 1; n < 4; n++) CHECK_EQ(slow(n), n * 2); /* others are not held up */
    CHECK_COUNT(let_go);
    join(THREADS);
    CHECK_EQ(entered, 4);
    CHECK_INFO(slow, THREADS - 1, 4, 3, 3);
}

static void once_and_clear(void)
{
    entered = let_go = 0;
    slow_cache_clear();
    start(THREADS, ask_slow);
    await(&entered, 1);
    sleep_ms(10);
    slow_cache_clear();
    CHECK_COUNT(let_go);
    join(THREADS);
    CHECK_EQ(entered, 1);
    CHECK_INFO(slow, THREADS - 1, 0, 3, 1); /* the miss was counted before the clear */
}

/* Nothing is stored, and still who waited gets the value. */
static unsigned in_nothing;
static PYF_LRU_CACHE_ONCE(0, int, slow_nothing, (PYF_KEY_STR(30), s))
{
    CHECK_COUNT(in_nothing);
    sleep_ms(30);
    return (int)strlen(s);
}
static void *ask_nothing(void *arg)
{
    char text[] = "the same for all of them";
    (void)arg;
    CHECK_EQ(slow_nothing(text), 24);
    return NULL;
}

static void once_without_room(void)
{
    start(THREADS, ask_nothing);
    join(THREADS);
    pyf_cache_info info = slow_nothing_cache_info();
    CHECK_EQ(info.misses, in_nothing);
    CHECK_EQ(info.hits + info.misses, THREADS);
    CHECK_EQ(info.currsize, 0);
}

/* Two threads, each computing what the other asks for: one of them makes a plain call. */
static unsigned met;
static PYF_LRU_CACHE_ONCE(8, int, circle, (int, n))
{
    CHECK_COUNT(met);
    if (n >= 2) return n;
    await(&met, 2);
    static unsigned turns[2];
    CHECK_COUNT(turns[n]);
    return CHECK_READ(turns[n]) > 1 ? 100 : circle(1 - n) + 1;
}
static void *ask_circle(void *arg)
{
    int got = circle((int)(uintptr_t)arg);
    CHECK(got >= 101 && got <= 103);
    return NULL;
}

static void once_in_a_circle(void)
{
    start(2, ask_circle);
    join(2);
    CHECK(met >= 3 && met <= 4);
    CHECK_EQ(circle(5), 5);
}

static unsigned computing[16], computed_twice;
static PYF_LRU_CACHE_ONCE(6, unsigned, random_once, (unsigned, n))
{
    unsigned result = n;
    CHECK_COUNT(computing[n]);
    if (CHECK_READ(computing[n]) % 2 == 0) CHECK_COUNT(computed_twice);
    if (n > 0 && n % 4 == 0) result = random_once(n - 1) + 1;
    if (n % 5 == 0) sleep_ms(1);
    CHECK_COUNT(computing[n]);
    return result;
}
static void *ask_random_once(void *arg)
{
    uint64_t rng = check_rng((uintptr_t)arg + 20);
    for (int i = 0; i < 300; i++) {
        unsigned n = check_below(&rng, 16);
        CHECK_EQ(random_once(n), n);
        if (check_below(&rng, 100) == 0) random_once_cache_clear();
    }
    return NULL;
}

static void once_random(void)
{
    start(6, ask_random_once);
    join(6);
    CHECK_EQ(computed_twice, 0);
    CHECK(random_once_cache_info().currsize <= 6);
}

/* A computation that ends without a value, as in C++ by an exception: who waits computes itself. */
static struct pyfi_lru_memo given_up;
static const struct pyfi_lru_shape given_up_shape = { 0, 4, 4, 4, 4, 8, 0, 20, 4,
                                                      PYFI_LRU_LOCKED | PYFI_LRU_LATE, NULL };
static unsigned took_over;
static void *take_over(void *arg)
{
    uint32_t key = 7, value = 0;
    struct pyfi_lru_flight flight;
    (void)arg;
    int what = pyf_lru_memo_once(&given_up, &given_up_shape, &key, 1, &value, &flight);
    if (what == PYFI_LRU_COMPUTE) {
        CHECK_COUNT(took_over);
        value = 70;
        pyf_lru_memo_end(&given_up, &given_up_shape, &flight, &value);
    } else {
        CHECK_EQ(what, PYFI_LRU_GOT);
    }
    CHECK_EQ(value, 70);
    return NULL;
}

static void once_given_up(void)
{
    uint32_t key = 7, value = 0;
    struct pyfi_lru_flight flight;
    if (PYFEAT_NO_MALLOC) CHECK_SKIP("unbounded caches need malloc");
    CHECK_EQ(pyf_lru_memo_once(&given_up, &given_up_shape, &key, 1, &value, &flight), PYFI_LRU_COMPUTE);
    start(3, take_over);
    sleep_ms(20);
    pyf_lru_memo_end(&given_up, &given_up_shape, &flight, NULL);
    join(3);
    CHECK_EQ(took_over, 1);
    pyf_cache_info info = pyf_lru_memo_info(&given_up, &given_up_shape);
    CHECK(info.misses == 2 && info.hits == 2 && info.currsize == 1);
    pyf_lru_memo_clear(&given_up, &given_up_shape);
}

#endif

static const struct check_case cases[] = {
    { "lru", lru },
    { "lru, small sizes", lru_small_sizes },
    { "maxsize negative", maxsize_negative },
    { "the same key from the body", same_key_from_the_body },
    { "no args", no_args },
    { "maxsize none", maxsize_none },
    { "recursion in a small cache", recursion_in_a_small_cache },
    { "with exceptions", with_exceptions },
    { "a method", a_method },
    { "structs member by member", structs_member_by_member },
    { "structs by bytes", structs_by_bytes },
    { "a hash that asks", hash_that_asks },
    { "a key longer than its hash", key_longer_than_its_hash },
    { "floats by bits", floats_by_bits },
    { "long doubles without their padding", long_doubles_without_their_padding },
    { "strings by content", strings_by_content },
    { "eight arguments", eight_arguments },
    { "each number of arguments", each_number_of_arguments },
    { "external linkage", external_linkage },
    { "big keys and values", big_keys_and_values },
    { "around sixteen bits", around_sixteen_bits },
    { "unlocked forms", unlocked_forms },
    { "seeds", seeds },
    { "siphash values", siphash_values },
    { "memoized like the model", memoized_like_the_model },
    { "memoized like cpython", memoized_like_cpython },
    { "once in one thread", once_in_one_thread },
    { "unbounded without memory", unbounded_without_memory },
    { "lru by hand", lru_by_hand },
    { "all zero holds nothing", all_zero_holds_nothing },
    { "bad options", bad_options },
    { "out of memory at each allocation", out_of_memory_at_each_allocation },
    { "eviction callback", eviction_callback },
    { "put of its own parts", put_of_its_own_parts },
    { "lru like the model", lru_like_the_model },
    { "caller memory", caller_memory },
    { "resize across sixteen bits", resize_across_sixteen_bits },
    { "bytes of an entry", bytes_of_an_entry },
    { "memoized as by hand", memoized_as_by_hand },
    { "threaded", threaded },
    { "threaded, random", threaded_random },
    { "threaded, clear", threaded_clear },
    { "thread-local caches", thread_local_caches },
    { "once by many", once_by_many },
    { "once and clear", once_and_clear },
    { "once without room", once_without_room },
    { "once in a circle", once_in_a_circle },
    { "once, random", once_random },
    { "once given up", once_given_up }
};

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
}
