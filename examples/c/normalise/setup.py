"""Links libpybuf statically, so that the wheel needs nothing else at run time.

PYBUF_INCLUDE and PYBUF_LIB say where the header and libpybuf.a are; without them they
are taken from this checkout, as `cargo build --release` leaves them.
"""

import os
from pathlib import Path

from setuptools import Extension, setup

checkout = Path(__file__).resolve().parents[3]
include = os.environ.get("PYBUF_INCLUDE", checkout / "include")
lib = os.environ.get("PYBUF_LIB", checkout / "target" / "release")

setup(
    ext_modules=[
        Extension(
            "normalise",
            ["normalise.c"],
            include_dirs=[str(include)],
            extra_objects=[str(Path(lib) / "libpybuf.a")],
            # its symbols kept inside, and what libpybuf.a needs of the system
            extra_link_args=["-Wl,--exclude-libs,ALL"]
            + ["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"],
        )
    ]
)
