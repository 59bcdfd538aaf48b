//! The dialect `jobs`: the unified jobs API (`kie-jobs-api.md`).
//!
//! A request names the model and has the fields of that model inside `input`; the forms of all
//! requests are in the catalog. Answers are read as loosely as they vary.

use serde_json::{Map, Value};

use super::protocol::{ApiProtocol, CALLBACK, CodeMeaning, task_id_in};
use super::request_body::{RequestBody, TakeFields, take_fields};
use crate::base::{Fault, FaultClass, Moment, TaskId};
use crate::catalog::{self, Catalog};
use crate::provider::contract::{Order, TaskResult, TaskStatus};
use crate::provider::kie::http::{Envelope, integer};

/// The unified jobs API.
pub struct Jobs;

/// What a record says about a task.
enum RecordState {
    Generating,
    Succeeded,
    Failed,
    /// A word that no page lists.
    Unknown,
}

impl ApiProtocol for Jobs {
    fn id(&self) -> catalog::Dialect {
        catalog::Dialect::Jobs
    }

    fn submit_path(&self) -> &'static str {
        "/api/v1/jobs/createTask"
    }

    fn status_path(&self) -> &'static str {
        "/api/v1/jobs/recordInfo"
    }

    fn submit_body(&self, order: &Order, catalog: &Catalog) -> Result<RequestBody, Fault> {
        let TakeFields { model, fields, names } = take_fields(self.id(), catalog, order)?;
        let mut body = Map::new();
        body.insert("model".to_string(), model.into());
        if let Some(callback) = &order.callback {
            body.insert(CALLBACK.to_string(), callback.as_str().into());
        }
        body.insert("input".to_string(), fields.into());
        Ok(RequestBody { json: Value::Object(body), fields: names })
    }

    /// Section 2.2. The other codes mean the same in every dialect, or are known by their words.
    fn meaning(&self, code: i64) -> CodeMeaning {
        match code {
            200 => CodeMeaning::Done,
            _ => CodeMeaning::Unknown,
        }
    }

    /// Section 2.2: the state of the record comes before the code, and the codes 501 and 408 of a
    /// status answer mean that the task has ended without a video.
    fn ended_status(&self, task: &TaskId, envelope: &Envelope) -> Option<TaskStatus> {
        let is_other = || named(envelope).is_some_and(|other| other != *task);
        match (state(envelope), envelope.code) {
            _ if is_other() => None,
            (Some(RecordState::Failed), _) => Some(TaskStatus::Failed(failure(envelope))),
            (Some(_), Some(200)) => None,
            (Some(RecordState::Succeeded), _) => result(envelope).map(TaskStatus::Succeeded),
            (Some(RecordState::Generating), _) => Some(TaskStatus::Generating),
            (None, Some(501 | 408)) => Some(TaskStatus::Failed(failure(envelope))),
            _ => None,
        }
    }

    fn task_status(&self, task: &TaskId, envelope: &Envelope) -> Result<TaskStatus, Fault> {
        if envelope.data.is_null() {
            let message = "the provider has no record of this task";
            return Err(Fault::new(FaultClass::NotFound, message));
        }
        if let Some(other) = named(envelope).filter(|other| other != task) {
            let message = format!("asked for task `{task}`, the answer is about `{other}`");
            return Err(unreadable(message));
        }
        match state(envelope) {
            Some(RecordState::Generating) => Ok(TaskStatus::Generating),
            Some(RecordState::Failed) => Ok(TaskStatus::Failed(failure(envelope))),
            Some(RecordState::Succeeded) => {
                let no_url = "the task has succeeded, but its record names no video yet; it is \
                              paid, and its id is kept";
                result(envelope).map(TaskStatus::Succeeded).ok_or_else(|| unreadable(no_url))
            }
            // Section 2.1: "An unknown word: go on, bounded".
            Some(RecordState::Unknown) => Err(unreadable("the record has an unknown state")),
            None => Err(unreadable("the record says no state")),
        }
    }
}

/// The task that a record is about.
fn named(envelope: &Envelope) -> Option<TaskId> {
    ["taskId", "task_id"].into_iter().find_map(|name| task_id_in(envelope.data.get(name)))
}

fn state(envelope: &Envelope) -> Option<RecordState> {
    let word = envelope.data.get("state")?.as_str()?;
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "waiting" | "queuing" | "generating" => RecordState::Generating,
        "success" => RecordState::Succeeded,
        "fail" => RecordState::Failed,
        _ => RecordState::Unknown,
    })
}

/// The finished video: `resultJson` is a text with JSON in it, in some answers an object, and
/// `response` repeats it parsed (section 2.1).
fn result(envelope: &Envelope) -> Option<TaskResult> {
    let data = &envelope.data;
    let parsed = data.get("resultJson").and_then(|value| match value {
        Value::String(text) => serde_json::from_str::<Value>(text).ok(),
        Value::Object(_) => Some(value.clone()),
        _ => None,
    });
    let places = [parsed.as_ref(), data.get("response")];
    let url = places.into_iter().flatten().find_map(|place| {
        let url = place.get("resultUrls")?.get(0)?.as_str()?.trim();
        (!url.is_empty()).then(|| url.to_string())
    })?;
    Some(TaskResult { video_url: url, completed: moment(data.get("completeTime")) })
}

/// A time in milliseconds since 1970.
fn moment(value: Option<&Value>) -> Option<Moment> {
    integer(value?).filter(|millis| *millis > 0).map(Moment::from_millis)
}

/// Why a task failed, and what the record says about its credits. Words decide before codes.
fn failure(envelope: &Envelope) -> Fault {
    let data = &envelope.data;
    let text = |name: &&str| {
        let text = data.get(*name)?.as_str()?.trim();
        (!text.is_empty()).then_some(text)
    };
    let said = ["failMsg", "errorMessage", "message"].iter().find_map(text);
    let said = said.unwrap_or_else(|| match envelope.words.trim() {
        "success" => "",
        words => words,
    });
    let code = ["failCode", "errorCode"].into_iter().find_map(|name| integer(data.get(name)?));
    let code = code.or(envelope.code.filter(|code| *code != 200));
    let class = match code {
        _ if is_about_content(said) => FaultClass::InvalidPrompt,
        _ if said.to_ascii_lowercase().starts_with("image fetch failed") => {
            FaultClass::InvalidImage
        }
        Some(400 | 422) => FaultClass::InvalidParameters,
        _ => FaultClass::TaskFailed,
    };
    let mut message = match said {
        "" => "the provider could not make this video and did not say why".to_string(),
        said => said.to_string(),
    };
    match data.get("creditsConsumed").and_then(Value::as_f64) {
        Some(0.0) => message.push_str(" (by its record it consumed no credits)"),
        Some(credits) => {
            message.push_str(&format!(" (by its record it consumed {credits} credits)"))
        }
        None => {}
    }
    Fault { class, code, message, retry_after: None }
}

/// Whether a failure is about what the prompt or the picture shows (section 2.2, recorded texts).
fn is_about_content(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["risk control system", "content moderation", "inappropriate content"]
        .iter()
        .any(|words| said.contains(words))
}

fn unreadable(message: impl Into<String>) -> Fault {
    Fault::new(FaultClass::Transient, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::faults::of_status;
    use super::*;
    use crate::provider::kie::http::{Answer, Body};

    fn status(http: u16, body: &Value) -> Result<TaskStatus, Fault> {
        let answer = Answer {
            status: http,
            media_type: "application/json".into(),
            retry_after: None,
            date: None,
            body: Body::Whole(body.to_string().into_bytes()),
        };
        of_status(&Jobs, &TaskId::new("t1"), Ok(answer))
    }

    fn record(code: i64, fields: Value) -> Value {
        let mut data = json!({ "taskId": "t1", "model": "kling-3.0/video", "param": "{}" });
        data.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json!({ "code": code, "msg": "success", "data": data })
    }

    #[test]
    fn the_state_of_the_record_comes_first() {
        let going = Ok(TaskStatus::Generating);
        for word in ["waiting", "queuing", "generating"] {
            for code in [200, 500, 505] {
                let body = record(code, json!({ "state": word, "creditsConsumed": 70.0 }));
                assert_eq!(status(200, &body), going, "{word} {code}");
            }
        }
        let url = "https://tempfile.aiquickdraw.com/k/1.mp4";
        let urls = json!({ "resultUrls": [url] });
        for fields in [
            json!({ "resultJson": urls.to_string() }),
            json!({ "resultJson": urls }),
            json!({ "resultJson": "", "response": urls }),
        ] {
            let mut fields = fields;
            fields["state"] = "success".into();
            fields["completeTime"] = 1_777_540_552_331_i64.into();
            let completed = Some(Moment::from_millis(1_777_540_552_331));
            let done = TaskResult { video_url: url.into(), completed };
            assert_eq!(status(200, &record(200, fields)), Ok(TaskStatus::Succeeded(done)));
        }
    }

    #[test]
    fn a_success_without_an_address_is_asked_about_again() {
        for result in [json!(""), json!("{}"), json!("no json"), json!({ "resultUrls": [] })] {
            let body = record(200, json!({ "state": "success", "resultJson": result }));
            let fault = status(200, &body).unwrap_err();
            assert_eq!(fault.class, FaultClass::Transient);
            assert!(fault.message.contains("it is paid"), "{fault}");
        }
    }

    #[test]
    fn failures_are_told_by_words_and_code() {
        use FaultClass::*;
        let cases = [
            ("400", "duration is not supported", InvalidParameters),
            ("422", "text too long", InvalidParameters),
            ("500", "Internal Error, Please try again later.", TaskFailed),
            ("501", "", TaskFailed),
            ("402", "Credits insufficient", TaskFailed),
            ("500", "Failure to pass the risk control system", InvalidPrompt),
            ("500", "Content moderation check failed: violence", InvalidPrompt),
            ("400", "Image fetch failed. Check access settings", InvalidImage),
        ];
        for (code, said, class) in cases {
            let fields = json!({ "state": "fail", "failCode": code, "failMsg": said });
            let Ok(TaskStatus::Failed(fault)) = status(200, &record(200, fields)) else {
                panic!("{code} {said}");
            };
            assert_eq!((fault.class, fault.code), (class, code.parse().ok()), "{said}");
            let unexplained = "the provider could not make this video and did not say why";
            assert_eq!(fault.message, if said.is_empty() { unexplained } else { said });
        }
        let fields = json!({ "state": "fail", "failMsg": "no", "creditsConsumed": 0 });
        let Ok(TaskStatus::Failed(fault)) = status(200, &record(200, fields)) else { panic!() };
        assert_eq!(fault.message, "no (by its record it consumed no credits)");
    }

    #[test]
    fn codes_of_status_answers_without_a_state() {
        use FaultClass::*;
        for code in [501, 408] {
            let body = json!({ "code": code, "msg": "generation failed", "data": null });
            let Ok(TaskStatus::Failed(fault)) = status(200, &body) else { panic!("{code}") };
            assert_eq!(
                (fault.class, fault.message.as_str()),
                (TaskFailed, "generation failed"),
                "{code}"
            );
        }
        for (code, words, class) in [
            (422, "recordInfo is null", NotFound),
            (404, "not found", NotFound),
            (200, "success", NotFound),
            (401, "no access", Unauthorized),
            (402, "no credits", Transient),
            (429, "slow down", Busy),
            (433, "limit", Transient),
            (455, "maintenance", Busy),
            (500, "server error", Transient),
            (505, "disabled", Transient),
            (531, "?", Transient),
        ] {
            let body = json!({ "code": code, "msg": words, "data": null });
            assert_eq!(status(200, &body).unwrap_err().class, class, "{code}");
        }
        // What a gateway answers says nothing about the task.
        for gateway in [
            json!({ "error": "Request Timeout" }),
            json!({ "code": 408, "message": "Request Timeout" }),
            record(501, json!({ "state": "fail" })),
        ] {
            for http in [408, 500, 501] {
                assert_eq!(status(http, &gateway).unwrap_err().class, Transient, "{gateway}");
            }
        }
        let other = json!({ "code": 200, "data": { "taskId": "t2", "state": "fail" } });
        assert_eq!(status(200, &other).unwrap_err().class, Transient);
    }
}
