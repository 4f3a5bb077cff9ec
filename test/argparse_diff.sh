#!/bin/sh
# argparse against Python 3.11's, on random parsers: 400 always the same, or more with a fresh seed;
# or on all that CPython's own tests of argparse do and C can express.
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
    python3 argparse_cpython.py "$build/argparse_diff"
else
    python3 argparse_diff.py "$build/argparse_diff" -n "$cases" $seed
fi
