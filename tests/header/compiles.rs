//! The headers compile as C11 and as C++17, warnings being errors: without
//! Python, after the `Python.h` of every CPython, under the limited API, and more
//! than once in a program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pybuf::abi::PYBUF_FLAGS;

use crate::common::{
    Compiler, Library, Linking, Python, c_compiler, cpp_compiler, empty_dir, pythons, run,
    two_at_a_time,
};

/// Versions of the limited API: the oldest that the header serves, without
/// `Py_buffer`, and the first one that has it.
const LIMITED: [&str; 2] = ["0x03090000", "0x030b0000"];

/// What is included, in this order.
const WITH_PYTHON: [&[&str]; 3] = [
    &["Python.h", "pybuf.h"],
    &["Python.h", "pybuf.h", "pybuf.h"],
    &["pybuf_python.h", "pybuf.h", "pybuf_python.h"],
];

/// A compiler, and how its files are called.
struct Language {
    compiler: Compiler,
    extension: &'static str,
}

fn languages(what: &str) -> Vec<Language> {
    let c = c_compiler(what).map(|compiler| Language {
        compiler,
        extension: "c",
    });
    let cpp = cpp_compiler(what).map(|compiler| Language {
        compiler,
        extension: "cc",
    });
    c.into_iter().chain(cpp).collect()
}

#[test]
fn without_python() {
    let dir = empty_dir("header-alone");
    for language in languages("the header without Python") {
        for includes in [&["pybuf.h"][..], &["pybuf.h", "pybuf.h"]] {
            let file = language.write(&dir, "alone", &source(includes));
            run(&mut language.check(&file));
        }
    }
}

/// Another header may have defined a constant before, in its own spelling.
#[test]
fn after_constants_that_are_defined_already() {
    let dir = empty_dir("header-constants");
    let defines = PYBUF_FLAGS
        .iter()
        .map(|(name, value)| format!("#define {name} (0 + {value})\n"));
    let text = defines.collect::<String>() + &source(&["pybuf.h"]);
    for language in languages("the header after some constants") {
        let file = language.write(&dir, "constants", &text);
        run(&mut language.check(&file));
    }
}

#[test]
fn after_the_python_h_of_every_python() {
    let languages = languages("the header after Python.h");
    two_at_a_time(pythons(), Python::name, |python| {
        let Some(headers) = python.headers("the header after Python.h") else {
            return;
        };
        let dir = empty_dir(&format!("header-{}", python.key()));
        for language in &languages {
            for includes in WITH_PYTHON {
                let file = language.write(&dir, "after", &source(includes));
                run(language.check(&file).args(system_includes(headers)));
                for version in LIMITED.iter().filter(|_| python.has_limited_api()) {
                    let limited = format!("#define Py_LIMITED_API {version}\n");
                    let file = language.write(&dir, "limited", &(limited + &source(includes)));
                    run(language.check(&file).args(system_includes(headers)));
                }
            }
        }
    });
}

#[test]
fn in_two_files_of_one_program() {
    let library = Library::installed();
    let dir = empty_dir("header-twice");
    for language in languages("the header in two files") {
        let call = "#include <pybuf.h>\nint other(void);\n\
                    int main(void) { return pybuf_error_code() + other(); }\n";
        let other = "#include <pybuf.h>\nint other(void);\n\
                     int other(void) { return pybuf_error_code(); }\n";
        let files = [
            language.write(&dir, "main", call),
            language.write(&dir, "other", other),
        ];
        let program = dir.join(language.extension);
        let mut command = language.compiler.command();
        command
            .arg("-I")
            .arg(&library.include)
            .arg("-o")
            .arg(&program)
            .args(files);
        run(Linking::Shared.apply(&mut command, library));
        run(&mut Command::new(&program));
    }
}

/// The compile-time checks below are alive: one that is wrong fails.
#[test]
fn a_wrong_constant_does_not_compile() {
    let dir = empty_dir("header-wrong");
    for language in languages("the header's self-check") {
        let wrong = format!(
            "{}static_assert(PyBUF_ND == 9, \"a wrong value\");\n",
            source(&["pybuf.h"])
        );
        let file = language.write(&dir, "wrong", &wrong);
        let captured = crate::common::Captured::of(&mut language.check(&file));
        assert!(
            !captured.status.success() && captured.stderr.contains("a wrong value"),
            "{}",
            captured.report()
        );
    }
}

impl Language {
    fn write(&self, dir: &Path, name: &str, source: &str) -> PathBuf {
        let file = dir.join(name).with_extension(self.extension);
        fs::write(&file, source).unwrap_or_else(|e| panic!("cannot write {}: {e}", file.display()));
        file
    }

    /// A command that looks for errors in a file.
    fn check(&self, file: &Path) -> Command {
        let mut command = self.compiler.command();
        command
            .arg("-fsyntax-only")
            .arg("-I")
            .arg(&Library::installed().include)
            .arg(file);
        command
    }
}

/// A file that includes these and then needs all of what the header promises of
/// CPython's names, and one thing of its own.
fn source(includes: &[&str]) -> String {
    let mut text: String = includes
        .iter()
        .map(|header| format!("#include <{header}>\n"))
        .collect();
    text.push_str("#include <assert.h>\n#include <stddef.h>\n");
    for (name, value) in PYBUF_FLAGS {
        text.push_str(&format!("static_assert({name} == {value}, \"{name}\");\n"));
    }
    text.push_str(&format!(
        "static_assert(sizeof(Py_buffer) == {}, \"Py_buffer\");\n",
        size_of::<pybuf::abi::Py_buffer>()
    ));
    text.push_str(
        "int fills(pybuf_exporter *lent, PyObject *owner, Py_ssize_t length);\n\
         int fills(pybuf_exporter *lent, PyObject *owner, Py_ssize_t length)\n\
         {\n    \
             Py_buffer view;\n    \
             if (pybuf_getbuffer(lent, &view, PyBUF_FULL_RO) < 0)\n        \
                 return PYBUF_ERR_BUFFER;\n    \
             return view.obj == owner && view.len == length;\n\
         }\n",
    );
    text
}

/// Python's headers, whose own warnings are no affair of ours.
fn system_includes(dirs: &[PathBuf]) -> Vec<PathBuf> {
    dirs.iter()
        .flat_map(|dir| [PathBuf::from("-isystem"), dir.clone()])
        .collect()
}
