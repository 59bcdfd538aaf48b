//! The project: everything that goes into a plan, as one value.
//!
//! It turns a scene and the bytes of its inputs into a recipe, and a recipe's key into an action.
//! The plan asks for all scenes before a build; the build asks again for each scene once the bytes
//! of its inputs exist.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::graph::Graph;
use super::inputs::Inputs;
use super::key::{
    DrawingInputs, Input, ProviderFamily, Recipe, SlatePlace, TakeChoice, has_trailing_blanks,
    recipe_id, without_choice,
};
use super::lock::{Lock, LockedScene, LockedTake};
use super::recovery::{Action, Evidence, RecoveryRules};
use super::renames::{Renames, Sent, UnclearRename};
use crate::base::{Digest, Fault, FaultClass, FilmCommands, Key, Moment, SceneId};
use crate::catalog::{DialectEntry, InputRole, InputSlot, Model, ModelId, SceneType};
use crate::storyboard::{DrawnFrame, Film, Scene, SceneInput, Seed};

/// The video that the film uses for another scene, as far as it is known.
pub type VideoOf<'a> = &'a dyn Fn(&SceneId) -> Option<Digest>;

/// What the ledger and the store know; the outside world of planning.
pub trait Inventory {
    /// The evidence for a key; empty if there is none.
    fn of_key(&self, key: &Key) -> Evidence;

    /// Whether the store contains the artifact with this digest and length in bytes.
    fn holds(&self, digest: &Digest, bytes: u64) -> bool;

    /// Seconds that takes of a model usually need, if enough takes were observed.
    fn usual_seconds(&self, model: &ModelId) -> Option<u32>;
}

/// The provider of a build's takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderChoice {
    /// The remote API.
    Kling,
    /// A local server that speaks the same API.
    Rehearsal,
    /// The embedded preview, with its renderer version.
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

/// The options of this run, besides what the storyboard says.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// The provider.
    pub provider: ProviderChoice,
    /// The version of what this program draws itself.
    pub drawing: u32,
    /// The current time.
    pub now: Moment,
    /// How many failed attempts may be paid for again.
    pub retry_failed: u32,
    /// Takes that were begun besides the scenes' own and are not in the lock yet.
    pub begun_rolls: Vec<Sent>,
    /// More takes to generate for some scenes.
    pub reroll: Option<Reroll>,
    /// The seed of each scene's draft, for scenes that have no take yet.
    pub draft_seeds: BTreeMap<SceneId, u32>,
    /// The seed that each scene with `seed: random` gets in this run.
    pub random_seeds: BTreeMap<SceneId, u32>,
    /// Commands about this film for the user.
    pub commands: FilmCommands,
}

/// A request for more takes of some scenes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reroll {
    /// The scenes.
    pub scenes: BTreeSet<SceneId>,
    /// How many more takes each of them gets.
    pub count: u32,
    /// The seed of the new take, if it is given.
    pub seed: Option<u32>,
}

/// Everything that goes into a plan except the ledger and the store.
#[derive(Clone, Debug)]
pub struct Project {
    /// The film.
    pub film: Film,
    /// Its graph.
    pub graph: Graph,
    /// Its local files.
    pub inputs: Inputs,
    /// Its lock.
    pub lock: Arc<Lock>,
    /// The options of this run.
    pub options: PlanOptions,
    /// Former names of scenes.
    renames: Renames,
    index: LockIndex,
    /// The names of the recipes that have been sent with blanks at the ends of lines.
    sent_with_blanks: HashSet<String>,
    /// The places of the scenes' slates, once a preview asks for them.
    slates: OnceLock<Arc<[SlatePlace]>>,
}

/// An index of the lock; films have thousands of scenes.
#[derive(Clone, Debug)]
struct LockIndex {
    /// The scene with a take of each key.
    by_key: HashMap<Key, SceneId>,
    /// For each leading part of a scene name, the seed of the first entry under it that has one.
    seeds: HashMap<String, u32>,
}

impl LockIndex {
    fn of(lock: &Lock) -> LockIndex {
        let keys = lock.scenes.iter().flat_map(|(scene, locked)| {
            locked.takes.iter().map(move |take| (take.key, scene.clone()))
        });
        let by_key = keys.collect();
        let mut seeds = HashMap::new();
        for (scene, seed) in lock.picks().filter_map(|(id, _, take)| Some((id, take.seed?))) {
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
    /// Combines everything that goes into a plan.
    pub fn new(
        film: Film,
        inputs: Inputs,
        lock: impl Into<Arc<Lock>>,
        options: PlanOptions,
    ) -> Project {
        let (graph, lock) = (Graph::of(&film), lock.into());
        let index = LockIndex::of(&lock);
        let (renames, slates) = (Renames::default(), OnceLock::new());
        let sent_with_blanks = HashSet::new();
        Project { film, graph, inputs, lock, options, renames, index, sent_with_blanks, slates }
    }

    /// Whether a scene's texts have blanks at the ends of lines. Keys have none, but those of what an
    /// older version sent may: see [`Project::keep_sent_blanks`].
    pub fn has_trailing_blanks(&self) -> bool {
        self.film.scenes.iter().any(has_trailing_blanks)
    }

    /// Keeps blanks at the ends of lines in the recipes that were sent with them, so that a task that
    /// is running or in doubt is not paid for again under another key.
    pub fn keep_sent_blanks(&mut self, sent: &[Sent]) {
        let id = |sent: &Sent| recipe_id(&without_choice(&sent.recipe));
        self.sent_with_blanks = sent.iter().map(id).collect();
    }

    /// Carries takes of renamed scenes over to their present names. Returns whether there are any.
    pub(super) fn follow(&mut self, renames: Renames) -> bool {
        self.renames = renames;
        if self.renames.is_empty() {
            return false;
        }
        self.lock = Arc::new(self.renames.carry_over(&self.lock, &self.film));
        self.index = LockIndex::of(&self.lock);
        true
    }

    /// The scenes that may be renamed, where the former name is ambiguous.
    pub fn unclear_renames(&self) -> &[UnclearRename] {
        &self.renames.unclear
    }

    /// The scene's name when its take was generated, if that is not its present name.
    pub fn former_name(&self, at: usize) -> Option<&SceneId> {
        self.renames.former(at)
    }

    /// Whether the lock has each scene and no others.
    pub fn has_the_names_of_its_lock(&self) -> bool {
        let is_locked = |scene: &Scene| self.lock.scenes.contains_key(&scene.id);
        self.lock.scenes.len() == self.film.scenes.len() && self.film.scenes.iter().all(is_locked)
    }

    /// Whether the lock has a take with that key.
    pub(super) fn locks(&self, key: &Key) -> bool {
        self.index.by_key.contains_key(key)
    }

    /// The catalog's entry for the film's dialect.
    pub fn dialect(&self) -> &'static DialectEntry {
        self.film.catalog.dialect(self.film.api)
    }

    /// The scene at a position.
    pub fn scene(&self, at: usize) -> &Scene {
        &self.film.scenes[at]
    }

    /// The model of the scene at a position.
    pub fn model(&self, at: usize) -> &'static Model {
        let scene = self.scene(at);
        self.dialect()
            .branch(scene.model.as_str(), scene.scene_type(), &scene.selecting_inputs())
            .expect("the language lets only models of the catalog into a film")
    }

    /// The scene in the lock, if it has takes.
    pub fn locked_scene(&self, at: usize) -> Option<&LockedScene> {
        let locked = self.lock.scenes.get(&self.scene(at).id);
        locked.filter(|locked| !locked.takes.is_empty())
    }

    /// The scene's picked take.
    pub fn locked(&self, at: usize) -> Option<&LockedTake> {
        self.locked_scene(at)?.picked_take()
    }

    /// The scene's pinned take with its recipe.
    pub fn pinned(&self, at: usize) -> Option<(&LockedTake, Recipe)> {
        let locked = self.locked_scene(at).filter(|locked| locked.pinned)?;
        let take = locked.picked_take()?;
        // The reader of locks refuses pinned takes whose recipe it cannot read.
        Some((take, Recipe::of_listing(&locked.listing(take))?))
    }

    /// How the scene's seed is chosen; `None` if its model supports none.
    pub(super) fn seed_wish(&self, at: usize) -> Option<Seed> {
        self.scene(at).clip()?.seed
    }

    /// The seed of the scene's take; `None` if its model supports none.
    pub fn seed(&self, at: usize) -> Option<u32> {
        let scene = self.scene(at);
        match scene.clip()?.seed? {
            Seed::Fixed(seed) => Some(seed),
            Seed::Auto(seed) => {
                let draft = || self.options.draft_seeds.get(&scene.id).copied();
                let kept = self.renames.seed(at).or_else(|| self.kept_seed(scene)).or_else(draft);
                Some(kept.unwrap_or(seed))
            }
            Seed::Random => {
                let drawn = || self.options.random_seeds.get(&scene.id).copied();
                self.renames.seed(at).or_else(drawn)
            }
        }
    }

    /// The seed that the lock keeps for a scene: its own, else the scene's seed from before there
    /// were variants, else another variant's, so that variants that do not differ remain the same
    /// take.
    fn kept_seed(&self, scene: &Scene) -> Option<u32> {
        let own = |id: &SceneId| self.lock.picked(id).and_then(|take| take.seed);
        let of_variants = || self.index.seeds.get(scene.base.as_str()).copied();
        own(&scene.id).or_else(|| own(&scene.base)).or_else(of_variants)
    }

    /// The recipe of the take that the film uses for the scene at a position: that of a pinned
    /// take, else the storyboard's with the seed or salt of the take that a person picked.
    /// `None` if the scene uses another one's video and that is not known.
    pub fn recipe(&self, at: usize, video_of: VideoOf<'_>) -> Option<Recipe> {
        if let Some((_, recipe)) = self.pinned(at) {
            return Some(recipe);
        }
        let recipe = self.written_recipe(at, video_of)?;
        Some(match self.chosen(at, &recipe) {
            Some(take) => recipe.with_choice(take.choice()),
            None => recipe,
        })
    }

    /// The recipe of another take of the scene at a position; see [`Project::recipe`].
    pub fn rolled_recipe(
        &self,
        at: usize,
        video_of: VideoOf<'_>,
        roll: TakeChoice,
    ) -> Option<Recipe> {
        Some(self.written_recipe(at, video_of)?.with_choice(roll))
    }

    /// The take that a person picked for a recipe of the scene at a position, if the pick holds:
    /// another seed in the storyboard ends it.
    pub fn chosen(&self, at: usize, written: &Recipe) -> Option<&LockedTake> {
        let locked = self.locked_scene(at)?;
        let seed = match self.seed_wish(at) {
            Some(Seed::Random) => return None,
            Some(Seed::Fixed(seed)) => Some(seed),
            Some(Seed::Auto(_)) | None => None,
        };
        if !locked.takes.iter().any(|take| take.chosen) {
            return None;
        }
        locked.chosen_for(&recipe_id(&without_choice(&written.listing())), seed)
    }

    /// The recipe of the scene at a position as the storyboard has it, whatever was picked. What was
    /// paid for with blanks at the ends of lines keeps them.
    pub fn written_recipe(&self, at: usize, video_of: VideoOf<'_>) -> Option<Recipe> {
        let written = self.verbatim_recipe(at, video_of)?;
        let Some(tidy) = written.without_trailing_blanks() else { return Some(written) };
        let id = recipe_id(&without_choice(&written.listing()));
        let is_locked = |locked: &LockedScene| locked.takes.iter().any(|take| take.recipe == id);
        let is_paid =
            self.locked_scene(at).is_some_and(is_locked) || self.sent_with_blanks.contains(&id);
        Some(if is_paid { written } else { tidy })
    }

    fn verbatim_recipe(&self, at: usize, video_of: VideoOf<'_>) -> Option<Recipe> {
        let scene = self.scene(at);
        let input = |(slot, input): (InputSlot, &SceneInput)| {
            let input = match input {
                SceneInput::File(path) => Input::File(self.digest_of(path)),
                SceneInput::Url(url, pinned) => Input::Url(url.clone(), *pinned),
                SceneInput::Frame(source, frame) => Input::Frame(video_of(source)?, *frame),
                SceneInput::Video(source) => Input::Video(video_of(source)?),
            };
            Some((slot, input))
        };
        let drawn = scene.drawn_frame();
        Some(Recipe {
            family: match drawn {
                Some(_) => ProviderFamily::Drawn,
                None => self.options.provider.family(),
            },
            scene_type: scene.scene_type(),
            model: scene.model.clone(),
            prompt: scene.prompt().map(str::to_string),
            duration: scene.clip().and_then(|clip| clip.duration),
            resolution: scene.resolution(),
            aspect_ratio: match drawn {
                Some(frame) => Some(frame.aspect_ratio),
                None => scene.clip().and_then(|clip| clip.aspect_ratio),
            },
            seed: self.seed(at),
            salt: None,
            adopted: None,
            settings: scene.clip().map(|clip| clip.settings.clone()).unwrap_or_default(),
            shots: scene.clip().map(|clip| clip.shots.clone()).unwrap_or_default(),
            elements: scene.clip().map(|clip| clip.elements.clone()).unwrap_or_default(),
            inputs: scene.inputs().map(input).collect::<Option<_>>()?,
            fits: scene.fits.clone(),
            preview: match self.options.provider {
                ProviderChoice::Preview(renderer) if drawn.is_none() => {
                    Some(self.preview_inputs(at, renderer))
                }
                _ => None,
            },
            drawing: drawn.map(|frame| self.drawing_inputs(scene, frame)),
            narrator: self.inputs.narrator(&scene.id).cloned(),
        })
    }

    fn drawing_inputs(&self, scene: &Scene, frame: DrawnFrame) -> DrawingInputs {
        // Never an installed one: the film is the same on every machine.
        let own = self.film.preview_fonts.iter().map(|path| self.digest_of(path));
        let fonts = own.filter(|_| scene.scene_type() == SceneType::Card);
        DrawingInputs {
            renderer: self.options.drawing,
            millis: frame.millis,
            camera: scene.camera(),
            fonts: fonts.collect(),
            source: match self.options.provider {
                ProviderChoice::Preview(_) => {
                    self.source_slates(scene).remove(&InputSlot::only(InputRole::Image))
                }
                ProviderChoice::Kling | ProviderChoice::Rehearsal => None,
            },
        }
    }

    /// The evidence for a recipe and its key, which are of the scene at a position: from the ledger,
    /// the store and the lock. The lock's video is the chosen one, even if newer videos exist:
    /// storyboard and lock decide the film.
    pub fn evidence(
        &self,
        at: usize,
        (recipe, key): (&Recipe, &Key),
        knowledge: &dyn Inventory,
    ) -> Evidence {
        let mut evidence = knowledge.of_key(key);
        if recipe.family == ProviderFamily::Preview || recipe.is_drawn() {
            // It costs nothing and is drawn in this process: after a crash it is drawn again.
            evidence.submissions.clear();
        }
        if let Some(take) = self.locked_with(at, key) {
            evidence.add_locked(take, knowledge.holds(&take.artifact, take.bytes));
        }
        evidence
    }

    /// The locked take with a key: the scene's own, else any scene's, because scenes get renamed.
    pub fn locked_with(&self, at: usize, key: &Key) -> Option<&LockedTake> {
        let own = self.locked_scene(at).and_then(|locked| locked.take_with(key));
        own.or_else(|| self.lock.scenes.get(self.index.by_key.get(key)?)?.take_with(key))
    }

    /// What to do about a recipe of the scene at a position, given the evidence for its key.
    /// `is_retry` says that this build has already handled the key for another scene: retries are
    /// paid once.
    pub fn action(
        &self,
        at: usize,
        recipe: &Recipe,
        evidence: &Evidence,
        is_retry: bool,
    ) -> Action {
        let action = evidence.action(&RecoveryRules {
            now: self.options.now,
            // What is drawn here can be drawn again at any time.
            retention: match recipe.is_drawn() {
                true => Duration::MAX,
                false => self.dialect().limits.retention(),
            },
            retry_failed: if is_retry { 0 } else { self.options.retry_failed },
        });
        let Action::Generate(_) = action else { return action };
        let lost = match self.pinned(at) {
            _ if recipe.adopted.is_some() => "its adopted video is lost",
            Some((_, pinned)) if pinned == *recipe && !recipe.is_drawn() => {
                "its pinned video is lost"
            }
            _ => return action,
        };
        let takes = self.options.commands.command("takes", self.scene(at).id.as_str(), "");
        let fix = format!("pick another take or adopt a video: `{takes}`");
        Action::AskLost(Fault::new(FaultClass::NotFound, format!("{lost}; {fix}")))
    }

    /// How long a take of the scene usually needs.
    pub fn usual_time(&self, at: usize, knowledge: &dyn Inventory) -> Duration {
        let model = self.model(at);
        let seconds = knowledge.usual_seconds(&model.id).unwrap_or(model.typical_seconds);
        Duration::from_secs(u64::from(seconds))
    }

    /// The place of each scene's slate, in film order.
    pub(super) fn slate_places(&self) -> &[SlatePlace] {
        self.slates.get_or_init(|| self.places_of_slates().into())
    }

    pub(super) fn digest_of(&self, path: &str) -> Digest {
        self.inputs.get(path).expect("inputs are gathered before anything is planned").digest
    }
}

#[cfg(test)]
impl PlanOptions {
    /// Options that ask for nothing.
    pub(super) fn plain(provider: ProviderChoice) -> PlanOptions {
        PlanOptions {
            provider,
            drawing: 1,
            now: Moment::from_millis(0),
            retry_failed: 0,
            begun_rolls: Vec::new(),
            reroll: None,
            draft_seeds: BTreeMap::new(),
            random_seeds: BTreeMap::new(),
            commands: FilmCommands::new("storyboard.yaml", []),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::lock::LockedScene;
    use crate::storyboard::{Overrides, read};

    /// A film of one scene with this prompt, and the keys of what has been paid for it.
    fn key(prompt: &str, lock: &Lock) -> (Recipe, Project) {
        let text = format!("version: 1\nscenes:\n  a: {{ type: t2v, prompt: {prompt:?} }}\n");
        let reading = read("film.yaml", text.as_bytes(), &Overrides::default());
        let options = PlanOptions::plain(ProviderChoice::Kling);
        let project = Project::new(reading.film.unwrap(), Inputs::default(), lock.clone(), options);
        (project.recipe(0, &|_| None).unwrap(), project)
    }

    #[test]
    fn blanks_at_the_ends_of_lines_are_in_no_key_unless_they_were_paid_for() {
        let recipe = |prompt: &str, lock: &Lock| key(prompt, lock).0;
        let plain = recipe("a pier\nat dawn", &Lock::default());
        assert_eq!(recipe("a pier  \r\nat dawn", &Lock::default()), plain);
        let verbatim = Recipe { prompt: Some("a pier \nat dawn".into()), ..plain.clone() };
        let paid = |recipe: &Recipe| {
            let mut scene = LockedScene::default();
            let artifact = (crate::base::Digest::of(b"video"), 5);
            let take = LockedTake::new(1, recipe.key(), recipe.choice(), artifact);
            scene.picked = Some(scene.keep(take, &recipe.listing()));
            let mut lock = Lock::default();
            lock.scenes.insert("a".parse().unwrap(), scene);
            lock
        };
        // An older version had them in the key.
        assert_eq!(recipe("a pier \nat dawn", &paid(&verbatim)), verbatim);
        assert_eq!(recipe("a pier  \nat dawn", &paid(&verbatim)), plain);
        assert_eq!(recipe("a pier \nat dawn", &paid(&plain)), plain);

        // So does what is still running, of which the lock knows nothing.
        let (_, mut project) = key("a pier \nat dawn", &Lock::default());
        assert!(project.has_trailing_blanks());
        project.keep_sent_blanks(&[Sent {
            scene: "a".parse().unwrap(),
            key: verbatim.key(),
            recipe: verbatim.listing(),
            outcome: crate::plan::SubmissionOutcome::Doubt,
        }]);
        assert_eq!(project.recipe(0, &|_| None).unwrap(), verbatim);
    }
}
