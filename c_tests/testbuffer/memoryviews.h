/* The functions that make memoryviews. This is the one place where it says whose they are. */
#ifndef TESTBUFFER_MEMORYVIEWS_H
#define TESTBUFFER_MEMORYVIEWS_H

#define memoryview_from_buffer(buffer) PyMemoryView_FromBuffer(buffer)
#define memoryview_get_contiguous(object, buffertype, order) PyMemoryView_GetContiguous(object, buffertype, order)

#endif
