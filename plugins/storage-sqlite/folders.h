/* folders.h - folders and files that survive a crash, and trees that go. Return 0, or -1 with errno. Any thread. */
#ifndef STORAGE_SQLITE_FOLDERS_H
#define STORAGE_SQLITE_FOLDERS_H

#include <stdint.h>

/* mkdir -p, mode 0700; every folder that is made is made durable in the one above. `path` is changed meanwhile. */
int folder_make(char *path);
int folder_sync(const char *path);
/* The file or folder with all that is in it; nothing there is fine. */
int tree_remove(const char *path);
/* Takes `path` and the folders above it away as long as they are empty, up to `root`, which stays. */
void folders_remove_empty(char *path, const char *root);
/* Sum of the sizes of the files in a folder. */
uint64_t folder_bytes(const char *path);

#endif
