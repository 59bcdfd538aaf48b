//! The lock editor: a lock that is opened to be read or changed, without planning its film.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::base::{Diagnostic, Digest, FilmCommands, Moment, ProfileId, SceneId};
use crate::plan::{Disagreement, Lock, LockBlocks, LockError, LockRow, LockedScene};
use crate::runner::exit::Refusal;
use crate::runner::options::{Clock, Environment, Options, SessionAccess};
use crate::runner::publish::{full_path, remember_lock};
use crate::runner::session::{claim_storyboard, lock_file};
use crate::runner::store_access::{OpenStore, ledger_refusal};
use crate::store::{Claim, DecisionRow, SharedDisk};
use crate::storyboard::closest;

/// For the frames of how many videos a text is searched; for more, reading all of it is faster.
const SEARCHED_MAX: usize = 16;
/// How many scenes a message lists.
const LISTED_MAX: usize = 12;

/// An opened lock.
pub struct LockEditor {
    /// The storyboard as the user named it.
    pub storyboard: PathBuf,
    /// Commands about its film for the user.
    pub commands: FilmCommands,
    pub(super) environment: Environment,
    pub(super) open: OpenStore,
    path: PathBuf,
    text: Option<String>,
    lock: Lock,
    /// How many scenes the file has, if only some of them were read.
    read_in_part: Option<usize>,
    profile: Option<ProfileId>,
    pub(super) disagreements: Vec<Disagreement>,
    ledger_name: String,
    _claim: Option<Claim>,
}

impl LockEditor {
    /// Opens the lock of the storyboard of these options, or the part of it that belongs to their profile. Of a large lock
    /// only the `wanted` scenes are read, with those that use their takes; none are needed for
    /// [`LockEditor::rows`]. If it will be changed, no build of the storyboard may be running:
    /// `waiting` is called with the line of one that is, and the call returns when that has ended.
    ///
    /// # Errors
    /// The lock or the ledger cannot be read. Decisions that contradict each other after a merge of
    /// git are refused only where nothing can be changed.
    pub fn open(
        options: &Options,
        wanted: Option<&[String]>,
        mut environment: Environment,
        clock: Clock,
        access: SessionAccess,
        waiting: &mut dyn FnMut(&str),
    ) -> Result<LockEditor, Refusal> {
        let (storyboard, profile) = (&options.storyboard, options.profile.clone());
        let commands = options.commands();
        environment.api = options.api.or(environment.api);
        environment.catalog = options.catalog.clone().or(environment.catalog);
        let disk = SharedDisk::clone(&environment.disk);
        let path = lock_file::path_of(storyboard);
        let open = OpenStore::open(&environment, clock, access)?;
        let ledger_name =
            disk.canonical(storyboard).unwrap_or_else(|_| storyboard.clone()).display().to_string();
        let claim = match access {
            SessionAccess::ReadWrite => {
                Some(claim_storyboard(&open.store.claims, &ledger_name, &open.clock, waiting)?)
            }
            SessionAccess::ReadOnly => None,
        };
        let text = lock_file::read_text(&*disk, &path)?;
        let wanted = wanted.filter(|_| profile.is_none());
        let some =
            text.as_deref().zip(wanted).and_then(|(text, wanted)| scenes_of(text, wanted, access));
        let (lock, disagreements, read_in_part) = match some {
            Some((lock, count)) => (lock, Vec::new(), Some(count)),
            None => {
                let (lock, disagreements) = lock_file::parse(&path, text.as_deref(), &commands)?;
                (lock, disagreements, None)
            }
        };
        if access == SessionAccess::ReadOnly && !disagreements.is_empty() {
            let error = LockError::Disagreement(disagreements);
            return Err(lock_file::unusable(&path, &error, &commands));
        }
        Ok(LockEditor {
            storyboard: storyboard.clone(),
            commands,
            environment,
            open,
            path,
            text,
            lock,
            read_in_part,
            profile,
            disagreements,
            ledger_name,
            _claim: claim,
        })
    }

    /// What a list of takes shows of every scene of the film, whichever of them were read; `None` if
    /// the text must be read as a whole for that, or this is the part of a profile.
    pub fn rows(&self) -> Option<Vec<LockRow<'_>>> {
        let text = self.text.as_deref().filter(|_| self.profile.is_none())?;
        LockBlocks::of(text)?.rows()
    }

    /// Whether the lock has scenes whose names continue this one, and they may not have been read.
    pub fn has_parts(&self, name: &str) -> bool {
        let part = format!("\n    \"{name}.");
        self.read_in_part.is_some() && self.text.as_ref().is_some_and(|text| text.contains(&part))
    }

    /// The path of the lock.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole lock, with this part's scenes as its scenes.
    pub fn lock(&self) -> Lock {
        Lock { scenes: self.scenes().clone(), ..Lock::default() }
    }

    /// The scenes of this part of the lock.
    pub fn scenes(&self) -> &BTreeMap<SceneId, LockedScene> {
        static NONE: BTreeMap<SceneId, LockedScene> = BTreeMap::new();
        match &self.profile {
            None => &self.lock.scenes,
            Some(profile) => self.lock.profiles.get(profile).unwrap_or(&NONE),
        }
    }

    pub(super) fn scenes_mut(&mut self) -> &mut BTreeMap<SceneId, LockedScene> {
        match &self.profile {
            None => &mut self.lock.scenes,
            Some(profile) => self.lock.profiles.entry(profile.clone()).or_default(),
        }
    }

    /// The scene with a name.
    ///
    /// # Errors
    /// The lock has no such scene; the message suggests what was probably meant.
    pub fn scene(&self, name: &str) -> Result<SceneId, Refusal> {
        let known = name.parse::<SceneId>().ok().filter(|id| self.scenes().contains_key(id));
        known.ok_or_else(|| {
            let names = || self.scenes().keys().map(SceneId::as_str);
            let what = format!("`{}` has no scene `{name}`", self.path.display());
            let fix = match closest(name, names()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if self.scenes().is_empty() => "build the film first".to_string(),
                None => {
                    let listed: Vec<&str> = names().take(LISTED_MAX).collect();
                    let more = if names().count() > LISTED_MAX { " …" } else { "" };
                    format!("its scenes are: {}{more}", listed.join(", "))
                }
            };
            Refusal::usage(Diagnostic::error("unknown-scene", what).fix(fix))
        })
    }

    /// The time of this change.
    pub(super) fn now(&self) -> Moment {
        (self.open.clock)()
    }

    /// How many scenes this part of the lock has.
    pub(super) fn count(&self) -> usize {
        self.read_in_part.unwrap_or_else(|| self.scenes().len())
    }

    /// The profile whose part of the lock this is.
    pub(super) fn profile(&self) -> Option<&ProfileId> {
        self.profile.as_ref()
    }

    /// The name of this part of the lock in the ledger.
    pub(super) fn part_name(&self) -> String {
        part_name(&full_path(&*self.environment.disk, &self.path), self.profile())
    }

    /// Writes the lock, then records the decisions that changed it. `is_new` says that it names
    /// videos that it did not name before.
    ///
    /// # Errors
    /// The lock or the ledger cannot be written.
    pub(super) fn save(&mut self, decisions: &[DecisionRow], is_new: bool) -> Result<(), Refusal> {
        let (disk, ledger) = (SharedDisk::clone(&self.environment.disk), &self.open.store.ledger);
        let now = self.now();
        if is_new {
            remember_lock(&*disk, ledger, &self.ledger_name, &self.path, &self.lock, now)?;
        }
        let written = match (self.read_in_part, self.text.as_deref()) {
            (Some(_), Some(text)) => {
                let blocks = LockBlocks::of(text).expect("it was read as blocks");
                let changed = blocks.with_scenes(&self.lock.scenes);
                lock_file::write_text(&*disk, &self.path, &changed, Some(text))
            }
            (_, text) => lock_file::write(&*disk, &self.path, &self.lock, text),
        };
        written.map_err(|error| {
            let what = format!("`{}` cannot be written: {error}", self.path.display());
            Refusal::machine("lock", what, "make it writable; nothing was changed")
        })?;
        for decision in decisions {
            ledger.decide(decision, now).map_err(ledger_refusal)?;
        }
        Ok(())
    }
}

/// The scenes with these names and, if they may be changed, every scene that uses a take of one of
/// them, directly or not; and how many scenes the text has. `None` if the whole text must be read:
/// there are many, one of them is not there, or the text is not in the form in which this program
/// writes. Who only looks at no scene counts none.
fn scenes_of(text: &str, wanted: &[String], access: SessionAccess) -> Option<(Lock, usize)> {
    if wanted.is_empty() && access == SessionAccess::ReadOnly {
        return Some((Lock::default(), 0));
    }
    let blocks = LockBlocks::of(text)?;
    let mut scenes: BTreeMap<SceneId, LockedScene> = BTreeMap::new();
    for name in wanted {
        let id: SceneId = name.parse().ok()?;
        let scene = blocks.scene(&id)?;
        scenes.insert(id, scene);
    }
    if access == SessionAccess::ReadOnly {
        return Some((Lock { scenes, ..Lock::default() }, blocks.count()));
    }
    let video = |scene: &LockedScene| scene.picked_take().map(|picked| picked.artifact);
    let mut open: Vec<Digest> = scenes.values().filter_map(video).collect();
    let mut searched: BTreeSet<Digest> = BTreeSet::new();
    while let Some(shown) = open.pop() {
        if !searched.insert(shown) {
            continue;
        }
        if searched.len() > SEARCHED_MAX {
            return None;
        }
        for (id, scene) in blocks.scenes_that_use(&shown)? {
            open.extend(video(&scene));
            scenes.insert(id, scene);
        }
    }
    Some((Lock { scenes, ..Lock::default() }, blocks.count()))
}

/// The name of a part of a lock in the ledger.
pub(super) fn part_name(lock: &str, profile: Option<&ProfileId>) -> String {
    profile.map_or_else(|| lock.to_string(), |profile| format!("{lock} {profile}"))
}
