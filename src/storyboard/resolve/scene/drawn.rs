//! Stills and cards: the scenes that this program draws.

use super::fields::{Field, Fields};
use super::model_choice::ModelChoice;
use super::text_fields;
use crate::base::text::excerpt;
use crate::catalog::{AspectRatio, InputSlot, SceneType};
use crate::storyboard::film::camera_move::CameraMove;
use crate::storyboard::film::resolved::{DrawnFrame, SceneInput, Shot};
use crate::storyboard::film::value_origin::{ChosenValue, SceneField};
use crate::storyboard::limits::{DRAWN_MAX_SECONDS, LENGTH_MIN_SECONDS};
use crate::storyboard::resolve::inputs::TakeRef;
use crate::storyboard::text::suggestions::{choice as either, closest, list};

/// The length of a still or a card for which none is written, in seconds.
const USUAL_SECONDS: f64 = 5.0;

impl Fields<'_> {
    /// No model of the catalog: this program draws the scene.
    pub fn drawing(&mut self, scene_type: SceneType) -> ModelChoice {
        self.leave(SceneField::Model);
        let model = self.scope.catalog.default_model(scene_type);
        ModelChoice { model, candidates: vec![model], is_right: true, scene_type }
    }

    /// A still, given how many seconds of it are used.
    pub fn still(
        &mut self,
        choice: &ModelChoice,
        takes: &mut Vec<(InputSlot, TakeRef)>,
        used: Option<f64>,
    ) -> Option<Shot> {
        let image = self.image(SceneType::Still, takes).filter(|image| {
            let is_url = matches!(image, SceneInput::Url(..));
            if let Some(field) = self.pick(SceneField::Image).filter(|_| is_url) {
                let message = "a still is drawn on this machine, which fetches no pictures";
                self.error("wrong-type", message, field, "save the picture and write its path");
            }
            !is_url
        });
        let camera = self.camera();
        let frame = self.drawn_frame(choice, used);
        let parts = image.zip(camera).zip(frame);
        parts.map(|((image, camera), frame)| Shot::Still { image, camera, frame })
    }

    /// A card, given how many seconds of it are used.
    pub fn card(&mut self, choice: &ModelChoice, used: Option<f64>) -> Option<Shot> {
        let text = match self.pick(SceneField::Text) {
            Some(field) => {
                text_fields::card(self.scope, self.findings, field.node, self.names, choice.model)
            }
            None => {
                self.missing(SceneType::Card, "text", "add `text:` with what the card says");
                None
            }
        };
        let frame = self.drawn_frame(choice, used);
        text.zip(frame).map(|(text, frame)| Shot::Card { text, frame })
    }

    /// The camera's move, `Some(None)` if none is written.
    fn camera(&mut self) -> Option<Option<CameraMove>> {
        let Some(field) = self.pick(SceneField::Move) else { return Some(None) };
        let text = self.text("`move`", field.node)?;
        let words = text.trim().to_lowercase().replace('_', " ");
        let named: Option<CameraMove> = words.parse().ok();
        let moves = named.map_or_else(|| CameraMove::all_from_prompt(&words), |way| vec![way]);
        match moves.as_slice() {
            [] => {}
            [way] => return Some(Some(*way)),
            several => {
                let message = format!("a still has one move, not {}", list(several));
                let label = format!("write {}, or make a scene of each", either(several));
                self.error("unknown-value", message, field, label);
                return None;
            }
        }
        let names = CameraMove::ALL.map(CameraMove::as_str);
        let plain: String = words.chars().filter(char::is_ascii_alphanumeric).collect();
        let label = match (plain.contains("kenburns"), closest(&words, names)) {
            (true, _) => "write `push in`, or `pull out`".to_string(),
            (false, Some(name)) => format!("did you mean `{name}`?"),
            (false, None) => format!("write {}", either(names)),
        };
        self.error("unknown-value", format!("unknown move `{}`", excerpt(&text)), field, label);
        None
    }

    /// Length and size. If so many seconds are used, they are the length unless another one is
    /// written.
    fn drawn_frame(&mut self, choice: &ModelChoice, used: Option<f64>) -> Option<DrawnFrame> {
        let seconds = self.drawn_seconds(used);
        let resolution = self.resolution(choice);
        let aspect_ratio = self.any_aspect_ratio();
        let parts = seconds.zip(resolution).zip(aspect_ratio);
        parts.map(|((seconds, resolution), aspect_ratio)| {
            let millis = (seconds * 1_000.0).round() as u64;
            DrawnFrame { millis, resolution, aspect_ratio }
        })
    }

    fn drawn_seconds(&mut self, used: Option<f64>) -> Option<f64> {
        if let (Some(used), None, Some(length)) =
            (used, self.own.duration, self.pick(SceneField::Length))
        {
            self.origins.note(SceneField::Duration, ChosenValue::Own(length.node));
            return Some(used);
        }
        let Some(field) = self.pick(SceneField::Duration) else { return Some(USUAL_SECONDS) };
        let (names, wants) = (Some(self.names), "a number of seconds");
        let seconds = self.scope.seconds("`duration`", wants, field.node, names, self.findings)?;
        if !(LENGTH_MIN_SECONDS..=DRAWN_MAX_SECONDS).contains(&seconds) {
            let message = format!("`duration` cannot be {seconds} s here");
            let label = format!("write {LENGTH_MIN_SECONDS} to {DRAWN_MAX_SECONDS}");
            self.error("wrong-duration", message, field, label);
            return None;
        }
        self.check_used(used.unwrap_or(0.0), seconds);
        Some(seconds)
    }

    /// The shape of the picture, whatever models make.
    fn any_aspect_ratio(&mut self) -> Option<AspectRatio> {
        match self.pick(SceneField::AspectRatio) {
            None => Some(AspectRatio::WIDE),
            Some(Field { node, .. }) => {
                self.scope.term("`aspect_ratio`", node, Some(self.names), self.findings)
            }
        }
    }
}
