/* expect: incomplete type|has no size|must_have_a_size|must_be_trivially_copyable */
#include "../../pyfeat.h"
struct somewhere_else;
static PYF_LRU_CACHE(4, int, size_of, (struct somewhere_else, s)) { return 1; }
