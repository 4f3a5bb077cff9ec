/* argparse - build a parser of 20 options and 2 positional arguments and parse 12 words, again and again.
 *
 *     argparse table|call|getopt|argp|popt|argtable|goption
 *
 * prints nanoseconds for one build and parse, the fastest of many short runs. Each variant ends with the same values,
 * which is checked. */
#define _GNU_SOURCE
#define PYFEAT_ARGPARSE_IMPLEMENTATION
#include "../pyfeat.h"
#include "bench.h"

#include <argp.h>
#include <getopt.h>
#ifdef BENCH_POPT
#include <popt.h>
#endif
#ifdef BENCH_ARGTABLE
#include <argtable2.h>
#endif
#ifdef BENCH_GLIB
#include <glib.h>
#endif

static bool flags[8];
static const char *strings[6], *src, *dst;
static int ints[4];
static double doubles[2];

static char *argv[] = { (char *)"prog", (char *)"-v",     (char *)"--user", (char *)"bob", (char *)"-n",
                        (char *)"17",   (char *)"--rate", (char *)"2.5",    (char *)"-fq", (char *)"--level=3",
                        (char *)"-oout", (char *)"source", (char *)"target", NULL };
enum { ARGC = 13 };

static void reset(void)
{
    memset(flags, 0, sizeof flags);
    memset(strings, 0, sizeof strings);
    memset(ints, 0, sizeof ints);
    src = dst = NULL;
    doubles[0] = doubles[1] = 0;
}

static bool right(void)
{
    return flags[0] && flags[1] && flags[2] && !flags[3] && strings[0] && strcmp(strings[0], "bob") == 0 &&
           strings[1] && strcmp(strings[1], "out") == 0 && ints[0] == 17 && ints[1] == 3 && doubles[0] > 2.4 &&
           doubles[0] < 2.6 && src && strcmp(src, "source") == 0 && dst && strcmp(dst, "target") == 0;
}

/* X(letter, name, kind, index): kind 0 flag, 1 string, 2 int, 3 double */
#define OPTIONS(X) \
    X('v', "verbose", 0, 0) X('f', "force", 0, 1) X('q', "quiet", 0, 2) X('a', "all", 0, 3) \
    X('b', "brief", 0, 4) X('c', "check", 0, 5) X('d', "dry-run", 0, 6) X('e', "exact", 0, 7) \
    X('u', "user", 1, 0) X('o', "output", 1, 1) X('g', "group", 1, 2) X('h', "host", 1, 3) \
    X('k', "key", 1, 4) X('t', "target", 1, 5) X('n', "number", 2, 0) X('l', "level", 2, 1) \
    X('m', "max", 2, 2) X('p', "port", 2, 3) X('r', "rate", 3, 0) X('s', "scale", 3, 1)

#define FLAG(short_name, long_name, i) short_name, long_name, .action = "store_true", .to = PYF_BOOL(&flags[i])
#define STRING(short_name, long_name, i) short_name, long_name, .to = PYF_STR(&strings[i])
#define INT(short_name, long_name, i) short_name, long_name, .to = PYF_INT(&ints[i])
#define DOUBLE(short_name, long_name, i) short_name, long_name, .to = PYF_DOUBLE(&doubles[i])
#define ARGUMENTS(X) \
    X(FLAG("-v", "--verbose", 0)) X(FLAG("-f", "--force", 1)) X(FLAG("-q", "--quiet", 2)) X(FLAG("-a", "--all", 3)) \
    X(FLAG("-b", "--brief", 4)) X(FLAG("-c", "--check", 5)) X(FLAG("-d", "--dry-run", 6)) X(FLAG("-e", "--exact", 7)) \
    X(STRING("-u", "--user", 0)) X(STRING("-o", "--output", 1)) X(STRING("-g", "--group", 2)) \
    X(STRING("-h", "--host", 3)) X(STRING("-k", "--key", 4)) X(STRING("-t", "--target", 5)) \
    X(INT("-n", "--number", 0)) X(INT("-l", "--level", 1)) X(INT("-m", "--max", 2)) X(INT("-p", "--port", 3)) \
    X(DOUBLE("-r", "--rate", 0)) X(DOUBLE("-s", "--scale", 1)) \
    X("src", .to = PYF_STR(&src)) X("dst", .to = PYF_STR(&dst))

static void by_table(void)
{
#define ROW(...) PYF_ARG(__VA_ARGS__),
    static const pyf_argument table[] = { ARGUMENTS(ROW) };
    static union {
        void *aligned;
        char bytes[8192];
    } memory;
    pyf_parser *p = pyf_argument_parser(.prog = "prog", .no_help = true, .memory = &memory,
                                        .memory_size = sizeof memory);
    if (pyf_parser_add_arguments(p, table, sizeof table / sizeof table[0]) != PYF_OK ||
        pyf_parser_try_parse_args(p, ARGC, argv, NULL) != PYF_OK)
        bench_die("table");
    pyf_parser_free(p);
}

static void by_call(void)
{
#define CALL(...) pyf_parser_add_argument(p, __VA_ARGS__);
    static union {
        void *aligned;
        char bytes[8192];
    } memory;
    pyf_parser *p = pyf_argument_parser(.prog = "prog", .no_help = true, .memory = &memory,
                                        .memory_size = sizeof memory);
    ARGUMENTS(CALL)
    if (pyf_parser_try_parse_args(p, ARGC, argv, NULL) != PYF_OK) bench_die("call");
    pyf_parser_free(p);
}

static void set(int kind, int i, const char *text)
{
    char *end = NULL;
    if (kind == 0) flags[i] = true;
    else if (kind == 1) strings[i] = text;
    else if (kind == 2) ints[i] = (int)strtol(text, &end, 10);
    else doubles[i] = strtod(text, &end);
    if (end != NULL && (*end != '\0' || end == text)) bench_die("not a number");
}

static void by_getopt(void)
{
#define LONG(letter, name, kind, i) { name, kind != 0, NULL, letter },
    static const struct option options[] = { OPTIONS(LONG){ NULL, 0, NULL, 0 } };
    int c;
    char *words[ARGC + 1];
    memcpy(words, argv, sizeof words);
    optind = 0;
    while ((c = getopt_long(ARGC, words, "vfqabcdeu:o:g:h:k:t:n:l:m:p:r:s:", options, NULL)) != -1) {
        switch (c) {
#define CASE(letter, name, kind, i) \
    case letter: set(kind, i, optarg); break;
            OPTIONS(CASE)
        default: bench_die("getopt");
        }
    }
    if (ARGC - optind != 2) bench_die("words");
    src = words[optind];
    dst = words[optind + 1];
}

static error_t argp_one(int key, char *arg, struct argp_state *state)
{
    switch (key) {
#undef CASE
#define CASE(letter, name, kind, i) \
    case letter: set(kind, i, arg); return 0;
        OPTIONS(CASE)
    case ARGP_KEY_ARG:
        if (state->arg_num == 0) src = arg;
        else dst = arg;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static void by_argp(void)
{
#define ARGP(letter, name, kind, i) { name, letter, kind != 0 ? "X" : NULL, 0, NULL, 0 },
    static const struct argp_option options[] = { OPTIONS(ARGP){ NULL, 0, NULL, 0, NULL, 0 } };
    static const struct argp parser = { options, argp_one, NULL, NULL, NULL, NULL, NULL };
    char *words[ARGC + 1];
    memcpy(words, argv, sizeof words);
    if (argp_parse(&parser, ARGC, words, ARGP_NO_HELP | ARGP_NO_EXIT, NULL, NULL) != 0) bench_die("argp");
}

#ifdef BENCH_POPT
static void by_popt(void)
{
    static int on[8];
    static char *text[6];
#define POPT(letter, name, kind, i) \
    { name, letter, kind == 0 ? POPT_ARG_NONE : kind == 1 ? POPT_ARG_STRING : kind == 2 ? POPT_ARG_INT : POPT_ARG_DOUBLE, \
      kind == 0 ? (void *)&on[i & 7] : kind == 1 ? (void *)&text[i % 6] : kind == 2 ? (void *)&ints[i & 3] \
                                                                                    : (void *)&doubles[i & 1], \
      0, NULL, NULL },
    const struct poptOption options[] = { OPTIONS(POPT) POPT_TABLEEND };
    poptContext c = poptGetContext("prog", ARGC, (const char **)argv, options, 0);
    memset(on, 0, sizeof on);
    memset(text, 0, sizeof text);
    if (poptGetNextOpt(c) != -1) bench_die("popt");
    static char left[2][32];
    for (int i = 0; i < 2; i++) (void)snprintf(left[i], sizeof left[i], "%s", poptGetArg(c));
    src = left[0];
    dst = left[1];
    for (int i = 0; i < 8; i++) flags[i] = on[i] != 0;
    static char kept[6][32];
    for (int i = 0; i < 6; i++)
        if (text[i] != NULL) (void)snprintf(kept[i], sizeof kept[i], "%s", text[i]), strings[i] = kept[i], free(text[i]);
    poptFreeContext(c);
}
#endif

#ifdef BENCH_ARGTABLE
static void by_argtable(void)
{
    void *t[23];
    int n = 0;
#define ARGTABLE(letter, name, kind, i) \
    t[n++] = kind == 0   ? (void *)arg_lit0((char[]){ letter, 0 }, name, NULL) \
             : kind == 1 ? (void *)arg_str0((char[]){ letter, 0 }, name, NULL, NULL) \
             : kind == 2 ? (void *)arg_int0((char[]){ letter, 0 }, name, NULL, NULL) \
                         : (void *)arg_dbl0((char[]){ letter, 0 }, name, NULL, NULL);
    OPTIONS(ARGTABLE)
    struct arg_str *words = arg_strn(NULL, NULL, "FILE", 2, 2, NULL);
    struct arg_end *end = arg_end(5);
    t[n++] = words;
    t[n++] = end;
    if (arg_parse(ARGC, argv, t) != 0) bench_die("argtable");
    n = 0;
#define READ(letter, name, kind, i) \
    if (kind == 0) flags[i & 7] = ((struct arg_lit *)t[n])->count > 0; \
    else if (kind == 1) strings[i % 6] = ((struct arg_str *)t[n])->count > 0 ? ((struct arg_str *)t[n])->sval[0] : NULL; \
    else if (kind == 2) ints[i & 3] = ((struct arg_int *)t[n])->count > 0 ? ((struct arg_int *)t[n])->ival[0] : 0; \
    else doubles[i & 1] = ((struct arg_dbl *)t[n])->count > 0 ? ((struct arg_dbl *)t[n])->dval[0] : 0; \
    n++;
    OPTIONS(READ)
    src = words->sval[0];
    dst = words->sval[1];
    arg_freetable(t, 22);
}
#endif

#ifdef BENCH_GLIB
static void by_goption(void)
{
    static gboolean on[8];
    static char *text[6];
    static char *strings_kept[6];
#define GLIB(letter, name, kind, i) \
    { name, letter, 0, kind == 0 ? G_OPTION_ARG_NONE : kind == 1 ? G_OPTION_ARG_STRING : kind == 2 ? G_OPTION_ARG_INT \
                                                                                      : G_OPTION_ARG_DOUBLE, \
      kind == 0 ? (void *)&on[i & 7] : kind == 1 ? (void *)&text[i % 6] : kind == 2 ? (void *)&ints[i & 3] \
                                                                                    : (void *)&doubles[i & 1], \
      NULL, NULL },
    const GOptionEntry entries[] = { OPTIONS(GLIB){ NULL, 0, 0, 0, NULL, NULL, NULL } };
    char *words[ARGC + 2], **w = words;
    int n = 0;
    GOptionContext *c = g_option_context_new(NULL);
    for (int i = 0; i < ARGC; i++) {
        /* it does not know -oout */
        if (strcmp(argv[i], "-oout") == 0) words[n++] = (char *)"-o";
        words[n++] = strcmp(argv[i], "-oout") == 0 ? (char *)"out" : argv[i];
    }
    words[n] = NULL;
    memset(on, 0, sizeof on);
    for (int i = 0; i < 6; i++) g_free(strings_kept[i]), strings_kept[i] = text[i] = NULL;
    g_option_context_set_help_enabled(c, FALSE);
    g_option_context_add_main_entries(c, entries, NULL);
    if (!g_option_context_parse(c, &n, &w, NULL)) bench_die("goption");
    g_option_context_free(c);
    for (int i = 0; i < 8; i++) flags[i] = on[i];
    for (int i = 0; i < 6; i++) strings[i] = strings_kept[i] = text[i];
    src = words[1];
    dst = words[2];
}
#endif

static void nothing(void) { bench_die("this variant is not built"); }

int main(int argc, char **args)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } variants[] = {
        { "table", by_table }, { "call", by_call }, { "getopt", by_getopt }, { "argp", by_argp },
#ifdef BENCH_POPT
        { "popt", by_popt },
#endif
#ifdef BENCH_ARGTABLE
        { "argtable", by_argtable },
#endif
#ifdef BENCH_GLIB
        { "goption", by_goption },
#endif
    };
    void (*run)(void) = nothing;
    double best = 1e30;
    if (argc < 2) bench_die("which variant?");
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++)
        if (strcmp(args[1], variants[i].name) == 0) run = variants[i].run;
    reset();
    run();
    if (!right()) bench_die("wrong values");
    for (int round = 0; round < 200; round++) {
        double begin = bench_now_ns(), t;
        for (int i = 0; i < 500; i++) {
            memset(flags, 0, sizeof flags);
            run();
        }
        t = (bench_now_ns() - begin) / 500;
        if (t < best) best = t;
    }
    printf("%.1f\n", best);
    return 0;
}
