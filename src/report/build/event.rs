//! Events of a build: what `build --json` prints, one per line.
//!
//! The first event is `build-started` and carries the version of the form, the last is
//! `build-finished`. `schemas/events.schema.json` describes them.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Credits, CutId, Digest, Moment, SceneId, TaskId};
use crate::plan::ProviderFamily;

/// The form of the events that this program writes.
pub const EVENTS_VERSION: u32 = 1;

/// An event of a build.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum BuildEvent {
    /// The build begins.
    BuildStarted {
        /// The version of the events' form.
        version: u32,
        /// The storyboard's path, as it was given.
        storyboard: String,
        /// Who makes the takes.
        provider: ProviderFamily,
        /// How many scenes are chosen.
        scenes: usize,
        /// How many takes they have in this build, all together.
        takes: usize,
        /// The most that the build can cost.
        credits_max: Credits,
    },
    /// A take changed its state without finishing.
    TakeChanged {
        /// The scene.
        scene: SceneId,
        /// The number of the take, if it is another one than the one that the film uses.
        #[serde(skip_serializing_if = "Option::is_none")]
        take: Option<u32>,
        /// The state.
        state: TakeState,
        /// The provider's task, if there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
        /// Why, in words, where the state does not say it all.
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
        /// When it is tried again, where that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_at: Option<Moment>,
        /// When it happened.
        at: Moment,
    },
    /// A take's video is stored.
    TakeDone {
        /// The scene.
        scene: SceneId,
        /// The number of the take, if it is another one than the one that the film uses.
        #[serde(skip_serializing_if = "Option::is_none")]
        take: Option<u32>,
        /// The SHA-256 of the video.
        artifact: Digest,
        /// The video's length in bytes.
        bytes: u64,
        /// The most that this build paid for it; nothing if it existed before.
        credits: Credits,
        /// Where the video is, if it was put into the build directory.
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        /// When it happened.
        at: Moment,
    },
    /// A take failed.
    TakeFailed {
        /// The scene.
        scene: SceneId,
        /// The number of the take, if it is another one than the one that the film uses.
        #[serde(skip_serializing_if = "Option::is_none")]
        take: Option<u32>,
        /// Whether the provider refused it; otherwise something failed on the way.
        refused: bool,
        /// The provider's code, if there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<i64>,
        /// What failed, in words, the code included.
        message: String,
        /// The provider's task, if there is one: its video may still be fetched.
        #[serde(skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
        /// Where in the storyboard it can be fixed, as `storyboard.yaml:22:13`.
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<String>,
        /// Whether it cost something.
        paid: Paid,
        /// When it happened.
        at: Moment,
    },
    /// What the build has committed so far has changed.
    CreditsCommitted {
        /// Spent, or possibly spent, since the build began.
        credits: Credits,
    },
    /// A cut's video is written.
    CutDone {
        /// The cut.
        cut: CutId,
        /// Where the video is.
        path: String,
        /// The video's length in bytes.
        bytes: u64,
        /// Whether this build made it; otherwise it existed before.
        made: bool,
    },
    /// A cut could not be made.
    CutFailed {
        /// The cut.
        cut: CutId,
        /// Why, in words.
        message: String,
    },
    /// Something worth knowing; nothing needs to be done.
    Note {
        /// What, in words.
        message: String,
    },
    /// Something needs attention; the build continues.
    Warning {
        /// What, in words.
        message: String,
    },
    /// The build is over.
    BuildFinished {
        /// How it ended.
        outcome: BuildOutcome,
        /// The exit code of the command.
        exit_code: u8,
        /// How many takes are done, including those that existed before.
        done: usize,
        /// How many failed or were refused.
        failed: usize,
        /// How many may be running although no reply arrived.
        in_doubt: usize,
        /// How many are running at the provider and are left to the next build.
        left_running: usize,
        /// How many depend on a take that did not finish.
        blocked: usize,
        /// How many were not sent because the build was stopped.
        not_started: usize,
        /// Spent, or possibly spent.
        credits_committed: Credits,
        /// How long it took.
        seconds: f64,
    },
}

/// A take's name for people: its scene, with its number if it is another take than the one that the
/// film uses.
pub fn take_name(scene: &SceneId, take: Option<u32>) -> String {
    take.map_or_else(|| scene.to_string(), |take| format!("{scene} take {take}"))
}

/// The state of a take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TakeState {
    /// It waits for other takes, or for its turn.
    Waiting,
    /// Its inputs are brought to the provider.
    Preparing,
    /// It is ready and waits for a slot.
    Queued,
    /// It is being sent.
    Submitting,
    /// The provider makes it.
    Generating,
    /// An attempt failed; the next one is scheduled.
    Retry,
    /// Its video is being downloaded.
    Fetching,
    /// Its video is stored.
    Done,
    /// It failed.
    Failed,
    /// The provider refused it.
    Refused,
    /// A take that it depends on did not finish.
    Blocked,
    /// It was sent and no reply arrived: it may be running.
    InDoubt,
    /// It is running at the provider and is left to the next build.
    LeftRunning,
    /// Nothing was sent.
    NotStarted,
}

impl TakeState {
    /// The words for people.
    pub const fn words(self) -> &'static str {
        match self {
            TakeState::Waiting => "waiting",
            TakeState::Preparing => "preparing",
            TakeState::Queued => "queued",
            TakeState::Submitting => "submitting",
            TakeState::Generating => "generating",
            TakeState::Retry => "retry",
            TakeState::Fetching => "fetching",
            TakeState::Done => "done",
            TakeState::Failed => "failed",
            TakeState::Refused => "refused",
            TakeState::Blocked => "blocked",
            TakeState::InDoubt => "in doubt",
            TakeState::LeftRunning => "left running",
            TakeState::NotStarted => "not started",
        }
    }
}

impl fmt::Display for TakeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
}

/// Whether a take that did not finish has cost something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Paid {
    /// Nothing was accepted.
    No,
    /// The provider may have charged for it; it often refunds failed tasks.
    Maybe,
    /// It is paid for.
    Yes,
}

/// How a build ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BuildOutcome {
    /// Everything is done.
    Done,
    /// A take or a cut failed.
    Failed,
    /// The user has to decide: a doubt, or the budget.
    Undecided,
    /// The user stopped it.
    Interrupted,
}

impl BuildOutcome {
    /// The exit code of the command.
    pub const fn exit_code(self) -> u8 {
        match self {
            BuildOutcome::Done => 0,
            BuildOutcome::Failed => 1,
            BuildOutcome::Undecided => 3,
            BuildOutcome::Interrupted => 130,
        }
    }
}
