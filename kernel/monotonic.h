/* monotonic.h - a clock that is never set: for deadlines and waits. */
#ifndef KERNEL_MONOTONIC_H
#define KERNEL_MONOTONIC_H

double monotonic_now(void); /* seconds since some moment; any thread */

#endif
