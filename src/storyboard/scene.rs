//! A scene: from what is written, and the defaults, to a [`Scene`] of the film.

use super::desk::{Desk, shorten};
use super::document::{self, Defaults, Written};
use super::film::{Clip, ImageSource, Scene, Seed, Shot};
use super::prompt;
use super::seed;
use super::sources::{self, FrameWish, ImageWish};
use super::suggest::{choice, closest, list};
use super::template::SceneNames;
use super::tree::NodeId;
use super::written::scene_types;
use crate::base::{Diagnostic, SceneId};
use crate::catalog::{AspectRatio, Model, ModelId, Resolution, SceneType};

/// What came of a scene.
pub(super) struct Outcome {
    /// The scene, if nothing is wrong with it; a frame's scene is not looked up yet.
    pub scene: Option<Scene>,
    /// The frame it takes of another scene.
    pub frame: Option<FrameWish>,
    /// The scenes it comes after, as written.
    pub after: Vec<(String, NodeId)>,
    /// Its length in seconds, where it is known.
    pub seconds: Option<f64>,
}

/// A field's value: the scene's own, or a default's.
#[derive(Clone, Copy)]
struct Field {
    node: NodeId,
    is_default: bool,
}

/// The scene's own value, else the default's.
fn field<T>(own: &Option<Written<T>>, default: Option<&Written<T>>) -> Option<Field> {
    match (own, default) {
        (Some(own), _) => Some(Field { node: own.node, is_default: false }),
        (None, Some(default)) => Some(Field { node: default.node, is_default: true }),
        (None, None) => None,
    }
}

/// Reads a scene: its id (absent where the name is no id), its names for templates, its key, and
/// its fields.
pub(super) fn resolve(
    desk: &mut Desk,
    id: Option<SceneId>,
    names: &SceneNames,
    key: NodeId,
    written: &document::Scene,
    defaults: Option<&Defaults>,
    film_seed: Option<u64>,
) -> Outcome {
    let mut reader = Reader { desk, names, key, written, defaults };
    let (scene_type, type_ok) = reader.scene_type();
    let fits = reader.check_fields(scene_type);
    let (model, model_ok) = reader.model(scene_type);
    let mut outcome = Outcome { scene: None, frame: None, after: Vec::new(), seconds: None };
    let after = reader.after(&mut outcome.after);

    let takes_clip = scene_type != SceneType::Avatar;
    let prompt = takes_clip.then(|| reader.prompt(model)).flatten();
    let image = (scene_type != SceneType::T2v).then(|| reader.image(scene_type)).flatten();
    let resolution = reader.resolution(scene_type, model);
    let image = image.map(|wish| match wish {
        ImageWish::Ready(image) => Some(image),
        ImageWish::Frame(wish) => {
            // A name that is no id belongs to no scene; the dependencies say so.
            let scene = wish.scene.parse().ok();
            let image = scene.map(|scene| ImageSource::Frame(scene, wish.frame));
            outcome.frame = Some(wish);
            image
        }
    });
    let shot = if takes_clip {
        let duration = reader.duration(model);
        outcome.seconds = duration.map(f64::from);
        let aspect_ratio = reader.aspect_ratio(model);
        let seed = reader.seed(scene_type, model, film_seed);
        let clip = (|| {
            let (duration, resolution) = (duration?, resolution?);
            Some(Clip { duration, resolution, aspect_ratio: aspect_ratio?, seed: seed? })
        })();
        match scene_type {
            SceneType::T2v => prompt.zip(clip).map(|(prompt, clip)| Shot::T2v { prompt, clip }),
            _ => prompt.zip(clip).zip(image.flatten()).map(|((prompt, clip), image)| Shot::I2v {
                image,
                prompt,
                clip,
            }),
        }
    } else {
        let voice = reader.voice();
        let stated = reader.stated_seconds();
        outcome.seconds = stated.flatten();
        (|| {
            let (image, voice) = (image.flatten()?, voice?);
            Some(Shot::Avatar { image, voice, resolution: resolution?, stated_seconds: stated? })
        })()
    };
    let is_right = type_ok && fits && model_ok && after;
    outcome.scene = shot.zip(id).filter(|_| is_right).map(|(shot, id)| {
        let after = outcome.after.iter().filter_map(|(name, _)| name.parse().ok()).collect();
        Scene { id, model: model.id.clone(), shot, after }
    });
    outcome
}

struct Reader<'a> {
    desk: &'a mut Desk,
    names: &'a SceneNames,
    key: NodeId,
    written: &'a document::Scene,
    defaults: Option<&'a Defaults>,
}

impl Reader<'_> {
    /// An error at a field; a default's error points at the scene that uses it as well.
    fn error(&mut self, code: &'static str, message: String, field: Field, label: String) {
        let place = self.desk.tree.place(field.node);
        let mut diagnostic = Diagnostic::error(code, message).at(place).label(label);
        if field.is_default {
            let scene = self.desk.tree.place(self.key);
            diagnostic = diagnostic.related(scene, "used by this scene, among others");
        }
        self.desk.findings.add(diagnostic);
    }

    fn missing(&mut self, scene_type: SceneType, name: &str, label: &str) {
        let message = format!("{} scene `{}` has no `{name}`", article(scene_type), self.names.id);
        self.desk.error("missing-field", message, self.key, label);
    }

    fn text(&mut self, what: &str, node: NodeId) -> Option<String> {
        self.desk.text(what, node, Some(self.names))
    }

    /// The type, and whether it is right; where it is not, the fields tell what was meant, so that
    /// the other fields can be checked all the same.
    fn scene_type(&mut self) -> (SceneType, bool) {
        let guess = match (&self.written.voice, &self.written.image) {
            (Some(_), _) => SceneType::Avatar,
            (None, Some(_)) => SceneType::I2v,
            (None, None) => SceneType::T2v,
        };
        let Some(written) = &self.written.scene_type else {
            let message = format!("scene `{}` has no `type`", self.names.id);
            let label = format!("add `type: {guess}`; there are {}", list(SceneType::ALL));
            self.desk.error("missing-field", message, self.key, label);
            return (guess, false);
        };
        let Some(text) = self.desk.text("`type`", written.node, Some(self.names)) else {
            return (guess, false);
        };
        match text.trim().parse::<SceneType>() {
            Ok(scene_type) => (scene_type, true),
            Err(_) => {
                let label = match closest(text.trim(), SceneType::ALL.iter().map(|t| t.as_str())) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => format!("write {}; this one looks like `{guess}`", scene_types()),
                };
                let message = format!("`{}` is no scene type", shorten(&text));
                self.desk.error("unknown-value", message, written.node, label);
                (guess, false)
            }
        }
    }

    /// Whether the scene has only fields that its type takes.
    fn check_fields(&mut self, scene_type: SceneType) -> bool {
        let written = self.written;
        let node = |found: Option<NodeId>| found;
        let image = node(written.image.as_ref().map(|w| w.node));
        let voice = node(written.voice.as_ref().map(|w| w.node));
        let prompt = node(written.prompt.as_ref().map(|w| w.node));
        let aspect_ratio = node(written.aspect_ratio.as_ref().map(|w| w.node));
        let refused: &[(&str, Option<NodeId>, &str)] = match scene_type {
            SceneType::T2v => &[
                ("image", image, "remove it, or write `type: i2v`"),
                ("voice", voice, "remove it, or write `type: avatar` and give it an `image`"),
            ],
            SceneType::I2v => &[("voice", voice, "remove it, or write `type: avatar`")],
            SceneType::Avatar => &[
                ("prompt", prompt, "remove it: the API makes an avatar from image and voice alone"),
                ("aspect_ratio", aspect_ratio, "remove it: an avatar has the shape of its image"),
            ],
        };
        let mut fits = true;
        for (name, found, label) in refused {
            if let Some(value) = found {
                let path = ["scenes", self.names.id.as_str(), name];
                let at = self.desk.tree.entry(&path).map_or(*value, |entry| entry.key);
                let message = format!("{} scene takes no `{name}`", article(scene_type));
                self.desk.error("field-not-taken", message, at, *label);
                fits = false;
            }
        }
        if let (SceneType::Avatar, Some(seed)) = (scene_type, &written.seed) {
            let place = self.desk.tree.place(seed.node);
            self.desk.findings.add(
                Diagnostic::warning("seed-ignored", "the API takes no seed for an avatar")
                    .at(place)
                    .label("it is ignored; remove it"),
            );
        }
        fits
    }

    /// The model, and whether it is right; where it is not, the catalog's choice stands in.
    fn model(&mut self, scene_type: SceneType) -> (&'static Model, bool) {
        let catalog = self.desk.catalog;
        let fallback = catalog.default_model(scene_type);
        let default = self.defaults.and_then(|defaults| defaults.model.as_ref());
        let Some(field) = field(&self.written.model, default) else { return (fallback, true) };
        let Some(text) = self.text("`model`", field.node) else { return (fallback, false) };
        let name = text.trim();
        let able = || list(catalog.models_for(scene_type).map(|model| &model.id));
        match catalog.model(name) {
            Some(model) if model.types.contains(&scene_type) => (model, true),
            // An avatar's model is the catalog's unless the scene itself names another.
            Some(_) if scene_type == SceneType::Avatar && field.is_default => (fallback, true),
            Some(model) => {
                let message = format!(
                    "`{name}` makes no {scene_type} scenes, only {}",
                    list(model.types.iter())
                );
                let label = format!("for {scene_type} there are {}", able());
                self.error("wrong-model", message, field, label);
                (fallback, false)
            }
            None => {
                let known = catalog.models.iter().map(|model| model.id.as_str());
                let label = match closest(name, known) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => format!("for {scene_type} there are {}", able()),
                };
                self.error(
                    "unknown-model",
                    format!("there is no model `{}`", shorten(name)),
                    field,
                    label,
                );
                (fallback, false)
            }
        }
    }

    fn prompt(&mut self, model: &'static Model) -> Option<String> {
        let default = self.defaults.and_then(|defaults| defaults.prompt.as_ref());
        let Some(field) = field(&self.written.prompt, default) else {
            let scene_type = match self.written.image {
                Some(_) => SceneType::I2v,
                None => SceneType::T2v,
            };
            self.missing(scene_type, "prompt", "add `prompt:` with what is to be seen");
            return None;
        };
        prompt::read(self.desk, field.node, self.names, model)
    }

    fn image(&mut self, scene_type: SceneType) -> Option<ImageWish> {
        let default = self.defaults.and_then(|defaults| defaults.image.as_ref());
        let Some(field) = field(&self.written.image, default) else {
            let label = match scene_type {
                SceneType::Avatar => "add `image:` with the path of a portrait",
                _ => "add `image:` with a path, or `{ scene: name, frame: last }`",
            };
            self.missing(scene_type, "image", label);
            return None;
        };
        sources::image(self.desk, field.node, self.names)
    }

    fn voice(&mut self) -> Option<super::film::VoiceSource> {
        let default = self.defaults.and_then(|defaults| defaults.voice.as_ref());
        let Some(field) = field(&self.written.voice, default) else {
            self.missing(SceneType::Avatar, "voice", "add `voice:` with the path of a recording");
            return None;
        };
        sources::voice(self.desk, field.node, self.names)
    }

    fn duration(&mut self, model: &Model) -> Option<u32> {
        let default = self.defaults.and_then(|defaults| defaults.duration.as_ref());
        let shortest = model.durations.iter().min().copied();
        let Some(field) = field(&self.written.duration, default) else { return shortest };
        let wants = "a number of seconds";
        let seconds = self.desk.number("`duration`", wants, field.node, Some(self.names))?;
        let sold = model.durations.iter().find(|sold| f64::from(**sold) == seconds);
        if sold.is_none() {
            let message = format!("`{}` makes no clips of {seconds} s", model.id);
            let label = format!("write {}", choice(&model.durations));
            self.error("wrong-duration", message, field, label);
        }
        sold.copied()
    }

    /// The length that an avatar's voice is said to have; a default length is one of clips.
    fn stated_seconds(&mut self) -> Option<Option<f64>> {
        const VOICE_MAX_SECONDS: f64 = 3_600.0;
        let Some(written) = &self.written.duration else { return Some(None) };
        let field = Field { node: written.node, is_default: false };
        let wants = "the voice's length in seconds";
        let seconds = self.desk.number("`duration`", wants, field.node, Some(self.names))?;
        if seconds > 0.0 && seconds <= VOICE_MAX_SECONDS {
            return Some(Some(seconds));
        }
        let message = format!("a voice cannot be {seconds} s long");
        let label = "write its length in seconds, or remove the line: the voice decides";
        self.error("wrong-duration", message, field, label.to_string());
        None
    }

    fn resolution(&mut self, scene_type: SceneType, model: &Model) -> Option<Resolution> {
        let default = self.defaults.and_then(|defaults| defaults.resolution.as_ref());
        let Some(field) = field(&self.written.resolution, default) else {
            return Some(match scene_type {
                SceneType::Avatar => Resolution::P720,
                SceneType::T2v | SceneType::I2v => Resolution::P1080,
            });
        };
        let term = self.desk.term("`resolution`", field.node, Some(self.names))?;
        self.sold(field, model, term, &model.resolutions)
    }

    fn aspect_ratio(&mut self, model: &Model) -> Option<AspectRatio> {
        let default = self.defaults.and_then(|defaults| defaults.aspect_ratio.as_ref());
        let Some(field) = field(&self.written.aspect_ratio, default) else {
            return Some(AspectRatio::Wide);
        };
        let term = self.desk.term("`aspect_ratio`", field.node, Some(self.names))?;
        self.sold(field, model, term, &model.aspect_ratios)
    }

    /// The term, if the model is sold with it.
    fn sold<T>(&mut self, field: Field, model: &Model, term: T, sold: &[T]) -> Option<T>
    where
        T: Copy + PartialEq + std::fmt::Display,
    {
        if sold.contains(&term) {
            return Some(term);
        }
        let message = format!("`{}` does not make `{term}`", model.id);
        self.error("not-sold", message, field, format!("write {}", choice(sold)));
        None
    }

    fn seed(
        &mut self,
        scene_type: SceneType,
        model: &Model,
        film_seed: Option<u64>,
    ) -> Option<Option<Seed>> {
        let default = self.defaults.and_then(|defaults| defaults.seed.as_ref());
        let field = field(&self.written.seed, default);
        let Some(range) = model.seeds else {
            let Some(field) = field.filter(|field| !field.is_default) else { return Some(None) };
            let able = self.desk.catalog.models_for(scene_type).filter(|m| m.seeds.is_some());
            let able: Vec<&ModelId> = able.map(|model| &model.id).collect();
            let message = format!("`{}` takes no seed", model.id);
            self.error("field-not-taken", message, field, format!("remove it; {} do", list(able)));
            return None;
        };
        let automatic = Seed::Auto(seed::automatic(film_seed, &self.names.id, range));
        let Some(field) = field else { return Some(Some(automatic)) };
        let text = self.text("`seed`", field.node)?;
        match text.trim() {
            "auto" => Some(Some(automatic)),
            "random" => Some(Some(Seed::Random)),
            other => match other.parse::<u32>().ok().filter(|n| (range.0..=range.1).contains(n)) {
                Some(seed) => Some(Some(Seed::Fixed(seed))),
                None => {
                    let message = format!("`{}` is no seed", shorten(other));
                    let (least, most) = range;
                    let label =
                        format!("write a whole number from {least} to {most}, `auto` or `random`");
                    self.error("wrong-seed", message, field, label);
                    None
                }
            },
        }
    }

    /// Gathers the scenes that come first; says whether the list could be read.
    fn after(&mut self, names: &mut Vec<(String, NodeId)>) -> bool {
        let Some(written) = &self.written.after else { return true };
        let Some(items) = self.desk.list("`after`", written.node) else { return false };
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

/// The type with its article, for messages.
fn article(scene_type: SceneType) -> String {
    match scene_type {
        SceneType::T2v => "a t2v".to_string(),
        SceneType::I2v => "an i2v".to_string(),
        SceneType::Avatar => "an avatar".to_string(),
    }
}
