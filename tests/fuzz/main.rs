//! Fuzzing: real files and answers, damaged in thousands of ways. Nothing panics, takes long or
//! needs much memory, and whatever is accepted is completely valid.
//!
//! The seed is printed first. `FUZZ_CASES=100000 FUZZ_SEED=… cargo test --test fuzz` goes deeper.

mod bounds;
mod mutate;

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bounds::bounded;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kling_build::base::{Fault, FaultClass, Source, TaskId};
use kling_build::catalog::{Dialect, FrameSize, ModelId, Resolution, SceneType};
use kling_build::media::animatic::{
    AnimaticImage, AnimaticPlace, AnimaticScene, AnimaticVoice, Fonts, render,
};
use kling_build::media::{frame, join, poster_jpeg, probe_video};
use kling_build::plan::{Lock, ProviderFamily, Recipe};
use kling_build::provider::kie::{
    Answer, ApiCalls, Body, KieConfig, KieProvider, NoAnswer, named_task,
};
use kling_build::provider::{FileToHost, Order, Provider, TaskStatus, VideoSink};
use kling_build::report::{Manifest, render as drawn};
use kling_build::store::{LocalDisk, OutputDir};
use kling_build::storyboard::ClipSettings;
use kling_build::storyboard::{FrameAt, Overrides, read};
use mutate::mutated;
use serde_json::Value;
use url::Url;

/// How many cases each reader gets by default (`FUZZ_CASES`).
const CASES: u64 = 400;

/// Runs a reader on mutations of a corpus. `costly` readers get a tenth of the cases.
fn fuzz(reader: &str, costly: bool, corpus: &[Vec<u8>], read: impl Fn(&[u8])) {
    let given = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos().into();
    let first = given("FUZZ_SEED").unwrap_or_else(now);
    let cases = given("FUZZ_CASES").unwrap_or(CASES) / if costly { 10 } else { 1 };
    println!("{reader}: FUZZ_SEED={first}, {cases} cases");
    corpus.iter().for_each(|bytes| read(bytes));
    for seed in first..first + cases {
        let bytes = mutated(&mut fastrand::Rng::with_seed(seed), corpus);
        let case = std::panic::AssertUnwindSafe(|| bounded(reader, || read(&bytes)));
        if let Err(panic) = std::panic::catch_unwind(case) {
            eprintln!("{reader}: replay with FUZZ_SEED={seed} FUZZ_CASES=10");
            std::panic::resume_unwind(panic);
        }
    }
}

/// The files under a folder of this project with this extension.
fn files(folder: &str, end: &str) -> Vec<Vec<u8>> {
    let mut open = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(fs::read(path).unwrap());
        }
    }
    assert!(!found.is_empty(), "{folder} has no {end}");
    found
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[test]
fn storyboards() {
    let corpus = [files("examples", ".yaml"), files("tests/broken", ".cases")].concat();
    fuzz("a storyboard", false, &corpus, |bytes| {
        let reading = read("film.yaml", bytes, &Overrides::default());
        let shown = drawn(&reading.diagnostics, false);
        assert!(shown.len() < (8 << 20), "{} bytes are printed", shown.len());
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    });
}

#[test]
fn files_of_variables() {
    let corpus = texts(&[
        "product: Aurora\nlook: [a, b]\n",
        "{ \"a\": { \"b\": 1.5e3 } }",
        "a: &x [1]\nb: *x\n",
    ]);
    let film =
        b"version: 1\nvars: { product: x }\nscenes:\n  a: { type: t2v, prompt: \"{{product}}\" }\n";
    fuzz("a file of variables", false, &corpus, |bytes| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let files = vec![Source::new("vars.yaml", text)];
        let reading = read("film.yaml", film, &Overrides { files, ..Overrides::default() });
        drawn(&reading.diagnostics, false);
    });
}

const LOCK: &str = r#"{
  "version": 1,
  "scenes": {
    "dawn": {
      "take": 1,
      "key": "KEY",
      "seed": 11111,
      "artifact": "KEY",
      "bytes": 45947,
      "task": "kling_53prtya0v",
      "finished": "2026-01-02T03:04:05.678Z",
      "recipe": { "format": 1, "provider": "kling", "prompt": "dawn \u00e9", "image": { "frame": "last" } }
    }
  }
}
"#;

#[test]
fn locks() {
    let lock = LOCK.replace("KEY", &"ab".repeat(32));
    assert!(Lock::parse(&lock).is_ok(), "{:?}", Lock::parse(&lock));
    let conflict = format!("<<<<<<< ours\n{lock}=======\n{lock}>>>>>>> theirs\n");
    fuzz("a lock", false, &texts(&[&lock, &conflict]), |bytes| {
        if let Ok(lock) = Lock::parse(&String::from_utf8_lossy(bytes)) {
            assert_eq!(
                Lock::parse(&lock.print()).as_ref(),
                Ok(&lock),
                "what is read can be written"
            );
        }
    });
}

#[test]
fn manifests() {
    let corpus = files("src/report/build/snapshots", ".snap");
    let of_manifest = |bytes: &Vec<u8>| {
        let text = String::from_utf8_lossy(bytes);
        text.split_once("---\n{").map(|(_, json)| format!("{{{json}").into_bytes())
    };
    let mut corpus: Vec<Vec<u8>> = corpus.iter().filter_map(of_manifest).collect();
    corpus.retain(|bytes| Manifest::parse(&String::from_utf8_lossy(bytes)).is_ok());
    assert!(!corpus.is_empty(), "no snapshot holds a manifest");
    fuzz("a manifest", false, &corpus, |bytes| {
        if let Ok(manifest) = Manifest::parse(&String::from_utf8_lossy(bytes)) {
            assert_eq!(Manifest::parse(&manifest.print()).as_ref(), Ok(&manifest));
        }
    });
}

#[test]
fn memories() {
    let folder = tempfile::tempdir().unwrap();
    let outside = folder.path().join("outside");
    let root = folder.path().join("build");
    fs::create_dir_all(root.join("scenes")).unwrap();
    fs::write(&outside, b"mine").unwrap();
    let mut output = OutputDir::open(Arc::new(LocalDisk), &root);
    output.place_bytes("scenes/a.mp4", b"a").unwrap();
    output.place_bytes("../build/b.jpg", b"b").unwrap();
    output.finish().unwrap();
    let memory = root.join(".kling-build.json");
    let corpus = [fs::read(&memory).unwrap(), texts(&["{\"../outside\":{}}"]).remove(0)];
    fuzz("a memory", false, &corpus, |bytes| {
        fs::write(&memory, bytes).unwrap();
        let mut output = OutputDir::open(Arc::new(LocalDisk), &root);
        // It may find that a name is a folder's or too long; it must not touch anything outside.
        let _ = output.finish();
        assert_eq!(fs::read(&outside).unwrap(), b"mine");
    });
}

fn video(scene_type: SceneType, seconds: u64) -> Vec<u8> {
    let scene = AnimaticScene {
        id: "dawn".into(),
        title: None,
        place: AnimaticPlace::default(),
        scene_type,
        model: "kling-2-5-turbo".into(),
        prompt: Some("fog".into()),
        narration: None,
        seed: None,
        size: FrameSize { width: 128, height: 72 },
        millis: seconds * 1_000,
        image: AnimaticImage::None,
        used_millis: None,
        end_image: AnimaticImage::None,
        shots: Vec::new(),
        voice: AnimaticVoice::None,
        camera: None,
    };
    render(&scene, &Fonts::builtin()).unwrap()
}

#[test]
fn videos_are_probed_and_joined() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.mp4");
    let corpus = [video(SceneType::T2v, 1), video(SceneType::I2v, 2)];
    fs::write(&whole, &corpus[0]).unwrap();
    let changed = folder.path().join("changed.mp4");
    fuzz("a video", false, &corpus, |bytes| {
        let facts = probe_video(&mut Cursor::new(bytes));
        fs::write(&changed, bytes).unwrap();
        let open = |path: &Path| fs::File::open(path);
        let mut joined = Cursor::new(Vec::new());
        let parts = [whole.clone(), changed.clone()];
        if join::join(&parts, open, &mut joined).is_ok() {
            assert!(facts.is_ok(), "joined, but never probed: {facts:?}");
            probe_video(&mut joined).expect("what is joined is a video");
        }
    });
}

#[test]
fn frames_are_read_from_videos() {
    let corpus = [video(SceneType::T2v, 1), video(SceneType::I2v, 1)];
    fuzz("a video's frames", true, &corpus, |bytes| {
        for at in [FrameAt::First, FrameAt::Last, FrameAt::Millis(400)] {
            let _ = frame::extract(&mut Cursor::new(bytes), at);
        }
        let _ = poster_jpeg(&mut Cursor::new(bytes));
    });
}

/// A connection that answers every call with the same answer.
struct OneAnswer(Answer);

impl ApiCalls for OneAnswer {
    fn submit<'a>(
        &'a self,
        _: Url,
        _: &'a Value,
        _: Duration,
    ) -> BoxFuture<'a, Result<Answer, NoAnswer>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }

    fn status(&self, _: Url, _: Duration) -> BoxFuture<'_, Result<Answer, NoAnswer>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }

    fn upload<'a>(
        &'a self,
        _: Url,
        _: &'a FileToHost,
        _: Duration,
    ) -> BoxFuture<'a, Result<Result<Answer, NoAnswer>, Fault>> {
        Box::pin(std::future::ready(Ok(Ok(self.0.clone()))))
    }

    fn download<'a>(
        &'a self,
        _: &'a str,
        _: &'a mut dyn VideoSink,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

fn order() -> Order {
    let recipe = Recipe {
        family: ProviderFamily::KlingRehearsal,
        scene_type: SceneType::T2v,
        model: ModelId::new("kling-2-5-turbo"),
        prompt: Some("fog".into()),
        duration: Some(5),
        resolution: Resolution::P720,
        aspect_ratio: None,
        seed: None,
        salt: None,
        adopted: None,
        settings: ClipSettings::new(),
        shots: Vec::new(),
        elements: Vec::new(),
        inputs: BTreeMap::new(),
        preview: None,
        drawing: None,
        narrator: None,
        fits: Default::default(),
    };
    Order { recipe, inputs: BTreeMap::new(), callback: None }
}

/// Whether a text can be printed unchanged.
#[track_caller]
fn assert_printable(text: &str) {
    let harmful =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!text.contains(harmful), "{text:?}");
    assert!(text.len() < 4_096, "{} bytes of words", text.len());
}

#[test]
fn answers() {
    const KEY: &str = "sk-test-5f1c9e77d0";
    let corpus = texts(&[
        r#"{"code":0,"message":"success","data":{"taskId":"kling_def456uvw","status":0}}"#,
        r#"{"code":0,"message":"success","data":{"taskId":"kling_1","status":1,"videoUrl":"https://storage.kie.ai/v.mp4","duration":10,"resolution":"1080p","createdAt":"2025-09-29T12:00:00Z"}}"#,
        r#"{"code":200,"msg":"success","data":{"taskId":"kling_1","state":"success","resultJson":"{\"resultUrls\":[\"https://a/b.mp4\"]}"}}"#,
        r#"{"code":"1001","message":"Invalid prompt","data":null}"#,
        r#"{"code":1003,"message":"Insufficient credits: sk-test-5f1c9e77d0"}"#,
        r#"{"code":0,"data":{"taskId":"kling_1","status":2,"failMsg":"\u001b[31mno\u001b[0m \u202e","failCode":"1001"}}"#,
        r#"{"success":true,"code":200,"data":{"downloadUrl":"https://tempfile.example/a.png"}}"#,
        r#"{"taskId":"kling_1","status":1,"videoUrl":"https://storage.kie.ai/videos/kling_1.mp4"}"#,
        "<html><h1>Just a moment...</h1></html>",
    ]);
    let file = FileToHost {
        path: "a.png".into(),
        digest: kling_build::base::Digest::of(b""),
        media_type: "image/png",
        extension: "png",
    };
    let (order, task) = (order(), TaskId::new("kling_1"));
    fuzz("an answer", false, &corpus, |bytes| {
        if let Some(named) = named_task(bytes) {
            assert_printable(named.as_str());
        }
        for (status, media_type) in [
            (200, "application/json"),
            (200, "text/html"),
            (400, ""),
            (429, "application/json"),
            (502, ""),
        ] {
            let body = Body::Whole(bytes.to_vec());
            let answer = Answer {
                status,
                media_type: media_type.into(),
                retry_after: None,
                date: None,
                body,
            };
            let config =
                KieConfig::from_values(Some("http://127.0.0.1"), None, &KEY.into(), Dialect::Kling)
                    .unwrap();
            let provider = KieProvider::over(config, Box::new(OneAnswer(answer)));
            match FutureExt::now_or_never(provider.submit(&order)).expect("at once") {
                Ok(task) => {
                    assert_eq!(status, 200, "a task in an answer of failure");
                    assert_printable(task.as_str());
                }
                Err(fault) => {
                    assert_ne!(fault.class, FaultClass::NotSent, "{fault}");
                    assert_printable(&fault.message);
                    assert!(!fault.message.contains(KEY), "{fault}");
                }
            }
            match FutureExt::now_or_never(provider.status(&task, Dialect::Kling)).expect("at once")
            {
                Ok(TaskStatus::Failed(fault)) | Err(fault) => assert_printable(&fault.message),
                Ok(_) => {}
            }
            if let Err(fault) = FutureExt::now_or_never(provider.host(&file)).expect("at once") {
                assert_printable(&fault.message);
            }
        }
    });
}
