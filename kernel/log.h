/* log.h - setting up the log; writing to it is pryv/log.h. */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <pryv/log.h>

/* Before threads start, and at info level in text until then. `level`: error, warn, info or debug. */
void log_configure(struct pryv_str level, bool json);

#endif
