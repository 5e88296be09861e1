/* group.c - see group.h. */
#include "group.h"
#include <errno.h>

void group_init(struct group *group, unsigned leaders, group_work work, void *context)
{
    *group = (struct group){ .leaders = leaders, .work = work, .context = context };
    pthread_mutex_init(&group->lock, NULL);
}

void group_release(struct group *group)
{
    pthread_mutex_destroy(&group->lock);
}

/* ---- The line, with the lock: empty while a place to lead is free ----------------------------- */

static void append(struct group *group, struct group_item *item)
{
    item->next = NULL;
    *(group->first ? &group->last->next : &group->first) = item;
    group->last = item;
}

static struct group_item *take_first(struct group *group)
{
    struct group_item *item = group->first;

    if (item)
        group->first = item->next;
    return item;
}

/* ---- Leading --------------------------------------------------------------------------------- */

static void call(struct group_item *item, bool to_lead)
{
    item->leads = to_lead;
    sem_post(&item->called);
}

static size_t gather(struct group *group, struct group_item *own, struct group_item *items[GROUP_MOST])
{
    size_t count = 0;

    pthread_mutex_lock(&group->lock);
    for (struct group_item *item = own; item; item = count < GROUP_MOST ? take_first(group) : NULL)
        items[count++] = item;
    pthread_mutex_unlock(&group->lock);
    return count;
}

/* The next leader is called before those who are done, so that the work goes on while they wake. */
static void pass_on(struct group *group)
{
    struct group_item *next;

    pthread_mutex_lock(&group->lock);
    next = take_first(group);
    if (!next)
        group->leading--;
    pthread_mutex_unlock(&group->lock);
    if (next)
        call(next, true);
}

static void lead(struct group *group, struct group_item *own)
{
    struct group_item *items[GROUP_MOST];
    size_t count = gather(group, own, items);

    group->work(group->context, items, count);
    pass_on(group);
    for (size_t i = 1; i < count; i++)
        call(items[i], false);
}

/* ---- Taking part ----------------------------------------------------------------------------- */

/* False when it is in the line. */
static bool may_lead(struct group *group, struct group_item *item)
{
    bool leads;

    pthread_mutex_lock(&group->lock);
    leads = group->leading < group->leaders;
    if (leads)
        group->leading++;
    else
        append(group, item);
    pthread_mutex_unlock(&group->lock);
    return leads;
}

static bool called_to_lead(struct group_item *item)
{
    while (sem_wait(&item->called) == -1 && errno == EINTR)
        ;
    return item->leads;
}

void group_do(struct group *group, struct group_item *item)
{
    sem_init(&item->called, 0, 0);
    if (may_lead(group, item) || called_to_lead(item))
        lead(group, item);
    sem_destroy(&item->called);
}
