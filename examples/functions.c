/* functions - the six functions that Python 3.2 added, with Python's answers beside.
 *
 *     functions [VALUE...]    a table for these values, or for some that tell
 *     functions -             FUNCTION HEXADECIMAL-ARGUMENT HEXADECIMAL-ANSWER lines from standard
 *                             input, where ANSWER is Python's; an exception's name counts as one
 *
 * With -, prints ours, Python's and how many ulps lie between them, and fails if an error is not
 * Python's or more ulps than 20 (what CPython allows its own gamma) lie between. */
#define PYFEAT_MATH_IMPLEMENTATION
#include "../pyfeat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double is_finite(double x, pyf_status *st)
{
    (void)st;
    return pyf_isfinite(x) ? 1 : 0;
}

static const struct {
    const char *name;
    double (*fn)(double x, pyf_status *st);
} functions[] = { { "isfinite", is_finite }, { "expm1", pyf_expm1 }, { "erf", pyf_erf },
                  { "erfc", pyf_erfc },      { "gamma", pyf_gamma }, { "lgamma", pyf_lgamma } };

enum { FUNCTIONS = sizeof functions / sizeof functions[0], MOST_ULPS = 20 };

/* Doubles in their order, so that a difference counts the doubles between. */
static int64_t rank(double x)
{
    uint64_t b;
    memcpy(&b, &x, sizeof b);
    return b >> 63 != 0 ? -(int64_t)(b & INT64_MAX) : (int64_t)b;
}

static uint64_t ulps_between(double a, double b)
{
    int64_t m = rank(a), n = rank(b);
    if (pyf_isnan(a) && pyf_isnan(b)) return 0;
    return m > n ? (uint64_t)m - (uint64_t)n : (uint64_t)n - (uint64_t)m;
}

static void answer(double y, pyf_status st)
{
    if (st == PYF_OK) printf(" %-24.17g", y);
    else printf(" %-24s", pyf_status_name(st));
}

static int table(int count, char **values)
{
    static const char *const telling[] = { "0.5", "1e-10", "-2.5", "5", "27.3", "171.5", "-3", "inf" };
    int n = count > 0 ? count : (int)(sizeof telling / sizeof telling[0]);
    for (int i = 0; i < n; i++) {
        const char *text = count > 0 ? values[i] : telling[i];
        char *end;
        double x = strtod(text, &end);
        if (end == text || *end != '\0') {
            fprintf(stderr, "functions: not a number: %s\n", text);
            return 2;
        }
        for (size_t f = 0; f < FUNCTIONS; f++) {
            pyf_status st = PYF_OK;
            double y = functions[f].fn(x, &st);
            printf("%-8s %-8s", functions[f].name, text);
            answer(y, st);
            printf("\n");
        }
    }
    return 0;
}

/* Compares one line; whether it is as it should be. */
static int compare(const char *name, const char *argument, const char *theirs)
{
    double x = strtod(argument, NULL), y, python;
    uint64_t ulps;
    char *end;
    for (size_t f = 0; f < FUNCTIONS; f++) {
        pyf_status st = PYF_OK;
        if (strcmp(functions[f].name, name) != 0) continue;
        y = functions[f].fn(x, &st);
        python = strtod(theirs, &end);
        printf("%-8s %-24.17g", name, x);
        answer(y, st);
        if (*end != '\0' || end == theirs) { /* an exception */
            printf(" %-24s %s\n", theirs, strcmp(theirs, pyf_status_name(st)) == 0 ? "same" : "DIFFERENT");
            return strcmp(theirs, pyf_status_name(st)) == 0;
        }
        ulps = ulps_between(y, python);
        printf(" %-24.17g %" PRIu64 " ulp\n", python, ulps);
        return st == PYF_OK && ulps <= MOST_ULPS;
    }
    fprintf(stderr, "functions: no such function: %s\n", name);
    return 0;
}

int main(int argc, char **argv)
{
    char name[16], argument[40], theirs[40];
    int right = 1, lines = 0, got;
    if (argc != 2 || strcmp(argv[1], "-") != 0) return table(argc - 1, argv + 1);
    printf("%-8s %-24s %-24s %-24s %s\n", "", "x", "pyfeat", "Python", "apart");
    while ((got = scanf("%15s %39s %39s", name, argument, theirs)) == 3) {
        if (!compare(name, argument, theirs)) right = 0;
        lines++;
    }
    if (got != EOF || lines == 0) {
        fprintf(stderr, "functions: a line is not FUNCTION ARGUMENT ANSWER\n");
        return 2;
    }
    return right ? 0 : 1;
}
