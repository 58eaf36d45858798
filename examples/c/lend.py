"""Takes a frame from the camera of lend.c, without a copy and without a compiler."""

import ctypes
import sys

import numpy

lib = ctypes.PyDLL(sys.argv[1])             # the library of lend.c
lib.camera_frame.restype = ctypes.py_object # return pybuf_python_object(image_buffer(im));
frame = lib.camera_frame()                  # where image_buffer failed, this raises its message
pixels = numpy.asarray(frame)               # no copy; the image lives as long as pixels

print(frame)
print("shape", pixels.shape, "strides", pixels.strides, "address", hex(pixels.ctypes.data))
print("the pixel at (240, 320):", pixels[240, 320].tolist())
