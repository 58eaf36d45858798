//! What the compiled library calls.
//!
//! Clippy refuses by name what would end the process where no memory is left, and sees
//! nothing behind a trait: `clone` may be a vector's, `into` a string's. The compiled
//! code tells: there is no way to an allocation that cannot fail but through one of a
//! few functions of the standard library.
//!
//! That holds without optimisation. A release is optimised as a whole: the standard
//! library is then in the same object, with calls of its own.
#![cfg(all(target_os = "linux", debug_assertions))]

use std::process::Command;

use crate::common::{profile_dir, run, tool};

/// Parts of the names of functions that end the process, or call one that does.
const FATAL: [&str; 7] = [
    "handle_alloc_error",
    "handle_error",
    "capacity_overflow",
    "do_reserve_and_handle",
    "7reserve",
    "grow_one",
    "to_string_lossy",
];

#[test]
fn it_calls_nothing_that_ends_the_process() {
    let Some(nm) = tool("nm", "what the compiled library calls") else {
        return;
    };
    let library = profile_dir().join("deps").join("libpybuf.rlib");
    let called = run(Command::new(nm).arg("--undefined-only").arg(&library)).stdout;
    assert!(called.contains("try_reserve"), "no list: {called}");
    let fatal = |line: &&str| FATAL.iter().any(|name| line.contains(name));
    let fatal: Vec<&str> = called.lines().filter(fatal).collect();
    assert!(fatal.is_empty(), "{fatal:#?}");
}
