//! Races on Pythons without a GIL: `python_tests/stress.py` in a library that lets other threads
//! run wherever that would hurt, and of whose protections one at a time can be taken away
//! (`src/stress.rs`). With all of them it passes; without any one it does not, so it would
//! see if one of them were missing.
#![cfg(all(target_os = "linux", feature = "capi", feature = "python"))]

mod common;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Captured, Python, kept_dir, pythons, root, run, say, skip_today};

const SCENARIOS: [&str; 5] = [
    "memory_that_grows",
    "undisturbed",
    "references",
    "late_releases",
    "views",
];

/// Names of `src/stress.rs`, and the scenario that fails without each.
const PROTECTIONS: [(&str, &str); 10] = [
    ("References", "references"),
    ("Exchange", "memory_that_grows"),
    ("Pins", "memory_that_grows"),
    ("Changes", "memory_that_grows"),
    ("Undisturbed", "undisturbed"),
    ("Home", "memory_that_grows"),
    ("Queue", "late_releases"),
    ("References", "views"),
    ("Pins", "views"),
    ("Exchange", "views"),
];

const SECONDS: &str = "1.5";

/// How often a scenario has to pass.
const PASSES: usize = 3;

/// How often chance may hide that a protection is missing.
const TRIES: usize = 8;

#[test]
fn races_do_no_harm_and_would_without_any_protection() {
    let free: Vec<&Python> = pythons()
        .iter()
        .filter(|it| it.is_free_threaded())
        .collect();
    if free.is_empty() {
        return skip_today("races without a GIL", "no free-threaded CPython here");
    }
    let library = library();
    for python in free {
        for scenario in SCENARIOS {
            for _ in 0..PASSES {
                run(&mut stress(python, &library, scenario));
            }
        }
        for (protection, scenario) in PROTECTIONS {
            let failed = (0..TRIES).find_map(|_| {
                let mut command = stress(python, &library, scenario);
                let captured = Captured::of(command.env("PYBUF_WITHOUT", protection));
                (!captured.status.success()).then_some(captured)
            });
            let Some(failed) = failed else {
                panic!("{scenario} passes without {protection}, {TRIES} times");
            };
            say(&format!(
                "{scenario} without {protection}: {}",
                failed.status
            ));
        }
        say(&format!("races: stress passes with {}", python.name()));
    }
}

/// The library that gives way, in a directory of its own.
fn library() -> PathBuf {
    let dir = kept_dir("yields");
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--quiet", "--locked", "--lib"]);
    command.current_dir(root());
    command.env("RUSTFLAGS", "--cfg pybuf_yields");
    command.env_remove("CARGO_ENCODED_RUSTFLAGS");
    command.env_remove("CARGO_BUILD_TARGET");
    command.env("CARGO_TARGET_DIR", &dir);
    run(&mut command);
    dir.join("debug/libpybuf.so")
}

fn stress(python: &Python, library: &Path, scenario: &str) -> Command {
    let mut command = Command::new(&python.executable);
    // A warning would be that the library has brought the GIL back.
    command.args(["-W", "error"]);
    command.arg(root().join("python_tests/stress.py"));
    command.args([scenario, SECONDS]);
    command.env("PYBUF_LIBRARY", library);
    command.env("PYTHONPATH", library.parent().expect("a directory"));
    command.env("PYTHONPYCACHEPREFIX", kept_dir("pycache"));
    // What is freed is overwritten, so that nobody reads it as it was.
    command.env("MALLOC_PERTURB_", "165");
    command.env_remove("PYTHON_GIL");
    command
}
