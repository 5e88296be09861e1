/* usernames.c - see usernames.h. Names of a valid form are lower-case ASCII, so that no two of them differ by case or by Unicode form alone. */
#include "usernames.h"
#include "accesses.h"
#include "word_file.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

enum { SHORTEST = 5, LONGEST = 60 };

bool username_is_valid(struct pryv_str name)
{
    if (name.len < SHORTEST || name.len > LONGEST || name.data[0] == '-' || name.data[name.len - 1] == '-')
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!((name.data[i] >= 'a' && name.data[i] <= 'z') || (name.data[i] >= '0' && name.data[i] <= '9') ||
              name.data[i] == '-'))
            return false;
    return true;
}

/* ---- Words ------------------------------------------------------------------------------------- */

/* Paths and hosts of a service, roles that people trust, and what phishing asks for. Shorter ones are no names anyway. */
static const char *const built_in[] = {
    "about",         "abuse",         "access",     "account",      "accounts",     "admin",      "administrator",
    "alias",         "anonymous",     "autoconfig", "autodiscover", "backloop",     "backup",     "billing",
    "calendar",      "certificate",   "client",     "clients",      "config",       "contact",    "cookie",
    "daemon",        "dashboard",     "default",    "delete",       "developer",    "developers", "discovery",
    "docs-api",      "domain",        "download",   "downloads",    "emails",       "error",      "errors",
    "events",        "example",       "facebook",   "favicon",      "feedback",     "files",      "forgot-password",
    "forum",         "google",        "group",      "groups",       "guest",        "help-desk",  "helpdesk",
    "hostmaster",    "hosting",       "hostings",   "https",        "images",       "index",      "info-desk",
    "invitation",    "iphone",        "legal",      "license",      "local",        "localhost",  "login",
    "logout",        "mailer-daemon", "manager",    "mobile",       "moderator",    "monitor",    "mysql",
    "network",       "news-letter",   "newsletter", "nobody",       "noreply",      "no-reply",   "notification",
    "notifications", "oauth2",        "openid",     "operator",     "owner",        "password",   "payment",
    "payments",      "postmaster",    "preview",    "previews",     "privacy",      "private",    "profile",
    "profiles",      "proxy",         "public",     "recover",      "recovery",     "register",   "registration",
    "reset",         "robots",        "secure",     "security",     "series",       "server",     "servers",
    "service",       "services",      "settings",   "setup",        "signin",       "sign-in",    "signout",
    "sign-out",      "signup",        "sign-up",    "socket",       "socketio",     "socket-io",  "source",
    "sso-login",     "staff",         "staging",    "static",       "status",       "stream",     "streams",
    "subscribe",     "support",       "sysadmin",   "system",       "system-admin", "terms",      "tester",
    "token",         "tokens",        "twitter",    "undefined",    "unsubscribe",  "update",     "upload",
    "uploads",       "username",      "users",      "verify",       "version",      "webmail",    "webmaster",
    "websocket",     "webhook",       "webhooks",   "welcome",      "wpad-proxy",
};

struct reserved_words {
    struct word_file *file; /* or NULL */
};

/* "FOLDER/reserved-words.txt" for the plugin "FOLDER/plugins/api.so". Absent: there is none. */
static struct pryv_str file_beside_plugins(struct pryv_arena *mem)
{
    static const char own = 0;
    char path[PATH_MAX];
    Dl_info info;

    if (!dladdr(&own, &info) || !realpath(info.dli_fname, path))
        return PRYV_STR_NONE;
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(path, '/');

        if (!slash)
            return PRYV_STR_NONE;
        *slash = '\0';
    }

    struct pryv_str file = pryv_format(mem, "%s/reserved-words.txt", path);

    return access(file.data, R_OK) == 0 ? file : PRYV_STR_NONE;
}

enum pryv_rc reserved_words_read(struct pryv_str path, struct reserved_words **out, struct pryv_err *err)
{
    struct reserved_words *words = calloc(1, sizeof(*words));
    enum pryv_rc rc = PRYV_OK;

    if (!words)
        abort();
    if (!path.data)
        path = file_beside_plugins(err->arena);
    if (path.len)
        rc = word_file_open(path.data, &words->file, err);
    if (rc == PRYV_OK) {
        *out = words;
        return PRYV_OK;
    }
    reserved_words_free(words);
    return pryv_fail(err, rc, "registration.reservedWordsFile: %s: %s", path.data, err->message);
}

void reserved_words_free(struct reserved_words *words)
{
    if (words)
        word_file_close(words->file);
    free(words);
}

bool username_is_reserved(const struct reserved_words *words, struct pryv_str name)
{
    if (pryv_str_starts(name, "pryv") || access_alias_like(name))
        return true;
    if (name.len > LONGEST)
        return false;
    for (size_t i = 0; i < PRYV_COUNT(built_in); i++)
        if (pryv_str_equal(name, built_in[i]))
            return true;
    return words && words->file && word_file_has(words->file, name);
}
