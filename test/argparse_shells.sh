#!/bin/sh
# Completions of argparse in bash, zsh and fish themselves, and its manual page under mandoc.
#
#     argparse_shells.sh BUILD-FOLDER CC
set -u
build=$1 cc=$2
mkdir -p "$build"
if ! python3 -c 'import pty' > /dev/null 2>&1; then
    echo "SKIP argparse_shells: no python3 here"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
if ! $cc -std=c99 -D_POSIX_C_SOURCE=200809L -O1 argparse_tool.c -o "$build/argparse_tool" \
    > "$build/log" 2>&1; then
    echo "FAIL argparse_shells: does not compile"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
python3 argparse_shells.py "$build/argparse_tool" "$build"
