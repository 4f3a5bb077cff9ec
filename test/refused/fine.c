/* expect nothing: the same with nothing wrong, so that the others fail for their own reason. */
#include "../../pyfeat.h"
static PYF_LRU_CACHE(4, int, sum, (int, a), (int, b), (int, c), (int, d), (int, e), (int, f), (int, g),
                     (PYF_KEY_STR(8), s))
{
    return a + b + c + d + e + f + g + s[0];
}
int main(void) { return sum(1, 2, 3, 4, 5, 6, 7, "8") == 0; }
