/* document.h - rows as BSON documents. A table tells the fields of a row's struct, so that each kind of row is written and read by the same code.
 *
 * Texts    BSON strings, kept by length: NUL characters stay. Where the server cannot keep them in strings, texts that hold one are written as binary;
 *          such a text comes after all others in the server's order. Both are read.
 * Numbers  BSON doubles. PRYV_ABSENT is left out. -0 is written as the 32-bit integer 0, because FerretDB turns a double -0 into 0; it has
 *          the same place in order as 0, and is -0 again when it is read.
 * Memory   A document is bytes that somebody else owns, mostly an arena. */
#ifndef STORAGE_MONGO_DOCUMENT_H
#define STORAGE_MONGO_DOCUMENT_H

#include <bson/bson.h>
#include <pryv/arena.h>

struct document {
    const uint8_t *data; /* NULL: none */
    uint32_t len;
};

enum field_type {
    FIELD_TEXT,   /* struct pryv_str */
    FIELD_BYTES,  /* struct pryv_str of any bytes */
    FIELD_NUMBER, /* double */
    FIELD_FLAG,   /* bool; false is left out */
    FIELD_COUNT,  /* uint32_t; 0 is left out */
    FIELD_ID,     /* struct pryv_str: the row's own id, which every document has and nobody writes twice */
};

struct field {
    const char *name;
    enum field_type type;
    size_t offset;
};
#define FIELD_END           \
    {                       \
        NULL, FIELD_TEXT, 0 \
    }

struct kind {
    const char *collection;
    const struct field *fields;
    size_t size; /* of the struct */
};

/* From now on texts with NUL characters are written as binary. For the whole process; to be called before others write. */
void document_write_nul_as_binary(void);

/* Members of `row`, in the order of the table. */
void document_put_row(bson_t *out, const struct field *fields, const void *row);
void document_put_text(bson_t *out, const char *name, struct pryv_str text); /* absent: left out */
void document_put_number(bson_t *out, const char *name, double number);      /* absent: left out */
void document_put_texts(bson_t *out, const char *name, const struct pryv_str *texts, size_t count);

/* Fills the whole struct, fields that are not there as absent. Texts point into the document. */
void document_read_row(struct document document, const struct kind *kind, void *row);
/* Absent when it is not there or of another type. Points into the document. */
struct pryv_str document_text(struct document document, const char *name);
double document_number(struct document document, const char *name);
int64_t document_integer(struct document document, const char *name, int64_t otherwise);
bool document_true(struct document document, const char *name);
struct document document_member(struct document document, const char *name); /* a document within */
struct pryv_str document_bytes(struct document document, const char *name);
/* Whether the list of texts of that name holds `text`. */
bool document_lists(struct document document, const char *name, struct pryv_str text);

struct document document_copy(struct pryv_arena *mem, struct document document);
/* The bytes of `bson`, copied; `bson` is let go. */
struct document document_take(struct pryv_arena *mem, bson_t *bson);
/* Borrowed. */
struct document document_of(const bson_t *bson);

#endif
