#!/bin/sh
# What the header leaves behind in other people's programs: exported symbols, variables, macros,
# included files, and the calls that it promises not to make.
#
#     symbols.sh CC BUILD-FOLDER
set -u
cc=$1 build=$2
printing='v?f?printf|__v?f?printf_chk|f?puts|putchar|fwrite|stdout|stderr|perror'
# What the linker puts in front of every C name: an underscore on some systems, mostly nothing.
underscore=$($cc -dM -E - < /dev/null 2> /dev/null | sed -n 's/^#define __USER_LABEL_PREFIX__ //p')
rm -rf "$build"
mkdir -p "$build"
results=$build/results   # a file, as much below runs at the end of a pipe, in a shell of its own
: > "$results"

# none NAME WHAT: passes if standard input is empty; what stands there is shown otherwise.
none()
{
    found=$(cat)
    if [ -z "$found" ]; then
        echo pass >> "$results"
    else
        echo fail >> "$results"
        echo "FAIL symbols/$1: $2"
        echo "$found" | sed 's/^/    /; 20q'
    fi
}

skip()
{
    echo skip >> "$results"
    echo "SKIP symbols/$1: $2"
}

# object NAME LANGUAGE-FLAGS...
object()
{
    out=$build/$1.o
    shift
    if ! $cc -O0 -DPYFEAT_IMPLEMENTATION "$@" -I.. -c tu/impl.c -o "$out" > "$build/log" 2>&1; then
        echo fail >> "$results"
        echo "FAIL symbols/$out: does not compile"
        sed 's/^/    /; 12q' "$build/log"
    fi
}

# The symbols that an object needs from elsewhere; some systems put an underscore before each.
undefined() { nm -P -u "$build/$1.o" | awk '{ print $1 }' | sed "s/^$underscore//"; }

check_object()
{
    nm -P -g "$build/$1.o" | awk '$2 ~ /^[A-TV-Z]$/ && $1 !~ /^_?pyf_/ { print $1, $2 }' |
        none "$1-exported" "exported symbols without the prefix"
    # What has a dot in it, or begins with an underscore, is the compiler's doing.
    nm -P "$build/$1.o" |
        awk '$2 !~ /^[Uw]$/ && $1 !~ /^_?(pyf|pyfi)_/ && $1 !~ /^_|[.]/ { print $1, $2 }' |
        none "$1-private" "private symbols without the prefix"
    # Thread-local variables have the type TLS, tables of constant addresses stand in .data.rel.ro:
    # neither is a global. With one thread, what would be thread-local is a plain variable.
    nm -f sysv "$build/$1.o" | awk -F'|' -v alone="${2:-}" '{ gsub(/ /, "") }
        $1 == alone || $4 == "TLS" || $7 ~ /^\.data\.rel\.ro/ { next }
        $3 ~ /^[bBdDcCsSgG]$/ { print $1, $3, $7 }' |
        none "$1-variables" "variables that outlive a call"
    # argparse is the one room that writes and ends the program, where its caller asks for that. A
    # worker process ends by _exit; without process pools nobody does.
    exits=_Exit
    case $1 in port_none | no_processes) exits='_?exit|_Exit|fork|mmap' ;; esac
    undefined "$1" | grep -Exv "exit|fwrite|stdout|stderr" |
        grep -Ex "abort|$exits|quick_exit|$printing|raise|signal" |
        none "$1-calls" "calls that print or end the program"
}

check_malloc()
{
    object no_malloc -DPYFEAT_NO_MALLOC=1
    undefined no_malloc |
        grep -Ex "malloc|free|calloc|realloc|aligned_alloc|posix_memalign|memalign|strdup" |
        none no_malloc "calls that allocate in spite of PYFEAT_NO_MALLOC"
    # The same question must have another answer without the option, or it was asked wrongly.
    if undefined default | grep -xq malloc; then
        echo pass >> "$results"
    else
        echo fail >> "$results"
        echo "FAIL symbols/malloc: the default does not call malloc"
    fi
}

# What one memoized function adds to a program.
check_memoized()
{
    case $($cc -dumpmachine 2> /dev/null) in
    x86_64*) ;;
    *)
        skip memoized "its size is known for x86-64"
        return
        ;;
    esac
    echo '#include "pyfeat.h"
PYF_LRU_CACHE(256, uint64_t, pyf_fib, (uint32_t, n))
{
    return n < 2 ? n : pyf_fib(n - 1) + pyf_fib(n - 2);
}' > "$build/memoized.c"
    $cc -std=c99 -Os -I.. -c "$build/memoized.c" -o "$build/memoized.o" &&
        size "$build/memoized.o" |
        awk 'NR == 2 && $1 <= 700 { fits = 1 } NR == 2 && !fits { print $1, "bytes" }
             END { if (NR != 2) print "no size" }' |
        none memoized-size "a memoized function of more than 700 bytes at -Os"
}

# The files that the preprocessor opens, by its line markers.
files() { sed -n 's/^# [0-9]* "\([^"]*\)".*/\1/p' | grep -Ev '/(base|public)\.c$' | sort -u; }

# leaks NAME FLAGS...: macros and files that the public part brings along besides the three headers
# that it may.
leaks()
{
    name=$1
    shift
    printf '#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n' > "$build/base.c"
    cp "$build/base.c" "$build/public.c"
    echo '#include "pyfeat.h"' >> "$build/public.c"
    $cc "$@" -dM -E "$build/base.c" > "$build/base.macros" 2> "$build/log"
    if [ ! -s "$build/base.macros" ]; then
        skip "$name-macros" "$cc does not list macros"
        return
    fi
    $cc "$@" -I.. -dM -E "$build/public.c" > "$build/public.macros"
    sort "$build/base.macros" > "$build/base.sorted"
    sort "$build/public.macros" > "$build/public.sorted"
    comm -13 "$build/base.sorted" "$build/public.sorted" | sed 's/^#define //' |
        grep -Ev '^(PYF_|PYFI_|PYFEAT_|pyf_|pyfi_)' |
        none "$name-macros" "macros without the prefix"
    $cc "$@" -E "$build/base.c" | files > "$build/base.files"
    $cc "$@" -I.. -E "$build/public.c" | files | comm -13 "$build/base.files" - |
        grep -v '^\.\./pyfeat\.h$' | none "$name-files" "included files"
}

leaks c99 -std=c99
leaks gnu
if $cc -x c++ -std=c++11 -E /dev/null > /dev/null 2>&1; then leaks c++11 -x c++ -std=c++11; fi

if command -v nm > /dev/null 2>&1; then
    object default
    check_object default
    object no_futex -DPYFEAT_NO_FUTEX=1
    check_object no_futex
    object lower_rooms -UPYFEAT_IMPLEMENTATION -DPYFEAT_FUTURES_IMPLEMENTATION \
        -DPYFEAT_BARRIER_IMPLEMENTATION
    undefined lower_rooms | grep -Ex "exit|fwrite|stdout|stderr" |
        none lower_rooms-calls "calls that print or end the program"
    object port_none -DPYFEAT_PORT_NONE=1
    check_object port_none pyfi_port_tls
    object no_processes -DPYFEAT_NO_PROCESSES=1
    check_object no_processes
    if command -v g++ > /dev/null 2>&1; then
        object cxx -x c++ -std=c++11
        check_object cxx
    fi
    check_malloc
    check_memoized
else
    skip symbols "nm not found"
fi
failed=$(grep -c fail "$results")
echo "$(grep -c pass "$results") passed, $failed failed, $(grep -c skip "$results") skipped"
[ "$failed" -eq 0 ]
