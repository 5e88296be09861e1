/* neighbours.c - see neighbours.h. */
#include "neighbours.h"
#include "collection.h"
#include <math.h>
#include <pryv/config.h>
#include <pryv/crypto.h>
#include <pryv/log.h>
#include <unistd.h>

/* A mark that is older is of a server that was killed. */
enum { MARK_LASTS_SECONDS = 4 * MARK_SECONDS };

/* FNV-1a. */
static uint32_t add_to_hash(uint32_t hash, struct pryv_str text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char) text.data[i]) * 0x01000193u;
    return hash;
}

/* This server's: of its machine and data folder, the same for all its workers. */
static struct pryv_str own_number(struct pryv_arena *mem)
{
    char host[256] = "";

    gethostname(host, sizeof(host) - 1);
    return pryv_format(mem, "%08x", (unsigned) add_to_hash(add_to_hash(0x811c9dc5u, pryv_str(host)), pryv_data_dir()));
}

static enum pryv_rc leave_mark(const struct engine *engine, mongoc_collection_t *marks, struct pryv_str number,
                               struct pryv_err *err)
{
    bson_t which = BSON_INITIALIZER, mark = BSON_INITIALIZER, options = BSON_INITIALIZER;
    bson_error_t error;

    document_put_text(&which, "_id", number);
    document_put_text(&mark, "_id", number);
    document_put_text(&mark, "process", pryv_str(engine->server.process));
    document_put_number(&mark, "time", pryv_now());
    bson_append_bool(&options, "upsert", -1, true);

    bool left = mongoc_collection_replace_one(marks, &which, &mark, &options, NULL, &error);

    bson_destroy(&which);
    bson_destroy(&mark);
    bson_destroy(&options);
    return left ? PRYV_OK : server_failed(&error, "write to", err);
}

static enum pryv_rc count_others(mongoc_collection_t *marks, struct pryv_str number, int *count, struct pryv_err *err)
{
    bson_t all = BSON_INITIALIZER;
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(marks, &all, NULL, NULL);
    const bson_t *found;
    bson_error_t error;
    enum pryv_rc rc = PRYV_OK;

    *count = 0;
    while (mongoc_cursor_next(cursor, &found)) {
        double age = pryv_now() - document_number(document_of(found), "time");

        if (!pryv_str_is(document_text(document_of(found), "_id"), number) && fabs(age) <= MARK_LASTS_SECONDS)
            ++*count;
    }
    if (mongoc_cursor_error(cursor, &error))
        rc = server_failed(&error, "read", err);
    mongoc_cursor_destroy(cursor);
    bson_destroy(&all);
    return rc;
}

static enum pryv_rc look(struct engine *engine, int *others, struct pryv_err *err)
{
    struct pryv_str number = own_number(err->arena);
    mongoc_client_t *client;
    mongoc_collection_t *marks;
    enum pryv_rc rc = server_take(&engine->server, &client, err);

    if (rc != PRYV_OK)
        return rc;
    marks = passing_collection(client, engine->database, "servers");
    rc = leave_mark(engine, marks, number, err);
    engine->left_mark = rc == PRYV_OK;
    if (rc == PRYV_OK)
        rc = count_others(marks, number, others, err);
    mongoc_collection_destroy(marks);
    server_give(&engine->server, client);
    return rc;
}

void neighbours_look(struct engine *engine)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    int others = engine->neighbours;

    if (look(engine, &others, &err) != PRYV_OK)
        pryv_log_warn(LOG_NAME, "whether other servers use the database cannot be asked: %s", pryv_err_reason(&err));
    else if (others > engine->neighbours)
        pryv_log_warn(
            LOG_NAME,
            "%d other server%s, on another machine or with another data folder, use%s the database %s, or did a minute ago: what "
            "one of them changes or revokes the others may not notice; stop all but one",
            others, others > 1 ? "s" : "", others > 1 ? "" : "s", engine->database);
    engine->neighbours = others;
    pryv_arena_free(mem);
}

void neighbours_leave(struct engine *engine)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err unseen = PRYV_ERR(mem);
    mongoc_client_t *client;

    if (engine->left_mark && server_take(&engine->server, &client, &unseen) == PRYV_OK) {
        mongoc_collection_t *marks = passing_collection(client, engine->database, "servers");
        bson_t own = BSON_INITIALIZER;

        document_put_text(&own, "_id", own_number(mem));
        document_put_text(&own, "process", pryv_str(engine->server.process));
        (void) !collection_delete_many(marks, &own, NULL, &unseen); /* else it is over soon */
        bson_destroy(&own);
        mongoc_collection_destroy(marks);
        server_give(&engine->server, client);
    }
    pryv_arena_free(mem);
}
