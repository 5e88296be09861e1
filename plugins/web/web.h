/* web.h - what the files of this plugin share. */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include <pryv/access.h>
#include <pryv/pages.h>
#include <pryv/platform.h>
#include <pryv/plugin.h>

#define WEB_LOG "web"

/* What the pages are as an app: the name of the personal access that they sign in with. */
#define WEB_APP_ID "pryv-sign-in"

struct web_config {
    struct pryv_str folder;
    json_t *account_fields, *invitations, *mail;
    int64_t password_min_length, password_min_categories;
};

struct web {
    const struct web_config *config;
    const struct pryv_platform_ops *platform; /* NULL: there is none */
    void *platform_self;
};

/* The plugin, inside a handler. */
static inline struct web *web_self(void)
{
    return pryv_self();
}

/* GET /www/...: a file of the operator's folder, else an embedded one. */
enum pryv_rc serve_file(struct pryv_call *call, struct pryv_err *err);
/* GET /www/settings.json: what the pages must know and the API does not tell. */
enum pryv_rc serve_settings(struct pryv_call *call, struct pryv_err *err);

#endif
