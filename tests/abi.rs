//! `pybuf::abi` and the table of late-bound functions against the real `Python.h`
//! of every CPython of the machine.
//!
//! bindgen reads the header; what the library believes is written down beside that
//! as Rust that only compiles where both agree, and given to rustc. So a type that
//! is merely compatible (`*const` for `*mut`, `c_int` for `isize`) is found as well.
#![cfg(all(unix, feature = "python"))]

mod common;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::mem::{align_of, offset_of, size_of};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use pybuf::abi::{PYBUF_FLAGS, Py_buffer};
use pybuf::python::FUNCTIONS;

use common::{
    Captured, Python, c_compiler, empty_dir, libclang_dir, pythons, rustc, two_at_a_time,
};

/// Python's header as Rust.
struct Header {
    python: &'static Python,
    rust: String,
}

/// What the library believes, and rustc has to agree with.
#[derive(Default)]
struct Beliefs(Vec<String>);

#[test]
fn py_buffer_is_cpythons() {
    check("Py_buffer", |_| Beliefs::of_py_buffer());
}

#[test]
fn the_constants_are_cpythons() {
    check("the PyBUF_* constants", |header| {
        let theirs: BTreeSet<&str> = header
            .names("pub const ")
            .filter(|name| name.starts_with("PyBUF_"))
            .collect();
        let ours: BTreeSet<&str> = PYBUF_FLAGS.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            theirs, ours,
            "the constants of Python.h (left) and ours (right)"
        );
        Beliefs::of_constants()
    });
}

#[test]
fn the_late_bound_functions_have_cpythons_signatures() {
    check("the signatures of Python's functions", |header| {
        let theirs: BTreeSet<&str> = header.names("pub fn ").collect();
        let mut beliefs = Beliefs::default();
        for &(name, signature, required) in FUNCTIONS {
            if theirs.contains(name) {
                beliefs.function(name, signature);
            } else {
                assert!(!required, "Python.h has no {name}, which is not optional");
            }
        }
        beliefs
    });
}

/// A wrong belief of each kind fails, on the first Python that is at hand.
#[test]
fn wrong_beliefs_are_found() {
    let Some(header) = headers("the self-check of this test").iter().next() else {
        return;
    };
    let loosened = "unsafe extern \"C\" fn(*mut PyObject, *const Py_buffer, c_int) -> c_int";
    let mut wrong_function = Beliefs::default();
    wrong_function.function("PyObject_GetBuffer", loosened);
    let mut wrong_constant = Beliefs::of_constants();
    wrong_constant.constant("PyBUF_ND", 9);
    let mut wrong_offset = Beliefs::of_py_buffer();
    wrong_offset.assert("offset_of!(Py_buffer, len) == offset_of!(Py_buffer, buf)");
    for (name, beliefs, error) in [
        ("function", wrong_function, "E0308"),
        ("constant", wrong_constant, "E0080"),
        ("offset", wrong_offset, "E0080"),
    ] {
        let captured = header.compile(&format!("abi-wrong-{name}"), &beliefs);
        let found = !captured.status.success() && captured.stderr.contains(error);
        assert!(found, "a wrong {name} passes: {}", captured.report());
    }
}

/// Compiles what `beliefs` returns for each Python's header.
fn check(what: &str, beliefs: impl Fn(&Header) -> Beliefs + Sync) {
    let name = |header: &Header| header.python.name();
    two_at_a_time(headers(what), name, |header| {
        let dir = format!(
            "abi-{}-{}",
            what.replace(' ', "-").replace('*', ""),
            header.python.key()
        );
        let captured = header.compile(&dir, &beliefs(header));
        assert!(captured.status.success(), "{}", captured.report());
    });
}

/// Python's headers as bindgen reads them, each once.
fn headers(what: &str) -> &'static [Header] {
    static HEADERS: OnceLock<Vec<Header>> = OnceLock::new();
    HEADERS.get_or_init(|| {
        let Some(builtin) = clang(what) else {
            return Vec::new();
        };
        let pythons = pythons().iter();
        let with_headers = pythons.filter_map(|python| Some((python, python.headers(what)?)));
        let read = |(python, dirs): (&'static Python, &[PathBuf])| Header {
            python,
            rust: read(dirs, &builtin),
        };
        with_headers.map(read).collect()
    })
}

/// Makes libclang known to bindgen; returns where the headers are that belong to a
/// compiler, which the libclang of a wheel comes without.
fn clang(what: &str) -> Option<PathBuf> {
    if env::var_os("LIBCLANG_PATH").is_none() {
        let dir = libclang_dir(pythons().last()?, what)?;
        // SAFETY: std keeps its own accesses to the environment apart, and no other code
        // in this process reads it meanwhile: libclang is loaded after this.
        unsafe { env::set_var("LIBCLANG_PATH", dir) };
    }
    let mut ask = c_compiler(what)?.bare_command();
    let answer = common::run(ask.arg("-print-file-name=include")).stdout;
    Some(PathBuf::from(answer.trim_end()))
}

fn read(dirs: &[PathBuf], builtin: &Path) -> String {
    let mut builder = bindgen::Builder::default()
        .header_contents("wrapper.h", "#include <Python.h>\n")
        .clang_arg(format!("-isystem{}", builtin.display()))
        .clang_args(dirs.iter().map(|dir| format!("-I{}", dir.display())))
        .allowlist_type("Py_buffer")
        .allowlist_var("PyBUF_.*")
        .layout_tests(false)
        .generate_comments(false)
        .formatter(bindgen::Formatter::Prettyplease);
    for (name, ..) in FUNCTIONS {
        builder = builder.allowlist_function(name);
    }
    let bindings = builder
        .generate()
        .unwrap_or_else(|e| panic!("bindgen, {dirs:?}: {e}"));
    bindings.to_string()
}

impl Header {
    /// The names after each of these words, `pub fn ` say.
    fn names<'a>(&'a self, words: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self
            .rust
            .lines()
            .filter_map(move |line| line.trim_start().strip_prefix(words));
        lines.filter_map(|rest| {
            rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
        })
    }

    /// Gives the header and the beliefs to rustc.
    fn compile(&self, dir: &str, beliefs: &Beliefs) -> Captured {
        let source = empty_dir(dir).join("beliefs.rs");
        let text = format!(
            "#![allow(warnings)]\n\
             use std::ffi::*;\n\
             use std::mem::{{align_of, offset_of, size_of}};\n\
             {}\n{}\n",
            self.rust,
            beliefs.0.join("\n")
        );
        fs::write(&source, text)
            .unwrap_or_else(|e| panic!("cannot write {}: {e}", source.display()));
        let mut rustc = Command::new(rustc());
        rustc.args([
            "--edition=2024",
            "--crate-type=lib",
            "--emit=metadata",
            "--out-dir",
        ]);
        Captured::of(
            rustc
                .arg(source.parent().expect("its directory"))
                .arg(&source),
        )
    }
}

impl Beliefs {
    fn of_py_buffer() -> Beliefs {
        let mut beliefs = Beliefs::default();
        /// Each field with its type: ours is taken apart here, theirs by rustc.
        macro_rules! fields {
            ($($name:ident: $type:ty,)*) => {
                let Py_buffer { $($name),* } = Py_buffer::empty();
                $(let _: $type = $name;)*
                $(
                    let (name, offset) = (stringify!($name), offset_of!(Py_buffer, $name));
                    beliefs.assert(&format!("offset_of!(Py_buffer, {name}) == {offset}"));
                )*
                let names = [$(stringify!($name)),*].join(", ");
                let types = [$(stringify!($type)),*].map(|text| text.replace("pybuf::abi::", "")).join(", ");
                beliefs.0.push(format!(
                    "fn fields(view: Py_buffer) -> ({types}) {{\n    \
                     let Py_buffer {{ {names} }} = view;\n    ({names})\n}}"
                ));
            };
        }
        use std::ffi::{c_char, c_int, c_void};
        fields! {
            buf: *mut c_void,
            obj: *mut pybuf::abi::PyObject,
            len: isize,
            itemsize: isize,
            readonly: c_int,
            ndim: c_int,
            format: *mut c_char,
            shape: *mut isize,
            strides: *mut isize,
            suboffsets: *mut isize,
            internal: *mut c_void,
        }
        beliefs.assert(&format!(
            "size_of::<Py_buffer>() == {}",
            size_of::<Py_buffer>()
        ));
        beliefs.assert(&format!(
            "align_of::<Py_buffer>() == {}",
            align_of::<Py_buffer>()
        ));
        beliefs
    }

    fn of_constants() -> Beliefs {
        let mut beliefs = Beliefs::default();
        for (name, value) in PYBUF_FLAGS {
            beliefs.constant(name, *value);
        }
        beliefs
    }

    fn constant(&mut self, name: &str, value: i32) {
        self.assert(&format!("{name} as i64 == {value}"));
    }

    fn assert(&mut self, condition: &str) {
        self.0.push(format!("const _: () = assert!({condition});"));
    }

    fn function(&mut self, name: &str, signature: &str) {
        // What may unwind is the same function for C.
        let signature = signature.replace("\"C-unwind\"", "\"C\"");
        self.0.push(format!("const _: {signature} = {name};"));
    }
}
