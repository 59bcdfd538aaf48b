//! The owner of a build directory: the one storyboard whose files are in it.
//!
//! A build removes the files of scenes that no longer exist, so two storyboards in one directory
//! would remove each other's files. So would a film and its draft. Everything here is checked before anything is paid.

use super::manifest::read_manifest;
use crate::base::{Diagnostic, ProfileId};
use crate::runner::exit::Refusal;
use crate::runner::session::Session;
use crate::store::UNFINISHED;

/// Refuses a build directory that another storyboard or profile uses, or that cannot be written.
///
/// A renamed storyboard keeps its directory: no file has its old name any more.
///
/// # Errors
/// Exit code 2, with the option to use instead.
pub fn refuse_unfit_build_dir(session: &Session) -> Result<(), Refusal> {
    let (disk, folder) = (&*session.environment.disk, &session.build_dir);
    let shown = folder.display();
    let name = session.storyboard.file_name().unwrap_or_default().to_string_lossy();
    if let Some(manifest) = read_manifest(disk, folder)
        && manifest.storyboard != name
        && disk.entry(&session.folder().join(&manifest.storyboard)).is_ok()
    {
        let what =
            format!("`{shown}` holds the film of `{}`, not of `{name}`", manifest.storyboard);
        let stem = session.storyboard.file_stem().unwrap_or_default().to_string_lossy();
        let fix = format!("give this film a folder of its own: `-o build-{stem}`");
        return Err(Refusal::usage(Diagnostic::error("build-dir-taken", what).fix(fix)));
    }
    let profile = &session.project.film.profile;
    if let Some(manifest) = read_manifest(disk, folder).filter(|found| found.profile != *profile) {
        let of = |profile: &Option<ProfileId>| match profile {
            Some(profile) => format!("the film under profile `{profile}`"),
            None => "the film without a profile".to_string(),
        };
        let what = format!("`{shown}` holds {}, not {}", of(&manifest.profile), of(profile));
        let fix = "name another folder with `-o`, or leave it out: each profile has its own";
        return Err(Refusal::usage(Diagnostic::error("build-dir-taken", what).fix(fix)));
    }
    // An up-to-date directory is not touched, not even to test whether it can be written.
    if session.plan.is_up_to_date() {
        return Ok(());
    }
    let writable = disk.make_folder(folder).and_then(|()| disk.draft(folder, UNFINISHED));
    writable.map(drop).map_err(|error| {
        let what = format!("the build directory `{shown}` cannot be written: {error}");
        let fix = "make it a writable folder, or name another with `-o`; nothing was sent";
        Refusal::usage(Diagnostic::error("build-dir", what).fix(fix))
    })
}
