/* write.c - points into one series, or into several: all of a request, or nothing.
 *
 * What was given is checked and packed before the WRITE session is opened; in it the event is looked at again, and when it has changed in a way
 * that counts, all is checked anew. */
#include "accept.h"
#include "body.h"
#include "builder.h"
#include "caller.h"
#include "csv_read.h"
#include "fields.h"
#include "upkeep.h"
#include <stdlib.h>

enum { TRIES = 5 };

struct part { /* of a write: what goes to one event */
    struct pryv_str event_id;
    const struct flat *flat; /* NULL: the points are CSV */
    struct pryv_str csv;
    struct pryv_event event; /* as it was when the rest was made */
    struct pryv_series_chunk *chunks;
    size_t chunk_count, chunk_size;
    int64_t end; /* the last moment; -1: no points */
    struct pryv_arena *mem;
    bool extended;
};

/* ---- Checking ----------------------------------------------------------------------------------- */

static enum pryv_rc trashed(struct pryv_err *err)
{
    return pryv_refuse(err, 400, "invalid-operation", json_pack("{s:s}", "trashedReference", "eventId"),
                       "The event is in the trash.");
}

static enum pryv_rc check_event(struct pryv_call *call, struct pryv_session *session, struct part *part, struct pryv_err *err)
{
    enum pryv_rc rc = caller_event(call, session, part->event_id, &part->event, err);

    if (rc == PRYV_OK && part->event.trashed)
        rc = trashed(err);
    return rc == PRYV_OK ? caller_may_write(call, &part->event, err) : rc;
}

static enum pryv_rc fields_of(const struct pryv_call *call, const struct part *part, struct pryv_series_field **fields,
                              size_t *count, struct pryv_err *err)
{
    const struct hfs *hfs = hfs_self();
    enum pryv_rc rc = hfs->events->fields(hfs->events_self, call->arena, part->event.type, fields, count, err);

    return rc == PRYV_NOT_FOUND ? pryv_refuse(err, 400, "invalid-operation", NULL, "The event is not a series of a known type.")
                                : rc;
}

/* ---- Packing -------------------------------------------------------------------------------------- */

static enum pryv_rc keep_chunk(void *context, const struct pryv_series_chunk *chunk, struct pryv_err *err PRYV_UNUSED)
{
    struct part *part = context;

    if (part->chunk_count == part->chunk_size) {
        struct pryv_series_chunk *more;

        part->chunk_size = part->chunk_size ? 2 * part->chunk_size : 4;
        more = pryv_new_array(part->mem, struct pryv_series_chunk, part->chunk_size);
        if (part->chunk_count)
            memcpy(more, part->chunks, part->chunk_count * sizeof(*more));
        part->chunks = more;
    }
    part->chunks[part->chunk_count] = *chunk;
    part->chunks[part->chunk_count++].bytes = pryv_str_copy(part->mem, chunk->bytes);
    return PRYV_OK;
}

static bool ascends(const struct pryv_series_points *points)
{
    for (size_t i = 1; i < points->count; i++)
        if (points->times[i] <= points->times[i - 1])
            return false;
    return true;
}

struct place {
    int64_t time;
    size_t row;
};

static int by_time(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Of rows with the same time the last one stays. */
static enum pryv_rc add_in_order(struct pryv_arena *mem, struct builder *builder, const struct pryv_series_points *points,
                                 struct pryv_err *err)
{
    struct place *places = pryv_new_array(mem, struct place, points->count);
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; i < points->count; i++)
        places[i] = (struct place){ points->times[i], i };
    qsort(places, points->count, sizeof(*places), by_time);
    for (size_t i = 0; rc == PRYV_OK && i < points->count; i++)
        if (i + 1 == points->count || places[i + 1].time != places[i].time)
            rc = builder_add(builder, points, places[i].row, 1, err);
    return rc;
}

static enum pryv_rc add_points(struct pryv_arena *mem, struct builder *builder, const struct pryv_series_points *points,
                               struct pryv_err *err)
{
    return ascends(points) ? builder_add(builder, points, 0, points->count, err) : add_in_order(mem, builder, points, err);
}

static enum pryv_rc pack(struct part *part, const struct pryv_series_points *points, struct pryv_err *err)
{
    struct builder *builder = builder_new((size_t) hfs_self()->config->chunk_points, 0, keep_chunk, part);
    enum pryv_rc rc;

    part->chunk_count = 0;
    part->end = -1;
    for (size_t i = 0; i < points->count; i++)
        part->end = points->times[i] > part->end ? points->times[i] : part->end;
    rc = add_points(part->mem, builder, points, err);
    if (rc == PRYV_OK)
        rc = builder_end(builder, err);
    builder_free(builder);
    return rc;
}

static enum pryv_rc prepare(struct pryv_call *call, struct pryv_session *session, struct part *part, struct pryv_err *err)
{
    struct pryv_series_field *fields;
    struct pryv_series_points points;
    size_t count;
    enum pryv_rc rc;

    part->mem = call->arena;
    if ((rc = check_event(call, session, part, err)) != PRYV_OK || (rc = fields_of(call, part, &fields, &count, err)) != PRYV_OK)
        return rc;
    rc = part->flat ? fields_read(call->arena, part->flat, fields, count, part->event.time, &points, err)
                    : csv_read(call->arena, part->csv, fields, count, part->event.time, &points, err);
    return rc == PRYV_OK ? pack(part, &points, err) : rc;
}

/* ---- Storing -------------------------------------------------------------------------------------- */

static bool is_as_it_was(const struct pryv_event *a, const struct pryv_event *b)
{
    return pryv_str_is(a->type, b->type) && a->time == b->time && a->trashed == b->trashed &&
           pryv_str_is(a->stream_ids_json, b->stream_ids_json);
}

/* `*changed`: the event is not as it was, nothing is stored. */
static enum pryv_rc store_part(struct pryv_call *call, struct pryv_session *session, struct part *part, bool *changed,
                               struct pryv_err *err)
{
    const struct hfs *hfs = hfs_self();
    struct pryv_event event;
    enum pryv_rc rc = caller_event(call, session, part->event_id, &event, err);

    if (rc != PRYV_OK)
        return rc;
    *changed = !is_as_it_was(&event, &part->event);
    for (size_t i = 0; rc == PRYV_OK && !*changed && i < part->chunk_count; i++)
        rc = hfs->storage->series_append(session, part->event_id, &part->chunks[i], err);
    part->extended = part->end >= 0 && !upkeep_has_room(hfs->upkeep, call->user->id, part->event_id);
    if (rc == PRYV_OK && !*changed && part->extended)
        rc = hfs->events->extend(hfs->events_self, session, call->arena, part->event_id, pryv_series_seconds(part->end),
                                 call->author, call->now, err);
    return rc;
}

static enum pryv_rc store_parts(struct pryv_call *call, struct part *parts, size_t count, bool *changed, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = hfs_self()->storage;
    struct pryv_session *session;
    enum pryv_rc rc = caller_open(call, PRYV_WRITE, &session, err);

    if (rc != PRYV_OK)
        return rc;
    *changed = false;
    for (size_t i = 0; rc == PRYV_OK && !*changed && i < count; i++)
        rc = store_part(call, session, &parts[i], changed, err);
    if (rc == PRYV_OK && !*changed)
        rc = storage->commit(session, err);
    storage->close(session);
    return rc;
}

typedef enum pryv_rc (*preparer)(struct pryv_call *call, struct pryv_session *session, struct part *part, const void *source,
                                 struct pryv_err *err);

/* `sources`: what each part is made of, `source_size` bytes apart. */
static enum pryv_rc try_once(struct pryv_call *call, struct part *parts, const void *sources, size_t source_size, size_t count,
                             preparer prepare_part, bool *changed, struct pryv_err *err)
{
    struct pryv_session *session;
    enum pryv_rc rc = caller_open(call, PRYV_READ, &session, err);
    bool empty = true;

    *changed = false;
    if (rc != PRYV_OK)
        return rc;
    for (size_t i = 0; rc == PRYV_OK && i < count; i++) {
        rc = prepare_part(call, session, &parts[i], (const char *) sources + i * source_size, err);
        empty = empty && parts[i].end < 0;
    }
    hfs_self()->storage->close(session);
    return rc == PRYV_OK && !empty ? store_parts(call, parts, count, changed, err) : rc;
}

static enum pryv_rc store(struct pryv_call *call, const void *sources, size_t source_size, size_t count, preparer prepare_part,
                          struct pryv_err *err)
{
    struct part *parts = pryv_new_array(call->arena, struct part, count);
    bool changed = true;
    enum pryv_rc rc = PRYV_OK;

    for (int tries = 0; rc == PRYV_OK && changed && tries < TRIES; tries++)
        rc = try_once(call, parts, sources, source_size, count, prepare_part, &changed, err);
    if (rc == PRYV_OK && changed)
        return pryv_fail(err, PRYV_BUSY, "an event changes all the time while points are added to it");
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        if (parts[i].end >= 0)
            upkeep_wrote(hfs_self()->upkeep, call, parts[i].event_id, parts[i].end, parts[i].chunk_count,
                         (struct span){ parts[i].chunks[0].from, parts[i].chunks[parts[i].chunk_count - 1].to },
                         parts[i].extended);
    return rc;
}

/* ---- Routes --------------------------------------------------------------------------------------- */

static enum pryv_rc body_of(struct pryv_call *call, struct pryv_str *text, struct pryv_err *err)
{
    *text = PRYV_STR("");
    if (!is_media_type(pryv_request_content_type(call->request), "application/json"))
        return PRYV_OK; /* counts as {} */
    return pryv_request_body_text(call->request, text, err);
}

static void answer_ok(struct pryv_call *call)
{
    pryv_json_put_text(pryv_call_json(call), "status", "ok");
}

struct single {
    struct pryv_str event_id;
    bool is_csv;
    struct pryv_str text;
    struct flat flat;
};

static enum pryv_rc prepare_single(struct pryv_call *call, struct pryv_session *session, struct part *part, const void *source,
                                   struct pryv_err *err)
{
    const struct single *single = source;

    part->event_id = single->event_id;
    part->flat = single->is_csv ? NULL : &single->flat;
    part->csv = single->text;
    return prepare(call, session, part, err);
}

/* CSV is looked at when the event is known; JSON that is none is told before all else. */
static enum pryv_rc read_single(struct pryv_call *call, struct single *single, struct pryv_err *err)
{
    enum pryv_rc rc;

    single->event_id = pryv_request_path_param(call->request, "id");
    single->is_csv = is_media_type(pryv_request_content_type(call->request), "text/csv");
    if (single->is_csv)
        return pryv_request_body_text(call->request, &single->text, err);
    rc = body_of(call, &single->text, err);
    return rc == PRYV_OK
               ? body_read_flat(call->arena, single->text, (size_t) hfs_self()->config->max_json_depth, &single->flat, err)
               : rc;
}

enum pryv_rc series_write(struct pryv_call *call, struct pryv_err *err)
{
    struct single single = { .is_csv = false };
    bool elsewhere;
    enum pryv_rc rc;

    if ((rc = read_single(call, &single, err)) != PRYV_OK || (rc = caller_load(call, 400, &elsewhere, err)) != PRYV_OK ||
        elsewhere)
        return rc;
    rc = store(call, &single, sizeof(single), 1, prepare_single, err);
    if (rc == PRYV_OK)
        answer_ok(call);
    return rc;
}

static enum pryv_rc prepare_element(struct pryv_call *call, struct pryv_session *session, struct part *part, const void *source,
                                    struct pryv_err *err)
{
    const struct element *element = source;
    enum pryv_rc rc;

    part->event_id = element->event_id;
    part->flat = &element->flat;
    if (element->is_object && element->event_id.data)
        rc = prepare(call, session, part, err);
    else
        rc = hfs_malformed(err, "An element of a batch must be {eventId, data}, and eventId a text.");
    if (rc == PRYV_REFUSED)
        err->message = pryv_format(err->arena, "data[%zu]: %s", element->index, err->message).data;
    return rc;
}

enum pryv_rc series_write_batch(struct pryv_call *call, struct pryv_err *err)
{
    struct batch batch;
    struct pryv_str text;
    bool elsewhere;
    enum pryv_rc rc;

    if ((rc = body_of(call, &text, err)) != PRYV_OK ||
        (rc = body_read_batch(call->arena, text, (size_t) hfs_self()->config->max_json_depth, &batch, err)) != PRYV_OK ||
        (rc = caller_load(call, 400, &elsewhere, err)) != PRYV_OK || elsewhere)
        return rc;
    if (!batch.is_object || !pryv_str_equal(batch.format, "seriesBatch"))
        return hfs_malformed(err, "The format must be \"seriesBatch\".");
    if (batch.data_state != MEMBER_GOOD)
        return hfs_malformed(err, "\"data\" must be a list.");
    rc = store(call, batch.elements, sizeof(*batch.elements), batch.count, prepare_element, err);
    if (rc == PRYV_OK)
        answer_ok(call);
    return rc;
}
