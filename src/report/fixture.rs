//! A small film with one scene of each kind and each action, for the tests of this folder.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use crate::base::{
    Credits, Digest, Fault, FaultClass, FilmCommands, FrameRate, Key, Moment, SceneId, TaskId,
};
use crate::catalog::{AspectRatio, Catalog, Dialect, ModelId, Resolution, SceneType};
use crate::engine::{End, FailureKind, Halt, State};
use crate::plan::{
    Evidence, InputFile, Inputs, Inventory, Lock, LockedScene, LockedTake, Plan, PlanOptions,
    Project, ProviderChoice, ProviderFamily, Submission, SubmissionOutcome,
};
use crate::report::build::event::{BuildEvent, BuildOutcome, EVENTS_VERSION, TakeState};
use crate::report::build::manifest::{
    MANIFEST_VERSION, Manifest, ManifestClip, ManifestCut, ManifestScene,
};
use crate::report::build::reporter::Reporter;
use crate::report::build::take_event::take_event;
use crate::storyboard::{
    Clip, ClipSettings, Cut, CutClip, Film, FrameAt, Overrides, Places, Scene, SceneInput,
    SceneOrigins, ScratchVoice, Seed, Shot, read,
};

/// The present of all tests.
pub const NOW: Moment = Moment::from_millis(1_772_373_730_000);

/// The ledger and the store of a test.
#[derive(Default)]
pub struct TestInventory(pub HashMap<Key, Evidence>);

impl Inventory for TestInventory {
    fn of_key(&self, key: &Key) -> Evidence {
        self.0.get(key).cloned().unwrap_or_default()
    }

    fn holds(&self, _: &Digest, _: u64) -> bool {
        true
    }

    fn usual_seconds(&self, _: &ModelId) -> Option<u32> {
        None
    }
}

pub fn id(text: &str) -> SceneId {
    text.parse().unwrap()
}

pub fn clip(seed: Seed) -> Clip {
    Clip {
        settings: ClipSettings::new(),
        shots: Vec::new(),
        elements: Vec::new(),
        duration: Some(5),
        resolution: Resolution::P1080,
        aspect_ratio: Some(AspectRatio::WIDE),
        seed: Some(seed),
    }
}

pub fn t2v(name: &str, prompt: &str) -> Scene {
    Scene {
        id: id(name),
        base: id(name),
        was: None,
        label: None,
        narration: None,
        voiceover: None,
        scratch_voice: ScratchVoice::ByScript,
        model: ModelId::new("kling-2-1"),
        shot: Shot::T2v { prompt: prompt.into(), clip: clip(Seed::Fixed(45678)) },
        other_inputs: BTreeMap::new(),
        fits: BTreeMap::new(),
        after: Vec::new(),
        origins: SceneOrigins::default(),
        tags: BTreeSet::new(),
        takes: 1,
        used_millis: None,
    }
}

pub fn i2v(name: &str, image: SceneInput, prompt: &str) -> Scene {
    let (prompt, clip) = (prompt.into(), clip(Seed::Auto(23456)));
    let shot = Shot::I2v { image, end_image: None, prompt, clip };
    Scene { model: ModelId::new("kling-2-5-turbo"), shot, ..t2v(name, "") }
}

pub fn frame_of(scene: &str, frame: FrameAt) -> SceneInput {
    SceneInput::Frame(id(scene), frame)
}

pub fn avatar(name: &str, voice: SceneInput) -> Scene {
    let image = SceneInput::File("assets/host.jpg".into());
    let resolution = Resolution::P1080;
    let shot = Shot::Avatar { image, voice, resolution, stated_seconds: None };
    Scene { model: ModelId::new("kling-avatar"), shot, ..t2v(name, "") }
}

pub fn film(scenes: Vec<Scene>) -> Film {
    Film {
        title: Some("Harbor & <Light>".into()),
        catalog: Catalog::embedded(),
        api: Dialect::Kling,
        api_is_given: false,
        budget: Some(Credits::whole(300)),
        quality: None,
        hosting: None,
        profile: None,
        profiles: Vec::new(),
        preview_fonts: Vec::new(),
        cuts: vec![Cut {
            id: "whole".parse().unwrap(),
            was: None,
            clips: scenes
                .iter()
                .map(|scene| CutClip { scene: scene.id.clone(), used_millis: None })
                .collect(),
        }],
        scenes,
        places: places(),
    }
}

/// The places of a storyboard that has none of the fixture's scenes.
fn places() -> Places {
    let text = b"version: 1\nscenes: { other: { type: t2v, prompt: x } }\n";
    read("storyboard.yaml", text, &Overrides::default()).film.unwrap().places
}

pub fn inputs() -> Inputs {
    let mut inputs = Inputs::default();
    let file = |picture, seconds| InputFile {
        digest: Digest::of(b"file"),
        bytes: 4,
        media_type: "image/jpeg",
        extension: "jpg",
        picture,
        is_turned: false,
        seconds,
    };
    inputs.insert("assets/host.jpg", file(Some((1280, 720)), None));
    inputs.insert("assets/host.mp3", file(None, Some(3.42)));
    inputs
}

pub fn plan_options(maker: ProviderChoice) -> PlanOptions {
    PlanOptions {
        provider: maker,
        drawing: 1,
        now: NOW,
        retry_failed: 0,
        begun_rolls: Vec::new(),
        reroll: None,
        draft_seeds: BTreeMap::new(),
        random_seeds: BTreeMap::new(),
        commands: FilmCommands::new("storyboard.yaml", []),
    }
}

pub fn project(scenes: Vec<Scene>, maker: ProviderChoice) -> Project {
    Project::new(film(scenes), inputs(), Lock::default(), plan_options(maker))
}

/// A take of 50 credits that a task generated.
pub fn locked_take(
    number: u32,
    recipe: &crate::plan::Recipe,
    task: &str,
    artifact: Digest,
) -> LockedTake {
    LockedTake {
        task: Some(TaskId::new(task)),
        credits: Some(Credits::whole(50)),
        finished: NOW,
        ..LockedTake::new(number, recipe.key(), recipe.choice(), (artifact, 5))
    }
}

/// A scene whose only take is this one.
pub fn locked_scene(take: &LockedTake, recipe: &crate::plan::Recipe) -> LockedScene {
    let mut scene = LockedScene::default();
    scene.picked = Some(scene.keep(take.clone(), &recipe.listing()));
    scene
}

/// The plan of every scene.
pub fn plan(project: &Project, known: &TestInventory) -> Plan {
    let all: Vec<usize> = (0..project.film.scenes.len()).collect();
    Plan::make(project, &all, known)
}

/// The four scenes of the style guide: one of each common action.
pub fn harbor() -> (Project, Plan) {
    let mut harbor = t2v("harbor", "A harbor at dawn, boats asleep under a veil of rain");
    harbor.after = vec![id("dawn")];
    let scenes = vec![
        t2v("dawn", "Dawn over a \"quiet\" sea & <sky>"),
        harbor,
        i2v("chase", frame_of("harbor", FrameAt::Last), "The boat turns and gives chase"),
        t2v("title", "The film's name in neon"),
    ];
    let bare = project(scenes.clone(), ProviderChoice::Kling);
    let recipe = |at: usize| bare.recipe(at, &|_| None).unwrap();
    let locked = |recipe: crate::plan::Recipe| {
        let video = Digest::of(b"video");
        locked_scene(&locked_take(1, &recipe, "kling_8f31a0", video), &recipe)
    };
    let mut foggy = recipe(1);
    foggy.prompt = Some("A harbor at dawn, boats asleep under a veil of fog".into());
    let scenes_locked = [(id("dawn"), locked(recipe(0))), (id("harbor"), locked(foggy))];
    let lock = Lock { scenes: scenes_locked.into(), ..Lock::default() };
    let open = Submission {
        intended_at: NOW,
        outcome: SubmissionOutcome::Open(TaskId::new("kling_8f31c2")),
    };
    let known = TestInventory([(recipe(3).key(), submitted(open))].into());
    let project = Project::new(film(scenes), inputs(), lock, plan_options(ProviderChoice::Kling));
    let plan = plan(&project, &known);
    (project, plan)
}

pub fn submitted(submission: Submission) -> Evidence {
    Evidence { submissions: vec![submission], ..Evidence::default() }
}

pub fn failed(code: i64, message: &str) -> Submission {
    let failure = Fault::new(FaultClass::InvalidPrompt, message).with_code(code);
    Submission { intended_at: NOW, outcome: SubmissionOutcome::Failed(failure) }
}

/// A film with every other kind of row: several reasons, a doubt, a failure, a voice of unknown
/// length, wide characters and hostile text.
pub fn odd() -> (Project, Plan) {
    let mut changed = t2v("opening", "夜の港 \u{1b}[31mred\u{1b}[0m\nlights");
    changed.model = ModelId::new("kling-2-6");
    let scenes = vec![
        changed,
        t2v("doubtful", "A knock at the door"),
        t2v("refused", "Something unspeakable"),
        avatar("host", SceneInput::Url("https://example.com/voice.mp3".into(), None)),
        avatar("guest", SceneInput::File("assets/host.mp3".into())),
    ];
    let bare = project(scenes.clone(), ProviderChoice::Kling);
    let key = |at: usize| bare.recipe(at, &|_| None).unwrap().key();
    let mut before = bare.recipe(0, &|_| None).unwrap();
    before.model = ModelId::new("kling-2-1");
    before.prompt = Some("夜の港 lights".into());
    before.seed = Some(51234);
    let locked = locked_scene(&locked_take(2, &before, "kling_0", Digest::of(b"old")), &before);
    let lock = Lock { scenes: [(id("opening"), locked)].into(), ..Lock::default() };
    let doubt = Submission { intended_at: NOW, outcome: SubmissionOutcome::Doubt };
    let known = TestInventory(
        [(key(1), submitted(doubt)), (key(2), submitted(failed(1001, "invalid prompt")))].into(),
    );
    let project = Project::new(film(scenes), inputs(), lock, plan_options(ProviderChoice::Kling));
    let plan = plan(&project, &known);
    (project, plan)
}

/// A film of three takes and a cut, with text that must be escaped.
pub fn manifest() -> Manifest {
    let scene = |name: &str, prompt: Option<&str>| ManifestScene {
        scene: id(name),
        label: None,
        tags: ["act1".parse().unwrap()].into(),
        scene_type: SceneType::T2v,
        model: ModelId::new("kling-2-1"),
        prompt: prompt.map(str::to_string),
        resolution: Resolution::P1080,
        aspect_ratio: Some(AspectRatio::WIDE),
        seed: Some(45678),
        take: 1,
        key: Key(Digest::of(name.as_bytes())),
        video: format!("scenes/{name}.mp4"),
        poster: Some(format!("posters/{name}.jpg")),
        artifact: Digest::of(b"video"),
        bytes: 12_345_678,
        width: 1920,
        height: 1080,
        seconds: 5.041,
        codec: "h264".into(),
        task: Some(TaskId::new(format!("kling_{name}"))),
        credits: Credits::whole(50),
        made: Some(NOW),
    };
    let hostile = "<script>alert(\"fog\")</script> & 'rain'\n\u{1b}[31msecond line 霧";
    let host = ManifestScene {
        label: Some("The host & <Mia>".into()),
        scene_type: SceneType::Avatar,
        model: ModelId::new("kling-avatar"),
        aspect_ratio: None,
        seed: None,
        poster: None,
        task: Some(TaskId::new("\"><img src=x>")),
        credits: Credits::from_thousandths(54_500),
        ..scene("host", None)
    };
    let clip = |scene: &str, starts| ManifestClip {
        scene: id(scene),
        starts,
        seconds: 5.041,
        length: None,
        frames: 121,
        source_frames: 121,
        frame_rate: None,
        sound: None,
    };
    Manifest {
        version: MANIFEST_VERSION,
        profile: None,
        storyboard: "storyboard.yaml".into(),
        title: Some("Harbor & <Light>".into()),
        provider: ProviderFamily::Kling,
        scenes: vec![scene("dawn", Some(hostile)), scene("harbor", Some("A harbor")), host],
        cuts: vec![ManifestCut {
            name: "whole".parse().unwrap(),
            path: "cuts/whole.mp4".into(),
            captions: None,
            timelines: vec!["cuts/whole.otio".into(), "cuts/whole.edl".into()],
            scenes: vec![id("dawn"), id("harbor")],
            clips: vec![clip("dawn", 0.0), clip("harbor", 5.041)],
            bytes: 24_000_000,
            sha256: Digest::of(b"cut"),
            seconds: 10.082,
            frame_rate: Some(FrameRate::CINEMA),
        }],
        shot_list: None,
    }
}

pub fn started(takes: usize, credits_max: i64) -> BuildEvent {
    BuildEvent::BuildStarted {
        version: EVENTS_VERSION,
        storyboard: "storyboard.yaml".into(),
        provider: ProviderFamily::Kling,
        scenes: takes,
        takes,
        credits_max: Credits::whole(credits_max),
    }
}

pub fn changed(scene: &str, state: TakeState) -> BuildEvent {
    BuildEvent::TakeChanged {
        scene: id(scene),
        take: None,
        state,
        task: None,
        detail: None,
        retry_at: None,
        at: NOW,
    }
}

/// The events of a build in which everything happens that can happen.
pub fn story() -> Vec<BuildEvent> {
    let name = |at: usize| id(["dawn", "harbor", "chase"][at]);
    let tell = |scene: &str, state: State| take_event((&id(scene), None), &state, &name, NOW);
    let task = || TaskId::new("kling_8f31d0");
    let busy = || Fault::new(FaultClass::Busy, "Model overloaded").with_code(1005);
    let ended = State::Ended;
    let refused = Fault::new(FaultClass::InvalidPrompt, "\u{1b}[31mInvalid prompt\u{1b}[0m");
    let mut refusal =
        tell("chase", ended(End::Failed(FailureKind::Refused(refused.with_code(1001)))));
    if let BuildEvent::TakeFailed { place, .. } = &mut refusal {
        *place = Some("storyboard.yaml:22:13".into());
    }
    let gone = Fault::new(FaultClass::NotFound, "the video is gone").with_code(404);
    vec![
        started(12, 300),
        BuildEvent::TakeDone {
            scene: id("dawn"),
            take: None,
            artifact: Digest::of(b"video"),
            bytes: 12_345_678,
            credits: Credits::ZERO,
            path: Some("scenes/dawn.mp4".into()),
            at: NOW,
        },
        tell("harbor", State::Waiting),
        tell("harbor", State::Elsewhere { by: Some("process 7, scene dawn".into()), since: NOW }),
        tell("harbor", State::Elsewhere { by: None, since: NOW }),
        tell("harbor", State::Preparing { tries: 0, fault: None }),
        tell("harbor", State::Preparing { tries: 1, fault: Some(busy()) }),
        tell("harbor", State::Queued { tries: 0, retry: None }),
        tell("harbor", State::Submitting { tries: 0 }),
        BuildEvent::CreditsCommitted { credits: Credits::whole(50) },
        tell(
            "harbor",
            State::Queued { tries: 1, retry: Some((busy(), NOW + Duration::from_secs(8))) },
        ),
        tell("harbor", State::Submitting { tries: 1 }),
        tell("harbor", State::Generating { task: task(), since: NOW, misses: 0 }),
        tell("harbor", State::Fetching { task: task(), fetches: 0 }),
        tell("harbor", State::Fetching { task: task(), fetches: 1 }),
        tell("harbor", ended(End::Done)),
        refusal,
        tell("lost", ended(End::Failed(FailureKind::Download { task: task(), fault: gone }))),
        tell("after", ended(End::Blocked { by: 2 })),
        tell("doubtful", ended(End::InDoubt { sent_at: None, detail: "connection reset".into() })),
        tell(
            "slow",
            ended(End::LeftRunning { task: task(), why: "not finished after 30 minutes".into() }),
        ),
        tell("later", ended(End::NotStarted(Halt::InsufficientCredits))),
        BuildEvent::Warning { message: "the clock went back\u{7}".into() },
        BuildEvent::CutDone {
            cut: "whole".parse().unwrap(),
            path: "cuts/whole.mp4".into(),
            bytes: 812_000,
            made: true,
        },
        BuildEvent::CutFailed {
            cut: "launch".parse().unwrap(),
            message: "chase has no take".into(),
        },
        BuildEvent::BuildFinished {
            outcome: BuildOutcome::Failed,
            exit_code: BuildOutcome::Failed.exit_code(),
            done: 2,
            failed: 2,
            in_doubt: 1,
            left_running: 1,
            blocked: 1,
            not_started: 1,
            credits_committed: Credits::whole(50),
            seconds: 391.25,
        },
    ]
}

/// Sends the whole story to a reporter.
pub fn send_story(reporter: &mut dyn Reporter) {
    for event in story() {
        reporter.tell(&event);
    }
}
