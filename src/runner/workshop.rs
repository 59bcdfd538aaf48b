//! The workshop: performs the engine's effects, one function each.
//!
//! The money rule lives in [`Workshop::submit`]: the intent is in the ledger before the request
//! leaves, and the task id is in the ledger before anybody hears of it.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::clock::Clock;
use super::knowledge::StoreKnowledge;
use super::take::Take;
use super::video_check::{Expected, check};
use crate::base::{Digest, Key, SceneId, TaskId};
use crate::catalog::ImageFormat;
use crate::engine::{End, Event, Failing, Fault, FaultClass, Resolution, Seen};
use crate::media::{frame, to_png};
use crate::plan::{Failure, Input, Project, Verdict};
use crate::provider::kie::public_url;
use crate::provider::{Asset, LocalFile, Order, Provider, TaskResult, TaskStatus};
use crate::store::{
    Claims, Intent, IntentNote, KnownTake, NewSubmission, digest_of, write_atomically,
};
use crate::storyboard::{FrameAt, ImageSource, Seed, VoiceSource};

/// For how long a hosted file is believed to be there. The upload service keeps files for three
/// days on most of its pages and for 24 hours on the newest (`kie-jobs-api.md` 4): an hour less
/// than the shorter, and half of that again for takes that wait for their slot.
const HOSTED_MAX: Duration = Duration::from_secs(11 * 60 * 60);
/// How often the ledger is asked again to take a task id that must not be lost.
const ACCEPT_TRIES: u32 = 5;

/// All that effects need.
pub struct Workshop {
    /// What is built.
    pub project: Project,
    /// The storyboard's path, as the ledger names it.
    pub storyboard: String,
    /// The folder that the storyboard's paths are relative to.
    pub folder: PathBuf,
    /// Where frames go that are fed to other scenes, relative to that folder where it lies inside.
    pub frames: PathBuf,
    /// The ledger and the artifacts.
    pub knowledge: StoreKnowledge,
    /// Who makes what.
    pub claims: Claims,
    /// Who makes the takes, if any have to be made.
    pub provider: Option<Arc<dyn Provider>>,
    /// The present.
    pub clock: Clock,
    /// The takes, by job index.
    pub takes: Vec<Take>,
    /// The keys that this build has dealt with, for two scenes may have one.
    pub met: Mutex<HashSet<Key>>,
    /// One upload at a time, so that takes with one image upload it once.
    pub hosting: tokio::sync::Mutex<()>,
}

impl Workshop {
    /// Works out a take's recipe and what to do about it.
    pub async fn resolve(self: Arc<Self>, job: usize) -> Event {
        let shop = Arc::clone(&self);
        let answer = blocking(move || shop.resolve_now(job)).await;
        Event::Resolved(job, answer)
    }

    fn resolve_now(&self, job: usize) -> Result<Resolution, Fault> {
        let take = &self.takes[job];
        let frame_of = take.frame_of.and_then(|source| self.takes[source].artifact());
        let recipe = self.project.recipe(take.position, frame_of).ok_or_else(|| {
            Fault::new(FaultClass::Local, "the take whose frame it shows is not there")
        })?;
        let key = recipe.key();
        take.work().recipe = Some((recipe, key));
        if let Verdict::Reuse(digest) = self.verdict(take, &key).0 {
            take.work().artifact = Some(digest);
            return Ok(Resolution::Reuse);
        }
        let note = format!("process {}, scene {}", std::process::id(), self.scene(take));
        match self.claims.claim(&key.to_string(), &note).map_err(local)? {
            Ok(claim) => take.work().claim = Some(claim),
            Err(_) => return Ok(Resolution::Elsewhere),
        }
        // Whoever held the claim may have had it made meanwhile.
        let (verdict, known) = self.verdict(take, &key);
        take.work().locked = known;
        self.met.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        Ok(match verdict {
            Verdict::Reuse(digest) => {
                take.work().artifact = Some(digest);
                Resolution::Reuse
            }
            Verdict::Restore { task, .. } => Resolution::Restore(task),
            Verdict::Resume(task) => Resolution::Resume(task),
            Verdict::Generate(_) => Resolution::Generate(self.project.price(take.position)),
            Verdict::AskDoubt { sent_at } => Resolution::Ask(End::InDoubt {
                sent_at: Some(sent_at),
                detail: "no answer came to an earlier submission".into(),
            }),
            Verdict::AskFailed(failure) => {
                Resolution::Ask(End::Failed(Failing::Before(failure.into())))
            }
        })
    }

    fn verdict(&self, take: &Take, key: &Key) -> (Verdict, Option<Digest>) {
        let evidence = self.project.evidence(take.position, key, &self.knowledge);
        let verdict = match self.met.lock().unwrap_or_else(PoisonError::into_inner).contains(key) {
            true => self.project.verdict_again(take.position, &evidence),
            false => self.project.verdict(take.position, &evidence),
        };
        let known = match &verdict {
            Verdict::Restore { task, .. } => evidence.digest_by(task),
            _ => None,
        };
        (verdict, known)
    }

    /// Brings a take's inputs to where the provider can get them.
    pub async fn prepare(self: Arc<Self>, job: usize) -> Event {
        Event::Prepared(job, self.prepare_now(job).await)
    }

    async fn prepare_now(self: &Arc<Self>, job: usize) -> Result<(), Fault> {
        let take = &self.takes[job];
        let recipe = take.recipe().0;
        let scene = self.project.scene(take.position);
        let image = match (&recipe.image, scene.image()) {
            (Some(Input::Frame(artifact, at)), _) => {
                let shop = Arc::clone(self);
                let (artifact, at) = (*artifact, *at);
                let file = blocking(move || shop.frame_file(artifact, at)).await?;
                Some(self.reachable(file).await?)
            }
            (Some(Input::File(digest)), Some(ImageSource::File(path))) => {
                Some(self.reachable(self.local_file(path, *digest).await?).await?)
            }
            (Some(Input::Url(url, _)), _) => Some(Asset::Url(url.clone())),
            _ => None,
        };
        let voice = match (&recipe.voice, scene.voice()) {
            (Some(Input::File(digest)), Some(VoiceSource::File(path))) => {
                Some(self.reachable(self.local_file(path, *digest).await?).await?)
            }
            (Some(Input::Url(url, _)), _) => Some(Asset::Url(url.clone())),
            _ => None,
        };
        take.work().order = Some(Order { recipe, image, voice });
        Ok(())
    }

    /// An input of the film, if it still has the bytes that the plan was made with: a take of other
    /// bytes would be known by the wrong key for ever.
    async fn local_file(&self, path: &str, digest: Digest) -> Result<LocalFile, Fault> {
        let facts = self.project.inputs.get(path).expect("inputs are gathered before planning");
        let file = self.folder.join(path);
        let read = file.clone();
        if blocking(move || digest_of(&read).map_err(local)).await? != digest {
            let what = format!("`{path}` was changed while the film was built; run again");
            return Err(Fault::new(FaultClass::Local, what));
        }
        let (media_type, extension) = (facts.media_type, facts.extension);
        Ok(LocalFile { path: file, digest, media_type, extension })
    }

    /// Writes a frame of an artifact to a file named by what it is, once.
    fn frame_file(&self, artifact: Digest, at: FrameAt) -> Result<LocalFile, Fault> {
        let path = self.frames.join(format!("{}-{at}.png", artifact.short()));
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(_) => {
                let video = self.knowledge.objects.path(&artifact);
                let picture = frame::extract(&video, at).map_err(local)?;
                let bytes = to_png(&picture).map_err(local)?;
                write_atomically(&path, &bytes).map_err(local)?;
                bytes
            }
        };
        Ok(LocalFile {
            path,
            digest: Digest::of(&bytes),
            media_type: ImageFormat::Png.media_type(),
            extension: ImageFormat::Png.extension(),
        })
    }

    /// Makes a local file reachable for the provider: as it is, under the storyboard's own public
    /// address, or hosted, once for each content while that lives.
    async fn reachable(&self, file: LocalFile) -> Result<Asset, Fault> {
        if !self.provider().needs_hosting() {
            return Ok(Asset::File(file.path));
        }
        let fault = |what: String| Fault::new(FaultClass::Local, what);
        if let Some(hosting) = &self.project.film.hosting {
            let inside = file.path.strip_prefix(&self.folder).map_err(|_| {
                let path = file.path.display();
                fault(format!(
                    "`{path}` lies outside the storyboard's folder, so that `hosting.base_url` \
                     does not reach it; keep the build directory inside"
                ))
            })?;
            let parts: Vec<String> =
                inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            return public_url(&hosting.base_url, &parts.join("/"))
                .map(Asset::Url)
                .map_err(|error| fault(error.to_string()));
        }
        let _one_at_a_time = self.hosting.lock().await;
        let ledger = &self.knowledge.ledger;
        let host = self.provider().host_name();
        let now = (self.clock)();
        if let Some((url, hosted_at)) = ledger.hosted(&file.digest, &host).map_err(local)?
            && now.since(hosted_at) < HOSTED_MAX
        {
            return Ok(Asset::Url(url));
        }
        let url = self.provider().host(&file).await?;
        ledger.remember_hosted(&file.digest, &host, &url, now).map_err(local)?;
        Ok(Asset::Url(url))
    }

    /// Records the intent, sends the request, records the answer. Never dropped half-way by the
    /// runner; if the process dies in it, the intent is found in doubt.
    pub async fn submit(self: Arc<Self>, job: usize) -> Event {
        Event::Submitted(job, self.submit_now(job).await)
    }

    async fn submit_now(self: &Arc<Self>, job: usize) -> Result<TaskId, Fault> {
        let order =
            self.takes[job].work().order.clone().expect("the engine prepares before it submits");
        let shop = Arc::clone(self);
        let intent = blocking(move || shop.intend(job)).await?;
        let answer = self.provider().submit(&order).await;
        let shop = Arc::clone(self);
        blocking(move || shop.record(&intent, answer)).await
    }

    fn intend(&self, job: usize) -> Result<Intent, Fault> {
        let take = &self.takes[job];
        let (recipe, key) = take.recipe();
        let scene = self.project.scene(take.position);
        let listing = serde_json::Value::Object(recipe.listing()).to_string();
        let new = NewSubmission {
            key,
            family: recipe.family.as_str(),
            storyboard: &self.storyboard,
            scene: scene.id.as_str(),
            model: recipe.model.as_str(),
            seed: recipe.seed,
            random_seed: scene.clip().is_some_and(|clip| clip.seed == Some(Seed::Random)),
            credits_max: self.project.price(take.position),
            recipe: &listing,
        };
        let work = take.work();
        let claim = work.claim.as_ref().expect("a take is claimed before it is made");
        self.knowledge.ledger.intend(claim, &new, (self.clock)()).map_err(local)
    }

    fn record(&self, intent: &Intent, answer: Result<TaskId, Fault>) -> Result<TaskId, Fault> {
        let ledger = &self.knowledge.ledger;
        match answer {
            Ok(task) => {
                let mut result = ledger.accept(intent, &task, (self.clock)());
                for _ in 1..ACCEPT_TRIES {
                    if result.is_ok() {
                        break;
                    }
                    result = ledger.accept(intent, &task, (self.clock)());
                }
                // Should the ledger refuse for good, the task id must reach the user at least.
                result.map(|()| task.clone()).map_err(|error| {
                    let what = format!("the provider took it as task {task}, but {error}");
                    Fault::new(FaultClass::Doubt, what)
                })
            }
            Err(fault) => {
                let failure = Failure::from(&fault);
                let note = match fault.class {
                    FaultClass::InvalidPrompt
                    | FaultClass::InvalidImage
                    | FaultClass::InvalidParameters => IntentNote::Refused(&failure),
                    FaultClass::Busy
                    | FaultClass::NotSent
                    | FaultClass::InsufficientCredits
                    | FaultClass::Unauthorized
                    | FaultClass::Local => IntentNote::NotAccepted(&failure),
                    _ => IntentNote::Doubt(&failure),
                };
                // An intent without a note is in doubt, which is the safe reading of a failure here.
                if let Err(error) = ledger.note(intent, note, (self.clock)()) {
                    tracing::error!(%error, "the provider's refusal could not be recorded");
                }
                Err(fault)
            }
        }
    }

    /// Asks how a take's task is doing, and records an end.
    pub async fn poll(self: Arc<Self>, job: usize, task: TaskId) -> Event {
        Event::Polled(job, self.poll_now(job, &task).await)
    }

    async fn poll_now(self: &Arc<Self>, job: usize, task: &TaskId) -> Result<Seen, Fault> {
        let status = match self.provider().status(task).await {
            Err(fault) if fault.class == FaultClass::NotFound => {
                let (shop, task) = (Arc::clone(self), task.clone());
                blocking(move || shop.forgotten(&task, fault)).await?
            }
            status => status?,
        };
        let shop = Arc::clone(self);
        let task = task.clone();
        blocking(move || shop.note_status(job, &task, status)).await
    }

    /// Tells a task that the provider has deleted from one that it does not show yet: a build that
    /// was left for weeks must not wait for ever for a record that cannot come back.
    fn forgotten(&self, task: &TaskId, fault: Fault) -> Result<TaskStatus, Fault> {
        let sent = self.knowledge.ledger.sent(task).map_err(local)?;
        let retention = self.project.dialect().limits.retention();
        match sent {
            Some((at, _)) if (self.clock)().since(at) > retention => Ok(TaskStatus::Failed(fault)),
            _ => Err(fault),
        }
    }

    fn note_status(&self, job: usize, task: &TaskId, status: TaskStatus) -> Result<Seen, Fault> {
        let ledger = &self.knowledge.ledger;
        let now = (self.clock)();
        match status {
            TaskStatus::Generating => Ok(Seen::Generating),
            TaskStatus::Succeeded(result) => {
                ledger.finish(task, now).map_err(local)?;
                self.takes[job].work().result = Some(result);
                Ok(Seen::Succeeded)
            }
            TaskStatus::Failed(fault) => {
                ledger.fail(task, &Failure::from(&fault), now).map_err(local)?;
                Ok(Seen::Failed(fault))
            }
        }
    }

    /// Downloads, checks and stores a take's video.
    pub async fn fetch(self: Arc<Self>, job: usize, task: TaskId) -> Event {
        let answer = self.fetch_now(job, &task).await;
        if answer.is_err() {
            // The address may be the trouble; the next try asks for a fresh one.
            self.takes[job].work().result = None;
        }
        Event::Fetched(job, answer)
    }

    async fn fetch_now(self: &Arc<Self>, job: usize, task: &TaskId) -> Result<(), Fault> {
        let result = self.result(job, task).await?;
        let order = self.order(job).await?;
        let mut incoming = self.knowledge.objects.incoming().map_err(local)?;
        self.provider().fetch(&order, &result, &mut incoming).await?;
        let shop = Arc::clone(self);
        let task = task.clone();
        blocking(move || {
            let take = &shop.takes[job];
            let position = take.position;
            let assumed = shop.project.voice_length_assumed(position);
            let expected = Expected {
                seconds: (!assumed).then(|| shop.project.seconds(position)),
                size: shop.project.scene(position).clip().and(shop.project.size(position)),
            };
            check(&mut incoming.reopen().map_err(local)?, expected)?;
            let (digest, bytes) = incoming.publish().map_err(local)?;
            let locked = take.work().locked;
            if locked.is_some_and(|locked| locked != digest) {
                return Err(Fault::new(
                    FaultClass::Local,
                    format!("the provider's video of task {task} is no longer the locked one"),
                ));
            }
            let ledger = &shop.knowledge.ledger;
            let now = (shop.clock)();
            let finished = ledger.finished_at(&task).map_err(local)?.unwrap_or(now);
            let known = KnownTake { digest, bytes, task, finished };
            ledger.store(&take.recipe().1, &known, now).map_err(local)?;
            let mut work = take.work();
            work.artifact = Some(digest);
            work.claim = None;
            Ok(())
        })
        .await
    }

    /// Where a finished video is: as last seen, or asked for now.
    async fn result(self: &Arc<Self>, job: usize, task: &TaskId) -> Result<TaskResult, Fault> {
        let seen = self.takes[job].work().result.clone();
        if let Some(result) = seen {
            return Ok(result);
        }
        match self.provider().status(task).await? {
            TaskStatus::Succeeded(result) => Ok(result),
            TaskStatus::Failed(fault) => Err(Fault { class: FaultClass::NotFound, ..fault }),
            TaskStatus::Generating => {
                Err(Fault::new(FaultClass::Transient, "the provider is working on it again"))
            }
        }
    }

    /// The order of a take, also of one that an earlier run has sent.
    async fn order(self: &Arc<Self>, job: usize) -> Result<Order, Fault> {
        let known = self.takes[job].work().order.clone();
        match known {
            Some(order) => Ok(order),
            // Only a provider in this process draws from the order; it needs no hosting.
            None if !self.provider().needs_hosting() => {
                self.prepare_now(job).await?;
                Ok(self.takes[job].work().order.clone().expect("it was prepared just now"))
            }
            None => Ok(Order { recipe: self.takes[job].recipe().0, image: None, voice: None }),
        }
    }

    /// Gives back what a take that has ended still holds.
    pub fn release(&self, job: usize) {
        self.takes[job].work().claim = None;
    }

    fn provider(&self) -> &dyn Provider {
        self.provider.as_deref().expect("a build that makes something has a provider")
    }

    fn scene(&self, take: &Take) -> &SceneId {
        &self.project.scene(take.position).id
    }
}

fn local(error: impl std::fmt::Display) -> Fault {
    Fault::new(FaultClass::Local, error.to_string())
}

/// Runs what blocks on a thread where blocking is fine.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(error) => Err(local(io::Error::other(error))),
    }
}
