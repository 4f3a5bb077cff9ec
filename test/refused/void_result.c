/* expect: void */
#include "../../pyfeat.h"
static PYF_LRU_CACHE(4, void, nothing, (int, n)) { (void)n; }
