//! Tags of a scene: those of the defaults plus its own.

use std::collections::BTreeSet;

use super::fields::{Field, FieldLayer, Fields};
use crate::base::Tag;
use crate::base::text::excerpt;
use crate::storyboard::film::value_origin::SceneField;
use crate::storyboard::text::yaml::tree::{NodeId, Value};

impl Fields<'_> {
    /// The tags; `None` after reporting an invalid one.
    pub fn tags(&mut self) -> Option<BTreeSet<Tag>> {
        self.pick(SceneField::Tags);
        let own = self
            .own
            .tags
            .iter()
            .map(|written| Field { node: written.node, layer: FieldLayer::Scene });
        let defaults = &self.defaults.fields.tags;
        let defaults = defaults
            .iter()
            .map(|written| Field { node: written.node, layer: FieldLayer::Defaults });
        let mut tags = BTreeSet::new();
        let mut is_right = true;
        for field in defaults.chain(own).collect::<Vec<_>>() {
            for item in self.items(field.node) {
                let what = if item == field.node { "`tags`" } else { "a tag" };
                is_right &= self.add_tags(what, Field { node: item, ..field }, &mut tags);
            }
        }
        is_right &= self.add_act(&mut tags);
        is_right.then_some(tags)
    }

    /// Adds the tag of the scene's act; returns whether it has a valid one or none.
    fn add_act(&mut self, tags: &mut BTreeSet<Tag>) -> bool {
        let Some(written) = self.own.act else { return true };
        let field = Field { node: written.node, layer: FieldLayer::Scene };
        let Some(text) = self.text("`act`", field.node) else { return false };
        if text.trim().is_empty() {
            return true;
        }
        match act_tag(&text) {
            Some(tag) => drop(tags.insert(tag)),
            None => {
                let message = format!("`{}` cannot be the tag of an act", excerpt(&text));
                let label = "write a number, or a word of a-z, 0-9, `_` and `-`";
                self.error("wrong-tag", message, field, label);
                return false;
            }
        }
        true
    }

    /// The nodes that contain tags: the items of a list, or the single text.
    fn items(&self, node: NodeId) -> Vec<NodeId> {
        match self.scope.tree.value(node) {
            Value::List(items) => items.clone(),
            _ => vec![node],
        }
    }

    /// Adds the tags in a text, separated by commas or spaces; returns whether all are valid.
    fn add_tags(&mut self, what: &str, field: Field, tags: &mut BTreeSet<Tag>) -> bool {
        let Some(text) = self.text(what, field.node) else { return false };
        let mut is_right = true;
        for word in text.split([',', ' ', '\t', '\n']).filter(|word| !word.is_empty()) {
            match word.parse() {
                Ok(tag) => drop(tags.insert(tag)),
                Err(_) => {
                    let message = format!("invalid tag `{}`", excerpt(word));
                    let label = match likely(word) {
                        Some(tag) => format!("did you mean `{tag}`?"),
                        None => "a tag consists of a-z, 0-9, `_` and `-`".to_string(),
                    };
                    self.error("wrong-tag", message, field, label);
                    is_right = false;
                }
            }
        }
        is_right
    }
}

/// The tag of an act: `2` and `Act 2` are `act2`.
fn act_tag(text: &str) -> Option<Tag> {
    let part = crate::storyboard::text::name_part::part(text)?;
    let number =
        part.strip_prefix("act").map_or(&*part, |rest| rest.trim_start_matches(['-', '_']));
    let tag = match number.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("act{number}"),
        false => part,
    };
    tag.parse().ok()
}

/// The tag that a word was probably meant to be.
fn likely(word: &str) -> Option<Tag> {
    crate::storyboard::text::name_part::part(word)?.parse().ok()
}
