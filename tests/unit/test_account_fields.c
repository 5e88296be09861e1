/* Account fields from configuration: what is read, what stops the start, and who has which level where. */
// link: plugins/api
#include "../../plugins/api/account.h"
#include "../../plugins/api/account_value.h"
#include "access.h"
#include "settings.h"
#include <criterion/criterion.h>

static struct pryv_arena *arena;

static void fill(void)
{
    arena = pryv_arena_new();
    settings.max_json_depth = 100;
}

static void empty(void)
{
    pryv_arena_free(arena);
}

TestSuite(account_fields, .init = fill, .fini = empty);

static json_t *json(const char *text)
{
    struct pryv_err err = PRYV_ERR(arena);
    json_t *value = NULL;

    cr_assert_eq(pryv_json_parse(arena, pryv_str(text), true, &value, &err), PRYV_OK, "%s", text);
    return value;
}

static void free_fields(void *fields)
{
    account_fields_free(fields);
}

static const struct account_fields *fields_of(const char *account, const char *other)
{
    struct pryv_err err = PRYV_ERR(arena);
    struct account_fields *fields = NULL;

    cr_assert_eq(account_fields_new(json(account), json(other), &fields, &err), PRYV_OK, "%s", err.message);
    pryv_defer(arena, free_fields, fields);
    return fields;
}

Test(account_fields, refusals_name_field_and_reason)
{
    static const struct {
        const char *account, *other, *says;
    } cases[] = {
        { "{}", "[]", "expected a list" },
        { "[5]", "[]", "must be a map" },
        { "[{\"id\":\"x\",\"type\":\"a/b\"}]", "[]", "\"x\": id must have 2 to 100 characters" },
        { "[{\"id\":\"a b\",\"type\":\"a/b\"}]", "[]", "id must have" },
        { "[{\"id\":\":_system:email\",\"type\":\"a/b\"}]", "[]", "id must have" },
        { "[{\"id\":\"xy\"}]", "[]", "type must be like" },
        { "[{\"id\":\"xy\",\"type\":\"A/b\"}]", "[]", "type must be like" },
        { "[{\"id\":\"xy\",\"type\":\"a/\"}]", "[]", "type must be like" },
        { "[{\"id\":\"xy\",\"type\":\"a/b/c\"}]", "[]", "type must be like" },
        { "[{\"id\":\"xy\",\"type\":\"a/b\",\"name\":\"n\"}]", "[]", "name must have at least 2" },
        { "[{\"id\":\"xy\",\"type\":\"a/b\",\"isUnique\":true}]", "[]", "isUnique needs isIndexed" },
        { "[{\"id\":\"xy\",\"type\":\"a/b\",\"isUnique\":\"yes\"}]", "[]", "isUnique must be true or false" },
        { "[{\"id\":\"xy\",\"type\":\"a/b\"},{\"id\":\":system:xy\",\"type\":\"a/b\"}]", "[]", "\"xy\": this id is there twice" },
        { "[{\"id\":\"xy\",\"type\":\"a/b\",\"children\":[{\"id\":\"xy\",\"type\":\"a/b\"}]}]", "[]", "this id is there twice" },
        { "[{\"id\":\"xy\",\"type\":\"a/b\"}]", "[{\"id\":\"xy\",\"type\":\"a/b\"}]", "this id is there twice" },
        { "[{\"id\":\"language\",\"type\":\"a/b\"}]", "[]", "name of a built-in field" },
        { "[{\"id\":\"password\",\"type\":\"a/b\"}]", "[]", "registration uses this name" },
        { "[{\"id\":\"xy\",\"type\":\"a/b\",\"regexValidation\":\"(\"}]", "[]", "no regular expression" },
        { "[{\"id\":\"xy\",\"type\":\"a/b\",\"regexError\":5}]", "[]", "regexError must be a map" },
        { "[{\"id\":\"xy\",\"type\":\"a/b\",\"default\":[]}]", "[]", "default must be" },
        { "[{\"id\":\"xy\",\"type\":\"a/b\",\"default\":\"d\",\"isUnique\":true,\"isIndexed\":true}]", "[]",
          "cannot have a default" },
        { "[]", "[{\"id\":\"xy\",\"type\":\"a/b\",\"isShown\":false}]",
          "custom.systemStreams.other: field \"xy\": an ordinary stream" },
        { "[]", "[{\"id\":\"xy\",\"type\":\"a/b\",\"isEditable\":false}]", "an ordinary stream" },
        { "[]", "[{\"id\":\"xy\",\"type\":\"a/b\",\"isIndexed\":true}]", "an ordinary stream" },
        { "[]", "[{\"id\":\"xy\",\"type\":\"a/b\",\"isRequiredInValidation\":true}]", "an ordinary stream" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_err err = PRYV_ERR(arena);
        struct account_fields *fields = NULL;

        cr_expect_eq(account_fields_new(json(cases[i].account), json(cases[i].other), &fields, &err), PRYV_FAILED, "%s",
                     cases[i].account);
        cr_expect(err.message && strstr(err.message, cases[i].says), "%s: \"%s\" does not say \"%s\"", cases[i].account,
                  err.message, cases[i].says);
    }
}

Test(account_fields, reads_what_is_configured)
{
    const struct account_fields *fields =
        fields_of("[{\"id\":\"email\",\"name\":\"Email\",\"type\":\"email/"
                  "string\",\"isIndexed\":true,\"isUnique\":true,\"isRequiredInValidation\":true},"
                  "{\"id\":\":system:home\",\"type\":\"a/b\",\"isShown\":false,\"children\":[{\"id\":\"street\",\"type\":\"a/"
                  "b\",\"default\":5}]}]",
                  "[{\"id\":\"mine\",\"type\":\"a/b\",\"children\":[{\"id\":\"below\",\"name\":\"Below\",\"type\":\"a/b\"}]}]");
    const struct account_field *email = account_field_by_key(fields, PRYV_STR("email"));
    const struct account_field *street = account_field_by_id(fields, PRYV_STR(":system:street"));

    cr_assert(email && street);
    cr_expect(email->unique && email->indexed && email->required && email->shown && email->editable && !email->built_in);
    cr_expect(pryv_str_equal(email->id, ":system:email"));
    cr_expect_eq(email->parent, &fields->all[0]);
    cr_expect(pryv_str_equal(street->default_text, "5"));
    cr_expect(pryv_str_equal(street->parent->id, ":system:home"));
    cr_expect_not(street->parent->shown);
    cr_expect(pryv_str_equal(street->parent->name, "home"));
    cr_expect(account_field_within(street, &fields->all[0]));
    cr_expect_not(account_field_within(email, street->parent));
    cr_expect_null(account_field_by_key(fields, PRYV_STR("account")), "the root is no field");
    cr_expect_null(account_field_by_id(fields, PRYV_STR(":_system:email")));
    cr_expect_eq(fields->other_count, 2);
    cr_expect(pryv_str_equal(fields->others[1].parent_id, ":system:mine"));
    cr_expect_not(account_owns(fields, PRYV_STR(":system:mine")));
    cr_expect(account_owns(fields, PRYV_STR(":system:unheard-of")));
    cr_expect(account_owns(fields, PRYV_STR(":_system:unheard-of")));
    cr_expect_not(account_owns(fields, PRYV_STR("diary")));
}

Test(account_fields, children_keep_the_order_of_configuration)
{
    const struct account_fields *fields = fields_of("[{\"id\":\"zz\",\"type\":\"a/b\"},{\"id\":\"aa\",\"type\":\"a/b\"}]", "[]");
    static const char *const order[] = { "language", "appId", "invitationToken", "referer", "storageUsed", "zz", "aa" };
    size_t i = 0;

    for (const struct account_field *child = fields->all[0].children; child; child = child->next, i++)
        cr_expect(i < PRYV_COUNT(order) && pryv_str_equal(child->key, order[i]), "%.*s", PRYV_STR_ARG(child->key));
    cr_expect_eq(i, PRYV_COUNT(order));
}

static enum pryv_level level_of(const char *permissions, const char *id)
{
    struct pryv_err err = PRYV_ERR(arena);
    struct pryv_access_row row = { .id = PRYV_STR("a1"),
                                   .token = PRYV_STR("t1"),
                                   .name = PRYV_STR("n"),
                                   .type = PRYV_STR("shared"),
                                   .permissions_json = pryv_str(permissions),
                                   .expires = PRYV_ABSENT };
    const struct pryv_access *access = NULL;
    const struct account_fields *fields = fields_of("[{\"id\":\"email\",\"type\":\"email/string\"}]", "[]");

    cr_assert_eq(pryv_access_of_row(arena, &row, &access, &err), PRYV_OK);
    return account_level(access, account_field_by_id(fields, pryv_str(id)));
}

Test(account_fields, the_nearest_entry_decides_and_a_star_never_does)
{
    static const struct {
        const char *permissions, *id;
        enum pryv_level level;
    } cases[] = {
        { "[{\"streamId\":\"*\",\"level\":\"manage\"}]", ":system:email", PRYV_LEVEL_NONE },
        { "[{\"streamId\":\":_system:account\",\"level\":\"read\"}]", ":system:email", PRYV_LEVEL_READ },
        { "[{\"streamId\":\":_system:account\",\"level\":\"read\"},{\"streamId\":\":system:email\",\"level\":\"none\"}]",
          ":system:email", PRYV_LEVEL_NONE },
        { "[{\"streamId\":\":system:email\",\"level\":\"contribute\"}]", ":system:email", PRYV_LEVEL_CONTRIBUTE },
        { "[{\"streamId\":\":system:email\",\"level\":\"contribute\"}]", ":_system:language", PRYV_LEVEL_NONE },
        { "[{\"streamId\":\":_system:storageUsed\",\"level\":\"read\"}]", ":_system:dbDocuments", PRYV_LEVEL_READ },
        { "[{\"streamId\":\":system:email\",\"level\":\"read\"},{\"streamId\":\":system:email\",\"level\":\"none\"}]",
          ":system:email", PRYV_LEVEL_NONE },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++)
        cr_expect_eq(level_of(cases[i].permissions, cases[i].id), cases[i].level, "%s on %s", cases[i].permissions, cases[i].id);
}

Test(account_fields, values_are_held_to_length_and_pattern)
{
    const struct account_fields *fields = fields_of(
        "[{\"id\":\"digits\",\"type\":\"a/b\",\"regexValidation\":\"^\\\\d*$\",\"regexError\":{\"code\":\"digits-only\"}}]",
        "[]");
    static const struct {
        const char *key, *value;
        bool fits;
    } cases[] = {
        { "digits", "\"123\"", true },
        { "digits", "123", true },
        { "digits", "\"12a\"", false },
        { "digits", "1.5", false },
        { "digits", "null", false },
        { "digits", "true", false },
        { "digits", "{}", false },
        { "language", "\"fr\"", true },
        { "language", "\"\"", false },
        { "language", "\"klingon\"", false },
        { "language", "\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\"", true },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_err err = PRYV_ERR(arena);
        const struct account_field *field = account_field_by_key(fields, pryv_str(cases[i].key));
        enum pryv_rc rc = account_value_check(field, json(cases[i].value), &err);

        cr_expect_eq(rc, cases[i].fits ? PRYV_OK : PRYV_REFUSED, "%s for %s", cases[i].value, cases[i].key);
    }
}
