/* pyfeat_impl.c - the implementation in an object file of its own, for the programs that must not inline it. */

#define PYFEAT_IMPLEMENTATION
#include "../pyfeat.h"
