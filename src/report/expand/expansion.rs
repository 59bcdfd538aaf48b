//! The expansion: a film as resolved, each value with where it comes from. It is what
//! `expand --json` prints, described by `schemas/expand.schema.json`.

use std::collections::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::super::words::count;
use super::origin::{OriginDocument, OriginKind, Sourced};
use crate::base::{Credits, CutId, Digest, Key, SceneId};
use crate::catalog::{AspectRatio, Dialect, ModelId, Resolution, SceneType};
use crate::plan::{Family, Plan, Project};
use crate::storyboard::{
    Cut, Film, ImageSource, Origin, Scene, SceneField, Seed, Shot, VoiceSource,
};

/// The form of the document that this program writes.
pub const EXPANSION_VERSION: u32 = 1;

/// A film as resolved.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Expansion {
    /// The version of this document's form.
    pub(super) version: u32,
    /// The storyboard's path, as it was given.
    pub(super) storyboard: String,
    /// Whose keys these are.
    pub(super) provider: Family,
    /// The storyboard's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<Sourced<String>>,
    /// The API dialect that makes the videos.
    pub(super) api: Sourced<Dialect>,
    /// The most credits that one build may cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) budget: Option<Sourced<Credits>>,
    /// An https URL under which the project's files are public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) base_url: Option<Sourced<String>>,
    /// Font files for previews.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fonts: Option<Sourced<Vec<String>>>,
    /// The chosen scenes, in film order.
    pub(super) scenes: Vec<ExpandedScene>,
    /// The cuts that join chosen scenes only, in the order written.
    pub(super) cuts: Vec<ExpandedCut>,
    /// The cuts that join scenes that were not chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) cuts_left_out: Vec<CutId>,
}

/// A scene as resolved; a field is absent where its type or its model takes none.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct ExpandedScene {
    /// Its name, with its row and its variant.
    pub scene: SceneId,
    /// Where it is written.
    pub origin: OriginDocument,
    /// The key of its take; absent while it waits for bytes that are not made yet, and where each
    /// build draws another seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// Its type.
    #[serde(rename = "type")]
    pub scene_type: Sourced<SceneType>,
    /// What its slate calls it.
    pub label: Sourced<String>,
    /// The model that makes it.
    pub model: Sourced<ModelId>,
    /// The rendered prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Sourced<String>>,
    /// The first picture, or the portrait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Sourced<ExpandedInput>>,
    /// The recorded voice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<Sourced<ExpandedInput>>,
    /// The length in seconds; an avatar's where the storyboard states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Sourced<f64>>,
    /// The output quality.
    pub resolution: Sourced<Resolution>,
    /// The shape of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aspect_ratio: Option<Sourced<AspectRatio>>,
    /// The seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<Sourced<ExpandedSeed>>,
    /// The chosen scenes that are made before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Sourced<Vec<SceneId>>>,
    /// The scenes that are made before this one and were not chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after_left_out: Vec<SceneId>,
}

/// Where an image or a voice comes from.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum ExpandedInput {
    /// A file of the project.
    File {
        /// Its path, relative to the storyboard's folder.
        file: String,
    },
    /// A file on the network.
    Url {
        /// Its URL.
        url: String,
        /// The SHA-256 of its content, if it is pinned.
        #[serde(skip_serializing_if = "Option::is_none")]
        sha256: Option<Digest>,
    },
    /// A frame of another scene's take.
    Frame {
        /// The scene.
        scene: SceneId,
        /// `first`, `last`, or seconds from the start.
        frame: String,
    },
}

/// How a scene's seed is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum ExpandedSeed {
    /// This one.
    Number(u32),
    /// A new one for each build.
    Word(RandomWord),
}

/// The word for a seed that is new in each build.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum RandomWord {
    /// A new one for each build.
    Random,
}

/// A cut as resolved.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct ExpandedCut {
    /// Its name, with its variant.
    pub cut: CutId,
    /// Where it is written.
    pub origin: OriginDocument,
    /// The scenes joined, in order.
    pub scenes: Vec<SceneId>,
}

impl Expansion {
    /// Expands the planned scenes of a project; all of them, or those that were chosen.
    /// `storyboard` is the path as the user gave it, `lock` the name of the lock's file.
    pub fn of(plan: &Plan, project: &Project, storyboard: &str, lock: &str) -> Expansion {
        let film = &project.film;
        let top = |path: &[&str]| {
            OriginDocument::of(&film.origin_at(path), (OriginKind::Catalog, "default".into()))
        };
        let chosen: HashSet<&SceneId> = plan.takes.iter().map(|take| &take.scene).collect();
        let writer = Writer { project, lock, chosen: &chosen, sharing: sharing(film) };
        let is_whole = |cut: &&Cut| cut.scenes.iter().all(|scene| chosen.contains(scene));
        let (whole, left_out): (Vec<&Cut>, Vec<&Cut>) = film.cuts.iter().partition(is_whole);
        let hosting = film.hosting.as_ref();
        Expansion {
            version: EXPANSION_VERSION,
            storyboard: storyboard.to_string(),
            provider: project.wishes.maker.family(),
            title: film.title.clone().map(|value| Sourced { value, origin: top(&["title"]) }),
            api: Sourced { value: film.api, origin: top(&["api"]) },
            budget: film.budget.map(|value| Sourced { value, origin: top(&["budget"]) }),
            base_url: hosting.map(|hosting| Sourced {
                value: hosting.base_url.clone(),
                origin: top(&["hosting", "base_url"]),
            }),
            fonts: (!film.preview_fonts.is_empty()).then(|| Sourced {
                value: film.preview_fonts.clone(),
                origin: top(&["preview", "fonts"]),
            }),
            scenes: plan.takes.iter().map(|take| writer.scene(take.position, take.key)).collect(),
            cuts: whole.into_iter().map(|cut| expanded_cut(film, cut)).collect(),
            cuts_left_out: left_out.into_iter().map(|cut| cut.id.clone()).collect(),
        }
    }

    /// The expansion as JSON text, with a newline at the end.
    pub fn print_json(&self) -> String {
        super::super::json::pretty(self)
    }
}

fn expanded_cut(film: &Film, cut: &Cut) -> ExpandedCut {
    let origin = OriginDocument::written(film.place_of_cut(&cut.id).as_ref());
    ExpandedCut { cut: cut.id.clone(), origin, scenes: cut.scenes.clone() }
}

/// How many scenes share the name without the variant, of those with `seed: random`: in a build
/// they share their seed as well.
fn sharing(film: &Film) -> HashMap<&SceneId, usize> {
    let mut sharing = HashMap::new();
    let is_random = |scene: &&Scene| scene.clip().is_some_and(|c| c.seed == Some(Seed::Random));
    for scene in film.scenes.iter().filter(is_random) {
        *sharing.entry(&scene.base).or_default() += 1;
    }
    sharing
}

struct Writer<'p> {
    project: &'p Project,
    lock: &'p str,
    chosen: &'p HashSet<&'p SceneId>,
    sharing: HashMap<&'p SceneId, usize>,
}

impl Writer<'_> {
    fn scene(&self, at: usize, key: Option<Key>) -> ExpandedScene {
        let film = &self.project.film;
        let scene = self.project.scene(at);
        let (clip, stated) = (scene.clip(), stated_seconds(scene));
        let by_model = |field| self.origin(scene, field, format!("default of {}", scene.model));
        let written = |field| self.origin(scene, field, String::new());
        let by_type = format!("default for {}", scene.scene_type());
        let (after, after_left_out): (Vec<SceneId>, Vec<SceneId>) =
            scene.after.iter().cloned().partition(|other| self.chosen.contains(other));
        ExpandedScene {
            scene: scene.id.clone(),
            origin: origin_of_scene(film, scene),
            key: key.filter(|_| clip.is_none_or(|clip| clip.seed != Some(Seed::Random))),
            scene_type: Sourced { value: scene.scene_type(), origin: written(SceneField::Type) },
            label: Sourced {
                value: scene.label().to_string(),
                origin: OriginDocument::of(
                    &film.origin_of(scene, SceneField::Label),
                    (OriginKind::Name, "the name without the variant".into()),
                ),
            },
            model: Sourced {
                value: scene.model.clone(),
                origin: self.origin(scene, SceneField::Model, by_type),
            },
            prompt: scene.prompt().map(|prompt| Sourced {
                value: prompt.to_string(),
                origin: written(SceneField::Prompt),
            }),
            image: scene.image().map(|image| Sourced {
                value: ExpandedInput::of_image(image),
                origin: written(SceneField::Image),
            }),
            voice: scene.voice().map(|voice| Sourced {
                value: ExpandedInput::of_voice(voice),
                origin: written(SceneField::Voice),
            }),
            duration: clip
                .map(|clip| f64::from(clip.duration))
                .or(stated)
                .map(|value| Sourced { value, origin: by_model(SceneField::Duration) }),
            resolution: Sourced {
                value: scene.resolution(),
                origin: by_model(SceneField::Resolution),
            },
            aspect_ratio: clip.map(|clip| Sourced {
                value: clip.aspect_ratio,
                origin: by_model(SceneField::AspectRatio),
            }),
            seed: clip.and_then(|clip| clip.seed).map(|seed| self.seed(at, seed)),
            after: (!after.is_empty())
                .then(|| Sourced { value: after, origin: written(SceneField::After) }),
            after_left_out,
        }
    }

    /// The origin of a field; `unwritten` says what it follows from where nothing is written.
    fn origin(&self, scene: &Scene, field: SceneField, unwritten: String) -> OriginDocument {
        let origin = self.project.film.origin_of(scene, field);
        OriginDocument::of(&origin, (OriginKind::Catalog, unwritten))
    }

    fn seed(&self, at: usize, seed: Seed) -> Sourced<ExpandedSeed> {
        let scene = self.project.scene(at);
        let written = self.project.film.origin_of(scene, SceneField::Seed);
        let origin = OriginDocument::of(&written, (OriginKind::Auto, "auto".into()));
        match seed {
            Seed::Fixed(seed) => Sourced { value: ExpandedSeed::Number(seed), origin },
            Seed::Auto(derived) => {
                let kept = self.project.seed(at).filter(|kept| *kept != derived);
                let origin = match (&written, kept) {
                    (Origin::Unwritten, None) => origin,
                    (_, None) => OriginDocument { kind: OriginKind::Auto, ..origin.and("auto") },
                    (_, Some(_)) => OriginDocument {
                        kind: OriginKind::Lock,
                        text: format!("auto, kept by {}", self.lock),
                        ..origin
                    },
                };
                Sourced { value: ExpandedSeed::Number(kept.unwrap_or(derived)), origin }
            }
            Seed::Random => {
                let sharing = self.sharing.get(&scene.base).copied().unwrap_or(0);
                let origin = match sharing {
                    0 | 1 => origin,
                    _ => origin.and(&format!(
                        "one number for {}; written out, each has its own",
                        count(sharing, "variant")
                    )),
                };
                Sourced { value: ExpandedSeed::Word(RandomWord::Random), origin }
            }
        }
    }
}

/// Where a scene is written, with its row.
fn origin_of_scene(film: &Film, scene: &Scene) -> OriginDocument {
    let origin = OriginDocument::written(film.place_of_scene(&scene.id).as_ref());
    match film.row_of(&scene.id) {
        Some(row) => origin.and(&format!("row {row}")),
        None => origin,
    }
}

/// The length that an avatar's voice is said to have.
fn stated_seconds(scene: &Scene) -> Option<f64> {
    match scene.shot {
        Shot::Avatar { stated_seconds, .. } => stated_seconds,
        Shot::T2v { .. } | Shot::I2v { .. } => None,
    }
}

impl ExpandedInput {
    fn of_image(image: &ImageSource) -> ExpandedInput {
        match image {
            ImageSource::File(file) => ExpandedInput::File { file: file.clone() },
            ImageSource::Url(url, sha256) => {
                ExpandedInput::Url { url: url.clone(), sha256: *sha256 }
            }
            ImageSource::Frame(scene, frame) => {
                ExpandedInput::Frame { scene: scene.clone(), frame: frame.to_string() }
            }
        }
    }

    fn of_voice(voice: &VoiceSource) -> ExpandedInput {
        match voice {
            VoiceSource::File(file) => ExpandedInput::File { file: file.clone() },
            VoiceSource::Url(url, sha256) => {
                ExpandedInput::Url { url: url.clone(), sha256: *sha256 }
            }
        }
    }
}
