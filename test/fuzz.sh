#!/bin/sh
# A fuzzer under the sanitizers: its committed cases, and random changes of them.
#
#     fuzz.sh PROGRAM BUILD-FOLDER CC COUNT FILE...
set -u
program=$1 build=$2 cc=$3 count=$4
shift 4
mkdir -p "$build"
flags="-std=c99 -D_POSIX_C_SOURCE=200809L -g -O1 -fsanitize=address,undefined
    -fno-sanitize-recover=all"
echo 'int main(void) { return 0; }' > "$build/probe.c"
# shellcheck disable=SC2086
if ! $cc $flags "$build/probe.c" -o "$build/probe" > "$build/log" 2>&1 || ! "$build/probe"; then
    echo "SKIP $program: $cc has no sanitizers here"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
seed=${CHECK_SEED:-$(($(date +%s) * 1000003))}
# shellcheck disable=SC2086
if $cc $flags "$program.c" -o "$build/$program" > "$build/log" 2>&1 &&
    ASAN_OPTIONS=abort_on_error=1:quarantine_size_mb=8 UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1 \
        "$build/$program" "$count" "$seed" "$@" > "$build/log" 2>&1; then
    cat "$build/log"
    echo "1 passed, 0 failed, 0 skipped"
else
    cat "$build/log"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
