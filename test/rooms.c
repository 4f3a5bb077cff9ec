/* Holds pyfeat.h to its own house rules: contents, order, options, prefixes, names, references,
 * documentation, layout.
 *
 *     rooms ../pyfeat.h
 *
 * One line a rule, `pyfeat.h:LINE: what is wrong` for each finding, exit status 1 if there is any.
 * The checker does not parse C: it blanks comments and literals and relies on the style of the file
 * (what stands at file scope begins in the first column), which is enough to be fooled only on
 * purpose. */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TAGS = 64, MAX_COLUMNS = 100 };

enum kind { KIND_OTHER, KIND_API, KIND_IMPL };

struct tag {
    char name[64];
    enum kind kind;
    int room; /* index into rooms, -1 for @config and its like */
    size_t line;
};

struct name {
    const char *text;
    size_t length;
    int room;
};

static const char *path;
static char *text;     /* the file */
static char *code;     /* the same, comments and literals blanked, so that offsets agree */
static size_t *starts; /* offset of each line, lines + 1 of them */
static size_t lines;
static struct tag contents[MAX_TAGS], anchors[MAX_TAGS];
static size_t content_count, anchor_count;
static char rooms[MAX_TAGS][64];
static int room_count;
static unsigned findings;

/* ---- small tools ---- */

static void finding(size_t line, const char *format, ...)
{
    const char *base = strrchr(path, '/');
    va_list args;

    findings++;
    printf("%s:%lu: ", base ? base + 1 : path, (unsigned long)(line + 1));
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

static void *must(void *block)
{
    if (!block) {
        fprintf(stderr, "rooms: out of memory\n");
        exit(2);
    }
    return block;
}

static bool word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static bool begins(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static size_t word_length(const char *s)
{
    size_t n = 0;
    while (word(s[n])) n++;
    return n;
}

static const char *skip_blanks(const char *s)
{
    while (*s == ' ') s++;
    return s;
}

static bool same(const char *a, size_t n, const char *b)
{
    return strlen(b) == n && memcmp(a, b, n) == 0;
}

static size_t line_of(const char *p)
{
    size_t offset = (size_t)(p - code), low = 0, high = lines;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (starts[middle] <= offset) low = middle;
        else high = middle;
    }
    return low;
}

/* The anchor that a line stands under, NULL for the head. */
static const struct tag *under(size_t line)
{
    const struct tag *last = NULL;
    for (size_t i = 0; i < anchor_count && anchors[i].line <= line; i++) last = &anchors[i];
    return last;
}

/* ---- reading ---- */

static void load(void)
{
    FILE *file = fopen(path, "rb");
    size_t size = 0, room = 1 << 16, got;

    if (!file) {
        fprintf(stderr, "rooms: cannot open %s\n", path);
        exit(2);
    }
    text = must(malloc(room));
    while ((got = fread(text + size, 1, room - size - 1, file)) > 0) {
        size += got;
        if (room - size < 2) text = must(realloc(text, room *= 2));
    }
    fclose(file);
    text[size] = '\0';
    code = must(malloc(size + 1));
    memcpy(code, text, size + 1);
    for (size_t i = 0; i < size; i++) lines += text[i] == '\n';
    if (size > 0 && text[size - 1] != '\n') lines++;
    starts = must(malloc((lines + 1) * sizeof *starts));
    for (size_t i = 0, line = 0; i < size; i++)
        if (i == 0 || text[i - 1] == '\n') starts[line++] = i;
    starts[lines] = size;
}

static void blank(size_t from, size_t to)
{
    for (; from < to; from++)
        if (code[from] != '\n') code[from] = ' ';
}

static size_t end_of_comment(size_t i)
{
    if (text[i + 1] == '/') {
        while (text[i] && text[i] != '\n') i++;
        return i;
    }
    const char *end = strstr(text + i + 2, "*/");
    return end ? (size_t)(end - text) + 2 : starts[lines];
}

static size_t end_of_literal(size_t i)
{
    char quote = text[i++];
    while (text[i] && text[i] != quote && text[i] != '\n')
        i += text[i] == '\\' && text[i + 1] ? 2 : 1;
    return i;
}

/* Blank comments and literals in code; calls on_line_comment for each comment that begins with two
 * slashes. */
static void strip(void (*on_line_comment)(size_t line))
{
    for (size_t i = 0; text[i]; i++) {
        size_t end;
        if (text[i] == '/' && (text[i + 1] == '*' || text[i + 1] == '/')) {
            if (text[i + 1] == '/' && on_line_comment) on_line_comment(line_of(code + i));
            end = end_of_comment(i);
            blank(i, end);
            i = end - 1;
        } else if (text[i] == '"' || text[i] == '\'') {
            end = end_of_literal(i);
            blank(i + 1, end);
            i = end;
            if (!text[i]) return;
        }
    }
}

static void take_tag(struct tag *list, size_t *count, const char *s, size_t line)
{
    size_t n = 0;
    struct tag *tag = &list[*count];

    if (*count == MAX_TAGS) {
        fprintf(stderr, "rooms: more than %d tags\n", MAX_TAGS);
        exit(2);
    }
    while (word(s[n]) || s[n] == '.') n++;
    if (n >= sizeof tag->name) n = sizeof tag->name - 1;
    memcpy(tag->name, s, n);
    tag->name[n] = '\0';
    tag->line = line;
    tag->room = -1;
    tag->kind = KIND_OTHER;
    (*count)++;
}

static int room_of(const char *name, size_t n)
{
    for (int i = 0; i < room_count; i++)
        if (same(name, n, rooms[i])) return i;
    return -1;
}

static void classify(struct tag *tag)
{
    char *dot = strchr(tag->name, '.');
    size_t n;

    if (!dot) return;
    n = (size_t)(dot - tag->name);
    tag->kind = !strcmp(dot, ".api") ? KIND_API : !strcmp(dot, ".impl") ? KIND_IMPL : KIND_OTHER;
    tag->room = room_of(tag->name, n);
    if (tag->room < 0 && tag->kind != KIND_OTHER) {
        memcpy(rooms[room_count], tag->name, n);
        rooms[room_count][n] = '\0';
        tag->room = room_count++;
    }
}

/* The contents list of the head comment, the anchors of the file, and from the contents the rooms
 * bottom up. */
static void find_tags(void)
{
    size_t head = end_of_comment(0);

    for (size_t i = 0; i < lines; i++) {
        const char *s = text + starts[i];
        if (starts[i] < head && begins(s, " *     @")) take_tag(contents, &content_count, s + 8, i);
        if (begins(s, "/* ==== @")) take_tag(anchors, &anchor_count, s + 9, i);
    }
    for (size_t i = 0; i < content_count; i++) classify(&contents[i]);
    for (size_t i = 0; i < anchor_count; i++) classify(&anchors[i]);
}

/* ---- the rules ---- */

static const struct tag *tag_named(const struct tag *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(list[i].name, name)) return &list[i];
    return NULL;
}

static void check_contents(void)
{
    if (content_count == 0) finding(0, "no contents list in the head");
    for (size_t i = 0; i < content_count; i++)
        if (!tag_named(anchors, anchor_count, contents[i].name))
            finding(contents[i].line, "@%s stands in the contents and has no anchor",
                    contents[i].name);
    for (size_t i = 0; i < anchor_count; i++) {
        const struct tag *first = tag_named(anchors, anchor_count, anchors[i].name);
        if (first != &anchors[i])
            finding(anchors[i].line, "@%s is anchored twice, first in line %lu", anchors[i].name,
                    (unsigned long)(first->line + 1));
        if (!tag_named(contents, content_count, anchors[i].name))
            finding(anchors[i].line, "@%s does not stand in the contents", anchors[i].name);
    }
    for (size_t i = 0; i < content_count && i < anchor_count; i++)
        if (strcmp(contents[i].name, anchors[i].name) != 0) {
            finding(anchors[i].line, "@%s stands where the contents have @%s", anchors[i].name,
                    contents[i].name);
            break;
        }
}

/* All .api, then @closure, then all .impl, and the rooms in the same order in both. */
static void check_order(void)
{
    const struct tag *closure = tag_named(anchors, anchor_count, "closure");
    int api = -1, impl = -1;

    if (!closure) {
        finding(0, "no @closure");
        return;
    }
    for (size_t i = 0; i < anchor_count; i++) {
        const struct tag *tag = &anchors[i];
        if (tag->kind == KIND_API) {
            if (tag->line > closure->line)
                finding(tag->line, "@%s stands behind @closure", tag->name);
            if (tag->room < api) finding(tag->line, "@%s stands out of order", tag->name);
            api = tag->room;
        } else if (tag->kind == KIND_IMPL) {
            if (tag->line < closure->line)
                finding(tag->line, "@%s stands before @closure", tag->name);
            if (tag->room < impl) finding(tag->line, "@%s stands out of order", tag->name);
            impl = tag->room;
        }
    }
    for (int i = 0; i < room_count; i++) {
        unsigned seen = 0;
        for (size_t k = 0; k < anchor_count; k++)
            if (anchors[k].room == i) seen |= anchors[k].kind == KIND_API ? 1 : 2;
        if (!(seen & 1)) finding(0, "@%s.api is missing", rooms[i]);
        if (!(seen & 2)) finding(0, "@%s.impl is missing", rooms[i]);
    }
}

/* The first occurrence of a whole word in the code behind from, NULL if there is none. */
static const char *used(const char *from, const char *name, size_t n)
{
    for (const char *p = from; *p; p++) {
        size_t length;
        if (!word(*p)) continue;
        length = word_length(p);
        if (length == n && memcmp(p, name, n) == 0) return p;
        p += length - 1;
    }
    return NULL;
}

/* `#ifndef NAME` directly followed by an empty `#define NAME`: an include guard, not an option. */
static bool is_guard(const char *name, size_t n)
{
    for (size_t i = 0; i + 1 < lines; i++) {
        const char *a = code + starts[i], *b = code + starts[i + 1];
        if (!begins(a, "#ifndef ") || !begins(b, "#define ")) continue;
        if (strncmp(a + 8, name, n) != 0 || word(a[8 + n])) continue;
        if (strncmp(b + 8, name, n) != 0 || word(b[8 + n])) continue;
        if (*skip_blanks(b + 8 + n) == '\n') return true;
    }
    return false;
}

static void check_options(void)
{
    const struct tag *config = tag_named(anchors, anchor_count, "config");
    struct name rows[256];
    size_t count = 0, indent = 0, end, first;

    if (!config) {
        finding(0, "no @config");
        return;
    }
    end = end_of_comment(starts[config->line]);
    for (first = config->line; first < lines && starts[first] < end; first++) {
        const char *s = text + starts[first], *where;
        size_t n;
        /* The heading says how far the rows are indented; lines that go on stand deeper. */
        if (begins(skip_blanks(s + 2), "name  ")) indent = (size_t)(skip_blanks(s + 2) - s);
        if (indent == 0 || (size_t)(skip_blanks(s + 2) - s) != indent || !begins(s + indent, "PYF"))
            continue;
        s += indent;
        n = word_length(s);
        where = skip_blanks(s + n);
        if (!begins(where, "impl ") && !begins(where, "all ")) {
            finding(first, "the option %.*s does not say where it must be defined", (int)n, s);
            continue;
        }
        for (size_t i = 0; i < count; i++)
            if (rows[i].length == n && !memcmp(rows[i].text, s, n))
                finding(first, "the option %.*s stands in the table twice", (int)n, s);
        if (!used(code + end, s, n))
            finding(first, "the option %.*s does not occur in the code", (int)n, s);
        if (count == sizeof rows / sizeof rows[0]) exit(2);
        rows[count].text = s;
        rows[count++].length = n;
    }
    if (count == 0) finding(config->line, "no option in the table of @config");
    for (const char *p = code; *p; p++) {
        size_t n, i;
        if (!word(*p)) continue;
        n = word_length(p);
        if (begins(p, "PYFEAT_")) {
            for (i = 0; i < count; i++)
                if (rows[i].length == n && !memcmp(rows[i].text, p, n)) break;
            if (i == count && !is_guard(p, n))
                finding(line_of(p), "%.*s does not stand in the table of @config", (int)n, p);
        }
        p += n - 1;
    }
}

static bool prefixed(const char *s)
{
    return begins(s, "PYF_") || begins(s, "PYFI_") || begins(s, "PYFEAT_") || begins(s, "pyf_") ||
           begins(s, "pyfi_");
}

/* The name behind `#define` if the line is one, else NULL. */
static const char *defined_here(size_t line)
{
    const char *s = skip_blanks(code + starts[line]);
    if (*s != '#') return NULL;
    s = skip_blanks(s + 1);
    if (!begins(s, "define ")) return NULL;
    return skip_blanks(s + 7);
}

static void check_macros(void)
{
    for (size_t i = 0; i < lines; i++) {
        const char *s = defined_here(i);
        if (s && !prefixed(s)) finding(i, "the macro %.*s has no prefix", (int)word_length(s), s);
    }
}

/* The room that a private name carries: that of pyfi_lru_get is lru. -1: none. */
static int carried(const char *s)
{
    char lower[64];
    size_t n = 0;

    if (!begins(s, "pyfi_") && !begins(s, "PYFI_")) return -1;
    for (s += 5; n < sizeof lower && isalnum((unsigned char)s[n]); n++)
        lower[n] = (char)tolower((unsigned char)s[n]);
    return n == sizeof lower ? -1 : room_of(lower, n);
}

static const char *behind_parentheses(const char *s)
{
    size_t depth = 0;
    do {
        depth += *s == '(';
        depth -= *s == ')';
        s++;
    } while (depth > 0 && *s);
    return s;
}

/* The private name that a line at file scope defines or declares, NULL if it does neither: a macro,
 * a function, a type or a variable. */
static const char *private_definition(size_t line)
{
    const char *s = defined_here(line), *end = code + starts[line + 1];

    if (s) return begins(s, "pyfi_") || begins(s, "PYFI_") ? s : NULL;
    s = code + starts[line];
    if (!isalpha((unsigned char)*s) && *s != '_') return NULL;
    while (s < end) {
        size_t n = word_length(s);
        const char *behind = skip_blanks(s + n);
        if (n > 0 && same(s, n, "__attribute__")) {
            s = behind_parentheses(behind);
        } else if (n > 0 && *behind && strchr("({=;[", *behind)) {
            return begins(s, "pyfi_") ? s : NULL;
        } else {
            s += n > 0 ? n : 1;
        }
    }
    return NULL;
}

/* A private name behind @closure carries its room, those of the lowest room may go without. */
static void check_names(void)
{
    for (size_t i = 0; i < lines; i++) {
        const struct tag *tag = under(i);
        const char *s;
        int room;
        if (!tag || tag->room < 0 || !(s = private_definition(i))) continue;
        room = carried(s);
        if (room < 0 && tag->kind == KIND_IMPL && tag->room > 0)
            finding(i, "the private name %.*s does not carry its room, %s", (int)word_length(s), s,
                    rooms[tag->room]);
        if (room >= 0 && room != tag->room)
            finding(i, "%.*s carries the name of %s and is defined in %s", (int)word_length(s), s,
                    rooms[room], rooms[tag->room]);
    }
}

/* A name belongs to the room it carries, or else to the room whose .api first mentions it: C
 * declares before it uses. A room must not use what belongs to a room that stands higher. */
static void check_references(void)
{
    struct name *known = must(malloc(sizeof *known));
    size_t count = 0;

    for (const char *p = code; *p; p++) {
        const struct tag *tag;
        size_t n, i;
        int home;
        if (!word(*p)) continue;
        n = word_length(p);
        tag = under(line_of(p));
        if (!prefixed(p) || begins(p, "PYFEAT_") || !tag || tag->room < 0) {
            p += n - 1;
            continue;
        }
        home = carried(p);
        for (i = 0; home < 0 && i < count; i++)
            if (known[i].length == n && !memcmp(known[i].text, p, n)) home = known[i].room;
        if (home < 0 && tag->kind == KIND_API) {
            known = must(realloc(known, (count + 2) * sizeof *known));
            known[count].text = p;
            known[count].length = n;
            known[count++].room = tag->room;
        }
        if (home > tag->room)
            finding(line_of(p), "%s uses %.*s of %s, a room above it", rooms[tag->room], (int)n, p,
                    rooms[home]);
        p += n - 1;
    }
    free(known);
}

/* Each declaration follows directly on a comment that says errors, threads, memory and Python's
 * counterpart, in this order. */
static void check_documents(void)
{
    static const char *const words[] = { "Errors:", "Threads:", "Memory:", "Python:" };

    for (size_t i = 0; i < lines; i++) {
        const struct tag *tag = under(i);
        const char *s = code + starts[i], *at, *end, *name;
        size_t first = i;

        if (!tag || tag->kind != KIND_API) continue;
        if (begins(s, "PYF_NODISCARD ")) s += strlen("PYF_NODISCARD ");
        if (!begins(s, "PYF_API ")) continue;
        for (name = s + strlen("PYF_API "); *name && !begins(name, "pyf_"); name++) {}
        for (const char *p = name; p && *p && *p != '('; p++)
            if (begins(p, "pyf_") && !word(p[-1])) name = p;
        if (i == 0 || !strstr(text + starts[i - 1], "*/") ||
            strstr(text + starts[i - 1], "*/") > text + starts[i]) {
            finding(i, "%.*s has no comment in front of it", (int)word_length(name), name);
            continue;
        }
        while (first > 0 && !begins(text + starts[first], "/*")) first--;
        at = text + starts[first];
        end = text + starts[i];
        for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
            const char *found = strstr(at, words[k]);
            if (!found || found > end) {
                finding(i, "the comment on %.*s lacks \"%s\", or has it out of order",
                        (int)word_length(name), name, words[k]);
                break;
            }
            at = found;
        }
    }
}

static void line_comment(size_t line) { finding(line, "a comment that begins with two slashes"); }

static void check_layout(void)
{
    for (size_t i = 0; i < lines; i++) {
        const char *s = text + starts[i], *directive = skip_blanks(code + starts[i]);
        size_t columns = 0, n = starts[i + 1] - starts[i];
        if (n > 0 && s[n - 1] == '\n') n--;
        if (memchr(s, '\t', n)) finding(i, "a tab");
        if (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\r'))
            finding(i, "white space at the end of the line");
        for (size_t k = 0; k < n; k++) columns += ((unsigned char)s[k] & 0xc0) != 0x80;
        if (columns > MAX_COLUMNS)
            finding(i, "%lu columns, more than %d", (unsigned long)columns, MAX_COLUMNS);
        if (*directive == '#' && begins(skip_blanks(directive + 1), "pragma"))
            finding(i, "a pragma");
    }
    for (const char *p = code; (p = used(p, "_Pragma", 7)) != NULL; p += 7)
        finding(line_of(p), "a pragma");
    memcpy(code, text, starts[lines] + 1);
    strip(line_comment);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*check)(void);
    } rules[] = {
        { "contents", check_contents },   { "order", check_order },
        { "options", check_options },     { "macros", check_macros },
        { "names", check_names },         { "references", check_references },
        { "documents", check_documents }, { "layout", check_layout },
    };
    unsigned passed = 0, failed = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: rooms pyfeat.h\n");
        return 2;
    }
    path = argv[1];
    load();
    strip(NULL);
    find_tags();
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        unsigned before = findings;
        rules[i].check();
        if (findings == before) passed++;
        else failed++;
        printf("%s %s\n", findings == before ? "ok  " : "FAIL", rules[i].name);
    }
    printf("%u passed, %u failed, 0 skipped\n", passed, failed);
    free(text);
    free(code);
    free(starts);
    return failed != 0;
}
