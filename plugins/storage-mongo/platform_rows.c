/* platform_rows.c - see platform_rows.h. */
#include "platform_rows.h"
#include <pryv/crypto.h>

static struct pryv_str unique_id(struct pryv_arena *mem, struct pryv_str field, struct pryv_str value)
{
    return two_texts(mem, "", field, value);
}

struct pryv_str names_of_user(struct pryv_arena *mem, struct pryv_str username)
{
    return key_of(mem, "user:", username);
}

struct pryv_str names_of_ticket(struct pryv_arena *mem, struct pryv_str ticket)
{
    return key_of(mem, "ticket:", ticket);
}

int name_owner(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str field, struct pryv_str value,
               struct version *version, bool *there, struct unique_row *out, struct pryv_err *err)
{
    int found = session_get(s, &unique_kind, mem, unique_id(err->arena, field, value), version, err);

    *there = found > 0;
    if (found <= 0)
        return found;
    document_read_row(version->document, &unique_kind, out);
    return !out->ticket.data || out->expires > pryv_now();
}

enum pryv_rc name_put(struct pryv_session *s, const struct unique_row *row, const struct version *before, struct pryv_err *err)
{
    const struct pryv_str keys[] = { names_of_user(err->arena, row->username), names_of_ticket(err->arena, row->ticket) };

    return session_put_row(s, &unique_kind, unique_id(err->arena, row->field, row->value), keys, row->ticket.data ? 2 : 1, row,
                           before, err);
}

enum pryv_rc name_replace(struct pryv_session *s, const struct unique_row *row, struct pryv_err *err)
{
    struct unique_row other;
    struct version before;
    bool there;
    int found = name_owner(s, err->arena, row->field, row->value, &before, &there, &other, err);

    return found < 0 ? (enum pryv_rc) found : name_put(s, row, there ? &before : NULL, err);
}

enum pryv_rc indexed_put(struct pryv_session *s, const struct indexed_row *row, struct pryv_err *err)
{
    struct pryv_str id = two_texts(err->arena, "", row->username, row->field), key = names_of_user(err->arena, row->username);
    struct version before;
    int there = session_get(s, &indexed_kind, err->arena, id, &before, err);

    if (there < 0)
        return (enum pryv_rc) there;
    if (row->value.data)
        return session_put_row(s, &indexed_kind, id, &key, 1, row, there ? &before : NULL, err);
    return there ? session_remove(s, &indexed_kind, &before, err) : PRYV_OK;
}

enum pryv_rc core_put(struct pryv_session *s, const struct core_row *row, struct pryv_err *err)
{
    struct pryv_str key = key_of(err->arena, "core:", row->core_id);
    struct version before;
    int there = session_get(s, &core_kind, err->arena, row->id, &before, err);

    if (there < 0)
        return (enum pryv_rc) there;
    return session_put_row(s, &core_kind, row->id, &key, 1, row, there ? &before : NULL, err);
}
