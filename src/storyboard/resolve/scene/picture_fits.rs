//! The fits of a scene's pictures: how they are brought to its shape before they are sent.

use std::collections::BTreeMap;

use super::fields::{Field, FieldLayer, Fields};
use crate::catalog::{AspectRatio, Fit, InputSlot, PictureFit};
use crate::storyboard::film::resolved::{SceneInput, Shot};
use crate::storyboard::film::value_origin::SceneField;

impl Fields<'_> {
    /// How the pictures are brought to the shape of the scene, each as written with it, else as the
    /// scene or the defaults say; `None` after reporting an error. A default is for the pictures
    /// that can be fitted. Without the pictures, only what is written is checked.
    pub(super) fn picture_fits(
        &mut self,
        pictures: Option<(&Shot, &BTreeMap<InputSlot, SceneInput>)>,
    ) -> Option<BTreeMap<InputSlot, PictureFit>> {
        let of_scene = match self.pick(SceneField::Fit) {
            None => None,
            Some(field) => {
                let names = Some(self.names);
                let fit: Fit = self.scope.term("`fit`", field.node, names, self.findings)?;
                Some((fit, field))
            }
        };
        let (shot, other_inputs) = pictures?;
        let others = other_inputs.iter().map(|(slot, input)| (*slot, input));
        let mut fits = BTreeMap::new();
        for (slot, picture) in shot.inputs().chain(others).filter(|input| input.0.role.is_frame()) {
            let (fit, field) = match self.written_fits.get(&slot) {
                Some(own) => (own.fit, Field { node: own.node, layer: FieldLayer::Scene }),
                None => match of_scene {
                    Some(of_scene) => of_scene,
                    None => continue,
                },
            };
            if fit == Fit::Keep {
                continue;
            }
            match fitted(fit, picture, shot) {
                Ok(fit) => drop(fits.insert(slot, fit)),
                Err(_) if field.layer == FieldLayer::Defaults => {}
                Err((message, label)) => {
                    self.error("field-not-taken", message, field, label);
                    return None;
                }
            }
        }
        Some(fits)
    }
}

/// How a picture is brought to the shape of its shot; else why it cannot be, and what to do.
fn fitted(
    fit: Fit,
    picture: &SceneInput,
    shot: &Shot,
) -> Result<PictureFit, (&'static str, &'static str)> {
    if let SceneInput::Url(..) = picture {
        let label = "save the picture in the project and write its path, or write `keep`";
        return Err(("`fit` cannot change a picture on the web, which is sent as it is", label));
    }
    let to = |ratio: AspectRatio| PictureFit::of(fit, ratio);
    shot.aspect_ratio().and_then(to).ok_or(match shot {
        Shot::Avatar { .. } => {
            let what = "`fit` has no shape to go by: an avatar takes its shape from its image";
            (what, "remove it, or save the picture in the shape that you want")
        }
        _ => (
            "`fit` has no shape to go by: a clip with a `video` has no `aspect_ratio`",
            "remove it",
        ),
    })
}
