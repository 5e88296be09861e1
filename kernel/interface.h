/* interface.h - the register of interfaces that plugins provide to each other; using it is pryv/plugin.h. */
#ifndef KERNEL_INTERFACE_H
#define KERNEL_INTERFACE_H

#include <pryv/plugin.h>

/* Around a plugin's init: only it may provide, and only what it names. interface_end refuses what it named and did not provide. */
void interface_begin(const struct pryv_plugin *plugin);
PRYV_CHECK enum pryv_rc interface_end(struct pryv_err *err);
void interface_clear(void);

#endif
