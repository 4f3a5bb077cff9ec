/* phonebook - phone numbers from a database, asked for once each
 *
 *     phonebook -c DATABASE      make it, from lines NAME<tab>NUMBER of standard input
 *     phonebook DATABASE         the number of each name, one a line, of standard input
 *
 * The query stands behind a cache for the 100 names asked for last: a name that is asked for again
 * costs no query. A name that is not in the book is no result, so it is not remembered, and found
 * as soon as somebody adds it. */

#define PYFEAT_IMPLEMENTATION
#include "../pyfeat.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 256 };

struct number {
    char text[32];
};

static sqlite3 *book;
static sqlite3_stmt *query;
static unsigned long queries, errors;

static void complain(const char *what)
{
    fprintf(stderr, "phonebook: %s: %s\n", what, sqlite3_errmsg(book));
    errors++;
}

/* False: not in the book, or an error. Either way nothing is remembered. */
static PYF_LRU_CACHE_TRY(100, struct number, number_of, (PYF_KEY_STR(64), name))
{
    bool found = false;
    queries++;
    if (sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC) == SQLITE_OK) {
        int st = sqlite3_step(query);
        found = st == SQLITE_ROW;
        if (found)
            snprintf(out->text, sizeof out->text, "%s",
                     (const char *)sqlite3_column_text(query, 0));
        else if (st != SQLITE_DONE) complain(name);
    } else {
        complain(name);
    }
    (void)sqlite3_reset(query);
    return found;
}

static bool read_line(char *line)
{
    if (fgets(line, LINE, stdin) == NULL) return false;
    line[strcspn(line, "\n")] = '\0';
    return true;
}

static void look_up(void)
{
    char name[LINE];
    struct number number;
    if (sqlite3_prepare_v2(book, "SELECT number FROM phones WHERE name = ?", -1, &query, NULL) !=
        SQLITE_OK) {
        complain("query");
        return;
    }
    while (read_line(name)) {
        if (number_of(name, &number)) printf("%s: %s\n", name, number.text);
        else printf("%s: not in the book\n", name);
    }
    pyf_cache_info info = number_of_cache_info();
    fprintf(stderr,
            "%lu queries for %" PRIu64 " names: hits=%" PRIu64 ", misses=%" PRIu64
            ", maxsize=%zu, currsize=%zu\n",
            queries, info.hits + info.misses, info.hits, info.misses, info.maxsize, info.currsize);
    (void)sqlite3_finalize(query);
}

static bool run(const char *sql)
{
    if (sqlite3_exec(book, sql, NULL, NULL, NULL) == SQLITE_OK) return true;
    complain(sql);
    return false;
}

/* All of it or, at the first error, nothing. */
static void make(void)
{
    char line[LINE];
    sqlite3_stmt *add = NULL;
    if (!run("BEGIN") || !run("CREATE TABLE phones (name TEXT PRIMARY KEY, number TEXT NOT NULL)"))
        return;
    if (sqlite3_prepare_v2(book, "INSERT INTO phones VALUES (?, ?)", -1, &add, NULL) != SQLITE_OK)
        complain("insert");
    while (errors == 0 && read_line(line)) {
        char *number = strchr(line, '\t');
        if (number == NULL) {
            fprintf(stderr, "phonebook: no tab in \"%s\"\n", line);
            errors++;
            break;
        }
        *number++ = '\0';
        if (sqlite3_bind_text(add, 1, line, -1, SQLITE_TRANSIENT) != SQLITE_OK ||
            sqlite3_bind_text(add, 2, number, -1, SQLITE_TRANSIENT) != SQLITE_OK ||
            sqlite3_step(add) != SQLITE_DONE)
            complain(line);
        (void)sqlite3_reset(add);
    }
    (void)sqlite3_finalize(add);
    (void)run(errors == 0 ? "COMMIT" : "ROLLBACK");
}

int main(int argc, char **argv)
{
    bool making = argc == 3 && strcmp(argv[1], "-c") == 0;
    if (argc != 2 && !making) {
        fprintf(stderr, "usage: phonebook [-c] DATABASE < LINES\n");
        return 2;
    }
    int mode = making ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    if (sqlite3_open_v2(argv[argc - 1], &book, mode, NULL) != SQLITE_OK) complain(argv[argc - 1]);
    else if (making) make();
    else look_up();
    (void)sqlite3_close(book);
    return errors == 0 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
