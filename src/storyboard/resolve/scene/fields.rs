//! The fields of the current scene: its own values and the defaults.

use crate::base::Diagnostic;
use crate::catalog::SceneType;
use crate::storyboard::film::places::PictureUse;
use crate::storyboard::film::value_origin::{ChosenValue, SceneField, SceneOrigins};
use crate::storyboard::resolve::defaults::TypeDefaults;
use crate::storyboard::schema::document::WrittenScene;
use crate::storyboard::schema::reader::ReadMap;
use crate::storyboard::schema::written::Written;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
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
    /// The origins of the values chosen so far.
    pub origins: SceneOrigins,
    /// The character's picture that is its image.
    pub picture: Option<PictureUse>,
}

/// A field's value.
#[derive(Clone, Copy)]
pub(super) struct Field {
    /// The node of the value.
    pub node: NodeId,
    /// Whether it is a default.
    pub is_default: bool,
}

/// The scene's own value, else the default's.
fn first<T>(own: &Option<Written<T>>, default: &Option<Written<T>>) -> Option<Field> {
    match (own, default) {
        (Some(own), _) => Some(Field { node: own.node, is_default: false }),
        (None, Some(default)) => Some(Field { node: default.node, is_default: true }),
        (None, None) => None,
    }
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
            origins,
            picture: None,
        }
    }

    /// The scene's own value of a field, else the default; records which of them was chosen.
    pub fn pick(&mut self, name: SceneField) -> Option<Field> {
        let (own, defaults) = (self.own, &self.defaults.fields);
        let field = match name {
            SceneField::Type => first(&own.scene_type, &None),
            SceneField::Label => first(&own.label, &None),
            SceneField::Was => first(&own.was, &None),
            SceneField::Model => first(&own.model, &defaults.model),
            SceneField::Prompt => first(&own.prompt, &defaults.prompt),
            SceneField::Image => first(&own.image, &defaults.image),
            SceneField::Voice => first(&own.voice, &defaults.voice),
            SceneField::Duration => first(&own.duration, &defaults.duration),
            SceneField::Resolution => first(&own.resolution, &defaults.resolution),
            SceneField::AspectRatio => first(&own.aspect_ratio, &defaults.aspect_ratio),
            SceneField::Seed => first(&own.seed, &defaults.seed),
            SceneField::Takes => first(&own.takes, &defaults.takes),
            SceneField::After => first(&own.after, &None),
            SceneField::Tags => first(&own.tags, &defaults.tags.first().copied()),
        };
        self.origins.note(
            name,
            match field {
                Some(Field { node, is_default: false }) => ChosenValue::Own(node),
                Some(Field { node, is_default: true }) => ChosenValue::Default(node),
                None => ChosenValue::Neither,
            },
        );
        field
    }

    /// Records that the catalog decides a field, whatever is written.
    pub fn leave(&mut self, name: SceneField) {
        self.origins.note(name, ChosenValue::Neither);
    }

    /// Reports an error at a field; an error in a default also points at a scene that uses it.
    pub fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        field: Field,
        label: impl Into<String>,
    ) {
        let place = self.scope.tree.place(field.node);
        let mut diagnostic = Diagnostic::error(code, message).at(place).label(label);
        if field.is_default {
            let scene = self.scope.tree.place(self.entry.key);
            diagnostic = diagnostic.related(scene, "this scene uses it");
        }
        self.findings.add(diagnostic);
    }

    /// Reports that a field is missing, unless it appears under a wrong name.
    pub fn missing(&mut self, scene_type: SceneType, name: &str, label: &str) {
        if self.meant.contains(&name) {
            return;
        }
        let message =
            format!("scene `{}` has no `{name}`, which {scene_type} scenes need", self.names.id);
        self.findings.error("missing-field", message, self.entry.key, label);
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
