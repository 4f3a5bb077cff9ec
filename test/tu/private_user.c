/* A private copy that is used in full, in a program that may hold a second one (private_copy.c).
 * With TU_ROOM the command line chooses the rooms: then some functions are declared and never
 * built. */
#define PYFEAT_STATIC 1
#ifndef TU_ROOM
#define PYFEAT_IMPLEMENTATION
#endif
#include "user.c"
