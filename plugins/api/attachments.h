/* attachments.h - the files of events: reading them, and the tokens that give a link the rights of an access. */
#ifndef API_ATTACHMENTS_H
#define API_ATTACHMENTS_H

#include <pryv/method.h>

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

/* `attachment; filename*=UTF-8''...` (RFC 6266, RFC 8187). */
struct pryv_str content_disposition(struct pryv_arena *mem, struct pryv_str file_name);
/* The type to send for one a client gave: text types in UTF-8; what is no type becomes application/octet-stream. */
struct pryv_str content_type_to_send(struct pryv_arena *mem, struct pryv_str type);

#endif
