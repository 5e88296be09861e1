/* copy.h - what pryvctl storage copy is made of: kinds of rows, reading them in one order from any engine, writing them, comparing them.
 *
 * Memory is bounded for what a user may have any number of: events, versions, deletions, chunks, audit records. */
#ifndef PRYVCTL_COPY_H
#define PRYVCTL_COPY_H

#include <pryv/platform.h>
#include <pryv/storage.h>
#include <stdio.h>

/* An engine, with what keeps users and what keeps the platform. */
struct side {
    const char *name; /* "sqlite" */
    const struct pryv_storage_ops *storage;
    const struct pryv_platform_ops *platform;
    void *storage_self, *platform_self;
};

/* ---- Kinds (copy_kinds.c) -------------------------------------------------------------------------------- */

/* Rows that the contract has no struct for. */
struct value_row {
    struct pryv_str scope, key, value_json;
};
struct chunk_row {
    struct pryv_str event_id;
    struct pryv_series_chunk chunk; /* its id is the engine's own */
};

struct chunk_place {
    uint64_t rank, id;
    double from, to;
};

enum member_type { MEMBER_TEXT, MEMBER_NUMBER, MEMBER_FLAG, MEMBER_COUNT };
struct member {
    const char *name; /* as clients know it */
    enum member_type type;
    size_t offset;
};

struct reader;

struct kind {
    const char *name;             /* "events" */
    size_t size;                  /* of a row's struct */
    const struct member *members; /* ended by a NULL name */
    /* Which row comes first; the same place in two engines: 0. */
    int (*order)(const void *a, const void *b);
    /* What people call the row. */
    struct pryv_str (*label)(struct pryv_arena *mem, const void *row);
    /* Fills the reader with rows once more: 1; 0: there are no more; or a pryv_rc. */
    int (*more)(struct reader *reader, struct pryv_err *err);
    enum pryv_rc (*insert)(const struct side *side, struct pryv_session *session, const void *row, struct pryv_err *err);
    /* Of a kind with many rows, in place of `insert`: a list of them. */
    enum pryv_rc (*insert_all)(const struct side *side, struct pryv_session *session, const void *rows, size_t count,
                               struct pryv_err *err);
    /* The hash that the row's data give, and the one that it carries, absent: none to compare. NULL: rows of this kind have none. */
    enum pryv_rc (*integrity)(const struct side *side, struct pryv_session *session, struct pryv_arena *mem, const void *row,
                              struct pryv_str *made, struct pryv_str *carried, struct pryv_err *err);
};

enum { KIND_COUNT = 15 };
extern const struct kind *const kinds[KIND_COUNT]; /* in the order of copying: what others name comes first */

/* Of any kind (copy_rows.c). The first member that is not the same in both, or NULL. 0 and -0 are the same. */
const char *rows_differ(const struct kind *kind, const void *a, const void *b);
size_t row_bytes(const struct kind *kind, const void *row);
void row_copy(struct pryv_arena *mem, const struct kind *kind, void *to, const void *row); /* its texts too */

/* Whether a table of functions has one that an engine may leave out. */
#define IS_OFFERED(ops, type, function) ((ops)->size >= offsetof(type, function) + sizeof((ops)->function) && (ops)->function)

/* ---- Reading (copy_reader.c) ------------------------------------------------------------------------------ */

struct reader {
    const struct side *side;
    struct pryv_session *session;
    const struct kind *kind;
    uint64_t skip;
    bool started;
    /* What there is at the moment: a cursor, or a list. */
    struct pryv_cursor *cursor;
    struct pryv_event event;
    char *items;
    size_t count, at;
    struct pryv_arena *page; /* where the list lives */
    /* Rows that are found by a name: the names, some at a time. */
    struct pryv_arena *names_page;
    struct pryv_str *names;
    size_t name_count, name_at;
    bool names_ended;
    /* The chunks of the series at hand. */
    struct chunk_place *places;
    size_t place_count, place_at, place_room;
};

/* The rows of one kind from the `skip`-th on. */
void reader_begin(struct reader *reader, const struct side *side, struct pryv_session *session, const struct kind *kind,
                  uint64_t skip);
/* 1: *row is valid until the next call; 0: the end; negative: a pryv_rc. */
int reader_next(struct reader *reader, const void **row, struct pryv_err *err);
void reader_end(struct reader *reader);

/* For the `more` of kinds. A list replaces what there was; of no rows at all is fine. */
void reader_set_list(struct reader *reader, void *items, size_t count);
/* The list in the order of the kind. 1, for `more`. */
int reader_set_sorted(struct reader *reader, void *items, size_t count);
/* The next name of those that `list` tells, page by page: 1, 0 or negative. */
typedef enum pryv_rc (*list_names)(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str after, size_t limit,
                                   struct pryv_str **names, size_t *count, struct pryv_err *err);
int reader_next_name(struct reader *reader, list_names list, struct pryv_str *name, struct pryv_err *err);

/* ---- Comparing (copy_compare.c) ------------------------------------------------------------------------- */

enum { PLATFORM_FIELDS = KIND_COUNT, PLATFORM_NAMES, PLATFORM_CORES, PLATFORM_VALUES, TALLY_COUNT };
enum { DIFFERENCES_TOLD = 1000 }; /* the others are only counted */

struct tally {
    uint64_t source, target, different, damaged;
};

struct comparison {
    struct tally tallies[TALLY_COUNT];
    uint64_t differences;
    json_t *told; /* a list of {user, kind, name, what} */
};

const char *tally_name(size_t at);
void comparison_begin(struct comparison *comparison);
void comparison_end(struct comparison *comparison);
/* Adds what `more` found. */
void comparison_add(struct comparison *to, const struct comparison *more);
void tell_difference(struct comparison *comparison, struct pryv_str user, const char *kind, struct pryv_str name,
                     const char *format, ...) PRYV_PRINTF(5, 6);

/* All rows of a user, of every kind, with the hashes made anew from what the target answers. */
enum pryv_rc compare_user(const struct side *source, const struct side *target, struct pryv_str id, struct pryv_str username,
                          struct comparison *out, struct pryv_err *err);

/* ---- Copying ------------------------------------------------------------------------------------------------ */

#define COPY_SCOPE PRYV_STR("pryvctl-storage-copy") /* of the value at the target that tells how far a user's copy is */

enum user_result { USER_COPIED, USER_WAS_THERE, USER_DIFFERS, USER_REFUSED };

struct copy_options {
    bool check_only, overwrite;
    FILE *progress;            /* NULL: none is shown */
    uint64_t user, user_count; /* which of how many is copied */
};

/* copy_user.c: one user, from where an earlier run was cut off, and verified. What was found goes to `report`. */
enum pryv_rc copy_user(const struct side *source, const struct side *target, struct pryv_str id, struct pryv_str username,
                       const struct copy_options *options, struct comparison *report, enum user_result *result,
                       struct pryv_err *err);

/* copy_platform.c: names, fields and core of a user. check: CONFLICT where somebody else at the target has one of them. */
enum pryv_rc check_names_are_free(const struct side *source, const struct side *target, struct pryv_str username,
                                  struct pryv_err *err);
enum pryv_rc copy_names(const struct side *source, const struct side *target, struct pryv_str username, struct pryv_err *err);
enum pryv_rc compare_names(const struct side *source, const struct side *target, struct pryv_str username, struct comparison *out,
                           struct pryv_err *err);
/* Users of other cores, whom the platform alone knows, and values that belong to nobody. */
enum pryv_rc copy_platform(const struct side *source, const struct side *target, const struct copy_options *options,
                           struct comparison *report, struct pryv_err *err);

#endif
