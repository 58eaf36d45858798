/* What the plug-in shows to its host. Only Py_buffers cross between the two: each has
 * its own copy of the library, and may have been built with another version of it. */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <pybuf.h>

typedef struct plugin {
    /* The protocol: fills `view` with the plug-in's output, an image of 4 × 6 grey levels. */
    int (*getbuffer)(void *self, Py_buffer *view, int flags);
    /* Takes a buffer that the host has filled, adds up its bytes and releases it; or -1. */
    int (*consume)(Py_buffer *buffer);
    /* For the wrong way of doing it: a handle of the plug-in's copy, kept by the plug-in. */
    pybuf_exporter *(*exporter)(void);
    pybuf_view *(*view)(void);
    /* And what the plug-in's copy says to a handle of the host's: the code of the error. */
    int (*take)(pybuf_exporter *theirs, const char **message);
    /* Drops what the plug-in keeps; gives how often its memory has been released. */
    int (*close)(void);
} plugin;

/* The one symbol of the plug-in: `plugin_open`. */
typedef const plugin *plugin_open_function(void);

#endif
