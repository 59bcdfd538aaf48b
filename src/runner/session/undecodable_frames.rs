//! Undecodable frames: scenes that a build could not send, because the frame that they need is of a
//! video that this program stores but cannot decode.

use std::collections::HashMap;

use crate::base::{Diagnostic, Digest, Warning};
use crate::media::frame;
use crate::plan::{Action, Input, Plan, Project};
use crate::store::Objects;
use crate::storyboard::FrameAt;

/// A warning for each scene that is to be generated from such a frame. Only the indexes of the
/// videos are read; a video that is not there is nobody's fault yet.
pub fn warnings(project: &Project, plan: &Plan, objects: &Objects) -> Vec<Diagnostic> {
    let mut checked: HashMap<(Digest, FrameAt), Option<String>> = HashMap::new();
    let mut warnings = Vec::new();
    for take in plan.takes.iter().filter(|take| matches!(take.action, Action::Generate(_))) {
        for (slot, source, at) in project.scene(take.position).sources() {
            let recipe = take.recipe.as_ref();
            let input = recipe.and_then(|recipe| recipe.inputs.get(&slot));
            let (Some(Input::Frame(artifact, _)), Some(at)) = (input, at) else { continue };
            let why = checked.entry((*artifact, at)).or_insert_with(|| {
                let mut video = objects.open(artifact).ok()?;
                frame::check(&mut video, at).err().map(|error| error.to_string())
            });
            let Some(why) = why else { continue };
            let what = format!("scene `{}` takes a frame of `{source}`, but {why}", take.scene);
            let mut warning = Diagnostic::warning(Warning::FrameNotDecodable, what).label(
                "a build does not send this scene; give it a picture, or a frame of another",
            );
            warning.place = project.film.place_of(&take.scene, slot.role.field());
            warnings.push(warning);
        }
    }
    warnings
}
