//! A locked scene: its takes, and which of them the film uses.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::take::{LockedTake, is_false};
use crate::base::Key;
use crate::plan::key::{Listing, recipe_id, with_choice, without_choice};

/// The takes of a scene.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedScene {
    /// The number of the take that the film uses; absent while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picked: Option<u32>,
    /// Whether the picked take stays, whatever the storyboard says.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pinned: bool,
    /// The recipes of its takes: everything that decided the picture except for seed and salt. Each
    /// is named by the beginning of its SHA-256, so that a merge of git cannot confuse them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, BTreeMap<String, serde_json::Value>>")]
    pub recipes: BTreeMap<String, Listing>,
    /// Every take, by number.
    pub takes: Vec<LockedTake>,
}

/// A recipe without seed and salt that is named nowhere.
static UNKNOWN: LazyLock<Listing> = LazyLock::new(Listing::new);

impl LockedScene {
    /// The take that the film uses.
    pub fn picked_take(&self) -> Option<&LockedTake> {
        self.take(self.picked?)
    }

    /// The take with a number.
    pub fn take(&self, number: u32) -> Option<&LockedTake> {
        self.takes.iter().find(|take| take.take == number)
    }

    /// The take with a number, to be changed.
    pub fn take_mut(&mut self, number: u32) -> Option<&mut LockedTake> {
        self.takes.iter_mut().find(|take| take.take == number)
    }

    /// The take with a key.
    pub fn take_with(&self, key: &Key) -> Option<&LockedTake> {
        self.takes.iter().find(|take| take.key == *key)
    }

    /// The number of the next take.
    pub fn next_number(&self) -> u32 {
        self.takes.iter().map(|take| take.take + 1).max().unwrap_or(1)
    }

    /// The recipe of a take without seed and salt.
    pub fn shared_recipe(&self, take: &LockedTake) -> &Listing {
        self.recipes.get(&take.recipe).unwrap_or(&UNKNOWN)
    }

    /// The full recipe of a take.
    pub fn listing(&self, take: &LockedTake) -> Listing {
        with_choice(self.shared_recipe(take), &take.choice())
    }

    /// The take that a person picked for a recipe, unless the storyboard has another seed by now;
    /// `recipe` is its name in [`LockedScene::recipes`], `written` the seed that the storyboard
    /// writes.
    pub fn chosen_for(&self, recipe: &str, written: Option<u32>) -> Option<&LockedTake> {
        self.takes.iter().find(|take| {
            take.chosen && take.recipe == recipe && (written.is_none() || take.over == written)
        })
    }

    /// Keeps a take. One with its key is replaced, and keeps its number and what people said of it.
    /// `listing` is its full recipe. Returns its number.
    pub fn keep(&mut self, take: LockedTake, listing: &Listing) -> u32 {
        let shared = without_choice(listing);
        let recipe = recipe_id(&shared);
        self.recipes.entry(recipe.clone()).or_insert(shared);
        if let Some(known) = self.takes.iter_mut().find(|known| known.key == take.key) {
            let said = known.clone();
            *known = LockedTake {
                take: said.take,
                chosen: said.chosen,
                over: said.over,
                rejected: said.rejected,
                note: said.note,
                credits: said.credits.or(take.credits),
                recipe,
                ..take
            };
            return said.take;
        }
        let number = match self.take(take.take) {
            Some(_) => self.next_number(),
            None => take.take,
        };
        let at = self.takes.partition_point(|known| known.take < number);
        self.takes.insert(at, LockedTake { take: number, recipe, ..take });
        number
    }

    /// Keeps the takes of another scene as well; the picked take stays.
    pub fn absorb(&mut self, other: &LockedScene) {
        for take in &other.takes {
            let undecided = LockedTake { chosen: false, over: None, ..take.clone() };
            if self.take_with(&take.key).is_none() {
                self.keep(undecided, &other.listing(take));
            }
        }
    }
}
