//! The contract of every provider.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use kling_build::base::FaultClass;
use kling_build::catalog::{Dialect, FrameSize, InputRole, InputSlot};
use kling_build::media::animatic::{Fonts, RENDERER};
use kling_build::media::probe_video;
use kling_build::plan::{PreviewInputs, ProviderFamily, SlatePlace};
use kling_build::provider::kie::KieProvider;
use kling_build::provider::{
    Asset, FileToHost, Order, PreviewProvider, Provider, TaskResult, TaskStatus,
};
use kling_build::sim::{Sim, SimOptions};
use kling_build::store::LocalDisk;

use crate::fixtures::{KEY, avatar, hasty_provider, i2v, provider, t2v};

/// Makes a take and checks each step against the trait's contract.
async fn assert_contract(provider: &dyn Provider, order: &Order, size: FrameSize, millis: u64) {
    assert!(provider.slots() > 0);
    let task = provider.submit(order).await.unwrap();
    let result = finished(provider, &task).await;
    // Free calls may be repeated, and return the same.
    assert_eq!(finished(provider, &task).await, result);
    let mut videos = Vec::new();
    for _ in 0..2 {
        let mut video = Vec::new();
        provider.fetch(order, &result, &mut video).await.unwrap();
        videos.push(video);
    }
    assert!(videos[0] == videos[1], "a take has two videos");
    let facts = probe_video(&mut Cursor::new(&videos[0])).unwrap();
    assert_eq!(facts.size, size);
    assert!(facts.millis.abs_diff(millis) <= 42, "{} ms instead of {millis}", facts.millis);
}

async fn finished(provider: &dyn Provider, task: &kling_build::base::TaskId) -> TaskResult {
    for _ in 0..200 {
        match provider.status(task, Dialect::Kling).await.unwrap() {
            TaskStatus::Generating => tokio::time::sleep(Duration::from_millis(10)).await,
            TaskStatus::Succeeded(result) => return result,
            TaskStatus::Failed(fault) => panic!("{fault}"),
        }
    }
    panic!("the task never ends");
}

async fn rehearsal(faults: &[&str]) -> (Sim, KieProvider) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = faults.contains(&"silence-after-accept");
    let make = if silent { hasty_provider } else { provider };
    let faults = faults.iter().map(|rule| rule.parse().unwrap()).collect();
    let latency = Duration::from_millis(30);
    let options = SimOptions { faults, latency, key: Some(KEY.into()), ..SimOptions::default() };
    let sim = Sim::start(listener, options).await.unwrap();
    let provider = make(&sim.base_url());
    (sim, provider)
}

const WIDE: FrameSize = FrameSize { width: 1280, height: 720 };

#[tokio::test]
async fn the_remote_provider_keeps_the_contract() {
    let (sim, provider) = rehearsal(&[]).await;
    assert_eq!(provider.family(), ProviderFamily::KlingRehearsal);
    assert!(provider.needs_hosting());
    assert_contract(&provider, &t2v("a dog"), WIDE, 5_000).await;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("still.png");
    image::RgbImage::from_pixel(320, 180, image::Rgb([20, 90, 160])).save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let digest = kling_build::base::Digest::of(&bytes);
    let file = FileToHost { path, digest, media_type: "image/png", extension: "png" };
    let url = provider.host(&file).await.unwrap();
    assert_contract(&provider, &i2v("she walks", &url), WIDE, 5_000).await;
    assert_contract(&provider, &avatar(&url, "https://a.example/a.mp3"), WIDE, 5_000).await;

    let records = sim.records();
    assert_eq!(records.violations, Vec::<String>::new());
    assert_eq!((records.tasks.len(), records.submits, records.uploads), (3, 3, 1));
    assert!(records.tasks.iter().all(|task| task.downloads == 2));
}

#[tokio::test]
async fn the_preview_keeps_the_contract() {
    let provider = PreviewProvider::new(Arc::new(LocalDisk), Fonts::builtin(), Fonts::builtin());
    assert_eq!(provider.family(), ProviderFamily::Preview);
    assert!(!provider.needs_hosting());
    let mut orders = [
        t2v("a dog"),
        i2v("she walks", "https://a.example/a.png"),
        avatar("https://a.example/a.png", "https://a.example/a.mp3"),
    ];
    for order in &mut orders {
        order.recipe.family = ProviderFamily::Preview;
        order.recipe.preview = Some(PreviewInputs {
            scene: "opening".into(),
            title: None,
            narration: None,
            renderer: RENDERER,
            fonts: Vec::new(),
            size: WIDE,
            millis: 5_000,
            used_millis: None,
            place: SlatePlace::default(),
            sources: BTreeMap::new(),
        });
        assert_contract(&provider, order, WIDE, 5_000).await;
    }
}

#[tokio::test]
async fn damaged_downloads_complete_in_the_end() {
    for fault in ["cut-download:1", "slow-download:1"] {
        let (sim, provider) = rehearsal(&[fault]).await;
        assert_contract(&provider, &t2v("a dog"), WIDE, 5_000).await;
        assert_eq!(sim.records().violations, Vec::<String>::new());
    }
}

/// The provider classifies each rehearsed fault of a submit as the table says, and a task that was
/// created behind a broken answer is always a doubt.
#[tokio::test]
async fn rehearsed_faults_mean_what_they_should() {
    use FaultClass::*;
    for (fault, class) in [
        ("1001", InvalidPrompt),
        ("1002", InvalidImage),
        ("1003", InsufficientCredits),
        ("1004", InvalidParameters),
        ("1005", Busy),
        ("401", Unauthorized),
        ("429", Busy),
        ("500", Doubt),
        ("reset", Doubt),
        ("500-after-accept", Doubt),
        ("reset-after-accept", Doubt),
        ("cut-after-accept", Doubt),
        ("silence-after-accept", Doubt),
    ] {
        let (sim, provider) = rehearsal(&[fault]).await;
        let met = provider.submit(&t2v("a dog")).await.unwrap_err();
        assert_eq!(met.class, class, "{fault}: {met}");
        let wait = (class == Busy).then_some(Duration::from_secs(1));
        assert_eq!(met.retry_after, wait, "{fault}");
        let records = sim.records();
        assert_eq!(records.submits, 1, "{fault}: sent again");
        assert!(records.tasks.is_empty() || class == Doubt, "{fault}: a paid task is not in doubt");
    }
}

#[tokio::test]
async fn rehearsed_polls_and_downloads_mean_what_they_should() {
    use FaultClass::*;
    for (fault, class) in [
        ("poll-502", Transient),
        ("poll-429", Busy),
        ("poll-reset", Transient),
        ("not-visible", NotFound),
    ] {
        let (_sim, provider) = rehearsal(&[fault]).await;
        let task = provider.submit(&t2v("a dog")).await.unwrap();
        let met = provider.status(&task, Dialect::Kling).await.unwrap_err();
        assert_eq!(met.class, class, "{fault}: {met}");
        finished(&provider, &task).await;
    }
    for (fault, class) in [("dead-url", NotFound), ("download-page", Broken)] {
        let (_sim, provider) = rehearsal(&[fault]).await;
        let order = t2v("a dog");
        let task = provider.submit(&order).await.unwrap();
        let result = finished(&provider, &task).await;
        let met = provider.fetch(&order, &result, &mut Vec::new()).await.unwrap_err();
        assert_eq!(met.class, class, "{fault}: {met}");
        provider.fetch(&order, &result, &mut Vec::new()).await.unwrap();
    }
    let (_sim, provider) = rehearsal(&["fail"]).await;
    let task = provider.submit(&t2v("a dog")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(30)).await;
    let TaskStatus::Failed(fault) = provider.status(&task, Dialect::Kling).await.unwrap() else {
        panic!("the task did not fail");
    };
    assert_eq!(fault.message, "generation failed");
    let unknown = provider
        .status(&kling_build::base::TaskId::new("kling_other"), Dialect::Kling)
        .await
        .unwrap_err();
    assert_eq!(unknown.class, NotFound);
    // An order whose input is still a file is refused before anything is sent.
    let mut order = i2v("x", "");
    order.inputs.insert(InputSlot::only(InputRole::Image), Asset::File("a.png".into()));
    assert_eq!(provider.submit(&order).await.unwrap_err().class, Local);
}
