"""CPython's own tests of memoryview, run against the types of this library.

    cpython_suites.py PYTHON...

For each interpreter: its own, unmodified Lib/test/test_buffer.py and test_memoryview.py with
`libpybuf.memoryview` in the place of the builtin, and with the extension `testbuffer`
(c_tests/extensions), which is written with this library's C API, in the place of `_testbuffer`.
Where things are is said as for pytest (conftest.py):

    PYBUF_LIBRARY       the shared library; its directory is importable
    PYBUF_EXTENSIONS    the directory with the built extension `testbuffer`; or several, for
                        several interpreters, with colons between them
    PYBUF_SUITES_SEED   a number, to repeat a run; a run that fails says its own

A line for each interpreter and suite says how many tests ran, passed, were skipped and failed;
below it every test that is not counted is named, with the reason:

  * the suite skips it by itself, with CPython's types too;
  * it fails with CPython's own types too, in a run of the same suite without anything swapped;
  * it is on the list below: it tests a builtin itself.

The exit code is 1 when any other test failed, when a test ended or stopped the interpreter, or when
nothing ran. `cargo test` does all this on every CPython of the machine (tests/cpython_suites.rs).
"""

import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile

SUITES = ["test_buffer", "test_memoryview"]

# Seconds that a suite may take: many times what it takes in a debug build.
PATIENCE = 600

# A suite is started again behind a test that has ended the interpreter; so many times.
CRASHES = 20

# Tests of builtins themselves: name, the first version that has it, why it cannot pass. One that
# does pass, or that fails for another reason than this, has no business here.
PROTOCOL = "test_buffer.TestPythonBufferProtocol"
OF_BUILTINS = {
    f"{PROTOCOL}.test_basic": (
        "bytes() takes what a __buffer__ in Python returns only if it is a builtin memoryview"
    ),
    f"{PROTOCOL}.test_release_buffer_with_exception_set": (
        "bytearray.extend() takes what a __buffer__ in Python returns only if it is a builtin memoryview"
    ),
    f"{PROTOCOL}.test_c_buffer": (
        "the __buffer__ of a type of _testcapi makes a builtin memoryview, and nothing else"
    ),
}

CHILD = pathlib.Path(__file__).with_name("suite_child.py")

Outcome = collections.namedtuple("Outcome", "outcome why")


class Interpreter:
    def __init__(self, executable):
        self.executable = executable
        said = subprocess.run(
            [executable, str(CHILD), "about", *SUITES],
            stdout=subprocess.PIPE,
            check=True,
            universal_newlines=True,
            timeout=PATIENCE,
        )
        about = json.loads(said.stdout)
        self.name = f"CPython {about['version']}"
        self.suites = about["suites"]
        # Up to 3.11 test_buffer calls tostring(), which NumPy 2 has no longer.
        old_suites, new_numpy = tuple(about["minor"]) <= (3, 11), not about["numpy"].startswith("1.")
        self.hides_numpy = bool(about["numpy"]) and old_suites and new_numpy

    def run(self, suite, types, seed):
        """What became of the tests, by name, with CPython's types or with ours."""
        numpy = "without-numpy" if self.hides_numpy else "with-numpy"
        outcomes = {}
        with tempfile.TemporaryDirectory() as scratch:
            results = pathlib.Path(scratch, "results")
            arguments = ["run", suite, types, numpy, str(seed), str(results)]
            for _ in range(CRASHES):
                ended = self.start(arguments, scratch)
                before = len(outcomes)
                outcomes = {**read(results, ended), **outcomes}
                if not ended or len(outcomes) == before:
                    break
        if ended:
            outcomes[f"{suite}, the whole of it"] = Outcome("failed", ended)
        return outcomes

    def start(self, arguments, scratch):
        """Runs the tests that have not run yet; says how that ended, where it did not end well."""
        command = [self.executable, "-X", "dev", str(CHILD), *arguments]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        with tempfile.TemporaryFile() as printed:
            try:
                code = subprocess.run(
                    command, cwd=scratch, env=environment, timeout=PATIENCE, stdout=printed, stderr=printed
                ).returncode
            except subprocess.TimeoutExpired:
                return f"it was stopped after {PATIENCE} seconds"
            if code == 0:
                return ""
            printed.seek(0)
            output = printed.read().decode(errors="replace")
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"the interpreter ended with {how}\n{output[-4000:]}"


def read(results, ended):
    """What a file of results says. A test that has not ended took the interpreter with it."""
    outcomes = {}
    for line in results.read_text(encoding="utf-8").splitlines() if results.exists() else []:
        said = json.loads(line)
        if "start" in said:
            outcomes[said["start"]] = Outcome("failed", ended)
        else:
            outcomes[said["end"]] = Outcome(said["outcome"], said["why"])
    return outcomes


def judge(test, ours, own):
    """How a test is counted: "passed", "skipped" or "failed", or as what it is not; and why."""
    if ours.outcome == "skipped":
        if own.outcome == "skipped":
            return "skipped", ours.why
        return "failed", f"skipped with our types only: {ours.why}"
    if ours.outcome == "passed":
        if test in OF_BUILTINS:
            return "failed", "it passes, and is on the list of tests of builtins: take it off"
        return "passed", ""
    if own.outcome == "failed":
        return "not counted", f"fails with CPython's own types: {last_line(own.why)}"
    if test in OF_BUILTINS:
        return "not counted", f"tests a builtin: {OF_BUILTINS[test]} ({last_line(ours.why)})"
    return "failed", ours.why


def last_line(text):
    return text.strip().splitlines()[-1] if text.strip() else ""


def look_at(interpreter, suite, seed):
    """Runs one suite both ways and prints what came out; whether all is well."""
    own = interpreter.run(suite, "own", seed)
    ours = interpreter.run(suite, "ours", seed)
    nothing = Outcome("", "")
    for test in own.keys() - ours.keys():
        if own[test].outcome != "failed":
            ours[test] = Outcome("failed", "it ran with CPython's own types only")
    judged = {test: judge(test, outcome, own.get(test, nothing)) for test, outcome in ours.items()}
    counts = collections.Counter(how for how, _ in judged.values())
    parts = [f"{counts[how]} {how}" for how in ("passed", "skipped", "failed", "not counted")]
    without = " without NumPy, which is too new for it" if interpreter.hides_numpy else ""
    print(f"{interpreter.name}, {suite}{without}: {len(judged)} ran, {', '.join(parts)}")
    tell(suite, judged)
    return counts["passed"] > 0 and counts["failed"] == 0


def tell(suite, judged):
    """Names all tests that did not pass; those with one reason together."""
    together = collections.defaultdict(list)
    for test, verdict in sorted(judged.items()):
        together[verdict].append(test.split(f"{suite}.", 1)[-1])
    for (how, why), tests in sorted(together.items()):
        if how == "failed":
            print(f"  FAILED: {', '.join(tests)}")
            print("\n".join(f"    {line}" for line in why.rstrip().splitlines()))
        elif how != "passed":
            print(f"  {how}, {why}: {', '.join(tests)}")


def main():
    executables = sys.argv[1:]
    if not executables or {"PYBUF_LIBRARY", "PYBUF_EXTENSIONS"} - os.environ.keys():
        sys.exit(__doc__)
    seed = int(os.environ.get("PYBUF_SUITES_SEED") or random.randrange(1 << 32))
    well = True
    for executable in executables:
        interpreter = Interpreter(executable)
        for suite in SUITES:
            if suite in interpreter.suites:
                well &= look_at(interpreter, suite, seed)
            else:
                print(f"{interpreter.name}, {suite}: it comes without this suite, nothing ran")
                well = False
            sys.stdout.flush()
    if not well:
        sys.exit(f"not all is well; PYBUF_SUITES_SEED={seed} repeats this run")


if __name__ == "__main__":
    main()
