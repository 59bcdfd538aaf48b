//! Faults: everything that goes wrong at a provider, sorted by what may be done about it.
//!
//! The class decides about money, so it is chosen by what is *proven*: only `Busy` and `NotSent`
//! say that nothing was accepted, and only those two let a submit be sent again.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a fault means for the call that met it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultClass {
    /// The prompt was refused (1001). Never sent again unchanged.
    InvalidPrompt,
    /// The image was refused (1002). Never sent again unchanged.
    InvalidImage,
    /// The parameters were refused (1004), or the request as such. Never sent again unchanged.
    InvalidParameters,
    /// The balance is too small (1003). No further submits.
    InsufficientCredits,
    /// The key was not accepted (401, 403). Nothing else is sent.
    Unauthorized,
    /// The provider said that it took nothing because it is busy (1005, 429).
    Busy,
    /// The connection was never made, so nothing was sent.
    NotSent,
    /// A submit left and no usable answer came back: it may be running. Never sent again by itself.
    Doubt,
    /// A free call failed in a way that may pass: time-out, reset, 5xx, unreadable answer.
    Transient,
    /// The provider does not know the task, or the video's URL is dead. Of a submit: the API says
    /// that nothing at that address takes it (404, 405).
    NotFound,
    /// The download is not the video that was asked for: short, wrong type, wrong size.
    Broken,
    /// The video's address must not be fetched: private, link-local, not https.
    Forbidden,
    /// The task ended without a video, for a reason that has no class of its own.
    TaskFailed,
    /// This machine failed: disk full, file unreadable.
    Local,
}

/// Something that went wrong at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Fault {
    /// What it means.
    pub class: FaultClass,
    /// The provider's code, from the body if it has one, else the HTTP status.
    pub code: Option<i64>,
    /// The provider's or the system's words, cleaned of control characters, without secrets.
    pub message: String,
    /// How long the provider asked to wait; of no use once it is recorded.
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
