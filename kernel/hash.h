/* hash.h - for tables in memory whose keys come from outside. */
#ifndef KERNEL_HASH_H
#define KERNEL_HASH_H

#include <pryv/base.h>

/* SipHash with a key of this process, so that nobody can choose texts that collide. Not for what is stored or shared. Any thread. */
uint64_t hash_text(struct pryv_str text);

#endif
