//! What is wrong with a text as YAML, in the words of people who write storyboards.
//!
//! The scanner's own words are kept as a note where ours are a guess.

use super::mistakes;
use crate::base::{Diagnostic, Place, Source, Span};

/// What had been read when the scanner stopped.
pub(super) struct Context {
    /// The last key.
    pub key: Option<Span>,
    /// The innermost `{` or `[` that is still open.
    pub flow: Option<Span>,
}

/// A mistake of syntax.
pub(super) struct Mistake {
    /// What is wrong.
    pub diagnostic: Diagnostic,
    /// What to blank out so that the rest can be read, if the mistake stays within it.
    pub mask: Option<Span>,
}

/// The line that a byte lies in, without its line break.
struct Line<'s> {
    start: usize,
    text: &'s str,
}

impl<'s> Line<'s> {
    fn around(source: &'s Source, at: usize) -> Self {
        let text = source.text();
        let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let text = text[start..].split(['\n', '\r']).next().unwrap_or("");
        Line { start, text }
    }

    /// Its content, without indentation.
    fn content(&self) -> Span {
        let end = self.text.trim_end().len();
        let indent = end - self.text[..end].trim_start().len();
        Span::new(self.start + indent, self.start + end)
    }

    /// What stands behind `key: ` or `- `, up to the end of the line.
    fn value(&self) -> Option<Span> {
        let colon = self.text.find(": ").map(|at| at + 2);
        let dash = self.text.trim_start().starts_with("- ").then(|| self.text.find("- ")).flatten();
        let at = colon.or(dash.map(|at| at + 2))?;
        let rest = &self.text[at..];
        let at = at + rest.len() - rest.trim_start().len();
        let end = self.text.find(" #").filter(|end| *end > at).unwrap_or(self.text.len());
        let end = self.text[..end].trim_end().len();
        (at < end).then(|| Span::new(self.start + at, self.start + end))
    }
}

/// Says in our words what the scanner met at a byte.
pub(super) fn explain(source: &Source, info: &str, at: usize, context: Context) -> Mistake {
    let at = (0..=at.min(source.text().len()))
        .rev()
        .find(|at| source.text().is_char_boundary(*at))
        .unwrap_or(0);
    let line = Line::around(source, at);
    one_line(source, info, at, &line).unwrap_or_else(|| Mistake {
        diagnostic: structure(source, info, at, &line, &context),
        mask: None,
    })
}

/// Mistakes that stay within one line, so that the rest of the text can be read.
fn one_line(source: &Source, info: &str, at: usize, line: &Line<'_>) -> Option<Mistake> {
    let value = line.value();
    let within = |span: Span| &source.text()[span.start..span.end];
    let place = |span: Span| Place::new(source, span);
    let mistake = |diagnostic, mask| Some(Mistake { diagnostic, mask: Some(mask) });

    let value = value?;
    let text = within(value);
    if text.starts_with("{{") {
        return mistake(mistakes::unquoted_template(place(value), text), value);
    }
    if info.contains("mapping values are not allowed") && text.contains(": ") {
        let message = "a value that holds `: ` must be quoted";
        return mistake(
            Diagnostic::error("unquoted-colon", message)
                .at(place(value))
                .label(mistakes::quoted(text)),
            value,
        );
    }
    let from = at.max(value.start).min(value.end);
    let first = text.chars().next()?;
    if info.contains("unexpected character") || info.contains("misplaced bracket") {
        if from != value.start {
            return None;
        }
        let message = format!("a value that starts with `{first}` must be quoted");
        return mistake(
            Diagnostic::error("unquoted-text", message)
                .at(place(value))
                .label(mistakes::quoted(text)),
            value,
        );
    }
    if info.contains("unknown anchor") && first == '*' {
        let name = text[1..].split_whitespace().next().unwrap_or("");
        let message = format!("`*{name}` stands for the anchor `&{name}`, which is not above it");
        return mistake(
            Diagnostic::error("unknown-anchor", message)
                .at(place(value))
                .label(format!("if it is meant as text, {}", mistakes::quoted(text))),
            value,
        );
    }
    if info.contains("invalid trailing content after") {
        return mistake(
            Diagnostic::error("text-after-quote", "there is text after the closing quote")
                .at(place(value))
                .label("quote the whole value, and write quotes inside it as `\\\"`"),
            value,
        );
    }
    let closed = first == '"' && text.len() > 1 && text.ends_with('"');
    if closed && is_escape(info) {
        return mistake(mistakes::escape(place(value)), value);
    }
    None
}

/// Whether the scanner speaks of a `\\` in double quotes.
fn is_escape(info: &str) -> bool {
    ["unknown escape", "escape code", "hexadecimal"].iter().any(|words| info.contains(words))
}

/// Mistakes in how lines stand to one another.
fn structure(
    source: &Source,
    info: &str,
    at: usize,
    line: &Line<'_>,
    context: &Context,
) -> Diagnostic {
    let text = source.text();
    let here = Place::new(source, line.content());
    if info.contains("tab") {
        let tab = leading_tab(text, line.start).unwrap_or(at);
        return Diagnostic::error("tab", "YAML is indented with spaces, and this is a tab")
            .at(Place::new(source, one_character(text, tab)))
            .label("use spaces");
    }
    if info.contains("recursion limit") {
        return mistakes::too_deep(Place::new(source, one_character(text, at)), 255);
    }
    if info.contains("quoted scalar") && !is_escape(info) {
        let opened = text[at..].find(['"', '\'']).map_or(at, |offset| at + offset);
        let quote = one_character(text, opened);
        return Diagnostic::error("unclosed-quote", "a quote is opened here and never closed")
            .at(Place::new(source, quote))
            .label("close it at the end of the value");
    }
    if is_escape(info) {
        return mistakes::escape(Place::new(source, one_character(text, at)));
    }
    if let Some(flow) = context.flow {
        let close = if text[flow.start..].starts_with('{') { '}' } else { ']' };
        let message = format!("a `,` or the closing `{close}` is missing before this");
        let at = one_character(text, at);
        let place =
            if text[at.start..at.end].trim().is_empty() { here } else { Place::new(source, at) };
        return Diagnostic::error("unclosed-bracket", message)
            .at(place)
            .related(Place::new(source, flow), "opened here");
    }
    if info.contains("simple key expect") {
        let above = last_content(source, at);
        return Diagnostic::error(
            "missing-colon",
            "this line is neither `key: value` nor part of a value",
        )
        .at(Place::new(source, above))
        .label("a `:` with a space after it is missing")
        .fix("text over several lines goes under `key: |`, indented");
    }
    if info.contains("block sequence entries are not allowed") {
        return Diagnostic::error("list-in-line", "a list with `-` cannot start behind its key")
            .at(here)
            .label("put each `- item` on its own line, or write `[a, b]`");
    }
    if info.contains("mapping values are not allowed") {
        if let Some(colon) = bare_colon(source, line.start) {
            return Diagnostic::error("missing-space", "there is no space after this `:`")
                .at(Place::new(source, colon))
                .label("write `key: value`");
        }
        return Diagnostic::error("bad-indentation", "this line does not fit where it stands")
            .at(here)
            .label("a `key: value` is not expected here")
            .fix("look at its indentation, and for a missing space after `:` in the line above");
    }
    if info.contains("did not find expected") && info.contains("block") {
        let diagnostic =
            Diagnostic::error("bad-indentation", "this line does not line up with those above it")
                .at(here)
                .label("indent it like its neighbours");
        return match context.key {
            Some(key) => diagnostic.related(Place::new(source, key), "the last key read"),
            None => diagnostic,
        };
    }
    Diagnostic::error("not-yaml", "this is not YAML")
        .at(here)
        .note(format!("the YAML scanner says: {info}"))
        .fix("if it is meant as text, put it in quotes")
}

/// The character that starts at a byte, or nothing at the text's end.
fn one_character(text: &str, at: usize) -> Span {
    Span::new(at, at + text[at..].chars().next().map_or(0, char::len_utf8))
}

/// The first tab that indents a line, from a byte on.
fn leading_tab(text: &str, from: usize) -> Option<usize> {
    let mut start = from;
    for line in text[from..].split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line[..indent].find('\t') {
            return Some(start + tab);
        }
        start += line.len();
    }
    None
}

/// The content of the last line that has any, before a byte.
fn last_content(source: &Source, at: usize) -> Span {
    let end = source.text()[..at].trim_end().len();
    Line::around(source, end).content()
}

/// The `:` without a space behind it in the last line before a byte, if that is its only one.
fn bare_colon(source: &Source, at: usize) -> Option<Span> {
    let above = last_content(source, at);
    let content = &source.text()[above.start..above.end];
    let colon = content.find(':').filter(|_| !content.contains(": ") && !content.ends_with(':'))?;
    Some(Span::new(above.start + colon, above.start + colon + 1))
}
