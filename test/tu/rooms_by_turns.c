/* Room after room in one file, the lower ones asked for again: what stands already is not built
 * twice. */
#define PYFEAT_MATH_IMPLEMENTATION
#define PYFEAT_TIME_IMPLEMENTATION
#include "pyfeat.h"
#define PYFEAT_BARRIER_IMPLEMENTATION
#include "pyfeat.h"
#define PYFEAT_LRU_IMPLEMENTATION
#include "pyfeat.h"
#define PYFEAT_FUTURES_IMPLEMENTATION
#include "pyfeat.h"
#define PYFEAT_ARGPARSE_IMPLEMENTATION
#include "pyfeat.h"
#define PYFEAT_IMPLEMENTATION
#include "pyfeat.h"
