#!/bin/sh
# Builds and runs everything there is to run, one line for each part, and the sum of them last.
#
#     run.sh check BUILD-FOLDER CC JOBS    each flavour once
#     run.sh full BUILD-FOLDER CC JOBS     every shape, and more flavours, again and again, mutants
#                                          and a soak
#
# What needs a tool that is not here is skipped, says so, and is never counted as passed. In the
# environment: ROUNDS, how often full runs the programs of a flavour; SOAK, for how many seconds it
# soaks; CHECK_FLAVOUR, the name of one part or flavour, to build and run just that.
set -u

mode=$1 build=$2 cc=$3 jobs=$4
programs="base_test math_test time_test barrier_test futures_test poll_test task_test process_test
    fault_test race_test lru_test argparse_test"
posix="-std=c99 -D_POSIX_C_SOURCE=200809L"
asan="-g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"
tsan="-g -O1 -fno-omit-frame-pointer -fsanitize=thread"
valgrind="valgrind -q --fair-sched=yes --error-exitcode=99"
slow_helgrind="CHECK_ALARM=20 CHECK_OPS=100000 CHECK_TASKS=2000"
slow_tsan="CHECK_ALARM=5 TSAN_OPTIONS=halt_on_error=1"
locked="-include locked.h"
helgrind="$posix -g -O1 -DPYFEAT_NO_ATOMICS=1 -DPYFEAT_NO_FUTEX=1 $locked -include chaos.h"
passed=0 failed=0 skipped=0
unset MAKEFLAGS MFLAGS
mkdir -p "$build"
build=$(cd "$build" && pwd)

has() { command -v "$1" > /dev/null 2>&1; }

# Adds a line "N passed, N failed, N skipped" to the sum; anything else counts as one failure.
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

# part NAME COMMAND...: a checker that prints its findings, and in the last line its sum.
part()
{
    name=$1
    shift
    "$@" > "$build/$name.part" 2>&1
    status=$?
    line=$(tail -n 1 "$build/$name.part")
    sed '$d' "$build/$name.part" | grep -v '^ok ' | sed '200q'
    case $status,$line in
    0,*" 0 failed, "*) ;;
    *" failed, "*) ;;
    *) line="0 passed, 1 failed, 0 skipped" ;;
    esac
    echo "$name: $line"
    add "$line"
}

# ---- flavours: the test programs with other compilers, options and overseers ----

# Prints all flavours, one a line: NAME|COMPILER|FLAGS|RUNNER|ENVIRONMENT. The slow ones first, for
# the sake of those that run beside them. helgrind sees every lock and wait, so it gets a build that
# has nothing else to synchronize by. Where somebody looks for races, threads yield and nap at random
# (chaos.h).
flavours()
{
    flavour tsan "$cc" "$posix $tsan -include chaos.h" "" "$slow_tsan"
    flavour native "$cc" "$posix -O2"
    flavour asan "$cc" "$posix $asan" "" \
        "CHECK_ALARM=3 ASAN_OPTIONS=detect_stack_use_after_return=1"
    flavour no_futex "$cc" "$posix -O0 -DPYFEAT_NO_FUTEX=1 -DPYFEAT_NO_INT128=1"
    flavour no_atomics "$cc" "$posix -O0 -DPYFEAT_NO_ATOMICS=1"
    flavour no_malloc "$cc" "$posix -O0 -DPYFEAT_NO_MALLOC=1"
    flavour port_none_asan "$cc" "$posix $asan -DPYFEAT_PORT_NONE=1 -DPYFEAT_NO_INT128=1" "" \
        CHECK_ALARM=3
    flavour tcc tcc "-D_POSIX_C_SOURCE=200809L $locked"
    [ "$mode" = full ] || return
    flavour helgrind "$cc" "$helgrind" \
        "$valgrind --tool=helgrind --suppressions=helgrind.supp" "$slow_helgrind"
    flavour memcheck "$cc" "$posix -g -O1" \
        "$valgrind --leak-check=full --errors-for-leak-kinds=definite" CHECK_ALARM=10
    flavour refusing "$cc" "$posix -O1 -DPYFEAT_NO_FUTEX=1 -include refusing.h"
    flavour clang clang "$posix -O2"
    flavour no_membarrier "$cc" "$posix -O2 -DPYFEAT_NO_MEMBARRIER=1"
    flavour c11_atomics "$cc" \
        "-std=c11 -D_POSIX_C_SOURCE=200809L -O2 -DPYFEAT_C11_ATOMICS=1"
    flavour port_none "$cc" "$posix -O2 -DPYFEAT_PORT_NONE=1"
    flavour musl musl-gcc "$posix -O2 -static"
    flavour no_futex_tsan "$cc" "$posix $tsan -DPYFEAT_NO_FUTEX=1" "" "$slow_tsan"
    flavour no_futex_asan "$cc" "$posix $asan -DPYFEAT_NO_FUTEX=1" "" CHECK_ALARM=3
    flavour no_atomics_asan "$cc" "$posix $asan -DPYFEAT_NO_ATOMICS=1" "" CHECK_ALARM=3
    flavour tsan_8 "$cc" "$posix $tsan -include chaos.h -DCHECK_THREADS=8" "" "$slow_tsan"
    flavour helgrind_8 "$cc" "$helgrind -DCHECK_THREADS=8" \
        "$valgrind --tool=helgrind --suppressions=helgrind.supp" "$slow_helgrind"
    flavour clang_tsan clang "$posix $tsan" "" "$slow_tsan"
    flavour clang_O3 clang "$posix -O3"
    flavour aarch64 aarch64-linux-gnu-gcc "$posix -O2 -static" qemu-aarch64 CHECK_ALARM=10
    flavour chaos "$cc" "$posix -O2 -include chaos.h" "" CHECK_ALARM=3
    flavour native_O0 "$cc" "$posix -O0"
}

flavour() { echo "$1|$2|$3|${4:-}|${5:-}"; }

# Can this flavour be built and run here at all? Tried on a program that does next to nothing; the
# answer is the reason why not, or empty.
obstacle()
{
    probe=$build/$name/probe
    if ! has "$compiler"; then echo "$compiler not found"; return; fi
    if [ -n "$runner" ] && ! has "${runner%% *}"; then echo "${runner%% *} not found"; return; fi
    echo '#include <pthread.h>
static void *f(void *p) { return p; }
int main(void) { pthread_t t; return pthread_create(&t, 0, f, 0) || pthread_join(t, 0); }
' > "$probe.c"
    # shellcheck disable=SC2086
    if ! $compiler $flags "$probe.c" -o "$probe" -lpthread > "$probe.log" 2>&1; then
        echo "$compiler cannot build with ${flags##*_POSIX_C_SOURCE=200809L }"
    elif ! $runner "$probe" > "$probe.log" 2>&1; then
        echo "a program built with ${flags##*_POSIX_C_SOURCE=200809L } does not run here"
    fi
}

# The programs that a flavour is made for: where only waiting differs, those of the rooms that wait.
worth()
{
    case $mode,$name in
    full,* | *,native | *,asan | *,no_malloc) echo $programs ;;
    *) echo $programs | sed 's/math_test //; s/time_test //; s/ argparse_test//' ;;
    esac
}

build_program()
{
    target=$build/$name/$program
    # shellcheck disable=SC2086
    if ! $compiler $flags "$program.c" -o "$target" -lpthread > "$target.log" 2>&1; then
        echo "FAIL $name/$program: does not compile"
        sed '12q' "$target.log"
        rm -f "$target"
    fi
}

# Runs one program and adds what it says to the sum.
run_program()
{
    out=$build/$name/$program.out
    if [ ! -x "$build/$name/$program" ]; then
        add "does not exist"
        return
    fi
    # shellcheck disable=SC2086
    env $environment $runner "$build/$name/$program" > "$out" 2>&1 < /dev/null
    status=$?
    line=$(tail -n 1 "$out")
    case $status,$line in
    0,[0-9]*" passed, 0 failed, "*" skipped") ;;
    [1-9]*,[0-9]*" passed, "[1-9]*" failed, "*" skipped") ;;
    *) line="exit status $status" ;;
    esac
    sed -n "s|^SKIP |SKIP $name/$program/|p" "$out"
    case $line in
    *" 0 failed, "*) ;;
    *)
        echo "FAIL $name/$program: $line"
        grep -v '^SKIP ' "$out" | sed "s|^|$name/$program: |; 60q"
        ;;
    esac
    add "$line"
}

run_flavour()
{
    rm -rf "${build:?}/$name"
    mkdir -p "$build/$name"
    reason=$(obstacle)
    if [ -n "$reason" ]; then
        echo "SKIP $name: $reason"
        skipped=1
    else
        programs=$(worth)
        for program in $programs; do build_program; done
        round=0
        while [ "$round" -lt "$rounds" ]; do
            for program in $programs; do run_program; done
            round=$((round + 1))
        done
    fi
    echo "$passed passed, $failed failed, $skipped skipped"
}

# ---- parts: everything that is not a flavour ----

# The slow ones first, for the sake of those that run beside them.
parts="explore ssl tu firmware math argparse_diff refused time argparse_fuzz lru_fuzz symbols rooms
    rooms_ssl rooms_selftest misuse"

run_part()
{
    case $1 in
    rooms*)
        if ! $cc -std=c99 -O1 rooms.c -o "$build/$1.exe" 2> "$build/$1.log"; then
            part "$1" cat "$build/$1.log"
            return
        fi
        ;;
    esac
    case $1 in
    rooms) part rooms "$build/rooms.exe" ../pyfeat.h ;;
    rooms_ssl) part rooms_ssl "$build/rooms_ssl.exe" ../pyfeat_ssl.h ;;
    rooms_selftest)
        part rooms_selftest sh rooms_selftest.sh "$build/rooms_selftest.exe" ../pyfeat.h \
            "$build/rooms_selftest"
        ;;
    misuse) part misuse sh misuse.sh "$build/misuse" ;;
    argparse_diff) part argparse_diff sh argparse_diff.sh "$build/argparse_diff.d" "$cc" "$cases" ;;
    argparse_fuzz)
        part argparse_fuzz sh fuzz.sh argparse_fuzz "$build/argparse_fuzz.d" "$cc" "$mutations" \
            golden/argparse.txt golden/argparse_wide.txt golden/argparse_fuzz.txt
        ;;
    lru_fuzz)
        part lru_fuzz sh fuzz.sh lru_fuzz "$build/lru_fuzz.d" "$cc" "$mutations" golden/lru_fuzz.txt
        ;;
    symbols) part symbols sh symbols.sh "$cc" "$build/symbols" ;;
    refused) part refused sh refused.sh "$cc" "$build/refused" ;;
    math) part math sh math.sh "$mode" "$build/math" "$cc" ;;
    tu) part tu sh -c "cd tu && sh tu.sh all '$build/tu' 1 $shapes" ;;
    explore) part explore sh explore.sh "$build/explore" "$cc" 1 "$mode" ;;
    ssl) part ssl sh ssl.sh "$mode" "$build" "$cc" ;;
    firmware) part firmware sh firmware.sh "$build/firmware" $programs ;;
    time) part time sh time.sh "$build/time" "$cc" "$mode" ;;
    esac
}

# Everything, as many at a time as there are jobs, and the output of one after the other.
run_all()
{
    all="tsan $parts $(flavours | cut -d'|' -f1 | grep -v '^tsan$')"
    {
        echo "all:" $all
        echo ".PHONY: all" $all
        for name in $all; do
            printf '%s:\n\t@CHECK_FLAVOUR=%s sh run.sh %s %s "%s" %s > %s/%s.out 2>&1\n' \
                "$name" "$name" "$mode" "$build" "$cc" "$jobs" "$build" "$name"
        done
    } > "$build/all.mk"
    make -k -s -j"$jobs" -f "$build/all.mk" all
    for name in $all; do
        case " $(echo $parts) " in
        *" $name "*)
            sed '$d' "$build/$name.out"
            add "$(tail -n 1 "$build/$name.out")"
            ;;
        *) part "$name" cat "$build/$name.out" ;;
        esac
    done
}

# ---- the whole ----

shapes=brief rounds=1 cases=400 mutations=5000
if [ "$mode" = full ]; then
    shapes=full rounds=${ROUNDS:-20} cases=20000 mutations=10000000
    CHECK_TASKS=${CHECK_TASKS:-100000}
    export CHECK_TASKS
    # Alarms that fit a quiet machine are too short for one that runs for an hour beside other work.
    CHECK_ALARM=${CHECK_ALARM:-5}
    CHECK_OPS=${CHECK_OPS:-10000000}
    export CHECK_ALARM CHECK_OPS
    slow_tsan="$slow_tsan CHECK_OPS=1000000"
fi

if [ -n "${CHECK_FLAVOUR:-}" ]; then
    case " $(echo $parts) " in
    *" $CHECK_FLAVOUR "*)
        run_part "$CHECK_FLAVOUR"
        echo "$passed passed, $failed failed, $skipped skipped"
        exit
        ;;
    esac
    flavours > "$build/$CHECK_FLAVOUR.list"
    while IFS='|' read -r name compiler flags runner environment; do
        if [ "$name" = "$CHECK_FLAVOUR" ]; then run_flavour; fi
    done < "$build/$CHECK_FLAVOUR.list"
    exit
fi

run_all
if [ "$mode" = full ]; then
    part argparse_cpython sh argparse_diff.sh "$build/argparse_diff.d" "$cc" cpython
    part argparse_shells sh argparse_shells.sh "$build/argparse_shells" "$cc"
    if has python3; then
        part mutants python3 mutants.py "$build/mutants" "$cc" "$jobs"
    else
        echo "SKIP mutants: python3 not found"
        skipped=$((skipped + 1))
    fi
    part soak sh soak.sh "$build/soak" "$cc" "${SOAK:-600}"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
