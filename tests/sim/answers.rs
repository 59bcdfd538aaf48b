//! Answers match the API page.

use std::time::Duration;

use kling_build::base::Credits;
use kling_build::sim::SimOptions;
use serde_json::json;

use crate::client::{Stand, dog, instant, read};

#[tokio::test]
async fn a_task_goes_from_generating_to_its_video() {
    let latency = Duration::from_millis(900);
    let stand = Stand::new(SimOptions { latency, seed: 7, ..SimOptions::default() }).await;
    let task = stand.task(&json!({ "prompt": "x", "duration": 10, "resolution": "1080p" })).await;
    let (_, generating) = stand.poll(&task).await;
    let fields: Vec<_> = generating["data"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["taskId", "status", "duration", "resolution", "createdAt"]);
    assert_eq!(generating["data"]["status"], 0);

    tokio::time::sleep(latency).await;
    let (status, mut done) = stand.poll(&task).await;
    assert_eq!(status, 200);
    let moment =
        |name: &str| done["data"][name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(
        (moment("completedAt") - moment("createdAt")).total(jiff::Unit::Millisecond).unwrap(),
        900.0
    );
    done["data"]["createdAt"] = json!("(checked)");
    done["data"]["completedAt"] = json!("(checked)");
    let shown = serde_json::to_string_pretty(&done).unwrap();
    insta::assert_snapshot!(shown.replace(&stand.sim.base_url(), "(base)"));
}

#[tokio::test]
async fn only_the_right_key_is_let_in() {
    let options = SimOptions { key: Some("right".into()), ..instant() };
    let stand = Stand::new(options).await;
    for (key, status) in [(None, 401), (Some("wrong"), 401), (Some("right"), 404)] {
        let mut request = stand.get("/api/v1/kling/record-info?taskId=x");
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let (found, body) = read(request.send().await.unwrap()).await;
        assert_eq!((found, &body["code"]), (status, &json!(status)), "{key:?}");
    }
    let (status, _) = read(stand.submit(&dog()).send().await.unwrap()).await;
    assert_eq!(status, 401);
    assert_eq!(stand.sim.records().submits, 0);
    assert_eq!(stand.sim.records().violations, ["a poll came without a key"]);
}

#[tokio::test]
async fn tasks_cost_what_the_api_page_says() {
    let stand = Stand::new(SimOptions { credits: Credits::whole(250), ..instant() }).await;
    for (body, price) in [
        (json!({ "prompt": "x" }), 50),
        (json!({ "prompt": "x", "model": "kling-2-6", "duration": 10 }), 140),
        (
            json!({
                "model": "kling-avatar", "resolution": "720p",
                "imageUrl": "https://a.example/a.png", "voiceUrl": "https://a.example/a.mp3"
            }),
            40,
        ),
    ] {
        stand.task(&body).await;
        let records = stand.sim.records();
        assert_eq!(records.tasks.last().unwrap().credits, Credits::whole(price), "{body}");
        assert_eq!(records.tasks.last().unwrap().request, body);
    }
    let (status, refused) = read(stand.submit(&dog()).send().await.unwrap()).await;
    assert_eq!((status, &refused["code"]), (200, &json!(1003)));
    assert_eq!(
        refused["message"],
        "Insufficient credits: the balance is 20, 30 credits are missing"
    );
    assert_eq!(stand.sim.records().spent, Credits::whole(230));
}

#[tokio::test]
async fn eleventh_task_at_once_is_refused() {
    let stand = Stand::new(SimOptions { latency: Duration::from_secs(60), ..instant() }).await;
    for _ in 0..10 {
        stand.task(&dog()).await;
    }
    let response = stand.submit(&dog()).send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(read(response).await.0, 429);
    let records = stand.sim.records();
    assert_eq!((records.running_max, records.submits, records.tasks.len()), (10, 11, 10));
    assert_eq!(records.refused.len(), 1);
    assert!(records.violations.is_empty(), "{:?}", records.violations);
}

#[tokio::test]
async fn violations_are_refused_and_recorded() {
    let stand = Stand::new(instant()).await;
    let (_, odd) =
        read(stand.submit(&json!({ "prompt": "x", "seed": 5 })).send().await.unwrap()).await;
    assert_eq!(odd["message"], "Invalid parameters: `seed` is 5, not from 10000 to 99999");
    let url = stand.url("/api/v1/kling/generate");
    let form = stand.client.post(url).bearer_auth("k").body(dog().to_string());
    assert_eq!(read(form.send().await.unwrap()).await.1["code"], 1004);
    assert_eq!(stand.get("/api/v1/kling/cancel").send().await.unwrap().status(), 404);
    assert_eq!(stand.get("/api/v1/kling/generate").send().await.unwrap().status(), 404);
    let none = stand.get("/api/v1/kling/record-info").bearer_auth("k").send().await.unwrap();
    assert_eq!(read(none).await.1["code"], 1004);
    insta::assert_snapshot!(stand.sim.records().violations.join("\n"));
    assert_eq!(stand.sim.records().tasks.len(), 0);
}

#[tokio::test]
async fn seed_determines_the_tasks() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let stand = Stand::new(SimOptions { seed, ..instant() }).await;
        runs.push([stand.task(&dog()).await, stand.task(&dog()).await]);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    assert_ne!(runs[0][0], runs[0][1]);
}

#[tokio::test]
async fn end_is_announced_to_the_requested_address() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (calls, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let hook = axum::routing::post(|body: axum::Json<serde_json::Value>| async move {
        calls.send(body.0).unwrap();
    });
    tokio::spawn(
        async move { axum::serve(listener, axum::Router::new().route("/hook", hook)).await },
    );

    let stand = Stand::new(SimOptions { latency: Duration::from_millis(50), ..instant() }).await;
    let url = format!("http://{address}/hook");
    let task = stand.task(&json!({ "prompt": "x", "callBackUrl": url })).await;
    let body = heard.recv().await.unwrap();
    let fields: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["taskId", "status", "duration", "videoUrl", "completedAt"]);
    assert_eq!((&body["taskId"], &body["status"]), (&json!(task), &json!(1)));
    assert_eq!(body["videoUrl"], stand.url(&format!("/videos/{task}.mp4")));
}

#[tokio::test]
async fn stopped_simulator_no_longer_answers() {
    let stand = Stand::with_faults(&["silence-after-accept"]).await;
    let url = stand.url("/api/v1/kling/generate");
    let silent = tokio::spawn(stand.submit(&dog()).send());
    while stand.sim.records().tasks.is_empty() {
        tokio::task::yield_now().await;
    }
    let client = stand.client.clone();
    stand.sim.stop().await;
    // The silence ends with the simulator; no process listens any more.
    silent.await.unwrap().unwrap();
    assert!(client.post(url).send().await.unwrap_err().is_connect());
}
