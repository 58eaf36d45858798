//! What the libraries show to the linker: the functions of the header and the two
//! ways in for Python, nothing else, and no name that only a Python could resolve.
#![cfg(all(target_os = "linux", feature = "capi", feature = "python"))]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Library, Linking, c_compiler, empty_dir, root, run, tool};

/// How Python imports the library itself: by PEP 489, and by PEP 793.
const MODULE: [&str; 2] = ["PyInit_libpybuf", "PyModExport_libpybuf"];

/// An extension module with nothing in it but a use of the library.
const EXTENSION: &str = "
#include <pybuf.h>
void *PyInit_tiny(void);
__attribute__((visibility(\"default\"))) void *PyInit_tiny(void)
{
    return pybuf_python_module();
}
";

#[test]
fn the_shared_library_exports_the_header_and_the_module() {
    let Some(nm) = tool("nm", "the exported symbols") else {
        return;
    };
    let exported = defined(&nm, &Library::installed().shared);
    let mut promised: BTreeSet<String> = declared_in_the_header();
    promised.extend(MODULE.map(str::to_owned));
    assert_eq!(exported, promised, "exported (left) and promised (right)");
}

/// A function of ours that is called through the dynamic symbol table could be another
/// copy's: whoever exported the name first.
#[test]
fn no_function_of_ours_can_be_preempted() {
    let Some(readelf) = tool("readelf", "the relocations") else {
        return;
    };
    let relocations = run(Command::new(readelf)
        .arg("-rW")
        .arg(&Library::installed().shared))
    .stdout;
    assert!(relocations.contains("memcpy"), "no list: {relocations}");
    let ours: Vec<&str> = relocations
        .lines()
        .filter(|line| line.contains("pybuf_") || line.contains("libpybuf"))
        .filter(|line| !line.starts_with("Relocation section"))
        .collect();
    assert!(ours.is_empty(), "relocations: {ours:#?}");
}

#[test]
fn the_shared_library_needs_nothing_of_python() {
    let Some(nm) = tool("nm", "the undefined symbols") else {
        return;
    };
    let needed = symbols(&nm, "--undefined-only", &Library::installed().shared);
    assert!(
        needed.contains("memcpy"),
        "no list of undefined symbols: {needed:?}"
    );
    let of_python: Vec<&String> = needed.iter().filter(|name| is_of_python(name)).collect();
    assert!(of_python.is_empty(), "undefined: {of_python:?}");
}

#[test]
fn the_shared_library_is_named_stays_loaded_and_is_linked_with_no_python() {
    let Some(readelf) = tool("readelf", "the dynamic section") else {
        return;
    };
    let dynamic = run(Command::new(readelf)
        .arg("-dW")
        .arg(&Library::installed().shared))
    .stdout;
    let line = |tag: &str| {
        dynamic
            .lines()
            .find(|line| line.contains(tag))
            .unwrap_or_default()
    };
    assert!(line("(SONAME)").ends_with("[libpybuf.so.0]"), "{dynamic}");
    assert!(line("(FLAGS_1)").contains("NODELETE"), "{dynamic}");
    assert!(
        line("(NEEDED)").contains("lib") && !dynamic.contains("libpython"),
        "{dynamic}"
    );
}

#[test]
fn an_extension_with_the_static_library_exports_its_own_name_only() {
    let what = "an extension with the static library";
    let (Some(nm), Some(compiler)) = (tool("nm", what), c_compiler(what)) else {
        return;
    };
    let dir = empty_dir("symbols");
    let source = dir.join("tiny.c");
    fs::write(&source, EXTENSION).expect("a source file");
    let extension = dir.join("tiny.so");
    let library = Library::installed();
    let mut command = compiler.command();
    command
        .args(["-shared", "-fPIC", "-I"])
        .arg(&library.include);
    command.arg(&source).arg("-o").arg(&extension);
    run(Linking::Static.apply(&mut command, library));

    assert_eq!(
        defined(&nm, &extension),
        BTreeSet::from(["PyInit_tiny".to_owned()])
    );
    let needed = symbols(&nm, "--undefined-only", &extension);
    let of_python: Vec<&String> = needed.iter().filter(|name| is_of_python(name)).collect();
    assert!(of_python.is_empty(), "undefined: {of_python:?}");
}

/// The names of the dynamic symbols that are defined in a shared object.
fn defined(nm: &Path, object: &Path) -> BTreeSet<String> {
    symbols(nm, "--defined-only", object)
}

fn symbols(nm: &Path, which: &str, object: &Path) -> BTreeSet<String> {
    let list = run(Command::new(nm)
        .args(["-D", "--format=posix", which])
        .arg(object))
    .stdout;
    let names = list
        .lines()
        .filter_map(|line| line.split([' ', '@']).next());
    names.map(str::to_owned).collect()
}

fn is_of_python(name: &str) -> bool {
    name.starts_with("Py") || name.starts_with("_Py")
}

/// The functions that `pybuf.h` declares: a name before a parenthesis, on a line
/// that is neither comment nor preprocessor nor the type of a callback.
fn declared_in_the_header() -> BTreeSet<String> {
    let header: PathBuf = root().join("include/pybuf.h");
    let header = fs::read_to_string(&header)
        .unwrap_or_else(|e| panic!("cannot read {}: {e}", header.display()));
    let declarations = header
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
    let names = declarations.filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next());
    names
        .filter(|name| name.starts_with("pybuf_"))
        .map(str::to_owned)
        .collect()
}
