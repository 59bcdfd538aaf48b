//! The lock: which take each scene of the film has.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::PoisonError;

use super::context::{PublishContext, PublishedTake, StoredTakes};
use crate::base::{Digest, Key, Moment, SceneId};
use crate::media::probe_video;
use crate::plan::{Lock, LockedScene, LockedTake, Recipe};
use crate::runner::exit::Refusal;
use crate::runner::session::{Session, lock_file};
use crate::runner::store_access::ledger_refusal;
use crate::store::{Disk, Ledger, Objects, folder_of};

/// Writes the lock of a film that has these takes.
///
/// # Errors
/// The ledger or the lock cannot be read or written.
pub fn update_lock(session: &Session, stored: &StoredTakes) -> Result<(), Refusal> {
    PublishContext::new(session, stored)?.write_lock()
}

/// Records in the ledger what the lock names before the build: git may go back to a commit that does
/// not know all of it.
///
/// # Errors
/// The ledger cannot be written.
pub fn remember_former_lock(session: &Session) -> Result<(), Refusal> {
    let Some(path) = &session.lock_path else { return Ok(()) };
    let (disk, ledger) = (&*session.environment.disk, session.ledger());
    remember_lock(disk, ledger, &session.ledger_name, path, &session.whole_lock, session.now())
}

impl PublishContext<'_> {
    /// Writes the lock, if the film has one.
    ///
    /// # Errors
    /// The ledger or the lock cannot be written.
    pub fn write_lock(&self) -> Result<(), Refusal> {
        let Some(path) = &self.session.lock_path else { return Ok(()) };
        let lock = self.lock()?;
        let session = self.session;
        let disk = &*session.environment.disk;
        let (ledger, name) = (session.ledger(), &session.ledger_name);
        let before = session.lock_text.as_deref();
        if before.is_none() && !lock.has_takes() {
            return Ok(());
        }
        let text = lock.print();
        remember_lock_text(disk, ledger, name, path, (&lock, &text), session.now())?;
        let written = lock_file::write_text(disk, path, &text, before);
        written.map(|_| ()).map_err(|error| {
            let what = format!("`{}` cannot be written: {error}", path.display());
            Refusal::machine("lock", what, "make it writable and run again; nothing is lost")
        })
    }

    /// The lock as it is from now on: each scene of the film with the takes that it had and has.
    fn lock(&self) -> Result<Lock, Refusal> {
        let (session, project) = (self.session, &self.session.project);
        let mut scenes: BTreeMap<SceneId, LockedScene> = BTreeMap::new();
        for (at, scene) in project.film.scenes.iter().enumerate() {
            let mut locked = project.lock.scenes.get(&scene.id).cloned().unwrap_or_default();
            if let Some((recipe, key, take)) = self.take(at) {
                let number = locked.next_number();
                let kept = self.locked_take(at, recipe, key, take, number)?;
                locked.picked = Some(locked.keep(kept, &recipe.listing()));
            }
            scenes.insert(scene.id.clone(), locked);
        }
        for roll in &self.stored.rolls {
            let (recipe, key) = &roll.recipe;
            let known = &self.stored.known;
            let Some(take) = known.published(session, roll.at, key, roll.artifact)? else {
                continue;
            };
            let kept = self.locked_take(roll.at, recipe, key, &take, roll.number)?;
            let scene = scenes.entry(project.scene(roll.at).id.clone()).or_default();
            scene.keep(kept, &recipe.listing());
        }
        let profile = project.film.profile.as_ref();
        Ok(session.whole_lock.clone().with_part(profile, scenes))
    }

    fn locked_take(
        &self,
        at: usize,
        recipe: &Recipe,
        key: &Key,
        take: &PublishedTake,
        number: u32,
    ) -> Result<LockedTake, Refusal> {
        let mut all = self.stored.known.locked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(&(*key, take.digest)) {
            return Ok(LockedTake { take: number, ..known.clone() });
        }
        let locked = self.session.project.locked_with(at, key);
        let known = locked.filter(|locked| locked.task == take.task).map(|locked| locked.api);
        let api = match (known, &take.task) {
            (Some(api), _) => Some(api),
            (None, Some(task)) => self.session.ledger().api_of(task).map_err(ledger_refusal)?,
            (None, None) => None,
        };
        let locked = LockedTake {
            seconds: self.seconds(at, key, take),
            api: api.unwrap_or_default(),
            task: take.task.clone(),
            credits: take.credits.or_else(|| Some(self.committed(at, take.task.as_ref()?, None))),
            finished: take.finished,
            ..LockedTake::new(number, *key, recipe.choice(), (take.digest, take.bytes))
        };
        all.insert((*key, take.digest), locked.clone());
        Ok(locked)
    }

    /// The length of a take's video: as the lock says, else measured.
    fn seconds(&self, at: usize, key: &Key, take: &PublishedTake) -> Option<f64> {
        let locked = self.session.project.locked_with(at, key);
        match locked.filter(|locked| locked.artifact == take.digest) {
            // One that could not be measured once cannot be measured now.
            Some(locked) => locked.seconds,
            None => seconds_of(&self.session.store.objects, &take.digest),
        }
    }
}

/// Records in the ledger what a lock names or is about to name: nothing that a lock names is ever
/// removed or paid again. `storyboard` is its name in the ledger.
///
/// # Errors
/// The ledger cannot be written.
pub fn remember_lock(
    disk: &dyn Disk,
    ledger: &Ledger,
    storyboard: &str,
    path: &Path,
    lock: &Lock,
    now: Moment,
) -> Result<(), Refusal> {
    remember_lock_text(disk, ledger, storyboard, path, (lock, &lock.print()), now)
}

/// [`remember_lock`] for a lock whose text is known.
fn remember_lock_text(
    disk: &dyn Disk,
    ledger: &Ledger,
    storyboard: &str,
    path: &Path,
    (lock, text): (&Lock, &str),
    now: Moment,
) -> Result<(), Refusal> {
    if !lock.has_takes() {
        return Ok(());
    }
    let takes: Vec<_> = lock.all_scenes().flat_map(|(_, locked)| &locked.takes).collect();
    let text = Digest::of(text.as_bytes());
    let path = full_path(disk, path);
    ledger.remember_lock(&path, storyboard, &text, &takes, now).map_err(ledger_refusal)
}

/// A lock's path as the ledger knows it: without links, and the same from every folder.
pub fn full_path(disk: &dyn Disk, path: &Path) -> String {
    let folder = folder_of(path);
    let folder = disk.canonical(folder).unwrap_or_else(|_| folder.to_path_buf());
    folder.join(path.file_name().unwrap_or_default()).display().to_string()
}

/// The length in seconds of a stored video, to the millisecond; `None` if it cannot be measured.
pub fn seconds_of(objects: &Objects, artifact: &Digest) -> Option<f64> {
    let facts = probe_video(&mut objects.open(artifact).ok()?).ok()?;
    Some(facts.millis as f64 / 1_000.0).filter(|seconds| *seconds > 0.0)
}
