//! Broken storyboards: each gets the right errors, at the right lines, and no others.
//!
//! The cases are in `tests/broken/*.cases`: `=== title` begins one, `+++ path` another file of it.
//! `#! code` at the end of a line is the error expected there, `#! code line` on a line of its own
//! an error expected on another line of the file. The marks are removed before the storyboard is
//! read, and the output is pinned beside the cases. `␀` and `␇` represent the control characters,
//! `AAAA` represents 1,200 letters.

mod memory_files;

use std::fmt::Write as _;
use std::path::Path;

use kling_build::report::render;
use kling_build::storyboard::{Overrides, read_with};
use memory_files::memory_files;

/// The path of a case's storyboard.
const STORYBOARD: &str = "storyboard.yaml";

struct Case {
    title: String,
    /// Path and text; the storyboard is the first.
    files: Vec<(String, String)>,
    /// File, line and code, sorted.
    expected: Vec<(String, usize, String)>,
}

fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("=== ") {
            let files = vec![(STORYBOARD.to_string(), String::new())];
            cases.push(Case { title: title.into(), files, expected: Vec::new() });
            continue;
        }
        let case = cases.last_mut().expect("a file of cases begins with `=== title`");
        if let Some(path) = line.strip_prefix("+++ ") {
            case.files.push((path.to_string(), String::new()));
            continue;
        }
        let (file, text) = case.files.last_mut().unwrap();
        if let Some(mark) = line.strip_prefix("#! ") {
            let (code, line) = mark.split_once(' ').expect("`#! code line`");
            case.expected.push((file.clone(), line.parse().unwrap(), code.to_string()));
            continue;
        }
        let line = match line.split_once("#! ") {
            Some((line, codes)) => {
                let number = text.lines().count() + 1;
                let codes = codes.split_whitespace();
                case.expected.extend(codes.map(|code| (file.clone(), number, code.to_string())));
                line.trim_end()
            }
            None => line,
        };
        let line = line.replace('␀', "\0").replace('␇', "\u{7}");
        writeln!(text, "{}", line.replace("AAAA", &"fog ".repeat(300))).unwrap();
    }
    for case in &mut cases {
        for (_, text) in &mut case.files {
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        case.expected.sort();
    }
    cases
}

fn check(file: &str) {
    let mut messages = String::new();
    let mut wrong = String::new();
    for case in cases(file) {
        let files = memory_files(&case.files);
        let text = case.files[0].1.as_bytes();
        let reading = read_with(STORYBOARD, text, &Overrides::default(), files);
        let mut found: Vec<(String, usize, String)> = reading
            .diagnostics
            .iter()
            .map(|one| {
                let place = one.place.as_ref();
                let file = place.map_or(STORYBOARD, |place| place.source.name());
                (file.into(), place.map_or(0, |place| place.line()), one.code.to_string())
            })
            .collect();
        found.sort();
        let text = render(&reading.diagnostics, false);
        if found != case.expected || case.expected.is_empty() {
            let expected = &case.expected;
            writeln!(wrong, "{}: expected {expected:?}, found {found:?}\n{text}", case.title)
                .unwrap();
        }
        writeln!(messages, "=== {}\n{text}", case.title).unwrap();
    }
    assert!(wrong.is_empty(), "{wrong}");
    insta::with_settings!({ snapshot_path => "broken", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(file.trim_end_matches(".cases"), messages);
    });
}

#[test]
fn syntax() {
    check("syntax.cases");
}

#[test]
fn references() {
    check("references.cases");
}

#[test]
fn boards() {
    check("boards.cases");
}

#[test]
fn lists() {
    check("lists.cases");
}

#[test]
fn seconds() {
    check("seconds.cases");
}

#[test]
fn fields() {
    check("fields.cases");
}

#[test]
fn tables() {
    check("tables.cases");
}

#[test]
fn top() {
    check("top.cases");
}

#[test]
fn scenes() {
    check("scenes.cases");
}

#[test]
fn clips() {
    check("clips.cases");
}

#[test]
fn templates() {
    check("templates.cases");
}

#[test]
fn sources() {
    check("sources.cases");
}

#[test]
fn fits() {
    check("fits.cases");
}

#[test]
fn hosting() {
    check("hosting.cases");
}

#[test]
fn dependencies() {
    check("dependencies.cases");
}

#[test]
fn matrix() {
    check("matrix.cases");
}

#[test]
fn rows() {
    check("rows.cases");
}

#[test]
fn includes() {
    check("includes.cases");
}

#[test]
fn characters() {
    check("characters.cases");
}

#[test]
fn tags() {
    check("tags.cases");
}

#[test]
fn renames() {
    check("renames.cases");
}

#[test]
fn profiles() {
    check("profiles.cases");
}

#[test]
fn at_least_300_storyboards_are_broken() {
    let files = [
        "syntax",
        "top",
        "scenes",
        "templates",
        "sources",
        "dependencies",
        "matrix",
        "rows",
        "includes",
        "characters",
        "tags",
        "renames",
        "profiles",
    ];
    let count: usize = files.iter().map(|file| cases(&format!("{file}.cases")).len()).sum();
    assert!(count >= 200, "{count}");
}

#[test]
fn warnings() {
    check("warnings.cases");
}
