//! The action: what is done about a take. The one decision that goes from recovery through the plan
//! to the engine and its effects, with all that each needs to carry it out.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Fault, Moment, TaskId};

/// What is done about a take.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The store has the video.
    Reuse(Digest),
    /// The provider still has the video: download it again, free.
    Restore {
        /// The task that made it.
        task: TaskId,
        /// Whole days until the provider deletes it.
        days_left: u32,
    },
    /// The task is open: go on polling it, nothing more to pay.
    Resume(TaskId),
    /// Have it made and pay.
    Generate(GenerateReason),
    /// It depends on a video that is not made yet, or another process is making it.
    Wait {
        /// The process that makes it, as it calls itself; `None` where this build does so itself.
        by: Option<String>,
    },
    /// A submission may be running: a person decides.
    AskDoubt {
        /// When it was sent.
        sent_at: Moment,
    },
    /// It failed before: a person decides whether to pay again.
    AskFailed(Fault),
}

/// Why a take is made although something is known of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GenerateReason {
    /// Nothing of it exists anywhere.
    Unknown,
    /// It was made once, but the store lost it and the provider has deleted it.
    Expired,
    /// It failed and is to be tried again.
    RetryFailed,
    /// The user wants it made again.
    Forced,
}

/// An action without its data: the word for it in tables and JSON.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Action", description = "What a build does about a take.")]
pub enum ActionWord {
    /// The store has it.
    Reuse,
    /// The provider still has it: download again, free.
    Restore,
    /// A task for it is open: go on polling, nothing more to pay.
    Resume,
    /// Have it made and pay.
    Generate,
    /// It depends on bytes not made yet.
    Wait,
    /// A person decides: it is in doubt, or it failed before.
    Ask,
}

impl Action {
    /// The word in tables and JSON.
    pub const fn word(&self) -> ActionWord {
        match self {
            Action::Reuse(_) => ActionWord::Reuse,
            Action::Restore { .. } => ActionWord::Restore,
            Action::Resume(_) => ActionWord::Resume,
            Action::Generate(_) => ActionWord::Generate,
            Action::Wait { .. } => ActionWord::Wait,
            Action::AskDoubt { .. } | Action::AskFailed(_) => ActionWord::Ask,
        }
    }

    /// Whether the store has the video.
    pub const fn is_reuse(&self) -> bool {
        matches!(self, Action::Reuse(_))
    }

    /// The provider's task that it is about.
    pub const fn task(&self) -> Option<&TaskId> {
        match self {
            Action::Restore { task, .. } | Action::Resume(task) => Some(task),
            _ => None,
        }
    }
}

impl ActionWord {
    /// The word itself.
    pub const fn as_str(self) -> &'static str {
        match self {
            ActionWord::Reuse => "reuse",
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
