/* utf8.h - is it UTF-8? */
#ifndef KERNEL_UTF8_H
#define KERNEL_UTF8_H

#include <pryv/base.h>

/* Overlong forms, surrogates and what lies beyond U+10FFFF are none; U+0000 is. An absent text is. Any thread. */
bool utf8_is_valid(struct pryv_str text);

#endif
