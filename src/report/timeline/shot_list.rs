//! The shot list: all scenes of the film as a table in CSV (RFC 4180).
//!
//! RFC 4180 allows no control characters but line breaks, so the others are left out. Spreadsheet
//! programs execute a cell that begins like a formula, whatever its quotes. A text that begins so,
//! such as a prompt, gets an apostrophe in front, which they show as text.

use crate::base::text::clean_lines;
use crate::base::{Credits, Tag};
use crate::report::build::manifest::ManifestScene;
use crate::storyboard::Scene;

/// The columns.
const HEAD: [&str; 16] = [
    "scene",
    "title",
    "type",
    "act",
    "tags",
    "prompt",
    "narration",
    "model",
    "seconds",
    "take",
    "seed",
    "credits",
    "dollars",
    "file",
    "key",
    "state",
];

/// A scene of the film.
pub struct ShotRow<'a> {
    /// As the storyboard has it.
    pub scene: &'a Scene,
    /// Its take in the build directory, if there is one.
    pub entry: Option<&'a ManifestScene>,
    /// The most that the take has cost, or would cost.
    pub credits: Credits,
    /// How many seconds its video has, or would have.
    pub seconds: f64,
}

/// The text of the table, with CRLF at the end of each line. Scenes without a take are `missing`
/// in the column `state`, the others `done`.
pub fn shot_list<'a>(rows: impl Iterator<Item = ShotRow<'a>>) -> String {
    let mut table = HEAD.join(",") + "\r\n";
    for row in rows {
        let ShotRow { scene, entry, credits, seconds } = row;
        let number = |number: Option<u32>| number.map_or(String::new(), |it| it.to_string());
        let text =
            |text: Option<&str>| text.map_or(String::new(), |text| guarded(&clean_lines(text)));
        let tags: Vec<&str> = scene.tags.iter().map(Tag::as_str).collect();
        let act = tags.iter().find_map(|tag| tag.strip_prefix("act").filter(|act| is_number(act)));
        let (prompt, model) = match entry {
            Some(entry) => (entry.prompt.as_deref().or(scene.prompt()), &entry.model),
            None => (scene.prompt(), &scene.model),
        };
        let cells = [
            scene.id.to_string(),
            text(Some(scene.label())),
            scene.scene_type().to_string(),
            act.unwrap_or_default().to_string(),
            text(Some(&tags.join(" "))),
            text(prompt),
            text(scene.narration.as_deref()),
            text(Some(model.as_str())),
            ((seconds * 1_000.0).round() / 1_000.0).to_string(),
            number(entry.map(|entry| entry.take)),
            number(entry.and_then(|entry| entry.seed)),
            credits.to_string(),
            credits.dollars().replace('$', ""),
            entry.map_or(String::new(), |entry| entry.video.clone()),
            entry.map_or(String::new(), |entry| entry.key.to_string()),
            if entry.is_some() { "done" } else { "missing" }.to_string(),
        ];
        table.push_str(&cells.map(|cell| quoted_cell(&cell)).join(","));
        table.push_str("\r\n");
    }
    table
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A text that no spreadsheet program takes for a formula.
fn guarded(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        true => format!("'{text}"),
        false => text.to_string(),
    }
}

/// A cell, in quotes where RFC 4180 asks for them.
fn quoted_cell(cell: &str) -> String {
    match cell.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::clips::tests::film;
    use super::*;
    use crate::report::build::manifest::Manifest;
    use crate::storyboard::{Overrides, read};

    #[test]
    fn cells_are_quoted_and_no_formulas() {
        let text = "version: 1\ntitle: Fog\nscenes:\n  \
                    dawn: { type: t2v, act: 2, tags: [a, b], label: '=1+1', narration: \"One,\\n\\\"two\\\"\",\n    \
                    prompt: '-fog' }\n  \
                    harbor: { type: t2v, prompt: '@rain', duration: 10 }\n  \
                    host: { type: card, text: 'a, b', duration: 2.5 }\n";
        let read = read("storyboard.yaml", text.as_bytes(), &Overrides::default());
        let scenes = read.film.expect("it is a film").scenes;
        let film = film().0;
        fn row<'f>(scene: &'f Scene, film: &'f Manifest) -> ShotRow<'f> {
            let entry = film.scenes.iter().find(|entry| entry.scene == scene.id);
            let entry = entry.filter(|entry| entry.scene.as_str() == "dawn");
            let credits = entry.map_or(Credits::whole(100), |entry| entry.credits);
            ShotRow { scene, entry, credits, seconds: entry.map_or(10.0, |entry| entry.seconds) }
        }
        let rows = scenes.iter().map(|scene| row(scene, &film));
        insta::assert_snapshot!(shot_list(rows).replace('\r', "␍"));
    }

    #[test]
    fn what_begins_like_a_formula_is_text() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"] {
            assert_eq!(guarded(text), format!("'{text}"));
        }
        for text in ["", "a=1", "1", "'=1", "<b>", "霧"] {
            assert_eq!(guarded(text), text);
        }
        assert_eq!(quoted_cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(quoted_cell("a\nb"), "\"a\nb\"");
        assert_eq!(quoted_cell("a;b"), "a;b");
    }
}
