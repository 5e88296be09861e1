/* streams.c - streams and their deletion records. */
#include "storage.h"

static void put(struct pryv_session *s, struct pryv_arena *mem, const struct pryv_stream *stream)
{
    struct row *row = row_new(STREAM, stream);

    session_put(s, map_key(mem, STREAM_BY_ID, stream->id), row);
    session_put(s, map_key(mem, STREAM_BY_NAME, stream->parent_id, stream->name), row);
    row_release(row);
}

static void take(struct pryv_session *s, struct pryv_arena *mem, const struct pryv_stream *stream)
{
    session_remove(s, map_key(mem, STREAM_BY_NAME, stream->parent_id, stream->name));
    session_remove(s, map_key(mem, STREAM_BY_ID, stream->id));
}

static void forget_deletion(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id)
{
    const struct row *row = session_find(s, map_key(mem, STREAM_DELETION, id));

    if (!row)
        return;
    session_remove(s, map_key(mem, STREAM_DELETION_BY_TIME, row->deletion.deleted, id));
    session_remove(s, map_key(mem, STREAM_DELETION, id));
}

static enum pryv_rc name_is_taken(const struct pryv_stream *stream, struct pryv_err *err)
{
    return pryv_conflict(err, "name", "a sibling is called %.*s", PRYV_STR_ARG(stream->name));
}

static enum pryv_rc stream_insert(struct pryv_session *s, const struct pryv_stream *stream, struct pryv_err *err)
{
    struct pryv_arena *mem = err->arena;
    MUST(session_writes(s, err));
    if (session_find(s, map_key(mem, STREAM_BY_ID, stream->id)))
        return pryv_conflict(err, "id", "there is a stream %.*s", PRYV_STR_ARG(stream->id));
    if (session_find(s, map_key(mem, STREAM_BY_NAME, stream->parent_id, stream->name)))
        return name_is_taken(stream, err);
    forget_deletion(s, mem, stream->id);
    put(s, mem, stream);
    return session_written(s);
}

static enum pryv_rc unknown(struct pryv_str id, struct pryv_err *err)
{
    return pryv_fail(err, PRYV_NOT_FOUND, "no stream %.*s", PRYV_STR_ARG(id));
}

static enum pryv_rc stream_update(struct pryv_session *s, const struct pryv_stream *stream, struct pryv_err *err)
{
    struct pryv_arena *mem = err->arena;
    MUST(session_writes(s, err));
    const struct row *old = session_find(s, map_key(mem, STREAM_BY_ID, stream->id));
    const struct row *namesake = session_find(s, map_key(mem, STREAM_BY_NAME, stream->parent_id, stream->name));

    if (!old)
        return unknown(stream->id, err);
    if (namesake && namesake != old)
        return name_is_taken(stream, err);
    take(s, mem, &old->stream);
    put(s, mem, stream);
    return session_written(s);
}

static enum pryv_rc stream_delete(struct pryv_session *s, struct pryv_str id, double deleted, struct pryv_err *err)
{
    struct pryv_arena *mem = err->arena;
    MUST(session_writes(s, err));
    const struct row *old = session_find(s, map_key(mem, STREAM_BY_ID, id));

    if (!old)
        return unknown(id, err);

    struct row *row = row_new(DELETION, &(struct pryv_deletion){ .id = id, .deleted = deleted });

    take(s, mem, &old->stream);
    session_put(s, map_key(mem, STREAM_DELETION, id), row);
    session_put(s, map_key(mem, STREAM_DELETION_BY_TIME, deleted, id), row);
    row_release(row);
    return session_written(s);
}

static enum pryv_rc stream_get(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str id, struct pryv_stream *out,
                               struct pryv_err *err)
{
    MUST(session_reads(s, err));
    const struct row *row = session_find(s, map_key(err->arena, STREAM_BY_ID, id));

    if (!row)
        return unknown(id, err);
    row_read(row, mem, out);
    return PRYV_OK;
}

static enum pryv_rc streams_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_stream **out, size_t *count,
                                struct pryv_err *err)
{
    MUST(session_reads(s, err));
    *out = session_list(s, mem, STREAM, (struct map_walk){ .prefix = all_of(STREAM_BY_ID) }, SIZE_MAX, count);
    return PRYV_OK;
}

static enum pryv_rc stream_deletions(struct pryv_session *s, struct pryv_arena *mem, double since, struct pryv_deletion **out,
                                     size_t *count, struct pryv_err *err)
{
    struct map_walk walk = { .prefix = all_of(STREAM_DELETION_BY_TIME), .after = map_key(mem, STREAM_DELETED_AFTER, since) };
    MUST(session_reads(s, err));
    *out = session_list(s, mem, DELETION, walk, SIZE_MAX, count);
    return PRYV_OK;
}

uint64_t streams_purge(struct pryv_session *s, struct pryv_arena *mem, double before)
{
    struct map *before_all = map_keep(s->map); /* rows stay while they are walked over */
    struct map_walk walk = { .map = before_all, .prefix = all_of(STREAM_DELETION_BY_TIME) };
    const struct row *row;
    uint64_t purged = 0;

    for (; (row = map_step(&walk)) && row->deletion.deleted < before; purged++)
        forget_deletion(s, mem, row->deletion.id);
    map_release(before_all);
    return purged;
}

void streams_offer(struct pryv_storage_ops *ops)
{
    ops->stream_insert = stream_insert;
    ops->stream_update = stream_update;
    ops->stream_delete = stream_delete;
    ops->stream_get = stream_get;
    ops->streams_all = streams_all;
    ops->stream_deletions = stream_deletions;
}
