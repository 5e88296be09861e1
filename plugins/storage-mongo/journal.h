/* journal.h - the changes of one commit as bytes, in the commit itself or, where they are many, in parts that are stored before it. */
#ifndef STORAGE_MONGO_JOURNAL_H
#define STORAGE_MONGO_JOURNAL_H

#include "chain.h"

struct journal {
    struct pryv_str *blobs; /* each the documents of some changes, one after the other */
    size_t count;
};

struct journal journal_pack(struct pryv_arena *mem, const struct change *changes, size_t count);
/* Stores the parts of a journal that does not fit into the commit itself. */
bool journal_has_parts(const struct journal *journal);
enum pryv_rc journal_store_parts(const struct chain *chain, mongoc_client_t *client, struct pryv_str commit_id,
                                 struct pryv_str writer, const struct journal *journal, struct pryv_err *err);
/* Carries out the changes of a stored commit, as often as it is called. */
enum pryv_rc journal_apply(const struct chain *chain, mongoc_client_t *client, struct document commit, struct pryv_err *err);
enum pryv_rc journal_delete_parts(const struct chain *chain, mongoc_client_t *client, struct document commit,
                                  struct pryv_err *err);

#endif
