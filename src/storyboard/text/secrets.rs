//! Secrets: an API key in a storyboard must not be printed in the error that reports it.

use crate::base::{Source, Span};
use crate::storyboard::text::yaml::tree::{MapEntry, Tree, Value};

/// Fields of the storyboard that may contain any name.
const FREE: [&str; 3] = ["vars", "partials", "matrix"];

/// Names of secrets, without case and punctuation.
const SECRETS: [&str; 18] = [
    "apikey",
    "kieapikey",
    "key",
    "token",
    "apitoken",
    "secret",
    "authorization",
    "bearer",
    "password",
    "accesskey",
    "accesskeyid",
    "awsaccesskeyid",
    "awssecretaccesskey",
    "awssessiontoken",
    "secretaccesskey",
    "secretkey",
    "securitytoken",
    "sessiontoken",
];

/// A key without case and punctuation.
pub(in crate::storyboard) fn normal(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Whether a field with this name is likely to contain a secret.
pub(in crate::storyboard) fn is_secret(key: &str) -> bool {
    // Fields that begin with `x-` are for other programs, and so are their secrets.
    SECRETS.contains(&normal(key.strip_prefix("x-").unwrap_or(key)).as_str())
}

/// Whether a secret is of a bucket, by the name of its field.
pub(in crate::storyboard) fn is_of_bucket(key: &str) -> bool {
    let name = normal(key);
    ["access", "session", "security"].iter().any(|word| name.contains(word)) || name == "secretkey"
}

/// The `user:password` of a URL in a span.
fn credentials(tree: &Tree, span: Span) -> Option<Span> {
    let text = &tree.source.text()[span.start..span.end];
    let start = text.find("://")? + 3;
    let authority = text[start..].split(['/', '?', '#', ' ', '\n']).next().unwrap_or("");
    let end = start + authority.rfind('@')?;
    Some(Span::new(span.start + start, span.start + end))
}

/// Blanks out, in the text that diagnostics print, the values of fields named like secrets, and
/// users and passwords in URLs.
pub(in crate::storyboard) fn hide(mut tree: Tree) -> Tree {
    let mut found: Vec<Span> = Vec::new();
    let mut maps = vec![tree.root];
    let entries = |node| tree.map(node).into_iter().flat_map(|map| map.entries());
    // Misspelt fields are checked too, because they are read as the field that was meant.
    for top in entries(tree.root).filter(|top| !FREE.contains(&tree.key_text(**top))) {
        maps.push(top.value);
        maps.extend(entries(top.value).map(|entry| entry.value));
    }
    for node in maps {
        let Some(map) = tree.map(node) else { continue };
        // The `key` of a scene with rows names those rows.
        let names_rows = map.get("for_each").is_some();
        let is_secret = |entry: &&MapEntry| {
            let key = tree.key_text(**entry);
            is_secret(key) && !(names_rows && key == "key")
        };
        for entry in map.entries().iter().filter(is_secret) {
            if matches!(tree.value(entry.value), Value::Scalar(_)) {
                found.push(tree.node(entry.value).span);
            }
        }
    }
    let texts = tree.nodes.iter().filter(|node| matches!(node.value, Value::Scalar(_)));
    found.extend(texts.filter_map(|node| credentials(&tree, node.span)));
    if found.is_empty() {
        return tree;
    }
    let mut text = tree.source.text().as_bytes().to_vec();
    for span in found {
        for byte in &mut text[span.start..span.end] {
            if *byte != b'\n' {
                *byte = b'*';
            }
        }
    }
    // Whole characters were replaced, byte by byte, so this is still text of the same length.
    let text = String::from_utf8_lossy(&text).into_owned();
    tree.source = Source::new(tree.source.name(), text);
    tree
}
