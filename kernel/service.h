/* service.h - makes the service information when a worker starts; what it tells is asked for by pryv/access.h. */
#ifndef KERNEL_SERVICE_H
#define KERNEL_SERVICE_H

#include <stdbool.h>

/* `has_series`: high-frequency series are served (features.noHF says so when they are not). */
void service_start(bool has_series);
void service_stop(void);

#endif
