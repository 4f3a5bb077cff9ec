#!/bin/sh
# argparse against Python 3.11's, on random parsers, and as many of those further out: 400 always
# the same, or more with a fresh seed; or on all that CPython's own tests of argparse do and C can
# express, with the tables of characters.
#
#     argparse_diff.sh BUILD-FOLDER CC CASES|cpython
set -u
build=$1 cc=$2 cases=$3
seed=
[ "$cases" != 400 ] || seed="-s 5"
mkdir -p "$build"
version=$(python3 -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2> /dev/null)
case $version in
3.11.[4-8]) ;;
*)
    echo "SKIP argparse_diff: python3 is ${version:-not here}, and 3.11.7 is the reference"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
    ;;
esac
if ! $cc -std=c99 -D_POSIX_C_SOURCE=200809L -O1 argparse_diff.c -o "$build/argparse_diff" \
    > "$build/argparse_diff.log" 2>&1; then
    echo "FAIL argparse_diff: does not compile"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
export PYTHONIOENCODING=utf-8
if [ "$cases" = cpython ]; then
    set -- "argparse_cpython.py $build/argparse_diff" "argparse_unicode.py ../pyfeat.h"
else
    set -- "argparse_diff.py $build/argparse_diff -n $cases $seed" \
        "argparse_diff.py $build/argparse_diff -n $cases $seed --wide any"
fi
passed=0 failed=0 skipped=0
for run in "$@"; do
    # shellcheck disable=SC2086
    python3 $run > "$build/out" 2>&1
    sed '/ passed, .* skipped$/d' "$build/out"
    # shellcheck disable=SC2046
    set -- $(sed -n \
        's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' \
        "$build/out") 0 1 0
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
