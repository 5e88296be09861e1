/* json_string.h - characters of texts: UTF-8 (RFC 3629), and the escapes of JSON (RFC 8259, 7). Any thread. */
#ifndef HFS_JSON_STRING_H
#define HFS_JSON_STRING_H

#include <pryv/base.h>

/* Of the sequence of UTF-8 that begins so; 0: none beyond ASCII does. */
size_t json_string_utf8_length(unsigned char first);
/* The length of the sequence beyond ASCII that begins at `at`; 0: none does. */
size_t json_string_utf8(const unsigned char *at, size_t left);
/* Writes the text without its escapes to `out`, which has room for as many bytes. Returns where it ends; NULL: an escape is none. */
char *json_string_unescape(const char *from, const char *to, char *out);

#endif
