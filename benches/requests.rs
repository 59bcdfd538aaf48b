//! Requests per second and processor time per request against a local server that answers at once:
//! what the client itself costs, in both dialects of the API.
//!
//! `cargo bench --bench requests builds` builds whole films against that server instead: processor
//! time per take and peak memory of the program. `OTHER=path` builds the same films with another
//! binary at the same time. A build keeps the account's pace, so that 1,000 takes need nine minutes.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kling_build::base::TaskId;
use kling_build::catalog::{AspectRatio, Dialect, FrameSize, ModelId, Resolution, SceneType};
use kling_build::media::animatic::{
    AnimaticImage, AnimaticPlace, AnimaticScene, AnimaticVoice, Fonts, render,
};
use kling_build::plan::{ProviderFamily, Recipe};
use kling_build::provider::kie::{KieConfig, KieProvider};
use kling_build::provider::{Order, Provider};
use kling_build::store::LocalDisk;
use kling_build::storyboard::ClipSettings;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How many requests are made of each kind.
const REQUESTS: usize = 2_000;
/// How many are under way at once, as many as the API lets tasks run.
const AT_ONCE: usize = 10;
/// A record that both dialects can read.
const ANSWER: &str = concat!(
    r#"{"code":200,"msg":"success","data":{"taskId":"kling_1","#,
    r#""status":0,"state":"generating"}}"#
);

/// How many different takes a film has; the others share them.
const TAKES: usize = 1_000;
/// The length of a video in bytes.
const VIDEO_BYTES: usize = 1_000_000;

fn main() {
    let server = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let server = server.expect("a runtime for the server");
    let listener = server.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("an address");
    let builds = std::env::args().any(|argument| argument == "builds");
    let server_state = Arc::new(Answers::new(address.to_string(), builds));
    server.spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(answer(connection, Arc::clone(&server_state)));
        }
    });
    if builds {
        return build_films(&address.to_string());
    }
    let client = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let client = client.expect("a runtime for the client");
    let key = SecretString::from("bench".to_string());
    let base = format!("http://{address}");
    println!("{:<30} {:>12} {:>18}", "request", "per second", "both sides' CPU");
    for dialect in Dialect::ALL.iter().copied() {
        let config = KieConfig::from_values(Some(&base), None, &key, dialect);
        let config = config.expect("a loopback address");
        let provider = Arc::new(KieProvider::new(config, Arc::new(LocalDisk)).expect("a client"));
        let submit =
            |provider: Arc<KieProvider>| async move { provider.submit(&order()).await.map(drop) };
        measure(&format!("{dialect}: submit (never pooled)"), &client, &provider, submit);
        let poll = move |provider: Arc<KieProvider>| async move {
            provider.status(&TaskId::new("kling_1"), dialect).await.map(drop)
        };
        measure(&format!("{dialect}: poll"), &client, &provider, poll);
    }
}

fn measure<F, W>(
    what: &str,
    runtime: &tokio::runtime::Runtime,
    provider: &Arc<KieProvider>,
    request: F,
) where
    F: Fn(Arc<KieProvider>) -> W + Clone + Send + 'static,
    W: Future<Output = Result<(), kling_build::base::Fault>> + Send,
{
    let (begun, cpu) = (Instant::now(), processor_time());
    runtime.block_on(async {
        let workers = (0..AT_ONCE).map(|_| {
            let (provider, request) = (Arc::clone(provider), request.clone());
            tokio::spawn(async move {
                for _ in 0..REQUESTS / AT_ONCE {
                    request(Arc::clone(&provider)).await.expect("the server answers");
                }
            })
        });
        for worker in workers.collect::<Vec<_>>() {
            worker.await.expect("no request breaks");
        }
    });
    let seconds = begun.elapsed().as_secs_f64();
    let each = (processor_time() - cpu).as_secs_f64() * 1e6 / REQUESTS as f64;
    println!("{what:<30} {:>12.0} {each:>13.0} µs each", REQUESTS as f64 / seconds);
}

/// What the server answers.
struct Answers {
    /// Its address, for those of videos.
    address: String,
    /// A video, if tasks have one.
    video: Option<Vec<u8>>,
    /// The number of the next task.
    next: AtomicUsize,
}

impl Answers {
    fn new(address: String, has_video: bool) -> Answers {
        Answers { address, video: has_video.then(video), next: AtomicUsize::new(1) }
    }

    /// The answer to a request line: its media type and its body.
    fn to(&self, line: &str) -> (&'static str, Vec<u8>) {
        let json = "application/json";
        let Some(video) = &self.video else { return (json, ANSWER.into()) };
        let url = format!("http://{}/video.mp4", self.address);
        let body = if line.contains("/video.mp4") {
            return ("video/mp4", video.clone());
        } else if line.contains("recordInfo") {
            let result = format!(r#"{{\"resultUrls\":[\"{url}\"]}}"#);
            let task = line.split("taskId=").nth(1).and_then(|rest| rest.split(' ').next());
            let task = task.unwrap_or_default();
            format!(
                r#"{{"code":200,"msg":"success","data":{{"taskId":"{task}","state":"success","resultJson":"{result}"}}}}"#
            )
        } else if line.contains("record-info") {
            let task = line.split("taskId=").nth(1).and_then(|rest| rest.split(' ').next());
            let task = task.unwrap_or_default();
            format!(
                r#"{{"code":0,"message":"success","data":{{"taskId":"{task}","status":1,"videoUrl":"{url}"}}}}"#
            )
        } else if line.contains("/chat/credit") {
            r#"{"code":200,"msg":"success","data":1000000}"#.to_string()
        } else {
            let code = if line.contains("createTask") { 200 } else { 0 };
            let task = self.next.fetch_add(1, Ordering::Relaxed);
            format!(
                r#"{{"code":{code},"msg":"success","message":"success","data":{{"taskId":"task_{task}"}}}}"#
            )
        };
        (json, body.into_bytes())
    }
}

/// A video of [`VIDEO_BYTES`] as the films request it, most of it in a box that players skip.
fn video() -> Vec<u8> {
    let scene = AnimaticScene {
        id: "bench".into(),
        title: None,
        place: AnimaticPlace::default(),
        scene_type: SceneType::T2v,
        model: "kling-2-5-turbo".into(),
        prompt: Some("the same for every scene".into()),
        narration: None,
        seed: None,
        size: FrameSize::of(Resolution::P1080, AspectRatio::WIDE),
        millis: 5_000,
        image: AnimaticImage::None,
        used_millis: None,
        end_image: AnimaticImage::None,
        shots: Vec::new(),
        voice: AnimaticVoice::None,
        camera: None,
    };
    let mut video = render(&scene, &Fonts::builtin()).expect("a card of a usual size");
    let rest = u32::try_from(VIDEO_BYTES - video.len()).expect("a card is smaller");
    video.extend(rest.to_be_bytes());
    video.extend(b"free");
    video.resize(VIDEO_BYTES, 0);
    video
}

/// Builds a film of different takes, and a larger one of shared takes, with this program in both
/// dialects and with the one that `OTHER` names.
fn build_films(address: &str) {
    let own = env!("CARGO_BIN_EXE_kling-build").to_string();
    let other = std::env::var("OTHER").ok();
    println!("{:<44} {:>14} {:>10}", "build", "CPU per take", "peak MB");
    for (scenes, takes) in [(TAKES, TAKES), (10 * TAKES, TAKES / 10)] {
        let films = [("kling", Some(&own)), ("jobs", Some(&own)), ("kling, OTHER", other.as_ref())];
        let running: Vec<_> = films
            .into_iter()
            .filter_map(|(what, program)| {
                let api = what.split(',').next().unwrap_or(what);
                Some((what, FilmBuild::start(program?, api, address, scenes, takes)))
            })
            .collect();
        for (what, build) in running {
            let (cpu, peak) = build.wait();
            let each = cpu.as_secs_f64() * 1e3 / takes as f64;
            let what = format!("{scenes} scenes, {takes} takes: {what}");
            println!("{what:<44} {each:>11.2} ms {peak:>10.1}");
        }
    }
}

/// A build of a film by a program.
struct FilmBuild {
    _folder: tempfile::TempDir,
    running: Child,
}

impl FilmBuild {
    fn start(program: &str, api: &str, address: &str, scenes: usize, takes: usize) -> FilmBuild {
        let folder = tempfile::tempdir().expect("a folder for the film");
        // Programs that know one dialect only do not know its name.
        let api = if api == "jobs" { "api: jobs\n" } else { "" };
        let mut film = format!(
            "version: 1\n{api}defaults: {{ model: kling-2-5-turbo, resolution: 1080p }}\nscenes:\n"
        );
        for scene in 0..scenes {
            let take = scene % takes;
            let seed = 10_000 + take;
            film += &format!("  s{scene}: {{ type: t2v, prompt: shot {take}, seed: {seed} }}\n");
        }
        std::fs::write(folder.path().join("storyboard.yaml"), film).expect("a storyboard");
        let running = Command::new(program)
            .args(["storyboard.yaml", "--yes", "--poll-interval", "0.05"])
            .current_dir(folder.path())
            .env("KLING_BUILD_HOME", folder.path().join("home"))
            .env("KIE_API_KEY", "bench")
            .env("KIE_API_BASE", format!("http://{address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        FilmBuild { _folder: folder, running }
    }

    /// The processor time that it has used, and its peak memory in MB.
    fn wait(self) -> (Duration, f64) {
        let mut status = 0;
        // SAFETY: `rusage` is plain numbers, for which zeroes are valid, and the process is a child
        // that nothing else waits for.
        let usage = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            let process = libc::pid_t::try_from(self.running.id()).expect("a process id");
            libc::wait4(process, &raw mut status, 0, &raw mut usage);
            usage
        };
        assert_eq!(status, 0, "a build failed");
        (time_in(&usage), usage.ru_maxrss as f64 / 1_024.0)
    }
}

/// Answers every request of a connection.
async fn answer(mut connection: TcpStream, answers: Arc<Answers>) {
    let mut buffer = vec![0; 64 * 1024];
    let mut held = 0;
    while let Ok(read @ 1..) = connection.read(&mut buffer[held..]).await {
        held += read;
        let Some(end) = request_end(&buffer[..held]) else { continue };
        let line = String::from_utf8_lossy(&buffer[..held.min(300)]);
        let line = line.lines().next().unwrap_or_default().to_string();
        buffer.copy_within(end..held, 0);
        held -= end;
        let (kind, body) = answers.to(&line);
        let length = body.len();
        let mut bytes =
            format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n")
                .into_bytes();
        bytes.extend(body);
        if connection.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// Where the first request of some bytes ends, once it is whole.
fn request_end(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = text.split("content-length: ").nth(1).map_or(0, |rest| {
        rest.lines().next().and_then(|line| line.trim().parse().ok()).unwrap_or(0)
    });
    (bytes.len() >= head + length).then_some(head + length)
}

fn order() -> Order {
    let recipe = Recipe {
        family: ProviderFamily::KlingRehearsal,
        scene_type: SceneType::T2v,
        model: ModelId::new("kling-2-5-turbo"),
        prompt: Some("a lighthouse keeper climbs a stair".into()),
        duration: Some(5),
        resolution: Resolution::P720,
        aspect_ratio: Some(AspectRatio::WIDE),
        seed: Some(45_678),
        salt: None,
        adopted: None,
        settings: ClipSettings::new(),
        shots: Vec::new(),
        elements: Vec::new(),
        inputs: BTreeMap::new(),
        preview: None,
        drawing: None,
        narrator: None,
        fits: BTreeMap::new(),
    };
    Order { recipe, inputs: BTreeMap::new(), callback: None }
}

/// The processor time that this process has used, the server's included.
fn processor_time() -> Duration {
    // SAFETY: `rusage` is plain numbers, for which zeroes are valid.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    time_in(&usage)
}

fn time_in(usage: &libc::rusage) -> Duration {
    let of = |time: libc::timeval| {
        Duration::new(time.tv_sec as u64, 0) + Duration::from_micros(time.tv_usec as u64)
    };
    of(usage.ru_utime) + of(usage.ru_stime)
}
