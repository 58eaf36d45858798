"""Lends native memory to Python, without a copy: run this first.

    python3 examples/lend_image.py
    python3 examples/lend_image.py --size 64 --output image.png

It builds the library, lends a native image and a native matrix to NumPy and Pillow, and says
what happens. A C compiler is not needed: the native code is that of the C library and of
libpybuf, called by ctypes. Where NumPy or Pillow is missing, it makes an environment with
both under target/ and goes on there.
"""

import argparse
import ctypes
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time
from ctypes import POINTER, c_char, c_char_p, c_int32, c_ssize_t, c_void_p

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", CHECKOUT / "target"))
MIB = 1 << 20


def stop(sentence):
    sys.exit(f"lend_image: {sentence}")


def expect(fact, sentence):
    """What is printed has been looked at."""
    if not fact:
        stop(f"something is wrong: {sentence}.")


# The library and the environment.


def build():
    """Builds the library with cargo; gives the path of the shared library."""
    print("Building libpybuf (cargo build --release; the first time takes a minute) ...", flush=True)
    command = ["cargo", "build", "--release", "--quiet", "--lib", "--message-format=json-render-diagnostics"]
    built = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    if built.returncode != 0:
        stop("cargo could not build the library; it says why above.")
    for line in built.stdout.splitlines():
        for name in json.loads(line).get("filenames", ()):
            if name.endswith((".so", ".dylib", ".dll")):
                return pathlib.Path(name)
    return stop("cargo has built no shared library.")


def numpy_and_pillow():
    """Imports both; where one is missing, starts this program again in an environment of its
    own that has them."""
    try:
        import numpy
        import PIL.Image

        return numpy, PIL.Image
    except ModuleNotFoundError as missing:
        lacking = missing.name
    version = f"{platform.python_version()}{sys.abiflags if hasattr(sys, 'abiflags') else ''}"
    home = TARGET / f"lend_image-python-{version}"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if pathlib.Path(sys.prefix).resolve() == home.resolve():
        stop(f"{lacking} is missing from the environment {home}; delete that directory and try again.")
    done = home / "complete"
    if not done.exists():
        print(f"This Python has no {lacking}: making an environment in {shown(home)} ...", flush=True)
        make_environment(home, python)
        done.touch()
    sys.stdout.flush()
    sys.exit(subprocess.run([str(python), *sys.argv]).returncode)


def make_environment(home, python):
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)])
    if made.returncode != 0:
        stop("Python could not make an environment (Debian and Ubuntu: install the package python3-venv).")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    if subprocess.run([*pip, "numpy", "pillow"]).returncode != 0:
        stop(
            "NumPy and Pillow could not be installed; pip says why above. Without a network, run this "
            "with a Python that has both."
        )


def shown(path):
    """A path as a reader of this terminal would type it."""
    try:
        return path.resolve().relative_to(pathlib.Path.cwd())
    except ValueError:
        return path


# libpybuf by ctypes: what is needed of include/pybuf.h.


class Memory(ctypes.Structure):
    """pybuf_memory: what to lend, and how. A field that is zero means what you would guess."""

    _fields_ = [
        ("buf", c_void_p),
        ("size", c_ssize_t),
        ("format", c_char_p),
        ("itemsize", c_ssize_t),
        ("ndim", c_int32),
        ("order", c_int32),
        ("shape", POINTER(c_ssize_t)),
        ("strides", POINTER(c_ssize_t)),
        ("offset", c_ssize_t),
        ("suboffsets", POINTER(c_ssize_t)),
        ("pointed", c_ssize_t),
        ("readonly", c_int32),
        ("guarded", c_int32),
        ("constant", c_int32),
        ("allocate", c_int32),
        ("release", c_void_p),
        ("context", c_void_p),
        ("reserved", c_void_p * 8),
    ]


def sizes(*numbers):
    return (c_ssize_t * len(numbers))(*numbers)


class Native:
    """The native side: libpybuf, and the C library for memory."""

    def __init__(self, path):
        # PyDLL, not CDLL: it keeps the GIL, and raises the exception that a call has set.
        self.lib = ctypes.PyDLL(str(path))
        self.libc = ctypes.CDLL("ucrtbase" if os.name == "nt" else None)
        self._declare(self.libc, "malloc", c_void_p, ctypes.c_size_t)
        self._declare(self.libc, "memset", c_void_p, c_void_p, ctypes.c_int, ctypes.c_size_t)
        for name, result, *arguments in [
            ("version", c_char_p),
            ("error_message", c_char_p),
            ("exporter_new", c_void_p, POINTER(Memory)),
            ("exporter_part", c_void_p, c_void_p, POINTER(Memory)),
            ("ndarray_new", c_void_p, c_int32, POINTER(c_ssize_t), c_char_p, c_ssize_t, c_char),
            ("exporter_ref", c_void_p, c_void_p),
            ("exporter_unref", None, c_void_p),
            ("exporter_data", c_void_p, c_void_p),
            ("exporter_view", c_void_p, c_void_p, c_void_p),
            ("view_unref", None, c_void_p),
            ("view_read_item", ctypes.c_int, c_void_p, POINTER(c_ssize_t), c_int32, c_void_p, c_ssize_t),
            ("python_object", ctypes.py_object, c_void_p),
        ]:
            self._declare(self.lib, "pybuf_" + name, result, *arguments)

    @staticmethod
    def _declare(library, name, result, *arguments):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments

    def checked(self, handle):
        if not handle:
            raise MemoryError(self.lib.pybuf_error_message().decode())
        return handle

    def image(self, height, width):
        """A grey image by malloc and memset, with rows padded to 2 KiB, that `free` gives
        back; the exporter and the address of pixel (0, 0)."""
        pitch = (3 * width + 2047) // 2048 * 2048
        pixels = self.libc.malloc(pitch * height)
        if not pixels:
            raise MemoryError(f"no memory for an image of {pitch * height} bytes")
        self.libc.memset(pixels, 128, pitch * height)
        memory = Memory(
            buf=pixels,
            size=pitch * height,
            ndim=3,
            shape=sizes(height, width, 3),
            strides=sizes(pitch, 3, 1),
            release=ctypes.cast(self.libc.free, c_void_p),
            context=pixels,
        )
        return self.checked(self.lib.pybuf_exporter_new(memory)), pixels

    def matrix(self, rows, columns):
        return self.checked(self.lib.pybuf_ndarray_new(2, sizes(rows, columns), b"d", 0, b"C"))

    def rows_of(self, matrix, rows, columns):
        """An exporter of the first rows, which keeps the whole."""
        part = Memory(format=b"d", ndim=2, shape=sizes(rows, columns))
        return self.checked(self.lib.pybuf_exporter_part(matrix, part))

    def lend(self, exporter):
        """The Python object; the exporter stays ours."""
        return self.lib.pybuf_python_object(self.lib.pybuf_exporter_ref(exporter))

    def read(self, exporter, indices, kind):
        """An item as native code reads it."""
        item = kind()
        view = self.checked(self.lib.pybuf_exporter_view(exporter, None))
        code = self.lib.pybuf_view_read_item(
            view, sizes(*indices), len(indices), ctypes.byref(item), ctypes.sizeof(item)
        )
        self.lib.pybuf_view_unref(view)
        if code < 0:
            raise IndexError(self.lib.pybuf_error_message().decode())
        return item.value


# What is shown.


def show_image(native, numpy, pillow, output):
    height, width = 480, 640
    exporter, address = native.image(height, width)
    pixels = numpy.asarray(native.lend(exporter))
    print("\n1. An image in native memory")
    print(f"   malloc gave {height} rows of {pixels.strides[0]} bytes, and memset made them grey.")
    print(f"   in native code  address {address:#x}")
    print(f"   in NumPy        address {pixels.ctypes.data:#x}, shape {pixels.shape}, strides {pixels.strides}")
    expect(pixels.ctypes.data == address, "the addresses differ")
    print("   It is the same memory: nothing was copied.")

    y, x = numpy.ogrid[:height, :width]
    sun = (y - 300) ** 2 + (x - 320) ** 2 < 90**2
    pixels[..., 0] = numpy.where(sun, 255, 40 + y * 200 // height)
    pixels[..., 1] = numpy.where(sun, 210, y * 110 // height)
    pixels[..., 2] = numpy.where(sun, 80, 120 - y * 60 // height)
    centre = tuple(native.read(exporter, (300, 320, c), ctypes.c_uint8) for c in range(3))
    expect(centre == (255, 210, 80), "native code does not see what NumPy wrote")
    print(f"   NumPy drew a sunset; native code reads {centre} in the sun's centre.")
    native.libc.memset(address + 400 * pixels.strides[0], 0, 80 * pixels.strides[0])
    ground = tuple(pixels[440, 320].tolist())
    expect(ground == (0, 0, 0), "NumPy does not see what native code wrote")
    print(f"   Native code painted the ground black; NumPy reads {ground} there.")

    native.lib.pybuf_exporter_unref(exporter)
    pillow.fromarray(pixels).save(output, "PNG")
    print(f"   Native code let go of the image. NumPy still has it, and Pillow saved it: {shown(output)}")


def show_matrix(native, numpy, mebibytes):
    columns = 1024
    rows = mebibytes * MIB // (8 * columns)
    print(f"\n2. A matrix of {rows} x {columns} float64 in native memory: {amount(mebibytes)}")
    exporter = native.matrix(rows, columns)
    matrix = numpy.asarray(native.lend(exporter))
    fill(numpy, matrix)
    matrix[7, 11] = 42.5
    item = native.read(exporter, (7, 11), ctypes.c_double)
    expect(item == 42.5, "native code does not see what NumPy wrote")
    print(f"   NumPy wrote 42.5 to [7, 11]; native code reads {item}.")
    turned = matrix.T
    expect(turned.ctypes.data == native.lib.pybuf_exporter_data(exporter), "the transpose lies elsewhere")
    print(f"   Its transpose is the same memory: shape {turned.shape}, strides {turned.strides}.")

    print("\n3. Lending against copying")
    print("   size         to lend it     to copy it")
    some = [size for size in (1, 32, 1024) if size < mebibytes]
    for size in [*some, mebibytes]:
        part = native.rows_of(exporter, size * MIB // (8 * columns), columns)
        lend = best_of(1000, lambda: numpy.asarray(native.lend(part)))
        lent = numpy.asarray(native.lend(part))
        copy = best_of(3, lambda: lent.copy())
        native.lib.pybuf_exporter_unref(part)
        print(f"   {amount(size):<10} {lend * 1e6:9.1f} µs {copy * 1e3:11.2f} ms", flush=True)
    print("   Lending hands over an address and a description, whatever the size; a copy moves every byte.")
    native.lib.pybuf_exporter_unref(exporter)


def amount(mebibytes):
    return f"{mebibytes / 1024:.3g} GiB" if mebibytes >= 1024 else f"{mebibytes} MiB"


def fill(numpy, matrix):
    """Writes numbers to all of it, and tells how far it is where that takes long."""
    begin = last = time.perf_counter()
    step = 4096
    row = numpy.arange(matrix.shape[1], dtype="d")
    for start in range(0, len(matrix), step):
        matrix[start : start + step] = row
        now = time.perf_counter()
        if now - last > 1:
            print(f"   filled {100 * (start + step) // len(matrix)} %", flush=True)
            last = now
    print(f"   NumPy filled it in {time.perf_counter() - begin:.2f} s.", flush=True)


def best_of(times, work):
    """Seconds of the fastest run; what a run makes is dropped within its time."""
    fastest = float("inf")
    for _ in range(times):
        begin = time.perf_counter()
        work()
        fastest = min(fastest, time.perf_counter() - begin)
    return fastest


def fitting(wanted):
    """At most `wanted` MiB, so that the matrix, a copy and as much again fit the free memory."""
    free = free_memory()
    size = wanted
    while free is not None and size > 1 and 3 * size * MIB > free:
        size //= 2
    if size < wanted:
        print(f"(Only {amount(free // MIB)} of memory are free: a matrix of {amount(size)} will do.)")
    return size


def free_memory():
    """Bytes that this process may still use; None where the system does not say."""
    limits = []
    try:
        lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
        limits += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    except OSError:
        pass
    try:
        group = pathlib.Path("/sys/fs/cgroup")
        limit = (group / "memory.max").read_text().strip()
        if limit != "max":
            limits.append(int(limit) - int((group / "memory.current").read_text()))
    except OSError:
        pass
    return min(limits) if limits else None


def arguments():
    parser = argparse.ArgumentParser(description="Lends native memory to Python, without a copy.")
    parser.add_argument("--size", type=int, default=1024, metavar="MIB", help="size of the matrix (default: 1024)")
    parser.add_argument("--output", type=pathlib.Path, metavar="FILE", help="the PNG (default: in target/)")
    given = parser.parse_args()
    if given.size < 1:
        parser.error("--size: at least 1 MiB")
    if given.output and not given.output.resolve().parent.is_dir():
        parser.error(f"--output: there is no directory {given.output.resolve().parent}")
    return given


def main():
    given = arguments()
    if sys.version_info < (3, 9) or platform.python_implementation() != "CPython":
        stop(f"this is {platform.python_implementation()} {platform.python_version()}; CPython 3.9 or later is needed.")
    if not shutil.which("cargo"):
        stop("cargo is not on the PATH. It comes with Rust, which https://rustup.rs installs.")
    numpy, pillow = numpy_and_pillow()
    native = Native(build())
    version = native.lib.pybuf_version().decode()
    print(f"libpybuf {version}, CPython {platform.python_version()}, NumPy {numpy.__version__}")
    output = given.output or TARGET / "lend_image.png"
    try:
        show_image(native, numpy, pillow, output)
        show_matrix(native, numpy, fitting(given.size))
    except MemoryError as error:
        stop(f"there is not enough memory ({error}); try a smaller --size.")
    except OSError as error:
        stop(f"the image could not be saved: {error}.")


if __name__ == "__main__":
    main()
