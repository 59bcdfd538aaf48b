//! The inputs of a scene that come in lists or are videos: pictures between the first and the last
//! one, references, and the video that it follows.

use std::collections::BTreeSet;

use super::fields::{Field, Fields};
use super::model_choice::ModelChoice;
use crate::base::text::count;
use crate::catalog::{InputKind, InputRole, InputSlot, Model};
use crate::storyboard::film::resolved::selecting;
use crate::storyboard::film::value_origin::SceneField;
use crate::storyboard::limits::INPUTS_MAX;
use crate::storyboard::resolve::inputs::{self, InputRef};
use crate::storyboard::schema::input_forms::{VideoReference, VoiceReference};
use crate::storyboard::schema::reader::read;
use crate::storyboard::text::yaml::tree::NodeId;

/// The slots of a scene that are filled so far, as written.
pub(super) type FilledSlots = Vec<(InputSlot, InputRef, NodeId)>;

/// The references and the video of a scene, read before its model is known, because they decide
/// which entry of the model it belongs to.
#[derive(Default)]
pub(super) struct SelectingInputs {
    /// The inputs, in the order written.
    pub inputs: FilledSlots,
    /// Whether none had an error.
    pub is_right: bool,
}

impl SelectingInputs {
    /// The inputs that decide which entry of a model the scene belongs to.
    pub fn roles(&self) -> BTreeSet<InputRole> {
        selecting(self.inputs.iter().map(|(slot, ..)| slot))
    }
}

impl Fields<'_> {
    /// Reads the references and the video.
    pub(super) fn selecting_inputs(&mut self) -> SelectingInputs {
        let mut found = SelectingInputs { is_right: true, ..SelectingInputs::default() };
        if let Some(field) = self.pick(SceneField::Video) {
            match inputs::video(self.scope, self.findings, field.node, self.names) {
                Some(video) => {
                    let slot = InputSlot::only(InputRole::Video);
                    found.inputs.push((slot, video, field.node));
                }
                None => found.is_right = false,
            }
        }
        let Some(field) = self.pick(SceneField::References) else { return found };
        let Some(items) = self.filled_list("references", field) else {
            found.is_right = false;
            return found;
        };
        for item in items {
            let Some((role, input)) = self.reference(item) else {
                found.is_right = false;
                continue;
            };
            let at = found.inputs.iter().filter(|(slot, ..)| slot.role == role).count();
            let at = u8::try_from(at).expect("lists are shorter");
            found.inputs.push((InputSlot::nth(role, at), input, item));
        }
        found
    }

    /// A reference: a picture, a video or a recording, by its form or the name of its file.
    fn reference(&mut self, node: NodeId) -> Option<(InputRole, InputRef)> {
        let tree = self.scope.tree.clone();
        let has = |name: &str| tree.map(node).is_some_and(|map| map.get(name).is_some());
        if has("video") {
            let noun = "a reference";
            let read = read::<VideoReference>(&tree, node, noun, &mut self.findings.diagnostics)?;
            let video = read.fields.video?.node;
            let video = inputs::video(self.scope, self.findings, video, self.names)?;
            return Some((InputRole::ReferenceVideo, video));
        }
        if has("voice") {
            let noun = "a reference";
            let read = read::<VoiceReference>(&tree, node, noun, &mut self.findings.diagnostics)?;
            let voice = read.fields.voice?.node;
            let voice = inputs::voice(self.scope, self.findings, voice, self.names)?;
            return Some((InputRole::ReferenceVoice, InputRef::Ready(voice, None)));
        }
        let role = InputRole::Reference;
        let input = inputs::image(self.scope, self.findings, role, node, self.names)?.input;
        let kind = match &input {
            InputRef::Ready(input, _) => inputs::kind_of(input),
            InputRef::Take(_) => InputKind::Picture,
        };
        let role = match kind {
            InputKind::Picture => InputRole::Reference,
            InputKind::Video => InputRole::ReferenceVideo,
            InputKind::Voice => InputRole::ReferenceVoice,
        };
        Some((role, input))
    }

    /// Whether the model accepts that many references; reports it if not.
    pub(super) fn references_fit(
        &mut self,
        choice: &ModelChoice,
        written: &SelectingInputs,
    ) -> bool {
        let Some(limits) = choice.model.references.filter(|_| choice.is_right) else { return true };
        let mut fits = true;
        for (role, noun) in [
            (InputRole::Reference, "reference picture"),
            (InputRole::ReferenceVideo, "reference video"),
            (InputRole::ReferenceVoice, "reference voice"),
        ] {
            let number = written.inputs.iter().filter(|(slot, ..)| slot.role == role).count();
            let most = limits.of(role.kind());
            let Some(field) = self.pick(SceneField::References).filter(|_| number > most) else {
                continue;
            };
            let message = format!(
                "scene `{}` has {}, but `{}` accepts {most}{}",
                self.names.full(),
                count(number, noun),
                choice.model.id,
                beside(choice.model, role),
            );
            self.unsuited("too-many-references", message, field, "leave some out");
            fits = false;
        }
        fits
    }

    /// The pictures between the first and the last one; `None` after reporting an error.
    pub(super) fn key_images(&mut self, choice: &ModelChoice) -> Option<FilledSlots> {
        let Some(field) = self.pick(SceneField::KeyImages) else { return Some(Vec::new()) };
        let items = self.filled_list("key_images", field)?;
        let role = InputRole::KeyImage;
        let most = choice.model.key_images;
        if choice.is_right && most == 0 {
            self.not_taken("`key_images`", choice, field, |model| model.key_images > 0);
            return None;
        }
        if choice.is_right && items.len() > most {
            let message = format!(
                "scene `{}` has {}, but `{}` accepts {most}",
                self.names.full(),
                count(items.len(), "key image"),
                choice.model.id
            );
            self.unsuited("too-many-references", message, field, "leave some out");
            return None;
        }
        self.images(role, 0, items)
    }

    /// A list of images; `None` after reporting an error in one of them.
    pub(super) fn images(
        &mut self,
        role: InputRole,
        element: u8,
        items: Vec<NodeId>,
    ) -> Option<FilledSlots> {
        let image = |(at, item): (usize, NodeId)| {
            let picture = inputs::image(self.scope, self.findings, role, item, self.names)?;
            let at = u8::try_from(at).expect("lists are shorter");
            let slot = InputSlot::of_element(element, role, at);
            self.written_fits.extend(picture.fit.map(|fit| (slot, fit)));
            Some((slot, picture.input, item))
        };
        // All of them are read, so that every error is reported.
        let all: Vec<Option<_>> = items.into_iter().enumerate().map(image).collect();
        all.into_iter().collect()
    }

    /// The items of a list that must not be empty; `None` after reporting an error.
    pub(super) fn filled_list(&mut self, name: &str, field: Field) -> Option<Vec<NodeId>> {
        let items = self.scope.list(&format!("`{name}`"), field.node, self.findings)?;
        let message = match items.len() {
            0 => format!("`{name}` is empty"),
            INPUTS_MAX.. => format!("`{name}` has more than {INPUTS_MAX} items"),
            _ => return Some(items),
        };
        self.error("wrong-list", message, field, "list a few, or remove the line");
        None
    }
}

/// What a limit of a model depends on.
fn beside(model: &Model, role: InputRole) -> &'static str {
    match role {
        InputRole::Reference if model.takes_video() => " beside a video",
        _ => "",
    }
}
