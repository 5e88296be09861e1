/* row.h - one stored row: a struct of the contract together with the texts it points to, in one piece of memory.
 *
 * A row never changes once it is made, so that any number of threads may read it. It goes with its last owner:
 * row_keep makes one more, row_release one less. */
#ifndef ROW_H
#define ROW_H

#include <pryv/crypto.h>
#include <pryv/platform.h>
#include <pryv/storage.h>
#include <stdatomic.h>

/* What the contract has no struct for: users, values by key, and names on the platform. */
struct value {
    struct pryv_str key;
    struct pryv_str text;
    struct pryv_str owner;  /* a name's: the user */
    struct pryv_str ticket; /* a name's while it is reserved; absent when it is confirmed */
    double expires;
    bool unique;
    struct space *space; /* a user's: where the data is; the row is one of its owners */
};

static inline bool value_is_over(const struct value *value)
{
    return value->expires <= pryv_now();
}

enum row_kind { EVENT, STREAM, DELETION, ACCESS, SESSION, PASSWORD, ACCOUNT_FIELD, WEBHOOK, SERIES_CHUNK, VALUE };

struct row {
    atomic_size_t owners;
    enum row_kind kind;
    uint64_t sequence; /* rises with each row that is made */
    size_t bytes;
    union {
        struct pryv_event event;
        struct pryv_stream stream;
        struct pryv_deletion deletion;
        struct pryv_access_row access;
        struct pryv_session_row session;
        struct pryv_password_row password;
        struct pryv_account_field account_field;
        struct pryv_webhook_row webhook;
        struct pryv_series_chunk chunk;
        struct value value;
    };
};

/* A copy of `content`, a struct of that kind. The caller is its owner. */
struct row *row_new(enum row_kind kind, const void *content);
struct row *row_keep(struct row *row);
void row_release(struct row *row);

/* The struct, its texts copied to `mem`. */
void row_read(const struct row *row, struct pryv_arena *mem, void *out);
size_t row_struct_size(enum row_kind kind);

#endif
