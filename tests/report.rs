//! Properties of the report for any text that a storyboard or a provider can contain.

use kling_build::base::{Credits, Digest, Key, Moment, SceneId, TaskId};
use kling_build::catalog::{ModelId, Resolution, SceneType};
use kling_build::plan::ProviderFamily;
use kling_build::report::{
    BuildEvent, JsonReporter, LineReporter, MANIFEST_VERSION, Manifest, ManifestScene, Paid,
    Reporter, TakeState, gallery,
};
use proptest::prelude::*;

/// Text with everything that has a meaning to a terminal, to HTML or to JSON.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[ -~]{0,20}",
        Just("\u{1b}[31m".to_string()),
        Just("\u{1b}]0;title".to_string()),
        Just("\u{9b}2J\u{7f}\u{0}\r\n".to_string()),
        Just("\u{202e}</script><img src=x onerror=alert(1)>\"'&".to_string()),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn manifest(title: &str, prompt: &str, task: &str) -> Manifest {
    let scene: SceneId = "dawn".parse().unwrap();
    Manifest {
        version: MANIFEST_VERSION,
        profile: None,
        storyboard: title.to_string(),
        title: Some(title.to_string()),
        provider: ProviderFamily::Kling,
        scenes: vec![ManifestScene {
            scene,
            label: Some(title.to_string()),
            tags: Default::default(),
            scene_type: SceneType::T2v,
            model: ModelId::new(task),
            prompt: Some(prompt.to_string()),
            resolution: Resolution::P720,
            aspect_ratio: None,
            seed: None,
            take: 1,
            key: Key(Digest::of(b"key")),
            video: format!("scenes/{task}.mp4"),
            poster: Some(format!("posters/{task}.jpg")),
            artifact: Digest::of(b"video"),
            bytes: 1,
            width: 1280,
            height: 720,
            seconds: 5.0,
            codec: task.to_string(),
            task: Some(TaskId::new(task)),
            credits: Credits::whole(50),
            made: Some(Moment::from_millis(0)),
        }],
        cuts: Vec::new(),
        shot_list: None,
    }
}

proptest! {
    #[test]
    fn a_manifest_reads_back_as_it_was(
        title in text(),
        prompt in text(),
        task in text(),
        seconds in 0.0..1e5f64,
    ) {
        let mut manifest = manifest(&title, &prompt, &task);
        manifest.scenes[0].seconds = seconds;
        let text = manifest.print();
        let read = Manifest::parse(&text).unwrap();
        prop_assert_eq!(read.print(), text, "what is read is written again to the byte");
        prop_assert!((read.scenes[0].seconds - seconds).abs() <= 0.000_5);
        manifest.scenes[0].seconds = read.scenes[0].seconds;
        prop_assert_eq!(read, manifest);
    }

    #[test]
    fn arbitrary_text_is_rejected_as_a_manifest(text in text()) {
        prop_assert!(Manifest::parse(&text).is_err());
    }

    #[test]
    fn no_text_changes_the_page_around_it(title in text(), prompt in text(), task in text()) {
        let tags = |page: &str| page.matches('<').count();
        let plain = gallery(&manifest("title", "prompt", "task"));
        let page = gallery(&manifest(&title, &prompt, &task));
        prop_assert_eq!(tags(&page), tags(&plain));
        prop_assert_eq!(page.matches('"').count(), plain.matches('"').count());
    }

    #[test]
    fn every_event_is_one_harmless_line(message in text(), task in text()) {
        let at = Moment::from_millis(0);
        let scene: SceneId = "dawn".parse().unwrap();
        let events = [
            BuildEvent::Warning { message: message.clone() },
            BuildEvent::TakeChanged {
                scene: scene.clone(),
                take: Some(2),
                state: TakeState::Generating,
                task: Some(TaskId::new(task.clone())),
                detail: Some(message.clone()),
                retry_at: None,
                at,
            },
            BuildEvent::TakeFailed {
                scene,
                take: None,
                refused: true,
                code: Some(1001),
                message: message.clone(),
                task: Some(TaskId::new(task)),
                place: Some(message.clone()),
                paid: Paid::No,
                at,
            },
        ];
        for event in events {
            let (mut lines, mut json) = (Vec::new(), Vec::new());
            LineReporter::new(&mut lines).tell(&event);
            JsonReporter::new(&mut json).tell(&event);
            for written in [&lines, &json] {
                let line = std::str::from_utf8(written).unwrap().strip_suffix('\n').unwrap();
                prop_assert!(!line.contains(char::is_control), "{:?}", line);
                prop_assert!(!line.contains('\u{202e}'), "{:?}", line);
            }
            let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
            if let BuildEvent::Warning { message } = &event {
                prop_assert_eq!(value["message"].as_str(), Some(message.as_str()));
            }
        }
    }
}
