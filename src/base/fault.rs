//! Faults: every failure at a provider, classified by what may be done about it.
//!
//! The class decides about money, so it depends on what is *proven*: only `Busy`, `NotSent`
//! and `Untrusted` mean that nothing was accepted, and only for the first two is a submit sent again.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a fault means for the call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultClass {
    /// The prompt was refused (1001). Never sent again unchanged.
    InvalidPrompt,
    /// The image was refused (1002). Never sent again unchanged.
    InvalidImage,
    /// The parameters (1004) or the whole request were refused. Never sent again unchanged.
    InvalidParameters,
    /// The balance is too small (1003). No further submits.
    InsufficientCredits,
    /// The API key's own limit is reached (433). No further submits.
    KeyLimit,
    /// The API key may not use this model, or the model is switched off (401 in those words, 505).
    /// The scene is not at fault.
    ModelUnavailable,
    /// The API key was rejected (401, 403). Nothing else is sent.
    Unauthorized,
    /// The provider said that it accepted nothing because it is busy (1005, 429) or being
    /// maintained (455).
    Busy,
    /// The connection was never made, so nothing was sent.
    NotSent,
    /// The connection was not made because the server's certificate is not valid here, so nothing was
    /// sent, and another attempt would end the same.
    Untrusted,
    /// A submit was sent and got no usable answer: it may be running. Never sent again
    /// automatically.
    Doubt,
    /// A free call failed in a way that may be temporary: time-out, reset, 5xx, unreadable answer.
    Transient,
    /// The provider does not know the task, or the video's URL is dead. For a submit: the API says
    /// that its address does not accept submits (404, 405).
    NotFound,
    /// The download is not the requested video: short, wrong type, wrong size.
    Broken,
    /// The whole file came, and it is no video: another download would bring the same.
    NotVideo,
    /// The video's address must not be fetched: private, link-local, not https.
    Forbidden,
    /// The task ended without a video, for a reason without a class of its own.
    TaskFailed,
    /// This machine failed: disk full, file unreadable.
    Local,
}

/// A failure at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Fault {
    /// Its class.
    pub class: FaultClass,
    /// The provider's code, from the body if it has one, else the HTTP status.
    pub code: Option<i64>,
    /// The provider's or the system's message, without control characters and secrets.
    pub message: String,
    /// How long the provider asked to wait; meaningless once it is recorded.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
}

impl Fault {
    /// A fault without a code.
    pub fn new(class: FaultClass, message: impl Into<String>) -> Self {
        Fault { class, code: None, message: message.into(), retry_after: None }
    }

    /// Adds the provider's code.
    pub fn with_code(mut self, code: i64) -> Self {
        self.code = Some(code);
        self
    }

    /// Adds how long the provider asked to wait.
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{} ({code})", self.message),
            None => f.write_str(&self.message),
        }
    }
}
