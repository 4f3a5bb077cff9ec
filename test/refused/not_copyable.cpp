/* expect: type_must_be_trivially_copyable */
#include "../../pyfeat.h"
#include <string>
static PYF_LRU_CACHE(4, std::string, text, (int, n)) { return std::string(1, (char)n); }
