//! A history: one film, many builds of it, and everything that happens to them. One seed determines
//! all of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use kling_build::base::{Credits, Digest, Key};
use kling_build::catalog::Dialect;
use kling_build::plan::{ActionWord, PlannedTake, Selection};
use kling_build::report::{BuildEvent, BuildOutcome, Reporter};
use kling_build::runner::{
    Environment, Options, Rolls, Session, SessionAccess, Webhooks, unchanged,
};
use kling_build::store::Home;
use tokio::time::sleep;

use crate::account::Account;
use crate::calls::{Hooks, PUBLIC_URL};
use crate::disk::{HOME, Machine, SimDisk};
use crate::film::Film;
use crate::process::Process;
use crate::remote::{Allowed, Remote, Weather};
use crate::wall::Wall;

/// Two clones of one project.
pub const CLONES: [&str; 2] = ["/a", "/b"];
/// A file of the user's in the build directory.
pub const OWN_FILE: &str = "/a/build/scenes/mine.mp4";
/// How many builds a history may need to finish once nothing fails any more.
const ROUNDS_MAX: usize = 16;

static STILL: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut png = Cursor::new(Vec::new());
    let still = image::RgbImage::from_pixel(640, 360, image::Rgb([120, 90, 60]));
    still.write_to(&mut png, image::ImageFormat::Png).expect("a small picture");
    png.into_inner()
});

/// The statistics of a history.
#[derive(Clone, Debug, Default)]
pub struct HistorySummary {
    /// The events, one per line.
    pub log: String,
    /// How many builds were begun.
    pub builds: usize,
    /// How many of them died.
    pub deaths: usize,
    /// How many tasks were paid for.
    pub tasks: usize,
    /// How many doubts a person settled.
    pub doubts: usize,
}

/// How one build ended.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Died,
    /// It did not begin, or this machine stopped it.
    Refused(String),
    UpToDate,
    Built(BuildOutcome),
}

/// The conditions of one build.
#[derive(Clone, Debug)]
pub struct Run {
    clone: &'static str,
    dies_at: Option<u64>,
    /// The file after whose renaming it dies.
    dies_placing: Option<PathBuf>,
    full: std::ops::Range<u64>,
    weather: Weather,
    budget: Option<Credits>,
    retry_failed: u32,
    concurrency: usize,
    fail_fast: bool,
    webhooks: bool,
    /// When the user asks it to stop, and how much later a second time.
    interrupt_after: Option<(Duration, Duration)>,
    /// More takes of this scene, and how many.
    reroll: Option<(String, u32)>,
    /// The clock is set off by so many milliseconds after this time.
    clock_jump: Option<(Duration, i64)>,
    /// The dialect of the API.
    pub api: Dialect,
}

/// Which dialects of the API the builds of a history use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialects {
    Kling,
    Jobs,
    /// Some builds one, some the other.
    Both,
}

impl Dialects {
    /// Half of the histories have the documented API alone.
    const fn of(seed: u64) -> Dialects {
        match seed % 4 {
            2 => Dialects::Jobs,
            3 => Dialects::Both,
            _ => Dialects::Kling,
        }
    }

    fn choose(self, chance: &mut fastrand::Rng) -> Dialect {
        match self {
            Dialects::Kling => Dialect::Kling,
            Dialects::Jobs => Dialect::Jobs,
            Dialects::Both if chance.bool() => Dialect::Jobs,
            Dialects::Both => Dialect::Kling,
        }
    }
}

pub struct History {
    pub chance: fastrand::Rng,
    pub wall: Wall,
    pub machine: Arc<Machine>,
    pub account: Arc<Account>,
    pub hooks: Hooks,
    pub film: Film,
    chains: bool,
    dialects: Dialects,
    /// The dialect of the next build.
    pub api: Dialect,
    /// Chances that do not change the others.
    api_chance: fastrand::Rng,
    processes: u64,
    pub summary: HistorySummary,
    locks: Vec<Vec<u8>>,
    /// The earlier versions of the film.
    films: Vec<Film>,
    /// The artifacts that were damaged by the disk or removed by `store gc`: a lock may name them.
    pub excused: BTreeSet<Digest>,
    /// Whether the user has a file in the build directory.
    pub has_own_file: bool,
}

/// Runs the history of a seed.
///
/// # Errors
/// The first promise that was broken, with the events until then.
pub fn run(seed: u64) -> Result<HistorySummary, (String, HistorySummary)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut history = History::new(seed);
        let result = history.live().await;
        history.summary.tasks = history.account.tasks().len();
        match result {
            Ok(()) => Ok(history.summary),
            Err(broken) => Err((broken, history.summary)),
        }
    })
}

impl History {
    fn new(seed: u64) -> History {
        fastrand::seed(seed);
        let mut chance = fastrand::Rng::with_seed(seed);
        let wall = Wall::new();
        let machine = Arc::new(Machine::new(wall.clone()));
        let account = Arc::new(Account::new(wall.clone(), Arc::clone(&machine)));
        let chains = chance.u8(..8) == 0;
        let dialects = Dialects::of(seed);
        // Only the models of one dialect end on a given picture.
        let has_ends = chains && dialects == Dialects::Jobs;
        let ends = has_ends.then(|| fastrand::Rng::with_seed(seed.rotate_left(32)));
        let mut film = Film::random(&mut chance, chains, ends);
        let mut api_chance = fastrand::Rng::with_seed(!seed);
        if dialects != Dialects::Kling {
            // What both dialects can make is the same take.
            film.clips_in = "1080p";
        }
        let history = History {
            chance,
            wall,
            machine,
            account,
            hooks: Hooks::default(),
            film,
            chains,
            dialects,
            api: dialects.choose(&mut api_chance),
            api_chance,
            processes: 0,
            summary: HistorySummary::default(),
            locks: Vec::new(),
            films: Vec::new(),
            excused: BTreeSet::new(),
            has_own_file: false,
        };
        history.save();
        history
    }

    /// Writes the film into both clones.
    fn save(&self) {
        for clone in CLONES {
            self.machine.put(format!("{clone}/storyboard.yaml"), self.film.text().as_bytes());
            self.machine.put(format!("{clone}/still.png"), &STILL);
        }
    }

    pub fn say(&mut self, line: impl std::fmt::Display) {
        let at = self.wall.elapsed().as_secs();
        writeln!(self.summary.log, "{at:>8} s  {line}").expect("a string takes every text");
    }

    async fn live(&mut self) -> Result<(), String> {
        let text = self.film.text();
        self.say(format!("the film is\n{text}"));
        match self.chance.u8(..10) {
            0 => self.die_at_every_step().await?,
            1 => self.come_and_go().await?,
            _ => {
                for _ in 0..self.chance.usize(1..=5) {
                    self.happen().await?;
                    self.build_in_bad_weather().await?;
                    self.wait().await;
                }
            }
        }
        self.end_well().await
    }

    /// Two builds die while they publish, each with another take of a scene; the scene is removed
    /// and comes back with a third take. Whatever the killed builds left must not be in the way.
    async fn come_and_go(&mut self) -> Result<(), String> {
        let clear = Weather { decodable: self.chains, ..Weather::CLEAR };
        let film = self.film.clone();
        for step in 0..4 {
            self.film = film.come_and_go(step);
            self.save();
            let text = self.film.text();
            self.say(format!("the film is now\n{text}"));
            let dies_at = (step < 2).then(|| self.chance.u64(20..60 + 40 * film.len()));
            // The worst moments: the file is placed and not recorded, or announced and not placed.
            let dies_placing = match (step, self.chance.bool()) {
                (0, true) => self.last_video(),
                (1, true) => Some(PathBuf::from("/a/build/.kling-build.json")),
                _ => None,
            };
            let dies_at = dies_at.filter(|_| dies_placing.is_none());
            self.build(Run { dies_at, dies_placing, ..self.plain(clear) }).await?;
            self.judge()?;
            self.settle()?;
        }
        Ok(())
    }

    /// The last scene's file in the build directory.
    fn last_video(&self) -> Option<PathBuf> {
        let session = self.look().ok()?;
        let scene = &session.project.film.scenes.last()?.id;
        Some(PathBuf::from(format!("/a/build/scenes/{scene}.mp4")))
    }

    /// The first build dies before its first effect, the second before its second, and so on.
    async fn die_at_every_step(&mut self) -> Result<(), String> {
        let weather = self.weather();
        for dies_at in 1..400 {
            let run = Run { dies_at: Some(dies_at), ..self.plain(weather) };
            let ended = self.build(run).await?;
            if ended == Ended::Died && self.chance.u8(..4) == 0 {
                self.cut_power();
            }
            self.judge()?;
            self.settle()?;
            if matches!(ended, Ended::UpToDate | Ended::Built(BuildOutcome::Done)) {
                break;
            }
        }
        Ok(())
    }

    pub fn weather(&mut self) -> Weather {
        let faults = [0, 0, 5, 20, 50][self.chance.usize(..5)];
        let failures = if self.chance.u8(..4) == 0 { 20 } else { 0 };
        Weather { faults, failures, decodable: self.chains }
    }

    pub fn plain(&self, weather: Weather) -> Run {
        Run {
            clone: CLONES[0],
            dies_at: None,
            dies_placing: None,
            full: 0..0,
            weather,
            budget: None,
            retry_failed: 0,
            concurrency: 10,
            fail_fast: false,
            webhooks: false,
            interrupt_after: None,
            reroll: None,
            clock_jump: None,
            api: self.api,
        }
    }

    fn random_run(&mut self) -> Run {
        let weather = self.weather();
        let names: Vec<String> = self.film.names().map(str::to_string).collect();
        let chance = &mut self.chance;
        let rolled = chance.choice(names).filter(|_| chance.u8(..5) == 0);
        let dies_at = (chance.u8(..3) > 0).then(|| chance.u64(1..250));
        let full_from = chance.u64(1..150);
        let full =
            if chance.u8(..6) == 0 { full_from..full_from + chance.u64(1..60) } else { 0..0 };
        Run {
            clone: CLONES[0],
            dies_at,
            dies_placing: None,
            full,
            weather,
            budget: (chance.u8(..6) == 0).then(|| Credits::whole(chance.i64(0..500))),
            retry_failed: if chance.u8(..4) == 0 { chance.u32(..4) } else { 0 },
            concurrency: if chance.u8(..3) == 0 { chance.usize(1..4) } else { 10 },
            fail_fast: chance.u8(..8) == 0,
            webhooks: chance.bool(),
            interrupt_after: (chance.u8(..8) == 0)
                .then(|| [200_000, 100_000].map(|max| Duration::from_millis(chance.u64(..max))))
                .map(|[first, second]| (first, second)),
            reroll: rolled.map(|scene| (scene, chance.u32(1..=2))),
            clock_jump: (chance.u8(..10) == 0).then(|| {
                let day = 24 * 60 * 60 * 1_000;
                (Duration::from_secs(chance.u64(0..200)), chance.i64(-2 * day..2 * day))
            }),
            api: self.api,
        }
    }

    /// Something happens between two builds.
    async fn happen(&mut self) -> Result<(), String> {
        self.api = self.dialects.choose(&mut self.api_chance);
        match self.chance.u8(..44) {
            36.. => self.decide()?,
            24..26 => self.rename()?,
            26..28 => self.damage(),
            28..30 => self.verify()?,
            30..32 => self.clear()?,
            32..34 => self.salvage().await?,
            34..36 => {
                if let Some(film) = self.chance.choice(self.films.iter()).cloned() {
                    self.film.go_back(film);
                    self.save();
                    let text = self.film.text();
                    self.say(format!("an older film is checked out:\n{text}"));
                }
            }
            0..4 => {
                let chains = self.chains;
                self.film.edit(&mut self.chance, chains);
                self.save();
                let text = self.film.text();
                self.say(format!("the film is now\n{text}"));
            }
            4 if self.chance.bool() => {
                self.machine.put(OWN_FILE, b"the user's");
                self.has_own_file = true;
                self.say("the user puts a file into the build directory");
            }
            4 => {
                self.wipe_build();
                self.say("the build directory is removed");
            }
            5 => {
                self.machine.wipe(format!("{HOME}/objects"));
                self.wipe_build();
                self.say("the artifacts and the build directory are lost");
            }
            6 => self.move_to_a_new_machine(),
            7 => {
                if let Some(lock) = self.chance.choice(self.locks.iter()).cloned() {
                    self.machine.put("/a/storyboard.lock", &lock);
                    self.say("an older lock is checked out");
                }
            }
            8 => {
                let day = 24 * 60 * 60 * 1_000;
                let skew = self.chance.i64(-2 * day..2 * day);
                self.wall.set_skew(skew);
                self.say(format!("the clock is off by {skew} ms"));
            }
            _ => {}
        }
        Ok(())
    }

    /// The author renames scenes and changes nothing else, and writes `was` where the plan asks for
    /// it: nothing may have to be paid for that.
    fn rename(&mut self) -> Result<(), String> {
        let (film, chance) = (self.film.clone(), self.chance.clone());
        let (before, unclear) = (self.prospects()?, self.unclear()?);
        let mut writes = self.chance.bool();
        let mut swaps = self.film.rename_some(&mut self.chance, writes);
        self.save();
        if (swaps || !writes) && self.unclear()? != unclear {
            self.film = film.clone();
            if !swaps {
                (self.chance, writes) = (chance, true);
                let _ = self.chance.bool();
                swaps = self.film.rename_some(&mut self.chance, writes);
            }
            self.save();
        }
        let text = self.film.text();
        let how = (writes, swaps);
        self.say(format!("scenes are renamed {how:?}, and the film is now\n{text}"));
        let after = self.prospects()?;
        // Requests that only the other clone sent are known there under the names of that time, and
        // random seeds are drawn anew for each plan.
        if self.film.has_random_seeds()
            || self.summary.log.contains(CLONES[1])
            || after.0 <= before.0 && before.1.is_subset(&after.1)
        {
            return Ok(());
        }
        Err(format!("a rename makes {before:?} {after:?}"))
    }

    /// How many scenes have an unclear rename.
    fn unclear(&self) -> Result<usize, String> {
        let session = self.look()?;
        Ok(session.project.unclear_renames().iter().map(|unclear| unclear.positions.len()).sum())
    }

    /// The author decides about each scene that may be running under another name.
    fn clarify(&mut self) -> Result<(), String> {
        for _ in 0..20 {
            let session = self.look()?;
            let unclear = session.project.unclear_renames();
            let Some(unclear) = unclear.iter().find(|unclear| !unclear.pending.is_empty()) else {
                return Ok(());
            };
            let scene = session.project.scene(unclear.positions[0]).id.to_string();
            let names: Vec<String> = unclear.pending.keys().map(ToString::to_string).collect();
            self.film.clarify(&scene, &names);
            self.save();
            let text = self.film.text();
            self.say(format!(
                "{scene} is said to be one of {names:?}, and the film is now\n{text}"
            ));
        }
        Err("the author never gets clear about renames".into())
    }

    /// The maximum cost of a build, and the keys for which it would pay nothing.
    fn prospects(&self) -> Result<(Credits, BTreeSet<Key>), String> {
        let session = self.look()?;
        let plan = &session.plan;
        let pays = |take: &&PlannedTake| {
            matches!(take.action.word(), ActionWord::Generate | ActionWord::Wait)
        };
        let free = plan.takes.iter().filter(|take| !pays(take));
        Ok((plan.credits_max(), free.filter_map(|take| take.key).collect()))
    }

    /// A session that writes nothing.
    pub fn look(&self) -> Result<Session, String> {
        let environment = self.environment(&Arc::new(Process::new(0, None, 0..0)));
        let options = options(CLONES[0], &self.plain(Weather::CLEAR));
        Session::open(options, environment, self.wall.clock(), SessionAccess::ReadOnly, &mut |_| {})
            .map_err(|refusal| format!("{:?}", refusal.diagnostics))
    }

    fn wipe_build(&mut self) {
        self.machine.wipe("/a/build");
        self.has_own_file = false;
    }

    /// Only the files in git are left: storyboard and lock.
    fn move_to_a_new_machine(&mut self) {
        self.machine.wipe(HOME);
        self.wipe_build();
        self.machine.wipe("/b/build");
        self.machine.wipe_ledger();
        match self.machine.get("/a/storyboard.lock") {
            Some(lock) => self.machine.put("/b/storyboard.lock", &lock),
            None => self.machine.wipe("/b/storyboard.lock"),
        }
        let lock = self.lock(CLONES[0]).ok().flatten().unwrap_or_default();
        let takes = || lock.scenes.values().flat_map(|scene| &scene.takes);
        let known = |id: &str| {
            takes().any(|take| take.task.as_ref().is_some_and(|task| task.as_str() == id))
        };
        self.account.for_each(|task| {
            task.given_up |= !known(&task.id);
            task.of_another_machine = true;
        });
        self.say("only the storyboard and its lock are left");
    }

    async fn build_in_bad_weather(&mut self) -> Result<(), String> {
        let first = self.random_run();
        let both = self.chance.u8(..5) == 0;
        let died = if both {
            let second = Run { clone: CLONES[1], ..self.random_run() };
            let (first, second) = self.build_both(first, second).await?;
            first == Ended::Died || second == Ended::Died
        } else {
            self.build(first).await? == Ended::Died
        };
        if self.chance.u8(..if died { 2 } else { 10 }) == 0 {
            self.cut_power();
        }
        self.judge()?;
        if self.chance.bool() {
            self.settle()?;
        }
        if let Some(lock) = self.machine.get("/a/storyboard.lock") {
            self.locks.push(lock.to_vec());
        }
        self.films.push(self.film.clone());
        Ok(())
    }

    async fn wait(&mut self) {
        let seconds = match self.chance.u8(..8) {
            0..4 => 0,
            4 | 5 => self.chance.u64(..3_600),
            6 => self.chance.u64(..900_000),
            _ => self.chance.u64(1_000_000..1_500_000),
        };
        if seconds > 0 {
            sleep(Duration::from_secs(seconds)).await;
            self.say(format!("{seconds} s have passed"));
        }
    }

    fn cut_power(&mut self) {
        self.machine.cut_power(&mut self.chance);
        self.say("the power is cut");
    }

    /// From now on nothing fails: the film must be finished.
    async fn end_well(&mut self) -> Result<(), String> {
        self.wall.set_skew(0);
        self.film.forget_random_seeds();
        self.save();
        let clear = Weather { faults: 0, failures: 0, decodable: self.chains };
        let run = Run { retry_failed: 1_000, ..self.plain(clear) };
        let mut ended = Ended::Died;
        for round in 1..=ROUNDS_MAX as u64 {
            if round > 2 {
                self.declare_gone()?;
                // Only a video whose frames are needed has to be verified by hand.
                if self.chains {
                    self.verify()?;
                }
            }
            self.settle()?;
            self.clarify()?;
            ended = self.build(run.clone()).await?;
            self.judge()?;
            if matches!(ended, Ended::UpToDate | Ended::Built(BuildOutcome::Done)) {
                break;
            }
            // A clock that was wrong for days needs days until it is right about expired videos; all
            // rounds together are shorter than two weeks, in which a lost video would expire.
            sleep(Duration::from_secs(round * 3_600)).await;
        }
        if !matches!(ended, Ended::UpToDate | Ended::Built(BuildOutcome::Done)) {
            return Err(format!("the film is not finished after {ROUNDS_MAX} builds: {ended:?}"));
        }
        self.judge_the_end()?;
        let requests = self.account.requests();
        self.build(run).await?;
        match self.account.requests() - requests {
            0 => Ok(()),
            more => Err(format!("a build with nothing to do made {more} requests")),
        }
    }

    pub fn process(&mut self, dies_at: Option<u64>, full: std::ops::Range<u64>) -> Arc<Process> {
        self.processes += 1;
        Arc::new(Process::new(self.processes, dies_at, full))
    }

    fn process_of(&mut self, run: &Run) -> Arc<Process> {
        self.processes += 1;
        let process = Process::new(self.processes, run.dies_at, run.full.clone());
        Arc::new(process.dying_placing(run.dies_placing.clone()))
    }

    pub fn environment(&self, process: &Arc<Process>) -> Environment {
        let disk = SimDisk { machine: Arc::clone(&self.machine), process: Arc::clone(process) };
        Environment {
            disk: Arc::new(disk),
            home: Some(Home::at(HOME)),
            key: Some("sk-simulated".into()),
            ..Environment::default()
        }
    }

    async fn build(&mut self, run: Run) -> Result<Ended, String> {
        let (process, future) = self.begin(run.clone());
        let locked = self.locked_keys(run.clone)?;
        let ended = future.await;
        self.keeps_takes(run.clone, &locked)?;
        self.after(&run, &process, &ended)?;
        Ok(ended)
    }

    async fn build_both(&mut self, first: Run, second: Run) -> Result<(Ended, Ended), String> {
        let (first_process, first_future) = self.begin(first.clone());
        let (second_process, second_future) = self.begin(second.clone());
        let ended = tokio::join!(first_future, second_future);
        self.after(&first, &first_process, &ended.0)?;
        self.after(&second, &second_process, &ended.1)?;
        Ok(ended)
    }

    fn begin(&mut self, run: Run) -> (Arc<Process>, impl Future<Output = Ended> + use<>) {
        self.summary.builds += 1;
        let process = self.process_of(&run);
        let environment = self.environment(&process);
        let (chance, tokens, hooks) = (self.chance.fork(), self.chance.fork(), self.hooks.clone());
        let (account, wall) = (Arc::clone(&self.account), self.wall.clone());
        let (machine, of) = (Arc::clone(&self.machine), Arc::clone(&process));
        let future = async move {
            let ends = (account, Arc::clone(&machine));
            let conditions = (run.weather, run.allowed(), run.api);
            let remote = Remote::new(ends, hooks.clone(), Arc::clone(&of), conditions, chance);
            let calls = (hooks, Arc::clone(&of), tokens);
            let ended = tokio::select! {
                biased;
                () = of.died() => Ended::Died,
                ended = program(run, environment, wall, remote, calls) => ended,
            };
            machine.bury(&of);
            if of.is_dead() { Ended::Died } else { ended }
        };
        (process, future)
    }

    fn after(&mut self, run: &Run, process: &Process, ended: &Ended) -> Result<(), String> {
        self.summary.deaths += usize::from(*ended == Ended::Died);
        let effects = process.effects();
        self.say(format!("{run:?}\n            {ended:?} after {effects} effects"));
        if *ended != Ended::Died && run.full.is_empty() {
            self.account.knows_dead_uploads(process.id);
        }
        let spent = self.account.spent_by(process.id);
        match run.budget.filter(|budget| spent > *budget) {
            Some(budget) => Err(format!("{spent} were spent over a budget of {budget}")),
            None => Ok(()),
        }
    }
}

impl Run {
    fn allowed(&self) -> Allowed {
        let is_undisturbed = self.full.is_empty();
        Allowed {
            tasks: self.concurrency,
            failures: self.retry_failed as usize,
            lock: is_undisturbed.then(|| format!("{}/storyboard.lock", self.clone)),
        }
    }
}

impl Weather {
    pub const CLEAR: Weather = Weather { faults: 0, failures: 0, decodable: false };
}

pub fn options(clone: &str, run: &Run) -> Options {
    Options {
        storyboard: Path::new(clone).join("storyboard.yaml"),
        build_dir: Some(PathBuf::from(clone).join("build")),
        budget: run.budget,
        selection: Selection {
            scenes: run.reroll.iter().map(|(scene, _)| scene.clone()).collect(),
            ..Selection::default()
        },
        reroll: run.reroll.as_ref().map(|(_, count)| Rolls { count: *count, seed: None }),
        api: Some(run.api),
        retry_failed: run.retry_failed,
        concurrency: Some(run.concurrency),
        fail_fast: run.fail_fast,
        webhooks: run.webhooks.then(|| Webhooks {
            listen: String::new(),
            url: PUBLIC_URL.parse().expect("a public URL"),
            wait: None,
        }),
        ..Options::default()
    }
}

/// What the command line does for a build.
async fn program(
    run: Run,
    environment: Environment,
    wall: Wall,
    remote: Remote,
    (hooks, process, tokens): (Hooks, Arc<Process>, fastrand::Rng),
) -> Ended {
    let options = options(run.clone, &run);
    if unchanged(&options, &environment).is_some() {
        return Ended::UpToDate;
    }
    let opened =
        Session::open(options, environment, wall.clock(), SessionAccess::ReadWrite, &mut |_| {});
    let refused = |refusal: kling_build::runner::Refusal| {
        Ended::Refused(refusal.diagnostics.first().map_or(String::new(), |d| d.message.clone()))
    };
    let session = match opened {
        Ok(session) => session,
        Err(refusal) => return refused(refusal),
    };
    if let Err(refusal) = session.refuse_over_budget() {
        return refused(refusal);
    }
    let (_listens, callbacks) = run.webhooks.then(|| hooks.listen(process.id, tokens)).unzip();
    let (sender, mut interrupts) = tokio::sync::mpsc::unbounded_channel();
    let disturbed = async {
        let interrupt = async {
            match run.interrupt_after {
                Some((first, second)) => {
                    sleep(first).await;
                    process.interrupt(wall.elapsed());
                    let _ = sender.send(());
                    sleep(second).await;
                    let _ = sender.send(());
                }
                None => std::future::pending().await,
            }
        };
        let jump = async {
            if let Some((after, skew)) = run.clock_jump {
                sleep(after).await;
                wall.set_skew(skew);
            }
        };
        tokio::join!(interrupt, jump);
        std::future::pending::<()>().await;
    };
    let mut quiet = Quiet;
    let provider = Arc::new(remote);
    tokio::select! {
        biased;
        built = session.build(Some(provider), callbacks, &mut quiet, &mut interrupts) => match built {
            Ok(summary) => Ended::Built(summary.outcome()),
            Err(refusal) => refused(refusal),
        },
        () = disturbed => unreachable!("it never ends"),
    }
}

/// Reports nothing.
struct Quiet;

impl Reporter for Quiet {
    fn tell(&mut self, _: &BuildEvent) {}
}
