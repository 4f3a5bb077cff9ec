/* expect: incomplete type|must_have_a_size|incomplete result|return type is an incomplete */
#include "../../pyfeat.h"
struct somewhere_else;
static PYF_LRU_CACHE(4, struct somewhere_else, made, (int, n)) { return n; }
