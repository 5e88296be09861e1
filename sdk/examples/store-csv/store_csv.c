/* store-csv.so - a data store that serves a folder of CSV files, read-only: each file is a stream, each row an event.
 *
 *   custom:
 *     dataStores:
 *       - {id: weather, name: Weather, path: store-csv, settings: {folder: /srv/weather}}
 *
 * /srv/weather/zurich.csv, with a first line that names the columns, becomes the stream ":weather:zurich":
 *
 *   time,type,content
 *   1700000000,temperature/c,4.5
 *   1700003600,note/txt,"fog, then sun"
 *
 * A content that is JSON is that value, anything else is text. Files are read anew for each question, so that they can be changed at any
 * time; a file that cannot be understood fails the call and names its line in the log. */
#include <pryv/datastore.h>
#include <pryv/plugin.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct store {
    char *folder;
};

enum { COLUMNS = 3 };

/* ---- CSV (RFC 4180) ----------------------------------------------------------------------------- */

/* Splits a line in place; fields may be quoted, two quotes are one. Returns how many there are. */
static size_t split(char *line, char *fields[], size_t max)
{
    size_t n = 0;
    char *from = line;

    while (n < max) {
        char *to = from;

        fields[n++] = from;
        if (*from == '"') {
            for (from++; *from && (*from != '"' || from[1] == '"'); from++) {
                from += *from == '"';
                *to++ = *from;
            }
            from += *from == '"';
        } else {
            to = from += strcspn(from, ",");
        }

        bool more = *from == ',';

        *to = '\0';
        if (!more)
            break;
        from++;
    }
    return n;
}

static json_t *content_of(const char *text)
{
    json_error_t where;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &where);

    return value ? value : json_string(text);
}

/* Appends the rows of one file to `events`. */
static enum pryv_rc read_file(const struct store *store, const char *stream, json_t *events, struct pryv_err *err)
{
    char path[PATH_MAX], line[8192];
    char *fields[COLUMNS], *end;
    int number = 1;
    enum pryv_rc rc = PRYV_OK;

    snprintf(path, sizeof(path), "%s/%s.csv", store->folder, stream);

    FILE *file = fopen(path, "re");

    if (!file)
        return pryv_fail(err, errno == ENOENT ? PRYV_NOT_FOUND : PRYV_FAILED, "%s: %s", path, strerror(errno));
    if (!fgets(line, sizeof(line), file) || strncmp(line, "time,type,content", 17) != 0)
        rc = pryv_fail(err, PRYV_FAILED, "%s: the first line is not time,type,content", path);
    while (rc == PRYV_OK && fgets(line, sizeof(line), file)) {
        number++;
        line[strcspn(line, "\r\n")] = '\0';
        if (!line[0])
            continue;

        size_t n = split(line, fields, COLUMNS);
        double time = strtod(fields[0], &end);

        if (n < COLUMNS || end == fields[0] || *end)
            rc = pryv_fail(err, PRYV_FAILED, "%s:%d: not a row of time, type and content", path, number);
        else
            json_array_append_new(events, json_pack("{s:o, s:[s], s:f, s:s, s:o}", "id", json_sprintf("%s-%d", stream, number),
                                                    "streamIds", stream, "time", time, "type", fields[1], "content",
                                                    content_of(fields[2])));
    }
    fclose(file);
    return rc;
}

/* ---- Streams ---------------------------------------------------------------------------------- */

/* "zurich.csv" -> "zurich"; absent for everything else, and for names that could leave the folder. */
static struct pryv_str stream_of(const char *file_name)
{
    size_t len = strlen(file_name);

    if (len < 5 || file_name[0] == '.' || strcmp(file_name + len - 4, ".csv") != 0)
        return PRYV_STR_NONE;
    return pryv_str_n(file_name, len - 4);
}

static int only_csv(const struct dirent *entry)
{
    return stream_of(entry->d_name).data != NULL;
}

static json_t *stream_named(struct pryv_str id)
{
    return json_pack("{s:s%, s:s%, s:n, s:[]}", "id", id.data, id.len, "name", id.data, id.len, "parentId", "children");
}

static enum pryv_rc streams_get(void *store_, struct pryv_str user_id PRYV_UNUSED, const json_t *query PRYV_UNUSED, json_t **list,
                                struct pryv_err *err)
{
    const struct store *store = store_;
    struct dirent **entries;
    int n = scandir(store->folder, &entries, only_csv, alphasort);

    if (n == -1)
        return pryv_fail(err, PRYV_FAILED, "%s: %s", store->folder, strerror(errno));
    *list = json_array();
    for (int i = 0; i < n; i++) {
        json_array_append_new(*list, stream_named(stream_of(entries[i]->d_name)));
        free(entries[i]);
    }
    free(entries);
    return PRYV_OK;
}

static enum pryv_rc stream_get(void *store, struct pryv_str user_id, struct pryv_str id, const json_t *query, json_t **stream,
                               struct pryv_err *err)
{
    json_t *list = NULL;
    json_t *item;
    size_t i;
    enum pryv_rc rc = streams_get(store, user_id, query, &list, err);

    if (rc != PRYV_OK)
        return rc;
    rc = PRYV_NOT_FOUND;
    json_array_foreach(list, i, item)
        if (pryv_str_is(pryv_json_member_text(item, "id"), id)) {
            *stream = json_incref(item);
            rc = PRYV_OK;
        }
    json_decref(list);
    return rc == PRYV_OK ? rc : pryv_fail(err, rc, "no such file");
}

/* ---- Events ----------------------------------------------------------------------------------- */

static bool holds(const json_t *list, struct pryv_str text)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
        if (pryv_str_is(pryv_json_text_of(item), text) || pryv_str_equal(pryv_json_text_of(item), "*"))
            return true;
    return false;
}

/* One block: every condition, {any: ids} or {not: ids}, holds. An event here is in one stream. */
static bool block_matches(const json_t *block, struct pryv_str stream)
{
    size_t i;
    json_t *condition;

    json_array_foreach(block, i, condition) {
        const json_t *any = json_object_get(condition, "any");
        const json_t *not = json_object_get(condition, "not");

        if ((any && !holds(any, stream)) || (not &&holds(not, stream)))
            return false;
    }
    return true;
}

static bool stream_matches(const json_t *blocks, struct pryv_str stream)
{
    size_t i;
    json_t *block;

    if (!json_is_array(blocks))
        return true;
    json_array_foreach(blocks, i, block)
        if (block_matches(block, stream))
            return true;
    return false;
}

static bool type_matches(const json_t *types, struct pryv_str type)
{
    size_t i;
    json_t *item;

    if (!json_is_array(types) || json_array_size(types) == 0)
        return true;
    json_array_foreach(types, i, item) {
        struct pryv_str wanted = pryv_json_text_of(item);
        bool whole_class = wanted.len > 1 && wanted.data[wanted.len - 1] == '*';

        if (whole_class ? type.len >= wanted.len - 1 && memcmp(type.data, wanted.data, wanted.len - 1) == 0
                        : pryv_str_is(type, wanted))
            return true;
    }
    return false;
}

/* Rows are moments, never trashed, never running, and never modified. */
static bool matches(const json_t *query, const json_t *event)
{
    double time = pryv_json_member_number(event, "time");
    double from = pryv_json_member_number(query, "fromTime");
    double to = pryv_json_member_number(query, "toTime");
    struct pryv_str stream = pryv_json_text_of(json_array_get(json_object_get(event, "streamIds"), 0));

    if (pryv_str_equal(pryv_json_member_text(query, "state"), "trashed") || pryv_json_member_true(query, "running") ||
        pryv_present(pryv_json_member_number(query, "modifiedSince")))
        return false;
    if ((pryv_present(from) && time < from) || (pryv_present(to) && time > to))
        return false;
    return type_matches(json_object_get(query, "types"), pryv_json_member_text(event, "type")) &&
           stream_matches(json_object_get(query, "streams"), stream);
}

static int by_time(const void *a, const void *b)
{
    double x = pryv_json_member_number(*(json_t *const *) a, "time");
    double y = pryv_json_member_number(*(json_t *const *) b, "time");

    return (x > y) - (x < y);
}

static enum pryv_rc emit_page(json_t *const *rows, size_t n, const json_t *options, pryv_datastore_emit emit, void *context)
{
    double skip = pryv_json_member_number(options, "skip");
    double limit = pryv_json_member_number(options, "limit");
    bool ascending = pryv_json_member_true(options, "sortAscending");
    size_t first = pryv_present(skip) ? (size_t) skip : 0;
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = first; rc == PRYV_OK && i < n && (!pryv_present(limit) || (double) (i - first) < limit); i++)
        rc = emit(context, rows[ascending ? i : n - 1 - i]);
    return rc;
}

/* All rows of all files; small files are what this store is for. */
static enum pryv_rc read_all(void *store, struct pryv_str user_id, json_t **events, struct pryv_err *err)
{
    json_t *streams = NULL;
    json_t *stream;
    size_t i;
    enum pryv_rc rc = streams_get(store, user_id, NULL, &streams, err);

    if (rc != PRYV_OK)
        return rc;
    *events = json_array();
    json_array_foreach(streams, i, stream)
        if (rc == PRYV_OK)
            rc = read_file(store, json_string_value(json_object_get(stream, "id")), *events, err);
    json_decref(streams);
    if (rc != PRYV_OK)
        json_decref(*events);
    return rc;
}

static enum pryv_rc events_get(void *store, struct pryv_str user_id, const json_t *query, const json_t *options,
                               pryv_datastore_emit emit, void *context, struct pryv_err *err)
{
    json_t *events = NULL;
    json_t *event;
    size_t i, n = 0;
    enum pryv_rc rc = read_all(store, user_id, &events, err);

    if (rc != PRYV_OK)
        return rc;

    json_t **rows = calloc(json_array_size(events) + 1, sizeof(json_t *));

    if (!rows)
        abort();
    json_array_foreach(events, i, event)
        if (matches(query, event))
            rows[n++] = event;
    qsort(rows, n, sizeof(*rows), by_time);
    rc = emit_page(rows, n, options, emit, context);
    free(rows);
    json_decref(events);
    return rc;
}

static enum pryv_rc event_get(void *store, struct pryv_str user_id, struct pryv_str id, json_t **event, struct pryv_err *err)
{
    json_t *events = NULL;
    json_t *item;
    size_t i;
    bool found = false;
    enum pryv_rc rc = read_all(store, user_id, &events, err);

    if (rc != PRYV_OK)
        return rc;
    json_array_foreach(events, i, item)
        if (!found && pryv_str_is(pryv_json_member_text(item, "id"), id)) {
            *event = json_incref(item);
            found = true;
        }
    json_decref(events);
    return found ? PRYV_OK : pryv_fail(err, PRYV_NOT_FOUND, "no such row");
}

/* ---- The plugin -------------------------------------------------------------------------------- */

static enum pryv_rc store_open(void *self PRYV_UNUSED, const struct pryv_datastore_setup *setup, void **out, struct pryv_err *err)
{
    const char *folder = json_string_value(json_object_get(setup->settings, "folder"));

    if (!folder)
        return pryv_fail(err, PRYV_FAILED, "data store %.*s needs settings.folder", PRYV_STR_ARG(setup->id));

    struct store *store = calloc(1, sizeof(*store));

    if (!store || !(store->folder = strdup(folder)))
        abort();
    *out = store;
    return PRYV_OK;
}

static void store_close(void *store_)
{
    struct store *store = store_;

    free(store->folder);
    free(store);
}

/* The files belong to nobody's account. */
static enum pryv_rc delete_user(void *store PRYV_UNUSED, struct pryv_str user_id PRYV_UNUSED, struct pryv_err *err PRYV_UNUSED)
{
    return PRYV_OK;
}

static const struct pryv_datastore_ops ops = {
    .size = sizeof(ops),
    .open = store_open,
    .close = store_close,
    .delete_user = delete_user,
    .streams_get = streams_get,
    .stream_get = stream_get,
    .events_get = events_get,
    .event_get = event_get,
};

static enum pryv_rc init(const void *config PRYV_UNUSED, void **self PRYV_UNUSED, struct pryv_err *err)
{
    return pryv_provide("datastore:store-csv", PRYV_DATASTORE_VERSION, &ops, NULL, err);
}

static const struct pryv_interface_ref provides[] = { { "datastore:store-csv", PRYV_DATASTORE_VERSION }, { NULL, 0 } };

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,     .name = "store-csv", .version = "1.0.0", .summary = "an example data store: a folder of CSV files",
    .provides = provides, .init = init,
};
