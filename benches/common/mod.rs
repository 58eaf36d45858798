//! What the benchmarks share: each is a Python script, and a C extension that it times where there
//! is one, run on every CPython 3.11 and 3.13 of the machine (Debian's is an optimised build,
//! pyenv's is not). Figures and ratios; a goal that is missed fails nothing.

#[path = "../../tests/common/mod.rs"]
mod tests;

use std::env;
use std::path::{Path, PathBuf};
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
    let mut modules = vec![Library::installed().lib.clone()];
    let source = root().join(format!("benches/{name}.c"));
    if source.is_file() {
        let Some(dir) = extension(&source, name, python, what) else {
            return;
        };
        modules.push(dir);
    }

    let mut script = Command::new(&venv.python);
    script
        .arg(root().join(format!("benches/{name}.py")))
        .env("PYTHONPATH", env::join_paths(modules).expect("paths"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // Cargo's own names a directory in which an older library may lie.
        .env_remove("LD_LIBRARY_PATH");
    say(&python.name());
    say(&run(&mut script).stdout);
}

/// The directory with the built extension, or a skip.
fn extension(source: &Path, name: &str, python: &Python, what: &str) -> Option<PathBuf> {
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
