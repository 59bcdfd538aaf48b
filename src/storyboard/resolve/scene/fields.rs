//! The fields of the current scene: the profile's values, its own, and the defaults.

use std::collections::BTreeMap;

use crate::base::{Diagnostic, Place, ProfileId};
use crate::catalog::{InputSlot, SceneType};
use crate::storyboard::film::places::PictureUse;
use crate::storyboard::film::resolved::Element;
use crate::storyboard::film::value_origin::{ChosenValue, SceneField, SceneOrigins};
use crate::storyboard::resolve::defaults::{ChosenProfile, DefaultsByType, TypeDefaults};
use crate::storyboard::resolve::inputs::WrittenFit;
use crate::storyboard::schema::document::WrittenScene;
use crate::storyboard::schema::reader::ReadMap;
use crate::storyboard::schema::written::Written;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::template::compiled::is_template;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::text::yaml::tree::{MapEntry, NodeId};

/// A scene's fields, with what reads them and what reports errors.
pub(super) struct Fields<'a> {
    /// What the storyboard defines.
    pub scope: &'a mut Scope,
    /// What is wrong so far.
    pub findings: &'a mut Findings,
    /// The scene's names for templates.
    pub names: &'a SceneNames,
    /// The place of the scene.
    pub entry: MapEntry,
    /// Its own fields.
    pub own: &'a WrittenScene,
    /// Fields that it has under a wrong name.
    meant: &'a [&'static str],
    /// The defaults for its type.
    pub defaults: &'a TypeDefaults,
    /// The name and the values for its type of the chosen profile, if there is one.
    profile: Option<(&'a ProfileId, &'a TypeDefaults)>,
    /// Whether the profile's model is for scenes of other types.
    skips_profile_model: bool,
    /// The origins of the values chosen so far.
    pub origins: SceneOrigins,
    /// The files that it uses and that are written elsewhere or in a list.
    pub pictures: Vec<PictureUse>,
    /// How its pictures are brought to its shape, as written with them.
    pub written_fits: BTreeMap<InputSlot, WrittenFit>,
    /// The names of its elements.
    pub element_names: Vec<String>,
    /// Its elements.
    pub clip_elements: Vec<Element>,
    /// Whether no error in them has been reported.
    pub elements_are_right: bool,
    /// Whether its type is none, so that nothing is known to be missing.
    pub has_unknown_type: bool,
}

/// A field's value.
#[derive(Clone, Copy)]
pub(super) struct Field {
    /// The node of the value.
    pub node: NodeId,
    /// Which of the possible values it is.
    pub layer: FieldLayer,
}

/// Where a field's value is written, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldLayer {
    /// In the chosen profile.
    Profile,
    /// In the scene.
    Scene,
    /// In the defaults.
    Defaults,
}

/// The values written for a field, the strongest first.
type Layers = [Option<Field>; 3];

fn field<T>(layer: FieldLayer, written: Option<Written<T>>) -> Option<Field> {
    written.map(|written| Field { node: written.node, layer })
}

/// The scene's own value, then the default.
fn first<T>(own: Option<Written<T>>, default: Option<Written<T>>) -> Layers {
    [None, field(FieldLayer::Scene, own), field(FieldLayer::Defaults, default)]
}

/// The profile's value, then the scene's own, then the default.
fn layered<T>(
    profile: Option<Written<T>>,
    own: Option<Written<T>>,
    default: Option<Written<T>>,
) -> Layers {
    let [_, own, default] = first(own, default);
    [field(FieldLayer::Profile, profile), own, default]
}

impl<'a> Fields<'a> {
    /// The fields of a scene written at `entry`.
    pub fn new(
        scope: &'a mut Scope,
        findings: &'a mut Findings,
        names: &'a SceneNames,
        entry: MapEntry,
        read: &'a ReadMap<WrittenScene>,
        defaults: &'a TypeDefaults,
    ) -> Self {
        let origins = SceneOrigins::default();
        Fields {
            scope,
            findings,
            names,
            entry,
            own: &read.fields,
            meant: &read.meant,
            defaults,
            profile: None,
            skips_profile_model: false,
            origins,
            pictures: Vec::new(),
            written_fits: BTreeMap::new(),
            element_names: Vec::new(),
            clip_elements: Vec::new(),
            elements_are_right: true,
            has_unknown_type: false,
        }
    }

    /// Continues with the defaults and the profile's values for the scene's type.
    pub fn continue_as(
        &mut self,
        scene_type: SceneType,
        defaults: &'a DefaultsByType,
        profile: Option<&'a ChosenProfile>,
    ) {
        self.defaults = defaults.of(scene_type);
        self.profile = profile.map(|profile| (&profile.name, profile.values.of(scene_type)));
    }

    /// Ignores the profile's model, which is for scenes of other types.
    pub fn skip_profile_model(&mut self) {
        self.skips_profile_model = true;
    }

    /// Whether the model of this layer is named for all types, and so need not suit this one.
    pub fn is_model_for_all_types(&self, layer: FieldLayer) -> bool {
        match layer {
            FieldLayer::Profile => !self.profile.is_some_and(|(_, values)| values.names_model),
            FieldLayer::Scene => false,
            FieldLayer::Defaults => !self.defaults.names_model,
        }
    }

    /// The strongest value of a field: the profile's, the scene's own, else the default; records
    /// which of them was chosen.
    pub fn pick(&mut self, name: SceneField) -> Option<Field> {
        let layers = self.layers(name);
        let mut written = layers.into_iter().flatten();
        let field = written.next();
        let chosen = match field {
            Some(Field { node, layer: FieldLayer::Profile }) => ChosenValue::Profile(node),
            Some(Field { node, layer: FieldLayer::Scene }) => ChosenValue::Own(node),
            Some(Field { node, layer: FieldLayer::Defaults }) => ChosenValue::Default(node),
            None => ChosenValue::Neither,
        };
        self.origins.note(name, chosen);
        if let ChosenValue::Profile(_) = chosen {
            written.for_each(|overridden| self.note_uses(overridden.node));
        }
        field
    }

    /// Records what a value that a profile overrides uses: it is not unused.
    fn note_uses(&mut self, node: NodeId) {
        let tree = self.scope.tree.clone();
        if let Some(scalar) = tree.scalar(node).filter(|scalar| is_template(&scalar.text)) {
            self.scope.renderer.roots(&scalar.text);
        }
    }

    /// The values written for a field.
    fn layers(&self, name: SceneField) -> Layers {
        let (own, defaults) = (self.own, &self.defaults.fields);
        let profile = self.profile.map(|(_, values)| &values.fields);
        let profile_model = profile.filter(|_| !self.skips_profile_model).and_then(|p| p.model);
        match name {
            SceneField::Type => first(own.scene_type, defaults.scene_type),
            SceneField::Label => first(own.label, None),
            SceneField::Was => first(own.was, None),
            SceneField::Model => layered(profile_model, own.model, defaults.model),
            SceneField::Prompt => first(own.prompt, defaults.prompt),
            SceneField::Text => first(own.text, None),
            SceneField::Move => first(own.camera, None),
            SceneField::Narration => first(own.narration, None),
            SceneField::Voiceover => first(own.voiceover, None),
            SceneField::ScratchVoice => first(own.scratch_voice, defaults.scratch_voice),
            SceneField::Image => first(own.image, defaults.image),
            SceneField::EndImage => first(own.end_image, None),
            SceneField::KeyImages => first(own.key_images, None),
            SceneField::Fit => first(own.fit, defaults.fit),
            SceneField::Voice => first(own.voice, defaults.voice),
            SceneField::Video => first(own.video, None),
            SceneField::References => first(own.references, None),
            SceneField::Elements => first(own.elements, None),
            SceneField::Duration => {
                layered(profile.and_then(|p| p.duration), own.duration, defaults.duration)
            }
            SceneField::Length => first(own.length, None),
            SceneField::Resolution => {
                layered(profile.and_then(|p| p.resolution), own.resolution, defaults.resolution)
            }
            SceneField::AspectRatio => {
                let profile = profile.and_then(|p| p.aspect_ratio);
                layered(profile, own.aspect_ratio, defaults.aspect_ratio)
            }
            SceneField::Seed => first(own.seed, defaults.seed),
            SceneField::NegativePrompt => first(own.negative_prompt, defaults.negative_prompt),
            SceneField::CfgScale => first(own.cfg_scale, defaults.cfg_scale),
            SceneField::Sound => first(own.sound, defaults.sound),
            SceneField::CharacterOrientation => first(own.character_orientation, None),
            SceneField::BackgroundSource => first(own.background_source, None),
            SceneField::Shots => first(own.shots, None),
            SceneField::Takes => first(own.takes, defaults.takes),
            SceneField::After => first(own.after, None),
            SceneField::Tags => first(own.tags, defaults.tags.first().copied()),
        }
    }

    /// Records that the catalog decides a field, whatever is written.
    pub fn leave(&mut self, name: SceneField) {
        self.origins.note(name, ChosenValue::Neither);
    }

    /// Reports an error at a field; an error in a profile or a default also points at a scene that
    /// uses it.
    pub fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        field: Field,
        label: impl Into<String>,
    ) {
        let diagnostic = self.error_at(code, message, field, label);
        self.findings.add(diagnostic);
    }

    /// Reports a value that the scene's model cannot have; if the model comes from a profile, also
    /// points at it.
    pub fn unsuited(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        field: Field,
        label: impl Into<String>,
    ) {
        let diagnostic = self.error_at(code, message, field, label);
        let diagnostic = match self.profile_model().filter(|_| field.layer != FieldLayer::Profile) {
            Some((place, label)) => diagnostic.related(place, label),
            None => diagnostic,
        };
        self.findings.add(diagnostic);
    }

    fn error_at(
        &self,
        code: &'static str,
        message: impl Into<String>,
        field: Field,
        label: impl Into<String>,
    ) -> Diagnostic {
        let place = self.scope.tree.place(field.node);
        let diagnostic = Diagnostic::error(code, message).at(place).label(label);
        if field.layer == FieldLayer::Scene {
            return diagnostic;
        }
        diagnostic.related(self.scope.tree.place(self.entry.key), "this scene uses it")
    }

    /// The place of the model that was chosen from the profile, with a label for it.
    pub fn profile_model(&self) -> Option<(Place, String)> {
        let ChosenValue::Profile(node) = self.origins.chosen(SceneField::Model) else {
            return None;
        };
        let (name, _) = self.profile?;
        Some((self.scope.tree.place(node), format!("the model of profile `{name}`")))
    }

    /// Reports that a field is missing, unless it appears under a wrong name.
    pub fn missing(&mut self, scene_type: SceneType, name: &str, label: &str) {
        if self.has_unknown_type || self.meant.contains(&name) {
            return;
        }
        let message =
            format!("scene `{}` has no `{name}`, which {scene_type} scenes need", self.names.id);
        self.findings.error("missing-field", message, self.entry.key, label);
    }

    /// Reports that a part of the scene lacks a field, unless the field appears under a wrong name;
    /// `meant` are the fields of the part that do.
    pub fn part_lacks<T>(
        &mut self,
        (part, meant): (&str, &[&'static str]),
        name: &'static str,
        node: NodeId,
        label: &str,
    ) -> Option<T> {
        if !meant.contains(&name) {
            let message = format!("{part} of scene `{}` has no `{name}`", self.names.full());
            self.findings.error("missing-field", message, node, label);
        }
        None
    }

    /// Whether a field appears under a wrong name.
    pub fn is_meant(&self, name: &str) -> bool {
        self.meant.contains(&name)
    }

    /// A field's text.
    pub fn text(&mut self, what: &str, node: NodeId) -> Option<String> {
        self.scope.text(what, node, Some(self.names), self.findings)
    }
}
