//! A scene's type, and the fields that each type supports.

use super::fields::Fields;
use crate::base::text::excerpt;
use crate::base::{Diagnostic, Warning};
use crate::catalog::SceneType;
use crate::storyboard::film::value_origin::SceneField;
use crate::storyboard::text::suggestions::{choice, closest, list};
use crate::storyboard::text::yaml::tree::NodeId;

impl Fields<'_> {
    /// The type, and whether it is valid; if not, the type is guessed from the fields, so that they
    /// can still be checked.
    pub fn scene_type(&mut self) -> (SceneType, bool) {
        let guess = match (&self.own.voice, &self.own.image) {
            (Some(_), _) => SceneType::Avatar,
            (None, Some(_)) => SceneType::I2v,
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
        let words = SceneType::ALL.iter().map(|scene_type| scene_type.as_str());
        let label = match closest(text.trim(), words) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("write {}; this scene looks like {guess}", choice(SceneType::ALL)),
        };
        let message = format!("`{}` is not a scene type", excerpt(&text));
        self.error("unknown-value", message, field, label);
        (guess, false)
    }

    /// Whether the scene has only fields that its type supports; reports the others.
    pub fn fits(&mut self, scene_type: SceneType) -> bool {
        let own = self.own;
        let image = ("image", own.image.as_ref().map(|written| written.node));
        let end_image = ("end_image", own.end_image.as_ref().map(|written| written.node));
        let voice = ("voice", own.voice.as_ref().map(|written| written.node));
        let prompt = ("prompt", own.prompt.as_ref().map(|written| written.node));
        let aspect_ratio = ("aspect_ratio", own.aspect_ratio.as_ref().map(|written| written.node));
        let negative_prompt =
            ("negative_prompt", own.negative_prompt.as_ref().map(|written| written.node));
        let cfg_scale = ("cfg_scale", own.cfg_scale.as_ref().map(|written| written.node));
        let shots = ("shots", own.shots.as_ref().map(|written| written.node));
        let sound = ("sound", own.sound.as_ref().map(|written| written.node));
        let key_images = ("key_images", own.key_images.as_ref().map(|written| written.node));
        let video = ("video", own.video.as_ref().map(|written| written.node));
        let references = ("references", own.references.as_ref().map(|written| written.node));
        let elements = ("elements", own.elements.as_ref().map(|written| written.node));
        let orientation = own.character_orientation.as_ref().map(|written| written.node);
        let background = own.background_source.as_ref().map(|written| written.node);
        type Refused = ((&'static str, Option<NodeId>), &'static str);
        let refused: Vec<Refused> = match scene_type {
            SceneType::T2v => vec![
                (image, "remove it, or write `type: i2v`"),
                (end_image, "remove it, or write `type: i2v` and give it an `image` to begin with"),
                (
                    key_images,
                    "remove it, or write `type: i2v` and give it an `image` to begin with",
                ),
                (voice, "remove it, or write `type: avatar` and give it an `image`"),
            ],
            SceneType::I2v => vec![(voice, "remove it, or write `type: avatar`")],
            SceneType::Avatar => vec![
                (prompt, "remove it: an avatar speaks the recording in `voice`"),
                (end_image, "remove it: it is for `i2v`"),
                (key_images, "remove it: it is for `i2v`"),
                (video, "remove it: it is for `t2v` and `i2v`"),
                (references, "remove it: it is for `t2v` and `i2v`"),
                (elements, "remove it: it is for `t2v` and `i2v`"),
                (("character_orientation", orientation), "remove it: it is for `i2v`"),
                (("background_source", background), "remove it: it is for `i2v`"),
                (aspect_ratio, "remove it: an avatar takes its shape from its image"),
                (negative_prompt, "remove it: it is for `t2v` and `i2v`"),
                (cfg_scale, "remove it: it is for `t2v` and `i2v`"),
                (shots, "remove it: it is for `t2v` and `i2v`"),
                (sound, "remove it: an avatar speaks the recording in `voice`"),
            ],
        };
        let mut fits = true;
        for ((name, written), label) in refused {
            let Some(value) = written else { continue };
            let own = self.scope.tree.map(self.entry.value).and_then(|map| map.get(name));
            let at = own.map_or(value, |entry| entry.key);
            let message = format!("{scene_type} scenes do not take `{name}`");
            self.findings.error("field-not-taken", message, at, label);
            fits = false;
        }
        if let (SceneType::Avatar, Some(seed)) = (scene_type, &own.seed) {
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
