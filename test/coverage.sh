#!/bin/sh
# Coverage of the implementation, lines and branches, from the test programs in several flavours and
# the explorer together: a line, or a way out of a branch, counts as reached if one of them reaches
# it. What none reaches and coverage.txt does not list goes to BUILD-FOLDER/unlisted.txt; and the
# same of the explorer alone, for the rooms that wait.
#
#     coverage.sh BUILD-FOLDER CC PROGRAM...
set -u
build=$1 cc=$2
shift 2
programs=$*
here=$(pwd)
rm -rf "$build"
mkdir -p "$build"
if ! command -v gcov > /dev/null 2>&1; then
    echo "SKIP coverage: gcov not found"
    exit 0
fi

# Nothing is inlined: each copy of a function would count on its own.
count="-O0 -g --coverage -Dalways_inline=unused"

# One folder for each program of each flavour, as gcov tells files apart by nothing but their names.
flavour()
{
    name=$1
    shift
    for program in $programs; do
        case $name,$program in
        default,* | port_none,* | no_int128,* | *,lru_test) ;;
        *,math_test | *,time_test | *,argparse_test) continue ;; # only waiting differs
        esac
        folder=$build/$name.$program
        mkdir -p "$folder"
        ln -s "$here/golden" "$folder/golden"
        if ! (cd "$folder" &&
            $cc -std=c99 -D_POSIX_C_SOURCE=200809L $count -DCHECK_COVERAGE -fprofile-update=atomic \
                "$@" "-I$here" -c "$here/$program.c" -o "$program.o" &&
            $cc --coverage "$program.o" -o "$program" -lpthread); then
            echo "coverage: $name/$program does not compile"
            continue
        fi
        echo "coverage: $name/$program: $( (cd "$folder" && ./"$program" 2>&1 | tail -n 1) )"
        (cd "$folder" && gcov -b -c "$program.o" > gcov.log 2>&1)
    done
}

flavour default
flavour no_futex -DPYFEAT_NO_FUTEX=1 -DPYFEAT_NO_INT128=1
flavour refusing -DPYFEAT_NO_FUTEX=1 -include "$here/refusing.h"
flavour no_membarrier -DPYFEAT_NO_MEMBARRIER=1
flavour no_atomics -DPYFEAT_NO_ATOMICS=1
flavour c11_atomics -std=c11 -DPYFEAT_C11_ATOMICS=1
flavour port_none -DPYFEAT_PORT_NONE=1
flavour no_int128 -DPYFEAT_MATH_NO_INT128=1

# tool PROGRAM LIBRARIES COMMAND...: a program that is no test program; the command runs it, with
# what stands in front of it, in its folder.
tool()
{
    program=$1 libraries=$2 folder=$build/tool.$1
    shift 2
    mkdir -p "$folder"
    ln -s "$here/golden" "$folder/golden"
    # shellcheck disable=SC2086
    if ! (cd "$folder" &&
        $cc -std=c99 -D_POSIX_C_SOURCE=200809L $count "-I$here" -c "$here/$program.c" \
            -o "$program.o" &&
        $cc --coverage "$program.o" -o "$program" $libraries) > "$folder/log" 2>&1; then
        echo "SKIP coverage/$program: does not compile here"
        return
    fi
    echo "coverage: $program: $( (cd "$folder" && "$@" 2>&1 | tail -n 1) )"
    (cd "$folder" && gcov -b -c "$program.o" > gcov.log 2>&1)
}

tool argparse_fuzz "" ./argparse_fuzz 200000 1 golden/argparse.txt golden/argparse_fuzz.txt
tool lru_fuzz "" ./lru_fuzz 100000 1 golden/lru_fuzz.txt
if command -v python3 > /dev/null 2>&1; then
    tool argparse_diff "" python3 "$here/argparse_diff.py" ./argparse_diff -n 10000 -s 5
    tool time_oracle "" python3 "$here/time_oracle.py" -n 100000 ./time_oracle
    tool math_calls -lm python3 "$here/math_python.py" ./math_calls 200
else
    echo "SKIP coverage: no python3 to compare with"
fi
tool math_oracle "-lmpfr -lgmp" ./math_oracle -n 100000

# The explorer, with one preemption less than in the check.
explorer=$build/explore.explore
mkdir -p "$explorer"
if (cd "$explorer" && $cc -std=gnu99 $count -fprofile-update=atomic -no-pie \
    -c "$here/explore/explore.c" -o explore.o && $cc --coverage -no-pie explore.o -o explore); then
    echo "coverage: explore: $( (cd "$explorer" && ./explore -j 2 -b +-1 2>&1 | tail -n 1) )"
    (cd "$explorer" && gcov -b -c explore.o > gcov.log 2>&1)
fi

# branches NAME FIRST LAST LIST FILE...: how many ways out of branches were taken, of the lines of
# the header that the files of gcov are about, from FIRST to LAST.
branches()
{
    name=$1 from=$2 to=$3 list=$4
    shift 4
    header=$(basename "$1" .gcov)
    cat "$@" | awk -v name="$name" -v first="$from" -v last="$to" -v list="$list" \
        -v header="$header" '
        /^ *[^ :]+: *[0-9]+:/ {
            split($0, part, ":"); number = part[2] + 0; count = part[1]; gsub(/[ *]/, "", count)
            source = $0; sub(/^[^:]*:[^:]*:/, "", source); code[number] = source; way = 0
            if (number >= first && number <= last && count != "-") {
                lines[number] = 1
                if (count ~ /^[0-9]/ && count + 0 > 0) reached[number] = 1
            }
        }
        /^branch / && number >= first && number <= last {
            key = number " " way++; ways[key] = 1
            if ($3 == "taken" && $4 + 0 > 0) taken[key] = 1
        }
        END {
            for (n in lines) { total++; if (n in reached) good++ }
            for (key in ways) { all++; if (key in taken) some++
                else { split(key, part, " "); missing[part[1]]++ } }
            printf "" > list
            for (i = first; i <= last; i++)
                if (i in missing)
                    printf "%s:%d: %d not taken:%s\n", header, i, missing[i], code[i] > list
            printf "coverage: %s: %.1f%% of %d lines, %.1f%% of %d ways out of branches\n", name,
                total ? 100 * good / total : 0, total, all ? 100 * some / all : 0, all
        }'
}

# The room of TLS, with each Mbed TLS there is: ssl NAME FLAGS LIBRARIES.
ssl()
{
    folder=$build/ssl_$1
    mkdir -p "$folder"
    # shellcheck disable=SC2086
    if (cd "$folder" &&
        $cc -std=c99 -D_POSIX_C_SOURCE=200809L -O0 -g --coverage -DCHECK_COVERAGE -DSSL_WRAP \
            -fprofile-update=atomic $2 "-I$here" -c "$here/ssl_test.c" -o ssl_test.o &&
        $cc --coverage -Wl,--wrap=calloc,--wrap=malloc,--wrap=free,--wrap=getaddrinfo ssl_test.o -o ssl_test \
            $3 -lpthread) > "$folder/log" 2>&1; then
        echo "coverage: ssl_test, $1: $(SSL_FOLDER="$certs" CHECK_ALARM=5 "$folder/ssl_test" 2>&1 |
            tail -n 1)"
        (cd "$folder" && gcov -b -c ssl_test.o > gcov.log 2>&1)
    else
        echo "SKIP coverage/ssl: Mbed TLS ($1) not found"
    fi
}

certs=$(cd "$build/.." && pwd)/certs
other=$build/../mbedtls
ssl system "" "-l:libmbedtls.a -l:libmbedx509.a -l:libmbedcrypto.a"
if [ -r "$other/done" ]; then ssl debian "$(cat "$other/cflags")" "$(cat "$other/libs")"; fi

line_of() { sed -n "/^\/\* ==== @$1 /=" ../pyfeat.h | sed 1q; }
if [ -f "$explorer/pyfeat.h.gcov" ]; then
    branches "barrier, by the explorer alone" "$(line_of barrier.impl)" "$(line_of futures.impl)" \
        "$build/explorer_barrier.txt" "$explorer/pyfeat.h.gcov"
    branches "futures, by the explorer alone" "$(line_of futures.impl)" "$(line_of lru.impl)" \
        "$build/explorer_futures.txt" "$explorer/pyfeat.h.gcov"
    branches "lru, by the explorer alone" "$(line_of lru.impl)" "$(line_of argparse.impl)" \
        "$build/explorer_lru.txt" "$explorer/pyfeat.h.gcov"
fi
branches "the whole" "$(line_of closure)" "$(line_of history)" "$build/branches.txt" \
    "$build"/*/pyfeat.h.gcov
if ls "$build"/ssl_*/pyfeat_ssl.h.gcov > /dev/null 2>&1; then
    first=$(sed -n '/^\/\* ==== @ssl.impl /=' ../pyfeat_ssl.h)
    branches "pyfeat_ssl.h" "$first" 1000000 "$build/branches_ssl.txt" \
        "$build"/ssl_*/pyfeat_ssl.h.gcov
fi
version=$(clang --version 2> /dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
if [ "${version:-0}" -lt 18 ]; then
    echo "SKIP coverage/mcdc: needs clang 18, here is ${version:-none}"
fi
# What no test can reach stands in coverage.txt, with a reason each: a line or a way out of a branch
# that is neither reached nor listed there is a failure.
python3 coverage.py "$build" ../pyfeat.h coverage.txt
