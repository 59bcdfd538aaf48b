//! Publishing: what a build has made goes into the build directory, the manifest and the lock.
//!
//! Everything here can be done again from the store for nothing, so the order is by what is dearest
//! to lose: the lock first, then videos, posters and cuts, then the pages that list them.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::base::{CutId, Digest, DigestWriter, Key, SceneId};
use crate::catalog::FrameSize;
use crate::media::{join, poster_jpeg, probe_video};
use crate::plan::{Lock, LockedTake, ProviderFamily, Recipe};
use crate::report::{BuildEvent, MANIFEST_VERSION, Manifest, ManifestCut, ManifestScene, gallery};
use crate::runner::exit::Refusal;
use crate::runner::session::Session;
use crate::runner::session::lock_file;
use crate::runner::session::up_to_date;
use crate::runner::store_access::ledger_refusal;
use crate::store::{Disk, KnownTake, OutputDir, OutputError, SharedDisk, folder_of, read_state};
use crate::storyboard::{Cut, Scene};

/// Which artifact each chosen scene has now, by position in film order.
pub type Artifacts = BTreeMap<usize, Option<Digest>>;
/// The recipe and key of each chosen scene, by position in film order.
pub type Recipes = BTreeMap<usize, (Recipe, Key)>;

/// What is in the build directory now.
#[derive(Clone, Debug, Default)]
pub struct PublishResult {
    /// The page to open.
    pub gallery: Option<PathBuf>,
    /// The cuts that are there.
    pub cuts: Vec<PublishedCut>,
    /// The cuts that could not be made, and why.
    pub failed_cuts: Vec<(CutId, String)>,
}

/// A cut that is in the build directory.
#[derive(Clone, Debug)]
pub struct PublishedCut {
    /// The cut.
    pub cut: CutId,
    /// Its video.
    pub path: PathBuf,
    /// The video's length in bytes.
    pub bytes: u64,
    /// Whether it was made now; otherwise it was there.
    pub made: bool,
}

impl PublishResult {
    /// What there is to tell of the cuts.
    pub fn events(&self) -> Vec<BuildEvent> {
        let made = self.cuts.iter().map(|there| BuildEvent::CutDone {
            cut: there.cut.clone(),
            path: there.path.display().to_string(),
            bytes: there.bytes,
            made: there.made,
        });
        let failed = self.failed_cuts.iter().map(|(cut, message)| BuildEvent::CutFailed {
            cut: cut.clone(),
            message: message.clone(),
        });
        made.chain(failed).collect()
    }
}

/// Puts everything that is at hand in its place.
pub fn publish(
    session: &Session,
    artifacts: &Artifacts,
    recipes: &Recipes,
) -> Result<PublishResult, Refusal> {
    let publisher = PublishContext {
        session,
        recipes,
        known: known_takes(session, artifacts, recipes)?,
        posters: RefCell::default(),
    };
    publisher.write_lock()?;
    let (published, output) = publisher.write_build().map_err(|error| {
        let fix = match error {
            OutputError::NotOurs(_) => {
                "move it away, or choose another folder with `--build-dir`; the videos are safe in \
                 the store"
            }
            OutputError::Io { .. } => {
                "make room or choose another folder with `--build-dir`; the videos are safe in the \
                 store, and running again puts them in place for nothing"
            }
        };
        Refusal::machine("build-dir", error, fix)
    })?;
    if artifacts.values().all(Option::is_some) && published.failed_cuts.is_empty() {
        up_to_date::remember(session, &output);
    }
    Ok(published)
}

struct PublishContext<'a> {
    session: &'a Session,
    recipes: &'a Recipes,
    /// What the ledger or the lock knows of each chosen take that is at hand, by position.
    known: HashMap<usize, KnownTake>,
    /// The posters drawn so far, by artifact.
    posters: RefCell<HashMap<Digest, Rc<Vec<u8>>>>,
}

/// Finds out who made the artifact of each scene: the lock knows, or the ledger. They differ where
/// a take was made again and the lock of before was brought back.
fn known_takes(
    session: &Session,
    artifacts: &Artifacts,
    recipes: &Recipes,
) -> Result<HashMap<usize, KnownTake>, Refusal> {
    let mut known = HashMap::new();
    for (at, (_, key)) in recipes {
        let Some(artifact) = artifacts.get(at).copied().flatten() else { continue };
        let locked = session.project.locked_with(*at, key).map(|take| KnownTake {
            digest: take.artifact,
            bytes: take.bytes,
            task: take.task.clone(),
            finished: take.finished,
        });
        let take = match locked.filter(|take| take.digest == artifact) {
            Some(take) => Some(take),
            None => session
                .ledger()
                .take(key)
                .map_err(|error| Refusal::machine("ledger", error, "run again: nothing is lost"))?,
        };
        known.extend(take.filter(|take| take.digest == artifact).map(|take| (*at, take)));
    }
    Ok(known)
}

impl PublishContext<'_> {
    /// The take of a scene that is at hand, with its recipe.
    fn take(&self, at: usize) -> Option<(&Recipe, &Key, &KnownTake)> {
        let (recipe, key) = self.recipes.get(&at)?;
        Some((recipe, key, self.known.get(&at)?))
    }

    fn write_lock(&self) -> Result<(), Refusal> {
        let Some(path) = &self.session.lock_path else { return Ok(()) };
        let project = &self.session.project;
        let mut lock = Lock::default();
        for (at, scene) in project.film.scenes.iter().enumerate() {
            let locked = match self.take(at) {
                Some((recipe, key, take)) => Some(LockedTake {
                    take: 1,
                    key: *key,
                    seed: recipe.seed,
                    artifact: take.digest,
                    bytes: take.bytes,
                    task: take.task.clone(),
                    finished: take.finished,
                    recipe: recipe.listing(),
                }),
                None => project.locked(at).cloned(),
            };
            lock.scenes.extend(locked.map(|take| (scene.id.clone(), take)));
        }
        self.remember_lock(path, &lock)?;
        let written = lock_file::write(
            &*self.session.environment.disk,
            path,
            &lock,
            self.session.lock_text.as_deref(),
        );
        written.map(|_| ()).map_err(|error| {
            let what = format!("`{}` cannot be written: {error}", path.display());
            Refusal::machine("lock", what, "make it writable and run again: nothing is lost")
        })
    }

    /// Tells the ledger what the lock is about to name, before it does: nothing that a lock names is
    /// thrown away.
    fn remember_lock(&self, path: &Path, lock: &Lock) -> Result<(), Refusal> {
        if lock.scenes.is_empty() {
            return Ok(());
        }
        let session = self.session;
        let folder = folder_of(path);
        let folder =
            session.environment.disk.canonical(folder).unwrap_or_else(|_| folder.to_path_buf());
        let path = folder.join(path.file_name().unwrap_or_default());
        let names = lock.scenes.values().map(|take| take.artifact).collect();
        let text = Digest::of(lock.print().as_bytes());
        let ledger = session.ledger();
        ledger
            .remember_lock(
                &path.display().to_string(),
                &session.ledger_name,
                &text,
                &names,
                session.now(),
            )
            .map_err(ledger_refusal)
    }

    fn write_build(&self) -> Result<(PublishResult, OutputDir), OutputError> {
        let film = &self.session.project.film;
        let root = &self.session.build_dir;
        let disk = &self.session.environment.disk;
        let before = read_manifest(&**disk, root);
        let mut output = OutputDir::open(SharedDisk::clone(disk), root);
        if let Some(before) = &before {
            files_of(before).for_each(|name| output.adopt(name));
        }
        output.announce(self.names().iter().map(String::as_str))?;
        let before = PreviousManifest::new(before);

        let mut manifest = self.empty_manifest();
        for at in 0..film.scenes.len() {
            manifest.scenes.extend(self.place_scene(at, &before, &mut output)?);
        }
        let now: HashMap<SceneId, Digest> =
            manifest.scenes.iter().map(|entry| (entry.scene.clone(), entry.artifact)).collect();
        let mut published = PublishResult::default();
        for cut in &film.cuts {
            match self.place_cut(cut, &now, &before, &mut output)? {
                CutPlaced::There { entry, made } => {
                    let (cut, bytes) = (cut.id.clone(), entry.bytes);
                    let path = output.path(&entry.path);
                    published.cuts.push(PublishedCut { cut, path, bytes, made });
                    manifest.cuts.push(entry);
                }
                CutPlaced::Waits => {}
                CutPlaced::Failed(why) => published.failed_cuts.push((cut.id.clone(), why)),
            }
        }
        output.place_bytes("manifest.json", manifest.print().as_bytes())?;
        output.place_bytes("index.html", gallery(&manifest).as_bytes())?;
        published.gallery = Some(output.path("index.html"));
        output.finish()?;
        Ok((published, output))
    }

    /// The names of all files that may be made now.
    fn names(&self) -> Vec<String> {
        let film = &self.session.project.film;
        let there = film.scenes.iter().enumerate().filter(|(at, _)| self.take(*at).is_some());
        let scenes = there.flat_map(|(_, scene)| [video_name(&scene.id), poster_name(&scene.id)]);
        let cuts = film.cuts.iter().map(|cut| cut_name(&cut.id));
        let pages = ["manifest.json", "index.html"].map(str::to_string);
        pages.into_iter().chain(scenes).chain(cuts).collect()
    }

    /// The poster of an artifact; scenes that share a take share it.
    fn poster(&self, digest: Digest) -> anyhow::Result<Rc<Vec<u8>>> {
        if let Some(bytes) = self.posters.borrow().get(&digest) {
            return Ok(Rc::clone(bytes));
        }
        let bytes = Rc::new(poster_jpeg(&mut self.session.store.objects.open(&digest)?)?);
        self.posters.borrow_mut().insert(digest, Rc::clone(&bytes));
        Ok(bytes)
    }

    fn empty_manifest(&self) -> Manifest {
        let Session { project, storyboard, .. } = self.session;
        let name = storyboard.file_name().unwrap_or(storyboard.as_os_str());
        Manifest {
            version: MANIFEST_VERSION,
            storyboard: name.to_string_lossy().into_owned(),
            title: project.film.title.clone(),
            provider: project.options.provider.family(),
            scenes: Vec::new(),
            cuts: Vec::new(),
        }
    }

    /// Places a scene's video and poster. A scene that is not at hand keeps what the directory has
    /// of it, with the manifest's old entry.
    fn place_scene(
        &self,
        at: usize,
        before: &PreviousManifest,
        output: &mut OutputDir,
    ) -> Result<Option<ManifestScene>, OutputError> {
        let Scene { id: scene, label, tags, .. } = self.session.project.scene(at);
        let old = before.scene(scene);
        let (video, poster) = (video_name(scene), poster_name(scene));
        let Some((recipe, key, take)) = self.take(at) else {
            let there = old.filter(|old| output.remembered(&video) == Some(old.artifact));
            if there.is_some() {
                output.keep(&video);
                output.keep(&poster);
            } else {
                output.keep_changed(&video);
                output.keep_changed(&poster);
            }
            return Ok(there.map(|old| ManifestScene { tags: tags.clone(), ..old.clone() }));
        };
        let disk = &*self.session.environment.disk;
        let path = self.session.store.objects.path(&take.digest);
        output.place_artifact(&video, &path, take.digest)?;
        let same = old.filter(|old| old.artifact == take.digest);
        let picture = match same {
            Some(old) => ManifestVideo::of_entry(old),
            None => ManifestVideo::of_video(disk, &path)
                .map_err(|error| OutputError::Io { path: path.clone(), error })?,
        };
        let has_poster = if same.is_some() && output.remembered(&poster).is_some() {
            output.keep(&poster);
            true
        } else {
            // A video that this program cannot decode has no poster, and is no worse for it.
            match self.poster(take.digest) {
                Ok(bytes) => output.place_bytes(&poster, &bytes).map(|_| true)?,
                Err(error) => {
                    tracing::warn!(%scene, %error, "no poster");
                    false
                }
            }
        };
        let paid = recipe.family != ProviderFamily::Preview;
        Ok(Some(ManifestScene {
            scene: scene.clone(),
            label: label.clone(),
            tags: tags.clone(),
            scene_type: recipe.scene_type,
            model: recipe.model.clone(),
            prompt: recipe.prompt.clone(),
            resolution: recipe.resolution,
            aspect_ratio: recipe.aspect_ratio,
            seed: recipe.seed,
            take: 1,
            key: *key,
            video,
            poster: has_poster.then_some(poster),
            artifact: take.digest,
            bytes: take.bytes,
            width: picture.size.width,
            height: picture.size.height,
            seconds: picture.seconds,
            codec: picture.codec,
            task: paid.then(|| take.task.clone()),
            credits: self.session.project.price(at),
            made: paid.then_some(take.finished),
        }))
    }

    fn place_cut(
        &self,
        cut: &Cut,
        now: &HashMap<SceneId, Digest>,
        before: &PreviousManifest,
        output: &mut OutputDir,
    ) -> Result<CutPlaced, OutputError> {
        let name = cut_name(&cut.id);
        let now = |scene: &SceneId| now.get(scene).copied();
        let Some(parts) = cut.scenes.iter().map(now).collect::<Option<Vec<Digest>>>() else {
            return Ok(CutPlaced::Waits);
        };
        let then = |scene: &SceneId| before.scene(scene).map(|entry| entry.artifact);
        let is_same = |old: &&ManifestCut| {
            old.scenes.iter().map(then).eq(parts.iter().map(|part| Some(*part)))
                && output.remembered(&old.path) == Some(old.sha256)
        };
        let names = [Some(&cut.id), cut.was.as_ref()].into_iter().flatten();
        if let Some(old) = names.filter_map(|name| before.cut(name)).find(is_same) {
            if old.path == name {
                output.keep(&name);
            } else {
                output.place_artifact(&name, &output.path(&old.path), old.sha256)?;
            }
            let (name, path, scenes) = (cut.id.clone(), name, cut.scenes.clone());
            let entry = ManifestCut { name, path, scenes, ..old.clone() };
            return Ok(CutPlaced::There { entry, made: false });
        }
        let path = output.path(&name);
        let io = |error| OutputError::Io { path: path.clone(), error };
        let parts: Vec<PathBuf> =
            parts.iter().map(|digest| self.session.store.objects.path(digest)).collect();
        // A cut is made from the store again at any time, so it is no artifact of its own.
        let disk = &*self.session.environment.disk;
        let joined = output.temporary().map_err(io)?;
        let mut writer = BufWriter::new(DigestWriter::new(joined));
        if let Err(error) = join::join(&parts, |path| disk.open(path), &mut writer) {
            return Ok(CutPlaced::Failed(error.to_string()));
        }
        let writer = writer.into_inner().map_err(|error| io(error.into_error()))?;
        let (joined, sha256, bytes) = writer.finish();
        let picture = ManifestVideo::of_video(disk, joined.path()).map_err(io)?;
        output.place_artifact(&name, joined.path(), sha256)?;
        let entry = ManifestCut {
            name: cut.id.clone(),
            path: name,
            scenes: cut.scenes.clone(),
            bytes,
            sha256,
            seconds: picture.seconds,
        };
        Ok(CutPlaced::There { entry, made: true })
    }
}

/// What the manifest says of a video's picture.
struct ManifestVideo {
    size: FrameSize,
    seconds: f64,
    codec: String,
}

impl ManifestVideo {
    fn of_entry(entry: &ManifestScene) -> ManifestVideo {
        ManifestVideo {
            size: FrameSize { width: entry.width, height: entry.height },
            seconds: entry.seconds,
            codec: entry.codec.clone(),
        }
    }

    fn of_video(disk: &dyn Disk, path: &Path) -> io::Result<ManifestVideo> {
        let facts = probe_video(&mut disk.open(path)?).map_err(io::Error::other)?;
        Ok(ManifestVideo {
            size: facts.size,
            seconds: facts.millis as f64 / 1_000.0,
            codec: facts.codec,
        })
    }
}

/// What the build directory held before, by name.
#[derive(Default)]
struct PreviousManifest {
    scenes: HashMap<SceneId, ManifestScene>,
    cuts: HashMap<CutId, ManifestCut>,
}

impl PreviousManifest {
    fn new(manifest: Option<Manifest>) -> PreviousManifest {
        let Some(manifest) = manifest else { return PreviousManifest::default() };
        PreviousManifest {
            scenes: manifest.scenes.into_iter().map(|e| (e.scene.clone(), e)).collect(),
            cuts: manifest.cuts.into_iter().map(|e| (e.name.clone(), e)).collect(),
        }
    }

    fn scene(&self, scene: &SceneId) -> Option<&ManifestScene> {
        self.scenes.get(scene)
    }

    fn cut(&self, cut: &CutId) -> Option<&ManifestCut> {
        self.cuts.get(cut)
    }
}

enum CutPlaced {
    There {
        entry: ManifestCut,
        made: bool,
    },
    /// A scene of it is not at hand.
    Waits,
    Failed(String),
}

/// What a build directory holds, if a build has been there.
pub fn read_manifest(disk: &dyn Disk, root: &Path) -> Option<Manifest> {
    let text = String::from_utf8(read_state(disk, &root.join("manifest.json")).ok()?).ok()?;
    Manifest::parse(&text).ok()
}

/// Every file that a manifest lists, and the two pages.
fn files_of(manifest: &Manifest) -> impl Iterator<Item = &str> {
    let scenes = manifest.scenes.iter();
    let of_scenes = scenes
        .flat_map(|scene| std::iter::once(scene.video.as_str()).chain(scene.poster.as_deref()));
    let of_cuts = manifest.cuts.iter().map(|cut| cut.path.as_str());
    of_scenes.chain(of_cuts).chain(["manifest.json", "index.html"])
}

fn video_name(scene: &SceneId) -> String {
    format!("scenes/{scene}.mp4")
}

fn poster_name(scene: &SceneId) -> String {
    format!("posters/{scene}.jpg")
}

fn cut_name(cut: &CutId) -> String {
    format!("cuts/{cut}.mp4")
}
