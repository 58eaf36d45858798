//! What the benchmarks share: each is a C extension and a Python script that times it, run on
//! every CPython 3.11 and 3.13 of the machine (Debian's is an optimised build, pyenv's is not).
//! Figures and ratios, no judgement.

#[path = "../../tests/common/mod.rs"]
mod tests;

use std::process::Command;

use tests::{Library, Linking, Python, Venv, c_compiler, kept_dir, pythons, root, run, say};

/// Builds `benches/NAME.c` as the extension `bench_NAME`, and runs `benches/NAME.py` with it.
pub fn on_each_python(name: &str) {
    for python in pythons() {
        if matches!(python.minor, (3, 11) | (3, 13)) {
            bench(name, python);
        }
    }
}

fn bench(name: &str, python: &Python) {
    let what = "the benchmark";
    let (Some(compiler), Some(headers), Some(venv)) = (
        c_compiler(what),
        python.headers(what),
        Venv::for_pytest(python, what),
    ) else {
        return;
    };
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
        .arg(root().join(format!("benches/{name}.c")))
        .arg("-o")
        .arg(dir.join(format!("bench_{name}{}", python.suffix)));
    run(Linking::Shared.apply(&mut command, library));

    let mut script = Command::new(&venv.python);
    script
        .arg(root().join(format!("benches/{name}.py")))
        .env("PYTHONPATH", &dir)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // Cargo's own names a directory in which an older library may lie.
        .env_remove("LD_LIBRARY_PATH");
    say(&python.name());
    say(&run(&mut script).stdout);
}
