/* Included again and again, before and after the implementation: each time after the first adds
 * nothing. */
#include "pyfeat.h"
#include "pyfeat.h"
#define PYFEAT_IMPLEMENTATION
#include "pyfeat.h"
#include "pyfeat.h"
