"""What runs inside the interpreter that cpython_suites.py looks at: one of its own suites.

    python suite_child.py about
    python suite_child.py run SUITE own|ours with-numpy|without-numpy SEED RESULTS

`about` prints what this interpreter is, as JSON. `run` appends to the file RESULTS, as JSON, a line
when a test starts and a line when it has ended: so the tests that ran are known even where one of
them took the process with it. A test that the file names already is not run again.
"""

import importlib
import importlib.util
import json
import os
import pathlib
import random
import sys
import unittest


def numpy_version():
    try:
        import numpy
    except ImportError:
        return ""
    return numpy.__version__


def about(suites):
    return {
        "version": sys.version.split()[0] + getattr(sys, "abiflags", ""),
        "minor": sys.version_info[:2],
        "numpy": numpy_version(),
        "suites": [suite for suite in suites if find_suite(suite)],
    }


def find_suite(suite):
    try:
        return importlib.util.find_spec(f"test.{suite}")
    except ImportError:
        return None


def ours():
    """The two stand-ins: for the builtin, and for the module."""
    sys.path[:0] = [
        str(pathlib.Path(os.environ["PYBUF_LIBRARY"]).parent),
        *os.environ["PYBUF_EXTENSIONS"].split(os.pathsep),
    ]
    # The extension is linked with the library, which has to be loaded before.
    view = importlib.import_module("libpybuf").memoryview
    return view, importlib.import_module("testbuffer")


def load(suite, swapped):
    """The suite's own module. Its tests look `memoryview` up in the module before they find the
    builtin, which stays as it is: the interpreter itself needs it."""
    if not swapped:
        return importlib.import_module(f"test.{suite}")
    view, testbuffer = ours()
    sys.modules["_testbuffer"] = testbuffer
    module = importlib.import_module(f"test.{suite}")
    module.memoryview = view
    return module


class Results(unittest.TestResult):
    """Writes down each test as it starts and ends."""

    def __init__(self, file):
        super().__init__()
        self.file = file
        self.outcome = None

    def write(self, **line):
        print(json.dumps(line), file=self.file, flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.outcome = None
        self.write(start=name(test))

    def stopTest(self, test):
        super().stopTest(test)
        outcome, why = self.outcome or ("failed", "it ended with no outcome")
        self.write(end=name(test), outcome=outcome, why=why)

    def settle(self, test, outcome, why=""):
        """The first failure is the outcome; else what is told last."""
        if not self.outcome or self.outcome[0] != "failed":
            self.outcome = (outcome, why)
        if not isinstance(test, unittest.TestCase):
            # The setting up of a class or a module, which no test starts or stops.
            self.write(end=name(test), outcome=outcome, why=why)
            self.outcome = None

    def addSuccess(self, test):
        self.settle(test, "passed")

    def addExpectedFailure(self, test, failure):
        self.settle(test, "passed")

    def addUnexpectedSuccess(self, test):
        self.settle(test, "failed", "an unexpected success")

    def addSkip(self, test, reason):
        # A part of a test may be skipped; the rest says what became of it.
        whole = not hasattr(test, "test_case")
        if whole:
            self.settle(test, "skipped", reason)

    def addFailure(self, test, failure):
        self.settle(test, "failed", self._exc_info_to_string(failure, test))

    addError = addFailure

    def addSubTest(self, test, part, failure):
        if failure:
            self.settle(test, "failed", f"{part}\n{self._exc_info_to_string(failure, test)}")


def name(test):
    return test.id().split("test.", 1)[-1]


def tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def started(results):
    lines = results.read_text().splitlines() if results.exists() else []
    return {json.loads(line).get("start") for line in lines}


def run(suite, swapped, with_numpy, seed, results):
    if not with_numpy:
        sys.modules["numpy"] = None
    random.seed(seed)
    module = load(suite, swapped)
    done = started(results)
    tests = tests_of(unittest.defaultTestLoader.loadTestsFromModule(module))
    left = unittest.TestSuite(test for test in tests if name(test) not in done)
    with open(results, "a", encoding="utf-8") as file:
        left.run(Results(file))


def main():
    if sys.argv[1] == "about":
        print(json.dumps(about(sys.argv[2:])))
        return
    suite, types, numpy, seed, results = sys.argv[2:]
    run(suite, types == "ours", numpy == "with-numpy", int(seed), pathlib.Path(results))


main()
