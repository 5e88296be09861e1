/* mime.c - see mime.h. */
#include "mime.h"
#include "text_buffer.h"
#include <pryv/crypto.h>
#include <time.h>

enum { LINE = 76, WORD_BYTES = 42 };

/* ---- Headers -------------------------------------------------------------------------------------- */

static struct pryv_str on_one_line(struct pryv_arena *mem, struct pryv_str text)
{
    char *out = pryv_cstr(mem, text.data ? text : PRYV_STR(""));

    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char) out[i] < ' ' || out[i] == 0x7f)
            out[i] = ' ';
    return pryv_str_n(out, text.len);
}

static bool is_ascii(struct pryv_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char) text.data[i] >= 0x80)
            return false;
    return true;
}

/* Encoded words of whole characters, one a line. */
static void add_encoded(struct text_buffer *out, struct pryv_str text)
{
    for (size_t from = 0, to; from < text.len; from = to) {
        to = text.len - from > WORD_BYTES ? from + WORD_BYTES : text.len;
        while (to < text.len && to > from + 1 && ((unsigned char) text.data[to] & 0xc0) == 0x80)
            to--;
        if (from)
            text_add_literal(out, "\r\n ");
        text_add_literal(out, "=?UTF-8?B?");
        text_add(out, pryv_base64(out->mem, pryv_str_n(text.data + from, to - from)));
        text_add_literal(out, "?=");
    }
}

static void add_words(struct text_buffer *out, struct pryv_str text)
{
    if (is_ascii(text) && text.len < LINE * 4)
        text_add(out, text);
    else
        add_encoded(out, text);
}

/* A name before an address: quoted, so that no sign in it means anything. */
static void add_name(struct text_buffer *out, struct pryv_str name)
{
    if (!is_ascii(name)) {
        add_encoded(out, name);
        return;
    }
    text_add_literal(out, "\"");
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '"' || name.data[i] == '\\')
            text_add_literal(out, "\\");
        text_add(out, pryv_str_n(name.data + i, 1));
    }
    text_add_literal(out, "\"");
}

static void add_mailbox(struct text_buffer *out, const char *header, struct pryv_str name, struct pryv_str address)
{
    text_add(out, pryv_str(header));
    if (name.len) {
        add_name(out, on_one_line(out->mem, name));
        text_add_literal(out, " ");
    }
    text_add_literal(out, "<");
    text_add(out, on_one_line(out->mem, address));
    text_add_literal(out, ">\r\n");
}

static void add_date(struct text_buffer *out, double date)
{
    time_t at = (time_t) date;
    struct tm parts;
    char text[64];

    gmtime_r(&at, &parts);
    text_add(out, pryv_str_n(text, strftime(text, sizeof(text), "Date: %a, %d %b %Y %H:%M:%S +0000\r\n", &parts)));
}

/* ---- Parts ------------------------------------------------------------------------------------------- */

static void add_part(struct text_buffer *out, struct pryv_str boundary, const char *type, struct pryv_str text)
{
    struct pryv_str encoded = pryv_base64(out->mem, text);

    text_add(out, pryv_format(out->mem, "--%.*s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
                              PRYV_STR_ARG(boundary), type));
    for (size_t i = 0; i < encoded.len; i += LINE) {
        text_add(out, pryv_str_n(encoded.data + i, encoded.len - i < LINE ? encoded.len - i : LINE));
        text_add_literal(out, "\r\n");
    }
}

struct pryv_str mime_write(struct pryv_arena *mem, const struct mime_mail *mail)
{
    struct text_buffer out = { .mem = mem };
    struct pryv_str boundary = pryv_id_new(mem);
    const char *at = mail->from_address.len ? memchr(mail->from_address.data, '@', mail->from_address.len) : NULL;
    struct pryv_str domain =
        at ? pryv_str_n(at + 1, mail->from_address.len - (size_t) (at + 1 - mail->from_address.data)) : PRYV_STR("localhost");

    add_mailbox(&out, "From: ", mail->from_name, mail->from_address);
    add_mailbox(&out, "To: ", mail->to_name, mail->to_address);
    text_add_literal(&out, "Subject: ");
    add_words(&out, on_one_line(mem, mail->subject));
    text_add_literal(&out, "\r\n");
    add_date(&out, mail->date);
    text_add(&out, pryv_format(mem, "Message-ID: <%.*s@%.*s>\r\n", PRYV_STR_ARG(pryv_id_new(mem)), PRYV_STR_ARG(domain)));
    text_add(&out, pryv_format(mem, "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"%.*s\"\r\n\r\n",
                               PRYV_STR_ARG(boundary)));
    add_part(&out, boundary, "text/plain", mail->text);
    add_part(&out, boundary, "text/html", mail->html);
    text_add(&out, pryv_format(mem, "--%.*s--\r\n", PRYV_STR_ARG(boundary)));
    return text_of(&out);
}
