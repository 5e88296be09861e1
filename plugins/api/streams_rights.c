/* streams_rights.c - rights on streams as they stand in a session that writes: what no other writer can change before the commit, and
 * without the whole tree, so that making a stream costs the same however many there are. */
#include "streams.h"

/* ---- Upwards --------------------------------------------------------------------------------------------- */

enum pryv_rc stream_above(struct stream_way *way, struct pryv_err *err)
{
    const struct pryv_stream *given = stream_given(api_self()->account, way->at.parent_id);
    enum pryv_rc rc = PRYV_OK;

    if (!way->at.parent_id.data || pryv_str_is(way->at.parent_id, way->remembered))
        return PRYV_NOT_FOUND;
    if (given)
        way->at = *given;
    else
        rc = api_self()->storage->stream_get(way->session, way->mem, way->at.parent_id, &way->at, err);
    if (rc == PRYV_OK && ++way->steps >= way->next) {
        way->remembered = way->at.id;
        way->next = way->steps * 2;
    }
    return rc;
}

/* ---- Levels ---------------------------------------------------------------------------------------------- */

/* The last of several entries for one stream counts. */
static bool own_level(const struct pryv_access *access, struct pryv_str id, enum pryv_level *out)
{
    const struct pryv_permission *entries;
    size_t count = pryv_access_permissions(access, &entries);

    while (count-- > 0)
        if (pryv_str_is(entries[count].stream_id, id)) {
            *out = entries[count].level;
            return true;
        }
    return false;
}

enum pryv_rc stream_check_manages(struct pryv_session *session, struct pryv_arena *mem, const struct pryv_access *access,
                                  const struct pryv_stream *row, struct pryv_err *err)
{
    struct stream_way way = { .session = session, .mem = mem, .at = *row };
    enum pryv_level level;
    enum pryv_rc rc = PRYV_OK;

    if (access->type == PRYV_PERSONAL)
        return PRYV_OK;
    while (rc == PRYV_OK && !own_level(access, way.at.id, &level))
        rc = stream_above(&way, err);
    if (rc == PRYV_NOT_FOUND)
        level = pryv_access_star_level(access);
    else if (rc != PRYV_OK)
        return rc;
    return pryv_level_manages(level) ? PRYV_OK : stream_forbidden(err);
}

enum pryv_rc stream_check_manages_parent(struct pryv_session *session, struct pryv_arena *mem, const struct pryv_access *access,
                                         struct pryv_str parent_id, struct pryv_err *err)
{
    const struct pryv_stream nowhere = { .id = parent_id };
    const struct pryv_stream *given = stream_given(api_self()->account, parent_id);
    struct pryv_stream row = given ? *given : nowhere;
    struct pryv_str inside;
    enum pryv_rc rc;

    if (access->type == PRYV_PERSONAL)
        return PRYV_OK;
    if (!parent_id.data)
        return pryv_level_manages(pryv_access_star_level(access)) ? PRYV_OK : stream_forbidden(err);
    if (stream_store_of(api_self()->account, parent_id, &inside) != STREAM_LOCAL)
        return stream_forbidden(err);
    if (given)
        return stream_check_manages(session, mem, access, &row, err);
    rc = api_self()->storage->stream_get(session, mem, parent_id, &row, err);
    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return rc;
    return stream_check_manages(session, mem, access, &row, err);
}
