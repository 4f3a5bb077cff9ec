/* Runs cases of argparse_case.h that nobody would write: those of files as they are, and changed at
 * random. What it looks for are findings of the sanitizers, endless loops, and texts of which
 * format_help tells two lengths.
 *
 *     argparse_fuzz COUNT SEED FILE...
 *
 * Response files are never opened: what stands in one is its own name; one whose name begins with
 * "!" names itself again.
 *
 * COUNT 0: each case of the files once. A case that fails is printed with the number that, as SEED
 * and a COUNT of 1, makes it again. With -DFUZZ_BY_COVERAGE and -fsanitize=fuzzer it is one for
 * clang's engine. */
#include <stdio.h>
#include <string.h>

static FILE *fuzz_open(const char *name, const char *mode)
{
    static char text[256];
    size_t n = strlen(name);
    if (n > sizeof text - 2) n = sizeof text - 2;
    text[0] = '@';
    memcpy(text + 1, name, n);
    return *name == '!' ? fmemopen(text, n + 1, mode) : fmemopen(text + 1, n, mode);
}

#define fopen fuzz_open
#define PYFEAT_ARGPARSE_IMPLEMENTATION
#include "../pyfeat.h"
#undef fopen
#include "argparse_case.h"
#include <signal.h>
#include <time.h>
#include <unistd.h>

enum { FUZZ_ROOM = 8192, FUZZ_CASES = 4096, FUZZ_SECONDS = 20 };

static char now[FUZZ_ROOM + 1], scratch[FUZZ_ROOM + 1];

static void fuzz_run(const char *text, size_t n)
{
    if (n > FUZZ_ROOM) n = FUZZ_ROOM;
    memcpy(scratch, text, n);
    scratch[n] = '\0';
    free(case_run(scratch));
    if (n == 0) return;
    case_blocks_left = (unsigned char)text[n / 2] % 8; /* and once with an allocation that fails */
    memcpy(scratch, text, n);
    scratch[n] = '\0';
    free(case_run(scratch));
    case_blocks_left = -1;
    case_refused = false;
    if (case_blocks_out != 0) abort();
}

#ifdef FUZZ_BY_COVERAGE

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    fuzz_run((const char *)data, size);
    return 0;
}

#else

static struct case_text corpus[FUZZ_CASES];
static size_t cases;
static uint64_t state, current;

/* splitmix64 (Steele, Lea and Flood 2014). */
static size_t below(size_t n)
{
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (size_t)((z ^ z >> 31) % n);
}

static void failed(int signal_number)
{
    static const char what[] = "the case was:\n";
    char number[48];
    int n = snprintf(number, sizeof number, "\nseed %llu, ", (unsigned long long)current);
    if (write(2, number, (size_t)n) < 0 || write(2, what, sizeof what - 1) < 0 ||
        write(2, now, strlen(now)) < 0)
        _exit(3);
    _exit(signal_number == SIGALRM ? 4 : 3);
}

/* Seconds of this program's own time: on a busy machine others have the rest. */
static time_t worked(void)
{
    struct timespec t = { 0, 0 };
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec;
}

static time_t begun;

static void waited(int signal_number)
{
    if (worked() - begun >= FUZZ_SECONDS) failed(signal_number);
    (void)alarm(FUZZ_SECONDS);
}

static void load(const char *name)
{
    static char line[1 << 16];
    FILE *file = fopen(name, "r");
    if (file == NULL) {
        perror(name);
        exit(2);
    }
    while (cases < FUZZ_CASES && fgets(line, sizeof line, file) != NULL) {
        if (strcmp(line, ".\n") == 0) cases += corpus[cases].n != 0;
        else if (strncmp(line, "> ", 2) != 0) case_puts(&corpus[cases], line);
    }
    (void)fclose(file);
}

/* A piece of a random case: a line, a field of it, or what stands behind the "=" of one. */
static size_t piece(const char *text, size_t n, const char *ends, size_t *begin)
{
    size_t from = below(n), end;
    while (from > 0 && strchr(ends, text[from - 1]) == NULL) from--;
    for (end = from; end < n && strchr(ends, text[end]) == NULL;) end++;
    *begin = from;
    return end - from;
}

/* Put m bytes in the place of those from begin to end. */
static size_t replace(char *text, size_t n, size_t begin, size_t end, const char *by, size_t m)
{
    if (n - (end - begin) + m > FUZZ_ROOM) return n;
    memmove(text + begin + m, text + end, n - end);
    memcpy(text + begin, by, m);
    return n - (end - begin) + m;
}

static size_t change(char *text, size_t n)
{
    static const char *const ends[] = { "\n", "\n\t", "\n\t=", "\n\t=,-% " };
    static const char *const odd[] = { "", "-", "--", "%", "%(", "%(default)s", "=", "\xC3", "\xC3\xA9", "==SUPPRESS==",
                                       "\\n", "\\n\\n", "99999", "0", "-1", "[", "(", ")", " ", "A...", "...", "*", "?", "@", "@!",
                                       "\tfromfile_prefix_chars=@" };
    const struct case_text *other = &corpus[below(cases)];
    const char *kind = ends[below(4)], *by;
    size_t begin, from = 0, m = piece(text, n, kind, &begin);
    char byte;

    switch (below(6)) {
    case 0: return replace(text, n, begin, begin + m, "", 0);
    case 1:
        byte = (char)(below(255) + 1);
        return replace(text, n, begin, begin + (m != 0), &byte, 1);
    case 2:
        by = odd[below(sizeof odd / sizeof odd[0])];
        return replace(text, n, begin + below(m + 1), begin + m, by, strlen(by));
    case 3:
        memcpy(scratch, text + begin, m);
        scratch[m] = kind[below(strlen(kind))];
        return replace(text, n, begin, begin, scratch, m + 1);
    default: {
        size_t k = piece(other->at, other->n, kind, &from);
        return replace(text, n, begin, begin + (below(2) ? m : 0), other->at + from, k);
    }
    }
}

/* Let the first parser read response files, and one of the words name one. */
static size_t with_files(char *text, size_t n)
{
    static const char option[] = "\tfromfile_prefix_chars=@";
    size_t begin, at = 0;
    while (at < n && text[at] != '\n') at++;
    n = replace(text, n, at, at, option, sizeof option - 1);
    for (at = n; at > 1 && !(text[at - 1] == 'W' && text[at - 2] == '\n');) at--;
    if (at == n) return n;
    (void)piece(text + at, n - at, "\t", &begin);
    return replace(text, n, at + begin, at + begin, "@", 1);
}

static void make_one(uint64_t seed)
{
    const struct case_text *base;
    size_t n, changes;
    state = current = seed;
    base = &corpus[below(cases)];
    n = base->n < FUZZ_ROOM ? base->n : FUZZ_ROOM;
    memcpy(now, base->at, n);
    for (changes = 1 + below(6); changes > 0 && n != 0; changes--) n = change(now, n);
    if (n != 0 && below(4) == 0) n = with_files(now, n);
    now[n] = '\0';
    fuzz_run(now, n);
}

int main(int argc, char **argv)
{
    uint64_t count, seed;
    struct sigaction late;
    if (argc < 4) return 2;
    count = strtoull(argv[1], NULL, 10);
    seed = strtoull(argv[2], NULL, 10);
    for (int i = 3; i < argc; i++) load(argv[i]);
    if (cases == 0 || setenv("FORCE_COLOR", "1", 1) != 0) return 2;
    memset(&late, 0, sizeof late);
    late.sa_handler = waited;
    late.sa_flags = SA_RESTART;
    (void)sigaction(SIGALRM, &late, NULL);
    (void)signal(SIGABRT, failed);
    (void)alarm(FUZZ_SECONDS);
    for (size_t i = 0; i < cases; i++) {
        size_t n = corpus[i].n < FUZZ_ROOM ? corpus[i].n : FUZZ_ROOM;
        memcpy(now, corpus[i].at, n);
        now[n] = '\0';
        if (count != 1) fuzz_run(now, n);
    }
    for (uint64_t i = 0; i < count; i++) {
        if (i % 1024 == 0) begun = worked();
        make_one(seed + i);
    }
    for (size_t i = 0; i < cases; i++) free(corpus[i].at);
    printf("%lu cases and %llu changed ones, seed %llu\n", (unsigned long)cases,
           (unsigned long long)count, (unsigned long long)seed);
    return 0;
}

#endif
