//! Callbacks: what the service posts when a task has ended. Their content is never trusted.
//!
//! Only the task is read; the status call says how it ended. The unified API can sign its
//! callbacks, but the signature covers only the task id and the time, not the body
//! (`kie-jobs-api.md` section 3), which is one more reason to trust nothing else.

use std::collections::VecDeque;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::Sha256;

use super::dialect::task_id_in;
use crate::base::{Moment, TaskId};

/// The header with the Unix time in seconds at which a callback was signed.
pub const TIMESTAMP_HEADER: &str = "x-webhook-timestamp";
/// The header with a callback's signature.
pub const SIGNATURE_HEADER: &str = "x-webhook-signature";

/// How much a signature's time may differ from ours. No page states a value.
const WINDOW: Duration = Duration::from_secs(5 * 60);
/// How many signatures are remembered so that none is accepted twice. If more arrive within the
/// window, the oldest is forgotten: a repeated callback does no harm, it only costs a status call.
const REMEMBERED_MAX: usize = 1_024;

/// The task named in a callback's body, in any of the places where the service puts it: at the top
/// in the documented API, in `data` in the unified one, in two spellings.
pub fn named_task(body: &[u8]) -> Option<TaskId> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let places = [body.get("data"), Some(&body)].into_iter().flatten();
    let mut fields = places.flat_map(|place| ["taskId", "task_id"].map(|name| place.get(name)));
    fields.find_map(task_id_in)
}

/// The signature of a callback about this task at this second.
pub fn sign(secret: &SecretString, task: &TaskId, timestamp: &str) -> String {
    STANDARD.encode(mac(secret, task, timestamp).finalize().into_bytes())
}

/// Checks signatures and remembers the ones it has seen.
#[derive(Debug)]
pub struct SignatureCheck {
    secret: SecretString,
    seen: VecDeque<String>,
}

/// What a signature proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureResult {
    /// It was signed with the secret recently, and was not seen before.
    Now,
    /// It was signed with the secret recently, but was seen before.
    Again,
    /// The signature is missing, wrong, or outside the window.
    Not,
}

impl SignatureCheck {
    /// Checks with this secret, the key that was created on the service's settings page.
    pub fn new(secret: SecretString) -> SignatureCheck {
        SignatureCheck { secret, seen: VecDeque::new() }
    }

    /// Checks the headers of a callback about this task.
    pub fn judge(
        &mut self,
        task: &TaskId,
        timestamp: Option<&str>,
        signature: Option<&str>,
        now: Moment,
    ) -> SignatureResult {
        let (Some(timestamp), Some(signature)) = (timestamp, signature) else {
            return SignatureResult::Not;
        };
        let Ok(seconds) = timestamp.parse::<u32>() else { return SignatureResult::Not };
        let at = Moment::from_millis(i64::from(seconds) * 1_000);
        if now.since(at).max(at.since(now)) > WINDOW {
            return SignatureResult::Not;
        }
        let Ok(given) = STANDARD.decode(signature) else { return SignatureResult::Not };
        // Compares in constant time.
        if mac(&self.secret, task, timestamp).verify_slice(&given).is_err() {
            return SignatureResult::Not;
        }
        if self.seen.iter().any(|seen| seen == signature) {
            return SignatureResult::Again;
        }
        self.seen.truncate(REMEMBERED_MAX - 1);
        self.seen.push_front(signature.to_string());
        SignatureResult::Now
    }
}

fn mac(secret: &SecretString, task: &TaskId, timestamp: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(format!("{task}.{timestamp}").as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_is_found_wherever_the_service_puts_it() {
        let found = |body: &str| named_task(body.as_bytes()).map(|task| task.to_string());
        for body in [
            r#"{"taskId":"k1","status":1,"videoUrl":"https://x.example/v.mp4"}"#,
            r#"{"code":200,"msg":"ok","data":{"taskId":"k1","state":"success"}}"#,
            r#"{"taskId":"other","data":{"task_id":"k1"}}"#,
            r#"{"task_id":"k1"}"#,
        ] {
            assert_eq!(found(body).as_deref(), Some("k1"), "{body}");
        }
        let long = format!(r#"{{"taskId":"{}"}}"#, "x".repeat(300));
        for body in ["", "[]", "k1", r#"{"taskId":""}"#, r#"{"taskId":"a\u0000b"}"#, &long] {
            assert_eq!(found(body), None, "{body}");
        }
    }

    #[test]
    fn signatures_are_those_of_the_page() {
        // Computed with `printf 'task_1.1700000000' | openssl dgst -sha256 -hmac secret -binary`.
        let signature = sign(&"secret".into(), &TaskId::new("task_1"), "1700000000");
        assert_eq!(signature, "ZldUdpiTNjv8C3iG+Nsqf+/7MoUG8WN6i3/xqFapcCM=");
    }

    #[test]
    fn only_recent_signatures_with_the_secret_are_valid() {
        let task = TaskId::new("task_1");
        let now = Moment::from_millis(1_700_000_000_000);
        let mut signatures = SignatureCheck::new("secret".into());
        let mut judge = |task: &TaskId, at: &str, signature: &str, now| {
            signatures.judge(task, Some(at), Some(signature), now)
        };
        let (at, right) = ("1700000000", sign(&"secret".into(), &task, "1700000000"));
        let wrong = sign(&"guess".into(), &task, at);
        assert_eq!(judge(&task, at, &wrong, now), SignatureResult::Not);
        assert_eq!(judge(&TaskId::new("task_2"), at, &right, now), SignatureResult::Not);
        assert_eq!(judge(&task, "1700000001", &right, now), SignatureResult::Not);
        assert_eq!(judge(&task, at, "no base64", now), SignatureResult::Not);
        for late in [Duration::from_secs(301), Duration::from_secs(86_400)] {
            assert_eq!(judge(&task, at, &right, now + late), SignatureResult::Not);
            assert_eq!(judge(&task, at, &right, now - late), SignatureResult::Not);
        }
        assert_eq!(judge(&task, at, &right, now + Duration::from_secs(299)), SignatureResult::Now);
        assert_eq!(judge(&task, at, &right, now), SignatureResult::Again);
        for seconds in ["-9223372036854775", "9223372036854775807", "", "soon"] {
            let signed = sign(&"secret".into(), &task, seconds);
            assert_eq!(judge(&task, seconds, &signed, now), SignatureResult::Not, "{seconds}");
        }
        assert_eq!(signatures.judge(&task, None, Some(&right), now), SignatureResult::Not);
        assert_eq!(signatures.judge(&task, Some(at), None, now), SignatureResult::Not);
    }

    #[test]
    fn remembered_signatures_are_bounded() {
        let now = Moment::from_millis(0);
        let mut signatures = SignatureCheck::new("secret".into());
        for number in 0..3 * REMEMBERED_MAX {
            let task = TaskId::new(format!("task_{number}"));
            let signature = sign(&"secret".into(), &task, "0");
            assert_eq!(
                signatures.judge(&task, Some("0"), Some(&signature), now),
                SignatureResult::Now
            );
        }
        assert_eq!(signatures.seen.len(), REMEMBERED_MAX);
    }
}
