/* body.h - what a request's body says: JSON, an url-encoded form with its overrides, or nothing. */
#ifndef KERNEL_BODY_H
#define KERNEL_BODY_H

#include <pryv/http.h>

enum body_kind {
    BODY_JSON,
    BODY_FORM,
    BODY_MULTIPART,
    BODY_OTHER, /* another type, or none */
};

enum body_kind body_kind(struct pryv_str content_type);

struct body_limits {
    size_t max_json, max_form; /* bytes, once inflated */
    size_t max_fields;         /* of a form */
};

struct body {
    json_t *value;         /* an object or a list; NULL: there is none, which counts as {} */
    struct pryv_str verb;  /* _method, upper case; absent: as sent */
    struct pryv_str token; /* _auth; absent: as sent */
    bool texts;            /* the members of `value` are texts of a form */
};

/* `out` lives as long as `mem` and `raw`. BODY_MULTIPART and BODY_OTHER are not looked at. Executor.
 * PRYV_REFUSED 400 invalid-request-structure: not what the type says, too large, a character set other than UTF-8, an unknown
 * coding. */
PRYV_CHECK enum pryv_rc body_read(struct pryv_arena *mem, struct pryv_str content_type, struct pryv_str coding,
                                  struct pryv_str raw, const struct body_limits *limits, struct body *out, struct pryv_err *err);

/* The same piece by piece, for the sink of a route (pryv/http.h); `limit`: bytes, once inflated. Lives as long as `mem`. Executor; `sink` and `state` must
 * be those of the plugin that runs. */
struct body_pieces;
struct body_pieces *body_pieces_new(struct pryv_arena *mem, const struct pryv_body_sink *sink, void *state,
                                    struct pryv_str content_type, struct pryv_str coding, size_t limit);
void body_pieces_take(struct body_pieces *pieces, struct pryv_str raw);
/* Once, after the last one. Errors: as above, else the sink's. */
PRYV_CHECK enum pryv_rc body_pieces_end(struct body_pieces *pieces, void **state, struct pryv_err *err);

/* The text alone, whatever its type: `*out` is `raw` without its coding. Errors as above. */
PRYV_CHECK enum pryv_rc body_text(struct pryv_arena *mem, struct pryv_str content_type, struct pryv_str coding,
                                  struct pryv_str raw, size_t limit, struct pryv_str *out, struct pryv_err *err);

#endif
