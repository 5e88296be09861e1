/* pattern_cache.h - POSIX extended regular expressions of parameter tables, compiled once per process. */
#ifndef KERNEL_PATTERN_CACHE_H
#define KERNEL_PATTERN_CACHE_H

#include <pryv/base.h>

/* `pattern` lives as long as the process (a constant of a table); its address is the key. A pattern that does not
 * compile matches nothing. Any thread. */
bool pattern_cache_matches(const char *pattern, struct pryv_str text);

#endif
