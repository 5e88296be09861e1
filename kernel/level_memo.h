/* level_memo.h - levels that were worked out once, for an access and a tree. Each thread has a few tables of its own, so that none is
 * locked; both are known by numbers that are never used again. */
#ifndef KERNEL_LEVEL_MEMO_H
#define KERNEL_LEVEL_MEMO_H

#include <stddef.h>
#include <stdint.h>

enum { LEVEL_UNKNOWN = -2 };

/* The next number. Any thread. */
uint64_t level_memo_number(void);

/* One level per stream by its index, LEVEL_UNKNOWN where it was not asked for yet. This thread's, until its next call. */
int8_t *level_memo(uint64_t access_number, uint64_t tree_number, size_t count);

#endif
