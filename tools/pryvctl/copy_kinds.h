/* copy_kinds.h - for the files that tell what kinds of rows there are; the table of them all is copy_kinds.c. */
#ifndef PRYVCTL_COPY_KINDS_H
#define PRYVCTL_COPY_KINDS_H

#include "copy.h"

extern const struct kind field_kind, password_kind, value_kind, stream_kind, stream_deletion_kind, event_kind, event_version_kind,
    event_deletion_kind, audit_kind, access_kind, access_version_kind, access_deletion_kind, webhook_kind, session_kind,
    chunk_kind;

#define MEMBER(struct_, member, name_, type_)   \
    {                                           \
        name_, type_, offsetof(struct_, member) \
    }
#define TEXT(struct_, member, name_)   MEMBER(struct_, member, name_, MEMBER_TEXT)
#define NUMBER(struct_, member, name_) MEMBER(struct_, member, name_, MEMBER_NUMBER)
#define FLAG(struct_, member, name_)   MEMBER(struct_, member, name_, MEMBER_FLAG)
#define COUNT(struct_, member, name_)  MEMBER(struct_, member, name_, MEMBER_COUNT)
#define MEMBERS_END                    MEMBER(struct pryv_event, id, NULL, MEMBER_TEXT)

/* Orders of two values (copy_rows.c); what is not there comes first. */
int order_texts(struct pryv_str a, struct pryv_str b);
int order_numbers(double a, double b);
/* Of rows that begin with their id, as those of most kinds do; and what they are called then. */
int order_ids(const void *a, const void *b);
struct pryv_str label_id(struct pryv_arena *mem, const void *row);

/* The `more` of a kind that one function of the storage lists whole, into `all` and `count`. */
#define ONE_LIST(name, struct_, call)                                            \
    static int name(struct reader *reader, struct pryv_err *err)                 \
    {                                                                            \
        struct_ *all;                                                            \
        size_t count;                                                            \
        enum pryv_rc rc;                                                         \
                                                                                 \
        if (reader->started)                                                     \
            return 0;                                                            \
        rc = reader->side->storage->call;                                        \
        return rc == PRYV_OK ? reader_set_sorted(reader, all, count) : (int) rc; \
    }

#endif
