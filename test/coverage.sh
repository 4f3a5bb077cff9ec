#!/bin/sh
# Coverage of the implementation, lines and branches, from the test programs in several flavours and
# the explorer together: a line, or a way out of a branch, counts as reached if one of them reaches
# it. What none reaches and coverage.txt does not list goes to BUILD-FOLDER/unlisted.txt; and the
# same of the explorer alone, for the rooms that wait.
#
#     coverage.sh BUILD-FOLDER CC PROGRAM...
#
# COVERAGE="default/lru_test tool/*" in the environment runs only these parts anew, and judges them
# together with what the last run left of the others.
set -u
build=$1 cc=$2
shift 2
programs=$*
here=$(pwd)
[ -n "${COVERAGE:-}" ] || rm -rf "$build"
mkdir -p "$build"
if ! command -v gcov > /dev/null 2>&1; then
    echo "SKIP coverage: gcov not found"
    exit 0
fi

# Nothing is inlined: each copy of a function would count on its own.
count="-O0 -g --coverage -Dalways_inline=unused"

# wanted PART: is it to run anew? Its folder is empty then.
wanted()
{
    folder=$build/$(echo "$1" | tr / .)
    if [ -n "${COVERAGE:-}" ]; then
        found=
        set -f
        for pattern in $COVERAGE; do
            # shellcheck disable=SC2254
            case $1 in $pattern) found=1 ;; esac
        done
        set +f
        [ -n "$found" ] || return 1
    fi
    rm -rf "$folder"
    mkdir -p "$folder"
    ln -s "$here/golden" "$folder/golden"
}

# One folder for each program of each flavour, as gcov tells files apart by nothing but their names.
flavour()
{
    name=$1
    shift
    for program in $programs; do
        case $name,$program in
        default,* | no_int128,math_test | no_int128,time_test) ;;
        no_int128,*) continue ;;
        port_none,time_test | port_none,argparse_test | *,lru_test) ;;
        *,math_test | *,time_test | *,argparse_test) continue ;; # only waiting differs
        esac
        wanted "$name/$program" || continue
        if ! (cd "$folder" &&
            $cc -std=c99 -D_POSIX_C_SOURCE=200809L $count -DCHECK_COVERAGE -fprofile-update=atomic \
                "$@" "-I$here" -c "$here/$program.c" -o "$program.o" &&
            $cc --coverage "$program.o" -o "$program" -lpthread) > "$folder/log" 2>&1; then
            echo "coverage: $name/$program does not compile"
            continue
        fi
        (cd "$folder" && ./"$program" > out 2>&1)
        grep '^FAIL ' "$folder/out"
        echo "coverage: $name/$program: $(tail -n 1 "$folder/out")"
        (cd "$folder" && gcov -b -c "$program.o" > gcov.log 2>&1)
    done
}

flavours()
{
    flavour default
    flavour no_futex -DPYFEAT_NO_FUTEX=1
    flavour refusing -DPYFEAT_NO_FUTEX=1 -include "$here/refusing.h"
    flavour no_membarrier -DPYFEAT_NO_MEMBARRIER=1
    flavour no_atomics -DPYFEAT_NO_ATOMICS=1
    flavour c11_atomics -std=c11 -DPYFEAT_C11_ATOMICS=1
    flavour port_none -DPYFEAT_PORT_NONE=1
    flavour no_int128 -DPYFEAT_NO_INT128=1 -DPYFEAT_MATH_NO_INT128=1
}

# tool PROGRAM LIBRARIES COMMAND...: a program that is no test program; the command runs it, with
# what stands in front of it, in its folder.
tool()
{
    program=$1 libraries=$2
    shift 2
    wanted "tool/$program" || return
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

tools()
{
    tool argparse_fuzz "" ./argparse_fuzz 200000 1 golden/argparse.txt golden/argparse_wide.txt \
        golden/argparse_fuzz.txt
    tool lru_fuzz "" ./lru_fuzz 100000 1 golden/lru_fuzz.txt
    if command -v python3 > /dev/null 2>&1; then
        tool argparse_diff "" sh -c "for wide in '' '--wide any'; do
            python3 '$here/argparse_diff.py' ./argparse_diff -n 8000 -s 5 \$wide; done"
        tool time_oracle "" python3 "$here/time_oracle.py" -n 100000 ./time_oracle
        tool math_calls -lm python3 "$here/math_python.py" ./math_calls 200
    else
        echo "SKIP coverage: no python3 to compare with"
    fi
    tool math_oracle "-lmpfr -lgmp" ./math_oracle -n 100000
}

# The explorer, with one preemption less than in the check.
explorer()
{
    wanted explore/explore || return
    if (cd "$folder" && $cc -std=gnu99 $count -fprofile-update=atomic -no-pie \
        -c "$here/explore/explore.c" -o explore.o && $cc --coverage -no-pie explore.o -o explore) \
        > "$folder/log" 2>&1; then
        echo "coverage: explore: $( (cd "$folder" && ./explore -j 2 -b +-1 2>&1 | tail -n 1) )"
        (cd "$folder" && gcov -b -c explore.o > gcov.log 2>&1)
    fi
}

# The room of TLS, with each Mbed TLS there is: ssl NAME FLAGS LIBRARIES.
wrap=
for name in calloc malloc free getaddrinfo pthread_create socket fcntl connect poll getsockopt send \
    recv fopen geteuid getegid; do
    wrap="$wrap -Wl,--wrap=$name"
done
ssl()
{
    wanted "ssl/$1" || return
    # shellcheck disable=SC2086
    if (cd "$folder" &&
        $cc -std=c99 -D_POSIX_C_SOURCE=200809L $count -DCHECK_COVERAGE -DSSL_WRAP \
            -fprofile-update=atomic $2 "-I$here" -c "$here/ssl_test.c" -o ssl_test.o &&
        $cc --coverage $wrap ssl_test.o -o ssl_test $3 -lpthread) > "$folder/log" 2>&1; then
        echo "coverage: ssl_test, $1: $(SSL_FOLDER="$certs" CHECK_ALARM=5 "$folder/ssl_test" 2>&1 |
            tail -n 1)"
        (cd "$folder" && gcov -b -c ssl_test.o > gcov.log 2>&1)
    else
        echo "SKIP coverage/ssl: Mbed TLS ($1) not found"
    fi
}

certs=$(cd "$build/.." && pwd)/certs
ssls()
{
    ssl system "" "-l:libmbedtls.a -l:libmbedx509.a -l:libmbedcrypto.a"
    for other in "$build/../mbedtls" "$build/../mbedtls_own"; do
        if [ -r "$other/done" ]; then
            ssl "$(basename "$other")" "$(cat "$other/cflags")" "$(cat "$other/libs")"
        fi
    done
}

# Clang's MC/DC of the default flavour, for the sake of the figure: which of the conditions of a
# decision have shown that they alone turn it.
mcdc()
{
    wanted mcdc/mcdc || return
    suffix=
    for version in "" -18 -19 -20 -21 -22; do
        major=$("clang$version" --version 2> /dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
        if [ "${major:-0}" -ge 18 ] && command -v "llvm-cov$version" > /dev/null 2>&1; then
            suffix=$version
            break
        fi
        major=
    done
    if [ -z "$major" ]; then
        echo "SKIP coverage/mcdc: needs clang 18 and its llvm-cov"
        return
    fi
    objects=
    for program in $programs; do
        if "clang$suffix" -std=c99 -D_POSIX_C_SOURCE=200809L -O0 -fprofile-instr-generate \
            -fcoverage-mapping -fcoverage-mcdc -fprofile-update=atomic "$program.c" \
            -o "$folder/$program" -lpthread > "$folder/log" 2>&1; then
            (cd "$folder" && LLVM_PROFILE_FILE=$program.%2m.profraw ./"$program" > out 2>&1)
            objects="$objects -object $folder/$program"
        fi
    done
    "llvm-profdata$suffix" merge -o "$folder/all.profdata" "$folder"/*.profraw > "$folder/log" 2>&1
    # shellcheck disable=SC2086
    "llvm-cov$suffix" report --show-mcdc-summary --instr-profile="$folder/all.profdata" \
        ${objects# -object } ../pyfeat.h 2>> "$folder/log" > "$folder/report"
    awk '$1 == "TOTAL" { printf "coverage: MC/DC of the default flavour: %s of %d conditions\n", $NF,
        $(NF - 2) }' "$folder/report"
}

flavours &
tools
explorer
ssls
mcdc
wait

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

line_of() { sed -n "/^\/\* ==== @$1 /=" ../pyfeat.h | sed 1q; }
if [ -f "$build/explore.explore/pyfeat.h.gcov" ]; then
    branches "barrier, by the explorer alone" "$(line_of barrier.impl)" "$(line_of futures.impl)" \
        "$build/explorer_barrier.txt" "$build/explore.explore/pyfeat.h.gcov"
    branches "futures, by the explorer alone" "$(line_of futures.impl)" "$(line_of lru.impl)" \
        "$build/explorer_futures.txt" "$build/explore.explore/pyfeat.h.gcov"
    branches "lru, by the explorer alone" "$(line_of lru.impl)" "$(line_of argparse.impl)" \
        "$build/explorer_lru.txt" "$build/explore.explore/pyfeat.h.gcov"
fi
branches "the whole" "$(line_of closure)" "$(line_of history)" "$build/branches.txt" \
    "$build"/*/pyfeat.h.gcov
if ls "$build"/ssl.*/pyfeat_ssl.h.gcov > /dev/null 2>&1; then
    first=$(sed -n '/^\/\* ==== @ssl.impl /=' ../pyfeat_ssl.h)
    branches "pyfeat_ssl.h" "$first" 1000000 "$build/branches_ssl.txt" \
        "$build"/ssl.*/pyfeat_ssl.h.gcov
fi
# What no test can reach stands in coverage.txt, with a reason each: a line or a way out of a branch
# that is neither reached nor listed there is a failure.
python3 coverage.py "$build" coverage.txt ../pyfeat.h ../pyfeat_ssl.h
