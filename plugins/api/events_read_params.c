/* events_read_params.c - the parameters of the methods that read events, and of batches. */
#include "events_read.h"
#include <float.h>

#define END          \
    {                \
        .name = NULL \
    }

static const char *const states[] = { "default", "trashed", "all", NULL };

static const struct pryv_param type_item = { .type = PRYV_P_TEXT, .pattern = "^(series:)?[a-z0-9-]+/(\\*|[a-z0-9-]+)$" };

const struct pryv_param events_get_params[] = {
    { .name = "streams",
      .type = PRYV_P_ANY,
      .flags = PRYV_P_NULLABLE | PRYV_P_JSON,
      .help = "A stream id, a list of them, or queries {any, all, not}." },
    { .name = "types",
      .type = PRYV_P_ARRAY,
      .flags = PRYV_P_NULLABLE | PRYV_P_LIST_OF_ONE,
      .item = &type_item,
      .help = "Any of these types; `class/*` takes all of a class." },
    { .name = "fromTime", .type = PRYV_P_NUMBER, .help = "Events that end then or later." },
    { .name = "toTime", .type = PRYV_P_NUMBER, .help = "Events that begin then or earlier." },
    { .name = "running", .type = PRYV_P_BOOL, .help = "Only periods that still run." },
    { .name = "sortAscending", .type = PRYV_P_BOOL, .help = "Oldest first." },
    { .name = "skip", .type = PRYV_P_INTEGER, .min = 0, .max = DBL_MAX, .help = "So many are left out at the beginning." },
    { .name = "limit",
      .type = PRYV_P_INTEGER,
      .min = 0,
      .max = DBL_MAX,
      .help = "At most so many; 20 when no time is given either." },
    { .name = "state", .type = PRYV_P_TEXT, .one_of = states, .help = "`default`: not trashed; `trashed`; `all`." },
    { .name = "modifiedSince", .type = PRYV_P_NUMBER, .help = "Modified after that time." },
    { .name = "includeDeletions", .type = PRYV_P_BOOL, .help = "With modifiedSince: `eventDeletions` too." },
    { .name = "content",
      .type = PRYV_P_ANY,
      .flags = PRYV_P_NULLABLE,
      .help = "Conditions on the content: a list of {path, operator: value}." },
    { .name = "clientData", .type = PRYV_P_ANY, .flags = PRYV_P_NULLABLE, .help = "Conditions on clientData." },
    { .name = "auth", .type = PRYV_P_TEXT, .help = "Not looked at: clients that send the token this way send it everywhere." },
    END,
};

const struct pryv_param events_get_one_params[] = {
    { .name = "id", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "The event." },
    { .name = "includeHistory", .type = PRYV_P_BOOL, .help = "Its earlier versions too." },
    END,
};

/* A table cannot say "object or list". */
static void check_call(const struct pryv_param *param PRYV_UNUSED, const json_t *value, const char *path, json_t *complaints)
{
    const json_t *params = json_object_get(value, "params");

    if (!json_is_object(params) && !json_is_array(params))
        pryv_param_complain(complaints, params ? "INVALID_TYPE" : "OBJECT_MISSING_REQUIRED_PROPERTY", path, "params",
                            "A call needs `params`, an object or a list");
}

static const struct pryv_param call_fields[] = {
    { .name = "method", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "\"events.get\"." },
    END,
};

static const struct pryv_param call_item = {
    .type = PRYV_P_OBJECT, .flags = PRYV_P_OPEN, .fields = call_fields, .check = check_call
};

const struct pryv_param call_batch_params[] = {
    { .name = "calls",
      .type = PRYV_P_ARRAY,
      .flags = PRYV_P_REQUIRED,
      .item = &call_item,
      .help = "A list of {method, params}; the whole body." },
    END,
};
