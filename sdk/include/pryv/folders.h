/* pryv/folders.h - folders that survive a crash, and trees that go: for plugins that keep files.
 *
 * Threads   Any; they block. Several threads and processes may make and remove folders beside each other.
 * Errors    0, or -1 with errno.
 */
#ifndef PRYV_FOLDERS_H
#define PRYV_FOLDERS_H

#include <pryv/base.h>

/* mkdir -p, mode 0700; every folder that is made is durable in the one above. One above that somebody removes meanwhile is made again.
 * `path` is changed meanwhile. */
PRYV_EXPORT PRYV_CHECK int pryv_folder_make(char *path);
/* What is in the folder, by name, is durable from here on. */
PRYV_EXPORT PRYV_CHECK int pryv_folder_sync(const char *path);
/* Calls `fn` for every entry until it answers something else than 0, which is the result; a folder that is not there has none. */
PRYV_EXPORT int pryv_folder_each(const char *folder, int (*fn)(void *context, const char *folder, const char *name),
                                 void *context);
/* The file or folder with all that is in it; nothing there is fine. Symbolic links go, what they lead to stays. */
PRYV_EXPORT PRYV_CHECK int pryv_tree_remove(const char *path);
/* Adds the sizes of the files in a folder and below to `bytes`; what goes meanwhile does not count. */
PRYV_EXPORT PRYV_CHECK int pryv_tree_bytes(const char *folder, uint64_t *bytes);
/* Takes `path` and the folders above it away as long as they are empty or not there, up to `root`, which stays. `path` is changed. */
PRYV_EXPORT void pryv_folders_remove_empty(char *path, const char *root);

#endif
