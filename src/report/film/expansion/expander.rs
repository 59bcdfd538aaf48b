//! Expanding: turns a planned project into its expansion, each value with its origin.

use std::collections::{HashMap, HashSet};

use super::document::{
    EXPANSION_VERSION, ExpandedBucket, ExpandedClip, ExpandedCut, ExpandedElement, ExpandedInput,
    ExpandedReference, ExpandedScene, ExpandedSeed, ExpandedShot, Expansion, RandomWord,
};
use super::provenance::{OriginDocument, OriginKind, Sourced};
use crate::base::SceneId;
use crate::base::text::count;
use crate::catalog::{InputRole, InputSlot, PictureFit, Setting, SettingValue};
use crate::plan::{Plan, PlannedTake, Project};
use crate::storyboard::{
    BucketPlace, Clip, ClipShot, Cut, CutClip, Element, Film, Scene, SceneField, SceneInput, Seed,
    Shot, ValueOrigin,
};

impl Expansion {
    /// Expands the planned scenes of a project; all of them, or the chosen ones. `storyboard` is
    /// the path as the user gave it, `lock` the name of the lock's file.
    pub fn of(plan: &Plan, project: &Project, storyboard: &str, lock: &str) -> Expansion {
        let film = &project.film;
        let top = |path: &[&str]| {
            OriginDocument::of(&film.origin_at(path), (OriginKind::Catalog, "default".into()))
        };
        let chosen: HashSet<&SceneId> = plan.takes.iter().map(|take| &take.scene).collect();
        let writer = Expander { project, lock, chosen: &chosen, sharing: sharing(film) };
        let is_whole = |cut: &&Cut| cut.scenes().all(|scene| chosen.contains(scene));
        let (whole, left_out): (Vec<&Cut>, Vec<&Cut>) = film.cuts.iter().partition(is_whole);
        Expansion {
            version: EXPANSION_VERSION,
            storyboard: storyboard.to_string(),
            provider: project.options.provider.family(),
            profile: film.profile.clone(),
            title: film.title.clone().map(|value| Sourced { value, origin: top(&["title"]) }),
            api: Sourced {
                value: film.api,
                origin: match film.api_is_given {
                    true => OriginDocument {
                        kind: OriginKind::Given,
                        text: "--api or KIE_API".into(),
                        place: None,
                    },
                    false => top(&["api"]),
                },
            },
            budget: film.budget.map(|value| Sourced { value, origin: top(&["budget"]) }),
            quality: film.quality.map(|value| Sourced { value, origin: top(&["quality"]) }),
            base_url: film.base_url().map(|base_url| Sourced {
                value: base_url.to_string(),
                origin: top(&["hosting", "base_url"]),
            }),
            s3: film.bucket().map(|place| Sourced {
                value: ExpandedBucket::of(place),
                origin: top(&["hosting", "s3"]),
            }),
            fonts: (!film.preview_fonts.is_empty()).then(|| Sourced {
                value: film.preview_fonts.clone(),
                origin: top(&["preview", "fonts"]),
            }),
            scenes: plan.scenes().map(|take| writer.scene(take)).collect(),
            cuts: whole.into_iter().map(|cut| expanded_cut(film, cut)).collect(),
            cuts_left_out: left_out.into_iter().map(|cut| cut.id.clone()).collect(),
        }
    }
}

fn expanded_cut(film: &Film, cut: &Cut) -> ExpandedCut {
    let origin = OriginDocument::written(film.place_of_cut(&cut.id).as_ref());
    let was = cut.was.clone();
    let clip = |clip: &CutClip| {
        let of_scene = film.scene(&clip.scene).and_then(|scene| scene.used_millis);
        match clip.used_millis.filter(|millis| Some(*millis) != of_scene) {
            None => ExpandedClip::Scene(clip.scene.clone()),
            Some(millis) => {
                let length = millis as f64 / 1_000.0;
                ExpandedClip::Part { scene: clip.scene.clone(), length }
            }
        }
    };
    ExpandedCut { cut: cut.id.clone(), origin, was, scenes: cut.clips.iter().map(clip).collect() }
}

/// How many scenes with `seed: random` share the name without the variant: in a build they also
/// share their seed.
fn sharing(film: &Film) -> HashMap<&SceneId, usize> {
    let mut sharing = HashMap::new();
    let is_random = |scene: &&Scene| scene.clip().is_some_and(|c| c.seed == Some(Seed::Random));
    for scene in film.scenes.iter().filter(is_random) {
        *sharing.entry(&scene.base).or_default() += 1;
    }
    sharing
}

struct Expander<'p> {
    project: &'p Project,
    lock: &'p str,
    chosen: &'p HashSet<&'p SceneId>,
    sharing: HashMap<&'p SceneId, usize>,
}

impl Expander<'_> {
    fn scene(&self, take: &PlannedTake) -> ExpandedScene {
        let (film, at, key) = (&self.project.film, take.position, take.key);
        let chosen = take.recipe.as_ref().and_then(|recipe| recipe.seed);
        let scene = self.project.scene(at);
        let (clip, stated) = (scene.clip(), stated_seconds(scene));
        let by_model = |field| self.origin(scene, field, format!("default of {}", scene.model));
        let written = |field| self.origin(scene, field, String::new());
        let input = |role| {
            let slot = InputSlot::only(role);
            let value = ExpandedInput::of(scene.input(slot)?, scene.fits.get(&slot));
            Some(Sourced { value, origin: written(SceneField::of_input(role)) })
        };
        let several = |role: InputRole| {
            let value = inputs_of(scene, role, 0);
            let origin = || written(SceneField::of_input(role));
            (!value.is_empty()).then(|| Sourced { value, origin: origin() })
        };
        let references = references_of(scene);
        let elements = clip.map(|clip| elements_of(scene, clip)).unwrap_or_default();
        let setting = |(name, value): (&Setting, &SettingValue)| {
            let origin = by_model(SceneField::of_setting(*name));
            (*name, Sourced { value: value.json(), origin })
        };
        let by_type = format!("default for {}", scene.scene_type());
        let (after, after_left_out): (Vec<SceneId>, Vec<SceneId>) =
            scene.after.iter().cloned().partition(|other| self.chosen.contains(other));
        let drawn = scene.drawn_frame();
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
            was: scene
                .was
                .as_ref()
                .map(|was| Sourced { value: was.id.clone(), origin: written(SceneField::Was) }),
            model: Sourced {
                value: scene.model.clone(),
                origin: self.origin(scene, SceneField::Model, by_type),
            },
            prompt: scene.prompt().filter(|_| drawn.is_none()).map(|prompt| Sourced {
                value: prompt.to_string(),
                origin: written(SceneField::Prompt),
            }),
            text: scene
                .prompt()
                .filter(|_| drawn.is_some())
                .map(|text| Sourced { value: text.to_string(), origin: written(SceneField::Text) }),
            camera: match scene.shot {
                Shot::Still { camera: Some(camera), .. } => {
                    Some(Sourced { value: camera.as_str(), origin: written(SceneField::Move) })
                }
                _ => None,
            },
            narration: scene.narration.as_ref().map(|text| Sourced {
                value: text.clone(),
                origin: written(SceneField::Narration),
            }),
            voiceover: scene.voiceover.as_ref().map(|path| Sourced {
                value: path.clone(),
                origin: written(SceneField::Voiceover),
            }),
            scratch_voice: scene.scratch_voice.as_text().map(|voice| Sourced {
                value: voice.to_string(),
                origin: written(SceneField::ScratchVoice),
            }),
            image: input(InputRole::Image),
            end_image: input(InputRole::EndImage),
            key_images: several(InputRole::KeyImage),
            voice: input(InputRole::Voice),
            video: input(InputRole::Video),
            references: (!references.is_empty())
                .then(|| Sourced { value: references, origin: written(SceneField::References) }),
            elements: (!elements.is_empty())
                .then(|| Sourced { value: elements, origin: written(SceneField::Elements) }),
            duration: clip
                .and_then(|clip| clip.duration)
                .map(f64::from)
                .or(stated)
                .map(|value| Sourced { value, origin: by_model(SceneField::Duration) }),
            length: scene.used_millis.map(|millis| Sourced {
                value: millis as f64 / 1_000.0,
                origin: written(SceneField::Length),
            }),
            resolution: Sourced {
                value: scene.resolution(),
                origin: by_model(SceneField::Resolution),
            },
            aspect_ratio: clip
                .and_then(|clip| clip.aspect_ratio)
                .or(drawn.map(|frame| frame.aspect_ratio))
                .map(|value| Sourced { value, origin: by_model(SceneField::AspectRatio) }),
            seed: clip.and_then(|clip| clip.seed).map(|seed| self.seed(at, seed, chosen)),
            settings: clip.into_iter().flat_map(|clip| &clip.settings).map(setting).collect(),
            shots: clip.filter(|clip| !clip.shots.is_empty()).map(|clip| Sourced {
                value: clip.shots.iter().map(ExpandedShot::of).collect(),
                origin: written(SceneField::Shots),
            }),
            takes: (scene.takes > 1)
                .then(|| Sourced { value: scene.takes, origin: written(SceneField::Takes) }),
            tags: (!scene.tags.is_empty())
                .then(|| Sourced { value: scene.tags.clone(), origin: written(SceneField::Tags) }),
            after: (!after.is_empty())
                .then(|| Sourced { value: after, origin: written(SceneField::After) }),
            after_left_out,
        }
    }

    /// The origin of a field; `unwritten` is the origin if nothing is written.
    fn origin(&self, scene: &Scene, field: SceneField, unwritten: String) -> OriginDocument {
        let origin = self.project.film.origin_of(scene, field);
        OriginDocument::of(&origin, (OriginKind::Catalog, unwritten))
    }

    /// A scene's seed; `chosen` is that of the take that the film uses.
    fn seed(&self, at: usize, seed: Seed, chosen: Option<u32>) -> Sourced<ExpandedSeed> {
        let scene = self.project.scene(at);
        let written = self.project.film.origin_of(scene, SceneField::Seed);
        let origin = OriginDocument::of(&written, (OriginKind::Auto, "auto".into()));
        match seed {
            Seed::Fixed(seed) => match chosen.filter(|chosen| *chosen != seed) {
                Some(chosen) => {
                    let text =
                        format!("picked in {}, instead of {seed}, {}", self.lock, origin.text);
                    let origin = OriginDocument { kind: OriginKind::Lock, text, ..origin };
                    Sourced { value: ExpandedSeed::Number(chosen), origin }
                }
                None => Sourced { value: ExpandedSeed::Number(seed), origin },
            },
            Seed::Auto(derived) => {
                let kept = chosen.or_else(|| self.project.seed(at)).filter(|kept| *kept != derived);
                let origin = match (&written, kept) {
                    (ValueOrigin::Unwritten, None) => origin,
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

/// The length that the storyboard sets for an avatar's voice.
fn stated_seconds(scene: &Scene) -> Option<f64> {
    match scene.shot {
        Shot::Avatar { stated_seconds, .. } => stated_seconds,
        Shot::T2v { .. } | Shot::I2v { .. } => None,
        Shot::Still { frame, .. } | Shot::Card { frame, .. } => Some(frame.millis as f64 / 1_000.0),
    }
}

/// The inputs of a scene in a role, those of an element where they belong to one.
fn inputs_of(scene: &Scene, role: InputRole, element: u8) -> Vec<ExpandedInput> {
    let is_meant = |slot: &InputSlot| slot.role == role && slot.element == element;
    let inputs = scene.inputs().filter(|(slot, _)| is_meant(slot));
    inputs.map(|(slot, input)| ExpandedInput::of(input, scene.fits.get(&slot))).collect()
}

fn references_of(scene: &Scene) -> Vec<ExpandedReference> {
    let pictures = inputs_of(scene, InputRole::Reference, 0).into_iter();
    let videos = inputs_of(scene, InputRole::ReferenceVideo, 0).into_iter();
    let voices = inputs_of(scene, InputRole::ReferenceVoice, 0).into_iter();
    let videos = videos.map(|video| ExpandedReference::Video { video });
    let voices = voices.map(|voice| ExpandedReference::Voice { voice });
    pictures.map(ExpandedReference::Picture).chain(videos).chain(voices).collect()
}

fn elements_of(scene: &Scene, clip: &Clip) -> Vec<ExpandedElement> {
    let elements = (0u8..).zip(&clip.elements);
    let seconds = |millis: u32| f64::from(millis) / 1_000.0;
    let element = |(at, element): (u8, &Element)| ExpandedElement {
        name: element.name.clone(),
        description: element.description.clone(),
        images: inputs_of(scene, InputRole::ElementImage, at),
        video: inputs_of(scene, InputRole::ElementVideo, at).pop(),
        from: element.span.map(|span| seconds(span.0)),
        to: element.span.map(|span| seconds(span.1)),
        voice: inputs_of(scene, InputRole::ElementVoice, at).pop(),
    };
    elements.map(element).collect()
}

impl ExpandedBucket {
    fn of(place: &BucketPlace) -> ExpandedBucket {
        let BucketPlace { bucket, endpoint, region, prefix, public_url } = place.clone();
        ExpandedBucket { bucket, endpoint, region, prefix, public_url }
    }
}

impl ExpandedShot {
    fn of(shot: &ClipShot) -> ExpandedShot {
        ExpandedShot { prompt: shot.prompt.clone(), seconds: shot.seconds }
    }
}

impl ExpandedInput {
    fn of(input: &SceneInput, fit: Option<&PictureFit>) -> ExpandedInput {
        let fit = fit.map(|fit| fit.written());
        match input {
            SceneInput::File(file) => ExpandedInput::File { file: file.clone(), fit },
            SceneInput::Url(url, sha256) => {
                ExpandedInput::Url { url: url.clone(), sha256: *sha256 }
            }
            SceneInput::Frame(scene, frame) => {
                ExpandedInput::Frame { scene: scene.clone(), frame: frame.to_string(), fit }
            }
            SceneInput::Video(scene) => ExpandedInput::Video { scene: scene.clone() },
        }
    }
}
