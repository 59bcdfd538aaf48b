//! The tree: a YAML text as nodes, each with its exact place.
//!
//! Nodes are in one list and refer to each other by number, so an alias is a number and not a copy:
//! the target of an alias may be shared, but never contains itself. The tree knows YAML, but not
//! storyboards.

use std::collections::HashMap;

use super::scalar::{ScalarText, ScalarValue};
use crate::base::{Place, Source, Span};

/// The number of a node in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::storyboard) struct NodeId(pub u32);

/// A YAML text as nodes.
#[derive(Debug)]
pub(in crate::storyboard) struct Tree {
    /// The text of the storyboard's own nodes.
    pub source: Source,
    /// All nodes; a node comes after its children.
    pub nodes: Vec<Node>,
    /// The top of the document.
    pub root: NodeId,
    /// Other files whose nodes were added, in order.
    included: Vec<IncludedText>,
}

/// A file whose nodes were added to those of another.
#[derive(Debug)]
struct IncludedText {
    /// The number of its first node.
    first: u32,
    source: Source,
    /// Its folder, relative to the storyboard's.
    folder: Box<str>,
}

/// One key or value.
#[derive(Debug)]
pub(in crate::storyboard) struct Node {
    /// Its place; for a collection in block style, the first line.
    pub span: Span,
    /// Its value.
    pub value: Value,
}

/// The value of a node.
#[derive(Debug)]
pub(in crate::storyboard) enum Value {
    /// A single value.
    Scalar(ScalarText),
    /// Keys and values.
    Map(Map),
    /// Values in order.
    List(Vec<NodeId>),
    /// `*name`: the node with that anchor.
    Alias(NodeId),
    /// An unreadable value that has already been reported.
    Broken,
}

/// Keys and values in the order written; keys are unique.
#[derive(Debug, Default)]
pub(in crate::storyboard) struct Map {
    entries: Vec<MapEntry>,
    positions: HashMap<Box<str>, usize>,
}

/// One key with its value.
#[derive(Clone, Copy, Debug)]
pub(in crate::storyboard) struct MapEntry {
    /// The key, always a scalar.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
}

impl Map {
    /// The entries in the order written.
    pub fn entries(&self) -> &[MapEntry] {
        &self.entries
    }

    /// The entry with that key.
    pub fn get(&self, key: &str) -> Option<MapEntry> {
        self.positions.get(key).map(|at| self.entries[*at])
    }

    /// Adds an entry, or returns the existing one with that key.
    pub fn insert(&mut self, text: &str, entry: MapEntry) -> Result<(), MapEntry> {
        match self.positions.get(text) {
            Some(at) => Err(self.entries[*at]),
            None => {
                self.positions.insert(text.into(), self.entries.len());
                self.entries.push(entry);
                Ok(())
            }
        }
    }
}

impl Tree {
    /// A tree of these nodes.
    pub fn new(source: Source, nodes: Vec<Node>, root: NodeId) -> Self {
        Tree { source, nodes, root, included: Vec::new() }
    }

    /// Adds the nodes of a file in a folder; returns its top node.
    pub fn graft(&mut self, other: Tree, folder: &str) -> NodeId {
        let first = self.nodes.len() as u32;
        let shifted = |id: NodeId| NodeId(id.0 + first);
        self.included.push(IncludedText { first, source: other.source, folder: folder.into() });
        self.nodes.extend(other.nodes.into_iter().map(|mut node| {
            match &mut node.value {
                Value::Scalar(_) | Value::Broken => {}
                Value::List(items) => items.iter_mut().for_each(|item| *item = shifted(*item)),
                Value::Alias(target) => *target = shifted(*target),
                Value::Map(map) => {
                    for entry in &mut map.entries {
                        *entry = MapEntry { key: shifted(entry.key), value: shifted(entry.value) };
                    }
                }
            }
            node
        }));
        shifted(other.root)
    }

    fn graft_of(&self, id: NodeId) -> Option<&IncludedText> {
        let after = self.included.partition_point(|graft| graft.first <= id.0);
        after.checked_sub(1).map(|at| &self.included[at])
    }

    /// The text that a node's span refers to.
    pub fn source_of(&self, id: NodeId) -> &Source {
        self.graft_of(id).map_or(&self.source, |graft| &graft.source)
    }

    /// The folder of a node's file, relative to the storyboard's; empty for the storyboard itself.
    pub fn folder(&self, id: NodeId) -> &str {
        self.graft_of(id).map_or("", |graft| &graft.folder)
    }

    /// The node itself, which may be an alias.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The value of a node, following aliases.
    pub fn value(&self, id: NodeId) -> &Value {
        // An anchor's node is complete before an alias can name it, so this loop only goes back.
        let mut value = &self.node(id).value;
        while let Value::Alias(target) = value {
            value = &self.node(*target).value;
        }
        value
    }

    /// The scalar at a node, if it is one.
    pub fn scalar(&self, id: NodeId) -> Option<&ScalarText> {
        match self.value(id) {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The map at a node, if it is one.
    pub fn map(&self, id: NodeId) -> Option<&Map> {
        match self.value(id) {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// A key's text.
    pub fn key_text(&self, entry: MapEntry) -> &str {
        self.scalar(entry.key).map_or("", |scalar| &scalar.text)
    }

    /// The place of a node; for an alias, the place of the alias.
    pub fn place(&self, id: NodeId) -> Place {
        Place::new(self.source_of(id), self.node(id).span)
    }

    /// The entry at a path of keys and list positions from 0; the key of a list item is the item.
    pub fn entry(&self, path: &[&str]) -> Option<MapEntry> {
        let mut found = MapEntry { key: self.root, value: self.root };
        for part in path {
            found = match self.value(found.value) {
                Value::Map(map) => map.get(part)?,
                Value::List(items) => {
                    let item = *items.get(part.parse::<usize>().ok()?)?;
                    MapEntry { key: item, value: item }
                }
                _ => return None,
            };
        }
        Some(found)
    }

    /// Whether the value is empty.
    pub fn is_nothing(&self, id: NodeId) -> bool {
        self.scalar(id).is_some_and(|scalar| scalar.meaning() == ScalarValue::Nothing)
    }

    /// The kind of value that was found, for the end of a message: `not a list`.
    pub fn instead(&self, id: NodeId) -> String {
        match self.is_nothing(id) {
            true => "but it is empty".to_string(),
            false => format!("not {}", self.kind(id)),
        }
    }

    /// The name of a value's kind, for messages.
    pub fn kind(&self, id: NodeId) -> &'static str {
        match self.value(id) {
            Value::Scalar(scalar) => scalar.meaning().kind(),
            Value::Map(_) => "a map",
            Value::List(_) => "a list",
            Value::Alias(_) | Value::Broken => "something unreadable",
        }
    }
}
