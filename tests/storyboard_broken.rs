//! Broken storyboards: each gets the right errors, at the right lines, and no others.
//!
//! The cases stand in `tests/broken/*.cases`: `=== title` begins one, `#! code` at the end of a
//! line says what is wrong there, `#! code line` on a line of its own says it for another line of
//! the case. The marks are taken out before the storyboard is read, and
//! what is printed is pinned beside the cases. `␀` and `␇` stand for the
//! control characters, `AAAA` for 1,200 letters.

use std::fmt::Write as _;
use std::path::Path;

use kling_build::report::diagnostics;
use kling_build::storyboard::{Overrides, read};

struct Case {
    title: String,
    text: String,
    /// Line and code, sorted.
    expected: Vec<(usize, String)>,
}

fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("=== ") {
            cases.push(Case { title: title.into(), text: String::new(), expected: Vec::new() });
            continue;
        }
        let case = cases.last_mut().expect("a file of cases begins with `=== title`");
        if let Some(mark) = line.strip_prefix("#! ") {
            let (code, line) = mark.split_once(' ').expect("`#! code line`");
            case.expected.push((line.parse().unwrap(), code.to_string()));
            continue;
        }
        let line = match line.split_once("#! ") {
            Some((line, codes)) => {
                let number = case.text.lines().count() + 1;
                let codes = codes.split_whitespace();
                case.expected.extend(codes.map(|code| (number, code.to_string())));
                line.trim_end()
            }
            None => line,
        };
        let line = line.replace('␀', "\0").replace('␇', "\u{7}");
        writeln!(case.text, "{}", line.replace("AAAA", &"fog ".repeat(300))).unwrap();
    }
    for case in &mut cases {
        case.text.truncate(case.text.trim_end().len());
        case.text.push('\n');
        case.expected.sort();
    }
    cases
}

fn check(file: &str) {
    let mut messages = String::new();
    let mut wrong = String::new();
    for case in cases(file) {
        let reading = read("storyboard.yaml", case.text.as_bytes(), &Overrides::default());
        let mut found: Vec<(usize, String)> = reading
            .diagnostics
            .iter()
            .map(|one| (one.place.as_ref().map_or(0, |place| place.line()), one.code.to_string()))
            .collect();
        found.sort();
        let text = diagnostics::render(&reading.diagnostics, false);
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
fn top() {
    check("top.cases");
}

#[test]
fn scenes() {
    check("scenes.cases");
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
fn dependencies() {
    check("dependencies.cases");
}

#[test]
fn there_are_enough_of_them() {
    let files = ["syntax", "top", "scenes", "templates", "sources", "dependencies"];
    let count: usize = files.iter().map(|file| cases(&format!("{file}.cases")).len()).sum();
    assert!(count >= 200, "{count}");
}
