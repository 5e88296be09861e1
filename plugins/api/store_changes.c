/* store_changes.c - see store_changes.h. */
#include "store_changes.h"
#include "slug.h"
#include "streams.h"

/* ---- Asking ---------------------------------------------------------------------------------------------- */

static enum pryv_rc check_right(struct pryv_call *call, const struct store *store, struct pryv_str inside, struct pryv_err *err)
{
    enum pryv_level level;
    enum pryv_rc rc = store_level(call, store, inside, &level, err);

    if (rc != PRYV_OK)
        return rc;
    return pryv_level_manages(level) ? PRYV_OK : stream_forbidden(err);
}

/* The stream alone, trashed or not. PRYV_NOT_FOUND. */
static enum pryv_rc get(struct pryv_call *call, const struct store *store, struct pryv_str inside, json_t **out,
                        struct pryv_err *err)
{
    struct store_streams found;
    enum pryv_rc rc = store_streams_load(call, store, inside, false, true, &found, err);

    if (rc == PRYV_OK)
        *out = json_array_get(found.list, 0);
    return rc;
}

static enum pryv_rc taken(const char *what, struct pryv_str value, struct pryv_err *err)
{
    return pryv_refuse(err, 409, "item-already-exists", json_pack("{s:s%}", what, value.data, value.len),
                       "A stream with this %s is there already.", what);
}

/* No other stream below the parent has the name. */
static enum pryv_rc check_name(struct pryv_call *call, const struct store *store, struct pryv_str parent, struct pryv_str own_id,
                               struct pryv_str name, struct pryv_err *err)
{
    struct store_streams siblings;
    size_t i;
    json_t *stream;
    enum pryv_rc rc = store_streams_load(call, store, parent, true, true, &siblings, err);

    if (rc == PRYV_NOT_FOUND)
        return stream_reference_unknown("parentId", store_full_id(call->arena, store, parent), err);
    if (rc != PRYV_OK)
        return rc;
    json_array_foreach(siblings.list, i, stream)
        if (pryv_str_is(pryv_json_member_text(stream, "name"), name) && !pryv_str_is(pryv_json_member_text(stream, "id"), own_id))
            return taken("name", name, err);
    return PRYV_OK;
}

/* A stream below the root can be in the trash. */
static enum pryv_rc check_parent(struct pryv_call *call, const struct store *store, struct pryv_str parent, struct pryv_err *err)
{
    json_t *stream = NULL;
    enum pryv_rc rc;

    if (pryv_str_equal(parent, "*"))
        return PRYV_OK;
    rc = get(call, store, parent, &stream, err);
    if (rc == PRYV_NOT_FOUND)
        return stream_reference_unknown("parentId", store_full_id(call->arena, store, parent), err);
    if (rc == PRYV_OK && pryv_json_member_true(stream, "trashed"))
        return pryv_refuse(err, 400, "invalid-operation", json_string("parentId"), "The stream \"%.*s\" is in the trash.",
                           PRYV_STR_ARG(parent));
    return rc;
}

/* ---- Answering ------------------------------------------------------------------------------------------- */

/* What the store kept, be it what was sent or not. */
static enum pryv_rc tell(struct pryv_call *call, const struct store *store, enum pryv_rc rc, json_t *kept, struct pryv_err *err)
{
    if (rc != PRYV_OK)
        return store_result(store, rc, err);
    pryv_publish("streamsChanged", call->user->id, PRYV_STR_NONE);
    return store_stream_write(call, store, kept, err);
}

static void put_text(json_t *object, const char *key, struct pryv_str text)
{
    json_object_set_new(object, key, pryv_json_string(text));
}

static void put_author(const struct pryv_call *call, json_t *stream)
{
    json_object_set_new(stream, "modified", json_real(call->now));
    put_text(stream, "modifiedBy", call->author);
}

/* ---- Making ---------------------------------------------------------------------------------------------- */

static enum pryv_rc choose_id(struct pryv_call *call, const struct store *store, struct pryv_str *id, struct pryv_err *err)
{
    struct pryv_str wanted = pryv_json_member_text(call->params, "id"), inside;
    json_t *other = NULL;
    enum pryv_rc rc;

    *id = pryv_id_new(call->arena);
    if (!wanted.data)
        return PRYV_OK;
    if (store_of(api_self()->stores, wanted, &inside) != store)
        return stream_other_store(err);
    *id = slug_of(call->arena, inside);
    if (!id->len || slug_is_reserved(inside) || slug_is_reserved(*id))
        return stream_id_refused(wanted, err);
    rc = get(call, store, *id, &other, err);
    return rc == PRYV_OK ? taken("id", store_full_id(call->arena, store, *id), err) : rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

static json_t *new_stream(const struct pryv_call *call, struct pryv_str id, struct pryv_str parent)
{
    json_t *stream = json_object(), *data = json_object_get(call->params, "clientData");

    put_text(stream, "id", id);
    json_object_set(stream, "name", json_object_get(call->params, "name"));
    put_text(stream, "parentId", parent);
    if (json_is_object(data))
        json_object_set(stream, "clientData", data);
    if (pryv_json_member_true(call->params, "trashed"))
        json_object_set_new(stream, "trashed", json_true());
    json_object_set_new(stream, "created", json_real(call->now));
    put_text(stream, "createdBy", call->author);
    put_author(call, stream);
    return stream;
}

enum pryv_rc store_stream_create(struct pryv_call *call, const struct store *store, struct pryv_str parent, struct pryv_err *err)
{
    struct pryv_str id;
    json_t *stream, *kept = NULL;
    enum pryv_rc rc = check_right(call, store, parent, err);

    if (rc != PRYV_OK)
        return rc;
    if (!store->ops.stream_create)
        return store_cannot(store, err);
    if ((rc = check_parent(call, store, parent, err)) != PRYV_OK || (rc = choose_id(call, store, &id, err)) != PRYV_OK ||
        (rc = check_name(call, store, parent, PRYV_STR_NONE, pryv_json_member_text(call->params, "name"), err)) != PRYV_OK)
        return rc;
    stream = new_stream(call, id, parent);
    rc = store->ops.stream_create(store->handle, call->user->id, stream, &kept, err);
    json_decref(stream);
    call->status = 201;
    return tell(call, store, rc, kept, err);
}

/* ---- Changing -------------------------------------------------------------------------------------------- */

static enum pryv_rc update(struct pryv_call *call, const struct store *store, struct pryv_str inside, json_t *changes,
                           struct pryv_err *err)
{
    json_t *kept = NULL;
    enum pryv_rc rc;

    put_text(changes, "id", inside);
    put_author(call, changes);
    rc = store->ops.stream_update(store->handle, call->user->id, changes, &kept, err);
    json_decref(changes);
    return tell(call, store, rc, kept, err);
}

/* The stream as it is. 404. */
static enum pryv_rc get_known(struct pryv_call *call, const struct store *store, struct pryv_str inside, json_t **out,
                              struct pryv_err *err)
{
    enum pryv_rc rc;

    if (!store->ops.stream_update)
        return store_cannot(store, err);
    rc = get(call, store, inside, out, err);
    if (rc == PRYV_NOT_FOUND || pryv_str_equal(inside, "*"))
        return stream_unknown(store_full_id(call->arena, store, inside), err);
    return rc;
}

/* Where it goes; as it is when no parent is given. */
static enum pryv_rc new_parent(const struct store *store, const json_t *stream, const json_t *changes, struct pryv_str *out,
                               struct pryv_err *err)
{
    const json_t *given = json_object_get(changes, "parentId");

    *out = pryv_json_member_text(stream, "parentId");
    if (!out->len)
        *out = PRYV_STR("*");
    if (given && store_of(api_self()->stores, pryv_json_text_of(given), out) != store)
        return stream_other_store(err);
    return PRYV_OK;
}

/* What clients may change, ids as the store knows them. */
static json_t *changes_for_store(const json_t *changes, struct pryv_str parent)
{
    static const char *const members[] = { "name", "clientData", "trashed" };
    json_t *sent = json_object();

    for (size_t i = 0; i < PRYV_COUNT(members); i++)
        if (json_object_get(changes, members[i]))
            json_object_set(sent, members[i], json_object_get(changes, members[i]));
    if (json_object_get(changes, "parentId"))
        put_text(sent, "parentId", parent);
    return sent;
}

enum pryv_rc store_stream_update(struct pryv_call *call, const struct store *store, struct pryv_str inside, const json_t *changes,
                                 struct pryv_err *err)
{
    bool moves = json_object_get(changes, "parentId");
    struct pryv_str name = pryv_json_member_text(changes, "name"), parent;
    json_t *stream = NULL;
    enum pryv_rc rc = get_known(call, store, inside, &stream, err);

    if (rc != PRYV_OK || (rc = check_right(call, store, inside, err)) != PRYV_OK ||
        (rc = new_parent(store, stream, changes, &parent, err)) != PRYV_OK)
        return rc;
    if (moves &&
        ((rc = check_right(call, store, parent, err)) != PRYV_OK || (rc = check_parent(call, store, parent, err)) != PRYV_OK))
        return rc;
    if (!name.data)
        name = pryv_json_member_text(stream, "name");
    if ((moves || json_object_get(changes, "name")) && (rc = check_name(call, store, parent, inside, name, err)) != PRYV_OK)
        return rc;
    return update(call, store, inside, changes_for_store(changes, parent), err);
}

enum pryv_rc store_stream_trash(struct pryv_call *call, const struct store *store, struct pryv_str inside, struct pryv_err *err)
{
    json_t *stream = NULL;
    enum pryv_rc rc = get_known(call, store, inside, &stream, err);

    if (rc != PRYV_OK || (rc = check_right(call, store, inside, err)) != PRYV_OK)
        return rc;
    if (pryv_json_member_true(stream, "trashed"))
        return store_cannot(store, err);
    return update(call, store, inside, json_pack("{s:b}", "trashed", true), err);
}
