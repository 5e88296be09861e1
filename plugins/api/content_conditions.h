/* content_conditions.h - conditions on the JSON of an event: `content` and `clientData` of events.get.
 *
 * A condition is looked up in the text as it is stored: what it does not ask for is passed over, and nothing is built of it.
 */
#ifndef API_CONTENT_CONDITIONS_H
#define API_CONTENT_CONDITIONS_H

#include <pryv/error.h>
#include <pryv/json.h>

struct content_condition;

struct content_conditions { /* all of them hold */
    const struct content_condition *list;
    size_t count;
    json_t *json; /* the list as it was given; NULL: none */
};

/* Reads a list of conditions, or its JSON text; NULL and null: none. Lives in `mem`, ids and values are borrowed from it. `name` is the
 * parameter's, for the message. Errors: PRYV_REFUSED 400 invalid-parameters-format, data = a text. */
PRYV_CHECK enum pryv_rc content_conditions_parse(struct pryv_arena *mem, json_t *value, const char *name,
                                                 struct content_conditions *out, struct pryv_err *err);

/* `json`: compact JSON as pryv_json writes it, or absent. Any thread. */
bool content_conditions_hold(const struct content_conditions *conditions, struct pryv_str json);

/* May a store be asked these of `field` ("content", "clientData")? `supports`: see pryv/datastore.h, or NULL. */
bool content_conditions_supported(const struct content_conditions *conditions, const char *field, const json_t *supports);

#endif
