/* pages.h - the files of pages/, which are part of the plugin. */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include <pryv/base.h>

struct page {
    struct pryv_str content; /* part of the plugin */
    struct pryv_str tag;     /* of the content, for ETag: quoted */
};

/* Makes the tags. From init. */
void pages_start(void);

/* `name` is below /www/: "sign-in.html". False: there is none of this name. Any thread. */
bool page_find(struct pryv_str name, struct page *out);

/* By the ending of the name; application/octet-stream for what is not known. */
const char *page_type(struct pryv_str name);

#endif
