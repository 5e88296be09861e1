/* echo_store.h - a store for tests that answers what it is asked: one event, whose content is the query. It knows conditions on both fields. */
#ifndef ECHO_STORE_H
#define ECHO_STORE_H

#include <pryv/datastore.h>

enum pryv_rc echo_provide(struct pryv_err *err); /* as "datastore:echo" */
void echo_end(void);

#endif
