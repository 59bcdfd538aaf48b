//! The choice of a model: from the profile, the scene, the defaults, else the catalog.

use std::collections::BTreeSet;

use super::fields::{FieldLayer, Fields};
use crate::base::text::excerpt;
use crate::catalog::{Dialect, DialectEntry, InputRole, Model, SceneType};
use crate::storyboard::film::value_origin::SceneField;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::text::suggestions::{closest, list};

/// The model of a scene.
pub(super) struct ModelChoice {
    /// The model; if none is valid, the catalog's default.
    pub model: &'static Model,
    /// The models whose limits apply: the model, or all of the type if the named one is invalid.
    pub candidates: Vec<&'static Model>,
    /// Whether the model is the requested one.
    pub is_right: bool,
    /// The type of the scene.
    pub scene_type: SceneType,
}

impl ModelChoice {
    /// No particular model: whatever some model of the type supports is right.
    pub fn any(catalog: &'static DialectEntry, scene_type: SceneType) -> ModelChoice {
        ModelChoice {
            model: catalog.default_model(scene_type),
            candidates: catalog.models_for(scene_type).collect(),
            is_right: false,
            scene_type,
        }
    }

    /// Every value that one of the candidates supports, in catalog order.
    pub fn sold<T: Copy + PartialEq + 'static>(
        &self,
        of: impl Fn(&'static Model) -> &'static [T],
    ) -> Vec<T> {
        let mut sold = Vec::new();
        for value in self.candidates.iter().flat_map(|model| of(model)) {
            if !sold.contains(value) {
                sold.push(*value);
            }
        }
        sold
    }

    /// The beginning of a message about something unsupported: `` `kling-2-6` cannot make ``.
    pub fn cannot_make(&self) -> String {
        match self.is_right {
            true => format!("`{}` cannot make", self.model.id),
            false => format!("no {} model can make", self.scene_type),
        }
    }
}

impl Fields<'_> {
    /// The model of the scene, as it makes scenes with these inputs (see [`Model::SELECTING`]).
    pub fn choice(&mut self, scene_type: SceneType, with: &BTreeSet<InputRole>) -> ModelChoice {
        let catalog = self.scope.catalog;
        let wrong = || ModelChoice::any(catalog, scene_type);
        let Some(field) = self.pick(SceneField::Model) else {
            return match self.is_meant("model") {
                true => wrong(),
                false => self.entry(catalog.default_model(scene_type), scene_type, with),
            };
        };
        let Some(text) = self.text("`model`", field.node) else { return wrong() };
        let name = text.trim();
        let able = list(catalog.ids_for(scene_type, |_| true));
        let mut entries = catalog.with_id(name);
        match entries.next() {
            Some(first) => {
                let mut same = catalog.with_id(name);
                if let Some(model) = same.find(|model| model.types.contains(&scene_type)) {
                    return self.entry(model, scene_type, with);
                }
                // An avatar's model is the catalog's default unless the scene itself names another
                // one, or the profile or the defaults name one for avatars.
                if scene_type == SceneType::Avatar && self.is_model_for_all_types(field.layer) {
                    if field.layer == FieldLayer::Profile {
                        self.skip_profile_model();
                        return self.choice(scene_type, with);
                    }
                    self.leave(SceneField::Model);
                    return self.entry(catalog.default_model(scene_type), scene_type, with);
                }
                let types: BTreeSet<&SceneType> =
                    first.types.iter().chain(entries.flat_map(|model| &model.types)).collect();
                let message = format!("`{name}` supports only {}", list(types));
                self.error("wrong-model", message, field, format!("{scene_type}: {able}"));
            }
            None => {
                // Another version is another model, not a misspelling of the known one.
                let version =
                    |id: &str| id.chars().filter(char::is_ascii_digit).collect::<String>();
                let known = catalog.models.iter().map(|model| model.id.as_str());
                let known = known.filter(|id| version(id) == version(name));
                let same =
                    catalog.models.iter().find(|model| bare(model.id.as_str()) == bare(name));
                let other = other_dialect(self.scope, name);
                let label = match (same, other, closest(name, known)) {
                    (Some(same), ..) => format!("write `{}`", same.id),
                    (None, Some((other, id)), _) if id == name => {
                        format!("write `api: {other}`, which has it, or {able}")
                    }
                    (None, Some((other, id)), _) => {
                        format!("write `api: {other}` and `model: {id}`, or {able}")
                    }
                    (None, None, Some(word)) => format!("did you mean `{word}`?"),
                    (None, None, None) => format!("{scene_type}: {able}"),
                };
                let message = format!("there is no model `{}`", excerpt(name));
                self.error("unknown-model", message, field, label);
            }
        }
        wrong()
    }
}

impl Fields<'_> {
    /// The entry of a model for scenes with these inputs; reports it if there is none.
    fn entry(
        &mut self,
        model: &'static Model,
        scene_type: SceneType,
        with: &BTreeSet<InputRole>,
    ) -> ModelChoice {
        let catalog = self.scope.catalog;
        let choice =
            |model| ModelChoice { model, candidates: vec![model], is_right: true, scene_type };
        let id = model.id.as_str();
        if let Some(found) = catalog.branch(id, scene_type, with) {
            return choice(found);
        }
        let entries = || catalog.with_id(id).filter(|entry| entry.types.contains(&scene_type));
        let takes = |role: &InputRole| entries().any(|entry| entry.takes(*role));
        match with.iter().find(|role| !takes(role)) {
            Some(role) => {
                let field = self.pick(SceneField::of_input(*role));
                let field = field.expect("the scene has such an input");
                let able = |entry: &Model| entry.takes(*role);
                self.not_taken(written_as(*role), &choice(model), field, able);
            }
            None => {
                let message = format!(
                    "scene `{}` has {}, and `{id}` makes no such {scene_type} scenes",
                    self.names.full(),
                    inputs_in_words(with)
                );
                let label = match with.is_empty() {
                    true => {
                        let all = entries().map(|entry| inputs_in_words(&entry.with));
                        format!("add {}", all.collect::<Vec<_>>().join(", or "))
                    }
                    false => "remove one of them".to_string(),
                };
                let field = with.iter().next().map(|role| SceneField::of_input(*role));
                let field = field.and_then(|field| self.pick(field));
                match field.or_else(|| self.pick(SceneField::Model)) {
                    Some(field) => self.unsuited("fields-exclude", message, field, label),
                    None => self.findings.error("fields-exclude", message, self.entry.key, label),
                }
            }
        }
        ModelChoice::any(catalog, scene_type)
    }
}

/// The inputs that decide about an entry of a model, in words: `` `video` and `references` ``.
pub(super) fn inputs_in_words(with: &BTreeSet<InputRole>) -> String {
    let words: Vec<&str> = with.iter().map(|role| written_as(*role)).collect();
    match words.as_slice() {
        [] => "neither `video` nor `references`".to_string(),
        words => words.join(" and "),
    }
}

/// How an input is written in a scene.
fn written_as(role: InputRole) -> &'static str {
    match role {
        InputRole::Video => "`video`",
        InputRole::ReferenceVideo => "a video in `references`",
        InputRole::ReferenceVoice => "a voice in `references`",
        _ => "`references`",
    }
}

/// Another dialect that has a model, and the model's name there.
fn other_dialect(scope: &Scope, name: &str) -> Option<(Dialect, &'static str)> {
    let others = Dialect::ALL.iter().copied().filter(|other| *other != scope.dialect);
    let models = others.flat_map(|other| {
        let models = scope.whole_catalog.dialect(other).models.iter();
        models.map(move |model| (other, model.id.as_str()))
    });
    let mut same = models.filter(|(_, id)| bare(id) == bare(name)).collect::<Vec<_>>();
    same.sort_by_key(|(_, id)| *id != name);
    same.into_iter().next()
}

/// A model's name as others write it: `kling-v2.1-master` and `kling/v2-1-master` are
/// `kling-2-1-master`.
fn bare(name: &str) -> String {
    let name = name.trim().to_lowercase();
    let name = name.rsplit_once("kling").map_or(name.as_str(), |(_, rest)| rest);
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let number = |part: &str| match part.strip_prefix('v') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest.to_string(),
        _ => part.to_string(),
    };
    parts.map(number).filter(|part| part != "video" && part != "ai").collect::<Vec<_>>().join("-")
}
