/* Prints the checksum of 10 n results: math_checksum [n]. */
#define PYFEAT_MATH_IMPLEMENTATION
#include "../pyfeat.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "math_checksum.h"

int main(int argc, char **argv)
{
    unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 0) : 100000;
    printf("%016" PRIx64 "\n", math_checksum(n));
    return 0;
}
