#!/bin/sh
# The test programs without an operating system: an emulated Cortex-M3 board, no threads. And
# pyfeat_ssl.h, compiled for it with the headers of each Mbed TLS there is.
#
#     firmware.sh BUILD-FOLDER PROGRAM...
set -u
build=$1
shift
passed=0 failed=0 skipped=0
mkdir -p "$build"
build=$(cd "$build" && pwd)

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

# ssl NAME FOLDER: the core of TLS alone, as firmware would configure Mbed TLS, without a warning,
# and without a call that a board may not have.
ssl()
{
    name=$1 folder=$2
    if [ ! -r "$folder/mbedtls/ssl.h" ]; then
        echo "SKIP firmware/ssl: no Mbed TLS ($name)"
        skipped=$((skipped + 1))
        return
    fi
    object=$build/ssl_$name.o
    # shellcheck disable=SC2086
    if arm-none-eabi-gcc $target -Wpedantic -Wconversion -Wshadow -Werror -include firmware.h \
        -isystem "$folder" "-DMBEDTLS_USER_CONFIG_FILE=\"$build/mbedtls_config.h\"" \
        -DPYFEAT_PORT_NONE=1 -DPYFEAT_NO_MALLOC=1 -DPYFEAT_NO_ZONEINFO=1 -DPYFEAT_SSL_NO_CLOCK=1 \
        -DPYFEAT_SSL_IMPLEMENTATION -x c -c ../pyfeat_ssl.h -o "$object" > "$object.log" 2>&1 &&
        ! arm-none-eabi-nm -u "$object" | awk '{ print $2 }' |
            grep -Ex 'malloc|realloc|f?printf|puts|fopen|time|getenv|abort|exit' > "$object.log"; then
        passed=$((passed + 1))
        arm-none-eabi-size "$object" | awk -v name="$name" 'NR == 2 {
            printf "firmware: pyfeat_ssl.h with Mbed TLS (%s): %d bytes of flash, %d of RAM\n",
                name, $1 + $2, $2 + $3 }'
    else
        failed=$((failed + 1))
        echo "FAIL firmware/ssl ($name)"
        sed 's/^/    /; 12q' "$object.log"
    fi
}

# A system's Mbed TLS is configured for a system.
for option in NET_C TIMING_C HAVEGE_C FS_IO HAVE_TIME HAVE_TIME_DATE THREADING_C THREADING_PTHREAD \
    PSA_ITS_FILE_C PSA_CRYPTO_STORAGE_C; do
    echo "#undef MBEDTLS_$option"
done > "$build/mbedtls_config.h"
echo "#define MBEDTLS_NO_PLATFORM_ENTROPY" >> "$build/mbedtls_config.h"
mkdir -p "$build/system" # the system's headers of Mbed TLS without those of its C library
ln -sfn /usr/include/mbedtls "$build/system/mbedtls"
ln -sfn /usr/include/psa "$build/system/psa"
ssl system "$build/system"
ssl debian "$build/../mbedtls/root/usr/include"

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
