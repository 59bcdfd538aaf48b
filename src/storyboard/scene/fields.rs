//! The fields of a scene at hand: its own values, and those of the defaults.

use crate::base::Diagnostic;
use crate::catalog::SceneType;
use crate::storyboard::defaults::TypeDefaults;
use crate::storyboard::desk::Desk;
use crate::storyboard::document::{Scene, Written};
use crate::storyboard::reader::Read;
use crate::storyboard::template::SceneNames;
use crate::storyboard::yaml::{Entry, NodeId};

/// A scene's fields, and where to report to.
pub(super) struct Fields<'a> {
    /// What to report to and to render with.
    pub desk: &'a mut Desk,
    /// The scene's names for templates.
    pub names: &'a SceneNames,
    /// Where it is written.
    pub entry: Entry,
    /// What it says itself.
    pub own: &'a Scene,
    /// Fields that it has under a wrong name.
    meant: &'a [&'static str],
    /// What all scenes of its type say.
    pub defaults: &'a TypeDefaults,
}

/// A field's value.
#[derive(Clone, Copy)]
pub(super) struct Field {
    /// Where it stands.
    pub node: NodeId,
    /// Whether it is a default.
    pub is_default: bool,
}

/// The scene's own value, else the default's.
pub(super) fn pick<T>(own: &Option<Written<T>>, default: &Option<Written<T>>) -> Option<Field> {
    match (own, default) {
        (Some(own), _) => Some(Field { node: own.node, is_default: false }),
        (None, Some(default)) => Some(Field { node: default.node, is_default: true }),
        (None, None) => None,
    }
}

impl<'a> Fields<'a> {
    /// The fields of a scene that is written at `entry`.
    pub fn new(
        desk: &'a mut Desk,
        names: &'a SceneNames,
        entry: Entry,
        read: &'a Read<Scene>,
        defaults: &'a TypeDefaults,
    ) -> Self {
        Fields { desk, names, entry, own: &read.fields, meant: &read.meant, defaults }
    }

    /// Reports an error at a field; a default's error points at a scene that uses it as well.
    pub fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        field: Field,
        label: impl Into<String>,
    ) {
        let place = self.desk.tree.place(field.node);
        let mut diagnostic = Diagnostic::error(code, message).at(place).label(label);
        if field.is_default {
            let scene = self.desk.tree.place(self.entry.key);
            diagnostic = diagnostic.related(scene, "this scene uses it");
        }
        self.desk.findings.add(diagnostic);
    }

    /// Reports that a field is missing, unless it stands there under a wrong name.
    pub fn missing(&mut self, scene_type: SceneType, name: &str, label: &str) {
        if self.meant.contains(&name) {
            return;
        }
        let message =
            format!("scene `{}` has no `{name}`, which {scene_type} needs", self.names.id);
        self.desk.error("missing-field", message, self.entry.key, label);
    }

    /// Whether a field stands there under a wrong name.
    pub fn is_meant(&self, name: &str) -> bool {
        self.meant.contains(&name)
    }

    /// A field's text.
    pub fn text(&mut self, what: &str, node: NodeId) -> Option<String> {
        self.desk.text(what, node, Some(self.names))
    }
}
