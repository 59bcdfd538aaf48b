//! Decisions: pick, pin, reject, note and undo.

use super::editor::LockEditor;
use crate::base::{Diagnostic, FilmCommands, SceneId};
use crate::plan::{
    Decided, Decision, DecisionError, LockError, LockedTake, Reason, Stale, what_goes_stale,
};
use crate::runner::exit::{Exit, Refusal};
use crate::runner::session::{WrittenSeeds, lock_file};
use crate::runner::store_access::ledger_refusal;
use crate::store::DecisionRow;

/// A decision that was carried out.
#[derive(Clone, Debug)]
pub struct DecidedTake {
    /// The scene.
    pub scene: SceneId,
    /// The decision in words, such as `picked take 2 (seed 51234)`.
    pub said: String,
    /// The scenes whose takes go stale because they use that of this scene.
    pub stale: Vec<Stale>,
}

/// A decision that was undone.
#[derive(Clone, Debug)]
pub struct Undone {
    /// The scene.
    pub scene: SceneId,
    /// What was undone, in words.
    pub said: String,
    /// The number of the take that the film uses now.
    pub picked: Option<u32>,
}

impl LockEditor {
    /// Carries decisions out, each about the scene with that name, and writes the lock once.
    ///
    /// # Errors
    /// One of them cannot be carried out, or a merge of git left decisions that contradict each
    /// other and these do not settle all of them; nothing is changed then.
    pub fn decide(
        &mut self,
        decisions: &[(String, Decision)],
    ) -> Result<Vec<DecidedTake>, Refusal> {
        let mut rows = Vec::new();
        let mut done = Vec::new();
        let needs_seeds =
            |(_, it): &(String, Decision)| matches!(it, Decision::Pick(_) | Decision::Pin(_));
        let seeds = match decisions.iter().any(needs_seeds) {
            true => WrittenSeeds::read(
                &self.environment,
                &self.storyboard,
                self.profile(),
                self.scenes(),
                self.count(),
            )?,
            false => WrittenSeeds::default(),
        };
        for (name, decision) in decisions {
            let scene = self.scene(name)?;
            let written = seeds.of(&scene);
            let (commands, part) = (self.commands.clone(), self.part_name());
            let locked = self.scenes_mut().entry(scene.clone()).or_default();
            let (before, old) = (locked.decided(), locked.picked_take().cloned());
            decision
                .clone()
                .apply(locked, written)
                .map_err(|error| refused(&error, &scene, &commands))?;
            let (after, new) = (locked.decided(), locked.picked_take().cloned());
            let said = words(decision, new.as_ref());
            if before != after {
                rows.push(row(part, &scene, &said, &before, &after));
            }
            let stale = match (old, new) {
                (Some(old), Some(new)) if old.artifact != new.artifact => {
                    what_goes_stale(&self.lock(), old.artifact, new.artifact)
                }
                _ => Vec::new(),
            };
            self.disagreements.retain(|other| other.scene != scene);
            done.push(DecidedTake { scene, said, stale });
        }
        if !self.disagreements.is_empty() {
            let left = LockError::Disagreement(self.disagreements.clone());
            return Err(lock_file::unusable(self.path(), &left, &self.commands));
        }
        self.save(&rows, false)?;
        Ok(done)
    }

    /// Undoes the latest decision that was made on this machine.
    ///
    /// # Errors
    /// There is none, or the scene has been decided about in another way since.
    pub fn undo(&mut self) -> Result<Undone, Refusal> {
        let ledger = self.open.store.ledger.clone();
        let latest = ledger.latest_decision(&self.part_name()).map_err(ledger_refusal)?;
        let Some((id, decision)) = latest else {
            let what = format!("no decision about `{}` was made here", self.storyboard.display());
            let fix = "decisions that others made are undone with git";
            return Err(Refusal::usage(Diagnostic::error("nothing-to-undo", what).fix(fix)));
        };
        let parse = |text: &str| serde_json::from_str::<Decided>(text).ok();
        let scene = decision.scene.parse::<SceneId>().ok();
        let locked = scene.as_ref().and_then(|scene| self.scenes_mut().get_mut(scene));
        let known = locked.zip(parse(&decision.before)).zip(parse(&decision.after));
        let fitting = known.filter(|((locked, _), after)| locked.decided() == *after);
        let (Some(((locked, before), _)), Some(scene)) = (fitting, scene) else {
            let what = format!("`{}` has changed since it was {}", decision.scene, decision.said);
            let fix = "a build, a merge or another clone has changed it: decide anew; this \
                       decision is forgotten";
            ledger.forget_decision(id).map_err(ledger_refusal)?;
            let reason = Diagnostic::error("cannot-undo", what).fix(fix);
            return Err(Refusal::new(Exit::Decision, reason));
        };
        locked.restore(&before);
        let picked = locked.picked;
        self.save(&[], false)?;
        ledger.forget_decision(id).map_err(ledger_refusal)?;
        Ok(Undone { scene, said: decision.said, picked })
    }
}

pub(super) fn row(
    lock: String,
    scene: &SceneId,
    said: &str,
    before: &Decided,
    after: &Decided,
) -> DecisionRow {
    let json = |decided: &Decided| {
        serde_json::to_string(decided).expect("decisions are made of keys, numbers and texts")
    };
    DecisionRow {
        lock,
        scene: scene.to_string(),
        said: said.to_string(),
        before: json(before),
        after: json(after),
    }
}

/// A decision in words; `picked` is the take that the film uses now.
fn words(decision: &Decision, picked: Option<&LockedTake>) -> String {
    let with_seed = |number: u32| {
        let seed = picked.filter(|take| take.take == number).and_then(|take| take.seed);
        let seed = seed.map_or_else(String::new, |seed| format!(" (seed {seed})"));
        format!("take {number}{seed}")
    };
    match decision {
        Decision::Pick(number) => format!("picked {}", with_seed(*number)),
        Decision::Pin(_) => {
            format!("pinned {}", with_seed(picked.map_or(0, |take| take.take)))
        }
        Decision::Unpin => "unpinned".to_string(),
        Decision::Reject(number) => format!("rejected take {number}"),
        Decision::Accept(number) => format!("no longer rejected take {number}"),
        Decision::Note(number, Some(_)) => format!("noted on take {number}"),
        Decision::Note(number, None) => format!("cleared of the note on take {number}"),
    }
}

/// Why a decision cannot be carried out, for the user.
fn refused(error: &DecisionError, scene: &SceneId, commands: &FilmCommands) -> Refusal {
    let build = format!("`{}` makes one", commands.command("", scene.as_str(), ""));
    let (code, what, fix) = match error {
        DecisionError::NoTakes => ("no-takes", format!("scene `{scene}` has no take"), build),
        DecisionError::UnknownTake(number, known) => {
            let known: Vec<String> = known.iter().map(u32::to_string).collect();
            let what = format!("scene `{scene}` has no take {number}");
            ("unknown-take", what, format!("it has: {}", known.join(", ")))
        }
        DecisionError::OtherRecipe(number, changes) => {
            let changes = changes
                .iter()
                .map(|change| Reason::Changed { change: change.clone(), source: None }.to_string());
            let changes: Vec<String> = changes.collect();
            let what = format!(
                "take {number} of `{scene}` was made from another recipe: {}",
                changes.join(", ")
            );
            let pin = commands.command("pin", &format!("{scene} {number}"), "");
            let fix =
                format!("change the storyboard back, or keep that take whatever it says: `{pin}`");
            ("other-recipe", what, fix)
        }
        DecisionError::IsPicked(number) => {
            let what = format!("the film uses take {number} of `{scene}`");
            let reroll = commands.command("reroll", scene.as_str(), "");
            let fix = format!("pick another one first, or make one: `{reroll}`");
            ("picked-take", what, fix)
        }
    };
    Refusal::usage(Diagnostic::error(code, what).fix(fix))
}
