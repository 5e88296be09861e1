/* every.h - the worker's side of pryv_every: repeated work on executor threads. */
#ifndef KERNEL_EVERY_H
#define KERNEL_EVERY_H

/* Loop. No more runs begin. */
void every_stop(void);
/* After executor_free: none is running. */
void every_free(void);

#endif
