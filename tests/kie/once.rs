//! A submit is sent at most once, wherever the connection breaks.

use kling_build::base::FaultClass;
use kling_build::provider::Provider;

use crate::fixtures::{hasty_provider, provider, t2v};
use crate::strict_server::{Step, StrictServer, Then, answer, json};

const ACCEPTED: &str = r#"{"code":0,"message":"success","data":{"taskId":"kling_1","status":0}}"#;

/// Steps that would accept any further attempt.
fn with_spares(first: Step) -> Vec<Step> {
    let spare = Step::Answer(json(200, ACCEPTED), Then::KeepOpen);
    [first].into_iter().chain(std::iter::repeat_n(spare, 5)).collect()
}

async fn assert_sent_once(name: &str, first: Step, class: FaultClass) {
    let silent = matches!(first, Step::Answer(_, Then::Hang | Then::Dribble));
    let server = StrictServer::start(with_spares(first)).await;
    let make = if silent { hasty_provider } else { provider };
    let fault = make(&server.base()).submit(&t2v("a dog")).await.unwrap_err();
    assert_eq!(fault.class, class, "{name}: {fault}");
    assert_eq!(server.connections(), 1, "{name}: a second connection was made");
    assert_eq!(server.left(), 5, "{name}: a second request was sent");
}

/// The beginning of an endless answer.
fn endless() -> Vec<u8> {
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n";
    format!("{head}{ACCEPTED}").into_bytes()
}

#[tokio::test]
async fn a_connection_that_breaks_at_any_stage_is_a_doubt() {
    use FaultClass::Doubt;
    let accepted = json(200, ACCEPTED);
    let stages = [
        ("before anything is read", Step::ResetOnAccept),
        ("in the request's head", Step::ResetAfterReading(20)),
        ("in the request's body", Step::ResetAfterReading(260)),
        ("before the answer", Step::Answer(Vec::new(), Then::Reset)),
        ("closed before the answer", Step::Answer(Vec::new(), Then::Close)),
        ("in the status line", Step::Answer(accepted[..9].to_vec(), Then::Reset)),
        ("in the answer's head", Step::Answer(accepted[..40].to_vec(), Then::Close)),
        (
            "after the answer's head",
            Step::Answer(accepted[..accepted.len() - ACCEPTED.len()].to_vec(), Then::Reset),
        ),
        (
            "in the answer's body",
            Step::Answer(accepted[..accepted.len() - 10].to_vec(), Then::Close),
        ),
        ("a silent server", Step::Answer(Vec::new(), Then::Hang)),
        (
            "silence in the answer's body",
            Step::Answer(accepted[..accepted.len() - 10].to_vec(), Then::Hang),
        ),
        ("a drop now and then in the head", Step::Answer(accepted[..40].to_vec(), Then::Dribble)),
        ("a drop now and then in the body", Step::Answer(endless(), Then::Dribble)),
    ];
    for (name, step) in stages {
        assert_sent_once(name, step, Doubt).await;
    }
}

#[tokio::test]
async fn answers_that_invite_a_retry_are_not_retried() {
    let retry = [("Retry-After", "0")];
    for status in [408, 425, 500, 502, 503, 504] {
        let step = Step::Answer(answer(status, &retry, b""), Then::KeepOpen);
        assert_sent_once(&status.to_string(), step, FaultClass::Doubt).await;
    }
    for status in [301, 302, 303, 307, 308] {
        let here = [("Location", "/api/v1/kling/generate")];
        let step = Step::Answer(answer(status, &here, b""), Then::KeepOpen);
        assert_sent_once(&status.to_string(), step, FaultClass::Doubt).await;
    }
    let unauthorized = [("WWW-Authenticate", "Basic realm=\"x\"")];
    let step = Step::Answer(answer(401, &unauthorized, b""), Then::KeepOpen);
    assert_sent_once("401", step, FaultClass::Unauthorized).await;
}

/// A client that reuses a connection while the server closes it may send a request twice, the
/// classic case; a submit never uses a connection that was used before.
#[tokio::test]
async fn submits_never_share_a_connection() {
    let steps = std::iter::repeat_n(Step::Answer(json(200, ACCEPTED), Then::KeepOpen), 3);
    let server = StrictServer::start(steps).await;
    let provider = provider(&server.base());
    for _ in 0..3 {
        provider.submit(&t2v("a dog")).await.unwrap();
    }
    let connections: Vec<_> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 1, 2]);
}

#[tokio::test]
async fn a_connection_that_is_never_made_sends_nothing() {
    // A port that was free a moment ago, with no listener now.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused =
        provider(&format!("http://127.0.0.1:{port}")).submit(&t2v("x")).await.unwrap_err();
    assert_eq!(refused.class, FaultClass::NotSent, "{refused}");
    assert!(refused.message.starts_with("no connection to "), "{refused}");

    let unknown = provider("http://no-such-host.localhost").submit(&t2v("x")).await.unwrap_err();
    assert_eq!(unknown.class, FaultClass::NotSent, "{unknown}");
}

/// TLS fails before a byte of the request is written, so a server without TLS received nothing.
#[tokio::test]
async fn a_failed_tls_handshake_sends_nothing() {
    for step in [Step::ResetAfterReading(1), Step::ResetOnAccept] {
        let server = StrictServer::start(with_spares(step)).await;
        let base = server.base().replace("http://", "https://");
        let fault = provider(&base).submit(&t2v("x")).await.unwrap_err();
        assert_eq!(fault.class, FaultClass::NotSent, "{fault}");
        assert_eq!(server.connections(), 1);
    }
}
