//! What fuzzing has found worth keeping is run again by every `cargo test`, with the code of
//! the fuzz targets themselves: `fuzz/corpus`, inputs that reach all there is to reach, and
//! `fuzz/regressions`, inputs that once found a bug. `.ci/fuzz` looks for new ones.
#![cfg(feature = "capi")]

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::panic;
use std::path::{Path, PathBuf};

/// Fewer inputs than this are not what fuzzing has left here.
const LEAST: usize = 50;

#[test]
fn layouts() {
    replay("layouts", targets::layouts::check);
}

#[test]
fn requests() {
    replay("requests", targets::requests::check);
}

#[test]
fn operations() {
    replay("operations", targets::operations::check);
}

#[test]
fn arrays() {
    replay("arrays", targets::arrays::check);
}

#[test]
fn copies() {
    replay("copies", targets::copies::check);
}

#[test]
fn formats() {
    replay("formats", targets::formats::check);
}

fn replay(target: &str, check: fn(&[u8])) {
    check(&[]);
    let corpus = inputs("corpus", target);
    assert!(
        corpus.len() >= LEAST,
        "{} inputs in fuzz/corpus/{target}: there should be {LEAST} at least",
        corpus.len()
    );
    for path in corpus.iter().chain(&inputs("regressions", target)) {
        let input = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        // Which input it was is what matters, beside what failed.
        if panic::catch_unwind(|| check(&input)).is_err() {
            panic!("fails for {}", path.display());
        }
    }
}

/// The files of a directory, which is absent where there are none.
fn inputs(kind: &str, target: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz")
        .join(kind)
        .join(target);
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry of a directory").path())
        .collect();
    files.sort();
    files
}
