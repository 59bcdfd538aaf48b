//! The requests of a plan as data: what `plan --requests` prints.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::base::{Credits, SceneId};
use crate::catalog::Dialect;

/// The version of the document that this program writes.
pub const REQUESTS_VERSION: u32 = 1;

/// The requests that a build would send, as data.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RequestsDocument {
    /// The version of this document's form.
    version: u32,
    /// The storyboard's path, as it was given.
    storyboard: String,
    /// The dialect of the API.
    api: Dialect,
    /// One entry for each take that would be paid for, in the order of the plan.
    requests: Vec<PlannedRequest>,
}

/// The request for a take.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlannedRequest {
    /// The scene.
    pub scene: SceneId,
    /// The number of the take in the lock.
    pub take: u32,
    /// The most that it can cost.
    pub credits_max: Credits,
    /// The path that it would be posted to, under the API's address.
    pub path: String,
    /// The JSON that would be sent; inputs that would be uploaded first are named instead of an
    /// address.
    pub body: Value,
}

impl RequestsDocument {
    /// The requests of a storyboard, whose path is as the user gave it.
    pub fn of(storyboard: &str, api: Dialect, requests: Vec<PlannedRequest>) -> RequestsDocument {
        RequestsDocument {
            version: REQUESTS_VERSION,
            storyboard: storyboard.to_string(),
            api,
            requests,
        }
    }

    /// The document as JSON text, with a newline at the end.
    pub fn print(&self) -> String {
        crate::report::format::json::pretty(self)
    }
}
