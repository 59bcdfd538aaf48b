//! The planner: an action, its reasons and its price for every chosen scene.

use std::collections::{BTreeSet, HashMap};

use super::graph::Link;
use super::key::{ProviderFamily, Recipe, differences, fields};
use super::project::{Inventory, Project};
use super::reason::Reason;
use super::recovery::{Action, ActionWord, GenerateReason};
use crate::base::{Credits, Digest, Key, SceneId};
use crate::storyboard::{ImageInput, Scene, Seed, VoiceInput};

/// What a build would do about one scene.
#[derive(Clone, Debug)]
pub struct PlannedTake {
    /// The scene's position in film order.
    pub position: usize,
    /// The scene.
    pub scene: SceneId,
    /// The action.
    pub action: Action,
    /// The reasons.
    pub reasons: Vec<Reason>,
    /// The most it can still cost.
    pub credits_max: Credits,
    /// The recipe, once the bytes of its inputs are known.
    pub recipe: Option<Recipe>,
    /// The recipe's key.
    pub key: Option<Key>,
    /// The digest of its video, if known.
    pub artifact: Option<Digest>,
}

/// What a build would do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// One entry for each chosen scene, in film order.
    pub takes: Vec<PlannedTake>,
    /// The storyboard's budget.
    pub budget: Option<Credits>,
}

impl PlannedTake {
    /// The action's name in tables and JSON.
    pub fn word(&self) -> ActionWord {
        let is_shared = |reason: &Reason| matches!(reason, Reason::SameAs { .. });
        match self.reasons.iter().any(is_shared) {
            true => ActionWord::Same,
            false => self.action.word(),
        }
    }

    /// Whether a build would change anything: generate it, fetch it, or write it into the lock.
    pub fn is_changed(&self) -> bool {
        let is_preview =
            self.recipe.as_ref().is_some_and(|recipe| recipe.family == ProviderFamily::Preview);
        let as_before = |reason: &Reason| match reason {
            Reason::Locked => true,
            // Previews have no lock.
            Reason::Known => is_preview,
            _ => false,
        };
        !self.action.is_reuse() || !self.reasons.iter().all(as_before)
    }

    /// Whether it has no take and the last attempt to generate one failed.
    pub fn has_failed(&self) -> bool {
        let failed =
            |reason: &Reason| matches!(reason, Reason::FailedBefore { .. } | Reason::RetryFailed);
        self.reasons.iter().any(failed)
    }

    /// Adds the former name to the reasons. If the take is simply present, that is the only reason.
    fn say_what_it_was(&mut self, project: &Project) {
        let Some(scene) = project.former_name(self.position).cloned() else { return };
        if let [Reason::Locked | Reason::Known] = self.reasons[..] {
            self.reasons.clear();
        }
        self.reasons.push(Reason::RenamedFrom { scene });
    }

    /// Waits for another scene with the same key to be generated.
    fn wait_for(&mut self, maker: SceneId) {
        self.action = Action::Wait { by: None };
        self.credits_max = Credits::ZERO;
        self.reasons = vec![Reason::SameAs { scene: maker }];
    }
}

impl Plan {
    /// Plans the chosen scenes. Reads the outside world only through `knowledge`.
    pub fn make(project: &Project, chosen: &[usize], knowledge: &dyn Inventory) -> Plan {
        let mut wanted = vec![false; project.film.scenes.len()];
        for at in chosen {
            wanted[*at] = true;
        }
        let mut takes: Vec<Option<PlannedTake>> = vec![None; project.film.scenes.len()];
        // The scene whose take each scene uses: the first one with the same key, or itself.
        let mut same: Vec<usize> = (0..project.film.scenes.len()).collect();
        let mut makers: HashMap<Key, usize> = HashMap::new();
        for &at in project.graph.order().iter().filter(|at| wanted[**at]) {
            let source = project.graph.frame_source(at);
            let frame_of =
                source.and_then(|source| takes[source].as_ref()).and_then(|take| take.artifact);
            let mut take = plan_take(project, at, frame_of, knowledge);
            // Scenes that wait for a frame of the same take will have the same key, whatever it is.
            let awaited = || {
                let stand_in =
                    Digest::of(format!("the take of scene {}", same[source?]).as_bytes());
                project.recipe(at, Some(stand_in)).map(|recipe| recipe.key())
            };
            let key = take.key.or_else(awaited);
            if let Some(key) = key.filter(|_| !take.action.is_reuse()) {
                match makers.get(&key) {
                    Some(maker) => {
                        same[at] = *maker;
                        take.wait_for(project.scene(*maker).id.clone());
                    }
                    None => drop(makers.insert(key, at)),
                }
            }
            take.say_what_it_was(project);
            takes[at] = Some(take);
        }
        Plan { takes: takes.into_iter().flatten().collect(), budget: project.film.budget }
    }

    /// Adds which chosen scene needs each take that was not selected; except for takes that are
    /// present, which cost neither time nor money.
    pub fn say_who_needs(&mut self, project: &Project, chosen: &BTreeSet<usize>) {
        let planned: BTreeSet<usize> = self.takes.iter().map(|take| take.position).collect();
        let is_needed =
            |take: &&mut PlannedTake| !take.action.is_reuse() && !chosen.contains(&take.position);
        for take in self.takes.iter_mut().filter(is_needed) {
            let followers = project.graph.followers(take.position);
            let needs = |(at, link): &(usize, Link)| *link == Link::Frame && planned.contains(at);
            let needed_by = followers.into_iter().find(needs).map(|(at, _)| at);
            let needed_by = needed_by.map(|at| project.scene(at).id.clone());
            take.reasons.extend(needed_by.map(|scene| Reason::NeededBy { scene }));
        }
    }

    /// The most that the build can cost.
    pub fn credits_max(&self) -> Credits {
        self.takes.iter().map(|take| take.credits_max).sum()
    }

    /// How many takes have this action.
    pub fn count(&self, action: ActionWord) -> usize {
        self.takes.iter().filter(|take| take.word() == action).count()
    }

    /// Whether every take is already present.
    pub fn is_up_to_date(&self) -> bool {
        self.count(ActionWord::Reuse) == self.takes.len()
    }
}

fn plan_take(
    project: &Project,
    at: usize,
    frame_of: Option<Digest>,
    knowledge: &dyn Inventory,
) -> PlannedTake {
    let scene = project.scene(at);
    let mut take = PlannedTake {
        position: at,
        scene: scene.id.clone(),
        action: Action::Wait { by: None },
        reasons: Vec::new(),
        credits_max: project.price(at),
        recipe: project.recipe(at, frame_of),
        key: None,
        artifact: None,
    };
    let Some(recipe) = &take.recipe else {
        take.reasons.extend(scene.frame_source().map(|(source, frame)| Reason::TakesFrameOf {
            scene: source.clone(),
            frame: frame.to_string(),
        }));
        return take;
    };
    let key = recipe.key();
    take.key = Some(key);
    let evidence = project.evidence(at, &key, knowledge);
    take.artifact = evidence.digest;
    let locked = project.locked(at).filter(|locked| locked.key == key).map(|take| take.artifact);
    take.action = project.action(at, &evidence);
    if !matches!(take.action, Action::Generate(_)) {
        take.credits_max = Credits::ZERO;
    }
    take.reasons = match &take.action {
        Action::Reuse(digest) => {
            take.artifact = Some(*digest);
            vec![match locked {
                Some(locked) if locked == *digest => Reason::Locked,
                Some(_) => Reason::OtherTake,
                None => Reason::Known,
            }]
        }
        Action::Restore { task, days_left } => {
            take.artifact = evidence.digest_by(task);
            vec![Reason::AtProvider { task: task.clone(), days_left: *days_left }]
        }
        Action::Resume(task) => {
            take.artifact = None;
            vec![Reason::TaskOpen { task: task.clone() }]
        }
        Action::AskDoubt { sent_at } => vec![Reason::Doubt { sent_at: *sent_at }],
        Action::AskFailed(failure) => vec![Reason::FailedBefore { failure: failure.clone() }],
        Action::Generate(why) => {
            // The bytes that will be generated are unknown, whatever existed before.
            take.artifact = None;
            match why {
                GenerateReason::Forced => vec![Reason::Forced],
                GenerateReason::RetryFailed => vec![Reason::RetryFailed],
                GenerateReason::Expired => vec![Reason::Lost],
                GenerateReason::Unknown => why_unknown(project, at, recipe),
            }
        }
        Action::Wait { .. } => Vec::new(),
    };
    take
}

/// Explains why a recipe is unknown: its seed is drawn anew, its scene is new, or its fields differ
/// from the locked take's.
fn why_unknown(project: &Project, at: usize, recipe: &Recipe) -> Vec<Reason> {
    let scene = project.scene(at);
    if scene.clip().is_some_and(|clip| clip.seed == Some(Seed::Random)) {
        return vec![Reason::RandomSeed];
    }
    let Some(locked) = project.locked(at) else {
        return vec![Reason::NewScene];
    };
    differences(&locked.recipe, &recipe.listing())
        .into_iter()
        .map(|change| Reason::Changed { source: source_of(scene, &change.field), change })
        .collect()
}

/// The file or scene behind an input of a scene, phrased to precede `changed`.
fn source_of(scene: &Scene, field: &str) -> Option<String> {
    match field {
        fields::IMAGE => scene.image().map(|image| match image {
            ImageInput::File(path) => path.clone(),
            ImageInput::Url(url, _) => url.clone(),
            ImageInput::Frame(source, frame) => format!("the {frame} frame of {source}"),
        }),
        fields::VOICE => scene.voice().map(|voice| match voice {
            VoiceInput::File(path) => path.clone(),
            VoiceInput::Url(url, _) => url.clone(),
        }),
        _ => None,
    }
}
