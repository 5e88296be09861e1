/* copy_series.c - chunks of series. Where several have a point at the same moment, their ranks tell which one counts; ranks are numbers among the ids
 * of one engine (pryv/series.h). So they are copied in the order of their ranks, without them. */
#include "copy_kinds.h"
#include <pryv/series.h>
#include <stdlib.h>

enum { CHUNKS_AT_ONCE = 16, PLACES_AT_FIRST = 64 };

#define S struct chunk_row
static const struct member chunk_members[] = { TEXT(S, event_id, "event"),    NUMBER(S, chunk.from, "from"),
                                               NUMBER(S, chunk.to, "to"),     COUNT(S, chunk.points, "points"),
                                               TEXT(S, chunk.bytes, "bytes"), MEMBERS_END };
#undef S

/* Within an event their order is part of what is copied. */
static int by_event(const void *a_, const void *b_)
{
    const struct chunk_row *a = a_, *b = b_;

    return order_texts(a->event_id, b->event_id);
}

static struct pryv_str chunk_label(struct pryv_arena *mem, const void *row_)
{
    const struct chunk_row *row = row_;

    return pryv_format(mem, "%.17g to %.17g of %.*s", row->chunk.from, row->chunk.to, PRYV_STR_ARG(row->event_id));
}

/* ---- In the order of ranks ---- */

static int by_rank(const void *a_, const void *b_)
{
    const struct chunk_place *a = a_, *b = b_;

    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static void add_place(struct reader *reader, const struct pryv_series_chunk *chunk)
{
    if (reader->place_count == reader->place_room) {
        reader->place_room = reader->place_room ? 2 * reader->place_room : PLACES_AT_FIRST;
        reader->places = realloc(reader->places, reader->place_room * sizeof(*reader->places));
        if (!reader->places)
            abort();
    }
    reader->places[reader->place_count++] = (struct chunk_place){ pryv_series_rank(chunk), chunk->id, chunk->from, chunk->to };
}

static enum pryv_rc find_places(struct reader *reader, struct pryv_str event, struct pryv_err *err)
{
    size_t got = CHUNKS_AT_ONCE;

    reader->place_count = reader->place_at = 0;
    for (uint64_t after = 0; got == CHUNKS_AT_ONCE;) {
        struct pryv_arena *page = pryv_arena_new();
        struct pryv_series_chunk *chunks;
        enum pryv_rc rc = reader->side->storage->series_scan(reader->session, page, event, (double) -INFINITY, (double) INFINITY,
                                                             after, CHUNKS_AT_ONCE, &chunks, &got, err);

        for (size_t i = 0; rc == PRYV_OK && i < got; i++) {
            add_place(reader, &chunks[i]);
            after = chunks[i].id;
        }
        pryv_arena_free(page);
        if (rc != PRYV_OK)
            return rc;
    }
    if (reader->place_count)
        qsort(reader->places, reader->place_count, sizeof(*reader->places), by_rank);
    return PRYV_OK;
}

static enum pryv_rc read_chunk(struct reader *reader, struct pryv_str event, const struct chunk_place *place,
                               struct pryv_series_chunk *out, struct pryv_err *err)
{
    struct pryv_series_chunk *found;
    size_t count;
    enum pryv_rc rc = reader->side->storage->series_scan(reader->session, reader->page, event, place->from, place->to,
                                                         place->id - 1, 1, &found, &count, err);

    if (rc != PRYV_OK)
        return rc;
    if (count != 1 || found->id != place->id)
        return pryv_fail(err, PRYV_FAILED, "a chunk of a series is gone within one session");
    *out = *found;
    out->bytes = pryv_series_unranked(reader->page, found->bytes);
    return PRYV_OK;
}

/* The next ones, of the same event or of the one after. */
static int more_chunks(struct reader *reader, struct pryv_err *err)
{
    struct pryv_str event = reader->name_at ? reader->names[reader->name_at - 1] : PRYV_STR_NONE;
    struct chunk_row *rows = pryv_new_array(reader->page, struct chunk_row, CHUNKS_AT_ONCE);
    size_t count = 0;
    enum pryv_rc rc = PRYV_OK;

    if (reader->place_at == reader->place_count) {
        int more = reader_next_name(reader, reader->side->storage->series_events, &event, err);

        if (more <= 0)
            return more;
        rc = find_places(reader, event, err);
    }
    for (; rc == PRYV_OK && count < CHUNKS_AT_ONCE && reader->place_at < reader->place_count; count++) {
        rows[count].event_id = event;
        rc = read_chunk(reader, event, &reader->places[reader->place_at++], &rows[count].chunk, err);
    }
    if (rc != PRYV_OK)
        return (int) rc;
    reader_set_list(reader, rows, count);
    return 1;
}

static enum pryv_rc insert_at_once(const struct side *side, struct pryv_session *session, const struct chunk_row *rows,
                                   size_t count, struct pryv_err *err)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_str *events = pryv_new_array(mem, struct pryv_str, count);
    struct pryv_series_chunk *chunks = pryv_new_array(mem, struct pryv_series_chunk, count);
    enum pryv_rc rc;

    for (size_t i = 0; i < count; i++) {
        events[i] = rows[i].event_id;
        chunks[i] = rows[i].chunk;
    }
    rc = side->storage->series_append_all(session, events, chunks, count, err);
    pryv_arena_free(mem);
    return rc;
}

static enum pryv_rc insert_chunks(const struct side *side, struct pryv_session *session, const void *rows_, size_t count,
                                  struct pryv_err *err)
{
    const struct chunk_row *rows = rows_;
    enum pryv_rc rc = PRYV_OK;

    if (IS_OFFERED(side->storage, struct pryv_storage_ops, series_append_all))
        return insert_at_once(side, session, rows, count, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = side->storage->series_append(session, rows[i].event_id, &rows[i].chunk, err);
    return rc;
}

const struct kind chunk_kind = { .name = "series chunks",
                                 .size = sizeof(struct chunk_row),
                                 .members = chunk_members,
                                 .order = by_event,
                                 .label = chunk_label,
                                 .more = more_chunks,
                                 .insert_all = insert_chunks };
