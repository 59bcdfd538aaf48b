//! The planner: an action, its reasons and its price for every chosen scene.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::graph::Link;
use super::key::{Change, ProviderFamily, Recipe, TakeChoice, differences, fields};
use super::lock::{LockedScene, LockedTake};
use super::project::{Inventory, Project, VideoOf};
use super::reason::Reason;
use super::recovery::{Action, ActionWord, GenerateReason};
use super::takes::{RollReason, begun_rolls, rolls};
use crate::base::{Credits, Digest, Key, SceneId};
use crate::catalog::{InputRole, InputSlot};
use crate::storyboard::{FrameAt, Scene, SceneField, SceneInput, Seed};

/// What a build would do about one scene.
#[derive(Clone, Debug)]
pub struct PlannedTake {
    /// The scene's position in film order.
    pub position: usize,
    /// The scene.
    pub scene: SceneId,
    /// The action.
    pub action: Action,
    /// The reasons.
    pub reasons: Vec<Reason>,
    /// The most it can still cost.
    pub credits_max: Credits,
    /// The most that it costs if it has to be generated.
    pub price: Credits,
    /// The recipe, once the bytes of its inputs are known.
    pub recipe: Option<Arc<Recipe>>,
    /// The recipe's key.
    pub key: Option<Key>,
    /// The digest of its video, if known.
    pub artifact: Option<Digest>,
    /// Its number in the lock.
    pub number: u32,
    /// What distinguishes it, if it is another take than the one that the film uses.
    pub roll: Option<TakeChoice>,
}

/// What a build would do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// One entry for each chosen scene, in film order, each followed by the scene's other takes.
    pub takes: Vec<PlannedTake>,
    /// The storyboard's budget.
    pub budget: Option<Credits>,
}

impl PlannedTake {
    /// The action's name in tables and JSON.
    pub fn word(&self) -> ActionWord {
        let is_shared = |reason: &Reason| matches!(reason, Reason::SameAs { .. });
        match self.reasons.iter().any(is_shared) {
            true => ActionWord::Same,
            false => self.action.word(),
        }
    }

    /// Whether a build would change anything: generate it, fetch it, or write it into the lock.
    pub fn is_changed(&self) -> bool {
        let is_preview =
            self.recipe.as_ref().is_some_and(|recipe| recipe.family == ProviderFamily::Preview);
        let as_before = |reason: &Reason| match reason {
            // Previews have no lock.
            Reason::Known => is_preview,
            reason => reason.is_of_the_lock(),
        };
        !self.action.is_reuse() || !self.reasons.iter().all(as_before)
    }

    /// Whether the store has exactly the take that the lock says.
    pub fn is_as_locked(&self) -> bool {
        self.action.is_reuse() && self.reasons.iter().all(Reason::is_of_the_lock)
    }

    /// Its number, if it is another take than the one that the film uses.
    pub fn other_number(&self) -> Option<u32> {
        self.roll.map(|_| self.number)
    }

    /// Whether it has no take and the last attempt to generate one failed.
    pub fn has_failed(&self) -> bool {
        let failed =
            |reason: &Reason| matches!(reason, Reason::FailedBefore { .. } | Reason::RetryFailed);
        self.reasons.iter().any(failed)
    }

    /// Adds the former name to the reasons. If the take is simply present, that is the only reason.
    fn say_what_it_was(&mut self, project: &Project) {
        let Some(scene) = project.former_name(self.position).cloned() else { return };
        if let [Reason::Locked | Reason::Known] = self.reasons[..] {
            self.reasons.clear();
        }
        self.reasons.push(Reason::RenamedFrom { scene });
    }

    /// Waits for another scene with the same key to be generated.
    fn wait_for(&mut self, maker: SceneId) {
        self.action = Action::Wait { by: None };
        self.credits_max = Credits::ZERO;
        self.reasons = vec![Reason::SameAs { scene: maker }];
    }
}

impl Plan {
    /// Plans scenes with their other takes. Reads the outside world only through `knowledge`.
    #[cfg_attr(not(feature = "internals"), expect(dead_code, reason = "only tests use it"))]
    pub fn make(project: &Project, scenes: &[usize], knowledge: &dyn Inventory) -> Plan {
        Plan::of(project, scenes, &scenes.iter().copied().collect(), knowledge)
    }

    /// Plans scenes, and for the chosen ones among them also their other takes: a scene that is only
    /// needed for its frame is not rolled.
    pub fn of(
        project: &Project,
        scenes: &[usize],
        chosen: &BTreeSet<usize>,
        knowledge: &dyn Inventory,
    ) -> Plan {
        let mut wanted = vec![false; project.film.scenes.len()];
        for at in scenes {
            wanted[*at] = true;
        }
        let mut takes: Vec<Option<PlannedTake>> = vec![None; project.film.scenes.len()];
        let mut others: Vec<Vec<PlannedTake>> = vec![Vec::new(); project.film.scenes.len()];
        // The scene whose take each scene uses: the first one with the same key, or itself.
        let mut same: Vec<usize> = (0..project.film.scenes.len()).collect();
        let mut makers: HashMap<Key, usize> = HashMap::new();
        let begun = begun_rolls(project);
        for &at in project.graph.order().iter().filter(|at| wanted[**at]) {
            let sources = project.graph.take_sources(at);
            let source_of = |id: &SceneId| {
                sources.iter().copied().find(|source| project.scene(*source).id == *id)
            };
            let videos: Vec<(usize, Option<Digest>)> = sources
                .iter()
                .map(|source| (*source, takes[*source].as_ref().and_then(|take| take.artifact)))
                .collect();
            let video_of: VideoOf<'_> = &|id| {
                let source = source_of(id)?;
                videos.iter().find(|video| video.0 == source)?.1
            };
            // Scenes that wait for frames of the same takes will have the same key, whatever it is.
            let makers_of: Vec<(usize, usize)> =
                sources.iter().map(|source| (*source, same[*source])).collect();
            let stand_in: VideoOf<'_> = &|id| {
                let source = source_of(id)?;
                let maker = makers_of.iter().find(|maker| maker.0 == source)?.1;
                let known = videos.iter().find(|video| video.0 == source)?.1;
                let awaited = || Digest::of(format!("the take of scene {maker}").as_bytes());
                Some(known.unwrap_or_else(awaited))
            };
            // The scene that makes the take, if another one does.
            let mut share = |take: &mut PlannedTake| {
                let awaited = || Some(recipe_of(project, at, stand_in, take.roll)?.key());
                let key = take.key.or_else(awaited).filter(|_| !take.action.is_reuse())?;
                let maker = *makers.entry(key).or_insert(at);
                if maker == at {
                    return None;
                }
                take.wait_for(project.scene(maker).id.clone());
                Some(maker)
            };
            let mut take = plan_take(project, at, video_of, None, knowledge);
            if let Some(maker) = share(&mut take) {
                same[at] = maker;
            }
            take.say_what_it_was(project);
            let mut number = project.locked_scene(at).map_or(1, LockedScene::next_number);
            number += u32::from(take.number == number);
            let reroll = project.options.reroll.as_ref();
            let mut requested = reroll.map_or(0, |reroll| reroll.count);
            let rolls = match chosen.contains(&at) {
                true => rolls(project, at, video_of, &begun),
                false => Vec::new(),
            };
            for roll in rolls {
                let is_requested = roll.reason == RollReason::Requested;
                let mut other = plan_take(project, at, video_of, Some(roll.choice), knowledge);
                let locked = project.locked_scene(at);
                let is_locked = |key| locked.is_some_and(|it| it.take_with(&key).is_some());
                // One that failed would fail again; a new one is wanted, unless its seed is given.
                let is_any = is_requested && reroll.is_some_and(|reroll| reroll.seed.is_none());
                let has_failed = is_any && matches!(other.action, Action::AskFailed(_));
                if other.key.is_some_and(is_locked)
                    || (is_requested && requested == 0)
                    || (has_failed && project.options.retry_failed == 0)
                {
                    continue;
                }
                // What an earlier run began is a part of what is requested now.
                let is_more = roll.reason != RollReason::Written;
                requested = requested.saturating_sub(u32::from(is_more));
                other.number = number;
                number += 1;
                share(&mut other);
                let begun = roll.reason == RollReason::Begun;
                let seed = roll.choice.seed;
                other.reasons.insert(0, Reason::AnotherTake { take: other.number, seed, begun });
                others[at].push(other);
            }
            takes[at] = Some(take);
        }
        let count = scenes.len() + others.iter().map(Vec::len).sum::<usize>();
        let mut planned = Vec::with_capacity(count);
        let takes = takes.into_iter().zip(others);
        planned.extend(takes.flat_map(|(take, others)| take.into_iter().chain(others)));
        Plan { takes: planned, budget: project.film.budget }
    }

    /// Adds which chosen scene needs each take that was not selected; except for takes that are
    /// present, which cost neither time nor money.
    pub fn say_who_needs(&mut self, project: &Project, chosen: &BTreeSet<usize>) {
        let planned: BTreeSet<usize> = self.takes.iter().map(|take| take.position).collect();
        let is_needed =
            |take: &&mut PlannedTake| !take.action.is_reuse() && !chosen.contains(&take.position);
        for take in self.takes.iter_mut().filter(is_needed) {
            let followers = project.graph.followers(take.position);
            let needs = |(at, link): &(usize, Link)| *link == Link::Take && planned.contains(at);
            let needed_by = followers.into_iter().find(needs).map(|(at, _)| at);
            let needed_by = needed_by.map(|at| project.scene(at).id.clone());
            take.reasons.extend(needed_by.map(|scene| Reason::NeededBy { scene }));
        }
    }

    /// The scenes: the take of each that the film uses.
    pub fn scenes(&self) -> impl Iterator<Item = &PlannedTake> {
        self.takes.iter().filter(|take| take.roll.is_none())
    }

    /// The most that the build can cost.
    pub fn credits_max(&self) -> Credits {
        self.takes.iter().map(|take| take.credits_max).sum()
    }

    /// How many takes have this action.
    pub fn count(&self, action: ActionWord) -> usize {
        self.takes.iter().filter(|take| take.word() == action).count()
    }

    /// Whether every take is already present.
    pub fn is_up_to_date(&self) -> bool {
        self.count(ActionWord::Reuse) == self.takes.len()
    }
}

/// The recipe of a scene's take, or of another one.
fn recipe_of(
    project: &Project,
    at: usize,
    video_of: VideoOf<'_>,
    roll: Option<TakeChoice>,
) -> Option<Recipe> {
    match roll {
        Some(roll) => project.rolled_recipe(at, video_of, roll),
        None => project.recipe(at, video_of),
    }
}

fn plan_take(
    project: &Project,
    at: usize,
    video_of: VideoOf<'_>,
    roll: Option<TakeChoice>,
    knowledge: &dyn Inventory,
) -> PlannedTake {
    let scene = project.scene(at);
    let in_lock = project.locked_scene(at);
    let price = project.price(at, video_of);
    let mut take = PlannedTake {
        position: at,
        scene: scene.id.clone(),
        action: Action::Wait { by: None },
        reasons: Vec::new(),
        credits_max: price,
        price,
        recipe: recipe_of(project, at, video_of, roll).map(Arc::new),
        key: None,
        artifact: None,
        number: in_lock.map_or(1, LockedScene::next_number),
        roll,
    };
    let Some(recipe) = &take.recipe else {
        let sources = scene.sources().filter(|(_, source, _)| video_of(source).is_none());
        take.reasons.extend(sources.map(|(_, source, frame)| match frame {
            Some(at) => Reason::TakesFrameOf { scene: source.clone(), frame: at.to_string() },
            None => Reason::TakesVideoOf { scene: source.clone() },
        }));
        return take;
    };
    let key = recipe.key();
    take.key = Some(key);
    let evidence = project.evidence(at, (recipe, &key), knowledge);
    take.artifact = evidence.digest;
    let kept = in_lock.and_then(|locked| locked.take_with(&key));
    if let Some(kept) = kept {
        take.number = kept.take;
    }
    let picked = project.locked(at).filter(|locked| locked.key == key);
    take.action = project.action(at, recipe, &evidence, false);
    if !matches!(take.action, Action::Generate(_)) {
        take.credits_max = Credits::ZERO;
    }
    take.reasons = match &take.action {
        Action::Reuse(digest) => {
            take.artifact = Some(*digest);
            vec![match (picked, kept) {
                (Some(picked), _) if picked.artifact == *digest => {
                    why_locked(project, at, video_of, picked)
                }
                (Some(_), _) => Reason::OtherTake,
                (None, Some(kept)) => Reason::EarlierTake { take: kept.take },
                (None, None) => Reason::Known,
            }]
        }
        Action::Restore { task, days_left } => {
            take.artifact = evidence.digest_by(task);
            vec![match recipe.is_drawn() {
                true => Reason::DrawnAgain,
                false => Reason::AtProvider { task: task.clone(), days_left: *days_left },
            }]
        }
        Action::Resume(task) => {
            take.artifact = None;
            vec![Reason::TaskOpen { task: task.clone() }]
        }
        Action::AskDoubt { sent_at } => vec![Reason::Doubt { sent_at: *sent_at }],
        Action::AskFailed(failure) => vec![Reason::FailedBefore { failure: failure.clone() }],
        Action::AskLost(why) => vec![Reason::LostTake { why: why.clone() }],
        Action::Generate(why) => {
            // The bytes that will be generated are unknown, whatever existed before.
            take.artifact = None;
            match why {
                GenerateReason::RetryFailed => vec![Reason::RetryFailed],
                GenerateReason::Expired => vec![Reason::Lost],
                GenerateReason::Unknown if roll.is_some() => Vec::new(),
                GenerateReason::Unknown => why_unknown(project, at, recipe),
            }
        }
        Action::Wait { .. } => Vec::new(),
    };
    take
}

/// Explains why the picked take is the scene's: it is what the storyboard says, or a person decided.
fn why_locked(project: &Project, at: usize, video_of: VideoOf<'_>, picked: &LockedTake) -> Reason {
    let take = picked.take;
    let written = project.written_recipe(at, video_of);
    if let Some((_, pinned)) = project.pinned(at) {
        let written = written.map(|recipe| recipe.listing());
        let changes = written.map(|written| differences(&pinned.listing(), &written));
        return Reason::Pinned { take, changes: changes.unwrap_or_default() };
    }
    match project.seed_wish(at) {
        Some(Seed::Fixed(seed)) if picked.seed != Some(seed) => {
            let place = project.film.place_of_value(project.scene(at), SceneField::Seed);
            let place = place.map(|place| place.to_string());
            Reason::Picked { take, seed: picked.seed, written: Some(seed), place }
        }
        _ => Reason::Locked,
    }
}

/// Explains why a recipe is unknown: its seed is drawn anew, its scene is new, or its fields differ
/// from the locked take's.
fn why_unknown(project: &Project, at: usize, recipe: &Recipe) -> Vec<Reason> {
    let scene = project.scene(at);
    if scene.clip().is_some_and(|clip| clip.seed == Some(Seed::Random)) {
        return vec![Reason::RandomSeed];
    }
    let locked = project.locked_scene(at);
    let Some((locked, picked)) = locked.and_then(|locked| Some((locked, locked.picked_take()?)))
    else {
        return vec![Reason::NewScene];
    };
    differences(&locked.listing(picked), &recipe.listing())
        .into_iter()
        .map(|change| {
            // Where the picture is the same, the change says what became of it.
            let source = source_of(scene, &change.field).filter(|_| !is_fit_alone(&change));
            Reason::Changed { source, change }
        })
        .collect()
}

/// Whether a change of an input is only in how the picture is brought to the shape of its scene.
fn is_fit_alone(change: &Change) -> bool {
    let without_fit = |value: &Option<Value>| {
        let mut picture = value.as_ref()?.as_object()?.clone();
        picture.shift_remove(fields::input::FIT);
        Some(picture)
    };
    let (old, new) = (without_fit(&change.old), without_fit(&change.new));
    old.is_some() && old == new
}

/// The file or scene behind an input of a scene, phrased to precede `changed`.
fn source_of(scene: &Scene, field: &str) -> Option<String> {
    let role = field.parse::<InputRole>().ok().filter(|role| !role.is_list())?;
    scene.input(InputSlot::only(role)).map(|input| match input {
        SceneInput::File(path) => path.clone(),
        SceneInput::Url(url, _) => url.clone(),
        SceneInput::Frame(source, frame @ FrameAt::Millis(_)) => {
            format!("the frame at {frame} s of {source}")
        }
        SceneInput::Frame(source, frame) => format!("the {frame} frame of {source}"),
        SceneInput::Video(source) => format!("the video of {source}"),
    })
}
