//! The library in every CPython of the machine: imported as a module, loaded by
//! ctypes, and used by extensions in C (`c_tests/extensions`, `python_tests`).
#![cfg(all(target_os = "linux", feature = "capi", feature = "python"))]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use common::{
    Compiler, Directives, Library, Linking, Python, Venv, c_compiler, empty_dir, files_in,
    kept_dir, pythons, root, run, say, stem, two_at_a_time,
};

/// The first limited API with buffers, and the first CPython to run it.
const LIMITED_API: (&str, (u32, u32)) = ("-DPy_LIMITED_API=0x030b0000", (3, 11));

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
        let Some(extensions) = extensions(python, what) else {
            return;
        };
        let (counts, skipped) = pytest(&venv, &extensions, failing_malloc());
        for reason in skipped {
            say(&format!("SKIPPED: {} with {}", reason, python.name()));
        }
        say(&format!("{what} with {}: {counts}", python.name()));
    });
}

/// Runs all of `python_tests`; returns pytest's counts, and what it has skipped.
fn pytest(venv: &Venv, extensions: &Path, failing_malloc: &Path) -> (String, Vec<String>) {
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

/// Builds `c_tests/extensions` for one Python; the directory they are in, or a skip.
fn extensions(python: &Python, what: &str) -> Option<PathBuf> {
    let compiler = c_compiler(what)?;
    let headers = python.headers(what)?;
    let dir = empty_dir(&format!("extensions-{}", python.key()));
    let limited = dir.join("limited");
    fs::create_dir(&limited).expect("a directory for extensions");
    let sources = files_in(&root().join("c_tests/extensions"), "c");
    assert!(!sources.is_empty(), "no extensions");
    for source in &sources {
        let file = dir.join(format!("{}{}", stem(source), python.suffix));
        run(&mut extension(&compiler, headers, source, &file, &[]));
        let (flag, since) = LIMITED_API;
        if Directives::of(source).has("limited")
            && python.minor >= since
            && python.has_limited_api()
        {
            let file = limited.join(format!("{}.abi3.so", stem(source)));
            run(&mut extension(&compiler, headers, source, &file, &[flag]));
        }
    }
    Some(dir)
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

/// The command that makes one extension module.
fn extension(
    compiler: &Compiler,
    headers: &[PathBuf],
    source: &Path,
    file: &Path,
    flags: &[&str],
) -> Command {
    let library = Library::installed();
    let directives = Directives::of(source);
    let mut command = compiler.command();
    command.args(["-shared", "-fPIC", "-pthread"]).args(flags);
    command
        .arg("-I")
        .arg(&library.include)
        .arg("-I")
        .arg(root().join("c_tests"));
    for dir in headers {
        // Warnings in Python's own headers are no affair of ours.
        command.arg("-isystem").arg(dir);
    }
    command.arg(source).arg("-o").arg(file);
    let linking = if directives.has("static") {
        Linking::Static
    } else {
        Linking::Shared
    };
    linking.apply(&mut command, library);
    command.args(directives.arguments("libs"));
    command
}
