//! Progress: the content of the live display of a build, as a value.
//!
//! It receives events and returns rows for a moment; the caller draws them. Only active takes are
//! kept, and only a dozen of them are shown, so a film may have any number.

use std::collections::{BTreeMap, HashMap};

use super::event::{BuildEvent, TakeState, take_name};
use crate::base::text::{clean, grouped, shorten};
use crate::base::{Credits, Moment, SceneId};
use crate::report::format::style::TermStyle;
use crate::report::format::table::{Cell, Column, Table};
use crate::report::format::text::span;

/// The most rows of takes that are shown.
const ROWS_MAX: usize = 12;
/// Columns inside the bar's brackets.
const BAR_WIDTH: usize = 20;

/// A build so far.
#[derive(Clone, Debug, Default)]
pub struct BuildProgress {
    takes: usize,
    done: usize,
    committed: Credits,
    credits_max: Credits,
    /// Active takes: those at the provider before those being prepared, each group in the order in
    /// which they began.
    rows: BTreeMap<ProgressRank, ProgressRow>,
    ranks: HashMap<TakeOfScene, ProgressRank>,
    began: u64,
}

/// A scene's take: its number if it is another one than the one that the film uses.
type TakeOfScene = (SceneId, Option<u32>);

/// The sort key of a row: whether it is only being prepared, and its number.
type ProgressRank = (bool, u64);

/// An active take.
#[derive(Clone, Debug)]
struct ProgressRow {
    scene: TakeOfScene,
    state: TakeState,
    /// When the state began.
    since: Moment,
    retry_at: Option<Moment>,
    rest: String,
}

impl BuildProgress {
    /// Handles an event.
    pub fn tell(&mut self, event: &BuildEvent) {
        match event {
            BuildEvent::BuildStarted { takes, credits_max, .. } => {
                self.takes = *takes;
                self.credits_max = *credits_max;
            }
            BuildEvent::TakeChanged { scene, take, state, task, detail, retry_at, at } => {
                let scene = &(scene.clone(), *take);
                let task = task.as_ref().map(|task| clean(task.as_str()));
                let rest = task.into_iter().chain(detail.as_deref().map(clean));
                let rest = rest.collect::<Vec<_>>().join("   ");
                match state {
                    // It waits for another process, and nothing else shows that.
                    TakeState::Waiting if detail.is_some() => {
                        self.show(scene, *state, *retry_at, *at, rest);
                    }
                    TakeState::Preparing
                    | TakeState::Submitting
                    | TakeState::Generating
                    | TakeState::Retry
                    | TakeState::Fetching => {
                        self.show(scene, *state, *retry_at, *at, rest);
                    }
                    _ => self.hide(scene),
                }
            }
            BuildEvent::TakeDone { scene, take, .. } => {
                self.done += 1;
                self.hide(&(scene.clone(), *take));
            }
            BuildEvent::TakeFailed { scene, take, .. } => self.hide(&(scene.clone(), *take)),
            BuildEvent::CreditsCommitted { credits } => self.committed = *credits,
            BuildEvent::CutDone { .. }
            | BuildEvent::CutFailed { .. }
            | BuildEvent::Note { .. }
            | BuildEvent::Warning { .. }
            | BuildEvent::BuildFinished { .. } => {}
        }
    }

    /// The bar and the rows, in lines of at most `width_max` columns.
    pub fn print(&self, now: Moment, width_max: usize, color: bool) -> String {
        let mut table = Table::new([
            Column::left(""),
            Column::left("").after(2),
            Column::left("").at_least(10),
            Column::left("").at_least(6),
            Column::left(""),
        ]);
        for row in self.rows.values().take(ROWS_MAX) {
            let time = match row.retry_at {
                Some(at) => format!("in {}", span(at.since(now))),
                None => span(now.since(row.since)),
            };
            let tone =
                if row.state == TakeState::Retry { TermStyle::Yellow } else { TermStyle::Blue };
            table.row([
                Cell::default(),
                Cell::new(shorten(&take_name(&row.scene.0, row.scene.1), 32)),
                Cell::new(row.state.words()).tone(tone),
                Cell::new(time),
                Cell::new(&row.rest),
            ]);
        }
        let mut text = shorten(&self.bar(), width_max) + "\n";
        // The space that colour codes need is not visible, so lines that must be cut have no
        // colour.
        let painted = table.print(color);
        for (line, plain) in painted.lines().zip(table.print(false).lines()) {
            let short = shorten(plain, width_max);
            text.push_str(if short == plain { line } else { &short });
            text.push('\n');
        }
        if self.rows.len() > ROWS_MAX {
            text.push_str(&format!("  … and {} more\n", grouped(self.rows.len() - ROWS_MAX)));
        }
        text
    }

    /// `=` for finished takes, `-` for those in progress, blanks for those not started.
    fn bar(&self) -> String {
        let columns = |takes: usize| takes * BAR_WIDTH / self.takes.max(1);
        let done = columns(self.done).min(BAR_WIDTH);
        let working = columns(self.done + self.rows.len()).min(BAR_WIDTH) - done;
        let rest = BAR_WIDTH - done - working;
        let running = self
            .rows
            .range(..(true, 0))
            .filter(|row| matches!(row.1.state, TakeState::Submitting | TakeState::Generating));
        let mut bar = format!(
            "[{}{}{}] {}/{} · {} running",
            "=".repeat(done),
            "-".repeat(working),
            " ".repeat(rest),
            grouped(self.done),
            grouped(self.takes),
            running.count()
        );
        if self.credits_max > Credits::ZERO {
            let most = self.credits_max.with_unit();
            bar.push_str(&format!(" · {} of at most {most}", self.committed));
        }
        bar
    }

    fn show(
        &mut self,
        scene: &TakeOfScene,
        state: TakeState,
        retry_at: Option<Moment>,
        at: Moment,
        rest: String,
    ) {
        let preparing = state == TakeState::Preparing;
        let number = match self.ranks.get(scene) {
            Some(rank) => rank.1,
            None => {
                self.began += 1;
                self.began
            }
        };
        self.hide(scene);
        let rank = (preparing, number);
        self.ranks.insert(scene.clone(), rank);
        self.rows
            .insert(rank, ProgressRow { scene: scene.clone(), state, since: at, retry_at, rest });
    }

    fn hide(&mut self, scene: &TakeOfScene) {
        if let Some(rank) = self.ranks.remove(scene) {
            self.rows.remove(&rank);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::TaskId;
    use crate::report::fixture::{NOW, changed, id, started};

    fn after(seconds: u64) -> Moment {
        NOW + Duration::from_secs(seconds)
    }

    fn generating(scene: &str, task: &str, at: Moment) -> BuildEvent {
        BuildEvent::TakeChanged {
            scene: id(scene),
            take: None,
            state: TakeState::Generating,
            task: Some(TaskId::new(task)),
            detail: None,
            retry_at: None,
            at,
        }
    }

    fn retry(scene: &str, at: Moment) -> BuildEvent {
        BuildEvent::TakeChanged {
            scene: id(scene),
            take: None,
            state: TakeState::Retry,
            task: None,
            detail: Some("provider is busy (1005), try 2 of 5".into()),
            retry_at: Some(at + Duration::from_secs(20)),
            at,
        }
    }

    fn done(scene: &str) -> BuildEvent {
        BuildEvent::TakeDone {
            scene: id(scene),
            take: None,
            artifact: crate::base::Digest::of(b""),
            bytes: 1,
            credits: Credits::ZERO,
            path: None,
            at: NOW,
        }
    }

    #[test]
    fn looks_as_the_style_guide_says() {
        let mut progress = BuildProgress::default();
        for event in [
            started(4, 100),
            done("dawn"),
            done("title"),
            generating("harbor", "kling_8f31d0", NOW),
            retry("chase", after(60)),
            BuildEvent::CreditsCommitted { credits: Credits::whole(100) },
        ] {
            progress.tell(&event);
        }
        assert_eq!(
            progress.print(after(72), 80, false),
            "[==========----------] 2/4 · 1 running · 100 of at most 100 credits\n  \
               harbor   generating   1m 12s   kling_8f31d0\n  \
               chase    retry        in 8s    provider is busy (1005), try 2 of 5\n"
        );
        progress.tell(&generating("chase", "kling_8f31d1", after(80)));
        progress.tell(&done("harbor"));
        assert_eq!(
            progress.print(after(85), 40, true),
            "[===============-----] 3/4 · 1 running …\n  \
               chase   generating   5s       kling_8…\n",
            "a line that has to be cut is not coloured"
        );
    }

    #[test]
    fn ten_thousand_takes_show_a_dozen() {
        let mut progress = BuildProgress::default();
        progress.tell(&started(10_000, 0));
        for at in 0..9_000 {
            progress.tell(&changed(&format!("p{at}"), TakeState::Preparing));
        }
        for at in 0..10 {
            progress.tell(&generating(&format!("g{at}"), "kling_1", NOW));
        }
        let text = progress.print(NOW, 80, false);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + ROWS_MAX + 1);
        assert_eq!(lines[0], "[------------------  ] 0/10,000 · 10 running");
        assert!(lines[1].starts_with("  g0 ") && lines[11].starts_with("  p0 "), "{text}");
        assert_eq!(lines[13], "  … and 8,998 more");
        for at in 0..9_000 {
            progress.tell(&done(&format!("p{at}")));
        }
        assert_eq!(progress.rows.len(), 10);
        assert_eq!(progress.ranks.len(), 10);
    }

    #[test]
    fn ended_takes_are_removed_from_the_rows() {
        for state in [TakeState::InDoubt, TakeState::LeftRunning, TakeState::NotStarted] {
            let mut progress = BuildProgress::default();
            progress.tell(&started(1, 0));
            progress.tell(&changed("a", TakeState::Submitting));
            assert_eq!(progress.rows.len(), 1);
            progress.tell(&changed("a", state));
            assert_eq!(progress.rows.len(), 0);
        }
    }
}
