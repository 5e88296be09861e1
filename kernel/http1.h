/* http1.h - HTTP/1.1 as bytes (RFC 9112), strict: what two servers could read in two ways is refused. No network, no memory but the arena's.
 *
 * Refused with 400: a bare CR or LF, folded lines, blanks before a colon, control characters, two Content-Length (equal ones too),
 * Content-Length with Transfer-Encoding, Host missing or doubled in HTTP/1.1, names that are no tokens. 501: a transfer coding but
 * `chunked`. 505: another version than 1.0 and 1.1. 414 and 431: over the limits. Trailers are read and dropped.
 */
#ifndef KERNEL_HTTP1_H
#define KERNEL_HTTP1_H

#include "request.h"

struct http1_limits {
    size_t max_target; /* bytes of the request target */
    size_t max_head;   /* bytes of request line and header fields */
    size_t max_fields;
};

/* Where a head ends. `*scanned` is how far earlier calls have looked (0 at first). 0: more bytes are needed; a status (>= 400): refused, `*why`
 * says it; 1: the head is the first `*len` bytes, its final empty line included. Empty lines before it are part of it. */
int http1_find_head(const char *data, size_t have, const struct http1_limits *limits, size_t *scanned, size_t *len,
                    const char **why);

/* Reads a head that http1_find_head found. `text` stays the arena's; texts of `head` point into it. 0, or the status to refuse with: `head` then
 * has what could be read. */
int http1_parse_head(struct pryv_arena *mem, struct pryv_str text, const struct http1_limits *limits, struct http_head *head,
                     const char **why);

extern const char http1_no_host[]; /* the `why` of a request without Host: the API has an error id for it */

/* A chunked body, fed in pieces of any size. */
struct http1_chunks {
    int state;
    uint64_t left;   /* of the present chunk */
    size_t overhead; /* bytes of the present line or of all trailers */
    int digits;
};
enum http1_chunk_result { HTTP1_CHUNK_MORE, HTTP1_CHUNK_DATA, HTTP1_CHUNK_END, HTTP1_CHUNK_BAD };

/* Takes bytes from the front of `data`: `*used` tells how many. DATA: `*out` (a part of `data`) belongs to the body. MORE: all was taken. END: the body
 * is over; what is left belongs to the next request. */
enum http1_chunk_result http1_chunks_read(struct http1_chunks *chunks, struct pryv_str data, size_t *used, struct pryv_str *out);

#endif
