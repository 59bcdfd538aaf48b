//! Reasons: why a take needs an action, in the terms of the storyboard.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::key::{Change, fields};
use crate::base::text::{clean, count, shorten, width};
use crate::base::{Fault, Moment, SceneId, TaskId};
use crate::catalog::Fit;

/// One reason for an action.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason {
    /// The lock names this take and the store has it.
    Locked,
    /// The store has a take with this recipe, generated under another name or for another film.
    Known,
    /// The lock names another take of this recipe, which is missing on this machine; a build puts
    /// this one into the lock.
    OtherTake,
    /// The scene is not in the lock, and its recipe is unknown.
    NewScene,
    /// A field of the recipe differs from the locked take's.
    Changed {
        /// That field with both values.
        #[serde(flatten)]
        change: Change,
        /// The file or scene behind an input, where there is one.
        source: Option<String>,
    },
    /// The locked video is missing on this machine and at the provider.
    Lost,
    /// The video is not on this machine, but the provider still has it.
    AtProvider {
        /// The task that generated it.
        task: TaskId,
        /// Whole days until the provider deletes it.
        days_left: u32,
    },
    /// The video is not on this machine, and this program draws it again.
    DrawnAgain,
    /// A task for this recipe is still open.
    TaskOpen {
        /// That task.
        task: TaskId,
    },
    /// Its picture is a frame of a take that does not exist yet.
    TakesFrameOf {
        /// The scene of that take.
        scene: SceneId,
        /// Which frame.
        frame: String,
    },
    /// It uses the video of a take that does not exist yet.
    TakesVideoOf {
        /// The scene of that take.
        scene: SceneId,
    },
    /// It was not selected, but a selected scene uses one of its frames.
    NeededBy {
        /// That scene.
        scene: SceneId,
    },
    /// The scene was renamed, and its take was generated under the former name.
    RenamedFrom {
        /// The former name.
        scene: SceneId,
    },
    /// Another scene of this film has the same recipe: one take serves both and is paid once.
    SameAs {
        /// That scene.
        scene: SceneId,
    },
    /// `seed: random` asks for a new take in each build.
    RandomSeed,
    /// A person picked a take whose seed is not the one in the storyboard.
    Picked {
        /// The number of that take.
        take: u32,
        /// Its seed.
        seed: Option<u32>,
        /// The seed in the storyboard.
        written: Option<u32>,
        /// Where the storyboard has that, as `storyboard.yaml:12:11`.
        place: Option<String>,
    },
    /// A person pinned the take: it stays, whatever the storyboard says.
    Pinned {
        /// The number of that take.
        take: u32,
        /// What differs from the storyboard by now.
        changes: Vec<Change>,
    },
    /// An earlier take of the scene has this recipe.
    EarlierTake {
        /// The number of that take.
        take: u32,
    },
    /// It is another take of a scene that has one.
    AnotherTake {
        /// Its number.
        take: u32,
        /// Its seed, if the model supports one.
        seed: Option<u32>,
        /// Whether an earlier run has begun it.
        begun: bool,
    },
    /// It failed before and will be retried.
    RetryFailed,
    /// It may already be running at the provider.
    Doubt {
        /// When it was sent.
        sent_at: Moment,
    },
    /// A person adopted or pinned it, and its video is lost.
    LostTake {
        /// What is lost, and what to do.
        #[schemars(with = "String")]
        #[serde(serialize_with = "failure_text")]
        why: Fault,
    },
    /// It failed before and would fail again unchanged.
    FailedBefore {
        /// What the provider said.
        #[schemars(with = "String")]
        #[serde(serialize_with = "failure_text")]
        failure: Fault,
    },
}

impl Reason {
    /// Whether it says that the take is the one that the lock says.
    pub const fn is_of_the_lock(&self) -> bool {
        matches!(self, Reason::Locked | Reason::Picked { .. } | Reason::Pinned { .. })
    }
}

fn failure_text<S: serde::Serializer>(failure: &Fault, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(failure)
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Locked => f.write_str("up to date"),
            Reason::Known => f.write_str("made before and still stored"),
            Reason::OtherTake => f.write_str("the locked video is lost; another take is stored"),
            Reason::NewScene => f.write_str("new scene"),
            Reason::Changed { source: Some(source), .. } => write!(f, "{source} changed"),
            Reason::Changed { change, source: None } => write_change(f, change),
            Reason::Lost => f.write_str("its video is lost, both here and at the provider"),
            Reason::AtProvider { days_left, .. } => {
                let days = if *days_left == 1 { "day" } else { "days" };
                write!(f, "download again, {days_left} {days} left at the provider")
            }
            Reason::DrawnAgain => f.write_str("drawn again: its video is not stored here"),
            Reason::TaskOpen { task } => write!(f, "task {task} is still open"),
            Reason::TakesFrameOf { scene, frame } => match frame.as_str() {
                "first" | "last" => write!(f, "takes the {frame} frame of {scene}"),
                seconds => write!(f, "takes the frame at {seconds} s of {scene}"),
            },
            Reason::TakesVideoOf { scene } => write!(f, "takes the video of {scene}"),
            Reason::NeededBy { scene } => write!(f, "needed by {scene}"),
            Reason::RenamedFrom { scene } => write!(f, "renamed from {scene}"),
            Reason::SameAs { scene } => write!(f, "the same take as {scene}"),
            Reason::RandomSeed => f.write_str("random seed: a new take each build"),
            Reason::Picked { take, seed, written, place } => {
                write!(f, "take {take} picked")?;
                // An adopted video has no seed.
                let (Some(seed), Some(written)) = (seed, written) else { return Ok(()) };
                write!(f, ": seed {seed} instead of {written}")?;
                place.as_ref().map_or(Ok(()), |place| write!(f, " ({place})"))
            }
            Reason::Pinned { take, changes } => match changes.first() {
                None => write!(f, "take {take} pinned"),
                Some(first) => {
                    write!(f, "take {take} pinned, would be stale: ")?;
                    write_change(f, first)?;
                    match changes.len() - 1 {
                        0 => Ok(()),
                        more => write!(f, " and {more} more"),
                    }
                }
            },
            Reason::EarlierTake { take } => write!(f, "take {take}, made before"),
            Reason::AnotherTake { take, seed, begun } => {
                write!(f, "take {take}")?;
                if let Some(seed) = seed {
                    write!(f, ": seed {seed}")?;
                }
                if *begun { f.write_str(", begun earlier") } else { Ok(()) }
            }
            Reason::RetryFailed => f.write_str("failed before; trying again"),
            Reason::Doubt { sent_at } => {
                write!(
                    f,
                    "in doubt: sent {}, no reply; it may be running (and billed)",
                    sent_at.local_date_time()
                )
            }
            Reason::LostTake { why } => why.fmt(f),
            Reason::FailedBefore { failure } => write!(f, "failed before: {failure}"),
        }
    }
}

fn write_change(f: &mut fmt::Formatter<'_>, change: &Change) -> fmt::Result {
    let Change { field, old, new } = change;
    match (old, new) {
        (Some(old @ Value::Array(_)), Some(new @ Value::Array(_)))
        | (Some(old @ Value::Object(_)), Some(new @ Value::Object(_))) => {
            write_list_change(f, field.clone(), old, new)
        }
        (Some(old), Some(new)) => {
            let (old, new) = from_difference(&plain(old), &plain(new));
            match field.as_str() {
                fields::PROMPT => write!(f, "prompt changed: \"{old}\" → \"{new}\""),
                _ => write!(f, "{field} {old} → {new}"),
            }
        }
        (None, _) => write!(f, "{field} added"),
        (_, None) => write!(f, "{field} removed"),
    }
}

/// Writes where two lists first differ: `elements 1 description: a boat → a ship`, or how many items
/// they have.
fn write_list_change(
    f: &mut fmt::Formatter<'_>,
    path: String,
    old: &Value,
    new: &Value,
) -> fmt::Result {
    match (old, new) {
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            let mut pairs = old.iter().zip(new).enumerate();
            match pairs.find(|(_, (old, new))| old != new) {
                Some((at, (old, new))) => {
                    write_list_change(f, format!("{path} {}", at + 1), old, new)
                }
                None => write!(f, "{path} changed"),
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            write!(f, "{path}: {} → {}", count(old.len(), "item"), count(new.len(), "item"))
        }
        (Value::Object(old), Value::Object(new)) => {
            let mut names = old.keys().chain(new.keys());
            match names.find(|name| old.get(*name) != new.get(*name)) {
                Some(name) if name == fields::input::FIT => {
                    let fit = |picture: &Map<String, Value>| match picture.get(name) {
                        Some(fit) => plain(fit),
                        None => Fit::Keep.to_string(),
                    };
                    write!(f, "{path} {name}: {} → {}", fit(old), fit(new))
                }
                Some(name) => match (old.get(name), new.get(name)) {
                    (Some(old), Some(new)) => {
                        write_list_change(f, format!("{path} {name}"), old, new)
                    }
                    (None, _) => write!(f, "{path} {name} added"),
                    (_, None) => write!(f, "{path} {name} removed"),
                },
                None => write!(f, "{path} changed"),
            }
        }
        (old, new) => {
            let (old, new) = from_difference(&plain(old), &plain(new));
            write!(f, "{path}: {old} → {new}")
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            fields.values().map(|value| shorten(&plain(value), 40)).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

/// Columns of each side that a reason shows; both sides fit into the plan's column.
const SIDE_MAX_COLUMNS: usize = 25;

/// Both texts from the word where they begin to differ, each cut to its columns. Short texts are
/// shown whole.
fn from_difference(old: &str, new: &str) -> (String, String) {
    let (old, new) = (clean(old), clean(new));
    let shared = old.char_indices().zip(new.chars()).take_while(|((_, a), b)| a == b);
    let word = shared.filter(|((_, c), _)| *c == ' ').last().map_or(0, |((at, _), _)| at + 1);
    let fits = width(&old).max(width(&new)) < SIDE_MAX_COLUMNS;
    let side = |text: &str| match fits || word == 0 {
        true => shorten(text, SIDE_MAX_COLUMNS),
        false => format!("…{}", shorten(&text[word..], SIDE_MAX_COLUMNS)),
    };
    (side(&old), side(&new))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shows_where_two_prompts_begin_to_differ() {
        let old = "A harbor at dawn, boats asleep under a veil of fog";
        let new = "A harbor at dawn, boats asleep under a veil of rain";
        assert_eq!(from_difference(old, new), ("…fog".into(), "…rain".into()));
        assert_eq!(from_difference("45678", "51234"), ("45678".into(), "51234".into()));
    }

    #[test]
    fn says_what_is_done_about_the_shape_of_a_picture() {
        let reason = |field: &str, old: Value, new: Value| {
            let change = Change { field: field.into(), old: Some(old), new: Some(new) };
            Reason::Changed { change, source: None }.to_string()
        };
        let picture = |fit: Option<&str>| {
            let mut picture = json!({ "sha256": "ab" });
            if let Some(fit) = fit {
                picture["fit"] = fit.into();
            }
            picture
        };
        let (kept, cropped) = (picture(None), picture(Some("crop to 16:9")));
        let padded = picture(Some("pad to 16:9"));
        assert_eq!(
            reason("image", kept.clone(), cropped.clone()),
            "image fit: keep → crop to 16:9"
        );
        assert_eq!(
            reason("image", cropped.clone(), padded.clone()),
            "image fit: crop to 16:9 → pad to 16:9"
        );
        assert_eq!(
            reason("key_images", json!([kept, padded]), json!([kept, kept])),
            "key_images 2 fit: pad to 16:9 → keep"
        );
    }
}
