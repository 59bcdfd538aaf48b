//! Examination: what answers at the API's address, found out without making anything.
//!
//! A dialect is there if its status path answers about a task that does not exist in another way
//! than a path that does not exist. Both calls are free.

use super::client::KieProvider;
use super::config::under;
use super::dialect::{ApiProtocol, faults, protocol};
use super::http::{Answer, NoAnswer};
use crate::base::{Fault, FaultClass, Moment, TaskId};
use crate::catalog::Dialect;

/// A path that no server has, and a task that does not exist.
pub const NOWHERE: &str = "/api/v1/kling-build-doctor";
const NO_TASK: &str = "kling-build-doctor";

/// What answers at the API's address.
#[derive(Clone, Debug)]
pub struct Examination {
    /// Whether each dialect is there.
    pub dialects: Vec<(Dialect, Presence)>,
    /// The server's clock when it answered, if it says the time.
    pub date: Option<Moment>,
}

/// Whether a dialect is spoken at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It answers.
    Answers,
    /// The server does not know it.
    Absent,
    /// The server does not accept the key; its words.
    KeyRefused(String),
    /// Nothing can be said: no answer, or one that is not the API's; the words.
    Unknown(String),
}

/// What the API says about a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelPresence {
    /// It is there: the API asks for the fields that the probe has left out.
    There,
    /// The API does not know it.
    Unknown,
    /// This key may not use it.
    NotAllowed,
    /// The answer names a task: it may have been paid for.
    Task(TaskId),
    /// Nothing can be said; the words.
    Unclear(String),
}

impl KieProvider {
    /// Asks what answers at the API's address.
    pub async fn examine(&self) -> Examination {
        let mut date = None;
        let mut dialects = Vec::new();
        let mut nowhere = None;
        for dialect in Dialect::ALL {
            let protocol = protocol(*dialect);
            let answer = self.get(protocol.status_path(), Some(NO_TASK)).await;
            date = date.or(answer.as_ref().ok().and_then(|answer| answer.date));
            if nowhere.is_none() && answer.as_ref().is_ok_and(may_be_absent) {
                nowhere = self.get(NOWHERE, None).await.ok();
            }
            let presence = presence(protocol, answer, nowhere.as_ref());
            dialects.push((*dialect, self.cleaned_presence(presence)));
        }
        Examination { dialects, date }
    }

    /// Asks whether the unified API has a model, by a request without any input: it cannot be
    /// accepted, because every model requires some (`kie-jobs-api.md` section 5, "Free probe").
    pub async fn probe_model(&self, model: &str) -> ModelPresence {
        let jobs = protocol(Dialect::Jobs);
        let url = under(self.config().api_base(), jobs.submit_path());
        let body = serde_json::json!({ "model": model, "input": {} });
        let wait_max = self.config().timeouts.submit;
        let answer = self.calls().submit(url, &body, wait_max).await;
        let is_unknown = answer.as_ref().is_ok_and(|answer| {
            answer.envelope().is_some_and(|envelope| envelope.words.contains("not supported"))
        });
        let fields = ["prompt", "image_url", "image_urls", "audio_url", "input_urls", "video_urls"];
        let fields = fields.map(str::to_string);
        match faults::of_submit(jobs, &fields, answer) {
            Ok(task) => ModelPresence::Task(task),
            Err(_) if is_unknown => ModelPresence::Unknown,
            Err(Fault { class: FaultClass::ModelUnavailable, .. }) => ModelPresence::NotAllowed,
            Err(Fault {
                class:
                    FaultClass::InvalidPrompt | FaultClass::InvalidImage | FaultClass::InvalidParameters,
                ..
            }) => ModelPresence::There,
            Err(fault) => ModelPresence::Unclear(self.config().key.cleaned(&fault.message)),
        }
    }

    async fn get(&self, path: &str, task: Option<&str>) -> Result<Answer, NoAnswer> {
        let mut url = under(self.config().api_base(), path);
        if let Some(task) = task {
            url.query_pairs_mut().append_pair("taskId", task);
        }
        self.calls().status(url, self.config().timeouts.status).await
    }

    fn cleaned_presence(&self, presence: Presence) -> Presence {
        let cleaned = |words: String| self.config().key.cleaned(&words);
        match presence {
            Presence::KeyRefused(words) => Presence::KeyRefused(cleaned(words)),
            Presence::Unknown(words) => Presence::Unknown(cleaned(words)),
            Presence::Answers | Presence::Absent => presence,
        }
    }
}

fn presence(
    dialect: &dyn ApiProtocol,
    answer: Result<Answer, NoAnswer>,
    nowhere: Option<&Answer>,
) -> Presence {
    let is_absent = answer.as_ref().ok().zip(nowhere).is_some_and(|(one, two)| is_like(one, two));
    let is_own = answer.as_ref().is_ok_and(|answer| {
        answer.claims_json() && answer.envelope().is_some_and(|it| it.code.is_some())
    });
    match faults::of_status(dialect, &TaskId::new(NO_TASK), answer) {
        // A key that is refused everywhere says nothing about paths.
        Err(Fault { class: FaultClass::Unauthorized, message, .. }) => {
            Presence::KeyRefused(message)
        }
        _ if is_absent => Presence::Absent,
        Ok(_) => Presence::Answers,
        Err(Fault { class: FaultClass::NotFound | FaultClass::Busy, .. }) if is_own => {
            Presence::Answers
        }
        Err(fault) => Presence::Unknown(fault.message),
    }
}

/// Whether an answer may come from a server that does not know the path.
fn may_be_absent(answer: &Answer) -> bool {
    let code = answer.envelope().and_then(|envelope| envelope.code);
    matches!(answer.status, 404 | 405) || matches!(code, Some(404 | 405))
}

/// Whether two answers say the same, except for the path that their words may name.
fn is_like(one: &Answer, other: &Answer) -> bool {
    let said = |answer: &Answer| {
        let envelope = answer.envelope()?;
        let words = envelope.words.split_whitespace().filter(|word| !word.contains('/'));
        Some((envelope.code, words.map(str::to_string).collect::<Vec<String>>()))
    };
    (one.status, &one.media_type, said(one)) == (other.status, &other.media_type, said(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::kie::http::Body;

    fn answer(status: u16, media_type: &str, body: &str) -> Answer {
        Answer {
            status,
            media_type: media_type.into(),
            retry_after: None,
            date: None,
            body: Body::Whole(body.as_bytes().to_vec()),
        }
    }

    #[test]
    fn a_dialect_is_there_if_it_answers_otherwise_than_a_path_that_is_not() {
        let json = "application/json";
        let page = answer(404, "text/html", "<h1>404</h1>");
        let unknown = answer(200, json, r#"{"code":422,"msg":"recordInfo is null","data":null}"#);
        let no_path = answer(404, json, r#"{"code":404,"msg":"No endpoint GET /api/v1/x"}"#);
        let refused = answer(200, json, r#"{"code":401,"msg":"You do not have access"}"#);
        let jobs = protocol(Dialect::Jobs);
        let of = |one: &Answer, nowhere: &Answer| presence(jobs, Ok(one.clone()), Some(nowhere));
        assert_eq!(of(&unknown, &page), Presence::Answers);
        assert_eq!(of(&unknown, &no_path), Presence::Answers);
        assert_eq!(of(&no_path, &no_path), Presence::Absent);
        assert_eq!(of(&page, &page), Presence::Absent);
        assert!(matches!(of(&refused, &page), Presence::KeyRefused(_)));
        assert!(matches!(of(&refused, &refused), Presence::KeyRefused(_)));
        let broken = answer(502, "text/html", "<h1>Bad gateway</h1>");
        assert!(matches!(of(&broken, &page), Presence::Unknown(_)));
        let lost = Err(NoAnswer::NeverSent("no connection".into()));
        assert_eq!(presence(jobs, lost, None), Presence::Unknown("no connection".into()));
    }
}
