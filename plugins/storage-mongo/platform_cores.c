/* platform_cores.c - users by the core that they live on. */
#include "engine.h"
#include "text_order.h"
#include <stdlib.h>

struct tally {
    struct pryv_str core_id;
    uint64_t count;
};

static void count_one(struct pryv_rows *tallies, struct pryv_str core_id)
{
    struct tally *all = tallies->items;

    for (size_t i = 0; i < tallies->count; i++)
        if (pryv_str_is(all[i].core_id, core_id)) {
            all[i].count++;
            return;
        }
    *(struct tally *) pryv_rows_add(tallies) = (struct tally){ pryv_str_copy(tallies->mem, core_id), 1 };
}

static int by_core(const void *a_, const void *b_)
{
    const struct tally *a = a_, *b = b_;

    return compare_texts(a->core_id, b->core_id);
}

/* A former name leads to its user's core too, and is not counted. */
static enum pryv_rc count_users(struct pryv_session *s, struct pryv_rows *tallies, struct pryv_err *err)
{
    bson_t conditions = BSON_INITIALIZER;
    struct scan scan = { 0 };
    struct document found;

    bson_append_bool(&conditions, "present", -1, true);

    int more = (int) scan_begin(s, &core_kind, &conditions, NULL, &scan, err);

    if (more == PRYV_OK)
        while ((more = scan_next(&scan, &found, err)) > 0)
            count_one(tallies, document_text(found, "coreId"));
    scan_end(&scan);
    bson_destroy(&conditions);
    return (enum pryv_rc) more;
}

static enum pryv_rc platform_core_counts(void *self, struct pryv_arena *mem, struct pryv_str **core_ids, uint64_t **counts,
                                         size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct pryv_rows tallies = PRYV_ROWS(mem, struct tally);
    struct pryv_session s;
    enum pryv_rc rc = session_begin(&s, engine, &engine->platform, PRYV_READ, false, err);
    const struct tally *all;

    if (rc != PRYV_OK)
        return rc;
    rc = count_users(&s, &tallies, err);
    session_end(&s);
    if (rc != PRYV_OK)
        return rc;
    qsort(tallies.items, tallies.count, tallies.size, by_core);
    all = tallies.items;
    *core_ids = pryv_new_array(mem, struct pryv_str, tallies.count + 1);
    *counts = pryv_new_array(mem, uint64_t, tallies.count + 1);
    for (size_t i = 0; i < tallies.count; i++) {
        (*core_ids)[i] = all[i].core_id;
        (*counts)[i] = all[i].count;
    }
    *count = tallies.count;
    return PRYV_OK;
}

static void append_page(struct pryv_str core_id, struct pryv_str after, bson_t *conditions, bson_t *options)
{
    bson_t member;

    bson_append_bool(conditions, "present", -1, true);
    document_put_text(conditions, "coreId", core_id);
    if (after.data) {
        bson_append_document_begin(conditions, "id", -1, &member);
        document_put_text(&member, "$gt", after);
        bson_append_document_end(conditions, &member);
    }
    bson_append_document_begin(options, "sort", -1, &member);
    bson_append_int32(&member, "id", -1, 1);
    bson_append_document_end(options, &member);
}

static enum pryv_rc platform_core_users(void *self, struct pryv_arena *mem, struct pryv_str core_id, struct pryv_str after,
                                        size_t limit, struct pryv_str **usernames, size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct pryv_rows names = PRYV_ROWS(mem, struct pryv_str);
    bson_t conditions = BSON_INITIALIZER, options = BSON_INITIALIZER;
    struct scan scan = { 0 };
    struct document found;
    struct pryv_session s;
    enum pryv_rc rc = session_begin(&s, engine, &engine->platform, PRYV_READ, false, err);

    if (rc == PRYV_OK) {
        append_page(core_id, after, &conditions, &options);

        int more = (int) scan_begin(&s, &core_kind, &conditions, &options, &scan, err);

        if (more == PRYV_OK)
            while (names.count < limit && (more = scan_next(&scan, &found, err)) > 0)
                *(struct pryv_str *) pryv_rows_add(&names) = pryv_str_copy(mem, document_text(found, "id"));
        scan_end(&scan);
        session_end(&s);
        rc = more < 0 ? (enum pryv_rc) more : PRYV_OK;
    }
    bson_destroy(&conditions);
    bson_destroy(&options);
    if (rc != PRYV_OK)
        return rc;
    *usernames = names.items;
    *count = names.count;
    return PRYV_OK;
}

struct core_move {
    struct pryv_str from, to;
    uint64_t moved;
};

static enum pryv_rc move_users(struct pryv_session *s, void *move_, struct pryv_err *err)
{
    struct core_move *move = move_;
    struct pryv_str key = key_of(err->arena, "core:", move->to);
    struct pryv_rows versions = PRYV_ROWS(err->arena, struct version);
    enum pryv_rc rc = session_list(s, &core_kind, key_of(err->arena, "core:", move->from), &versions, err);

    for (size_t i = 0; rc == PRYV_OK && i < versions.count; i++) {
        const struct version *version = (struct version *) versions.items + i;
        struct core_row row;

        document_read_row(version->document, &core_kind, &row);
        row.core_id = move->to;
        rc = session_put_row(s, &core_kind, row.id, &key, 1, &row, version, err);
    }
    move->moved = versions.count;
    return rc;
}

static enum pryv_rc platform_core_move(void *self, struct pryv_str from, struct pryv_str to, uint64_t *moved,
                                       struct pryv_err *err)
{
    struct engine *engine = self;
    struct core_move move = { from, to, 0 };
    enum pryv_rc rc = session_run(engine, &engine->platform, move_users, &move, err);

    if (rc == PRYV_OK)
        *moved = move.moved;
    return rc;
}

void platform_cores_offer(struct pryv_platform_ops *ops)
{
    ops->core_counts = platform_core_counts;
    ops->core_users = platform_core_users;
    ops->core_move = platform_core_move;
}
