/* Drives pyf_lru and the model of lru_model.h with the bytes of a case, and compares all that can
 * be seen after each operation: keys and values of any size, colliding hashes, LRU and SIEVE,
 * memory of the caller's or an allocator that refuses the n-th block, resize, clear, put of the
 * cache's own parts. A case begins with how the cache is made (HOW_...), then come operations of
 * three bytes.
 *
 *     lru_fuzz COUNT SEED FILE...
 *
 * Each case of the files, lines of hexadecimal digits with an empty one between two, then COUNT
 * random changes of them. A case that fails is printed as such a line. With -DFUZZ_BY_COVERAGE and
 * -fsanitize=fuzzer it is one for clang's engine. */
#define PYFEAT_LRU_IMPLEMENTATION
#include "../pyfeat.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LRU_MODEL_SIZES
enum { KEY_MAX = 80, VALUE_MAX = 72, LIST = 1100 };
#include "lru_model.h"

enum { FUZZ_ROOM = 3000, FUZZ_CASES = 512, FUZZ_SECONDS = 20, NEVER = 1000000 };
enum { HOW_FLAGS, HOW_KEY, HOW_VALUE, HOW_SIZE, HOW_MEMORY, HOW_BYTES };
enum { SIEVE = 1, OWN_HASH = 2, SEEDED = 4, TOLD = 8, CALLERS = 16, UNBOUNDED = 32 };

static unsigned char now[FUZZ_ROOM];
static size_t now_size;

static void failed(const char *what)
{
    fprintf(stderr, "%s; the case was:\n", what);
    for (size_t i = 0; i < now_size; i++) fprintf(stderr, "%02x", now[i]);
    fprintf(stderr, "\n");
    abort();
}

#define MUST(expr) ((expr) ? (void)0 : failed(#expr))

/* An allocator that counts, and refuses when it has given so many blocks. */
static long blocks_left, bytes_out;
static void *fuzz_alloc(void *ctx, size_t size)
{
    (void)ctx;
    if (blocks_left-- <= 0) return NULL;
    bytes_out += (long)size;
    return malloc(size);
}
static void fuzz_release(void *ctx, void *block, size_t size)
{
    (void)ctx;
    bytes_out -= (long)size;
    free(block);
}
static const pyf_allocator fuzz_allocator = { fuzz_alloc, fuzz_release, NULL };

static struct {
    pyf_lru cache;
    unsigned flags;
    size_t room; /* entries of the caller's memory */
    void *memory;
    uint64_t left;
} fuzz;

/* A key of two bytes of a case: what differs stands at either end, or in the middle. */
static void fuzz_key(unsigned char *key, unsigned which, unsigned where)
{
    memset(key, 0, naive.key_size);
    key[where % 4 * (naive.key_size - 1) / 3] = (unsigned char)which;
}

static void fuzz_value(unsigned char *value, unsigned what)
{
    for (size_t i = 0; i < naive.value_size; i++) value[i] = (unsigned char)(what * 7 + i);
}

/* A cache of this kind, and an empty model. */
static bool fuzz_make(const unsigned char *how)
{
    pyf_status st;
    size_t bytes = 0;
    naive.size = 0, naive.hits = naive.misses = naive.left = 0;
    naive.hand = -1;
    fuzz.flags = how[HOW_FLAGS];
    fuzz.left = 0;
    fuzz.memory = NULL;
    if ((fuzz.flags & UNBOUNDED) != 0) fuzz.flags &= ~(unsigned)CALLERS;
    naive.sieve = (fuzz.flags & SIEVE) != 0;
    chosen_size = naive.key_size = 1 + how[HOW_KEY] % KEY_MAX;
    naive.value_size = how[HOW_VALUE] % (VALUE_MAX + 1);
    naive.limit = (fuzz.flags & UNBOUNDED) != 0 ? PYF_UNBOUNDED : how[HOW_SIZE];
    fuzz.room = naive.limit;
    blocks_left = how[HOW_MEMORY] % 16 < 8 ? how[HOW_MEMORY] % 16 : NEVER;
    if ((fuzz.flags & CALLERS) != 0) {
        bytes = PYF_LRU_BYTES(naive.limit, naive.key_size, naive.value_size);
        MUST((fuzz.memory = malloc(bytes)) != NULL);
    }
    st = pyf_lru_init(&fuzz.cache, .maxsize = naive.limit, .key_size = naive.key_size,
                      .value_size = naive.value_size, .sieve = naive.sieve,
                      .equal = (fuzz.flags & OWN_HASH) != 0 ? chosen_equal : NULL,
                      .hash = (fuzz.flags & OWN_HASH) != 0 ? chosen_hash : NULL,
                      .on_evict = (fuzz.flags & TOLD) != 0 ? count_left : NULL, .ctx = &fuzz.left,
                      .seed = { (fuzz.flags & SEEDED) != 0, 0 }, .allocator = &fuzz_allocator,
                      .memory = fuzz.memory, .memory_size = bytes);
    MUST(st == PYF_OK || (st == PYF_MEMORY_ERROR && fuzz.memory == NULL && blocks_left < 0));
    return st == PYF_OK;
}

/* A look with get or peek. */
static void fuzz_look(const unsigned char *key, bool get)
{
    size_t i = naive_find(key);
    bool there = i < naive.size;
    void *v = get ? pyf_lru_get(&fuzz.cache, key) : pyf_lru_peek(&fuzz.cache, key);
    MUST((v != NULL) == there);
    if (there) MUST(memcmp(v, naive.at[i].value, naive.value_size) == 0);
    if (!get) return;
    naive.hits += there;
    naive.misses += !there;
    if (there) naive_use(i);
}

static void fuzz_put(const unsigned char *key, const unsigned char *value)
{
    unsigned char k[KEY_MAX], v[VALUE_MAX];
    pyf_status st;
    memcpy(k, key, naive.key_size); /* they may be of the cache itself */
    memcpy(v, value, naive.value_size);
    st = pyf_lru_put(&fuzz.cache, key, value);
    if (st == PYF_OK) naive_put(k, v);
    else MUST(st == PYF_MEMORY_ERROR && blocks_left < 0 && naive.limit == PYF_UNBOUNDED);
}

/* Put what lies in the cache: the key of one entry with the value of another, or a new key. */
static void fuzz_put_own(unsigned which, unsigned char *fresh)
{
    const void *key = NULL, *own = NULL;
    void *value = NULL, *last = NULL;
    size_t at = 0;
    for (unsigned n = 0; pyf_lru_next(&fuzz.cache, &at, &key, &value); n++) {
        if (n == which % 8) own = key;
        last = value;
    }
    if (last != NULL) fuzz_put(own != NULL ? (const unsigned char *)own : fresh, last);
}

static void fuzz_resize(size_t limit)
{
    pyf_status st = pyf_lru_resize(&fuzz.cache, limit);
    if (limit != PYF_UNBOUNDED && limit > 0x7ffffff0) {
        MUST(st == PYF_VALUE_ERROR);
        return;
    }
    if (fuzz.memory != NULL) MUST((st == PYF_OK) == (limit <= fuzz.room));
    MUST(st == PYF_OK || (st == PYF_MEMORY_ERROR && (fuzz.memory != NULL || blocks_left < 0)));
    if (st != PYF_OK) return;
    naive.limit = limit;
    while (naive.size > naive.limit) naive_evict();
}

static void fuzz_clear(void)
{
    MUST(pyf_lru_clear(&fuzz.cache) == PYF_OK);
    naive.left += naive.size;
    naive.size = 0;
    naive.hand = -1;
    naive.hits = naive.misses = 0;
}

/* A string of exactly so many bytes into a key, as memoized functions do. */
static void fuzz_string(size_t length, size_t room)
{
    unsigned char got[64], want[64];
    char *s = (char *)malloc(length + 1);
    MUST(s != NULL);
    for (size_t i = 0; i < length; i++) s[i] = (char)(1 + (i * 5 + room) % 127);
    s[length] = '\0';
    memset(got, 0xee, sizeof got);
    memset(want, 0xee, sizeof want);
    if (length < room) {
        memset(want, 0, room);
        memcpy(want, s, length);
    }
    MUST(pyf_lru_memo_str(got, s, room) == (length < room));
    MUST(memcmp(got, want, sizeof got) == 0);
    free(s);
}

static void fuzz_operation(const unsigned char *op)
{
    unsigned char key[KEY_MAX], value[VALUE_MAX + 1];
    size_t i;
    fuzz_key(key, op[1], op[2]);
    switch (op[0] % 32) {
    case 0: fuzz_clear(); break;
    case 1: fuzz_resize(op[1] % 80); break;
    case 2: fuzz_resize(op[1] < 128 ? PYF_UNBOUNDED : (size_t)0x7fffffff + op[1]); break;
    case 3: fuzz_string(op[1] % 80, 1 + op[2] % 64); break;
    case 4:
    case 5: fuzz_put_own(op[2], key); break;
    case 6:
    case 7:
    case 8:
        i = naive_find(key);
        MUST(pyf_lru_remove(&fuzz.cache, key) == (i < naive.size));
        if (i < naive.size) naive_drop(i);
        break;
    case 9:
    case 10: fuzz_look(key, false); break;
    case 11: blocks_left = op[1] % 4; break;
    default:
        if (op[0] % 2 != 0) {
            fuzz_look(key, true);
            break;
        }
        fuzz_value(value, op[0]);
        fuzz_put(key, value);
    }
}

static void fuzz_run(void)
{
    if (now_size < HOW_BYTES || !fuzz_make(now)) {
        free(now_size < HOW_BYTES ? NULL : fuzz.memory);
        return;
    }
    for (size_t i = HOW_BYTES; i + 3 <= now_size; i += 3) {
        fuzz_operation(now + i);
        MUST(same_content(&fuzz.cache, fuzz.left));
    }
    naive.left += naive.size;
    MUST(pyf_lru_free(&fuzz.cache) == PYF_OK);
    MUST(bytes_out == 0 && ((fuzz.flags & TOLD) == 0 || fuzz.left == naive.left));
    free(fuzz.memory);
}

#ifdef FUZZ_BY_COVERAGE

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    now_size = size < FUZZ_ROOM ? size : FUZZ_ROOM;
    memcpy(now, data, now_size);
    fuzz_run();
    return 0;
}

#else

static struct {
    unsigned char *at;
    size_t n;
} corpus[FUZZ_CASES];
static size_t cases;
static uint64_t state;

/* splitmix64 (Steele, Lea and Flood 2014). */
static size_t below(size_t n)
{
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (size_t)((z ^ z >> 31) % n);
}

static void overdue(int signal_number)
{
    (void)signal_number;
    failed("no end, or a crash");
}

static void keep(const unsigned char *bytes, size_t n)
{
    if (n == 0 || cases == FUZZ_CASES || (corpus[cases].at = (unsigned char *)malloc(n)) == NULL)
        return;
    memcpy(corpus[cases].at, bytes, n);
    corpus[cases++].n = n;
}

static void load(const char *name)
{
    static char line[2 * FUZZ_ROOM + 2];
    static unsigned char bytes[FUZZ_ROOM];
    FILE *file = fopen(name, "r");
    size_t n = 0;
    if (file == NULL) {
        perror(name);
        exit(2);
    }
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned byte = 0;
        size_t digits = strspn(line, "0123456789abcdef");
        if (digits == 0) keep(bytes, n), n = 0;
        for (size_t i = 0; i + 1 < digits && n < FUZZ_ROOM; i += 2) {
            (void)sscanf(line + i, "%2x", &byte);
            bytes[n++] = (unsigned char)byte;
        }
    }
    keep(bytes, n);
    (void)fclose(file);
}

/* Change a byte, leave operations out, or put some of another case in. */
static void change(void)
{
    size_t other = below(cases), at = below(now_size), n, from;
    switch (below(4)) {
    case 0: now[at] = (unsigned char)below(256); break;
    case 1: now[at] = (unsigned char)(now[at] ^ 1u << below(8)); break;
    case 2:
        n = below(1 + (now_size - at) / 3) * 3;
        memmove(now + at, now + at + n, now_size - at - n);
        now_size -= n;
        break;
    default:
        from = below(corpus[other].n);
        n = corpus[other].n - from;
        if (n > FUZZ_ROOM - now_size) n = FUZZ_ROOM - now_size;
        memmove(now + at + n, now + at, now_size - at);
        memcpy(now + at, corpus[other].at + from, n);
        now_size += n;
    }
}

static void take(size_t i)
{
    now_size = corpus[i].n < FUZZ_ROOM ? corpus[i].n : FUZZ_ROOM;
    memcpy(now, corpus[i].at, now_size);
}

int main(int argc, char **argv)
{
    uint64_t count, seed;
    if (argc < 4) return 2;
    count = strtoull(argv[1], NULL, 10);
    seed = strtoull(argv[2], NULL, 10);
    for (int i = 3; i < argc; i++) load(argv[i]);
    if (cases == 0) return 2;
    (void)signal(SIGALRM, overdue);
    (void)alarm(FUZZ_SECONDS);
    for (size_t i = 0; i < cases; i++) {
        take(i);
        fuzz_run();
    }
    for (uint64_t i = 0; i < count; i++) {
        if (i % 256 == 0) (void)alarm(FUZZ_SECONDS);
        state = seed + i;
        take(below(cases));
        for (size_t changes = 1 + below(6); changes > 0 && now_size > 0; changes--) change();
        fuzz_run();
    }
    for (size_t i = 0; i < cases; i++) free(corpus[i].at);
    printf("%lu cases and %llu changed ones, seed %llu\n", (unsigned long)cases,
           (unsigned long long)count, (unsigned long long)seed);
    return 0;
}

#endif
