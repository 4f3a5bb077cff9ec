/* A static copy of everything, of which this file uses next to nothing: no warning about the rest,
 * and no symbol that would collide with those of another copy in the program. */
#define PYFEAT_STATIC 1
#define PYFEAT_IMPLEMENTATION
#include "pyfeat.h"

#ifdef __cplusplus
extern "C"
#endif
    const char *
    private_copy_name(void);

const char *private_copy_name(void) { return pyf_status_name(PYF_OK); }
