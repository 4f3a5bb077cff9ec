#!/bin/sh
# Does the checker see what it is there to see? Breaks a copy of the header in one way after the
# other and expects a finding that the header itself does not have.
#
#     rooms_selftest.sh ROOMS HEADER BUILD-FOLDER
set -u
rooms=$1 header=$2 build=$3
mkdir -p "$build"
copy=$build/pyfeat.h
passed=0 failed=0
"$rooms" "$header" > "$build/before.txt"

# breaks NAME FINDING SED-SCRIPT: the finding (a basic regular expression) appears only in the
# broken copy.
breaks()
{
    sed "$3" "$header" > "$copy"
    if "$rooms" "$copy" > "$build/after.txt"; then
        echo "FAIL rooms_selftest/$1: the broken copy passes"
        failed=$((failed + 1))
    elif cmp -s "$header" "$copy"; then
        echo "FAIL rooms_selftest/$1: nothing was broken"
        failed=$((failed + 1))
    elif grep -q "^pyfeat.h:[0-9]*: .*$2" "$build/before.txt"; then
        echo "FAIL rooms_selftest/$1: the header has this finding itself"
        failed=$((failed + 1))
    elif ! grep -q "^pyfeat.h:[0-9]*: .*$2" "$build/after.txt"; then
        echo "FAIL rooms_selftest/$1: another finding than expected"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
}

breaks anchor_renamed '@barriers.api does not stand in the contents' \
    's|^/\* ==== @barrier\.api |/* ==== @barriers.api |'
breaks anchor_lost '@history stands in the contents and has no anchor' \
    's|^/\* ==== @history |/* ---- @history |'
breaks anchor_twice '@port.impl is anchored twice' \
    's|^/\* ==== @barrier\.impl |/* ==== @port.impl |'
breaks contents_swapped '@barrier.api stands where the contents have @futures.api' \
    '/^ \*     @barrier\.api/s/barrier/swap/; /^ \*     @futures\.api/s/futures/barrier/
     /^ \*     @swap/s/swap/futures/'
breaks rooms_swapped '@base.api stands out of order' \
    's|^\(/\* ==== @\)base\.api |\1swap.api |; s|^\(/\* ==== @\)port\.api |\1base.api |
     s|^\(/\* ==== @\)swap\.api |\1port.api |'
breaks impl_before_closure '@base.impl stands before @closure' \
    's|^\(/\* ==== @\)closure |\1base.impl |; t
     s|^\(/\* ==== @\)base\.impl |\1closure |'
breaks option_unused 'the option PYFEAT_GHOST does not occur' \
    's|^\( \*  *PYFEAT_\)STATIC  *all |\1GHOST   all |'
breaks option_unlisted 'PYFEAT_STATIC does not stand in the table' \
    '/^ \*  *PYFEAT_STATIC  *all /d'
breaks option_nowhere 'does not say where it must be defined' \
    's|^\( \*  *PYFEAT_STATIC  *\)all |\1    |'
breaks macro_bare 'the macro BARRIER_INIT has no prefix' \
    's|^#define PYF_BARRIER_INIT|#define BARRIER_INIT|'
breaks macro_indented 'the macro LIMIT has no prefix' \
    's|^#define PYF_NOW .*|&\
# define LIMIT 3|'
breaks name_elsewhere 'pyfi_futures_stray carries the name of futures and is defined in barrier' \
    's|^/\* ==== @futures\.impl .*|static int pyfi_futures_stray(void) { return 1; }\
&|'
breaks name_roomless 'pyfi_stray does not carry its room' \
    's|^/\* ==== @futures\.impl .*|static int pyfi_stray(void) { return 1; }\
&|'
breaks upward_private 'port uses pyfi_futures_wake of futures' \
    's|^/\* ==== @math\.impl .*|static void pyfi_port_stray(void) { pyfi_futures_wake(); }\
&|'
breaks upward_public 'base uses pyf_barrier_reset of barrier' \
    's|^/\* ==== @port\.impl .*|static void pyfi_base_stray(void) { pyf_barrier_reset(NULL); }\
&|'
breaks upward_api 'barrier uses pyf_future_run of futures' \
    's|^/\* ==== @futures\.impl .*|static void pyfi_barrier_stray(void) { pyf_future_run(NULL); }\
&|'
breaks threads_lost 'the comment on pyf_barrier_reset lacks "Threads:"' \
    '/^ \* Errors: none\. .*Barrier\.reset()/s/Threads: any\. //'
breaks words_swapped 'the comment on pyf_barrier_broken lacks "Threads:"' \
    's|Errors: none\. Threads: any\. \(.*Barrier\.broken\.\)|Threads: any. Errors: none. \1|'
breaks comment_lost 'pyf_now_ms has no comment' \
    's|^PYF_API int64_t pyf_now_ms|\
&|'
breaks tab 'a tab' 's|^    uint16_t pyfi_parties|	uint16_t pyfi_parties|'
breaks white_space 'white space at the end' 's|^    uint16_t pyfi_parties;|& |'
breaks long_line '23[0-9] columns, more than 100' \
    "s|^    uintptr_t pyfi_lock;|& /* $(printf '%0200d' 0) */|"
breaks line_comment 'two slashes' 's|^#define PYF_NOW .*|& // now|'
breaks pragma 'a pragma' 's|^#define PYF_NOW .*|&\
#pragma once|'

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
