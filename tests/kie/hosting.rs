//! Uploads: the right parts under the right name, and an address that the API can fetch.

use kling_build::base::{Digest, FaultClass};
use kling_build::provider::{FileToHost, Provider};

use crate::fixtures::{KEY, line, provider};
use crate::strict_server::{Step, StrictServer, Then, answer, json};

const UPLOADED: &str = r#"{"success":true,"code":200,"msg":"ok","data":{"downloadUrl":"https://tempfile.example/a.png"}}"#;

fn portrait(folder: &tempfile::TempDir, content: &[u8]) -> FileToHost {
    let path = folder.path().join("host.png");
    std::fs::write(&path, content).unwrap();
    FileToHost { path, digest: Digest::of(content), media_type: "image/png", extension: "png" }
}

#[tokio::test]
async fn file_is_uploaded_under_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let file = portrait(&folder, b"\x89PNG not really");
    let server = StrictServer::start([Step::Answer(json(200, UPLOADED), Then::Close)]).await;
    let url = provider(&server.base()).host(&file).await;
    assert_eq!(url, Ok("https://tempfile.example/a.png".into()));

    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /api/file-stream-upload");
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert!(seen.header("user-agent").unwrap().starts_with("kling-build/"));
    let boundary = seen.header("content-type").unwrap().split_once("boundary=").unwrap().1;
    let body = String::from_utf8_lossy(&seen.body).replace(boundary, "BOUNDARY");
    insta::assert_snapshot!(body.replace("\r\n", "\n"));
}

#[tokio::test]
async fn a_file_that_changed_is_not_uploaded() {
    let folder = tempfile::tempdir().unwrap();
    let file = portrait(&folder, b"before");
    std::fs::write(&file.path, b"after").unwrap();
    let server = StrictServer::start([]).await;
    let fault = provider(&server.base()).host(&file).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::Local);
    assert!(fault.message.ends_with("changed while the build was running; run the build again"));

    std::fs::remove_file(&file.path).unwrap();
    let fault = provider(&server.base()).host(&file).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::Local, "{fault}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn upload_failures_are_distinguished() {
    let folder = tempfile::tempdir().unwrap();
    let file = portrait(&folder, b"x");
    let html = [("Content-Type", "text/html")];
    let mut shown = String::new();
    for (name, bytes) in [
        ("HTTP 401", json(401, r#"{"success":false,"code":401,"msg":"bad key"}"#)),
        ("code 401", json(200, r#"{"success":false,"code":401,"msg":"bad key"}"#)),
        ("code 400", json(200, r#"{"success":false,"code":400,"msg":"no file"}"#)),
        ("code 500", json(200, r#"{"success":false,"code":500,"msg":"try later"}"#)),
        ("a guard's page", answer(403, &html, b"error code: 1010")),
        ("HTTP 307", answer(307, &[("Location", "https://elsewhere.example/")], b"")),
        ("no address", json(200, r#"{"success":true,"code":200,"data":{}}"#)),
        (
            "a strange address",
            json(200, r#"{"code":200,"data":{"downloadUrl":"http://10.0.0.1/a"}}"#),
        ),
        ("cut", json(200, r#"{"success":true,"code":200"#)),
    ] {
        let server = StrictServer::start([Step::Answer(bytes, Then::Close)]).await;
        let fault = provider(&server.base()).host(&file).await.unwrap_err();
        shown += &format!("{name:18} {}\n", line(&fault));
        assert_eq!(server.seen().len(), 1, "{name}");
    }
    insta::assert_snapshot!(shown);
}
