//! Trees: values of YAML and JSON files, taken as they are.

use serde_json::{Map, Value as Json};

use crate::base::Diagnostic;
use crate::storyboard::text::yaml::tree::{NodeId, Tree, Value};

/// The value at a node. `None` where something in it could not be read, which has been reported.
pub(super) fn literal(tree: &Tree, node: NodeId) -> Option<Json> {
    match tree.value(node) {
        Value::Scalar(scalar) => Some(scalar.meaning().to_json()),
        Value::List(items) => items.iter().map(|item| literal(tree, *item)).collect(),
        Value::Map(map) => {
            let fields = map.entries().iter();
            let fields = fields.map(|entry| {
                Some((tree.key_text(*entry).to_string(), literal(tree, entry.value)?))
            });
            fields.collect::<Option<Map<String, Json>>>().map(Json::Object)
        }
        Value::Alias(_) | Value::Broken => None,
    }
}

/// Whether the file is rows: a list, or a map of names to rows; says what it is otherwise.
pub(super) fn not_rows(tree: &Tree) -> Diagnostic {
    let message = format!("a data file must be a list of rows, {}", tree.instead(tree.root));
    Diagnostic::error("wrong-type", message)
        .at(tree.place(tree.root))
        .label("write `- name: …` rows, or a map of names to rows")
}
