//! Slates: what the preview of a scene shows besides the request.
//!
//! A slate says where its scene is in the cut, so a scene that is put in or made longer changes the
//! previews behind it, as it moves what they show. The number of scenes is not on it: what is added
//! at the end changes nothing.

use std::collections::{BTreeMap, HashMap};

use super::key::{PreviewInputs, SlatePlace, SourceSlate};
use super::project::Project;
use crate::base::SceneId;
use crate::catalog::{FrameSize, InputRole, InputSlot, SceneType};
use crate::storyboard::{CutClip, Scene, SceneInput};

/// The longest side of a preview in pixels.
const PREVIEW_SIDE_MAX: u32 = 3_840;

impl Project {
    /// What the preview of the scene at a position shows besides the request.
    pub(super) fn preview_inputs(&self, at: usize, renderer: u32) -> PreviewInputs {
        let scene = self.scene(at);
        let own = self.film.preview_fonts.iter().map(|path| self.digest_of(path));
        let installed = self.inputs.installed_fonts(&scene.id).iter().copied();
        PreviewInputs {
            scene: scene.label().to_string(),
            title: self.film.title.clone(),
            narration: scene.narration.clone(),
            renderer,
            fonts: own.chain(installed).collect(),
            size: self
                .size(at)
                .unwrap_or_else(|| FrameSize::of_portrait(scene.resolution(), None))
                .within_side(PREVIEW_SIDE_MAX),
            millis: self.preview_millis(at),
            used_millis: scene.used_millis.filter(|used| *used < self.preview_millis(at)),
            place: self.slate_places()[at].clone(),
            sources: self.source_slates(scene),
        }
    }

    fn preview_millis(&self, at: usize) -> u64 {
        (self.seconds(at) * 1_000.0).round() as u64
    }

    /// What the previews of the scenes show that a scene takes pictures of.
    pub(super) fn source_slates(&self, scene: &Scene) -> BTreeMap<InputSlot, SourceSlate> {
        let sources = scene.sources();
        sources.filter_map(|(slot, source, _)| Some((slot, self.slate_of(source)?))).collect()
    }

    /// What the preview of a scene shows; `None` if that is the scene itself. Scenes do not depend on
    /// themselves, so the recursion ends.
    fn slate_of(&self, id: &SceneId) -> Option<SourceSlate> {
        let scene = self.film.scene(id).filter(|scene| !scene.scene_type().is_drawn())?;
        let mut pictures =
            scene.inputs().filter(|it| matches!(it.0.role, InputRole::Image | InputRole::Video));
        let first = pictures.next();
        Some(match first.map(|(_, input)| input) {
            None if scene.scene_type() == SceneType::T2v => SourceSlate::Words,
            Some(SceneInput::Frame(source, _) | SceneInput::Video(source)) => {
                match self.slate_of(source) {
                    Some(SourceSlate::Words | SourceSlate::PanelOfWords) => {
                        SourceSlate::PanelOfWords
                    }
                    Some(SourceSlate::Panel) | None => SourceSlate::Panel,
                }
            }
            None | Some(SceneInput::File(_) | SceneInput::Url(..)) => SourceSlate::Panel,
        })
    }

    /// The place of every scene, in film order.
    pub(super) fn places_of_slates(&self) -> Vec<SlatePlace> {
        let mut places = vec![SlatePlace::default(); self.film.scenes.len()];
        let ids = self.film.scenes.iter().map(|scene| &scene.id);
        let positions: HashMap<&SceneId, usize> = ids.zip(0..).collect();
        for cut in &self.film.cuts {
            let mut starts = 0;
            let place = |clip: &CutClip| Some((*positions.get(&clip.scene)?, clip.used_millis));
            for (number, (at, used)) in (1..).zip(cut.clips.iter().filter_map(place)) {
                if places[at].number.is_none() {
                    places[at] = SlatePlace { number: Some(number), starts, variant: None };
                }
                let whole = self.preview_millis(at);
                starts += used.map_or(whole, |used| used.min(whole));
            }
        }
        let variants = Variants::of(self, &positions, &places).names();
        for (place, variant) in places.iter_mut().zip(variants) {
            place.variant = variant;
        }
        places
    }
}

/// The scenes that are variants of one another.
struct Variants<'p> {
    project: &'p Project,
    positions: &'p HashMap<&'p SceneId, usize>,
    places: &'p [SlatePlace],
    /// The scenes with each label. What `expand` writes keeps the labels, not what they come from.
    groups: HashMap<&'p str, Vec<usize>>,
    /// For each scene, the first of its group that looks the same, as far as that is known.
    alike: Vec<Option<usize>>,
}

impl<'p> Variants<'p> {
    fn of(
        project: &'p Project,
        positions: &'p HashMap<&'p SceneId, usize>,
        places: &'p [SlatePlace],
    ) -> Self {
        let mut groups: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, scene) in project.film.scenes.iter().enumerate() {
            groups.entry(scene.label()).or_default().push(at);
        }
        Variants { project, positions, places, groups, alike: vec![None; places.len()] }
    }

    /// The name of each scene's variant. Variants that do not differ are drawn once, for all of them:
    /// they have what is the same in their names.
    fn names(mut self) -> Vec<Option<String>> {
        let firsts: Vec<usize> = (0..self.places.len()).map(|at| self.first_alike(at)).collect();
        let project = self.project;
        let own = |at: usize| {
            let scene = project.scene(at);
            scene.id.as_str().strip_prefix(scene.label())?.strip_prefix('.')
        };
        let mut common: HashMap<usize, Option<Vec<&str>>> = HashMap::new();
        for (at, first) in firsts.iter().enumerate() {
            let parts: Option<Vec<&str>> = own(at).map(|own| own.split('.').collect());
            let shared = common.entry(*first).or_insert_with(|| parts.clone());
            *shared = shared.take().zip(parts).map(|(mut shared, parts)| {
                shared.retain(|part| parts.contains(part));
                shared
            });
        }
        let name = |first: &usize| {
            let parts = common[first].as_ref().filter(|parts| !parts.is_empty())?;
            Some(parts.join("."))
        };
        firsts.iter().map(name).collect()
    }

    /// The first variant of a scene that looks the same. Scenes do not depend on themselves, so the
    /// recursion ends.
    fn first_alike(&mut self, at: usize) -> usize {
        if let Some(known) = self.alike[at] {
            return known;
        }
        let group = self.groups[self.project.scene(at).label()].clone();
        let first = group.into_iter().take_while(|other| *other < at);
        let first = first.filter(|other| self.places[*other] == self.places[at]);
        let first = first.collect::<Vec<_>>().into_iter().find(|other| self.is_alike(*other, at));
        let first = first.unwrap_or(at);
        self.alike[at] = Some(first);
        first
    }

    fn is_alike(&mut self, one: usize, other: usize) -> bool {
        let project = self.project;
        let (a, b) = (project.scene(one), project.scene(other));
        (a.scene_type(), &a.model, a.prompt(), a.clip(), a.resolution(), a.label())
            == (b.scene_type(), &b.model, b.prompt(), b.clip(), b.resolution(), b.label())
            && a.fits == b.fits
            && a.camera() == b.camera()
            && a.narration == b.narration
            && project.inputs.narrator(&a.id) == project.inputs.narrator(&b.id)
            && project.size(one) == project.size(other)
            && project.preview_millis(one) == project.preview_millis(other)
            && a.inputs().count() == b.inputs().count()
            && a.inputs().zip(b.inputs()).all(|(a, b)| a.0 == b.0 && self.is_same(a.1, b.1))
    }

    fn is_same(&mut self, one: &SceneInput, other: &SceneInput) -> bool {
        let (one, other) = match (one, other) {
            (SceneInput::Frame(a, at), SceneInput::Frame(b, other)) if at == other => (a, b),
            (SceneInput::Video(a), SceneInput::Video(b)) => (a, b),
            (one, other) => return one == other,
        };
        match (self.positions.get(one).copied(), self.positions.get(other).copied()) {
            (Some(one), Some(other)) => self.first_alike(one) == self.first_alike(other),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Inputs, Lock, PlanOptions, ProviderChoice};
    use crate::storyboard::{Overrides, read};

    fn project(text: &str) -> Project {
        let reading = read("film.yaml", text.as_bytes(), &Overrides::default());
        assert!(reading.is_right(), "{:?}", reading.diagnostics);
        let options = PlanOptions::plain(ProviderChoice::Preview(1));
        Project::new(reading.film.unwrap(), Inputs::default(), Lock::default(), options)
    }

    /// Each scene with its number, the start of its slate in milliseconds, and its variant.
    fn places(text: &str) -> Vec<(String, Option<u32>, u64, Option<String>)> {
        let project = project(text);
        let scenes = project.film.scenes.iter().zip(project.slate_places());
        let place = |(scene, place): (&Scene, &SlatePlace)| {
            let SlatePlace { number, starts, variant } = place.clone();
            (scene.id.to_string(), number, starts, variant)
        };
        scenes.map(place).collect()
    }

    #[test]
    fn time_runs_through_the_first_cut_of_a_scene() {
        let film = "\
version: 1
defaults: { model: kling-2-6, duration: 5 }
scenes:
  a: { type: t2v, prompt: fog }
  b: { type: t2v, prompt: rain, duration: 10, length: 7.5 }
  c: { type: i2v, prompt: snow, image: { scene: b, frame: last } }
  d: { type: t2v, prompt: hail }
cuts:
  film: { scenes: [b, { scene: a, length: 3 }, { scene: b, length: 9 }, c] }
  short: { scenes: [c] }
";
        let place = |name: &str, number, starts| (name.to_string(), number, starts, None);
        let expected = [
            place("a", Some(2), 7_500),
            place("b", Some(1), 0),
            place("c", Some(4), 19_500),
            place("d", None, 0),
        ];
        assert_eq!(places(film), expected);
        let project = project(film);
        let sources = |at: usize| project.preview_inputs(at, 1).sources;
        assert_eq!(sources(2).into_values().collect::<Vec<_>>(), [SourceSlate::Words]);
        assert!(sources(1).is_empty());
    }

    #[test]
    fn variants_have_what_distinguishes_them_and_those_that_look_the_same_what_they_share() {
        let film = "\
version: 1
matrix: { lang: [en, de], aspect: [\"16:9\", \"9:16\"] }
defaults: { model: kling-2-6, aspect_ratio: \"{{aspect}}\" }
scenes:
  fog: { type: t2v, prompt: fog }
  turn: { type: i2v, prompt: turn, image: { scene: fog } }
  word: { type: t2v, prompt: \"{{lang}}\" }
  next: { type: i2v, prompt: turn, image: { scene: word } }
";
        for (scene, _, _, variant) in places(film) {
            let (base, own) = scene.split_once('.').unwrap();
            let (_, aspect) = own.split_once('.').unwrap();
            let has_words = ["word", "next"].contains(&base);
            assert_eq!(variant.as_deref(), Some(if has_words { own } else { aspect }), "{scene}");
        }
    }

    #[test]
    fn variants_differ_in_how_a_picture_is_moved_or_fitted() {
        let moved = "\
version: 1
matrix: { way: [left, right] }
defaults: { model: kling-2-6 }
scenes:
  map: { type: still, image: map.png, move: \"pan {{way}}\" }
  turn: { type: i2v, prompt: turn, image: { scene: map } }
";
        let fitted = "\
version: 1
matrix: { fit: [crop, pad] }
defaults: { model: kling-2-6 }
scenes:
  host: { type: i2v, prompt: wave, image: { file: host.png, fit: \"{{fit}}\" } }
";
        for (scene, _, _, variant) in places(moved).into_iter().chain(places(fitted)) {
            let own = scene.split_once('.').map(|(_, own)| own);
            assert_eq!(variant.as_deref(), own, "{scene}");
        }
    }
}
