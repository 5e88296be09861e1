/* users.c - pryvctl users list, show, delete. */
#include "pryvctl.h"
#include "pryvd.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE = 1000 };

/* ---- list ---- */

static void print_user(struct pryv_json *js, struct pryv_str name, struct pryv_str id)
{
    if (!js) {
        printf("%.*s\t%.*s\n", PRYV_STR_ARG(name), PRYV_STR_ARG(id));
        return;
    }
    pryv_json_object(js);
    pryv_json_put_str(js, "username", name);
    pryv_json_put_str(js, "id", id);
    pryv_json_object_end(js);
}

static enum pryv_rc to_stdout(void *context PRYV_UNUSED, const char *data, size_t len)
{
    return fwrite(data, 1, len, stdout) == len ? PRYV_OK : PRYV_FAILED;
}

/* Page after page, so that any number of users takes the memory of some. */
static enum pryv_rc print_users(struct run *run, struct pryv_json *js)
{
    char *after = NULL; /* the last name of the page before */
    size_t count;
    enum pryv_rc rc;

    do {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_str *ids, *names;

        count = 0;
        rc = run->storage->users_list(run->storage_self, mem, pryv_str(after), PAGE, &ids, &names, &count, &run->err);
        for (size_t i = 0; rc == PRYV_OK && i < count; i++)
            print_user(js, names[i], ids[i]);
        free(after);
        after = rc == PRYV_OK && count ? pryv_str_dup(names[count - 1]) : NULL;
        pryv_arena_free(mem);
    } while (rc == PRYV_OK && count == PAGE);
    free(after);
    return rc;
}

int users_list(struct run *run)
{
    struct pryv_json *js = run->json ? pryv_json_new_sink(run->mem, 64 * 1024, to_stdout, NULL) : NULL;

    if (js)
        pryv_json_array(js);
    if (print_users(run, js) != PRYV_OK)
        return tell_failure(run, "users list");
    if (js) {
        pryv_json_array_end(js);
        if (pryv_json_flush(js) != PRYV_OK)
            return FAILURE;
        putchar('\n');
    }
    return SUCCESS;
}

/* ---- show ---- */

struct user {
    struct pryv_str name, id;
    struct pryv_str core; /* absent: the platform does not know the user */
    struct pryv_field_value *fields;
    size_t field_count;
    uint64_t events, streams, stored_bytes, file_bytes;
};

static int no_such_user(const struct run *run)
{
    return fail("there is no user %s", run->name);
}

static enum pryv_rc read_usage(struct run *run, struct user *user)
{
    struct pryv_session *session;
    enum pryv_rc rc = run->storage->open(run->storage_self, user->id, PRYV_READ, &session, &run->err);

    if (rc != PRYV_OK)
        return rc;
    rc = run->storage->usage(session, &user->events, &user->streams, &user->stored_bytes, &run->err);
    run->storage->close(session);
    if (rc == PRYV_OK && run->files)
        rc = run->files->usage(run->files_self, user->id, &user->file_bytes, &run->err);
    return rc;
}

/* What this core stores of the user. PRYV_NOT_FOUND: nothing. */
static enum pryv_rc read_stored(struct run *run, struct user *user)
{
    enum pryv_rc rc = run->storage->user_by_name(run->storage_self, run->mem, user->name, &user->id, &run->err);

    return rc == PRYV_OK ? read_usage(run, user) : rc;
}

static enum pryv_rc read_platform(struct run *run, struct user *user)
{
    enum pryv_rc rc = run->platform->user_core(run->platform_self, run->mem, user->name, true, &user->core, &run->err);

    if (rc == PRYV_NOT_FOUND)
        return PRYV_OK;
    if (rc == PRYV_OK)
        rc = run->platform->user_fields(run->platform_self, run->mem, user->name, &user->fields, &user->field_count, &run->err);
    return rc;
}

static int show_json(struct run *run, const struct user *user)
{
    struct pryv_json *js = pryv_json_new(run->mem);

    pryv_json_object(js);
    pryv_json_put_str(js, "username", user->name);
    pryv_json_put_str_if(js, "id", user->id);
    pryv_json_put_str_if(js, "core", user->core);
    pryv_json_key(js, "fields");
    pryv_json_object(js);
    for (size_t i = 0; i < user->field_count; i++) {
        pryv_json_key_str(js, user->fields[i].field);
        pryv_json_str(js, user->fields[i].value);
    }
    pryv_json_object_end(js);
    if (user->id.data) {
        pryv_json_put_number(js, "events", (double) user->events);
        pryv_json_put_number(js, "streams", (double) user->streams);
        pryv_json_put_number(js, "storedBytes", (double) user->stored_bytes);
        pryv_json_put_number(js, "fileBytes", (double) user->file_bytes);
    }
    pryv_json_object_end(js);
    return print_json(js);
}

static void show_line(const char *what, struct pryv_str value)
{
    if (value.data)
        printf("%-12s %.*s\n", what, PRYV_STR_ARG(value));
}

static int show_text(struct run *run, const struct user *user)
{
    show_line("username", user->name);
    show_line("id", user->id);
    show_line("core", user->core);
    for (size_t i = 0; i < user->field_count; i++)
        if (!pryv_str_equal(user->fields[i].field, "username"))
            show_line(pryv_cstr(run->mem, user->fields[i].field), user->fields[i].value);
    if (user->id.data)
        printf("%-12s %" PRIu64 "\n%-12s %" PRIu64 "\n%-12s %" PRIu64 " bytes\n%-12s %" PRIu64 " bytes\n", "events", user->events,
               "streams", user->streams, "stored", user->stored_bytes, "files", user->file_bytes);
    return SUCCESS;
}

int users_show(struct run *run)
{
    struct user user = { .name = pryv_str(run->name) };
    enum pryv_rc rc = read_stored(run, &user);

    if ((rc != PRYV_OK && rc != PRYV_NOT_FOUND) || read_platform(run, &user) != PRYV_OK)
        return tell_failure(run, "users show");
    if (!user.id.data && !user.core.data)
        return no_such_user(run);
    return run->json ? show_json(run, &user) : show_text(run, &user);
}

/* ---- delete ---- */

/* On the platform alone: what a deletion that was broken off by a loss of data has left. */
static enum pryv_rc erase(struct run *run, const struct user *user)
{
    return user->id.data ? run->accounts->end(run->accounts_self, run->mem, user->id, &run->err)
                         : run->platform->user_delete(run->platform_self, user->name, &run->err);
}

static int refuse_to_delete(const struct run *run, const struct user *user)
{
    if (!user->id.data && !user->core.data)
        return no_such_user(run);
    if (!user->id.data && !pryv_str_is(user->core, pryvd_tool_core_id()))
        return fail("%s lives on core %.*s; delete it there", run->name, PRYV_STR_ARG(user->core));
    return run->accounts ? SUCCESS : fail("no plugin provides accounts; name the folder of plugins with --plugin-dir");
}

static bool is_meant(struct run *run, const struct user *user)
{
    return is_confirmed(run, run->name,
                        pryv_format(run->mem,
                                    "Delete %s for good: %" PRIu64 " events, %" PRIu64 " streams, %" PRIu64 " bytes of files.",
                                    run->name, user->events, user->streams, user->file_bytes)
                            .data);
}

int users_delete(struct run *run)
{
    struct user user = { .name = pryv_str(run->name) };
    enum pryv_rc rc = read_stored(run, &user);

    if ((rc != PRYV_OK && rc != PRYV_NOT_FOUND) || read_platform(run, &user) != PRYV_OK)
        return tell_failure(run, "users delete");
    if (refuse_to_delete(run, &user) != SUCCESS)
        return FAILURE;
    if (!is_meant(run, &user))
        return fail("not confirmed, nothing was deleted");
    if (erase(run, &user) != PRYV_OK)
        return tell_failure(run, "users delete");
    printf(run->json ? "{\"deleted\":\"%s\"}\n" : "%s is deleted\n", run->name);
    return tell_server();
}
