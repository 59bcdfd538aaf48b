//! A simulator and a plain client for it.

use std::time::Duration;

use kling_build::sim::{Sim, SimOptions};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

/// A simulator with a client that has a key.
pub struct Stand {
    pub sim: Sim,
    pub client: Client,
}

impl Stand {
    /// A simulator whose tasks end at once.
    pub async fn new(options: SimOptions) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sim = Sim::start(listener, options).await.unwrap();
        let client = Client::builder().no_proxy().retry(reqwest::retry::never()).build().unwrap();
        Stand { sim, client }
    }

    pub async fn with_faults(rules: &[&str]) -> Self {
        let faults = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        Stand::new(SimOptions { faults, ..instant() }).await
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sim.base_url())
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    pub fn submit(&self, body: &Value) -> RequestBuilder {
        self.client.post(self.url("/api/v1/kling/generate")).bearer_auth("k").json(body)
    }

    /// Submits and returns the task, which must be accepted.
    pub async fn task(&self, body: &Value) -> String {
        let (status, answer) = read(self.submit(body).send().await.unwrap()).await;
        assert_eq!((status, &answer["code"]), (200, &json!(0)), "{answer}");
        assert_eq!(answer["data"]["status"], 0);
        answer["data"]["taskId"].as_str().unwrap().to_string()
    }

    pub async fn poll(&self, task: &str) -> (u16, Value) {
        let path = format!("/api/v1/kling/record-info?taskId={task}");
        read(self.get(&path).bearer_auth("k").send().await.unwrap()).await
    }
}

/// Tasks that end at once.
pub fn instant() -> SimOptions {
    SimOptions { latency: Duration::ZERO, ..SimOptions::default() }
}

/// A small take.
pub fn dog() -> Value {
    json!({ "prompt": "a dog runs along the beach", "seed": 12345 })
}

/// HTTP status and JSON body.
pub async fn read(response: Response) -> (u16, Value) {
    (response.status().as_u16(), response.json().await.unwrap())
}
