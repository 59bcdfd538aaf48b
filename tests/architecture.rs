//! The order of imports: a folder imports only from itself and from folders above it.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders of `src`, each allowed to import from those before it.
const ORDER: [&str; 12] = [
    "base",
    "catalog",
    "storyboard",
    "plan",
    "engine",
    "media",
    "store",
    "provider",
    "report",
    "runner",
    "sim",
    "cli",
];
/// Folders of values and functions: no disk, no clock, no network, no tasks.
const PURE: [&str; 5] = ["base", "catalog", "storyboard", "plan", "engine"];
/// What pure folders may not name.
const IMPURE: [&str; 8] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "SystemTime::now",
    "Instant::now",
    "tokio",
    "reqwest",
];
/// The only folders with async code; the command line starts the runtime for them.
const ASYNC: [&str; 4] = ["provider", "runner", "sim", "cli"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The code of a file, without its comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn each_source(mut look: impl FnMut(&str, &Path, &str)) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for folder in ORDER {
        let files = sources(&root.join(folder));
        assert!(!files.is_empty(), "src/{folder} is gone");
        for path in files {
            look(folder, path.strip_prefix(&root).unwrap(), &code(&path));
        }
    }
}

/// The folders that `crate::…` names, grouped imports included.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let preceded =
            code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        if preceded {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap().split(',').collect(),
            None => vec![rest],
        };
        for name in names {
            let name = name.trim_start();
            let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
            found.push(name[..end].to_string());
        }
    }
    found
}

#[test]
fn imports_run_one_way() {
    let place = |folder: &str| ORDER.iter().position(|name| *name == folder);
    let mut wrong = Vec::new();
    each_source(|folder, path, code| {
        for import in imports(code) {
            if let Some(other) = place(&import)
                && other > place(folder).unwrap()
            {
                wrong.push(format!("{} imports {import}", path.display()));
            }
        }
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_core_is_pure() {
    let mut wrong = Vec::new();
    each_source(|folder, path, code| {
        let named = IMPURE.iter().filter(|name| PURE.contains(&folder) && code.contains(**name));
        wrong.extend(named.map(|name| format!("{} names {name}", path.display())));
        if !ASYNC.contains(&folder) && code.contains("async ") {
            wrong.push(format!("{} is async", path.display()));
        }
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_module_says_what_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&root) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//!"), "{} does not open with `//!`", path.display());
    }
}

#[test]
fn the_reader_of_imports_sees_groups() {
    let code = "use crate::base::Key;\nuse crate::{plan, store::X};\nlet a = crate::media::f();";
    assert_eq!(imports(code), ["base", "plan", "store", "media"]);
}
