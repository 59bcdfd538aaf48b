//! The tree: a YAML text as nodes, each with its exact place.
//!
//! Nodes live in one list and name each other by number, so an alias is a number and not a copy:
//! what an alias stands for may be shared, but never contains itself. The tree knows YAML and
//! nothing of storyboards.

use std::collections::HashMap;

use super::scalar::Meaning;
use crate::base::{Place, Source, Span};

/// The number of a node in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::storyboard) struct NodeId(pub u32);

/// A YAML text as nodes.
#[derive(Debug)]
pub(in crate::storyboard) struct Tree {
    /// The text that the spans of the storyboard's own nodes speak of.
    pub source: Source,
    /// All nodes; a node comes after its children.
    pub nodes: Vec<Node>,
    /// The top of the document.
    pub root: NodeId,
    /// Other files whose nodes were added, in that order.
    grafts: Vec<Graft>,
}

/// A file whose nodes were added to those of another.
#[derive(Debug)]
struct Graft {
    /// Its first node.
    first: u32,
    source: Source,
    /// Where it lies, from the storyboard's folder.
    folder: Box<str>,
}

/// One key or value.
#[derive(Debug)]
pub(in crate::storyboard) struct Node {
    /// Where it stands; for a collection in block style, its first line.
    pub span: Span,
    /// What stands there.
    pub value: Value,
}

/// What stands at a place.
#[derive(Debug)]
pub(in crate::storyboard) enum Value {
    /// A single value.
    Scalar(Scalar),
    /// Keys and values.
    Map(Map),
    /// Values in order.
    List(Vec<NodeId>),
    /// `*name`: the node that the anchor marks.
    Alias(NodeId),
    /// Something unreadable that has been reported already.
    Broken,
}

/// A single value.
#[derive(Debug)]
pub(in crate::storyboard) struct Scalar {
    /// Its text, without quotes, escapes and indentation.
    pub text: Box<str>,
    /// How it is written.
    pub style: Style,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::storyboard) enum Style {
    /// Without quotes; only these can be numbers, booleans or nothing.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|` or `>`
    Block,
    /// Without quotes, but tagged `!!str`.
    TaggedText,
}

/// Keys and values in the order written; no key stands twice.
#[derive(Debug, Default)]
pub(in crate::storyboard) struct Map {
    entries: Vec<Entry>,
    positions: HashMap<Box<str>, usize>,
}

/// One key with its value.
#[derive(Clone, Copy, Debug)]
pub(in crate::storyboard) struct Entry {
    /// The key, always a scalar.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
}

impl Map {
    /// The entries in the order written.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of that key.
    pub fn get(&self, key: &str) -> Option<Entry> {
        self.positions.get(key).map(|at| self.entries[*at])
    }

    /// Adds an entry, or returns the one that has that key already.
    pub fn insert(&mut self, text: &str, entry: Entry) -> Result<(), Entry> {
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
    /// A text of that many nodes.
    pub fn new(source: Source, nodes: Vec<Node>, root: NodeId) -> Self {
        Tree { source, nodes, root, grafts: Vec::new() }
    }

    /// Adds the nodes of a file that lies in a folder; returns its top.
    pub fn graft(&mut self, other: Tree, folder: &str) -> NodeId {
        let first = self.nodes.len() as u32;
        let shifted = |id: NodeId| NodeId(id.0 + first);
        self.grafts.push(Graft { first, source: other.source, folder: folder.into() });
        self.nodes.extend(other.nodes.into_iter().map(|mut node| {
            match &mut node.value {
                Value::Scalar(_) | Value::Broken => {}
                Value::List(items) => items.iter_mut().for_each(|item| *item = shifted(*item)),
                Value::Alias(target) => *target = shifted(*target),
                Value::Map(map) => {
                    for entry in &mut map.entries {
                        *entry = Entry { key: shifted(entry.key), value: shifted(entry.value) };
                    }
                }
            }
            node
        }));
        shifted(other.root)
    }

    fn graft_of(&self, id: NodeId) -> Option<&Graft> {
        let after = self.grafts.partition_point(|graft| graft.first <= id.0);
        after.checked_sub(1).map(|at| &self.grafts[at])
    }

    /// The text that a node's span speaks of.
    pub fn source_of(&self, id: NodeId) -> &Source {
        self.graft_of(id).map_or(&self.source, |graft| &graft.source)
    }

    /// The folder of the file that a node stands in, from the storyboard's; empty for its own.
    pub fn folder(&self, id: NodeId) -> &str {
        self.graft_of(id).map_or("", |graft| &graft.folder)
    }

    /// The node itself, which may be an alias.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// What stands there, aliases followed.
    pub fn value(&self, id: NodeId) -> &Value {
        // An anchor's node is complete before an alias can name it, so this walk only goes back.
        let mut value = &self.node(id).value;
        while let Value::Alias(target) = value {
            value = &self.node(*target).value;
        }
        value
    }

    /// The scalar there, if it is one.
    pub fn scalar(&self, id: NodeId) -> Option<&Scalar> {
        match self.value(id) {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The map there, if it is one.
    pub fn map(&self, id: NodeId) -> Option<&Map> {
        match self.value(id) {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// A key's text.
    pub fn key_text(&self, entry: Entry) -> &str {
        self.scalar(entry.key).map_or("", |scalar| &scalar.text)
    }

    /// Where a node stands; for an alias, where the alias stands.
    pub fn place(&self, id: NodeId) -> Place {
        Place::new(self.source_of(id), self.node(id).span)
    }

    /// The entry at a path of keys and list positions from 0; the key of a list item is the item.
    pub fn entry(&self, path: &[&str]) -> Option<Entry> {
        let mut found = Entry { key: self.root, value: self.root };
        for part in path {
            found = match self.value(found.value) {
                Value::Map(map) => map.get(part)?,
                Value::List(items) => {
                    let item = *items.get(part.parse::<usize>().ok()?)?;
                    Entry { key: item, value: item }
                }
                _ => return None,
            };
        }
        Some(found)
    }

    /// Whether nothing is written there.
    pub fn is_nothing(&self, id: NodeId) -> bool {
        self.scalar(id).is_some_and(|scalar| scalar.meaning() == Meaning::Nothing)
    }

    /// What is written instead of what should be, to end a message: `not a list`.
    pub fn instead(&self, id: NodeId) -> String {
        match self.is_nothing(id) {
            true => "but it is empty".to_string(),
            false => format!("not {}", self.kind(id)),
        }
    }

    /// The kind of a value, for messages.
    pub fn kind(&self, id: NodeId) -> &'static str {
        match self.value(id) {
            Value::Scalar(scalar) => scalar.meaning().kind(),
            Value::Map(_) => "a map",
            Value::List(_) => "a list",
            Value::Alias(_) | Value::Broken => "something unreadable",
        }
    }
}
