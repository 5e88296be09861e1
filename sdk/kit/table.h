/* table.h - whether a plugin has every function of the contract. */
#ifndef TABLE_H
#define TABLE_H

#include "kit.h"

/* How many are missing, each told with a line. */
size_t table_missing(const struct check *c);

#endif
