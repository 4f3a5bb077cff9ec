/* Linkage chosen by the user: PYF_API stands in front of every function. */
#define PYF_API extern
#define PYFEAT_IMPLEMENTATION
#include "pyfeat.h"
