//! Comments that are probably none: in `prompt: Rain #neon`, YAML ends the text before the `#`.

use super::scalar::Style;
use super::tree::{NodeId, Tree, Value};
use crate::base::{Diagnostic, Place, Span, Warning};

/// Fields whose values are texts for people or for the models.
const TEXT_FIELDS: [&str; 8] =
    ["prompt", "negative_prompt", "text", "narration", "title", "label", "description", "act"];
/// Maps whose values are such texts.
const TEXT_MAPS: [&str; 3] = ["vars", "partials", "characters"];

/// The texts without quotes that end before a `#` with a letter right behind it. A `#` with a space
/// behind it is taken for a comment.
pub(in crate::storyboard) fn cut_texts(tree: &Tree) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for node in &tree.nodes {
        let Value::Map(map) = &node.value else { continue };
        for entry in map.entries() {
            let key = tree.key_text(*entry);
            if TEXT_FIELDS.contains(&key) {
                found.extend(cut_text(tree, entry.value));
            } else if TEXT_MAPS.contains(&key)
                && let Some(texts) = tree.map(entry.value)
            {
                found.extend(texts.entries().iter().filter_map(|text| cut_text(tree, text.value)));
            }
        }
    }
    found
}

fn cut_text(tree: &Tree, node: NodeId) -> Option<Diagnostic> {
    let Value::Scalar(scalar) = &tree.node(node).value else { return None };
    let (source, span) = (tree.source_of(node), tree.node(node).span);
    let behind = source.text().get(span.end..)?;
    // Only where a comment follows: a line may be as long as the whole file.
    let comment = behind.trim_start_matches([' ', '\t']);
    let sign = comment.strip_prefix('#')?;
    if scalar.style != Style::Plain || !sign.starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let begins = span.end + behind.len() - comment.len();
    let comment = comment.split(['\n', '\r']).next()?;
    let place = Place::new(source, Span::new(begins, begins + comment.trim_end().len()));
    let message = "the text ends before this `#`, which begins a comment";
    Some(
        Diagnostic::warning(Warning::TextCutByComment, message)
            .at(place)
            .label("put the whole text in quotes, or write a space behind the `#` of a comment"),
    )
}
