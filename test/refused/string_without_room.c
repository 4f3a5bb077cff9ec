/* expect: PYF_KEY_STR_takes_a_constant_from_1_to_4096 */
#include "../../pyfeat.h"
static PYF_LRU_CACHE(4, int, length, (PYF_KEY_STR(0), s)) { return s[0]; }
