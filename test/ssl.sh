#!/bin/sh
# Builds and runs the tests of pyfeat_ssl.h for each Mbed TLS that is here: the system's; that of
# another Debian release, which `make deps` unpacks into BUILD-FOLDER/mbedtls; and the one in the
# folder MBEDTLS of the environment, which is where 4.x comes from: its source, or where it is
# installed (make ssl MBEDTLS=/usr/src/mbedtls-4.0.0).
#
#     ssl.sh check BUILD-FOLDER CC     what fits into a few seconds
#     ssl.sh full BUILD-FOLDER CC      every shape, more flavours, every fault
set -u
mode=$1 build=$2 cc=$3
header=..
posix="-D_POSIX_C_SOURCE=200809L"
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-qual
    -Wcast-align -Wvla -Wdouble-promotion -Wswitch-enum -Werror"
c_warnings="$warnings -Wstrict-prototypes -Wmissing-prototypes"
asan="-g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"
tsan="-g -O1 -fsanitize=thread"
wrap="-DSSL_WRAP"
for name in calloc malloc free getaddrinfo pthread_create socket fcntl connect poll getsockopt send \
    recv fopen geteuid getegid; do
    wrap="$wrap -Wl,--wrap=$name"
done
mkdir -p "$build/ssl"
results=$build/ssl/results
: > "$results"
SSL_FOLDER=$(cd "$build" && pwd)/certs
export SSL_FOLDER

has() { command -v "$1" > /dev/null 2>&1; }
pass() { echo pass >> "$results"; }
fail()
{
    echo fail >> "$results"
    echo "FAIL ssl/$1"
    sed 's/^/    /; 12q' "$build/ssl/log"
}
skip()
{
    echo skip >> "$results"
    echo "SKIP ssl/$1: $2"
}

# expect NAME COMMAND...: passes if the command does.
expect()
{
    name=$1
    shift
    if "$@" > "$build/ssl/log" 2>&1; then pass; else fail "$name"; fi
}

# ---- which libraries there are: $version, $cflags and $libs of each ----

use()
{
    version=$1 cflags=$2 libs=$3
    printf '#include <mbedtls/version.h>\n#include <mbedtls/ssl.h>
int main(void) { mbedtls_ssl_context s; mbedtls_ssl_init(&s); return 0; }\n' > "$build/ssl/probe.c"
    # shellcheck disable=SC2086
    $cc $cflags "$build/ssl/probe.c" -o "$build/ssl/probe" $libs -lpthread \
        > "$build/ssl/log" 2>&1 || return 1
    printf '#include <mbedtls/version.h>\n#if MBEDTLS_VERSION_NUMBER >= 0x04000000\nyes\n#endif\n' \
        > "$build/ssl/four.c"
    # shellcheck disable=SC2086
    four=$($cc $cflags -E -P "$build/ssl/four.c" 2> /dev/null | tail -n 1)
}

libraries()
{
    echo "system||-l:libmbedtls.a -l:libmbedx509.a -l:libmbedcrypto.a"
    if [ -r "$build/mbedtls/done" ]; then
        echo "debian|$(cat "$build/mbedtls/cflags")|$(cat "$build/mbedtls/libs")"
    else
        echo "debian|missing|"
    fi
    own=$build/mbedtls_own
    if [ -n "${MBEDTLS:-}" ] && sh mbedtls.sh "$own" from "$MBEDTLS" > "$build/ssl/own" 2>&1; then
        echo "own|$(cat "$own/cflags")|$(cat "$own/libs")"
    else
        echo "own|missing|"
    fi
}

# Why there is no library of this name.
reason()
{
    case $1 in
    debian) echo "no other Mbed TLS in $build/mbedtls: make deps fetches one" ;;
    *) sed -n '$s/^mbedtls: //p' "$build/ssl/own" ;;
    esac
}

# ---- translation units: no warning, no name without the prefix ----

# compile NAME COMPILER DIALECT FLAGS...: the implementation alone.
compile()
{
    object=$build/ssl/$version.$1.o
    name=$1 compiler=$2 dialect=$3
    shift 3
    if ! has "$compiler"; then
        skip "$version/$name" "$compiler not found"
        return
    fi
    case $dialect in
    *++*) flags="-x c++ -std=$dialect $warnings" ;;
    *) flags="-std=$dialect $c_warnings" ;;
    esac
    echo '#include "pyfeat_ssl.h"' > "$build/ssl/impl.c"
    # shellcheck disable=SC2086
    expect "$version/$name" $compiler $flags $posix $cflags "-I$header" \
        -DPYFEAT_SSL_IMPLEMENTATION "$@" -c "$build/ssl/impl.c" -o "$object"
}

shapes()
{
    compile c99 "$cc" c99
    if [ "$mode" = full ] || [ "$version" = system ]; then # what differs little between versions
        compile clang clang c11
        compile static "$cc" c99 -DPYFEAT_STATIC=1 -DPYFEAT_SSL_ALLOW_INSECURE=1
    fi
    if [ "$mode" = full ] || [ "$version" != system ]; then compile cxx g++ c++11; fi
    compile small "$cc" c99 -DPYFEAT_SSL_NO_SOCKETS=1 -DPYFEAT_SSL_NO_FILES=1 \
        -DPYFEAT_SSL_NO_CLOCK=1 -DPYFEAT_NO_MALLOC=1 -DPYFEAT_PORT_NONE=1 \
        -DPYFEAT_NO_ZONEINFO=1
    [ "$mode" = full ] || return
    for dialect in c11 c17 gnu11; do compile $dialect "$cc" $dialect -O2; done
    for dialect in c99 c17; do compile clang_$dialect clang $dialect -O2; done
    for dialect in c++11 c++17; do
        compile clang_$dialect clang++ $dialect -O2
        compile gxx_$dialect g++ $dialect -O2
    done
    compile whole "$cc" c99 -DPYFEAT_IMPLEMENTATION -O2
    compile threads "$cc" c99 -DPYFEAT_NO_FUTEX=1 -DPYFEAT_NO_ATOMICS=1
}

# A symbol or a macro of ours without the prefix, or a file that the public part brings along.
prefixes()
{
    if ! has nm || [ ! -e "$build/ssl/$version.c99.o" ]; then return; fi
    nm -P "$build/ssl/$version.c99.o" |
        awk '$2 !~ /^[Uw]$/ && $1 !~ /^(pyf|pyfi)_/ && $1 !~ /^_|[.]/' > "$build/ssl/log"
    expect "$version/symbols" test ! -s "$build/ssl/log"
    nm -P -u "$build/ssl/$version.c99.o" | awk '{ print $1 }' |
        grep -Ex 'abort|_?exit|v?f?printf|f?puts|putchar|perror|signal|raise' > "$build/ssl/log"
    expect "$version/calls" test ! -s "$build/ssl/log"
    nm -P -u "$build/ssl/$version.small.o" | awk '{ print $1 }' |
        grep -Ex 'malloc|free|calloc|fopen|socket|time|getenv' > "$build/ssl/log"
    # Mbed TLS's own allocator is a macro for calloc in most builds
    expect "$version/firmware" sh -c "! grep -Ev '^(calloc|free)$' '$build/ssl/log'"
    printf '#include "pyfeat.h"\n' > "$build/ssl/base.c"
    printf '#include "pyfeat_ssl.h"\n' > "$build/ssl/public.c"
    $cc "-I$header" -dM -E "$build/ssl/base.c" | sort > "$build/ssl/base.macros"
    $cc "-I$header" -dM -E "$build/ssl/public.c" | sort | comm -13 "$build/ssl/base.macros" - |
        grep -Ev '^#define (PYF_|PYFI_|PYFEAT_|pyf_|pyfi_)' > "$build/ssl/log"
    expect "$version/macros" test ! -s "$build/ssl/log"
}

# What is missing in Mbed TLS's configuration is named when the header is compiled.
requirements()
{
    for option in MBEDTLS_SSL_ALPN MBEDTLS_SSL_SERVER_NAME_INDICATION MBEDTLS_X509_CRL_PARSE_C \
        MBEDTLS_HAVE_TIME_DATE MBEDTLS_SSL_KEEP_PEER_CERTIFICATE MBEDTLS_CTR_DRBG_C; do
        # 4.x needs no generator of ours
        if [ "$four" = yes ] && [ $option = MBEDTLS_CTR_DRBG_C ]; then continue; fi
        printf '#include <mbedtls/version.h>\n#undef %s\n#include "pyfeat_ssl.h"\n' $option \
            > "$build/ssl/lacks.c"
        # shellcheck disable=SC2086
        $cc $posix $cflags "-I$header" -DPYFEAT_SSL_IMPLEMENTATION -E "$build/ssl/lacks.c" \
            2>&1 > /dev/null | grep -q "lacks $option"
        if [ $? = 0 ]; then pass; else echo "not refused" > "$build/ssl/log"; fail "$version/$option"; fi
    done
}

# ---- the test program ----

# run NAME COMPILER FLAGS RUNNER ENVIRONMENT ARGUMENTS...
run()
{
    name=$1 compiler=$2 flags=$3 runner=$4 environment=$5
    program=$build/ssl/$version.$name
    shift 5
    if ! has "$compiler" || { [ -n "$runner" ] && ! has valgrind; }; then
        skip "$version/$name" "$compiler or valgrind not found"
        return
    fi
    # shellcheck disable=SC2086
    if ! $compiler -std=c99 $posix $flags $cflags ssl_test.c -o "$program" $libs -lpthread \
        > "$build/ssl/log" 2>&1; then
        fail "$version/$name: does not compile"
        return
    fi
    # shellcheck disable=SC2086
    env $environment $runner "$program" "$@" > "$program.out" 2>&1 < /dev/null
    line=$(tail -n 1 "$program.out")
    sed -n "s|^SKIP |SKIP ssl/$version/$name/|p" "$program.out"
    case $line in
    [0-9]*" passed, "*" failed, "*" skipped")
        # shellcheck disable=SC2086
        set -- $line
        awk -v p="$1" -v f="$3" -v s="$5" 'BEGIN { while (p-- > 0) print "pass"
            while (f-- > 0) print "fail"; while (s-- > 0) print "skip" }' >> "$results"
        ;;
    *) echo fail >> "$results" ;;
    esac
    case $line in
    *" 0 failed, "*) ;;
    *)
        echo "FAIL ssl/$version/$name: $line"
        grep -v '^SKIP ' "$program.out" | sed 's/^/    /; 40q'
        ;;
    esac
}

programs()
{
    slow="CHECK_ALARM=10 TSAN_OPTIONS=halt_on_error=1"
    grind="valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99"
    if [ "$mode" = check ]; then # one of them optimized, one with sanitizers; quick to compile
        if [ "$version" = system ]; then run native "$cc" "-O1 $wrap" "" CHECK_ALARM=2
        else run asan "$cc" "$asan -O0 $wrap" "" CHECK_ALARM=3; fi
        return
    fi
    run native "$cc" "-O2 $wrap" "" CHECK_ALARM=2
    run asan "$cc" "$asan $wrap" "" CHECK_ALARM=3
    run every_fault "$cc" "-O2 $wrap" "" "CHECK_ALARM=200 SSL_EVERY=1" -k fault
    run asan_fault "$cc" "$asan $wrap" "" "CHECK_ALARM=200 SSL_EVERY=20" -k fault
    run every_byte "$cc" "$asan $wrap" "" "CHECK_ALARM=100 SSL_EVERY=1" -k mutations
    run tsan "$cc" "$tsan" "" "$slow" -k shared_context
    run memcheck "$cc" "-g -O1" "$grind" CHECK_ALARM=20 -k c
    run clang clang "-O2 $wrap" "" CHECK_ALARM=2
    run cond "$cc" "-O2 -DPYFEAT_NO_FUTEX=1 -DPYFEAT_NO_ATOMICS=1" "" CHECK_ALARM=2
}

echo "mbedtls: no Mbed TLS 4: MBEDTLS=FOLDER names its source, or where it is installed" \
    > "$build/ssl/own"
libraries > "$build/ssl/libraries"
while IFS='|' read -r version cflags libs; do
    if [ "$cflags" = missing ]; then
        skip "$version" "$(reason "$version")"
    elif ! use "$version" "$cflags" "$libs"; then
        skip "$version" "Mbed TLS (libmbedtls-dev) not found"
    else
        shapes
        prefixes
        requirements
        programs
    fi
done < "$build/ssl/libraries"
failed=$(grep -c fail "$results")
echo "$(grep -c pass "$results") passed, $failed failed, $(grep -c skip "$results") skipped"
[ "$failed" -eq 0 ]
