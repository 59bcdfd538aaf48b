//! The steps of publishing: the lock, the build directory and its manifest.
//!
//! Everything here can be repeated from the store at no cost, so the steps are in order of what
//! would be worst to lose: the lock, then videos, posters and cuts, then the pages that list them.

use super::build_dir::PublishResult;
use super::context::{PublishContext, StoredTakes};
use crate::report::{BuildEvent, damage_words};
use crate::runner::exit::Refusal;
use crate::runner::session::Session;
use crate::runner::session::up_to_date;
use crate::store::OutputError;

/// How much is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The lock, the build directory and its pages.
    Everything,
    /// The lock; the next build brings the build directory up to date.
    LockOnly,
}

impl PublishResult {
    /// What there is to report about the cuts.
    pub fn events(&self) -> Vec<BuildEvent> {
        let made = self.cuts.iter().map(|there| BuildEvent::CutDone {
            cut: there.cut.clone(),
            path: there.path.display().to_string(),
            bytes: there.bytes,
            made: there.made,
        });
        let failed = self.failed_cuts.iter().map(|(cut, message)| BuildEvent::CutFailed {
            cut: cut.clone(),
            message: message.clone(),
        });
        let unlike = self.unlike.iter().map(|(scene, how)| BuildEvent::Warning {
            message: format!("{scene}: {how}; it is the scene's take all the same"),
        });
        let damaged = self.damaged.iter().map(|(scene, kind)| BuildEvent::Warning {
            message: format!("{scene}: {}", damage_words(kind)),
        });
        let notes = self.notes.iter().map(|note| BuildEvent::Note { message: note.clone() });
        made.chain(failed).chain(notes).chain(unlike).chain(damaged).collect()
    }
}

/// Publishes every take that is in the store.
///
/// # Errors
/// The lock or the build directory cannot be written, or the ledger cannot be read.
pub fn publish(
    session: &Session,
    stored: &StoredTakes,
    extent: Extent,
) -> Result<PublishResult, Refusal> {
    let context = PublishContext::new(session, stored)?;
    context.write_lock()?;
    if extent == Extent::LockOnly {
        return Ok(PublishResult::default());
    }
    let (published, output) = context.write_build().map_err(|error| {
        let fix = match error {
            OutputError::NotOurs(_) => {
                "move it away, or choose another folder with `--build-dir`; the videos are safe in \
                 the store"
            }
            OutputError::Damaged(_) | OutputError::Io { .. } => {
                "make room or choose another folder with `--build-dir`; the videos are safe in the \
                 store, and running again puts them in place at no cost"
            }
        };
        Refusal::machine("build-dir", error, fix)
    })?;
    // A film with a warning is looked at again, so that the warning is repeated.
    let is_settled = !stored.has_unfinished_rolls
        && published.failed_cuts.is_empty()
        && published.unlike.is_empty()
        && published.damaged.is_empty();
    if stored.artifacts.values().all(Option::is_some) && is_settled {
        up_to_date::remember(session, &output);
    }
    Ok(published)
}
