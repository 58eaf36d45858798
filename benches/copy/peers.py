"""What the library is measured beside. Each peer makes operations: functions that take a number of
calls and return the seconds. A peer that is not there makes none, and says why in `missing`.

NumPy and OpenCV can only be called as Python calls them, which costs 0.2 to 0.5 µs; what can be
called from C is.
"""

import ctypes
import glob
import importlib
import os
import pathlib
import tomllib

import numpy

import bench_copy as bench
import bench_view

MEMCPY = "memcpy"
STREAM = "NT copy"
MEMCMP = "memcmp"
READING = "reading both"
NUMPY = "NumPy"
OPENBLAS = "OpenBLAS"
OPENCV = "OpenCV"
XLA = "XLA"
BLOSC2 = "Blosc2"
CRATES = "strided-perm", "ndarray"
MEMORYVIEW = "CPython"

# What memory can do, and nobody's copy of such a layout.
LIMITS = (MEMCPY, STREAM, MEMCMP, READING)


def called(function, *arguments):
    return lambda n: bench.call(function, arguments, n)


class Peers:
    def __init__(self, with_all):
        self.missing = {}
        self.versions = {NUMPY: numpy.__version__}
        if not hasattr(bench, "stream"):
            self.missing[STREAM] = "this machine is none with SSE2"
        self._somatcopy, self._domatcopy = self._load(OPENBLAS, _openblas) or (None, None)
        self._cv2 = self._load(OPENCV, _opencv)
        self._put = self._load(XLA, _xla) if with_all else None
        self._shuffles = self._load(BLOSC2, _blosc2) if with_all else None
        self._crates = {name: self._load(name, lambda: _crate(name)) for name in CRATES if with_all}
        if not with_all:
            self.missing |= dict.fromkeys((XLA, BLOSC2, *CRATES), "not asked for (-- --all)")

    def _load(self, name, load):
        try:
            loaded, self.versions[name] = load()
            return loaded
        except (ImportError, OSError, AttributeError, LookupError) as error:
            self.missing[name] = f"{type(error).__name__}: {error}"

    def limits(self, dest, src):
        """Copies of so many bytes that lie one after another."""
        yield MEMCPY, lambda n: bench.copy_bytes(dest, src, n)
        if STREAM not in self.missing:
            yield STREAM, lambda n: bench.stream(dest, src, n)

    def reading(self, one, other):
        """What comparing so many bytes costs at least. memcmp only of what is the same: it ends
        where something differs."""
        if numpy.array_equal(one, other):
            yield MEMCMP, lambda n: bench_view.equal_bytes(one, other, n)
        yield READING, lambda n: bench.read_both(one, other, n)

    def copyto(self, dest, src):
        yield NUMPY, called(numpy.copyto, dest, src)

    def transpose(self, dest, src):
        """Two matrices in C order."""
        yield from self.copyto(dest, src.T)
        function = {4: self._somatcopy, 8: self._domatcopy}.get(src.itemsize)
        if function:
            yield OPENBLAS, lambda n: bench.omatcopy(function, dest, src, n)
        if self._cv2:
            yield OPENCV, called(self._cv2.transpose, _channels(src), _channels(dest))

    def split(self, dest, src):
        """Images: pixels of channels, to channels of pixels."""
        yield from self._each_image("split", [(image, list(planes)) for image, planes in zip(src, dest)])

    def merge(self, dest, src):
        """And back."""
        yield from self._each_image("merge", [(list(planes), image) for planes, image in zip(src, dest)])

    def _each_image(self, name, arguments):
        if not self._cv2:
            return
        function = getattr(self._cv2, name)

        def every():
            for one in arguments:
                function(*one)

        yield OPENCV, called(every)

    def device_put(self, src):
        """Into new memory of XLA's own; the second operation returns what was put there."""
        if self._put:
            yield XLA, called(self._put, src), lambda: self._put(src)

    def crates(self, dest, src):
        """Copies by Rust crates, for items of 4 and 8 B."""
        for name, function in self._crates.items():
            if function:
                yield name, lambda n, function=function: bench.strided(function, dest, src, n)

    def shuffle(self, dest, src, itemsize, back):
        """Bytes of items, to one row for each byte of an item; or back."""
        if self._shuffles:
            function = self._shuffles[back]
            yield BLOSC2, lambda n: bench.blosc2_shuffle(function, itemsize, dest, src, n)


def _address(function):
    return ctypes.cast(function, ctypes.c_void_p).value


def _openblas():
    """The one in NumPy's own wheel."""
    libraries = os.path.join(os.path.dirname(numpy.__file__), os.pardir, "numpy.libs")
    found = glob.glob(os.path.join(libraries, "libscipy_openblas64_*"))
    if not found:
        raise LookupError("NumPy's wheel has none in it")
    library = ctypes.CDLL(found[0])
    config = library.scipy_openblas_get_config64_
    config.restype = ctypes.c_char_p
    functions = library.scipy_cblas_somatcopy64_, library.scipy_cblas_domatcopy64_
    return [_address(function) for function in functions], config().decode().split()[1]


def _opencv():
    cv2 = importlib.import_module("cv2")
    cv2.setNumThreads(1)
    return cv2, cv2.__version__


def _xla():
    jax = importlib.import_module("jax")
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", True)
    return lambda array: jax.device_put(array).block_until_ready(), f"jax {jax.__version__}"


def _blosc2():
    blosc2 = importlib.import_module("blosc2")
    library = ctypes.CDLL(os.path.join(os.path.dirname(blosc2.__file__), "lib", "libblosc2.so"))
    return (_address(library.blosc2_shuffle), _address(library.blosc2_unshuffle)), blosc2.__version__


def _crate(name):
    """`benches/copy/crates`, which `benches/copy.rs` builds and names."""
    path = os.environ.get("BENCH_CRATES")
    if not path:
        raise LookupError("benches/copy/crates is not built")
    function = ctypes.CDLL(path)["copy_by_" + name.replace("-", "_")]
    wanted = tomllib.loads((pathlib.Path(__file__).parent / "crates" / "Cargo.toml").read_text())
    return _address(function), wanted["dependencies"][name].strip("=")


def _channels(array):
    """Complex numbers are two channels to OpenCV."""
    return array.view("f8").reshape(*array.shape, 2) if array.itemsize == 16 else array
