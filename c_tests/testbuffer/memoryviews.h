/* The functions that make memoryviews. This is the one place where it says whose they are: the
 * library's, which stand in for CPython's. */
#ifndef TESTBUFFER_MEMORYVIEWS_H
#define TESTBUFFER_MEMORYVIEWS_H

#include "extensions/module.h"

#define memoryview_from_buffer(buffer) pybuf_python_memoryview_from_buffer(buffer, PYBUF_MEMORYVIEW)
#define memoryview_get_contiguous(object, buffertype, order) \
    pybuf_python_memoryview_contiguous(object, buffertype, order, PYBUF_MEMORYVIEW)

#endif
