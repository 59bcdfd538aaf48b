//! Rolls: the takes of a scene besides its own, which people choose from.
//!
//! Their seeds are derived from the recipe and a count, so the same request always means the same
//! takes: a roll that was interrupted is recognised and continued, and nothing is paid twice. A
//! model without seeds gets a salt instead, which changes the key and is not sent.

use std::collections::BTreeSet;

use crate::base::{Digest, Key};
use crate::catalog::SeedRange;
use crate::plan::key::{Likeness, TakeChoice};
use crate::plan::lock::LockedTake;
use crate::plan::project::Project;

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
    /// The key that it was begun with: another recipe by now is another take.
    pub key: Option<Key>,
}

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

/// Every roll that was begun. Names say nothing about whose it is: scenes get renamed, and swap names.
pub fn begun_rolls(project: &Project) -> Vec<(Key, TakeChoice)> {
    project.options.begun_rolls.values().flatten().copied().collect()
}

/// The rolls that a plan may have for the scene at a position, the best first. There are more
/// requested ones than were requested. Any of the `begun` ones may be the scene's: its key says so.
pub fn rolls(project: &Project, at: usize, begun: &[(Key, TakeChoice)]) -> Vec<Roll> {
    let scene = project.scene(at);
    let options = &project.options;
    let reroll = options.reroll.as_ref().filter(|reroll| reroll.scenes.contains(&scene.id));
    if scene.takes <= 1 && reroll.is_none() && begun.is_empty() {
        return Vec::new();
    }
    // Likeness ignores the bytes of the frame, which may not exist yet.
    let Some(written) = project.written_recipe(at, Some(Digest::of(b""))) else {
        return Vec::new();
    };
    let like = Likeness::of(&written.listing());
    let seeds = project.model(at).seeds;
    let derived = (2..TRIES_MAX).map(|count| derived(like, count, seeds));
    let own = TakeChoice { seed: written.seed, ..TakeChoice::default() };
    let mut used: BTreeSet<TakeChoice> = [own].into();
    let mut rolls: Vec<Roll> = Vec::new();
    let mut written_left = scene.takes.saturating_sub(1);
    for choice in derived.clone() {
        if written_left == 0 {
            break;
        }
        if used.insert(choice) {
            rolls.push(Roll { choice, reason: RollReason::Written, key: None });
            written_left -= 1;
        }
    }
    for (key, choice) in begun {
        if used.insert(*choice) {
            rolls.push(Roll { choice: *choice, reason: RollReason::Begun, key: Some(*key) });
        }
    }
    let Some(reroll) = reroll else { return rolls };
    if let Some(locked) = project.locked_scene(at) {
        let alike =
            locked.takes.iter().filter(|take| Likeness::of(locked.shared_recipe(take)) == like);
        used.extend(alike.map(LockedTake::choice));
    }
    let seed = reroll.seed.map(|seed| TakeChoice { seed: Some(seed), ..TakeChoice::default() });
    let requested = match seed {
        Some(given) => vec![given],
        None => derived
            .filter(|choice| !used.contains(choice))
            .take((reroll.count + SPARE) as usize)
            .collect(),
    };
    let requested = requested.into_iter().filter(|choice| used.insert(*choice));
    rolls.extend(requested.map(|choice| Roll { choice, reason: RollReason::Requested, key: None }));
    rolls
}

/// What distinguishes the take of a recipe with this count.
fn derived(like: Likeness, count: u32, seeds: Option<SeedRange>) -> TakeChoice {
    match seeds {
        Some(range) => TakeChoice { seed: Some(like.seed(count, range)), ..TakeChoice::default() },
        None => TakeChoice { salt: Some(count), ..TakeChoice::default() },
    }
}
