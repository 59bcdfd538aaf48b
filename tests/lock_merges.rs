//! Locks that two people change: what git merges by itself, and what is merged when it is read.

use std::fs;
use std::process::Command;

use fastrand::Rng;
use kling_build::base::{Credits, Digest, Key, SceneId, TaskId};
use kling_build::catalog::Dialect;
use kling_build::plan::{
    Decision, Listing, Lock, LockBlocks, LockPrinter, LockRow, LockedScene, LockedTake, TakeChoice,
};

const SCENES: [&str; 7] = ["a", "b", "c", "harbor", "harbor.en", "y", "z"];

/// A take that nobody else has made.
fn roll(rng: &mut Rng, scene: &mut LockedScene, prompt: &str) {
    let digest = Digest::of(&rng.u128(..).to_le_bytes());
    let choice = TakeChoice { seed: Some(rng.u32(10_000..=99_999)), ..TakeChoice::default() };
    let take = LockedTake {
        credits: Some(Credits::whole(50)),
        ..LockedTake::new(scene.next_number(), Key(digest), choice, (digest, 5))
    };
    let listing = serde_json::json!({
        "aspect_ratio": "16:9", "duration": 5, "model": "kling-2-6", "prompt": prompt,
        "provider": "kling", "resolution": "1080p", "type": "t2v",
    });
    let listing: Listing = serde_json::from_value(listing).unwrap();
    let number = scene.keep(take, &listing);
    scene.picked = scene.picked.or(Some(number));
}

/// Something that a person or a build does with the takes of a scene.
fn change(rng: &mut Rng, scene: &mut LockedScene) {
    let prompt = ["fog", "rain"][rng.usize(..2)];
    match (rng.u8(..6), rng.choice(scene.takes.clone())) {
        (0..2, _) | (_, None) => roll(rng, scene, prompt),
        (2, Some(take)) => drop(Decision::Pick(take.take).apply(scene, Some(11_111))),
        (3, Some(take)) => drop(Decision::Pin(Some(take.take)).apply(scene, None)),
        (4, Some(take)) => drop(Decision::Reject(take.take).apply(scene, None)),
        (_, Some(take)) => {
            let note = format!("note {}", rng.u16(..));
            Decision::Note(take.take, Some(note)).apply(scene, None).unwrap();
        }
    }
}

fn lock(rng: &mut Rng) -> Lock {
    let mut lock = Lock::default();
    for name in SCENES {
        let mut scene = LockedScene::default();
        for _ in 0..rng.usize(..3) {
            roll(rng, &mut scene, "fog");
        }
        lock.scenes.insert(name.parse().unwrap(), scene);
    }
    lock
}

/// What `git merge-file` makes of three texts, and whether it found no conflict.
fn merged(base: &str, ours: &str, theirs: &str) -> (String, bool) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let files = [file("ours", ours), file("base", base), file("theirs", theirs)];
    let output = Command::new("git").arg("merge-file").arg("-p").args(files).output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.success())
}

#[test]
fn changes_of_different_scenes_never_conflict() {
    for seed in 0..150 {
        let mut rng = Rng::with_seed(seed);
        let base = lock(&mut rng);
        let (mut ours, mut theirs, mut both) = (base.clone(), base.clone(), base.clone());
        for name in SCENES {
            let id: SceneId = name.parse().unwrap();
            let side = match rng.u8(..3) {
                0 => &mut ours,
                1 => &mut theirs,
                _ => continue,
            };
            for _ in 0..rng.usize(1..4) {
                change(&mut rng, side.scenes.get_mut(&id).unwrap());
            }
            both.scenes.insert(id.clone(), side.scenes[&id].clone());
        }
        let (text, is_clean) = merged(&base.print(), &ours.print(), &theirs.print());
        assert!(is_clean, "seed {seed}:\n{text}");
        assert_eq!(Lock::parse(&text), Ok(both), "seed {seed}");
    }
}

#[test]
fn no_take_is_lost_where_git_finds_a_conflict() {
    let mut conflicts = 0;
    for seed in 0..300 {
        let mut rng = Rng::with_seed(seed);
        let base = lock(&mut rng);
        let (mut ours, mut theirs) = (base.clone(), base.clone());
        for side in [&mut ours, &mut theirs] {
            for name in SCENES {
                if rng.bool() {
                    change(&mut rng, side.scenes.get_mut(name).unwrap());
                }
            }
        }
        let (text, is_clean) = merged(&base.print(), &ours.print(), &theirs.print());
        conflicts += usize::from(!is_clean);
        let (lock, disagreements) = Lock::parse_both_sides(&text).unwrap();
        for (id, scene) in &lock.scenes {
            let keys = |lock: &Lock| -> Vec<Key> {
                lock.scenes[id].takes.iter().map(|take| take.key).collect()
            };
            let all: Vec<Key> = keys(&ours).into_iter().chain(keys(&theirs)).collect();
            assert!(all.iter().all(|key| scene.take_with(key).is_some()), "seed {seed}: {text}");
            let mut numbers: Vec<u32> = scene.takes.iter().map(|take| take.take).collect();
            numbers.dedup();
            assert_eq!(numbers.len(), scene.takes.len(), "seed {seed}: numbers are used once");
            assert!(scene.takes.iter().all(|take| scene.recipes.contains_key(&take.recipe)));
            // What one side alone decided stands; two decisions are never merged into a third.
            let picked = |lock: &Lock| lock.scenes[id].picked_take().map(|take| take.key);
            let (own, their, now) =
                (picked(&ours), picked(&theirs), scene.picked_take().map(|take| take.key));
            assert!(now == own || now == their, "seed {seed}: {text}");
            let is_asked = disagreements.iter().any(|one| one.scene == *id);
            let both_moved = own != their && own != picked(&base) && their != picked(&base);
            if both_moved && own.is_some() && their.is_some() && !is_clean {
                assert!(is_asked, "seed {seed}: nobody is asked about {id}:\n{text}");
            }
        }
    }
    assert!(conflicts > 100, "{conflicts}");
}

#[test]
fn a_block_is_found_and_replaced_as_if_the_whole_lock_were_read() {
    for seed in 0..200 {
        let mut rng = Rng::with_seed(seed);
        let mut lock = lock(&mut rng);
        if rng.bool() {
            lock.profiles.insert("draft".parse().unwrap(), lock.scenes.clone());
        }
        let text = lock.print();
        let blocks = LockBlocks::of(&text).unwrap();
        assert_eq!(blocks.count(), lock.scenes.len());
        for (id, scene) in &lock.scenes {
            assert_eq!(blocks.scene(id).as_ref(), Some(scene), "seed {seed}: {text}");
            let mut changed = scene.clone();
            change(&mut rng, &mut changed);
            let mut whole = lock.clone();
            whole.scenes.insert(id.clone(), changed.clone());
            let both = [(id.clone(), changed)].into();
            assert_eq!(blocks.with_scenes(&both), whole.print(), "seed {seed}");
        }
        assert_eq!(blocks.with_scenes(&lock.scenes), text);
        assert_eq!(blocks.scene(&"har".parse().unwrap()), None);
    }
    let (ours, theirs) =
        (lock(&mut Rng::with_seed(1)).print(), lock(&mut Rng::with_seed(2)).print());
    let conflict = format!("<<<<<<< ours\n{ours}=======\n{theirs}>>>>>>> theirs\n");
    assert!(LockBlocks::of(&conflict).is_none());
    assert!(LockBlocks::of(&ours.replace("  ", " ")).is_none());
}

#[test]
fn a_lock_that_is_printed_scene_by_scene_has_the_same_text() {
    let print = |lock: &Lock| {
        let mut printer = LockPrinter::new(0);
        lock.scenes.iter().for_each(|(id, scene)| printer.scene(id, scene));
        printer.finish(&lock.profiles)
    };
    for seed in 0..100 {
        let mut lock = lock(&mut Rng::with_seed(seed));
        assert_eq!(print(&lock), lock.print(), "seed {seed}");
        lock.profiles.insert("draft".parse().unwrap(), lock.scenes.clone());
        assert_eq!(print(&lock), lock.print(), "seed {seed}");
        lock.scenes.clear();
        assert_eq!(print(&lock), lock.print(), "seed {seed}");
    }
    assert_eq!(print(&Lock::default()), Lock::default().print());
}

#[test]
fn rows_are_those_of_the_whole_lock_and_what_it_would_refuse_has_none() {
    let rows_of = |lock: &Lock| -> Vec<LockRow<'static>> {
        let scenes: Vec<(SceneId, LockedScene)> = lock.scenes.clone().into_iter().collect();
        let scenes: &'static [(SceneId, LockedScene)] = scenes.leak();
        scenes.iter().map(|(id, scene)| LockRow::of(id, scene)).collect()
    };
    let (mut refused, mut read) = (0, 0);
    for seed in 0..200 {
        let mut rng = Rng::with_seed(seed);
        let mut lock = lock(&mut rng);
        for scene in lock.scenes.values_mut() {
            for _ in 0..rng.usize(..4) {
                change(&mut rng, scene);
            }
            if let Some(take) = scene.takes.last_mut() {
                take.task = Some(TaskId::new(["kling_1", "a \"b\""][rng.usize(..2)]));
                take.api = [Dialect::Kling, Dialect::Jobs][rng.usize(..2)];
                take.seconds = Some(5.04);
                take.credits = Some(Credits::from_thousandths(12_345));
                take.note = Some("„so\\so“\nagain".into()).filter(|_| rng.bool());
            }
        }
        let text = lock.print();
        assert_eq!(LockBlocks::of(&text).unwrap().rows(), Some(rows_of(&lock)), "seed {seed}");
        let lines: Vec<&str> = text.lines().collect();
        let is_of_take = |at: &usize| {
            let names =
                ["take", "key", "seed", "artifact", "bytes", "credits", "finished", "recipe"];
            names.iter().any(|name| lines[*at].starts_with(&format!("          \"{name}\": ")))
        };
        let places: Vec<usize> = (0..lines.len()).filter(is_of_take).collect();
        for _ in 0..10.min(places.len()) {
            let (at, mut damaged) = (places[rng.usize(..places.len())], lines.clone());
            let shorter = lines[at].replacen(['0', '"', ','], "", rng.usize(1..3));
            match rng.u8(..4) {
                0 => drop(damaged.remove(at)),
                1 => damaged.insert(at, lines[at]),
                2 => damaged.swap(at, at + 1),
                _ => damaged[at] = &shorter,
            }
            let damaged = damaged.join("\n") + "\n";
            match LockBlocks::of(&damaged).and_then(|blocks| blocks.rows()) {
                None => refused += 1,
                Some(rows) => {
                    read += 1;
                    let whole = Lock::parse(&damaged).unwrap_or_else(|error| {
                        panic!("seed {seed}: {error}, but rows were read: {damaged}")
                    });
                    assert_eq!(rows, rows_of(&whole), "seed {seed}");
                }
            }
        }
    }
    assert!(refused > 100 && read > 100, "{refused} {read}");
}
