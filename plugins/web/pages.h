/* pages.h - the files of pages/, which are part of the plugin. */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include <pryv/base.h>

/* `name` is below /www/: "sign-in.html". The content is part of the plugin. False: there is none of this name. */
bool page_find(struct pryv_str name, struct pryv_str *content);

/* By the ending of the name; application/octet-stream for what is not known. */
const char *page_type(struct pryv_str name);

#endif
