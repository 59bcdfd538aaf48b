//! Length, size and seed of a clip, checked against what the model supports.

use crate::storyboard::limits::VOICE_MAX_SECONDS;
use std::fmt::Display;

use super::fields::{Field, FieldLayer, Fields};
use super::model_choice::ModelChoice;
use super::seed;
use crate::base::text::excerpt;
use crate::catalog::{AspectRatio, Resolution, SceneType};
use crate::storyboard::film::resolved::{Clip, Seed};
use crate::storyboard::film::value_origin::{ChosenValue, SceneField};
use crate::storyboard::text::suggestions::{choice as either, list};

/// The length of a clip for which none is written, where the model makes it: what the pages of all
/// models name as their default.
const USUAL_SECONDS: u32 = 5;

impl Fields<'_> {
    /// The clip, given the film's seed and how many seconds of the clip are used; and its length even
    /// if only that is known. Reports errors.
    pub fn clip(
        &mut self,
        scene_type: SceneType,
        choice: &ModelChoice,
        (film_seed, used): (Option<u64>, Option<f64>),
    ) -> (Option<Clip>, Option<u32>) {
        let shots = self.shots(choice);
        let duration = match shots.as_deref() {
            _ if choice.is_right && choice.model.durations.is_empty() => {
                self.given_by_video(SceneField::Duration, "duration").then_some(None)
            }
            Some([]) => self.duration(choice, used).map(Some),
            Some(shots) => {
                let sum = shots.iter().map(|it| it.seconds).sum();
                self.duration_of_shots(choice, sum).map(Some)
            }
            None => None,
        };
        if let (Some(used), Some(Some(seconds))) = (used, duration) {
            self.check_used(used, f64::from(seconds));
        }
        let resolution = self.resolution(choice);
        let aspect_ratio = match choice.is_right && choice.model.aspect_ratios.is_empty() {
            true => self.given_by_video(SceneField::AspectRatio, "aspect_ratio").then_some(None),
            false => self.aspect_ratio(choice).map(Some),
        };
        let seed = self.seed(scene_type, choice, film_seed);
        let settings = self.settings(choice);
        let parts = duration.zip(resolution).zip(aspect_ratio.zip(seed)).zip(settings.zip(shots));
        let clip = parts.map(|(((duration, resolution), (aspect_ratio, seed)), rest)| Clip {
            duration,
            resolution,
            aspect_ratio,
            seed,
            settings: rest.0,
            shots: rest.1,
            elements: std::mem::take(&mut self.clip_elements),
        });
        if let Some(clip) = clip.as_ref().filter(|clip| !clip.shots.is_empty()) {
            self.note_silent_shots(choice, clip);
        }
        (clip, duration.flatten())
    }

    /// Whether nothing of its own is written for a field that the video of the scene decides; a
    /// value in the defaults or a profile is for other clips.
    fn given_by_video(&mut self, name: SceneField, word: &str) -> bool {
        match self.pick(name).filter(|field| field.layer == FieldLayer::Scene) {
            None => {
                self.leave(name);
                true
            }
            Some(field) => {
                let message = format!("`{word}` is that of the video here");
                self.error("field-not-taken", message, field, "remove it");
                false
            }
        }
    }

    /// The length in seconds of a clip whose shots have this length together. A length in the
    /// defaults or a profile is for clips of one shot.
    fn duration_of_shots(&mut self, choice: &ModelChoice, sum: u32) -> Option<u32> {
        let field = self.pick(SceneField::Duration);
        match field.filter(|field| field.layer == FieldLayer::Scene) {
            None => self.leave(SceneField::Duration),
            Some(field) => {
                let names = Some(self.names);
                let wants = "a number of seconds";
                let written =
                    self.scope.seconds("`duration`", wants, field.node, names, self.findings)?;
                if written != f64::from(sum) {
                    let message = format!("`duration` is {written} s, but the shots take {sum} s");
                    let label = "remove it: the shots decide the length";
                    self.error("wrong-duration", message, field, label);
                    return None;
                }
            }
        }
        let sold = choice.sold(|model| &model.durations);
        if !sold.contains(&sum) {
            let message = format!(
                "the shots of scene `{}` add up to {sum} s, and {} clips of that length",
                self.names.full(),
                choice.cannot_make()
            );
            let field = self.pick(SceneField::Shots)?;
            let label = format!("make them add up to {}", lengths(&sold));
            self.unsuited("wrong-duration", message, field, label);
            return None;
        }
        Some(sum)
    }

    /// Reports that more of a clip is to be used than it has, unless a profile shortens it.
    pub(super) fn check_used(&mut self, used: f64, seconds: f64) {
        let Some(field) = self.pick(SceneField::Length) else { return };
        let by_profile =
            matches!(self.origins.chosen(SceneField::Duration), ChosenValue::Profile(_));
        if used > seconds && !by_profile {
            let message = format!("`length` is {used} s, but the clip has {seconds} s");
            self.error("wrong-duration", message, field, format!("write {seconds} or less"));
        }
    }

    /// The shortest clip length in seconds that covers the seconds used; reports if there is none.
    fn duration_for(&mut self, choice: &ModelChoice, used: f64) -> Option<u32> {
        let sold = choice.sold(|model| &model.durations);
        let found = sold.iter().copied().filter(|seconds| f64::from(*seconds) >= used).min();
        let field = self.pick(SceneField::Length)?;
        self.origins.note(SceneField::Duration, ChosenValue::Own(field.node));
        if found.is_none() {
            let longest = sold.iter().max().copied().unwrap_or_default();
            let message = format!("{} clips of {used} s", choice.cannot_make());
            self.unsuited("wrong-duration", message, field, format!("write {longest} or less"));
        }
        found
    }

    /// The length in seconds. If so many are `used`, they decide it unless the scene or a profile gives
    /// a length.
    pub(super) fn duration(&mut self, choice: &ModelChoice, used: Option<f64>) -> Option<u32> {
        let sold = choice.sold(|model| &model.durations);
        let picked = self.pick(SceneField::Duration);
        let is_default = picked.is_none_or(|field| field.layer == FieldLayer::Defaults);
        if let Some(used) = used.filter(|_| is_default) {
            return self.duration_for(choice, used);
        }
        let Some(field) = picked else {
            let usual = sold.iter().copied().find(|seconds| *seconds == USUAL_SECONDS);
            return usual.or(sold.into_iter().min());
        };
        let expected = "a number of seconds";
        let seconds = self.scope.seconds(
            "`duration`",
            expected,
            field.node,
            Some(self.names),
            self.findings,
        )?;
        let found = sold.iter().find(|sold| f64::from(**sold) == seconds);
        if found.is_none() {
            let message = format!("{} {seconds}-second clips", choice.cannot_make());
            // A part of a longer clip can be used.
            let longest = sold.iter().max().copied().unwrap_or_default();
            let part = match field.layer {
                FieldLayer::Scene if seconds > 0.0 && seconds < f64::from(longest) => {
                    format!(", or `length: {seconds}` to use a part of a longer clip")
                }
                _ => String::new(),
            };
            let label = format!("write {}{part}", lengths(&sold));
            self.unsuited("wrong-duration", message, field, label);
        }
        found.copied()
    }

    /// The output quality.
    pub fn resolution(&mut self, choice: &ModelChoice) -> Option<Resolution> {
        let sold = choice.sold(|model| &model.resolutions);
        let Some(field) = self.pick(SceneField::Resolution) else {
            let usual = match choice.scene_type {
                SceneType::Avatar => Resolution::P720,
                SceneType::T2v | SceneType::I2v | SceneType::Still | SceneType::Card => {
                    Resolution::P1080
                }
            };
            return sold.iter().copied().find(|term| *term == usual).or(sold.first().copied());
        };
        let term = self.scope.term("`resolution`", field.node, Some(self.names), self.findings)?;
        self.if_sold(field, choice, term, &sold)
    }

    /// The shape of the picture.
    pub(super) fn aspect_ratio(&mut self, choice: &ModelChoice) -> Option<AspectRatio> {
        let Some(field) = self.pick(SceneField::AspectRatio) else {
            return Some(AspectRatio::WIDE);
        };
        let catalog = self.scope.whole_catalog;
        let (names, node) = (Some(self.names), field.node);
        let term = self.scope.term_where("`aspect_ratio`", node, names, self.findings, |text| {
            let ratio: AspectRatio = text.parse()?;
            // What no model of any dialect makes is probably misspelt.
            match catalog.makes(ratio) {
                true => Ok(ratio),
                false => Err(AspectRatio::unknown(text)),
            }
        })?;
        self.if_sold(field, choice, term, &choice.sold(|model| &model.aspect_ratios))
    }

    /// The term, if the model supports it.
    fn if_sold<T>(&mut self, field: Field, choice: &ModelChoice, term: T, sold: &[T]) -> Option<T>
    where
        T: Copy + PartialEq + Display,
    {
        if sold.contains(&term) {
            return Some(term);
        }
        let message = format!("{} {term} video", choice.cannot_make());
        self.unsuited("not-sold", message, field, format!("write {}", either(sold)));
        None
    }

    /// The seed; `Some(None)` if the model supports none.
    fn seed(
        &mut self,
        scene_type: SceneType,
        choice: &ModelChoice,
        film_seed: Option<u64>,
    ) -> Option<Option<Seed>> {
        let field = self.pick(SceneField::Seed);
        let Some(range) = choice.model.seeds else {
            let Some(field) = field.filter(|field| field.layer == FieldLayer::Scene) else {
                self.leave(SceneField::Seed);
                return Some(None);
            };
            let able = self.scope.catalog.ids_for(scene_type, |model| model.seeds.is_some());
            let message = format!("`{}` does not take a seed", choice.model.id);
            let label = format!("remove it; models with seeds: {}", list(able));
            self.unsuited("field-not-taken", message, field, label);
            return None;
        };
        let automatic = Seed::Auto(seed::automatic(film_seed, &self.names.id, range));
        let Some(field) = field else { return Some(Some(automatic)) };
        let text = self.text("`seed`", field.node)?;
        match text.trim() {
            "auto" => Some(Some(automatic)),
            "random" => Some(Some(Seed::Random)),
            other => {
                let number = other.parse::<u32>().ok();
                let number = number.filter(|number| (range.0..=range.1).contains(number));
                if number.is_none() {
                    let message = format!("seed `{}` is not valid", excerpt(other));
                    let (least, most) = range;
                    let label =
                        format!("write a whole number from {least} to {most}, `auto` or `random`");
                    self.error("wrong-seed", message, field, label);
                }
                number.map(|number| Some(Seed::Fixed(number)))
            }
        }
    }

    /// The given length of an avatar's voice, `Some(None)` if none is given. A default length is
    /// for clips and does not apply to voices.
    pub fn stated_seconds(&mut self) -> Option<Option<f64>> {
        let field = self.pick(SceneField::Duration);
        let field = field.filter(|field| field.layer == FieldLayer::Scene);
        let Some(field) = field else {
            self.leave(SceneField::Duration);
            return Some(None);
        };
        let expected = "the voice's length in seconds";
        let seconds = self.scope.seconds(
            "`duration`",
            expected,
            field.node,
            Some(self.names),
            self.findings,
        )?;
        if seconds > 0.0 && seconds <= VOICE_MAX_SECONDS {
            return Some(Some(seconds));
        }
        let message = format!("a voice cannot be {seconds} s long");
        let label = "write its length in seconds, or remove the line to use the recording's length";
        self.error("wrong-duration", message, field, label);
        None
    }
}

/// Lengths in seconds to choose from: `` `5` or `10` ``, or `3 to 15` where all between are sold.
fn lengths(sold: &[u32]) -> String {
    let is_range = sold.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    match sold {
        [first, .., last] if is_range && sold.len() > 3 => format!("{first} to {last}"),
        _ => either(sold),
    }
}
