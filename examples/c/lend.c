/* A camera, as a native library that lends its frames. No Python is needed to build it.
 *
 *     cc -shared -fPIC lend.c -o libcamera.so -lpybuf
 *         (installed; from a checkout see README, Build with it)
 *     python3 lend.py ./libcamera.so
 */
#include <pybuf.h>
#include <stdatomic.h>
#include <stdlib.h>

/* The library's own image, counted as it always was. */
typedef struct image {
    atomic_int references;
    Py_ssize_t width, height, pitch;
    unsigned char pixels[];
} image;

static image *image_ref(image *im)
{
    atomic_fetch_add(&im->references, 1);
    return im;
}

static void image_unref(image *im)
{
    if (atomic_fetch_sub(&im->references, 1) == 1)
        free(im);
}

static void image_done(void *im) { image_unref(im); }   /* runs once, after the last reader is gone */

static pybuf_exporter *image_buffer(image *im)
{
    return pybuf_exporter_new(&(pybuf_memory){
        .buf = im->pixels, .size = im->pitch * im->height,
        .format = "B", .ndim = 3,
        .shape = (Py_ssize_t[]){im->height, im->width, 3},
        .strides = (Py_ssize_t[]){im->pitch, 3, 1},
        .release = image_done, .context = image_ref(im),
    });                                     /* NULL: pybuf_error_message() says why, and image_done has run */
}

/* A frame of 640 × 480 pixels: red grows downwards, green to the right. */
static image *take_picture(void)
{
    const Py_ssize_t width = 640, height = 480, pitch = 2048;
    image *im = malloc(sizeof *im + (size_t)(pitch * height));
    if (!im)
        abort();
    *im = (image){.references = 1, .width = width, .height = height, .pitch = pitch};
    for (Py_ssize_t y = 0; y < height; y++)
        for (Py_ssize_t x = 0; x < width; x++) {
            unsigned char *pixel = im->pixels + y * pitch + 3 * x;
            pixel[0] = (unsigned char)(255 * y / height);
            pixel[1] = (unsigned char)(255 * x / width);
            pixel[2] = 128;
        }
    return im;
}

/* For Python, by ctypes.PyDLL with restype py_object: where lending fails, this raises its message. */
PyObject *camera_frame(void);

PyObject *camera_frame(void)
{
    image *im = take_picture();
    PyObject *frame = pybuf_python_object(image_buffer(im));
    image_unref(im);
    return frame;
}
