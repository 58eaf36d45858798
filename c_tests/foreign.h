/* A foreign exporter: a getbuffer and a releasebuffer function that know nothing
 * of libpybuf, answer every request alike, and may lie. */
#ifndef FOREIGN_H
#define FOREIGN_H

#include "check.h"

typedef struct foreign {
    Py_buffer answer; /* what every request is answered */
    int requests;     /* how often it was asked */
    int asked;        /* the flags of the last request */
    int released;     /* how often it got an answer back */
    Py_buffer back;   /* the answer that came back last */
} foreign;

static inline int foreign_getbuffer(void *self, Py_buffer *view, int flags)
{
    foreign *exporter = self;
    exporter->requests++;
    exporter->asked = flags;
    *view = exporter->answer;
    return 0;
}

static inline void foreign_releasebuffer(void *self, Py_buffer *view)
{
    foreign *exporter = self;
    exporter->released++;
    exporter->back = *view;
}

/* Refuses, and leaves rubbish behind. */
static inline int foreign_refusal(void *self, Py_buffer *view, int flags)
{
    foreign *exporter = self;
    exporter->requests++;
    exporter->asked = flags;
    memset(view, 0xa5, sizeof *view);
    return -1;
}

/* The answer has come back as it was given. */
static inline int foreign_came_back(const foreign *exporter)
{
    const Py_buffer *a = &exporter->answer, *b = &exporter->back;
    return a->buf == b->buf && a->obj == b->obj && a->len == b->len && a->itemsize == b->itemsize &&
           a->readonly == b->readonly && a->ndim == b->ndim && a->format == b->format && a->shape == b->shape &&
           a->strides == b->strides && a->suboffsets == b->suboffsets && a->internal == b->internal;
}

#endif
