//! Virtual environments of the tests: one per Python, made once and kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Lock, Python, kept_dir, root, run, say, skip};

/// What the tests in Python need.
const FOR_PYTEST: &str = "python_tests/requirements.txt";

/// What `tests/abi.rs` needs.
const FOR_LIBCLANG: &str = "python_tests/requirements-libclang.txt";

/// A virtual environment that holds what a file of requirements lists.
pub struct Venv {
    /// The interpreter in it.
    pub python: PathBuf,
    dir: PathBuf,
}

impl Venv {
    /// This Python's environment for pytest, or a skip of `what`.
    pub fn for_pytest(python: &Python, what: &str) -> Option<Venv> {
        Venv::ready(python, FOR_PYTEST, what)
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
        // Written last, so that one half made is made again.
        let stamp = dir.join("made-from");
        let made_from = format!("{}\n{listed}", python.name());
        let venv = Venv {
            python: dir.join("bin/python"),
            dir,
        };
        if fs::read_to_string(&stamp).is_ok_and(|found| found == made_from) {
            return Some(venv);
        }
        say(&format!(
            "making a virtual environment for {}",
            python.name()
        ));
        venv.make(python, &requirements);
        fs::write(&stamp, made_from).expect("a stamp in a fresh environment");
        Some(venv)
    }

    fn make(&self, python: &Python, requirements: &Path) {
        run(Command::new(&python.executable)
            .args(["-m", "venv", "--clear"])
            .arg(&self.dir));
        // Wheels only: a test run is no place to compile NumPy in.
        run(Command::new(&self.python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--only-binary", ":all:", "-r"])
            .arg(requirements));
    }
}

/// Where a `libclang.so` is that came as a wheel, or a skip of `what`.
pub fn libclang_dir(python: &Python, what: &str) -> Option<PathBuf> {
    let venv = Venv::ready(python, FOR_LIBCLANG, what)?;
    let ask = "import os, clang; print(os.path.join(os.path.dirname(clang.__file__), 'native'))";
    let dir = run(Command::new(&venv.python).args(["-c", ask])).stdout;
    Some(PathBuf::from(dir.trim_end()))
}
