/* users.c - walking over the users of this core; see admin.h. */
#include "admin.h"

enum { PAGE = 500 };

static enum pryv_rc visit_page(user_visitor visit, void *context, const struct pryv_str *ids, const struct pryv_str *names,
                               size_t count, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < count; i++) {
        struct pryv_arena *mem = pryv_arena_new();

        rc = visit(context, mem, ids[i], names[i], err);
        pryv_arena_free(mem);
    }
    return rc;
}

/* A page is in an arena that lives until the page after it has been asked for, since that one begins behind its last name. */
enum pryv_rc each_user(const struct admin *admin, user_visitor visit, void *context, struct pryv_err *err)
{
    struct pryv_arena *page = NULL;
    struct pryv_str after = PRYV_STR_NONE;
    size_t count = PAGE;
    enum pryv_rc rc = PRYV_OK;

    while (rc == PRYV_OK && count == PAGE) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_str *ids, *names;

        rc = admin->storage->users_list(admin->storage_self, mem, after, PAGE, &ids, &names, &count, err);
        pryv_arena_free(page);
        page = mem;
        if (rc == PRYV_OK && count)
            after = names[count - 1];
        if (rc == PRYV_OK)
            rc = visit_page(visit, context, ids, names, count, err);
    }
    pryv_arena_free(page);
    return rc;
}

enum pryv_rc account_fields(const struct admin *admin, struct pryv_arena *mem, struct pryv_str user_id,
                            struct pryv_account_field **out, size_t *count, struct pryv_err *err)
{
    struct pryv_session *session;
    enum pryv_rc rc = admin->storage->open(admin->storage_self, user_id, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = admin->storage->account_all(session, mem, out, count, err);
    admin->storage->close(session);
    return rc;
}

struct pryv_str field_text(struct pryv_arena *mem, struct pryv_str value_json)
{
    struct pryv_err err = PRYV_ERR(mem);
    json_t *value;

    if (!value_json.data || pryv_json_parse(mem, value_json, true, &value, &err) != PRYV_OK || json_is_null(value))
        return PRYV_STR_NONE;
    return json_is_string(value) ? pryv_json_text_of(value) : value_json;
}
