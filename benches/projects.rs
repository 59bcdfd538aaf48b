//! Plan, no-op build and lost state file at 100, 1,000 and 10,000 scenes: time and peak memory of
//! the whole program, in the same run as a program that does nothing but read the same files.

mod measured;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kling_build::base::{Digest, Fault, Key, TaskId};
use kling_build::catalog::{AspectRatio, Dialect, FrameSize, Resolution, SceneType};
use kling_build::media::animatic::{
    AnimaticImage, AnimaticPlace, AnimaticScene, AnimaticVoice, Fonts, render,
};
use kling_build::plan::{Lock, LockedTake, ProviderFamily};
use kling_build::provider::{FileToHost, Order, Provider, TaskResult, TaskStatus, VideoSink};
use kling_build::report::LineReporter;
use kling_build::runner::{Environment, Options, Session, SessionAccess, system_clock};
use kling_build::store::Home;
use measured::measured;
use secrecy::SecretString;

/// An address that nothing listens at: the program must not need it.
const NOBODY: &str = "http://127.0.0.1:9";
/// The argument that makes this program build the film in a folder.
const MAKE: &str = "make";
/// How often each command is run; the median counts.
const RUNS: usize = 5;

fn main() {
    // The system counts what a process held before it became another program among its peak
    // memory, so the first build happens in a process of its own and this one stays small.
    if let (Some(MAKE), Some(folder)) =
        (std::env::args().nth(1).as_deref(), std::env::args().nth(2))
    {
        return make_everything(Path::new(&folder));
    }
    println!("{:>7}  {:<38} {:>10} {:>10}", "scenes", "command", "median", "peak MB");
    for scenes in [100, 1_000, 10_000] {
        let folder = tempfile::tempdir().expect("a folder for the project");
        let storyboard = folder.path().join("storyboard.yaml");
        fs::write(&storyboard, film(scenes)).expect("a storyboard");
        // A file that has just been written is not trusted by its stamp alone.
        let hour = Duration::from_secs(3_600);
        let written = fs::File::options().append(true).open(&storyboard);
        let aged = written.and_then(|file| file.set_modified(SystemTime::now() - hour));
        aged.expect("the time of a file can be set");
        row(scenes, "plan, nothing made yet", folder.path(), &["plan"], || {});
        let begun = Instant::now();
        let itself = std::env::current_exe().expect("this program is a file");
        let making = Command::new(itself).arg(MAKE).arg(folder.path()).status();
        assert!(making.is_ok_and(|status| status.success()), "the first build failed");
        let made = begun.elapsed();
        row(scenes, "plan, everything made", folder.path(), &["plan"], || {});
        row(scenes, "build, nothing changed", folder.path(), &[], || {});
        let state = folder.path().join("build/.unchanged.json");
        row(scenes, "build, its state file lost", folder.path(), &[], || {
            let _ = fs::remove_file(&state);
        });
        let (build, posters) = (folder.path().join("build"), folder.path().join("home/posters"));
        row(scenes, "build, its directory lost", folder.path(), &[], || {
            let _ = fs::remove_dir_all(&build);
        });
        row(scenes, "build, its directory and posters lost", folder.path(), &[], || {
            let _ = fs::remove_dir_all(&build);
            let _ = fs::remove_dir_all(&posters);
        });
        for (what, text) in [("rows", rows(scenes)), ("variants", variants(scenes))] {
            fs::write(folder.path().join("other.yaml"), text).expect("a storyboard");
            let what = format!("plan, the same from {what}");
            row(scenes, &what, folder.path(), &["plan", "other.yaml"], || {});
        }
        give_takes(folder.path());
        row(scenes, "build, nothing changed, 3 takes each", folder.path(), &[], || {});
        let picks = std::cell::Cell::new(1);
        let scene = format!("s{}", scenes / 2);
        for (what, arguments) in [
            ("takes of a scene", vec!["takes", &scene]),
            ("takes of all scenes", vec!["takes"]),
            ("takes of all scenes, as JSON", vec!["takes", "--json"]),
        ] {
            row(scenes, what, folder.path(), &arguments, || {});
        }
        pick_row(scenes, folder.path(), &scene, &picks);
        row(scenes, "--version, for scale", folder.path(), &["--version"], || {});
        println!(
            "{scenes:>7}  {:<38} {:>8.2} s",
            "first build, instant provider",
            made.as_secs_f64()
        );
    }
}

const HEAD: &str = "version: 1\nvars: { look: \"teal and amber, cinematic lighting\" }\n\
    partials: { camera: \"slow dolly-in, 35mm, {{look}}\" }\n\
    defaults: { model: kling-2-5-turbo, duration: 5, resolution: 720p }\n";

/// As many scenes from the rows of a list.
fn rows(scenes: usize) -> String {
    let list: String = (0..scenes).map(|scene| format!("    - {{ id: s{scene} }}\n")).collect();
    format!(
        "{HEAD}scenes:\n  shot:\n    type: t2v\n    prompt: \"Shot {{{{item.id}}}}: a lighthouse \
         keeper climbs, {{{{> camera}}}}\"\n    for_each:\n{list}"
    )
}

/// As many scenes from ten languages in ten places.
fn variants(scenes: usize) -> String {
    let ten = "[a, b, c, d, e, f, g, h, i, j]";
    let shots: String = (0..scenes / 100)
        .map(|shot| {
            format!(
                "  s{shot}:\n    type: t2v\n    prompt: \"Shot {shot} in {{{{lang}}}}, {{{{place}}}}, \
                 {{{{> camera}}}}\"\n"
            )
        })
        .collect();
    format!("{HEAD}matrix: {{ lang: {ten}, place: {ten} }}\nscenes:\n{shots}")
}

/// How many scenes differ: a provider accepts only some requests a second, so the first build of
/// more takes hours. The others share their takes.
const DIFFERENT: usize = 100;

/// A film of templated scenes; every tenth shows the last frame of the one before.
fn film(scenes: usize) -> String {
    let mut text = format!("{HEAD}scenes:\n");
    for scene in 0..scenes {
        let stair = scene % DIFFERENT;
        let seed = 20_000 + stair;
        let prompt = format!("Shot {stair}: a lighthouse keeper climbs stair {stair}");
        text += &match scene % 10 {
            9 => format!(
                "  s{scene}:\n    type: i2v\n    image: {{ scene: s{}, frame: last }}\n    \
                 seed: {seed}\n    prompt: \"{prompt}, {{{{> camera}}}}\"\n",
                scene - 1
            ),
            _ => {
                format!(
                    "  s{scene}:\n    type: t2v\n    seed: {seed}\n    prompt: \"{prompt}, {{{{> camera}}}}\"\n"
                )
            }
        };
    }
    text
}

/// Runs the program several times and prints the median time and the largest peak memory.
fn row(scenes: usize, what: &str, folder: &Path, arguments: &[&str], before: impl Fn()) {
    let mut runs: Vec<(Duration, u64)> = (0..RUNS)
        .map(|_| {
            before();
            run(folder, arguments)
        })
        .collect();
    print_row(scenes, what, &mut runs);
}

fn print_row(scenes: usize, what: &str, runs: &mut [(Duration, u64)]) {
    runs.sort();
    let peak = runs.iter().map(|run| run.1).max().unwrap_or(0);
    let median = runs[RUNS / 2].0.as_secs_f64() * 1_000.0;
    println!("{scenes:>7}  {what:<38} {median:>7.1} ms {:>10.1}", peak as f64 / 1_048_576.0);
    let _ = std::io::stdout().flush();
}

/// Picks another take of a scene each time.
fn pick_row(scenes: usize, folder: &Path, scene: &str, picks: &std::cell::Cell<u32>) {
    let mut runs: Vec<(Duration, u64)> = (0..RUNS)
        .map(|_| {
            picks.set(picks.get() % 3 + 1);
            run(folder, &["pick", scene, &picks.get().to_string()])
        })
        .collect();
    print_row(scenes, "pick", &mut runs);
}

/// Gives each scene of the lock two more takes, and brings the build directory up to date.
fn give_takes(folder: &Path) {
    let path = folder.join("storyboard.lock");
    let text = fs::read_to_string(&path).expect("a lock");
    let mut lock = Lock::parse(&text).expect("the lock of this program");
    for scene in lock.scenes.values_mut() {
        let first = scene.picked_take().expect("every scene is built").clone();
        let shared = scene.shared_recipe(&first).clone();
        for take in 2..=3 {
            let digest = Digest::of(format!("{}{take}", first.key).as_bytes());
            let seed = first.seed.map(|seed| seed + take);
            let more = LockedTake { take, key: Key(digest), seed, ..first.clone() };
            scene.keep(more, &shared);
        }
    }
    fs::write(&path, lock.print()).expect("the lock can be written");
    run(folder, &[]);
}

fn run(folder: &Path, arguments: &[&str]) -> (Duration, u64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kling-build"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("KLING_BUILD_HOME", folder.join("home"))
        .env("KIE_API_BASE", NOBODY)
        .env("KIE_API_KEY", "unused");
    measured(&mut command)
}

/// Builds the whole film in this process, with a provider that answers at once.
fn make_everything(folder: &Path) {
    std::env::set_current_dir(folder).expect("the project's folder");
    let options = Options { storyboard: "storyboard.yaml".into(), ..Options::default() };
    let environment = Environment {
        home: Some(Home::at(folder.join("home"))),
        key: Some(SecretString::from("unused".to_string())),
        api_base: Some(NOBODY.into()),
        ..Environment::default()
    };
    let options = Options { poll_interval: Some(Duration::ZERO), ..options };
    let opened =
        Session::open(options, environment, system_clock(), SessionAccess::ReadWrite, &mut |_| {});
    let session = opened.unwrap_or_else(|refusal| panic!("{:?}", refusal.diagnostics));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let (_sender, mut interrupts) = tokio::sync::mpsc::unbounded_channel();
    let provider = Arc::new(InstantProvider { video: video() });
    let mut reporter = LineReporter::new(std::io::sink());
    let built = runtime.expect("a runtime").block_on(session.build(
        Some(provider),
        None,
        &mut reporter,
        &mut interrupts,
    ));
    let summary = built.unwrap_or_else(|refusal| panic!("{:?}", refusal.diagnostics));
    assert!(summary.unfinished.is_empty(), "{:?}", summary.unfinished.first());
}

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
        size: FrameSize::of(Resolution::P720, AspectRatio::WIDE),
        millis: 5_000,
        image: AnimaticImage::None,
        used_millis: None,
        end_image: AnimaticImage::None,
        shots: Vec::new(),
        voice: AnimaticVoice::None,
        camera: None,
    };
    render(&scene, &Fonts::builtin()).expect("a card of a usual size")
}

/// A provider that has made everything already.
struct InstantProvider {
    video: Vec<u8>,
}

impl Provider for InstantProvider {
    fn family(&self) -> ProviderFamily {
        ProviderFamily::KlingRehearsal
    }

    fn slots(&self) -> usize {
        10
    }

    fn needs_hosting(&self) -> bool {
        false
    }

    fn host_name(&self) -> String {
        "bench".into()
    }

    fn host<'a>(&'a self, _: &'a FileToHost) -> BoxFuture<'a, Result<String, Fault>> {
        async { Ok("http://127.0.0.1:9/file".to_string()) }.boxed()
    }

    fn submit<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<TaskId, Fault>> {
        async { Ok(TaskId::new(format!("task_{}", order.recipe.key().short()))) }.boxed()
    }

    fn status<'a>(&'a self, _: &'a TaskId, _: Dialect) -> BoxFuture<'a, Result<TaskStatus, Fault>> {
        let result = TaskResult { video_url: "http://127.0.0.1:9/video".into(), completed: None };
        async { Ok(TaskStatus::Succeeded(result)) }.boxed()
    }

    fn fetch<'a>(
        &'a self,
        _: &'a Order,
        _: &'a TaskResult,
        into: &'a mut dyn VideoSink,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        async {
            into.write(&self.video).await.expect("the store takes it");
            Ok(())
        }
        .boxed()
    }
}
