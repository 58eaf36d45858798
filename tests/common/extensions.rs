//! The extensions of `c_tests/extensions`, built for one Python.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{
    Compiler, Directives, Library, Linking, Python, c_compiler, empty_dir, files_in, root, run,
    stem,
};

/// The first limited API with buffers, and the first CPython to run it.
const LIMITED_API: (&str, (u32, u32)) = ("-DPy_LIMITED_API=0x030b0000", (3, 11));

/// Builds the extensions with these names, all if there are none, for one Python; the directory
/// they are in, or a skip of `what`, which has that directory to itself.
pub fn extensions(python: &Python, what: &str, names: &[&str]) -> Option<PathBuf> {
    let compiler = c_compiler(what)?;
    let headers = python.headers(what)?;
    let dir = empty_dir(&format!("extensions-{what}-{}", python.key()));
    let limited = dir.join("limited");
    fs::create_dir(&limited).expect("a directory for extensions");
    let mut sources = files_in(&root().join("c_tests/extensions"), "c");
    sources.retain(|source| names.is_empty() || names.contains(&stem(source).as_str()));
    assert!(
        sources.len() >= names.len().max(1),
        "extensions are missing: {names:?}"
    );
    for source in &sources {
        let file = dir.join(format!("{}{}", stem(source), python.suffix));
        run(&mut extension(&compiler, headers, source, &file, &[]));
        let (flag, since) = LIMITED_API;
        if Directives::of(source).has("limited")
            && python.minor >= since
            && python.has_limited_api()
        {
            let file = limited.join(format!("{}.abi3.so", stem(source)));
            run(&mut extension(&compiler, headers, source, &file, &[flag]));
        }
    }
    Some(dir)
}

/// The command that makes one extension module.
fn extension(
    compiler: &Compiler,
    headers: &[PathBuf],
    source: &Path,
    file: &Path,
    flags: &[&str],
) -> Command {
    let library = Library::installed();
    let directives = Directives::of(source);
    let mut command = compiler.command();
    command.args(["-shared", "-fPIC", "-pthread"]).args(flags);
    command
        .arg("-I")
        .arg(&library.include)
        .arg("-I")
        .arg(root().join("c_tests"));
    for dir in headers {
        // Warnings in Python's own headers are no affair of ours.
        command.arg("-isystem").arg(dir);
    }
    command.arg(source).arg("-o").arg(file);
    let linking = if directives.has("static") {
        Linking::Static
    } else {
        Linking::Shared
    };
    linking.apply(&mut command, library);
    command.args(directives.arguments("libs"));
    command
}
