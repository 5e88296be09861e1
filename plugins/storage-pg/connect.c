/* connect.c - see connect.h. */
#include "connect.h"
#include <stdio.h>
#include <stdlib.h>

enum { OWN_PARAMETERS = 12 };

struct list {
    struct connection_options *options;
    size_t count;
};

static char *copy(const char *text)
{
    char *own = strdup(text);

    if (!own)
        abort();
    return own;
}

/* The last of a keyword counts: it takes the place of the one before. */
static void put(struct list *list, const char *keyword, const char *value)
{
    size_t at = 0;

    while (at < list->count && strcmp(list->options->keywords[at], keyword) != 0)
        at++;
    if (at == list->count) {
        list->options->keywords[at] = copy(keyword);
        list->count++;
    } else {
        free(list->options->values[at]);
    }
    list->options->values[at] = copy(value);
}

static const char *value_of(const struct list *list, const char *keyword)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->options->keywords[i], keyword) == 0)
            return list->options->values[i];
    return "";
}

static void put_own(struct list *list, const struct connect_config *config)
{
    char port[16], seconds[16];

    snprintf(port, sizeof(port), "%d", (int) config->port);
    snprintf(seconds, sizeof(seconds), "%.0f", config->seconds);
    put(list, "host", config->host.data);
    put(list, "port", port);
    put(list, "dbname", config->database.data);
    put(list, "user", config->user.data);
    if (config->password.data)
        put(list, "password", config->password.data);
    put(list, "connect_timeout", seconds);
    put(list, "fallback_application_name", "pryvd");
    put(list, "client_encoding", "UTF8");
    /* A server that is gone without a word is noticed. */
    put(list, "keepalives_idle", "15");
    put(list, "keepalives_interval", "5");
    put(list, "keepalives_count", "3");
    put(list, "tcp_user_timeout", "30000");
}

enum pryv_rc connect_options(const struct connect_config *config, struct connection_options *options, struct pryv_err *err)
{
    char *message = NULL;
    PQconninfoOption *given = PQconninfoParse(config->parameters.data ? config->parameters.data : "", &message);
    size_t room = OWN_PARAMETERS + 1;
    struct list list = { .options = options };

    if (!given) {
        enum pryv_rc rc = pryv_fail(err, PRYV_FAILED, "storages.engines.postgresql.parameters is no connection string: %.*s",
                                    (int) strcspn(message ? message : "", "\n"), message ? message : "");

        PQfreemem(message);
        return rc;
    }
    for (const PQconninfoOption *option = given; option->keyword; option++)
        room++;
    options->keywords = calloc(room, sizeof(char *));
    options->values = calloc(room, sizeof(char *));
    if (!options->keywords || !options->values)
        abort();
    options->connect_seconds = config->seconds;
    put_own(&list, config);
    for (const PQconninfoOption *option = given; option->keyword; option++)
        if (option->val)
            put(&list, option->keyword, option->val);
    PQconninfoFree(given);
    if (asprintf(&options->name, "%s:%s/%s", value_of(&list, "host"), value_of(&list, "port"), value_of(&list, "dbname")) == -1)
        abort();
    return PRYV_OK;
}
