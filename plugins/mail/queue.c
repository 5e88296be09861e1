/* queue.c - see queue.h.
 *
 * A mail is a value of the platform whose `next` says when it may be tried. Whoever tries it moves `next` ahead first, which only one of
 * several succeeds in: should that one die, another tries again later. So a mail may be sent twice after a crash, and is never lost but
 * where it is refused for good (PRYV_FAILED of mail_send). */
#include "queue.h"
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#define KEYS "mail-queue/"

enum { AT_ONCE = 100 };

typedef enum pryv_rc each_fn(struct mail *mail, struct pryv_str key, struct pryv_str text, const void *arg, struct pryv_err *err);

static atomic_bool put_here;

/* ---- As text --------------------------------------------------------------------------------- */

struct entry {
    struct pryv_str key, text; /* as stored */
    struct pryv_mail mail;
    double created, next, tries;
};

static struct pryv_str dump(struct pryv_arena *mem, const struct entry *entry)
{
    struct pryv_json *js = pryv_json_new(mem);

    pryv_json_object(js);
    pryv_json_put_str(js, "template", entry->mail.template_);
    pryv_json_put_str(js, "language", entry->mail.language);
    pryv_json_put_str(js, "address", entry->mail.address);
    pryv_json_put_str(js, "name", entry->mail.name);
    pryv_json_put_value(js, "substitutions", entry->mail.substitutions);
    pryv_json_put_number(js, "created", entry->created);
    pryv_json_put_number(js, "next", entry->next);
    pryv_json_put_number(js, "tries", entry->tries);
    pryv_json_object_end(js);
    return pryv_json_text(js);
}

static enum pryv_rc parse(struct pryv_arena *mem, struct pryv_str key, struct pryv_str text, struct entry *out,
                          struct pryv_err *err)
{
    json_t *value;
    enum pryv_rc rc = pryv_json_parse(mem, text, false, &value, err);

    if (rc != PRYV_OK)
        return rc;
    *out = (struct entry){
        .key = key,
        .text = text,
        .mail = { .template_ = pryv_json_member_text(value, "template"),
                  .language = pryv_json_member_text(value, "language"),
                  .address = pryv_json_member_text(value, "address"),
                  .name = pryv_json_member_text(value, "name"),
                  .substitutions = json_object_get(value, "substitutions") },
        .created = pryv_json_member_number(value, "created"),
        .next = pryv_json_member_number(value, "next"),
        .tries = pryv_json_member_number(value, "tries"),
    };
    return pryv_present(out->created) && pryv_present(out->next) && pryv_present(out->tries) && out->mail.substitutions
               ? PRYV_OK
               : pryv_fail(err, PRYV_FAILED, "a queued mail is broken");
}

/* ---- Putting ------------------------------------------------------------------------------------ */

enum pryv_rc queue_put(struct mail *mail, const struct pryv_mail *what, struct pryv_err *err)
{
    double now = pryv_now();
    struct entry entry = { .mail = *what, .created = now, .next = now };
    struct pryv_str key = pryv_format(err->arena, KEYS "%017.3f-%.*s", now, PRYV_STR_ARG(pryv_id_new(err->arena)));
    enum pryv_rc rc = mail->platform->value_put_new(mail->platform_self, key, dump(err->arena, &entry), PRYV_ABSENT, err);

    if (rc == PRYV_OK)
        atomic_store(&put_here, true);
    return rc;
}

/* ---- Sending -------------------------------------------------------------------------------------- */

/* Keeps it with another time for the next try; only one of several gets PRYV_OK. */
static enum pryv_rc put_off(struct mail *mail, struct pryv_arena *mem, struct entry *entry, double wait, struct pryv_err *err)
{
    struct entry next = *entry;
    enum pryv_rc rc;

    next.next = pryv_now() + wait;
    next.text = dump(mem, &next);
    rc = mail->platform->value_replace(mail->platform_self, entry->key, entry->text, next.text, PRYV_ABSENT, err);
    *entry = next;
    return rc;
}

static void forget(struct mail *mail, const struct entry *entry)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);

    if (mail->platform->value_delete(mail->platform_self, entry->key, &err) != PRYV_OK)
        pryv_log_error(MAIL_LOG, "a mail stays in the queue and will be sent again: %s", err.message ? err.message : "");
    pryv_arena_free(mem);
}

/* It is claimed for as long as an attempt may take, then put off: the wait doubles. */
static void attempt(struct mail *mail, struct pryv_arena *mem, struct entry *entry)
{
    struct pryv_err err = PRYV_ERR(mem), other = PRYV_ERR(mem);
    double wait = mail->config->retry * exp2(fmin(entry->tries, 10));
    enum pryv_rc rc;

    entry->tries++;
    if (put_off(mail, mem, entry, mail->config->timeout + wait, &other) != PRYV_OK)
        return;
    rc = mail_send(mail, &entry->mail, &err);
    if (rc == PRYV_FAILED)
        pryv_log_error(MAIL_LOG, "a mail (%.*s) is refused for good and is dropped: %s", PRYV_STR_ARG(entry->mail.template_),
                       err.message ? err.message : "");
    if (rc == PRYV_OK || rc == PRYV_FAILED) {
        forget(mail, entry);
        return;
    }
    pryv_log_warn(MAIL_LOG, "a mail (%.*s) is not sent, attempt %.0f: %s", PRYV_STR_ARG(entry->mail.template_), entry->tries,
                  err.message ? err.message : "");
    if (put_off(mail, mem, entry, wait, &other) != PRYV_OK)
        pryv_log_warn(MAIL_LOG, "it is tried later than it might be: %s", other.message ? other.message : "");
}

/* Every mail that waits, a page at a time. */
static enum pryv_rc each_mail(struct mail *mail, each_fn fn, const void *arg, struct pryv_err *err)
{
    char *after = NULL;
    bool last = false;
    enum pryv_rc rc = PRYV_OK;

    while (rc == PRYV_OK && !last) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_str *keys, *texts;
        size_t count = 0;

        rc = mail->platform->values_list(mail->platform_self, mem, PRYV_STR(KEYS), after ? pryv_str(after) : PRYV_STR_NONE,
                                         AT_ONCE, &keys, &texts, &count, err);
        for (size_t i = 0; rc == PRYV_OK && i < count; i++)
            rc = fn(mail, keys[i], texts[i], arg, err);
        free(after);
        after = rc == PRYV_OK && count ? pryv_str_dup(keys[count - 1]) : NULL;
        last = count < AT_ONCE;
        pryv_arena_free(mem);
    }
    free(after);
    return rc;
}

static enum pryv_rc try_one(struct mail *mail, struct pryv_str key, struct pryv_str text, const void *arg PRYV_UNUSED,
                            struct pryv_err *unused PRYV_UNUSED)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct entry entry = { .key = key };
    double now = pryv_now();

    if (parse(mem, key, text, &entry, &err) != PRYV_OK) {
        pryv_log_error(MAIL_LOG, "a mail in the queue is broken and is dropped");
        forget(mail, &entry);
    } else if (entry.created + mail->config->keep < now) {
        pryv_log_error(MAIL_LOG, "a mail (%.*s) could not be sent for %.0f s and is dropped", PRYV_STR_ARG(entry.mail.template_),
                       now - entry.created);
        forget(mail, &entry);
    } else if (entry.next <= now)
        attempt(mail, mem, &entry);
    pryv_arena_free(mem);
    return PRYV_OK;
}

void queue_send_all(void *self)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);

    if (each_mail(self, try_one, NULL, &err) != PRYV_OK)
        pryv_log_warn(MAIL_LOG, "the queue of mails cannot be read: %s", err.message ? err.message : "");
    pryv_arena_free(mem);
}

void queue_send_own(void *self)
{
    if (atomic_exchange(&put_here, false))
        queue_send_all(self);
}

/* ---- Forgetting ----------------------------------------------------------------------------------- */

static enum pryv_rc forget_if_of(struct mail *mail, struct pryv_str key, struct pryv_str text, const void *account_,
                                 struct pryv_err *err)
{
    const struct pryv_account_end *account = account_;
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err broken = PRYV_ERR(mem);
    struct entry entry;
    bool theirs = false;

    if (parse(mem, key, text, &entry, &broken) == PRYV_OK)
        for (size_t i = 0; i < account->username_count; i++)
            theirs = theirs || (entry.mail.name.data && pryv_str_is(entry.mail.name, account->usernames[i]));
    pryv_arena_free(mem);
    return theirs ? mail->platform->value_delete(mail->platform_self, key, err) : PRYV_OK;
}

enum pryv_rc queue_forget(struct mail *mail, const struct pryv_account_end *account, struct pryv_err *err)
{
    return each_mail(mail, forget_if_of, account, err);
}
