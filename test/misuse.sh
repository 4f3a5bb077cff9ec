#!/bin/sh
# Mistakes in calls of argparse that the compiler must see: each snippet is diagnosed, and the same
# call without the mistake is not.
#
#     misuse.sh BUILD-FOLDER
set -u
build=$1
passed=0 failed=0 skipped=0
mkdir -p "$build"

# try NAME ARGUMENTS: compiles a call with these arguments under -Werror; succeeds if it compiles.
try()
{
    printf '#include "pyfeat.h"
void use(pyf_parser *p);
void use(pyf_parser *p)
{
    static int n;
    static double d;
    (void)n;
    (void)d;
    pyf_parser_add_argument(p, %s);
}\n' "$2" > "$build/$1.c"
    $cc -std=c99 -Wall -Wextra -Wpedantic -Werror -I.. -c "$build/$1.c" -o "$build/$1.o" \
        > "$build/$1.log" 2>&1
}

# refused NAME WRONG RIGHT
refused()
{
    if try "$1" "$2"; then
        echo "FAIL misuse/$cc/$1: not diagnosed"
        failed=$((failed + 1))
    elif ! try "$1-right" "$3"; then
        echo "FAIL misuse/$cc/$1: the right call is refused"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
}

for cc in gcc clang; do
    if ! command -v $cc > /dev/null 2>&1; then
        echo "SKIP misuse/$cc: $cc not found"
        skipped=$((skipped + 1))
        continue
    fi
    refused destination '"-n", .to = PYF_INT(&d)' '"-n", .to = PYF_INT(&n)'
    refused fifth_name '"-a", "-b", "-c", "-d", "-e"' '"-a", "-b", "-c", "-d"'
    refused misspelt '"-n", .halp = "x"' '"-n", .help = "x"'
    refused twice '"-n", .help = "x", .help = "y"' '"-n", .help = "x"'
    refused no_list '"-n", .choices = "x"' '"-n", .choices = PYF_LIST("x")'
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
