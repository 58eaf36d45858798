//! Virtual environments of the tests: one per Python, made once and kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Captured, Lock, Python, kept_dir, root, run, say, skip, skip_today};

/// What the tests in Python need.
const FOR_PYTEST: &str = "python_tests/requirements.txt";

/// What `cargo bench --bench copy` needs, and what it needs with `--all`.
const FOR_COPIES: &str = "benches/copy/requirements-copy.txt";
const FOR_ALL_COPIES: &str = "benches/copy/requirements-copy-all.txt";

/// What `tests/abi.rs` needs.
const FOR_LIBCLANG: &str = "python_tests/requirements-libclang.txt";

/// Requirements that are compiled for each version of CPython: a new one has to wait
/// for them. The tests in Python that need one skip themselves where it is not there, and
/// benchmarks do without it.
const COMPILED: [&str; 5] = ["numpy", "pillow", "opencv-python-headless", "jax", "blosc2"];

/// A virtual environment that holds what a file of requirements lists.
pub struct Venv {
    /// The interpreter in it.
    pub python: PathBuf,
    dir: PathBuf,
    /// Those of its requirements that have no wheel for this Python yet.
    lacking: Vec<&'static str>,
}

impl Venv {
    /// This Python's environment for pytest, or a skip of `what`.
    pub fn for_pytest(python: &Python, what: &str) -> Option<Venv> {
        Venv::ready(python, FOR_PYTEST, what)
    }

    /// The same, with everything in it, or a skip of `what`.
    pub fn for_examples(python: &Python, what: &str) -> Option<Venv> {
        let venv = Venv::for_pytest(python, what)?;
        if let Some(name) = venv.lacking.first() {
            skip_today(
                &format!("{what} with {}", python.name()),
                &format!("no wheel of {name} for it"),
            );
            return None;
        }
        Some(venv)
    }

    /// This Python's environment for `cargo bench --bench copy`, with all its peers or with those
    /// that are always there; or a skip.
    pub fn for_copies(python: &Python, all: bool, what: &str) -> Option<Venv> {
        Venv::ready(python, if all { FOR_ALL_COPIES } else { FOR_COPIES }, what)
    }

    /// The environment, made now where there is none yet or where it was made
    /// from other requirements or by another Python.
    fn ready(python: &Python, requirements: &str, what: &str) -> Option<Venv> {
        if !python.venvs {
            skip(
                &format!("{what} with {}", python.name()),
                "its modules venv and ensurepip are missing (Debian: the package python3-venv)",
            );
            return None;
        }
        let name = format!("{}-{}", super::stem(Path::new(requirements)), python.key());
        let venvs = kept_dir("venvs");
        let dir = venvs.join(&name);
        let _lock = Lock::on(&venvs.join(format!("{name}.lock")));

        let requirements = root().join(requirements);
        let listed = fs::read_to_string(&requirements)
            .unwrap_or_else(|e| panic!("cannot read {}: {e}", requirements.display()));
        let mut venv = Venv {
            python: dir.join("bin/python"),
            dir,
            lacking: Vec::new(),
        };
        let (compiled, pure) = split(&listed);
        // The stamps are written last, so that what is half made is made again.
        let made_from = format!("{}\n{listed}", python.name());
        let stamp = venv.dir.join("made-from");
        if !fs::read_to_string(&stamp).is_ok_and(|found| found == made_from) {
            say(&format!(
                "making a virtual environment for {}",
                python.name()
            ));
            venv.make(python, &pure);
            fs::write(&stamp, made_from).expect("a stamp in a fresh environment");
        }
        let complete = venv.dir.join("complete");
        if !complete.is_file() {
            venv.complete(python, &compiled);
            if venv.lacking.is_empty() {
                fs::write(&complete, "").expect("a stamp in a complete environment");
            }
        }
        Some(venv)
    }

    fn make(&self, python: &Python, requirements: &[&str]) {
        run(Command::new(&python.executable)
            .args(["-m", "venv", "--clear"])
            .arg(&self.dir));
        if !requirements.is_empty() {
            run(&mut self.pip_install(requirements));
        }
    }

    /// Adds what may be missing. It may have come since the last run, so this is
    /// tried in each; nothing is taken from an environment that others use meanwhile.
    fn complete(&mut self, python: &Python, requirements: &[&str]) {
        for requirement in requirements {
            let captured = Captured::of(&mut self.pip_install(&[requirement]));
            if captured.status.success() {
                continue;
            }
            let name = compiled(requirement).expect("a compiled requirement");
            let no_wheel = format!("No matching distribution found for {name}");
            assert!(captured.stderr.contains(&no_wheel), "{}", captured.report());
            skip_today(
                &format!("what needs {name}, with {}", python.name()),
                &format!("no wheel of {name} for it"),
            );
            self.lacking.push(name);
        }
    }

    /// Wheels only: a test run is no place to compile NumPy in.
    fn pip_install(&self, requirements: &[&str]) -> Command {
        let mut pip = Command::new(&self.python);
        pip.args(["-m", "pip", "install", "--quiet"]);
        pip.args(["--disable-pip-version-check", "--only-binary", ":all:"]);
        pip.args(requirements);
        pip
    }
}

/// The requirements of a file: those that are compiled, and the others.
fn split(listed: &str) -> (Vec<&str>, Vec<&str>) {
    let lines = listed.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .partition(|line| compiled(line).is_some())
}

/// The name of a compiled requirement.
fn compiled(requirement: &str) -> Option<&'static str> {
    COMPILED
        .into_iter()
        .find(|name| requirement.starts_with(name))
}

/// Where a `libclang.so` is that came as a wheel, or a skip of `what`.
pub fn libclang_dir(python: &Python, what: &str) -> Option<PathBuf> {
    let venv = Venv::ready(python, FOR_LIBCLANG, what)?;
    let ask = "import os, clang; print(os.path.join(os.path.dirname(clang.__file__), 'native'))";
    let dir = run(Command::new(&venv.python).args(["-c", ask])).stdout;
    Some(PathBuf::from(dir.trim_end()))
}
