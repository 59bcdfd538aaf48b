//! Randomly generated films with random renames: whatever scenes are called, each keeps its key,
//! and only new takes must be paid.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use kling_build::base::{Credits, Digest, FilmCommands, Key, Moment, SceneId, TaskId};
use kling_build::catalog::ModelId;
use kling_build::plan::{
    Evidence, Inputs, Inventory, Lock, LockedScene, LockedTake, Plan, PlanOptions, Project,
    ProviderChoice, Sent, Submission, SubmissionOutcome, follow_renames,
};
use kling_build::storyboard::{Film, Overrides, read};

/// What a ledger and a store know: the videos of some keys.
#[derive(Default)]
struct Known(BTreeMap<Key, Digest>);

impl Inventory for Known {
    fn of_key(&self, key: &Key) -> Evidence {
        let Some(digest) = self.0.get(key) else { return Evidence::default() };
        let task = TaskId::new(key.to_string());
        let outcome = SubmissionOutcome::Finished { task: task.clone(), at: NOW, received: true };
        Evidence {
            digest: Some(*digest),
            present: true,
            task: Some(task),
            submissions: vec![Submission { intended_at: NOW, outcome }],
            ..Evidence::default()
        }
    }

    fn holds(&self, _: &Digest, _: u64) -> bool {
        true
    }

    fn usual_seconds(&self, _: &ModelId) -> Option<u32> {
        None
    }
}

const NOW: Moment = Moment::from_millis(1_772_373_730_000);

/// A scene: its prompt, the shot whose frame it uses, and its seed.
#[derive(Clone)]
struct Shot(u8, Option<usize>, String);

/// Scenes with few different prompts often differ only in the frame they use, or not at all.
fn shots(prompts: u8, chance: &mut fastrand::Rng) -> Vec<Shot> {
    let shot = |at: usize, chance: &mut fastrand::Rng| {
        let source = (at > 0 && chance.u8(..3) > 0).then(|| chance.usize(..at));
        let prompt = if prompts == 0 { at as u8 } else { chance.u8(..prompts) };
        let seed = if chance.u8(..4) > 0 { "auto".into() } else { (12_345 + at).to_string() };
        Shot(prompt, source, seed)
    };
    (0..chance.usize(1..8)).map(|at| shot(at, chance)).collect()
}

/// Names in any order.
fn names(count: usize, chance: &mut fastrand::Rng) -> Vec<String> {
    let mut names: Vec<String> = (0..12).map(|name| format!("s{name}")).collect();
    chance.shuffle(&mut names);
    names.truncate(count);
    names
}

/// Scenes with their names before and after: unique scenes swap names, and scenes that resemble
/// others keep theirs or get new ones with `was`.
fn renamed(chance: &mut fastrand::Rng) -> (Vec<Shot>, Vec<String>, Vec<String>) {
    let prompts = chance.u8(..3);
    let shots = shots(prompts, chance);
    let before = names(shots.len(), chance);
    let after = match prompts {
        0 => names(shots.len(), chance),
        _ => {
            let new = |name: &String| if chance.bool() { new_name(name) } else { name.clone() };
            before.iter().map(new).collect()
        }
    };
    (shots, before, after)
}

fn new_name(name: &str) -> String {
    format!("new-{name}")
}

fn film(shots: &[Shot], names: &[String]) -> Film {
    film_renamed(shots, names, &[])
}

/// The film under new names. Where a new name replaced an old one, `was` says so.
fn film_renamed(shots: &[Shot], names: &[String], before: &[String]) -> Film {
    let mut text = String::from("version: 1\nscenes:\n");
    for (at, (Shot(prompt, source, seed), name)) in shots.iter().zip(names).enumerate() {
        let old = before.get(at).filter(|old| *name == new_name(old));
        let was = old.map_or(String::new(), |old| format!("was: {old}, "));
        let (kind, image) = match source {
            Some(source) => ("i2v", format!(", image: {{ scene: {} }}", names[*source])),
            None => ("t2v", String::new()),
        };
        writeln!(text, "  {name}: {{ {was}type: {kind}, prompt: p{prompt}, seed: {seed}{image} }}")
            .unwrap();
    }
    let reading = read("storyboard.yaml", text.as_bytes(), &Overrides::default());
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
    reading.film.unwrap()
}

fn project(film: Film, lock: Lock) -> Project {
    let options = PlanOptions {
        provider: ProviderChoice::Kling,
        drawing: 1,
        now: NOW,
        retry_failed: 0,
        begun_rolls: Vec::new(),
        reroll: None,
        draft_seeds: BTreeMap::new(),
        random_seeds: BTreeMap::new(),
        commands: FilmCommands::new("storyboard.yaml", []),
    };
    Project::new(film, Inputs::default(), lock, options)
}

/// What a build of the film leaves behind: its lock, and the requests in the ledger.
fn made(project: &Project) -> (Lock, Vec<Sent>) {
    let mut videos: BTreeMap<usize, Digest> = BTreeMap::new();
    let (mut lock, mut sent) = (Lock::default(), Vec::new());
    for &at in project.graph.order() {
        let positions = project.film.positions();
        let recipe = project.recipe(at, &|source| Some(videos[&positions[source]])).unwrap();
        let (key, name) = (recipe.key(), project.scene(at).id.clone());
        let artifact = Digest::of(key.to_string().as_bytes());
        videos.insert(at, artifact);
        let task = TaskId::new(key.to_string());
        let outcome = SubmissionOutcome::Finished { task: task.clone(), at: NOW, received: true };
        sent.push(Sent { scene: name.clone(), key, recipe: recipe.listing(), outcome });
        let take = LockedTake {
            task: Some(task),
            finished: NOW,
            ..LockedTake::new(1, key, recipe.choice(), (artifact, 1))
        };
        let mut locked = LockedScene::default();
        locked.picked = Some(locked.keep(take, &recipe.listing()));
        lock.scenes.insert(name, locked);
    }
    (lock, sent)
}

/// The keys of a plan, sorted, and its maximum cost.
fn planned(project: &Project, known: &Known) -> (Vec<Key>, Credits) {
    let all: Vec<usize> = (0..project.film.scenes.len()).collect();
    let plan = Plan::make(project, &all, known);
    let mut keys: Vec<Key> = plan.takes.iter().filter_map(|take| take.key).collect();
    keys.sort();
    (keys, plan.credits_max())
}

fn keys_of(lock: &Lock) -> Vec<Key> {
    let mut keys: Vec<Key> = lock.picks().map(|(_, _, take)| take.key).collect();
    keys.sort();
    keys
}

fn follow(project: &mut Project, sent: &[Sent]) -> bool {
    follow_renames(project, || Ok::<_, ()>(sent.to_vec())).unwrap()
}

#[test]
fn renaming_scenes_never_costs_anything() {
    for seed in 0..4_000 {
        let mut chance = fastrand::Rng::with_seed(seed);
        let (shots, before, after) = renamed(&mut chance);
        let (lock, sent) = made(&project(film(&shots, &before), Lock::default()));
        let context = || format!("seed {seed}: {before:?} {after:?}");

        // From the lock in git.
        let mut locked = project(film_renamed(&shots, &after, &before), lock.clone());
        follow(&mut locked, &[]);
        let wanted = (keys_of(&lock), Credits::ZERO);
        assert_eq!(planned(&locked, &Known::default()), wanted, "{}", context());
        let now: BTreeSet<SceneId> = locked.film.scenes.iter().map(|s| s.id.clone()).collect();
        let entries = locked.lock.scenes.keys().filter(|name| now.contains(*name)).count();
        assert_eq!(entries, now.len(), "every scene has its entry: {}", context());

        // From the ledger, where no lock was written.
        let known = Known(lock.picks().map(|(_, _, take)| (take.key, take.artifact)).collect());
        let mut unlocked = project(film_renamed(&shots, &after, &before), Lock::default());
        follow(&mut unlocked, &sent);
        assert_eq!(planned(&unlocked, &known), wanted, "{}", context());
    }
}

#[test]
fn adding_a_scene_costs_only_that_scene() {
    for seed in 0..2_000 {
        let mut chance = fastrand::Rng::with_seed(seed);
        let (mut shots, before, mut after) = renamed(&mut chance);
        let (lock, _) = made(&project(film(&shots, &before), Lock::default()));
        // Sometimes it differs from another only in its written seed, and sometimes it comes first.
        let like = chance.usize(..shots.len());
        let other = match chance.bool() {
            true => Shot(9, None, "auto".into()),
            false => Shot(shots[like].0, None, "99999".into()),
        };
        shots.push(other);
        let unused = before.iter().find(|name| !after.contains(name)).cloned();
        let is_written = after.iter().any(|name| name.starts_with("new-"));
        after.push(unused.filter(|_| !is_written).unwrap_or_else(|| "more".to_string()));
        let mut project = project(film_renamed(&shots, &after, &before), lock.clone());
        follow(&mut project, &[]);
        let (keys, credits) = planned(&project, &Known::default());
        let news = keys.iter().filter(|key| keys_of(&lock).binary_search(key).is_err()).count();
        assert_eq!(
            (news, credits),
            (1, project.price(0, &|_| None)),
            "seed {seed}: {before:?} {after:?}"
        );
    }
}

#[test]
fn ten_thousand_scenes_are_renamed_at_once() {
    let count = 10_000;
    let shot = |source: Option<usize>| Shot(0, source, "auto".into());
    let alike = (0..count).map(|_| shot(None)).collect();
    let chain = (0..count).map(|at: usize| shot(at.checked_sub(1))).collect();
    let pairs = (0..count).map(|at| shot((at % 2 == 1).then(|| at - 1))).collect();
    for shots in [alike, chain, pairs] {
        let shots: Vec<Shot> = shots;
        let before: Vec<String> = (0..count).map(|at| format!("a{at:05}")).collect();
        let after: Vec<String> = before.iter().map(|name| new_name(name)).collect();
        let (lock, _) = made(&project(film(&shots, &before), Lock::default()));
        let mut unwritten = project(film(&shots, &after), lock.clone());
        let mut project = project(film_renamed(&shots, &after, &before), lock.clone());
        let begun = std::time::Instant::now();
        follow(&mut unwritten, &[]);
        assert!(follow(&mut project, &[]));
        assert!(begun.elapsed().as_secs() < 20, "looking for renames takes too long");
        assert_eq!(planned(&project, &Known::default()), (keys_of(&lock), Credits::ZERO));
    }
}
