/* chain.c - see chain.h. */
#include "chain.h"
#include "collection.h"
#include "journal.h"
#include <pryv/crypto.h>
#include <pryv/log.h>
#include <inttypes.h>
#include <unistd.h>

#define LOG_NAME "storage-mongo"
/* A commit that counts for nothing stays so long for its writer to find out. */
enum { LATE_SECONDS = 3600, HEAD_ATTEMPTS = 100, UNSURE_ATTEMPTS = 10 };

struct pryv_str chain_commit_id(struct pryv_arena *mem, const char *name, int64_t sequence)
{
    return pryv_format(mem, "%s.%016" PRIx64, name, (uint64_t) sequence);
}

struct pryv_str chain_version_id(struct pryv_arena *mem, const char *name, int64_t sequence, uint32_t number)
{
    return pryv_format(mem, "%s.%016" PRIx64 ".%08" PRIx32, name, (uint64_t) sequence, number);
}

/* ---- What commits there are ------------------------------------------------------------------ */

static void all_commits(const struct chain *chain, struct pryv_arena *mem, bson_t *filter)
{
    bson_t range;

    bson_append_document_begin(filter, "_id", -1, &range);
    document_put_text(&range, "$gte", pryv_format(mem, "%s.", chain->name));
    document_put_text(&range, "$lt", pryv_format(mem, "%s/", chain->name)); /* the character after the point */
    bson_append_document_end(filter, &range);
}

enum { COMMITS_READ = 64 };

/* The newest first, at most COMMITS_READ. */
static enum pryv_rc read_commits(const struct chain *chain, mongoc_collection_t *commits, struct pryv_arena *mem,
                                 struct document *out, size_t *count, struct pryv_err *err)
{
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER, sort;
    mongoc_cursor_t *cursor;
    const bson_t *found;
    bson_error_t error;
    enum pryv_rc rc = PRYV_OK;

    all_commits(chain, mem, &filter);
    bson_append_document_begin(&options, "sort", -1, &sort);
    bson_append_int32(&sort, "_id", -1, -1);
    bson_append_document_end(&options, &sort);
    bson_append_int64(&options, "limit", -1, COMMITS_READ);
    cursor = mongoc_collection_find_with_opts(commits, &filter, &options, NULL);
    *count = 0;
    while (*count < COMMITS_READ && mongoc_cursor_next(cursor, &found))
        out[(*count)++] = document_copy(mem, document_of(found));
    if (mongoc_cursor_error(cursor, &error))
        rc = server_failed(&error, "read", err);
    mongoc_cursor_destroy(cursor);
    bson_destroy(&filter);
    bson_destroy(&options);
    return rc;
}

static bool is_applied(struct document commit)
{
    return document_true(commit, "applied");
}

static bool is_of_same_writer(struct document a, struct document b)
{
    return pryv_str_is(document_text(a, "writer"), document_text(b, "writer"));
}

static int64_t sequence_of(struct document commit)
{
    return document_integer(commit, "n", 0);
}

/* Those before the newest, from the oldest on. */
static enum pryv_rc delete_older(mongoc_collection_t *commits, const struct document *all, size_t count, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = count - 1; rc == PRYV_OK && i > 0; i--)
        if (is_applied(all[i]) || document_number(all[i], "at") < pryv_now() - LATE_SECONDS)
            rc = collection_delete_id(commits, document_text(all[i], "_id"), NULL, err);
    return rc;
}

/* ---- Carrying out ---------------------------------------------------------------------------- */

static enum pryv_rc mark_applied(mongoc_collection_t *commits, struct document commit, struct pryv_err *err)
{
    bson_t filter = BSON_INITIALIZER, update = BSON_INITIALIZER, member, reply;
    bson_error_t error;

    document_put_text(&filter, "_id", document_text(commit, "_id"));
    document_put_text(&filter, "writer", document_text(commit, "writer"));
    bson_append_document_begin(&update, "$set", -1, &member);
    bson_append_bool(&member, "applied", -1, true);
    bson_append_document_end(&update, &member);
    bson_append_document_begin(&update, "$unset", -1, &member);
    bson_append_utf8(&member, "changes", -1, "", -1);
    bson_append_document_end(&update, &member);

    bool done = mongoc_collection_update_one(commits, &filter, &update, NULL, &reply, &error);

    bson_destroy(&reply);
    bson_destroy(&filter);
    bson_destroy(&update);
    return done ? PRYV_OK : server_failed(&error, "write to", err);
}

static enum pryv_rc carry_out(const struct chain *chain, mongoc_client_t *client, mongoc_collection_t *commits,
                              struct document commit, struct pryv_err *err)
{
    enum pryv_rc rc = journal_apply(chain, client, commit, err);

    if (rc == PRYV_OK)
        rc = mark_applied(commits, commit, err);
    if (rc == PRYV_OK)
        rc = journal_delete_parts(chain, client, commit, err);
    return rc;
}

/* NOT_FOUND: the commit before it is gone. */
static enum pryv_rc find_before(const struct chain *chain, mongoc_collection_t *commits, int64_t sequence, struct pryv_err *err)
{
    struct document found;

    return collection_find_id(commits, chain_commit_id(err->arena, chain->name, sequence - 1), err->arena, &found, err);
}

/* One look: PRYV_OK with `*settled` false means to look again. */
static enum pryv_rc settle(const struct chain *chain, mongoc_client_t *client, mongoc_collection_t *commits,
                           struct pryv_arena *mem, int64_t *sequence, bool *settled, struct pryv_err *err)
{
    struct document *all = pryv_new_array(mem, struct document, COMMITS_READ);
    size_t count = 0;
    enum pryv_rc rc = read_commits(chain, commits, mem, all, &count, err);

    *settled = false;
    if (rc != PRYV_OK)
        return rc;
    if (count == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "there is no data of %s", chain->name);
    if (is_applied(all[0])) {
        *settled = count < COMMITS_READ;
        *sequence = sequence_of(all[0]);
        return delete_older(commits, all, count, err);
    }
    if ((rc = find_before(chain, commits, sequence_of(all[0]), err)) != PRYV_OK) {
        /* Applied meanwhile, and what was before it deleted: then a late one may have come in its place. Or too late itself, after all was erased. */
        struct document again = { NULL, 0 };
        enum pryv_rc found = collection_find_id(commits, document_text(all[0], "_id"), mem, &again, err);
        bool stays = found == PRYV_OK && !is_applied(again) && is_of_same_writer(again, all[0]);

        return rc != PRYV_NOT_FOUND || stays ? rc : PRYV_OK;
    }
    rc = carry_out(chain, client, commits, all[0], err);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc; /* another did it first, and took the parts away */
}

enum pryv_rc chain_head(const struct chain *chain, mongoc_client_t *client, int64_t *sequence, struct pryv_err *err)
{
    mongoc_collection_t *commits = chain_collection(chain, client, COMMITS);
    bool settled = false;
    enum pryv_rc rc = PRYV_OK;

    for (int i = 0; rc == PRYV_OK && !settled && i < HEAD_ATTEMPTS; i++) {
        struct pryv_arena *mem = pryv_arena_new();

        rc = settle(chain, client, commits, mem, sequence, &settled, err);
        pryv_arena_free(mem);
    }
    mongoc_collection_destroy(commits);
    return rc == PRYV_OK && !settled ? pryv_fail(err, PRYV_BUSY, "the data of %s is written all the time", chain->name) : rc;
}

/* ---- Committing ------------------------------------------------------------------------------ */

static struct document make_commit(struct pryv_arena *mem, struct pryv_str id, int64_t sequence, struct pryv_str writer,
                                   const struct journal *journal)
{
    bson_t commit = BSON_INITIALIZER;

    document_put_text(&commit, "_id", id);
    bson_append_int64(&commit, "n", -1, sequence);
    document_put_text(&commit, "writer", writer);
    document_put_number(&commit, "at", pryv_now());
    if (!journal)
        bson_append_bool(&commit, "applied", -1, true);
    else if (journal_has_parts(journal))
        bson_append_int64(&commit, "parts", -1, (int64_t) journal->count);
    else
        bson_append_binary(&commit, "changes", -1, BSON_SUBTYPE_BINARY, (const uint8_t *) journal->blobs[0].data,
                           (uint32_t) journal->blobs[0].len);
    return document_take(mem, &commit);
}

enum pryv_rc chain_begin(const struct chain *chain, mongoc_client_t *client, struct pryv_err *err)
{
    mongoc_collection_t *commits = chain_collection(chain, client, COMMITS);
    struct document first =
        make_commit(err->arena, chain_commit_id(err->arena, chain->name, 0), 0, pryv_id_new(err->arena), NULL);
    enum pryv_rc rc = collection_insert(commits, first, NULL, err);

    mongoc_collection_destroy(commits);
    return rc;
}

static enum pryv_rc came_late(bool *lost, struct pryv_err *err)
{
    *lost = true;
    return pryv_fail(err, PRYV_BUSY, "another writer came first");
}

/* `unsure`: the driver does not know whether it was stored. Else it says that there is one: another's, which may be gone again by now. */
static enum pryv_rc find_out(mongoc_collection_t *commits, struct document commit, bool unsure, bool *lost, struct pryv_err *err)
{
    struct document found = { NULL, 0 };
    enum pryv_rc rc = PRYV_FAILED;

    for (int i = 0; i < UNSURE_ATTEMPTS; i++) {
        rc = collection_find_id(commits, document_text(commit, "_id"), err->arena, &found, err);
        if (rc == PRYV_OK || rc == PRYV_NOT_FOUND)
            break;
        usleep(200000);
    }
    if (rc == PRYV_OK)
        return is_of_same_writer(found, commit) ? PRYV_OK : came_late(lost, err);
    if (rc == PRYV_NOT_FOUND && !unsure)
        return came_late(lost, err);
    return pryv_fail(err, PRYV_BUSY, "the database does not tell whether a commit was stored");
}

/* That it was in time: see "Late ones" in chain.h. */
static enum pryv_rc check_in_time(const struct chain *chain, mongoc_collection_t *commits, struct document commit, double started,
                                  bool *lost, struct pryv_err *err)
{
    struct document found = { NULL, 0 };
    enum pryv_rc rc = find_before(chain, commits, sequence_of(commit), err);

    if (rc != PRYV_NOT_FOUND)
        return rc;
    rc = collection_find_id(commits, document_text(commit, "_id"), err->arena, &found, err);
    if (rc == PRYV_OK && !is_applied(found) && is_of_same_writer(found, commit)) {
        rc = collection_delete_id(commits, document_text(commit, "_id"), NULL, err);
        return rc == PRYV_OK ? came_late(lost, err) : rc;
    }
    if (rc == PRYV_OK || (rc == PRYV_NOT_FOUND && pryv_now() - started < LATE_SECONDS / 2))
        return PRYV_OK; /* others carried it out, and went on */
    return pryv_fail(err, PRYV_BUSY, "a commit took so long that it is not known whether it was stored");
}

static enum pryv_rc insert_commit(mongoc_collection_t *commits, struct document commit, bool *lost, struct pryv_err *err)
{
    bool unsure = false;
    enum pryv_rc rc = collection_insert(commits, commit, &unsure, err);

    return unsure || rc == PRYV_CONFLICT ? find_out(commits, commit, unsure, lost, err) : rc;
}

/* The commit is durable: what fails here is done by the next who opens a session. */
static void carry_out_own(const struct chain *chain, mongoc_client_t *client, mongoc_collection_t *commits,
                          struct document commit, struct pryv_arena *mem)
{
    struct pryv_err err = PRYV_ERR(mem);
    enum pryv_rc rc = carry_out(chain, client, commits, commit, &err);

    if (rc == PRYV_OK)
        rc = collection_delete_id(commits, chain_commit_id(mem, chain->name, sequence_of(commit) - 1), NULL, &err);
    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        pryv_log_warn(LOG_NAME, "a commit is stored, and will be carried out by the next reader: %s", err.message);
}

static enum pryv_rc commit_journal(const struct chain *chain, mongoc_client_t *client, mongoc_collection_t *commits,
                                   int64_t sequence, struct pryv_str writer, const struct journal *journal,
                                   struct pryv_arena *mem, bool *lost, struct pryv_err *err)
{
    struct pryv_str id = chain_commit_id(mem, chain->name, sequence);
    struct document commit = make_commit(mem, id, sequence, writer, journal);
    double started = pryv_now();
    enum pryv_rc rc = PRYV_OK;

    if (journal_has_parts(journal))
        rc = journal_store_parts(chain, client, id, writer, journal, err);
    if (rc == PRYV_OK)
        rc = insert_commit(commits, commit, lost, err);
    if (rc == PRYV_OK)
        rc = check_in_time(chain, commits, commit, started, lost, err);
    if (rc == PRYV_OK)
        carry_out_own(chain, client, commits, commit, mem);
    return rc;
}

enum pryv_rc chain_commit(const struct chain *chain, mongoc_client_t *client, int64_t after, struct pryv_str writer,
                          const struct change *changes, size_t count, bool *lost, struct pryv_err *err)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct journal journal = journal_pack(mem, changes, count);
    mongoc_collection_t *commits = chain_collection(chain, client, COMMITS);
    enum pryv_rc rc = commit_journal(chain, client, commits, after + 1, writer, &journal, mem, lost, err);

    mongoc_collection_destroy(commits);
    pryv_arena_free(mem);
    return rc;
}

/* ---- The end --------------------------------------------------------------------------------- */

enum pryv_rc chain_end(const struct chain *chain, mongoc_client_t *client, struct pryv_err *err)
{
    mongoc_collection_t *commits = chain_collection(chain, client, COMMITS);
    bson_t filter = BSON_INITIALIZER;
    enum pryv_rc rc;

    all_commits(chain, err->arena, &filter);
    rc = chain->apart ? collection_drop(commits, err) : collection_delete_many(commits, &filter, NULL, err);
    bson_destroy(&filter);
    mongoc_collection_destroy(commits);
    return rc;
}

static enum pryv_rc sweep_part(mongoc_collection_t *parts, mongoc_collection_t *commits, struct document part,
                               struct pryv_err *err)
{
    struct document commit = { NULL, 0 };
    enum pryv_rc rc = collection_find_id(commits, document_text(part, "commit"), err->arena, &commit, err);
    bool awaited = rc == PRYV_OK && !is_applied(commit) && is_of_same_writer(commit, part);

    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return rc;
    return awaited ? PRYV_OK : collection_delete_id(parts, document_text(part, "_id"), NULL, err);
}

enum pryv_rc chain_sweep_parts(const struct chain *chain, mongoc_client_t *client, double before, struct pryv_err *err)
{
    mongoc_collection_t *commits = chain_collection(chain, client, COMMITS);
    mongoc_collection_t *parts = chain_collection(chain, client, COMMIT_PARTS);
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER, member;
    mongoc_cursor_t *cursor;
    const bson_t *found;
    enum pryv_rc rc = PRYV_OK;
    bson_error_t error;

    bson_append_document_begin(&filter, "at", -1, &member);
    bson_append_double(&member, "$lt", -1, before);
    bson_append_document_end(&filter, &member);
    bson_append_document_begin(&options, "projection", -1, &member);
    bson_append_int32(&member, "commit", -1, 1);
    bson_append_int32(&member, "writer", -1, 1);
    bson_append_document_end(&options, &member);
    cursor = mongoc_collection_find_with_opts(parts, &filter, &options, NULL);
    while (rc == PRYV_OK && mongoc_cursor_next(cursor, &found))
        rc = sweep_part(parts, commits, document_copy(err->arena, document_of(found)), err);
    if (rc == PRYV_OK && mongoc_cursor_error(cursor, &error))
        rc = server_failed(&error, "read", err);
    mongoc_cursor_destroy(cursor);
    bson_destroy(&filter);
    bson_destroy(&options);
    mongoc_collection_destroy(parts);
    mongoc_collection_destroy(commits);
    return rc;
}
