//! Characters: people in the film, each with a description for prompts and a picture for images.
//!
//! In templates a character is a variable that contains the description, so other variables and
//! descriptions can use `{{mia}}` too. `{{characters.mia.description}}` is the same.

use serde_json::{Map, Value as Json};

use super::declarations::Character;
use super::findings::Findings;
use super::values::Scope;
use super::variables;
use crate::base::Diagnostic;
use crate::storyboard::schema::input_forms::CharacterText;
use crate::storyboard::schema::reader::read;
use crate::storyboard::schema::written::{NamedValue, NamedValues, Written};
use crate::storyboard::text::suggestions::did_you_mean;
use crate::storyboard::text::yaml::tree::{NodeId, Value};

/// The name of the map of all characters in templates.
pub(in crate::storyboard) const ALL: &str = "characters";

/// Reads the characters; invalid ones are reported and left out.
pub(in crate::storyboard) fn declare(
    scope: &mut Scope,
    findings: &mut Findings,
    rows: Option<NamedValues<CharacterText>>,
) -> Vec<Character> {
    let rows = rows.map(|rows| rows.0).unwrap_or_default();
    rows.iter().filter_map(|row| character(scope, findings, row)).collect()
}

fn character(
    scope: &mut Scope,
    findings: &mut Findings,
    row: &NamedValue<CharacterText>,
) -> Option<Character> {
    let found = right(scope, findings, row);
    if found.is_none() {
        scope.renderer.give_up_on(ALL);
    }
    found
}

fn right(
    scope: &mut Scope,
    findings: &mut Findings,
    row: &NamedValue<CharacterText>,
) -> Option<Character> {
    let tree = scope.tree.clone();
    let name = tree.scalar(row.key)?.text.to_string();
    let read = described(scope, findings, row, &name);
    if read.is_none() {
        // Do not report its uses again.
        scope.renderer.give_up_on(&name);
    }
    let place = tree.place(row.key);
    let (description, image) = read?;
    let is_usable = variables::is_usable(scope, findings, "a character", &name, &place);
    is_usable.then_some(Character { name, key: row.key, description, image })
}

/// The description and the picture, as written.
fn described(
    scope: &Scope,
    findings: &mut Findings,
    row: &NamedValue<CharacterText>,
    name: &str,
) -> Option<(NodeId, Option<NodeId>)> {
    let tree = scope.tree.clone();
    let noun = format!("character `{name}`");
    // The short form: a description alone.
    if let Value::Scalar(_) = tree.value(row.value.node) {
        return Some((row.value.node, None));
    }
    let read = read::<crate::storyboard::schema::input_forms::WrittenCharacter>(
        &tree,
        row.value.node,
        &noun,
        &mut findings.diagnostics,
    )?;
    let Some(description) = read.fields.description else {
        if !read.meant.contains(&"description") {
            let label = "add `description:`: what the character looks like";
            findings.error("missing-field", format!("{noun} has no `description`"), row.key, label);
        }
        return None;
    };
    if !matches!(tree.value(description.node), Value::Scalar(_) | Value::Broken) {
        let instead = tree.instead(description.node);
        let message = format!("the description of {noun} must be text, {instead}");
        findings.error("wrong-type", message, description.node, "write the text in quotes");
        return None;
    }
    Some((description.node, read.fields.image.map(|image| image.node)))
}

/// Makes `{{characters.mia.description}}` available once the variables are bound.
pub(in crate::storyboard) fn bind(scope: &mut Scope, characters: Vec<Character>) {
    let described = |character: &Character| {
        let description = scope.renderer.variable(&character.name)?.clone();
        let fields = Map::from_iter([("description".to_string(), description)]);
        Some((character.name.clone(), Json::Object(fields)))
    };
    let all: Option<Map<String, Json>> = characters.iter().map(described).collect();
    match all {
        Some(all) if all.is_empty() || scope.renderer.is_broken(ALL) => {}
        Some(all) => scope.renderer.learn_variable(ALL, Json::Object(all)),
        None => scope.renderer.give_up_on(ALL),
    }
    scope.characters = characters;
}

/// The picture of the character named at a node; `None` if there is none, after reporting that.
pub(in crate::storyboard) fn picture(
    scope: &mut Scope,
    findings: &mut Findings,
    name: &Written<impl Sized>,
    text: &str,
) -> Option<NodeId> {
    let Some(found) = scope.characters.iter().find(|character| character.name == text).cloned()
    else {
        if scope.renderer.is_broken(text) || scope.renderer.is_incomplete() {
            return None;
        }
        let known: Vec<&str> = scope.characters.iter().map(|one| one.name.as_str()).collect();
        let label = did_you_mean(text, known, || format!("add `{text}` to `characters`"));
        findings.error(
            "unknown-character",
            format!("there is no character `{text}`"),
            name.node,
            label,
        );
        return None;
    };
    scope.renderer.note_use(text);
    if found.image.is_none() {
        let message = format!("the character `{text}` has no `image`");
        let diagnostic = Diagnostic::error("missing-field", message)
            .at(scope.tree.place(name.node))
            .label("add an `image` to the character")
            .related(scope.tree.place(found.key), "this character");
        findings.add(diagnostic);
    }
    found.image
}
