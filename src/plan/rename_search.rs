//! Rename search: matches the film's scenes to earlier scenes, so that renamed scenes keep their
//! takes.
//!
//! The lock and the ledger know takes by the names that scenes had, and automatic seeds follow from
//! names. A scene that is recognised under its new name keeps its seed, and so its key: a rename
//! costs nothing. These rules apply in this order, to the whole film at once:
//!
//! 1. *Own name.* If the lock entry of a scene's name is like its recipe ([`Likeness`]: equal
//!    except for the seed and the bytes of its frame), the scene owns that entry and no other scene
//!    can have it, unless the storyboard gives another seed.
//! 2. *`was: old-name`.* A scene without an entry of its own takes over the entry of that name,
//!    changed or not. What the ledger sent for that name counts as sent for the scene. A name that
//!    neither knows is ignored, so the line can stay after everybody has built.
//! 3. *Same key.* A scene takes over an entry that is like it and has the seed that the scene would
//!    get anyway.
//! 4. *Own request.* A scene without an entry continues with what the ledger sent for its name, and
//!    so do its variants that are like it.
//! 5. *One match by likeness.* If all remaining entries that are like a recipe have the same seed,
//!    and so do all scenes that ask for it, they match. If the lock has no such entry, the requests
//!    that the ledger sent for this storyboard are searched in the same way: first those that may
//!    still be running, then those that produced a video, then those that failed. A scene with a
//!    lock entry is excluded from that: its seed is known.
//!
//! An entry remains if the scene of its name is gone or asks for something else, so names can be
//! swapped: a scene whose entry another one takes over has none, and the ledger is searched for it.
//! A scene with `seed: random` takes over only requests that may be running: each build draws
//! another seed anyway.
//!
//! If several entries or several scenes fit, the match is ambiguous ([`UnclearRename`]): the plan
//! names the candidates and what to write. Such a scene is planned and paid for as a new one,
//! unless a request for one of the candidates may still be running. In that case a build refuses to
//! pay for it until `was:` decides, or a seed of its own.
//!
//! Not recognised: a scene that was renamed and changed at once without `was:`, and a scene that
//! another storyboard or clone sent and that is in no lock. Scenes that differ only in their seeds
//! or frames and swap their names keep the takes of their names.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::key::{Likeness, seed_of};
use super::lock::LockedTake;
use super::project::{Project, ProviderChoice};
use super::renames::{Renames, Sent, UnclearRename};
use crate::base::{Digest, SceneId};
use crate::storyboard::Seed;

/// Finds the scenes whose name differs from the one in the lock or the one they were sent under.
/// From then on the project continues with their takes and seeds, and its lock has them under their
/// present names. Returns whether there are any. `sent` reads what was sent for this film.
///
/// Previews are redrawn instead, because they show the name.
///
/// # Errors
/// The error of `sent`.
pub fn follow_renames<E>(
    project: &mut Project,
    sent: impl FnOnce() -> Result<Vec<Sent>, E>,
) -> Result<bool, E> {
    if let ProviderChoice::Preview(_) = project.options.provider {
        return Ok(false);
    }
    let renames = find_renames(project, sent)?;
    Ok(project.follow(renames))
}

/// Searches the whole film. `sent` reads the requests of this film, oldest first, except those that
/// were proven not to be accepted; it is called only if they are needed.
///
/// # Errors
/// The error of `sent`: the request that cannot be read may be the running one.
fn find_renames<E>(
    project: &Project,
    sent: impl FnOnce() -> Result<Vec<Sent>, E>,
) -> Result<Renames, E> {
    let mut search = Search::new(project);
    let mut scenes = search.without_own_entry();
    scenes.retain(|scene| !search.take_written(scene));
    scenes.retain(|scene| !search.take_same_key(scene));
    scenes.retain(|scene| matches!(scene.wish, Some(Seed::Auto(_) | Seed::Random)));
    let mut sent = Some(sent);
    search.read_sent(&scenes, &mut sent)?;
    scenes.retain(|scene| !search.take_own_request(scene));
    let mut groups = alike(scenes);
    groups.retain(|group| !search.take_from_lock(group));
    // A scene may have lost the entry of its name to another scene only now.
    for mut group in groups {
        search.read_sent(&group, &mut sent)?;
        group.retain(|scene| !search.has_entry(scene.at) && !search.take_own_request(scene));
        group.retain(|scene| !search.take_seed_of_variant(scene));
        search.take_from_ledger(&group);
    }
    Ok(search.finish())
}

/// A scene that has not been matched to a take yet.
struct Unmatched {
    at: usize,
    like: Likeness,
    /// The seed that its present name gives it.
    seed: Option<u32>,
    wish: Option<Seed>,
}

struct Search<'a> {
    project: &'a Project,
    positions: HashMap<&'a SceneId, usize>,
    /// The likeness of each scene's recipe.
    likes: Vec<Likeness>,
    /// The lock entries that no scene owns yet, by likeness.
    left: HashMap<Likeness, BTreeMap<&'a SceneId, &'a LockedTake>>,
    /// The requests of this film, by likeness.
    sent: HashMap<Likeness, Vec<Sent>>,
    /// The takes that scenes already own, as far as they are known before their frames exist.
    used: HashSet<(Likeness, Option<u32>)>,
    /// The seeds that scenes keep, by the seeds that their present names give them.
    kept: HashMap<(Likeness, Option<u32>), u32>,
    found: Renames,
}

/// Groups scenes with the same likeness and the same kind of seed.
fn alike(scenes: Vec<Unmatched>) -> Vec<Vec<Unmatched>> {
    let mut groups: HashMap<(Likeness, bool), Vec<Unmatched>> = HashMap::new();
    for scene in scenes {
        let is_random = scene.wish == Some(Seed::Random);
        groups.entry((scene.like, is_random)).or_default().push(scene);
    }
    let mut groups: Vec<Vec<Unmatched>> = groups.into_values().collect();
    groups.sort_by_key(|group| group[0].at);
    groups
}

/// The seed that the storyboard had for a locked take, if a scene wants its seed in this way: a
/// person may have picked a take of another one over a given seed.
fn written_seed(wish: Option<Seed>, take: &LockedTake) -> Option<u32> {
    match wish {
        Some(Seed::Fixed(_)) if take.chosen => take.over.or(take.seed),
        _ => take.seed,
    }
}

/// The seed that all takes share, if the scenes share one as well.
fn one_seed(scenes: &[Unmatched], takes: impl Iterator<Item = Option<u32>>) -> Option<u32> {
    let distinct: HashSet<Option<u32>> = takes.collect();
    let is_one = distinct.len() == 1 && scenes.iter().all(|scene| scene.seed == scenes[0].seed);
    distinct.into_iter().next().flatten().filter(|_| is_one)
}

/// The row and the variant of a name: everything after its first dot.
fn parts(name: &SceneId) -> &str {
    name.as_str().split_once('.').map_or("", |name| name.1)
}

impl<'a> Search<'a> {
    fn new(project: &'a Project) -> Self {
        let likeness = |at| {
            // Likeness ignores the bytes of frames.
            let recipe = project.recipe(at, &|_| Some(Digest::of(b"")));
            Likeness::of(&recipe.expect("with a frame every scene has a recipe").listing())
        };
        let mut left: HashMap<Likeness, BTreeMap<&SceneId, &LockedTake>> = HashMap::new();
        for (name, locked, take) in project.lock.picks() {
            let like = Likeness::of(locked.shared_recipe(take));
            left.entry(like).or_default().insert(name, take);
        }
        Search {
            project,
            positions: project.film.positions(),
            likes: (0..project.film.scenes.len()).map(likeness).collect(),
            left,
            sent: HashMap::new(),
            used: HashSet::new(),
            kept: HashMap::new(),
            found: Renames::default(),
        }
    }

    /// Reads what was sent for this film, once and only if one of these scenes may need it.
    fn read_sent<E>(
        &mut self,
        scenes: &[Unmatched],
        sent: &mut Option<impl FnOnce() -> Result<Vec<Sent>, E>>,
    ) -> Result<(), E> {
        if scenes.iter().any(|scene| !self.has_entry(scene.at))
            && let Some(sent) = sent.take()
        {
            for sent in sent()? {
                self.sent.entry(Likeness::of(&sent.recipe)).or_default().push(sent);
            }
        }
        Ok(())
    }

    fn without_own_entry(&mut self) -> Vec<Unmatched> {
        let project = self.project;
        let mut scenes = Vec::new();
        for (at, like) in self.likes.iter().copied().enumerate() {
            let (seed, wish) = (project.seed(at), project.seed_wish(at));
            let id = &project.scene(at).id;
            // With another seed given, it is another take, and may have been another scene's.
            let is_fixed = matches!(wish, Some(Seed::Fixed(_)));
            let is_own = |take: &LockedTake| !is_fixed || written_seed(wish, take) == seed;
            let own = self.left.get_mut(&like);
            let own = own.filter(|entries| entries.get(id).is_some_and(|take| is_own(take)));
            match own.and_then(|entries| entries.remove(id)) {
                Some(take) => drop(self.used.insert((like, take.seed))),
                None => scenes.push(Unmatched { at, like, seed, wish }),
            }
        }
        scenes
    }

    /// Whether a scene owns a lock entry, by its own name or because of a rename.
    fn has_entry(&self, at: usize) -> bool {
        let id = &self.project.scene(at).id;
        self.project.lock.picked(id).is_some() && !self.found.moved.contains_key(id)
    }

    /// The names that count as the scene's own: the present one and those of `was`.
    fn own_names(&self, at: usize) -> impl Iterator<Item = &'a SceneId> + use<'a> {
        let scene = self.project.scene(at);
        let was = scene.was.iter().flat_map(|was| [&was.id, &was.base]);
        std::iter::once(&scene.id).chain(was)
    }

    /// Gives a scene the entry that its `was` names. A scene with a random seed also continues with
    /// what is running.
    fn take_written(&mut self, scene: &Unmatched) -> bool {
        let id = &self.project.scene(scene.at).id;
        if self.project.lock.picked(id).is_some() {
            return false;
        }
        let named = self.own_names(scene.at).skip(1).find_map(|name| {
            let (name, locked) = self.project.lock.scenes.get_key_value(name)?;
            let like = Likeness::of(locked.shared_recipe(locked.picked_take()?));
            self.left.get_mut(&like)?.remove(name).map(|take| (name, take))
        });
        let Some((name, take)) = named else { return false };
        self.take_over(scene, name, take);
        scene.wish != Some(Seed::Random)
    }

    fn take_same_key(&mut self, scene: &Unmatched) -> bool {
        if scene.wish == Some(Seed::Random) {
            return false;
        }
        self.take_like(scene, scene.seed)
    }

    /// Gives a scene an entry that is like it and has that seed, preferably one of the same row and
    /// variant.
    fn take_like(&mut self, scene: &Unmatched, seed: Option<u32>) -> bool {
        let id = &self.project.scene(scene.at).id;
        let Some(entries) = self.left.get_mut(&scene.like) else { return false };
        let fitting = || entries.iter().filter(|(_, take)| written_seed(scene.wish, take) == seed);
        let same_parts = fitting().find(|(name, _)| parts(name) == parts(id));
        let Some(name) = same_parts.or_else(|| fitting().next()).map(|(name, _)| *name) else {
            return false;
        };
        if let Some(take) = entries.remove(name) {
            self.take_over(scene, name, take);
        }
        true
    }

    /// Gives a scene the lock entry of this name.
    fn take_over(&mut self, scene: &Unmatched, name: &SceneId, take: &LockedTake) {
        self.found.moved.insert(name.clone(), scene.at);
        self.found.former.insert(scene.at, name.clone());
        let is_auto = matches!(scene.wish, Some(Seed::Auto(_)));
        self.keep(scene, take.seed.filter(|_| is_auto).or(scene.seed));
    }

    /// Records that a scene's seed is decided.
    fn keep(&mut self, scene: &Unmatched, seed: Option<u32>) {
        self.used.insert((scene.like, seed));
        if let Some(seed) = seed {
            self.kept.entry((scene.like, scene.seed)).or_insert(seed);
        }
        self.found.seeds.extend(seed.map(|seed| (scene.at, seed)));
    }

    /// Continues with what was sent under a scene's own name.
    fn take_own_request(&mut self, scene: &Unmatched) -> bool {
        if self.has_entry(scene.at) {
            return false;
        }
        let names: Vec<&SceneId> = self.own_names(scene.at).collect();
        let alike = self.sent.get(&scene.like).into_iter().flatten();
        let mut own = alike.filter(|sent| names.contains(&&sent.scene));
        let newest = match scene.wish {
            // Keep a random seed until its take is in the lock.
            Some(Seed::Random) => own.rfind(|sent| sent.rank() != Sent::FAILED),
            _ => own.max_by_key(|sent| sent.rank()),
        };
        let Some(sent) = newest.filter(|sent| !self.project.locks(&sent.key)).cloned() else {
            return false;
        };
        self.keep(scene, seed_of(&sent.recipe));
        if sent.scene != *names[0] {
            self.found.former.entry(scene.at).or_insert(sent.scene);
        }
        true
    }

    /// Gives a scene the seed of another variant of it: the request that they share was sent under
    /// the name of only one of them.
    fn take_seed_of_variant(&mut self, scene: &Unmatched) -> bool {
        let kept = self.kept.get(&(scene.like, scene.seed)).copied();
        let is_auto = matches!(scene.wish, Some(Seed::Auto(_)));
        let Some(seed) = kept.filter(|_| is_auto) else { return false };
        self.keep(scene, Some(seed));
        true
    }

    /// Gives alike scenes the lock entries that are like them. Returns whether there are any.
    fn take_from_lock(&mut self, scenes: &[Unmatched]) -> bool {
        let Unmatched { like, wish, .. } = scenes[0];
        let entries = self.left.get(&like).into_iter().flatten();
        let entries: Vec<_> = entries.filter(|(_, take)| take.seed.is_some()).collect();
        if entries.is_empty() || wish == Some(Seed::Random) {
            return false;
        }
        match one_seed(scenes, entries.iter().map(|(_, take)| take.seed)) {
            Some(seed) => {
                for scene in scenes {
                    if !self.take_like(scene, Some(seed)) {
                        self.keep(scene, Some(seed));
                    }
                }
            }
            None => {
                let names = entries.into_iter().map(|(name, _)| (*name).clone()).collect();
                let pending = self.requests_left(like);
                self.leave_unclear(scenes, names, pending);
            }
        }
        true
    }

    /// Gives alike scenes what was sent under a name that remains.
    fn take_from_ledger(&mut self, scenes: &[Unmatched]) {
        let Some(first) = scenes.first() else { return };
        let mut left = self.requests_left(first.like);
        let Some(best) = left.iter().map(Sent::rank).max() else { return };
        left.retain(|sent| sent.rank() == best);
        if first.wish == Some(Seed::Random) && best != Sent::PENDING {
            return;
        }
        let Some(seed) = one_seed(scenes, left.iter().map(|sent| seed_of(&sent.recipe))) else {
            // Failed requests were not paid.
            if best != Sent::FAILED {
                let names = left.iter().map(|sent| sent.scene.clone()).collect();
                self.leave_unclear(scenes, names, left);
            }
            return;
        };
        for scene in scenes {
            let own = parts(&self.project.scene(scene.at).id);
            let same_parts = left.iter().find(|sent| parts(&sent.scene) == own);
            let former = same_parts.unwrap_or(&left[0]).scene.clone();
            self.found.former.insert(scene.at, former);
            self.keep(scene, Some(seed));
        }
    }

    /// The requests with this likeness that no scene owns by its name or its seed.
    fn requests_left(&self, like: Likeness) -> Vec<Sent> {
        let is_left = |sent: &&Sent| {
            let owner = self.positions.get(&sent.scene);
            owner.is_none_or(|at| self.likes[*at] != like)
                && !self.used.contains(&(like, seed_of(&sent.recipe)))
                && !self.project.locks(&sent.key)
        };
        self.sent.get(&like).into_iter().flatten().filter(is_left).cloned().collect()
    }

    fn leave_unclear(
        &mut self,
        scenes: &[Unmatched],
        mut names: BTreeSet<SceneId>,
        mut requests: Vec<Sent>,
    ) {
        requests.retain(|sent| sent.rank() == Sent::PENDING);
        let pending: BTreeMap<_, _> =
            requests.into_iter().map(|sent| (sent.scene, sent.outcome)).collect();
        names.extend(pending.keys().cloned());
        let positions = scenes.iter().map(|scene| scene.at).collect();
        self.found.unclear.push(UnclearRename { positions, names, pending });
    }

    /// Gives scenes the entries that have other takes only: the film's own one failed, or is still
    /// running. Takes that are like a scene belong to it whatever its seed.
    fn take_rolls(&mut self) {
        for (name, locked) in &self.project.lock.scenes {
            if locked.picked_take().is_some() || self.found.moved.contains_key(name) {
                continue;
            }
            let likes: HashSet<Likeness> =
                locked.takes.iter().map(|take| Likeness::of(locked.shared_recipe(take))).collect();
            let is_like = |at: &usize| likes.contains(&self.likes[*at]);
            if likes.is_empty() || self.positions.get(name).is_some_and(is_like) {
                continue;
            }
            let alike = (0..self.likes.len()).filter(is_like);
            let known = |at: &usize| self.found.former.get(at) == Some(name);
            let same_parts = |at: &usize| parts(&self.project.scene(*at).id) == parts(name);
            let best = alike.max_by_key(|at| (known(at), same_parts(at), std::cmp::Reverse(*at)));
            if let Some(at) = best {
                self.found.moved.insert(name.clone(), at);
                self.found.former.entry(at).or_insert_with(|| name.clone());
            }
        }
    }

    /// A scene whose entry went to another scene still keeps its seed: its later requests used that
    /// seed.
    fn finish(mut self) -> Renames {
        self.take_rolls();
        for name in self.found.moved.keys() {
            let Some(at) = self.positions.get(name).copied() else { continue };
            let is_auto = matches!(self.project.seed_wish(at), Some(Seed::Auto(_)));
            if let Some(seed) = self.project.seed(at).filter(|_| is_auto) {
                self.found.seeds.entry(at).or_insert(seed);
            }
        }
        self.found
    }
}
