//! Answers: what a server replied, read with bounds and not yet trusted.
//!
//! An [`Answer`] is the raw facts of one HTTP response; an [`Envelope`] is the service's wrapper
//! around its data (`{ code, message | msg, data }`), the same in every dialect.

use std::time::Duration;

use serde_json::Value;

use crate::base::Moment;

/// One HTTP response.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The media type without its parameters, in lower case; empty if there was none.
    pub media_type: String,
    /// How long the server asked the client to wait.
    pub retry_after: Option<Duration>,
    /// The server's clock, if it says the time.
    pub date: Option<Moment>,
    /// The body, if it arrived whole.
    pub body: Body,
}

/// A response's body.
#[derive(Clone, Debug)]
pub enum Body {
    /// All of it.
    Whole(Vec<u8>),
    /// It was cut off; the system's words.
    Cut(String),
    /// It was larger than any valid answer.
    TooLarge,
}

/// No usable answer arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The connection was never made, so nothing was sent; the system's words.
    NeverSent(String),
    /// The connection was not made, because the server's certificate is not valid here: why.
    Untrusted(String),
    /// The request was sent, or may have been, and the answer is unknown; the system's words.
    Lost(String),
}

/// The service's wrapper around its answers.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The code; absent if the body is JSON of another shape.
    pub code: Option<i64>,
    /// The service's words; empty if there were none.
    pub words: String,
    /// The requested data; null if there is none.
    pub data: Value,
    /// What is named as a task beside the data.
    pub top_task: Option<Value>,
}

impl Answer {
    /// Whether the HTTP status means success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the server says that it sent JSON; an answer without a media type counts as JSON.
    pub fn claims_json(&self) -> bool {
        let media_type = self.media_type.as_str();
        media_type.is_empty() || media_type.ends_with("/json") || media_type.ends_with("+json")
    }

    /// The envelope, if the body is exactly one JSON object.
    pub fn envelope(&self) -> Option<Envelope> {
        let Body::Whole(bytes) = &self.body else { return None };
        let Ok(Value::Object(mut fields)) = serde_json::from_slice(bytes) else { return None };
        // Some pages show code and words inside the data (`kie-jobs-api.md` section 1.1).
        let nested = |name: &str| fields.get("data").and_then(|data| data.get(name));
        let texts = ["message", "msg", "error", "detail"].map(|name| words_in(fields.get(name)));
        let mut texts = texts.into_iter().chain([words_in(nested("msg"))]);
        Some(Envelope {
            code: fields.get("code").or(nested("code")).and_then(integer),
            top_task: ["taskId", "task_id"]
                .into_iter()
                .find_map(|name| fields.get(name).filter(|value| !value.is_null()).cloned()),
            words: texts.find(|text| !text.is_empty()).unwrap_or_default(),
            data: fields.remove("data").unwrap_or_default(),
        })
    }

    /// Describes an answer that could not be used.
    pub fn described(&self) -> String {
        let status = self.status;
        match &self.body {
            Body::Cut(why) => format!("HTTP {status} whose body broke off ({why})"),
            Body::TooLarge => format!("HTTP {status} with far too large a body"),
            Body::Whole(bytes) if bytes.is_empty() => format!("HTTP {status} without a body"),
            Body::Whole(_) if self.media_type.is_empty() => format!("HTTP {status}"),
            Body::Whole(_) => format!("HTTP {status} with `{}`", self.media_type),
        }
    }
}

/// An integer, written as a JSON number or, as on some of the service's pages, as a string.
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 1e15).map(|n| n as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The words of a field that is a text, or an object with a `message`.
fn words_in(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(fields)) => {
            fields.get("message").and_then(Value::as_str).unwrap_or_default().to_string()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        let body = Body::Whole(body.as_bytes().to_vec());
        Answer {
            status: 200,
            media_type: "application/json".into(),
            retry_after: None,
            date: None,
            body,
        }
    }

    #[test]
    fn envelopes_are_read_in_every_documented_spelling() {
        for (body, code, words) in [
            (r#"{"code":0,"message":"success","data":{}}"#, Some(0), "success"),
            (r#"{"code":"1001","msg":"bad"}"#, Some(1001), "bad"),
            (r#"{"code":1001.0}"#, Some(1001), ""),
            (r#"{"error":{"message":"no"}}"#, None, "no"),
            (r#"{"code":true,"detail":"x"}"#, None, "x"),
        ] {
            let envelope = answer(body).envelope().unwrap();
            assert_eq!((envelope.code, envelope.words.as_str()), (code, words), "{body}");
        }
    }

    #[test]
    fn incomplete_envelope_is_rejected() {
        for body in ["", "{", r#"{"code":0}x"#, "[]", "<html>", r#"{"code":0,"data":{"taskId":"k"#]
        {
            assert!(answer(body).envelope().is_none(), "{body}");
        }
    }
}
