/* word_file.h - a list of words, looked up where it lies: one as long as a dictionary takes no memory of a worker. */
#ifndef API_WORD_FILE_H
#define API_WORD_FILE_H

#include <pryv/error.h>

struct word_file;

/* One word a line, of any case and in any order; words with blanks, and those over 198 bytes, are left out. A list that is in lower case and in order of its bytes is used as
 * it is; of another one an ordered copy is made, which is gone when it is closed. A file that is put in its place later is not looked at; one that is
 * written over may be misread, which the log tells when it can be seen. Errors: PRYV_FAILED, the reason without the path. */
PRYV_CHECK enum pryv_rc word_file_open(const char *path, struct word_file **out, struct pryv_err *err);
void word_file_close(struct word_file *words); /* NULL is fine */
/* `word` is in lower case. Any thread. */
bool word_file_has(const struct word_file *words, struct pryv_str word);

#endif
