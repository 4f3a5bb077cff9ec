/* The implementation and nothing else; which rooms, the -D options of the command line say. */
#include "pyfeat.h"
