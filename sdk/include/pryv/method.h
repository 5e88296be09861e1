/* pryv/method.h - methods, the routes that lead to them, and hooks around them.
 *
 * A method is a named operation of the API with declared parameters, a rule about who may call it, and a
 * handler. It is reached by a route or by a batch call, and never knows which. A plugin lists
 * its methods, routes and hooks in constant tables; the kernel builds one table of methods and one trie of
 * routes at start and refuses duplicates.
 *
 * A handler writes the members of its result to `call->out` and returns PRYV_OK, or fills `err` and returns
 * its code. What it wrote before a failure is taken back when it has not left yet; else the connection is
 * cut, so that half an answer never looks whole.
 */
#ifndef PRYV_METHOD_H
#define PRYV_METHOD_H

#include <pryv/access.h>
#include <pryv/arena.h>
#include <pryv/error.h>
#include <pryv/http.h>
#include <pryv/json.h>

/* ---- Parameters ---------------------------------------------------------------------------- */

enum pryv_param_type {
    PRYV_P_ANY,
    PRYV_P_TEXT,    /* min..max: length in code points */
    PRYV_P_NUMBER,  /* min..max: value */
    PRYV_P_INTEGER, /* a number without fraction */
    PRYV_P_BOOL,
    PRYV_P_OBJECT, /* members: `fields`, or anything when NULL */
    PRYV_P_ARRAY,  /* items: `item`; min..max: how many */
};

enum {
    PRYV_P_REQUIRED = 1,
    PRYV_P_NULLABLE = 2,    /* null is fine too */
    PRYV_P_OPEN = 4,        /* OBJECT: members that are not named are let through */
    PRYV_P_LIST_OF_ONE = 8, /* ARRAY from a query string: a single value is a list of one */
    PRYV_P_IGNORED = 16,    /* accepted in any form and dropped */
    PRYV_P_JSON = 32,       /* ANY: a text that begins with { or [ is JSON, which the handler reads; see pryv_params_check */
};

struct pryv_param {
    const char *name; /* NULL ends a table; also NULL for `item` */
    enum pryv_param_type type;
    unsigned flags;
    double min, max;                 /* both 0: no bound; max 0: no upper bound */
    const char *pattern;             /* TEXT: extended regular expression (POSIX), anchored by the writer */
    const char *const *one_of;       /* TEXT: allowed values, ended by NULL */
    const struct pryv_param *fields; /* OBJECT */
    const struct pryv_param *item;   /* ARRAY */
    /* Beyond what a table can say. Adds complaints with pryv_param_complain; never NULL value. */
    void (*check)(const struct pryv_param *param, const json_t *value, const char *path, json_t *complaints);
    const char *default_json; /* as JSON, put in when the member is absent; NULL: none */
    const char *help;         /* for the generated API description */
};

/* Check `value` against `fields` as a method's parameters are: defaults are put in, ignored members are
 * dropped. Errors: PRYV_REFUSED 400 invalid-parameters-format, data = list of {code, message, path, params}; where something is wrong and a text
 * that is to be JSON (PRYV_P_JSON) is none, that alone is told: 400 invalid-request-structure.
 * Codes: OBJECT_MISSING_REQUIRED_PROPERTY, OBJECT_ADDITIONAL_PROPERTIES, INVALID_TYPE, ENUM_MISMATCH,
 * MIN_LENGTH, MAX_LENGTH, MINIMUM, MAXIMUM, PATTERN, ARRAY_LENGTH_SHORT, ARRAY_LENGTH_LONG. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_params_check(const struct pryv_param *fields, bool open, json_t *value,
                                                      struct pryv_err *err);
PRYV_EXPORT void pryv_param_complain(json_t *complaints, const char *code, const char *path, const char *param,
                                     const char *format, ...) PRYV_PRINTF(5, 6);

/* ---- A call -------------------------------------------------------------------------------- */

struct pryv_user {
    struct pryv_str id;
    struct pryv_str username;
};

/* One run of one method. Everything in it lives at least as long as `arena`. */
struct pryv_call {
    struct pryv_arena *arena;
    const struct pryv_method *method;
    const struct pryv_user *user;     /* NULL when the route names no account */
    const struct pryv_access *access; /* NULL when the method takes no token */
    struct pryv_str caller_id;        /* what followed the token, or absent */
    json_t *params;                   /* checked object; borrowed, may be changed */
    struct pryv_json *out;            /* inside the result object */
    int status;                       /* 200; a handler may set 201 */
    double now;                       /* when the request was taken up */
    struct pryv_request *request;     /* the HTTP request that carries it, also for calls of a batch */
    const struct pryv_call *parent;   /* the batch it belongs to, or NULL */
    struct pryv_str author;           /* access id, a space and the caller id if any; "system" without access */
    /* A multipart body came by a PRYV_ROUTE_UPLOAD: the handler reads it (pryv/http.h) and checks the parameters that it makes of it. */
    bool upload;
    void *fetched;     /* what `fetch` of the method has left for its handler; NULL: nothing */
    bool fetched_much; /* the answer is long, so that its handler may have to wait for the client */
};

typedef enum pryv_rc (*pryv_handler)(struct pryv_call *call, struct pryv_err *err);

enum pryv_who {
    PRYV_BY_ANYONE = 0, /* no token; one that is sent is not looked at */
    PRYV_BY_PERSONAL = 1,
    PRYV_BY_APP = 2,
    PRYV_BY_SHARED = 4,
    PRYV_BY_ANY_ACCESS = 7,
    /* Alone: an operator who sends auth.adminAccessKey (pryv_request_is_admin); looked at before all else of the request, and to others there
     * is no such route (404). By a route only: no batch finds the method. The author is "admin". */
    PRYV_BY_ADMIN = 8,
};

struct pryv_method {
    const char *name; /* "events.get" */
    const char *summary;
    unsigned who;                    /* others: 403 forbidden */
    const struct pryv_param *params; /* NULL: none declared, nothing is checked */
    bool open;                       /* parameters that are not declared are let through */
    pryv_handler handler;
    bool writes; /* changes data: for hooks, the API description and read-only states */
    /* May be NULL. For a method that asks a server of its own: requests that wait at the same time are given to `fetch` together, after what comes before
     * their handlers, so that one way there and back does for all. It leaves what it finds in `fetched`, in the call's arena, and the handler of each runs on
     * the same thread, one after the other, so that its answer is kept whole; what is to be told to one, an error too, is told by its handler. The handler of a
     * call with `fetched_much` runs alone; so does that of a call whose `fetched` is left NULL, because it takes longer or cannot go with others, and does
     * everything itself, as it does in a batch or where hooks of other plugins come before it. Executor. */
    void (*fetch)(struct pryv_call *const *calls, size_t count);
    /* With `fetch`. Asked before each such request, on the loop; false: this one goes alone. Must not block. */
    bool (*can_fetch)(void);
};

/* For a `serve` route of PRYV_BY_ANYONE that has found no other proof of who asks: loads the access of the request's token into the call, with
 * all that the kernel does for a route of PRYV_BY_ANY_ACCESS. Executor. Errors: PRYV_REFUSED 401, 403. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_call_authenticate(struct pryv_call *call, struct pryv_err *err);
/* The same when it was found otherwise: `access` becomes the call's, its id is told in Pryv-Access-Id, hooks may refuse it. It must live as
 * long as the call's arena. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_call_take_access(struct pryv_call *call, const struct pryv_access *access,
                                                          struct pryv_err *err);

/* For a `serve` route whose path does not say {username}, because something else must be looked at first: makes `username` the account of the
 * call, as the kernel does for {username}. `*elsewhere`: it lives on another core, the client was told so, and nothing is left to do but to return
 * PRYV_OK. Executor. Errors: PRYV_REFUSED 404. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_call_account(struct pryv_call *call, struct pryv_str username, bool *elsewhere,
                                                      struct pryv_err *err);
/* For a `serve` route that answers JSON after all: from here on `call->out` is inside the result object, as a method's is, and the kernel sends it. */
PRYV_EXPORT struct pryv_json *pryv_call_json(struct pryv_call *call);

/* Run a method within `parent` (a batch): same user, access, request and clock; writes `{...}` with the
 * result or `{"error": {...}}` as the next value of `out`. `params` is borrowed. Executor.
 * The result is PRYV_OK also when the call was answered by an error; PRYV_GONE and PRYV_FAILED mean that
 * the whole answer must be given up. An unknown name is answered by invalid-method (404). */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_call_method(struct pryv_call *parent, const char *name, json_t *params,
                                                     struct pryv_json *out, struct pryv_err *err);

/* Every method of every plugin, in order of name; NULL past the last. From start and at any time later. Any thread. */
PRYV_EXPORT const struct pryv_method *pryv_method_at(size_t index);

/* ---- Routes -------------------------------------------------------------------------------- */

enum {
    PRYV_ROUTE_INLINE = 1, /* answers at once and never blocks: runs on the loop */
    /* Multipart bodies stream to a file, up to uploads.maxFileSizeMb; see pryv_call.upload. With `body_member` a body of another type is not looked
     * at: the member is {}. */
    PRYV_ROUTE_UPLOAD = 2,
    PRYV_ROUTE_LONG = 4,         /* may take long: runs in the second lane */
    PRYV_ROUTE_PLAIN = 8,        /* the answer gets no `meta` */
    PRYV_ROUTE_HIDDEN = 16,      /* left out of the API description */
    PRYV_ROUTE_IGNORE_BODY = 32, /* parameters come from path and query only, whatever the body */
    PRYV_ROUTE_RAW = 64,         /* of `serve`: the body is not parsed, pryv_request_body_text has it. Too large: 413 */
    PRYV_ROUTE_OWN_PORT = 128,   /* only on the port of the plugin's own workers (PRYV_PLUGIN_WORKERS) */
};

/* How a route makes parameters: query members (converted to the declared types), then the body's members
 * or, with `body_member`, the body as that one member, then the path's. The path wins. GET, HEAD and DELETE
 * take the query, other verbs the body.
 *
 * Path: "/{username}/events/{id}". Parts match without regard to case, variables take one segment each,
 * percent-decoded; a final slash is optional. "{rest*}" as the last part takes all that is left. A literal wins over a variable.
 * {username} names the account: the kernel looks it up and checks the token before anything of the method. */
struct pryv_route {
    const char *verb; /* "GET" (serves HEAD too), "POST", ... */
    const char *path;
    const char *method;      /* leads to this method; with `serve`: the name that hooks see, or NULL for the path */
    const char *body_member; /* "update" for PUT /events/{id} */
    unsigned flags;
    /* A route that writes its own answer (files, HTML). `call` has user and access like a method's when
     * `who` wants them; `call->out` is NULL. */
    enum pryv_rc (*serve)(struct pryv_call *call, struct pryv_err *err);
    unsigned who;        /* of `serve` */
    const char *summary; /* of `serve`, for the API description */
    /* Of PRYV_ROUTE_RAW: takes the body while it comes (pryv/http.h); NULL: `serve` gets it whole. */
    const struct pryv_body_sink *sink;
};

/* ---- Hooks --------------------------------------------------------------------------------- */

/* Run around methods whose name matches `pattern` ("events.create", "events.*", "*"). Executor. */
struct pryv_hook {
    const char *pattern;
    /* Once per request, when its access was loaded, before parameters are looked at. A refusal is the answer. */
    enum pryv_rc (*access)(void *self, struct pryv_call *call, struct pryv_err *err);
    /* Before the handler, parameters checked. */
    enum pryv_rc (*before)(void *self, struct pryv_call *call, struct pryv_err *err);
    /* When the call is over. `err` is NULL when it went well. Cannot fail the call. */
    void (*after)(void *self, struct pryv_call *call, const struct pryv_err *err);
};

/* `self` of the plugin whose method, route or hook is running, on this thread. */
PRYV_EXPORT void *pryv_self(void);
/* For functions of an interface, which run while another plugin's handler does: from here on pryv_self is `self`, until it is set back to what this
 * returns. */
PRYV_EXPORT void *pryv_self_enter(void *self);

#endif
