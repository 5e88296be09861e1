/* http_post.h - one POST of JSON to a service. */
#ifndef MAIL_HTTP_POST_H
#define MAIL_HTTP_POST_H

#include <pryv/error.h>

/* Any 2xx is PRYV_OK; what the service says is not read. PRYV_BUSY: it cannot be reached, is slow, or may
 * take it another time; PRYV_FAILED: it refuses it for good.
 * The reason names host and status, never path, body or key. Executor; no redirect is followed. */
PRYV_CHECK enum pryv_rc http_post_json(struct pryv_str url, struct pryv_str json, double timeout_seconds, struct pryv_err *err);

#endif
