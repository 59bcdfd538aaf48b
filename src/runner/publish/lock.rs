//! The lock: which take each scene of the film has.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::PoisonError;

use super::context::{PublishContext, PublishedTake, StoredRoll, StoredTakes};
use crate::base::{Digest, Key, Moment, SceneId};
use crate::media::probe_video;
use crate::plan::{Lock, LockBlocks, LockPrinter, LockedScene, LockedTake, Recipe};
use crate::runner::exit::Refusal;
use crate::runner::session::{Session, lock_file};
use crate::runner::store_access::ledger_refusal;
use crate::store::{Disk, Ledger, Objects, folder_of, replace};

/// About how many bytes of a lock's text a scene with one take has.
const SCENE_BYTES: usize = 1_024;

/// The lock that a build has written last: the next one differs in a few scenes.
#[derive(Default)]
pub struct WrittenLock(Option<String>);

/// Writes the lock while a build runs: with all takes in `stored` or, if `last` is known, with those
/// of the scenes at the positions in `changed`, which have new takes since then. Returns whether the
/// next call may be of that kind; only the film's own part is written in blocks.
///
/// # Errors
/// The ledger or the lock cannot be read or written; the next call must be one with all takes.
pub fn update_lock(
    session: &Session,
    stored: &StoredTakes,
    changed: Option<&BTreeSet<usize>>,
    last: &mut WrittenLock,
) -> Result<bool, Refusal> {
    let context = PublishContext::new(session, stored)?;
    let before = last.0.take();
    last.0 = match (changed, before.as_deref().and_then(LockBlocks::of)) {
        (None, _) => context.write_whole_lock()?,
        (Some(changed), Some(blocks)) => context.write_scenes(&blocks, changed)?,
        (Some(_), None) => None,
    };
    let has_blocks = |text: &String| LockBlocks::of(text).is_some();
    Ok(match changed {
        // A text that was made of blocks has blocks.
        Some(_) => last.0.is_some(),
        None => session.project.film.profile.is_none() && last.0.as_ref().is_some_and(has_blocks),
    })
}

/// Records in the ledger what the lock names before the build: git may go back to a commit that does
/// not know all of it.
///
/// # Errors
/// The ledger cannot be written.
pub fn remember_former_lock(session: &Session) -> Result<(), Refusal> {
    let Some((path, text)) = session.lock_path.as_ref().zip(session.lock_text.as_ref()) else {
        return Ok(());
    };
    let (disk, ledger) = (&*session.environment.disk, session.ledger());
    let lock = &session.whole_lock;
    let takes: Vec<_> = lock.all_scenes().flat_map(|(_, locked)| &locked.takes).collect();
    let text = Digest::of(text.as_bytes());
    remember_takes(disk, ledger, &session.ledger_name, path, (&takes, &text), session.now())
}

impl PublishContext<'_> {
    /// Writes the lock, if the film has one.
    ///
    /// # Errors
    /// The ledger or the lock cannot be written.
    pub fn write_lock(&self) -> Result<(), Refusal> {
        self.write_whole_lock().map(drop)
    }

    /// Writes the lock and returns its text, if there is one.
    fn write_whole_lock(&self) -> Result<Option<String>, Refusal> {
        let Some(path) = &self.session.lock_path else { return Ok(None) };
        let session = self.session;
        let (text, takes) = self.lock()?;
        let takes: Vec<&LockedTake> = takes.iter().collect();
        let disk = &*session.environment.disk;
        let (ledger, name) = (session.ledger(), &session.ledger_name);
        let before = session.lock_text.as_deref();
        if before.is_none() && takes.is_empty() {
            return Ok(None);
        }
        let digest = Digest::of(text.as_bytes());
        remember_takes(disk, ledger, name, path, (&takes, &digest), session.now())?;
        self.write_text(path, &text, before)?;
        Ok(Some(text))
    }

    /// Writes the lock with these scenes as they are now, and returns its text.
    fn write_scenes(
        &self,
        blocks: &LockBlocks<'_>,
        changed: &BTreeSet<usize>,
    ) -> Result<Option<String>, Refusal> {
        let Some(path) = &self.session.lock_path else { return Ok(None) };
        let (session, rolls) = (self.session, self.rolls());
        let mut scenes: BTreeMap<SceneId, LockedScene> = BTreeMap::new();
        for at in changed {
            scenes.insert(session.project.scene(*at).id.clone(), self.scene(*at, &rolls)?);
        }
        let takes: Vec<&LockedTake> = scenes.values().flat_map(|locked| &locked.takes).collect();
        let full = full_path(&*session.environment.disk, path);
        session
            .ledger()
            .remember_more(&full, &session.ledger_name, &takes, session.now())
            .map_err(ledger_refusal)?;
        let text = blocks.with_scenes(&scenes);
        // Its name is made durable at the end of the build: until then a power cut may bring back the
        // lock before it, whose takes the store has.
        replace(&*session.environment.disk, path, text.as_bytes())
            .map_err(|error| unwritten(path, &error))?;
        Ok(Some(text))
    }

    fn write_text(&self, path: &Path, text: &str, before: Option<&str>) -> Result<(), Refusal> {
        let written = lock_file::write_text(&*self.session.environment.disk, path, text, before);
        written.map(drop).map_err(|error| unwritten(path, &error))
    }

    /// The text of the lock as it is from now on and all of its takes: each scene of the film with
    /// the takes that it had and has, and the other parts as they were.
    fn lock(&self) -> Result<(String, Vec<LockedTake>), Refusal> {
        let (session, film) = (self.session, &self.session.project.film);
        let rolls = self.rolls();
        let mut order: Vec<usize> = (0..film.scenes.len()).collect();
        order.sort_by_key(|at| &film.scenes[*at].id);
        if film.profile.is_some() {
            let mut scenes: BTreeMap<SceneId, LockedScene> = BTreeMap::new();
            for at in order {
                scenes.insert(film.scenes[at].id.clone(), self.scene(at, &rolls)?);
            }
            let former = Lock::clone(&session.whole_lock);
            let lock = former.with_part(film.profile.as_ref(), scenes);
            let takes = lock.all_scenes().flat_map(|(_, locked)| &locked.takes);
            return Ok((lock.print(), takes.cloned().collect()));
        }
        let mut printer = LockPrinter::new(order.len() * SCENE_BYTES);
        let mut takes: Vec<LockedTake> = Vec::new();
        for at in order {
            let locked = self.scene(at, &rolls)?;
            printer.scene(&film.scenes[at].id, &locked);
            takes.extend(locked.takes);
        }
        let others = session.whole_lock.profiles.values().flat_map(BTreeMap::values);
        takes.extend(others.flat_map(|locked| locked.takes.iter().cloned()));
        Ok((printer.finish(&session.whole_lock.profiles), takes))
    }

    /// The other takes that are in the store, by the position of their scene.
    fn rolls(&self) -> BTreeMap<usize, Vec<&StoredRoll>> {
        let mut rolls: BTreeMap<usize, Vec<&StoredRoll>> = BTreeMap::new();
        for roll in &self.stored.rolls {
            rolls.entry(roll.at).or_default().push(roll);
        }
        rolls
    }

    /// A scene with the takes that it had and has.
    fn scene(
        &self,
        at: usize,
        rolls: &BTreeMap<usize, Vec<&StoredRoll>>,
    ) -> Result<LockedScene, Refusal> {
        let (session, project) = (self.session, &self.session.project);
        let scene = project.scene(at);
        let mut locked = project.lock.scenes.get(&scene.id).cloned().unwrap_or_default();
        if let Some((recipe, key, take)) = self.take(at) {
            let number = locked.next_number();
            let kept = self.locked_take(at, recipe, key, take, number)?;
            locked.picked = Some(locked.keep(kept, &recipe.listing()));
        }
        for roll in rolls.get(&at).into_iter().flatten() {
            let (recipe, key) = &roll.recipe;
            let known = &self.stored.known;
            let Some(take) = known.published(session, at, key, roll.artifact)? else {
                continue;
            };
            let kept = self.locked_take(at, recipe, key, &take, roll.number)?;
            locked.keep(kept, &recipe.listing());
        }
        Ok(locked)
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

/// The lock could not be written.
fn unwritten(path: &Path, error: &io::Error) -> Refusal {
    let what = format!("`{}` cannot be written: {error}", path.display());
    Refusal::machine("lock", what, "make it writable and run again; nothing is lost")
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
    let takes: Vec<_> = lock.all_scenes().flat_map(|(_, locked)| &locked.takes).collect();
    let text = Digest::of(lock.print().as_bytes());
    remember_takes(disk, ledger, storyboard, path, (&takes, &text), now)
}

/// [`remember_lock`] for a lock with these takes and a text with this digest.
fn remember_takes(
    disk: &dyn Disk,
    ledger: &Ledger,
    storyboard: &str,
    path: &Path,
    (takes, text): (&[&LockedTake], &Digest),
    now: Moment,
) -> Result<(), Refusal> {
    if takes.is_empty() {
        return Ok(());
    }
    let path = full_path(disk, path);
    ledger.remember_lock(&path, storyboard, text, takes, now).map_err(ledger_refusal)
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
