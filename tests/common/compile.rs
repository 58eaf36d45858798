//! The compilers of the machine.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::missing::on_path;
use super::{Library, NATIVE_STATIC_LIBS, run, skip};

/// A compiler and the flags every file of ours has to bear: the standard the
/// header promises, no extensions, no warnings.
#[derive(Debug, Clone)]
pub struct Compiler {
    /// The program, and whatever `$CC` or `$CXX` adds to it.
    command: Vec<String>,
    flags: &'static [&'static str],
}

/// How a program or an extension is linked with the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linking {
    /// With `libpybuf.so`, found again by its path.
    Shared,
    /// With `libpybuf.a`, of which nothing is exported on.
    Static,
}

const C_FLAGS: &[&str] = &["-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror", "-g"];
const CPP_FLAGS: &[&str] = &[
    "-std=c++17",
    "-Wall",
    "-Wextra",
    "-pedantic",
    "-Werror",
    "-g",
];

/// `$CC`, or the first of gcc, cc and clang; or a skip of `what`.
pub fn c_compiler(what: &str) -> Option<Compiler> {
    find("CC", &["gcc", "cc", "clang"], C_FLAGS, what)
}

/// `$CXX`, or the first of g++, c++ and clang++; or a skip of `what`.
pub fn cpp_compiler(what: &str) -> Option<Compiler> {
    find("CXX", &["g++", "c++", "clang++"], CPP_FLAGS, what)
}

fn find(
    variable: &str,
    names: &[&str],
    flags: &'static [&'static str],
    what: &str,
) -> Option<Compiler> {
    let chosen = env::var(variable).unwrap_or_default();
    let mut command: Vec<String> = chosen.split_whitespace().map(str::to_owned).collect();
    if command.is_empty() {
        let Some(name) = names.iter().find(|name| on_path(name).is_some()) else {
            skip(
                what,
                &format!(
                    "no {} on PATH, and ${variable} names none",
                    names.join(", ")
                ),
            );
            return None;
        };
        command.push((*name).to_owned());
    }
    Some(Compiler { command, flags })
}

/// The compiler that belongs to the cargo that runs this test.
pub fn rustc() -> PathBuf {
    let beside_cargo = env::var_os("CARGO").map(|cargo| Path::new(&cargo).with_file_name("rustc"));
    beside_cargo
        .filter(|rustc| rustc.is_file())
        .unwrap_or_else(|| "rustc".into())
}

impl Compiler {
    /// A command with the flags of the language; what to compile and where to is
    /// the caller's.
    pub fn command(&self) -> Command {
        let mut command = self.bare_command();
        command.args(self.flags);
        command
    }

    /// The compiler alone.
    pub fn bare_command(&self) -> Command {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]);
        command
    }

    /// Whether the compiler accepts a flag when it makes a whole program.
    pub fn takes(&self, flag: &str, scratch: &Path) -> bool {
        let source = scratch.join("empty.c");
        std::fs::write(&source, "int main(void) { return 0; }\n").expect("a source file");
        let mut command = self.bare_command();
        command
            .arg(flag)
            .arg(&source)
            .arg("-o")
            .arg(scratch.join("empty"));
        super::Captured::of(&mut command).status.success()
    }
}

impl Linking {
    /// Adds what links the library to a command that ends in its sources.
    pub fn apply<'c>(self, command: &'c mut Command, library: &Library) -> &'c mut Command {
        match self {
            Linking::Shared => {
                let mut found_again = std::ffi::OsString::from("-Wl,-rpath,");
                found_again.push(&library.lib);
                command
                    .arg("-L")
                    .arg(&library.lib)
                    .arg("-lpybuf")
                    .arg(found_again)
            }
            Linking::Static => command
                .arg(&library.archive)
                .arg("-Wl,--exclude-libs,ALL")
                .args(NATIVE_STATIC_LIBS),
        }
    }
}
