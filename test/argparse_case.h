/* argparse_case.h - parsers and command lines described by text, for tests, comparison and fuzzing.
 *
 * A case is lines of fields with tabs between them; \t, \n and \\ stand for themselves in a field.
 *
 *     P ID key=value...         a parser; the last one is the one that parses; table=1: from here on
 *                               its arguments come as tables
 *     G ID ON key=value...      an argument group on the parser or group ON
 *     X ID ON required=1        an exclusive group
 *     S ID ON key=value...      subcommands
 *     C ID ON key=value...      a subcommand of S
 *     A ON key=value...         an argument
 *     D ON dest text            a default
 *     Q ON dest                 which default this is
 *     W mode word...            parse: mode args, known, intermixed, both (of these), help (formats
 *                               only) or extras (completions and manual page, only counted)
 *
 * case_run() gives the result as text, as Python would have it; argparse_diff.py makes the same one
 * from Python's argparse. */
#ifndef ARGPARSE_CASE_H
#define ARGPARSE_CASE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASE_FIELDS = 96, CASE_HANDLES = 48, CASE_ARGUMENTS = 160, CASE_LIST = 64, CASE_POOL = 1024 };

struct case_text {
    char *at;
    size_t n, room;
};

static void case_put(struct case_text *t, const char *s, size_t n)
{
    if (t->room - t->n < n + 1) {
        t->room = 2 * (t->n + n) + 256;
        t->at = realloc(t->at, t->room);
        if (t->at == NULL) abort();
    }
    memcpy(t->at + t->n, s, n);
    t->n += n;
    t->at[t->n] = '\0';
}

static void case_puts(struct case_text *t, const char *s) { case_put(t, s, strlen(s)); }

/* A line "key<tab>text" with the text escaped. */
static void case_line(struct case_text *t, const char *key, const char *s, size_t n)
{
    case_puts(t, key);
    case_puts(t, "\t");
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\n') case_puts(t, "\\n");
        else if (s[i] == '\t') case_puts(t, "\\t");
        else if (s[i] == '\\') case_puts(t, "\\\\");
        else case_put(t, s + i, 1);
    }
    case_puts(t, "\n");
}

/* After so many more blocks one is refused; negative: none. Then case_refused tells so. */
static long case_blocks_left = -1, case_blocks_out;
static bool case_refused;

static void *case_alloc(void *ctx, size_t size)
{
    (void)ctx;
    if (case_blocks_left >= 0 && case_blocks_left-- == 0) {
        case_refused = true;
        return NULL;
    }
    case_blocks_out++;
    return malloc(size);
}

static void case_release(void *ctx, void *block, size_t size)
{
    (void)ctx;
    (void)size;
    case_blocks_out -= block != NULL;
    free(block);
}

/* Not 0: every parser gets a block of its own of this size, and no allocator. It may fail then: set
 * case_refused before. */
static size_t case_memory;

/* Given to every parser, so that there is one with PYFEAT_NO_MALLOC too. */
static const pyf_allocator case_heap = { case_alloc, case_release, NULL };

struct case_destination {
    int kind; /* 0 none, else i f s b I F S */
    int i;
    double f;
    const char *s;
    bool b;
    pyf_ints ints;
    pyf_doubles doubles;
    pyf_strs strs;
    int room_i[CASE_LIST];
    double room_f[CASE_LIST];
    const char *room_s[CASE_LIST];
};

struct case_state {
    pyf_parser *handles[CASE_HANDLES]; /* NULL: refused */
    bool defined[CASE_HANDLES];
    pyf_parser *roots[CASE_HANDLES];
    size_t root_count;
    pyf_parser *p;
    struct case_destination *to[CASE_ARGUMENTS];
    size_t to_count;
    const char *pool[CASE_POOL]; /* of the lists */
    size_t pooled;
    const pyf_parser *parents[CASE_HANDLES];
    void *blocks[CASE_HANDLES];
    size_t block_count;
    pyf_argument *tables[CASE_ARGUMENTS], *table; /* those that are given, and the one that grows */
    size_t table_count, rows;
    pyf_parser *table_on;
    bool as_tables;
    struct case_text output[3];
    struct case_text result, defaults, calls;
    bool wrong; /* the case itself makes no sense */
};

static void case_write(void *ctx, int stream, const char *text, size_t n)
{
    struct case_state *c = ctx;
    case_put(&c->output[stream], text, n);
}

/* Split a line into fields, in place. */
static size_t case_split(char *line, char **fields)
{
    size_t n = 0;
    char *to = line;
    fields[n++] = to;
    for (; *line != '\0'; line++) {
        if (*line == '\t') {
            *to++ = '\0';
            if (n == CASE_FIELDS) return n;
            fields[n++] = to;
        } else if (*line == '\\' && line[1] != '\0') {
            line++;
            *to++ = *line == 'n' ? '\n' : *line == 't' ? '\t' : *line;
        } else {
            *to++ = *line;
        }
    }
    *to = '\0';
    return n;
}

static const char *case_get(char **fields, size_t n, const char *key)
{
    size_t length = strlen(key);
    for (size_t i = 0; i < n; i++)
        if (strncmp(fields[i], key, length) == 0 && fields[i][length] == '=') return fields[i] + length + 1;
    return NULL;
}

static bool case_flag(char **fields, size_t n, const char *key)
{
    const char *s = case_get(fields, n, key);
    return s != NULL && *s == '1';
}

/* A value of lines as a list; an empty one as the empty list. */
static const char *const *case_list(struct case_state *c, const char *s)
{
    const char **list;
    size_t n = 0;
    char *at;
    if (s == NULL || c->pooled == CASE_POOL) return NULL;
    list = c->pool + c->pooled;
    for (at = (char *)(uintptr_t)s; *at != '\0' && n + 1 < CASE_FIELDS && c->pooled + n + 1 < CASE_POOL;) {
        char *end = strchr(at, '\n');
        list[n++] = at;
        if (end == NULL) break;
        *end = '\0';
        at = end + 1;
    }
    list[n] = NULL;
    c->pooled += n + 1;
    return list;
}

static pyf_parser *case_handle(struct case_state *c, const char *text)
{
    unsigned i = (unsigned)strtoul(text, NULL, 10);
    if (i >= CASE_HANDLES || !c->defined[i]) {
        c->wrong = true;
        return NULL;
    }
    return c->handles[i];
}

static void case_keep(struct case_state *c, const char *text, pyf_parser *p)
{
    unsigned i = (unsigned)strtoul(text, NULL, 10);
    if (i >= CASE_HANDLES) {
        c->wrong = true;
        return;
    }
    c->handles[i] = p;
    c->defined[i] = true;
}

static int case_func(pyf_parser *p)
{
    (void)p;
    return 7;
}

static void case_options(struct case_state *c, pyf_parser_options *o, char **f, size_t n)
{
    const char *s;
    memset(o, 0, sizeof *o);
    o->prog = case_get(f, n, "prog");
    o->usage = case_get(f, n, "usage");
    o->description = case_get(f, n, "description");
    o->epilog = case_get(f, n, "epilog");
    o->prefix_chars = case_get(f, n, "prefix_chars");
    o->fromfile_prefix_chars = case_get(f, n, "fromfile_prefix_chars");
    o->argument_default = case_get(f, n, "argument_default");
    o->conflict_handler = case_get(f, n, "conflict_handler");
    if ((s = case_get(f, n, "formatter")) != NULL) o->formatter = *s - '0';
    o->width = (s = case_get(f, n, "width")) != NULL ? (unsigned)strtoul(s, NULL, 10) % 1000 : 80;
#ifdef CASE_COLUMNS
    if ((s = case_get(f, n, "columns")) != NULL) {
        (void)setenv("COLUMNS", s, 1);
        o->width = 0;
    }
#endif
    o->no_help = case_flag(f, n, "no_help");
    o->no_abbrev = case_flag(f, n, "no_abbrev");
    o->suggest_on_error = case_flag(f, n, "suggest");
    o->color = case_flag(f, n, "color");
    o->help = case_get(f, n, "help");
    o->name = case_get(f, n, "name");
    o->aliases = case_list(c, case_get(f, n, "aliases"));
    o->func = case_func;
    if ((s = case_get(f, n, "parents")) != NULL) {
        const char *const *list = case_list(c, s);
        size_t k = 0;
        for (; list != NULL && *list != NULL && k + 1 < CASE_HANDLES; list++) {
            pyf_parser *parent = case_handle(c, *list);
            if (parent != NULL) c->parents[k++] = parent;
        }
        c->parents[k] = NULL;
        o->parents = c->parents;
    }
    o->allocator = &case_heap;
    if (case_memory != 0 && c->block_count < CASE_HANDLES) {
        o->memory = c->blocks[c->block_count++] = malloc(case_memory);
        o->memory_size = case_memory;
        if (o->memory == NULL) abort();
    }
    o->write = case_write;
    o->write_ctx = c;
}

static pyf_status case_port(const char *text, void *to, pyf_parser_error *error)
{
    int value;
    if (pyf_convert_int(text, &value, NULL) != PYF_OK || value < 0 || value > 65535)
        return pyf_argument_type_error(error, "not a port: %s", text);
    *(int *)to = value;
    return PYF_OK;
}

static pyf_status case_even(const char *text, void *to, pyf_parser_error *error)
{
    int value;
    (void)error;
    if (pyf_convert_int(text, &value, NULL) != PYF_OK || value % 2 != 0) return PYF_VALUE_ERROR;
    *(int *)to = value;
    return PYF_OK;
}

static pyf_status case_act(const pyf_action_call *call)
{
    struct case_text *t = (struct case_text *)call->to, line = { NULL, 0, 0 };
    for (size_t i = 0; i < call->n; i++)
        if (strcmp(call->values[i], "bad") == 0)
            return pyf_argument_type_error(call->error, "own: bad");
    case_puts(&line, call->option != NULL ? call->option : "None");
    for (size_t i = 0; i < call->n; i++) {
        case_puts(&line, " ");
        case_puts(&line, call->values[i]);
    }
    case_line(t, "call", line.at, line.n);
    free(line.at);
    return PYF_OK;
}

static const pyf_type case_types[] = {
    { "port", case_port, pyf_format_int, NULL, sizeof(int), 0, 0 },
    { "even", case_even, pyf_format_int, NULL, sizeof(int), 0, 0 },
    { NULL, NULL, NULL, case_act, sizeof(char *), 0, 0 },
};

static void case_destination(struct case_state *c, pyf_argument *a, const char *type, const char *to)
{
    struct case_destination *d = NULL;
    char t = type != NULL ? *type : 's';
    if (to != NULL && c->to_count < CASE_ARGUMENTS) {
        d = c->to[c->to_count++] = calloc(1, sizeof *d);
        if (d == NULL) abort();
        d->kind = *to;
        d->i = a->action != NULL && strcmp(a->action, "count") == 0 ? 0 : -777;
        d->f = -777;
        d->s = "untouched";
        d->ints.v = d->room_i;
        d->doubles.v = d->room_f;
        d->strs.v = d->room_s;
        d->ints.cap = d->doubles.cap = d->strs.cap = to[1] == 'a' ? 0 : CASE_LIST;
        t = *to;
    }
    switch (t) {
    case 'i': a->to = (pyf_destination)PYF_INT(d != NULL ? &d->i : NULL); break;
    case 'f': a->to = (pyf_destination)PYF_DOUBLE(d != NULL ? &d->f : NULL); break;
    case 'b': a->to = (pyf_destination)PYF_BOOL(d != NULL ? &d->b : NULL); break;
    case 'I': a->to = (pyf_destination)PYF_INTS(d != NULL ? &d->ints : NULL); break;
    case 'F': a->to = (pyf_destination)PYF_DOUBLES(d != NULL ? &d->doubles : NULL); break;
    case 'S': a->to = (pyf_destination)PYF_STRS(d != NULL ? &d->strs : NULL); break;
    case 'p': a->to = (pyf_destination)PYF_TO(&case_types[0], NULL); break;
    case 'e': a->to = (pyf_destination)PYF_TO(&case_types[1], NULL); break;
    case 'o': a->to = (pyf_destination)PYF_TO(&case_types[2], &c->calls); break;
    default:
        if (type != NULL || d != NULL) a->to = (pyf_destination)PYF_STR(d != NULL ? &d->s : NULL);
    }
}

/* The table that has grown is its parser's from here on. */
static void case_flush(struct case_state *c)
{
    if (c->rows == 0) return;
    c->tables[c->table_count++] = c->table;
    (void)pyf_parser_add_arguments(c->table_on, c->table, c->rows);
    c->table = NULL;
    c->rows = 0;
}

static void case_add(struct case_state *c, pyf_parser *on, const pyf_argument *a)
{
    if (!c->as_tables || c->table_count == CASE_ARGUMENTS) {
        (void)pyf_parser_add_argument_with(on, a);
        return;
    }
    if (on != c->table_on) case_flush(c);
    c->table_on = on;
    c->table = realloc(c->table, (c->rows + 1) * sizeof *a);
    if (c->table == NULL) abort();
    c->table[c->rows++] = *a;
}

static void case_argument(struct case_state *c, char **f, size_t n)
{
    pyf_argument a;
    const char *s, *const *names = case_list(c, case_get(f, n, "names"));
    memset(&a, 0, sizeof a);
    if (names != NULL && names[0] != NULL) {
        a.name = names[0];
        a.name2 = names[1];
        if (names[1] != NULL) a.name3 = names[2];
    }
    a.dest = case_get(f, n, "dest");
    if (a.dest == NULL && a.name3 != NULL) a.dest = names[3];
    a.action = case_get(f, n, "action");
    if ((s = case_get(f, n, "nargs")) != NULL && strlen(s) < sizeof a.nargs) memcpy(a.nargs, s, strlen(s) + 1);
    a.const_ = case_get(f, n, "const");
    if (case_get(f, n, "version") != NULL) a.version = case_get(f, n, "version");
    a.default_ = case_get(f, n, "default");
    a.help = case_get(f, n, "help");
    a.metavar = case_get(f, n, "metavar");
    a.choices = case_list(c, case_get(f, n, "choices"));
    a.required = case_flag(f, n, "required");
    case_destination(c, &a, case_get(f, n, "type"), case_get(f, n, "to"));
    case_add(c, case_handle(c, f[1]), &a);
}

static void case_build(struct case_state *c, char **f, size_t n)
{
    pyf_parser_options o;
    pyf_group_options g;
    pyf_subparsers_options s;
    const char *text;

    memset(&g, 0, sizeof g);
    memset(&s, 0, sizeof s);
    if (f[0][0] != 'A') case_flush(c);
    switch (f[0][0]) {
    case 'P':
        c->as_tables = case_flag(f, n, "table");
        case_options(c, &o, f, n);
        c->p = pyf_argument_parser_with(&o);
        if (c->p == NULL && !case_refused) abort();
        if (c->p == NULL || c->root_count == CASE_HANDLES) c->wrong = true;
        else c->roots[c->root_count++] = c->p;
        case_keep(c, f[1], c->p);
        break;
    case 'G':
    case 'X':
        g.on = case_handle(c, n > 2 ? f[2] : "");
        g.title = case_get(f, n, "title");
        g.description = case_get(f, n, "description");
        g.required = case_flag(f, n, "required");
        case_keep(c, f[1], f[0][0] == 'G' ? pyf_parser_add_argument_group_with(&g)
                                          : pyf_parser_add_mutually_exclusive_group_with(&g));
        break;
    case 'S':
        s.on = case_handle(c, n > 2 ? f[2] : "");
        s.title = case_get(f, n, "title");
        s.description = case_get(f, n, "description");
        s.prog = case_get(f, n, "prog");
        s.dest = case_get(f, n, "dest");
        s.help = case_get(f, n, "help");
        s.metavar = case_get(f, n, "metavar");
        s.required = case_flag(f, n, "required");
        case_keep(c, f[1], pyf_parser_add_subparsers_with(&s));
        break;
    case 'C':
        case_options(c, &o, f, n);
        o.on = case_handle(c, n > 2 ? f[2] : "");
        case_keep(c, f[1], pyf_parser_add_parser_with(&o));
        break;
    case 'A': case_argument(c, f, n); break;
    case 'D':
        if (n > 3) (void)pyf_parser_set_defaults(case_handle(c, f[1]), f[2], f[3]);
        break;
    case 'Q':
        if (n > 2 && (text = pyf_parser_get_default(case_handle(c, f[1]), f[2])) != NULL)
            case_line(&c->defaults, "default", text, strlen(text));
        break;
    default: c->wrong = true;
    }
}

static void case_help(struct case_state *c)
{
    size_t n = pyf_parser_format_help(c->p, NULL, 0);
    char *text = malloc(n + 1);
    if (text == NULL) abort();
    if (pyf_parser_format_help(c->p, text, n + 1) != n && !case_refused) abort();
    case_line(&c->result, "help", text, n);
    n = pyf_parser_format_usage(c->p, text, n + 1);
    case_line(&c->result, "usage", text, strlen(text));
    (void)n;
    free(text);
}

static void case_extras(struct case_state *c)
{
    static const char *const shells[] = { "bash", "zsh", "fish" };
    char n[24];
    for (int i = 0; i < 3; i++) (void)pyf_parser_print_completion(c->p, shells[i], PYF_STDOUT);
    (void)pyf_parser_print_man(c->p, "November 21, 2026", PYF_STDOUT);
    (void)snprintf(n, sizeof n, "%lu", (unsigned long)c->output[1].n);
    case_line(&c->result, "extras", n, strlen(n));
}

/* What each destination holds after a parse. */
static void case_show(struct case_state *c)
{
    char text[64];
    for (size_t i = 0; i < c->to_count; i++) {
        const struct case_destination *d = c->to[i];
        struct case_text t = { NULL, 0, 0 };
        case_puts(&t, "");
        switch (d->kind) {
        case 'i':
            pyf_format_int(&d->i, text);
            case_puts(&t, d->i == -777 ? "-" : text);
            break;
        case 'f':
            pyf_format_double(&d->f, text);
            case_puts(&t, d->f < -776.5 && d->f > -777.5 ? "-" : text);
            break;
        case 'b': case_puts(&t, d->b ? "True" : "False"); break;
        case 's': case_puts(&t, strcmp(d->s, "untouched") == 0 ? "-" : d->s); break;
        case 'I':
            for (size_t k = 0; k < d->ints.n; k++) {
                pyf_format_int(&d->ints.v[k], text);
                case_puts(&t, text);
                case_puts(&t, ";");
            }
            break;
        case 'F':
            for (size_t k = 0; k < d->doubles.n; k++) {
                pyf_format_double(&d->doubles.v[k], text);
                case_puts(&t, text);
                case_puts(&t, ";");
            }
            break;
        default:
            for (size_t k = 0; k < d->strs.n; k++) {
                case_puts(&t, d->strs.v[k] != NULL ? d->strs.v[k] : "None");
                case_puts(&t, ";");
            }
        }
        case_line(&c->result, "to", t.at, t.n);
        free(t.at);
    }
}

static void case_parse(struct case_state *c, char **f, size_t n)
{
    char *argv[CASE_FIELDS + 1];
    char program[] = "/usr/bin/prog.py";
    const char *mode = n > 1 ? f[1] : "args";
    pyf_parser_error error;
    pyf_strs extras = { NULL, 0, 0 };
    pyf_status st;
    int argc = 0;

    argv[argc++] = program;
    for (size_t i = 2; i < n; i++) argv[argc++] = f[i];
    argv[argc] = NULL;
    if (*mode == 'k') st = pyf_parser_try_parse_known_args(c->p, argc, argv, &extras, &error);
    else if (*mode == 'i') st = pyf_parser_try_parse_intermixed_args(c->p, argc, argv, NULL, &error);
    else if (*mode == 'b')
        st = pyf_parser_try_parse_intermixed_args(c->p, argc, argv, &extras, &error);
    else st = pyf_parser_try_parse_args(c->p, argc, argv, &error);
    if (st != PYF_OK && error.exit_code == 1) {
        case_puts(&c->result, "construction\n");
        return;
    }
    if (c->defaults.at != NULL) case_puts(&c->result, c->defaults.at);
    if (*mode == 'e') {
        case_extras(c);
        return;
    }
    if (*mode == 'h') {
        case_help(c);
        return;
    }
    if (c->calls.at != NULL) case_puts(&c->result, c->calls.at);
    if (st != PYF_OK) {
        char code[8];
        (void)snprintf(code, sizeof code, "%d", pyf_parser_report(c->p, &error));
        case_line(&c->result, "exit", code, strlen(code));
        case_line(&c->result, "out", c->output[1].at != NULL ? c->output[1].at : "", c->output[1].n);
        case_line(&c->result, "err", c->output[2].at != NULL ? c->output[2].at : "", c->output[2].n);
        return;
    }
    {
        size_t length = pyf_parser_namespace(c->p, NULL, 0);
        char *text = malloc(length + 1);
        if (text == NULL) abort();
        if (pyf_parser_namespace(c->p, text, length + 1) != length && !case_refused) abort();
        case_line(&c->result, "namespace", text, length);
        free(text);
    }
    for (size_t i = 0; i < extras.n; i++) case_line(&c->result, "extra", extras.v[i], strlen(extras.v[i]));
    case_show(c);
    (void)pyf_parser_dispatch(c->p);
}

/* Run the case in text, which is changed; the result is malloc'ed. */
static char *case_run(char *text)
{
    struct case_state *c = calloc(1, sizeof *c);
    char *line, *end, *fields[CASE_FIELDS], *result;

    if (c == NULL) abort();
    case_puts(&c->result, "");
    for (line = text; line != NULL && *line != '\0'; line = end) {
        size_t n;
        end = strchr(line, '\n');
        if (end != NULL) *end++ = '\0';
        n = case_split(line, fields);
        if (c->wrong || n < 2) continue;
        if (fields[0][0] == 'W') {
            case_flush(c);
            if (c->p != NULL) case_parse(c, fields, n);
            break;
        }
        case_build(c, fields, n);
    }
    if (c->wrong) case_puts(&c->result, "wrong\n");
    for (size_t i = 0; i < c->root_count; i++) pyf_parser_free(c->roots[i]);
    for (size_t i = 0; i < c->block_count; i++) free(c->blocks[i]);
    for (size_t i = 0; i < c->table_count; i++) free(c->tables[i]);
    free(c->table);
    for (size_t i = 0; i < c->to_count; i++) free(c->to[i]);
    free(c->output[1].at);
    free(c->output[2].at);
    free(c->defaults.at);
    free(c->calls.at);
    result = c->result.at;
    free(c);
    return result;
}

#endif
