/* expect: not constant|not an integer constant|not an integral constant|non-constant|not a constant|variably modified|constant expression */
#include "../../pyfeat.h"
static int maxsize = 4;
static PYF_LRU_CACHE(maxsize, int, same, (int, n)) { return n; }
