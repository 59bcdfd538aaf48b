//! Dialects: the differences between the variants of the API.
//!
//! A dialect writes requests, reads the data inside the envelope, and knows what the codes mean. It
//! sends nothing and decides nothing about money; the transport and the fault table do.

use serde_json::Value;

use super::request_body::RequestBody;
use crate::base::{Fault, FaultClass, TaskId};
use crate::catalog::{self, Catalog};
use crate::provider::contract::{Order, TaskStatus};
use crate::provider::kie::http::Envelope;

/// The meaning of an envelope's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeMeaning {
    /// The call was carried out.
    Done,
    /// The call was refused, for this reason; a submit with this answer created no task.
    Refused(FaultClass),
    /// The documentation does not say.
    Unknown,
}

/// One variant of the API.
pub trait ApiProtocol: Send + Sync {
    /// Its entry in the catalog.
    fn id(&self) -> catalog::Dialect;

    /// The path that takes are requested from, under the API's base.
    fn submit_path(&self) -> &'static str;

    /// The path of status calls; the task goes into the query as `taskId`.
    fn status_path(&self) -> &'static str;

    /// The request for a take.
    ///
    /// # Errors
    /// `Local` if the order lacks what its type needs, or an input is not public.
    fn submit_body(&self, order: &Order, catalog: &Catalog) -> Result<RequestBody, Fault>;

    /// The meaning of a code.
    fn meaning(&self, code: i64) -> CodeMeaning;

    /// The status of a task, if the record says it whatever the code of its envelope says.
    fn ended_status(&self, _task: &TaskId, _envelope: &Envelope) -> Option<TaskStatus> {
        None
    }

    /// The status of a task, from a status answer with a code of success.
    ///
    /// # Errors
    /// `NotFound` if there is no record, `Transient` if it cannot be read.
    fn task_status(&self, task: &TaskId, envelope: &Envelope) -> Result<TaskStatus, Fault>;
}

/// The field for the address at which the end of a task is announced, in every dialect.
pub(super) const CALLBACK: &str = "callBackUrl";

/// The task that an answer to a submit names, wherever it does.
pub(super) fn named_task(envelope: &Envelope) -> Option<TaskId> {
    let data = ["taskId", "task_id"].map(|name| envelope.data.get(name));
    data.into_iter().chain([envelope.top_task.as_ref()]).find_map(task_id_in)
}

/// Whether an answer to a submit has anything in a place where tasks are named, readable or not.
pub(super) fn mentions_task(envelope: &Envelope) -> bool {
    let data = ["taskId", "task_id", "recordId"].map(|name| envelope.data.get(name));
    let mut places = data.into_iter().chain([envelope.top_task.as_ref()]).flatten();
    places.any(|place| !place.is_null() && place.as_str() != Some(""))
}

/// A task id from the field for it: a text or a number.
pub fn task_id_in(field: Option<&Value>) -> Option<TaskId> {
    match field? {
        Value::String(text) => TaskId::read(text),
        Value::Number(number) => TaskId::read(&number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_task_id_can_be_printed() {
        let id = |value: Value| task_id_in(Some(&value)).map(|task| task.to_string());
        assert_eq!(id(json!(" kling_1 ")), Some("kling_1".into()));
        assert_eq!(id(json!(17)), Some("17".into()));
        assert_eq!(id(json!("a b&c=d/ü")), Some("a b&c=d/ü".into()));
        for odd in
            ["", "a\u{1b}[31mb", "a\nb", "a\u{9b}2J", "a\u{202e}b", "a\u{2066}b", "a\u{200b}b"]
        {
            assert_eq!(id(json!(odd)), None, "{odd:?}");
        }
        assert_eq!(id(json!("x".repeat(257))), None);
        assert_eq!(id(json!({ "id": 1 })), None);
    }
}
