/* platform_names.c - who has which name and which unique field; see pryv/platform.h. */
#include "platform.h"

/* ---- Reserve, confirm, release ---------------------------------------------------------------- */

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
    return platform_find(session, map_key(err->arena, NAME_BY_VALUE, field, value)) ? PRYV_OK : PRYV_NOT_FOUND;
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
    MUST(session_begin(&s, platform_of(self), true, err));

    enum pryv_rc rc = pryv_platform_all_free(username, fields, count, has_owner, &s, err);

    for (size_t i = 0; rc == PRYV_OK && i < n; i++)
        put_reserved(&s, mem, ticket, username, &names[i], expires);
    return platform_end(&s, rc, err);
}

static enum pryv_rc confirm(void *self, struct pryv_str ticket, const struct pryv_field_value *fields, size_t count,
                            struct pryv_str core_id, struct pryv_err *err)
{
    struct pryv_arena *mem = err->arena;
    struct pryv_session s;
    size_t n;

    MUST(session_begin(&s, platform_of(self), true, err));

    const struct value *names = names_of_ticket(&s, mem, ticket, &n);

    if (n == 0 || value_is_over(&names[0]))
        return platform_end(&s, pryv_fail(err, PRYV_NOT_FOUND, "the reservation is over"), err);
    for (size_t i = 0; i < n; i++) {
        release_name(&s, mem, &names[i]);
        put_confirmed(&s, mem, names[i].owner, &(struct pryv_field_value){ names[i].key, names[i].text, true });
    }
    for (size_t i = 0; i < count; i++)
        if (!fields[i].unique)
            put_confirmed(&s, mem, names[0].owner, &fields[i]);
    platform_put(&s, map_key(mem, CORE_BY_USER, names[0].owner), &(struct value){ .text = core_id, .expires = PRYV_ABSENT });
    return platform_end(&s, PRYV_OK, err);
}

static enum pryv_rc release(void *self, struct pryv_str ticket, struct pryv_err *err)
{
    struct pryv_session s;
    size_t n;

    MUST(session_begin(&s, platform_of(self), true, err));

    const struct value *names = names_of_ticket(&s, err->arena, ticket, &n);

    for (size_t i = 0; i < n; i++)
        release_name(&s, err->arena, &names[i]);
    return platform_end(&s, PRYV_OK, err);
}

/* ---- Who is who ------------------------------------------------------------------------------- */

static enum pryv_rc unique_owner(void *self, struct pryv_arena *mem, struct pryv_str field, struct pryv_str value,
                                 bool strong PRYV_UNUSED, struct pryv_str *username, struct pryv_err *err)
{
    struct pryv_session s;

    MUST(session_begin(&s, platform_of(self), false, err));

    const struct row *row = platform_find(&s, map_key(err->arena, NAME_BY_VALUE, field, value));

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
    const struct row *old = from.data ? platform_find(s, old_key) : NULL;
    const struct row *holder = to.data ? platform_find(s, map_key(mem, NAME_BY_VALUE, field, to)) : NULL;

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

    MUST(session_begin(&s, platform_of(self), true, err));
    return platform_end(&s, move_name(&s, username, field, from, to, err), err);
}

static enum pryv_rc indexed_set(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str value,
                                struct pryv_err *err)
{
    struct pryv_session s;

    MUST(session_begin(&s, platform_of(self), true, err));
    if (value.data)
        put_confirmed(&s, err->arena, username, &(struct pryv_field_value){ field, value, false });
    else
        session_remove(&s, map_key(err->arena, NAME_BY_OWNER, username, field));
    return platform_end(&s, PRYV_OK, err);
}

static enum pryv_rc user_fields(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_field_value **out,
                                size_t *count, struct pryv_err *err)
{
    struct map_walk walk = { .prefix = map_key(err->arena, NAMES_OF, username) };
    struct pryv_session s;

    MUST(session_begin(&s, platform_of(self), false, err));

    const struct value *names = session_list(&s, mem, VALUE, walk, SIZE_MAX, count);

    session_end(&s);
    *out = pryv_new_array(mem, struct pryv_field_value, *count);
    for (size_t i = 0; i < *count; i++)
        (*out)[i] = (struct pryv_field_value){ names[i].key, names[i].text, names[i].unique };
    return PRYV_OK;
}

static enum pryv_rc user_core(void *self, struct pryv_arena *mem, struct pryv_str username, bool strong PRYV_UNUSED,
                              struct pryv_str *core_id, struct pryv_err *err)
{
    return platform_text(self, mem, map_key(err->arena, CORE_BY_USER, username), core_id, err);
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
        platform_put(s, map_key(mem, CORE_BY_USER, to),
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

    MUST(session_begin(&s, platform_of(self), true, err));

    const struct row *of_from = platform_find(&s, map_key(mem, NAME_BY_VALUE, PRYV_STR("username"), from));
    const struct row *of_to = platform_find(&s, map_key(mem, NAME_BY_VALUE, PRYV_STR("username"), to));
    bool done = of_from && of_to && pryv_str_is(of_from->value.owner, to) && pryv_str_is(of_to->value.owner, to);

    if (!of_from)
        rc = pryv_fail(err, PRYV_NOT_FOUND, "nobody is called %.*s", PRYV_STR_ARG(from));
    else if (of_to && !done && !pryv_str_is(of_to->value.owner, from))
        rc = pryv_conflict(err, "username", "another is called %.*s", PRYV_STR_ARG(to));
    else if (!done && !pryv_str_is(of_from->value.owner, from))
        rc = pryv_fail(err, PRYV_NOT_FOUND, "nobody is called %.*s any more", PRYV_STR_ARG(from));
    else if (!done)
        move_all(&s, mem, from, to);
    return platform_end(&s, rc, err);
}

static enum pryv_rc user_delete(void *self, struct pryv_str username, struct pryv_err *err)
{
    struct map_walk walk = { .prefix = map_key(err->arena, NAMES_OF, username) };
    struct pryv_session s;
    size_t n;

    MUST(session_begin(&s, platform_of(self), true, err));

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
    return platform_end(&s, PRYV_OK, err);
}

static enum pryv_rc former_names_of(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str **names,
                                    size_t *count, struct pryv_err *err)
{
    struct pryv_session s;

    MUST(session_begin(&s, platform_of(self), false, err));

    const struct value *former = former_names(&s, mem, username, count);

    *names = pryv_new_array(mem, struct pryv_str, *count);
    for (size_t i = 0; i < *count; i++)
        (*names)[i] = former[i].text;
    session_end(&s);
    return PRYV_OK;
}

uint64_t platform_sweep_names(struct pryv_session *s, struct pryv_arena *mem, double now)
{
    struct map *as_it_was = map_keep(s->map);
    struct map_walk names = { .map = as_it_was, .prefix = all_of(NAME_BY_TICKET) };
    const struct row *row;
    uint64_t count = 0;

    while ((row = map_step(&names)))
        if (row->value.expires <= now) {
            release_name(s, mem, &row->value);
            count++;
        }
    map_release(as_it_was);
    return count;
}

void platform_names_offer(struct pryv_platform_ops *ops)
{
    ops->reserve = reserve;
    ops->confirm = confirm;
    ops->release = release;
    ops->unique_owner = unique_owner;
    ops->unique_move = unique_move;
    ops->indexed_set = indexed_set;
    ops->user_fields = user_fields;
    ops->user_core = user_core;
    ops->user_delete = user_delete;
    ops->user_rename = user_rename;
    ops->former_names = former_names_of;
}
