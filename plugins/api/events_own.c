/* events_own.c - see events_own.h. Paging is left to the storage where it can be: no account event comes in between, and no row is
 * judged by what it contains. */
#include "events_own.h"

/* ---- The account's streams ------------------------------------------------------------------------------ */

struct account_tree {
    const struct account_fields *fields;
    struct pryv_stream_node *nodes; /* in the order of the fields */
};

static const struct pryv_stream_node *node_of(const struct account_tree *tree, const struct account_field *field)
{
    return field ? &tree->nodes[field - tree->fields->all] : NULL;
}

static const struct pryv_stream_node *find_field(const void *tree_, struct pryv_str id)
{
    const struct account_tree *tree = tree_;

    return node_of(tree, account_field_by_id(tree->fields, id));
}

static enum pryv_level level_of_field(const void *tree_, const struct pryv_access *access, struct pryv_str id)
{
    const struct account_tree *tree = tree_;
    const struct account_field *field = account_field_by_id(tree->fields, id);

    return field ? account_level(access, field) : PRYV_LEVEL_NONE;
}

struct stream_forest account_forest(struct pryv_arena *mem, const struct account_fields *fields)
{
    struct account_tree *tree = pryv_new(mem, struct account_tree);

    tree->fields = fields;
    tree->nodes = pryv_new_array(mem, struct pryv_stream_node, fields->count);
    for (size_t i = 0; i < fields->count; i++) {
        const struct account_field *field = &fields->all[i];

        tree->nodes[i] = (struct pryv_stream_node){
            .row = { .id = field->id, .name = field->name },
            .parent = node_of(tree, field->parent),
            .children = node_of(tree, field->children),
            .next = node_of(tree, field->next),
            .index = (uint32_t) i,
        };
    }
    return (struct stream_forest){
        .tree = tree, .find = find_field, .level = level_of_field, .roots = tree->nodes, .count = fields->count
    };
}

/* ---- The plan ------------------------------------------------------------------------------------------- */

static bool is_star_of(const struct stream_query *query, struct pryv_str store)
{
    return pryv_str_is(query->store, store) && pryv_str_equal(query->any.ids[0], "*");
}

/* `*` of the local store is about the account as well. For an access with an entry `*` that is so when it reads the whole account: a single
 * field is then to be asked for by its name. */
static bool star_has_account(const struct pryv_access *access)
{
    return access->type == PRYV_PERSONAL || !pryv_level_reads(pryv_access_star_level(access)) ||
           pryv_level_reads(account_level(access, &api_self()->account->all[0]));
}

static struct stream_queries queries_of_account(struct pryv_call *call, const struct stream_queries *asked)
{
    static struct pryv_str star[] = { { "*", 1 } };
    struct stream_queries all = { .list = pryv_new_array(call->arena, struct stream_query, asked->count) };
    bool with_star = star_has_account(call->access);

    for (size_t i = 0; i < asked->count; i++) {
        if (with_star && is_star_of(&asked->list[i], STORE_LOCAL))
            all.list[all.count++] = (struct stream_query){ .store = STORE_ACCOUNT, .any = { .ids = star, .count = 1 } };
        else if (pryv_str_is(asked->list[i].store, STORE_ACCOUNT))
            all.list[all.count++] = asked->list[i];
    }
    return all;
}

static enum pryv_rc add_streams(struct pryv_call *call, const struct stream_question *ask, const struct stream_forest *forest,
                                const struct stream_queries *queries, struct pryv_str store, struct pryv_event_query *query,
                                struct pryv_err *err)
{
    struct stream_blocks blocks;
    enum pryv_rc rc = stream_queries_expand(call->arena, ask, forest, queries, store, &blocks, err);

    if (rc != PRYV_OK)
        return rc;
    query->any_stream = blocks.any_stream;
    query->blocks = blocks.list;
    query->block_count = blocks.count;
    return PRYV_OK;
}

static bool is_asked(const struct pryv_event_query *query)
{
    return query->limit > 0 && (query->any_stream || query->block_count > 0);
}

enum pryv_rc events_own_plan(struct pryv_call *call, const struct events_question *question, const struct stream_question *ask,
                             const struct stream_forest *local, const struct stream_forest *account, struct events_own *out,
                             struct pryv_err *err)
{
    struct stream_queries of_account = queries_of_account(call, &question->streams);
    enum pryv_rc rc;

    *out = (struct events_own){
        .call = call,
        .question = question,
        .local = question->query,
        .account = question->query,
        .deletions = { .rc = PRYV_UNSUPPORTED },
        .to_skip = question->query.skip,
        .to_give = question->query.limit,
    };
    rc = add_streams(call, ask, local, &question->streams, STORE_LOCAL, &out->local, err);
    if (rc == PRYV_OK)
        rc = add_streams(call, ask, account, &of_account, STORE_ACCOUNT, &out->account, err);
    return rc == PRYV_OK && is_asked(&out->account) ? pryv_call_account_fields(call, &out->stored.rows, &out->stored.count, err)
                                                    : rc;
}

/* ---- Reading -------------------------------------------------------------------------------------------- */

static bool has_conditions(const struct events_question *question)
{
    return question->content.count > 0 || question->client_data.count > 0;
}

/* The storage gives as many rows as can be needed. Those that are left out at the beginning are its own but for as many as the account has: it leaves
 * them out by itself, where they need not be looked at. */
static void page_here(struct events_own *own)
{
    bool looked_at = has_conditions(own->question);
    uint64_t left_out = !looked_at && own->to_skip > own->account_count ? own->to_skip - own->account_count : 0;

    own->pages = true;
    own->local.skip = left_out;
    own->to_skip -= left_out;
    own->local.limit = looked_at || own->to_give > UINT64_MAX - own->to_skip ? UINT64_MAX : own->to_skip + own->to_give;
}

bool events_own_has_account(const struct events_own *own)
{
    return is_asked(&own->account);
}

/* `session` may be NULL. */
static enum pryv_rc read_account(struct events_own *own, struct pryv_session *session, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    if (own->account_read)
        return PRYV_OK;
    if (is_asked(&own->account))
        rc = account_events_query(own->call, session, &own->stored, &own->account, &own->account_rows, &own->account_count, err);
    if (own->account_count > 0 || has_conditions(own->question))
        page_here(own);
    own->account_read = rc == PRYV_OK;
    return rc;
}

bool events_own_has_pages(void)
{
    const struct pryv_storage_ops *storage = api_self()->storage;

    return storage->size > offsetof(struct pryv_storage_ops, events_pages) && storage->events_pages;
}

bool events_own_has_pages_of_deletions(void)
{
    const struct pryv_storage_ops *storage = api_self()->storage;

    return storage->size > offsetof(struct pryv_storage_ops, pages_of_deletions) && storage->pages_of_deletions;
}

size_t events_own_size(const struct events_own *own)
{
    size_t size = 0;

    for (size_t i = 0; i < own->row_count; i++) {
        const struct pryv_event *row = &own->rows[i];

        size += row->stream_ids_json.len + row->content_json.len + row->description.len + row->client_data_json.len +
                row->attachments_json.len;
    }
    return size;
}

static void take_page(struct events_own *own, const struct pryv_events_page *page)
{
    own->rc = api_found(own->call, page->rc, &own->err);
    own->rows = page->rows;
    own->row_count = page->count;
}

/* Deletions are read after the events, or one that is deleted meanwhile would be among neither. */
static void take_deletions(struct events_own *own, const struct pryv_events_page *page)
{
    struct own_page *deletions = &own->deletions;

    deletions->rc = own->rc == PRYV_OK ? api_found(own->call, page->rc, &deletions->err) : PRYV_UNSUPPORTED;
    deletions->rows = page->rows;
    deletions->count = page->count;
}

static bool has_deletions(struct events_own *own)
{
    const struct pryv_event_query *query = &own->question->query;

    own->deletions = (struct own_page){
        .query = { .deletions = true,
                   .modified_since = query->modified_since,
                   .ascending = query->ascending,
                   .skip = query->skip,
                   .limit = query->limit },
        .rc = PRYV_UNSUPPORTED,
        .err = PRYV_ERR(own->call->arena),
    };
    return own->question->with_deletions && query->limit > 0 && own->rc == PRYV_OK && events_own_has_pages_of_deletions();
}

static struct pryv_events_page page_of(const struct events_own *own, const struct pryv_event_query *query, struct pryv_err *err)
{
    return (struct pryv_events_page){ .user_id = own->call->user->id, .query = query, .mem = own->call->arena, .err = err };
}

void events_own_pages(struct events_own *const *owns, size_t count)
{
    const struct api *api = api_self();
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_events_page *pages = pryv_new_array(mem, struct pryv_events_page, 2 * count);
    struct events_own **askers = pryv_new_array(mem, struct events_own *, 2 * count);
    size_t asked = 0, with_deletions;

    for (size_t i = 0; i < count; i++) {
        struct events_own *own = owns[i];

        own->err = (struct pryv_err) PRYV_ERR(own->call->arena);
        own->rc = read_account(own, NULL, &own->err);
        if (own->rc != PRYV_OK || !is_asked(&own->local))
            continue;
        askers[asked] = own;
        pages[asked++] = page_of(own, &own->local, &own->err);
    }
    with_deletions = asked;
    for (size_t i = 0; i < count; i++)
        if (has_deletions(owns[i])) {
            askers[with_deletions] = owns[i];
            pages[with_deletions++] = page_of(owns[i], &owns[i]->deletions.query, &owns[i]->deletions.err);
        }
    if (with_deletions > 0)
        api->storage->events_pages(api->storage_self, pages, with_deletions);
    for (size_t i = 0; i < asked; i++)
        take_page(askers[i], &pages[i]);
    for (size_t i = asked; i < with_deletions; i++)
        take_deletions(askers[i], &pages[i]);
    pryv_arena_free(mem);
}

enum pryv_rc events_own_open(struct events_own *own, struct pryv_session *session, struct pryv_err *err)
{
    enum pryv_rc rc = read_account(own, session, err);

    if (rc == PRYV_OK && is_asked(&own->local))
        rc = api_self()->storage->events_query(session, &own->local, &own->cursor, err);
    return rc;
}

static bool comes_before(const struct events_own *own, double a, double b)
{
    return own->local.ascending ? a < b : a > b;
}

static int next_local(struct events_own *own, struct pryv_event *row, struct pryv_err *err)
{
    int more = 0;

    if (own->cursor)
        return api_self()->storage->cursor_next(own->cursor, row, err);
    if (own->row_at < own->row_count) {
        *row = own->rows[own->row_at++];
        more = 1;
    }
    return more;
}

/* The next of either store. */
static int next_of_both(struct events_own *own, struct pryv_event *row, struct pryv_err *err)
{
    const struct pryv_event *of_account = own->account_at < own->account_count ? &own->account_rows[own->account_at] : NULL;

    if (!own->has_row && !own->local_ended) {
        int more = next_local(own, &own->row, err);

        if (more < 0)
            return more;
        own->has_row = more > 0;
        own->local_ended = !own->has_row;
    }
    if (of_account && (!own->has_row || comes_before(own, of_account->time, own->row.time))) {
        *row = *of_account;
        row->integrity = event_integrity(own->call->arena, row);
        own->account_at++;
        return 1;
    }
    *row = own->row;
    if (!own->has_row)
        return 0;
    own->has_row = false;
    return 1;
}

static bool is_wanted(const struct events_own *own, const struct pryv_event *row)
{
    return content_conditions_hold(&own->question->content, row->content_json) &&
           content_conditions_hold(&own->question->client_data, row->client_data_json);
}

int events_own_next(struct events_own *own, struct pryv_event *row, struct pryv_err *err)
{
    int more;

    if (!own->pages)
        return next_local(own, row, err);
    while (own->to_give > 0 && (more = next_of_both(own, row, err)) != 0) {
        if (more < 0)
            return more;
        if (!is_wanted(own, row))
            continue;
        if (own->to_skip == 0) {
            own->to_give--;
            return 1;
        }
        own->to_skip--;
    }
    return 0;
}

void events_own_close(struct events_own *own)
{
    api_self()->storage->cursor_close(own->cursor);
    own->cursor = NULL;
}
