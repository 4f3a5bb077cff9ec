/* argparse_edges.h - cases of argparse_test.c for what few programs do: odd calls, odd
 * destinations, odd bytes, environments and locales. What Python has too is compared with its
 * answers elsewhere (golden/). */
#ifndef ARGPARSE_EDGES_H
#define ARGPARSE_EDGES_H

#include <limits.h>
#include <wchar.h>

/* ---- calls ---- */

static void without_a_parser(void)
{
    char text[8] = "x";
    int n = 0;
    pyf_status st = PYF_OK;
    pyf_strs extras = { NULL, 0, 0 };
    static const pyf_argument table[] = { PYF_ARG("x") };
    CHECK(pyf_parser_add_arguments(NULL, table, 1) == PYF_MEMORY_ERROR);
    CHECK(pyf_parser_add_parser(NULL, "x") == NULL);
    CHECK(pyf_parser_add_mutually_exclusive_group(NULL) == NULL);
    CHECK(pyf_parser_set_defaults(NULL, "x", "1") == PYF_MEMORY_ERROR);
    CHECK(pyf_parser_get_default(NULL, "x") == NULL);
    CHECK(pyf_parser_try_parse_known_args(NULL, 0, NULL, &extras, NULL) == PYF_MEMORY_ERROR);
    CHECK(pyf_parser_get(NULL, "x", PYF_INT(&n)) == PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_parser_namespace(NULL, text, sizeof text), 0);
    CHECK(text[0] == '\0');
    CHECK_EQ(pyf_parser_format_help(NULL, text, sizeof text), 0);
    CHECK(pyf_parser_chosen(NULL) == NULL && pyf_parser_dispatch(NULL) == PYF_TYPE_ERROR);
    CHECK(pyf_parser_print_usage(NULL, PYF_STDERR) == PYF_MEMORY_ERROR);
    CHECK(pyf_parser_print_completion(NULL, "bash", PYF_STDOUT) == PYF_MEMORY_ERROR);
    CHECK(pyf_parser_print_man(NULL, "today", PYF_STDOUT) == PYF_MEMORY_ERROR);
    CHECK(pyf_argument_type_error(NULL, "%d", 1) == PYF_TYPE_ERROR);
    CHECK(pyf_argument_parser(.memory = &st, .memory_size = sizeof st) == NULL);
}

static void refused_calls(void)
{
    static const pyf_argument one[] = { PYF_ARG("x") };
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x"), *commands;
    CHECK(pyf_parser_add_arguments(p, one, 0) == PYF_OK);
    CHECK(pyf_parser_chosen(p) == p && pyf_parser_namespace(p, NULL, 0) == 0);
    commands = pyf_parser_add_subparsers(p);
    CHECK(pyf_parser_add_arguments(commands, one, 1) == PYF_TYPE_ERROR);
    CHECK(parse(p, "", &e) == PYF_TYPE_ERROR && e.exit_code == 1 &&
          strcmp(e.text, "subcommands take parsers only") == 0);
    CHECK(pyf_parser_print_help(p, PYF_STDOUT) == PYF_TYPE_ERROR);
    CHECK(pyf_parser_print_completion(p, "bash", PYF_STDOUT) == PYF_TYPE_ERROR);
    CHECK(pyf_parser_print_man(p, "today", PYF_STDOUT) == PYF_TYPE_ERROR);
    pyf_parser_free(p);
    p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_arguments(p, one, 16001) == PYF_VALUE_ERROR);
    CHECK(parse(p, "", &e) == PYF_VALUE_ERROR && strcmp(e.text, "too many arguments") == 0);
    pyf_parser_free(p);
    p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_argument(p, "x", .name3 = "y") == PYF_VALUE_ERROR);
    pyf_parser_free(p);
    p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_argument(p, "x", .action = "subcommand") == PYF_VALUE_ERROR);
    CHECK(parse(p, "", &e) == PYF_VALUE_ERROR && strcmp(e.text, "unknown action: subcommand") == 0);
    pyf_parser_free(p);
}

/* A table is looked through when a parse fails or help is asked for, by whichever call. */
/* A record in a call is looked at closely only if it asks for more than most do. Of these 24, -a
 * and -A lie in one place. */
static pyf_parser *with_plain_calls(const char **s, char (*names)[2][4])
{
    pyf_parser *p = new_parser(.prog = "x", .no_help = true);
    for (int i = 0; i < 24; i++) {
        char c = (char)((i % 2 != 0 ? 'A' : 'a') + i / 2);
        (void)snprintf(names[i][0], 4, "-%c", c);
        (void)snprintf(names[i][1], 4, "--%c", c);
        CHECK(pyf_parser_add_argument(p, names[i][0], names[i][1], .to = PYF_STR(&s[i])) == PYF_OK);
    }
    return p;
}

static void plain_calls(void)
{
    const char *s[24] = { NULL }, *word = NULL;
    bool on[2] = { false, false };
    char names[24][2][4], own[] = "store_true";
    pyf_parser *p = with_plain_calls(s, names);
    CHECK(pyf_parser_add_argument(p, "-y", .action = own, .to = PYF_BOOL(&on[0])) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--yes", .action = "store_true", .to = PYF_BOOL(&on[1])) ==
          PYF_OK);
    CHECK(pyf_parser_add_argument(p, "word", .metavar = "W", .to = PYF_STR(&word)) == PYF_OK);
    CHECK(parse(p, "--A 1 -b 2 --b=3 -B4 -yC5 --l 6 x", NULL) == PYF_OK);
    CHECK(strcmp(s[1], "1") == 0 && strcmp(s[2], "3") == 0 && strcmp(s[3], "4") == 0 && on[0]);
    CHECK(strcmp(s[5], "5") == 0 && strcmp(s[22], "6") == 0 && strcmp(word, "x") == 0 && !on[1]);
    CHECK(pyf_parser_add_argument(p, "-q", "--C") == PYF_VALUE_ERROR);
    CHECK(pyf_parser_add_argument(p, "-Z") == PYF_OK && parse(p, "x", NULL) == PYF_VALUE_ERROR);
    pyf_parser_free(p);
    p = with_plain_calls(s, names);
    CHECK(pyf_parser_add_argument(p, "-A") == PYF_VALUE_ERROR);
    pyf_parser_free(p);
}

static void calls_that_are_not_plain(void)
{
    static const char *const choices[] = { "a", NULL };
    static const pyf_argument table[] = { PYF_ARG("--tab", .action = "stor_true") }, refused[] = {
        PYF_ARG("-"),
        PYF_ARG("--"),
        PYF_ARG("---"),
        PYF_ARG(""),
        PYF_ARG("-s", ""),
        PYF_ARG("-s", "t"),
        PYF_ARG("s", "-s"),
        PYF_ARG("s", .required = true),
        PYF_ARG("-s", .metavar = "A\nB"),
        PYF_ARG("-s", .action = "store_true", .metavar = "S"),
        PYF_ARG("-s", .action = "store_true", .choices = choices),
    };
    pyf_parser *p;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        p = new_parser(.prog = "x", .no_help = true);
        CHECK(pyf_parser_add_argument(p, "-y", .action = "store_true") == PYF_OK);
        if (pyf_parser_add_argument_with(p, &refused[i]) == PYF_OK) CHECK_EQ(i, 100);
        pyf_parser_free(p);
    }
    p = new_parser(.prog = "x", .no_help = true); /* what a table has wrong is found by a call */
    CHECK(pyf_parser_add_argument(p, "-y", .action = "store_true") == PYF_OK);
    CHECK(pyf_parser_add_arguments(p, table, 1) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-u") == PYF_VALUE_ERROR);
    pyf_parser_free(p);
}

static void late_findings(void)
{
    static const pyf_argument wrong[] = { PYF_ARG("-x", ""), PYF_ARG("-y", .action = "stor"),
                                          PYF_ARG("-z") };
    static const pyf_argument nameless[] = { PYF_ARG(.nargs = "?") };
    const char *x = NULL;
    pyf_parser_error e;
    pyf_parser *p, *c;
    for (int i = 0; i < 5; i++) {
        p = new_parser(.prog = "x", .write = keep, .write_ctx = &out);
        CHECK(pyf_parser_add_arguments(p, wrong, 3) == PYF_OK);
        CHECK(parse(p, "-x 1", NULL) == PYF_OK && pyf_parser_get(p, "x", PYF_STR(&x)) == PYF_OK);
        CHECK(strcmp(x, "1") == 0);
        if (i == 0) CHECK_EQ(pyf_parser_format_help(p, NULL, 0), 0);
        if (i == 1) CHECK(pyf_parser_print_help(p, PYF_STDOUT) == PYF_VALUE_ERROR);
        if (i == 2) CHECK(pyf_parser_print_man(p, "now", PYF_STDOUT) == PYF_VALUE_ERROR);
        if (i == 3) CHECK(pyf_parser_print_completion(p, "zsh", PYF_STDOUT) == PYF_VALUE_ERROR);
        CHECK(parse(p, "-q", &e) == PYF_VALUE_ERROR && e.exit_code == 1 &&
              strcmp(e.text, "argument -x/: invalid option string: must start with a prefix "
                             "character") == 0);
        pyf_parser_free(p);
    }
    p = new_parser(.write = keep, .write_ctx = &out);
    CHECK(pyf_parser_add_arguments(p, nameless, 1) == PYF_OK);
    c = pyf_parser_add_parser(pyf_parser_add_subparsers(p), "go");
    CHECK(pyf_parser_add_arguments(c, wrong, 3) == PYF_OK);
    CHECK(parse(p, "a go -q", &e) == PYF_VALUE_ERROR && e.exit_code == 1);
    forget();
    CHECK_EQ(pyf_parser_report(c, &e), 1);
    CHECK(strstr(out.text[2], ": error: an argument without a name\n") != NULL);
    pyf_parser_free(p);
}

/* What is written of a parser whose table is wrong: its usage stands in front of a subcommand. */
static void late_findings_of_a_parent(void)
{
    static int two[2];
    static const pyf_argument nameless[] = { PYF_ARG(.nargs = "?") };
    static const pyf_argument member[] = { PYF_ARG("word") };
    static const pyf_argument several[] = { PYF_ARG("-x", .nargs = "2", .to = PYF_INT(two)) };
    static const pyf_argument same[] = { PYF_ARG("-x"), PYF_ARG("-y", "-x") };
    static const pyf_argument wrong[] = { PYF_ARG("-y", .action = "stor") };
    pyf_parser_error e;
    pyf_parser *p, *c;
    for (int i = 0; i < 2; i++) {
        p = new_parser(.prog = "x", .write = keep, .write_ctx = &out, .no_help = true);
        CHECK(pyf_parser_add_arguments(i == 0 ? p : pyf_parser_add_mutually_exclusive_group(p),
                                       i == 0 ? nameless : member, 1) == PYF_OK);
        c = pyf_parser_add_parser(pyf_parser_add_subparsers(p), "go");
        forget();
        memset(&e, 0, sizeof e);
        e.status = PYF_VALUE_ERROR;
        e.exit_code = 1;
        CHECK_EQ(pyf_parser_report(c, &e), 1);
        CHECK(strstr(out.text[2], " go: error: error\n") != NULL);
        pyf_parser_free(p);
    }
    p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_arguments(p, several, 1) == PYF_OK);
    CHECK(parse(p, "-x 3 4", &e) == PYF_OK && two[0] == 3);
    pyf_parser_free(p);
    p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_arguments(p, same, 2) == PYF_VALUE_ERROR);
    CHECK(parse(p, "-x 3", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument -y/-x: conflicting option string: -x") == 0);
    pyf_parser_free(p);
    p = new_parser(.prog = "x");
    c = pyf_parser_add_subparsers(p);
    CHECK(pyf_parser_add_arguments(pyf_parser_add_parser(c, "a"), wrong, 1) == PYF_OK);
    CHECK(pyf_parser_add_arguments(pyf_parser_add_parser(c, "b"), wrong, 1) == PYF_OK);
    CHECK(pyf_parser_format_help(p, NULL, 0) == 0 && parse(p, "a", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "unknown action: stor") == 0);
    pyf_parser_free(p);
}

static void empty_parsers(void)
{
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x", .no_help = true);
    (void)pyf_parser_add_mutually_exclusive_group(p);
    CHECK_EQ(pyf_parser_format_usage(p, NULL, 0), strlen("usage: x\n"));
    CHECK(pyf_parser_add_argument(p, "-a") == PYF_OK);
    CHECK_EQ(pyf_parser_format_usage(p, NULL, 0), strlen("usage: x [-a A]\n"));
    CHECK(parse(p, "", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "an exclusive group without arguments") == 0);
    pyf_parser_free(p);
    p = new_parser(.no_help = true);
    CHECK_EQ(pyf_parser_format_usage(p, NULL, 0), 8); /* nobody has said how it is called */
    pyf_parser_free(p);
}

static void own_defaults(void)
{
    pyf_parser *p = new_parser(.prog = "x"), *g;
    CHECK(pyf_parser_add_argument(p, "--on", .action = "store_true") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--off", .action = "store_false") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--set", .action = "store_true", .default_ = "7") == PYF_OK);
    g = pyf_parser_add_argument_group(p, "group");
    CHECK(pyf_parser_set_defaults(g, "more", "m") == PYF_OK);
    CHECK(strcmp(pyf_parser_get_default(p, "on"), "False") == 0);
    CHECK(strcmp(pyf_parser_get_default(p, "off"), "True") == 0);
    CHECK(strcmp(pyf_parser_get_default(g, "set"), "7") == 0);
    CHECK(strcmp(pyf_parser_get_default(p, "more"), "m") == 0);
    CHECK(pyf_parser_get_default(p, "less") == NULL);
    pyf_parser_free(p);
}

/* ---- numbers and texts ---- */

static void formatted_numbers(void)
{
    static const struct {
        double value;
        const char *text;
    } want[] = { { 1e300 * 1e10, "inf" }, { -1e300 * 1e10, "-inf" },      { 1.25e300, "1.25e+300" },
                 { 0.0001, "0.0001" },    { 1e15, "1000000000000000.0" }, { 5e-324, "5e-324" } };
    char text[32];
    double d;
    uint64_t u = 5;
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        pyf_format_double(&want[i].value, text);
        CHECK(strcmp(text, want[i].text) == 0);
    }
    CHECK(pyf_convert_double("-NaN", &d, NULL) == PYF_OK && d != d);
    pyf_format_double(&d, text);
    CHECK(strcmp(text, "nan") == 0);
    CHECK(pyf_convert_double("+inFinIty ", &d, NULL) == PYF_OK && d > 1e308);
    CHECK(pyf_convert_double("-inf", &d, NULL) == PYF_OK && d < -1e308);
    CHECK(pyf_convert_double("infinit", &d, NULL) == PYF_VALUE_ERROR);
    CHECK(pyf_convert_uint64("-0", &u, NULL) == PYF_OK && u == 0);
    CHECK(pyf_convert_uint64("18446744073709551616", &u, NULL) == PYF_VALUE_ERROR);
    CHECK(pyf_convert_uint64("99999999999999999999999", &u, NULL) == PYF_VALUE_ERROR && u == 0);
    CHECK(pyf_convert_int64("-0", &u, NULL) == PYF_OK && u == 0);
}

#ifdef ARGPARSE_EDGES_HOOKS
/* In a locale whose decimal point is a comma float() reads the same texts. */
static void decimal_commas(void)
{
    double d = 0;
    edge_point = ",";
    CHECK(pyf_convert_double("1234567.12345678912345", &d, NULL) == PYF_OK);
    CHECK(d > 1234567.1234567 && d < 1234567.1234568);
    CHECK(pyf_convert_double("1_0.5e1", &d, NULL) == PYF_OK && d > 104.9 && d < 105.1);
    CHECK(pyf_convert_double("12e1", &d, NULL) == PYF_OK && d > 119.9 && d < 120.1);
    CHECK(pyf_convert_double("1,5e1", &d, NULL) == PYF_VALUE_ERROR);
    edge_point = "\xD9\xAB";
    CHECK(pyf_convert_double("1234567.12345678912345", &d, NULL) == PYF_OK);
    CHECK(d > 1234567.1234567 && d < 1234567.1234568);
    edge_point = "a point of so many letters";
    CHECK(pyf_convert_double("1234567.12345678912345", &d, NULL) == PYF_VALUE_ERROR);
    edge_point = NULL;
}
#endif

/* Bytes that are no UTF-8 are each shown as Python's "surrogateescape" decodes them. */
static void odd_bytes(void)
{
    static const struct {
        const char *word, *shown;
    } want[] = { { "\xFF", "'\\udcff'" },
                 { "a\xC3", "'a\\udcc3'" },
                 { "\xE0\x80\x80", "'\\udce0\\udc80\\udc80'" },
                 { "\xED\xA0\x80", "'\\udced\\udca0\\udc80'" },
                 { "\xF0\x80\x80\x80", "'\\udcf0\\udc80\\udc80\\udc80'" },
                 { "\xF4\x90\x80\x80", "'\\udcf4\\udc90\\udc80\\udc80'" },
                 { "\xF5\x80", "'\\udcf5\\udc80'" },
                 { "\xEE\x80\x80", "'\\ue000'" },
                 { "\xF0\x9F\x98\x80", "'\xF0\x9F\x98\x80'" } };
    char message[96];
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x", .write = keep, .write_ctx = &out);
    CHECK(pyf_parser_add_argument(p, "n", .to = PYF_INT(NULL)) == PYF_OK);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        CHECK(parse(p, want[i].word, &e) == PYF_VALUE_ERROR);
        (void)snprintf(message, sizeof message, "argument n: invalid int value: %s", want[i].shown);
        CHECK(strcmp(e.text, message) == 0);
    }
    CHECK(parse(p, "1 \xFFz", &e) == PYF_VALUE_ERROR);
    forget();
    CHECK_EQ(pyf_parser_report(p, &e), 2);
    CHECK(strcmp(out.text[2], "usage: x [-h] n\nx: error: unrecognized arguments: \\udcffz\n") ==
          0);
    pyf_parser_free(p);
}

/* ---- destinations ---- */

/* A value of more bytes than an event holds itself: a letter, many times. */
struct wide {
    char text[24];
};

static pyf_status to_wide(const char *text, void *to, pyf_parser_error *error)
{
    (void)error;
    if (strlen(text) > 20 || *text == '!') return PYF_VALUE_ERROR;
    memset(to, 0, sizeof(struct wide));
    memcpy(to, text, strlen(text));
    return PYF_OK;
}

static void format_wide(const void *value, char *text)
{
    (void)snprintf(text, 32, "<%s>", (const char *)value);
}

static const pyf_type wide_type = { NULL, to_wide, format_wide, NULL, sizeof(struct wide), 0, 0 };
static const pyf_type wide_list = { "wide", to_wide, NULL, NULL, sizeof(struct wide), 1, 0 };

static void wide_values(void)
{
    struct wide one = { "old" }, flag = { "old" }, room[3], started = { "old" };
    struct {
        struct wide *v;
        size_t n, cap;
    } list = { room, 0, 3 };
    char text[160];
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x", .suggest_on_error = true);
    CHECK(pyf_parser_add_argument(p, "--one", .to = PYF_TO(&wide_type, &one),
                                  .choices = PYF_LIST("abc", "abd")) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--list", .action = "append",
                                  .to = PYF_TO(&wide_list, &list)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--flag", .action = "store_true", .default_ = "no",
                                  .to = PYF_TO(&wide_type, &flag)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "w", .nargs = "*", .default_ = "d",
                                  .to = PYF_TO(&wide_list, NULL)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--started", .to = PYF_TO(&wide_type, &started),
                                  .default_ = "begun") == PYF_OK);
    CHECK(parse(p, "--one abd --list x --list y --flag", &e) == PYF_OK);
    CHECK(strcmp(one.text, "abd") == 0 && list.n == 2 && strcmp(room[1].text, "y") == 0);
    CHECK(strcmp(started.text, "begun") == 0);
    CHECK(pyf_parser_namespace(p, text, sizeof text) < sizeof text);
    CHECK(strcmp(text,
                 "Namespace(one='abd', list=['x', 'y'], flag=True, w='d', started='begun')") == 0);
    CHECK(parse(p, "--one abx", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument --one: invalid choice: <abx> (choose from 'abc', 'abd')") == 0);
    CHECK(parse(p, "--one !", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument --one: invalid type value: '!'") == 0);
    CHECK(parse(p, "--list a --list b --list c --list d", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument --list: too many arguments") == 0 && list.n == 2);
    pyf_parser_free(p);
}

static pyf_status only_fails(const pyf_action_call *call)
{
    (void)call;
    return PYF_VALUE_ERROR;
}

static const wchar_t no_character[] = { (wchar_t)0x7FFFFFFF, 0 }; /* of any locale */

static pyf_status out_of_room(const char *text, void *to, pyf_parser_error *error)
{
    (void)to;
    if (*text == 'w') return pyf_argument_type_error(error, "%ls", no_character);
    return *text == 'm' ? (pyf_argument_type_error(error, "no room"), PYF_MEMORY_ERROR)
                        : PYF_MEMORY_ERROR;
}

static void failing_types(void)
{
    static const pyf_type fails = { "fails", NULL, NULL, only_fails, 0, 0, 0 };
    static const pyf_type full = { "full", out_of_room, NULL, NULL, 4, 0, 0 };
    static const pyf_type act_list = { "acts", NULL, NULL, only_fails, 8, 1, 0 };
    pyf_strs added = { NULL, 0, 0 };
    int n = 0;
    const char *s = NULL;
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_argument(p, "-f", .nargs = "?", .default_ = "d",
                                  .to = PYF_TO(&fails, &n)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-m", .to = PYF_TO(&full, &n)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-a", .action = "append", .to = PYF_TO(&fails, &n)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-l", .nargs = "*", .to = PYF_TO(&act_list, &added)) ==
          PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-i", .nargs = "*", .to = PYF_INTS(NULL)) == PYF_OK);
    CHECK(parse(p, "-f x", &e) == PYF_VALUE_ERROR &&
          strcmp(e.text, "argument -f: the action failed") == 0);
    CHECK(parse(p, "-m x", &e) == PYF_MEMORY_ERROR && e.exit_code == 1);
#if CHECK_FORK /* other libraries print something */
    CHECK(parse(p, "-m w", &e) == PYF_VALUE_ERROR);
    if (snprintf(NULL, 0, "%ls", no_character) < 0) /* small C libraries print something */
        CHECK(strcmp(e.text, "argument -m: out of memory") == 0);
#endif
    CHECK(parse(p, "-m m", &e) == PYF_VALUE_ERROR && strcmp(e.text, "argument -m: no room") == 0);
    CHECK(parse(p, "-a x -i 1 2", &e) == PYF_OK && n == 0);
    CHECK(pyf_parser_get(p, "a", PYF_STRS(&added)) == PYF_OK && added.n == 1);
    CHECK(pyf_parser_get(p, "f", PYF_STR(&s)) == PYF_OK && strcmp(s, "d") == 0);
    pyf_parser_free(p);
}

/* A type that has neither a name nor a format. */
static void bare_types(void)
{
    static const pyf_type bare = { NULL, pyf_convert_int, NULL, NULL, sizeof(int), 0, 0 };
    int n = 0;
    pyf_parser_error e;
    pyf_parser *p =
        new_parser(.prog = "x", .formatter = PYF_METAVAR_TYPE_HELP_FORMATTER, .no_help = true);
    CHECK(pyf_parser_add_argument(p, "-b", .to = PYF_TO(&bare, NULL)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-c", .choices = PYF_LIST("1", "2"),
                                  .to = PYF_TO(&bare, NULL)) == PYF_OK);
    CHECK(pyf_parser_format_usage(p, NULL, 0) == strlen("usage: x [-b str] [-c {1,2}]\n"));
    CHECK(parse(p, "-b 5 -c 2", &e) == PYF_OK);
    CHECK(pyf_parser_get(p, "b", PYF_INT(&n)) == PYF_TYPE_ERROR);
    CHECK(pyf_parser_get(p, "b", PYF_TO(&bare, &n)) == PYF_OK && n == 5);
    CHECK(parse(p, "-c 3", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument -c: invalid choice: '3' (choose from '1', '2')") == 0);
    pyf_parser_free(p);
}

/* Counts and switches into variables of every type; a count stops at the largest number. */
static void counts_and_switches(void)
{
    int n = 0, most = INT_MAX, on = 7, off = 7;
    int64_t n64 = INT64_MAX - 1;
    uint64_t u64 = UINT64_MAX - 1;
    double d = 0.5;
    bool b = false, yes = false, no = true, yes2 = false;
    const char *s = "s", *flag = NULL;
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_argument(p, "-n", .action = "count", .to = PYF_INT(&n)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-m", .action = "count", .to = PYF_INT(&most)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-i", .action = "count", .to = PYF_INT64(&n64)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-u", .action = "count", .to = PYF_UINT64(&u64)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-d", .action = "count", .to = PYF_DOUBLE(&d)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-b", .action = "count", .to = PYF_BOOL(&b)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-s", .action = "count", .to = PYF_STR(&s)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--on", .action = "store_true", .to = PYF_INT(&on)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--off", .action = "store_false", .to = PYF_INT(&off)) ==
          PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-y", .action = "store_true", .to = PYF_BOOL(&yes)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-Y", .action = "store_true", .to = PYF_BOOL(&yes2)) ==
          PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-N", .action = "store_false", .to = PYF_BOOL(&no)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-t", .action = "store_true", .to = PYF_STR(&flag)) == PYF_OK);
    CHECK(parse(p, "", &e) == PYF_OK && on == 0 && off == 1 && !yes && no);
    CHECK(strcmp(flag, "False") == 0);
    CHECK(parse(p, "-nnnm -iii -uuu -ddb -ss --on -yt -Y --off -N", &e) == PYF_OK);
    CHECK(n == 3 && most == INT_MAX && n64 == INT64_MAX && u64 == UINT64_MAX && b);
    CHECK(d > 2.4 && d < 2.6 && strcmp(s, "s") == 0);
    CHECK(on == 1 && off == 0 && yes && yes2 && !no && strcmp(flag, "True") == 0);
    pyf_parser_free(p);
}

static void many_switches(void)
{
    static bool a, b, c = true;
    static const pyf_argument table[] = {
        PYF_ARG("-a", .action = "store_true", .to = PYF_BOOL(&a)),
        PYF_ARG("-b", .action = "store_true", .to = PYF_BOOL(&b)),
        PYF_ARG("-c", .action = "store_false", .to = PYF_BOOL(&c)),
    };
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_arguments(p, table, 3) == PYF_OK);
    CHECK(parse(p, "-abc", &e) == PYF_OK && a && b && !c);
    CHECK(parse(p, "-b", &e) == PYF_OK && !a && b && c);
    pyf_parser_free(p);
}

/* When one list has no room, those that were filled before it are as they were. */
static void lists_that_are_full(void)
{
    int room[4] = { 9, 9, 9, 9 };
    const char *words[2];
    pyf_ints mine = { room, 1, 4 }, theirs = { NULL, 0, 0 }, over = { room, 9, 4 };
    pyf_strs two = { words, 0, 2 };
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_argument(p, "-m", .action = "append", .to = PYF_INTS(&mine)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-t", .action = "append", .to = PYF_INTS(&theirs)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-q", .action = "store_true") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "w", .nargs = "*", .to = PYF_STRS(&two)) == PYF_OK);
    CHECK(parse(p, "-m 1 -t 2 a b -q", &e) == PYF_OK && mine.n == 2 && theirs.n == 1 && two.n == 2);
    CHECK(parse(p, "-m 3 -t 4 -q a b c", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument w: too many arguments") == 0);
    CHECK(mine.n == 2 && theirs.n == 0 && two.n == 2);
    pyf_parser_free(p);
    p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_argument(p, "-m", .action = "append", .to = PYF_INTS(&over)) == PYF_OK);
    CHECK(parse(p, "-m 1", &e) == PYF_VALUE_ERROR && over.n == 9);
    pyf_parser_free(p);
}

static void words_left_over(void)
{
    static char *argv[] = { (char *)"x", (char *)"a", (char *)"-q", (char *)"b", NULL };
    const char *room[2] = { NULL, NULL };
    pyf_strs one = { room, 7, 1 }, two = { room, 7, 2 };
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x");
    CHECK(pyf_parser_try_parse_known_args(p, 4, argv, &one, &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "too many unrecognized arguments: a -q b") == 0 && one.n == 7);
    CHECK(pyf_parser_try_parse_known_args(p, 2, argv, &one, &e) == PYF_OK && one.n == 1);
    CHECK(strcmp(room[0], "a") == 0);
    CHECK(pyf_parser_try_parse_intermixed_args(p, 3, argv, &two, NULL) == PYF_OK && two.n == 2);
    CHECK(strcmp(room[1], "-q") == 0);
    CHECK(pyf_parser_try_parse_known_args(p, 0, NULL, &two, &e) == PYF_OK && two.n == 0);
    CHECK(pyf_parser_try_parse_known_args(p, 2, argv, NULL, &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "unrecognized arguments: a") == 0);
    pyf_parser_free(p);
}

/* ---- reading the namespace ---- */

static void typed_reading(void)
{
    int n = 0, room[4];
    double d = 0;
    bool b = false;
    const char *s = NULL, *words[4];
    pyf_ints own = { NULL, 0, 0 }, four = { room, 0, 4 }, two = { room, 0, 2 };
    pyf_strs strs = { words, 0, 4 }, any = { NULL, 0, 0 }, one = { words, 5, 1 };
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x"), *c;
    CHECK(pyf_parser_add_argument(p, "-v", .action = "count") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--on", .action = "store_true") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--off", .action = "store_false") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--maybe", .action = "boolean_optional") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-a", .action = "append", .to = PYF_INTS(NULL),
                                  .default_ = "1\n2\n") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-e", .action = "append", .default_ = "\n") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-w", .nargs = "2") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-q", .nargs = "?") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-r") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-o", .action = "append", .nargs = "?") == PYF_OK);
    CHECK(pyf_parser_set_defaults(p, "none", "\n") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--lines", .default_ = "a\nb") == PYF_OK);
    c = pyf_parser_add_parser(pyf_parser_add_subparsers(p, .dest = "cmd"), "go");
    CHECK(pyf_parser_add_argument(c, "x", .to = PYF_DOUBLE(NULL)) == PYF_OK);
    CHECK(pyf_parser_set_defaults(p, "many", "a\nb\nc") == PYF_OK);
    CHECK(parse(p, "-vv --on --no-maybe -q -o -o x -w a b go 1.5", &e) == PYF_OK);
    CHECK(pyf_parser_get(p, "v", PYF_INT(&n)) == PYF_OK && n == 2);
    CHECK(pyf_parser_get(p, "v", PYF_BOOL(&b)) == PYF_TYPE_ERROR);
    CHECK(pyf_parser_get(p, "v", PYF_STR(&s)) == PYF_OK && strcmp(s, "2") == 0);
    CHECK(pyf_parser_get(p, "on", PYF_BOOL(&b)) == PYF_OK && b);
    CHECK(pyf_parser_get(p, "on", PYF_INT(&n)) == PYF_TYPE_ERROR);
    CHECK(pyf_parser_get(p, "on", PYF_STR(&s)) == PYF_OK && strcmp(s, "True") == 0);
    CHECK(pyf_parser_get(p, "off", PYF_BOOL(&b)) == PYF_OK && b);
    CHECK(pyf_parser_get(p, "maybe", PYF_BOOL(&b)) == PYF_OK && !b);
    CHECK(pyf_parser_get(p, "maybe", PYF_STR(&s)) == PYF_OK && strcmp(s, "False") == 0);
    CHECK(pyf_parser_get(p, "w", PYF_STR(&s)) == PYF_TYPE_ERROR);
    CHECK(pyf_parser_get(p, "w", PYF_BOOL(&b)) == PYF_TYPE_ERROR);
    CHECK(pyf_parser_get(p, "w", PYF_STRS(&strs)) == PYF_OK && strs.n == 2);
    CHECK(pyf_parser_get(p, "a", PYF_INTS(&own)) == PYF_OK && own.n == 2 && own.v[1] == 2);
    CHECK(pyf_parser_get(p, "a", PYF_INTS(&four)) == PYF_OK && four.n == 2 && room[0] == 1);
    CHECK(pyf_parser_get(p, "a", PYF_DOUBLE(&d)) == PYF_TYPE_ERROR);
    CHECK(pyf_parser_get(p, "a", PYF_INT(NULL)) == PYF_TYPE_ERROR);
    CHECK(pyf_parser_get(p, "e", PYF_STRS(&any)) == PYF_OK && any.n == 0);
    CHECK(pyf_parser_get(p, "many", PYF_STRS(&any)) == PYF_OK && any.n == 3);
    CHECK(pyf_parser_get(p, "many", PYF_STR(&s)) == PYF_OK && strcmp(s, "a\nb\nc") == 0);
    CHECK(pyf_parser_get(p, "many", PYF_STRS(&one)) == PYF_FULL_ERROR && one.n == 5);
    CHECK(pyf_parser_get(p, "none", PYF_STRS(&any)) == PYF_OK && any.n == 0);
    CHECK(pyf_parser_get(p, "q", PYF_STR(&s)) == PYF_INVALID_STATE_ERROR);
    CHECK(pyf_parser_get(p, "r", PYF_STR(&s)) == PYF_INVALID_STATE_ERROR);
    CHECK(pyf_parser_get(p, "o", PYF_STRS(&any)) == PYF_OK && any.n == 1);
    CHECK(pyf_parser_get(p, "lines", PYF_STR(&s)) == PYF_OK && strcmp(s, "a\nb") == 0);
    CHECK(pyf_parser_get(p, "cmd", PYF_STR(&s)) == PYF_OK && strcmp(s, "go") == 0);
    CHECK(pyf_parser_get(p, "cmd", PYF_INT(&n)) == PYF_TYPE_ERROR);
    CHECK(pyf_parser_get(p, "x", PYF_DOUBLE(&d)) == PYF_OK && d > 1.4 && d < 1.6);
    CHECK(parse(p, "-a 7 -e q -a 8 go x", &e) == PYF_VALUE_ERROR);
    CHECK(pyf_parser_get(p, "v", PYF_INT(&n)) == PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_parser_namespace(p, NULL, 0), 0);
    CHECK(parse(p, "-a 7 -e q -a 8", &e) == PYF_OK);
    CHECK(pyf_parser_get(p, "a", PYF_INTS(&four)) == PYF_OK && four.n == 4 && room[3] == 8);
    CHECK(pyf_parser_get(p, "a", PYF_INTS(&own)) == PYF_OK && own.n == 4 && own.v[2] == 7);
    CHECK(pyf_parser_get(p, "a", PYF_INTS(&two)) == PYF_FULL_ERROR && two.n == 0);
    CHECK(pyf_parser_get(p, "a", PYF_STR(&s)) == PYF_TYPE_ERROR);
    pyf_parser_free(p);
}

/* In memory that ends at some point: the call says so, and nothing is written beyond it. */
static void reading_in_little_memory(void)
{
    pyf_strs strs = { NULL, 0, 0 }, extras = { NULL, 0, 0 };
    unsigned good = 0;
    for (size_t size = 1024; size < 8192; size += 8) {
        void *memory = malloc(size);
        pyf_parser_error e;
        pyf_status st;
        const char *s = NULL;
        pyf_parser *p = pyf_argument_parser(.memory = memory, .memory_size = size, .prog = "x");
        if (p == NULL) abort();
        (void)pyf_parser_add_argument(p, "-l", .action = "append", .default_ = "a\nb\nc");
        (void)pyf_parser_add_argument(p, "-v", .action = "count");
        (void)pyf_parser_set_defaults(p, "many", "a\nbb\nccc");
        {
            static char *argv[] = { (char *)"x", (char *)"-v", (char *)"y", (char *)"z", NULL };
            st = pyf_parser_try_parse_known_args(p, 4, argv, &extras, &e);
        }
        CHECK(st == PYF_OK ? extras.n == 2 : st == PYF_MEMORY_ERROR && e.exit_code == 1);
        if (st == PYF_OK) {
            st = pyf_parser_get(p, "many", PYF_STRS(&strs));
            CHECK(st == PYF_OK ? strs.n == 3 && strcmp(strs.v[2], "ccc") == 0
                               : st == PYF_MEMORY_ERROR);
            st = pyf_parser_get(p, "v", PYF_STR(&s));
            CHECK(st == PYF_OK ? strcmp(s, "1") == 0 : st == PYF_MEMORY_ERROR);
            good += st == PYF_OK;
            st = pyf_argument_type_error(&e, "x");
            CHECK(st == PYF_TYPE_ERROR);
        }
        free(memory);
    }
    CHECK(good > 100);
}

/* ---- environment ---- */

#if CHECK_FORK

static void environment(void)
{
    bool on = false, off = true;
    const char *s = NULL;
    char text[256];
    pyf_strs many = { NULL, 0, 0 };
    pyf_ints ints = { NULL, 0, 0 };
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_argument(p, "--on", .action = "store_true", .env = "EDGE_ON",
                                  .to = PYF_BOOL(&on)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--off", .action = "store_false", .env = "EDGE_OFF",
                                  .to = PYF_BOOL(&off)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--many", .nargs = "+", .env = "EDGE_MANY",
                                  .to = PYF_STRS(&many)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--two", .nargs = "2", .env = "EDGE_TWO",
                                  .to = PYF_INTS(&ints)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-q", .nargs = "?", .const_ = "EDGE_ON") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-c", .action = "store_const", .const_ = "EDGE_ON") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "word", .nargs = "*") == PYF_OK);
    CHECK(setenv("EDGE_ON", "yes", 1) == 0 && setenv("EDGE_OFF", "1", 1) == 0);
    CHECK(setenv("EDGE_MANY", "one", 1) == 0 && setenv("EDGE_TWO", "1\n2", 1) == 0);
    CHECK(parse(p, "", &e) == PYF_OK && on && !off && many.n == 1 && ints.n == 2);
    CHECK(strcmp(many.v[0], "one") == 0 && ints.v[1] == 2);
    CHECK(pyf_parser_namespace(p, text, sizeof text) < sizeof text);
    CHECK(strcmp(text, "Namespace(on=True, off=False, many=['one'], two=[1, 2], q=None, c=None, "
                       "word=[])") == 0);
    CHECK(pyf_parser_try_parse_intermixed_args(p, 0, NULL, NULL, &e) == PYF_OK && on && !off);
    CHECK(parse(p, "-q --off --two 3 4", &e) == PYF_OK && ints.v[0] == 3);
    CHECK(pyf_parser_get(p, "q", PYF_STR(&s)) == PYF_OK && strcmp(s, "EDGE_ON") == 0);
    CHECK(setenv("EDGE_TWO", "1\n2\n3", 1) == 0);
    CHECK(parse(p, "", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument --two: expected 2 arguments") == 0);
    CHECK(setenv("EDGE_TWO", "1", 1) == 0 && parse(p, "", &e) == PYF_VALUE_ERROR);
    CHECK(setenv("EDGE_TWO", "1\nx", 1) == 0 && parse(p, "", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument --two: invalid int value: 'x'") == 0);
    CHECK(unsetenv("EDGE_TWO") == 0 && setenv("EDGE_ON", "maybe", 1) == 0);
    CHECK(parse(p, "", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument --on: invalid bool value: 'maybe'") == 0);
    CHECK(setenv("EDGE_ON", "off", 1) == 0 && setenv("EDGE_OFF", "No", 1) == 0);
    CHECK(parse(p, "", &e) == PYF_OK && !on && off);
    pyf_parser_free(p);
}

/* An option's value from the environment stands behind what a subcommand did. */
static void environment_behind_a_subcommand(void)
{
    char text[128];
    pyf_strs all = { NULL, 0, 0 };
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x"), *c;
    CHECK(pyf_parser_add_argument(p, "-x", .action = "append") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-y", .dest = "x", .action = "append", .env = "EDGE_Y") ==
          PYF_OK);
    c = pyf_parser_add_parser(pyf_parser_add_subparsers(p, .dest = "cmd"), "go");
    CHECK(pyf_parser_add_argument(c, "-z", .action = "append") == PYF_OK);
    CHECK(setenv("EDGE_Y", "late", 1) == 0);
    CHECK(parse(p, "-x 1 go -z 2", &e) == PYF_OK);
    CHECK(pyf_parser_namespace(p, text, sizeof text) < sizeof text);
    CHECK(strcmp(text, "Namespace(x=['1', ['late']], cmd='go', z=['2'])") == 0 ||
          strcmp(text, "Namespace(x=['1', 'late'], cmd='go', z=['2'])") == 0);
    CHECK(pyf_parser_get(p, "x", PYF_STRS(&all)) == PYF_OK && all.n == 2);
    pyf_parser_free(p);
}

#endif

/* ---- choices that were perhaps meant ---- */

static void suggestions(void)
{
    int n = 0;
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x", .suggest_on_error = true), *c;
    CHECK(pyf_parser_add_argument(
              p, "-s", .choices = PYF_LIST("abcd", "abce", "abcf", "zz", "abcdefghijk")) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-n", .choices = PYF_LIST("10", "20"), .to = PYF_INT(&n)) ==
          PYF_OK);
    c = pyf_parser_add_subparsers(p, .dest = "cmd");
    CHECK(pyf_parser_add_parser(c, "commit", .aliases = PYF_LIST("ci", "checkin")) != NULL);
    CHECK(pyf_parser_add_parser(c, "status") != NULL);
    CHECK(parse(p, "-s abcg status", &e) == PYF_VALUE_ERROR);
    CHECK(strstr(e.text, "invalid choice: 'abcg', maybe you meant 'abcf'? (choose") != NULL);
    CHECK(parse(p, "-s abcde status", &e) == PYF_VALUE_ERROR);
    CHECK(strstr(e.text, "maybe you meant 'abce'?") != NULL);
    CHECK(parse(p, "-s qqqq status", &e) == PYF_VALUE_ERROR && strstr(e.text, "maybe") == NULL);
    CHECK(parse(p, "-n 11 status", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument -n: invalid choice: 11 (choose from 10, 20)") == 0);
    CHECK(parse(p, "comit", &e) == PYF_VALUE_ERROR);
    CHECK(strstr(e.text, "'comit', maybe you meant 'commit'?") != NULL);
    CHECK(parse(p, "chekin", &e) == PYF_VALUE_ERROR);
    CHECK(strstr(e.text, "'chekin', maybe you meant 'checkin'?") != NULL);
    CHECK(parse(p, "stats", &e) == PYF_VALUE_ERROR);
    CHECK(strstr(e.text, "'stats', maybe you meant 'status'?") != NULL);
    pyf_parser_free(p);
    p = new_parser(.prog = "x", .suggest_on_error = true);
    CHECK(pyf_parser_add_argument(p, "-s", .choices = PYF_LIST("abce", "abcd")) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-t", .choices = PYF_LIST("abxd", "abcx", "abc")) == PYF_OK);
    (void)pyf_parser_add_subparsers(p, .dest = "cmd");
    CHECK(parse(p, "-s abcg", &e) == PYF_VALUE_ERROR && strstr(e.text, "meant 'abce'?") != NULL);
    CHECK(parse(p, "-t abc_", &e) == PYF_VALUE_ERROR && strstr(e.text, "meant 'abc'?") != NULL);
    CHECK(parse(p, "go", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument cmd: invalid choice: 'go' (choose from )") == 0);
    pyf_parser_free(p);
}

/* ---- subcommands ---- */

static void deep_subcommands(void)
{
    char text[256] = "";
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x"), *at = p;
    for (int i = 0; i < 70; i++) at = pyf_parser_add_parser(pyf_parser_add_subparsers(at), "s");
    for (int i = 0; i < 30; i++) memcpy(text + 2 * i, "s ", 3);
    CHECK(parse(p, text, &e) == PYF_OK);
    {
        static char word[] = "s";
        char *argv[72];
        for (int i = 0; i < 71; i++) argv[i] = word;
        argv[71] = NULL;
        CHECK(pyf_parser_try_parse_args(p, 64, argv, &e) == PYF_OK);
        CHECK(pyf_parser_try_parse_args(p, 65, argv, &e) == PYF_VALUE_ERROR);
        CHECK(strstr(e.text, "too many levels of subcommands") != NULL);
    }
    pyf_parser_free(p);
}

static void subcommands_into_a_list(void)
{
    const char *room[2] = { NULL, NULL };
    pyf_strs chosen = { room, 0, 2 };
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x"), *c;
    c = pyf_parser_add_subparsers(p, .to = PYF_STRS(&chosen));
    CHECK(pyf_parser_add_parser(c, "go") != NULL);
    CHECK(parse(p, "go", &e) == PYF_OK);
    CHECK(chosen.n == 1 && strcmp(room[0], "go") == 0);
    pyf_parser_free(p);
}

/* A constant that is the default itself does not count as given in an exclusive group. */
static void the_same_constant(void)
{
    static const char same[] = "c";
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x"), *g;
    g = pyf_parser_add_mutually_exclusive_group(p);
    CHECK(pyf_parser_add_argument(g, "-a", .nargs = "?", .const_ = same, .default_ = same) ==
          PYF_OK);
    CHECK(pyf_parser_add_argument(g, "-b", .action = "store_true") == PYF_OK);
    CHECK(parse(p, "-a -b", &e) == PYF_OK);
    CHECK(parse(p, "-a x -b", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument -b: not allowed with argument -a") == 0);
    pyf_parser_free(p);
}

/* Two arguments of one name, in a table without types: the other's constant is the default. */
static void a_name_of_two(void)
{
    static const pyf_argument table[] = {
        PYF_ARG("--a", .dest = "d", .default_ = "1"),
        PYF_ARG("--b", .dest = "d", .nargs = "?", .const_ = "1"),
        PYF_ARG("--c", .dest = "d", .nargs = "?", .const_ = "2"),
    };
    char text[32];
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_arguments(p, table, 3) == PYF_OK);
    CHECK(parse(p, "--b", &e) == PYF_OK);
    CHECK(pyf_parser_namespace(p, text, sizeof text) && strcmp(text, "Namespace(d='1')") == 0);
    CHECK(parse(p, "--c", &e) == PYF_OK);
    CHECK(pyf_parser_namespace(p, text, sizeof text) && strcmp(text, "Namespace(d='2')") == 0);
    pyf_parser_free(p);
}

/* A positional without words has left the same text, for its type to convert, as the option's
 * default is. */
static void a_default_of_two(void)
{
    int n = 5;
    pyf_ints all = { NULL, 0, 0 };
    char text[32];
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_argument(p, "d", .nargs = "*", .default_ = "7", .to = PYF_INTS(&all)) ==
          PYF_OK);
    CHECK(pyf_parser_add_argument(p, "--d", .dest = "d", .default_ = "7", .to = PYF_INT(&n)) ==
          PYF_OK);
    CHECK(parse(p, "", &e) == PYF_OK && n == 7);
    CHECK(pyf_parser_namespace(p, text, sizeof text) && strcmp(text, "Namespace(d=7)") == 0);
    pyf_parser_free(p);
}

static void a_letter_that_is_a_prefix(void)
{
    bool on = false;
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_argument(p, "-", .dest = "d", .action = "store_true",
                                  .to = PYF_BOOL(&on)) == PYF_OK);
    CHECK(parse(p, "-", &e) == PYF_OK && on);
    CHECK(parse(p, "-=x", &e) == PYF_VALUE_ERROR);
    CHECK(strcmp(e.text, "argument -: ignored explicit argument 'x'") == 0);
    pyf_parser_free(p);
}

static void warnings(void)
{
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x", .write = keep, .write_ctx = &out);
    CHECK(pyf_parser_add_argument(p, "--old", .action = "boolean_optional", .deprecated = true) ==
          PYF_OK);
    CHECK(pyf_parser_add_argument(p, "word", .nargs = "?", .deprecated = true) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "more", .nargs = "*", .deprecated = true) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-q", .action = "count", .deprecated = true) == PYF_OK);
    CHECK(parse(p, "--no-old w -qq -q", &e) == PYF_OK);
    forget();
    CHECK_EQ(pyf_parser_report(p, &e), 0);
    CHECK(strcmp(out.text[2], "x: warning: option '--no-old' is deprecated\n"
                              "x: warning: argument 'word' is deprecated\n"
                              "x: warning: option '-q' is deprecated\n") == 0);
    CHECK(parse(p, "--old", &e) == PYF_OK);
    forget();
    CHECK_EQ(pyf_parser_report(p, &e), 0);
    CHECK(strcmp(out.text[2], "x: warning: option '--old' is deprecated\n") == 0);
    pyf_parser_free(p);
}

/* A report that a program makes itself. */
static void own_reports(void)
{
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x", .write = keep, .write_ctx = &out);
    memset(&e, 0, sizeof e);
    e.status = PYF_VALUE_ERROR;
    e.exit_code = 3;
    forget();
    CHECK_EQ(pyf_parser_report(p, &e), 3);
    CHECK(strcmp(out.text[2], "x: error: error\n") == 0);
    e.exit_code = 2;
    e.text = "no";
    forget();
    CHECK_EQ(pyf_parser_report(p, &e), 2);
    CHECK(strcmp(out.text[2], "usage: x [-h]\nx: error: no\n") == 0);
    e.status = PYF_CANCELLED_ERROR;
    forget();
    CHECK_EQ(pyf_parser_report(p, &e), 0);
    CHECK(strcmp(out.text[1], "no\n") == 0);
    pyf_parser_free(p);
}

/* ---- output ---- */

#if CHECK_FORK

/* What a child writes to standard output and error while it runs fn, and how it exits. */
static int in_a_child(void (*fn)(void), char *text, size_t size)
{
    int pipes[2], ws = 0;
    size_t n = 0;
    ssize_t got;
    pid_t pid;
    (void)fflush(NULL);
    if (pipe(pipes) != 0 || (pid = fork()) < 0) abort();
    if (pid == 0) {
        (void)close(pipes[0]);
        (void)dup2(pipes[1], 1);
        (void)dup2(pipes[1], 2);
        fn();
        exit(99);
    }
    (void)close(pipes[1]);
    while (n + 1 < size && (got = read(pipes[0], text + n, size - n - 1)) > 0) n += (size_t)got;
    text[n] = '\0';
    (void)close(pipes[0]);
    if (waitpid(pid, &ws, 0) != pid || !WIFEXITED(ws)) return -1;
    return WEXITSTATUS(ws);
}

static char *good_words[] = { (char *)"prog", (char *)"-n", (char *)"1", NULL };
static char *bad_words[] = { (char *)"prog", (char *)"-n", (char *)"x", NULL };
static char *help_words[] = { (char *)"prog", (char *)"-h", NULL };

static pyf_parser *exiting_parser(void)
{
    static int n;
    pyf_parser *p = pyf_argument_parser(.prog = "x", .width = 80, .allocator = &case_heap);
    (void)pyf_parser_add_argument(p, "-n", .to = PYF_INT(&n), .deprecated = true);
    return p;
}

static void parses_well(void)
{
    pyf_parser *p = exiting_parser();
    pyf_status st = pyf_parser_parse_args(p, 3, good_words);
    pyf_parser_free(p);
    exit(st == PYF_OK ? 42 : 43);
}

static void parses_badly(void)
{
    pyf_parser *p = exiting_parser();
    (void)pyf_parser_parse_args(p, 3, bad_words);
}

static void asks_for_help(void) { (void)pyf_parser_parse_args(exiting_parser(), 2, help_words); }
static void has_no_parser(void) { (void)pyf_parser_parse_args(NULL, 2, help_words); }
static void fails(void) { pyf_parser_fail(exiting_parser(), "too hot"); }
static void fails_without_parser(void) { pyf_parser_fail(NULL, "too hot"); }

static void stays(void)
{
    pyf_parser *p = pyf_argument_parser(.prog = "x", .no_exit_on_error = true, .width = 80,
                                        .allocator = &case_heap);
    pyf_status st;
    (void)pyf_parser_add_argument(p, "-n", .to = PYF_INT(NULL));
    st = pyf_parser_parse_args(p, 3, bad_words);
    if (st != PYF_VALUE_ERROR) exit(43);
    (void)pyf_parser_parse_args(p, 2, help_words);
}

static void exits(void)
{
    static const char help[] = "usage: x [-h] [-n N]\n\noptions:\n"
                               "  -h, --help  show this help message and exit\n  -n N\n";
    char text[1024];
    CHECK_EQ(in_a_child(parses_well, text, sizeof text), 42);
    CHECK(strcmp(text, "x: warning: option '-n' is deprecated\n") == 0);
    CHECK_EQ(in_a_child(parses_badly, text, sizeof text), 2);
    CHECK(strcmp(text, "x: warning: option '-n' is deprecated\nusage: x [-h] [-n N]\n"
                       "x: error: argument -n: invalid int value: 'x'\n") == 0);
    CHECK_EQ(in_a_child(asks_for_help, text, sizeof text), 0);
    CHECK(strcmp(text, help) == 0);
    CHECK_EQ(in_a_child(has_no_parser, text, sizeof text), 1);
    CHECK(strcmp(text, "out of memory\n") == 0);
    CHECK_EQ(in_a_child(fails, text, sizeof text), 2);
    CHECK(strcmp(text, "usage: x [-h] [-n N]\nx: error: too hot\n") == 0);
    CHECK_EQ(in_a_child(fails_without_parser, text, sizeof text), 2);
    CHECK(strcmp(text, "too hot\n") == 0);
    CHECK_EQ(in_a_child(stays, text, sizeof text), 0);
    CHECK(strcmp(text, help) == 0);
}

static void response_files_of_many_lines(void)
{
    static const char lines[] = "a\x1c"
                                "b\x1d"
                                "c\x1e"
                                "d\x0b"
                                "e\x0c"
                                "f\xC2\x85"
                                "g\xE2\x80\xA8"
                                "h\xE2\x80\xA9"
                                "i\rj\r\nk\x1f"
                                "l\xC2\x86\n";
    char name[64], text[80];
    pyf_strs words = { NULL, 0, 0 };
    pyf_parser_error e;
    FILE *file;
    pyf_parser *p = new_parser(.prog = "x", .fromfile_prefix_chars = "@");
    CHECK(pyf_parser_add_argument(p, "w", .nargs = "*", .to = PYF_STRS(&words)) == PYF_OK);
    (void)snprintf(name, sizeof name, "/tmp/pyfeat_argparse_edges.%ld", (long)getpid());
    (void)snprintf(text, sizeof text, "@%s", name);
    if ((file = fopen(name, "w")) == NULL) CHECK_SKIP("/tmp cannot be written");
    (void)fputs(lines, file);
    (void)fclose(file);
    CHECK(parse(p, text, &e) == PYF_OK && words.n == 11);
    CHECK(words.n == 11 && strcmp(words.v[9], "j") == 0 &&
          strcmp(words.v[10], "k\x1f"
                              "l\xC2\x86") == 0);
    if ((file = fopen(name, "w")) == NULL) abort();
    for (int i = 0; i < 1000; i++) (void)fprintf(file, "word%d\n", i);
    (void)fclose(file);
    CHECK(parse(p, text, &e) == PYF_OK && words.n == 1000 && strcmp(words.v[999], "word999") == 0);
    pyf_parser_free(p);
    for (size_t size = 1024; size < 160000; size += size / 9 & ~(size_t)7) {
        void *memory = malloc(size);
        pyf_status st;
        words.cap = words.n = 0;
        p = pyf_argument_parser(.memory = memory, .memory_size = size, .prog = "x",
                                .fromfile_prefix_chars = "@");
        (void)pyf_parser_add_argument(p, "w", .nargs = "*", .to = PYF_STRS(&words));
        st = parse(p, text, &e);
        CHECK(st == PYF_MEMORY_ERROR || (st == PYF_OK && words.n == 1000));
        CHECK(st == PYF_OK || size < 159000);
        free(memory);
    }
    (void)remove(name);
}

#endif

#ifdef ARGPARSE_EDGES_HOOKS

/* How wide help is, and whether it is in colour, where it goes to a terminal. */
static void terminals(void)
{
    char wide[512], narrow[512];
    pyf_parser *p = pyf_argument_parser(.prog = "x", .color = true, .allocator = &case_heap);
    CHECK(unsetenv("NO_COLOR") == 0 && unsetenv("FORCE_COLOR") == 0 &&
          unsetenv("PYTHON_COLORS") == 0 && unsetenv("COLUMNS") == 0);
    CHECK(pyf_parser_format_help(p, wide, sizeof wide) < sizeof wide);
    edge_columns = 24;
    CHECK(pyf_parser_format_help(p, narrow, sizeof narrow) < sizeof narrow);
    CHECK(strcmp(wide, narrow) != 0);
    CHECK(setenv("COLUMNS", "80", 1) == 0);
    CHECK(pyf_parser_format_help(p, narrow, sizeof narrow) < sizeof narrow);
    CHECK(strcmp(wide, narrow) == 0);
    CHECK(setenv("COLUMNS", "0", 1) == 0);
    CHECK(pyf_parser_format_help(p, narrow, sizeof narrow) < sizeof narrow);
    CHECK(strcmp(wide, narrow) != 0);
    CHECK(setenv("COLUMNS", "many", 1) == 0);
    edge_columns = 0;
    CHECK(pyf_parser_format_help(p, narrow, sizeof narrow) < sizeof narrow);
    CHECK(strcmp(wide, narrow) == 0);
    edge_columns = -1;
    CHECK(pyf_parser_format_help(p, narrow, sizeof narrow) < sizeof narrow);
    CHECK(strcmp(wide, narrow) == 0);
    pyf_parser_free(p);
}

static void prints_usage(void)
{
    pyf_parser *p = pyf_argument_parser(.prog = "x", .color = true, .width = 80, .no_help = true,
                                        .allocator = &case_heap);
    (void)pyf_parser_print_usage(p, PYF_STDOUT);
    (void)pyf_parser_print_usage(p, PYF_STDERR);
    exit(0);
}

static void colours_of_terminals(void)
{
    static const char plain[] = "usage: x\n";
    static const char painted[] = "\033[1;34musage: \033[0m\033[1;35mx\033[0m\n";
    char text[256], want[256];
    CHECK(unsetenv("NO_COLOR") == 0 && unsetenv("FORCE_COLOR") == 0 &&
          setenv("PYTHON_COLORS", "2", 1) == 0 && setenv("TERM", "xterm", 1) == 0);
    for (int terminal = 0; terminal <= 3; terminal++) {
        edge_terminal = terminal;
        (void)snprintf(want, sizeof want, "%s%s", terminal & 1 ? painted : plain,
                       terminal & 2 ? painted : plain);
        CHECK_EQ(in_a_child(prints_usage, text, sizeof text), 0);
        CHECK(strcmp(text, want) == 0);
    }
    (void)snprintf(want, sizeof want, "%s%s", plain, plain);
    CHECK(setenv("TERM", "dumb", 1) == 0);
    CHECK_EQ(in_a_child(prints_usage, text, sizeof text), 0);
    CHECK(strcmp(text, want) == 0);
    CHECK(unsetenv("TERM") == 0 && setenv("PYTHON_COLORS", "0", 1) == 0);
    CHECK_EQ(in_a_child(prints_usage, text, sizeof text), 0);
    CHECK(strcmp(text, want) == 0);
    (void)snprintf(want, sizeof want, "%s%s", painted, painted);
    CHECK(setenv("PYTHON_COLORS", "10", 1) == 0);
    CHECK_EQ(in_a_child(prints_usage, text, sizeof text), 0);
    CHECK(strcmp(text, want) == 0);
    edge_terminal = 0;
    CHECK(setenv("PYTHON_COLORS", "1", 1) == 0);
    CHECK_EQ(in_a_child(prints_usage, text, sizeof text), 0);
    CHECK(strcmp(text, want) == 0);
}

#endif

#if CHECK_FORK

/* Escape sequences of the user's own are columns unless they are colours. */
static void escapes_in_a_usage(void)
{
    static const char *const names[] = { "\033x",   "\033[12", "\033[1;32mA\033[0m",
                                         "\033[xm", "\033",    "\033[1 b",
                                         "\033[1/", "a " };
    pyf_parser *p =
        new_parser(.prog = "x", .color = true, .width = 40, .write = keep, .write_ctx = &out);
    CHECK(setenv("FORCE_COLOR", "1", 1) == 0 && unsetenv("NO_COLOR") == 0 &&
          unsetenv("PYTHON_COLORS") == 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (int k = 0; k < 4; k++)
            CHECK(pyf_parser_add_argument(p, "w", .metavar = names[i], .nargs = "?") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "w", .metavar = "\033[1 b") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "w", .metavar = "a ") == PYF_OK);
    forget();
    CHECK(pyf_parser_print_usage(p, PYF_STDOUT) == PYF_OK);
    for (size_t i = 0; i + 1 < sizeof names / sizeof names[0]; i++)
        CHECK(strstr(out.text[1], names[i]) != NULL);
    pyf_parser_free(p);
}

#endif

/* Forty groups, each with a bracket of its own. */
static void groups_within_each_other(void)
{
    char text[512];
    pyf_parser *p = new_parser(.prog = "x", .width = 100, .no_help = true), *g = p;
    for (int i = 0; i < 40; i++) g = pyf_parser_add_mutually_exclusive_group(g, .required = i % 2);
    CHECK(pyf_parser_add_argument(g, "-a") == PYF_OK && pyf_parser_add_argument(g, "-b") == PYF_OK);
    CHECK(pyf_parser_format_usage(p, text, sizeof text) < sizeof text);
    CHECK(strcmp(text, "usage: x [([([([([([([([([([([([([([([([([([([([(-a A | -b\n"
                       "         B])])])])])])])])])])])])])])])])])])])])\n") == 0);
    pyf_parser_free(p);
}

/* The controls from 0x1c on are blanks of a text, and none of a number. */
static void blanks_of_texts(void)
{
    char text[256];
    pyf_parser_error e;
    int n = 0;
    pyf_parser *p = pyf_argument_parser(.prog = "x", .usage = "u", .no_help = true,
                                        .allocator = &case_heap);
    (void)pyf_parser_add_argument(p, "-n", .help = " \x1f\x1c ", .to = PYF_INT(&n));
    CHECK(pyf_parser_format_help(p, text, sizeof text) < sizeof text);
    CHECK(strcmp(text, "usage: u\n\noptions:\n  -n N  \n") == 0);
    CHECK_EQ(parse(p, "-n \x1c" "5", &e), PYF_VALUE_ERROR);
    pyf_parser_free(p);
}

/* str.upper() makes characters of another length of these, or several. */
static void letters_that_grow(void)
{
    char text[128];
    pyf_parser *p = new_parser(.prog = "x", .no_help = true);
    CHECK(pyf_parser_add_argument(p, "--\xC4\xB1\xC5\x89\xC5\xBF\xCE\x90") == PYF_OK);
    CHECK(pyf_parser_format_usage(p, text, sizeof text) < sizeof text);
    CHECK(strcmp(text, "usage: x [--\xC4\xB1\xC5\x89\xC5\xBF\xCE\x90 I\xCA\xBCNS\xCE\x99\xCC\x88"
                       "\xCC\x81]\n") == 0);
    pyf_parser_free(p);
}

static void odd_manual(void)
{
    pyf_parser *p =
                   new_parser(.prog = "My tool9", .write = keep, .write_ctx = &out,
                              .description = "  Do it. Well! Or? 'Not'. Done, or", .epilog = "'x'"),
               *g;
    CHECK(pyf_parser_add_argument(p, "--back\\slash", .help = ".not a request\\n. It's") == PYF_OK);
    g = pyf_parser_add_argument_group(p, "A \"group\" of\\two");
    CHECK(pyf_parser_add_argument(
              g, "x y\n\tz",
              .help = "'quoted' text that is so long that it has "
                      "to be wrapped. And so it has more lines than one. Has it?") == PYF_OK);
    CHECK(pyf_parser_add_argument(g, "hidden", .help = PYF_SUPPRESS) == PYF_OK);
    g = pyf_parser_add_argument_group(g, "hidden too");
    CHECK(pyf_parser_add_argument(g, "--secret", .help = "hidden") == PYF_OK);
    CHECK(pyf_parser_add_parser(pyf_parser_add_subparsers(p), "go", .help = "goes") != NULL);
    forget();
    CHECK(pyf_parser_print_man(p, "today", PYF_STDOUT) == PYF_OK);
    CHECK(strstr(out.text[1], ".Dd today\n.Dt MY-TOOL9 1\n") != NULL);
    CHECK(strstr(out.text[1], ".Nd \"\\&Do it\"\n") != NULL);
    CHECK(strstr(out.text[1], "Do it.\nWell!\nOr?\n\\&'Not'.\nDone, or\n") != NULL);
    CHECK(strstr(out.text[1], ".Ss \"\\&A \\(dqgroup\\(dq of\\etwo\"\n") != NULL);
    CHECK(strstr(out.text[1], "\\&.not a request\\en.\nIt's\n") != NULL);
    CHECK(strstr(out.text[1], ".It Cm \\&go\ngoes\n") != NULL);
    CHECK(strstr(out.text[1], "hidden") == NULL);
    forget();
    CHECK(pyf_parser_print_completion(p, "fish", PYF_STDOUT) == PYF_OK);
    CHECK(strstr(out.text[1], "__My_tool9") != NULL &&
          strstr(out.text[1], " -l 'back\\\\slash' -r") != NULL);
    pyf_parser_free(p);
    p = new_parser(.prog = "\xC3\xA9t\xC3\xA9", .write = keep, .write_ctx = &out);
    forget();
    CHECK(pyf_parser_print_completion(p, "bash", PYF_STDOUT) == PYF_OK);
    CHECK(strstr(out.text[1], "____t__") != NULL);
    pyf_parser_free(p);
    p = new_parser(.prog = "x", .write = keep, .write_ctx = &out, .description = "%(nothing)s");
    CHECK(pyf_parser_add_argument(p, "-x", .help = "%(nothing)s") == PYF_OK);
    CHECK(pyf_parser_print_man(p, "today", PYF_STDOUT) == PYF_VALUE_ERROR);
    CHECK(pyf_parser_print_help(p, PYF_STDOUT) == PYF_VALUE_ERROR);
    pyf_parser_free(p);
    p = new_parser(.prog = "{x}", .write = keep, .write_ctx = &out);
    CHECK(pyf_parser_add_argument(p, "--a\\b", .default_ = "\x80\x80\x80",
                                  .help = "%(default).1s|") == PYF_OK);
    forget();
    CHECK(pyf_parser_print_man(p, "today", PYF_STDOUT) == PYF_OK);
    CHECK(strstr(out.text[1], ".Dt {X} 1\n") != NULL);
    CHECK(pyf_parser_print_completion(p, "bash", PYF_STDOUT) == PYF_OK);
    CHECK(strstr(out.text[1], "--a\\b'") != NULL);
    CHECK(pyf_parser_add_argument(p, "-v", .help = "%(version)s") == PYF_OK);
    CHECK(pyf_parser_print_help(p, PYF_STDOUT) == PYF_VALUE_ERROR);
    pyf_parser_free(p);
    p = new_parser(.prog = "x", .write = keep, .write_ctx = &out);
    CHECK(pyf_parser_add_argument(p, "-v", .help = "%(dest).999999s") == PYF_OK);
    CHECK(pyf_parser_print_help(p, PYF_STDOUT) == PYF_VALUE_ERROR);
    pyf_parser_free(p);
}

/* An argument that is called so has a place in the namespace once it is given. */
static void a_name_that_is_suppressed(void)
{
    static char *argv[] = { (char *)"x", (char *)"q", (char *)"-x", (char *)"1", NULL };
    char text[128];
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x");
    CHECK(pyf_parser_add_argument(p, "-x", .action = "append") == PYF_OK);
    CHECK(pyf_parser_add_argument(p, PYF_SUPPRESS, .action = "append", .nargs = "*") == PYF_OK);
    CHECK(parse(p, "-x 1 q -x 2", &e) == PYF_OK);
    CHECK(pyf_parser_namespace(p, text, sizeof text) < sizeof text);
    CHECK(strcmp(text, "Namespace(x=['1', '2'], **{'==SUPPRESS==': [['q']]})") == 0);
    CHECK(pyf_parser_try_parse_intermixed_args(p, 4, argv, NULL, &e) == PYF_OK);
    CHECK(pyf_parser_namespace(p, text, sizeof text) < sizeof text);
    CHECK(strcmp(text, "Namespace(x=['1'], **{'==SUPPRESS==': [['q']]})") == 0);
    pyf_parser_free(p);
}

/* ---- little memory ---- */

/* An allocator that takes nothing back. */
static void *arena_alloc(void *ctx, size_t size)
{
    static union {
        double aligned;
        char bytes[65536];
    } arena;
    size_t *used = ctx, at = *used;
    if (size > sizeof arena - at) return NULL;
    *used = at + (size + 15) / 16 * 16;
    return arena.bytes + at;
}

static void an_arena(void)
{
    size_t used = 0;
    pyf_allocator a = { arena_alloc, NULL, NULL };
    pyf_ints n = { NULL, 0, 0 };
    pyf_parser_error e;
    pyf_parser *p;
    a.ctx = &used;
    p = pyf_argument_parser(.prog = "x", .allocator = &a);
    CHECK(pyf_parser_add_argument(p, "n", .nargs = "*", .to = PYF_INTS(&n)) == PYF_OK);
    for (int i = 0; i < 3; i++) CHECK(parse(p, "1 2 3", &e) == PYF_OK && n.n == 3);
    pyf_parser_free(p);
    CHECK(used != 0);
}

/* A parser with something of everything, in a block of memory; its constructors may fail. */
static pyf_parser *full_parser(void *memory, size_t size)
{
    static const pyf_type fails = { "fails", NULL, NULL, only_even, 0, 0, 0 };
    pyf_parser *p =
        pyf_argument_parser(.memory = memory, .memory_size = size, .width = 80, .prog = "tool",
                            .description = "Do it with %(prog)s. And well.", .write = keep,
                            .write_ctx = &out, .allocator = &case_heap);
    pyf_parser *c, *g;
    if (p == NULL) return NULL;
    (void)pyf_parser_add_argument(p, "-o", "--old", .deprecated = true, .help = "not \\ any more");
    (void)pyf_parser_add_argument(p, "-f", .to = PYF_TO(&fails, NULL));
    (void)pyf_parser_add_argument(p, "-s", .action = "store_true", .env = "EDGE_S");
    (void)pyf_parser_add_argument(p, "-m", .nargs = "+", .env = "EDGE_M", .to = PYF_INTS(NULL));
    (void)pyf_parser_add_argument(p, "-l", .nargs = "+", .env = "EDGE_L");
    g = pyf_parser_add_argument_group(p, "group", .description = "of two");
    (void)pyf_parser_add_argument(g, "-x", .choices = PYF_LIST("one", "two"));
    c = pyf_parser_add_subparsers(p, .dest = "cmd");
    c = pyf_parser_add_parser(c, "go", .help = "goes", .deprecated = true);
    (void)pyf_parser_add_argument(c, "--long-one", .help = "a long one");
    return p;
}

static bool prints(pyf_parser *p, int what)
{
    static const char *const shells[] = { "bash", "zsh", "fish" };
    pyf_status st = what < 3    ? pyf_parser_print_completion(p, shells[what], PYF_STDOUT)
                    : what == 3 ? pyf_parser_print_man(p, "today", PYF_STDOUT)
                    : what == 4 ? pyf_parser_print_help(p, PYF_STDOUT)
                                : pyf_parser_print_usage(p, PYF_STDOUT);
    CHECK(st == PYF_OK || st == PYF_MEMORY_ERROR);
    return st == PYF_OK;
}

/* Which sizes of a block are tried: all are multiples of 8. */
static size_t next_size(size_t size, uint64_t *rng)
{
#ifdef CHECK_COVERAGE
    (void)rng;
    return size + 8;
#else
    return size + 8 + 8 * check_below(rng, 10);
#endif
}

/* What is printed in a block of each size is whole, or nothing. */
static void printing_in_little_memory(void)
{
    static struct written all[6];
    uint64_t rng = check_rng(1);
    unsigned good = 0;
    for (int what = 0; what < 6; what++) {
        pyf_parser *p = full_parser(NULL, 0);
        forget();
        CHECK(prints(p, what));
        all[what] = out;
        pyf_parser_free(p);
    }
    for (size_t size = 1024; size < 32768; size = next_size(size, &rng)) {
        void *memory = malloc(size);
        pyf_parser *p = full_parser(memory, size);
        for (int what = 0; what < 6 && p != NULL; what++) {
            forget();
            if (!prints(p, what)) CHECK(out.text[1][0] == '\0');
            else good += strcmp(out.text[1], all[what].text[1]) == 0;
        }
        free(memory);
    }
    CHECK(good > 300);
}

static void parsing_in_little_memory(void)
{
    static const char *const lines[] = { "",   "-f x",     "-o 1 --old 2 go --long-one x",
                                         "go", "-x three", "-o 1 -s -x one -m 1 2 -l a b go" };
    uint64_t rng = check_rng(2);
    unsigned good = 0;
#if CHECK_FORK
    CHECK(setenv("EDGE_S", "1", 1) == 0 && setenv("EDGE_M", "5", 1) == 0 &&
          setenv("EDGE_L", "a\nb", 1) == 0);
#endif
    for (size_t size = 1024; size < 8192; size = next_size(size, &rng)) {
        void *memory = malloc(size);
        pyf_parser *p = full_parser(memory, size);
        for (int i = 0; i < 6 && p != NULL; i++) {
            pyf_parser_error e;
            pyf_status st = parse(p, lines[i], &e);
            CHECK(st == PYF_OK || st == PYF_MEMORY_ERROR || st == PYF_VALUE_ERROR);
            CHECK(st == PYF_OK || e.text != NULL);
            good += st == PYF_OK;
            forget();
            CHECK_EQ(pyf_parser_report(p, &e), e.exit_code);
        }
        free(memory);
    }
    CHECK(good > 100);
}

/* A parser that takes over from others, in a block of each size. */
static void parents_in_little_memory(void)
{
    pyf_parser *parent = new_parser(.no_help = true, .conflict_handler = "resolve"), *g;
    uint64_t rng = check_rng(3);
    unsigned good = 0;
    g = pyf_parser_add_argument_group(parent, "options");
    (void)pyf_parser_add_argument(g, "-a");
    g = pyf_parser_add_argument_group(parent, "mine", .description = "and theirs");
    (void)pyf_parser_add_argument(g, "-b");
    g = pyf_parser_add_mutually_exclusive_group(parent);
    (void)pyf_parser_add_argument(g, "-c");
    (void)pyf_parser_add_argument(g, "-e",
                                  .metavar = "A-NAME-THAT-IS-LONGER-THAN-THE-REST-OF-THE-"
                                             "ROOM-THERE-IS-AND-SO-ON");
    (void)pyf_parser_add_argument(parent, "-b");
    (void)pyf_parser_set_defaults(parent, "c", "7");
    for (size_t size = 512; size < 8192; size = next_size(size, &rng)) {
        void *memory = malloc(size);
        pyf_parser_error e;
        const char *s = NULL;
        pyf_status st;
        pyf_parser *p =
            pyf_argument_parser(.memory = memory, .memory_size = size, .prog = "x",
                                .parents = PYF_PARENTS(parent), .conflict_handler = "resolve");
        if (p != NULL) {
            st = pyf_parser_add_argument(p, "-a", .metavar = "A");
            CHECK(st == PYF_OK || st == PYF_MEMORY_ERROR);
            st = pyf_parser_add_argument(p, "-e", "-x");
            CHECK(st == PYF_OK || st == PYF_MEMORY_ERROR);
            st = parse(p, "-b 1", &e);
            CHECK(st == PYF_OK || (st == PYF_MEMORY_ERROR && e.text != NULL));
            if (st == PYF_OK) good += pyf_parser_get(p, "c", PYF_STR(&s)) == PYF_OK && *s == '7';
        }
        free(memory);
    }
    CHECK(good > 20);
    pyf_parser_free(parent);
}

/* A message about a parser itself, where there is no room for it. */
static void refusing_in_little_memory(void)
{
    static const char full[] = "argument -x: conflicting option string: -x";
    uint64_t rng = check_rng(4);
    unsigned good = 0;
    for (size_t size = 512; size < 4096; size = next_size(size, &rng)) {
        void *memory = malloc(size);
        pyf_parser_error e;
        pyf_parser *p = pyf_argument_parser(.memory = memory, .memory_size = size);
        if (p != NULL) {
            (void)pyf_parser_add_argument(p, "-x");
            CHECK(pyf_parser_add_argument(p, "-x") != PYF_OK);
            CHECK(parse(p, "", &e) != PYF_OK && e.text != NULL);
            good += e.text != NULL && strcmp(e.text, full) == 0;
        }
        free(memory);
    }
    CHECK(good > 20);
}

/* Numbers and texts at the limits of what there is room for. */
static void limits_of_texts(void)
{
    static const char *const too_far[] = { "%(default)100005s", "%(default).60f", "%(default)d" };
    char digits[1000 * 2 + 1], text[4];
    double d = 0;
    int n = 0;
    pyf_parser *p;
    for (size_t i = 0; i < 1000; i++) memcpy(digits + 2 * i, "\xD9\xA1", 2); /* Arabic ones */
    digits[2 * 1000] = '\0';
    CHECK(pyf_convert_int(digits, &n, NULL) == PYF_VALUE_ERROR);
    CHECK(pyf_convert_double(digits, &d, NULL) == PYF_VALUE_ERROR);
    digits[2 * 9] = '\0';
    CHECK(pyf_convert_int(digits, &n, NULL) == PYF_OK && n == 111111111);
    for (size_t i = 0; i < 1000; i++) memcpy(digits + 2 * i, "_1", 2);
    CHECK(pyf_convert_double(digits + 1, &d, NULL) == PYF_MEMORY_ERROR);
    for (unsigned i = 0; i < 3; i++) {
        p = new_parser(.prog = "x");
        CHECK(pyf_parser_add_argument(p, "-c", .action = "count", .help = too_far[i],
                                      .default_ = "18446744073709551616") == PYF_OK);
        CHECK(pyf_parser_format_help(p, text, sizeof text) == 0);
        CHECK(pyf_parser_print_help(p, PYF_STDOUT) == PYF_VALUE_ERROR);
        pyf_parser_free(p);
    }
    digits[400] = '\0'; /* 200 digits are not too many */
    CHECK(pyf_convert_double(digits + 1, &d, NULL) == PYF_OK && d > 1e199 && d < 1.2e199);
}

static void too_long_a_number(void)
{
    char digits[2001], *argv[] = { (char *)"prog", (char *)"-f", digits, NULL };
    double d = 7;
    pyf_parser_error e;
    pyf_parser *p = new_parser(.prog = "x");
    for (size_t i = 0; i < 1000; i++) memcpy(digits + 2 * i, "1_", 2);
    digits[1999] = '\0';
    CHECK(pyf_parser_add_argument(p, "-f", .to = PYF_DOUBLE(&d)) == PYF_OK);
    CHECK(pyf_parser_try_parse_args(p, 3, argv, &e) == PYF_MEMORY_ERROR && d == 7);
    pyf_parser_free(p);
}

/* A destination without a type takes nothing; subcommands have one name. */
static void odd_records(void)
{
    pyf_argument row = { 0 };
    pyf_parser_error e;
    int n = 7;
    char text[64];
    pyf_parser *p = new_parser(.prog = "x"), *commands;
    CHECK(pyf_parser_add_argument(p, "y", .to = PYF_TO(NULL, &n)) == PYF_OK);
    CHECK(pyf_parser_add_argument(p, "-y", .nargs = "?", .to = PYF_TO(NULL, &n)) == PYF_OK);
    CHECK(parse(p, "go -y on", &e) == PYF_OK && n == 7);
    pyf_parser_free(p);
    p = new_parser(.prog = "x");
    commands = pyf_parser_add_subparsers(p, .metavar = "A\nB");
    CHECK(pyf_parser_add_parser(commands, "go") != NULL);
    CHECK(parse(p, "no", &e) == PYF_VALUE_ERROR && e.exit_code == 1);
    CHECK(strstr(e.text, "length of metavar tuple does not match nargs") != NULL);
    pyf_parser_free(p);
    p = new_parser(.prog = "x");
    row.action = "append"; /* and no name: a mistake that waits */
    CHECK(pyf_parser_add_argument(p, "-z", .action = "append") == PYF_OK);
    CHECK(pyf_parser_add_arguments(p, &row, 1) == PYF_OK);
    CHECK(parse(p, "-z 1 go -z 2", &e) == PYF_OK);
    CHECK(pyf_parser_namespace(p, text, sizeof text) < sizeof text);
    CHECK(strcmp(text, "Namespace(z=['1', '2'])") == 0);
    pyf_parser_free(p);
}

/* A parent's group that is called as the options are: the manual has its options once. */
static void a_group_named_options(void)
{
    pyf_parser *parent = new_parser(.prog = "x", .no_help = true), *group, *p;
    const char *found;
    group = pyf_parser_add_argument_group(parent, .title = "options");
    CHECK(pyf_parser_add_argument(group, "--quiet", .action = "store_true") == PYF_OK);
    p = new_parser(.prog = "x", .parents = PYF_PARENTS(parent), .write = keep, .write_ctx = &out);
    forget();
    CHECK(pyf_parser_print_man(p, "today", PYF_STDOUT) == PYF_OK);
    found = strstr(out.text[1], ".It Fl \\&\\-quiet\n");
    CHECK(found != NULL && strstr(found + 1, ".It Fl \\&\\-quiet\n") == NULL);
    CHECK(strstr(out.text[1], ".Ss") == NULL);
    pyf_parser_free(p);
    pyf_parser_free(parent);
}

static const struct check_case edge_cases[] = {
    { "without_a_parser", without_a_parser },
    { "refused_calls", refused_calls },
    { "plain_calls", plain_calls },
    { "calls_that_are_not_plain", calls_that_are_not_plain },
    { "late_findings", late_findings },
    { "late_findings_of_a_parent", late_findings_of_a_parent },
    { "empty_parsers", empty_parsers },
    { "own_defaults", own_defaults },
    { "formatted_numbers", formatted_numbers },
    { "odd_bytes", odd_bytes },
    { "wide_values", wide_values },
    { "failing_types", failing_types },
    { "bare_types", bare_types },
    { "counts_and_switches", counts_and_switches },
    { "many_switches", many_switches },
    { "lists_that_are_full", lists_that_are_full },
    { "words_left_over", words_left_over },
    { "typed_reading", typed_reading },
    { "reading_in_little_memory", reading_in_little_memory },
    { "suggestions", suggestions },
    { "deep_subcommands", deep_subcommands },
    { "subcommands_into_a_list", subcommands_into_a_list },
    { "the_same_constant", the_same_constant },
    { "a_name_of_two", a_name_of_two },
    { "a_default_of_two", a_default_of_two },
    { "a_letter_that_is_a_prefix", a_letter_that_is_a_prefix },
    { "warnings", warnings },
    { "own_reports", own_reports },
    { "groups_within_each_other", groups_within_each_other },
    { "letters_that_grow", letters_that_grow },
    { "blanks_of_texts", blanks_of_texts },
    { "odd_manual", odd_manual },
    { "a_name_that_is_suppressed", a_name_that_is_suppressed },
    { "limits_of_texts", limits_of_texts },
    { "too_long_a_number", too_long_a_number },
    { "odd_records", odd_records },
    { "a_group_named_options", a_group_named_options },
    { "an_arena", an_arena },
    { "printing_in_little_memory", printing_in_little_memory },
    { "parsing_in_little_memory", parsing_in_little_memory },
    { "parents_in_little_memory", parents_in_little_memory },
    { "refusing_in_little_memory", refusing_in_little_memory },
#if CHECK_FORK
    { "environment", environment },
    { "environment_behind_a_subcommand", environment_behind_a_subcommand },
    { "exits", exits },
    { "response_files_of_many_lines", response_files_of_many_lines },
    { "escapes_in_a_usage", escapes_in_a_usage },
#endif
#ifdef ARGPARSE_EDGES_HOOKS
    { "decimal_commas", decimal_commas },
    { "terminals", terminals },
    { "colours_of_terminals", colours_of_terminals },
#endif
};

#endif
