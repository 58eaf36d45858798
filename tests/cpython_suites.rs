//! CPython's own tests of memoryview, against this library's types, with every CPython of the
//! machine: what runs, and what is not counted, is `python_tests/cpython_suites.py`'s to say.
#![cfg(all(target_os = "linux", feature = "capi", feature = "python"))]

mod common;

use std::process::Command;

use common::{
    Captured, Library, Python, Venv, extensions, pythons, root, run, say, skip, two_at_a_time,
};

/// Fails where one of the suites is not there, which distributions package apart.
const PROBE: &str = "import test.test_buffer, test.test_memoryview";

#[test]
fn cpythons_own_suites_pass() {
    two_at_a_time(pythons(), Python::name, |python| {
        let what = "cpython_suites";
        if !has_suites(python, what) {
            return;
        }
        let Some(venv) = Venv::for_pytest(python, what) else {
            return;
        };
        let Some(extensions) = extensions(python, what, &["testbuffer"]) else {
            return;
        };
        let mut command = Command::new(&venv.python);
        command.arg(root().join("python_tests/cpython_suites.py"));
        command.arg(&venv.python);
        command.env("PYBUF_LIBRARY", &Library::installed().shared);
        command.env("PYBUF_EXTENSIONS", extensions);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        let printed = run(&mut command).stdout;
        // What the suites skip by themselves is long, and the same every day.
        for line in printed
            .lines()
            .filter(|line| !line.starts_with("  skipped"))
        {
            say(&format!("{what}: {line}"));
        }
    });
}

/// Whether this Python comes with its own tests, or a skip of `what`.
fn has_suites(python: &Python, what: &str) -> bool {
    let mut command = Command::new(&python.executable);
    let found = Captured::of(command.args(["-c", PROBE])).status.success();
    if !found {
        let (major, minor) = python.minor;
        skip(
            &format!("{what} with {}", python.name()),
            &format!(
                "it comes without them (Debian: the package libpython{major}.{minor}-testsuite)"
            ),
        );
    }
    found
}
