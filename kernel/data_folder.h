/* data_folder.h - who serves a data folder: one master at a time, known to others by a lock. */
#ifndef KERNEL_DATA_FOLDER_H
#define KERNEL_DATA_FOLDER_H

#include <pryv/error.h>
#include <sys/types.h>

/* Makes this process the one that serves the folder, until it ends, however it ends; its children hold nothing. PRYV_CONFLICT: another
 * does, and `err` names it. Once. */
PRYV_CHECK enum pryv_rc data_folder_claim(const char *folder, struct pryv_err *err);
/* The process that serves it, or 0: nobody, or one that cannot be named (of another container). */
pid_t data_folder_server(const char *folder);

#endif
