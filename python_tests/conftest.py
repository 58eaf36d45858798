"""What the tests are given: the library as a module, its extensions, and what else there is.

The runner (tests/python.rs) says where things are:

    PYBUF_LIBRARY          the shared library; its directory is importable
    PYBUF_EXTENSIONS       the built c_tests/extensions; those for the limited API in limited/
    PYBUF_FAILING_MALLOC   c_tests/failing_malloc.c, to be loaded before the C library

What this Python lacks is a skip that names it.
"""

import gc
import importlib
import importlib.util
import os
import pathlib
import sys
import sysconfig

import pytest

LIBRARY = pathlib.Path(os.environ["PYBUF_LIBRARY"])
EXTENSIONS = os.environ.get("PYBUF_EXTENSIONS")

# Loads the library, so that extensions linked with it find it loaded.
import pybuf  # noqa: E402

sys.path.insert(0, str(LIBRARY.parent))
if EXTENSIONS:
    sys.path.insert(0, EXTENSIONS)


@pytest.fixture(scope="module", autouse=True)
def _old_objects_stay():
    """What pytest keeps, and what earlier tests have imported, is nothing that the collector need
    look at in every test: many of them call it often, and would take twenty times as long."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def libpybuf():
    return importlib.import_module("libpybuf")


def _extension(name):
    if not EXTENSIONS:
        pytest.skip(f"the extension {name} is not built: PYBUF_EXTENSIONS is not set")
    return importlib.import_module(name)


@pytest.fixture(scope="session")
def consume():
    return _extension("consume")


@pytest.fixture(scope="session")
def counterparts():
    return _extension("counterparts")


@pytest.fixture(scope="session")
def memoryviews():
    return _extension("memoryviews")


@pytest.fixture(scope="session")
def formats():
    return _extension("c_formats")


@pytest.fixture(scope="session")
def struct_layouts():
    return _extension("struct_layouts")


@pytest.fixture(scope="session")
def late():
    return _extension("late")


@pytest.fixture(scope="session")
def careful():
    return _extension("careful")


@pytest.fixture(scope="session")
def static_copy():
    return _extension("static_copy")


FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))

# The limited API has buffers from 3.11 on, and free-threaded builds have no limited API.
LIMITED_API = ["limited"] if sys.version_info >= (3, 11) and not FREE_THREADED else []


@pytest.fixture(scope="session", params=["full", *LIMITED_API])
def slots(request):
    """Types of an extension's own; built under the limited API as well."""
    full = _extension("slots")
    if request.param == "full":
        return full
    file = pathlib.Path(EXTENSIONS) / "limited/slots.abi3.so"
    spec = importlib.util.spec_from_file_location("slots", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def static_type():
    """A static type of an extension's own, which the limited API does not have."""
    return _extension("slots").Raw


@pytest.fixture(scope="session")
def numpy():
    return pytest.importorskip("numpy", reason="no NumPy for this Python")


@pytest.fixture(scope="session")
def pillow():
    return pytest.importorskip("PIL.Image", reason="no Pillow for this Python")


@pytest.fixture(scope="session")
def testbuffer():
    """CPython's reference exporter."""
    return pytest.importorskip("_testbuffer", reason="this Python comes without _testbuffer")


@pytest.fixture(scope="session")
def stand_in():
    """Ours in its place, made with the library's C API."""
    return _extension("testbuffer")


@pytest.fixture
def collected():
    """Nothing that earlier tests left to the collector falls into this one."""
    gc.collect()


@pytest.fixture(autouse=True)
def no_error():
    """Each test begins without a last error on its thread."""
    pybuf.lib.error_clear()
