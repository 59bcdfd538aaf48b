//! A scene's type, and the fields that each type supports.

use super::fields::Fields;
use crate::base::text::excerpt;
use crate::base::{Diagnostic, Warning};
use crate::catalog::SceneType;
use crate::storyboard::film::value_origin::SceneField;
use crate::storyboard::schema::other_words::type_meant;
use crate::storyboard::template::compiled::is_template;
use crate::storyboard::template::errors::RenderFailure;
use crate::storyboard::text::suggestions::{choice, closest, list};
use crate::storyboard::text::yaml::tree::NodeId;

impl Fields<'_> {
    /// The type, and whether it is valid; if not, the type is guessed from the fields, so that they
    /// can still be checked.
    pub fn scene_type(&mut self) -> (SceneType, bool) {
        let guess = match (&self.own.voice, &self.own.image) {
            (Some(_), _) => SceneType::Avatar,
            (None, Some(_)) if self.own.camera.is_some() => SceneType::Still,
            (None, Some(_)) => SceneType::I2v,
            (None, None) if self.own.text.is_some() => SceneType::Card,
            (None, None) => SceneType::T2v,
        };
        let Some(field) = self.pick(SceneField::Type) else {
            if !self.is_meant("type") {
                let message = format!("scene `{}` has no `type`", self.names.id);
                let label = format!(
                    "add `type: {guess}` here or under `defaults`; types are {}",
                    list(SceneType::ALL)
                );
                self.findings.error("missing-field", message, self.entry.key, label);
            }
            return (guess, false);
        };
        let Some(text) = self.text("`type`", field.node) else { return (guess, false) };
        if let Ok(scene_type) = text.trim().parse::<SceneType>() {
            return (scene_type, true);
        }
        let entry = self.scope.tree.map(self.entry.value);
        let has = |name: &str| entry.is_some_and(|map| map.get(name).is_some());
        let is_own_video = ["file", "path", "src", "source", "video"].into_iter().any(has)
            && !has("prompt")
            && !has("image");
        let words = SceneType::ALL.iter().map(|scene_type| scene_type.as_str());
        let meant = type_meant(&text, has).or_else(|| closest(text.trim(), words));
        let label = match meant {
            Some("t2v") if is_own_video => {
                let name = &self.names.id;
                format!("write `t2v` and a `prompt`, then `kling-build adopt {name} FILE.mp4`")
            }
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("write {}; this scene looks like {guess}", choice(SceneType::ALL)),
        };
        let message = format!("`{}` is not a scene type", excerpt(&text));
        self.error("unknown-value", message, field, label);
        self.has_unknown_type = true;
        (meant.and_then(|word| word.parse().ok()).unwrap_or(guess), false)
    }

    /// Whether the scene has only fields that its type supports; reports the others.
    pub fn fits(&mut self, scene_type: SceneType) -> bool {
        let mut fits = true;
        if self.has_unknown_type {
            return false;
        }
        for (name, value, label) in self.refused(scene_type) {
            let own = self.scope.tree.map(self.entry.value).and_then(|map| map.get(name));
            let at = own.map_or(value, |entry| entry.key);
            let message = format!("{scene_type} scenes do not take `{name}`");
            self.findings.error("field-not-taken", message, at, label);
            fits = false;
        }
        if let (SceneType::Avatar, Some(seed)) = (scene_type, &self.own.seed) {
            let place = self.scope.tree.place(seed.node);
            self.findings.add(
                Diagnostic::warning(Warning::SeedIgnored, "avatar scenes do not take a seed")
                    .at(place)
                    .label("it is ignored: remove it"),
            );
        }
        fits
    }
}

/// What to do about a field that only generated clips have.
const FOR_CLIPS: &str = "remove it: it is for `t2v` and `i2v`";
/// What to do about the description of a scene that is drawn.
const FOR_NOTES: &str = "remove it, or keep it as `notes`: nothing is generated here";

impl Fields<'_> {
    /// The written fields that scenes of a type do not take, each with what to do about it. The rows
    /// of a scene may be of several types: a field that a row leaves empty is as if left out.
    fn refused(&mut self, scene_type: SceneType) -> Vec<(&'static str, NodeId, &'static str)> {
        let own = self.own;
        let fields = [
            ("image", own.image.map(|written| written.node)),
            ("end_image", own.end_image.map(|written| written.node)),
            ("key_images", own.key_images.map(|written| written.node)),
            ("fit", own.fit.map(|written| written.node)),
            ("voice", own.voice.map(|written| written.node)),
            ("prompt", own.prompt.map(|written| written.node)),
            ("text", own.text.map(|written| written.node)),
            ("move", own.camera.map(|written| written.node)),
            ("video", own.video.map(|written| written.node)),
            ("references", own.references.map(|written| written.node)),
            ("elements", own.elements.map(|written| written.node)),
            ("character_orientation", own.character_orientation.map(|written| written.node)),
            ("background_source", own.background_source.map(|written| written.node)),
            ("aspect_ratio", own.aspect_ratio.map(|written| written.node)),
            ("negative_prompt", own.negative_prompt.map(|written| written.node)),
            ("cfg_scale", own.cfg_scale.map(|written| written.node)),
            ("shots", own.shots.map(|written| written.node)),
            ("sound", own.sound.map(|written| written.node)),
            ("model", own.model.map(|written| written.node)),
            ("seed", own.seed.map(|written| written.node)),
            ("takes", own.takes.map(|written| written.node)),
        ];
        let refused = fields.into_iter().filter_map(|(name, node)| {
            let label = refusal(scene_type, name)?;
            Some((name, node?, label))
        });
        let refused: Vec<_> = refused.collect();
        refused.into_iter().filter(|(_, node, _)| !self.is_empty_in_row(*node)).collect()
    }

    /// Whether a value is a template that renders as nothing.
    fn is_empty_in_row(&mut self, node: NodeId) -> bool {
        let tree = self.scope.tree.clone();
        let Some(scalar) = tree.scalar(node).filter(|scalar| is_template(&scalar.text)) else {
            return false;
        };
        match self.scope.renderer.render(&scalar.text, Some(self.names)) {
            Ok(text) => text.trim().is_empty(),
            Err(RenderFailure { own, partials, lacks }) => {
                own.is_empty() && partials.is_empty() && !lacks.is_empty()
            }
        }
    }
}

/// What to do about a field that scenes of a type do not take; `None` if they take it.
fn refusal(scene_type: SceneType, field: &str) -> Option<&'static str> {
    const WITH_IMAGE: &str = "remove it, or write `type: i2v` and give it an `image` to begin with";
    Some(match (scene_type, field) {
        (SceneType::T2v | SceneType::I2v, "text") => {
            "write what is said as `narration`, and text on the screen as a scene of `type: card`"
        }
        (SceneType::Avatar, "text") => "remove it: an avatar speaks the recording in `voice`",
        (SceneType::T2v | SceneType::I2v, "move") => {
            "remove it, or write the camera's move in the `prompt`"
        }
        (SceneType::Avatar, "move") => "remove it: it is for `still`",
        (SceneType::T2v, "image") => "remove it, or write `type: i2v`",
        (SceneType::T2v, "end_image" | "key_images") => WITH_IMAGE,
        (SceneType::T2v, "fit") => "remove it: nothing here is a frame of the clip",
        (SceneType::T2v, "voice") => "remove it, or write `type: avatar` and give it an `image`",
        (SceneType::I2v, "voice") => "remove it, or write `type: avatar`",
        (SceneType::Avatar, "prompt") => "remove it: an avatar speaks the recording in `voice`",
        (SceneType::Avatar, "sound") => "remove it: an avatar speaks the recording in `voice`",
        (
            SceneType::Avatar,
            "end_image" | "key_images" | "character_orientation" | "background_source",
        ) => "remove it: it is for `i2v`",
        (
            SceneType::Avatar,
            "video" | "references" | "elements" | "negative_prompt" | "cfg_scale" | "shots",
        ) => FOR_CLIPS,
        (SceneType::Avatar, "aspect_ratio" | "fit") => {
            "remove it: an avatar takes its shape from its image"
        }
        (SceneType::Card, "image") => "remove it, or write `type: still`",
        (SceneType::Card, "fit") => "remove it: a card has no picture",
        (SceneType::Card, "move") => "remove it: a card does not move",
        (SceneType::Card, "prompt") => "write it as `text`, or keep it as `notes`",
        (SceneType::Still, "text") => "remove it, or make a scene of `type: card`",
        (SceneType::Still, "prompt") => FOR_NOTES,
        (SceneType::Still | SceneType::Card, "voice") => "remove it: it is for `avatar`",
        (SceneType::Still | SceneType::Card, "model" | "seed" | "takes") => {
            "remove it: nothing is generated here"
        }
        (
            SceneType::Still | SceneType::Card,
            "image" | "fit" | "move" | "text" | "aspect_ratio",
        ) => {
            return None;
        }
        (SceneType::Still | SceneType::Card, _) => FOR_CLIPS,
        _ => return None,
    })
}
