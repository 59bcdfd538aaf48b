//! Checking a profile by itself: its values as those of a scene that has no others.
//!
//! The messages are those that a scene with these values would get, so a scene that uses the profile
//! does not repeat them.

use std::collections::{BTreeSet, HashMap};

use super::fields::Fields;
use super::model_choice::ModelChoice;
use crate::catalog::SceneType;
use crate::storyboard::resolve::defaults::{DefaultsByType, TypeDefaults};
use crate::storyboard::schema::document::{SceneDefaults, WrittenScene};
use crate::storyboard::schema::reader::ReadMap;
use crate::storyboard::schema::value_schemas::ModelName;
use crate::storyboard::schema::written::{Template, Written};
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::text::yaml::tree::{MapEntry, NodeId};

/// Checks the values of the profile with this name for each type of scenes.
pub(in crate::storyboard) fn check(
    scope: &mut Scope,
    findings: &mut Findings,
    entry: MapEntry,
    name: &str,
    profile: &DefaultsByType,
) {
    let names = SceneNames { id: name.to_string(), index: 0, variant: None, given: Vec::new() };
    // Values for all types, each with the models that it was checked for.
    let mut checked: HashMap<NodeId, Vec<Option<NodeId>>> = HashMap::new();
    for scene_type in SceneType::made_by_models() {
        let values = profile.of(scene_type);
        let model = model_of(scope, findings, &names, scene_type, values);
        let mut new = |node: NodeId| {
            let models = checked.entry(node).or_default();
            let model = model.map(|model| model.node);
            let is_known = models.contains(&model) || (model.is_none() && !models.is_empty());
            models.push(model);
            !is_known
        };
        let SceneDefaults { duration, resolution, aspect_ratio, .. } = values.fields;
        let own = WrittenScene {
            model,
            duration: duration.filter(|written| new(written.node)),
            resolution: resolution.filter(|written| new(written.node)),
            aspect_ratio: aspect_ratio.filter(|written| new(written.node)),
            ..WrittenScene::default()
        };
        let (read, none) = (ReadMap { fields: own, meant: Vec::new() }, TypeDefaults::default());
        let mut fields = Fields::new(scope, findings, &names, entry, &read, &none);
        let choice = match model {
            Some(_) => fields.choice(scene_type, &BTreeSet::new()),
            None => ModelChoice::any(fields.scope.catalog, scene_type),
        };
        fields.resolution(&choice);
        if scene_type != SceneType::Avatar {
            fields.duration(&choice, None);
            fields.aspect_ratio(&choice);
        }
    }
}

/// The profile's model for a type; a model named for all types need not suit each.
fn model_of(
    scope: &mut Scope,
    findings: &mut Findings,
    names: &SceneNames,
    scene_type: SceneType,
    values: &TypeDefaults,
) -> Option<Written<Template<ModelName>>> {
    let model = values.fields.model?;
    let text = scope.text("`model`", model.node, Some(names), findings)?;
    let catalog = scope.catalog;
    let is_unknown = catalog.with_id(text.trim()).next().is_none();
    let suits = is_unknown || catalog.model(text.trim(), scene_type).is_some();
    (suits || values.names_model).then_some(model)
}
