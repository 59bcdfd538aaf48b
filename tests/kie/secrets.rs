//! The key goes only to the API: not to other hosts, not into messages.

use kling_build::base::TaskId;
use kling_build::catalog::Dialect;
use kling_build::provider::{Provider, TaskStatus};

use crate::fixtures::{KEY, fetch, provider, t2v};
use crate::strict_server::{Step, StrictServer, Then, answer, json};

fn assert_keyless(server: &StrictServer) {
    for seen in server.seen() {
        let shown = format!("{seen:?}");
        assert!(!shown.contains(KEY), "the key went to another host: {shown}");
        assert!(seen.header("authorization").is_none() && seen.header("cookie").is_none());
        assert!(seen.header("referer").is_none(), "{shown}");
    }
}

#[tokio::test]
async fn another_host_never_sees_the_key() {
    let elsewhere =
        StrictServer::start((0..20).map(|_| {
            Step::Answer(answer(200, &[("Content-Type", "video/mp4")], b"v"), Then::Close)
        }))
        .await;
    // The same host under another name, and another port: both are other origins.
    let there = [elsewhere.base(), elsewhere.base().replace("127.0.0.1", "localhost")];
    for there in &there {
        for status in [301, 302, 303, 307, 308] {
            let to = [("Location", format!("{there}/x"))];
            let to = to.each_ref().map(|(name, value)| (*name, value.as_str()));
            let step = || Step::Answer(answer(status, &to, b""), Then::Close);
            let api = StrictServer::start([step(), step(), step()]).await;
            let provider = provider(&api.base());
            provider.submit(&t2v("x")).await.unwrap_err();
            provider.status(&TaskId::new("kling_1"), Dialect::Kling).await.unwrap_err();
            assert_eq!(elsewhere.seen().len(), 0, "a call to the API was sent elsewhere");
            assert_eq!(api.seen().len(), 2);
        }
    }
    let cookie =
        [("Set-Cookie", "session=1; Path=/"), ("Location", &format!("{}/v.mp4", there[1]))];
    let api = StrictServer::start([Step::Answer(answer(302, &cookie, b""), Then::Close)]).await;
    let here = provider(&api.base());
    assert_eq!(fetch(&here, &format!("{}/v.mp4", there[0])).await.unwrap(), b"v");
    assert_eq!(fetch(&here, &format!("{}/redirected.mp4", api.base())).await.unwrap(), b"v");
    assert_eq!(elsewhere.seen().len(), 2);
    assert_keyless(&elsewhere);
    assert_keyless(&api);
}

#[tokio::test]
async fn key_echoed_by_the_server_is_removed() {
    let echo = format!(
        r#"{{"code":CODE,"message":"key {KEY} refused","data":{{"status":2,"failMsg":"{KEY}"}}}}"#
    );
    for code in ["1001", "1005", "401", "500", "0", "1"] {
        let body = json(200, &echo.replace("CODE", code));
        let hop = answer(302, &[("Location", &format!("ftp://{KEY}@x/"))], b"");
        let server = StrictServer::start([
            Step::Answer(body.clone(), Then::Close),
            Step::Answer(body, Then::Close),
            Step::Answer(hop, Then::Close),
        ])
        .await;
        let provider = provider(&server.base());
        let mut shown = format!("{provider:?}");
        shown += &format!("{:?}", provider.submit(&t2v("x")).await.unwrap_err());
        shown += &match provider.status(&TaskId::new("kling_1"), Dialect::Kling).await {
            Ok(TaskStatus::Failed(fault)) | Err(fault) => format!("{fault:?} {fault}"),
            Ok(status) => panic!("{status:?}"),
        };
        let fault = fetch(&provider, &format!("{}/v.mp4", server.base())).await.unwrap_err();
        shown += &format!("{fault:?} {fault}");
        assert!(!shown.contains(KEY), "{shown}");
        assert!(shown.contains("[key]"), "{shown}");
    }
}
