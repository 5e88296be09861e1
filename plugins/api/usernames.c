/* usernames.c - see usernames.h. Names of a valid form are lower-case ASCII, so that no two of them differ by case or by Unicode form alone. */
#include "usernames.h"
#include "accesses.h"
#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
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
    char *text;   /* of the file; words end with NUL */
    char **words; /* in order */
    size_t count;
};

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

static char *read_whole(FILE *file, size_t *size)
{
    size_t room = 1 << 16;
    char *text = malloc(room);

    *size = 0;
    while (text && !feof(file) && !ferror(file)) {
        if (room - *size < 2) {
            char *more = realloc(text, room *= 2);

            if (!more)
                free(text);
            text = more;
            continue;
        }
        *size += fread(text + *size, 1, room - *size - 1, file);
    }
    if (!text)
        abort();
    text[*size] = '\0';
    return text;
}

static void add_words(struct reserved_words *words, size_t size)
{
    size_t lines = 1;
    char *rest = NULL;
    bool in_order = true;

    for (size_t i = 0; i < size; i++) {
        words->text[i] = (char) tolower((unsigned char) words->text[i]);
        lines += words->text[i] == '\n';
    }
    words->words = calloc(lines, sizeof(*words->words));
    if (!words->words)
        abort();
    for (char *word = strtok_r(words->text, "\r\n", &rest); word; word = strtok_r(NULL, "\r\n", &rest)) {
        in_order &= words->count == 0 || strcmp(words->words[words->count - 1], word) <= 0;
        words->words[words->count++] = word;
    }
    if (!in_order)
        qsort(words->words, words->count, sizeof(*words->words), compare);
}

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
    FILE *file;
    size_t size = 0;
    enum pryv_rc rc = PRYV_OK;

    if (!words)
        abort();
    if (!path.data)
        path = file_beside_plugins(err->arena);
    file = path.len ? fopen(path.data, "re") : NULL;
    if (path.len && !file)
        rc = pryv_fail(err, PRYV_FAILED, "registration.reservedWordsFile: cannot open %s: %s", path.data, strerror(errno));
    if (file) {
        words->text = read_whole(file, &size);
        if (ferror(file))
            rc = pryv_fail(err, PRYV_FAILED, "registration.reservedWordsFile: cannot read %s: %s", path.data, strerror(errno));
        fclose(file);
        add_words(words, size);
    }
    if (rc == PRYV_OK)
        *out = words;
    else
        reserved_words_free(words);
    return rc;
}

void reserved_words_free(struct reserved_words *words)
{
    if (!words)
        return;
    free(words->words);
    free(words->text);
    free(words);
}

bool username_is_reserved(const struct reserved_words *words, struct pryv_str name)
{
    char text[LONGEST + 1];
    char *key = text;

    if (pryv_str_starts(name, "pryv") || access_alias_like(name))
        return true;
    if (name.len > LONGEST)
        return false;
    for (size_t i = 0; i < PRYV_COUNT(built_in); i++)
        if (pryv_str_equal(name, built_in[i]))
            return true;
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    return words && words->count && bsearch(&key, words->words, words->count, sizeof(*words->words), compare);
}
