//! Picture shapes: finds pictures whose shape differs much from their scene's, as far as the
//! files and sources are known.

use std::collections::HashMap;

use super::inputs::Inputs;
use crate::base::{Diagnostic, SceneId, Warning};
use crate::catalog::{AspectRatio, Dialect, FrameSize, InputRole, InputSlot, Resolution};
use crate::storyboard::{Film, Scene, SceneInput};

/// How many times wider or narrower than its scene a picture may be: for 16:9, 16:10 is near and
/// 4:3 is not.
const FAR: f64 = 1.2;

/// Warns about pictures that the provider, or the drawing of a still, would have to crop or pad, once
/// for each place in the storyboard. Those that are fitted to their scene are exempt, and so are avatar
/// portraits: they decide the shape of their scene.
pub fn check_picture_shapes(film: &Film, inputs: &Inputs) -> Vec<Diagnostic> {
    let by_id: HashMap<&SceneId, &Scene> =
        film.scenes.iter().map(|scene| (&scene.id, scene)).collect();
    let mut found: Vec<(Diagnostic, usize)> = Vec::new();
    let mut at_place: HashMap<(String, usize), usize> = HashMap::new();
    let pictures = film.scenes.iter().flat_map(|scene| {
        let frames = [InputRole::Image, InputRole::EndImage];
        let kept =
            frames.map(InputSlot::only).into_iter().filter(|it| !scene.fits.contains_key(it));
        let inputs = kept.filter_map(|slot| Some((slot.role, scene.input(slot)?)));
        inputs.map(move |(role, input)| (scene, role, input))
    });
    for (scene, role, image) in pictures {
        let Some((resolution, asked)) = shape_of(scene) else { continue };
        let (what, size) = match image {
            SceneInput::File(path) => {
                (format!("`{path}`"), inputs.get(path).and_then(|facts| facts.picture))
            }
            SceneInput::Frame(source, _) => {
                let shape = by_id.get(source).and_then(|source| shape_of(source));
                let size = shape.map(|(resolution, ratio)| FrameSize::of(resolution, ratio));
                (format!("the frame of `{source}`"), size.map(|size| (size.width, size.height)))
            }
            SceneInput::Url(..) | SceneInput::Video(_) => continue,
        };
        let Some((width, height)) = size else { continue };
        let wanted = FrameSize::of(resolution, asked);
        let shape = |(width, height): (u32, u32)| f64::from(width) / f64::from(height);
        let ratio = shape((width, height)) / shape((wanted.width, wanted.height));
        if (1.0 / FAR..=FAR).contains(&ratio) {
            continue;
        }
        let place = film.place_of(&scene.id, role.as_str());
        let spot = place.as_ref().map(|place| (place.source.name().to_string(), place.span.start));
        if let Some(known) = spot.as_ref().and_then(|spot| at_place.get(spot)) {
            found[*known].1 += 1;
            continue;
        }
        at_place.extend(spot.map(|spot| (spot, found.len())));
        let message =
            format!("{what} has {width}×{height} pixels, and scene `{}` is {asked}", scene.id);
        let mut warning = Diagnostic::warning(Warning::PictureShape, message)
            .label(match (film.api, role) {
                _ if scene.drawn_frame().is_some() => {
                    "it fills the frame, and what does not fit is cut off"
                }
                // Section 1.3 of `kie-jobs-api.md`.
                (Dialect::Jobs, InputRole::Image) => "the video will have the picture's shape",
                _ => "it will be cropped or get bars",
            })
            .fix(match scene.drawn_frame() {
                Some(_) => "write `fit: pad` to show all of it with bars, or `fit: crop` if it is right so",
                None => {
                    "write `fit: crop` or `fit: pad` in the scene, give the picture its shape, or the \
                     scene another `aspect_ratio`"
                }
            });
        warning.place = place;
        found.push((warning, 0));
    }
    let warnings = found.into_iter().map(|(warning, more)| match more {
        0 => warning,
        1 => warning.note("likewise in 1 more scene"),
        more => warning.note(format!("likewise in {more} more scenes")),
    });
    warnings.collect()
}

/// The resolution and the shape of a clip or of what is drawn, if it has a shape of its own.
fn shape_of(scene: &Scene) -> Option<(Resolution, AspectRatio)> {
    let drawn = scene.drawn_frame().map(|frame| (frame.resolution, frame.aspect_ratio));
    drawn.or_else(|| scene.clip().and_then(|clip| Some((clip.resolution, clip.aspect_ratio?))))
}
