/* monotonic.c - see monotonic.h. */
#include "monotonic.h"
#include <time.h>

double monotonic_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}
