//! Frames of scenes of which only a part is used.

use std::collections::HashMap;

use crate::base::SceneId;
use crate::storyboard::film::resolved::{FrameAt, Scene, SceneInput, Shot};

/// The scenes; where one shows the last frame of a scene of which only a part is used, it shows the
/// last one of that part: in a cut, it follows on that.
pub(super) fn with_used_ends(mut scenes: Vec<Scene>) -> Vec<Scene> {
    let used = |scene: &Scene| {
        let seconds = match &scene.shot {
            Shot::T2v { clip, .. } | Shot::I2v { clip, .. } => clip.duration.map(f64::from),
            Shot::Avatar { stated_seconds, .. } => *stated_seconds,
            Shot::Still { frame, .. } | Shot::Card { frame, .. } => {
                Some(frame.millis as f64 / 1_000.0)
            }
        };
        // Where the length is not known yet, there may be no frame at that time.
        let millis = scene
            .used_millis
            .filter(|millis| seconds.is_some_and(|all| (*millis as f64) < all * 1_000.0));
        Some((scene.id.clone(), millis?))
    };
    let used: HashMap<SceneId, u64> = scenes.iter().filter_map(used).collect();
    for input in scenes.iter_mut().flat_map(inputs) {
        if let SceneInput::Frame(source, at @ FrameAt::Last) = input
            && let Some(millis) = used.get(source)
        {
            *at = FrameAt::Millis(millis.saturating_sub(1));
        }
    }
    scenes
}

fn inputs(scene: &mut Scene) -> impl Iterator<Item = &mut SceneInput> {
    let (image, end_image) = match &mut scene.shot {
        Shot::T2v { .. } | Shot::Card { .. } => (None, None),
        Shot::I2v { image, end_image, .. } => (Some(image), end_image.as_mut()),
        Shot::Avatar { image, .. } | Shot::Still { image, .. } => (Some(image), None),
    };
    image.into_iter().chain(end_image).chain(scene.other_inputs.values_mut())
}
