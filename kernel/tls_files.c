/* tls_files.c - see tls_files.h. */
#include "tls_files.h"
#include "config_tree.h"
#include "settings.h"
#include <stdlib.h>

enum { MAX_PEM_BYTES = 1024 * 1024 };

static enum pryv_rc read_pem(struct pryv_str path, char **out, struct pryv_err *err)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_str text = PRYV_STR_NONE;
    enum pryv_rc rc = PRYV_OK;

    if (path.len)
        rc = config_read_file(mem, path.data, MAX_PEM_BYTES, &text, err);
    if (rc == PRYV_OK && text.data) {
        *out = pryv_str_dup(text);
        explicit_bzero((char *) text.data, text.len);
    }
    pryv_arena_free(mem);
    return rc;
}

enum pryv_rc tls_files_read(struct tls_files *files, struct pryv_err *err)
{
    enum pryv_rc rc;

    *files = (struct tls_files){ .key = NULL };
    rc = read_pem(settings.ssl_key_file, &files->key, err);
    if (rc == PRYV_OK)
        rc = read_pem(settings.ssl_cert_file, &files->cert, err);
    if (rc == PRYV_OK)
        rc = read_pem(settings.ssl_ca_file, &files->ca, err);
    return rc;
}

void tls_files_release(struct tls_files *files)
{
    if (files->key)
        explicit_bzero(files->key, strlen(files->key));
    free(files->key);
    free(files->cert);
    free(files->ca);
    *files = (struct tls_files){ .key = NULL };
}
