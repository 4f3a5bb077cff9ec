/* argparse_hooks.h - for argparse_test.c, before pyfeat.h: a locale with a decimal comma, and terminals.
 * Real ones are not everywhere. */
#ifndef ARGPARSE_HOOKS_H
#define ARGPARSE_HOOKS_H

#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ARGPARSE_EDGES_HOOKS 1

static bool edge_comma;           /* the locale's decimal point is a comma */
static unsigned short edge_columns; /* of the terminal; 0: there is none */
static int edge_terminal;         /* 1: standard output is one, 2: standard error is */

static inline struct lconv *edge_localeconv(void)
{
    static char comma[] = ",";
    static struct lconv l;
    if (!edge_comma) return localeconv();
    l.decimal_point = comma;
    return &l;
}

static inline double edge_strtod(const char *s, char **end)
{
    char copy[64];
    size_t n = strcspn(s, ".");
    double value;
    if (!edge_comma || n >= sizeof copy) return strtod(s, end);
    memcpy(copy, s, n);
    copy[n] = '\0';
    if (strchr(copy, ',') != NULL) *strchr(copy, ',') = '.';
    value = strtod(copy, end);
    if (end != NULL) *end = (char *)s + (*end - copy);
    return value;
}

static inline int edge_ioctl(int fd, unsigned long request, struct winsize *size)
{
    if (edge_columns == 0) return ioctl(fd, request, size);
    size->ws_col = edge_columns;
    return 0;
}

static inline int edge_isatty(int fd) { return edge_terminal >> (fd - 1) & 1; }

#define localeconv edge_localeconv
#define strtod edge_strtod
#define ioctl edge_ioctl
#define isatty edge_isatty

#endif
