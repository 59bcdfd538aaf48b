//! The dialect `kling`: the documented Kling API (`kling-api.md`).
//!
//! Requests contain only the fields that its pages list, with numbers as JSON numbers.

use serde_json::Value;

use super::protocol::{ApiProtocol, CALLBACK, CodeMeaning, task_id_in};
use super::request_body::{RequestBody, TakeFields, take_fields};
use crate::base::{Fault, FaultClass, TaskId};
use crate::catalog::{self, Catalog};
use crate::provider::contract::{Order, TaskResult, TaskStatus};
use crate::provider::kie::http::{Envelope, integer};

/// The documented Kling API.
pub struct Kling;

impl ApiProtocol for Kling {
    fn id(&self) -> catalog::Dialect {
        catalog::Dialect::Kling
    }

    fn submit_path(&self) -> &'static str {
        "/api/v1/kling/generate"
    }

    fn status_path(&self) -> &'static str {
        "/api/v1/kling/record-info"
    }

    fn submit_body(&self, order: &Order, catalog: &Catalog) -> Result<RequestBody, Fault> {
        let TakeFields { mut fields, names, .. } = take_fields(self.id(), catalog, order)?;
        if let Some(callback) = &order.callback {
            fields.insert(CALLBACK.to_string(), callback.as_str().into());
        }
        Ok(RequestBody { json: Value::Object(fields), fields: names })
    }

    /// "Error Codes" of the page. The page shows 0 for success; the same service uses 200
    /// everywhere else (`kie-jobs-api.md` section 1), and it cannot mean a refusal.
    fn meaning(&self, code: i64) -> CodeMeaning {
        match code {
            0 | 200 => CodeMeaning::Done,
            1001 => CodeMeaning::Refused(FaultClass::InvalidPrompt),
            1002 => CodeMeaning::Refused(FaultClass::InvalidImage),
            1003 => CodeMeaning::Refused(FaultClass::InsufficientCredits),
            1004 => CodeMeaning::Refused(FaultClass::InvalidParameters),
            1005 => CodeMeaning::Refused(FaultClass::Busy),
            _ => CodeMeaning::Unknown,
        }
    }

    fn task_status(&self, task: &TaskId, envelope: &Envelope) -> Result<TaskStatus, Fault> {
        let (data, words) = (&envelope.data, &envelope.words);
        if data.is_null() {
            return Err(Fault::new(
                FaultClass::NotFound,
                "the provider has no record of this task",
            ));
        }
        if let Some(other) = task_id_in(data.get("taskId")).filter(|id| id != task) {
            let message = format!("asked for task `{task}`, the answer is about `{other}`");
            return Err(Fault::new(FaultClass::Transient, message));
        }
        match data.get("status").and_then(integer) {
            Some(0) => Ok(TaskStatus::Generating),
            Some(1) => match data.get("videoUrl").and_then(Value::as_str).map(str::trim) {
                Some(url) if !url.is_empty() => Ok(TaskStatus::Succeeded(TaskResult {
                    video_url: url.into(),
                    completed: data
                        .get("completedAt")
                        .and_then(Value::as_str)
                        .and_then(|text| text.parse().ok()),
                })),
                _ => Err(unreadable("the task is finished, but its video has no URL yet")),
            },
            Some(2) => Ok(TaskStatus::Failed(self.failure(data, words))),
            Some(other) => Err(unreadable(&format!("the task has the unknown status {other}"))),
            None => Err(unreadable("the record says no status")),
        }
    }
}

impl Kling {
    /// Why a task failed. The page has no field for it, so the names that the service uses
    /// elsewhere are tried, then the envelope's words.
    fn failure(&self, data: &Value, words: &str) -> Fault {
        let said = ["failMsg", "errorMessage", "message"].into_iter().find_map(|name| {
            data.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
        });
        let message = match said.unwrap_or(words) {
            "" | "success" => "the provider could not make this video and did not say why",
            said => said,
        };
        let code = ["failCode", "errorCode"].into_iter().find_map(|name| integer(data.get(name)?));
        let class = match code.map(|code| self.meaning(code)) {
            Some(CodeMeaning::Refused(class)) => class,
            _ => FaultClass::TaskFailed,
        };
        Fault { class, code, message: message.to_string(), retry_after: None }
    }
}

fn unreadable(message: &str) -> Fault {
    Fault::new(FaultClass::Transient, message)
}
