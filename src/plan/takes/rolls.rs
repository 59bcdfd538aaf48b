//! Rolls: the takes of a scene besides its own, which people choose from.
//!
//! Their seeds are derived from the recipe and a count, so the same request always means the same
//! takes: a roll that was interrupted is recognised and continued, and nothing is paid twice. A
//! model without seeds gets a salt instead, which changes the key and is not sent.

use std::collections::{BTreeSet, HashMap};

use crate::base::{Digest, Key};
use crate::catalog::SeedRange;
use crate::plan::key::{Likeness, TakeChoice, choice_of};
use crate::plan::lock::LockedTake;
use crate::plan::project::{Project, ProviderChoice, VideoOf};

/// How many counts are tried for one roll; seeds collide seldom.
const TRIES_MAX: u32 = 1_000;
/// How many more takes are offered than requested, because some may have failed before.
const SPARE: u32 = 20;

/// One take of a scene besides its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roll {
    /// What distinguishes it.
    pub choice: TakeChoice,
    /// Why it is planned.
    pub reason: RollReason,
}

/// The rolls that were begun, by what their recipes have in common. Names say nothing about whose
/// they are: scenes get renamed, and swap names.
pub type BegunRolls = HashMap<Likeness, Vec<(Key, TakeChoice)>>;

/// Why a roll is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollReason {
    /// The storyboard asks for several takes.
    Written,
    /// The user asks for more.
    Requested,
    /// An earlier run began it.
    Begun,
}

/// Every roll that was begun.
pub fn begun_rolls(project: &Project) -> BegunRolls {
    let mut begun = BegunRolls::new();
    for sent in &project.options.begun_rolls {
        let rolls = begun.entry(Likeness::of(&sent.recipe)).or_default();
        rolls.push((sent.key, choice_of(&sent.recipe)));
    }
    begun
}

/// The rolls that a plan may have for the scene at a position, the best first. There are more
/// requested ones than were requested. A preview has none: its takes do not differ.
pub fn rolls(project: &Project, at: usize, video_of: VideoOf<'_>, begun: &BegunRolls) -> Vec<Roll> {
    let scene = project.scene(at);
    let options = &project.options;
    let reroll = options.reroll.as_ref().filter(|reroll| reroll.scenes.contains(&scene.id));
    let is_preview = matches!(options.provider, ProviderChoice::Preview(_));
    if is_preview || (scene.takes <= 1 && reroll.is_none() && begun.is_empty()) {
        return Vec::new();
    }
    // Likeness ignores the bytes of frames, which may not exist yet.
    let Some(written) = project.written_recipe(at, &|_| Some(Digest::of(b""))) else {
        return Vec::new();
    };
    let like = Likeness::of(&written.listing());
    let seeds = project.model(at).seeds;
    let derived = (2..TRIES_MAX).map(|count| derived(like, count, seeds));
    let own = TakeChoice { seed: written.seed, ..TakeChoice::default() };
    let kept = kept_choices(project, at, like);
    let mut used: BTreeSet<TakeChoice> = [own].into();
    let mut rolls: Vec<Roll> = Vec::new();
    // The takes that the lock has come first: the own one may be another than it was, after a pick.
    for choice in kept.iter().copied().chain(derived.clone()) {
        if rolls.len() + 1 >= scene.takes as usize {
            break;
        }
        if used.insert(choice) {
            rolls.push(Roll { choice, reason: RollReason::Written });
        }
    }
    // With another frame by now it is another take.
    let is_own = |(key, choice): &&(Key, TakeChoice)| {
        let recipe = project.rolled_recipe(at, video_of, *choice);
        recipe.is_some_and(|recipe| recipe.key() == *key)
    };
    for (_, choice) in begun.get(&like).into_iter().flatten().filter(is_own) {
        if used.insert(*choice) {
            rolls.push(Roll { choice: *choice, reason: RollReason::Begun });
        }
    }
    let Some(reroll) = reroll else { return rolls };
    used.extend(kept);
    let seed = reroll.seed.map(|seed| TakeChoice { seed: Some(seed), ..TakeChoice::default() });
    let requested = match seed {
        Some(given) => vec![given],
        None => derived
            .filter(|choice| !used.contains(choice))
            .take((reroll.count + SPARE) as usize)
            .collect(),
    };
    let requested = requested.into_iter().filter(|choice| used.insert(*choice));
    rolls.extend(requested.map(|choice| Roll { choice, reason: RollReason::Requested }));
    rolls
}

/// What distinguishes the generated takes of a scene that the lock has for its recipe, the oldest
/// first.
fn kept_choices(project: &Project, at: usize, like: Likeness) -> Vec<TakeChoice> {
    let Some(locked) = project.locked_scene(at) else { return Vec::new() };
    let alike = locked
        .takes
        .iter()
        .filter(|take| !take.adopted && Likeness::of(locked.shared_recipe(take)) == like);
    alike.map(LockedTake::choice).collect()
}

/// What distinguishes the take of a recipe with this count.
fn derived(like: Likeness, count: u32, seeds: Option<SeedRange>) -> TakeChoice {
    match seeds {
        Some(range) => TakeChoice { seed: Some(like.seed(count, range)), ..TakeChoice::default() },
        None => TakeChoice { salt: Some(count), ..TakeChoice::default() },
    }
}
