//! Requests contain exactly what the API page lists.

use kling_build::base::{FaultClass, TaskId};
use kling_build::catalog::{Dialect, InputRole, InputSlot};
use kling_build::provider::{Asset, Order, Provider, TaskStatus};

use crate::fixtures::{KEY, avatar, i2v, provider, t2v};
use crate::strict_server::{Seen, Step, StrictServer, Then, json};

const ACCEPTED: &str = r#"{"code":0,"message":"success","data":{"taskId":"kling_1","status":0}}"#;

async fn submitted(base_path: &str, order: &Order) -> Seen {
    let server = StrictServer::start([Step::Answer(json(200, ACCEPTED), Then::KeepOpen)]).await;
    let task = provider(&format!("{}{base_path}", server.base())).submit(order).await.unwrap();
    assert_eq!(task.as_str(), "kling_1");
    let [seen] = <[Seen; 1]>::try_from(server.seen()).unwrap();
    seen
}

#[tokio::test]
async fn bodies_contain_only_the_listed_fields() {
    let mut plain = t2v("a dog");
    plain.recipe.seed = None;
    // An image that the recipe's type does not use is not sent.
    plain
        .inputs
        .insert(InputSlot::only(InputRole::Image), Asset::Url("https://a.example/x.png".into()));
    let orders = [
        ("t2v", t2v("\"quotes\" & ünïcode\nline")),
        ("t2v without a seed", plain),
        ("i2v", i2v("she walks", "https://cdn.example.com/a.png")),
        ("avatar", avatar("https://cdn.example.com/a.png", "https://cdn.example.com/a.mp3")),
    ];
    let mut shown = String::new();
    for (name, order) in orders {
        let body = submitted("", &order).await.json();
        shown += &format!("{name}: {}\n", serde_json::to_string_pretty(&body).unwrap());
    }
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn headers_contain_the_endpoint_key_and_type() {
    let seen = submitted("/proxied/kie/", &t2v("x")).await;
    assert_eq!(seen.line, "POST /proxied/kie/api/v1/kling/generate");
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert!(seen.header("user-agent").unwrap().starts_with("kling-build/"));
}

#[tokio::test]
async fn task_ids_are_encoded_in_the_query() {
    let body = r#"{"code":0,"message":"success","data":{"taskId":"a b&c=d/ü","status":0}}"#;
    let server = StrictServer::start([Step::Answer(json(200, body), Then::KeepOpen)]).await;
    let status = provider(&server.base()).status(&TaskId::new("a b&c=d/ü"), Dialect::Kling).await;
    assert_eq!(status, Ok(TaskStatus::Generating));
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "GET /api/v1/kling/record-info?taskId=a+b%26c%3Dd%2F%C3%BC");
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
}

#[tokio::test]
async fn input_that_is_not_public_is_not_requested() {
    let server = StrictServer::start([]).await;
    let mut order = i2v("x", "");
    order.inputs.insert(InputSlot::only(InputRole::Image), Asset::File("assets/host.jpg".into()));
    let fault = provider(&server.base()).submit(&order).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::Local);
    assert_eq!(fault.message, "the image `assets/host.jpg` was not made public");
    order.inputs.remove(&InputSlot::only(InputRole::Image));
    let fault = provider(&server.base()).submit(&order).await.unwrap_err();
    assert_eq!(fault.message, "the order has no image");
    assert_eq!(server.connections(), 0);
}
