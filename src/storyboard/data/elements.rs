//! Elements: the values of a collection or a data file, each with its name and place.

use serde_json::{Map, Value as Json};

use crate::base::{Diagnostic, Place};
use crate::storyboard::text::yaml::tree::{MapEntry, NodeId, Tree, Value};

/// One value of a collection.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct CollectionItem {
    /// Its name in the collection, if it has one.
    pub name: Option<String>,
    /// The value.
    pub value: Json,
    /// Its place.
    pub place: Place,
}

impl CollectionItem {
    /// Its name: that in the collection, else the value itself, else its `key` or `id`.
    pub fn called(&self) -> Option<String> {
        let single = |value: &Json| match value {
            Json::String(text) => Some(text.clone()),
            Json::Number(_) | Json::Bool(_) => Some(value.to_string()),
            _ => None,
        };
        let field = |name: &str| self.value.get(name).and_then(single);
        let own = || single(&self.value).or_else(|| field("key")).or_else(|| field("id"));
        self.name.clone().or_else(own)
    }
}

/// The values of a list or a map, resolved, with their places.
pub(in crate::storyboard) fn elements(
    tree: &Tree,
    node: NodeId,
    value: Json,
) -> Option<Vec<CollectionItem>> {
    match (tree.value(node), value) {
        (Value::List(items), Json::Array(values)) => {
            let pairs = items.iter().zip(values);
            let element = |(item, value): (&NodeId, Json)| CollectionItem {
                name: None,
                value,
                place: tree.place(*item),
            };
            Some(pairs.map(element).collect())
        }
        (Value::Map(map), Json::Object(values)) => {
            let pairs = map.entries().iter().zip(values);
            let element = |(entry, (name, value)): (&MapEntry, (String, Json))| CollectionItem {
                name: Some(name),
                value,
                place: tree.place(entry.key),
            };
            Some(pairs.map(element).collect())
        }
        _ => None,
    }
}

/// The value at a node; `None` if a part of it could not be read, which has been reported.
pub(in crate::storyboard) fn literal(tree: &Tree, node: NodeId) -> Option<Json> {
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

/// The error for a file that is not rows: neither a list nor a map of names to rows.
pub(in crate::storyboard) fn not_rows(tree: &Tree) -> Diagnostic {
    let message = format!("a data file must be a list of rows, {}", tree.instead(tree.root));
    Diagnostic::error("wrong-type", message)
        .at(tree.place(tree.root))
        .label("write `- name: …` rows, or a map of names to rows")
}
