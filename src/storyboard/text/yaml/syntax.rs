//! YAML syntax errors, in the words of people who write storyboards.
//!
//! If our explanation is a guess, the scanner's message is kept as a note.

use super::error_context::{Line, bracket_around, flow_value};
use super::messages;
use crate::base::{Diagnostic, Place, Source, Span};
use crate::storyboard::text::suggestions::closest;

/// The context in which the scanner stopped.
pub(super) struct Context {
    /// The last key.
    pub key: Option<Span>,
    /// The innermost `{` or `[` that is still open.
    pub flow: Option<Span>,
}

/// A syntax error.
pub(super) struct SyntaxError {
    /// The error.
    pub diagnostic: Diagnostic,
    /// The span to blank out so that the rest can be read, if the error is confined to it.
    pub mask: Option<Span>,
}

/// Explains in our words why the scanner stopped at a byte.
pub(super) fn explain(source: &Source, info: &str, at: usize, context: Context) -> SyntaxError {
    let at = (0..=at.min(source.text().len()))
        .rev()
        .find(|at| source.text().is_char_boundary(*at))
        .unwrap_or(0);
    let line = Line::around(source, at);
    let flow = context.flow.or_else(|| bracket_around(source.text(), at));
    let context = Context { flow, ..context };
    one_line(source, info, at, &line, &context).unwrap_or_else(|| SyntaxError {
        diagnostic: structure(source, info, at, &line, &context),
        mask: None,
    })
}

/// Errors confined to one line, so that the rest of the text can be read.
fn one_line(
    source: &Source,
    info: &str,
    at: usize,
    line: &Line<'_>,
    context: &Context,
) -> Option<SyntaxError> {
    let within = |span: Span| &source.text()[span.start..span.end];
    let place = |span: Span| Place::new(source, span);
    let mistake = |diagnostic, mask| Some(SyntaxError { diagnostic, mask: Some(mask) });

    let is_trailing = info.contains("invalid trailing content after");
    if info.contains("quoted scalar") && !is_escape(info) && !is_trailing {
        let (quote, rest) = opened_quote(source.text(), at);
        return Some(SyntaxError {
            diagnostic: messages::unclosed_quote(place(quote)),
            mask: within(rest).get(1..).filter(|rest| !rest.contains(within(quote))).map(|_| rest),
        });
    }
    if info.contains("simple key expect") || info.contains("mapping values are not allowed") {
        // `seed:12345`: the scanner notices only in the next line that it was not a key.
        if let Some((colon, value)) = bare_colon(source, line.start) {
            let diagnostic = messages::missing_space(place(colon));
            // A shorter value would leave nothing after the space to insert.
            let mask = Some(value).filter(|value| value.end - value.start > 1);
            return Some(SyntaxError { diagnostic, mask });
        }
    }
    if let Some(flow) = context.flow
        && info.contains("expected node content")
        && source.text()[at..].starts_with(',')
    {
        let comma = one_character(source.text(), at);
        let opened = place(flow);
        return mistake(messages::needless_comma(place(comma), opened), comma);
    }
    let value = match context.flow {
        Some(flow) => flow_value(source.text(), flow.start, at),
        None => line.value(),
    }?;
    let text = within(value);
    if text.starts_with("{{") {
        return mistake(messages::unquoted_template(place(value), text), value);
    }
    if context.flow.is_some()
        && let Some(key) = key_without_comma(source.text(), value)
    {
        let diagnostic = messages::missing_comma(place(key), within(key));
        return Some(SyntaxError { diagnostic, mask: None });
    }
    let is_colon = info.contains("mapping values are not allowed")
        || context.flow.is_some() && info.contains("did not find expected ','");
    if is_colon && text.contains(": ") {
        let message = "a value that contains `: ` must be quoted";
        return mistake(
            Diagnostic::error("unquoted-colon", message)
                .at(place(value))
                .label(messages::quoted(text)),
            value,
        );
    }
    if info.contains("block sequence entries are not allowed") && text.starts_with("- ") {
        return mistake(messages::list_in_line(place(value)), value);
    }
    let from = at.max(value.start).min(value.end);
    let first = text.chars().next()?;
    let is_bracket = matches!(first, '[' | '{') && from > value.start && context.flow.is_none();
    let is_strange = info.contains("unexpected character") || info.contains("misplaced bracket");
    // `[wide] fog on the sea` is a list to YAML, followed by something else.
    if is_bracket && info.contains("did not find expected key") || is_strange {
        if is_strange && from != value.start {
            return None;
        }
        let message = format!("a value that starts with `{first}` must be quoted");
        return mistake(
            Diagnostic::error("unquoted-text", message)
                .at(place(value))
                .label(messages::quoted(text)),
            value,
        );
    }
    if info.contains("unknown anchor") && first == '*' {
        let name = text[1..].split_whitespace().next().unwrap_or("");
        let message = format!("there is no anchor `&{name}` above `*{name}`");
        let label = match closest(name, anchors(&source.text()[..value.start])) {
            Some(anchor) => format!("did you mean `*{anchor}`?"),
            None => format!("if it is meant as text, {}", messages::quoted(text)),
        };
        return mistake(
            Diagnostic::error("unknown-anchor", message).at(place(value)).label(label),
            value,
        );
    }
    if is_trailing {
        return mistake(
            Diagnostic::error("text-after-quote", "there is text after the closing quote")
                .at(place(value))
                .label(messages::whole_quoted(text)),
            value,
        );
    }
    let closed = first == '"' && text.len() > 1 && text.ends_with('"');
    if closed && is_escape(info) {
        return mistake(messages::escape(place(value)), value);
    }
    None
}

/// Whether the scanner's message is about a `\\` in double quotes.
fn is_escape(info: &str) -> bool {
    ["unknown escape", "escape code", "hexadecimal"].iter().any(|words| info.contains(words))
}

/// Errors in the indentation and structure of lines.
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
        return Diagnostic::error("tab", "YAML must be indented with spaces, not tabs")
            .at(Place::new(source, one_character(text, tab)))
            .label("use spaces");
    }
    if info.contains("valid YAML whitespace")
        && let Some(colon) = line.text.find(":\t")
    {
        let tab = line.start + colon + 1;
        return Diagnostic::error(
            "tab",
            "there is a tab behind this `:`, where YAML needs a space",
        )
        .at(Place::new(source, one_character(text, tab)))
        .label("write a space instead");
    }
    if info.contains("recursion limit") {
        return messages::too_deep(Place::new(source, one_character(text, at)), 255);
    }
    if is_escape(info) {
        return messages::escape(Place::new(source, one_character(text, at)));
    }
    if info.contains("misplaced bracket") {
        let bracket = one_character(text, at);
        let message = format!("unmatched `{}`", &text[bracket.start..bracket.end]);
        let place = Place::new(source, bracket);
        return Diagnostic::error("bracket-too-many", message).at(place).label("remove it");
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
        .fix("for text of several lines, write `key: |` and indent the lines below it");
    }
    if info.contains("block sequence entries are not allowed") {
        return messages::list_in_line(here);
    }
    if info.contains("mapping values are not allowed") {
        return Diagnostic::error("bad-indentation", "this line is out of place")
            .at(here)
            .label("a `key: value` is not expected here")
            .fix(
                "check its indentation; put text that contains `: ` in quotes, or under `key: |`",
            );
    }
    if info.contains("did not find expected") && info.contains("block") {
        let label = match line.text.trim_start().starts_with("- ") {
            true => {
                "`-` starts a list item, but the lines around it are keys: remove it, or indent it"
            }
            false => "indent it like the lines around it",
        };
        let diagnostic =
            Diagnostic::error("bad-indentation", "this line does not line up with those above it")
                .at(here)
                .label(label);
        return match context.key {
            Some(key) => diagnostic.related(Place::new(source, key), "the last key that was read"),
            None => diagnostic,
        };
    }
    Diagnostic::error("not-yaml", "this is not YAML")
        .at(here)
        .note(format!("the YAML parser says: {info}"))
        .fix("if it is meant as text, put it in quotes")
}

/// The character that starts at a byte, or nothing at the end of the text.
fn one_character(text: &str, at: usize) -> Span {
    Span::new(at, at + text[at..].chars().next().map_or(0, char::len_utf8))
}

/// The first tab used for indentation, from a byte on.
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

/// The content of the last non-empty line before a byte.
fn last_content(source: &Source, at: usize) -> Span {
    let end = source.text()[..at].trim_end().len();
    Line::around(source, end).content()
}

/// The `:` without a following space in the last line before a byte, if it is the only one, and the
/// text after it.
fn bare_colon(source: &Source, at: usize) -> Option<(Span, Span)> {
    let above = last_content(source, at);
    let content = &source.text()[above.start..above.end];
    let colon = content.find(':').filter(|_| !content.contains(": ") && !content.ends_with(':'))?;
    let at = above.start + colon;
    Some((Span::new(at, at + 1), Span::new(at + 1, above.end)))
}

/// The opening quote at or after a byte, and the rest of its line.
fn opened_quote(text: &str, at: usize) -> (Span, Span) {
    let opened = text[at..].find(['"', '\'']).map_or(at, |offset| at + offset);
    let rest = text[opened..].lines().next().unwrap_or("").trim_end();
    (one_character(text, opened), Span::new(opened, opened + rest.len()))
}

/// The key that follows a value without a `,` before it, in a span that was read as one value.
fn key_without_comma(text: &str, span: Span) -> Option<Span> {
    let value = &text[span.start..span.end];
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
    let behind = quote.and_then(|quote| Some(value[1..].find(quote)? + 2));
    let colon = match behind {
        Some(behind) => behind + value[behind..].find(':')?,
        None => value.find(": ")?,
    };
    let before = value[..colon].trim_end();
    let start = match behind {
        Some(behind) => before.len() - before[behind.min(before.len())..].trim_start().len(),
        None => before.rfind(' ')? + 1,
    };
    let key = &before[start..];
    // A word that is a key elsewhere is a key here too, and not part of a text.
    let is_key = behind.is_some() || text.matches(&format!("{key}: ")).count() > 1;
    let is_word = !key.is_empty() && !key.trim_matches(['"', '\'']).contains(' ');
    (is_key && is_word).then(|| Span::new(span.start + start, span.start + start + key.len()))
}

/// The names of the anchors in a text.
fn anchors(text: &str) -> impl Iterator<Item = &str> {
    let names = text.split('&').skip(1);
    names.map(|rest| rest.split([' ', '\n', '\r', ',', '}', ']']).next().unwrap_or(""))
}
