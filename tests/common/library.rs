//! The library as cargo has just built it, laid out as it would be installed.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{Lock, kept_dir, root};

/// What a program that links the static library needs of the system: rustc's
/// own list (`--print native-static-libs`) on Linux with glibc.
pub const NATIVE_STATIC_LIBS: &[&str] = &[
    "-lgcc_s",
    "-lutil",
    "-lrt",
    "-lpthread",
    "-lm",
    "-ldl",
    "-lc",
];

/// The name that programs linked with the shared library ask for.
const SONAME: &str = concat!("libpybuf.so.", env!("CARGO_PKG_VERSION_MAJOR"));

/// An installed library: `include/`, and `lib/` with both libraries and the
/// links that a package has.
pub struct Library {
    pub include: PathBuf,
    pub lib: PathBuf,
    pub shared: PathBuf,
    pub archive: PathBuf,
}

impl Library {
    /// Installs what this run of cargo has built, once a process.
    pub fn installed() -> &'static Library {
        static INSTALLED: OnceLock<Library> = OnceLock::new();
        INSTALLED.get_or_init(install)
    }
}

fn install() -> Library {
    let profile = profile_dir();
    let installs = kept_dir("install");
    // Debug and release builds, which share a directory of cargo's, are apart.
    let name = profile
        .file_name()
        .expect("a profile's name")
        .to_string_lossy()
        .into_owned();
    let _lock = Lock::on(&installs.join(format!("{name}.lock")));
    let include = installs.join(&name).join("include");
    let lib = installs.join(&name).join("lib");
    for dir in [&include, &lib] {
        fs::create_dir_all(dir).unwrap_or_else(|e| panic!("cannot make {}: {e}", dir.display()));
    }

    for header in ["pybuf.h", "pybuf_python.h"] {
        put(&root().join("include").join(header), &include.join(header));
    }
    let library = Library {
        shared: lib.join("libpybuf.so"),
        archive: lib.join("libpybuf.a"),
        include,
        lib,
    };
    put(&built(&profile, "libpybuf.so"), &library.shared);
    put(&built(&profile, "libpybuf.a"), &library.archive);
    let link = library.lib.join(SONAME);
    if fs::read_link(&link).is_err() {
        symlink("libpybuf.so", &link)
            .unwrap_or_else(|e| panic!("cannot link {}: {e}", link.display()));
    }
    library
}

/// `target/debug` of the test that runs, whatever profile and target it is of.
pub fn profile_dir() -> PathBuf {
    let test = env::current_exe().expect("the path of this test");
    let dir = test.parent().and_then(Path::parent);
    dir.expect("a test in target/PROFILE/deps").to_owned()
}

/// A file of the library, from where cargo puts what a test depends on. The copy
/// one directory further up is `cargo build`'s, and may be an older one.
fn built(profile: &Path, name: &str) -> PathBuf {
    let file = profile.join("deps").join(name);
    assert!(file.is_file(), "cargo built no {}", file.display());
    file
}

/// Copies a file to where it is not already the same. The new one takes the old
/// one's name only when complete: a program may have the old one open.
fn put(from: &Path, to: &Path) {
    let read = |path: &Path| {
        fs::read(path).unwrap_or_else(|e| panic!("cannot read {}: {e}", path.display()))
    };
    let new = read(from);
    if fs::read(to).is_ok_and(|old| old == new) {
        return;
    }
    let half = to.with_extension("new");
    fs::write(&half, new).unwrap_or_else(|e| panic!("cannot write {}: {e}", half.display()));
    fs::rename(&half, to).unwrap_or_else(|e| panic!("cannot rename {}: {e}", half.display()));
}
