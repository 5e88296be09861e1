/* attachments.h - the files of events: reading them, and the tokens that give a link the rights of an access. */
#ifndef API_ATTACHMENTS_H
#define API_ATTACHMENTS_H

#include <pryv/method.h>

/* ---- The list in an event -------------------------------------------------------------------------------- */

/* NULL when it has none. Errors: PRYV_FAILED when what is stored is broken. */
PRYV_CHECK enum pryv_rc attachments_read(struct pryv_arena *mem, const struct pryv_event *row, const json_t **out,
                                         struct pryv_err *err);
/* NULL: it is not there. `list` may be NULL. */
const json_t *attachments_find(const json_t *list, struct pryv_str file_id);
/* The list without it; absent when nothing is left. */
struct pryv_str attachments_without(struct pryv_arena *mem, const json_t *list, struct pryv_str file_id);

/* ---- Reading them over HTTP ------------------------------------------------------------------------------- */

enum pryv_rc attachment_serve(struct pryv_call *call, struct pryv_err *err);

/* `<access id>-<hmac>`: the rights of that access on one file. HMAC-SHA1 with auth.filesReadTokenSecret over
 * `<file id>-<access token>`, base64url without padding. */
struct pryv_str read_token_make(struct pryv_arena *mem, struct pryv_str secret, struct pryv_str file_id,
                                struct pryv_str access_id, struct pryv_str access_token);
/* The access id of a read token, or absent when it has no such form. */
struct pryv_str read_token_access(struct pryv_str read_token);
/* In constant time. */
bool read_token_is_right(struct pryv_arena *mem, struct pryv_str read_token, struct pryv_str secret, struct pryv_str file_id,
                         struct pryv_str access_id, struct pryv_str access_token);

/* One `bytes=` range of a Range header over `size` bytes. Several ranges, or something else: RANGE_NONE, the whole is sent. */
enum range_kind { RANGE_NONE, RANGE_ONE, RANGE_UNSATISFIABLE };
enum range_kind range_parse(struct pryv_str header, uint64_t size, uint64_t *offset, uint64_t *len);

/* Does an If-None-Match or If-Range header name this entity tag (with its quotes)? `weak`: weak tags count too, as for If-None-Match. */
bool etag_matches(struct pryv_str header, struct pryv_str etag, bool weak);

/* `attachment; filename*=UTF-8''...` (RFC 6266, RFC 8187). */
struct pryv_str content_disposition(struct pryv_arena *mem, struct pryv_str file_name);
/* `type/subtype` of a part's content type, in small letters, without parameters; application/octet-stream when there is none. */
struct pryv_str media_type_of(struct pryv_arena *mem, struct pryv_str content_type);
/* The type to send for one a client gave: text types in UTF-8; what is no type becomes application/octet-stream. */
struct pryv_str content_type_to_send(struct pryv_arena *mem, struct pryv_str type);

#endif
