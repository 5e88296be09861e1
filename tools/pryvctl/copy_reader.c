/* copy_reader.c - see copy.h. */
#include "copy.h"
#include <stdlib.h>

enum { NAMES_AT_ONCE = 1000 };

void reader_begin(struct reader *reader, const struct side *side, struct pryv_session *session, const struct kind *kind,
                  uint64_t skip)
{
    *reader = (struct reader){ .side = side, .session = session, .kind = kind, .skip = skip, .page = pryv_arena_new() };
}

void reader_end(struct reader *reader)
{
    reader->side->storage->cursor_close(reader->cursor);
    pryv_arena_free(reader->page);
    pryv_arena_free(reader->names_page);
    free(reader->places);
}

void reader_set_list(struct reader *reader, void *items, size_t count)
{
    reader->items = items;
    reader->count = count;
    reader->at = 0;
}

int reader_set_sorted(struct reader *reader, void *items, size_t count)
{
    if (count)
        qsort(items, count, reader->kind->size, reader->kind->order);
    reader_set_list(reader, items, count);
    return 1;
}

int reader_next_name(struct reader *reader, list_names list, struct pryv_str *name, struct pryv_err *err)
{
    if (reader->name_at == reader->name_count && !reader->names_ended) {
        struct pryv_arena *page = pryv_arena_new();
        struct pryv_str after = reader->name_count ? reader->names[reader->name_count - 1] : PRYV_STR_NONE;
        enum pryv_rc rc = list(reader->session, page, after, NAMES_AT_ONCE, &reader->names, &reader->name_count, err);

        pryv_arena_free(reader->names_page);
        reader->names_page = page;
        if (rc != PRYV_OK)
            return (int) rc;
        reader->name_at = 0;
        reader->names_ended = reader->name_count < NAMES_AT_ONCE;
    }
    if (reader->name_at == reader->name_count)
        return 0;
    *name = reader->names[reader->name_at++];
    return 1;
}

/* 1: the next row of what there is at the moment. */
static int step(struct reader *reader, const void **row, struct pryv_err *err)
{
    int more = 0;

    if (reader->cursor) {
        more = reader->side->storage->cursor_next(reader->cursor, &reader->event, err);
        *row = &reader->event;
    } else if (reader->at < reader->count) {
        *row = reader->items + reader->at++ * reader->kind->size;
        more = 1;
    }
    if (more == 0) {
        reader->side->storage->cursor_close(reader->cursor);
        reader->cursor = NULL;
    }
    return more;
}

/* Memory of the page before goes with it. */
static int refill(struct reader *reader, struct pryv_err *err)
{
    reader_set_list(reader, NULL, 0);
    pryv_arena_free(reader->page);
    reader->page = pryv_arena_new();

    int more = reader->kind->more(reader, err);

    reader->started = true;
    return more;
}

int reader_next(struct reader *reader, const void **row, struct pryv_err *err)
{
    for (;;) {
        int more = step(reader, row, err);

        if (more > 0 && reader->skip == 0)
            return more;
        if (more > 0)
            reader->skip--;
        else if (more < 0 || (more = refill(reader, err)) <= 0)
            return more;
    }
}
