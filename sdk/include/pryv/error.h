/* pryv/error.h - errors are values: filled where the failure is known, written to the client in one
 * place, logged once by the kernel when they are a fault of ours.
 *
 * Memory   Texts and data live in `arena`; `data` is released with it.
 * The ids and statuses that clients know: spec of the Pryv API, "Errors"
 * (https://pryv.github.io/reference/#errors).
 */
#ifndef PRYV_ERROR_H
#define PRYV_ERROR_H

#include <jansson.h>
#include <pryv/arena.h>

struct pryv_err {
    struct pryv_arena *arena; /* set by whoever declares the error; never NULL */
    enum pryv_rc rc;
    int status;          /* HTTP status when refused; 0: derived from rc (500, 404, 409, 501, 503) */
    const char *id;      /* "unknown-resource"; NULL: derived from rc */
    const char *message; /* for people; texts are free */
    json_t *data;        /* owned by the arena, or NULL */
    const char *key;     /* PRYV_CONFLICT: the unique key, "id", "name", "token", a field's name */
};

#define PRYV_ERR(arena_)  \
    {                     \
        .arena = (arena_) \
    }

/* A failure told by storage and other lower layers. Returns rc, so that callers write
 * `return pryv_fail(err, PRYV_FAILED, "...")`. The message is for the log; a client sees it only when
 * the result is a refusal. */
PRYV_EXPORT enum pryv_rc pryv_fail(struct pryv_err *err, enum pryv_rc rc, const char *format, ...) PRYV_PRINTF(3, 4);
PRYV_EXPORT enum pryv_rc pryv_conflict(struct pryv_err *err, const char *key, const char *format, ...) PRYV_PRINTF(3, 4);

/* A refusal with the API's id and status. `data` may be NULL; its reference is stolen.
 * Returns PRYV_REFUSED. */
PRYV_EXPORT enum pryv_rc pryv_refuse(struct pryv_err *err, int status, const char *id, json_t *data, const char *format, ...)
    PRYV_PRINTF(5, 6);

/* What the client is told: never NULL, 4xx/5xx. Faults of ours become 500 unexpected-error. */
PRYV_EXPORT int pryv_err_status(const struct pryv_err *err);
PRYV_EXPORT const char *pryv_err_id(const struct pryv_err *err);
PRYV_EXPORT const char *pryv_err_message(const struct pryv_err *err);
/* What the log is told: never NULL. */
static inline const char *pryv_err_reason(const struct pryv_err *err)
{
    return err->message ? err->message : pryv_err_message(err);
}

#endif
