//! Every kind of fault does exactly what its rule says.

use kling_build::sim::{FaultKind, FaultPoint};
use serde_json::json;

use crate::client::{Stand, dog, read};

/// The result of a call: status and code, or that no answer came.
async fn met(request: reqwest::RequestBuilder) -> String {
    let response = match request.timeout(std::time::Duration::from_secs(2)).send().await {
        Ok(response) => response,
        Err(error) if error.is_timeout() => return "silence".into(),
        Err(_) => return "no answer".into(),
    };
    let status = response.status().as_u16();
    match response.text().await {
        Ok(text) if text.starts_with('<') => format!("HTTP {status}, a page"),
        Ok(text) => match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(body) => format!("HTTP {status}, code {}", body["code"]),
            Err(_) => format!("HTTP {status}, {} bytes", text.len()),
        },
        Err(_) => format!("HTTP {status}, cut"),
    }
}

#[tokio::test]
async fn submit_faults_affect_only_the_named_calls() {
    let mut shown = String::new();
    for kind in FaultKind::ALL.iter().filter(|kind| kind.stage() == FaultPoint::Submit) {
        let stand = Stand::with_faults(&[kind.as_str()]).await;
        let first = met(stand.submit(&dog())).await;
        let tasks = stand.sim.records().tasks.len();
        let second = met(stand.submit(&dog())).await;
        assert_eq!(stand.sim.records().tasks.len(), tasks + 1);
        assert_eq!(stand.sim.records().refused.len(), 1 - tasks);
        assert_eq!(second, "HTTP 200, code 0");
        assert!(stand.sim.records().violations.is_empty());
        shown += &format!("{:22} {first}, {tasks} made\n", kind.as_str());
    }
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn poll_faults_follow_their_rules() {
    let mut shown = String::new();
    for kind in FaultKind::ALL.iter().filter(|kind| kind.stage() == FaultPoint::Poll) {
        let stand = Stand::with_faults(&[&format!("{}:1-2", kind.as_str())]).await;
        let task = stand.task(&dog()).await;
        let mut polls = Vec::new();
        for _ in 0..3 {
            let path = format!("/api/v1/kling/record-info?taskId={task}");
            polls.push(met(stand.get(&path).bearer_auth("k")).await);
        }
        assert_eq!(stand.sim.records().tasks[0].polls.len(), 3);
        shown += &format!("{:12} {}\n", kind.as_str(), polls.join("; "));
    }
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn the_named_task_fails() {
    let stand = Stand::with_faults(&["fail:2"]).await;
    let mut found = Vec::new();
    for _ in 0..3 {
        let task = stand.task(&dog()).await;
        let (_, record) = stand.poll(&task).await;
        let video = stand.get(&format!("/videos/{task}.mp4")).send();
        assert_eq!(record["data"].get("videoUrl").is_some(), record["data"]["status"] == 1);
        if record["data"]["status"] == 2 {
            assert_eq!(record["message"], "generation failed");
            assert_eq!(video.await.unwrap().status(), 404);
        }
        found.push(record["data"]["status"].clone());
    }
    assert_eq!(found, [json!(1), json!(2), json!(1)]);
}

#[tokio::test]
async fn upload_faults_follow_their_rules() {
    let stand = Stand::with_faults(&["upload-500"]).await;
    let mut codes = Vec::new();
    for _ in 0..2 {
        let file = reqwest::multipart::Part::text("x").file_name("a.txt");
        let form = reqwest::multipart::Form::new().text("uploadPath", "f").part("file", file);
        let url = stand.url("/api/file-stream-upload");
        let sent = stand.client.post(url).bearer_auth("k").multipart(form).send().await.unwrap();
        let (_, body) = read(sent).await;
        codes.push((body["code"].clone(), body["success"].clone()));
    }
    assert_eq!(codes, [(json!(500), json!(false)), (json!(200), json!(true))]);
}
