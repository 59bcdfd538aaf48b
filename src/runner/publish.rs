//! Publishing: what a build has made goes into the build directory, the manifest and the lock.
//!
//! Everything here can be done again from the store for nothing, so the order is by what is dearest
//! to lose: the lock first, then videos, posters and cuts, then the pages that list them.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::exit::Refusal;
use super::lock_file;
use super::session::Session;
use crate::base::{CutId, Digest, Key, SceneId};
use crate::media::{join, poster, probe};
use crate::plan::{Lock, LockedTake, Recipe};
use crate::report::{Manifest, ManifestCut, ManifestScene, gallery};
use crate::storyboard::Cut;
use crate::store::{KnownTake, OutputDir, OutputError};

/// Which artifact each chosen scene has now, by position in film order.
pub type Artifacts = BTreeMap<usize, Option<Digest>>;
/// The recipe and key of each chosen scene, by position in film order.
pub type Recipes = BTreeMap<usize, (Recipe, Key)>;

/// What is in the build directory now.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// The page to open.
    pub gallery: Option<PathBuf>,
    /// The cuts that are there, with their files.
    pub cuts: Vec<(CutId, PathBuf)>,
    /// The cuts that could not be made, and why.
    pub failed_cuts: Vec<(CutId, String)>,
}

/// Puts everything that is at hand in its place.
pub fn publish(
    session: &Session,
    artifacts: &Artifacts,
    recipes: &Recipes,
) -> Result<Published, Refusal> {
    let publisher = Publisher { session, artifacts, recipes, known: known_takes(session, recipes)? };
    publisher.write_lock()?;
    publisher.write_build().map_err(|error| {
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
    })
}

struct Publisher<'a> {
    session: &'a Session,
    artifacts: &'a Artifacts,
    recipes: &'a Recipes,
    /// What the ledger or the lock knows of each chosen take that is at hand.
    known: HashMap<Key, KnownTake>,
}

fn known_takes(session: &Session, recipes: &Recipes) -> Result<HashMap<Key, KnownTake>, Refusal> {
    let mut known = HashMap::new();
    for (at, (_, key)) in recipes {
        let stored = session.ledger().take(key).map_err(|error| {
            Refusal::machine("ledger", error, "run again: nothing is lost")
        })?;
        let locked = session.project.locked(*at).filter(|take| take.key == *key);
        let take = stored.or_else(|| {
            locked.map(|take| KnownTake {
                digest: take.artifact,
                bytes: take.bytes,
                task: take.task.clone(),
                finished: take.finished,
            })
        });
        known.extend(take.map(|take| (*key, take)));
    }
    Ok(known)
}

impl Publisher<'_> {
    /// The take of a scene that is at hand, with its recipe.
    fn take(&self, at: usize) -> Option<(&Recipe, &Key, &KnownTake)> {
        let artifact = self.artifacts.get(&at).copied().flatten()?;
        let (recipe, key) = self.recipes.get(&at)?;
        let take = self.known.get(key)?;
        (take.digest == artifact).then_some((recipe, key, take))
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
        let written = lock_file::write(path, &lock, self.session.lock_text.as_deref());
        written.map(|_| ()).map_err(|error| {
            let what = format!("`{}` cannot be written: {error}", path.display());
            Refusal::machine("lock", what, "make it writable and run again: nothing is lost")
        })
    }

    fn write_build(&self) -> Result<Published, OutputError> {
        let film = &self.session.project.film;
        let root = &self.session.build_dir;
        let before = read_manifest(root);
        let mut output = OutputDir::open(root);
        if let Some(before) = &before {
            before.files().into_iter().for_each(|name| output.adopt(name));
        }
        output.announce(self.names().iter().map(String::as_str))?;
        let before = before.unwrap_or_default();

        let mut manifest = Manifest::new(&self.session.project, &self.session.storyboard);
        for at in 0..film.scenes.len() {
            manifest.scenes.extend(self.place_scene(at, &before, &mut output)?);
        }
        let mut published = Published::default();
        for cut in &film.cuts {
            match self.place_cut(cut, &manifest, &before, &mut output)? {
                CutPlaced::There(entry) => {
                    published.cuts.push((cut.id.clone(), output.path(&entry.video)));
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
        Ok(published)
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

    /// Places a scene's video and poster. A scene that is not at hand keeps what the directory has
    /// of it, with the manifest's old entry.
    fn place_scene(
        &self,
        at: usize,
        before: &Manifest,
        output: &mut OutputDir,
    ) -> Result<Option<ManifestScene>, OutputError> {
        let scene = self.session.project.scene(at);
        let old = before.scene(&scene.id);
        let (video, poster) = (video_name(&scene.id), poster_name(&scene.id));
        let Some((recipe, key, take)) = self.take(at) else {
            let there = old.filter(|old| {
                let digest = output.remembered(&video);
                digest == Some(old.artifact)
            });
            if there.is_some() {
                output.keep(&video);
                output.keep(&poster);
            }
            return Ok(there.cloned());
        };
        let path = self.session.knowledge.objects.path(&take.digest);
        output.place_artifact(&video, &path, take.digest)?;
        let same = old.filter(|old| old.artifact == take.digest);
        let facts = match same {
            Some(old) => old.video_facts(),
            None => match File::open(&path).map_err(|error| error.to_string()).and_then(
                |mut file| probe::probe_video(&mut file).map_err(|error| error.to_string()),
            ) {
                Ok(facts) => facts,
                Err(error) => {
                    return Err(OutputError::Io { path, error: std::io::Error::other(error) });
                }
            },
        };
        let has_poster = if same.is_some() && output.remembered(&poster).is_some() {
            output.keep(&poster);
            true
        } else {
            // A video that this program cannot decode has no poster, and is no worse for it.
            match poster::poster_jpeg(&path) {
                Ok(bytes) => output.place_bytes(&poster, &bytes).map(|_| true)?,
                Err(error) => {
                    tracing::warn!(scene = %scene.id, %error, "no poster");
                    false
                }
            }
        };
        let mut entry =
            ManifestScene::new(&self.session.project, at, (recipe, key), take, &facts);
        entry.poster = entry.poster.filter(|_| has_poster);
        Ok(Some(entry))
    }

    fn place_cut(
        &self,
        cut: &Cut,
        manifest: &Manifest,
        before: &Manifest,
        output: &mut OutputDir,
    ) -> Result<CutPlaced, OutputError> {
        let name = cut_name(&cut.id);
        let mut digests = Vec::new();
        for scene in &cut.scenes {
            match manifest.scene(scene) {
                Some(entry) => digests.push(entry.artifact),
                None => return Ok(CutPlaced::Waits),
            }
        }
        let same = before.cuts.iter().find(|old| old.cut == cut.id && old.parts == digests);
        if let Some(old) = same.filter(|old| output.remembered(&name) == Some(old.sha256)) {
            output.keep(&name);
            return Ok(CutPlaced::There(old.clone()));
        }
        let parts: Vec<PathBuf> =
            digests.iter().map(|digest| self.session.knowledge.objects.path(digest)).collect();
        // A cut is made from the store again at any time, so it is no artifact of its own.
        let joined = tempfile::NamedTempFile::new_in(output.root())
            .map_err(|error| OutputError::Io { path: output.path(&name), error })?;
        if let Err(error) = join::join(&parts, &mut joined.as_file()) {
            return Ok(CutPlaced::Failed(error.to_string()));
        }
        let io = |error| OutputError::Io { path: output.path(&name), error };
        let digest = crate::store::digest_of(joined.path()).map_err(io)?;
        let mut file = File::open(joined.path()).map_err(io)?;
        let facts = match probe::probe_video(&mut file) {
            Ok(facts) => facts,
            Err(error) => return Ok(CutPlaced::Failed(error.to_string())),
        };
        let bytes = file.metadata().map_err(io)?.len();
        output.place_artifact(&name, joined.path(), digest)?;
        Ok(CutPlaced::There(ManifestCut {
            cut: cut.id.clone(),
            video: name,
            scenes: cut.scenes.clone(),
            parts: digests,
            sha256: digest,
            bytes,
            seconds: facts.millis as f64 / 1_000.0,
        }))
    }
}

enum CutPlaced {
    There(ManifestCut),
    /// A scene of it is not at hand.
    Waits,
    Failed(String),
}

fn read_manifest(root: &Path) -> Option<Manifest> {
    let text = fs::read_to_string(root.join("manifest.json")).ok()?;
    Manifest::parse(&text).ok()
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
