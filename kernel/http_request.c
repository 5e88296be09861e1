/* http_request.c - what a handler may ask of its request; see pryv/http.h. What overrides can change is dispatch's to tell. */
#include "request.h"
#include <strings.h>

struct pryv_str pryv_request_id(const struct pryv_request *rq)
{
    return pryv_str(rq->id);
}

/* One field is the rule; several are joined as RFC 9110, 5.3 says. */
struct pryv_str pryv_request_header(const struct pryv_request *rq, const char *name)
{
    struct pryv_str found = PRYV_STR_NONE;
    size_t len = strlen(name);

    for (size_t i = 0; i < rq->head.header_count; i++) {
        const struct http_header *header = &rq->head.headers[i];

        if (header->name.len != len || strncasecmp(header->name.data, name, len) != 0)
            continue;
        found =
            found.data ? pryv_format(rq->arena, "%.*s, %.*s", PRYV_STR_ARG(found), PRYV_STR_ARG(header->value)) : header->value;
    }
    return found;
}

size_t pryv_request_header_count(const struct pryv_request *rq)
{
    return rq->head.header_count;
}

void pryv_request_header_at(const struct pryv_request *rq, size_t index, struct pryv_str *name, struct pryv_str *value)
{
    *name = rq->head.headers[index].name;
    *value = rq->head.headers[index].value;
}

struct pryv_str pryv_request_address(const struct pryv_request *rq)
{
    return rq->address;
}

bool pryv_request_is_tls(const struct pryv_request *rq)
{
    return rq->tls;
}
