/* access_usage_everywhere.c - has every worker write what it counted, and waits for that: whoever asks for the use of an account wants to be told
 * of the latest calls, whichever worker served them.
 *
 * The one that asks publishes a ticket; each worker, this one too, writes what it has and publishes the ticket in turn. Where one does not answer in
 * time (it is about to start again, or its threads are all taken), what it counted is told the next time. */
#include "access_usage.h"
#include <pryv/bus.h>
#include <pryv/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define ASKED   "accessUseAsked"
#define WRITTEN "accessUseWritten"

enum { WAIT_SECONDS = 2 };

struct asker {
    struct asker *next;
    struct pryv_str ticket; /* JSON */
    int answers;
};

/* A ticket to answer. */
struct ticket {
    struct ticket *next;
    size_t len;
    char text[];
};

static struct asker *askers;
static struct ticket *tickets;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of both */
static pthread_cond_t answered = PTHREAD_COND_INITIALIZER;

static void write_and_answer(void *api)
{
    struct ticket *list, *first;

    pthread_mutex_lock(&lock);
    list = tickets;
    tickets = NULL;
    pthread_mutex_unlock(&lock);
    if (list)
        access_usage_flush(api);
    while ((first = list)) {
        list = first->next;
        pryv_publish(WRITTEN, PRYV_STR_NONE, pryv_str_n(first->text, first->len));
        free(first);
    }
}

static void on_asked(void *self, const char *topic PRYV_UNUSED, struct pryv_str user_id PRYV_UNUSED, struct pryv_str text)
{
    struct ticket *ticket = malloc(sizeof(*ticket) + text.len);

    if (!ticket)
        abort();
    ticket->len = text.len;
    memcpy(ticket->text, text.data, text.len);
    pthread_mutex_lock(&lock);
    ticket->next = tickets;
    tickets = ticket;
    pthread_mutex_unlock(&lock);
    if (pryv_run(write_and_answer, self) != PRYV_OK)
        pryv_log_warn(API_LOG, "the use of accesses is told late: too much waits");
}

static void on_written(void *self PRYV_UNUSED, const char *topic PRYV_UNUSED, struct pryv_str user_id PRYV_UNUSED,
                       struct pryv_str ticket)
{
    pthread_mutex_lock(&lock);
    for (struct asker *asker = askers; asker; asker = asker->next)
        if (pryv_str_is(asker->ticket, ticket))
            asker->answers++;
    pthread_cond_broadcast(&answered);
    pthread_mutex_unlock(&lock);
}

void access_usage_answer_others(struct api *api)
{
    pryv_subscribe(ASKED, on_asked, api);
    pryv_subscribe(WRITTEN, on_written, api);
}

static void leave(const struct asker *asker)
{
    struct asker **at = &askers;

    while (*at != asker)
        at = &(*at)->next;
    *at = asker->next;
}

void access_usage_flush_everywhere(struct pryv_arena *mem)
{
    struct pryv_str id = pryv_id_new(mem);
    struct asker asker = { .ticket = pryv_format(mem, "\"%.*s\"", PRYV_STR_ARG(id)) };
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += WAIT_SECONDS;
    pthread_mutex_lock(&lock);
    asker.next = askers;
    askers = &asker;
    pryv_publish(ASKED, PRYV_STR_NONE, asker.ticket);
    while (asker.answers < pryv_worker_count() && pthread_cond_timedwait(&answered, &lock, &end) == 0)
        ;
    leave(&asker);
    pthread_mutex_unlock(&lock);
}
