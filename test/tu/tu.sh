#!/bin/sh
# The header as translation units: each way to spread it over files, with each compiler, language,
# level and option that is here, without a warning; linked and run where the files make a program,
# refused by the linker where they must not.
#
#     tu.sh all BUILD-FOLDER JOBS [brief|full]
#     tu.sh job BUILD-FOLDER KIND COMPILER STANDARD LEVEL POSIX    (one of its jobs)
#
# Runs in test/tu. brief spares the newer standards, the other level and the undefined
# _POSIX_C_SOURCE most of the shapes.
set -u

header=../..
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-qual
    -Wcast-align -Wvla -Wdouble-promotion -Wswitch-enum -Werror"
c_warnings="$warnings -Wstrict-prototypes -Wmissing-prototypes"
both="-DTU_MATH -DTU_TIME -DTU_ZONEINFO -DTU_BARRIER -DTU_FUTURES -DTU_LRU -DTU_ARGPARSE"
options="PYFEAT_NO_INT128 PYFEAT_NO_ZONEINFO+PYFEAT_NO_INT128 PYFEAT_TIMEZONE_TABLE
    PYFEAT_NO_MALLOC PYFEAT_NO_ATOMICS PYFEAT_NO_FUTEX PYFEAT_NO_MEMBARRIER PYFEAT_PORT_NONE
    PYFEAT_NO_ATOMICS+PYFEAT_NO_FUTEX PYFEAT_NO_ATOMICS+PYFEAT_PORT_NONE PYFEAT_MATH_SMALL
    PYFEAT_MATH_NO_INT128 PYFEAT_NO_FILES PYFEAT_NO_PROCESSES"

has() { command -v "$1" > /dev/null 2>&1; }

# ---- one job: a shell of its own, results in its own folder ----

pass() { echo "pass $job/$1" >> "$dir/results"; }

fail()
{
    echo "fail $job/$1" >> "$dir/results"
    echo "FAIL tu/$job/$1"
    sed 's/^/    /; 12q' "$dir/log"
}

# Whether a language is C++: decides on flags and on the linker.
is_cxx() { case $1 in *++*) true ;; *) false ;; esac }

cxx_of() { case $1 in clang) echo clang++ ;; *) echo g++ ;; esac }

# compile OBJECT SOURCE FLAGS...: with the compiler, the standard and all warnings of the job.
compile()
{
    object=$1 source=$2
    shift 2
    case $compiler in
    tcc) dialect= ;;
    *++) dialect="-x c++ -std=$standard $level $warnings" ;;
    *) dialect="-std=$standard $level $c_warnings" ;;
    esac
    $compiler $dialect $posix $extra "-I$header" "$@" -c "$source" -o "$dir/$object.o"
}

link()
{
    program=$1
    shift
    objects=
    for object in "$@"; do objects="$objects $dir/$object.o"; done
    $linker $extra $objects -o "$dir/$program" -lpthread
}

# shape NAME COMMAND...: passes if the command does; its output is shown if it does not.
shape()
{
    name=$1
    shift
    if "$@" > "$dir/log" 2>&1; then pass "$name"; else fail "$name"; fi
}

program() { link "$@" && "$dir/$1"; }

# For a linker that must refuse, and say why: refuses PATTERN PROGRAM OBJECT...
refuses()
{
    pattern=$1
    shift
    if link "$@" > "$dir/refused" 2>&1; then
        echo "linked, and should not have been"
        return 1
    fi
    cat "$dir/refused"
    grep -q "$pattern" "$dir/refused"
}

brief_shapes()
{
    shape impl compile impl impl.c -DPYFEAT_IMPLEMENTATION
    shape user compile user user.c $both
    shape whole program whole impl user
    shape private_user compile private_user private_user.c $both
    shape private_copy compile private_copy private_copy.c
    shape private program private private_user private_copy
}

full_shapes()
{
    brief_shapes
    for room in math time barrier futures lru argparse; do
        upper=$(echo $room | tr a-z A-Z)
        shape ${room}_impl compile ${room}_impl impl.c -DPYFEAT_${upper}_IMPLEMENTATION
        shape ${room}_user compile ${room}_user user.c -DTU_$upper
        shape $room program $room ${room}_impl ${room}_user
        shape ${room}_private compile ${room}_private private_user.c -DTU_ROOM \
            -DPYFEAT_${upper}_IMPLEMENTATION -DTU_$upper
    done
    shape missing_room refuses "pyf_executor_submit" missing user barrier_impl
    # tcc's linker takes the first of two and says nothing.
    case $compiler in
    tcc) ;;
    *) shape two_impls refuses "pyf_status_name" two user impl barrier_impl ;;
    esac
    shape twice_compiles compile twice twice.c
    shape twice program twice twice user
    shape later_compiles compile later later.c $both
    shape later program later later
    shape by_turns_compiles compile by_turns rooms_by_turns.c
    shape by_turns program by_turns by_turns user
    shape linkage_compiles compile linkage linkage.c
    shape linkage program linkage linkage user
}

option_shapes()
{
    list=$options
    # C++ has no <stdatomic.h> before C++23, and C before C11 has none either.
    case $standard in c11) list="PYFEAT_C11_ATOMICS PYFEAT_C11_ATOMICS+PYFEAT_NO_FUTEX" ;; esac
    both="$both -UTU_ZONEINFO" # which one of the options removes
    compile user user.c $both > "$dir/log" 2>&1
    for option in $list; do
        flags=$(echo "-D$option=1" | sed 's/+/=1 -D/g')
        shape "$option" compile "impl_$option" impl.c -DPYFEAT_IMPLEMENTATION $flags
        shape "$option-run" program "$option" "impl_$option" user
        [ "$level" = -O0 ] && continue # enough for a short check
        shape "$option-barrier" compile "barrier_$option" impl.c $flags \
            -DPYFEAT_BARRIER_IMPLEMENTATION
        shape "$option-private" compile "private_$option" private_user.c $both $flags
    done
}

# A user in one language, the implementation in the other, each way.
mixed_shapes()
{
    c=$compiler cxx=$(cxx_of $compiler)
    compile c_user user.c $both > "$dir/log" 2>&1
    compile c_impl impl.c -DPYFEAT_IMPLEMENTATION >> "$dir/log" 2>&1
    compiler=$cxx standard=c++11 linker=$cxx
    compile cxx_user user.c $both >> "$dir/log" 2>&1
    compile cxx_impl impl.c -DPYFEAT_IMPLEMENTATION >> "$dir/log" 2>&1
    shape c_user-cxx_impl program c_cxx c_user cxx_impl
    shape cxx_user-c_impl program cxx_c cxx_user c_impl
    compiler=$c standard=c99
}

# Two files that see different layouts of a struct do not link; those that agree do, whatever the
# linker leaves out.
layout_pair()
{
    way=$1 other=$dir/other
    compile "user_$way" layout.c > "$dir/log" 2>&1
    compile "impl_$way" impl.c -DPYFEAT_IMPLEMENTATION >> "$dir/log" 2>&1
    mkdir -p "$other"
    sed 's/_layout\([0-9]*\)$/_layout9\1/' $header/pyfeat.h > "$other/pyfeat.h"
    header=$other
    compile "other_$way" impl.c -DPYFEAT_IMPLEMENTATION >> "$dir/log" 2>&1
    compile "other_user_$way" layout.c >> "$dir/log" 2>&1
    header=../..
    shape "$way-agree" link "agree_$way" "user_$way" "impl_$way"
    shape "$way-agree-other" link "agree_other_$way" "other_user_$way" "other_$way"
    symbols=$(sed -n 's/^#define pyf_[a-z_]* \(pyf_[a-z_]*_layout[0-9]*\)$/\1/p' $header/pyfeat.h)
    [ -n "$symbols" ] || fail "$way-no-symbols"
    shape "$way-differ" refuses undefined differ "user_$way" "other_$way"
    cp "$dir/refused" "$dir/differ.log"
    for symbol in $symbols; do
        shape "$way-differ-$symbol" grep "undefined.*$symbol" "$dir/differ.log"
    done
}

layout_shapes()
{
    layout_pair plain
    [ "$level" = -O0 ] && extra=-flto && layout_pair lto && return # enough for a short check
    extra="-ffunction-sections -fdata-sections -Wl,--gc-sections"
    case $compiler in clang) extra="$extra -Wno-unused-command-line-argument" ;; esac
    layout_pair gc-sections
    extra=-flto
    echo 'int main(void) { return 0; }' > "$dir/empty.c"
    if $compiler -flto "$dir/empty.c" -o "$dir/empty" > "$dir/log" 2>&1; then
        layout_pair lto
        extra="-flto -ffunction-sections -fdata-sections -Wl,--gc-sections"
        case $compiler in clang) extra="$extra -Wno-unused-command-line-argument" ;; esac
        layout_pair lto-gc-sections
    elif $compiler -flto -fuse-ld=lld "$dir/empty.c" -o "$dir/empty" > "$dir/log" 2>&1; then
        linker="$compiler -fuse-ld=lld"
        layout_pair lto
    else
        echo "SKIP tu/$job/lto: $compiler cannot link with -flto here"
        echo "skip $job/lto" >> "$dir/results"
    fi
}

run_job()
{
    build=$1 kind=$2 compiler=$3 standard=$4 level=$5 posix=
    job=$kind-$compiler-$standard$level extra=
    case $6 in posix) posix=-D_POSIX_C_SOURCE=200809L ;; esac
    job=$job-$6
    dir=$build/$job
    linker=$compiler
    case $compiler in musl-gcc) linker="musl-gcc -static" ;; esac
    rm -rf "$dir"
    mkdir -p "$dir"
    : > "$dir/results"
    ${kind}_shapes
    [ -s "$dir/results" ]
}

# ---- all jobs, by way of make for the sake of its -j ----

# Each line: KIND COMPILER STANDARD LEVEL POSIX. By default one of each kind, and every compiler and
# language; the full run crosses them.
brief_plan()
{
    cat << EOF
full gcc c99 -O0 posix
option gcc c99 -O0 posix
layout gcc c99 -O0 posix
mixed gcc c99 -O0 posix
brief g++ c++11 -O0 bare
brief clang c11 -O0 bare
brief clang++ c++17 -O0 posix
EOF
    has gcc || has clang || echo full cc c99 -O2 posix
}

full_plan()
{
    for compiler in gcc clang g++ clang++; do
        case $compiler in *++) standards="c++11 c++17" ;; *) standards="c99 c11 c17" ;; esac
        for standard in $standards; do
            for level in -O0 -O2; do
                echo full $compiler $standard $level posix
                echo full $compiler $standard $level bare
            done
            case $standard in c99 | c++11 | c11) echo option $compiler $standard -O2 posix ;; esac
            if [ $standard = c99 ]; then
                echo layout $compiler c99 -O2 posix
                has $(cxx_of $compiler) && echo mixed $compiler c99 -O2 posix
            fi
        done
    done
    echo full musl-gcc c99 -O2 bare
    echo full tcc c99 -O0 bare
}

plan()
{
    "${rest}_plan" | while read -r kind compiler more; do
        has "$compiler" && echo "$kind $compiler $more"
    done
}

run_all()
{
    build=$1 jobs=$2 rest=${3:-brief}
    rm -rf "$build"
    mkdir -p "$build"
    skipped=0
    for compiler in gcc g++ clang clang++ musl-gcc tcc; do
        has $compiler && continue
        echo "SKIP tu/$compiler: $compiler not found"
        skipped=$((skipped + 1))
    done
    plan | awk -v build="$build" '
        { name = "job" NR; all = all " " name
          rules = rules name ":\n\t@sh tu.sh job " build " " $0 "\n" }
        END { print "all:" all "\n" rules ".PHONY: all" all }' > "$build/jobs.mk"
    unset MAKEFLAGS MFLAGS
    make -k -s -j"$jobs" -f "$build/jobs.mk" all > "$build/output" 2>&1 ||
        echo "fail jobs" > "$build/results"
    cat "$build/output"
    cat "$build"/*/results >> "$build/results"
    passed=$(grep -c '^pass ' "$build/results")
    failed=$(grep -c '^fail ' "$build/results")
    skipped=$((skipped + $(grep -c '^skip ' "$build/results")))
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}

action=$1
shift
case $action in
all) run_all "$@" ;;
job) run_job "$@" ;;
*) exit 2 ;;
esac
