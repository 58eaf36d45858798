//! What this machine lacks: said by name, and a failure where everything has to
//! be there.

use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

/// A line that is seen even when its test passes: the test harness swallows
/// what `eprintln!` prints, and not what is written to the stream itself.
pub fn say(line: &str) {
    // One write, so that lines of several threads stay whole. A closed stderr
    // is nobody who could be told.
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Says that something is not checked for want of a thing, and what would bring
/// the thing here. In CI (`CI=true`) and where `PYBUF_REQUIRE_ALL=1` says that
/// all is installed, it fails instead.
pub fn skip(what: &str, lacking: &str) {
    if requires_all() {
        panic!("{what}: {lacking} (CI or PYBUF_REQUIRE_ALL is set: nothing may be missing)");
    }
    say(&format!("SKIPPED: {what}: {lacking}"));
}

/// Says that something is not checked because the mirror of the day lacks a thing,
/// which nobody here can mend: it fails nowhere. `.ci/run` repeats at its end what
/// it finds in the file that `PYBUF_CI_SKIPS` names.
pub fn skip_today(what: &str, lacking: &str) {
    say(&format!("SKIPPED: {what}: {lacking}"));
    let Some(list) = env::var_os("PYBUF_CI_SKIPS") else {
        return;
    };
    let open = File::options().create(true).append(true).open(&list);
    open.and_then(|mut file| file.write_all(format!("{what}: {lacking}\n").as_bytes()))
        .unwrap_or_else(|e| panic!("cannot write {}: {e}", list.display()));
}

fn requires_all() -> bool {
    ["CI", "PYBUF_REQUIRE_ALL"]
        .iter()
        .any(|name| env::var(name).is_ok_and(|value| value == "true" || value == "1"))
}

/// The path of a program on PATH, or a skip of `what`.
pub fn tool(name: &str, what: &str) -> Option<PathBuf> {
    let found = on_path(name);
    if found.is_none() {
        skip(what, &format!("no {name} on PATH"));
    }
    found
}

/// The path of a program on PATH.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| file.is_file())
}
