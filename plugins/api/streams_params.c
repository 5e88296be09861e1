/* streams_params.c - the parameters of streams.*. */
#include "streams.h"

#define END          \
    {                \
        .name = NULL \
    }
#define DROPPED(field, type_)                                      \
    {                                                              \
        .name = field, .type = type_, .help = "Set by the server." \
    }
#define PROTECTED(field, type_, flags_)                                             \
    {                                                                               \
        .name = field, .type = type_, .flags = flags_, .help = "Cannot be changed." \
    }

static const char *const states[] = { "default", "all", NULL };

const struct pryv_param streams_get_params[] = {
    { .name = "parentId", .type = PRYV_P_TEXT, .help = "Only the streams below this one." },
    { .name = "id", .type = PRYV_P_TEXT, .flags = PRYV_P_NULLABLE, .help = "Only this stream, with what is below it." },
    { .name = "state", .type = PRYV_P_TEXT, .one_of = states, .help = "`all`: trashed streams too." },
    { .name = "includeDeletionsSince",
      .type = PRYV_P_NUMBER,
      .help = "Streams deleted after this time too, in `streamDeletions`." },
    END,
};

const struct pryv_param streams_create_params[] = {
    { .name = "id",
      .type = PRYV_P_TEXT,
      .min = 1,
      .help = "Of your own choice; it is turned into what can stand in an address." },
    { .name = "name", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .min = 1, .help = "Unique among its siblings." },
    { .name = "parentId",
      .type = PRYV_P_TEXT,
      .flags = PRYV_P_NULLABLE,
      .min = 1,
      .help = "The stream to put it below; null: at the root." },
    { .name = "clientData", .type = PRYV_P_OBJECT, .flags = PRYV_P_OPEN | PRYV_P_NULLABLE, .help = "Anything." },
    { .name = "trashed", .type = PRYV_P_BOOL, .flags = PRYV_P_NULLABLE, .help = "Into the trash at once." },
    { .name = "children", .type = PRYV_P_ARRAY, .flags = PRYV_P_NULLABLE, .help = "Not looked at." },
    { .name = "childrenHidden", .type = PRYV_P_BOOL, .flags = PRYV_P_NULLABLE, .help = "Not looked at." },
    DROPPED("created", PRYV_P_NUMBER),
    DROPPED("createdBy", PRYV_P_TEXT),
    DROPPED("modified", PRYV_P_NUMBER),
    DROPPED("modifiedBy", PRYV_P_TEXT),
    END,
};

static const struct pryv_param changes[] = {
    { .name = "name", .type = PRYV_P_TEXT, .min = 1, .help = "Unique among its siblings." },
    { .name = "parentId",
      .type = PRYV_P_TEXT,
      .flags = PRYV_P_NULLABLE,
      .min = 1,
      .help = "Where to move it; null: to the root." },
    { .name = "clientData",
      .type = PRYV_P_OBJECT,
      .flags = PRYV_P_OPEN | PRYV_P_NULLABLE,
      .help = "Keys to replace; null takes one away, or all of it." },
    { .name = "trashed", .type = PRYV_P_BOOL, .flags = PRYV_P_NULLABLE, .help = "Into the trash, or out of it." },
    PROTECTED("id", PRYV_P_TEXT, 0),
    PROTECTED("children", PRYV_P_ARRAY, PRYV_P_NULLABLE),
    PROTECTED("childrenHidden", PRYV_P_BOOL, PRYV_P_NULLABLE),
    PROTECTED("created", PRYV_P_NUMBER, 0),
    PROTECTED("createdBy", PRYV_P_TEXT, 0),
    PROTECTED("modified", PRYV_P_NUMBER, 0),
    PROTECTED("modifiedBy", PRYV_P_TEXT, 0),
    END,
};

const struct pryv_param streams_update_params[] = {
    { .name = "id", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "The stream." },
    { .name = "update", .type = PRYV_P_OBJECT, .flags = PRYV_P_REQUIRED, .fields = changes, .help = "What changes." },
    END,
};

const struct pryv_param streams_delete_params[] = {
    { .name = "id", .type = PRYV_P_TEXT, .flags = PRYV_P_REQUIRED, .help = "The stream." },
    { .name = "mergeEventsWithParent",
      .type = PRYV_P_BOOL,
      .help = "What becomes of events when a trashed stream is deleted: true: they go to its parent; false: those without "
              "another stream are deleted." },
    END,
};
