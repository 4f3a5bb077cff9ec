#!/bin/sh
# Line coverage of the implementation, from the test programs in several flavours together: a line
# counts as reached if one of them reaches it. The lines that none reaches go to
# BUILD-FOLDER/uncovered.txt.
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

# One folder for each program of each flavour, as gcov tells files apart by nothing but their names.
flavour()
{
    name=$1
    shift
    for program in $programs; do
        folder=$build/$name.$program
        mkdir -p "$folder"
        if ! (cd "$folder" &&
            $cc -std=c99 -D_POSIX_C_SOURCE=200809L -O0 -g --coverage -fprofile-update=atomic "$@" \
                "-I$here" -c "$here/$program.c" -o "$program.o" &&
            $cc --coverage "$program.o" -o "$program" -lpthread); then
            echo "coverage: $name/$program does not compile"
            continue
        fi
        echo "coverage: $name/$program: $( (cd "$folder" && ./"$program" 2>&1 | tail -n 1) )"
        (cd "$folder" && gcov "$program.o" > gcov.log 2>&1)
    done
}

flavour default
flavour no_futex -DPYFEAT_NO_FUTEX=1
flavour no_membarrier -DPYFEAT_NO_MEMBARRIER=1
flavour no_atomics -DPYFEAT_NO_ATOMICS=1
flavour c11_atomics -std=c11 -DPYFEAT_C11_ATOMICS=1
flavour port_none -DPYFEAT_PORT_NONE=1
flavour no_int128 -DPYFEAT_MATH_NO_INT128=1

# A line of gcov's is COUNT:NUMBER:SOURCE; the count is "-" where there is no code and hashes where
# nobody came.
first=$(sed -n '/^\/\* ==== @closure /=' ../pyfeat.h)
cat "$build"/*/pyfeat.h.gcov | awk -F: -v first="${first:-1}" -v list="$build/uncovered.txt" '
    { count = $1; gsub(/[ *]/, "", count); number = $2 + 0 }
    count != "-" && number >= first {
        source = $0; sub(/^[^:]*:[^:]*:/, "", source)
        code[number] = source
        if (count ~ /^[0-9]/ && count + 0 > 0) reached[number] = 1
        if (number > last) last = number
    }
    END {
        printf "" > list
        for (i = first; i <= last; i++) if (i in code) {
            total++
            if (i in reached) good++
            else printf "pyfeat.h:%d:%s\n", i, code[i] > list
        }
        printf "coverage: %.1f%% of %d lines, %d not reached (%s)\n",
            total ? 100 * good / total : 0, total, total - good, list
    }'
