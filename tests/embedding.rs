//! The library in programs that embed a CPython: `c_tests/embedding`, once with every
//! CPython of the machine that has a library to link with.
//!
//! A program is started with the path of that library, where it is a shared one, or with
//! nothing.
#![cfg(all(target_os = "linux", feature = "capi", feature = "python"))]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{
    Captured, Compiler, Directives, Library, Linking, Python, c_compiler, empty_dir, files_in,
    pythons, root, run, say, skip, stem, tool, two_at_a_time,
};

/// Asked of each Python; answers one `name=value` a line. A Python that was moved, or that
/// starts through a loader of its own, has its library beside its configuration.
const PROBE: &str = r#"
import os, sys, sysconfig
get = sysconfig.get_config_var
with open("/proc/self/maps") as maps:
    mapped = {line.split(None, 5)[5].strip() for line in maps if "/" in line}
named = lambda start: [path for path in mapped if os.path.basename(path).startswith(start)][0]
files = [os.path.join(get(place) or "", get("LDLIBRARY") or "") for place in ("LIBPL", "LIBDIR")]
for name, value in [
    ("library", ([os.path.realpath(file) for file in files if os.path.isfile(file)] + [""])[0]),
    ("libs", " ".join(get(name) or "" for name in ("LIBS", "SYSLIBS", "LINKFORSHARED"))),
    ("home", sys.base_prefix + ":" + sys.base_exec_prefix),
    ("loader", named("ld-linux")),
    ("libc", os.path.dirname(named("libc.so"))),
]:
    print("%s=%s" % (name, value))
"#;

#[test]
fn embedding_programs() {
    let what = "programs that embed a Python";
    two_at_a_time(pythons(), Python::name, |python| {
        let Some(embedding) = Embedding::of(python, what) else {
            return;
        };
        for source in sources() {
            let program = embedding.build(&source);
            let mut command = embedding.start(&[], &program);
            let checks = checks(&run(&mut command));
            let (program, python) = (stem(&source), python.name());
            say(&format!("{what}: {program} with {python}, {checks} checks"));
        }
    });
}

/// What valgrind counts: memory that nothing leads to at the end, with who asked for it.
const VALGRIND: [&str; 4] = [
    "--leak-check=full",
    "--show-leak-kinds=definite",
    "--trace-children=yes",
    "--num-callers=12",
];

/// No memory of this library is lost. What CPython loses is its own affair, and a program
/// that leaks on purpose says so.
#[test]
fn embedding_programs_lose_nothing() {
    let what = "programs that embed a Python under valgrind";
    let Some(valgrind) = tool("valgrind", what) else {
        return;
    };
    // One is enough for what is ours; the newest that runs as it is.
    let plain = |python: &&Python| python.abiflags.is_empty() && python.minor < (3, 14);
    let python = pythons().iter().rev().find(plain);
    let Some(embedding) = python.and_then(|python| Embedding::of(python, what)) else {
        return;
    };
    let mut sources = sources();
    sources.retain(|source| !Directives::of(source).has("leaks"));
    let name = |source: &PathBuf| stem(source);
    two_at_a_time(&sources, name, |source| {
        let program = embedding.build(source);
        let mut under = vec![valgrind.to_str().expect("a path in UTF-8")];
        under.extend(VALGRIND);
        let captured = run(embedding
            .start(&under, &program)
            .env("PYTHONMALLOC", "malloc"));
        assert!(
            captured.stderr.contains("LEAK SUMMARY"),
            "{}",
            captured.report()
        );
        let lost = lost_by_us(&captured.stderr);
        assert!(lost.is_empty(), "lost by {}:\n{lost}", stem(source));
        say(&format!(
            "{what}: {}, {} checks",
            stem(source),
            checks(&captured)
        ));
    });
}

/// The records of lost memory that this library itself has asked for: allocators apart, its
/// own code is next in the record.
fn lost_by_us(report: &str) -> String {
    let lines = report
        .lines()
        .map(|line| line.splitn(3, "==").nth(2).unwrap_or(line));
    let text: Vec<&str> = lines.collect();
    let records = text.split(|line| line.trim().is_empty());
    let ours = records.filter(|record| {
        let asked = record
            .iter()
            .find(|line| line.trim_start().starts_with("by "));
        let by_us = |line: &&str| line.contains(".rs:") || line.contains("libpybuf");
        record
            .first()
            .is_some_and(|line| line.contains("definitely lost"))
            && asked.is_some_and(by_us)
    });
    ours.map(|record| record.join("\n"))
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn sources() -> Vec<PathBuf> {
    let sources = files_in(&root().join("c_tests/embedding"), "c");
    assert!(!sources.is_empty(), "no embedding programs");
    sources
}

/// How programs that embed one Python are built and started.
struct Embedding {
    compiler: Compiler,
    headers: Vec<PathBuf>,
    dir: PathBuf,
    /// libpython, shared or not.
    library: PathBuf,
    libs: Vec<String>,
    home: String,
    /// What starts a program, where the system's own loader cannot.
    loader: Vec<String>,
}

impl Embedding {
    /// Or a skip of `what`.
    fn of(python: &Python, what: &str) -> Option<Embedding> {
        let compiler = c_compiler(what)?;
        let headers = python.headers(what)?.to_vec();
        let probed = run(Command::new(&python.executable).args(["-I", "-c", PROBE])).stdout;
        let answer = |name: &str| {
            let mut lines = probed.lines().filter_map(|line| line.split_once('='));
            let found = lines.find(|(found, _)| *found == name);
            found
                .unwrap_or_else(|| panic!("no {name} in {probed}"))
                .1
                .to_owned()
        };
        let library = PathBuf::from(answer("library"));
        if !library.is_file() {
            let lacking = "no libpython to link with (Debian: the package libpython3-dev)";
            skip(&format!("{what} with {}", python.name()), lacking);
            return None;
        }
        let mut loader = Vec::new();
        if answer("loader") != own_loader() {
            loader = vec![
                answer("loader"),
                "--library-path".to_owned(),
                answer("libc"),
            ];
        }
        Some(Embedding {
            compiler,
            headers,
            dir: empty_dir(&format!("{}-{}", what.replace(' ', "-"), python.key())),
            library,
            libs: answer("libs")
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            home: answer("home"),
            loader,
        })
    }

    fn is_shared(&self) -> bool {
        self.library
            .extension()
            .is_none_or(|extension| extension != "a")
    }

    fn build(&self, source: &Path) -> PathBuf {
        let program = self.dir.join(stem(source));
        let mut command = self.compiler.command();
        command.arg("-pthread");
        command.arg("-I").arg(&Library::installed().include);
        command.arg("-I").arg(root().join("c_tests"));
        for dir in &self.headers {
            command.arg("-isystem").arg(dir);
        }
        command.arg(source).arg("-o").arg(&program);
        Linking::Shared.apply(&mut command, Library::installed());
        let directives = Directives::of(source);
        if !directives.has("no-python") {
            self.link(&mut command);
        }
        run(command.args(directives.arguments("libs")));
        program
    }

    fn link(&self, command: &mut Command) {
        command.arg(&self.library).args(&self.libs);
        if self.is_shared() {
            let dir = self.library.parent().expect("the directory of a file");
            command.arg(format!("-Wl,-rpath,{}", dir.display()));
        }
        if !self.loader.is_empty() {
            // The C library it needs is not the one of this system.
            command.arg("-Wl,--allow-shlib-undefined");
        }
    }

    /// A program, under others: with the Python's own home, the library on its path, and
    /// development mode, in which freed memory shows.
    fn start(&self, under: &[&str], program: &Path) -> Command {
        let mut words = under
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>();
        words.extend(self.loader.iter().cloned());
        let mut command = match words.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            None => Command::new(program),
        };
        if self.is_shared() {
            command.arg(&self.library);
        }
        command.env("PYTHONHOME", &self.home);
        command.env("PYTHONPATH", &Library::installed().lib);
        command.env("PYTHONDEVMODE", "1");
        command
    }
}

/// The loader that started this program.
fn own_loader() -> String {
    let maps = fs::read_to_string("/proc/self/maps").expect("what is mapped here");
    let mapped = maps
        .lines()
        .filter_map(|line| line.find('/').map(|start| &line[start..]));
    let is_loader = |path: &&str| {
        Path::new(path)
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("ld-linux"))
    };
    mapped
        .into_iter()
        .find(is_loader)
        .expect("a loader")
        .to_owned()
}

/// The number in a program's last line, `NAME: NUMBER checks`.
fn checks(captured: &Captured) -> usize {
    let last = captured.stdout.lines().last().unwrap_or_default();
    let words = last
        .strip_suffix(" checks")
        .and_then(|line| line.rsplit(' ').next());
    let checks = words.and_then(|number| number.parse().ok()).unwrap_or(0);
    assert!(
        checks > 0,
        "a program without checks: {}",
        captured.report()
    );
    checks
}
