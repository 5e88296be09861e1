/* marks.h - texts in which "{n}" stands for a number, and "{n%100}" for its rest. */
#ifndef LOAD_MARKS_H
#define LOAD_MARKS_H

#include <stddef.h>
#include <stdint.h>

/* `text` with every mark replaced, NUL-ended, as far as there is room; its length. */
size_t marks_replace(char *out, size_t room, const char *text, uint64_t number);

#endif
