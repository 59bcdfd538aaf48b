//! Trials: a film is built against the strict API until it is complete, and then the API's own
//! ledger is checked.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::process::Command;
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::Duration;

use image::{DynamicImage, RgbImage};
use kling_build::catalog::{FrameSize, SceneType};
use kling_build::media::animatic::{
    AnimaticImage, AnimaticPlace, AnimaticScene, AnimaticVoice, Fonts, render,
};

use crate::harness::{KEY, Project, Ran, text};
use crate::strict_server::api::{Dialect, Script, StrictApi};

/// The poll interval that the program is given.
const POLL: Duration = Duration::from_millis(300);
/// How early a poll may seem: the poll before it may have been read late.
const POLL_SLACK: Duration = Duration::from_millis(100);
/// How many builds may meet faults; after them the API follows its page.
const FAULTY_BUILDS: usize = 8;
/// How many more builds the film may need to be complete.
const CALM_BUILDS: usize = 4;

/// A video that matches the orders of the film's scenes.
static VIDEO: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let scene = AnimaticScene {
        id: "trial".into(),
        title: None,
        place: AnimaticPlace::default(),
        scene_type: SceneType::T2v,
        model: "kling-2-5-turbo".into(),
        prompt: None,
        narration: None,
        seed: None,
        size: FrameSize { width: 1920, height: 1080 },
        millis: 5_000,
        image: AnimaticImage::None,
        used_millis: None,
        end_image: AnimaticImage::None,
        shots: Vec::new(),
        voice: AnimaticVoice::None,
        camera: None,
    };
    render(&scene, &Fonts::builtin()).unwrap()
});

/// A film and the API that it is built against.
pub struct Trial {
    api: StrictApi,
    dialect: Dialect,
    project: Project,
    said: String,
}

const PROMPTS: [(&str, &str); 3] = [("dawn", "a red dawn"), ("gull", "a gull"), ("tide", "a tide")];

impl Trial {
    /// A film of three scenes: one that uses the frame of another, and one with a picture.
    pub fn new(script: Script, dialect: Dialect) -> Trial {
        let [dawn, gull, tide] = PROMPTS.map(|(_, prompt)| prompt);
        let project = Project::new(&format!(
            "version: 1\ndefaults: {{ model: kling-2-5-turbo, duration: 5, resolution: 1080p }}\n\
             scenes:\n  dawn: {{ type: t2v, prompt: {dawn}, seed: 11111 }}\n  \
             gull: {{ type: i2v, image: host.png, prompt: {gull}, seed: 11112 }}\n  \
             tide: {{ type: i2v, image: {{ scene: dawn }}, prompt: {tide}, seed: 11113 }}\n\
             cuts:\n  day: {{ scenes: [dawn, tide, gull] }}\n"
        ));
        let mut png = Cursor::new(Vec::new());
        let picture = DynamicImage::ImageRgb8(RgbImage::new(640, 360));
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        project.write("host.png", png.into_inner());
        let api = StrictApi::start(KEY, VIDEO.clone(), script);
        Trial { api, dialect, project, said: String::new() }
    }

    fn run(&mut self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kling-build"));
        command
            .args(arguments)
            .current_dir(self.project.folder.path())
            .env("KLING_BUILD_HOME", self.project.home.path())
            .env("KIE_API_KEY", KEY)
            .env("KIE_API", self.dialect.name())
            .env("KIE_API_BASE", self.api.base())
            .env("KIE_UPLOAD_BASE", self.api.base())
            .env("RUST_LOG", "trace");
        let ran = Ran(command.output().unwrap());
        self.said += &ran.said();
        ran
    }

    fn build(&mut self, number: usize) -> i32 {
        let interval = POLL.as_secs_f64().to_string();
        let how = if number.is_multiple_of(2) { "-vv" } else { "--json" };
        let arguments =
            ["storyboard.yaml", "--poll-interval", &interval, "--retry-failed", "99", how];
        self.run(&arguments).code()
    }

    /// Builds until the film is complete, settling each doubt by what the API's log page would
    /// show. Returns what was wrong, in words.
    pub fn run_to_the_end(&mut self) -> Vec<String> {
        for number in 0..FAULTY_BUILDS + CALM_BUILDS {
            if number == FAULTY_BUILDS {
                self.api.ledger(|ledger| ledger.relent());
            }
            if self.build(number) == 0 {
                return [self.violations(), self.indiscretions()].concat();
            }
            self.settle_doubts();
        }
        vec![format!("not whole after {} builds", FAULTY_BUILDS + CALM_BUILDS)]
    }

    fn settle_doubts(&mut self) {
        for row in self.project.doubts() {
            // Settling asks about the task too; people pause between two commands.
            sleep(POLL);
            let known = self.known_tasks();
            let prompt = PROMPTS.iter().find(|(scene, _)| row.scene == *scene).unwrap().1;
            let task = self.api.ledger(|ledger| {
                let mut tasks = ledger.tasks.iter().filter(|task| !known.contains(&task.id));
                tasks.find(|task| text(&task.request["prompt"]) == prompt).map(|t| t.id.clone())
            });
            match &task {
                // That may fail like any poll; then it is still in doubt.
                Some(task) => self.run(&["settle", &row.scene, "--task", task]),
                None => self.run(&["settle", &row.scene, "--not-sent"]).ends_with(0),
            };
        }
    }

    fn column(&self, query: &str) -> Vec<String> {
        let ledger = rusqlite::Connection::open(self.project.home.path().join("ledger.db"));
        let ledger = ledger.unwrap();
        let mut statement = ledger.prepare(query).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    fn known_tasks(&self) -> Vec<String> {
        self.column("SELECT task FROM submissions WHERE task IS NOT NULL")
    }

    /// What is wrong according to the API's ledger, in words.
    fn violations(&self) -> Vec<String> {
        let (known, stored) = (self.known_tasks(), self.column("SELECT task FROM takes"));
        let mut wrong = self.api.ledger(|ledger| ledger.odd.clone());
        let tasks = self.api.ledger(|ledger| ledger.tasks.clone());
        let mut paid = BTreeMap::new();
        for task in &tasks {
            let id = &task.id;
            if !known.contains(id) {
                wrong.push(format!("{id} was paid and is lost (id sent: {})", task.id_sent));
            }
            if task.has_video() {
                *paid.entry(task.request.to_string()).or_insert(0) += 1;
                if task.downloads == 0 || !stored.contains(id) {
                    wrong.push(format!("{id} was paid and never fetched"));
                }
            }
            for pair in task.polls.windows(2) {
                let gap = pair[1] - pair[0];
                if gap + POLL_SLACK < POLL {
                    wrong.push(format!("{id} was asked about again after {gap:?}"));
                }
            }
        }
        wrong.extend(
            paid.iter()
                .filter(|(_, times)| **times > 1)
                .map(|(request, times)| format!("paid {times} times: {request}")),
        );
        wrong.extend(PROMPTS.iter().filter_map(|(scene, prompt)| {
            let there = self.project.path(&format!("build/scenes/{scene}.mp4")).exists();
            (!there).then(|| format!("{prompt} is not in the build directory"))
        }));
        wrong
    }

    /// What the program printed or stored but should not have, in words.
    fn indiscretions(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let harmful = |c: char| {
            (c.is_control() && c != '\n')
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        if let Some(line) = self.said.lines().find(|line| line.contains(harmful)) {
            wrong.push(format!("raw control characters: {line:?}"));
        }
        if let Some(line) = self.said.lines().find(|line| line.starts_with("fake:")) {
            wrong.push(format!("a line of the server's own: {line:?}"));
        }
        let mut places = vec![("what it said".to_string(), self.said.clone().into_bytes())];
        for folder in [self.project.folder.path(), self.project.home.path()] {
            let files = crate::harness::files_under(folder).into_iter();
            places.extend(files.map(|(name, (bytes, _))| (name, bytes)));
        }
        for (place, bytes) in places {
            wrong.extend(
                crate::secret::found_in(&bytes).map(|form| format!("{place} holds {form}")),
            );
        }
        wrong
    }

    /// The faults that happened and the program's output, for reading a failure.
    pub fn story(&self) -> String {
        let faults = self.api.ledger(|ledger| format!("{:?}", ledger.faults));
        format!("{faults}\n{}", self.said)
    }
}
