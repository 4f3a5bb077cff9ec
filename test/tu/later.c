/* Declares and uses first, as a file does whose other headers include this one, and implements
 * afterwards. */
#include "user.c"

#define PYFEAT_IMPLEMENTATION
#include "pyfeat.h"
