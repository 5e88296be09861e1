/* reg.h - what the files of this plugin share: the interfaces it uses, and its handlers by name. */
#ifndef REG_REG_H
#define REG_REG_H

#include <pryv/accounts.h>
#include <pryv/platform.h>
#include <pryv/plugin.h>
#include <pryv/storage.h>

#define REG_LOG "reg"

struct reg {
    const struct pryv_accounts_ops *accounts;
    void *accounts_self;
    const struct pryv_platform_ops *platform;
    void *platform_self;
    const struct pryv_storage_ops *storage;
    void *storage_self;
};

/* The plugin, inside a handler. */
static inline struct reg *reg_self(void)
{
    return pryv_self();
}

/* Adds what is wrong with the member `name` to `complaints`; `missing`: it is not there. */
void complain(json_t *complaints, const char *code, const char *name, bool missing);

/* Handlers, one group a file. */
enum pryv_rc auth_register(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc username_check(struct pryv_call *call, struct pryv_err *err);
enum pryv_rc email_check(struct pryv_call *call, struct pryv_err *err);

#endif
