//! The table of faults: what an answer's HTTP status, content type and code prove.
//!
//! This is where money is decided. A submit may be sent again only if the service itself said that
//! it accepted nothing; anything merely likely is `Doubt`. Free calls may be repeated, so for them
//! everything that is not final is `Transient`.
//!
//! | answer to a submit                                  | proves                    | class |
//! | --------------------------------------------------- | ------------------------- | ----- |
//! | connection never made                               | nothing left              | `NotSent` |
//! | the server's certificate is not valid here          | nothing left              | `Untrusted` |
//! | 2xx, code of success, task id                       | accepted                  | the task |
//! | a refusal code in JSON, no task id                  | the API itself refused    | the code's |
//! | a text that is known to come before a task is made, whole | the API itself refused | the text's |
//! | 401, 403, with any body                             | rejected at the entrance  | `Unauthorized` |
//! | 429 that is not JSON in pieces                      | rejected at the entrance  | `Busy` |
//! | 404, 405, or such a code in a 2xx, in JSON          | no endpoint there         | `NotFound` |
//! | 433, 455, or these or 505 as codes in a 2xx, in JSON | nothing was taken        | `KeyLimit`, `Busy`, `ModelUnavailable` |
//! | another 4xx, or code 400 or 422 in a 2xx, in JSON   | the API itself refused    | by status |
//! | 408, 409, 425, 499                                  | nothing: it may have begun | `Doubt` |
//! | success code or task id, in any form, in an answer that denies it | the answer contradicts itself | `Doubt` |
//! | anything else: time-out, reset, 1xx, 3xx, 5xx, HTML, cut, too large, unknown code | nothing | `Doubt` |

use super::protocol::{ApiProtocol, CodeMeaning, mentions_task, named_task};
use super::refusal_texts;
use crate::base::{Fault, FaultClass, TaskId};
use crate::provider::contract::TaskStatus;
use crate::provider::kie::http::{Answer, Body, Envelope, NoAnswer};

/// What a submit's answer proves; `fields` are the names of the fields that its request may have.
pub fn of_submit(
    dialect: &dyn ApiProtocol,
    fields: &[String],
    answer: Result<Answer, NoAnswer>,
) -> Result<TaskId, Fault> {
    let answer = answer.map_err(|unanswered| match unanswered {
        NoAnswer::NeverSent(words) => Fault::new(FaultClass::NotSent, words),
        NoAnswer::Untrusted(words) => Fault::new(FaultClass::Untrusted, words),
        NoAnswer::Lost(words) => Fault::new(FaultClass::Doubt, words),
    })?;
    let Some(envelope) = answer.envelope() else {
        return Err(match at_the_door(&answer) {
            Some(class) => fault(class, &answer, None),
            None => doubt(&answer, None, "the answer does not say whether a task was made"),
        });
    };
    let doubt = |why: &str| doubt(&answer, Some(&envelope), why);
    let meaning = envelope.code.map_or(CodeMeaning::Unknown, |code| dialect.meaning(code));
    match (meaning, named_task(&envelope)) {
        (CodeMeaning::Done, Some(task)) if answer.is_success() => Ok(task),
        (_, Some(task)) => {
            Err(doubt(&format!("the answer denies success, yet names the task `{task}`")))
        }
        (CodeMeaning::Done, None) => Err(doubt("the answer says success, but names no task")),
        _ if mentions_task(&envelope) => {
            Err(doubt("the answer denies success, yet names a task that cannot be read"))
        }
        _ if refusal_texts::is_of_another_call(&envelope.words) => {
            Err(doubt("the answer is about a task, not about what was sent"))
        }
        (CodeMeaning::Refused(class), None) if is_final(&answer) && answer.claims_json() => {
            Err(fault(class, &answer, Some(&envelope)))
        }
        _ => match refusal(fields, &answer, &envelope).or_else(|| at_the_door(&answer)) {
            Some(class) => Err(fault(class, &answer, Some(&envelope))),
            None => Err(doubt("the answer does not say whether a task was made")),
        },
    }
}

/// The envelope of the answer to a free call, or what its failure means.
pub fn of_free_call(
    dialect: &dyn ApiProtocol,
    answer: Result<Answer, NoAnswer>,
) -> Result<Envelope, Fault> {
    let answer = answer.map_err(|unanswered| match unanswered {
        NoAnswer::Untrusted(words) => Fault::new(FaultClass::Untrusted, words),
        NoAnswer::NeverSent(words) | NoAnswer::Lost(words) => {
            Fault::new(FaultClass::Transient, words)
        }
    })?;
    let Some(envelope) = answer.envelope() else {
        let class = match answer.status {
            401 => FaultClass::Unauthorized,
            429 => FaultClass::Busy,
            // A page instead of JSON comes from a cache or guard in between, which may let the
            // next call through; a 403 of that kind says nothing about the key.
            _ => FaultClass::Transient,
        };
        return Err(fault(class, &answer, None));
    };
    let meaning = envelope.code.map_or(CodeMeaning::Unknown, |code| dialect.meaning(code));
    let class = match meaning {
        CodeMeaning::Done if answer.is_success() => return Ok(envelope),
        CodeMeaning::Refused(class) => class,
        CodeMeaning::Done | CodeMeaning::Unknown => {
            let code = code_in(&answer, &envelope);
            code.and_then(|code| of_code(&answer, code)).unwrap_or(FaultClass::Transient)
        }
    };
    Err(fault(class, &answer, Some(&envelope)))
}

/// The status of a task, from the answer to a status call.
///
/// # Errors
/// `NotFound` if there is no record of the task; otherwise why the call must be repeated.
pub fn of_status(
    dialect: &dyn ApiProtocol,
    task: &TaskId,
    answer: Result<Answer, NoAnswer>,
) -> Result<TaskStatus, Fault> {
    // A server error in between may be JSON with a code too; only the API's own answers count.
    let own = answer.as_ref().ok().filter(|answer| answer.is_success() && answer.claims_json());
    let envelope = own.and_then(Answer::envelope);
    if let Some(ended) = envelope.and_then(|envelope| dialect.ended_status(task, &envelope)) {
        return Ok(ended);
    }
    // "Our call is wrong" says nothing about the task (`kie-jobs-api.md` section 2.2).
    let code = answer.as_ref().ok().and_then(|answer| code_in(answer, &answer.envelope()?));
    let is_our_mistake = code == Some(400);
    let envelope = of_free_call(dialect, answer).map_err(|fault| match is_our_mistake {
        true => Fault { class: FaultClass::Transient, ..fault },
        false => of_status_refusal(fault),
    })?;
    dialect.task_status(task, &envelope)
}

/// What a refusal of a status call means: its only parameter is the task, and it costs nothing.
fn of_status_refusal(fault: Fault) -> Fault {
    let class = match fault.class {
        FaultClass::InvalidParameters | FaultClass::NotFound => FaultClass::NotFound,
        FaultClass::Unauthorized | FaultClass::Busy | FaultClass::Untrusted => fault.class,
        _ => FaultClass::Transient,
    };
    Fault { class, ..fault }
}

/// A request that was rejected before it could reach anything that creates tasks.
fn at_the_door(answer: &Answer) -> Option<FaultClass> {
    match (answer.status, &answer.body) {
        (401 | 403, _) => Some(FaultClass::Unauthorized),
        // A guard's page or nothing at all; JSON that cannot be read may contain a task.
        (429, Body::Whole(bytes)) if bytes.is_empty() || !answer.claims_json() => {
            Some(FaultClass::Busy)
        }
        _ => None,
    }
}

/// The refusal of a submit: by its words if they are known (`kie-jobs-api.md` section 2.3), else by
/// its code.
fn refusal(fields: &[String], answer: &Answer, envelope: &Envelope) -> Option<FaultClass> {
    let code = code_in(answer, envelope)?;
    let by_words = refusal_texts::class_of(code, &envelope.words, fields);
    by_words.or_else(|| of_code(answer, code))
}

/// The HTTP status, or such a code in an answer of success: the service wraps its refusals this way
/// (`kie-jobs-api.md` section 2.2, "HTTP status is 200 even for refusals"). `None` if the answer
/// cannot be a refusal.
fn code_in(answer: &Answer, envelope: &Envelope) -> Option<i64> {
    match answer.status {
        _ if !answer.claims_json() => None,
        200..300 => envelope.code,
        400.. => Some(i64::from(answer.status)),
        _ => None,
    }
}

/// What a code means to the service as a whole, in every dialect.
fn of_code(answer: &Answer, code: i64) -> Option<FaultClass> {
    match code {
        401 | 403 => Some(FaultClass::Unauthorized),
        402 => Some(FaultClass::InsufficientCredits),
        404 | 405 => Some(FaultClass::NotFound),
        429 | 455 => Some(FaultClass::Busy),
        433 => Some(FaultClass::KeyLimit),
        // As an HTTP status it is about the version of HTTP.
        505 if answer.is_success() => Some(FaultClass::ModelUnavailable),
        // A time-out, a conflict with a request under way, "too early" and a client believed gone:
        // in each case the work may have begun.
        408 | 409 | 425 | 499 => None,
        400 | 422 => Some(FaultClass::InvalidParameters),
        // Codes of sister APIs say nothing; an HTTP status of this range is the client's fault.
        400..500 if !answer.is_success() => Some(FaultClass::InvalidParameters),
        _ => None,
    }
}

/// Whether the answer is the API's final one and not a step on the way to it.
fn is_final(answer: &Answer) -> bool {
    answer.status >= 400 || answer.is_success()
}

/// A fault with a known meaning, in the service's words or our own.
fn fault(class: FaultClass, answer: &Answer, envelope: Option<&Envelope>) -> Fault {
    let said = envelope.map(|envelope| envelope.words.trim()).filter(|words| !words.is_empty());
    let message = match (said, class) {
        (Some(words), _) => words.to_string(),
        (None, FaultClass::InvalidPrompt) => "the prompt was refused".to_string(),
        (None, FaultClass::InvalidImage) => "the image was refused".to_string(),
        (None, FaultClass::InvalidParameters) => "the parameters were refused".to_string(),
        (None, FaultClass::InsufficientCredits) => "the balance is too small".to_string(),
        (None, FaultClass::Unauthorized) => "KIE rejected the API key".to_string(),
        (None, FaultClass::KeyLimit) => "the limit of the API key is reached".to_string(),
        (None, FaultClass::ModelUnavailable) => "the model is not available".to_string(),
        (None, FaultClass::Busy) => "the provider is busy".to_string(),
        (None, _) => format!("the answer was {}", answer.described()),
    };
    Fault::new(class, message)
        .with_code(code_of(answer, envelope))
        .with_retry_after(answer.retry_after)
}

/// A submit with an unknown outcome: what is missing, what arrived, and what the service said.
fn doubt(answer: &Answer, envelope: Option<&Envelope>, why: &str) -> Fault {
    let said = envelope.map(|envelope| envelope.words.trim()).filter(|words| !words.is_empty());
    let said = said.map_or(String::new(), |words| format!(" (\"{words}\")"));
    // The reason comes first: long foreign words are cut at the message's end.
    let message = format!("{why}: {}{said}", answer.described());
    Fault::new(FaultClass::Doubt, message).with_code(code_of(answer, envelope))
}

/// The code that explains a fault: the envelope's, unless that means success in some dialect.
fn code_of(answer: &Answer, envelope: Option<&Envelope>) -> i64 {
    let code = envelope.and_then(|envelope| envelope.code);
    code.filter(|code| !matches!(code, 0 | 200)).unwrap_or(i64::from(answer.status))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::jobs::Jobs;
    use super::super::kling::Kling;
    use super::*;

    /// Every combination of the deciding facts, checked again by the rules of money alone.
    #[test]
    fn fault_class_claims_only_what_is_proven() {
        let codes = [None, Some(0), Some(200), Some(500), Some(-1), Some(408), Some(429)]
            .into_iter()
            .chain((1001..=1006).map(Some));
        for code in codes {
            for status in 100..600 {
                for media_type in ["application/json", "text/html", ""] {
                    for (task, whole) in
                        [(true, true), (true, false), (false, true), (false, false)]
                    {
                        check(status, media_type, code, task, whole);
                    }
                }
            }
        }
    }

    /// A task that is named in an odd form, or in another place, is a task all the same.
    #[test]
    fn a_refusal_that_mentions_a_task_proves_nothing() {
        for dialect in [&Kling as &dyn ApiProtocol, &Jobs] {
            for (code, words) in [
                (1001, "bad prompt"),
                (1005, "busy"),
                (402, "Credits insufficient"),
                (422, "prompt is required"),
                (429, "slow down"),
                (455, "maintenance"),
            ] {
                for mention in [
                    json!({ "data": { "taskId": { "id": 1 } } }),
                    json!({ "data": { "taskId": "a\u{1b}[31m" } }),
                    json!({ "data": { "task_id": "t1" } }),
                    json!({ "data": { "recordId": "t1" } }),
                    json!({ "taskId": "t1" }),
                    json!({ "taskId": null, "task_id": ["t1"] }),
                ] {
                    let mut body = json!({ "code": code, "msg": words, "data": null });
                    body.as_object_mut().unwrap().extend(mention.as_object().unwrap().clone());
                    let answer = Answer {
                        status: 200,
                        media_type: "application/json".into(),
                        retry_after: None,
                        date: None,
                        body: Body::Whole(body.to_string().into_bytes()),
                    };
                    let fields = ["prompt".to_string()];
                    let fault = of_submit(dialect, &fields, Ok(answer)).unwrap_err();
                    assert_eq!(fault.class, FaultClass::Doubt, "{body}");
                }
            }
        }
    }

    fn check(status: u16, media_type: &str, code: Option<i64>, task: bool, whole: bool) {
        let data = if task { json!({ "taskId": "kling_1" }) } else { json!(null) };
        let body = match code {
            Some(code) => json!({ "code": code, "message": "m", "data": data }),
            None => json!({ "data": data }),
        };
        let body = match whole {
            true => Body::Whole(body.to_string().into_bytes()),
            false => Body::Cut("reset".into()),
        };
        let answer =
            Answer { status, media_type: media_type.into(), retry_after: None, date: None, body };
        let said = of_submit(&Kling, &[], Ok(answer));
        let case =
            format!("HTTP {status} `{media_type}` {code:?} task {task} whole {whole}: {said:?}");

        let success = (200..300).contains(&status) && matches!(code, Some(0 | 200));
        assert_eq!(said.is_ok(), success && task && whole, "{case}");
        let Err(fault) = said else { return };
        assert_ne!(fault.class, FaultClass::NotSent, "something was sent: {case}");
        if fault.class == FaultClass::Busy {
            // The only class for which a paid call is sent again.
            assert!(whole && !task, "{case}");
            let says_busy = matches!(status, 429 | 455) || matches!(code, Some(429 | 1005));
            assert!(says_busy, "{case}");
            assert!(!(300..400).contains(&status), "{case}");
        }
        if whole && task {
            assert_eq!(fault.class, FaultClass::Doubt, "a task was named: {case}");
        }
        let refused = matches!(code, Some(1001..=1005));
        if status < 200 || (300..400).contains(&status) || (status >= 500 && !refused) {
            assert_eq!(fault.class, FaultClass::Doubt, "nothing is proven: {case}");
        }
    }
}
