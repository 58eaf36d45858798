//! `cargo bench --bench lend`: what lending costs beside CPython's own exporters, on every
//! CPython 3.11 and 3.13 of the machine (Debian's is an optimised build, pyenv's is not).
//! Figures and ratios, no judgement: see `benches/lend.py`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::process::Command;

use common::{Library, Linking, Python, Venv, c_compiler, kept_dir, pythons, root, say};

fn main() {
    for python in pythons() {
        if matches!(python.minor, (3, 11) | (3, 13)) {
            bench(python);
        }
    }
}

fn bench(python: &Python) {
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
        .arg(root().join("benches/lend.c"))
        .arg("-o")
        .arg(dir.join(format!("bench_lend{}", python.suffix)));
    common::run(Linking::Shared.apply(&mut command, library));

    let mut script = Command::new(&venv.python);
    script
        .arg(root().join("benches/lend.py"))
        .env("PYTHONPATH", &dir)
        // Cargo's own names a directory in which an older library may lie.
        .env_remove("LD_LIBRARY_PATH");
    say(&python.name());
    say(&common::run(&mut script).stdout);
}
