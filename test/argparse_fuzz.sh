#!/bin/sh
# argparse_fuzz.c under the sanitizers: the committed cases, and random changes of them.
#
#     argparse_fuzz.sh BUILD-FOLDER CC COUNT
set -u
build=$1 cc=$2 count=$3
mkdir -p "$build"
flags="-std=c99 -D_POSIX_C_SOURCE=200809L -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all"
echo 'int main(void) { return 0; }' > "$build/probe.c"
# shellcheck disable=SC2086
if ! $cc $flags "$build/probe.c" -o "$build/probe" > "$build/log" 2>&1 || ! "$build/probe"; then
    echo "SKIP argparse_fuzz: $cc has no sanitizers here"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
seed=${CHECK_SEED:-$(($(date +%s) * 1000003))}
# shellcheck disable=SC2086
if $cc $flags argparse_fuzz.c -o "$build/argparse_fuzz" > "$build/log" 2>&1 &&
    ASAN_OPTIONS=abort_on_error=1:quarantine_size_mb=8 UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1 \
        "$build/argparse_fuzz" "$count" "$seed" golden/argparse.txt golden/argparse_fuzz.txt \
        > "$build/log" 2>&1; then
    cat "$build/log"
    echo "1 passed, 0 failed, 0 skipped"
else
    cat "$build/log"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
