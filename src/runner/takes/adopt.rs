//! Adopting: a video that exists already becomes a scene's take, at no cost.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::decide::row;
use super::editor::part_name;
use crate::base::{Credits, Diagnostic, Digest, FaultClass, Key, Moment, SceneId, TaskId};
use crate::catalog::Dialect;
use crate::media::{MediaError, frame, probe_video};
use crate::plan::{Decision, Lock, LockedTake, Recipe, TakeChoice, VideoOf};
use crate::provider::{Order, TaskStatus};
use crate::runner::conversion::Conversions;
use crate::runner::exit::Refusal;
use crate::runner::fetch::{ExpectedVideo, PaidTask, check_video, deliver};
use crate::runner::publish::{full_path, remember_lock, seconds_of};
use crate::runner::session::{Session, lock_file};
use crate::runner::store_access::{StoreDoor, ledger_refusal};
use crate::store::KnownTake;
use crate::storyboard::{FrameAt, Seed};

/// A video in the store that is about to be adopted.
struct Adopted {
    digest: Digest,
    bytes: u64,
    task: Option<TaskId>,
    finished: Moment,
}

/// A take that was adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdoptedTake {
    /// Its number.
    pub number: u32,
    /// How it differs from what the storyboard asks for, and what cannot be done with it.
    pub notes: Vec<String>,
}

impl Session {
    /// Makes a local video the take of a scene.
    ///
    /// # Errors
    /// The file is not a whole MP4, the scene's recipe is not known yet, or the store or the lock
    /// cannot be written.
    pub fn adopt_file(&self, scene: &str, file: &Path) -> Result<AdoptedTake, Refusal> {
        let (at, recipe) = self.adopting(scene)?;
        let disk = &*self.environment.disk;
        let refused = |what: String, fix: String| {
            Refusal::usage(Diagnostic::error("not-a-video", what).fix(fix))
        };
        let shown = file.display().to_string();
        let mut video = disk.open(file).map_err(|error| {
            refused(format!("`{shown}` cannot be read: {error}"), "name a video".to_string())
        })?;
        check_video(&mut video).map_err(|error| match error {
            MediaError::OtherVideo(kind) => {
                let command = Conversions::new(disk, Path::new("")).of_video(&shown);
                refused(format!("`{shown}` is {kind}"), format!("convert it: `{command}`"))
            }
            error => {
                let fix = "only a whole MP4 can be adopted".to_string();
                refused(format!("`{shown}` cannot be used as a video: it is {error}"), fix)
            }
        })?;
        let copied = || -> io::Result<(Digest, u64)> {
            let mut incoming = self.store.objects.incoming()?;
            io::copy(&mut disk.open(file)?, &mut incoming)?;
            let written = incoming.finish();
            let video = (written.digest, written.bytes);
            written.publish().map(|()| video)
        };
        let (digest, bytes) = copied().map_err(|error| {
            Refusal::machine("store", error, "make room and run it again; nothing was changed")
        })?;
        self.adopt(at, recipe, Adopted { digest, bytes, task: None, finished: self.now() })
    }

    /// Makes the video of a provider's task the take of a scene.
    ///
    /// # Errors
    /// The provider has no video of the task or cannot be asked, the scene's recipe is not known
    /// yet, or the store or the lock cannot be written.
    pub async fn adopt_task(&self, scene: &str, task: &TaskId) -> Result<AdoptedTake, Refusal> {
        let (at, recipe) = self.adopting(scene)?;
        let provider = self.provider()?;
        let no_video = |what: String, fix: &str| {
            let what = format!("task `{task}` {what}");
            Refusal::usage(Diagnostic::error("no-video", what).fix(fix))
        };
        let again = "run it again when the provider can be reached; nothing was changed";
        let result = match provider.status(task, self.project.film.api).await {
            Ok(TaskStatus::Succeeded(result)) => result,
            Ok(TaskStatus::Generating) => {
                return Err(no_video("is still running".into(), "adopt it when it has finished"));
            }
            Ok(TaskStatus::Failed(fault)) => {
                let fix = "adopt another task, or build the scene";
                return Err(no_video(format!("failed without a video ({fault})"), fix));
            }
            Err(fault) if fault.class == FaultClass::NotFound => {
                let fix = "copy the id from the provider's log page";
                return Err(no_video(format!("is not known to the provider: {fault}"), fix));
            }
            Err(fault) => return Err(Refusal::machine("unreachable", fault, again)),
        };
        let order = Order { recipe: recipe.clone(), inputs: BTreeMap::new(), callback: None };
        let door = StoreDoor::new(self.store.clone());
        // The key follows from the bytes, which are not here yet.
        let key = Key(Digest::of(format!("the video of task {task}").as_bytes()));
        let paid = PaidTask { task: task.clone(), key, now: self.now() };
        let stored = deliver(&*provider, &door, &order, &result, paid).await;
        let stored = stored.map_err(|fault| Refusal::machine("download", fault, again))?;
        let (digest, bytes) = (stored.digest, stored.bytes);
        let task = Some(task.clone());
        self.adopt(at, recipe, Adopted { digest, bytes, task, finished: self.now() })
    }

    /// The position of a scene and the recipe that it has today.
    fn adopting(&self, scene: &str) -> Result<(usize, Recipe), Refusal> {
        let at = self.project.film.scenes.iter().position(|it| it.id.as_str() == scene);
        let Some(at) = at else {
            let what = format!("`{}` has no scene `{scene}`", self.storyboard.display());
            let graph = self.project.options.commands.command("graph", "", "");
            let fix = format!("see `{graph}`");
            return Err(Refusal::usage(Diagnostic::error("unknown-scene", what).fix(fix)));
        };
        let planned = |id: &SceneId| self.plan.scenes().find(|take| take.scene == *id);
        let video_of: VideoOf<'_> = &|id| planned(id)?.artifact;
        let recipe = self.project.written_recipe(at, video_of).ok_or_else(|| {
            let mut sources = self.project.scene(at).sources();
            let source = sources.find(|(_, source, _)| video_of(source).is_none());
            let source = source.map_or_else(String::new, |(_, id, _)| id.to_string());
            let what = format!("scene `{scene}` uses the take of `{source}`, which has none yet");
            let fix = format!("build or adopt `{source}` first: a take belongs to its inputs");
            Refusal::usage(Diagnostic::error("no-frame", what).fix(fix))
        })?;
        Ok((at, recipe))
    }

    /// Puts a stored video into the lock as the picked take of a scene.
    fn adopt(&self, at: usize, recipe: Recipe, video: Adopted) -> Result<AdoptedTake, Refusal> {
        let Some(path) = &self.lock_path else {
            let reason = Diagnostic::error("preview", "a preview has no takes to adopt into")
                .fix("leave `--preview` out");
            return Err(Refusal::usage(reason));
        };
        let recipe =
            recipe.with_choice(TakeChoice { adopted: Some(video.digest), ..TakeChoice::default() });
        let (key, scene) = (recipe.key(), self.project.scene(at).id.clone());
        let Adopted { digest, bytes, task, finished } = video;
        if let Some(task) = task.clone() {
            let known = KnownTake { digest, bytes, task, finished };
            self.ledger().store(&key, &known, self.now()).map_err(ledger_refusal)?;
        }
        let mut scenes = self.project.lock.scenes.clone();
        let locked = scenes.entry(scene.clone()).or_default();
        let before = locked.decided();
        let take = LockedTake {
            seconds: seconds_of(&self.store.objects, &digest),
            api: if task.is_some() { self.project.film.api } else { Dialect::default() },
            task,
            credits: Some(Credits::ZERO),
            finished,
            ..LockedTake::new(locked.next_number(), key, recipe.choice(), (digest, bytes))
        };
        let number = locked.keep(take, &recipe.listing());
        let written = match self.project.scene(at).clip().and_then(|clip| clip.seed) {
            Some(Seed::Fixed(seed)) => Some(seed),
            _ => None,
        };
        // The take is of today's recipe, whatever the picked one is of.
        locked.picked = Some(number);
        Decision::Pick(number).apply(locked, written).expect("the take has just been kept");
        let after = locked.decided();
        let profile = self.project.film.profile.as_ref();
        let lock = Lock::clone(&self.whole_lock).with_part(profile, scenes);
        let disk = &*self.environment.disk;
        let (ledger, now) = (self.ledger(), self.now());
        remember_lock(disk, ledger, &self.ledger_name, path, &lock, now)?;
        lock_file::write(disk, path, &lock, self.lock_text.as_deref()).map_err(|error| {
            let what = format!("`{}` cannot be written: {error}", path.display());
            Refusal::machine("lock", what, "make it writable and run it again; nothing is lost")
        })?;
        let said = format!("adopted as take {number}");
        let part = part_name(&full_path(disk, path), profile);
        let decision = row(part, &scene, &said, &before, &after);
        ledger.decide(&decision, now).map_err(ledger_refusal)?;
        Ok(AdoptedTake { number, notes: self.adoption_notes(at, &digest) })
    }

    /// What is to be known about a video as the take of the scene at a position.
    fn adoption_notes(&self, at: usize, digest: &Digest) -> Vec<String> {
        let open = || self.store.objects.open(digest).ok();
        let expected = ExpectedVideo::of_scene(&self.project, at);
        let facts = open().and_then(|mut video| probe_video(&mut video).ok());
        let unlike = facts.and_then(|facts| expected.difference(facts.size, facts.millis));
        let undecodable =
            open().and_then(|mut video| frame::check(&mut video, FrameAt::Last).err());
        let undecodable =
            undecodable.map(|error| format!("no scene can begin with a frame of it: {error}"));
        unlike.into_iter().chain(undecodable).collect()
    }
}
