/* platform.c - names and short-lived values, in one space; the contract is pryv/platform.h. Each function is a session of its own. */
#include "storage.h"
#include <pryv/crypto.h>

/* What the key leads to, unless its time is over. */
static struct row *find(const struct pryv_session *s, struct pryv_str key)
{
    struct row *row = session_find(s, key);

    return row && !value_is_over(&row->value) ? row : NULL;
}

static struct space *space_of(void *self)
{
    return ((struct memory *) self)->platform;
}

/* What every writing function ends with. */
static enum pryv_rc finish(struct pryv_session *s, enum pryv_rc rc, struct pryv_err *err)
{
    if (rc == PRYV_OK)
        rc = session_commit(s, err);
    session_end(s);
    return rc;
}

static void put_value(struct pryv_session *s, struct pryv_str key, const struct value *value)
{
    struct row *row = row_new(VALUE, value);

    session_put(s, key, row);
    row_release(row);
}

/* ---- Names: reserve, confirm, release --------------------------------------------------------- */

static struct pryv_str name_key(struct pryv_arena *mem, const struct pryv_field_value *name)
{
    return map_key(mem, NAME_BY_VALUE, name->field, name->value);
}

static void put_reserved(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str ticket, struct pryv_str username,
                         const struct pryv_field_value *name, double expires)
{
    struct row *row = row_new(
        VALUE,
        &(struct value){
            .key = name->field, .text = name->value, .owner = username, .ticket = ticket, .unique = true, .expires = expires });

    session_put(s, name_key(mem, name), row);
    session_put(s, map_key(mem, NAME_BY_TICKET, ticket, name->field), row);
    row_release(row);
}

/* An indexed field is found by its owner only, a unique one by its value too. */
static void put_confirmed(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str username,
                          const struct pryv_field_value *name)
{
    struct row *row = row_new(
        VALUE, &(struct value){
                   .key = name->field, .text = name->value, .owner = username, .unique = name->unique, .expires = PRYV_ABSENT });

    session_put(s, map_key(mem, NAME_BY_OWNER, username, name->field), row);
    if (name->unique)
        session_put(s, name_key(mem, name), row);
    row_release(row);
}

static struct value *names_of_ticket(const struct pryv_session *s, struct pryv_arena *mem, struct pryv_str ticket, size_t *count)
{
    return session_list(s, mem, VALUE, (struct map_walk){ .prefix = map_key(mem, TICKET, ticket) }, SIZE_MAX, count);
}

/* A name that is over may be another's by now; then only the ticket forgets it. */
static void release_name(struct pryv_session *s, struct pryv_arena *mem, const struct value *name)
{
    struct pryv_str key = map_key(mem, NAME_BY_VALUE, name->key, name->text);
    const struct row *now = session_find(s, key);

    session_remove(s, map_key(mem, NAME_BY_TICKET, name->ticket, name->key));
    if (now && pryv_str_is(now->value.ticket, name->ticket))
        session_remove(s, key);
}

static enum pryv_rc has_owner(void *session, struct pryv_str field, struct pryv_str value, struct pryv_err *err)
{
    return find(session, map_key(err->arena, NAME_BY_VALUE, field, value)) ? PRYV_OK : PRYV_NOT_FOUND;
}

static enum pryv_rc reserve(void *self, struct pryv_str ticket, struct pryv_str username, const struct pryv_field_value *fields,
                            size_t count, double expires, struct pryv_err *err)
{
    struct pryv_arena *mem = err->arena;
    struct pryv_field_value *names = pryv_new_array(mem, struct pryv_field_value, count + 1);
    struct pryv_session s;
    size_t n = 0;

    names[n++] = (struct pryv_field_value){ PRYV_STR("username"), username, true };
    for (size_t i = 0; i < count; i++)
        if (fields[i].unique)
            names[n++] = fields[i];
    MUST(session_begin(&s, space_of(self), true, err));

    enum pryv_rc rc = pryv_platform_all_free(username, fields, count, has_owner, &s, err);

    for (size_t i = 0; rc == PRYV_OK && i < n; i++)
        put_reserved(&s, mem, ticket, username, &names[i], expires);
    return finish(&s, rc, err);
}

static enum pryv_rc confirm(void *self, struct pryv_str ticket, const struct pryv_field_value *fields, size_t count,
                            struct pryv_str core_id, struct pryv_err *err)
{
    struct pryv_arena *mem = err->arena;
    struct pryv_session s;
    size_t n;

    MUST(session_begin(&s, space_of(self), true, err));

    const struct value *names = names_of_ticket(&s, mem, ticket, &n);

    if (n == 0 || value_is_over(&names[0]))
        return finish(&s, pryv_fail(err, PRYV_NOT_FOUND, "the reservation is over"), err);
    for (size_t i = 0; i < n; i++) {
        release_name(&s, mem, &names[i]);
        put_confirmed(&s, mem, names[i].owner, &(struct pryv_field_value){ names[i].key, names[i].text, true });
    }
    for (size_t i = 0; i < count; i++)
        if (!fields[i].unique)
            put_confirmed(&s, mem, names[0].owner, &fields[i]);
    put_value(&s, map_key(mem, CORE_BY_USER, names[0].owner), &(struct value){ .text = core_id, .expires = PRYV_ABSENT });
    return finish(&s, PRYV_OK, err);
}

static enum pryv_rc release(void *self, struct pryv_str ticket, struct pryv_err *err)
{
    struct pryv_session s;
    size_t n;

    MUST(session_begin(&s, space_of(self), true, err));

    const struct value *names = names_of_ticket(&s, err->arena, ticket, &n);

    for (size_t i = 0; i < n; i++)
        release_name(&s, err->arena, &names[i]);
    return finish(&s, PRYV_OK, err);
}

/* ---- Who is who ------------------------------------------------------------------------------- */

static enum pryv_rc unique_owner(void *self, struct pryv_arena *mem, struct pryv_str field, struct pryv_str value,
                                 bool strong PRYV_UNUSED, struct pryv_str *username, struct pryv_err *err)
{
    struct pryv_session s;

    MUST(session_begin(&s, space_of(self), false, err));

    const struct row *row = find(&s, map_key(err->arena, NAME_BY_VALUE, field, value));

    if (row)
        *username = pryv_str_copy(mem, row->value.owner);
    session_end(&s);
    return row ? PRYV_OK : pryv_fail(err, PRYV_NOT_FOUND, "nobody has it");
}

static enum pryv_rc move_name(struct pryv_session *s, struct pryv_str username, struct pryv_str field, struct pryv_str from,
                              struct pryv_str to, struct pryv_err *err)
{
    struct pryv_arena *mem = err->arena;
    struct pryv_str old_key = map_key(mem, NAME_BY_VALUE, field, from);
    const struct row *old = from.data ? find(s, old_key) : NULL;
    const struct row *holder = to.data ? find(s, map_key(mem, NAME_BY_VALUE, field, to)) : NULL;

    if (from.data && (!old || !pryv_str_is(old->value.owner, username)))
        return pryv_fail(err, PRYV_NOT_FOUND, "%.*s does not have this %.*s", PRYV_STR_ARG(username), PRYV_STR_ARG(field));
    if (holder && !pryv_str_is(holder->value.owner, username))
        return pryv_conflict(err, pryv_cstr(mem, field), "another has this %.*s", PRYV_STR_ARG(field));
    if (old)
        session_remove(s, old_key);
    if (to.data)
        put_confirmed(s, mem, username, &(struct pryv_field_value){ field, to, true });
    else
        session_remove(s, map_key(mem, NAME_BY_OWNER, username, field));
    return PRYV_OK;
}

static enum pryv_rc unique_move(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str from,
                                struct pryv_str to, struct pryv_err *err)
{
    struct pryv_session s;

    MUST(session_begin(&s, space_of(self), true, err));
    return finish(&s, move_name(&s, username, field, from, to, err), err);
}

static enum pryv_rc indexed_set(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str value,
                                struct pryv_err *err)
{
    struct pryv_session s;

    MUST(session_begin(&s, space_of(self), true, err));
    if (value.data)
        put_confirmed(&s, err->arena, username, &(struct pryv_field_value){ field, value, false });
    else
        session_remove(&s, map_key(err->arena, NAME_BY_OWNER, username, field));
    return finish(&s, PRYV_OK, err);
}

static enum pryv_rc user_fields(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_field_value **out,
                                size_t *count, struct pryv_err *err)
{
    struct map_walk walk = { .prefix = map_key(err->arena, NAMES_OF, username) };
    struct pryv_session s;

    MUST(session_begin(&s, space_of(self), false, err));

    const struct value *names = session_list(&s, mem, VALUE, walk, SIZE_MAX, count);

    session_end(&s);
    *out = pryv_new_array(mem, struct pryv_field_value, *count);
    for (size_t i = 0; i < *count; i++)
        (*out)[i] = (struct pryv_field_value){ names[i].key, names[i].text, names[i].unique };
    return PRYV_OK;
}

/* Copies the text that the key leads to. */
static enum pryv_rc read_text(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str *out, struct pryv_err *err)
{
    struct pryv_session s;

    MUST(session_begin(&s, space_of(self), false, err));

    const struct row *row = find(&s, key);

    if (row)
        *out = pryv_str_copy(mem, row->value.text);
    session_end(&s);
    return row ? PRYV_OK : pryv_fail(err, PRYV_NOT_FOUND, "not there");
}

static enum pryv_rc user_core(void *self, struct pryv_arena *mem, struct pryv_str username, bool strong PRYV_UNUSED,
                              struct pryv_str *core_id, struct pryv_err *err)
{
    return read_text(self, mem, map_key(err->arena, CORE_BY_USER, username), core_id, err);
}

/* ---- Another name ----------------------------------------------------------------------------- */

/* It stays taken, and leads to the user. */
static void put_former(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str username, struct pryv_str former)
{
    struct row *row = row_new(
        VALUE, &(struct value){
                   .key = PRYV_STR("username"), .text = former, .owner = username, .unique = true, .expires = PRYV_ABSENT });

    session_put(s, map_key(mem, NAME_BY_VALUE, PRYV_STR("username"), former), row);
    session_put(s, map_key(mem, FORMER_NAME, username, former), row);
    row_release(row);
}

static const struct value *former_names(const struct pryv_session *s, struct pryv_arena *mem, struct pryv_str username,
                                        size_t *count)
{
    return session_list(s, mem, VALUE, (struct map_walk){ .prefix = map_key(mem, FORMER_NAMES_OF, username) }, SIZE_MAX, count);
}

static void move_all(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str from, struct pryv_str to)
{
    size_t n, former_count;
    const struct value *names =
        session_list(s, mem, VALUE, (struct map_walk){ .prefix = map_key(mem, NAMES_OF, from) }, SIZE_MAX, &n);
    const struct value *former = former_names(s, mem, from, &former_count);
    const struct row *core = session_find(s, map_key(mem, CORE_BY_USER, from));

    if (core)
        put_value(s, map_key(mem, CORE_BY_USER, to),
                  &(struct value){ .text = pryv_str_copy(mem, core->value.text), .expires = PRYV_ABSENT });
    for (size_t i = 0; i < n; i++) {
        session_remove(s, map_key(mem, NAME_BY_OWNER, from, names[i].key));
        if (!pryv_str_equal(names[i].key, "username"))
            put_confirmed(s, mem, to, &(struct pryv_field_value){ names[i].key, names[i].text, names[i].unique });
    }
    for (size_t i = 0; i < former_count; i++) {
        session_remove(s, map_key(mem, FORMER_NAME, from, former[i].text));
        if (!pryv_str_is(former[i].text, to))
            put_former(s, mem, to, former[i].text);
    }
    put_former(s, mem, to, from);
    put_confirmed(s, mem, to, &(struct pryv_field_value){ PRYV_STR("username"), to, true });
}

static enum pryv_rc user_rename(void *self, struct pryv_str from, struct pryv_str to, struct pryv_err *err)
{
    struct pryv_arena *mem = err->arena;
    struct pryv_session s;
    enum pryv_rc rc = PRYV_OK;

    MUST(session_begin(&s, space_of(self), true, err));

    const struct row *of_from = find(&s, map_key(mem, NAME_BY_VALUE, PRYV_STR("username"), from));
    const struct row *of_to = find(&s, map_key(mem, NAME_BY_VALUE, PRYV_STR("username"), to));
    bool done = of_from && of_to && pryv_str_is(of_from->value.owner, to) && pryv_str_is(of_to->value.owner, to);

    if (!of_from)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "nobody is called %.*s", PRYV_STR_ARG(from));
    else if (of_to && !done && !pryv_str_is(of_to->value.owner, from))
        rc = pryv_conflict(err, "username", "another is called %.*s", PRYV_STR_ARG(to));
    else if (!done && !pryv_str_is(of_from->value.owner, from))
        rc = pryv_fail(err, PRYV_NOT_FOUND, "nobody is called %.*s any more", PRYV_STR_ARG(from));
    else if (!done)
        move_all(&s, mem, from, to);
    return finish(&s, rc, err);
}

static enum pryv_rc user_delete(void *self, struct pryv_str username, struct pryv_err *err)
{
    struct map_walk walk = { .prefix = map_key(err->arena, NAMES_OF, username) };
    struct pryv_session s;
    size_t n;

    MUST(session_begin(&s, space_of(self), true, err));

    const struct value *names = session_list(&s, err->arena, VALUE, walk, SIZE_MAX, &n);

    for (size_t i = 0; i < n; i++) {
        session_remove(&s, map_key(err->arena, NAME_BY_OWNER, username, names[i].key));
        if (names[i].unique)
            session_remove(&s, map_key(err->arena, NAME_BY_VALUE, names[i].key, names[i].text));
    }
    session_remove(&s, map_key(err->arena, CORE_BY_USER, username));

    const struct value *former = former_names(&s, err->arena, username, &n);

    for (size_t i = 0; i < n; i++) {
        session_remove(&s, map_key(err->arena, FORMER_NAME, username, former[i].text));
        session_remove(&s, map_key(err->arena, NAME_BY_VALUE, PRYV_STR("username"), former[i].text));
        session_remove(&s, map_key(err->arena, CORE_BY_USER, former[i].text));
    }
    return finish(&s, PRYV_OK, err);
}

static enum pryv_rc former_names_of(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str **names,
                                    size_t *count, struct pryv_err *err)
{
    struct pryv_session s;

    MUST(session_begin(&s, space_of(self), false, err));

    const struct value *former = former_names(&s, mem, username, count);

    *names = pryv_new_array(mem, struct pryv_str, *count);
    for (size_t i = 0; i < *count; i++)
        (*names)[i] = former[i].text;
    session_end(&s);
    return PRYV_OK;
}

/* ---- Values by key ---------------------------------------------------------------------------- */

static enum pryv_rc value_put(void *self, struct pryv_str key, struct pryv_str value, double expires, struct pryv_err *err)
{
    struct pryv_session s;

    MUST(session_begin(&s, space_of(self), true, err));
    put_value(&s, map_key(err->arena, SHARED_VALUE, key), &(struct value){ .key = key, .text = value, .expires = expires });
    return finish(&s, PRYV_OK, err);
}

static enum pryv_rc value_put_new(void *self, struct pryv_str key, struct pryv_str value, double expires, struct pryv_err *err)
{
    struct pryv_str at = map_key(err->arena, SHARED_VALUE, key);
    struct pryv_session s;

    MUST(session_begin(&s, space_of(self), true, err));
    if (find(&s, at))
        return finish(&s, pryv_conflict(err, "key", "there is a value %.*s", PRYV_STR_ARG(key)), err);
    put_value(&s, at, &(struct value){ .key = key, .text = value, .expires = expires });
    return finish(&s, PRYV_OK, err);
}

static enum pryv_rc value_replace(void *self, struct pryv_str key, struct pryv_str expected, struct pryv_str value,
                                  double expires, struct pryv_err *err)
{
    struct pryv_str at = map_key(err->arena, SHARED_VALUE, key);
    struct pryv_session s;

    MUST(session_begin(&s, space_of(self), true, err));

    const struct row *old = find(&s, at);

    if (!old)
        return finish(&s, pryv_fail(err, PRYV_NOT_FOUND, "no value %.*s", PRYV_STR_ARG(key)), err);
    if (!pryv_str_is(old->value.text, expected))
        return finish(&s, pryv_conflict(err, "value", "another has changed %.*s", PRYV_STR_ARG(key)), err);
    put_value(&s, at, &(struct value){ .key = key, .text = value, .expires = expires });
    return finish(&s, PRYV_OK, err);
}

static enum pryv_rc value_get(void *self, struct pryv_arena *mem, struct pryv_str key, bool strong PRYV_UNUSED,
                              struct pryv_str *value, struct pryv_err *err)
{
    return read_text(self, mem, map_key(err->arena, SHARED_VALUE, key), value, err);
}

static enum pryv_rc value_take(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str *value,
                               struct pryv_err *err)
{
    struct pryv_str at = map_key(err->arena, SHARED_VALUE, key);
    struct pryv_session s;

    MUST(session_begin(&s, space_of(self), true, err));

    const struct row *row = find(&s, at);

    if (!row)
        return finish(&s, pryv_fail(err, PRYV_NOT_FOUND, "no value %.*s", PRYV_STR_ARG(key)), err);
    *value = pryv_str_copy(mem, row->value.text);
    session_remove(&s, at);
    return finish(&s, PRYV_OK, err);
}

static enum pryv_rc value_delete(void *self, struct pryv_str key, struct pryv_err *err)
{
    struct pryv_session s;

    MUST(session_begin(&s, space_of(self), true, err));
    session_remove(&s, map_key(err->arena, SHARED_VALUE, key));
    return finish(&s, PRYV_OK, err);
}

static enum pryv_rc values_with_ends(void *self, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_str after,
                                     size_t limit, struct pryv_str **keys, struct pryv_str **values, double **ends, size_t *count,
                                     struct pryv_err *err)
{
    struct map_walk walk = { .prefix = map_key(err->arena, SHARED_VALUES_FROM, prefix.data ? prefix : PRYV_STR("")) };
    struct pryv_session s;

    if (after.data)
        walk.after = map_key(err->arena, SHARED_VALUE, after);
    MUST(session_begin(&s, space_of(self), false, err));
    list_values(&s, mem, walk, limit, keys, values, ends, count);
    session_end(&s);
    return PRYV_OK;
}

static enum pryv_rc values_list(void *self, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_str after, size_t limit,
                                struct pryv_str **keys, struct pryv_str **values, size_t *count, struct pryv_err *err)
{
    double *ends;

    return values_with_ends(self, mem, prefix, after, limit, keys, values, &ends, count, err);
}

static enum pryv_rc sweep(void *self, double now, uint64_t *removed, struct pryv_err *err)
{
    struct pryv_session s;
    const struct row *row;
    uint64_t n = 0;

    MUST(session_begin(&s, space_of(self), true, err));

    struct map *as_it_was = map_keep(s.map);
    struct map_walk names = { .map = as_it_was, .prefix = all_of(NAME_BY_TICKET) };
    struct map_walk values = { .map = as_it_was, .prefix = all_of(SHARED_VALUE) };

    while ((row = map_step(&names)))
        if (row->value.expires <= now) {
            release_name(&s, err->arena, &row->value);
            n++;
        }
    while ((row = map_step(&values)))
        if (row->value.expires <= now) {
            session_remove(&s, map_key(err->arena, SHARED_VALUE, row->value.key));
            n++;
        }
    map_release(as_it_was);
    MUST(finish(&s, PRYV_OK, err));
    *removed = n;
    return PRYV_OK;
}

const struct pryv_platform_ops platform_ops = {
    .size = sizeof(platform_ops),
    .engine = "memory",
    .reserve = reserve,
    .confirm = confirm,
    .release = release,
    .unique_owner = unique_owner,
    .unique_move = unique_move,
    .indexed_set = indexed_set,
    .user_fields = user_fields,
    .user_core = user_core,
    .user_delete = user_delete,
    .user_rename = user_rename,
    .value_put = value_put,
    .value_put_new = value_put_new,
    .value_replace = value_replace,
    .value_get = value_get,
    .value_take = value_take,
    .value_delete = value_delete,
    .values_list = values_list,
    .former_names = former_names_of,
    .values_with_ends = values_with_ends,
    .sweep = sweep,
};
