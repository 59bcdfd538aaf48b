//! The project: all that a plan is made from, as one value.
//!
//! It turns a scene and the bytes that feed it into a recipe, and a recipe's key into an action. The
//! plan asks for all scenes before a build; the build asks again for each scene when the bytes that
//! feed it exist. Both get their answers here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use super::graph::Graph;
use super::inputs::Inputs;
use super::key::{Input, PreviewInputs, ProviderFamily, Recipe};
use super::lock::{Lock, LockedTake};
use super::recovery::{Action, Evidence, RecoveryRules};
use super::renames::{Renames, UnclearRename};
use crate::base::{Credits, Digest, Key, Moment, SceneId};
use crate::catalog::{Catalog, DialectEntry, FrameSize, Model, ModelId};
use crate::storyboard::{Film, ImageInput, Scene, Seed, Shot, VoiceInput};

/// What the ledger and the store know; the outside world of planning.
pub trait Inventory {
    /// What is known of a key; empty if nothing.
    fn of_key(&self, key: &Key) -> Evidence;

    /// Whether the store holds the artifact of this name and length in bytes.
    fn holds(&self, digest: &Digest, bytes: u64) -> bool;

    /// Seconds that takes of a model have usually needed, if enough of them were seen.
    fn usual_seconds(&self, model: &ModelId) -> Option<u32>;
}

/// Who makes the takes of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderChoice {
    /// The remote API.
    Kling,
    /// A server on this machine that speaks it.
    Rehearsal,
    /// The embedded preview, with the version of its drawing.
    Preview(u32),
}

impl ProviderChoice {
    /// The family that its takes belong to.
    pub const fn family(self) -> ProviderFamily {
        match self {
            ProviderChoice::Kling => ProviderFamily::Kling,
            ProviderChoice::Rehearsal => ProviderFamily::KlingRehearsal,
            ProviderChoice::Preview(_) => ProviderFamily::Preview,
        }
    }
}

/// What this run wants, besides what the storyboard says.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// Who makes the takes.
    pub provider: ProviderChoice,
    /// The present.
    pub now: Moment,
    /// How many failed attempts may be paid again.
    pub retry_failed: u32,
    /// Scenes to be made again although there is a take.
    pub forced: BTreeSet<SceneId>,
    /// The seed that each scene with `seed: random` gets in this run.
    pub random_seeds: BTreeMap<SceneId, u32>,
}

/// All that a plan is made from, but for what the ledger and the store know.
#[derive(Clone, Debug)]
pub struct Project {
    /// The film.
    pub film: Film,
    /// Its graph.
    pub graph: Graph,
    /// Its local files.
    pub inputs: Inputs,
    /// Its lock.
    pub lock: Lock,
    /// What this run wants.
    pub options: PlanOptions,
    /// What scenes were called before.
    renames: Renames,
    index: LockIndex,
}

/// What is looked up in a lock; films have thousands of scenes.
#[derive(Clone, Debug)]
struct LockIndex {
    /// Its entries by key.
    by_key: HashMap<Key, SceneId>,
    /// The seed of the first entry of each scene that has one, by each beginning of its name.
    seeds: HashMap<String, u32>,
}

impl LockIndex {
    fn of(lock: &Lock) -> LockIndex {
        let by_key = lock.scenes.iter().map(|(scene, take)| (take.key, scene.clone())).collect();
        let mut seeds = HashMap::new();
        for (scene, seed) in lock.scenes.iter().filter_map(|(id, take)| Some((id, take.seed?))) {
            let mut name = scene.as_str();
            while let Some((beginning, _)) = name.rsplit_once('.') {
                seeds.entry(beginning.to_string()).or_insert(seed);
                name = beginning;
            }
        }
        LockIndex { by_key, seeds }
    }
}

impl Project {
    /// Puts together all that a plan is made from.
    pub fn new(film: Film, inputs: Inputs, lock: Lock, options: PlanOptions) -> Project {
        let graph = Graph::of(&film);
        let index = LockIndex::of(&lock);
        Project { film, graph, inputs, lock, options, renames: Renames::default(), index }
    }

    /// Goes on with the takes of renamed scenes under their present names. Says whether there are
    /// any.
    pub(super) fn follow(&mut self, renames: Renames) -> bool {
        self.renames = renames;
        if self.renames.is_empty() {
            return false;
        }
        self.lock = self.renames.carry_over(&self.lock, &self.film);
        self.index = LockIndex::of(&self.lock);
        true
    }

    /// The scenes that may be renamed ones, where it is not clear which.
    pub fn unclear_renames(&self) -> &[UnclearRename] {
        &self.renames.unclear
    }

    /// What the scene was called when its take was made, where that is not its present name.
    pub fn former_name(&self, at: usize) -> Option<&SceneId> {
        self.renames.former(at)
    }

    /// Whether the lock has an entry for each scene and no others.
    pub fn has_the_names_of_its_lock(&self) -> bool {
        let is_locked = |scene: &Scene| self.lock.scenes.contains_key(&scene.id);
        self.lock.scenes.len() == self.film.scenes.len() && self.film.scenes.iter().all(is_locked)
    }

    /// Whether the lock has a take of that key.
    pub(super) fn locks(&self, key: &Key) -> bool {
        self.index.by_key.contains_key(key)
    }

    /// The catalog's entry for the film's dialect.
    pub fn dialect(&self) -> &'static DialectEntry {
        Catalog::embedded().dialect(self.film.api)
    }

    /// The scene at a position.
    pub fn scene(&self, at: usize) -> &Scene {
        &self.film.scenes[at]
    }

    /// The model of the scene at a position.
    pub fn model(&self, at: usize) -> &'static Model {
        self.dialect()
            .model(self.scene(at).model.as_str())
            .expect("the language lets only models of the catalog into a film")
    }

    /// The scene's locked take.
    pub fn locked(&self, at: usize) -> Option<&LockedTake> {
        self.lock.scenes.get(&self.scene(at).id)
    }

    /// How the scene's seed is chosen; `None` where its model takes none.
    pub(super) fn seed_wish(&self, at: usize) -> Option<Seed> {
        self.scene(at).clip()?.seed
    }

    /// The seed that the scene's take has; `None` where its model takes none.
    pub fn seed(&self, at: usize) -> Option<u32> {
        let scene = self.scene(at);
        match scene.clip()?.seed? {
            Seed::Fixed(seed) => Some(seed),
            Seed::Auto(seed) => {
                let kept = self.renames.seed(at).or_else(|| self.kept_seed(scene));
                Some(kept.unwrap_or(seed))
            }
            Seed::Random => {
                let drawn = || self.options.random_seeds.get(&scene.id).copied();
                self.renames.seed(at).or_else(drawn)
            }
        }
    }

    /// The seed that the lock keeps for a scene: its own, else that of the scene before there were
    /// variants, else that of another variant, so that what does not differ stays the same take.
    fn kept_seed(&self, scene: &Scene) -> Option<u32> {
        let own = |id: &SceneId| self.lock.scenes.get(id).and_then(|take| take.seed);
        let of_variants = || self.index.seeds.get(scene.base.as_str()).copied();
        own(&scene.id).or_else(|| own(&scene.base)).or_else(of_variants)
    }

    /// The recipe of the scene at a position; `frame_of` is the artifact of the take whose frame
    /// it shows. `None` where that is needed and not there.
    pub fn recipe(&self, at: usize, frame_of: Option<Digest>) -> Option<Recipe> {
        let scene = self.scene(at);
        let image = match scene.image() {
            None => None,
            Some(ImageInput::File(path)) => Some(Input::File(self.digest_of(path))),
            Some(ImageInput::Url(url, pinned)) => Some(Input::Url(url.clone(), *pinned)),
            Some(ImageInput::Frame(_, frame)) => Some(Input::Frame(frame_of?, *frame)),
        };
        let voice = scene.voice().map(|voice| match voice {
            VoiceInput::File(path) => Input::File(self.digest_of(path)),
            VoiceInput::Url(url, pinned) => Input::Url(url.clone(), *pinned),
        });
        Some(Recipe {
            family: self.options.provider.family(),
            scene_type: scene.scene_type(),
            model: scene.model.clone(),
            prompt: scene.prompt().map(str::to_string),
            duration: scene.clip().map(|clip| clip.duration),
            resolution: scene.resolution(),
            aspect_ratio: scene.clip().map(|clip| clip.aspect_ratio),
            seed: self.seed(at),
            image,
            voice,
            preview: match self.options.provider {
                ProviderChoice::Preview(renderer) => Some(self.preview_inputs(at, renderer)),
                ProviderChoice::Kling | ProviderChoice::Rehearsal => None,
            },
        })
    }

    /// The most that a take of the scene can cost; nothing in a preview.
    pub fn price(&self, at: usize) -> Credits {
        if let ProviderChoice::Preview(_) = self.options.provider {
            return Credits::ZERO;
        }
        let price = &self.model(at).price;
        let credits = match self.scene(at).clip() {
            Some(clip) => price.of_clip(clip.duration),
            None => price.of_voice(self.scene(at).resolution(), self.voice_seconds(at)),
        };
        credits.expect("the language lets only what the catalog sells into a film")
    }

    /// The length in seconds of the scene's video, as far as can be known before it is made.
    pub fn seconds(&self, at: usize) -> f64 {
        match self.scene(at).clip() {
            Some(clip) => f64::from(clip.duration),
            None => self.voice_seconds(at),
        }
    }

    /// The size that the scene's picture is asked to have; an avatar's follows its portrait and is
    /// known only where the portrait is at hand.
    pub fn size(&self, at: usize) -> Option<FrameSize> {
        let scene = self.scene(at);
        if let Some(clip) = scene.clip() {
            return Some(FrameSize::of(clip.resolution, clip.aspect_ratio));
        }
        let portrait = match scene.image()? {
            ImageInput::File(path) => self.inputs.get(path)?.picture,
            ImageInput::Url(..) => None,
            ImageInput::Frame(source, _) => {
                let source = self.film.scenes.iter().position(|other| other.id == *source)?;
                self.size(source).map(|size| (size.width, size.height))
            }
        };
        Some(FrameSize::of_portrait(scene.resolution(), Some(portrait?)))
    }

    /// Whether the voice's length was neither measured nor stated, so that the price assumes the
    /// longest that the API documents.
    pub fn voice_length_assumed(&self, at: usize) -> bool {
        let Shot::Avatar { voice, stated_seconds, .. } = &self.scene(at).shot else {
            return false;
        };
        matches!(voice, VoiceInput::Url(..)) && stated_seconds.is_none()
    }

    /// What is known of a key, the scene's at a position: from the ledger and the store, and from
    /// the lock. The lock's video is the chosen one, whatever else came: storyboard and lock decide
    /// the film.
    pub fn evidence(&self, at: usize, key: &Key, knowledge: &dyn Inventory) -> Evidence {
        let mut evidence = knowledge.of_key(key);
        if let ProviderChoice::Preview(_) = self.options.provider {
            // A preview costs nothing and runs in this process: after a crash it is made again.
            evidence.submissions.clear();
        }
        if let Some(take) = self.locked_with(at, key) {
            evidence.add_locked(take, knowledge.holds(&take.artifact, take.bytes));
        }
        evidence
    }

    /// The locked take of a key: the scene's own, else that of any scene, for scenes are renamed.
    pub fn locked_with(&self, at: usize, key: &Key) -> Option<&LockedTake> {
        self.locked(at)
            .filter(|take| take.key == *key)
            .or_else(|| self.lock.scenes.get(self.index.by_key.get(key)?))
    }

    /// What to do about the scene at a position, given what is known of its key.
    pub fn action(&self, at: usize, evidence: &Evidence) -> Action {
        evidence.action(&self.rules(at))
    }

    /// What to do about a key that this build has dealt with for another scene: what it forces or
    /// tries again is paid once.
    pub fn action_again(&self, at: usize, evidence: &Evidence) -> Action {
        evidence.action(&RecoveryRules { retry_failed: 0, force: false, ..self.rules(at) })
    }

    fn rules(&self, at: usize) -> RecoveryRules {
        RecoveryRules {
            now: self.options.now,
            retention: self.dialect().limits.retention(),
            retry_failed: self.options.retry_failed,
            force: self.options.forced.contains(&self.scene(at).id),
        }
    }

    /// How long a take of the scene usually needs.
    pub fn usual_time(&self, at: usize, knowledge: &dyn Inventory) -> Duration {
        let model = self.model(at);
        let seconds = knowledge.usual_seconds(&model.id).unwrap_or(model.typical_seconds);
        Duration::from_secs(u64::from(seconds))
    }

    fn voice_seconds(&self, at: usize) -> f64 {
        let Shot::Avatar { voice, stated_seconds, .. } = &self.scene(at).shot else {
            return 0.0;
        };
        let measured = match voice {
            VoiceInput::File(path) => self.inputs.get(path).and_then(|file| file.voice_seconds),
            VoiceInput::Url(..) => None,
        };
        measured.or(*stated_seconds).unwrap_or(self.dialect().limits.voice_max_seconds)
    }

    fn digest_of(&self, path: &str) -> Digest {
        self.inputs.get(path).expect("inputs are gathered before anything is planned").digest
    }

    fn preview_inputs(&self, at: usize, renderer: u32) -> PreviewInputs {
        let scene = self.scene(at);
        PreviewInputs {
            // Variants that do not differ are drawn once.
            scene: scene.label().to_string(),
            title: self.film.title.clone(),
            renderer,
            fonts: self.film.preview_fonts.iter().map(|path| self.digest_of(path)).collect(),
            size: self.size(at).unwrap_or_else(|| FrameSize::of_portrait(scene.resolution(), None)),
            millis: (self.seconds(at) * 1_000.0).round() as u64,
        }
    }
}
