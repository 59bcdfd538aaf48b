//! The reader: from nodes of the tree to the types of the document.
//!
//! It is a serde deserializer that never stops: an unknown field is reported, and read as the field
//! that was probably meant, or skipped; a value of the wrong shape is reported and left out. Fields
//! of type [`Written`] receive only the number of their node.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::unknown_fields;
use super::written::{NamedValue, NamedValues, Written};
use crate::base::Diagnostic;
use crate::base::text::excerpt;
use crate::storyboard::text::diagnostics::Diagnostics;
use crate::storyboard::text::secrets::is_secret;
use crate::storyboard::text::yaml::tree::{Map, MapEntry, NodeId, Tree, Value};

/// The name with which a [`Written`] requests its node.
const NODE: &str = "kling-build node";

/// Reads a map into a struct of the document; `noun` names the map in messages. `None` after
/// reporting that it is not a map.
pub(in crate::storyboard) fn read<T: de::DeserializeOwned>(
    tree: &Tree,
    node: NodeId,
    noun: &str,
    findings: &mut Diagnostics,
) -> Option<ReadMap<T>> {
    let gathered = RefCell::new(ReadErrors::default());
    let read = T::deserialize(NodeReader { tree, node, noun, gathered: &gathered }).ok();
    let ReadErrors { diagnostics, meant } = gathered.into_inner();
    findings.extend(diagnostics);
    read.map(|fields| ReadMap { fields, meant })
}

/// A struct of the document, as read.
pub(in crate::storyboard) struct ReadMap<T> {
    /// Its fields.
    pub fields: T,
    /// Fields that appear under a wrong name and could not be read, which has been reported, so
    /// they need not be reported as missing too.
    pub meant: Vec<&'static str>,
}

/// What was found while reading.
#[derive(Default)]
struct ReadErrors {
    diagnostics: Vec<Diagnostic>,
    meant: Vec<&'static str>,
}

/// A node, with the place to report to.
#[derive(Clone, Copy)]
struct NodeReader<'r> {
    tree: &'r Tree,
    node: NodeId,
    noun: &'r str,
    gathered: &'r RefCell<ReadErrors>,
}

/// The value cannot be read; the reason has been reported.
#[derive(Debug)]
struct Reported;

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reported")
    }
}

impl std::error::Error for Reported {}

impl de::Error for Reported {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Reported
    }
}

impl<'r> NodeReader<'r> {
    fn report(&self, diagnostic: Diagnostic) {
        self.gathered.borrow_mut().diagnostics.push(diagnostic);
    }

    /// The entries, or a report that it is not a map.
    fn entries(&self, expected: &str) -> Result<&'r [MapEntry], Reported> {
        match self.tree.value(self.node) {
            Value::Map(map) => Ok(map.entries()),
            Value::Broken => Err(Reported),
            _ => {
                let instead = self.tree.instead(self.node);
                let message = format!("{} must be {expected}, {instead}", self.noun);
                let is_map = |item: &NodeId| self.tree.map(*item).is_some();
                let label = match self.tree.value(self.node) {
                    Value::List(_) if self.noun.starts_with("cut `") => {
                        "write `{ scenes: [first, second] }`"
                    }
                    Value::List(items) if items.iter().any(is_map) => {
                        "remove the `-` before each name"
                    }
                    _ if self.tree.is_nothing(self.node) => {
                        "write indented `name: value` lines below"
                    }
                    _ => "write indented `name: value` lines here",
                };
                let place = self.tree.place(self.node);
                self.report(Diagnostic::error("wrong-type", message).at(place).label(label));
                Err(Reported)
            }
        }
    }
}

impl NodeReader<'_> {
    /// The scenes of a list by their `id`; `None` if it is not a list of such scenes. Reports those
    /// without an `id`, and those with the same.
    fn listed_by_id(&self) -> Option<Vec<MapEntry>> {
        let Value::List(items) = self.tree.value(self.node) else { return None };
        let id_of = |item: NodeId| self.tree.map(item).and_then(|map| map.get("id"));
        if self.noun != "`scenes`"
            || !(items.is_empty() || items.iter().any(|it| id_of(*it).is_some()))
        {
            return None;
        }
        let mut listed = Map::default();
        for item in items.iter().copied() {
            let Some(id) = id_of(item) else {
                if !matches!(self.tree.value(item), Value::Broken) {
                    let place = self.tree.place(item);
                    let missing =
                        Diagnostic::error("missing-field", "a scene of the list has no `id`");
                    self.report(missing.at(place).label("add `id:` with its name"));
                }
                continue;
            };
            let Some(name) = self.tree.scalar(id.value) else {
                let what = format!("`id` must be text, {}", self.tree.instead(id.value));
                let wrong = Diagnostic::error("wrong-type", what).at(self.tree.place(id.value));
                self.report(wrong.label("write the scene's name"));
                continue;
            };
            if let Err(first) = listed.insert(&name.text, MapEntry { key: id.value, value: item }) {
                let what = format!("two scenes have the id `{}`", excerpt(&name.text));
                let same = Diagnostic::error("duplicate-name", what).at(self.tree.place(id.value));
                let first = self.tree.place(first.key);
                self.report(same.label("rename one of them").related(first, "the other"));
            }
        }
        Some(listed.entries().to_vec())
    }
}

impl<'de> Deserializer<'de> for NodeReader<'_> {
    type Error = Reported;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reported> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Reported> {
        debug_assert_eq!(name, NODE);
        visitor.visit_u32(self.node.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reported> {
        visitor.visit_some(self)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reported> {
        if let Some(listed) = self.listed_by_id() {
            return visitor.visit_map(EntryReader::of(self, &listed, None));
        }
        let entries = self.entries("a map of names to values")?;
        visitor.visit_map(EntryReader::of(self, entries, None))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Reported> {
        let entries = self.entries("a map of fields")?;
        visitor.visit_map(EntryReader::of(self, entries, Some(fields)))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Reported> {
        match self.tree.scalar(self.node) {
            Some(key) => visitor.visit_str(&key.text),
            None => Err(Reported),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct enum ignored_any
    }
}

/// Whether a field is for people and other programs alone, wherever it is: `notes`, and any whose
/// name begins with `x-`.
fn is_note(key: &str) -> bool {
    key == "notes" || key.starts_with("x-") && !is_secret(key)
}

/// The remaining entries of a map.
struct EntryReader<'r> {
    at: NodeReader<'r>,
    all: &'r [MapEntry],
    entries: &'r [MapEntry],
    /// The known fields, if no others are allowed.
    fields: Option<&'static [&'static str]>,
    /// Fields that were read from entries with a wrong name.
    guessed: Vec<&'static str>,
    value: Option<MapEntry>,
}

impl<'r> EntryReader<'r> {
    fn of(
        at: NodeReader<'r>,
        all: &'r [MapEntry],
        fields: Option<&'static [&'static str]>,
    ) -> Self {
        EntryReader { at, all, entries: all, fields, guessed: Vec::new(), value: None }
    }

    /// Reports an entry with an unknown name. Returns the field to read it as, so that errors in
    /// its value are found and the field is not reported as missing.
    fn guess(&mut self, entry: MapEntry, fields: &'static [&'static str]) -> Option<&'static str> {
        let NodeReader { tree, noun, .. } = self.at;
        let key = tree.key_text(entry);
        let is_stray = fields.contains(&"scenes")
            && tree.map(entry.value).is_some_and(|map| map.get("type").is_some());
        let place = tree.place(entry.key);
        let is_avatar = self.all.iter().any(|entry| {
            let value = tree.scalar(entry.value);
            tree.key_text(*entry) == "type" && value.is_some_and(|value| &*value.text == "avatar")
        });
        if is_avatar && unknown_fields::is_spoken_text(key, fields) {
            self.at.report(unknown_fields::spoken_text(noun, key, place));
            self.at.gathered.borrow_mut().meant.push("voice");
            return None;
        }
        let (diagnostic, meant) = match unknown_fields::meant(noun, key, fields) {
            None if is_stray => (unknown_fields::stray_scene(noun, key, place), Some("scenes")),
            meant if tree.is_nothing(entry.value) => {
                let bare = unknown_fields::without_space(key, fields, &place);
                bare.map_or_else(
                    || (unknown_fields::of_nothing(noun, key, fields, place), meant),
                    |(diagnostic, field)| (diagnostic, Some(field)),
                )
            }
            meant => (unknown_fields::report(noun, key, fields, place), meant),
        };
        self.at.report(diagnostic);
        let meant = meant?;
        let is_present = self.all.iter().any(|entry| tree.key_text(*entry) == meant);
        if is_stray || is_present || self.guessed.contains(&meant) || tree.is_nothing(entry.value) {
            self.at.gathered.borrow_mut().meant.push(meant);
            return None;
        }
        self.guessed.push(meant);
        Some(meant)
    }
}

impl<'de> MapAccess<'de> for EntryReader<'_> {
    type Error = Reported;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Reported> {
        while let Some((entry, rest)) = self.entries.split_first() {
            self.entries = rest;
            let key = self.at.tree.key_text(*entry);
            if self.fields.is_some() && is_note(key) {
                continue;
            }
            let Some(fields) = self.fields.filter(|fields| !fields.contains(&key)) else {
                self.value = Some(*entry);
                return seed.deserialize(NodeReader { node: entry.key, ..self.at }).map(Some);
            };
            if let Some(meant) = self.guess(*entry, fields) {
                self.value = Some(*entry);
                return seed.deserialize(StrDeserializer::new(meant)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Reported> {
        let entry = self.value.take().expect("serde asks for a value after its key");
        let noun = format!("`{}`", self.at.tree.key_text(entry));
        seed.deserialize(NodeReader { node: entry.value, noun: &noun, ..self.at })
    }
}

impl<'de, T> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NodeVisitor<T>(PhantomData<T>);

        impl<T> Visitor<'_> for NodeVisitor<T> {
            type Value = Written<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a node of the tree")
            }

            fn visit_u32<E: de::Error>(self, node: u32) -> Result<Written<T>, E> {
                Ok(Written::at(NodeId(node)))
            }
        }

        deserializer.deserialize_newtype_struct(NODE, NodeVisitor(PhantomData))
    }
}

impl<'de, T> Deserialize<'de> for NamedValues<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamedValuesVisitor<T>(PhantomData<T>);

        impl<'de, T> Visitor<'de> for NamedValuesVisitor<T> {
            type Value = NamedValues<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names with values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NamedValues<T>, A::Error> {
                let mut rows = Vec::new();
                while let Some((key, value)) = map.next_entry::<Written<()>, Written<T>>()? {
                    rows.push(NamedValue { key: key.node, value });
                }
                Ok(NamedValues(rows))
            }
        }

        // A value that is not a map has been reported; the rest of the storyboard is still worth
        // reading.
        Ok(deserializer
            .deserialize_map(NamedValuesVisitor(PhantomData))
            .unwrap_or(NamedValues(Vec::new())))
    }
}
