//! Every row of the fault table, over the wire.

use kling_build::base::TaskId;
use kling_build::catalog::Dialect;
use kling_build::provider::{Provider, TaskStatus};

use crate::fixtures::{hasty_provider, line, provider, t2v};
use crate::strict_server::{Step, StrictServer, Then, answer, json};

const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");
const JSON: (&str, &str) = ("Content-Type", "application/json");

fn page(status: u16) -> Vec<u8> {
    answer(status, &[HTML], b"<html><h1>Just a moment...</h1></html>")
}

/// An answer that ends before its announced length.
fn cut(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.pop();
    bytes
}

/// Answers that apply to every call, by name.
fn answers() -> Vec<(&'static str, Vec<u8>)> {
    let refused = |code| format!(r#"{{"code":{code},"message":"words of {code}"}}"#);
    let with_wait = |status, wait: &str, body: &str| {
        answer(status, &[JSON, ("Retry-After", wait)], body.as_bytes())
    };
    let date = [
        JSON,
        ("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("Date", "Sun, 06 Nov 1994 08:49:30 GMT"),
    ];
    let named = r#"{"code":CODE,"message":"m","data":{"taskId":"kling_1","status":0}}"#;
    let named = |code: &str| named.replace("CODE", code);
    vec![
        ("1001", json(200, &refused(1001))),
        ("1002", json(200, &refused(1002))),
        ("1003", json(200, &refused(1003))),
        ("1004", json(200, &refused(1004))),
        ("1005", json(200, &refused(1005))),
        ("1005 with a wait", with_wait(200, "7", &refused(1005))),
        ("HTTP 503 and 1005", with_wait(503, "2", &refused(1005))),
        ("HTTP 400 and 1001", json(400, &refused(1001))),
        ("code as a string", json(200, r#"{"code":"1003","msg":"poor"}"#)),
        ("1001 without words", json(200, r#"{"code":1001}"#)),
        ("1005 called HTML", answer(200, &[HTML], refused(1005).as_bytes())),
        ("1005 in a redirect", json(302, &refused(1005))),
        ("1005 with a task", json(200, &named("1005"))),
        ("HTTP 429", with_wait(429, "3", r#"{"code":429,"msg":"slow down"}"#)),
        ("HTTP 429 until a date", answer(429, &date, b"{}")),
        ("HTTP 429 as a page", page(429)),
        ("HTTP 429 without a body", answer(429, &[], b"")),
        ("HTTP 429 in pieces", json(429, r#"{"code":0,"data":{"taskId":"kli"#)),
        ("HTTP 429 with a task", json(429, &named("0"))),
        ("HTTP 401", json(401, r#"{"code":401,"msg":"no such key"}"#)),
        ("HTTP 403", json(403, r#"{"code":403,"msg":"not allowed"}"#)),
        ("HTTP 403 as a page", page(403)),
        ("HTTP 401 with a task", json(401, &named("0"))),
        ("code 401", json(200, r#"{"code":401,"msg":"no such key"}"#)),
        ("code 402", json(200, r#"{"code":402,"msg":"no credits"}"#)),
        ("code 422", json(200, r#"{"code":422,"msg":"recordInfo is null"}"#)),
        ("code 429", json(200, r#"{"code":429,"msg":"slow down"}"#)),
        ("code 408", json(200, r#"{"code":408,"msg":"upstream silent"}"#)),
        ("code 500", json(200, r#"{"code":500,"msg":"Server exception"}"#)),
        ("code 500, no credits", json(200, r#"{"code":500,"msg":"Credits insufficient"}"#)),
        (
            "code 500 as a page",
            answer(500, &[HTML], br#"{"code":500,"msg":"Credits insufficient"}"#),
        ),
        ("code 433", json(200, &refused(433))),
        ("code 451", json(200, &refused(451))),
        ("code 455", json(200, &refused(455))),
        ("HTTP 455", json(455, &refused(455))),
        ("code 505", json(200, &refused(505))),
        (
            "HTTP 401 for a model",
            json(401, r#"{"code":401,"msg":"The API key is not authorized to use this model"}"#),
        ),
        ("code 500, a field", json(200, r#"{"code":500,"msg":"duration is required"}"#)),
        (
            "code 500, a field and more",
            json(200, r#"{"code":500,"msg":"Server exception: duration is required"}"#),
        ),
        ("code 500, any field", json(200, r#"{"code":500,"msg":"colour is required"}"#)),
        ("code 404", json(200, r#"{"code":404,"msg":"no such page"}"#)),
        ("code 1999", json(200, &refused(1999))),
        ("code -1", json(200, &refused(-1))),
        ("HTTP 400", json(400, r#"{"error":{"message":"`seed` is odd"}}"#)),
        ("HTTP 402", json(402, r#"{"detail":"pay first"}"#)),
        ("HTTP 404", json(404, r#"{"code":404,"msg":"not found"}"#)),
        ("HTTP 404 as a page", page(404)),
        ("HTTP 408", json(408, "{}")),
        ("HTTP 409", json(409, r#"{"code":409,"msg":"same request is running"}"#)),
        ("HTTP 413", json(413, "{}")),
        ("HTTP 301", answer(301, &[("Location", "https://example.com/")], b"")),
        ("HTTP 500", json(500, r#"{"code":500,"msg":"oops"}"#)),
        ("HTTP 500 with a success", json(500, &named("0"))),
        ("HTTP 502 as a page", page(502)),
        ("HTTP 200 as a page", page(200)),
        ("no body", answer(200, &[JSON], b"")),
        ("HTTP 204", answer(204, &[], b"")),
        ("not JSON", json(200, "success")),
        ("JSON in pieces", json(200, r#"{"code":0,"data":{"taskId":"kling_1""#)),
        ("JSON and more", json(200, &format!("{}{{}}", named("0")))),
        ("a list", json(200, "[0]")),
        ("no code", json(200, r#"{"message":"success"}"#)),
        ("too large", json(200, &format!("{}{}", named("0"), " ".repeat(1024 * 1024)))),
        ("HTTP 200 cut", cut(json(200, &named("0")))),
        ("HTTP 401 cut", cut(json(401, &refused(401)))),
        ("HTTP 429 cut", cut(json(429, &refused(1005)))),
        ("HTTP 500 cut", cut(json(500, &refused(1005)))),
        ("not HTTP", b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        (
            "escape codes",
            json(
                200,
                "{\"code\":1001,\"message\":\"\\u001b[31mred\\u001b[0m\\r\\nand\\u0007 \\u202egnol\"}",
            ),
        ),
    ]
}

async fn server_with(bytes: Vec<u8>) -> StrictServer {
    StrictServer::start([Step::Answer(bytes, Then::Close)]).await
}

#[tokio::test]
async fn submits() {
    let only_here = [
        ("success without data", json(200, r#"{"code":0,"message":"success"}"#)),
        ("success without a task", json(200, r#"{"code":0,"data":{"taskId":""}}"#)),
        ("success with an odd task", json(200, r#"{"code":0,"data":{"taskId":{"id":1}}}"#)),
    ];
    let mut shown = String::new();
    for (name, bytes) in answers().into_iter().chain(only_here) {
        let server = server_with(bytes).await;
        let fault = provider(&server.base()).submit(&t2v("a dog")).await.unwrap_err();
        assert_eq!(server.seen().len(), 1, "{name}");
        shown += &format!("{name:26} {}\n", line(&fault));
    }
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn submits_that_are_accepted() {
    for body in [
        r#"{"code":0,"message":"success","data":{"taskId":"kling_1","status":0}}"#,
        r#"{"code":200,"msg":"success","data":{"taskId":"kling_1","recordId":"kling_1"}}"#,
        r#"{"code":"0","data":{"taskId":" kling_1 ","surprise":[1]}}"#,
    ] {
        for media_type in ["application/json", "application/json; charset=utf-8", "text/plain"] {
            let bytes = answer(200, &[("Content-Type", media_type)], body.as_bytes());
            let server = server_with(bytes).await;
            let task = provider(&server.base()).submit(&t2v("a dog")).await;
            assert_eq!(task, Ok(TaskId::new("kling_1")), "{media_type} {body}");
        }
    }
}

#[tokio::test]
async fn polls() {
    let record =
        |fields: &str| json(200, &format!(r#"{{"code":0,"message":"success","data":{fields}}}"#));
    let only_here = [
        ("no record", record("null")),
        (
            "another task's record",
            record(r#"{"taskId":"kling_2","status":1,"videoUrl":"https://a/"}"#),
        ),
        ("no status", record(r#"{"taskId":"kling_1"}"#)),
        ("unknown status", record(r#"{"taskId":"kling_1","status":7}"#)),
        ("success without a video", record(r#"{"taskId":"kling_1","status":1}"#)),
        (
            "success with an empty video",
            record(r#"{"taskId":"kling_1","status":1,"videoUrl":" "}"#),
        ),
    ];
    let mut shown = String::new();
    for (name, bytes) in answers().into_iter().chain(only_here) {
        let server = server_with(bytes).await;
        let status = provider(&server.base()).status(&TaskId::new("kling_1"), Dialect::Kling).await;
        let said = match &status {
            Ok(status) => format!("{status:?}"),
            Err(fault) => line(fault),
        };
        shown += &format!("{name:26} {said}\n");
    }
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{".to_vec();
    for (name, bytes, then) in [
        ("reset", Vec::new(), Then::Reset),
        ("closed", Vec::new(), Then::Close),
        ("silent", Vec::new(), Then::Hang),
        ("a drop now and then", head, Then::Dribble),
    ] {
        let server = StrictServer::start([Step::Answer(bytes, then)]).await;
        let fault = hasty_provider(&server.base())
            .status(&TaskId::new("kling_1"), Dialect::Kling)
            .await
            .unwrap_err();
        shown += &format!("{name:26} {}\n", line(&fault));
    }
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn polls_with_a_status() {
    let cases = [
        (r#"{"taskId":"kling_1","status":0}"#, "generating"),
        (r#"{"taskId":"kling_1","status":"0","progress":40}"#, "generating"),
        (r#"{"status":1,"videoUrl":"https://s.example/v.mp4"}"#, "https://s.example/v.mp4"),
        (
            r#"{"taskId":"kling_1","status":1,"videoUrl":"https://s.example/v.mp4","duration":10}"#,
            "https://s.example/v.mp4",
        ),
        (
            r#"{"taskId":"kling_1","status":2}"#,
            "TaskFailed -: the provider could not make this video and did not say why",
        ),
        (
            r#"{"taskId":"kling_1","status":2,"failMsg":"the \u001b[1mmodel\u001b[0m gave up"}"#,
            "TaskFailed -: the model gave up",
        ),
        (
            r#"{"taskId":"kling_1","status":2,"failMsg":"banned","failCode":"1001"}"#,
            "InvalidPrompt 1001: banned",
        ),
    ];
    for (record, expected) in cases {
        let body = format!(r#"{{"code":0,"message":"success","data":{record}}}"#);
        let server = server_with(json(200, &body)).await;
        let said =
            match provider(&server.base()).status(&TaskId::new("kling_1"), Dialect::Kling).await {
                Ok(TaskStatus::Generating) => "generating".to_string(),
                Ok(TaskStatus::Succeeded(result)) => result.video_url,
                Ok(TaskStatus::Failed(fault)) => line(&fault),
                Err(fault) => panic!("{record}: {fault:?}"),
            };
        assert_eq!(said, expected, "{record}");
    }
}
