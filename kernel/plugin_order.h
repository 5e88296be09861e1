/* plugin_order.h - whoever provides an interface comes before whoever requires it. */
#ifndef KERNEL_PLUGIN_ORDER_H
#define KERNEL_PLUGIN_ORDER_H

#include <pryv/plugin.h>

/* Put `plugins` in that order, otherwise leaving them as they are. Refused, a line on the log each: two of a name, two
 * providers of an interface, a requirement nobody provides, a circle. */
PRYV_CHECK enum pryv_rc plugins_order(const struct pryv_plugin **plugins, size_t count, struct pryv_err *err);

/* The version at which it provides the interface, or -1. */
int plugin_provides(const struct pryv_plugin *plugin, const char *interface);

#endif
