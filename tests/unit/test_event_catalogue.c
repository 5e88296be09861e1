// link: plugins/api
/* The built-in catalogue says what the published one says: every type's schema is compared, member by member, with annotations
 * left out. The published file is not part of the project; PRYVD_EVENT_TYPES names it, else ../shared/data is looked at. */
#include "../../plugins/api/event_notation.h"
#include <criterion/criterion.h>
#include <pryv/json.h>
#include <stdlib.h>

static json_t *built_in(struct pryv_arena *mem)
{
    json_t *types = json_object();
    struct pryv_err err = PRYV_ERR(mem);

    for (const char *const *line = event_catalogue; *line; line++)
        cr_assert_eq(event_notation_read(*line, types, &err), PRYV_OK, "%s", err.message);
    return types;
}

/* Not keywords, or written where no keyword is meant: a list among the members, a text where a boolean belongs, members of a text. */
static void drop_what_says_nothing(json_t *rules)
{
    static const char *const annotations[] = {
        "description", "extras", "symbol", "attachmentRequired", "start", "end", "metadata"
    };
    json_t *properties = json_object_get(rules, "properties");
    const char *type = json_string_value(json_object_get(rules, "type"));

    for (size_t i = 0; i < PRYV_COUNT(annotations); i++)
        json_object_del(rules, annotations[i]);
    if (!json_is_false(json_object_get(rules, "additionalProperties")))
        json_object_del(rules, "additionalProperties");
    if (json_is_array(json_object_get(properties, "required")))
        json_object_del(properties, "required");
    if (type && strcmp(type, "string") == 0) {
        json_object_del(rules, "properties");
        json_object_del(rules, "required");
    }
    if (json_is_array(json_object_get(rules, "required")) && json_array_size(json_object_get(rules, "required")) == 0)
        json_object_del(rules, "required");
}

static void drop_annotations(json_t *rules)
{
    const char *key;
    json_t *member;
    size_t i;

    if (!json_is_object(rules))
        return;
    drop_what_says_nothing(rules);
    json_object_foreach(json_object_get(rules, "properties"), key, member)
        drop_annotations(member);
    drop_annotations(json_object_get(rules, "items"));
    json_array_foreach(json_object_get(rules, "oneOf"), i, member)
        drop_annotations(member);
}

Test(event_catalogue, every_line_is_read)
{
    struct pryv_arena *mem = pryv_arena_new();
    json_t *types = built_in(mem);

    cr_assert_geq(json_object_size(types), 350);
    cr_assert_str_eq(json_string_value(json_object_get(json_object_get(types, "mass/kg"), "type")), "number");
    json_decref(types);
    pryv_arena_free(mem);
}

Test(event_catalogue, says_what_the_published_one_says)
{
    const char *named = getenv("PRYVD_EVENT_TYPES");
    json_error_t where;
    json_t *published = json_load_file(named ? named : "../shared/data/event-types-flat.json", JSON_DECODE_INT_AS_REAL, &where);

    if (!published)
        cr_skip("the published catalogue is not here; PRYVD_EVENT_TYPES can name it");

    struct pryv_arena *mem = pryv_arena_new();
    json_t *types = built_in(mem);
    const char *name;
    json_t *schema;

    json_object_foreach(json_object_get(published, "types"), name, schema) {
        if (strstr(name, "/*")) /* no event can have this type */
            continue;
        drop_annotations(schema);

        char *theirs = json_dumps(schema, JSON_SORT_KEYS | JSON_ENCODE_ANY);
        char *ours = json_dumps(json_object_get(types, name), JSON_SORT_KEYS | JSON_ENCODE_ANY);

        cr_expect(ours && strcmp(ours, theirs) == 0, "%s\n  theirs %s\n  ours   %s", name, theirs, ours ? ours : "missing");
        free(theirs);
        free(ours);
    }
    cr_expect_eq(json_object_size(types) + 1, json_object_size(json_object_get(published, "types")));
    json_decref(published);
    json_decref(types);
    pryv_arena_free(mem);
}
