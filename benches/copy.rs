//! `cargo bench --bench copy`: what copies, transposes and comparisons cost beside memcpy, a
//! streaming copy, NumPy, OpenBLAS, OpenCV and CPython's memoryview, on the same memory; with
//! `-- --all` also beside XLA and Blosc2. `-- --help` lists the options. See
//! `benches/copy/main.py`.
//!
//! The copies have nothing to do with which Python calls them: it runs on one, the newest that
//! the peers have wheels for.

mod common;

use std::env;
use std::path::PathBuf;
use std::process::{self, Command};

use common::tests::{Captured, Python, Venv, kept_dir, pythons, root, say, skip, skip_today};

const WHAT: &str = "the benchmark of copies";

fn main() {
    // Cargo's own mark comes along.
    let arguments: Vec<String> = env::args().skip(1).filter(|one| one != "--bench").collect();
    let Some(python) = pythons().iter().rev().find(|python| has_peers(python)) else {
        return skip(WHAT, "no CPython 3.11 to 3.13 with its module venv here");
    };
    let all = arguments.iter().any(|one| one == "--all");
    let Some(venv) = Venv::for_copies(python, all, WHAT) else {
        return;
    };
    let extensions = ["copy", "view"];
    let Some(mut script) = common::script("copy/main.py", &extensions, python, &venv, WHAT) else {
        return;
    };
    say(&python.name());
    // What a peer allocates for its result is kept by the allocator: nobody pays for fresh pages.
    script
        .args(arguments)
        .env("MALLOC_MMAP_MAX_", "0")
        .env("MALLOC_TRIM_THRESHOLD_", "17179869184")
        // One thread for everybody.
        .env("OPENBLAS_NUM_THREADS", "1")
        .env("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false");
    if all && let Some(crates) = crates() {
        script.env("BENCH_CRATES", crates);
    }
    let status = script.status().expect("an interpreter that starts");
    if !status.success() {
        process::exit(status.code().unwrap_or(1));
    }
}

fn has_peers(python: &Python) -> bool {
    python.venvs && python.abiflags.is_empty() && ((3, 11)..=(3, 13)).contains(&python.minor)
}

/// The shared library over other crates, built here as it is needed nowhere else; or a skip.
fn crates() -> Option<PathBuf> {
    let target = kept_dir("copy-crates");
    let mut build = Command::new(env!("CARGO"));
    build
        .args(["build", "--release", "--quiet", "--manifest-path"])
        .arg(root().join("benches/copy/crates/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target);
    let built = Captured::of(&mut build);
    if !built.status.success() {
        skip_today("strided-perm and ndarray", &built.report());
        return None;
    }
    Some(target.join("release/libcopy_crates.so"))
}
