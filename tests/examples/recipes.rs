//! Every program below `examples/` opens with a comment that says how it is built and
//! run. These very lines are what is run here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::at_home;
use crate::common::{Library, Python, Venv, empty_dir, pythons, root, run, say, two_at_a_time};

/// How a line of a recipe begins. `>>>` is what is then typed into Python.
const STARTS: [&str; 4] = ["cc ", "python3 ", "./", ">>> "];

#[test]
fn the_directories_of_examples_run() {
    let examples = root().join("examples");
    let dirs: Vec<PathBuf> = directories(&examples);
    assert!(!dirs.is_empty(), "no examples");
    two_at_a_time(pythons(), Python::name, |python| {
        let Some(venv) = Venv::for_examples(python, "the examples") else {
            return;
        };
        for dir in &dirs {
            let name = dir
                .strip_prefix(&examples)
                .expect("a directory below it")
                .to_string_lossy();
            let scratch = empty_dir(&format!(
                "examples-{}-{}",
                name.replace('/', "-"),
                python.key()
            ));
            copy_files(dir, &scratch);
            follow(&scratch, &venv);
            say(&format!("ran examples/{name} with {}", python.name()));
        }
    });
}

/// Runs the recipes of a directory: first all that compiles, then the rest.
fn follow(dir: &Path, venv: &Venv) {
    let programs = files(dir).filter(|file| has_extension(file, "c") || has_extension(file, "py"));
    let programs: Vec<PathBuf> = programs.collect();
    let mut lines: Vec<String> = programs.iter().flat_map(|file| recipe(file)).collect();
    for file in programs.iter().filter(|file| !file.ends_with("setup.py")) {
        let name = file
            .file_name()
            .expect("the name of a file")
            .to_string_lossy();
        let run = lines.iter().any(|line| line.contains(&*name));
        assert!(
            run || !recipe(file).is_empty(),
            "nothing says how {name} is run"
        );
    }
    lines.sort_by_key(|line| !line.starts_with("cc "));
    for line in lines {
        let mut command = match line.strip_prefix(">>> ") {
            Some(typed) => typed_into_python(dir, typed, venv),
            None => {
                let mut shell = Command::new("sh");
                shell.args(["-e", "-c", &line]);
                shell
            }
        };
        let installed = dir.join("site-packages");
        at_home(&mut command, Some(venv)).current_dir(dir);
        command.env(
            "PYTHONPATH",
            std::env::join_paths([&installed, &Library::installed().lib]).expect("a path"),
        );
        // A package goes beside its source, built with what the environment has.
        command
            .env("PIP_TARGET", &installed)
            .env("PIP_NO_BUILD_ISOLATION", "0")
            .env("PIP_NO_INDEX", "1");
        command.env("PYBUF_INCLUDE", &Library::installed().include);
        command.env("PYBUF_LIB", &Library::installed().lib);
        run(&mut command);
    }
}

/// The commands in the comment that a file opens with. What stands apart to the right
/// of a command is a remark.
fn recipe(file: &Path) -> Vec<String> {
    let text =
        fs::read_to_string(file).unwrap_or_else(|e| panic!("cannot read {}: {e}", file.display()));
    let ends = if has_extension(file, "c") {
        "*/"
    } else {
        "\"\"\"\n\n"
    };
    let comment = text.split(ends).next().unwrap_or_default();
    let lines = comment
        .lines()
        .map(|line| line.trim_start_matches([' ', '*']));
    let commands = lines.filter(|line| STARTS.iter().any(|start| line.starts_with(start)));
    commands
        .map(|line| line.split("    ").next().unwrap_or(line).to_owned())
        .collect()
}

fn typed_into_python(dir: &Path, typed: &str, venv: &Venv) -> Command {
    let modules = files(dir).filter(|file| has_extension(file, "c"));
    let modules: Vec<String> = modules.map(|file| crate::common::stem(&file)).collect();
    let mut python = Command::new(&venv.python);
    python.args([
        "-c",
        &format!("import numpy, {}\nprint({typed})", modules.join(", ")),
    ]);
    python
}

fn has_extension(file: &Path, extension: &str) -> bool {
    file.extension().is_some_and(|found| found == extension)
}

/// All directories below this one that have files.
fn directories(above: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for dir in entries(above).filter(|path| path.is_dir()) {
        found.extend(directories(&dir));
        if files(&dir).next().is_some() {
            found.push(dir);
        }
    }
    found.sort();
    found
}

fn files(dir: &Path) -> impl Iterator<Item = PathBuf> {
    entries(dir).filter(|path| path.is_file())
}

fn entries(dir: &Path) -> impl Iterator<Item = PathBuf> {
    let entries =
        fs::read_dir(dir).unwrap_or_else(|e| panic!("cannot list {}: {e}", dir.display()));
    entries.map(|entry| entry.expect("an entry of a directory").path())
}

fn copy_files(from: &Path, to: &Path) {
    for file in files(from) {
        let name = file.file_name().expect("the name of a file");
        fs::copy(&file, to.join(name))
            .unwrap_or_else(|e| panic!("cannot copy {}: {e}", file.display()));
    }
}
