/* copy_streams.c - streams, and what remains of deleted ones. */
#include "copy_kinds.h"

#define S struct pryv_stream
static const struct member stream_members[] = { TEXT(S, id, "id"),
                                                TEXT(S, name, "name"),
                                                TEXT(S, parent_id, "parentId"),
                                                TEXT(S, client_data_json, "clientData"),
                                                FLAG(S, trashed, "trashed"),
                                                NUMBER(S, created, "created"),
                                                TEXT(S, created_by, "createdBy"),
                                                NUMBER(S, modified, "modified"),
                                                TEXT(S, modified_by, "modifiedBy"),
                                                MEMBERS_END };
#undef S

ONE_LIST(more_streams, struct pryv_stream, streams_all(reader->session, reader->page, &all, &count, err))

static enum pryv_rc insert_stream(const struct side *side, struct pryv_session *session, const void *row, struct pryv_err *err)
{
    return side->storage->stream_insert(session, row, err);
}

const struct kind stream_kind = { .name = "streams",
                                  .size = sizeof(struct pryv_stream),
                                  .members = stream_members,
                                  .order = order_ids,
                                  .label = label_id,
                                  .more = more_streams,
                                  .insert = insert_stream };

#define S struct pryv_deletion
static const struct member deletion_members[] = { TEXT(S, id, "id"), NUMBER(S, deleted, "deleted"), MEMBERS_END };
#undef S

ONE_LIST(more_stream_deletions, struct pryv_deletion,
         stream_deletions(reader->session, reader->page, (double) -INFINITY, &all, &count, err))

/* As it came to be: by deleting a stream, which nobody sees before the commit. There are no others yet whose name it could have. */
static enum pryv_rc insert_stream_deletion(const struct side *side, struct pryv_session *session, const void *row_,
                                           struct pryv_err *err)
{
    const struct pryv_deletion *row = row_;
    const struct pryv_stream stream = { .id = row->id, .name = row->id, .created = row->deleted, .modified = row->deleted };
    enum pryv_rc rc = side->storage->stream_insert(session, &stream, err);

    return rc == PRYV_OK ? side->storage->stream_delete(session, row->id, row->deleted, err) : rc;
}

const struct kind stream_deletion_kind = { .name = "stream deletions",
                                           .size = sizeof(struct pryv_deletion),
                                           .members = deletion_members,
                                           .order = order_ids,
                                           .label = label_id,
                                           .more = more_stream_deletions,
                                           .insert = insert_stream_deletion };
