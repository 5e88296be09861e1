/* uploads.c - see uploads.h. */
#include "uploads.h"
#include "attachments.h"
#include "multipart.h"
#include <stdlib.h>

static enum pryv_rc broken(struct pryv_err *err, const char *what)
{
    return pryv_refuse(err, 400, "invalid-request-structure", NULL, "multipart body: %s", what);
}

static enum pryv_rc read_body(const struct pryv_call *call, const struct multipart_sink *sink, void *context,
                              struct pryv_err *err)
{
    struct pryv_str boundary = multipart_boundary(call->arena, pryv_request_content_type(call->request));
    struct pryv_str body = pryv_request_body(call->request);

    return multipart_read(pryv_request_body_fd(call->request), body.len, boundary, (size_t) api_self()->config->upload_max_parts,
                          sink, context, err);
}

/* ---- First reading: the form --------------------------------------------------------------------------------- */

struct form {
    struct pryv_call *call;
    bool wants_event;
    struct upload *upload;
    size_t room;              /* of upload->files */
    struct upload_file *file; /* the part being read is this one; NULL: it is none */
    bool unnamed;             /* a file without name: browsers send it where nothing was chosen */
    size_t fields;
    char *text; /* of the part that is no file */
    size_t text_len, text_room;
};

static void free_form(void *form)
{
    free(((struct form *) form)->text);
}

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

/* jansson's check of UTF-8 is the one that all texts in JSON go through. */
static bool is_utf8(struct pryv_str text)
{
    json_t *string = json_stringn(text.data, text.len);
    bool good = string != NULL;

    json_decref(string);
    return good;
}

static enum pryv_rc begin_file(struct form *form, const struct multipart_part *part, struct pryv_err *err)
{
    struct upload *upload = form->upload;
    struct pryv_arena *mem = form->call->arena;

    form->unnamed = part->file_name.len == 0;
    if (form->unnamed)
        return PRYV_OK;
    if (!is_utf8(part->file_name))
        return broken(err, "the name of a file is not UTF-8");
    if (upload->count == form->room) {
        struct upload_file *before = upload->files;

        form->room = form->room ? form->room * 2 : 4;
        upload->files = pryv_new_array(mem, struct upload_file, form->room);
        for (size_t i = 0; i < upload->count; i++)
            upload->files[i] = before[i];
    }
    form->file = &upload->files[upload->count++];
    *form->file = (struct upload_file){
        .id = pryv_id_new(mem),
        .name = pryv_str_copy(mem, part->file_name),
        .type = media_type_of(mem, part->content_type),
    };
    return PRYV_OK;
}

static enum pryv_rc begin_form_part(void *context, const struct multipart_part *part, struct pryv_err *err)
{
    struct form *form = context;

    form->file = NULL;
    form->unnamed = false;
    if (part->file_name.data)
        return begin_file(form, part, err);
    if (form->wants_event && ++form->fields > 1)
        return broken(err, "more than one part is no file");
    return PRYV_OK;
}

static enum pryv_rc append_text(struct form *form, struct pryv_str bytes, struct pryv_err *err)
{
    size_t most = (size_t) api_self()->config->upload_max_form_kb * 1024;

    if (bytes.len > most - form->text_len)
        return broken(err, "a part that is no file is too long (uploads.maxFormKb)");
    if (form->text_room - form->text_len < bytes.len) {
        form->text_room = 2 * (form->text_len + bytes.len);
        form->text = must(realloc(form->text, form->text_room));
    }
    memcpy(form->text + form->text_len, bytes.data, bytes.len);
    form->text_len += bytes.len;
    return PRYV_OK;
}

static enum pryv_rc count_bytes(struct upload_file *file, size_t bytes, struct pryv_err *err)
{
    double most_mb = api_self()->config->upload_max_file_mb;

    file->size += bytes;
    if (most_mb > 0 && (double) file->size > most_mb * 1024 * 1024)
        return broken(err, "a file is too large (uploads.maxFileSizeMb)");
    return PRYV_OK;
}

static enum pryv_rc form_data(void *context, struct pryv_str bytes, struct pryv_err *err)
{
    struct form *form = context;

    if (form->file)
        return count_bytes(form->file, bytes.len, err);
    if (form->unnamed)
        return bytes.len ? broken(err, "a file has no name") : PRYV_OK;
    return form->wants_event ? append_text(form, bytes, err) : PRYV_OK;
}

static enum pryv_rc end_form_part(void *context PRYV_UNUSED, struct pryv_err *err PRYV_UNUSED)
{
    return PRYV_OK;
}

enum pryv_rc upload_read_form(struct pryv_call *call, bool wants_event, struct upload **out, struct pryv_err *err)
{
    static const struct multipart_sink sink = { .begin = begin_form_part, .data = form_data, .end = end_form_part };
    struct form *form = pryv_new(call->arena, struct form);
    struct pryv_str json;
    enum pryv_rc rc;

    *form = (struct form){ .call = call, .wants_event = wants_event, .upload = pryv_new(call->arena, struct upload) };
    pryv_defer(call->arena, free_form, form);
    if ((rc = read_body(call, &sink, form, err)) != PRYV_OK)
        return rc;
    json = form->fields ? pryv_str_n(form->text ? form->text : "", form->text_len) : PRYV_STR("{}");
    if (wants_event && (rc = pryv_json_parse(call->arena, json, false, &form->upload->event, err)) != PRYV_OK)
        return rc;
    call->now = pryv_now(); /* the body took its time, and what changed is found by when it did */
    *out = form->upload;
    return PRYV_OK;
}

enum pryv_rc upload_check_count(struct pryv_arena *mem, const struct pryv_event *before, const struct upload *upload,
                                struct pryv_err *err)
{
    size_t most = (size_t) api_self()->config->event_max_files;
    const json_t *list = NULL;
    enum pryv_rc rc;

    if (!upload || !upload->count)
        return PRYV_OK;
    if (before && (rc = attachments_read(mem, before, &list, err)) != PRYV_OK)
        return rc;
    if (json_array_size(list) + upload->count <= most)
        return PRYV_OK;
    return pryv_refuse(err, 400, "invalid-operation", NULL, "An event may have %zu files (uploads.maxFilesPerEvent).", most);
}

/* ---- Second reading: the files --------------------------------------------------------------------------------- */

struct storing {
    struct pryv_call *call;
    struct pryv_str event_id;
    struct upload *upload;
    struct pryv_file_writer *writer; /* NULL: no file is being written */
    struct pryv_hasher *hasher;
};

static enum pryv_rc begin_stored_part(void *context, const struct multipart_part *part, struct pryv_err *err)
{
    struct storing *s = context;
    const struct api *api = api_self();

    if (part->file_name.len == 0)
        return PRYV_OK;
    s->hasher = api->config->attachment_integrity ? pryv_hasher_new(s->call->arena, PRYV_SHA256) : NULL;
    return api->files->create(api->files_self, s->call->user->id, s->event_id, s->upload->files[s->upload->kept].id, &s->writer,
                              err);
}

static enum pryv_rc stored_data(void *context, struct pryv_str bytes, struct pryv_err *err)
{
    struct storing *s = context;

    if (!s->writer)
        return PRYV_OK;
    if (s->hasher)
        pryv_hasher_add(s->hasher, bytes);
    return api_self()->files->write(s->writer, bytes, err);
}

static struct pryv_str integrity_of(struct pryv_arena *mem, struct pryv_hasher *hasher)
{
    unsigned char hash[PRYV_HASH_MAX];
    size_t len = pryv_hasher_end(hasher, hash);

    return pryv_format(mem, "sha256-%s", pryv_base64(mem, pryv_str_n((const char *) hash, len)).data);
}

static enum pryv_rc end_stored_part(void *context, struct pryv_err *err)
{
    struct storing *s = context;
    struct pryv_file_writer *writer = s->writer;
    enum pryv_rc rc;

    if (!writer)
        return PRYV_OK;
    s->writer = NULL; /* finish ends it, whatever it answers */
    if ((rc = api_self()->files->finish(writer, err)) != PRYV_OK)
        return rc;
    if (s->hasher)
        s->upload->files[s->upload->kept].integrity = integrity_of(s->call->arena, s->hasher);
    s->upload->kept++;
    return PRYV_OK;
}

enum pryv_rc upload_store(struct pryv_call *call, struct pryv_str event_id, struct upload *upload, struct pryv_err *err)
{
    static const struct multipart_sink sink = { .begin = begin_stored_part, .data = stored_data, .end = end_stored_part };
    struct storing s = { .call = call, .event_id = event_id, .upload = upload };
    enum pryv_rc rc;

    if (!upload || !upload->count)
        return PRYV_OK;
    if ((rc = read_body(call, &sink, &s, err)) == PRYV_OK)
        return PRYV_OK;
    if (s.writer)
        api_self()->files->abandon(s.writer);
    upload_take_back(call, event_id, upload);
    return rc;
}

void upload_take_back(struct pryv_call *call, struct pryv_str event_id, struct upload *upload)
{
    const struct api *api = api_self();
    struct pryv_err err = PRYV_ERR(call->arena);

    while (upload && upload->kept) {
        struct pryv_str id = upload->files[--upload->kept].id;

        if (api->files->remove(api->files_self, call->user->id, event_id, id, &err) != PRYV_OK)
            pryv_log_warn(API_LOG, "a file of a refused event stays until the next sweep: %s", pryv_err_reason(&err));
    }
}

/* ---- The list ----------------------------------------------------------------------------------------------------- */

static void write_file(struct pryv_json *js, const struct upload_file *file)
{
    pryv_json_object(js);
    pryv_json_put_str(js, "id", file->id);
    pryv_json_put_str(js, "fileName", file->name);
    pryv_json_put_str(js, "type", file->type);
    pryv_json_put_number(js, "size", (double) file->size);
    pryv_json_put_str_if(js, "integrity", file->integrity);
    pryv_json_object_end(js);
}

struct pryv_str upload_attachments(struct pryv_arena *mem, struct pryv_str before, const struct upload *upload)
{
    struct pryv_json *js = pryv_json_new(mem);

    if (!upload || !upload->count)
        return before;
    pryv_json_array(js);
    if (before.len > 2) /* what stands between its brackets */
        pryv_json_raw(js, pryv_str_n(before.data + 1, before.len - 2));
    for (size_t i = 0; i < upload->count; i++)
        write_file(js, &upload->files[i]);
    pryv_json_array_end(js);
    return pryv_json_text(js);
}
