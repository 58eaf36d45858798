/* What a plug-in of host.c gives to its host. */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <pybuf.h>

typedef struct plugin {
    const char *name;
    pybuf_exporter *(*output)(void); /* the caller owns the reference */
} plugin;

/* A plug-in is a shared library with one function: `const plugin *plugin_open(void)`. */
typedef const plugin *plugin_open_function(void);

#endif
