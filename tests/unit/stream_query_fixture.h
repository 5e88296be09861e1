/* What the tests of stream queries share: accesses out of permissions, queries out of JSON. */
#ifndef TESTS_UNIT_STREAM_QUERY_FIXTURE_H
#define TESTS_UNIT_STREAM_QUERY_FIXTURE_H

#include "../../plugins/api/events_own.h"
#include "access.h"
#include "settings.h"
#include <criterion/criterion.h>
#include <stdio.h>

static struct pryv_arena *arena;
static struct account_fields *account;

static void fixture_fill(void)
{
    struct pryv_err err;

    arena = pryv_arena_new();
    err = (struct pryv_err) PRYV_ERR(arena);
    settings.audit_active = true;
    settings.max_json_depth = 100;
    cr_assert_eq(account_fields_new(NULL, NULL, &account, &err), PRYV_OK, "%s", pryv_err_message(&err));
}

static void fixture_empty(void)
{
    account_fields_free(account);
    pryv_arena_free(arena);
}

/* Permissions as JSON; NULL: a personal access. */
static const struct pryv_access *fixture_access(const char *permissions)
{
    struct pryv_err err = PRYV_ERR(arena);
    const struct pryv_access *access = NULL;
    struct pryv_access_row row = { .id = PRYV_STR("a1"),
                                   .token = PRYV_STR("t1"),
                                   .name = PRYV_STR("test"),
                                   .type = permissions ? PRYV_STR("shared") : PRYV_STR("personal"),
                                   .permissions_json = pryv_str(permissions),
                                   .expires = PRYV_ABSENT };

    cr_assert_eq(pryv_access_of_row(arena, &row, &access, &err), PRYV_OK, "%s", permissions);
    return access;
}

static json_t *fixture_json(const char *text)
{
    struct pryv_err err = PRYV_ERR(arena);
    json_t *value = NULL;

    cr_assert_eq(pryv_json_parse(arena, pryv_str(text), true, &value, &err), PRYV_OK, "%s", text);
    return value;
}

#endif
