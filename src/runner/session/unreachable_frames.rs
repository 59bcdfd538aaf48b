//! Unreachable frames: files that a build writes for the provider, where the storyboard's own public
//! address does not lead.

use std::path::{Component, Path, PathBuf};

use crate::base::Diagnostic;
use crate::catalog::PictureFit;
use crate::plan::{Project, ProviderChoice};
use crate::runner::exit::Refusal;
use crate::storyboard::SceneInput;

/// Refuses frames of scenes under the storyboard's own public address where the build directory
/// lies outside the folder that the address stands for.
///
/// # Errors
/// They would not be reached.
pub fn refuse(project: &Project, build_dir: &Path, folder: &Path) -> Result<(), Refusal> {
    let is_preview = matches!(project.options.provider, ProviderChoice::Preview(_));
    // A copy of a picture that is turned, or in the shape of its scene, lies where frames do.
    let is_written = |input: &SceneInput, fit: Option<&PictureFit>| match input {
        SceneInput::File(path) => project.inputs.get(path).is_some_and(|file| {
            file.is_turned
                || fit.is_some_and(|fit| file.picture.is_some_and(|size| fit.size_of(size) != size))
        }),
        SceneInput::Frame(..) | SceneInput::Video(_) => true,
        SceneInput::Url(..) => false,
    };
    let mut scenes = project.film.scenes.iter();
    let has_frames = scenes.any(|scene| {
        let mut inputs = scene.inputs();
        inputs.any(|(slot, input)| is_written(input, scene.fits.get(&slot)))
    });
    // Relative to the folder, as the address is followed: an absolute path or `..` leads elsewhere.
    let plain = |path: &Path| -> PathBuf {
        path.components().filter(|part| *part != Component::CurDir).collect()
    };
    let is_reached = plain(build_dir)
        .strip_prefix(plain(folder))
        .is_ok_and(|inside| inside.components().all(|part| matches!(part, Component::Normal(_))));
    if project.film.base_url().is_none() || is_preview || !has_frames || is_reached {
        return Ok(());
    }
    let what = format!(
        "frames of scenes would be written to `{}`, which `hosting.base_url` does not reach",
        build_dir.display()
    );
    let fix = "give the build directory as a path inside the storyboard's folder, or remove \
               `hosting`";
    let mut reason = Diagnostic::error("unreachable-frames", what).fix(fix);
    if let Some(place) = project.film.places.value(&["hosting"]) {
        reason = reason.at(place);
    }
    Err(Refusal::usage(reason))
}
