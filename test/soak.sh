#!/bin/sh
# Random work on real threads, with random yields, for a stated time: the cases of the test programs
# that are random or repeat a race, with another seed each time.
#
#     soak.sh BUILD-FOLDER CC SECONDS
set -u
build=$1 cc=$2 seconds=$3
mkdir -p "$build"
posix="-std=c99 -D_POSIX_C_SOURCE=200809L -include chaos.h"
passed=0 failed=0 rounds=0
for name in native tsan; do
    flags=-O2
    [ "$name" = tsan ] && flags="-g -O1 -fsanitize=thread"
    for program in futures_test barrier_test poll_test; do
        # shellcheck disable=SC2086
        if ! $cc $posix $flags "$program.c" -o "$build/$name-$program" -lpthread \
            > "$build/$name-$program.log" 2>&1; then
            echo "FAIL soak/$name-$program: does not compile"
            failed=$((failed + 1))
        fi
    done
done

# one PROGRAM CASE: the cases with this in their name, once.
one()
{
    [ -x "$build/$1" ] || return
    if CHECK_ALARM=20 TSAN_OPTIONS=halt_on_error=1 "$build/$1" -k "$2" > "$build/out" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        sed "s|^|soak/$1: |; 40q" "$build/out"
    fi
}

begun=$(date +%s)
while [ $(($(date +%s) - begun)) -lt "$seconds" ] && [ "$failed" -lt 5 ]; do
    for name in native tsan; do
        one "$name-futures_test" random
        one "$name-futures_test" "freed at once"
        one "$name-futures_test" many
        one "$name-futures_test" shutdown
        one "$name-barrier_test" random
        one "$name-poll_test" threads
    done
    rounds=$((rounds + 1))
done
echo "ok soak: $rounds rounds in $(($(date +%s) - begun)) s"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
