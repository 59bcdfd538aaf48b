//! Messages for YAML errors with a single cause.

use super::json;
use crate::base::{Diagnostic, Place};

/// The longest text that a message repeats in quotes.
const SHOWN_MAX_CHARS: usize = 60;

/// `"…"` around a text, ready to paste.
pub(super) fn quoted(text: &str) -> String {
    if text.chars().count() > SHOWN_MAX_CHARS {
        return "quote it: `\"…\"`".to_string();
    }
    format!("quote it: `\"{}\"`", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// How to quote a text that is only partly quoted: `"Fog" over the sea`, `'the ship's bell'`.
pub(super) fn whole_quoted(text: &str) -> String {
    let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    match inner.filter(|inner| inner.chars().count() <= SHOWN_MAX_CHARS) {
        Some(inner) => {
            let inner = inner.replace("''", "'").replace('\'', "''");
            format!("inside single quotes write `'` twice: `'{inner}'`")
        }
        None if text.starts_with('\'') => {
            "quote the whole value, and write `'` inside it twice".to_string()
        }
        None => "quote the whole value, and write quotes inside it as `\\\"`".to_string(),
    }
}

/// `prompt: "fog` without the closing quote.
pub(super) fn unclosed_quote(place: Place) -> Diagnostic {
    Diagnostic::error("unclosed-quote", "this quote is never closed")
        .at(place)
        .label("close it at the end of the value")
}

/// `seed:12345`.
pub(super) fn missing_space(colon: Place) -> Diagnostic {
    Diagnostic::error("missing-space", "there is no space after this `:`")
        .at(colon)
        .label("write `key: value`")
}

/// `{ type: t2v prompt: fog }`.
pub(super) fn missing_comma(key: Place, name: &str) -> Diagnostic {
    Diagnostic::error("missing-comma", format!("a `,` is missing before `{name}`"))
        .at(key)
        .label("add it, or quote the value before it if this is part of that value")
}

/// `[a, , b]`.
pub(super) fn needless_comma(comma: Place, opened: Place) -> Diagnostic {
    Diagnostic::error("needless-comma", "there is no value before this `,`")
        .at(comma)
        .label("remove it, or write a value")
        .related(opened, "in this list or map")
}

/// `after: - a`.
pub(super) fn list_in_line(place: Place) -> Diagnostic {
    Diagnostic::error("list-in-line", "a `-` list must start on the next line")
        .at(place)
        .label("put each `- item` on its own line, or write `[a, b]`")
}

/// `"C:\Users"`; or the two halves in which JSON writes a character beyond U+FFFF.
pub(super) fn escape(place: Place) -> Diagnostic {
    let text = &place.source.text()[place.span.start..place.span.end];
    let label = match json::surrogates_in(text) {
        Some(c) => format!("write `{c}` itself, or `\\U{:08X}`", u32::from(c)),
        None => "write `\\\\` for a backslash, or use single quotes".to_string(),
    };
    Diagnostic::error("bad-escape", "unknown escape after `\\`").at(place).label(label)
}

/// `<<<<<<< HEAD`.
pub(super) fn conflict_marker(place: Place, line: usize) -> Diagnostic {
    Diagnostic::error("conflict-marker", format!("line {line} is a conflict marker of git"))
        .at(place)
        .label("keep one of the two sides, or both, and remove the lines of the markers")
}

/// A character that YAML does not allow.
pub(super) fn control_character(place: Place, found: char) -> Diagnostic {
    let message = format!("YAML does not allow the character U+{:04X}", u32::from(found));
    Diagnostic::error("control-character", message)
        .at(place)
        .label("remove it, or write it as an escape in double quotes")
}

/// More control characters than a text file would have.
pub(super) fn not_text(place: Place) -> Diagnostic {
    Diagnostic::error("not-text", "this is not a text file")
        .at(place)
        .label("it has many control characters, the first one here")
        .fix("give the path of a storyboard")
}

/// `prompt: {{hero}} walks`, which YAML reads as a map.
pub(super) fn unquoted_template(place: Place, text: &str) -> Diagnostic {
    let message = "a value that starts with `{{` must be quoted, or YAML reads it as a map";
    Diagnostic::error("unquoted-template", message).at(place).label(quoted(text))
}

/// A second `---`.
pub(super) fn second_document(place: Place) -> Diagnostic {
    Diagnostic::error(
        "several-documents",
        "a second YAML document starts here; a storyboard must be one",
    )
    .at(place)
    .label("remove this line, or move the rest to another file")
}

/// `!name value`.
pub(super) fn tag(place: Place, tag: &str) -> Diagnostic {
    let tag = tag.replace("tag:yaml.org,2002:", "!");
    Diagnostic::error("tag", format!("the YAML tag `{tag}` is not supported"))
        .at(place)
        .label("remove the tag, or quote the value if it is text that starts with `!`")
}

/// A list or a map as a key.
pub(super) fn odd_key(place: Place) -> Diagnostic {
    Diagnostic::error("odd-key", "a key must be a word, not a list or a map")
        .at(place)
        .label("if it is meant as text, put it in quotes")
}

/// The same key twice in one map.
pub(super) fn duplicate_key(key: &str, again: Place, first: Place) -> Diagnostic {
    let line = first.line();
    Diagnostic::error("duplicate-key", format!("`{key}` is defined twice"))
        .at(again)
        .label(format!("remove it or rename it; it was first defined on line {line}"))
        .related(first, "first here")
}

/// `<<` with something that is not a map.
pub(super) fn bad_merge(place: Place) -> Diagnostic {
    Diagnostic::error("bad-merge", "`<<` must be a map or a list of maps")
        .at(place)
        .label("use an alias of a map, such as `*base`")
}

/// `a: &a [*a]`.
pub(super) fn alias_of_itself(place: Place) -> Diagnostic {
    Diagnostic::error("alias-ring", "this alias refers to itself")
        .at(place)
        .label("it would never end")
}

/// Aliases that expand to more than anyone would write.
pub(super) fn alias_bomb(place: Place) -> Diagnostic {
    Diagnostic::error("too-many-aliases", "the aliases of this file expand to too much text")
        .at(place)
        .label("from here on it is more than a million values or 16 MiB")
}

/// Collections that are nested too deeply.
pub(super) fn too_deep(place: Place, depth: usize) -> Diagnostic {
    let message = format!("lists and maps nest more than {depth} deep");
    Diagnostic::error("too-deep", message).at(place).label("this is too deep")
}

/// More values than a storyboard may have.
pub(super) fn too_many_nodes(place: Place, nodes: usize) -> Diagnostic {
    let message = format!("the file has more than {nodes} keys and values");
    Diagnostic::error("too-large", message).at(place).label("the rest was not read")
}
