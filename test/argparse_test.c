/* argparse: golden cases of Python's, destinations, memory, errors, and what goes beyond Python 3.11. */
#if defined(__unix__) || defined(__APPLE__)
#include "argparse_hooks.h"
#endif
#include <errno.h>
#include <stdio.h>

/* Files as the implementation sees them: call number files.fails fails. */
static struct { int calls, fails, open, failed; } files;
static int file_fails(void) { return ++files.calls == files.fails ? (errno = EIO, files.failed = 1) : 0; }
static FILE *test_fopen(const char *name, const char *mode)
{
    FILE *file = file_fails() ? NULL : fopen(name, mode);
    files.open += file != NULL;
    return file;
}
static size_t test_fread(void *to, size_t size, size_t n, FILE *file) { return file_fails() ? 0 : fread(to, size, n, file); }
static int test_ferror(FILE *file) { return files.failed || ferror(file); }
static int test_fclose(FILE *file)
{
    files.open--;
    return fclose(file);
}
#undef ferror
#define fopen test_fopen
#define fread test_fread
#define ferror test_ferror
#define fclose test_fclose
#define PYFEAT_ARGPARSE_IMPLEMENTATION
#include "../pyfeat.h"
#undef fopen
#undef fread
#undef ferror
#undef fclose
#include "check.h"
#include "argparse_case.h"

/* ---- golden cases ---- */

/* The case in spec, run on a copy; the result is malloc'ed. */
static char *golden_run(const struct case_text *spec)
{
    char *copy = malloc(spec->n + 1), *got;
    if (copy == NULL) abort();
    memcpy(copy, spec->at, spec->n + 1);
    got = case_run(copy);
    free(copy);
    return got;
}

static void golden_check(const struct case_text *spec, const struct case_text *want, unsigned number)
{
    char *got = golden_run(spec);
    CHECK(strcmp(got, want->at) == 0);
    if (strcmp(got, want->at) != 0)
        printf("case %u:\n%swanted\n%sgot\n%s", number, spec->at, want->at, got);
    free(got);
}

/* Its first, second ... allocation fails, until none does: it ends, and nothing is lost. */
static void golden_starve(const struct case_text *spec, const struct case_text *want, unsigned number)
{
    long k = 0;
    if (number % 8 != check_seed % 8 && check_slowness() > 1) return;
    do {
        case_blocks_left = k++;
        case_refused = false;
        char *got = golden_run(spec);
        CHECK(case_refused || strcmp(got, want->at) == 0);
        CHECK_EQ(case_blocks_out, 0);
        free(got);
    } while (case_refused && k < 100);
    CHECK(k > 1 && k < 100);
    case_blocks_left = -1;
    case_refused = false;
}

/* Are these the same lines, but for those about help and namespace that stayed empty? So it must be
 * where a parse succeeds or help is formatted; otherwise there are many ways to fail. */
static bool squeezed_well(const char *got, const char *want)
{
    if (strncmp(got, "namespace\t", 10) != 0 && strncmp(got, "help\t", 5) != 0) return true;
    while (*got != '\0' && *want != '\0') {
        size_t n = strcspn(got, "\n"), m = strcspn(want, "\n");
        if (n != m || memcmp(got, want, n) != 0)
            if (n == 0 || got[n - 1] != '\t' || strncmp(got, want, n) != 0) return false;
        got += n + 1;
        want += m + 1;
    }
    return *got == *want;
}

/* In a block of each size, from one that is too small for anything to one that is large enough: it
 * ends, writes nowhere else, and what it gives out is right. */
static void golden_squeeze(const struct case_text *spec, const struct case_text *want,
                           unsigned number)
{
    uint64_t rng = check_rng(number);
    unsigned enough = 0;
#ifdef CHECK_COVERAGE
    const unsigned most = 1;
#else
    const unsigned most = 24;
    if (number % 4 != check_seed % 4) return;
#endif
    for (size_t size = 512; enough < 10 && size < 65536; size += 8 + 8 * check_below(&rng, most)) {
        case_memory = size;
        case_refused = true;
        char *got = golden_run(spec);
        enough = strcmp(got, want->at) == 0 ? enough + 1 : 0;
        CHECK(squeezed_well(got, want->at));
        CHECK_EQ(case_blocks_out, 0);
        free(got);
    }
    CHECK_EQ(enough, 10);
    case_memory = 0;
    case_refused = false;
}

static void golden_each(void (*check)(const struct case_text *, const struct case_text *, unsigned),
                        const char *name)
{
    static char line[1 << 16];
    struct case_text spec = { NULL, 0, 0 }, want = { NULL, 0, 0 };
    FILE *file = fopen(name, "r");
    unsigned cases = 0;

    if (file == NULL) CHECK_SKIP("the golden cases cannot be read");
    case_puts(&spec, "");
    case_puts(&want, "");
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "> ", 2) == 0) case_puts(&want, line + 2);
        else if (strcmp(line, ".\n") != 0) case_puts(&spec, line);
        if (strcmp(line, ".\n") != 0) continue;
        check(&spec, &want, ++cases);
        spec.n = want.n = 0;
        spec.at[0] = want.at[0] = '\0';
    }
    CHECK(cases >= 200);
    (void)fclose(file);
    free(spec.at);
    free(want.at);
}

/* Those made at random, and those written by hand for what chance does not find. Python's answers
 * are made anew by argparse_diff.py --cases FILE --golden FILE. */
static void golden(void) { golden_each(golden_check, "golden/argparse.txt"); }
static void golden_more(void) { golden_each(golden_check, "golden/argparse_more.txt"); }
static void golden_wide(void) { golden_each(golden_check, "golden/argparse_wide.txt"); }
static void golden_without_memory(void) { golden_each(golden_starve, "golden/argparse.txt"); }
static void golden_in_blocks(void) { golden_each(golden_squeeze, "golden/argparse.txt"); }
static void golden_more_in_blocks(void)
{
    golden_each(golden_squeeze, "golden/argparse_more.txt");
}
static void golden_wide_in_blocks(void)
{
    golden_each(golden_squeeze, "golden/argparse_wide.txt");
}

/* ---- small tools ---- */

#define new_parser(...) pyf_argument_parser(.allocator = &case_heap, __VA_ARGS__)

struct written {
    char text[3][8192];
    size_t n[3];
};

static struct written out;

static void keep(void *ctx, int stream, const char *text, size_t n)
{
    struct written *w = ctx;
    if (n > sizeof w->text[0] - 1 - w->n[stream]) n = sizeof w->text[0] - 1 - w->n[stream];
    memcpy(w->text[stream] + w->n[stream], text, n);
    w->n[stream] += n;
    w->text[stream][w->n[stream]] = '\0';
}

static void forget(void) { memset(&out, 0, sizeof out); }

enum { MAX_WORDS = 32 };

/* Parse words that stand in one text, with blanks between them. */
static pyf_status parse(pyf_parser *p, const char *text, pyf_parser_error *error)
{
    static char copy[512];
    static char *argv[MAX_WORDS + 1];
    int argc = 0;
    size_t n = strlen(text);
    memcpy(copy, "prog", 5);
    argv[argc++] = copy;
    memcpy(copy + 5, text, n + 1);
    for (char *s = copy + 5; *s != '\0' && argc < MAX_WORDS;) {
        argv[argc++] = s;
        while (*s != '\0' && *s != ' ') s++;
        if (*s == ' ') *s++ = '\0';
    }
    argv[argc] = NULL;
    return pyf_parser_try_parse_args(p, argc, argv, error);
}

/* ---- cases ---- */

static void server_manager(void)
{
    const char *action = NULL, *user = NULL, *was, *room[4];
    pyf_strs targets = { room, 0, 4 };
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "manage", .description = "Manage servers");
    CHECK(pyf_parser_add_argument(p, "action", .choices = PYF_LIST("deploy", "start", "stop"),
                                  .to = PYF_STR(&action)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "targets", .metavar = "HOSTNAME", .nargs = "+",
                                  .to = PYF_STRS(&targets)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-u", "--user", .required = true, .to = PYF_STR(&user)) == PYF_OK);
    CHECK(parse(p, "deploy a b -u me", &e) == PYF_OK);
    CHECK(strcmp(action, "deploy") == 0 && strcmp(user, "me") == 0 && targets.n == 2 &&
          strcmp(room[1], "b") == 0);
    was = action;
    CHECK(parse(p, "fly a", &e) == PYF_VALUE_ERROR && e.exit_code == 2);
    CHECK(strcmp(e.text, "argument action: invalid choice: 'fly' (choose from 'deploy', 'start', 'stop')") == 0);
    CHECK(strcmp(e.argument, "action") == 0 && e.parser == p);
    CHECK(action == was && targets.n == 2);
    CHECK(parse(p, "stop a b c d e -u you", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument HOSTNAME: too many arguments") == 0);
    CHECK(targets.n == 2 && action == was);
    CHECK(parse(p, "--help", &e) == PYF_CANCELLED_ERROR && e.exit_code == 0 && e.text == NULL);
    pyf_parser_free(p);
}

static void table_in_a_buffer(void)
{
    static int baud, level;
    static bool fast;
    static const pyf_argument table[] = {
        PYF_ARG("baud", .to = PYF_INT(&baud)),
        PYF_ARG("-f", "--fast", .action = "store_true", .to = PYF_BOOL(&fast)),
        PYF_ARG("-l", .nargs = "?", .const_ = "3", .default_ = "1", .to = PYF_INT(&level)),
    };
    static union {
        void *aligned;
        char bytes[4096];
    } memory;
    pyf_parser_error e;
    pyf_status st = PYF_OK;
    pyf_parser *p = pyf_argument_parser(.memory = &memory, .memory_size = sizeof memory);
    CHECK(pyf_parser_add_arguments(p, table, 3) == PYF_OK);
    CHECK(parse(p, "9600 -f", &e) == PYF_OK && baud == 9600 && fast && level == 1);
    CHECK(parse(p, "0x10", &e) == PYF_VALUE_ERROR && baud == 9600 && fast);
    CHECK(strcmp(e.text, "argument baud: invalid int value: '0x10'") == 0);
    CHECK(parse(p, "1_0 -l", &e) == PYF_OK && baud == 10 && !fast && level == 3);
    pyf_parser_free(p);
    for (size_t size = 0; size < sizeof memory; size += 8) {
        p = pyf_argument_parser(.memory = &memory, .memory_size = size, .status = &st);
        if (p == NULL) {
            CHECK(st == PYF_MEMORY_ERROR);
            continue;
        }
        (void)pyf_parser_add_arguments(p, table, 3);
        st = parse(p, "7 -f -l x", &e);
        CHECK(st == PYF_MEMORY_ERROR ? e.exit_code == 1 && e.text != NULL : st == PYF_VALUE_ERROR);
        (void)pyf_parser_format_help(p, NULL, 0);
    }
    CHECK(st == PYF_VALUE_ERROR);
}

/* An allocator that counts, and fails from the n-th block on. */
struct counted {
    size_t blocks, live, limit;
};

static void *counted_alloc(void *ctx, size_t size)
{
    struct counted *c = ctx;
    if (c->blocks >= c->limit) return NULL;
    c->blocks++;
    c->live++;
    return malloc(size);
}

static void counted_release(void *ctx, void *block, size_t size)
{
    struct counted *c = ctx;
    (void)size;
    c->live--;
    free(block);
}

static void allocations(void)
{
    static char *argv[10001];
    struct counted count = { 0, 0, 1000 };
    pyf_allocator a = { counted_alloc, counted_release, NULL };
    pyf_ints all = { NULL, 0, 0 };
    pyf_parser_error e;
    static char word[] = "12", program[] = "prog";
    a.ctx = &count;
    for (size_t limit = 0; limit < 6; limit++) {
        pyf_parser *p;
        memset(&count, 0, sizeof count);
        count.limit = limit;
        p = pyf_argument_parser(.allocator = &a);
        for (int i = 0; i < 60 && p != NULL; i++)
            (void)pyf_parser_add_argument(p, i == 0 ? "n" : "m", .nargs = "*", .to = PYF_INTS(&all));
        (void)parse(p, "1 2 3", &e);
        pyf_parser_free(p);
        CHECK(count.live == 0);
    }
    memset(&count, 0, sizeof count);
    count.limit = 1000;
    {
        size_t before;
        pyf_parser *p = pyf_argument_parser(.allocator = &a);
        CHECK(pyf_parser_add_argument(p, "n", .nargs = "*", .to = PYF_INTS(&all)) == PYF_OK);
        before = count.blocks;
        CHECK(parse(p, "1 2 3", &e) == PYF_OK && all.n == 3 && all.v[2] == 3);
        CHECK(count.blocks - before <= 2);
        argv[0] = program;
        for (int i = 1; i < 10000; i++) argv[i] = word;
        before = count.blocks;
        CHECK(pyf_parser_try_parse_args(p, 10000, argv, &e) == PYF_OK && all.n == 9999 && all.v[9998] == 12);
        CHECK(count.blocks - before <= 3);
        pyf_parser_free(p);
        CHECK(count.live == 0);
    }
}

static pyf_status to_port(const char *text, void *to, pyf_parser_error *error)
{
    int n;
    if (pyf_convert_int(text, &n, error) != PYF_OK || n < 1 || n > 65535)
        return pyf_argument_type_error(error, "not a port: %s", text);
    memcpy(to, &n, sizeof n);
    return PYF_OK;
}

static pyf_status only_even(const pyf_action_call *call)
{
    int n;
    if (call->n != 1 || pyf_convert_int(call->values[0], &n, NULL) != PYF_OK || n % 2 != 0)
        return pyf_argument_type_error(call->error, "%s is odd", call->values[0]);
    memcpy(call->to, &n, sizeof n);
    return PYF_OK;
}

static void own_types_and_actions(void)
{
    static const pyf_type port_type = { "port", to_port, pyf_format_int, NULL, sizeof(int), 0, 0 };
    static const pyf_type even = { "even", NULL, NULL, only_even, 0, 0, 0 };
    int port = 80, n = 0;
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_argument(p, "--port", .to = PYF_TO(&port_type, &port)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-e", .to = PYF_TO(&even, &n)) == PYF_OK);
    CHECK(parse(p, "--port 8080 -e 4", &e) == PYF_OK && port == 8080 && n == 4);
    CHECK(parse(p, "--port x", &e) == PYF_VALUE_ERROR &&
          strcmp(e.text, "argument --port: not a port: x") == 0 && port == 8080);
    CHECK(parse(p, "-e 3", &e) == PYF_VALUE_ERROR && strcmp(e.text, "argument -e: 3 is odd") == 0);
    pyf_parser_free(p);
}

static int committed(pyf_parser *p)
{
    const char *message = NULL;
    return pyf_parser_get(p, "message", PYF_STR(&message)) == PYF_OK && strcmp(message, "hi") == 0 ? 42 : 1;
}

static void subcommands(void)
{
    const char *cmd = NULL;
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "git", .write = keep, .write_ctx = &out, .width = 80);
    pyf_parser *cmds = pyf_parser_add_subparsers(p, .title = "commands", .dest = "cmd", .required = true,
                                                 .to = PYF_STR(&cmd));
    pyf_parser *commit = pyf_parser_add_parser(cmds, "commit", .aliases = PYF_LIST("ci"), .func = committed,
                                               .help = "record changes", .deprecated = true);
    pyf_parser *remote = pyf_parser_add_subparsers(pyf_parser_add_parser(cmds, "remote"));
    pyf_parser *add = pyf_parser_add_parser(remote, "add");
    CHECK(pyf_parser_add_argument(commit, "-m", "--message", .deprecated = true) == PYF_OK);
    CHECK(pyf_parser_add_argument(add, "name") == PYF_OK);
    CHECK(parse(p, "ci -m hi", &e) == PYF_OK && strcmp(cmd, "ci") == 0);
    CHECK_EQ(pyf_parser_dispatch(p), 42);
    CHECK(pyf_parser_chosen(p) == commit);
    forget();
    CHECK_EQ(pyf_parser_report(p, &e), 0);
    CHECK(strcmp(out.text[2], "git: warning: command 'ci' is deprecated\n"
                              "git commit: warning: option '-m' is deprecated\n") == 0);
    CHECK(parse(p, "remote add", &e) == PYF_VALUE_ERROR && e.parser == add);
    forget();
    CHECK_EQ(pyf_parser_report(p, &e), 2);
    CHECK(strcmp(out.text[2], "usage: git remote add [-h] name\n"
                              "git remote add: error: the following arguments are required: name\n") == 0);
    CHECK(parse(p, "remote add x", &e) == PYF_OK && pyf_parser_dispatch(p) == PYF_TYPE_ERROR);
    CHECK(pyf_parser_add_parser(cmds, "ci") == NULL);
    CHECK(parse(p, "ci -m hi", &e) == PYF_VALUE_ERROR && e.exit_code == 1 &&
          strcmp(e.text, "argument cmd: conflicting subparser: ci") == 0);
    pyf_parser_free(p);
}

static void namespace_by_name(void)
{
    int n = 0;
    double d = 0;
    const char *s = NULL;
    int room[2];
    pyf_ints two = { room, 0, 2 }, many = { NULL, 0, 0 };
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x");
    CHECK(pyf_parser_get(p, "n", PYF_INT(&n)) == PYF_INVALID_STATE_ERROR);
    (void)pyf_parser_add_argument(p, "-n", .to = PYF_INT(NULL));
    (void)pyf_parser_add_argument(p, "-d", .to = PYF_DOUBLE(NULL), .default_ = "2.5");
    (void)pyf_parser_add_argument(p, "-v", .action = "count", .default_ = "0");
    (void)pyf_parser_add_argument(p, "ints", .nargs = "*", .to = PYF_INT(NULL));
    (void)pyf_parser_set_defaults(p, "extra", "e");
    CHECK(parse(p, "-vv 1 2 3", &e) == PYF_OK);
    CHECK(pyf_parser_get(p, "n", PYF_INT(&n)) == PYF_INVALID_STATE_ERROR && n == 0);
    CHECK(pyf_parser_get(p, "d", PYF_INT(&n)) == PYF_TYPE_ERROR);
    CHECK(pyf_parser_get(p, "d", PYF_DOUBLE(&d)) == PYF_OK && d > 2.4 && d < 2.6);
    CHECK(pyf_parser_get(p, "v", PYF_INT(&n)) == PYF_OK && n == 2);
    CHECK(pyf_parser_get(p, "nothing", PYF_INT(&n)) == PYF_VALUE_ERROR);
    CHECK(pyf_parser_get(p, "ints", PYF_INTS(&two)) == PYF_FULL_ERROR);
    CHECK(pyf_parser_get(p, "ints", PYF_INTS(&many)) == PYF_OK && many.n == 3 && many.v[2] == 3);
    CHECK(pyf_parser_get(p, "extra", PYF_STR(&s)) == PYF_OK && strcmp(s, "e") == 0);
    CHECK(strcmp(pyf_parser_get_default(p, "d"), "2.5") == 0);
    CHECK(pyf_parser_get_default(p, "n") == NULL);
    pyf_parser_free(p);
}

static void numbers(void)
{
    static const struct {
        const char *text;
        double value;
    } good[] = { { "1", 1 }, { " 2.5 ", 2.5 }, { "1e3", 1000 }, { "1_0.0_1", 10.01 }, { ".5", .5 }, { "-5.", -5 },
                 { "123456789012345678901234567890", 123456789012345678901234567890.0 }, { "1E-2", .01 } };
    static const char *const bad[] = { "", "x", "1__0", "_1", "1_", "0x1", "1e", "--1", "1 2", "e5", "." };
    char text[32];
    double d;
    int n = 7;
    int64_t i64;
    uint64_t u64;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK(pyf_convert_double(good[i].text, &d, NULL) == PYF_OK && memcmp(&d, &good[i].value, sizeof d) == 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(pyf_convert_double(bad[i], &d, NULL) == PYF_VALUE_ERROR);
        CHECK(pyf_convert_int(bad[i], &n, NULL) == PYF_VALUE_ERROR && n == 7);
    }
    for (size_t length = 600; length < 1000; length += 100) {
        char digits[1100];
        memset(digits, '1', length);
        memcpy(digits + length, "e-99", 5);
        CHECK(pyf_convert_double(digits, &d, NULL) == PYF_OK);
        memcpy(digits + length, "x", 2);
        CHECK(pyf_convert_double(digits, &d, NULL) == PYF_VALUE_ERROR);
        memcpy(digits + length, "_1", 3);
        CHECK(pyf_convert_double(digits, &d, NULL) == (length < 799 ? PYF_OK : PYF_MEMORY_ERROR));
    }
    CHECK(pyf_convert_int("-2147483648", &n, NULL) == PYF_OK && n == -2147483647 - 1);
    CHECK(pyf_convert_int("2147483648", &n, NULL) == PYF_VALUE_ERROR);
    CHECK(pyf_convert_int64("-9223372036854775808", &i64, NULL) == PYF_OK && i64 == INT64_MIN);
    CHECK(pyf_convert_int64("9223372036854775808", &i64, NULL) == PYF_VALUE_ERROR);
    CHECK(pyf_convert_uint64("18446744073709551615", &u64, NULL) == PYF_OK && u64 == UINT64_MAX);
    CHECK(pyf_convert_uint64("-1", &u64, NULL) == PYF_VALUE_ERROR);
    d = 1e16, pyf_format_double(&d, text);
    CHECK(strcmp(text, "1e+16") == 0);
    d = 0.1, pyf_format_double(&d, text);
    CHECK(strcmp(text, "0.1") == 0);
    d = 123456789.0, pyf_format_double(&d, text);
    CHECK(strcmp(text, "123456789.0") == 0);
    d = 1e-5, pyf_format_double(&d, text);
    CHECK(strcmp(text, "1e-05") == 0);
    d = -0.0, pyf_format_double(&d, text);
    CHECK(strcmp(text, "-0.0") == 0);
    i64 = INT64_MIN, pyf_format_int64(&i64, text);
    CHECK(strcmp(text, "-9223372036854775808") == 0);
}

static void construction_errors(void)
{
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_argument(p, "-x", "--ex") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-y", "-x") == PYF_VALUE_ERROR);
    CHECK(parse(p, "", &e) == PYF_VALUE_ERROR && e.exit_code == 1 &&
          strcmp(e.text, "argument -y/-x: conflicting option string: -x") == 0);
    CHECK(pyf_parser_format_help(p, NULL, 0) == 0);
    pyf_parser_free(p);
    p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_argument(p, "-x", .action = "stor") == PYF_VALUE_ERROR);
    pyf_parser_free(p);
    p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_argument(p, "x", .nargs = "q") == PYF_VALUE_ERROR);
    CHECK(parse(p, "", &e) == PYF_VALUE_ERROR && strcmp(e.text, "argument x: invalid nargs value") == 0);
    pyf_parser_free(p);
    CHECK(pyf_parser_add_argument(NULL, "x") == PYF_MEMORY_ERROR);
    CHECK(parse(NULL, "", &e) == PYF_MEMORY_ERROR);
    CHECK(pyf_parser_add_subparsers(NULL) == NULL && pyf_parser_add_argument_group(NULL) == NULL);
    pyf_parser_free(NULL);
}

static void beyond_python(void)
{
    const char *mode = NULL;
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x", .suggest_on_error = true);
    CHECK(pyf_parser_add_argument(p, "--mode", .choices = PYF_LIST("fast", "slow"), .to = PYF_STR(&mode),
                                  .env = "PYFEAT_TEST_MODE") == PYF_OK);
    CHECK(parse(p, "--mode fsat", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument --mode: invalid choice: 'fsat', maybe you meant 'fast'? "
                         "(choose from 'fast', 'slow')") == 0);
#if CHECK_FORK
    CHECK(setenv("PYFEAT_TEST_MODE", "slow", 1) == 0);
    CHECK(parse(p, "", &e) == PYF_OK && strcmp(mode, "slow") == 0);
    CHECK(parse(p, "--mode fast", &e) == PYF_OK && strcmp(mode, "fast") == 0);
    CHECK(setenv("PYFEAT_TEST_MODE", "wrong", 1) == 0);
    CHECK(parse(p, "", &e) == PYF_VALUE_ERROR);
#endif
    pyf_parser_free(p);
}

static void response_files(void)
{
#if CHECK_FORK
    char name[48]; /* its own: other flavours run at the same time */
    FILE *file = (snprintf(name, sizeof name, "/tmp/pyfeat_argparse_test.%ld", (long)getpid()), fopen(name, "w"));
    pyf_strs words = { NULL, 0, 0 };
    char text[80];
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x", .fromfile_prefix_chars = "@");
    if (file == NULL) CHECK_SKIP("/tmp cannot be written");
    (void)fputs("a\r\nb c\n\nd", file);
    (void)fclose(file);
    (void)pyf_parser_add_argument(p, "w", .nargs = "*", .to = PYF_STRS(&words));
    (void)snprintf(text, sizeof text, "1 @%s 2", name);
    CHECK(parse(p, text, &e) == PYF_OK && words.n == 6);
    CHECK(words.n == 6 && strcmp(words.v[2], "b c") == 0 && strcmp(words.v[3], "") == 0 &&
          strcmp(words.v[4], "d") == 0);
    CHECK(parse(p, "@/no/such", &e) == PYF_VALUE_ERROR &&
          strcmp(e.text, "[Errno 2] No such file or directory: '/no/such'") == 0);
    CHECK(parse(p, "@/tmp", &e) == PYF_VALUE_ERROR && strcmp(e.text, "[Errno 21] Is a directory: '/tmp'") == 0);
    file = fopen(name, "w");
    (void)fprintf(file, "@%s\n", name);
    (void)fclose(file);
    CHECK(parse(p, text, &e) == PYF_VALUE_ERROR && strstr(e.text, "too many files") != NULL);
    (void)remove(name);
    pyf_parser_free(p);
#else
    CHECK_SKIP("no files here");
#endif
}

static void kth_file_call(void)
{
#if CHECK_FORK
    char text[64];
    pyf_strs words = { NULL, 0, 0 };
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x", .fromfile_prefix_chars = "@");
    (void)snprintf(text, sizeof text, "/tmp/pyfeat_kth_file_call.%ld", (long)getpid());
    FILE *file = fopen(text, "w");
    if (file == NULL) CHECK_SKIP("/tmp cannot be written");
    for (int i = 0; i < 400; i++) (void)fputs("word\n", file);
    (void)fclose(file);
    (void)snprintf(text, sizeof text, "@/tmp/pyfeat_kth_file_call.%ld", (long)getpid());
    (void)pyf_parser_add_argument(p, "w", .nargs = "*", .to = PYF_STRS(&words));
    memset(&files, 0, sizeof files);
    do {
        files.fails++;
        files.calls = files.failed = 0;
        pyf_status st = parse(p, text, &e);
        CHECK_EQ(st, files.failed ? PYF_VALUE_ERROR : PYF_OK);
        if (files.failed) CHECK(strncmp(e.text, "[Errno 5] ", 10) == 0 && strstr(e.text, text + 1) != NULL);
        else CHECK_EQ(words.n, 400);
        CHECK_EQ(files.open, 0);
    } while (files.failed && files.fails < 100);
    CHECK(files.fails >= 9 && files.fails < 100);
    (void)remove(text + 1);
    pyf_parser_free(p);
#else
    CHECK_SKIP("no files here");
#endif
}

static void sizes(void)
{
    CHECK(sizeof(pyf_argument) <= (sizeof(void *) == 8 ? 104 : 56));
}

static void man_and_completion(void)
{
    pyf_parser *p = new_parser(.prog = "tool", .write = keep, .write_ctx = &out, .description = "Do it.");
    (void)pyf_parser_add_argument(p, "--mode", .choices = PYF_LIST("fast", "slow"), .help = "how it's done");
    forget();
    CHECK(pyf_parser_print_man(p, "November 21, 2026", PYF_STDOUT) == PYF_OK);
    CHECK(strstr(out.text[1], ".Nm \\&tool\n.Nd \"\\&Do it\"\n") != NULL);
    for (int i = 0; i < 3; i++) {
        static const char *const shells[] = { "bash", "zsh", "fish" };
        forget();
        CHECK(pyf_parser_print_completion(p, shells[i], PYF_STDOUT) == PYF_OK);
        CHECK(strstr(out.text[1], "mode'") != NULL && strstr(out.text[1], "fast") != NULL);
    }
    CHECK(pyf_parser_print_completion(p, "csh", PYF_STDOUT) == PYF_VALUE_ERROR);
    pyf_parser_free(p);
}

/* The help that a parser prints with this in its environment; escapes are taken out. How many. */
static unsigned colored_help(pyf_parser *p, const char *no, const char *force)
{
    unsigned n = 0;
    char *to = out.text[1];
    forget();
    CHECK(setenv("NO_COLOR", no, 1) == 0 && setenv("FORCE_COLOR", force, 1) == 0);
    CHECK(pyf_parser_print_help(p, PYF_STDOUT) == PYF_OK);
    if (*force != '\0' && *no == '\0') CHECK(strstr(out.text[1], "\033[1;36m--output\033[0m") != NULL);
    for (const char *s = out.text[1]; *s != '\0'; s++) {
        if (*s != '\033') {
            *to++ = *s;
            continue;
        }
        while (*s != 'm') s++;
        n++;
    }
    *to = '\0';
    return n;
}

static void colour(void)
{
    char plain[4096];
    for (unsigned width = 20; width <= 80; width += 60) {
        pyf_parser *p = new_parser(.prog = "paint", .color = true, .width = width, .write = keep, .write_ctx = &out);
        pyf_parser *commands;
        CHECK(pyf_parser_add_argument(p, "-o", "--output", .metavar = "FILE", .help = "where to") == PYF_OK);
        commands = pyf_parser_add_subparsers(p, .title = "commands");
        CHECK(pyf_parser_add_parser(commands, "mix", .help = "mix colours") != NULL);
        CHECK(pyf_parser_format_help(p, plain, sizeof plain) < sizeof plain);
        CHECK(colored_help(p, "", "1") >= 2 * 10);
        CHECK(strcmp(out.text[1], plain) == 0);
        CHECK(colored_help(p, "1", "1") == 0 && colored_help(p, "", "") == 0);
        CHECK(strcmp(out.text[1], plain) == 0);
        pyf_parser_free(p);
        p = new_parser(.prog = "paint", .write = keep, .write_ctx = &out);
        CHECK(pyf_parser_add_argument(p, "--output") == PYF_OK);
        forget();
        CHECK(pyf_parser_print_help(p, PYF_STDOUT) == PYF_OK && strchr(out.text[1], '\033') == NULL);
        pyf_parser_free(p);
    }
}

/* A usage as Python 3.14 colours it: names of options in cyan if they are long and in green, what
 * they take in yellow, positional arguments in green. */
static void coloured_usage(void)
{
    static const char *const environments[][2] = { { "PYTHON_COLORS", "0" }, { "NO_COLOR", "1" } };
    pyf_parser *p = new_parser(.prog = "paint", .color = true, .width = 80, .write = keep, .write_ctx = &out);
    CHECK(pyf_parser_add_argument(p, "-o", "--output", .metavar = "FILE") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--dry", .action = "store_true", .required = true) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "src", .nargs = "*") == PYF_OK);
    CHECK(setenv("FORCE_COLOR", "1", 1) == 0 && unsetenv("NO_COLOR") == 0);
    forget();
    CHECK(pyf_parser_print_usage(p, PYF_STDERR) == PYF_OK);
    CHECK(strcmp(out.text[2], "\033[1;34musage: \033[0m\033[1;35mpaint\033[0m [\033[32m-h\033[0m] "
                              "[\033[32m-o \033[33mFILE\033[0m] \033[36m--dry\033[0m "
                              "\033[32m[src ...]\033[0m\n") == 0);
    for (size_t i = 0; i < 2; i++) {
        CHECK(setenv(environments[i][0], environments[i][1], 1) == 0);
        forget();
        CHECK(pyf_parser_print_usage(p, PYF_STDERR) == PYF_OK);
        CHECK(strcmp(out.text[2], "usage: paint [-h] [-o FILE] --dry [src ...]\n") == 0);
        CHECK(unsetenv(environments[i][0]) == 0);
    }
    pyf_parser_free(p);
    p = new_parser(.prog = "x", .usage = "%(prog)s it", .color = true, .write = keep, .write_ctx = &out);
    forget();
    CHECK(pyf_parser_print_usage(p, PYF_STDERR) == PYF_OK);
    CHECK(strcmp(out.text[2], "\033[1;34musage: \033[0m\033[35m\033[1;35mx\033[0m\033[35m it\033[0m\n") == 0);
    pyf_parser_free(p);
    p = new_parser(.prog = "", .usage = "%(prog)sit", .color = true, .write = keep, .write_ctx = &out);
    forget();
    CHECK(pyf_parser_print_usage(p, PYF_STDERR) == PYF_OK);
    CHECK(strstr(out.text[2], "it\033[0m\n") != NULL && strstr(out.text[2], "\033[1;35m") == NULL);
    CHECK(unsetenv("FORCE_COLOR") == 0);
    pyf_parser_free(p);
}

#include "argparse_edges.h"

static const struct check_case usual_cases[] = {
    { "golden", golden },
    { "golden more", golden_more },
    { "golden wide", golden_wide },
    { "golden without memory", golden_without_memory },
    { "golden in blocks", golden_in_blocks },
    { "golden more in blocks", golden_more_in_blocks },
    { "golden wide in blocks", golden_wide_in_blocks },
    { "server_manager", server_manager },
    { "table_in_a_buffer", table_in_a_buffer },
    { "allocations", allocations },
    { "own_types_and_actions", own_types_and_actions },
    { "subcommands", subcommands },
    { "namespace_by_name", namespace_by_name },
    { "numbers", numbers },
    { "construction_errors", construction_errors },
    { "beyond_python", beyond_python },
    { "colour", colour },
    { "coloured_usage", coloured_usage },
    { "response_files", response_files },
    { "k-th file call", kth_file_call },
    { "sizes", sizes },
    { "man_and_completion", man_and_completion },
};

int main(int argc, char **argv)
{
    enum {
        USUAL = sizeof usual_cases / sizeof usual_cases[0],
        EDGES = sizeof edge_cases / sizeof edge_cases[0]
    };
    struct check_case cases[USUAL + EDGES];
    memcpy(cases, usual_cases, sizeof usual_cases);
    memcpy(cases + USUAL, edge_cases, sizeof edge_cases);
    return check_main(argc, argv, cases, USUAL + EDGES);
}
