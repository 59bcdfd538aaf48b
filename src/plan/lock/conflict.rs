//! Conflicts: a lock in which git left both sides of a merge.
//!
//! Git marks a conflict where two people made takes of one scene, or added scenes side by side.
//! Nearly always both sides can be kept: takes are facts, and only which one the film uses is a
//! decision. Both sides are therefore merged scene by scene, and a person is asked only where two
//! decisions contradict each other.

use memchr::memchr3_iter;
use std::collections::BTreeMap;
use std::fmt;

use super::scene::LockedScene;
use super::take::LockedTake;
use crate::base::SceneId;

/// How many characters a marker begins with.
const MARKER: usize = 7;

/// The two sides of a lock with conflict markers.
pub(super) struct Sides {
    /// The line of the first marker, from 1.
    pub line: usize,
    pub ours: String,
    pub theirs: String,
}

/// Two decisions about one scene that contradict each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The scene.
    pub scene: SceneId,
    /// What our side says.
    pub ours: String,
    /// What their side says.
    pub theirs: String,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: ours has {}, theirs has {}", self.scene, self.ours, self.theirs)
    }
}

/// All disagreements in words.
pub(super) fn words(disagreements: &[Disagreement]) -> String {
    let all: Vec<String> = disagreements.iter().map(Disagreement::to_string).collect();
    format!("a merge of git left both sides, and they differ in {}", all.join("; "))
}

/// Whether a text may contain conflict markers of git; locks are large, and hardly any does.
pub(super) fn has_markers(text: &str) -> bool {
    let bytes = text.as_bytes();
    let begins = |at: usize| {
        bytes.get(at..at + MARKER).is_some_and(|marker| marker.iter().all(|it| *it == marker[0]))
    };
    memchr3_iter(b'<', b'=', b'>', bytes).any(begins)
}

/// Both sides of a text with conflict markers; `None` if it has none.
pub(super) fn sides(text: &str) -> Option<Sides> {
    enum In {
        Both,
        Ours,
        Base,
        Theirs,
    }
    if !has_markers(text) {
        return None;
    }
    let mut sides = Sides { line: 0, ours: String::new(), theirs: String::new() };
    let mut inside = In::Both;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let is = |marker: &str| line.starts_with(marker);
        let begins = is("<<<<<<< ");
        if begins || is("||||||| ") || is("=======") || is(">>>>>>> ") {
            if sides.line == 0 {
                sides.line = at + 1;
            }
            inside = match &line[..1] {
                "<" => In::Ours,
                "|" => In::Base,
                "=" => In::Theirs,
                _ => In::Both,
            };
            continue;
        }
        if matches!(inside, In::Both | In::Ours) {
            sides.ours.push_str(line);
        }
        if matches!(inside, In::Both | In::Theirs) {
            sides.theirs.push_str(line);
        }
    }
    (sides.line > 0).then_some(sides)
}

/// What both sides say about some scenes; where they disagree, what ours says.
pub(super) fn merge(
    mut ours: BTreeMap<SceneId, LockedScene>,
    theirs: BTreeMap<SceneId, LockedScene>,
    disagreements: &mut Vec<Disagreement>,
) -> BTreeMap<SceneId, LockedScene> {
    for (id, scene) in theirs {
        match ours.get_mut(&id) {
            None => drop(ours.insert(id, scene)),
            Some(own) if *own == scene => {}
            Some(own) => {
                disagreements.extend(merge_scene(own, &scene).map(|(ours, theirs)| Disagreement {
                    scene: id,
                    ours,
                    theirs,
                }))
            }
        }
    }
    ours
}

/// Adds what theirs has to ours. Returns both sides in words if a person must decide.
fn merge_scene(ours: &mut LockedScene, theirs: &LockedScene) -> Option<(String, String)> {
    let differing = theirs.takes.iter().find_map(|take| {
        let own = ours.take_with(&take.key).filter(|own| own.artifact != take.artifact)?;
        let said =
            |take: &LockedTake| format!("take {} with video {}", take.take, take.artifact.short());
        Some((said(own), said(take)))
    });
    let chosen: Vec<_> = ours.takes.iter().filter(|take| take.chosen).cloned().collect();
    let mut numbers = BTreeMap::new();
    for take in &theirs.takes {
        let listing = theirs.listing(take);
        let number = match ours.takes.iter_mut().find(|own| own.key == take.key) {
            Some(own) => {
                own.rejected |= take.rejected;
                own.note = merge_notes(own.note.take(), take.note.clone());
                own.take
            }
            None => ours.keep(take.clone(), &listing),
        };
        numbers.insert(take.take, number);
        // Of all takes of a recipe at most one is chosen.
        let is_alone = chosen.iter().all(|own| own.recipe != take.recipe);
        if let Some(own) = ours.take_mut(number) {
            own.chosen |= take.chosen && is_alone;
            own.over = own.over.or(take.over.filter(|_| is_alone));
        }
    }
    let their_pick = theirs.picked.and_then(|picked| numbers.get(&picked).copied());
    let pinned = theirs.pinned;
    match (ours.picked, their_pick) {
        (None, Some(number)) => {
            ours.picked = Some(number);
            ours.pinned = pinned;
        }
        (Some(_), Some(number)) if ours.picked != Some(number) || ours.pinned != pinned => {
            let said = |scene: &LockedScene, number: u32, pinned: bool| {
                let seed = scene.take(number).and_then(|take| take.seed);
                let seed = seed.map_or_else(String::new, |seed| format!(" (seed {seed})"));
                format!("take {number}{seed} {}", if pinned { "pinned" } else { "picked" })
            };
            let own = ours.picked.unwrap_or(number);
            return Some((said(ours, own, ours.pinned), said(ours, number, pinned)));
        }
        _ => {}
    }
    differing
}

fn merge_notes(ours: Option<String>, theirs: Option<String>) -> Option<String> {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours != theirs => Some(format!("{ours} / {theirs}")),
        (ours, theirs) => ours.or(theirs),
    }
}
