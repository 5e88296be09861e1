/* tls_files.h - key and certificates as the master reads them, so that workers need no right to the files. */
#ifndef KERNEL_TLS_FILES_H
#define KERNEL_TLS_FILES_H

#include <pryv/error.h>

struct tls_files { /* PEM texts, NUL-ended; key is NULL when TLS is off, ca when there is none */
    char *key, *cert, *ca;
};

/* Read what `settings` names. Release it either way. */
PRYV_CHECK enum pryv_rc tls_files_read(struct tls_files *files, struct pryv_err *err);
/* Wipes the key. */
void tls_files_release(struct tls_files *files);

#endif
