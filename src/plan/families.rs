//! Families: a take and all that shows frames of it, and frames of those.
//!
//! Several scenes may differ in nothing but their seeds. If they are renamed together, what was made
//! from their frames tells them apart: whoever gave a scene the take of another would pay for all
//! that follows from it.

use std::collections::{HashMap, HashSet, VecDeque};

use super::graph::Link;
use super::key::Listing;
use super::left_behind::parts;
use super::likeness::{Likeness, seed_of};
use super::lock::Lock;
use super::project::Project;
use crate::base::{Digest, SceneId};
use crate::storyboard::Seed;

/// What the family of each scene, and of each entry of the lock, is like.
pub(super) struct Families<'a> {
    scenes: HashMap<usize, Digest>,
    /// The entries by family and likeness, and by row and variant as well.
    entries: HashMap<Digest, VecDeque<&'a SceneId>>,
}

impl<'a> Families<'a> {
    /// The families of a film and of its lock.
    pub fn of(project: &'a Project) -> Families<'a> {
        let fixed = project.film.scenes.iter().filter_map(|scene| match scene.clip()?.seed? {
            Seed::Fixed(seed) => Some(seed),
            Seed::Auto(_) | Seed::Random => None,
        });
        let fixed: HashSet<u32> = fixed.collect();
        let mut entries: HashMap<Digest, VecDeque<&SceneId>> = HashMap::new();
        let families = of_lock(&project.lock, &fixed);
        for (name, take) in &project.lock.scenes {
            let Some(family) = families.get(name) else { continue };
            let likeness = Likeness::of(&take.recipe, true);
            for parts in [None, Some(parts(name))] {
                entries.entry(filed(family, likeness, parts)).or_default().push_back(name);
            }
        }
        Families { scenes: of_film(project, &fixed), entries }
    }

    /// The next entry of the lock that is like a scene, as is its family, and that is wanted; no entry
    /// is shown twice. With parts, only one of that row and variant.
    pub fn next(
        &mut self,
        at: usize,
        likeness: Likeness,
        parts: Option<&str>,
        mut is_wanted: impl FnMut(&'a SceneId) -> bool,
    ) -> Option<&'a SceneId> {
        let entries = self.entries.get_mut(&filed(self.scenes.get(&at)?, likeness, parts))?;
        std::iter::from_fn(|| entries.pop_front()).find(|name| is_wanted(name))
    }
}

/// What an entry is filed under.
fn filed(family: &Digest, likeness: Likeness, parts: Option<&str>) -> Digest {
    Digest::of(format!("{family} {} {parts:?}", likeness.digest()).as_bytes())
}

/// A scene's own part, and those of its family. Seeds count where somebody wrote them.
fn family(listing: &Listing, fixed: &HashSet<u32>, mut children: Vec<Digest>) -> Digest {
    children.sort();
    let likeness = Likeness::of(listing, false).digest();
    let seed = seed_of(listing).filter(|seed| fixed.contains(seed));
    Digest::of(format!("{likeness} {seed:?} {children:?}").as_bytes())
}

fn of_film(project: &Project, fixed: &HashSet<u32>) -> HashMap<usize, Digest> {
    let mut families = HashMap::new();
    for &at in project.graph.order().iter().rev() {
        let followers = project.graph.followers(at).into_iter();
        let shows = followers.filter(|(_, link)| *link == Link::Frame);
        let children: Vec<Digest> =
            shows.filter_map(|(at, _)| families.get(&at).copied()).collect();
        // Whatever stands for the bytes of a frame is not looked at.
        let Some(recipe) = project.recipe(at, Some(Digest::of(b""))) else { continue };
        families.insert(at, family(&recipe.listing(), fixed, children));
    }
    families
}

/// Linear in the lock: an artifact's turn comes when all that shows frames of it has had its own.
fn of_lock<'a>(lock: &'a Lock, fixed: &HashSet<u32>) -> HashMap<&'a SceneId, Digest> {
    let mut waits_for: HashMap<Digest, usize> = HashMap::new();
    let mut named: HashMap<Digest, Vec<&SceneId>> = HashMap::new();
    for (name, take) in &lock.scenes {
        named.entry(take.artifact).or_default().push(name);
        if let Some(shown) = shown_by(&take.recipe) {
            *waits_for.entry(shown).or_default() += 1;
        }
    }
    let mut children: HashMap<Digest, Vec<Digest>> = HashMap::new();
    let mut families: HashMap<&SceneId, Digest> = HashMap::new();
    let mut ready: Vec<Digest> =
        named.keys().filter(|artifact| !waits_for.contains_key(artifact)).copied().collect();
    while let Some(artifact) = ready.pop() {
        let shows = children.remove(&artifact).unwrap_or_default();
        for name in named.remove(&artifact).unwrap_or_default() {
            let recipe = &lock.scenes[name].recipe;
            let family = family(recipe, fixed, shows.clone());
            families.insert(name, family);
            let Some(shown) = shown_by(recipe) else { continue };
            children.entry(shown).or_default().push(family);
            if let Some(waits) = waits_for.get_mut(&shown) {
                *waits -= 1;
                ready.extend((*waits == 0).then_some(shown));
            }
        }
    }
    families
}

/// The artifact whose frame a recipe shows.
fn shown_by(recipe: &Listing) -> Option<Digest> {
    recipe.get("image")?.get("artifact")?.as_str()?.parse().ok()
}
