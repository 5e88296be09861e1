/* broken_keys.h - faults in how the example's keys, bounds and columns are kept. */
#ifndef BROKEN_KEYS_H
#define BROKEN_KEYS_H

#include <pryv/platform.h>
#include <pryv/storage.h>

/* `whole` and `whole_platform`: the functions of the example; they stay. */
void broken_keys_begin(const struct pryv_storage_ops *whole, const struct pryv_platform_ops *whole_platform);

/* Letters of a stream's id are made small. */
enum pryv_rc stream_insert_folded(struct pryv_session *s, const struct pryv_stream *row, struct pryv_err *err);
/* Spaces at the end of a scope or key are left out. */
enum pryv_rc value_set_trimmed(struct pryv_session *s, struct pryv_str scope, struct pryv_str key, struct pryv_str value_json,
                               struct pryv_err *err);
/* With modified_since in 15 digits. */
enum pryv_rc query_rounded(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                           struct pryv_err *err);
/* Limits have 32 bits. */
enum pryv_rc query_narrow(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                          struct pryv_err *err);
/* A serial has 16 bits. */
enum pryv_rc access_insert_narrow(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err);
/* An update leaves who made it. */
enum pryv_rc access_update_partly(struct pryv_session *s, const struct pryv_access_row *row, struct pryv_err *err);
/* What is given up stays. */
enum pryv_rc indexed_set_only(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str value,
                              struct pryv_err *err);

#endif
