/* pryvd.h - the library's entry for the program; not for plugins. */
#ifndef KERNEL_PRYVD_H
#define KERNEL_PRYVD_H

#include <pryv/base.h>

PRYV_EXPORT int pryvd_main(int argc, char **argv);

#endif
