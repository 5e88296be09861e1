/* search.h - is a text anywhere in a data folder? */
#ifndef SEARCH_H
#define SEARCH_H

#include "kit.h"

/* The file whose bytes or name contain it, or NULL. `name` is as for kit_child. Another process looks: engines that lock files
 * as POSIX has it lose their locks when their own process opens and closes a file. */
const char *search_data(struct check *c, const char *name, struct pryv_str text);

#define SEARCH_TASK "search"
/* In that process: says the file's name, or nothing. */
void search_task(struct check *c, const char *folder, const char *text);

#endif
