/* argparse_hooks.h - for argparse_test.c, before pyfeat.h: a locale with a decimal comma, and
 * terminals. Real ones are not everywhere. */
#ifndef ARGPARSE_HOOKS_H
#define ARGPARSE_HOOKS_H

#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ARGPARSE_EDGES_HOOKS 1

static const char *edge_point; /* the locale's decimal point, if it is another */
static int edge_columns = -1;  /* of the terminal; -1: there is none */
static int edge_terminal;      /* 1: standard output is one, 2: standard error is */

static inline struct lconv *edge_localeconv(void)
{
    static struct lconv l;
    if (edge_point == NULL) return localeconv();
    l.decimal_point = (char *)edge_point;
    return &l;
}

static inline double edge_strtod(const char *s, char **end)
{
    char copy[64], *point;
    size_t n = strcspn(s, "."), skipped = 0;
    double value;
    if (edge_point == NULL || n >= sizeof copy) return strtod(s, end);
    memcpy(copy, s, n);
    copy[n] = '\0';
    if ((point = strstr(copy, edge_point)) != NULL) {
        skipped = strlen(edge_point) - 1;
        *point = '.';
        memmove(point + 1, point + 1 + skipped, strlen(point + skipped));
    }
    value = strtod(copy, &point);
    if (end != NULL) *end = (char *)s + (point - copy) + skipped;
    return value;
}

static inline int edge_ioctl(int fd, unsigned long request, struct winsize *size)
{
    if (edge_columns < 0) return ioctl(fd, request, size);
    size->ws_col = (unsigned short)edge_columns;
    return 0;
}

static inline int edge_isatty(int fd) { return edge_terminal >> (fd - 1) & 1; }

#define localeconv edge_localeconv
#define strtod edge_strtod
#define ioctl edge_ioctl
#define isatty edge_isatty

#endif
