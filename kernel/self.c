/* self.c - whose code runs on this thread; see pryv/method.h. */
#include <pryv/method.h>

static _Thread_local void *self_here;

void *pryv_self(void)
{
    return self_here;
}

/* Calls nest (a batch runs others), so what was there is put back. */
void *pryv_self_enter(void *self)
{
    void *before = self_here;

    self_here = self;
    return before;
}
