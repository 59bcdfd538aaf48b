//! The search for renamed scenes: who has which take, over the whole film at once.
//!
//! Scenes have their turns in generations, so that the frames that they show are known by then. In
//! each generation the surest way to find a take is tried for all before the next, for no scene may
//! take what another has a better right to.

use std::collections::{HashMap, HashSet};

use super::families::Families;
use super::graph::Link;
use super::key::{Listing, Recipe};
use super::left_behind::{LeftBehind, Trait, parts};
use super::likeness::{Sketch, seed_of};
use super::lock::LockedTake;
use super::project::{Inventory, Project};
use super::recovery::{Evidence, SubmissionOutcome};
use super::renames::{FindSent, Renames, Sent};
use crate::base::{Digest, Key, SceneId};
use crate::storyboard::Seed;

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

/// A scene of which it is not known yet which take is its own.
struct Wanting {
    at: usize,
    sketch: Sketch,
    /// Its recipe with the seed that it has by its present name, and the key of that; `None` while
    /// it waits for a frame.
    recipe: Option<(Recipe, Key)>,
    listing: Listing,
}

/// How far the search has come.
struct Turns<'a> {
    positions: HashMap<&'a SceneId, usize>,
    /// The scenes that have the key of their own entry of the lock.
    own: HashSet<usize>,
    /// What the other scenes ask for.
    sketches: HashMap<usize, Sketch>,
}

/// The search through one film.
pub(super) struct Search<'a> {
    project: &'a Project,
    knowledge: &'a dyn Inventory,
    sent: FindSent<'a>,
    turns: Turns<'a>,
    left: LeftBehind<'a>,
    /// Worked out when they are first asked for: few films have scenes that are so much alike.
    families: Option<Families<'a>>,
    /// The keys that scenes have.
    keys: HashSet<Key>,
    /// The video of each scene whose frames others show.
    artifacts: HashMap<usize, Digest>,
    /// The seeds that scenes keep, by their names without variants, which share them.
    shared: HashMap<&'a SceneId, u32>,
    found: Renames,
}

/// The ways to find a scene's take, the surest first. Each is tried for all scenes before the next.
const WAYS: [fn(&mut Search<'_>, &Wanting) -> bool; 10] = [
    |search, scene| search.by_key(scene, true),
    |search, scene| search.by_key(scene, false),
    |search, scene| search.in_lock(scene),
    |search, scene| search.in_ledger(scene),
    |search, scene| search.by_family(scene, true),
    |search, scene| search.by_family(scene, false),
    |search, scene| search.by_likeness(scene, true),
    |search, scene| search.by_likeness(scene, false),
    |search, scene| search.as_sent(scene),
    |search, scene| search.as_variant(scene),
];

impl<'a> Search<'a> {
    /// A search that has not begun.
    pub fn new(project: &'a Project, knowledge: &'a dyn Inventory, sent: FindSent<'a>) -> Self {
        let positions = project.film.positions();
        let mut left = LeftBehind::default();
        for (name, take) in &project.lock.scenes {
            // Whoever shows a frame may turn out to have lost the take of its name, and a scene
            // whose turn comes before may ask for just that.
            let shows_frame = |at: &usize| project.graph.frame_source(*at).is_some();
            if positions.get(name).is_none_or(shows_frame) {
                left.add(name, take);
            }
        }
        Search {
            project,
            knowledge,
            sent,
            turns: Turns { positions, own: HashSet::new(), sketches: HashMap::new() },
            left,
            families: None,
            keys: HashSet::new(),
            artifacts: HashMap::new(),
            shared: HashMap::new(),
            found: Renames::default(),
        }
    }

    /// Looks through the film.
    pub fn run(mut self) -> Renames {
        for generation in generations(self.project) {
            self.settle(&generation);
        }
        self.finish()
    }

    fn settle(&mut self, generation: &[usize]) {
        let (mut wanting, project) = (Vec::new(), self.project);
        for &at in generation {
            let own = project.lock.scenes.get_key_value(&project.scene(at).id);
            let own = own.filter(|(name, _)| !self.left.is_given(name));
            let recipe = self.recipe(at);
            if let (Some((name, take)), Some((_, key))) = (own, &recipe)
                && take.key == *key
            {
                self.left.leave(name);
                self.turns.own.insert(at);
                self.note(at, *key);
                continue;
            }
            let scene = self.wanting(at, recipe);
            self.turns.sketches.insert(at, scene.sketch);
            match own {
                Some((name, take)) if self.is_own(at, scene.sketch, &take.recipe) => {
                    self.left.leave(name);
                    self.keep(&scene, None);
                }
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

    /// Whether what was made or sent under a scene's name is its own still: nobody has written another
    /// seed for it, and all else is as it was.
    fn is_own(&self, at: usize, sketch: Sketch, listing: &Listing) -> bool {
        let other_seed = match self.project.seed_wish(at) {
            Some(Seed::Fixed(seed)) => seed_of(listing) != Some(seed),
            Some(Seed::Auto(_) | Seed::Random) | None => false,
        };
        !other_seed && sketch.is_of(listing)
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
        if self.feeds_others(at) {
            let video = self.project.evidence(at, &key, self.knowledge).digest;
            self.artifacts.extend(video.map(|video| (at, video)));
        }
    }

    /// A take that was left behind has the key that the scene has anyway.
    fn by_key(&mut self, scene: &Wanting, same_parts: bool) -> bool {
        let key = scene.key(None).filter(|_| self.has_sure_seed(scene.at));
        key.is_some_and(|key| self.give(scene, Trait::Key(key), same_parts))
    }

    /// A take that was left behind differs at most in the seed. Where that is written, the key has
    /// been looked for already.
    fn by_likeness(&mut self, scene: &Wanting, same_parts: bool) -> bool {
        let is_auto = matches!(self.project.seed_wish(scene.at), Some(Seed::Auto(_)));
        if scene.recipe.is_some() && !is_auto {
            return false;
        }
        self.give(scene, Trait::Likeness(scene.sketch.likeness), same_parts)
    }

    /// A take that was left behind differs at most in the seed, and so does all that was made from
    /// its frames.
    fn by_family(&mut self, scene: &Wanting, same_parts: bool) -> bool {
        if !self.feeds_others(scene.at) || scene.recipe.is_none() {
            return false;
        }
        let project = self.project;
        let own_parts = same_parts.then(|| parts(&project.scene(scene.at).id));
        let families = self.families.get_or_insert_with(|| Families::of(project));
        let (wish, turns, left) = (project.seed_wish(scene.at), &self.turns, &mut self.left);
        let is_wanted = |name: &'a SceneId| {
            scene.may_have(wish, turns, name, &project.lock.scenes[name]) && left.give_this(name)
        };
        match families.next(scene.at, scene.sketch.likeness, own_parts, is_wanted) {
            Some(name) => self.take_over(scene, name, &project.lock.scenes[name]),
            None => false,
        }
    }

    /// Whether others show frames of a scene.
    fn feeds_others(&self, at: usize) -> bool {
        let followers = self.project.graph.followers(at);
        followers.iter().any(|(_, link)| *link == Link::Frame)
    }

    fn give(&mut self, scene: &Wanting, by: Trait, same_parts: bool) -> bool {
        let of_parts = same_parts.then_some(&self.project.scene(scene.at).id);
        let (wish, turns) = (self.project.seed_wish(scene.at), &self.turns);
        let fits = |name: &SceneId, take: &LockedTake| scene.may_have(wish, turns, name, take);
        match self.left.give(by, of_parts, fits) {
            Some((name, take)) => self.take_over(scene, name, take),
            None => false,
        }
    }

    /// Gives a scene the entry of the lock that had this name.
    fn take_over(&mut self, scene: &Wanting, name: &SceneId, take: &LockedTake) -> bool {
        let is_auto = matches!(self.project.seed_wish(scene.at), Some(Seed::Auto(_)));
        self.found.moved.insert(name.clone(), scene.at);
        self.found.former.insert(scene.at, name.clone());
        self.keep(scene, take.seed.filter(|_| is_auto));
        true
    }

    /// Whether a scene's seed is written or kept, and not merely derived from its present name: among
    /// thousands of scenes that are alike, a derived seed is that of another by chance.
    fn has_sure_seed(&self, at: usize) -> bool {
        let is_auto = matches!(self.project.seed_wish(at), Some(Seed::Auto(_)));
        !is_auto || self.project.keeps_seed(at)
    }

    /// Another scene has the take: they are made once.
    fn in_lock(&mut self, scene: &Wanting) -> bool {
        let key = scene.key(None).filter(|_| self.has_sure_seed(scene.at));
        let is_there = key.is_some_and(|key| self.project.locks(&key));
        if is_there {
            self.keep(scene, self.auto_seed(scene));
        }
        is_there
    }

    /// The ledger knows of the key that the scene has anyway.
    fn in_ledger(&mut self, scene: &Wanting) -> bool {
        let may_be = |key: &Key| self.has_sure_seed(scene.at) || !self.project.locks(key);
        let is_known =
            |key: Key| may_be(&key) && self.knowledge.of_key(&key) != Evidence::default();
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
        let wish = self.project.seed_wish(scene.at);
        let has_own = self.project.lock.scenes.contains_key(id) && !self.left.is_given(id);
        if has_own || !matches!(wish, Some(Seed::Auto(_) | Seed::Random)) {
            return false;
        }
        // Requests were sent in film order, so those of scenes that are alike stay in it.
        let rank = |(at, sent): &(usize, Sent)| {
            let failed = matches!(sent.outcome, SubmissionOutcome::Failed(_));
            let (is_own, has_parts) = (sent.scene == *id, parts(&sent.scene) == parts(id));
            let age = if is_own { usize::MAX - at } else { *at };
            (!is_own, failed, !has_parts, age)
        };
        let is_wanted = |sent: &Sent| {
            self.is_left(scene, sent) && (wish != Some(Seed::Random) || sent.is_open())
        };
        let found = (self.sent)(&scene.listing).into_iter().enumerate();
        let found = found.filter(|(_, sent)| is_wanted(sent)).min_by_key(rank);
        let Some((_, sent)) = found else { return false };
        if sent.scene != *id {
            self.found.former.insert(scene.at, sent.scene);
        }
        self.keep(scene, seed_of(&sent.recipe));
        true
    }

    /// Whether nobody else has what was sent, and it is like the scene's recipe.
    fn is_left(&self, scene: &Wanting, sent: &Sent) -> bool {
        let id = &self.project.scene(scene.at).id;
        let has_left = |at: &usize| match self.turns.sketch_of(*at, self.project) {
            Some(sketch) => !self.is_own(*at, sketch, &sent.recipe),
            // Its turn comes later, and the frame that it shows is another's.
            None => scene.recipe.is_some(),
        };
        scene.sketch.is_of(&sent.recipe)
            && scene.has_key(seed_of(&sent.recipe), &sent.key)
            && !self.keys.contains(&sent.key)
            && !self.project.locks(&sent.key)
            && (sent.scene == *id || self.turns.positions.get(&sent.scene).is_none_or(has_left))
    }

    /// Another variant of the scene keeps a seed, and variants share theirs.
    fn as_variant(&mut self, scene: &Wanting) -> bool {
        let wish = self.project.seed_wish(scene.at);
        let seed = self.shared.get(&self.project.scene(scene.at).base).copied();
        let seed = seed.filter(|_| matches!(wish, Some(Seed::Auto(_) | Seed::Random)));
        if seed.is_some() {
            self.keep(scene, seed);
        }
        seed.is_some()
    }

    /// The seed that a scene has anyway, where another name would give it another.
    fn auto_seed(&self, scene: &Wanting) -> Option<u32> {
        let is_auto = matches!(self.project.seed_wish(scene.at), Some(Seed::Auto(_)));
        scene.recipe.as_ref().filter(|_| is_auto)?.0.seed
    }

    /// Whoever has given its entry of the lock away keeps the seed all the same.
    fn finish(mut self) -> Renames {
        for name in self.found.moved.keys() {
            let Some(at) = self.turns.positions.get(name).copied() else { continue };
            let is_auto = matches!(self.project.seed_wish(at), Some(Seed::Auto(_)));
            if let Some(seed) = self.project.seed(at).filter(|_| is_auto) {
                self.found.seeds.entry(at).or_insert(seed);
            }
        }
        self.found
    }
}

impl Turns<'_> {
    /// Whether it is known if the scene of that name has the take of its name.
    fn has_had(&self, name: &SceneId) -> bool {
        let is_known = |at: &usize| self.own.contains(at) || self.sketches.contains_key(at);
        self.positions.get(name).is_none_or(is_known)
    }

    /// What a scene asks for, if it has had its turn.
    fn sketch_of(&self, at: usize, project: &Project) -> Option<Sketch> {
        let own = || self.own.contains(&at).then(|| project.locked(at)).flatten();
        let of_own = || own().map(|take| Sketch::of(&take.recipe, true));
        self.sketches.get(&at).copied().or_else(of_own)
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

    /// Whether it can have a take of the lock by its seed, and nobody can still ask for it by name.
    fn may_have(
        &self,
        wish: Option<Seed>,
        turns: &Turns<'_>,
        name: &SceneId,
        take: &LockedTake,
    ) -> bool {
        let has_seed = match wish {
            Some(Seed::Auto(_)) => self.has_key(take.seed, &take.key),
            Some(Seed::Fixed(seed)) => take.seed == Some(seed),
            Some(Seed::Random) => false,
            None => take.seed.is_none(),
        };
        has_seed && (self.recipe.is_some() || turns.has_had(name))
    }

    /// Whether its key with that seed is this one, as far as can be known.
    fn has_key(&self, seed: Option<u32>, key: &Key) -> bool {
        seed.is_some() && self.key(seed).is_none_or(|own| own == *key)
    }
}
