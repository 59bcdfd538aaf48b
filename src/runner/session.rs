//! The session: one command's view of a storyboard. Load → resolve → plan; then drive → publish.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::mpsc::UnboundedReceiver;

use super::clock::Clock;
use super::drive::drive;
use super::exit::{Exit, Refusal};
use super::knowledge::StoreKnowledge;
use super::outcome::summary;
use super::publish::publish;
use super::take::Take;
use super::teller::Teller;
use super::workshop::Workshop;
use super::{inputs, lock_file, storyboard_file};
use crate::base::{Credits, Diagnostic, Moment, SceneId, Source, TaskId};
use crate::catalog::Catalog;
use crate::engine::{End, Engine, Failing, Job, Settings, Start};
use crate::media::animatic::{Fonts, RENDERER};
use crate::plan::{Action, Family, Link, Lock, Maker, Plan, Project, Reason, Wishes, select};
use crate::provider::kie::{ConfigError, KieConfig, KieProvider};
use crate::provider::{PreviewProvider, Provider};
use crate::report::{BuildEvent, EVENTS_VERSION, Reporter, Summary};
use crate::store::{Claim, Claims, Home, Ledger, LedgerRow, Objects, Stamp};
use crate::storyboard::{Overrides, Seed, read};

/// Where a preview keeps its own store, inside its build directory.
const PREVIEW_STORE: &str = ".store";
/// A task that is silent for this long is left to the next run: five times what the slowest
/// models usually need, and at least half an hour.
const TASK_MAX_MIN: Duration = Duration::from_secs(30 * 60);
const TASK_MAX_TIMES: u32 = 5;
/// How often a storyboard that another process builds is looked at.
const CLAIM_WAIT: Duration = Duration::from_millis(300);

/// What the command line asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The storyboard's path.
    pub storyboard: PathBuf,
    /// The chosen scenes; none means all.
    pub scenes: Vec<String>,
    /// Whether the embedded preview makes the takes.
    pub preview: bool,
    /// Where the videos go; `build` beside the storyboard if not given.
    pub build_dir: Option<PathBuf>,
    /// Takes at the provider at once; never more than the provider allows.
    pub concurrency: Option<usize>,
    /// The most credits that this build may cost.
    pub budget: Option<Credits>,
    /// Scenes to be made again although there is a take.
    pub force: Vec<String>,
    /// Whether the first failure stops further submits.
    pub fail_fast: bool,
    /// How many failed attempts may be paid again.
    pub retry_failed: u32,
    /// Seconds between two polls of a task.
    pub poll_interval: Option<Duration>,
    /// `--var` pairs.
    pub vars: Vec<(String, String)>,
    /// `--vars` files.
    pub vars_files: Vec<PathBuf>,
}

/// What the environment gives.
#[derive(Clone, Default)]
pub struct Environment {
    /// The user's store.
    pub home: Option<Home>,
    /// The API key.
    pub key: Option<SecretString>,
    /// Where the API is, if not at its own address.
    pub api_base: Option<String>,
    /// Where uploads go, if not to their own address.
    pub upload_base: Option<String>,
}

/// Whether a session may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// It only looks: nothing is written anywhere.
    No,
    /// It builds.
    Yes,
}

/// One command's view of a storyboard.
pub struct Session {
    /// The storyboard as the user named it.
    pub storyboard: PathBuf,
    /// All that the plan is made from.
    pub project: Project,
    /// What a build would do.
    pub plan: Plan,
    /// What is doubtful in the storyboard.
    pub warnings: Vec<Diagnostic>,
    /// Where the videos go.
    pub build_dir: PathBuf,
    pub(super) knowledge: StoreKnowledge,
    pub(super) lock_path: Option<PathBuf>,
    pub(super) lock_text: Option<String>,
    pub(super) storyboard_stamp: Option<(PathBuf, Stamp)>,
    pub(super) options: Options,
    pub(super) environment: Environment,
    folder: PathBuf,
    ledger_name: String,
    claims: Claims,
    home: Home,
    clock: Clock,
    _claim: Option<Claim>,
}

impl Options {
    /// Where the videos go, previews in a folder of their own.
    pub fn output_dir(&self) -> PathBuf {
        let beside = || {
            let folder = inputs::folder_of(&self.storyboard);
            folder.strip_prefix(".").unwrap_or(&folder).join("build")
        };
        let mut folder = self.build_dir.clone().unwrap_or_else(beside);
        if self.preview {
            folder.push("preview");
        }
        folder
    }
}

impl Session {
    /// Loads, resolves and plans. `waiting` is told who else builds this storyboard.
    ///
    /// # Errors
    /// Everything that is wrong with the storyboard and its files, at once.
    pub fn open(
        options: Options,
        environment: Environment,
        clock: Clock,
        writes: Writes,
        waiting: &mut dyn FnMut(&str),
    ) -> Result<Session, Refusal> {
        let storyboard = options.storyboard.clone();
        let name = storyboard.display().to_string();
        // The stamp comes first: a storyboard that is saved meanwhile has another one.
        let storyboard_stamp = Stamp::of(&storyboard).ok().map(|stamp| (storyboard.clone(), stamp));
        let bytes = storyboard_file::read_bytes(&storyboard).map_err(Refusal::usage)?;
        let reading = read(&name, &bytes, &overrides(&options)?);
        let mut diagnostics = reading.diagnostics;
        let Some(film) = reading.film else {
            return Err(Refusal { exit: Exit::Usage, diagnostics });
        };

        let folder = inputs::folder_of(&storyboard);
        let build_dir = options.output_dir();
        let maker = maker(&options, &environment)?;
        let home = match maker {
            Maker::Preview(_) => Home::at(build_dir.join(PREVIEW_STORE)),
            Maker::Kling | Maker::Rehearsal => environment.home.clone().ok_or_else(no_home)?,
        };
        let ledger_name = fs::canonicalize(&storyboard)
            .map_or_else(|_| name.clone(), |path| path.display().to_string());
        let claims = Claims::at(home.claims());
        let ledger = open_ledger(&home, writes)?;
        let (inputs, mistakes) = inputs::gather(&film, &folder, &ledger, writes == Writes::Yes);
        diagnostics.extend(mistakes);
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(Refusal { exit: Exit::Usage, diagnostics });
        }

        let claim = match writes {
            Writes::Yes => Some(claim_storyboard(&claims, &ledger_name, &clock, waiting)?),
            Writes::No => None,
        };
        let lock_path = match maker {
            Maker::Preview(_) => None,
            Maker::Kling | Maker::Rehearsal => Some(lock_file::path_of(&storyboard)),
        };
        let (lock, lock_text) = match &lock_path {
            Some(path) => lock_file::read(path)?,
            None => (Lock::default(), None),
        };
        if maker == Maker::Rehearsal && writes == Writes::Yes {
            refuse_to_rehearse_over_paid(&lock, lock_path.as_deref())?;
        }

        let wishes = Wishes {
            maker,
            now: clock(),
            retry_failed: options.retry_failed,
            forced: BTreeSet::new(),
            random_seeds: random_seeds(&film, &ledger, &ledger_name),
        };
        let mut project = Project::new(film, inputs, lock, wishes);
        let refuse = |diagnostics| Refusal { exit: Exit::Usage, diagnostics };
        let chosen = select(&project.film, &project.graph, &options.scenes).map_err(refuse)?;
        if !options.force.is_empty() {
            let forced = select(&project.film, &project.graph, &options.force).map_err(refuse)?;
            project.wishes.forced =
                forced.into_iter().map(|at| project.scene(at).id.clone()).collect();
        }
        let knowledge = StoreKnowledge { ledger, objects: Objects::at(home.objects()) };
        let mut plan = Plan::make(&project, &chosen, &knowledge);
        plan.budget = plan.budget.into_iter().chain(options.budget).min();
        Ok(Session {
            storyboard,
            project,
            plan,
            warnings: diagnostics,
            build_dir,
            knowledge,
            lock_path,
            lock_text,
            storyboard_stamp,
            folder,
            ledger_name,
            claims,
            home,
            options,
            environment,
            clock,
            _claim: claim,
        })
    }

    /// The present, as this session sees it.
    pub fn now(&self) -> Moment {
        (self.clock)()
    }

    /// The folder that the storyboard's paths are relative to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The submissions of this storyboard whose end is not known.
    pub fn unsettled(&self) -> Result<Vec<LedgerRow>, Refusal> {
        self.knowledge.ledger.unsettled(&self.ledger_name).map_err(|error| {
            Refusal::machine("ledger", error, "see whether the disk is full or read-only")
        })
    }

    /// The ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.knowledge.ledger
    }

    /// Checks that the provider knows a task, before a doubt is settled with it.
    pub fn check_task(&self, task: &TaskId) -> Result<(), Refusal> {
        let provider = self.provider()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|error| Refusal::machine("runtime", error, "close some other programs"))?;
        runtime.block_on(provider.status(task)).map(|_| ()).map_err(|fault| {
            let what = format!("the provider does not confirm task `{task}`: {fault}");
            let fix = "copy the id from the provider's log page; nothing was changed";
            Refusal::usage(Diagnostic::error("unknown-task", what).fix(fix))
        })
    }

    /// Refuses a build that could cost more than its budget.
    pub fn refuse_over_budget(&self) -> Result<(), Refusal> {
        let cost = self.plan.credits_max();
        let Some(budget) = self.plan.budget.filter(|budget| cost > *budget) else {
            return Ok(());
        };
        let what = format!(
            "this build may cost {} ({}), over the budget of {budget}",
            cost.with_unit(),
            cost.dollars()
        );
        let name = self.storyboard.display();
        let scene = self.plan.takes.iter().find(|take| take.credits_max > Credits::ZERO);
        let less = scene.map_or_else(String::new, |take| {
            format!("build less (`kling-build {name} {}`), ", take.scene)
        });
        let raise = if self.project.film.budget == Some(budget) {
            "raise `budget`"
        } else {
            "raise `--budget`"
        };
        let mut reason = Diagnostic::error("over-budget", what)
            .fix(format!("{raise}, {less}or look first with `--preview`"));
        if self.project.film.budget == Some(budget)
            && let Some(place) = self.project.film.places.value(&["budget"])
        {
            reason = reason.at(place);
        }
        Err(Refusal::new(Exit::Decision, reason))
    }

    /// Refuses a build that would have to make anything: `--locked`, `--offline`.
    pub fn refuse_to_make(&self, flag: &str, allowed: &[Action]) -> Result<(), Refusal> {
        let mut to_make = self.plan.takes.iter().filter(|take| !allowed.contains(&take.action));
        let Some(first) = to_make.next() else { return Ok(()) };
        let more = match to_make.count() {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        let why: Vec<String> = first.reasons.iter().map(Reason::to_string).collect();
        let what = format!(
            "`{flag}` was given, but `{}`{more} would have to be made or downloaded",
            first.scene
        );
        let reason = Diagnostic::error("not-at-hand", what)
            .note(format!("{}: {}", first.scene, why.join(", ")))
            .fix("build without it, or restore the lock and storyboard that belong together");
        Err(Refusal::new(Exit::Decision, reason))
    }

    /// Who will make the takes.
    ///
    /// # Errors
    /// The key is missing though something has to be made, or an address is wrong.
    pub fn provider(&self) -> Result<Arc<dyn Provider>, Refusal> {
        if let Maker::Preview(_) = self.project.wishes.maker {
            let mut files = Vec::new();
            for path in &self.project.film.preview_fonts {
                let bytes = fs::read(self.folder.join(path)).map_err(|error| {
                    Refusal::usage(Diagnostic::error("font", format!("`{path}`: {error}")))
                })?;
                files.push(bytes);
            }
            let fonts = Fonts::with_files(files).map_err(|error| {
                let what = format!("a font of `preview.fonts` cannot be used: {error:#}");
                Refusal::usage(Diagnostic::error("font", what))
            })?;
            return Ok(Arc::new(PreviewProvider::new(fonts)));
        }
        let config = kie_config(&self.environment)?;
        match KieProvider::new(config) {
            Ok(provider) => Ok(Arc::new(provider)),
            Err(error) => Err(Refusal::machine("http", error, "check the system's certificates")),
        }
    }

    /// Makes what the plan says and publishes what there is. Where the plan is up to date, no
    /// provider is needed.
    pub async fn build(
        self,
        provider: Option<Arc<dyn Provider>>,
        reporter: &mut dyn Reporter,
        interrupts: &mut UnboundedReceiver<()>,
    ) -> Result<Summary, Refusal> {
        let begun = self.now();
        let mut engine = Engine::new(self.jobs(), self.settings(provider.as_deref(), begun));
        let shop = Arc::new(self.workshop(provider));
        reporter.tell(&self.started());
        let mut teller = Teller::new(reporter, &shop);
        drive(Arc::clone(&shop), &mut engine, &mut teller, interrupts).await;
        let artifacts = shop.takes.iter().map(|take| (take.position, take.artifact())).collect();
        let recipes = shop
            .takes
            .iter()
            .filter_map(|take| Some((take.position, take.work().recipe.clone()?)))
            .collect();
        let published = publish(&self, &artifacts, &recipes)?;
        published.events().iter().for_each(|event| reporter.tell(event));
        let summary = summary(&self, &engine, published, begun);
        reporter.tell(&summary.event());
        Ok(summary)
    }

    fn started(&self) -> BuildEvent {
        BuildEvent::BuildStarted {
            version: EVENTS_VERSION,
            storyboard: self.storyboard.display().to_string(),
            provider: self.project.wishes.maker.family(),
            takes: self.plan.takes.len(),
            credits_max: self.plan.credits_max(),
        }
    }

    fn settings(&self, provider: Option<&dyn Provider>, begun: Moment) -> Settings {
        let limits = &self.project.dialect().limits;
        let poll = match (self.project.wishes.maker, self.options.poll_interval) {
            // A preview is ready when it is asked for.
            (Maker::Preview(_), _) => (Duration::ZERO, Duration::ZERO),
            (_, Some(wait)) => (wait, wait),
            (_, None) => {
                let (shortest, longest) = limits.poll_seconds;
                (Duration::from_secs_f64(shortest), Duration::from_secs_f64(longest))
            }
        };
        let usual = |at: &usize| self.project.usual_time(*at, &self.knowledge);
        let slowest =
            self.plan.takes.iter().map(|take| usual(&take.position)).max().unwrap_or_default();
        let allowed = provider.map_or(1, Provider::slots);
        let slots = self.options.concurrency.unwrap_or(allowed).min(allowed);
        Settings {
            slots,
            budget: self.plan.budget,
            poll,
            task_max: (slowest * TASK_MAX_TIMES).max(TASK_MAX_MIN),
            fail_fast: self.options.fail_fast,
            seed: begun.millis() as u64,
        }
    }

    fn jobs(&self) -> Vec<Job> {
        let job_of = self.job_of();
        let seconds: Vec<u64> = (0..self.project.film.scenes.len())
            .map(|at| match job_of.get(&at).map(|job| self.plan.takes[*job].action) {
                None | Some(Action::Reuse) => 0,
                Some(_) => self.project.usual_time(at, &self.knowledge).as_secs(),
            })
            .collect();
        let seconds_left = self.project.graph.remaining_seconds(&seconds);
        self.plan
            .takes
            .iter()
            .map(|take| {
                let sources = self.project.graph.sources(take.position);
                Job {
                    start: start_of(take.action, &take.reasons),
                    sources: sources.iter().filter_map(|(at, _)| job_of.get(at).copied()).collect(),
                    seconds_left: seconds_left[take.position],
                }
            })
            .collect()
    }

    fn workshop(&self, provider: Option<Arc<dyn Provider>>) -> Workshop {
        let job_of = self.job_of();
        let takes = self.plan.takes.iter().map(|planned| {
            let frame_of = self
                .project
                .graph
                .sources(planned.position)
                .into_iter()
                .find(|(_, link)| *link == Link::Frame)
                .and_then(|(at, _)| job_of.get(&at).copied());
            Take::new(planned, frame_of, planned.action == Action::Reuse)
        });
        Workshop {
            takes: takes.collect(),
            project: self.project.clone(),
            storyboard: self.ledger_name.clone(),
            folder: self.folder.clone(),
            frames: self.frames(),
            knowledge: self.knowledge.clone(),
            claims: self.claims.clone(),
            provider,
            clock: Arc::clone(&self.clock),
            hosting: tokio::sync::Mutex::new(()),
        }
    }

    /// Where frames go that are fed to other scenes: where the storyboard's own public address
    /// reaches them if it has one, else out of the way.
    fn frames(&self) -> PathBuf {
        match self.project.film.hosting {
            Some(_) => self.build_dir.join("frames"),
            None => self.home.path().join("frames"),
        }
    }

    /// The job of each chosen scene, by position in film order.
    fn job_of(&self) -> BTreeMap<usize, usize> {
        self.plan.takes.iter().enumerate().map(|(job, take)| (take.position, job)).collect()
    }
}

/// Whether the plan leaves anything to do for a take. Doubts and failures are decided again when
/// the take's turn comes, so that the engine hears of them in one place only.
fn start_of(action: Action, reasons: &[Reason]) -> Start {
    match action {
        Action::Reuse => Start::Done,
        Action::Ask => match reasons.first() {
            Some(Reason::FailedBefore { failure }) => {
                Start::Ended(End::Failed(Failing::Before(failure.clone().into())))
            }
            Some(Reason::Doubt { sent_at }) => Start::Ended(End::InDoubt {
                sent_at: Some(*sent_at),
                detail: "no answer came to an earlier submission".into(),
            }),
            _ => Start::Work,
        },
        Action::Restore | Action::Resume | Action::Generate | Action::Wait => Start::Work,
    }
}

fn overrides(options: &Options) -> Result<Overrides, Refusal> {
    let mut files = Vec::new();
    for path in &options.vars_files {
        let bytes = storyboard_file::read_bytes(path).map_err(Refusal::usage)?;
        let text = String::from_utf8(bytes).map_err(|_| {
            let what = format!("`{}` is not UTF-8 text", path.display());
            Refusal::usage(Diagnostic::error("not-utf8", what).fix("save it as UTF-8"))
        })?;
        files.push(Source::new(path.display().to_string(), text));
    }
    Ok(Overrides { vars: options.vars.clone(), files })
}

fn maker(options: &Options, environment: &Environment) -> Result<Maker, Refusal> {
    if options.preview {
        return Ok(Maker::Preview(RENDERER));
    }
    match KieConfig::family_at(environment.api_base.as_deref()) {
        Ok(Family::KlingRehearsal) => Ok(Maker::Rehearsal),
        Ok(_) => Ok(Maker::Kling),
        Err(error) => Err(bad_address(error)),
    }
}

/// The remote provider's settings, from the environment.
pub(super) fn kie_config(environment: &Environment) -> Result<KieConfig, Refusal> {
    let key = environment.key.clone().ok_or_else(|| {
        let reason = Diagnostic::error("no-key", "there is no API key, and scenes have to be made")
            .note("`--preview` needs no key")
            .fix("set `KIE_API_KEY`, or name a file that holds the key with `--api-key-file`");
        Refusal::usage(reason)
    })?;
    let (api, upload) = (environment.api_base.as_deref(), environment.upload_base.as_deref());
    KieConfig::from_values(api, upload, &key).map_err(bad_address)
}

fn bad_address(error: ConfigError) -> Refusal {
    Refusal::usage(Diagnostic::error("bad-address", error.to_string()))
}

fn no_home() -> Refusal {
    let reason = Diagnostic::error("no-home", "there is no folder for the store")
        .fix("set `KLING_BUILD_HOME` to a folder that is kept: it holds what you paid for");
    Refusal::usage(reason)
}

fn open_ledger(home: &Home, writes: Writes) -> Result<Ledger, Refusal> {
    let path = home.ledger();
    let opened = match writes {
        Writes::No if !path.exists() => Ledger::in_memory(),
        _ => Ledger::open(&path),
    };
    opened.map_err(|error| {
        let what = format!("`{}`: {error}", path.display());
        Refusal::machine("ledger", what, "set `KLING_BUILD_HOME` to a folder you can write to")
    })
}

fn claim_storyboard(
    claims: &Claims,
    name: &str,
    clock: &Clock,
    waiting: &mut dyn FnMut(&str),
) -> Result<Claim, Refusal> {
    let claimed = format!("build-{}", crate::base::Digest::of(name.as_bytes()));
    let note = format!("process {} since {}", std::process::id(), clock().local_time());
    let mut told = false;
    loop {
        match claims.claim(&claimed, &note) {
            Ok(Ok(claim)) => return Ok(claim),
            Ok(Err(holder)) => {
                if !told {
                    waiting(&holder);
                    told = true;
                }
                std::thread::sleep(CLAIM_WAIT);
            }
            Err(error) => {
                let fix = "set `KLING_BUILD_HOME` to a folder you can write to";
                return Err(Refusal::machine("store", error, fix));
            }
        }
    }
}

fn random_seeds(
    film: &crate::storyboard::Film,
    ledger: &Ledger,
    storyboard: &str,
) -> BTreeMap<SceneId, u32> {
    let dialect = Catalog::embedded().dialect(film.api);
    let mut seeds = BTreeMap::new();
    for scene in &film.scenes {
        let range = dialect.model(scene.model.as_str()).and_then(|model| model.seeds);
        let random = scene.clip().is_some_and(|clip| clip.seed == Some(Seed::Random));
        if let (true, Some((first, last))) = (random, range) {
            // An interrupted build goes on with the seed it has paid for.
            let begun = ledger.unfinished_random_seed(storyboard, scene.id.as_str());
            let seed = begun.ok().flatten().unwrap_or_else(|| fastrand::u32(first..=last));
            seeds.insert(scene.id.clone(), seed);
        }
    }
    seeds
}

fn refuse_to_rehearse_over_paid(lock: &Lock, path: Option<&Path>) -> Result<(), Refusal> {
    let paid = lock.scenes.iter().find(|(_, take)| {
        take.recipe.get("provider").and_then(|family| family.as_str()) == Some("kling")
    });
    let Some((scene, _)) = paid else { return Ok(()) };
    let name = path.unwrap_or(Path::new("the lock")).display();
    let what = format!(
        "`{name}` holds paid takes (`{scene}` is one), and a rehearsal against a local server \
         would replace them"
    );
    let fix = "rehearse in a copy of the project (`git worktree add ../rehearsal`), or unset \
               `KIE_API_BASE`";
    Err(Refusal::new(Exit::Decision, Diagnostic::error("rehearsal-over-paid", what).fix(fix)))
}
