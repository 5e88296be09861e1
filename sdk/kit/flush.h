/* flush.h - how often this process has asked for a file to be flushed to the disk. */
#ifndef FLUSH_H
#define FLUSH_H

#include <stdint.h>

uint64_t flush_count(void);

#endif
