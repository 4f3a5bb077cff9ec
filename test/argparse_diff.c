/* Runs the cases that come on standard input, each ended by a line "." and writes their results,
 * each ended the same way. Driven by argparse_diff.py. */
#define PYFEAT_ARGPARSE_IMPLEMENTATION
#include "../pyfeat.h"
#define CASE_COLUMNS 1
#include "argparse_case.h"

int main(void)
{
    static char line[1 << 16];
    struct case_text text = { NULL, 0, 0 };
    case_puts(&text, "");
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *result;
        if (strcmp(line, ".\n") != 0) {
            case_puts(&text, line);
            continue;
        }
        result = case_run(text.at);
        (void)fputs(result, stdout);
        (void)puts(".");
        (void)fflush(stdout);
        free(result);
        text.n = 0;
        text.at[0] = '\0';
    }
    free(text.at);
    return 0;
}
