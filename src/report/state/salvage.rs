//! The salvage report: the result for each task, and the totals.

use std::path::PathBuf;

use crate::base::text::{clean, count};
use crate::base::{Credits, FilmCommands, Moment, TaskId};
use crate::report::format::text::{bytes, money};

/// A task whose video was requested.
#[derive(Clone, Debug, PartialEq)]
pub struct SalvagedTask {
    /// The scene it was made for.
    pub scene: String,
    /// The storyboard it was made for.
    pub storyboard: String,
    /// The provider's task.
    pub task: TaskId,
    /// Its maximum cost.
    pub credits_max: Credits,
    /// The result.
    pub end: SalvageEnd,
}

/// The result for a task whose video was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SalvageEnd {
    /// Its video is in the store now.
    Stored {
        /// The video's length in bytes.
        bytes: u64,
    },
    /// Its video is in the store now, but differs from the known one or from the order.
    Odd {
        /// How it differs.
        how: String,
        /// Where it is.
        path: PathBuf,
    },
    /// The provider is still making it.
    Generating,
    /// The provider ended it without a video.
    Failed(String),
    /// The provider had it and has deleted it.
    Gone(String),
    /// Another process is working on it: the line that it left.
    Elsewhere(String),
    /// It could not be asked about or downloaded this time.
    Missed(String),
}

/// A request that may have become a task whose id is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SalvageDoubt {
    /// The scene it was sent for.
    pub scene: String,
    /// The storyboard it was sent for.
    pub storyboard: String,
    /// When it was sent.
    pub sent_at: Moment,
}

impl SalvageEnd {
    const fn word(&self) -> &'static str {
        match self {
            SalvageEnd::Stored { .. } => "stored",
            SalvageEnd::Odd { .. } => "odd",
            SalvageEnd::Generating => "generating",
            SalvageEnd::Failed(_) => "failed",
            SalvageEnd::Gone(_) => "gone",
            SalvageEnd::Elsewhere(_) => "elsewhere",
            SalvageEnd::Missed(_) => "missed",
        }
    }
}

/// One task on one line, without a line break.
pub fn salvage_line(salvaged: &SalvagedTask) -> String {
    let more = match &salvaged.end {
        SalvageEnd::Stored { bytes: length } => bytes(*length),
        SalvageEnd::Odd { how, path } => {
            format!("{}; the download is kept as `{}`", clean(how), path.display())
        }
        SalvageEnd::Generating => "the provider is still making it".to_string(),
        SalvageEnd::Failed(words) | SalvageEnd::Missed(words) => clean(words),
        SalvageEnd::Gone(words) => format!("{}: {}", clean(words), money(salvaged.credits_max)),
        SalvageEnd::Elsewhere(holder) => format!("in use by {}", clean(holder)),
    };
    let (scene, task) = (clean(&salvaged.scene), clean(salvaged.task.as_str()));
    format!("{scene:<14} {:<14} {task}   {more}", salvaged.end.word())
}

/// The totals of a salvage: how many videos were downloaded, and what to do about the others.
pub fn salvage_summary(
    salvaged: &[SalvagedTask],
    expired: &[SalvagedTask],
    doubts: &[SalvageDoubt],
) -> String {
    let number = |wanted: fn(&SalvageEnd) -> bool| {
        salvaged.iter().filter(|salvaged| wanted(&salvaged.end)).count()
    };
    let stored = number(|end| matches!(end, SalvageEnd::Stored { .. } | SalvageEnd::Odd { .. }));
    let mut text = match salvaged.len() {
        0 => "nothing to salvage: every video in this ledger is already in the store\n".to_string(),
        all => format!("salvaged {stored} of {} for 0 credits\n", count(all, "video")),
    };
    if stored > 0 {
        text.push_str("next: run a build; stored videos are not paid for again\n");
    }
    let running = number(|end| matches!(end, SalvageEnd::Generating | SalvageEnd::Elsewhere(_)));
    if running > 0 {
        let what = count(running, "task");
        text.push_str(&format!("note: {what} not finished yet; run `kling-build salvage` again\n"));
    }
    if number(|end| matches!(end, SalvageEnd::Missed(_))) > 0 {
        text.push_str("fix: run `kling-build salvage` again; asking and downloading are free\n");
    }
    if !expired.is_empty() {
        let cost: Credits = expired.iter().map(|expired| expired.credits_max).sum();
        text.push_str(&format!(
            "note: {} finished longer ago than the provider keeps videos ({}) and never reached this \
             machine; `--all` asks about them anyway\n",
            count(expired.len(), "task"),
            money(cost)
        ));
    }
    for doubt in doubts {
        let status = FilmCommands::new(&doubt.storyboard, []).command("status", "", "");
        text.push_str(&format!(
            "note: `{}` of {} is in doubt since {}: its task id is unknown, so its video cannot be fetched; \
             `{}` says how to settle it\n",
            clean(&doubt.scene),
            clean(&doubt.storyboard),
            doubt.sent_at.local_date_time(),
            status,
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::NOW;

    fn salvaged(scene: &str, end: SalvageEnd) -> SalvagedTask {
        SalvagedTask {
            scene: scene.into(),
            storyboard: "/films/film.yaml".into(),
            task: TaskId::new(format!("kling_{scene}")),
            credits_max: Credits::whole(50),
            end,
        }
    }

    #[test]
    fn every_result_is_reported() {
        let all = [
            salvaged("dawn", SalvageEnd::Stored { bytes: 132_000 }),
            salvaged(
                "harbor",
                SalvageEnd::Odd {
                    how: "the video is 2.00 s long, 5 s were asked".into(),
                    path: "/home/objects/ab/abcd".into(),
                },
            ),
            salvaged("chase", SalvageEnd::Generating),
            salvaged("host", SalvageEnd::Failed("banned\u{1b}[31m words (1001)".into())),
            salvaged("end", SalvageEnd::Gone("the provider has no record of this task".into())),
            salvaged("title", SalvageEnd::Elsewhere("process 7, scene title".into())),
            salvaged("map", SalvageEnd::Missed("the connection was lost".into())),
        ];
        let doubt = SalvageDoubt {
            scene: "boats".into(),
            storyboard: "/my films/film.yaml".into(),
            sent_at: NOW,
        };
        let expired = [salvaged("old", SalvageEnd::Gone(String::new()))];
        let lines: Vec<String> = all.iter().map(salvage_line).collect();
        let text = format!("{}\n{}", lines.join("\n"), salvage_summary(&all, &expired, &[doubt]));
        insta::assert_snapshot!(text.replace(&NOW.local_date_time(), "2026-03-01 14:02:10"));
    }

    #[test]
    fn nothing_to_do_is_reported() {
        assert_eq!(
            salvage_summary(&[], &[], &[]),
            "nothing to salvage: every video in this ledger is already in the store\n"
        );
    }
}
