//! What the integration tests share: the Pythons, compilers and tools of the
//! machine, the library just built, and one rule for whatever is not there.
//!
//! A thing the machine lacks is a named skip (`missing`), one that is there and
//! does not work is a failure everywhere. What is made for the tests is kept
//! under cargo's directory for it, `target/tmp`.

// Every test program compiles these files and uses a part of them.
#![allow(dead_code, unused_imports)]

mod command;
mod compile;
mod directives;
mod extensions;
mod library;
mod lock;
mod missing;
mod parallel;
mod pythons;
mod venv;

pub use command::{Captured, run};
pub use compile::{Compiler, Linking, c_compiler, cpp_compiler, rustc};
pub use directives::Directives;
pub use extensions::extensions;
pub use library::{Library, NATIVE_STATIC_LIBS, profile_dir};
pub use lock::Lock;
pub use missing::{say, skip, skip_today, tool};
pub use parallel::two_at_a_time;
pub use pythons::{Python, pythons};
pub use venv::{Venv, libclang_dir};

use std::fs;
use std::path::{Path, PathBuf};

/// The checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A directory of this name for what tests make, kept from run to run.
pub fn kept_dir(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&dir).unwrap_or_else(|e| panic!("cannot make {}: {e}", dir.display()));
    dir
}

/// The same, empty. Each test that asks for one uses a name of its own.
pub fn empty_dir(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if dir.exists() {
        fs::remove_dir_all(&dir).unwrap_or_else(|e| panic!("cannot empty {}: {e}", dir.display()));
    }
    kept_dir(name)
}

/// The files of a directory with this extension, in the order of their names.
pub fn files_in(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(dir).unwrap_or_else(|e| panic!("cannot list {}: {e}", dir.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry of a directory").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

/// The file's name without directories and extension.
pub fn stem(path: &Path) -> String {
    let stem = path
        .file_stem()
        .unwrap_or_else(|| panic!("no file name: {}", path.display()));
    stem.to_string_lossy().into_owned()
}
