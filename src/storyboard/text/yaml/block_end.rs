//! The end of a block: where lines can be added to a YAML file without touching any other.

use super::parse::scan;
use super::tree::{MapEntry, NodeId, Tree, Value};
use crate::base::{Diagnostic, Place, Source, Span};
use crate::storyboard::text::diagnostics::Diagnostics;

/// Where lines can be added to a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockEnd {
    /// The byte behind the map's last line.
    pub at: usize,
    /// The indentation of its keys.
    pub indent: usize,
}

/// The end of the innermost map that a path of keys leads to: where a key is missing, that is the
/// map without it. The end of the whole document is that of the file.
///
/// # Errors
/// The file is not YAML, or nothing can be added without risk: a map on the path is not in block
/// style, or the file repeats parts of itself. The diagnostic has the place, and no fix.
pub fn block_end(source: &Source, path: &[&str]) -> Result<BlockEnd, Box<Diagnostic>> {
    let mut findings = Diagnostics::default();
    let tree = scan(source, &mut findings);
    if let Some(error) = findings.into_sorted(source.name()).into_iter().find(Diagnostic::is_error)
    {
        return Err(Box::new(error));
    }
    let text = source.text();
    let end_of_file = BlockEnd { at: text.len(), indent: 0 };
    let Some(tree) = tree else { return Ok(end_of_file) };
    let is_alias = |node: &super::tree::Node| matches!(node.value, Value::Alias(_));
    if let Some(alias) = tree.nodes.iter().find(|node| is_alias(node)) {
        return Err(unsafe_at(source, alias.span, "the file repeats parts of itself with `*`"));
    }
    if text[tree.node(tree.root).span.start..].starts_with(['{', '[']) {
        let span = tree.node(tree.root).span;
        return Err(unsafe_at(source, span, "the file is written between braces"));
    }
    let mut found = end_of_file;
    let mut map = tree.root;
    for key in path {
        let Some(entry) = tree.map(map).and_then(|map| map.get(key)) else { break };
        refuse_unless_block(source, &tree, key, entry)?;
        found = end_of(&tree, entry);
        map = entry.value;
    }
    Ok(found)
}

/// Refuses a value that does not begin on a line of its own: it is in flow style, or has an anchor
/// or a tag.
fn refuse_unless_block(
    source: &Source,
    tree: &Tree,
    key: &str,
    entry: MapEntry,
) -> Result<(), Box<Diagnostic>> {
    let after_key = tree.node(entry.key).span.end;
    let line = source.text()[after_key..].lines().next().unwrap_or_default();
    let value = line.trim_start_matches(['"', '\'', ' ', '\t']).trim_start_matches(':').trim();
    if value.is_empty() || value.starts_with('#') {
        return Ok(());
    }
    let begins = after_key + line.find(value).unwrap_or(0);
    let what = match value.starts_with(['{', '[']) {
        true => format!("`{key}` is written between braces"),
        false => format!("`{key}` does not begin on a line of its own"),
    };
    Err(unsafe_at(source, Span::new(begins, begins + value.len()), &what))
}

fn unsafe_at(source: &Source, span: Span, what: &str) -> Box<Diagnostic> {
    let message = format!("lines cannot be added safely: {what}");
    Box::new(Diagnostic::error("unsafe-edit", message).at(Place::new(source, span)))
}

/// The end of a map in block style, which may be empty, with the comments that belong to it.
fn end_of(tree: &Tree, entry: MapEntry) -> BlockEnd {
    let text = tree.source.text();
    let key = tree.node(entry.key).span;
    let first = tree.map(entry.value).and_then(|map| map.entries().first().copied());
    let indent = match first {
        Some(first) => column(text, tree.node(first.key).span.start),
        None => column(text, key.start) + 2,
    };
    let content = last_byte(tree, entry.value).max(key.end);
    let mut at = line_end(text, content);
    while let Some(line) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let line = line.split_inclusive('\n').next().unwrap_or_default();
        let blanks = line.len() - line.trim_start_matches(' ').len();
        if blanks < indent || !line[blanks..].starts_with('#') {
            break;
        }
        at += line.len();
    }
    BlockEnd { at, indent }
}

/// The byte behind everything that a node consists of.
fn last_byte(tree: &Tree, id: NodeId) -> usize {
    let node = tree.node(id);
    match &node.value {
        Value::Map(map) => {
            let ends = map
                .entries()
                .iter()
                .map(|entry| last_byte(tree, entry.value).max(tree.node(entry.key).span.end));
            ends.fold(node.span.end, usize::max)
        }
        Value::List(items) => {
            items.iter().map(|item| last_byte(tree, *item)).fold(node.span.end, usize::max)
        }
        Value::Scalar(_) | Value::Alias(_) | Value::Broken => match node.span.start < node.span.end
        {
            true => node.span.end,
            // Nothing is where the next key begins.
            false => 0,
        },
    }
}

fn column(text: &str, at: usize) -> usize {
    at - text[..at].rfind('\n').map_or(0, |line_break| line_break + 1)
}

/// The byte behind the line around a byte.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |line_break| at + line_break + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str) -> Result<(String, usize), String> {
        let source = Source::new("models.yaml", text);
        let found = block_end(&source, &["jobs", "models"]).map_err(|error| error.message)?;
        Ok((text[found.at..].to_string(), found.indent))
    }

    #[test]
    fn a_block_ends_behind_its_comments() {
        let text = "version: 1\njobs:\n  models: # all\n    a:\n      label: |\n        x\n\n        y\n    \
                    # of a\n      # inside\n  # of jobs\n\nkling: {}\n";
        assert_eq!(end(text), Ok(("  # of jobs\n\nkling: {}\n".to_string(), 4)));
        let crlf = text.replace('\n', "\r\n");
        assert_eq!(end(&crlf), Ok(("  # of jobs\r\n\r\nkling: {}\r\n".to_string(), 4)));
        assert_eq!(end("jobs:\n  prices: { seen: x }"), Ok((String::new(), 2)));
        assert_eq!(
            end("jobs:\n  models:\n  # none\nkling:\n"),
            Ok(("  # none\nkling:\n".into(), 4))
        );
        assert_eq!(end("jobs:\n  models:\n    # none\nkling:\n"), Ok(("kling:\n".into(), 4)));
        assert_eq!(end("version: 1\n# end\n"), Ok((String::new(), 0)));
        assert_eq!(end("# nothing\n"), Ok((String::new(), 0)));
        let bracket = "\"jobs\":\n  models:\n    a: [1, 2] # beside\n    b:\nkling:\n";
        assert_eq!(end(bracket), Ok(("kling:\n".into(), 4)));
    }

    #[test]
    fn nothing_is_added_where_that_is_not_safe() {
        let why = |text: &str| end(text).unwrap_err();
        assert!(why("jobs: { models: {} }\n").ends_with("`jobs` is written between braces"));
        assert!(why("jobs:\n  models: {}\n").ends_with("`models` is written between braces"));
        assert!(why("{ jobs: {} }\n").ends_with("the file is written between braces"));
        assert!(why("jobs:\n  models: &all\n    a: 1\n").ends_with("on a line of its own"));
        assert!(
            why("a: &a\n  b: 1\njobs:\n  <<: *a\n").ends_with("repeats parts of itself with `*`")
        );
        assert!(end("jobs: [\n").is_err());
    }
}
