//! The summary: how a build ended, and what to do next.

use std::time::Duration;

use super::ending::EndingText;
use super::event::{BuildEvent, BuildOutcome, TakeState, take_name};
use crate::base::text::{clean, count, grouped, shorten};
use crate::base::{Credits, CutId, Fault, FaultClass, FilmCommands, Place, SceneId};
use crate::catalog::Dialect;
use crate::engine::{End, FailureKind, Halt};
use crate::plan::{ProviderFamily, Selection};
use crate::report::format::commands::{settle, settle_gone};
use crate::report::format::style::TermStyle;
use crate::report::format::table::{Cell, Column, Table};
use crate::report::format::text::{damage_words, elapsed, money, simulated};
use crate::store::DamageKind;

/// The most takes that get a row of their own.
const ROWS_MAX: usize = 20;
/// The widest reason in a row, in columns of the terminal.
const WHY_MAX: usize = 100;

/// The line for a build that has nothing to do.
pub fn up_to_date(scenes: usize) -> String {
    format!("up to date: {}, nothing to pay\n", count(scenes, "scene"))
}

/// The line for a selection without scenes.
pub fn nothing_chosen(selection: &Selection) -> String {
    let whose = match selection.scenes.is_empty() && selection.exclude.is_empty() {
        true => "no scene",
        false => "none of the chosen scenes",
    };
    let why = match (selection.changed, selection.failed) {
        (_, true) => "has failed",
        (true, false) => "has changed",
        (false, false) => "is left",
    };
    format!("nothing to do: {whose} {why}\n")
}

/// The result of a build.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Commands about the film for the user.
    pub commands: FilmCommands,
    /// The dialect of the API.
    pub api: Dialect,
    /// Who made the takes.
    pub provider: ProviderFamily,
    /// How many scenes were chosen.
    pub scenes: usize,
    /// How many takes the build worked on besides the scenes' own.
    pub more_takes: usize,
    /// How many takes this build made or downloaded; other finished takes existed before.
    pub made: usize,
    /// Every chosen take without a video, in film order.
    pub unfinished: Vec<UnfinishedTake>,
    /// Cuts that could not be made although their takes are stored, and why.
    pub failed_cuts: Vec<(CutId, String)>,
    /// Scenes whose video differs from the request, if the film says that this is a failure.
    pub unlike: Vec<SceneId>,
    /// Scenes whose stored video was damaged, and whether it was moved to quarantine.
    pub damaged: Vec<(SceneId, DamageKind)>,
    /// Why nothing more was sent, if sending stopped.
    pub halt: Option<Halt>,
    /// The provider's message that stopped the sending, if any.
    pub halt_fault: Option<Fault>,
    /// Credits spent, or possibly spent, by this build.
    pub committed: Credits,
    /// How long it took.
    pub elapsed: Duration,
    /// The gallery's path, if one was written.
    pub gallery: Option<String>,
}

/// A take without a video.
#[derive(Clone, Debug)]
pub struct UnfinishedTake {
    /// The scene.
    pub scene: SceneId,
    /// Its number, if it is another take than the one that the film uses.
    pub take: Option<u32>,
    /// How it ended.
    pub end: End,
    /// The scene that it waits for, if it is blocked.
    pub blocked_by: Option<SceneId>,
    /// Where in the storyboard it can be fixed; see [`super::ending::failure_place`].
    pub place: Option<Place>,
    /// The maximum cost of making it.
    pub credits_max: Credits,
}

impl UnfinishedTake {
    /// Its scene, and its number if it is another take than the one that the film uses.
    const fn name(&self) -> (&SceneId, Option<u32>) {
        (&self.scene, self.take)
    }

    fn ending(&self) -> EndingText {
        let blocked_by = || self.blocked_by.clone().unwrap_or_else(|| self.scene.clone());
        EndingText::of(&self.end, &|_| blocked_by())
    }

    fn is(&self, state: TakeState) -> bool {
        self.ending().state == state
    }
}

impl Summary {
    /// How it ended. A failure outweighs an open decision, and the user's interrupt outweighs both.
    pub fn outcome(&self) -> BuildOutcome {
        let open = |end: &End| {
            matches!(end, End::InDoubt { .. } | End::NotStarted(Halt::OverBudget | Halt::Doubts))
        };
        let only_undecided = self.any(open)
            && self.unfinished.iter().all(|take| open(&take.end) || take.is(TakeState::Blocked));
        let is_whole =
            self.failed_cuts.is_empty() && self.damaged.is_empty() && self.unlike.is_empty();
        if self.halt == Some(Halt::Interrupted) {
            BuildOutcome::Interrupted
        } else if self.unfinished.is_empty() && is_whole {
            BuildOutcome::Done
        } else if only_undecided && is_whole {
            BuildOutcome::Undecided
        } else {
            BuildOutcome::Failed
        }
    }

    /// The last event of the build.
    pub fn event(&self) -> BuildEvent {
        let outcome = self.outcome();
        BuildEvent::BuildFinished {
            outcome,
            exit_code: outcome.exit_code(),
            done: self.done(),
            failed: self.number_of(TakeState::Failed) + self.number_of(TakeState::Refused),
            in_doubt: self.number_of(TakeState::InDoubt),
            left_running: self.number_of(TakeState::LeftRunning),
            blocked: self.number_of(TakeState::Blocked),
            not_started: self.number_of(TakeState::NotStarted),
            credits_committed: self.committed,
            seconds: self.elapsed.as_secs_f64(),
        }
    }

    /// The summary for people.
    pub fn print(&self, color: bool) -> String {
        if self.outcome() == BuildOutcome::Done && self.made == 0 {
            return up_to_date(self.scenes);
        }
        let mut text = self.headline(color) + "\n";
        text.push_str(&self.rows(color));
        if let Some(gallery) = &self.gallery {
            text.push_str(&format!("gallery: {}\n", clean(gallery)));
        }
        for hint in self.hints() {
            let mut label = "next: ";
            for line in hint {
                text.push_str(&format!("{label}{line}\n"));
                label = "      ";
            }
        }
        text
    }

    fn done(&self) -> usize {
        (self.scenes + self.more_takes).saturating_sub(self.unfinished.len())
    }

    fn number_of(&self, state: TakeState) -> usize {
        self.unfinished.iter().filter(|take| take.is(state)).count()
    }

    fn headline(&self, color: bool) -> String {
        let (verb, cost) = match self.provider {
            ProviderFamily::Kling if self.number_of(TakeState::InDoubt) > 0 => {
                ("built", format!("at most {} spent", self.committed.with_unit()))
            }
            ProviderFamily::Kling => ("built", format!("{} spent", self.committed.with_unit())),
            ProviderFamily::KlingRehearsal => ("rehearsed", simulated(self.committed)),
            ProviderFamily::Preview | ProviderFamily::Drawn => {
                ("previewed", "nothing to pay".to_string())
            }
        };
        let takes = self.scenes + self.more_takes;
        let noun = if self.more_takes == 0 { "scene" } else { "take" };
        let (done, all) = (self.done(), count(takes, noun));
        let what = if done == takes { all } else { format!("{} of {all}", grouped(done)) };
        let tone =
            if self.outcome() == BuildOutcome::Done { TermStyle::Green } else { TermStyle::Yellow };
        let mut line = format!(
            "{} in {} · {cost}",
            tone.paint(&format!("{verb} {what}"), color),
            elapsed(self.elapsed)
        );
        for (state, number) in self.states() {
            line.push_str(&format!(" · {} {state}", grouped(number)));
        }
        if !self.failed_cuts.is_empty() {
            line.push_str(&format!(" · {} failed", count(self.failed_cuts.len(), "cut")));
        }
        line
    }

    /// The states in which takes were left, with their numbers, the most severe first.
    fn states(&self) -> impl Iterator<Item = (TakeState, usize)> {
        let number = |state| (state, self.number_of(state));
        GRAVEST_FIRST.map(number).into_iter().filter(|entry| entry.1 > 0)
    }

    fn rows(&self, color: bool) -> String {
        let mut table = Table::new([
            Column::left(""),
            Column::left("").after(2),
            Column::left("").after(2),
            Column::left(""),
            Column::left(""),
        ]);
        let mut shown = 0;
        for state in GRAVEST_FIRST {
            for take in self.unfinished.iter().filter(|take| take.is(state)) {
                if shown < ROWS_MAX {
                    table.row(row(take));
                }
                shown += 1;
            }
        }
        for (cut, why) in &self.failed_cuts {
            table.row([
                Cell::default(),
                Cell::new(TakeState::Failed.words()).tone(TermStyle::Red),
                Cell::new(format!("cut {cut}")),
                Cell::new(shorten(&clean(why), WHY_MAX)),
            ]);
        }
        let unlike = "its video is not what was requested (`quality: fail`)".to_string();
        let unlike = self.unlike.iter().map(|scene| (scene, unlike.clone())).take(ROWS_MAX);
        let damaged = self.damaged.iter().map(|(scene, kind)| (scene, damage_words(kind)));
        for (scene, why) in unlike.chain(damaged.take(ROWS_MAX)) {
            table.row([
                Cell::default(),
                Cell::new(TakeState::Failed.words()).tone(TermStyle::Red),
                Cell::new(scene.as_str()),
                Cell::new(shorten(&clean(&why), WHY_MAX)),
            ]);
        }
        let mut text = table.print(color);
        if shown > ROWS_MAX {
            let status = self.commands.command("status", "", "");
            let more = grouped(shown - ROWS_MAX);
            text.push_str(&format!("  … and {more} more; `{status}` lists them\n"));
        }
        text
    }

    /// The other dialect, which the server may speak.
    fn other_dialect(&self) -> String {
        let other = match self.api {
            Dialect::Kling => Dialect::Jobs,
            Dialect::Jobs => Dialect::Kling,
        };
        format!("if the server speaks the other dialect of the API, try `--api {other}`")
    }

    /// What to do next, the most urgent first, each in one or more lines.
    fn hints(&self) -> Vec<Vec<String>> {
        let again = self.again("");
        let mut hints: Vec<Vec<String>> = Vec::new();
        if self.is_not_started(Halt::Unauthorized) {
            hints.push(vec![format!("check `KIE_API_KEY`, then run `{again}`")]);
        }
        if self.is_not_started(Halt::InsufficientCredits) {
            hints.push(self.top_up(&again));
        }
        if self.is_not_started(Halt::KeyLimit) {
            let mut hint = vec![format!(
                "raise the key's limit at KIE or wait until it begins anew, then run `{again}`"
            )];
            hint.extend(self.provider_says());
            hints.push(hint);
        }
        if self.is_not_started(Halt::WrongAddress) {
            let retry = self.again("--retry-failed 1");
            hints.push(vec![
                format!("check that `KIE_API_BASE` is the API's address, then run `{retry}`;"),
                self.other_dialect(),
            ]);
        }
        if self.is_not_started(Halt::Doubts) {
            hints.push(vec![
                "check the replies above, and that `KIE_API_BASE` is the API's address;"
                    .to_string(),
                "sending stopped so that no more takes end in doubt;".to_string(),
                self.other_dialect(),
            ]);
        }
        if let Some(take) = self.unfinished.iter().find(|take| take.is(TakeState::InDoubt)) {
            let mut hint = settle(&self.commands, &take.scene, None).to_vec();
            let more = self.number_of(TakeState::InDoubt) - 1;
            if more > 0 {
                let status = self.commands.command("status", "", "");
                hint.push(format!("and so on for {} more; `{status}` lists them", grouped(more)));
            }
            hints.push(hint);
        }
        hints.extend(self.failure_hints(&again));
        let is_moved = |(_, kind): &(SceneId, DamageKind)| matches!(kind, DamageKind::Moved { .. });
        if self.damaged.iter().any(is_moved) {
            hints.push(vec![format!(
                "run `{again}`: damaged videos are downloaded again while the provider has them"
            )]);
        }
        if !self.damaged.iter().all(is_moved) {
            hints.push(vec![format!(
                "make the store readable and writable, then run `{again}`: a damaged video is \
                 replaced once it can be moved away"
            )]);
        }
        if self.is_not_started(Halt::OverBudget) {
            hints.push(vec!["raise the budget or build less, then run again".to_string()]);
        }
        if self.is_not_started(Halt::Busy) {
            hints.push(vec![format!("run `{again}` later: finished scenes are kept")]);
        }
        if self.is_not_started(Halt::Unreached) {
            hints.push(vec![format!(
                "check the network and `KIE_API_BASE`, then run `{again}`; nothing was charged"
            )]);
        }
        if self.any(|end| matches!(end, End::Elsewhere { .. })) {
            hints.push(vec![format!(
                "run `{again}` when the other process has finished; the take is shared and paid for once"
            )]);
        }
        if self.any(|end| matches!(end, End::LeftRunning { .. })) {
            hints.push(vec![format!("run `{again}` to resume; nothing is charged twice")]);
        } else if hints.is_empty() && !self.unfinished.is_empty() {
            // Stopped by the user or by --fail-fast, or blocked by a take outside this build.
            hints.push(vec![format!("run `{again}`: finished scenes are kept")]);
        }
        hints
    }

    /// How many credits are missing. The balance is unknown, so this shows what the unsent takes
    /// need and what the provider said.
    fn top_up(&self, again: &str) -> Vec<String> {
        let not_sent =
            |take: &&UnfinishedTake| take.end == End::NotStarted(Halt::InsufficientCredits);
        let missing: Credits =
            self.unfinished.iter().filter(not_sent).map(|take| take.credits_max).sum();
        let mut hint = vec![format!(
            "top up: the remaining scenes need up to {}; then run `{again}`",
            money(missing)
        )];
        hint.extend(self.provider_says());
        hint
    }

    /// What the provider said when it stopped the submits.
    fn provider_says(&self) -> Option<String> {
        let words = clean(&self.halt_fault.as_ref()?.message);
        (!words.is_empty()).then(|| format!("the provider says: {words}"))
    }

    /// The command that runs this build again; for a preview, never a command that pays.
    fn again(&self, flags: &str) -> String {
        let preview = (self.provider == ProviderFamily::Preview).then_some("--preview");
        let flags = Some(flags).filter(|flags| !flags.is_empty());
        let flags: Vec<&str> = preview.into_iter().chain(flags).collect();
        self.commands.command("", "", &flags.join(" "))
    }

    fn failure_hints(&self, again: &str) -> Vec<Vec<String>> {
        let failings = || {
            self.unfinished.iter().filter_map(|take| match &take.end {
                End::Failed(failing) => Some((take, failing)),
                _ => None,
            })
        };
        let mut hints = Vec::new();
        let refused: Vec<FaultClass> = failings()
            .filter_map(|(_, failing)| match failing {
                // Nothing is wrong with a scene that was sent to a wrong address.
                FailureKind::Refused(fault) => {
                    Some(fault.class).filter(|class| *class != FaultClass::NotFound)
                }
                _ => None,
            })
            .collect();
        if let Some(first) = refused.first() {
            let what = match first {
                FaultClass::InvalidPrompt => "prompt",
                FaultClass::InvalidImage => "image",
                _ => "scene",
            };
            let what = match refused.len() {
                1 => format!("that {what}"),
                _ if refused.iter().all(|class| class == first) => format!("those {what}s"),
                _ => "those scenes".to_string(),
            };
            hints.push(vec![format!("change {what} and run again; finished scenes are kept")]);
        }
        let paid_again = |failing: &FailureKind| {
            matches!(failing, FailureKind::AtProvider(_) | FailureKind::Before(_))
        };
        if failings().any(|(_, failing)| paid_again(failing)) {
            let retry = self.again("--retry-failed 1");
            hints.push(vec![format!(
                "change what failed and run again, or pay for another attempt: `{retry}`"
            )]);
        }
        let is_no_video = |failing: &FailureKind| match failing {
            FailureKind::Download { task, fault } => {
                fault.class == FaultClass::NotVideo && !task.is_drawing()
            }
            _ => false,
        };
        if let Some((take, _)) = failings().find(|(_, failing)| is_no_video(failing)) {
            let gone = settle_gone(&self.commands, take.name());
            hints.push(vec![
                "ask the provider for the video: what it sends is complete, and not a video;"
                    .to_string(),
                format!("or give it up: after `{gone}` the next build may pay for another"),
            ]);
        }
        let may_come = |failing: &FailureKind| {
            matches!(failing, FailureKind::Download { task, .. } if !task.is_drawing())
                && !is_no_video(failing)
        };
        let is_drawing = |failing: &FailureKind| match failing {
            FailureKind::Download { task, .. } => task.is_drawing(),
            _ => false,
        };
        if failings().any(|(_, failing)| is_drawing(failing)) {
            hints.push(vec!["change what could not be drawn and run again; it is free".into()]);
        }
        if failings().any(|(_, failing)| may_come(failing)) {
            let lost = failings().find_map(|(take, failing)| match failing {
                FailureKind::Download { fault, .. }
                    if fault.class != FaultClass::Local && may_come(failing) =>
                {
                    Some(settle_gone(&self.commands, take.name()))
                }
                _ => None,
            });
            let mut hint =
                vec![format!("run `{again}`: paid videos are downloaded again for free")];
            hint.extend(lost.map(|lost| format!("if the provider has lost one: `{lost}`")));
            hints.push(hint);
        }
        if failings().any(|(_, failing)| matches!(failing, FailureKind::Unsent(_))) {
            hints.push(vec![format!("run `{again}` once that is fixed; nothing was charged")]);
        }
        hints
    }

    fn is_not_started(&self, halt: Halt) -> bool {
        self.any(|end| *end == End::NotStarted(halt))
    }

    fn any(&self, is: impl Fn(&End) -> bool) -> bool {
        self.unfinished.iter().any(|take| is(&take.end))
    }
}

/// The states in which a take can be left, in order of urgency.
const GRAVEST_FIRST: [TakeState; 6] = [
    TakeState::InDoubt,
    TakeState::Refused,
    TakeState::Failed,
    TakeState::LeftRunning,
    TakeState::Blocked,
    TakeState::NotStarted,
];

fn row(take: &UnfinishedTake) -> [Cell<'_>; 5] {
    let ending = take.ending();
    let tone = match ending.state {
        TakeState::InDoubt | TakeState::Refused | TakeState::Failed => TermStyle::Red,
        TakeState::LeftRunning => TermStyle::Blue,
        _ => TermStyle::Dim,
    };
    let last = match (&take.place, &take.end) {
        (Some(place), _) => clean(&place.to_string()),
        (None, End::LeftRunning { task, .. } | End::Failed(FailureKind::Download { task, .. })) => {
            clean(task.as_str())
        }
        (None, _) => String::new(),
    };
    [
        Cell::default(),
        Cell::new(ending.state.words()).tone(tone),
        Cell::new(take_name(&take.scene, take.take)),
        Cell::new(shorten(&ending.why, WHY_MAX)),
        Cell::new(last),
    ]
}
