#!/bin/sh
# The test programs without an operating system: an emulated Cortex-M3 board, no threads.
#
#     firmware.sh BUILD-FOLDER PROGRAM...
set -u
build=$1
shift
passed=0 failed=0 skipped=0
mkdir -p "$build"

has() { command -v "$1" > /dev/null 2>&1; }

quit()
{
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
    exit
}

missing()
{
    echo "SKIP firmware: $1"
    skipped=1
    quit
}

# The board mps2-an385 has 4 MB of memory at 0 and 4 MB at 0x20000000; standard output goes to the
# emulator's.
target="-mcpu=cortex-m3 -mthumb -Os -std=c99 -Wall -Wextra
    -ffunction-sections -fdata-sections -Wl,--gc-sections
    --specs=picolibc.specs --oslib=semihost --crt0=hosted
    -Wl,--defsym=__flash=0x0 -Wl,--defsym=__flash_size=0x400000
    -Wl,--defsym=__ram=0x20000000 -Wl,--defsym=__ram_size=0x400000
    -Wl,--defsym=__stack_size=0x10000"
board="qemu-system-arm -M mps2-an385 -nographic -monitor none -serial none
    -semihosting-config enable=on,target=native -kernel"

has arm-none-eabi-gcc || missing "arm-none-eabi-gcc not found"
has qemu-system-arm || missing "qemu-system-arm not found"
echo 'int main(void) { return 0; }' > "$build/probe.c"
# shellcheck disable=SC2086
arm-none-eabi-gcc $target "$build/probe.c" -o "$build/probe.elf" > "$build/probe.log" 2>&1 ||
    missing "no picolibc for arm-none-eabi-gcc"
limit=
has timeout && limit="timeout 120"
# shellcheck disable=SC2086
$limit $board "$build/probe.elf" < /dev/null > "$build/probe.log" 2>&1 ||
    missing "the emulated board does not start"

for program in "$@"; do
    # shellcheck disable=SC2086
    if ! arm-none-eabi-gcc $target -DPYFEAT_PORT_NONE=1 -include firmware.h firmware.c \
        "$program.c" -o "$build/$program.elf" > "$build/$program.log" 2>&1; then
        echo "FAIL firmware/$program: does not compile"
        sed 's/^/    /; 12q' "$build/$program.log"
        failed=$((failed + 1))
        continue
    fi
    # shellcheck disable=SC2086
    $limit $board "$build/$program.elf" < /dev/null 2>&1 | tr -d '\r' > "$build/$program.out"
    line=$(tail -n 1 "$build/$program.out")
    case $line in
    [0-9]*" passed, "*" failed, "*" skipped") ;;
    *)
        echo "FAIL firmware/$program: ended early"
        line="0 passed, 1 failed, 0 skipped"
        ;;
    esac
    sed -n "s|^SKIP |SKIP firmware/$program/|p" "$build/$program.out"
    case $line in
    *" 0 failed, "*) ;;
    *) grep -v '^SKIP ' "$build/$program.out" | sed "s|^|firmware/$program: |; 40q" ;;
    esac
    set -- $line
    passed=$((passed + $1)) failed=$((failed + $3)) skipped=$((skipped + $5))
done
quit
