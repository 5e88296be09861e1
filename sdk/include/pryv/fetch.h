/* pryv/fetch.h - calls to other servers: documents by their address, services over HTTP, mail servers.
 *
 * Each call runs in a program of its own (pryvd-fetch), so that a worker neither carries a client library nor parses what a stranger sends
 * before it is whole. What is asked goes to it through its standard input: secrets are in no list of processes. At most
 * `outgoing.programs` of them run at once in a worker; further calls wait, within their time. One that overstays is killed.
 *
 * Threads   Executor: every function blocks, up to its `timeout_seconds`.
 * Memory    Arguments are borrowed; answers lie in the arena passed in.
 * Errors    PRYV_BUSY: the server cannot be reached, is slow, or all programs are in use: the same call may work later.
 *           PRYV_FAILED: it would fail again. Reasons may name the host, never path, fields, body or credentials.
 */
#ifndef PRYV_FETCH_H
#define PRYV_FETCH_H

#include <pryv/arena.h>
#include <pryv/error.h>

/* The whole document at `file://PATH` (a relative path is looked for in the working directory) or `http(s)://`. Redirects are followed.
 * Any status but 2xx is PRYV_FAILED, and so is a document over `max_bytes`. The reason names the address. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_fetch(struct pryv_arena *arena, struct pryv_str address, double timeout_seconds,
                                               size_t max_bytes, struct pryv_str *out, struct pryv_err *err);

/* ---- HTTP ---------------------------------------------------------------------------------- */

struct pryv_http_field {
    struct pryv_str name, value; /* a token of RFC 9110; no control characters */
};

struct pryv_http_request {
    const char *verb;        /* "GET", "POST", ... */
    struct pryv_str address; /* http:// or https:// */
    const struct pryv_http_field *fields;
    size_t field_count;
    struct pryv_str body;   /* absent: none. It has no type but the one that a field tells */
    double timeout_seconds; /* from the call to the last byte of the answer */
    size_t max_bytes;       /* of the answer's body; a larger one is PRYV_FAILED. 0: the body is not waited for */
    unsigned max_redirects; /* 0: a redirect is the answer */
};

struct pryv_http_answer {
    int status;           /* 200, 404, ... */
    struct pryv_str body; /* empty when there is none, or none was wanted */
};

/* PRYV_OK: there is an answer, whatever its status. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_http_call(struct pryv_arena *arena, const struct pryv_http_request *request,
                                                   struct pryv_http_answer *out, struct pryv_err *err);

/* ---- Mail servers -------------------------------------------------------------------------- */

struct pryv_smtp_mail {
    struct pryv_str host;
    int port;
    bool tls; /* from the first byte; else begun when the server offers it, and required where there is a user */
    struct pryv_str user, password; /* absent or empty: nobody */
    struct pryv_str sender;         /* addresses without angle brackets */
    const struct pryv_str *recipients;
    size_t recipient_count;
    struct pryv_str text; /* headers and body, lines ended by CR LF */
    double timeout_seconds;
};

/* PRYV_OK: the mail server has taken it, for all recipients. PRYV_FAILED: it refuses sender, recipient or text for good. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_smtp_send(const struct pryv_smtp_mail *mail, struct pryv_err *err);

#endif
