/* http_reply.h - the answer of a request, beside what pryv/http.h has for plugins. Of whoever runs the request. */
#ifndef KERNEL_HTTP_REPLY_H
#define KERNEL_HTTP_REPLY_H

#include "request.h"

/* True once the first byte of the answer was handed over: status and headers can no longer change. */
bool http_reply_started(const struct pryv_request *rq);
bool http_reply_done(const struct pryv_request *rq);
int http_reply_status(const struct pryv_request *rq); /* as sent, or as it would be */
/* A header of an answer that has not begun and has none of that name. Both are without control characters, and stay as long as the request:
 * they are neither looked at nor copied. */
void http_reply_add_header(struct pryv_request *rq, struct pryv_str name, struct pryv_str value);
/* Give up an answer that has begun: the connection is cut without its end. */
void http_reply_abort(struct pryv_request *rq);

#endif
