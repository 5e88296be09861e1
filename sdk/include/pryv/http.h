/* pryv/http.h - the HTTP request behind a call, for the few handlers that need it, and answers that are not
 * JSON. Methods should not use it. Executor, or the loop for inline routes.
 * Memory   Texts are the request's and live until its end.
 */
#ifndef PRYV_HTTP_H
#define PRYV_HTTP_H

#include <pryv/arena.h>
#include <pryv/error.h>

struct pryv_request;

/* A text for a place in an address (RFC 3986, 2.1): all but ASCII letters, digits and the characters of `kept` as %XX. Any thread; `mem` owns it. */
PRYV_EXPORT struct pryv_str pryv_percent_encode(struct pryv_arena *mem, struct pryv_str text, const char *kept);
#define PRYV_URI_COMPONENT "-_.!~*'()" /* what JavaScript's encodeURIComponent keeps */

PRYV_EXPORT struct pryv_str pryv_request_verb(const struct pryv_request *rq); /* after _method */
PRYV_EXPORT struct pryv_str pryv_request_path(const struct pryv_request *rq); /* raw, without query */
PRYV_EXPORT struct pryv_str pryv_request_id(const struct pryv_request *rq);   /* as in the log */
/* Names without regard to case; several fields of a name are joined by ", ". Absent when not sent. */
PRYV_EXPORT struct pryv_str pryv_request_header(const struct pryv_request *rq, const char *name);
PRYV_EXPORT size_t pryv_request_header_count(const struct pryv_request *rq);
PRYV_EXPORT void pryv_request_header_at(const struct pryv_request *rq, size_t index, struct pryv_str *name,
                                        struct pryv_str *value); /* names in lower case */
/* Decoded query parameters in order; the first of a name. */
PRYV_EXPORT struct pryv_str pryv_request_query(const struct pryv_request *rq, const char *name);
PRYV_EXPORT size_t pryv_request_query_count(const struct pryv_request *rq, const char *name); /* how many have that name */
PRYV_EXPORT struct pryv_str pryv_request_path_param(const struct pryv_request *rq, const char *name);
/* The client's address: the peer, or X-Forwarded-For when the peer is in http.trustedProxies. */
PRYV_EXPORT struct pryv_str pryv_request_address(const struct pryv_request *rq);
/* What one client has for itself, to count what it does: its IPv4 address, or the /64 network of its IPv6 address. Absent for loopback: a
 * proxy that http.trustedProxies does not name, behind which clients cannot be told apart. `mem` owns the text. */
PRYV_EXPORT struct pryv_str pryv_request_network(const struct pryv_request *rq, struct pryv_arena *mem);
/* The header Authorization is auth.adminAccessKey, whole; compared in constant time. Never when no key is set. */
PRYV_EXPORT bool pryv_request_is_admin(const struct pryv_request *rq);
PRYV_EXPORT bool pryv_request_is_tls(const struct pryv_request *rq); /* also by X-Forwarded-Proto */
/* The body: in memory, or a file mapped into it. fd is that of the temporary file, or -1. */
PRYV_EXPORT struct pryv_str pryv_request_body(struct pryv_request *rq);
PRYV_EXPORT int pryv_request_body_fd(const struct pryv_request *rq);
/* The same without its Content-Encoding; a byte order mark is left. Errors: PRYV_REFUSED 400 invalid-request-structure (an unknown coding, a character set
 * other than UTF-8, larger than uploads.maxSizeMb once inflated). */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_request_body_text(struct pryv_request *rq, struct pryv_str *out, struct pryv_err *err);
PRYV_EXPORT struct pryv_str pryv_request_content_type(const struct pryv_request *rq);
/* For a `serve` route that reads JSON alone. Errors: PRYV_REFUSED 400 missing-header, 415 unsupported-content-type. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_request_want_json(const struct pryv_request *rq, struct pryv_err *err);

/* A body that is taken while it comes, so that it is never in memory whole: `sink` of a PRYV_ROUTE_RAW. The kernel calls it on executor threads, one
 * piece after the other, and reads no more of the body while a piece is being taken; between two pieces no thread waits for the client.
 * Then `serve` runs, asks for the state, and answers. A body that never becomes whole (the client left, was too slow or broke the rules of HTTP) never
 * gets there: what `open` and `take` made must go with the arena (pryv_defer). */
struct pryv_body_sink {
    /* Before the first piece, also when there is none. The headers may be asked for, variables of the path not yet. NULL: the body is of no interest,
     * whatever it is; it is passed over. `mem` is the call's arena. */
    void *(*open)(struct pryv_request *rq, struct pryv_arena *mem);
    /* The next piece, without the body's Content-Encoding: of any size, cut anywhere, valid until this returns. After an error no more is taken; what is
     * left of the body is read and thrown away. */
    enum pryv_rc (*take)(void *state, struct pryv_str piece, struct pryv_err *err);
};
/* For `serve` of a route with a sink: the body has been taken, `*state` is what `open` made. Errors: those of pryv_request_body_text, else the one that
 * `take` returned. Once. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_request_body_taken(struct pryv_request *rq, void **state, struct pryv_err *err);

/* Answers. A header field may be set before the first byte leaves; setting it again replaces it, adding gives one more.
 * An absent value takes it back. The value is copied; the name is kept as it is until the answer has left: a literal, or text of the request's arena.
 * Values with control characters are refused (dropped and logged). The common headers are there already. */
PRYV_EXPORT void pryv_reply_status(struct pryv_request *rq, int status);
PRYV_EXPORT void pryv_reply_header(struct pryv_request *rq, const char *name, struct pryv_str value);
PRYV_EXPORT void pryv_reply_header_add(struct pryv_request *rq, const char *name, struct pryv_str value);
/* A whole body, with its Content-Length. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_reply_send(struct pryv_request *rq, int status, const char *content_type,
                                                    struct pryv_str body);
/* Piece by piece: chunked unless Content-Length was set. Blocks while the client is slower than
 * http.sendBuffer; PRYV_GONE when it left. The end is written when the handler returns. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_reply_write(struct pryv_request *rq, struct pryv_str bytes);
/* Bytes of a file, without copying them through memory. Takes over fd. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_reply_file(struct pryv_request *rq, int fd, uint64_t offset, uint64_t len);

#endif
