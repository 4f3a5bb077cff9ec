#!/bin/sh
# The time room against Python itself, and on other machines.
#
#     time.sh BUILD-FOLDER CC check|full
#
# A share of the questions of time_oracle.py; in full a million of them, on each machine, every
# transition of every zone, and the proof of time_proof.sh. The other machines (32-bit ARM, and
# s390x, which has its bytes the other way round) are emulated.
set -u
build=$1 cc=$2 mode=$3
passed=0 failed=0 skipped=0
mkdir -p "$build"

has() { command -v "$1" > /dev/null 2>&1; }

skip()
{
    echo "SKIP time/$1: $2"
    skipped=$((skipped + 1))
}

# part NAME COMMAND...: shows what a command says if its last line tells of failures.
part()
{
    name=$1
    shift
    "$@" > "$build/$name.out" 2>&1
    line=$(tail -n 1 "$build/$name.out")
    case $line in
    [0-9]*" passed, "*" failed, "*" skipped") ;;
    *) line="0 passed, 1 failed, 0 skipped" ;;
    esac
    sed -n "s|^SKIP |SKIP time/$name/|p" "$build/$name.out"
    case $line in
    *" 0 failed, "*) ;;
    *) echo "FAIL time/$name"; sed '30q' "$build/$name.out" ;;
    esac
    # shellcheck disable=SC2086
    set -- $line
    passed=$((passed + $1)) failed=$((failed + $3)) skipped=$((skipped + $5))
}

# build NAME PROGRAM COMPILER FLAGS
build()
{
    # shellcheck disable=SC2086
    $3 -std=c99 -D_POSIX_C_SOURCE=200809L $4 "$2.c" -o "$build/$1.$2" -lpthread \
        > "$build/log" 2>&1 && return
    echo "FAIL time/$1: $2 does not compile"
    sed '12q' "$build/log"
    failed=$((failed + 1))
    return 1
}

# machine NAME COMPILER FLAGS EMULATOR: the questions, and in full the tests of the room.
machine()
{
    on=$1 compiler=$2 flags=$3 emulator=$4
    if ! has "${compiler%% *}"; then skip "$on" "${compiler%% *} not found"; return; fi
    if [ -n "$emulator" ] && ! has "$emulator"; then skip "$on" "$emulator not found"; return; fi
    if [ "$mode" = full ] && build "$on" time_test "$compiler" "$flags"; then
        part "$on.tests" $emulator "$build/$on.time_test"
    fi
    if ! has python3; then skip "$on" "python3 not found"; return; fi
    build "$on" time_oracle "$compiler" "$flags" || return
    part "$on" python3 time_oracle.py -n "$cases" $emulator "$build/$on.time_oracle"
}

cases=8000 optimize=-O1
[ "$mode" = full ] && cases=1000000 optimize=-O2
machine native "$cc" $optimize ""
if [ "$mode" = full ]; then
    machine no_int128 "$cc" "-O2 -DPYFEAT_NO_INT128=1" ""
    machine sanitized "$cc" "-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all" ""
fi
[ "$mode" = full ] || cases=4000
CHECK_ALARM=5 CHECK_FLAVOUR=emulated
export CHECK_ALARM CHECK_FLAVOUR
machine armhf arm-linux-gnueabihf-gcc "$optimize -static" qemu-arm
machine s390x s390x-linux-gnu-gcc "$optimize -static" qemu-s390x
[ "$mode" = full ] && part proof sh time_proof.sh "$build/proof"
if has python3; then
    [ "$mode" = full ] && part zones python3 time_oracle.py --zones "$build/native.time_oracle"
    part table python3 time_table.py --check
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
