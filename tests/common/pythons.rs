//! Every CPython of the machine that the library serves, each of them once.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{Captured, say, skip};

/// The first version that the library serves.
const OLDEST: (u32, u32) = (3, 9);

/// Asked of each candidate; answers one `name=value` a line. It runs in every
/// Python 3, since only that tells what a candidate is.
const PROBE: &str = r#"
import os, platform, sys, sysconfig
executable = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
paths = sysconfig.get_paths()
try:
    import ensurepip, venv
    venvs = "yes"
except ImportError:
    venvs = ""
for name, value in [
    ("implementation", platform.python_implementation()),
    ("major", sys.version_info[0]),
    ("minor", sys.version_info[1]),
    ("version", platform.python_version()),
    ("abiflags", sys.abiflags),
    ("executable", executable),
    ("include", paths["include"]),
    ("platinclude", paths["platinclude"]),
    ("suffix", sysconfig.get_config_var("EXT_SUFFIX")),
    ("venvs", venvs),
]:
    print("%s=%s" % (name, value))
"#;

/// A CPython that takes part in the tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Python {
    /// The interpreter itself, no link to it and no virtual environment's.
    pub executable: PathBuf,
    /// `3.13.0`.
    pub version: String,
    /// `(3, 13)`.
    pub minor: (u32, u32),
    /// `d` for a debug build, `t` for a free-threaded one.
    pub abiflags: String,
    /// How names of its extension modules end.
    pub suffix: String,
    /// It can make virtual environments.
    pub venvs: bool,
    include: Vec<PathBuf>,
}

/// What a candidate turned out to be.
enum Probed {
    Serves(Python),
    Other,
    Broken(String),
}

/// All that the machine has, oldest first; those named in `PYBUF_PYTHONS`
/// (paths, with colons between them) are among them. None at all is a skip.
pub fn pythons() -> &'static [Python] {
    static FOUND: OnceLock<Vec<Python>> = OnceLock::new();
    let found = FOUND.get_or_init(find);
    if found.is_empty() {
        skip("everything with Python", "no CPython 3.9 or later here");
    }
    found
}

impl Python {
    /// `CPython 3.13.0t`, with the path, which tells two of one version apart.
    pub fn name(&self) -> String {
        format!(
            "CPython {}{} ({})",
            self.version,
            self.abiflags,
            self.executable.display()
        )
    }

    /// A name for files: version, flags, and a number that stands for the path.
    pub fn key(&self) -> String {
        // FNV-1a: short, and the same in every build of the tests.
        let mut hash = 0x811c_9dc5_u32;
        for byte in self.executable.to_string_lossy().bytes() {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
        format!("{}{}-{hash:08x}", self.version, self.abiflags)
    }

    /// Whether its headers can be compiled under a limited API.
    pub fn has_limited_api(&self) -> bool {
        let refused =
            self.abiflags.contains('t') || (self.abiflags.contains('d') && self.minor < (3, 10));
        !refused
    }

    /// Whether it runs threads without a GIL.
    pub fn is_free_threaded(&self) -> bool {
        self.abiflags.contains('t')
    }

    /// Where its headers are, or a skip of `what`.
    pub fn headers(&self, what: &str) -> Option<&[PathBuf]> {
        if self
            .include
            .iter()
            .any(|dir| dir.join("Python.h").is_file())
        {
            return Some(&self.include);
        }
        skip(
            &format!("{what} with {}", self.name()),
            "no Python.h (Debian: the package python3-dev)",
        );
        None
    }
}

fn find() -> Vec<Python> {
    let mut found = BTreeMap::new();
    for (candidate, named) in candidates() {
        match probe(&candidate) {
            Probed::Serves(python) => {
                let key = (
                    python.minor,
                    python.version.clone(),
                    python.abiflags.clone(),
                );
                found.insert((key, python.executable.clone()), python);
            }
            Probed::Other if named => {
                panic!(
                    "PYBUF_PYTHONS: {} is no CPython 3.9 or later",
                    candidate.display()
                )
            }
            Probed::Other => {}
            Probed::Broken(report) => panic!("a Python that does not run: {report}"),
        }
    }
    let found: Vec<Python> = found.into_values().collect();
    for python in &found {
        say(&format!("found {}", python.name()));
    }
    found
}

/// Interpreters to look at, and whether `PYBUF_PYTHONS` names them.
fn candidates() -> Vec<(PathBuf, bool)> {
    let named = env::var_os("PYBUF_PYTHONS").unwrap_or_default();
    let named = env::split_paths(&named).filter(|path| !path.as_os_str().is_empty());
    let mut all: Vec<(PathBuf, bool)> = named.map(|path| (path, true)).collect();

    let mut dirs: Vec<PathBuf> =
        env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    dirs.extend(["/usr/bin", "/usr/local/bin"].map(PathBuf::from));
    dirs.extend(pyenv_bins());
    // A directory of shims holds scripts that start another version in each
    // place, or none; what they would start is among pyenv's versions.
    dirs.retain(|dir| !dir.ends_with("shims"));

    let mut seen = BTreeSet::new();
    for interpreter in dirs.iter().flat_map(|dir| interpreters(dir)) {
        let real = fs::canonicalize(&interpreter).unwrap_or(interpreter);
        if seen.insert(real.clone()) {
            all.push((real, false));
        }
    }
    all
}

/// The `bin` directories of pyenv's versions.
fn pyenv_bins() -> Vec<PathBuf> {
    let root = env::var_os("PYENV_ROOT").map(PathBuf::from);
    let root = root.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".pyenv")));
    let versions = root.and_then(|root| fs::read_dir(root.join("versions")).ok());
    let versions = versions.into_iter().flatten().flatten();
    versions.map(|version| version.path().join("bin")).collect()
}

/// The programs of a directory that are named as an interpreter is: `python3`,
/// `python3.13`, `python3.13t`, `python3.14d`.
fn interpreters(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_str().is_some_and(is_interpreter_name))
        .map(|entry| entry.path())
        .filter(|path| {
            fs::metadata(path).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
        })
        .collect()
}

fn is_interpreter_name(name: &str) -> bool {
    let Some(version) = name.strip_prefix("python3") else {
        return false;
    };
    let Some(minor) = version.strip_prefix('.') else {
        return version.is_empty();
    };
    let digits = minor.trim_end_matches(['d', 't']);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn probe(candidate: &Path) -> Probed {
    let captured = Captured::of(Command::new(candidate).args(["-I", "-c", PROBE]));
    if !captured.status.success() {
        return Probed::Broken(captured.report());
    }
    let answers: BTreeMap<&str, &str> = captured
        .stdout
        .lines()
        .filter_map(|line| line.split_once('='))
        .collect();
    let get = |name: &str| {
        *answers
            .get(name)
            .unwrap_or_else(|| panic!("no {name} in {}", captured.report()))
    };
    let number = |name: &str| {
        get(name)
            .parse::<u32>()
            .unwrap_or_else(|e| panic!("{name}: {e}"))
    };
    let minor = (number("major"), number("minor"));
    if get("implementation") != "CPython" || minor < OLDEST {
        return Probed::Other;
    }
    Probed::Serves(Python {
        executable: PathBuf::from(get("executable")),
        version: get("version").to_owned(),
        minor,
        abiflags: get("abiflags").to_owned(),
        suffix: get("suffix").to_owned(),
        venvs: !get("venvs").is_empty(),
        include: [get("include"), get("platinclude")]
            .map(PathBuf::from)
            .to_vec(),
    })
}
