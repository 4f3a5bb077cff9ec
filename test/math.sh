#!/bin/sh
# The math room against MPFR, Python and itself: right results, Python's errors, the same bits from
# every compiler, with every option and on every processor that can be had here.
#
#     math.sh check|full BUILD-FOLDER CC
#
# full tries 1e7 points for each function (POINTS in the environment: another number), 1e6 results
# for each checksum and more ways to build.
set -u
mode=$1 build=$2 cc=$3
passed=0 failed=0 skipped=0
posix="-std=c99 -D_POSIX_C_SOURCE=200809L"
points=${POINTS:-100000} small_points=5000 inputs=200 results=500
if [ "$mode" = full ]; then
    points=${POINTS:-10000000} small_points=$points inputs=20000 results=100000
fi
rm -rf "$build"
mkdir -p "$build"

has() { command -v "$1" > /dev/null 2>&1; }

skip()
{
    echo "SKIP math/$1: $2"
    skipped=$((skipped + 1))
}

pass() { passed=$((passed + 1)); }

fail()
{
    echo "FAIL math/$1: $2"
    failed=$((failed + 1))
}

# checker NAME COMMAND...: a program whose last line is its sum.
checker()
{
    name=$1
    shift
    "$@" > "$build/$name.out" 2>&1
    line=$(tail -n 1 "$build/$name.out")
    case $line in
    [0-9]*" passed, "*" failed, "*" skipped") ;;
    *) line="0 passed, 1 failed, 0 skipped" ;;
    esac
    case $line in
    *" 0 failed, "*) ;;
    *) grep -v '^ok ' "$build/$name.out" | sed "s|^|math/$name: |; 40q" ;;
    esac
    grep '^SKIP ' "$build/$name.out"
    set -- $line
    passed=$((passed + $1)) failed=$((failed + $3)) skipped=$((skipped + $5))
}

# compile NAME SOURCE COMPILER FLAGS...: with the libraries of $libraries
libraries=
compile()
{
    out=$build/$1 source=$2
    shift 2
    # shellcheck disable=SC2086
    "$@" "$source" -o "$out" $libraries > "$out.log" 2>&1
}

# ---- tables, MPFR, Python ----

if has python3 && python3 -c 'import mpmath' > /dev/null 2>&1; then
    checker tables python3 math_tables.py --check ../pyfeat.h
    if [ "$mode" = full ]; then checker bounds python3 math_bounds.py ../pyfeat.h; fi
else
    skip tables "python3 has no mpmath"
fi
libraries="-lmpfr -lgmp"
if ! compile oracle math_oracle.c "$cc" -std=c99 -O2; then
    skip oracle "no MPFR to compile with"
else
    checker oracle "$build/oracle" -n "$points"
    compile oracle_small math_oracle.c "$cc" -std=c99 -O2 -DPYFEAT_MATH_SMALL=1
    checker oracle_small "$build/oracle_small" -n "$small_points" -b 0.51
fi
libraries=-lm
if ! compile calls math_calls.c "$cc" $posix -O2; then
    fail calls "does not compile"
    sed '12q' "$build/calls.log"
elif has python3; then
    checker python python3 math_python.py "$build/calls" "$inputs"
    if compile calls_libm math_calls.c "$cc" $posix -O2 -DPYFEAT_MATH_LIBM=1; then
        checker python_libm python3 math_python.py "$build/calls_libm" 50
    else
        skip python_libm "no C library with lgamma_r"
    fi
else
    skip python "python3 not found"
fi

# ---- the same bits everywhere ----
libraries=

# bits NAME [RUNNER] COMPILER FLAGS...: the checksum of a build is the committed one.
bits()
{
    name=$1 runner=$2 compiler=$3
    shift 3
    if ! has "$compiler"; then skip "bits/$name" "$compiler not found"; return; fi
    if [ -n "$runner" ] && ! has "$runner"; then skip "bits/$name" "$runner not found"; return; fi
    case " $* " in
    *SMALL=1*) want=$(sed -n "s/^#define MATH_CHECKSUM_SMALL_$results UINT64_C(0x\(.*\))/\1/p" math_checksum.h) ;;
    *) want=$(sed -n "s/^#define MATH_CHECKSUM_$results UINT64_C(0x\(.*\))/\1/p" math_checksum.h) ;;
    esac
    if ! compile "bits_$name" math_checksum.c "$compiler" -std=c99 "$@"; then
        skip "bits/$name" "$compiler cannot build this: $(sed 1q "$build/bits_$name.log")"
        return
    fi
    got=$($runner "$build/bits_$name" "$results" 2>&1)
    if [ "$got" = "$want" ]; then pass; else fail "bits/$name" "$got, not $want"; fi
}

bits fast "" "$cc" -O3 -ffast-math
bits small "" "$cc" -Os -DPYFEAT_MATH_SMALL=1
bits no_int128 "" "$cc" -O2 -DPYFEAT_MATH_NO_INT128=1
bits x87 "" "$cc" -O2 -m32 -mfpmath=387
bits arm qemu-arm arm-linux-gnueabi-gcc -Os -static
bits s390x qemu-s390x s390x-linux-gnu-gcc -O2 -static
if [ "$mode" = full ]; then
    bits plain "" "$cc" -O2
    bits O0 "" "$cc" -O0
    bits O3 "" "$cc" -O3
    bits clang_fast "" clang -O3 -ffast-math
    bits native "" "$cc" -O3 -march=native -ffast-math
    bits lto "" "$cc" -O2 -flto
    bits x87_fast "" "$cc" -O3 -m32 -mfpmath=387 -ffast-math
    bits clang "" clang -O2
    bits clang_O0 "" clang -O0
    bits tcc "" tcc
    bits musl "" musl-gcc -O2 -static
    bits small_x87 "" "$cc" -O2 -m32 -mfpmath=387 -DPYFEAT_MATH_SMALL=1
    bits small_no_int128 "" "$cc" -O2 -DPYFEAT_MATH_SMALL=1 -DPYFEAT_MATH_NO_INT128=1
    bits aarch64 qemu-aarch64 aarch64-linux-gnu-gcc -O2 -static
    bits riscv64 qemu-riscv64 riscv64-linux-gnu-gcc -O2 -static
    bits ppc qemu-ppc powerpc-linux-gnu-gcc -O2 -static
    bits ppc_fast qemu-ppc powerpc-linux-gnu-gcc -O3 -ffast-math -static
    bits arm_small qemu-arm arm-linux-gnueabi-gcc -Os -static -DPYFEAT_MATH_SMALL=1
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
