/* master.h - the process that binds the sockets, forks the workers and looks after them. */
#ifndef KERNEL_MASTER_H
#define KERNEL_MASTER_H

#include "config.h"

struct options;

/* Serves until it is told to stop. Takes over `config`. The status for exit. */
int master_run(const struct options *options, struct config *config);

#endif
