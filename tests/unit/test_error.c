/* Errors: what the client sees of each kind, who owns what, and that nothing of ours leaks to it. */
#include <criterion/criterion.h>
#include <pryv/error.h>

Test(error, the_kind_decides_status_id_and_message)
{
    static const struct {
        enum pryv_rc rc;
        int status;
        const char *id;
    } cases[] = {
        { PRYV_FAILED, 500, "unexpected-error" },      { PRYV_NOT_FOUND, 404, "unknown-resource" },
        { PRYV_CONFLICT, 409, "item-already-exists" }, { PRYV_UNSUPPORTED, 501, "api-unavailable" },
        { PRYV_BUSY, 503, "api-unavailable" },         { PRYV_GONE, 500, "unexpected-error" },
    };
    struct pryv_arena *arena = pryv_arena_new();

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_err err = PRYV_ERR(arena);

        cr_assert_eq(pryv_fail(&err, cases[i].rc, "%s at %d", "/var/secret", 7), cases[i].rc);
        cr_expect_str_eq(err.message, "/var/secret at 7");
        cr_expect_eq(pryv_err_status(&err), cases[i].status);
        cr_expect_str_eq(pryv_err_id(&err), cases[i].id);
        cr_expect_null(strstr(pryv_err_message(&err), "secret"), "the message is for the log only");
    }
    pryv_arena_free(arena);
}

Test(error, an_error_that_nobody_filled_is_a_fault)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);

    cr_assert_eq(pryv_err_status(&err), 500);
    cr_assert_str_eq(pryv_err_id(&err), "unexpected-error");
    cr_assert_not_null(pryv_err_message(&err));
    pryv_arena_free(arena);
}

Test(error, a_refusal_is_told_as_it_is_and_its_data_goes_with_the_arena)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    json_t *data = json_pack("{s:s}", "type", "a/b");

    json_incref(data);
    cr_assert_eq(pryv_refuse(&err, 400, "invalid-event-type", data, "No type %s", "a/b"), PRYV_REFUSED);
    cr_assert_eq(pryv_err_status(&err), 400);
    cr_assert_str_eq(pryv_err_id(&err), "invalid-event-type");
    cr_assert_str_eq(pryv_err_message(&err), "No type a/b");
    cr_assert_eq(err.data, data);
    pryv_arena_free(arena);
    cr_assert_eq(data->refcount, 1u);
    json_decref(data);
}

Test(error, a_conflict_keeps_the_key_it_was_told)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    char key[] = "name";

    cr_assert_eq(pryv_conflict(&err, key, "there is one"), PRYV_CONFLICT);
    key[0] = 'x';
    cr_assert_str_eq(err.key, "name");
    cr_assert_eq(pryv_err_status(&err), 409);
    pryv_arena_free(arena);
}

Test(error, the_last_one_counts)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);

    pryv_refuse(&err, 403, "forbidden", json_object(), "No");
    pryv_fail(&err, PRYV_NOT_FOUND, "no such row");
    cr_assert_eq(pryv_err_status(&err), 404);
    cr_assert_str_eq(pryv_err_id(&err), "unknown-resource");
    cr_assert_null(err.data);
    cr_assert_null(err.key);
    pryv_arena_free(arena);
}

Test(error, a_long_message_is_cut_between_characters)
{
    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    char text[2001];

    for (size_t i = 0; i < 2000; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    text[2000] = '\0';
    pryv_refuse(&err, 400, "invalid-operation", NULL, "x%s", text);
    cr_assert_eq(strlen(err.message), 1 + 498 + 3);
    cr_assert_eq(memcmp(err.message + 497, "\xc3\xa9...", 6), 0);
    pryv_refuse(&err, 400, "invalid-operation", NULL, "short");
    cr_assert_str_eq(err.message, "short");
    pryv_arena_free(arena);
}
