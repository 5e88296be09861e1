/* mime.h - a mail as it travels: headers and the two ways to read it. */
#ifndef MAIL_MIME_H
#define MAIL_MIME_H

#include <pryv/arena.h>

struct mime_mail {
    struct pryv_str from_name, from_address, to_name, to_address;
    struct pryv_str subject, text, html;
    double date;
};

/* RFC 5322 and 2045 to 2047, lines ended by CR LF. What would break a header (line ends in a name or subject) becomes blanks. */
struct pryv_str mime_write(struct pryv_arena *mem, const struct mime_mail *mail);

#endif
