//! Fault rules: what goes wrong in a rehearsal, and when, as `KIND[:WHEN]`.
//!
//! A rule is a value without a counter. The caller counts and asks whether it applies.

use std::fmt;
use std::str::FromStr;

use crate::base::text::excerpt;

/// The stage of a task's life at which a fault happens; calls are counted per stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultPoint {
    /// A request for a take; counted over all requests.
    Submit,
    /// An accepted task; counted over all tasks.
    Task,
    /// The callback of an accepted task; counted over all requested callbacks.
    Callback,
    /// A status call; counted per task.
    Poll,
    /// A download of a video; counted per task.
    Download,
    /// An upload; counted over all uploads.
    Upload,
}

macro_rules! fault_kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $stage:ident;)+) => {
        /// The kinds of faults.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FaultKind {
            $($(#[$doc])* $variant,)+
        }

        impl FaultKind {
            /// Every kind, in the order of a task's life.
            pub const ALL: &'static [FaultKind] = &[$(FaultKind::$variant),+];

            /// Its word in a rule.
            pub const fn as_str(self) -> &'static str {
                match self { $(FaultKind::$variant => $word,)+ }
            }

            /// The stage at which it happens.
            pub const fn stage(self) -> FaultPoint {
                match self { $(FaultKind::$variant => FaultPoint::$stage,)+ }
            }
        }
    };
}

fault_kinds! {
    /// A submit is refused with 1001.
    InvalidPrompt = "1001", Submit;
    /// A submit is refused with 1002.
    InvalidImage = "1002", Submit;
    /// A submit is refused with 1003.
    InsufficientCredits = "1003", Submit;
    /// A submit is refused with 1004.
    InvalidParameters = "1004", Submit;
    /// A submit is refused with 1005.
    Overloaded = "1005", Submit;
    /// A submit is answered with HTTP 401.
    Unauthorized = "401", Submit;
    /// A submit is answered with code 401, for its model alone.
    ModelUnavailable = "model-401", Submit;
    /// A submit is answered with HTTP 429.
    TooManyRequests = "429", Submit;
    /// A submit is answered with code 433: the key's own limit.
    KeyLimit = "433", Submit;
    /// A submit is answered with code 455: maintenance.
    Maintenance = "455", Submit;
    /// A submit is answered with HTTP 500; no task is created.
    ServerError = "500", Submit;
    /// A submit's connection is reset; no task is created.
    Reset = "reset", Submit;
    /// A task is created, and the answer is HTTP 500.
    ServerErrorAfterAccept = "500-after-accept", Submit;
    /// A task is created, and the connection is reset without an answer.
    ResetAfterAccept = "reset-after-accept", Submit;
    /// A task is created, and the answer is cut off in the middle.
    CutAfterAccept = "cut-after-accept", Submit;
    /// A task is created, and no answer comes.
    SilenceAfterAccept = "silence-after-accept", Submit;
    /// A task ends without a video.
    Fail = "fail", Task;
    /// A task's video is upright where it should be wide, and two seconds too short.
    OddVideo = "odd-video", Task;
    /// A callback never comes.
    CallbackLost = "callback-lost", Callback;
    /// A callback comes before the submit is answered, claims success, and none comes later.
    CallbackEarly = "callback-early", Callback;
    /// A callback comes late, after twice the time that the task took.
    CallbackLate = "callback-late", Callback;
    /// A callback comes twice.
    CallbackTwice = "callback-twice", Callback;
    /// Forged callbacks come first: about another task, and with a guessed token.
    CallbackForged = "callback-forged", Callback;
    /// A poll is answered with a page of HTTP 502.
    PollPage = "poll-502", Poll;
    /// A poll is answered with HTTP 429.
    PollTooMany = "poll-429", Poll;
    /// A poll's connection is reset.
    PollReset = "poll-reset", Poll;
    /// A poll does not see the task yet.
    NotVisible = "not-visible", Poll;
    /// A video is sent slowly.
    SlowDownload = "slow-download", Download;
    /// A video is cut off in the middle.
    CutDownload = "cut-download", Download;
    /// A video's address is dead.
    DeadUrl = "dead-url", Download;
    /// A page is sent instead of a video.
    DownloadPage = "download-page", Download;
    /// A whole file is sent that is not a video.
    DownloadNoise = "download-noise", Download;
    /// An upload is answered with code 500.
    UploadError = "upload-500", Upload;
}

/// The calls of a rule's stage to which it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// From the first to the last of these calls, counted from 1.
    Calls(u64, u64),
    /// This percentage of calls, chosen by the simulator's seed.
    Percent(u8),
}

/// A rule: a fault and when it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultRule {
    /// What.
    pub kind: FaultKind,
    /// When.
    pub when: When,
}

/// The text is not a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseFaultRuleError {
    /// There is no such kind.
    #[error("`{0}` is not a kind of fault; known: {known}", known = known_kinds())]
    Kind(String),
    /// That is not a time.
    #[error(
        "`{0}` does not say when; write `3` (the third), `1-2` (the first two), `2-` (from the \
         second on), `*` (always) or `10%` (one of ten)"
    )]
    When(String),
}

impl When {
    /// Whether the rule applies to the call with this number; `chance` is evenly spread over all
    /// numbers.
    pub fn applies(self, call: u64, chance: u64) -> bool {
        match self {
            When::Calls(first, last) => (first..=last).contains(&call),
            When::Percent(percent) => chance % 100 < u64::from(percent),
        }
    }
}

impl FromStr for FaultRule {
    type Err = ParseFaultRuleError;

    /// Reads `KIND` (the first call) or `KIND:WHEN`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (word, when) = text.split_once(':').unwrap_or((text, "1"));
        let kinds = FaultKind::ALL.iter().copied();
        let kind = kinds.into_iter().find(|kind| kind.as_str() == word.trim());
        let kind = kind.ok_or_else(|| ParseFaultRuleError::Kind(excerpt(word)))?;
        let when =
            parse_when(when.trim()).ok_or_else(|| ParseFaultRuleError::When(excerpt(when)))?;
        Ok(FaultRule { kind, when })
    }
}

fn parse_when(text: &str) -> Option<When> {
    if let Some(percent) = text.strip_suffix('%') {
        return percent.parse().ok().filter(|percent| *percent <= 100).map(When::Percent);
    }
    let (first, last) = match text.split_once('-') {
        _ if text == "*" => (1, u64::MAX),
        Some((first, "")) => (first.parse().ok()?, u64::MAX),
        Some((first, last)) => (first.parse().ok()?, last.parse().ok()?),
        None => text.parse().map(|call| (call, call)).ok()?,
    };
    (1 <= first && first <= last).then_some(When::Calls(first, last))
}

impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.when)
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            When::Calls(1, u64::MAX) => f.write_str("*"),
            When::Calls(first, u64::MAX) => write!(f, "{first}-"),
            When::Calls(first, last) if first == last => write!(f, "{first}"),
            When::Calls(first, last) => write!(f, "{first}-{last}"),
            When::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

fn known_kinds() -> String {
    FaultKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_round_trip_as_text() {
        for kind in FaultKind::ALL {
            for when in ["3", "1-2", "2-", "*", "10%"] {
                let text = format!("{}:{when}", kind.as_str());
                assert_eq!(text.parse::<FaultRule>().map(|rule| rule.to_string()), Ok(text));
            }
        }
        assert_eq!("1005".parse::<FaultRule>().unwrap().to_string(), "1005:1");
    }

    #[test]
    fn invalid_rule_is_reported_with_the_valid_ones() {
        let bad = ["", "1006", "fail:0", "fail:3-2", "fail:x", "fail:-2", "fail:101%", "fail:"];
        let messages = bad.map(|text| text.parse::<FaultRule>().unwrap_err().to_string());
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn calls_are_counted_from_one() {
        let applies = |text: &str, call| text.parse::<FaultRule>().unwrap().when.applies(call, 7);
        assert!(!applies("fail:2-3", 1) && applies("fail:2-3", 2) && applies("fail:2-3", 3));
        assert!(!applies("fail:2-3", 4) && applies("fail:*", u64::MAX));
        assert!(applies("fail:8%", 1) && !applies("fail:7%", 1) && !applies("fail:0%", 1));
    }
}
