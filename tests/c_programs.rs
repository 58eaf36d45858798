//! The C programs of `c_tests/programs`, which know no Python: linked in both ways,
//! and again where every wrong access and every leak is an error.
#![cfg(all(target_os = "linux", feature = "capi", feature = "python"))]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{
    Captured, Compiler, Directives, Library, Linking, c_compiler, empty_dir, files_in, root, run,
    say, skip, stem, tool, two_at_a_time,
};

/// Memory errors and undefined behaviour end a program.
const SANITIZERS: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/// What valgrind counts as an error: bad accesses, and memory that nothing (or
/// nothing but a pointer into its middle) leads to at the end.
const VALGRIND: [&str; 5] = [
    "--quiet",
    "--leak-check=full",
    "--show-leak-kinds=definite,indirect,possible",
    "--errors-for-leak-kinds=definite,indirect,possible",
    "--error-exitcode=99",
];

#[test]
fn with_the_shared_library() {
    let what = "C programs with the shared library";
    if let Some(compiler) = c_compiler(what) {
        let programs = Programs {
            compiler,
            linking: Linking::Shared,
            flags: &[],
        };
        programs.all(what, "c-shared", Command::new);
    }
}

#[test]
fn with_the_static_library() {
    let what = "C programs with the static library";
    if let Some(compiler) = c_compiler(what) {
        let programs = Programs {
            compiler,
            linking: Linking::Static,
            flags: &[],
        };
        programs.all(what, "c-static", Command::new);
    }
}

#[test]
fn with_the_static_library_and_sanitizers() {
    let what = "C programs under the address and undefined behaviour sanitizers";
    let Some(compiler) = c_compiler(what) else {
        return;
    };
    if !compiler.takes(SANITIZERS[0], &empty_dir("c-takes")) {
        skip(
            what,
            "the compiler has no sanitizers (Debian: the package libgcc-12-dev or libclang-rt-dev)",
        );
        return;
    }
    let programs = Programs {
        compiler,
        linking: Linking::Static,
        flags: &SANITIZERS,
    };
    programs.all(what, "c-sanitized", Command::new);
}

#[test]
fn with_the_shared_library_under_valgrind() {
    under_valgrind(
        Linking::Shared,
        "C programs with the shared library under valgrind",
        "c-shared-valgrind",
    );
}

#[test]
fn with_the_static_library_under_valgrind() {
    under_valgrind(
        Linking::Static,
        "C programs with the static library under valgrind",
        "c-static-valgrind",
    );
}

/// A program that leaks fails under both: the checks above are alive.
#[test]
fn a_leak_is_found() {
    let what = "the self-check of the leak detectors";
    let (Some(compiler), Some(valgrind)) = (c_compiler(what), tool("valgrind", what)) else {
        return;
    };
    let dir = empty_dir("c-leak");
    let source = dir.join("leak.c");
    // More than one: the last may still be on the stack, where it does not count as lost.
    let text = "#include <pybuf.h>\n\
                static int lose(int count)\n\
                {\n\
                    return count == 0 || (pybuf_bytes_new(\"lost\", 4) && lose(count - 1));\n\
                }\n\
                int main(void) { return !lose(9); }\n";
    std::fs::write(&source, text).expect("a source file");
    let mut programs = Programs {
        compiler,
        linking: Linking::Static,
        flags: &[],
    };
    let plain = programs.build(&source, &dir.join("plain"));
    run(&mut Command::new(&plain));
    let captured = Captured::of(Command::new(valgrind).args(VALGRIND).arg(plain));
    assert_eq!(captured.status.code(), Some(99), "{}", captured.report());
    if programs.compiler.takes(SANITIZERS[0], &dir) {
        programs.flags = &SANITIZERS;
        let captured = Captured::of(&mut Command::new(
            programs.build(&source, &dir.join("sanitized")),
        ));
        assert!(
            captured.stderr.contains("LeakSanitizer"),
            "{}",
            captured.report()
        );
    }
}

fn under_valgrind(linking: Linking, what: &str, dir: &str) {
    let (Some(compiler), Some(valgrind)) = (c_compiler(what), tool("valgrind", what)) else {
        return;
    };
    let programs = Programs {
        compiler,
        linking,
        flags: &[],
    };
    programs.all(what, dir, |program| {
        let mut command = Command::new(&valgrind);
        command.args(VALGRIND).arg(program);
        command
    });
}

/// One way to build the programs.
struct Programs {
    compiler: Compiler,
    linking: Linking,
    flags: &'static [&'static str],
}

impl Programs {
    /// Builds and runs every program, and says how many checks each of them made.
    fn all(&self, what: &str, dir: &str, start: impl Fn(PathBuf) -> Command + Sync) {
        let dir = empty_dir(dir);
        let sources = files_in(&root().join("c_tests/programs"), "c");
        assert!(!sources.is_empty(), "no C programs");
        let name = |source: &PathBuf| source.display().to_string();
        two_at_a_time(&sources, name, |source| {
            let program = self.build(source, &dir.join(stem(source)));
            let captured = run(start(program).args(self.plugins(source, &dir)));
            let checks = checks(&captured.stdout);
            assert!(
                checks > 0,
                "a program without checks: {}",
                captured.report()
            );
            say(&format!("{what}: {}, {checks} checks", stem(source)));
        });
    }

    fn build(&self, source: &Path, program: &Path) -> PathBuf {
        let directives = Directives::of(source);
        let mut command = self.command(source, program);
        self.linking.apply(&mut command, Library::installed());
        run(command.args(directives.arguments("libs")));
        program.to_owned()
    }

    /// The shared objects that a program loads when it runs: each with a copy of the
    /// library of its own.
    fn plugins(&self, source: &Path, dir: &Path) -> Vec<PathBuf> {
        let directives = Directives::of(source);
        let files = directives.arguments("plugin").into_iter();
        let files = files.map(|file| source.with_file_name(file));
        files
            .map(|file| self.plugin(&file, &dir.join(format!("lib{}.so", stem(&file)))))
            .collect()
    }

    fn plugin(&self, source: &Path, plugin: &Path) -> PathBuf {
        let mut command = self.command(source, plugin);
        command.args(["-shared", "-fPIC"]);
        run(Linking::Static.apply(&mut command, Library::installed()));
        plugin.to_owned()
    }

    /// Compiles a source file; what links it is still missing.
    fn command(&self, source: &Path, product: &Path) -> Command {
        let mut command = self.compiler.command();
        command.arg("-pthread").args(self.flags);
        command.arg("-I").arg(&Library::installed().include);
        command.arg("-I").arg(root().join("c_tests"));
        command.arg(source).arg("-o").arg(product);
        command
    }
}

/// The number in a program's last line, `NAME: NUMBER checks`.
fn checks(stdout: &str) -> usize {
    let last = stdout.lines().last().unwrap_or_default();
    let number = last
        .strip_suffix(" checks")
        .and_then(|line| line.rsplit(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
