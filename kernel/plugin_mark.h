/* plugin_mark.h - what the file of a plugin says before it is loaded: texts behind a mark among its constants, each ended by NUL, which macros of
 * pryv/plugin.h put there. */
#ifndef KERNEL_PLUGIN_MARK_H
#define KERNEL_PLUGIN_MARK_H

#include <pryv/arena.h>

/* The `count` texts behind `mark` in the file at `path`, in `mem`. False: it has no such mark, or cannot be read, which loading it will tell. Any thread. */
bool plugin_mark_read(struct pryv_arena *mem, const char *path, const char *mark, const char **texts, size_t count);

#endif
