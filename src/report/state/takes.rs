//! The takes: every take of each scene, and which one the film uses.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::text::{clean, count};
use crate::base::{Credits, Digest, FilmCommands, Key, LocalDates, Moment, SceneId, TaskId};
use crate::plan::{LockRow, Stale, TakeRow};
use crate::report::format::style::TermStyle;
use crate::report::format::table::{Cell, Column, Table};
use crate::report::format::text::{money, seconds};

/// The version of the document that this program writes.
pub const TAKES_VERSION: u32 = 1;
/// How many scenes that go stale are listed.
const STALE_MAX: usize = 8;

/// Where the video of a take is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakePlace {
    /// A file in the build directory.
    File(String),
    /// The store alone.
    Store,
    /// Neither.
    Missing,
}

/// The scenes to list.
pub struct TakesList<'a> {
    /// The scenes.
    pub scenes: Vec<ListedScene<'a>>,
}

/// A scene with where the videos of its takes are.
pub struct ListedScene<'a> {
    /// What the lock says.
    pub row: LockRow<'a>,
    /// The place of each of them.
    pub places: Vec<TakePlace>,
}

impl TakesList<'_> {
    /// The takes for people: a row for each.
    pub fn table(&self, color: bool) -> String {
        let mut table = Table::new([
            Column::left("SCENE"),
            Column::right("TAKE"),
            Column::left("").after(1),
            Column::left("SEED").after(2),
            Column::right("CREDITS").after(2),
            Column::left("MADE").after(2),
            Column::right("LENGTH").after(2),
            Column::left("FILE").after(2),
        ]);
        let (mut takes, mut dates) = (0, LocalDates::default());
        for ListedScene { row, places } in &self.scenes {
            for (take, place) in row.takes.iter().zip(places) {
                takes += 1;
                let (state, tone) = state(row, take);
                let seed: Cow<'_, str> = match (take.adopted, take.seed) {
                    (true, _) => "adopted".into(),
                    (false, Some(seed)) => seed.to_string().into(),
                    (false, None) => "–".into(),
                };
                let unknown = || "–".to_string();
                let file: Cow<'_, str> = match place {
                    TakePlace::File(path) => clean(path).into(),
                    TakePlace::Store => "stored".into(),
                    TakePlace::Missing => "not here".into(),
                };
                table.row([
                    Cell::new(row.id.as_str()),
                    Cell::new(take.take.to_string()),
                    Cell::new(state).tone(tone),
                    Cell::new(seed),
                    Cell::new(take.credits.map_or_else(unknown, |credits| credits.to_string())),
                    Cell::new(dates.of(take.finished)),
                    Cell::new(take.seconds.map_or_else(unknown, seconds)),
                    Cell::new(file),
                ]);
                if let Some(note) = &take.note {
                    let before = std::iter::repeat_n(Cell::default(), 7);
                    table.row(before.chain([Cell::new(format!("“{}”", clean(note)))]));
                }
            }
        }
        let scenes = self.scenes.iter().filter(|scene| !scene.row.takes.is_empty()).count();
        let mut text = table.print(color);
        text.push_str(&format!("{} of {}\n", count(takes, "take"), count(scenes, "scene")));
        text
    }

    /// The takes as data; `storyboard` is the path as the user gave it.
    pub fn document(&self, storyboard: &str) -> TakesDocument {
        let scenes = self.scenes.iter().map(|ListedScene { row, places }| SceneTakes {
            scene: row.id.clone(),
            picked: row.picked,
            pinned: row.pinned,
            takes: row
                .takes
                .iter()
                .zip(places)
                .map(|(take, place)| TakeEntry::of(row, take, place))
                .collect(),
        });
        TakesDocument {
            version: TAKES_VERSION,
            storyboard: storyboard.to_string(),
            scenes: scenes.collect(),
        }
    }
}

impl TakeEntry {
    fn of(row: &LockRow<'_>, take: &TakeRow<'_>, place: &TakePlace) -> TakeEntry {
        TakeEntry {
            take: take.take,
            picked: row.picked == Some(take.take),
            rejected: take.rejected,
            adopted: take.adopted,
            note: take.note.as_deref().map(str::to_string),
            seed: take.seed,
            key: take.key,
            artifact: take.artifact,
            bytes: take.bytes,
            seconds: take.seconds,
            task: take.task.as_deref().map(TaskId::new),
            credits: take.credits,
            made: take.finished,
            stored: *place != TakePlace::Missing,
            file: match place {
                TakePlace::File(path) => Some(path.clone()),
                TakePlace::Store | TakePlace::Missing => None,
            },
        }
    }
}

fn state(row: &LockRow<'_>, take: &TakeRow<'_>) -> (&'static str, TermStyle) {
    match (row.picked == Some(take.take), row.pinned, take.rejected) {
        (true, true, _) => ("pinned", TermStyle::Green),
        (true, false, _) => ("picked", TermStyle::Green),
        (false, _, true) => ("rejected", TermStyle::Red),
        (false, _, false) => ("", TermStyle::Plain),
    }
}

/// Takes as data: what `takes --json` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TakesDocument {
    /// The version of this document's form.
    version: u32,
    /// The storyboard's path, as it was given.
    storyboard: String,
    /// One entry for each scene, by name.
    scenes: Vec<SceneTakes>,
}

/// The takes of a scene.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct SceneTakes {
    /// The scene.
    scene: SceneId,
    /// The number of the take that the film uses, if there is one.
    picked: Option<u32>,
    /// Whether that take stays, whatever the storyboard says.
    pinned: bool,
    /// Every take, by number.
    takes: Vec<TakeEntry>,
}

/// One take of a scene.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Take")]
struct TakeEntry {
    /// Its number within the scene.
    take: u32,
    /// Whether the film uses it.
    picked: bool,
    /// Whether a person has rejected it.
    rejected: bool,
    /// Whether its video was adopted instead of being generated.
    adopted: bool,
    /// What a person wrote about it.
    note: Option<String>,
    /// Its seed, if the model supports one.
    seed: Option<u32>,
    /// The key of its recipe.
    key: Key,
    /// The SHA-256 of the video.
    artifact: Digest,
    /// The video's length in bytes.
    bytes: u64,
    /// The video's length in seconds, if it is known.
    seconds: Option<f64>,
    /// The provider's task that generated it, if one did.
    task: Option<TaskId>,
    /// What was paid for it, if it is known.
    credits: Option<Credits>,
    /// When it was made or adopted.
    made: Moment,
    /// Whether this machine has the video.
    stored: bool,
    /// Where the video is in the build directory, if it is there.
    file: Option<String>,
}

impl TakesDocument {
    /// The document as JSON text, with a newline at the end.
    pub fn print(&self) -> String {
        crate::report::format::json::pretty(self)
    }
}

/// What follows a pick: the scenes whose takes go stale, and what making them again costs.
pub fn stale_text(stale: &[Stale], commands: &FilmCommands) -> String {
    if stale.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for one in stale.iter().take(STALE_MAX) {
        let then = match (one.instead, one.credits) {
            (Some(take), _) => format!("take {take} fits and is used"),
            (None, Some(credits)) => format!("a new take costs about {}", money(credits)),
            (None, None) => "a new take is needed".to_string(),
        };
        text.push_str(&format!("  {} goes stale: {then}\n", one.scene));
    }
    if stale.len() > STALE_MAX {
        text.push_str(&format!("  … and {} more\n", stale.len() - STALE_MAX));
    }
    let total: Credits =
        stale.iter().filter(|one| one.instead.is_none()).filter_map(|one| one.credits).sum();
    if total > Credits::ZERO {
        let undo = commands.command("undo", "", "");
        text.push_str(&format!(
            "  the next build asks before it pays about {}; `{undo}` takes this back\n",
            money(total)
        ));
    }
    text
}
