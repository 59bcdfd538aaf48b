//! The entry of a dialect: its models, and which of them makes a scene.

use std::collections::BTreeSet;

use super::drawn::drawn_models;
use super::model::{Limits, Model};
use super::terms::{InputRole, ModelId, SceneType};

/// One dialect: its limits, its default model for each scene type, and its models.
#[derive(Debug)]
pub struct DialectEntry {
    /// The limits that apply to every model.
    pub limits: Limits,
    /// The models in the order of the documentation.
    pub models: Vec<Model>,
    pub(super) defaults: Vec<(SceneType, ModelId)>,
}

impl DialectEntry {
    /// The model with that id, as it makes scenes of that type without inputs that matter for it
    /// (see [`Model::SELECTING`]).
    pub fn model(&self, id: &str, scene_type: SceneType) -> Option<&Model> {
        self.branch(id, scene_type, &BTreeSet::new())
    }

    /// The model with that id, as it makes scenes of that type with these inputs of those that
    /// [`Model::SELECTING`] lists.
    pub fn branch(
        &self,
        id: &str,
        scene_type: SceneType,
        with: &BTreeSet<InputRole>,
    ) -> Option<&Model> {
        let mut models = self.models_for(scene_type).filter(|model| model.id.as_str() == id);
        models.find(|model| model.is_for(with))
    }

    /// The entries of the model with that id.
    pub fn with_id(&self, id: &str) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(move |model| model.id.as_str() == id)
    }

    /// The default model for a scene type, used when the storyboard names none.
    pub fn default_model(&self, scene_type: SceneType) -> &Model {
        if scene_type.is_drawn() {
            let mut drawn = self.models_for(scene_type);
            return drawn.next().expect("every drawn type has a model");
        }
        self.defaults
            .iter()
            .find(|row| row.0 == scene_type)
            .and_then(|row| self.model(row.1.as_str(), scene_type))
            .expect("every scene type has a default model, which this module's tests check")
    }

    /// The ids of the models that support a scene type in a certain way, each once.
    pub fn ids_for(
        &self,
        scene_type: SceneType,
        supports: impl Fn(&Model) -> bool,
    ) -> Vec<&ModelId> {
        let mut ids: Vec<&ModelId> = Vec::new();
        for model in self.models_for(scene_type).filter(|model| supports(model)) {
            if !ids.contains(&&model.id) {
                ids.push(&model.id);
            }
        }
        ids
    }

    /// The entries of models that support a scene type.
    pub fn models_for(&self, scene_type: SceneType) -> impl Iterator<Item = &Model> {
        let models = if scene_type.is_drawn() { drawn_models() } else { &self.models };
        models.iter().filter(move |model| model.types.contains(&scene_type))
    }
}
