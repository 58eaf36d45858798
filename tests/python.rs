//! The library in every CPython of the machine: imported as a module, loaded by
//! ctypes, and used by extensions in C (`c_tests/extensions`, `python_tests`).
#![cfg(all(target_os = "linux", feature = "capi", feature = "python"))]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use common::{
    Library, Python, Venv, c_compiler, empty_dir, extensions, kept_dir, pythons, root, run, say,
    two_at_a_time,
};

/// The shared library is the module: nothing but the file on the path is needed.
#[test]
fn the_library_is_a_module() {
    let dir = empty_dir("module");
    fs::copy(&Library::installed().shared, dir.join("libpybuf.so")).expect("a copy of the library");
    let version = env!("CARGO_PKG_VERSION");
    let script = format!(
        "import libpybuf; assert libpybuf.__version__ == '{version}', libpybuf.__version__"
    );
    two_at_a_time(pythons(), Python::name, |python| {
        let mut command = Command::new(&python.executable);
        command
            .args(["-X", "dev", "-c", &script])
            .env("PYTHONPATH", &dir);
        run(&mut command);
    });
}

#[test]
fn pytest_passes() {
    two_at_a_time(pythons(), Python::name, |python| {
        let what = "python_tests";
        let Some(venv) = Venv::for_pytest(python, what) else {
            return;
        };
        let Some(extensions) = extensions(python, what, &[]) else {
            return;
        };
        let (counts, skipped) = pytest(python, &venv, &extensions, failing_malloc());
        for reason in skipped {
            say(&format!("SKIPPED: {} with {}", reason, python.name()));
        }
        say(&format!("{what} with {}: {counts}", python.name()));
    });
}

/// Runs all of `python_tests`; returns pytest's counts, and what it has skipped.
fn pytest(
    python: &Python,
    venv: &Venv,
    extensions: &Path,
    failing_malloc: &Path,
) -> (String, Vec<String>) {
    let mut command = Command::new(&venv.python);
    // Development mode: freed and uninitialised memory shows, and so do files left open.
    command.args(["-X", "dev", "-m", "pytest"]);
    command.args([
        "-q",
        "-rs",
        "--tb=short",
        "--maxfail=20",
        "--color=no",
        "-p",
        "no:cacheprovider",
        "python_tests",
    ]);
    command.current_dir(root());
    command.env("PYBUF_LIBRARY", &Library::installed().shared);
    command.env("PYBUF_EXTENSIONS", extensions);
    command.env("PYBUF_FAILING_MALLOC", failing_malloc);
    let (first, count) = sequences_of(python);
    command.env("PYBUF_FIRST_SEQUENCE", first.to_string());
    command.env("PYBUF_SEQUENCES", count.to_string());
    command.env("PYTHONPYCACHEPREFIX", kept_dir("pycache"));
    let captured = run(&mut command);
    let counts = captured
        .stdout
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned();
    assert!(
        counts.contains(" passed"),
        "pytest ran nothing: {}",
        captured.report()
    );
    let lines = captured.stdout.lines();
    let skipped = lines
        .filter_map(|line| line.strip_prefix("SKIPPED "))
        .map(str::to_owned);
    (counts, skipped.collect())
}

/// How many sequences of operations on views are compared with CPython's (`test_view_sequences.py`)
/// in a run, which the Pythons share: each does others.
const SEQUENCES: usize = 200_000;

/// The number of a Python's first sequence, and how many it does.
fn sequences_of(python: &Python) -> (usize, usize) {
    let place = pythons().iter().position(|it| std::ptr::eq(it, python));
    let count = SEQUENCES.div_ceil(pythons().len());
    (count * place.expect("one of the Pythons"), count)
}

/// A malloc that fails when it is told to, built once: it knows no Python.
fn failing_malloc() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let file = empty_dir("failing-malloc").join("libfailing_malloc.so");
        let compiler = c_compiler("a failing malloc").expect("the compiler of the extensions");
        let mut command = compiler.command();
        command.args(["-shared", "-fPIC"]);
        command.arg(root().join("c_tests/failing_malloc.c"));
        run(command.arg("-o").arg(&file));
        file
    })
}
