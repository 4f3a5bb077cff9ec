/* expect: char_pointer_is_a_key_by_address_use_PYF_KEY_STR */
#include "../../pyfeat.h"
static PYF_LRU_CACHE(4, int, length, (const char *, s)) { return s[0]; }
