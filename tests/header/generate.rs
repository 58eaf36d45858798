//! `include/pybuf.h`, put together from the Rust sources.
//!
//! Three sources and no second copy of any of them: the manual's opening chapter
//! (`manual.txt` beside this file), `src/abi.rs` for what `Python.h` may have left
//! undefined, and `src/ffi`, each file of which is a chapter that opens with the
//! file's own documentation.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::comments::{comment, plain, rewrite};
use crate::flags;

/// The files of `src/ffi` that declare something, in the order in which they are best
/// read.
const CHAPTERS: [&str; 23] = [
    "version",
    "error",
    "handle",
    "field",
    "format",
    "derived",
    "compared",
    "value",
    "exporter",
    "array",
    "want",
    "view",
    "explain",
    "items",
    "bytes",
    "content",
    "select",
    "shapes",
    "parts",
    "copy_plan",
    "buffer",
    "python",
    "memoryview",
];

/// The longest line of the header.
const WIDTH: usize = 100;

/// The whole header for the sources under `root`.
pub fn header(root: &Path) -> String {
    let parts = [
        manual(root),
        "#ifndef PYBUF_H\n#define PYBUF_H\n\n#include <stddef.h>\n#include <stdint.h>\n".to_owned(),
        python(root),
        api(root),
        "#endif /* PYBUF_H */\n".to_owned(),
    ];
    parts.join("\n")
}

fn manual(root: &Path) -> String {
    let text = read(&root.join("tests/header/manual.txt"));
    let text = text.replace("{version}", env!("CARGO_PKG_VERSION"));
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    comment("", &lines)
}

/// What is defined here only where `Python.h` has not done it.
fn python(root: &Path) -> String {
    let abi = root.join("src/abi.rs");
    let mut config = config(root);
    config.export.include.push("Py_buffer".to_owned());
    config.export.exclude.retain(|name| name != "Py_buffer");
    let buffer = declarations(config, std::slice::from_ref(&abi));
    let flags = flags::defines(&read(&abi));
    format!(
        "/* CPython's own names, where Python.h has not defined them: without Python.h, and in\n \
          * part under a limited API older than that of 3.11. */\n\
         #if !defined(Py_PYTHON_H)\n\
         typedef intptr_t Py_ssize_t;\n\
         typedef struct _object PyObject;\n\
         #endif\n\
         \n\
         #if !defined(Py_PYTHON_H) || (defined(Py_LIMITED_API) && \\\n    \
             (PY_VERSION_HEX < 0x030b0000 || Py_LIMITED_API + 0 < 0x030b0000))\n\
         {buffer}\
         #endif\n\
         \n\
         {flags}"
    )
}

/// The constants, types and functions of `src/ffi`, with a heading before the first
/// function of each chapter.
fn api(root: &Path) -> String {
    let ffi = root.join("src/ffi");
    let files = CHAPTERS.map(|name| ffi.join(name).with_extension("rs"));
    let limits: String = files.iter().map(|file| limits(&read(file))).collect();
    let text = declarations(config(root), &files);
    let chapters = chapters(&files);
    let mut opened = Vec::new();
    let mut out = limits;
    // A declaration and the comment above it are one paragraph of cbindgen's.
    for paragraph in text.split_inclusive("\n\n") {
        let chapter = declared_function(paragraph).and_then(|name| chapters.get(name));
        if let Some(chapter) = chapter.filter(|chapter| !opened.contains(chapter)) {
            out.push_str(&format!("{}\n", heading(chapter)));
            opened.push(chapter);
        }
        out.push_str(paragraph);
    }
    out
}

/// The constants that are the end of a range, which cbindgen leaves out: it knows no
/// name for them in C.
fn limits(source: &str) -> String {
    let mut docs = Vec::new();
    let mut out = String::new();
    for line in source.lines() {
        if let Some(doc) = line.strip_prefix("///") {
            docs.push(doc.trim_start());
            continue;
        }
        let constant = line
            .strip_prefix("pub const ")
            .and_then(|line| line.split_once(": isize = isize::"));
        if let Some((name, end)) = constant {
            let end = end.trim_end_matches(';');
            out.push_str(&format!(
                "{}#define {name} PTRDIFF_{end}\n\n",
                comment("", &plain(&docs))
            ));
        }
        docs.clear();
    }
    out
}

/// The name of the function that a paragraph of the header declares.
fn declared_function(paragraph: &str) -> Option<&str> {
    let mut code = paragraph
        .lines()
        .skip_while(|line| line.starts_with("/*") || line.starts_with(" *"));
    let (before, _) = code.next()?.split_once('(')?;
    let name = before.rsplit([' ', '*']).next()?;
    name.starts_with("pybuf_").then_some(name)
}

/// For each function: the documentation of the file it stands in.
fn chapters(files: &[PathBuf]) -> BTreeMap<String, Vec<String>> {
    let mut chapters = BTreeMap::new();
    for source in files.iter().map(|file| read(file)) {
        let docs = source.lines().map_while(|line| line.strip_prefix("//!"));
        let docs: Vec<&str> = docs
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        for name in exported_functions(&source) {
            chapters.insert(name, plain(&docs));
        }
    }
    chapters
}

/// The names of the functions of the C API that a file defines, by macros or not.
fn exported_functions(source: &str) -> impl Iterator<Item = String> {
    let code = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let definitions = code.filter_map(|line| line.split_once("fn pybuf_"));
    definitions.filter_map(|(_, rest)| Some(format!("pybuf_{}", rest.split('(').next()?)))
}

fn heading(text: &[String]) -> String {
    let mut lines = vec!["-".repeat(76)];
    lines.extend_from_slice(text);
    comment("", &lines)
}

fn config(root: &Path) -> cbindgen::Config {
    let file = root.join("cbindgen.toml");
    cbindgen::Config::from_file(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// What cbindgen makes of some source files, in the form of this header.
fn declarations(config: cbindgen::Config, sources: &[PathBuf]) -> String {
    let builder = cbindgen::Builder::new().with_config(config);
    let builder = sources.iter().fold(builder, |all, one| all.with_src(one));
    let bindings = builder
        .generate()
        .unwrap_or_else(|e| panic!("cbindgen, {sources:?}: {e}"));
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = String::from_utf8(text).expect("text from cbindgen");
    let text = rewrite(&tagged_structs(&text))
        .replace("#endif // __cplusplus", "#endif")
        .replace("#endif  // __cplusplus", "#endif")
        .replace("}  // extern \"C\"", "}")
        // A keyword of Rust, and none of C.
        .replace("self_", "self");
    let text: String = python_sizes(&text).lines().map(wrapped).collect();
    one_blank_line(&text)
}

/// Gives a struct its name as a tag, so that it can be declared elsewhere without
/// this header, and can be pointed at by its like and by what stands before it.
fn tagged_structs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("typedef struct {") {
        let (body, end) = after.split_once("\n} ").expect("the end of a struct");
        let (name, _) = end.split_once(';').expect("the name of a struct");
        out.push_str(before);
        let (pointer, tagged) = (format!(" {name} *"), format!(" struct {name} *"));
        out = out.replace(&pointer, &tagged);
        let body = body.replace(&pointer, &tagged);
        out.push_str(&format!("typedef struct {name} {{{body}"));
        rest = &after[after.len() - end.len() - "\n} ".len()..];
    }
    out + rest
}

/// Sizes by CPython's name for them.
fn python_sizes(text: &str) -> String {
    // `uintptr_t` ends in the same letters.
    text.replace("uintptr_t", "u\0")
        .replace("intptr_t", "Py_ssize_t")
        .replace("u\0", "uintptr_t")
}

/// A declaration on lines of a width that can be read, broken between parameters.
fn wrapped(line: &str) -> String {
    if line.trim_start().starts_with(['*', '/']) {
        assert!(line.len() <= WIDTH, "a comment is too wide: {line}");
        return format!("{line}\n");
    }
    let mut out = String::new();
    let mut width = 0;
    for part in line.split_inclusive(", ") {
        if width > 0 && width + part.trim_end().len() > WIDTH {
            out.truncate(out.trim_end().len());
            out.push_str("\n        ");
            width = 8;
        }
        out.push_str(part);
        width += part.len();
    }
    out + "\n"
}

/// At most one blank line between any two others, and none at the ends.
fn one_blank_line(text: &str) -> String {
    let mut text = text.trim_matches('\n').to_owned();
    while text.contains("\n\n\n") {
        text = text.replace("\n\n\n", "\n\n");
    }
    text + "\n"
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|e| panic!("cannot read {}: {e}", file.display()))
}
