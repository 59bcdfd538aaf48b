//! Endings: why a take did not succeed, in words. Events and the summary share them.

use super::event::{Paid, TakeState};
use crate::base::text::clean;
use crate::base::{Fault, FaultClass, Place, SceneId};
use crate::engine::{BUSY_MAX, DOUBTS_MAX, End, FailureKind, Halt};
use crate::storyboard::Film;

/// How a take ended, in words.
pub struct EndingText {
    /// The state in which the take was left.
    pub state: TakeState,
    /// Why, in words, the provider's code included.
    pub why: String,
    /// The provider's code, if there is one.
    pub code: Option<i64>,
    /// Whether it has cost something.
    pub paid: Paid,
}

impl EndingText {
    /// Puts an end into words; `name` gives the scene of a job's index.
    pub fn of(end: &End, name: &dyn Fn(usize) -> SceneId) -> EndingText {
        let ending = |state, why: String, paid| EndingText { state, why, code: None, paid };
        match end {
            End::Done => ending(TakeState::Done, String::new(), Paid::No),
            End::Failed(failing) => failed(failing),
            End::Blocked { by } => {
                ending(TakeState::Blocked, format!("waits for {}", name(*by)), Paid::No)
            }
            End::InDoubt { sent_at, detail } => {
                let sent = sent_at.map_or_else(
                    || "sent, but no task id came back".to_string(),
                    |at| format!("sent at {}, but no task id came back", at.local_time()),
                );
                let why = match clean(detail) {
                    detail if detail.is_empty() => sent,
                    detail => format!("{sent}: {detail}"),
                };
                ending(TakeState::InDoubt, why, Paid::Maybe)
            }
            End::LeftRunning { why, .. } => ending(TakeState::LeftRunning, clean(why), Paid::Yes),
            End::Elsewhere { by } => {
                let why = format!("still being made by {}", clean(by));
                ending(TakeState::NotStarted, why, Paid::No)
            }
            End::NotStarted(halt) => ending(TakeState::NotStarted, halt_words(*halt), Paid::No),
        }
    }
}

fn failed(failing: &FailureKind) -> EndingText {
    let (state, before, fault, paid) = match failing {
        FailureKind::Refused(fault) => (TakeState::Refused, "", fault, Paid::No),
        FailureKind::AtProvider(fault) => (TakeState::Failed, "", fault, Paid::Maybe),
        FailureKind::Before(fault) => (TakeState::Failed, "failed before: ", fault, Paid::No),
        FailureKind::Lost(fault) => (TakeState::Failed, "", fault, Paid::No),
        FailureKind::Download { task, fault } if task.is_drawing() => {
            (TakeState::Failed, "not drawn: ", fault, Paid::No)
        }
        FailureKind::Download { fault, .. } => {
            (TakeState::Failed, download_words(fault), fault, Paid::Yes)
        }
        FailureKind::Unsent(fault) => (TakeState::Failed, "not sent: ", fault, Paid::No),
    };
    EndingText { state, why: format!("{before}{}", fault_words(fault)), code: fault.code, paid }
}

/// What happened to the video of a paid take, by the fault that stopped it.
const fn download_words(fault: &Fault) -> &'static str {
    match (fault.class, fault.code) {
        // With a code, an HTTP status says why no video arrived.
        (FaultClass::Broken, None) | (FaultClass::NotVideo, _) => {
            "paid and downloaded, but not usable: "
        }
        // The disk is full, or the download is not the video that the lock names.
        (FaultClass::Local, _) => "paid, but not in this build: ",
        _ => "paid, but not downloaded: ",
    }
}

/// A fault in our words with its code, then in the provider's words if they say more.
pub fn fault_words(fault: &Fault) -> String {
    let theirs = clean(&fault.message);
    let code = fault.code.map_or(String::new(), |code| format!(" ({code})"));
    match class_words(fault.class) {
        Some(ours) => {
            let same = theirs.is_empty() || theirs.eq_ignore_ascii_case(ours);
            // The details of a busy provider do not help.
            if same || fault.class == FaultClass::Busy {
                format!("{ours}{code}")
            } else {
                format!("{ours}{code}: {theirs}")
            }
        }
        None if theirs.is_empty() => format!("failed{code}"),
        None => format!("{theirs}{code}"),
    }
}

/// Our words for the faults that the API's table of codes names.
const fn class_words(class: FaultClass) -> Option<&'static str> {
    match class {
        FaultClass::InvalidPrompt => Some("invalid prompt"),
        FaultClass::InvalidImage => Some("invalid image"),
        FaultClass::InvalidParameters => Some("invalid parameters"),
        FaultClass::InsufficientCredits => Some("insufficient credits"),
        FaultClass::KeyLimit => Some("the API key's own limit is reached"),
        FaultClass::Unauthorized => Some("KIE rejected the API key"),
        FaultClass::Busy => Some("provider is busy"),
        FaultClass::NotSent => Some("the provider cannot be reached"),
        FaultClass::Doubt
        | FaultClass::Untrusted
        | FaultClass::TaskFailed
        | FaultClass::Transient
        | FaultClass::NotFound
        | FaultClass::Broken
        | FaultClass::NotVideo
        | FaultClass::Forbidden
        | FaultClass::ModelUnavailable
        | FaultClass::Local => None,
    }
}

/// Why nothing more was sent.
fn halt_words(halt: Halt) -> String {
    let words = match halt {
        Halt::Interrupted => "the build was stopped",
        Halt::InsufficientCredits => "insufficient credits (1003)",
        Halt::KeyLimit => "the API key's own limit is reached (433)",
        Halt::Unauthorized => "KIE rejected the API key (401)",
        Halt::FailFast => "another take failed, and `--fail-fast` was given",
        Halt::OverBudget => "it would exceed the budget",
        Halt::Busy => {
            let minutes = BUSY_MAX.as_secs() / 60;
            return format!("the provider is busy; a build waits up to {minutes} minutes");
        }
        Halt::Unreached => "the provider cannot be reached",
        Halt::WrongAddress => "the server at `KIE_API_BASE` does not accept scenes",
        Halt::Doubts => return format!("{DOUBTS_MAX} submits in a row ended in doubt"),
    };
    words.to_string()
}

/// Where in the storyboard a failure can be fixed; `None` if nothing there is wrong.
pub fn failure_place(film: &Film, scene: &SceneId, end: &End) -> Option<Place> {
    let field = match end {
        End::Failed(
            FailureKind::Refused(fault)
            | FailureKind::AtProvider(fault)
            | FailureKind::Before(fault)
            | FailureKind::Lost(fault),
        ) => field_of(fault.class)?,
        _ => return None,
    };
    film.place_of(scene, field)
}

/// The field at fault; empty for the scene as a whole.
const fn field_of(class: FaultClass) -> Option<&'static str> {
    match class {
        FaultClass::InvalidPrompt => Some("prompt"),
        FaultClass::InvalidImage => Some("image"),
        FaultClass::InvalidParameters | FaultClass::TaskFailed => Some(""),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::TaskId;

    #[test]
    fn faults_are_described_in_our_words_then_the_providers() {
        let words = |class, message: &str, code: Option<i64>| {
            fault_words(&Fault { class, code, message: message.into(), retry_after: None })
        };
        for (class, message, code, expected) in [
            (FaultClass::InvalidPrompt, "Invalid prompt", Some(1001), "invalid prompt (1001)"),
            (
                FaultClass::InvalidPrompt,
                "contains \u{1b}[1mbanned\nwords",
                Some(1001),
                "invalid prompt (1001): contains banned words",
            ),
            (FaultClass::Busy, "Model overloaded", Some(1005), "provider is busy (1005)"),
            (FaultClass::Busy, "", Some(429), "provider is busy (429)"),
            (FaultClass::Transient, "timed out", None, "timed out"),
            (FaultClass::Transient, "", Some(502), "failed (502)"),
            (FaultClass::Broken, "not an MP4", None, "not an MP4"),
        ] {
            assert_eq!(words(class, message, code), expected);
        }
    }

    #[test]
    fn every_ending_says_what_was_paid() {
        let fault = || Fault::new(FaultClass::InvalidPrompt, "").with_code(1001);
        let task = TaskId::new("kling_1");
        let name = |_: usize| "dawn".parse().unwrap();
        for (end, state, why, paid) in [
            (
                End::Failed(FailureKind::Refused(fault())),
                TakeState::Refused,
                "invalid prompt (1001)",
                Paid::No,
            ),
            (
                End::Failed(FailureKind::AtProvider(fault())),
                TakeState::Failed,
                "invalid prompt (1001)",
                Paid::Maybe,
            ),
            (
                End::Failed(FailureKind::Before(fault())),
                TakeState::Failed,
                "failed before: invalid prompt (1001)",
                Paid::No,
            ),
            (
                End::Failed(FailureKind::Download {
                    task: task.clone(),
                    fault: Fault::new(FaultClass::NotFound, "gone"),
                }),
                TakeState::Failed,
                "paid, but not downloaded: gone",
                Paid::Yes,
            ),
            (
                End::Failed(FailureKind::Download {
                    task: task.clone(),
                    fault: Fault::new(FaultClass::Broken, "the video is 2.00 s long"),
                }),
                TakeState::Failed,
                "paid and downloaded, but not usable: the video is 2.00 s long",
                Paid::Yes,
            ),
            (
                End::Failed(FailureKind::Download {
                    task: task.clone(),
                    fault: Fault::new(FaultClass::Local, "the disk is full"),
                }),
                TakeState::Failed,
                "paid, but not in this build: the disk is full",
                Paid::Yes,
            ),
            (
                End::Failed(FailureKind::Download {
                    task: TaskId::new("preview_0123456789ab"),
                    fault: Fault::new(FaultClass::Local, "`a.png`: no such file"),
                }),
                TakeState::Failed,
                "not drawn: `a.png`: no such file",
                Paid::No,
            ),
            (
                End::Failed(FailureKind::Unsent(Fault::new(FaultClass::NotSent, "dns"))),
                TakeState::Failed,
                "not sent: the provider cannot be reached: dns",
                Paid::No,
            ),
            (End::Blocked { by: 3 }, TakeState::Blocked, "waits for dawn", Paid::No),
            (
                End::InDoubt { sent_at: None, detail: "reset".into() },
                TakeState::InDoubt,
                "sent, but no task id came back: reset",
                Paid::Maybe,
            ),
            (
                End::LeftRunning { task, why: "the build was stopped".into() },
                TakeState::LeftRunning,
                "the build was stopped",
                Paid::Yes,
            ),
            (
                End::NotStarted(Halt::OverBudget),
                TakeState::NotStarted,
                "it would exceed the budget",
                Paid::No,
            ),
            (
                End::NotStarted(Halt::Busy),
                TakeState::NotStarted,
                "the provider is busy; a build waits up to 20 minutes",
                Paid::No,
            ),
            (
                End::NotStarted(Halt::Doubts),
                TakeState::NotStarted,
                "3 submits in a row ended in doubt",
                Paid::No,
            ),
            (
                End::Elsewhere { by: "process 7,\u{1b}[2J scene dawn".into() },
                TakeState::NotStarted,
                "still being made by process 7, scene dawn",
                Paid::No,
            ),
        ] {
            let ending = EndingText::of(&end, &name);
            assert_eq!((ending.state, ending.why.as_str(), ending.paid), (state, why, paid));
        }
    }

    #[test]
    fn a_refusal_points_at_the_field_at_fault() {
        assert_eq!(field_of(FaultClass::InvalidPrompt), Some("prompt"));
        assert_eq!(field_of(FaultClass::InvalidImage), Some("image"));
        assert_eq!(field_of(FaultClass::Busy), None);
    }
}
