//! The programs of `examples/` and of the README do what they say.
#![cfg(all(target_os = "linux", feature = "capi", feature = "python"))]

#[path = "../common/mod.rs"]
mod common;
mod readme;
mod recipes;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Library, Venv, files_in, kept_dir, root, run, say, stem};

#[test]
fn the_programs_in_rust_run() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("cargo's target directory");
    for source in files_in(&root().join("examples"), "rs") {
        let name = stem(&source);
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(["run", "--quiet", "--example", &name, "--target-dir"])
            .arg(target);
        run(cargo.current_dir(root()));
        say(&format!("ran examples/{name}.rs"));
    }
}

/// Makes the installed library known to compilers, to the loader and to Python, as if
/// it were installed where they look, and the environment's programs come first.
fn at_home<'c>(command: &'c mut Command, venv: Option<&Venv>) -> &'c mut Command {
    let library = Library::installed();
    command.env("CPATH", &library.include);
    command.env("LIBRARY_PATH", &library.lib);
    command.env("LD_LIBRARY_PATH", &library.lib);
    // What is linked finds the library even where a Python has a loader of its own.
    command.env("LD_RUN_PATH", &library.lib);
    command.env("PYTHONPATH", &library.lib);
    command.env("PYTHONPYCACHEPREFIX", kept_dir("pycache"));
    if let Some(bin) = venv.and_then(|venv| venv.python.parent()) {
        command.env("PATH", before_path(bin));
    }
    command
}

fn before_path(dir: &Path) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::iter::once(PathBuf::from(dir)).chain(std::env::split_paths(&path));
    std::env::join_paths(dirs).expect("directories of PATH")
}
