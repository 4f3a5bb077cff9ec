#!/bin/sh
# Every schedule of every scenario in explore/. What it explores, and how: explore/explore.h.
#
#     explore.sh BUILD-FOLDER CC JOBS check    each scenario up to its bound
#     explore.sh BUILD-FOLDER CC JOBS full     the long ones too, with full fences only, under the
#                                              address sanitizer, and the explorer's own test: that
#                                              pruning loses nothing
set -u
build=$1 cc=$2 jobs=$3 mode=$4
passed=0 failed=0 skipped=0
mkdir -p "$build"

# add LINE: "N passed, N failed, N skipped" to the sum; anything else is one failure.
add()
{
    case $1 in
    *" passed, "*" failed, "*" skipped")
        set -- $1
        passed=$((passed + $1)) failed=$((failed + $3)) skipped=$((skipped + $5))
        ;;
    *) failed=$((failed + 1)) ;;
    esac
}

# make_explorer NAME FLAGS: the program $build/NAME, or a message.
make_explorer()
{
    name=$1
    shift
    if ! $cc -std=gnu99 -g -no-pie "$@" explore/explore.c -o "$build/$name" \
        > "$build/$name.log" 2>&1; then
        echo "FAIL explore/$name: does not compile"
        sed '12q' "$build/$name.log"
        failed=$((failed + 1))
        return 1
    fi
}

# explore NAME ARGUMENTS: run it, and add what it says.
explore()
{
    name=$1
    shift
    "$build/$name" -j "$jobs" "$@" > "$build/$name.out" 2>&1 < /dev/null
    sed '$d' "$build/$name.out" | sed "s|^ok |explore/$name: |"
    add "$(tail -n 1 "$build/$name.out")"
}

# same_ends NAME BOUND: are there as many different ends with pruning as without?
same_ends()
{
    for u in "" -u; do
        # shellcheck disable=SC2086
        "$build/explore" -j "$jobs" -e $u -b "$2" -k "$1" | grep ' different ends$' | sort \
            > "$build/ends$u.out"
    done
    if [ -s "$build/ends.out" ] && cmp -s "$build/ends.out" "$build/ends-u.out"; then
        add "1 passed, 0 failed, 0 skipped"
    else
        echo "FAIL explore: pruning loses schedules of $1"
        diff "$build/ends.out" "$build/ends-u.out" | sed '6q'
        failed=$((failed + 1))
    fi
}

if make_explorer explore -O2; then
    if [ "$mode" = full ]; then explore explore -f; else explore explore; fi
    same_ends barrier/ 2
    if [ "$mode" = full ]; then
        same_ends futures/ 2
        same_ends process/ 1
    fi
fi
if [ "$mode" = full ]; then
    explore explore -a -b 2
    make_explorer symmetric -O2 -DEX_SYMMETRIC && explore symmetric
    make_explorer asan -O1 -fsanitize=address,undefined -fno-sanitize-recover=all &&
        explore asan -b 1
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
