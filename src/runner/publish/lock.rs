//! The lock: which take each scene of the film has.

use std::path::Path;

use super::context::{Artifacts, PublishContext, Recipes};
use crate::base::Digest;
use crate::plan::{Lock, LockedTake};
use crate::runner::exit::Refusal;
use crate::runner::session::{Session, lock_file};
use crate::runner::store_access::ledger_refusal;
use crate::store::folder_of;

/// Writes the lock of a film whose takes have these videos and recipes.
///
/// # Errors
/// The ledger or the lock cannot be read or written.
pub fn update_lock(
    session: &Session,
    artifacts: &Artifacts,
    recipes: &Recipes,
) -> Result<(), Refusal> {
    PublishContext::new(session, artifacts, recipes)?.write_lock()
}

impl PublishContext<'_> {
    /// Writes the lock, if the film has one.
    ///
    /// # Errors
    /// The ledger or the lock cannot be written.
    pub fn write_lock(&self) -> Result<(), Refusal> {
        let Some(path) = &self.session.lock_path else { return Ok(()) };
        let project = &self.session.project;
        let mut lock = Lock::default();
        for (at, scene) in project.film.scenes.iter().enumerate() {
            let locked = match self.take(at) {
                Some((recipe, key, take)) => Some(LockedTake {
                    take: 1,
                    key: *key,
                    seed: recipe.seed,
                    artifact: take.digest,
                    bytes: take.bytes,
                    task: take.task.clone(),
                    finished: take.finished,
                    recipe: recipe.listing(),
                }),
                None => project.locked(at).cloned(),
            };
            lock.scenes.extend(locked.map(|take| (scene.id.clone(), take)));
        }
        self.remember_lock(path, &lock)?;
        let written = lock_file::write(
            &*self.session.environment.disk,
            path,
            &lock,
            self.session.lock_text.as_deref(),
        );
        written.map(|_| ()).map_err(|error| {
            let what = format!("`{}` cannot be written: {error}", path.display());
            Refusal::machine("lock", what, "make it writable and run again; nothing is lost")
        })
    }

    /// Records in the ledger what the lock is about to name, before the lock is written: nothing
    /// that a lock names is ever removed.
    fn remember_lock(&self, path: &Path, lock: &Lock) -> Result<(), Refusal> {
        if lock.scenes.is_empty() {
            return Ok(());
        }
        let session = self.session;
        let folder = folder_of(path);
        let folder =
            session.environment.disk.canonical(folder).unwrap_or_else(|_| folder.to_path_buf());
        let path = folder.join(path.file_name().unwrap_or_default());
        let names = lock.scenes.values().map(|take| take.artifact).collect();
        let text = Digest::of(lock.print().as_bytes());
        let ledger = session.ledger();
        ledger
            .remember_lock(
                &path.display().to_string(),
                &session.ledger_name,
                &text,
                &names,
                session.now(),
            )
            .map_err(ledger_refusal)
    }
}
