//! Diagnostics as text for people and as JSON for machines.
//!
//! A diagnostic with a place is drawn by rustc's own renderer, which receives only the lines around
//! the place, so that ten thousand mistakes in a long file still print in time.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use schemars::JsonSchema;
use serde::Serialize;

use crate::base::text::reveal;
use crate::base::{Diagnostic, Place, Severity};

/// The longest line that is drawn whole; of longer ones, only the part around the place.
const LINE_MAX_BYTES: usize = 130;
/// The longest mark in a line that was cut, so that its label stays visible.
const MARK_MAX_BYTES: usize = 30;

/// Draws diagnostics, a blank line between them, in the order given.
pub fn render(diagnostics: &[Diagnostic], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let texts: Vec<String> = diagnostics.iter().map(|one| render_one(one, &renderer)).collect();
    let mut text = texts.join("\n\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn render_one(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = reveal(&diagnostic.message);
    let label = reveal(&diagnostic.label);
    let mut group = Group::with_title(level.primary_title(message));
    let mut text;
    let mut columns = Vec::new();
    match &diagnostic.place {
        Some(place) if !place.source.text().is_empty() => {
            for (file, marks) in by_source(diagnostic, place) {
                for excerpt in excerpts(file, marks) {
                    columns.extend(excerpt.column_in(file));
                    let snippet = Snippet::source(excerpt.text)
                        .path(reveal(file.source.name()))
                        .line_start(excerpt.first_line)
                        .fold(true)
                        .annotations(excerpt.marks.into_iter().map(|mark| {
                            let kind = match mark.is_primary {
                                true => AnnotationKind::Primary,
                                false => AnnotationKind::Context,
                            };
                            let text =
                                if mark.is_primary { label.clone() } else { reveal(mark.label) };
                            kind.span(mark.span).label((!text.is_empty()).then_some(text))
                        }));
                    group = group.element(snippet);
                }
            }
            for note in &diagnostic.notes {
                group = group.element(Level::NOTE.message(reveal(note)));
            }
            if let Some(fix) = &diagnostic.fix {
                group = group.element(Level::HELP.with_name("fix").message(reveal(fix)));
            }
            text = renderer.render(&[group]);
            for (drawn, real) in columns {
                text = text.replacen(&drawn, &real, 1);
            }
        }
        place => {
            text = renderer.render(&[group]);
            if let Some(place) = place {
                text += &format!("\n  --> {}", reveal(place.source.name()));
            }
            let notes = diagnostic.notes.iter().map(|note| reveal(note));
            let label = (!label.is_empty()).then(|| label.clone());
            for note in label.into_iter().chain(notes) {
                text += &format!("\n  {}", note.replace('\n', "\n  "));
            }
            for (place, label) in &diagnostic.related {
                text += &format!("\n  --> {place}: {}", reveal(label));
            }
            if let Some(fix) = &diagnostic.fix {
                text += &format!("\n  fix: {}", reveal(fix).replace('\n', "\n       "));
            }
        }
    }
    text
}

/// One range to mark.
struct Mark<'d> {
    span: Range<usize>,
    /// Where it begins in the whole text.
    at: usize,
    label: &'d str,
    is_primary: bool,
}

/// Some lines of a file with the marks in them.
struct Excerpt<'d> {
    text: String,
    first_line: usize,
    marks: Vec<Mark<'d>>,
}

impl Excerpt<'_> {
    /// Where its first mark is as drawn and as it really is, if its line was cut before the mark:
    /// `film.yaml:4:34` and `film.yaml:4:164`.
    fn column_in(&self, file: &Place) -> Option<(String, String)> {
        // The renderer names the primary mark, else the first one.
        let mark = self.marks.iter().find(|mark| mark.is_primary).or(self.marks.first())?;
        let before = &self.text[..mark.span.start];
        let line = before.rfind('\n').map_or(before, |at| &before[at + 1..]);
        if !line.starts_with('…') {
            return None;
        }
        let (number, column) = file.source.line_column(mark.at);
        let name = reveal(file.source.name());
        let drawn = format!("{name}:{number}:{}", line.chars().count() + 1);
        Some((format!("{drawn}\n"), format!("{name}:{number}:{column}\n")))
    }
}

/// The marks by file, the primary one's file first.
fn by_source<'d>(
    diagnostic: &'d Diagnostic,
    primary: &'d Place,
) -> Vec<(&'d Place, Vec<Mark<'d>>)> {
    let mark = |place: &Place, label, is_primary| {
        let span = first_line_of(place);
        Mark { at: span.start, span, label, is_primary }
    };
    let mut files = vec![(primary, vec![mark(primary, diagnostic.label.as_str(), true)])];
    for (place, label) in &diagnostic.related {
        let mark = mark(place, label.as_str(), false);
        match files.iter_mut().find(|file| file.0.source.name() == place.source.name()) {
            Some(file) => file.1.push(mark),
            None => files.push((place, vec![mark])),
        }
    }
    files
}

/// A place's bytes on its first line; at least one, so that there is something to mark.
fn first_line_of(place: &Place) -> Range<usize> {
    let text = place.source.text();
    let start = boundary(text, place.span.start);
    let end = boundary(text, place.span.end.max(start));
    let line = text[start..end].lines().next().unwrap_or("").trim_end().len();
    start..start + line
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The marked lines, with those close together as one excerpt.
fn excerpts<'d>(file: &Place, mut marks: Vec<Mark<'d>>) -> Vec<Excerpt<'d>> {
    /// The largest gap between two marks in one excerpt, in lines.
    const GAP_MAX_LINES: usize = 5;
    let text = file.source.text();
    marks.sort_by_key(|mark| (!mark.is_primary, mark.span.start));
    // Groups of marks on close lines, the primary one's first.
    let mut groups: Vec<(usize, usize, Vec<Mark<'d>>)> = Vec::new();
    for mark in marks {
        let line = file.source.line_column(mark.span.start).0;
        let close = groups.iter_mut().find(|(first, last, _)| {
            line + GAP_MAX_LINES >= *first && line <= *last + GAP_MAX_LINES
        });
        match close {
            Some((first, last, marks)) => {
                (*first, *last) = ((*first).min(line), (*last).max(line));
                marks.push(mark);
            }
            None => groups.push((line, line, vec![mark])),
        }
    }
    let excerpt = |(first_line, _, marks): (usize, usize, Vec<Mark<'d>>)| {
        let first = marks.iter().map(|mark| mark.span.start).min().unwrap_or(0);
        let last = marks.iter().map(|mark| mark.span.end).max().unwrap_or(0);
        let start = text[..first].rfind('\n').map_or(0, |at| at + 1);
        let end = text[last..].find('\n').map_or(text.len(), |at| last + at);
        shorten(&text[start..end], start, first_line, marks)
    };
    groups.into_iter().map(excerpt).collect()
}

/// Cuts lines that are too long to draw, and makes control characters visible.
fn shorten<'d>(lines: &str, offset: usize, first_line: usize, marks: Vec<Mark<'d>>) -> Excerpt<'d> {
    let mut text = String::with_capacity(lines.len());
    let mut moved: Vec<Mark<'d>> = Vec::with_capacity(marks.len());
    let mut line_start = offset;
    for line in lines.split_inclusive('\n') {
        let here = |mark: &&Mark<'_>| {
            mark.span.start >= line_start && mark.span.start < line_start + line.len().max(1)
                || mark.span.start == line_start + line.len() && !line.ends_with('\n')
        };
        let first = marks.iter().filter(here).map(|mark| mark.span.start - line_start).min();
        let around = first.unwrap_or(0);
        let cut = if line.len() > LINE_MAX_BYTES {
            let from = boundary(line, around.saturating_sub(LINE_MAX_BYTES / 4));
            let to = boundary(line, from + LINE_MAX_BYTES);
            from..to.max(from)
        } else {
            0..line.len()
        };
        let base = text.len() + if cut.start > 0 { '…'.len_utf8() } else { 0 };
        for mark in marks.iter().filter(here) {
            let start = (mark.span.start - line_start).clamp(cut.start, cut.end) - cut.start;
            let mut end = (mark.span.end - line_start).clamp(cut.start, cut.end) - cut.start;
            if cut.len() < line.len() {
                end = boundary(&line[cut.clone()], end.min(start + MARK_MAX_BYTES));
            }
            moved.push(Mark { span: base + start..base + end.max(start), ..*mark });
        }
        if cut.start > 0 {
            text.push('…');
        }
        text.push_str(&line[cut.clone()]);
        if cut.end < line.len() {
            text.push('…');
            if line.ends_with('\n') {
                text.push('\n');
            }
        }
        line_start += line.len();
    }
    if lines.is_empty() {
        let at = |mark: Mark<'d>| Mark { span: 0..0, ..mark };
        moved = marks.into_iter().map(at).collect();
    }
    Excerpt { text, first_line, marks: moved }
}

/// A diagnostic for machines.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DiagnosticJson {
    /// A short stable name in kebab-case, such as `unknown-field`.
    pub code: &'static str,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where, if it has a place in a file.
    #[serde(flatten)]
    pub place: Option<PlaceJson>,
    /// The text under the carets, often the fix itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Facts that help to understand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What to do, where the label does not say it already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// Other places that matter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<RelatedJson>,
}

/// A place for machines.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlaceJson {
    /// The file as it was named on the command line.
    pub file: String,
    /// The first line, from 1.
    pub line: usize,
    /// The first column, in characters from 1.
    pub column: usize,
    /// The last line, from 1.
    pub end_line: usize,
    /// The column behind the last, in characters from 1.
    pub end_column: usize,
}

/// Another place that matters, for machines.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RelatedJson {
    /// Where.
    #[serde(flatten)]
    pub place: PlaceJson,
    /// What is there.
    pub label: String,
}

/// A diagnostic as a value that serialises as one JSON object.
pub fn to_json(diagnostic: &Diagnostic) -> DiagnosticJson {
    DiagnosticJson {
        code: diagnostic.code,
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: diagnostic.message.clone(),
        place: diagnostic.place.as_ref().map(place_json),
        label: diagnostic.label.clone(),
        notes: diagnostic.notes.clone(),
        fix: diagnostic.fix.clone(),
        related: diagnostic
            .related
            .iter()
            .map(|(place, label)| RelatedJson { place: place_json(place), label: label.clone() })
            .collect(),
    }
}

/// A place as a value that serialises.
pub fn place_json(place: &Place) -> PlaceJson {
    let (line, column) = place.source.line_column(place.span.start);
    let (end_line, end_column) = place.source.line_column(place.span.end);
    PlaceJson { file: place.source.name().to_string(), line, column, end_line, end_column }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Source, Span, Warning};

    const TEXT: &str = "version: 1\nscenes:\n  dawn: { type: t2v }\n  harbor:\n    type: i2v\n    \
                        image: { scene: dwan, frame: last }\n";

    fn place(needle: &str) -> Place {
        let at = TEXT.find(needle).unwrap();
        Place::new(&Source::new("storyboard.yaml", TEXT), Span::new(at, at + needle.len()))
    }

    fn unknown_scene() -> Diagnostic {
        let message = "scene `harbor` takes a frame of `dwan`, but no scene has that name";
        Diagnostic::error("unknown-scene", message).at(place("dwan")).label("did you mean `dawn`?")
    }

    #[test]
    fn with_places() {
        let several =
            unknown_scene().related(place("dawn"), "this one").note("a fact").fix("write `dawn`");
        let warning = Diagnostic::warning(Warning::SeedIgnored, "it is late").at(place("version"));
        insta::assert_snapshot!(render(&[unknown_scene(), several, warning], false));
    }

    #[test]
    fn without_places() {
        let doubt = Diagnostic::error(
            "in-doubt",
            "`chase` may already be running at the provider, so it was not sent again",
        )
        .note("sent at 14:02:10, the connection was lost before a task id came back")
        .fix(
            "look at the provider's log page, then run `kling-build settle chase --task ID`,\nor \
              `kling-build settle chase --not-sent` if it is not there",
        );
        let bare = Diagnostic::error("is-a-directory", "`films` is a directory");
        insta::assert_snapshot!(render(&[doubt, bare], false));
    }

    #[test]
    fn nothing_prints_nothing() {
        assert_eq!(render(&[], false), "");
    }

    #[test]
    fn colour_only_adds_to_the_text() {
        let all = [unknown_scene(), Diagnostic::error("x", "no place").fix("none")];
        let coloured = render(&all, true);
        assert!(coloured.contains('\u{1b}'));
        let mut stripped = String::new();
        for part in coloured.split('\u{1b}') {
            stripped +=
                part.split_once('m').filter(|_| part.starts_with('[')).map_or(part, |p| p.1);
        }
        assert_eq!(stripped, render(&all, false));
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let text = format!("prompt: \"{}HERE{}\"", "a".repeat(5_000), "é".repeat(5_000));
        let at = text.find("HERE").unwrap();
        let source = Source::new("a.yaml", text);
        let place = Place::new(&source, Span::new(at, at + 4_000));
        let shown = render(&[Diagnostic::error("x", "wrong").at(place).label("this")], false);
        assert!(shown.contains("aHERE") && shown.contains("^ this"), "{shown}");
        assert!(shown.len() < 1_500, "{shown}");
    }

    #[test]
    fn as_json() {
        let diagnostic = unknown_scene().related(place("dawn"), "this one").fix("write `dawn`");
        let bare = Diagnostic::warning(Warning::SeedIgnored, "it is late");
        insta::assert_json_snapshot!([to_json(&diagnostic), to_json(&bare)]);
    }
}
