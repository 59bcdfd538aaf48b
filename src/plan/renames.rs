//! Renames: which scene of the film is which of before, whatever both are called.
//!
//! The lock and the ledger know takes by the names that scenes had. A take is a scene's own where
//! the name is the same and the recipes differ at most in the seed. What is left then, because
//! nobody has its name or whoever has it asks for something else, is given to a scene that has no
//! take and whose recipe differs at most in the seed: that scene was renamed, and keeps the seed, so
//! that it has the same key and pays nothing. Two scenes that swap names, or a row of scenes that
//! move on by one number, are found in this way as well.
//!
//! A scene that was renamed and changed at once is not recognised: it is a new one.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::evidence::{Evidence, Outcome};
use super::graph::Link;
use super::left_behind::{LeftBehind, Trait, parts};
use super::likeness::{Likeness, seed_of, shows_frame};
use super::lock::Lock;
use super::project::{Knowledge, Project};
use super::recipe::{Listing, Recipe};
use crate::base::{Digest, Key, SceneId};
use crate::storyboard::{Film, Seed};

/// A request that this film has sent for a scene, under the name that the scene had then.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The scene's name then.
    pub scene: SceneId,
    /// The key of its recipe.
    pub key: Key,
    /// All that was asked for.
    pub recipe: Listing,
    /// How far it came.
    pub outcome: Outcome,
}

/// Finds the requests of this film that differ from a recipe at most in the seed and the bytes of
/// the frame shown, newest first.
pub type FindSent<'a> = &'a dyn Fn(&Listing) -> Vec<Sent>;

/// What scenes were called before, and the seeds that they keep.
#[derive(Clone, Debug, Default)]
pub(super) struct Renames {
    /// The earlier name of each renamed scene, by its position.
    former: HashMap<usize, SceneId>,
    /// The seeds that scenes keep, by their positions.
    seeds: HashMap<usize, u32>,
    /// The position to which each entry of the lock goes that has another name now.
    moved: BTreeMap<SceneId, usize>,
}

impl Renames {
    /// Looks through the whole film, for what one scene takes no other may have.
    pub fn find(project: &Project, knowledge: &dyn Knowledge, sent: FindSent<'_>) -> Renames {
        let mut search = Search::new(project, knowledge, sent);
        for generation in generations(project) {
            search.settle(&generation);
        }
        search.finish()
    }

    /// Whether there is anything to follow.
    pub fn is_empty(&self) -> bool {
        self.former.is_empty() && self.seeds.is_empty()
    }

    /// What a scene was called before.
    pub fn former(&self, at: usize) -> Option<&SceneId> {
        self.former.get(&at)
    }

    /// The seed that a scene keeps.
    pub fn seed(&self, at: usize) -> Option<u32> {
        self.seeds.get(&at).copied()
    }

    /// The lock with every entry under its scene's present name.
    pub fn carry_over(&self, lock: &Lock, film: &Film) -> Lock {
        let mut scenes = lock.scenes.clone();
        scenes.retain(|name, _| !self.moved.contains_key(name));
        scenes.extend(self.moved.iter().filter_map(|(name, at)| {
            Some((film.scenes[*at].id.clone(), lock.scenes.get(name)?.clone()))
        }));
        Lock { version: lock.version, scenes }
    }
}

/// The scenes by how many frames of frames they show: what a generation shows is known when its
/// turn comes. Film order within.
fn generations(project: &Project) -> Vec<Vec<usize>> {
    let mut depths = vec![0; project.film.scenes.len()];
    let mut generations: Vec<Vec<usize>> = Vec::new();
    for &at in project.graph.order() {
        depths[at] = project.graph.frame_source(at).map_or(0, |source| depths[source] + 1);
    }
    for (at, depth) in depths.into_iter().enumerate() {
        generations.resize_with(generations.len().max(depth + 1), Vec::new);
        generations[depth].push(at);
    }
    generations
}

/// A recipe as far as it is known, but for the seed.
#[derive(Clone, Copy)]
struct Sketch {
    likeness: Likeness,
    /// Whether the bytes of a frame that it shows are known and count.
    with_frame: bool,
}

impl Sketch {
    fn of(listing: &Listing, with_frame: bool) -> Sketch {
        Sketch { likeness: Likeness::of(listing, with_frame), with_frame }
    }

    fn is_of(&self, listing: &Listing) -> bool {
        self.likeness == Likeness::of(listing, self.with_frame)
    }
}

/// A scene of which it is not known yet which take is its own.
struct Wanting {
    at: usize,
    sketch: Sketch,
    /// Its recipe with the seed that it has by its present name, and the key of that; `None` while
    /// it waits for a frame.
    recipe: Option<(Recipe, Key)>,
    listing: Listing,
}

struct Search<'a> {
    project: &'a Project,
    knowledge: &'a dyn Knowledge,
    sent: FindSent<'a>,
    positions: HashMap<&'a SceneId, usize>,
    left: LeftBehind<'a>,
    /// The scenes that have the key of their own entry of the lock.
    own: HashSet<usize>,
    /// What the other scenes ask for, as far as the search has come.
    sketches: HashMap<usize, Sketch>,
    /// The keys that scenes have.
    keys: HashSet<Key>,
    /// The video of each scene whose frames others show.
    artifacts: HashMap<usize, Digest>,
    /// The seeds that scenes keep, by their names without variants, which share them.
    shared: HashMap<&'a SceneId, u32>,
    found: Renames,
}

/// The ways to find a scene's take, the surest first. Each is tried for all scenes before the next.
const WAYS: [fn(&mut Search<'_>, &Wanting) -> bool; 8] = [
    |search, scene| search.by_key(scene, true),
    |search, scene| search.by_key(scene, false),
    |search, scene| search.in_lock(scene),
    |search, scene| search.by_likeness(scene, true),
    |search, scene| search.by_likeness(scene, false),
    |search, scene| search.in_ledger(scene),
    |search, scene| search.as_sent(scene),
    |search, scene| search.as_variant(scene),
];

impl<'a> Search<'a> {
    fn new(project: &'a Project, knowledge: &'a dyn Knowledge, sent: FindSent<'a>) -> Self {
        let positions = project.film.positions();
        let mut left = LeftBehind::default();
        for (name, take) in &project.lock.scenes {
            // Whether a scene that shows a frame still has the take of its name is seen later.
            let is_left = positions.get(name).is_none_or(|at| {
                shows_frame(&take.recipe) != project.graph.frame_source(*at).is_some()
            });
            if is_left {
                left.add(name, take);
            }
        }
        Search {
            project,
            knowledge,
            sent,
            positions,
            left,
            own: HashSet::new(),
            sketches: HashMap::new(),
            keys: HashSet::new(),
            artifacts: HashMap::new(),
            shared: HashMap::new(),
            found: Renames::default(),
        }
    }

    fn settle(&mut self, generation: &[usize]) {
        let (mut wanting, project) = (Vec::new(), self.project);
        for &at in generation {
            let own = project.lock.scenes.get_key_value(&project.scene(at).id);
            let recipe = self.recipe(at);
            if let (Some((_, take)), Some((_, key))) = (own, &recipe)
                && take.key == *key
            {
                self.own.insert(at);
                self.note(at, *key);
                continue;
            }
            let scene = self.wanting(at, recipe);
            self.sketches.insert(at, scene.sketch);
            match own {
                Some((_, take)) if scene.sketch.is_of(&take.recipe) => self.keep(&scene, None),
                Some((name, take)) => {
                    self.left.add(name, take);
                    wanting.push(scene);
                }
                None => wanting.push(scene),
            }
        }
        for way in WAYS {
            wanting.retain(|scene| !way(self, scene));
        }
    }

    fn recipe(&self, at: usize) -> Option<(Recipe, Key)> {
        let source = self.project.graph.frame_source(at);
        let frame_of = source.and_then(|source| self.artifacts.get(&source).copied());
        let recipe = self.project.recipe(at, frame_of)?;
        let key = recipe.key();
        Some((recipe, key))
    }

    fn wanting(&self, at: usize, recipe: Option<(Recipe, Key)>) -> Wanting {
        // Whatever stands for the bytes is not looked at.
        let stand_in = || self.project.recipe(at, Some(Digest::of(b"")));
        let known = recipe.as_ref().map(|(recipe, _)| recipe.clone());
        let listing = known.or_else(stand_in);
        let listing = listing.expect("with a frame every scene has a recipe").listing();
        Wanting { at, sketch: Sketch::of(&listing, recipe.is_some()), recipe, listing }
    }

    /// Notes that a scene's recipe is settled, with another seed if one is given.
    fn keep(&mut self, scene: &Wanting, seed: Option<u32>) {
        let base = &self.project.scene(scene.at).base;
        if let Some(seed) = seed {
            self.found.seeds.insert(scene.at, seed);
            self.shared.entry(base).or_insert(seed);
        }
        if let Some(key) = scene.key(seed) {
            self.note(scene.at, key);
        }
    }

    /// Notes a scene's key, and its video where others show frames of it.
    fn note(&mut self, at: usize, key: Key) {
        self.keys.insert(key);
        let followers = self.project.graph.followers(at);
        if followers.iter().any(|(_, link)| *link == Link::Frame) {
            let video = self.project.evidence(at, &key, self.knowledge).digest;
            self.artifacts.extend(video.map(|video| (at, video)));
        }
    }

    /// A take that was left behind has the key that the scene has anyway.
    fn by_key(&mut self, scene: &Wanting, same_parts: bool) -> bool {
        let Some(key) = scene.key(None) else { return false };
        self.give(scene, Trait::Key(key), same_parts)
    }

    /// A take that was left behind differs at most in the seed.
    fn by_likeness(&mut self, scene: &Wanting, same_parts: bool) -> bool {
        self.give(scene, Trait::Likeness(scene.sketch.likeness), same_parts)
    }

    fn give(&mut self, scene: &Wanting, by: Trait, same_parts: bool) -> bool {
        let of_parts = same_parts.then_some(&self.project.scene(scene.at).id);
        let wish = self.seed_wish(scene.at);
        let fits = |take: &super::lock::LockedTake| match wish {
            Some(Seed::Auto(_)) => scene.has_key(take.seed, &take.key),
            Some(Seed::Fixed(seed)) => take.seed == Some(seed),
            Some(Seed::Random) => false,
            None => take.seed.is_none(),
        };
        let Some((name, take)) = self.left.give(by, of_parts, fits) else { return false };
        self.found.moved.insert(name.clone(), scene.at);
        self.found.former.insert(scene.at, name.clone());
        self.keep(scene, take.seed.filter(|_| matches!(wish, Some(Seed::Auto(_)))));
        true
    }

    /// Another scene has the take: they are made once.
    fn in_lock(&mut self, scene: &Wanting) -> bool {
        let is_there = scene.key(None).is_some_and(|key| self.project.locks(&key));
        if is_there {
            self.keep(scene, self.auto_seed(scene));
        }
        is_there
    }

    /// The ledger knows of the key that the scene has anyway.
    fn in_ledger(&mut self, scene: &Wanting) -> bool {
        let is_known = |key: Key| self.knowledge.of_key(&key) != Evidence::default();
        let is_there = scene.key(None).is_some_and(is_known);
        if is_there {
            self.keep(scene, self.auto_seed(scene));
        }
        is_there
    }

    /// A request was sent that differs at most in the seed. What a scene with a seed in the lock has
    /// asked for besides is left alone.
    fn as_sent(&mut self, scene: &Wanting) -> bool {
        let id = &self.project.scene(scene.at).id;
        let wish = self.seed_wish(scene.at);
        let has_own = self.project.lock.scenes.contains_key(id) && !self.left.is_given(id);
        if has_own || !matches!(wish, Some(Seed::Auto(_) | Seed::Random)) {
            return false;
        }
        let rank = |sent: &Sent| {
            let failed = matches!(sent.outcome, Outcome::Failed(_));
            (sent.scene != *id, failed, parts(&sent.scene) != parts(id))
        };
        let found = (self.sent)(&scene.listing)
            .into_iter()
            .filter(|sent| {
                self.is_left(scene, sent) && (wish != Some(Seed::Random) || sent.is_open())
            })
            .min_by_key(rank);
        let Some(sent) = found else { return false };
        if sent.scene != *id {
            self.found.former.insert(scene.at, sent.scene);
        }
        self.keep(scene, seed_of(&sent.recipe));
        true
    }

    /// Whether nobody else has what was sent, and it is like the scene's recipe.
    fn is_left(&self, scene: &Wanting, sent: &Sent) -> bool {
        let id = &self.project.scene(scene.at).id;
        let has_left = |at: &usize| match self.sketch_of(*at) {
            Some(sketch) => !sketch.is_of(&sent.recipe),
            // Its turn comes later.
            None => shows_frame(&sent.recipe) != self.project.graph.frame_source(*at).is_some(),
        };
        scene.sketch.is_of(&sent.recipe)
            && scene.has_key(seed_of(&sent.recipe), &sent.key)
            && !self.keys.contains(&sent.key)
            && !self.project.locks(&sent.key)
            && (sent.scene == *id || self.positions.get(&sent.scene).is_none_or(has_left))
    }

    /// Another variant of the scene keeps a seed, and variants share theirs.
    fn as_variant(&mut self, scene: &Wanting) -> bool {
        let wish = self.seed_wish(scene.at);
        let seed = self.shared.get(&self.project.scene(scene.at).base).copied();
        let seed = seed.filter(|_| matches!(wish, Some(Seed::Auto(_) | Seed::Random)));
        if seed.is_some() {
            self.keep(scene, seed);
        }
        seed.is_some()
    }

    /// What a scene asks for, if it has had its turn.
    fn sketch_of(&self, at: usize) -> Option<Sketch> {
        let own = || self.own.contains(&at).then(|| self.project.locked(at)).flatten();
        let of_own = || own().map(|take| Sketch::of(&take.recipe, true));
        self.sketches.get(&at).copied().or_else(of_own)
    }

    fn seed_wish(&self, at: usize) -> Option<Seed> {
        self.project.scene(at).clip()?.seed
    }

    /// The seed that a scene has anyway, where another name would give it another.
    fn auto_seed(&self, scene: &Wanting) -> Option<u32> {
        let is_auto = matches!(self.seed_wish(scene.at), Some(Seed::Auto(_)));
        scene.recipe.as_ref().filter(|_| is_auto)?.0.seed
    }

    /// Whoever has given its entry of the lock away keeps the seed all the same.
    fn finish(mut self) -> Renames {
        for name in self.found.moved.keys() {
            let Some(at) = self.positions.get(name).copied() else { continue };
            let is_auto = matches!(self.seed_wish(at), Some(Seed::Auto(_)));
            if let Some(seed) = self.project.seed(at).filter(|_| is_auto) {
                self.found.seeds.entry(at).or_insert(seed);
            }
        }
        self.found
    }
}

impl Wanting {
    /// The key with another seed, if one is given; `None` while the recipe is not known.
    fn key(&self, seed: Option<u32>) -> Option<Key> {
        let (recipe, key) = self.recipe.as_ref()?;
        Some(match seed {
            Some(_) if seed != recipe.seed => Recipe { seed, ..recipe.clone() }.key(),
            _ => *key,
        })
    }

    /// Whether its key with that seed is this one, as far as can be known.
    fn has_key(&self, seed: Option<u32>, key: &Key) -> bool {
        seed.is_some() && self.key(seed).is_none_or(|own| own == *key)
    }
}

impl Sent {
    /// Whether it may be running, or has run unseen.
    fn is_open(&self) -> bool {
        matches!(self.outcome, Outcome::Open(_) | Outcome::Doubt)
    }
}
