//! The build: turns a session's plan into jobs, jobs into takes, and publishes the takes.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::build_take::BuildTake;
use super::effects::{EffectPerformer, HostedInputs};
use super::event_loop::drive;
use super::listen::CallbackSetup;
use super::lock_updates::{LockUpdates, stored_takes};
use super::outcome::summary;
use super::progress_events::ProgressEvents;
use crate::base::{Moment, Token};
use crate::catalog::ModelId;
use crate::engine::{Engine, Halt, Job, Settings};
use crate::plan::{Action, ProviderChoice};
use crate::provider::{FilmBucket, Provider};
use crate::report::{BuildEvent, EVENTS_VERSION, Reporter, Summary};
use crate::runner::callbacks::CallbackChannel;
use crate::runner::exit::Refusal;
use crate::runner::publish::{Extent, publish, refuse_unfit_build_dir, remember_former_lock};
use crate::runner::session::up_to_date;
use crate::runner::session::{Session, refuse_unclear_renames};
use crate::runner::store_access::{StoreDoor, off_thread};
use crate::store::SharedDisk;

/// A task without an answer for this long is left to the next run: five times what the slowest
/// models usually need, and at least half an hour.
const TASK_MAX_MIN: Duration = Duration::from_secs(30 * 60);
const TASK_MAX_TIMES: u32 = 5;

/// How many new videos a build that was stopped still puts into the build directory: their posters
/// are drawn, and a stopped build must end soon.
const NEW_MAX_WHEN_STOPPED: usize = 20;

/// How much a build publishes.
fn extent(session: &Session, engine: &Engine) -> Extent {
    let is_new =
        |job: &usize| engine.state(*job).is_done() && !session.plan.takes[*job].action.is_reuse();
    let new = (0..session.plan.takes.len()).filter(is_new).count();
    match engine.halt() {
        Some(Halt::Interrupted) if new > NEW_MAX_WHEN_STOPPED => Extent::LockOnly,
        _ => Extent::Everything,
    }
}

impl Session {
    /// Makes what the plan lists and publishes the result. An up-to-date plan needs no provider.
    pub async fn build(
        self,
        provider: Option<Arc<dyn Provider>>,
        callback_setup: Option<CallbackSetup>,
        reporter: &mut dyn Reporter,
        interrupts: &mut UnboundedReceiver<()>,
    ) -> Result<Summary, Refusal> {
        let begun = self.now();
        self.refuse_unfit_inputs()?;
        refuse_unfit_build_dir(&self)?;
        refuse_unclear_renames(&self.project, &self.plan)?;
        self.make_reused_durable()?;
        remember_former_lock(&self)?;
        if !self.plan.is_up_to_date() {
            up_to_date::forget(&self);
        }
        let bucket = self.bucket()?;
        let hears = callback_setup.is_some();
        let doubts = if hears { self.hopeful_doubts() } else { BTreeMap::new() };
        let usual = self.usual_times();
        let slowest = usual.values().max().copied().unwrap_or_default();
        let draws = self.plan.takes.iter().any(|take| self.is_drawn(take));
        let drawing = draws.then(|| self.drawing_provider()).transpose()?;
        let maker = provider.as_deref().or(drawing.as_deref());
        let settings = self.settings(maker, hears, slowest, begun);
        let mut engine = Engine::new(self.jobs(&doubts, &usual), settings);
        reporter.tell(&self.started());
        if let Some(line) = callback_setup.as_ref().and_then(CallbackSetup::announcement) {
            reporter.say(&line);
        }
        let callbacks = callback_setup.as_ref().map(CallbackSetup::callbacks).cloned();
        let performer = Arc::new(self.performer(provider, drawing, callbacks, bucket));
        doubts.into_iter().for_each(|(job, (_, token))| performer.expect_call(job, token));
        let _listening = callback_setup.map(|setup| setup.attend(Arc::clone(&performer)));
        let mut progress = ProgressEvents::new(reporter, &performer);
        let session = Arc::new(self);
        let mut lock = LockUpdates::new(Arc::clone(&session), Arc::clone(&performer));
        drive(Arc::clone(&performer), &mut engine, &mut progress, &mut lock, interrupts).await;
        lock.finish().await;
        let stored = stored_takes(&performer, |_| true);
        let extent = extent(&session, &engine);
        let disk = SharedDisk::clone(&session.environment.disk);
        let publishing = off_thread(&disk, {
            let session = Arc::clone(&session);
            move || Ok(publish(&session, &stored, extent))
        });
        let published = publishing
            .await
            .map_err(|fault| Refusal::machine("publish", fault, "run again; nothing is lost"))??;
        published.events().iter().for_each(|event| reporter.tell(event));
        let summary = summary(&session, &engine, published, begun);
        reporter.tell(&summary.event());
        Ok(summary)
    }

    /// Makes sure that planned takes which no lock names yet survive a power cut, before one does.
    fn make_reused_durable(&self) -> Result<(), Refusal> {
        // A preview has no lock.
        if self.lock_path.is_none() {
            return Ok(());
        }
        for take in &self.plan.takes {
            let Action::Reuse(digest) = take.action else { continue };
            let locked = take.key.and_then(|key| self.project.locked_with(take.position, &key));
            if locked.is_none_or(|locked| locked.artifact != digest) {
                self.store.objects.make_durable(&digest).map_err(|error| {
                    Refusal::machine("store", error, "make the store writable and run again")
                })?;
            }
        }
        Ok(())
    }

    fn started(&self) -> BuildEvent {
        BuildEvent::BuildStarted {
            version: EVENTS_VERSION,
            storyboard: self.storyboard.display().to_string(),
            provider: self.project.options.provider.family(),
            scenes: self.plan.scenes().count(),
            takes: self.plan.takes.len(),
            credits_max: self.plan.credits_max(),
        }
    }

    /// The shortest and the longest wait between two polls of a task.
    fn poll_times(&self) -> (Duration, Duration) {
        let limits = &self.project.dialect().limits;
        match (self.project.options.provider, self.options.poll_interval) {
            // A preview is finished as soon as it is requested.
            (ProviderChoice::Preview(_), _) => (Duration::ZERO, Duration::ZERO),
            (ProviderChoice::Kling, Some(wait)) => {
                // The documentation names a pace that the account must keep.
                let wait = wait.max(Duration::from_secs_f64(limits.poll_seconds.0));
                (wait, wait)
            }
            (ProviderChoice::Rehearsal, Some(wait)) => (wait, wait),
            (_, None) => {
                let (shortest, longest) = limits.poll_seconds;
                (Duration::from_secs_f64(shortest), Duration::from_secs_f64(longest))
            }
        }
    }

    /// The settings of the engine; `slowest` is what the slowest model usually needs.
    fn settings(
        &self,
        provider: Option<&dyn Provider>,
        hears: bool,
        slowest: Duration,
        begun: Moment,
    ) -> Settings {
        let limits = &self.project.dialect().limits;
        let poll = self.poll_times();
        let allowed = provider.map_or(1, Provider::slots);
        let slots = self.options.concurrency.unwrap_or(allowed).min(allowed);
        Settings {
            slots,
            submits: match self.project.options.provider {
                ProviderChoice::Kling | ProviderChoice::Rehearsal => Some(limits.submits),
                ProviderChoice::Preview(_) => None,
            },
            budget: self.plan.budget,
            poll,
            callbacks: hears.then(|| self.callback_times(poll.0, slowest)).flatten(),
            task_max: (slowest * TASK_MAX_TIMES).max(TASK_MAX_MIN),
            fail_fast: self.options.fail_fast,
            seed: begun.millis() as u64,
        }
    }

    /// How long takes of each chosen scene's model usually need; asks the ledger once per model.
    fn usual_times(&self) -> HashMap<&ModelId, Duration> {
        let mut times = HashMap::new();
        for take in &self.plan.takes {
            times
                .entry(&self.project.scene(take.position).model)
                .or_insert_with(|| self.project.usual_time(take.position, &self.store));
        }
        times
    }

    fn jobs(
        &self,
        doubts: &BTreeMap<usize, (Moment, Token)>,
        usual: &HashMap<&ModelId, Duration>,
    ) -> Vec<Job> {
        let job_of = self.job_of();
        let seconds: Vec<u64> = (0..self.project.film.scenes.len())
            .map(|at| match job_of.get(&at).map(|job| &self.plan.takes[*job].action) {
                None | Some(Action::Reuse(_)) => 0,
                Some(_) => usual[&self.project.scene(at).model].as_secs(),
            })
            .collect();
        let seconds_left = self.project.graph.remaining_seconds(&seconds);
        self.plan
            .takes
            .iter()
            .enumerate()
            .map(|(job, take)| {
                let sources = self.project.graph.sources(take.position);
                Job {
                    action: take.action.clone(),
                    awaits_callback: doubts.contains_key(&job),
                    price: take.price,
                    sources: sources.iter().filter_map(|(at, _)| job_of.get(at).copied()).collect(),
                    seconds_left: seconds_left[take.position],
                }
            })
            .collect()
    }

    fn performer(
        &self,
        provider: Option<Arc<dyn Provider>>,
        drawing: Option<Arc<dyn Provider>>,
        callbacks: Option<CallbackChannel>,
        bucket: Option<FilmBucket>,
    ) -> EffectPerformer {
        let job_of = self.job_of();
        let takes = self.plan.takes.iter().map(|planned| {
            let sources = self.project.graph.take_sources(planned.position).into_iter();
            let sources = sources
                .filter_map(|at| Some((self.project.scene(at).id.clone(), *job_of.get(&at)?)));
            let artifact = planned.artifact.filter(|_| planned.action.is_reuse());
            let stored = artifact
                .map(|artifact| (artifact, self.store.objects.length(&artifact).unwrap_or(0)));
            BuildTake::new(planned, sources.collect(), stored)
        });
        let store = StoreDoor::new(self.store.clone());
        EffectPerformer {
            takes: takes.collect(),
            project: Arc::clone(&self.project),
            storyboard: self.ledger_name.clone(),
            folder: self.folder.clone(),
            facts: self.environment.home.clone(),
            frames: self.frames(),
            hosted: HostedInputs::new(store.clone(), Arc::clone(&self.clock)),
            store,
            bucket,
            provider,
            drawing,
            poll_pause: self.poll_times().0,
            callbacks,
            clock: Arc::clone(&self.clock),
            handled_keys: Mutex::default(),
        }
    }

    /// Where to write frames that other scenes use: where the storyboard's own public address
    /// reaches them if it has one, otherwise in a folder that the user does not look at.
    fn frames(&self) -> PathBuf {
        match self.project.film.base_url() {
            Some(_) => self.build_dir.join("frames"),
            None => self.home.path().join("frames"),
        }
    }

    /// The job of each chosen scene's own take, by position in film order.
    fn job_of(&self) -> BTreeMap<usize, usize> {
        let takes = self.plan.takes.iter().enumerate().filter(|(_, take)| take.roll.is_none());
        takes.map(|(job, take)| (take.position, job)).collect()
    }
}
