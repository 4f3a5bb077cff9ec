#!/bin/sh
# The math room on an emulated Cortex-M4 without an FPU for doubles: instructions a call beside
# picolibc's (which is newlib's code), and bytes of flash for the five functions of Python 3.2.
#
#     math_m4.sh BUILD-FOLDER
set -eu
build=$1
mkdir -p "$build"
for tool in arm-none-eabi-gcc qemu-system-arm; do
    command -v $tool > /dev/null 2>&1 || { echo "skipped: $tool not found"; exit 0; }
done
target="-mcpu=cortex-m4 -mthumb -mfloat-abi=soft -Os -std=c99 -ffunction-sections -fdata-sections
    -Wl,--gc-sections --specs=picolibc.specs --oslib=semihost --crt0=hosted
    -Wl,--defsym=__flash=0x0 -Wl,--defsym=__flash_size=0x400000 -Wl,--defsym=__ram=0x20000000
    -Wl,--defsym=__ram_size=0x400000 -Wl,--defsym=__stack_size=0x10000"
board="qemu-system-arm -M mps2-an386 -nographic -monitor none -serial none
    -semihosting-config enable=on,target=native"

for level in -Os -O2; do
    arm-none-eabi-gcc $target $level math_m4.c -o "$build/m4.elf" -lm
    echo "| instructions a call, $level | pyfeat | picolibc | ratio |"
    echo "|---|---|---|---|"
    $board -icount shift=0 -kernel "$build/m4.elf" < /dev/null | tr -d '\r'
done

# size NAME FLAGS...: text and constants beyond those of a program that multiplies, divides, adds
# and compares doubles.
size()
{
    name=$1
    shift
    cat > "$build/flash.c" << 'END'
volatile double a, b;
#ifdef OURS
#define PYFEAT_STATIC 1
#define PYFEAT_MATH_IMPLEMENTATION
#include "pyfeat.h"
#define CALL(f) a = pyf_##f(b, 0)
#define GAMMA pyf_gamma(b, 0)
#else
#include <math.h>
#define CALL(f) a = f(b)
#define GAMMA tgamma(b)
#endif
int main(void)
{
    a = a * b + a / b - b;
    if (a < b) a = b;
#ifdef WITH
    CALL(expm1); CALL(erf); CALL(erfc); CALL(lgamma);
    a = GAMMA;
#endif
    return 0;
}
END
    arm-none-eabi-gcc $target -I.. "$@" "$build/flash.c" -o "$build/flash0.elf" -lm
    arm-none-eabi-gcc $target -I.. "$@" -DWITH "$build/flash.c" -o "$build/flash1.elf" -lm
    zero=$(arm-none-eabi-size "$build/flash0.elf" | awk 'NR == 2 { print $1 + $2 }')
    one=$(arm-none-eabi-size "$build/flash1.elf" | awk 'NR == 2 { print $1 + $2 }')
    echo "| $name | $((one - zero)) |"
}

echo "| flash of five functions, -Os | bytes |"
echo "|---|---|"
size "pyfeat" -DOURS
size "pyfeat, PYFEAT_MATH_SMALL" -DOURS -DPYFEAT_MATH_SMALL=1
size "picolibc"
