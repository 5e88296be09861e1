/* text_buffer.c - see text_buffer.h. */
#include "text_buffer.h"

void text_add(struct text_buffer *buffer, struct pryv_str text)
{
    if (buffer->len + text.len > TEXT_BUFFER_MAX)
        buffer->full = true;
    if (buffer->full || !text.len)
        return;
    if (buffer->len + text.len > buffer->room) {
        size_t room = (buffer->len + text.len) * 2 + 64;
        char *data = pryv_alloc(buffer->mem, room);

        if (buffer->len)
            memcpy(data, buffer->data, buffer->len);
        buffer->data = data;
        buffer->room = room;
    }
    memcpy(buffer->data + buffer->len, text.data, text.len);
    buffer->len += text.len;
}

void text_add_escaped(struct text_buffer *buffer, struct pryv_str text)
{
    static const struct {
        char c;
        const char *as;
    } escapes[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" } };
    size_t from = 0;

    for (size_t i = 0; i < text.len; i++)
        for (size_t k = 0; k < PRYV_COUNT(escapes); k++)
            if (text.data[i] == escapes[k].c) {
                text_add(buffer, pryv_str_n(text.data + from, i - from));
                text_add(buffer, pryv_str(escapes[k].as));
                from = i + 1;
            }
    if (from < text.len)
        text_add(buffer, pryv_str_n(text.data + from, text.len - from));
}

struct pryv_str text_of(const struct text_buffer *buffer)
{
    return buffer->len ? pryv_str_n(buffer->data, buffer->len) : PRYV_STR("");
}
