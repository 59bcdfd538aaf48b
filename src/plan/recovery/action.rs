//! The action: what to do about a take. Recovery decides it once; the plan, the engine and its
//! effects receive it with all the data they need to carry it out.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Fault, Moment, TaskId};

/// What to do about a take.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The store has the video.
    Reuse(Digest),
    /// The provider still has the video: download it again, free.
    Restore {
        /// The task that generated it.
        task: TaskId,
        /// Whole days until the provider deletes it.
        days_left: u32,
    },
    /// The task is open: keep polling it; nothing more to pay.
    Resume(TaskId),
    /// Generate it and pay.
    Generate(GenerateReason),
    /// It depends on a video that does not exist yet, or another process is generating it.
    Wait {
        /// The name of the process that generates it; `None` if it is this build.
        by: Option<String>,
    },
    /// A submission may be running: the user decides.
    AskDoubt {
        /// When it was sent.
        sent_at: Moment,
    },
    /// It failed before: the user decides whether to pay again.
    AskFailed(Fault),
    /// A person adopted or pinned it, and its video is lost: no other video takes its place by
    /// itself.
    AskLost(Fault),
}

/// Why a take is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GenerateReason {
    /// It does not exist anywhere.
    Unknown,
    /// It was generated once, but the store lost it and the provider has deleted it.
    Expired,
    /// It failed and will be retried.
    RetryFailed,
}

/// An action without its data: its name in tables and JSON.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Action", description = "What a build does about a take.")]
pub enum ActionWord {
    /// The store has it.
    Reuse,
    /// Another scene of this build has the same take; it is made and paid once.
    Same,
    /// The provider still has it: download it again, free.
    Restore,
    /// A task for it is open: keep polling; nothing more to pay.
    Resume,
    /// Generate it and pay.
    Generate,
    /// It depends on bytes that do not exist yet.
    Wait,
    /// The user decides: it is in doubt, or it failed before.
    Ask,
}

impl Action {
    /// The action's name in tables and JSON.
    pub const fn word(&self) -> ActionWord {
        match self {
            Action::Reuse(_) => ActionWord::Reuse,
            Action::Restore { .. } => ActionWord::Restore,
            Action::Resume(_) => ActionWord::Resume,
            Action::Generate(_) => ActionWord::Generate,
            Action::Wait { .. } => ActionWord::Wait,
            Action::AskDoubt { .. } | Action::AskFailed(_) | Action::AskLost(_) => ActionWord::Ask,
        }
    }

    /// Whether the store has the video.
    pub const fn is_reuse(&self) -> bool {
        matches!(self, Action::Reuse(_))
    }

    /// The provider's task that the action refers to.
    pub const fn task(&self) -> Option<&TaskId> {
        match self {
            Action::Restore { task, .. } | Action::Resume(task) => Some(task),
            _ => None,
        }
    }
}

impl ActionWord {
    /// The name as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            ActionWord::Reuse => "reuse",
            ActionWord::Same => "same",
            ActionWord::Restore => "restore",
            ActionWord::Resume => "resume",
            ActionWord::Generate => "generate",
            ActionWord::Wait => "wait",
            ActionWord::Ask => "ask",
        }
    }
}

impl fmt::Display for ActionWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
