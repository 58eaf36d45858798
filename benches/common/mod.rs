//! What the benchmarks share: each is a Python script, and a C extension that it times where there
//! is one. Most run on every CPython 3.11 and 3.13 of the machine (Debian's is an optimised build,
//! pyenv's is not). Figures and ratios; a goal that is missed fails nothing.

// Every benchmark compiles this file and uses a part of it.
#![allow(dead_code)]

#[path = "../../tests/common/mod.rs"]
pub mod tests;

use std::env;
use std::path::PathBuf;
use std::process::Command;

use tests::{Library, Linking, Python, Venv, c_compiler, kept_dir, pythons, root, run, say};

/// Runs `benches/NAME.py`, which finds the library as a module, and `benches/NAME.c`, if there is
/// such a file, as the extension `bench_NAME`.
pub fn on_each_python(name: &str) {
    for python in pythons() {
        if matches!(python.minor, (3, 11) | (3, 13)) {
            bench(name, python);
        }
    }
}

fn bench(name: &str, python: &Python) {
    let what = "the benchmark";
    let Some(venv) = Venv::for_pytest(python, what) else {
        return;
    };
    let has_extension = root().join(format!("benches/{name}.c")).is_file();
    let extensions = if has_extension { &[name][..] } else { &[] };
    if let Some(mut script) = script(&format!("{name}.py"), extensions, python, &venv, what) {
        say(&python.name());
        say(&run(&mut script).stdout);
    }
}

/// A script of `benches/`, to be run where it finds the library and these extensions; or a skip.
pub fn script(
    file: &str,
    extensions: &[&str],
    python: &Python,
    venv: &Venv,
    what: &str,
) -> Option<Command> {
    let mut modules = vec![Library::installed().lib.clone()];
    for name in extensions {
        modules.push(extension(name, python, what)?);
    }
    let mut script = Command::new(&venv.python);
    script
        .arg(root().join("benches").join(file))
        .env("PYTHONPATH", env::join_paths(modules).expect("paths"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // Cargo's own names a directory in which an older library may lie.
        .env_remove("LD_LIBRARY_PATH");
    Some(script)
}

/// The directory with the built extension, or a skip.
fn extension(name: &str, python: &Python, what: &str) -> Option<PathBuf> {
    let source = root().join(format!("benches/{name}.c"));
    let compiler = c_compiler(what)?;
    let headers = python.headers(what)?;
    let library = Library::installed();
    let dir = kept_dir(&format!("bench-{}", python.key()));
    let mut command = compiler.command();
    command
        .args(["-O2", "-shared", "-fPIC", "-D_POSIX_C_SOURCE=200809L"])
        .arg("-I")
        .arg(&library.include);
    for include in headers {
        command.arg("-isystem").arg(include);
    }
    command
        .arg(source)
        .arg("-o")
        .arg(dir.join(format!("bench_{name}{}", python.suffix)));
    run(Linking::Shared.apply(&mut command, library));
    Some(dir)
}
