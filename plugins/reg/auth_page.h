/* auth_page.h - addresses in requests for access: where the user is sent to sign in, and what may never be one. */
#ifndef REG_AUTH_PAGE_H
#define REG_AUTH_PAGE_H

#include <jansson.h>
#include <pryv/arena.h>

/* http or https, with a host, without credentials, blanks or control characters. */
bool is_web_address(struct pryv_str url);
/* What the page of an app may be called back with: no control characters, and no scheme that would run or show something of its own. Schemes of
 * mobile apps are fine, and so is what is no address at all (`self#`). */
bool is_return_address(struct pryv_str url);
/* Scheme and host are those of an entry, and the path is the entry's or goes on below it. Entries that are no address are skipped. */
bool is_trusted_page(const json_t *trusted, struct pryv_str url);

/* `page` with one more parameter in its query, percent-encoded. An absent value adds nothing. */
struct pryv_str add_to_query(struct pryv_arena *mem, struct pryv_str page, const char *name, struct pryv_str value);

#endif
