/* time_oracle.c - answers the questions on standard input, a line each: the other side of
 * time_oracle.py. */

#ifndef PYFEAT_NO_ZONEINFO
#define PYFEAT_NO_ZONEINFO 0
#endif
#define PYFEAT_TIME_IMPLEMENTATION
#include "../pyfeat.h"
#include "time_oracle.h"

int main(void)
{
    static char line[ORACLE_LINE], out[ORACLE_LINE];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        oracle_answer(line, out);
        for (char *p = out; *p != '\0'; p++)
            if (*p == '\n') *p = '~';
        puts(out);
    }
    return 0;
}
