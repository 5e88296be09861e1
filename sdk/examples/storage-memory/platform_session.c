/* platform_session.c - see platform_session.h. */
#include "platform_session.h"

struct row *platform_find(const struct pryv_session *s, struct pryv_str key)
{
    struct row *row = session_find(s, key);

    return row && !value_is_over(&row->value) ? row : NULL;
}

struct space *platform_of(void *self)
{
    return ((struct memory *) self)->platform;
}

enum pryv_rc platform_end(struct pryv_session *s, enum pryv_rc rc, struct pryv_err *err)
{
    if (rc == PRYV_OK)
        rc = session_commit(s, err);
    session_end(s);
    return rc;
}

void platform_put(struct pryv_session *s, struct pryv_str key, const struct value *value)
{
    struct row *row = row_new(VALUE, value);

    session_put(s, key, row);
    row_release(row);
}

enum pryv_rc platform_text(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str *out, struct pryv_err *err)
{
    struct pryv_session s;

    MUST(session_begin(&s, platform_of(self), false, err));

    const struct row *row = platform_find(&s, key);

    if (row)
        *out = pryv_str_copy(mem, row->value.text);
    session_end(&s);
    return row ? PRYV_OK : pryv_fail(err, PRYV_NOT_FOUND, "not there");
}
