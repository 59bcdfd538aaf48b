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

use super::lists;
use super::lists::ListedName;
use super::other_words::{SceneLook, UnknownField};
use super::unknown_fields;
use super::unknown_fields::Meant;
use super::written::{NamedValue, NamedValues, Written};
use crate::base::text::excerpt;
use crate::base::{Diagnostic, Place};
use crate::storyboard::text::diagnostics::Diagnostics;
use crate::storyboard::text::secrets::is_secret;
use crate::storyboard::text::yaml::tree::{Map, MapEntry, NodeId, Tree, Value};

/// Fields that declare what templates can name: without them, no name is known to be wrong.
pub(in crate::storyboard) const DECLARING: [&str; 3] = ["vars", "partials", "characters"];

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
    read_named(tree, node, noun, None, findings)
}

/// Reads a map as [`read`] does, except for the value that names it, whatever its field.
pub(in crate::storyboard) fn read_named<T: de::DeserializeOwned>(
    tree: &Tree,
    node: NodeId,
    noun: &str,
    name: Option<NodeId>,
    findings: &mut Diagnostics,
) -> Option<ReadMap<T>> {
    let gathered = RefCell::new(ReadErrors { name, ..ReadErrors::default() });
    let read = T::deserialize(NodeReader { tree, node, noun, gathered: &gathered }).ok();
    let ReadErrors { diagnostics, meant, unsure, .. } = gathered.into_inner();
    findings.extend(diagnostics);
    findings.leave_alone(unsure);
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
    /// Single values of fields that were guessed by their letters.
    unsure: Vec<Place>,
    /// The value that names what is read, which has been read.
    name: Option<NodeId>,
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
                let label = match self.tree.value(self.node) {
                    Value::List(items) => lists::advice(self.tree, self.noun, self.node, items),
                    _ if self.tree.is_nothing(self.node) => {
                        "write indented `name: value` lines below".to_string()
                    }
                    _ => "write indented `name: value` lines here".to_string(),
                };
                let place = self.tree.place(self.node);
                self.report(Diagnostic::error("wrong-type", message).at(place).label(label));
                let unread = DECLARING.into_iter().find(|name| format!("`{name}`") == self.noun);
                self.gathered.borrow_mut().meant.extend(unread);
                Err(Reported)
            }
        }
    }
}

impl NodeReader<'_> {
    /// The scenes of a list by their `id`; `None` if it is not a list of scenes. Reports those
    /// without an `id`, and those with the same.
    fn listed_by_id(&self) -> Option<Vec<MapEntry>> {
        let Value::List(items) = self.tree.value(self.node) else { return None };
        // `- dawn: { … }` is a map of names with a `-` too many.
        let has_name_as_key = |item: &NodeId| {
            let entries = self.tree.map(*item).map(|map| map.entries());
            matches!(entries, Some([one]) if self.tree.map(one.value).is_some())
        };
        let all_have = !items.is_empty() && items.iter().all(has_name_as_key);
        if self.noun != "`scenes`" || all_have {
            return None;
        }
        let mut listed = Map::default();
        let mut unnamed: Vec<(NodeId, ListedName)> = Vec::new();
        for (at, item) in items.iter().copied().enumerate() {
            let Some(id) = self.tree.map(item).and_then(|map| map.get("id")) else {
                if !matches!(self.tree.value(item), Value::Broken) {
                    let name = lists::scene_name(self.tree, item, at + 1);
                    // The rest of a scene that is named otherwise is still worth reading.
                    if let Some(entry) = name.entry.filter(|_| name.is_id) {
                        let key = entry.value;
                        let text = self.tree.scalar(key).map_or("", |text| &text.text);
                        let _ = listed.insert(text, MapEntry { key, value: item });
                    }
                    unnamed.push((item, name));
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
        self.report_unnamed(unnamed);
        Some(listed.entries().to_vec())
    }

    /// Reports the scenes of a list without an `id`: once for each field that names them instead.
    fn report_unnamed(&self, mut unnamed: Vec<(NodeId, ListedName)>) {
        while !unnamed.is_empty() {
            let (item, first) = unnamed.remove(0);
            let before = unnamed.len();
            unnamed.retain(|(_, other)| other.field != first.field);
            let node = first.entry.map_or(item, |entry| entry.key);
            let missing = Diagnostic::error("missing-field", "a scene of the list has no `id`")
                .at(self.tree.place(node))
                .label(first.label);
            self.report(match before - unnamed.len() {
                0 => missing,
                others => missing.note(match others {
                    1 => "1 more scene of the list has none either".to_string(),
                    _ => format!("{others} more scenes of the list have none either"),
                }),
            });
        }
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
    /// The field as which the value is read, if it is another than written.
    read_as: Option<&'static str>,
}

impl<'r> EntryReader<'r> {
    fn of(
        at: NodeReader<'r>,
        all: &'r [MapEntry],
        fields: Option<&'static [&'static str]>,
    ) -> Self {
        EntryReader {
            at,
            all,
            entries: all,
            fields,
            guessed: Vec::new(),
            value: None,
            read_as: None,
        }
    }

    /// Reports an entry with an unknown name. Returns the field to read it as, so that errors in
    /// its value are found and the field is not reported as missing. Where letters alone suggest
    /// that field, nothing more is said about a single value.
    fn guess(&mut self, entry: MapEntry, fields: &'static [&'static str]) -> Option<&'static str> {
        let NodeReader { tree, noun, .. } = self.at;
        let key = tree.key_text(entry);
        let has = |name: &str| self.all.iter().any(|entry| tree.key_text(*entry) == name);
        let text_of = |name: &str| {
            let found = self.all.iter().find(|entry| tree.key_text(**entry) == name);
            found.and_then(|entry| tree.scalar(entry.value)).map(|scalar| &*scalar.text)
        };
        let field = UnknownField {
            noun,
            key,
            fields,
            looks: SceneLook::of(text_of("type"), has),
            value: tree.scalar(entry.value).map(|scalar| &*scalar.text),
            holds_lists: holds_lists(tree, entry.value),
        };
        let is_stray = fields.contains(&"scenes")
            && tree.map(entry.value).is_some_and(|map| map.get("type").is_some());
        let place = tree.place(entry.key);
        if unknown_fields::is_spoken_text(&field) {
            self.at.report(unknown_fields::spoken_text(noun, key, place));
            self.at.gathered.borrow_mut().meant.push("voice");
            return None;
        }
        let guessed = unknown_fields::meant(&field);
        let is_present = guessed.is_some_and(|meant| has(meant.name()));
        let (diagnostic, meant) = match guessed.map(Meant::name) {
            None if is_stray => (unknown_fields::stray_scene(noun, key, place), Some("scenes")),
            meant if tree.is_nothing(entry.value) => {
                let bare = unknown_fields::without_space(key, fields, &place);
                bare.map_or_else(
                    || (unknown_fields::of_nothing(&field, is_present, place), meant),
                    |(diagnostic, field)| (diagnostic, Some(field)),
                )
            }
            meant => (unknown_fields::report(&field, is_present, place), meant),
        };
        self.at.report(diagnostic);
        if meant.is_none() && field.holds_lists && fields.contains(&"scenes") {
            // Acts with their shots.
            self.at.gathered.borrow_mut().meant.push("scenes");
        }
        let meant = meant?;
        if is_stray || has(meant) || self.guessed.contains(&meant) || tree.is_nothing(entry.value) {
            self.at.gathered.borrow_mut().meant.push(meant);
            return None;
        }
        if let (Some(Meant::Similar(_)), Some(_)) = (guessed, tree.scalar(entry.value)) {
            self.at.gathered.borrow_mut().unsure.push(tree.place(entry.value));
        }
        self.guessed.push(meant);
        Some(meant)
    }
}

/// Whether a value is a list of maps with lists in them, as acts with their shots.
fn holds_lists(tree: &Tree, node: NodeId) -> bool {
    let is_list = |entry: &MapEntry| matches!(tree.value(entry.value), Value::List(_));
    let Value::List(items) = tree.value(node) else { return false };
    let mut maps = items.iter().filter_map(|item| tree.map(*item));
    maps.any(|map| map.entries().iter().any(is_list))
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
            let names_it = self.at.gathered.borrow().name == Some(entry.value) && key != "id";
            if self.fields.is_some() && (is_note(key) || names_it) {
                continue;
            }
            let Some(fields) = self.fields.filter(|fields| !fields.contains(&key)) else {
                self.value = Some(*entry);
                return seed.deserialize(NodeReader { node: entry.key, ..self.at }).map(Some);
            };
            if let Some(meant) = self.guess(*entry, fields) {
                self.value = Some(*entry);
                self.read_as = Some(meant);
                return seed.deserialize(StrDeserializer::new(meant)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Reported> {
        let entry = self.value.take().expect("serde asks for a value after its key");
        let name = self.read_as.take().unwrap_or_else(|| self.at.tree.key_text(entry));
        let noun = format!("`{name}`");
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
