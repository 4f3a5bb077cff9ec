/* expect: a_task_takes_0_to_8_arguments */
#include "../../pyfeat.h"
static PYF_TASK(int, sum, (int, a), (int, b), (int, c), (int, d), (int, e), (int, f), (int, g), (int, h),
                (int, i))
{
    return a + b + c + d + e + f + g + h + i;
}
