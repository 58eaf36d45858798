//! The models of threads (`models.rs` beside what they model): what two or three threads do to
//! the same handle, export or queue is run in every order, and with every value that the memory
//! orderings allow to be read.
//!
//! They are unit tests of a build of their own, where the library's atomics are loom's
//! (`src/sync.rs`): `RUSTFLAGS="--cfg loom" cargo test --release --lib models::`.
#![cfg(target_os = "linux")]

mod common;

use std::env;
use std::process::Command;

use common::{kept_dir, root, run, say};

#[test]
fn the_models_hold() {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["test", "--quiet", "--locked", "--release", "--lib"]);
    command.args(["--", "models::"]);
    command.current_dir(root());
    command.env("RUSTFLAGS", "--cfg loom");
    command.env_remove("CARGO_ENCODED_RUSTFLAGS");
    command.env_remove("CARGO_BUILD_TARGET");
    command.env("CARGO_TARGET_DIR", kept_dir("models"));
    let captured = run(&mut command);
    let lines = captured.stdout.lines();
    let result = lines
        .filter_map(|line| line.strip_prefix("test result: ok. "))
        .next();
    let Some(result) = result.filter(|result| !result.starts_with("0 passed")) else {
        panic!("no model was run: {}", captured.report());
    };
    say(&format!("models of threads: {result}"));
}
