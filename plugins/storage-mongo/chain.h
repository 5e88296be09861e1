/* chain.h - how a set of writes becomes one transaction on a server that promises nothing but single documents.
 *
 * A chain is a user's data, or the index of users, or the platform: all that one transaction can touch. Its state after each transaction has a
 * number, the sequence, counted from 0.
 *
 * Rows      are versions. One is inserted with `from`, the sequence that made it, and gets, once, `to`, the sequence that ended it. A reader that
 *           began at sequence S looks at versions with from <= S < to, and so sees one snapshot whatever is written meanwhile, in any process.
 *           Versions that ended are removed later (sweep.h). A version's _id is made of the chain, the sequence and a number, so that
 *           inserting it again is noticed and changes nothing; ending it again writes the same value.
 * Commits   A transaction that read sequence S is one document with the _id of sequence S + 1, which holds all its changes. It is
 *           committed when that document is inserted, durably: _id is unique, so that of all who read S exactly one comes next, in whatever process. A
 *           crash before leaves nothing; after, everything, since the changes are in the document.
 * Applying  The changes are then carried out on the rows, the document is marked as applied, and the one before it is deleted, so that mostly one small
 *           document per chain remains. Whoever opens a session and finds a commit that is not applied (its writer died, or is at it) carries
 *           it out first. Each step may be done twice and by several at once.
 * Late ones A writer that slept while others committed could find the _id of S + 1 free again. So commits are deleted strictly from the oldest on,
 *           S only after S + 1 was applied, and a commit counts only if S is still there after it was inserted: no later writer can have been before it.
 *           Who finds S gone and its own commit not applied takes it back: it was too late.
 *
 * Flushes   commit_later and settle of the storage contract are not offered. Only a commit that is durable may be carried out, or read by the next
 *          writer, so nothing of a transaction could go on before its flush; and the server flushes what many connections wait for at once by itself.
 *
 * Nothing here needs clocks, leases, transactions, or an update that compares and sets; only that _id is unique, that a delete deletes, and that
 * one document is written whole. MongoDB and FerretDB 1.x both promise that. (FerretDB's update and findAndModify read and write in two steps: the
 * updates here write only values that everybody would write.)
 *
 * Threads   Any, each with its own client. */
#ifndef STORAGE_MONGO_CHAIN_H
#define STORAGE_MONGO_CHAIN_H

#include "server.h"

enum { CHAIN_NAME_MAX = 31 };

struct chain {
    struct server *server;
    const char *database;
    bool
        apart; /* with collections of its own, "events.NAME": FerretDB reads whole collections; else `u` in each document tells the chain */
    char name[CHAIN_NAME_MAX + 1]; /* [a-z0-9]+ */
};

/* What a transaction does: insert a version, or end one by its _id. */
struct change {
    const char *collection;
    struct document inserted; /* or none */
    struct pryv_str ended;
};

#define COMMITS      "commits"
#define COMMIT_PARTS "commit_parts"
/* Version `to` of rows that live. */
#define FOR_EVER INT64_MAX
/* Of one document, with room for what is around it: BSON ends at 16 MiB. */
enum { DOCUMENT_MAX = 15 * 1024 * 1024 };

/* Sequence 0. */
enum pryv_rc chain_begin(const struct chain *chain, mongoc_client_t *client, struct pryv_err *err);
/* The newest sequence, with all its changes carried out. NOT_FOUND: there is no such chain (any more). */
enum pryv_rc chain_head(const struct chain *chain, mongoc_client_t *client, int64_t *sequence, struct pryv_err *err);
/* Commits what was decided at sequence `after`. `writer` is an id of this transaction's own. `*lost`: somebody else came first, nothing is
 * stored (PRYV_BUSY), and all may be decided anew. Other failures may have stored it. */
enum pryv_rc chain_commit(const struct chain *chain, mongoc_client_t *client, int64_t after, struct pryv_str writer,
                          const struct change *changes, size_t count, bool *lost, struct pryv_err *err);
/* Takes all commits away: sessions cannot be opened any more, those that are open cannot commit. */
enum pryv_rc chain_end(const struct chain *chain, mongoc_client_t *client, struct pryv_err *err);
/* Parts of commits that never came to be. */
enum pryv_rc chain_sweep_parts(const struct chain *chain, mongoc_client_t *client, double before, struct pryv_err *err);

/* The _id of a commit; of a version, "NAME.SEQUENCE.NUMBER". */
struct pryv_str chain_commit_id(struct pryv_arena *mem, const char *name, int64_t sequence);
struct pryv_str chain_version_id(struct pryv_arena *mem, const char *name, int64_t sequence, uint32_t number);

#endif
