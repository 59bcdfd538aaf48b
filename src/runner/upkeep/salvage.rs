//! Salvage: downloads every video that the provider still has and that this ledger knows.
//!
//! It asks and downloads, which is free, and never submits. It does not need a storyboard: the
//! ledger says what each task was made from. Rehearsed and paid takes are never mixed: only the
//! tasks of the selected provider are asked about.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;

use crate::base::{Fault, FaultClass, Key, Moment, TaskId};
use crate::catalog::{Catalog, Dialect};
use crate::plan::{ProviderFamily, Recipe, SubmissionOutcome};
use crate::provider::{Order, Provider, TaskStatus};
use crate::report::{SalvageDoubt, SalvageEnd, SalvagedTask};
use crate::runner::exit::{Exit, Refusal};
use crate::runner::fetch::{PaidTask, api_of, deliver, enquire};
use crate::runner::options::{Clock, system_clock};
use crate::runner::options::{Environment, SessionAccess};
use crate::runner::session::remote_provider;
use crate::runner::store_access::{
    LocalStore, OpenStore, StoreDoor, claim_waiting, ledger_refusal, local,
};
use crate::store::{Claim, KnownTake, KnownTask, LedgerError};

/// How many videos are downloaded at once: enough to fill a line, few enough for the provider.
const AT_ONCE: usize = 4;
/// How often a task is asked about and its video downloaded before it is left to another run.
const TRIES: u32 = 3;
/// The wait before the second try; each further one is twice as long. A task must not be asked
/// about more often than this (`kling-api.md`, "Integration Notes").
const PAUSE: Duration = Duration::from_secs(3);
/// The longest wait, whatever the provider asks for.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// A salvage that is about to begin.
pub struct Salvage {
    store: StoreDoor,
    clock: Clock,
    provider: Arc<dyn Provider>,
    retention: Duration,
    /// Whether the provider cannot be reached or rejects the key, so that asking further is
    /// useless.
    stopped: AtomicBool,
}

/// The result of a salvage: what was downloaded, and what was not.
#[derive(Clone, Debug, Default)]
pub struct SalvageReport {
    /// The tasks that were asked about, in the order in which they ended.
    pub salvaged: Vec<SalvagedTask>,
    /// The tasks that were not asked about: the provider has deleted their videos by now.
    pub expired: Vec<SalvagedTask>,
    /// The requests that may have become tasks whose ids are unknown.
    pub doubts: Vec<SalvageDoubt>,
}

/// A task to ask about.
#[derive(Clone, Debug)]
struct SalvageTask {
    known: KnownTask,
    /// Whether a newer take has replaced it.
    replaced: bool,
}

/// What to do about a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SalvageStep {
    /// Its video is in the store, or was and a newer take has replaced it.
    Leave,
    /// Its video is older than the provider keeps videos.
    Expired,
    /// Ask the provider.
    Ask {
        /// Whether a newer take has replaced it.
        replaced: bool,
    },
}

impl SalvageReport {
    /// How a command with this result ends.
    pub fn exit(&self) -> Exit {
        let lost = |end: &SalvageEnd| {
            matches!(
                end,
                SalvageEnd::Odd { .. }
                    | SalvageEnd::Failed(_)
                    | SalvageEnd::Gone(_)
                    | SalvageEnd::Missed(_)
            )
        };
        if self.salvaged.iter().any(|salvaged| lost(&salvaged.end)) {
            Exit::Failed
        } else if !self.doubts.is_empty() {
            Exit::Decision
        } else {
            Exit::Done
        }
    }
}

impl Salvage {
    /// Opens the user's store and the connection to the provider; asks nothing yet.
    ///
    /// # Errors
    /// There is no folder for the store, no key, or the ledger cannot be used.
    pub fn open(environment: &Environment) -> Result<Salvage, Refusal> {
        let store = OpenStore::open(environment, system_clock(), SessionAccess::ReadWrite)?;
        let (catalog, api) = (Catalog::embedded(), environment.api.unwrap_or_default());
        Ok(Salvage::of(store, remote_provider(environment, catalog, api)?))
    }

    /// A salvage into this store, from this provider.
    pub fn of(store: OpenStore, provider: Arc<dyn Provider>) -> Salvage {
        let retention = Catalog::embedded().dialect(Dialect::default()).limits.retention();
        let OpenStore { store, clock, .. } = store;
        let store = StoreDoor::new(store);
        Salvage { store, clock, provider, retention, stopped: AtomicBool::new(false) }
    }

    /// Downloads what the provider still has; `report` is called for each task when it has ended.
    /// With `all`, also downloads what newer takes have replaced and what has probably expired.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn run(
        &self,
        all: bool,
        report: &mut dyn FnMut(&SalvagedTask),
    ) -> Result<SalvageReport, Refusal> {
        let note = format!("process {}, a salvage", std::process::id());
        let name = format!("salvage-{}", std::process::id());
        // `store gc` must not remove what is being downloaded.
        let (family, retention, now) = (self.provider.family(), self.retention, (self.clock)());
        let begin = move |store: &LocalStore| {
            let working = claim_waiting(&store.claims, &name, &note, &mut |_| {})?;
            let found = survey(store, family, retention, now, all).map_err(ledger_refusal)?;
            Ok::<_, Refusal>((working, found))
        };
        let begun = self.store.run(move |store| Ok(begin(store))).await;
        let broken = |fault| Refusal::machine("salvage", fault, "run it again: nothing is lost");
        let (_working, (wanted, mut haul)) = begun.map_err(broken)??;
        let mut ends =
            stream::iter(wanted).map(|tasks| self.bring(tasks)).buffer_unordered(AT_ONCE);
        while let Some(salvaged) = ends.next().await {
            salvaged.iter().for_each(&mut *report);
            haul.salvaged.extend(salvaged);
        }
        drop(ends);
        Ok(haul)
    }

    /// Downloads the tasks of one key. The key is claimed until they are recorded: a build that
    /// needs it waits for them.
    async fn bring(&self, tasks: Vec<SalvageTask>) -> Vec<SalvagedTask> {
        let claim = match tasks.first() {
            Some(first) => self.claim(&first.known).await,
            None => return Vec::new(),
        };
        let mut brought = Vec::new();
        for wanted in &tasks {
            let end = match &claim {
                Ok(Ok(_)) => self.bring_one(wanted).await,
                Ok(Err(holder)) => Ok(SalvageEnd::Elsewhere(holder.clone())),
                Err(fault) => Err(fault.clone()),
            };
            let end = end.unwrap_or_else(|fault| {
                if matches!(
                    fault.class,
                    FaultClass::Unauthorized | FaultClass::NotSent | FaultClass::Untrusted
                ) {
                    self.stopped.store(true, Ordering::Relaxed);
                }
                SalvageEnd::Missed(fault.to_string())
            });
            brought.push(told_of(&wanted.known, end));
        }
        brought
    }

    async fn bring_one(&self, wanted: &SalvageTask) -> Result<SalvageEnd, Fault> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            if self.stopped.load(Ordering::Relaxed) {
                let why = "not asked: the provider could not be reached earlier";
                return Ok(SalvageEnd::Missed(why.into()));
            }
            match self.try_once(wanted).await {
                Err(fault) if may_pass(&fault) => {
                    let wait = fault.retry_after.unwrap_or(pause).clamp(PAUSE, PAUSE_MAX);
                    tokio::time::sleep(wait).await;
                    pause *= 2;
                }
                end => return end,
            }
        }
        self.try_once(wanted).await
    }

    async fn claim(&self, known: &KnownTask) -> Result<Result<Claim, String>, Fault> {
        let key = known.key.to_string();
        let note = format!("process {}, salvage of {}", std::process::id(), known.scene);
        self.store.run(move |store| store.claims.claim(&key, &note).map_err(local)).await
    }

    async fn try_once(&self, wanted: &SalvageTask) -> Result<SalvageEnd, Fault> {
        let known = &wanted.known;
        let provider = &*self.provider;
        let now = (self.clock)();
        let (task, when) = (&known.task, (now, PAUSE));
        let made = (task, api_of(&self.store, task).await?);
        let status = enquire(provider, &self.store, made, self.retention, when).await?;
        let result = match status {
            TaskStatus::Generating => return Ok(SalvageEnd::Generating),
            TaskStatus::Failed(fault) if fault.class == FaultClass::NotFound => {
                return Ok(SalvageEnd::Gone(fault.to_string()));
            }
            TaskStatus::Failed(fault) => return Ok(SalvageEnd::Failed(fault.to_string())),
            TaskStatus::Succeeded(result) => result,
        };
        let recipe = Recipe::of_listing(&known.recipe).ok_or_else(|| {
            local("the ledger does not record its recipe; build its film to fetch it")
        })?;
        let order = Order { recipe, inputs: BTreeMap::new(), callback: None };
        let paid = PaidTask { task: known.task.clone(), key: known.key, now };
        let take = deliver(provider, &self.store, &order, &result, paid).await?;
        self.record(wanted.clone(), take).await
    }

    /// Records a downloaded video as its key's take, unless it is another than this store had or a
    /// newer take has replaced it.
    async fn record(&self, wanted: SalvageTask, take: KnownTake) -> Result<SalvageEnd, Fault> {
        let now = (self.clock)();
        let record = move |store: &LocalStore| {
            let SalvageTask { known, replaced } = wanted;
            let (ledger, digest, bytes) = (&store.ledger, take.digest, take.bytes);
            let before = known.videos.last().map(|(before, _)| *before);
            let other = before.filter(|before| *before != digest).map(|before| {
                let (before, digest) = (before.short(), digest.short());
                format!("the provider's video is {digest}, but this store had {before}")
            });
            if let Some(how) = other {
                ledger.keep(&known.key, &take, now).map_err(local)?;
                return Ok(SalvageEnd::Odd { how, path: store.objects.path(&digest) });
            }
            match replaced {
                true => ledger.keep(&known.key, &take, now).map_err(local)?,
                false => ledger.store(&known.key, &take, now).map_err(local)?,
            }
            Ok(SalvageEnd::Stored { bytes })
        };
        self.store.run(record).await
    }
}

/// The tasks to ask about, grouped by key, and the results that are known without asking.
fn survey(
    store: &LocalStore,
    family: ProviderFamily,
    retention: Duration,
    now: Moment,
    all: bool,
) -> Result<(Vec<Vec<SalvageTask>>, SalvageReport), LedgerError> {
    let ledger = &store.ledger;
    let family = family.as_str();
    let tasks = ledger.tasks(family)?;
    let order: HashMap<TaskId, usize> =
        tasks.iter().enumerate().map(|(at, known)| (known.task.clone(), at)).collect();
    let (mut wanted, mut haul) =
        (BTreeMap::<Key, Vec<SalvageTask>>::new(), SalvageReport::default());
    for known in tasks {
        match choose(store, &known, &order, retention, now, all) {
            SalvageStep::Leave => {}
            SalvageStep::Expired => haul.expired.push(told_of(&known, SalvageEnd::Generating)),
            SalvageStep::Ask { replaced } => {
                wanted.entry(known.key).or_default().push(SalvageTask { known, replaced });
            }
        }
    }
    haul.doubts = ledger
        .doubts(family)?
        .into_iter()
        .map(|row| SalvageDoubt {
            scene: row.scene,
            storyboard: row.storyboard,
            sent_at: row.submission.intended_at,
        })
        .collect();
    Ok((wanted.into_values().collect(), haul))
}

fn choose(
    store: &LocalStore,
    known: &KnownTask,
    order: &HashMap<TaskId, usize>,
    retention: Duration,
    now: Moment,
    all: bool,
) -> SalvageStep {
    let objects = &store.objects;
    if known.videos.iter().any(|(digest, bytes)| objects.holds(digest, *bytes)) {
        return SalvageStep::Leave;
    }
    let taken_over = known.take.as_ref().and_then(|take| order.get(&take.task));
    let replaced = taken_over > order.get(&known.task);
    match &known.submission.outcome {
        SubmissionOutcome::Finished { .. } if replaced && !all => SalvageStep::Leave,
        SubmissionOutcome::Finished { at, .. } if now.since(*at) > retention && !all => {
            SalvageStep::Expired
        }
        _ => SalvageStep::Ask { replaced },
    }
}

/// Whether asking again at once may help.
fn may_pass(fault: &Fault) -> bool {
    use FaultClass::{Broken, Busy, NotSent, Transient};
    matches!(fault.class, Busy | NotSent | Transient | Broken)
}

fn told_of(known: &KnownTask, end: SalvageEnd) -> SalvagedTask {
    SalvagedTask {
        scene: known.scene.clone(),
        storyboard: known.storyboard.clone(),
        task: known.task.clone(),
        credits_max: known.credits_max,
        end,
    }
}
