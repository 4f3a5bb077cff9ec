#!/bin/sh
# What argparse adds to a program at -Os, in bytes of code: the functions of pyfeat.h that are left when the linker has
# dropped what is not used. libc is not counted.
#
#     argparse_size.sh BUILD-FOLDER CC
set -u
build=$1 cc=$2
mkdir -p "$build"

# size NAME STATEMENTS
size()
{
    cat > "$build/size.c" << END
#define PYFEAT_ARGPARSE_IMPLEMENTATION
#include "../pyfeat.h"
static int n;
static bool b;
static const char *s;
static const pyf_argument table[] = { PYF_ARG("s", .to = PYF_STR(&s)), PYF_ARG("-n", "--num", .to = PYF_INT(&n)),
                                      PYF_ARG("-v", .action = "store_true", .to = PYF_BOOL(&b)) };
int main(int argc, char **argv)
{
    static union {
        void *aligned;
        char bytes[4096];
    } memory;
    pyf_parser_error e;
    pyf_parser *p = pyf_argument_parser(.memory = &memory, .memory_size = sizeof memory);
    int st = pyf_parser_add_arguments(p, table, 3);
    $2
    return st + n + b + (s != NULL);
}
END
    if ! $cc -std=c99 -D_DEFAULT_SOURCE -Os -I. -ffunction-sections -fdata-sections -Wl,--gc-sections "$build/size.c" \
        -o "$build/size" > "$build/log" 2>&1; then
        echo "$1: does not build"
        sed 5q "$build/log"
        return
    fi
    nm -S -t d "$build/size" |
        awk -v name="$1" '$3 ~ /^[tT]$/ && $4 ~ /^pyfi?_/ { sum += $2 } END { printf "%-40s %6d\n", name, sum }'
}

parse='st += pyf_parser_try_parse_args(p, argc, argv, &e);'
extras='st += pyf_parser_print_completion(p, "bash", 1) + pyf_parser_print_man(p, "", 1);'
size "parsing alone" "$parse"
size "with help and messages" "st += pyf_parser_parse_args(p, argc, argv); (void)e;"
size "with completions and manual page too" "st += pyf_parser_parse_args(p, argc, argv); (void)e; $extras"
