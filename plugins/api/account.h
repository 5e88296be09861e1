/* account.h - the account of a user: its fields as configured, their place in the tree of streams, and what an access may do with them.
 *
 * The fields are read once, at init, and never change: any thread. Reading and setting their values: account_events.h.
 */
#ifndef API_ACCOUNT_H
#define API_ACCOUNT_H

#include <pryv/access.h>
#include <pryv/json.h>

struct api;
struct pattern;

enum { ACCOUNT_ID_MAX = 100 }; /* of an id without its prefix, in bytes */

/* When a stream came to be that was always there. */
#define ACCOUNT_UNKNOWN_DATE 10000000.00000001

/* What the server itself counts, instead of a value that somebody set. */
enum account_counted { ACCOUNT_NOT_COUNTED, ACCOUNT_DB_DOCUMENTS, ACCOUNT_ATTACHED_FILES };

/* A stream of the account: its root, or a field. */
struct account_field {
    struct pryv_str id;              /* with its prefix: ":system:email"; of the stream and of the event */
    struct pryv_str key;             /* without: "email"; what the storage, the platform and registration call it */
    struct pryv_str name;            /* for people */
    struct pryv_str stream_ids_json; /* of the event */
    struct pryv_str type;            /* of the event; absent: it only holds others (`:_system:account`, `:_system:storageUsed`) */
    struct pryv_str default_text;    /* given at registration; absent: none */
    bool unique, indexed, required, shown, editable;
    bool built_in;
    enum account_counted counted;
    struct pattern *pattern; /* NULL: any text */
    struct pryv_str pattern_code, pattern_message;
    size_t min, max;                                      /* length of a value, in characters */
    const struct account_field *parent, *children, *next; /* in the order of configuration */
};

/* All of them. `all[0]` is the root, `:_system:account`; parents come before their children. */
struct account_fields {
    struct pryv_arena *mem;
    struct account_field *all;
    size_t count;
    struct pryv_stream *others; /* custom.systemStreams.other: ordinary streams that every user has (pryv_streams_given) */
    size_t other_count;
};

/* From `custom.systemStreams.account` and `.other`. PRYV_FAILED with one line that names the field and what is wrong with it. */
PRYV_CHECK enum pryv_rc account_fields_new(const json_t *account, const json_t *other, struct account_fields **out,
                                           struct pryv_err *err);
void account_fields_free(struct account_fields *fields); /* NULL is fine */

/* An id of the account, be there such a field or not: it begins with `:_system:`, or with `:system:` and names none of the others. */
bool account_owns(const struct account_fields *fields, struct pryv_str stream_id);
/* The root or a field, hidden ones too; NULL: there is none. */
const struct account_field *account_field_by_id(const struct account_fields *fields, struct pryv_str stream_id);
/* By "email"; never the root. */
const struct account_field *account_field_by_key(const struct account_fields *fields, struct pryv_str key);
/* `field` is `above`, or somewhere below it. */
bool account_field_within(const struct account_field *field, const struct account_field *above);

/* The level that an access has on a field: the nearest entry on the way up decides, never `*`. Personal: MANAGE. */
enum pryv_level account_level(const struct pryv_access *access, const struct account_field *field);
/* pryv_access_level for streams of any kind, those of the account too; NONE on account ids that are no field. */
enum pryv_level stream_level(const struct api *api, const struct pryv_access *access, const struct pryv_stream_tree *tree,
                             struct pryv_str stream_id);

/* ---- As streams ---------------------------------------------------------------------------- */

/* `{...}` with the shown streams below that the access may list. `cut`: its parent is not told. */
void account_stream_write(struct pryv_json *js, const struct pryv_access *access, const struct account_field *field, bool cut);

#endif
