//! The result of resolving a scene: the scene itself if it is valid, and in any case what other
//! scenes and cuts need to know about it.

use super::fields::{Field, Fields};
use super::model_choice::ModelChoice;
use super::references::{FilledSlots, SelectingInputs};
use super::text_fields;
use crate::base::SceneId;
use crate::base::text::excerpt;
use crate::catalog::{InputRole, InputSlot, Model, SceneType};
use crate::storyboard::film::places::PictureUse;
use std::collections::BTreeMap;

use crate::storyboard::film::resolved::{Clip, FormerName, Scene, SceneInput, ScratchVoice, Shot};
use crate::storyboard::film::value_origin::SceneField;
use crate::storyboard::limits::{
    LENGTH_MIN_SECONDS, NARRATION_MAX_CHARS, TAKES_MAX, VOICE_MAX_SECONDS,
};
use crate::storyboard::resolve::defaults::SceneContext;
use crate::storyboard::resolve::former_names::{self as former, Former};
use crate::storyboard::resolve::inputs;
use crate::storyboard::resolve::inputs::{InputRef, TakePart, TakeRef};
use crate::storyboard::schema::document::WrittenScene;
use crate::storyboard::schema::reader::ReadMap;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::template::names::SceneNames;
use crate::storyboard::text::yaml::tree::{MapEntry, NodeId};

/// The result of resolving a scene.
#[derive(Default)]
pub(in crate::storyboard) struct SceneResult {
    /// The scene, if it is valid; references to other scenes are not checked yet.
    pub scene: Option<Scene>,
    /// Its former name.
    pub was: Option<Former<SceneId>>,
    /// The takes of other scenes that it uses.
    pub takes: Vec<(InputSlot, TakeRef)>,
    /// The scenes that it must come after, as written.
    pub after: Vec<(String, NodeId)>,
    /// Its length in seconds, if known.
    pub seconds: Option<f64>,
    /// The files that it uses and that are written elsewhere or in a list.
    pub pictures: Vec<PictureUse>,
}

/// Resolves a scene in one variant, given its ids with and without the variant (absent if the name
/// is not an id), its names for templates, its place, and its fields.
pub(in crate::storyboard) fn resolve(
    scope: &mut Scope,
    findings: &mut Findings,
    ids: Option<(SceneId, SceneId)>,
    names: &SceneNames,
    entry: MapEntry,
    read: &ReadMap<WrittenScene>,
    setting: &SceneContext<'_>,
) -> SceneResult {
    let film_seed = setting.film_seed;
    // The type may have a default, which is the same for all types.
    let of_all = setting.defaults.of(SceneType::T2v);
    let mut fields = Fields::new(scope, findings, names, entry, read, of_all);
    let mut outcome = SceneResult::default();
    let (scene_type, type_is_right) = fields.scene_type();
    fields.continue_as(scene_type, &setting.defaults, setting.profile.as_ref());
    let fits = fields.fits(scene_type);
    // Those of a scene whose type does not take them have been reported.
    let has_clip = matches!(scene_type, SceneType::T2v | SceneType::I2v);
    let written = match fits && has_clip {
        true => fields.selecting_inputs(),
        false => SelectingInputs::default(),
    };
    let choice = match scene_type.is_drawn() {
        true => fields.drawing(scene_type),
        false => fields.choice(scene_type, &written.roles()),
    };
    let other_inputs = match fits && has_clip {
        true => fields.other_inputs(&choice, written, &mut outcome),
        false => Some(BTreeMap::new()),
    };
    let after_is_right = fields.after(&mut outcome.after);
    let label = fields.label();
    let narration = fields.narration();
    let voiceover = fields.voiceover(scene_type);
    let scratch_voice = fields.scratch_voice();
    outcome.was = fields.was();
    let tags = fields.tags();
    // What is drawn is the same each time.
    let takes = if scene_type.is_drawn() { Some(1) } else { fields.takes() };
    let used = fields.length();
    let wanted = used.flatten();
    let shot = match scene_type {
        SceneType::T2v => {
            let (clip, seconds) = fields.clip(scene_type, &choice, (film_seed, wanted));
            let prompt = fields.prompt(&choice, clip.as_ref());
            outcome.seconds = seconds.map(f64::from);
            prompt.zip(clip).map(|(prompt, clip)| Shot::T2v { prompt, clip })
        }
        SceneType::I2v => {
            let image = fields.image(scene_type, &mut outcome.takes);
            let end_image = fields.end_image(&choice, &mut outcome.takes);
            let (clip, seconds) = fields.clip(scene_type, &choice, (film_seed, wanted));
            let prompt = fields.prompt(&choice, clip.as_ref());
            outcome.seconds = seconds.map(f64::from);
            let parts = prompt.zip(image).zip(end_image.zip(clip));
            parts.map(|((prompt, image), (end_image, clip))| Shot::I2v {
                image,
                end_image,
                prompt,
                clip,
            })
        }
        SceneType::Avatar => {
            let image = fields.image(scene_type, &mut outcome.takes);
            let voice = fields.voice();
            let resolution = fields.resolution(&choice);
            let stated = fields.stated_seconds();
            outcome.seconds = stated.flatten();
            let parts = image.zip(voice).zip(resolution.zip(stated));
            parts.map(|((image, voice), (resolution, stated_seconds))| Shot::Avatar {
                image,
                voice,
                resolution,
                stated_seconds,
            })
        }
        SceneType::Still => fields.still(&choice, &mut outcome.takes, wanted),
        SceneType::Card => fields.card(&choice, wanted),
    };
    if let Some(frame) = shot.as_ref().and_then(Shot::drawn_frame) {
        outcome.seconds = Some(frame.millis as f64 / 1_000.0);
    }
    let pictures = shot.as_ref().zip(other_inputs.as_ref()).filter(|_| fits);
    let picture_fits = fields.picture_fits(pictures);
    let is_right = type_is_right && fits && choice.is_right && after_is_right;
    outcome.pictures = std::mem::take(&mut fields.pictures);
    let origins = fields.origins;
    let narrator = narration.zip(voiceover).zip(scratch_voice);
    let words = label.zip(narrator).zip(tags);
    let parts = shot.zip(other_inputs.zip(picture_fits)).zip(ids).zip(words).zip(takes.zip(used));
    let parts = parts.filter(|_| is_right);
    outcome.scene = parts.map(|((((shot, inputs), (id, base)), (words, tags)), rest)| {
        let (other_inputs, fits) = inputs;
        let (label, ((narration, voiceover), scratch_voice)) = words;
        let (takes, used) = rest;
        let after = Vec::with_capacity(outcome.after.len());
        let model = choice.model.id.clone();
        let was = outcome.was.clone().map(|was| FormerName { id: was.id, base: was.base });
        let used_millis = used.map(|seconds| (seconds * 1_000.0).round() as u64);
        Scene {
            id,
            base,
            was,
            label,
            narration,
            voiceover,
            scratch_voice,
            model,
            shot,
            other_inputs,
            fits,
            after,
            origins,
            tags,
            takes,
            used_millis,
        }
    });
    outcome
}

impl Fields<'_> {
    /// The label, `Some(None)` if none is written.
    fn label(&mut self) -> Option<Option<String>> {
        let Some(field) = self.pick(SceneField::Label) else { return Some(None) };
        text_fields::label(self.scope, self.findings, field.node, self.names).map(Some)
    }

    /// What a narrator says, `Some(None)` if nothing is written or it renders as nothing.
    fn narration(&mut self) -> Option<Option<String>> {
        let Some(field) = self.pick(SceneField::Narration) else { return Some(None) };
        let rendered = self.text("`narration`", field.node)?;
        let text = rendered.trim();
        let chars = text.chars().count();
        if chars > NARRATION_MAX_CHARS {
            let message = format!("`narration` has {chars} characters, over {NARRATION_MAX_CHARS}");
            self.error("text-too-long", message, field, "divide it among several scenes");
            return None;
        }
        Some((!text.is_empty()).then(|| text.to_string()))
    }

    /// How many takes it asks for; one if nothing is written.
    fn takes(&mut self) -> Option<u32> {
        let Some(field) = self.pick(SceneField::Takes) else { return Some(1) };
        let text = self.text("`takes`", field.node)?;
        let count = text.trim().parse::<u32>().ok();
        let count = count.filter(|count| (1..=TAKES_MAX).contains(count));
        if count.is_none() {
            let message = format!("`takes: {}` is not valid", excerpt(&text));
            let label = format!("write a whole number from 1 to {TAKES_MAX}");
            self.error("wrong-takes", message, field, label);
        }
        count
    }

    /// How many seconds of the clip are used; `Some(None)` if nothing is written, `None` after
    /// reporting an error.
    fn length(&mut self) -> Option<Option<f64>> {
        let Some(field) = self.pick(SceneField::Length) else { return Some(None) };
        let (names, wants) = (Some(self.names), "a number of seconds");
        let seconds = self.scope.seconds("`length`", wants, field.node, names, self.findings)?;
        if (LENGTH_MIN_SECONDS..=VOICE_MAX_SECONDS).contains(&seconds) {
            return Some(Some(seconds));
        }
        let message = format!("`length` cannot be {seconds} s");
        let label = format!("write {LENGTH_MIN_SECONDS} or more, as many as are used");
        self.error("wrong-duration", message, field, label);
        None
    }

    /// The recording of what is narrated, `Some(None)` if there is none.
    fn voiceover(&mut self, scene_type: SceneType) -> Option<Option<String>> {
        let Some(field) = self.pick(SceneField::Voiceover) else { return Some(None) };
        if scene_type == SceneType::Avatar {
            let message = "an avatar speaks itself and has no `voiceover`";
            self.error("field-not-taken", message, field, "name the recording in `voice`");
            return None;
        }
        inputs::voiceover(self.scope, self.findings, field.node, self.names).map(Some)
    }

    /// Who reads what is narrated.
    fn scratch_voice(&mut self) -> Option<ScratchVoice> {
        let Some(field) = self.pick(SceneField::ScratchVoice) else {
            return Some(ScratchVoice::ByScript);
        };
        let rendered = self.text("`scratch_voice`", field.node)?;
        Some(match rendered.trim() {
            "" => ScratchVoice::ByScript,
            "off" | "false" | "none" => ScratchVoice::Off,
            name => ScratchVoice::Named(name.to_string()),
        })
    }

    fn was(&mut self) -> Option<Former<SceneId>> {
        let field = self.pick(SceneField::Was)?;
        former::read(self.scope, self.findings, "scene", self.entry.key, field.node, self.names)
    }

    /// The prompt; if none is written, those of the shots, or an empty one where the model needs
    /// none. The names of elements in it are checked.
    fn prompt(&mut self, choice: &ModelChoice, clip: Option<&Clip>) -> Option<String> {
        let prompt = match self.pick(SceneField::Prompt) {
            None if self.own.shots.is_some() => {
                let prompts = clip?.shots.iter().map(|shot| shot.prompt.as_str());
                prompts.collect::<Vec<&str>>().join(" ")
            }
            None if choice.is_right && choice.model.prompt_is_optional(choice.scene_type) => {
                String::new()
            }
            None => {
                self.missing(choice.scene_type, "prompt", "add `prompt:`: describe the shot");
                return None;
            }
            Some(field) => {
                let limits = (choice.model, self.profile_model(), self.element_names.as_slice());
                text_fields::prompt(self.scope, self.findings, field.node, self.names, limits)?
            }
        };
        match clip {
            Some(clip) if self.elements_are_right && !self.check_names(choice, &prompt, clip) => {
                None
            }
            _ => Some(prompt),
        }
    }

    /// The inputs besides the image, the last image and the voice; `None` after reporting an error.
    fn other_inputs(
        &mut self,
        choice: &ModelChoice,
        written: SelectingInputs,
        outcome: &mut SceneResult,
    ) -> Option<BTreeMap<InputSlot, SceneInput>> {
        let is_picture = |slot: &InputSlot| slot.role == InputRole::Reference;
        let pictures = written.inputs.iter().filter(|(slot, ..)| is_picture(slot)).count();
        let fits = written.is_right && self.references_fit(choice, &written);
        let key_images = self.key_images(choice);
        let elements = self.elements(choice, pictures);
        self.elements_are_right = elements.is_some();
        let (key_images, elements) = key_images.zip(elements)?;
        let mut inputs = BTreeMap::new();
        let all = written.inputs.into_iter().chain(key_images).chain(elements.inputs);
        for (slot, input, node) in all.collect::<FilledSlots>() {
            let list = match slot.role {
                InputRole::Video => node,
                _ => self.pick(SceneField::of_input(slot.role)).map_or(node, |field| field.node),
            };
            let input = match input {
                InputRef::Ready(input, elsewhere) => {
                    if let (SceneInput::File(path), true) =
                        (&input, elsewhere.is_some() || list != node)
                    {
                        let own = elsewhere.unwrap_or(node);
                        self.pictures.push(((list, path.clone()), own));
                    }
                    input
                }
                InputRef::Take(wish) => {
                    let input = self.take_input(&wish);
                    outcome.takes.push((slot, wish));
                    input?
                }
            };
            inputs.insert(slot, input);
        }
        self.clip_elements = elements.elements;
        fits.then_some(inputs)
    }

    /// An input that is of another scene's take, whose name is checked later.
    fn take_input(&self, wish: &TakeRef) -> Option<SceneInput> {
        // The dependency check reports it if there is no such scene.
        let own = self.names.full().parse().ok()?;
        Some(match wish.part? {
            TakePart::Frame(at) => SceneInput::Frame(own, at),
            TakePart::Video => SceneInput::Video(own),
        })
    }

    /// The image; a frame of another scene is also recorded as a dependency.
    pub(super) fn image(
        &mut self,
        scene_type: SceneType,
        takes: &mut Vec<(InputSlot, TakeRef)>,
    ) -> Option<SceneInput> {
        let Some(field) = self.pick(SceneField::Image) else {
            let label = match scene_type {
                SceneType::Avatar => "add `image:` with the path of a portrait",
                SceneType::Still => "add `image:` with the path of the picture",
                _ => "add `image:` with a path, or `{ scene: name, frame: last }`",
            };
            self.missing(scene_type, "image", label);
            return None;
        };
        self.picture(InputRole::Image, field, takes)
    }

    /// The last picture, `Some(None)` if none is written.
    fn end_image(
        &mut self,
        choice: &ModelChoice,
        takes: &mut Vec<(InputSlot, TakeRef)>,
    ) -> Option<Option<SceneInput>> {
        let role = InputRole::EndImage;
        let Some(field) = self.pick(SceneField::EndImage) else { return Some(None) };
        // The model of a scene whose model is wrong has been reported.
        if choice.is_right && !choice.model.sends(choice.scene_type, role.as_str()) {
            let takes = |model: &Model| model.sends(choice.scene_type, role.as_str());
            self.not_taken("`end_image`", choice, field, takes);
            return None;
        }
        self.picture(role, field, takes).map(Some)
    }

    /// A picture; a frame of another scene is also recorded as a dependency.
    fn picture(
        &mut self,
        role: InputRole,
        field: Field,
        takes: &mut Vec<(InputSlot, TakeRef)>,
    ) -> Option<SceneInput> {
        let slot = InputSlot::only(role);
        let picture = inputs::image(self.scope, self.findings, role, field.node, self.names)?;
        self.written_fits.extend(picture.fit.map(|fit| (slot, fit)));
        match picture.input {
            InputRef::Ready(image, picture) => {
                if let (SceneInput::File(path), Some(picture)) = (&image, picture) {
                    self.pictures.push(((field.node, path.clone()), picture));
                }
                Some(image)
            }
            InputRef::Take(wish) => {
                let image = self.take_input(&wish);
                takes.push((slot, wish));
                image
            }
        }
    }

    fn voice(&mut self) -> Option<SceneInput> {
        let Some(field) = self.pick(SceneField::Voice) else {
            self.missing(SceneType::Avatar, "voice", "add `voice:` with the path of a recording");
            return None;
        };
        inputs::voice(self.scope, self.findings, field.node, self.names)
    }

    /// Collects the scenes to come after; returns whether the list could be read.
    fn after(&mut self, names: &mut Vec<(String, NodeId)>) -> bool {
        let Some(field) = self.pick(SceneField::After) else { return true };
        let Some(items) = self.scope.list("`after`", field.node, self.findings) else {
            return false;
        };
        let mut is_right = true;
        for item in items {
            match self.text("a scene's name", item) {
                Some(name) => names.push((name.trim().to_string(), item)),
                None => is_right = false,
            }
        }
        is_right
    }
}
