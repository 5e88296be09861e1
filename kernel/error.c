/* error.c - filling errors and telling what the client sees; see pryv/error.h. */
#include <pryv/error.h>
#include <pryv/json.h>

enum { LONGEST_MESSAGE = 500 }; /* bytes */

static const struct {
    enum pryv_rc rc;
    int status;
    const char *id;
    const char *message;
} defaults[] = {
    { PRYV_NOT_FOUND, 404, "unknown-resource", "Unknown resource" },
    { PRYV_CONFLICT, 409, "item-already-exists", "The item already exists" },
    { PRYV_UNSUPPORTED, 501, "api-unavailable", "This operation is not supported here" },
    { PRYV_BUSY, 503, "api-unavailable", "The server cannot do this right now; try again" },
    { PRYV_FAILED, 500, "unexpected-error", "An unexpected error occurred" },
};

/* Messages quote what clients sent, which may be megabytes; they are for people, so that a beginning will do. */
static void set_message(struct pryv_err *err, const char *format, va_list args)
{
    struct pryv_str text = pryv_vformat(err->arena, format, args);
    size_t len = LONGEST_MESSAGE;

    if (text.len > LONGEST_MESSAGE) {
        while (len > 0 && ((unsigned char) text.data[len] & 0xc0) == 0x80)
            len--;
        text = pryv_format(err->arena, "%.*s...", (int) len, text.data);
    }
    err->message = text.data;
}

enum pryv_rc pryv_fail(struct pryv_err *err, enum pryv_rc rc, const char *format, ...)
{
    va_list args;

    *err = (struct pryv_err){ .arena = err->arena, .rc = rc };
    va_start(args, format);
    set_message(err, format, args);
    va_end(args);
    return rc;
}

enum pryv_rc pryv_conflict(struct pryv_err *err, const char *key, const char *format, ...)
{
    va_list args;

    *err = (struct pryv_err){ .arena = err->arena, .rc = PRYV_CONFLICT };
    err->key = pryv_cstr(err->arena, pryv_str(key));
    va_start(args, format);
    set_message(err, format, args);
    va_end(args);
    return PRYV_CONFLICT;
}

enum pryv_rc pryv_refuse(struct pryv_err *err, int status, const char *id, json_t *data, const char *format, ...)
{
    va_list args;

    *err = (struct pryv_err){ .arena = err->arena, .rc = PRYV_REFUSED, .status = status, .id = id, .data = data };
    if (data)
        pryv_json_keep(err->arena, data);
    va_start(args, format);
    set_message(err, format, args);
    va_end(args);
    return PRYV_REFUSED;
}

static size_t default_of(const struct pryv_err *err)
{
    for (size_t i = 0; i < PRYV_COUNT(defaults); i++)
        if (defaults[i].rc == err->rc)
            return i;
    return PRYV_COUNT(defaults) - 1;
}

int pryv_err_status(const struct pryv_err *err)
{
    return err->status ? err->status : defaults[default_of(err)].status;
}

const char *pryv_err_id(const struct pryv_err *err)
{
    return err->id ? err->id : defaults[default_of(err)].id;
}

const char *pryv_err_message(const struct pryv_err *err)
{
    return err->rc == PRYV_REFUSED && err->message ? err->message : defaults[default_of(err)].message;
}
