/* expect: maxsize_is_a_constant_below_2_to_30_or_PYF_UNBOUNDED */
#include "../../pyfeat.h"
static PYF_LRU_CACHE(3000000000u, int, same, (int, n)) { return n; }
