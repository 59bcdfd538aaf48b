//! Rows: what a list of takes shows, read from a lock's text line by line.
//!
//! A lock of ten thousand scenes is many megabytes, and a list shows a few fields of each take. The
//! program writes one field a line, in a fixed order. A text in any other form is not read here: it
//! is parsed as a whole, which says what is wrong with it.

use std::borrow::Cow;

use memchr::memchr;
use serde::de::DeserializeOwned;

use super::file::is_readable;
use super::scene::LockedScene;
use super::take::LockedTake;
use crate::base::{Credits, Digest, Key, Moment, SceneId, TaskId};
use crate::catalog::Dialect;

/// A scene of a lock, for a list of takes.
#[derive(Clone, Debug, PartialEq)]
pub struct LockRow<'t> {
    /// The scene.
    pub id: SceneId,
    /// The number of the take that the film uses.
    pub picked: Option<u32>,
    /// Whether that take stays, whatever the storyboard says.
    pub pinned: bool,
    /// Every take, by number.
    pub takes: Vec<TakeRow<'t>>,
}

/// A take of a lock, for a list of takes.
#[derive(Clone, Debug, PartialEq)]
pub struct TakeRow<'t> {
    /// Its number within the scene.
    pub take: u32,
    /// The key of its recipe.
    pub key: Key,
    /// Its seed.
    pub seed: Option<u32>,
    /// Whether its video was adopted.
    pub adopted: bool,
    /// The SHA-256 of the video.
    pub artifact: Digest,
    /// The video's length in bytes.
    pub bytes: u64,
    /// The video's length in seconds.
    pub seconds: Option<f64>,
    /// The provider's task.
    pub task: Option<Cow<'t, str>>,
    /// What was paid for it.
    pub credits: Option<Credits>,
    /// When it was made or adopted.
    pub finished: Moment,
    /// Whether a person has rejected it.
    pub rejected: bool,
    /// What a person wrote about it.
    pub note: Option<Cow<'t, str>>,
}

/// The fields of a take, in the order in which they are written.
const ORDER: [&str; 17] = [
    "take", "key", "seed", "salt", "adopted", "artifact", "bytes", "seconds", "task", "api",
    "credits", "finished", "chosen", "over", "rejected", "note", "recipe",
];

impl<'t> LockRow<'t> {
    /// The row of a scene that was read.
    pub fn of(id: &SceneId, scene: &'t LockedScene) -> LockRow<'t> {
        let (picked, pinned) = (scene.picked, scene.pinned);
        let takes = scene.takes.iter().map(TakeRow::of).collect();
        LockRow { id: id.clone(), picked, pinned, takes }
    }
}

impl<'t> TakeRow<'t> {
    fn of(take: &'t LockedTake) -> TakeRow<'t> {
        TakeRow {
            take: take.take,
            key: take.key,
            seed: take.seed,
            adopted: take.adopted,
            artifact: take.artifact,
            bytes: take.bytes,
            seconds: take.seconds,
            task: take.task.as_ref().map(|task| Cow::Borrowed(TaskId::as_str(task))),
            credits: take.credits,
            finished: take.finished,
            rejected: take.rejected,
            note: take.note.as_deref().map(Cow::Borrowed),
        }
    }
}

/// The rows of all scenes of a part of a lock's text; `None` if it is not in the form in which this
/// program writes, or a whole parse would refuse one of its takes.
pub(super) fn rows(part: &str) -> Option<Vec<LockRow<'_>>> {
    let mut lines = Lines { rest: part };
    let mut rows: Vec<LockRow<'_>> = Vec::new();
    let mut recipes = Vec::new();
    while let Some(line) = lines.next() {
        let id: SceneId = line.strip_prefix("    \"")?.strip_suffix("\": {")?.parse().ok()?;
        if rows.last().is_some_and(|before| before.id >= id) {
            return None;
        }
        let begins = lines.rest;
        let row = scene(id, &mut lines, &mut recipes)?;
        if row.pinned {
            let block = &begins[..begins.len() - lines.rest.len()];
            let block = format!("{{\n{}", block.trim_end_matches(['\n', ',']));
            let whole: LockedScene = serde_json::from_str(&block).ok()?;
            whole.takes.iter().all(|take| is_readable(&whole, take)).then_some(())?;
        }
        rows.push(row);
    }
    Some(rows)
}

/// The lines of a text.
struct Lines<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Lines<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        if self.rest.is_empty() {
            return None;
        }
        let line = match memchr(b'\n', self.rest.as_bytes()) {
            Some(end) => {
                let line = &self.rest[..end];
                self.rest = &self.rest[end + 1..];
                line
            }
            None => std::mem::take(&mut self.rest),
        };
        Some(line)
    }
}

/// Reads a scene behind the line with its name; `recipes` are used on the way.
fn scene<'t>(
    id: SceneId,
    lines: &mut Lines<'t>,
    recipes: &mut Vec<&'t str>,
) -> Option<LockRow<'t>> {
    let mut row = LockRow { id, picked: None, pinned: false, takes: Vec::new() };
    let mut line = lines.next()?;
    if let Some(picked) = line.strip_prefix("      \"picked\": ") {
        row.picked = Some(value(picked.strip_suffix(',')?)?);
        line = lines.next()?;
    }
    if line == "      \"pinned\": true," {
        row.pinned = true;
        line = lines.next()?;
    }
    recipes.clear();
    if line == "      \"recipes\": {" {
        loop {
            line = lines.next()?;
            if line == "      }," {
                break;
            }
            let name = line.strip_prefix("        \"").and_then(|it| it.strip_suffix("\": {"));
            recipes.extend(name);
        }
        line = lines.next()?;
    }
    if line == "      \"takes\": [" {
        let mut is_last = false;
        while !is_last {
            (lines.next()? == "        {").then_some(())?;
            let (take, recipe);
            (take, recipe, is_last) = read_take(lines)?;
            recipes.contains(&recipe).then_some(())?;
            row.takes.push(take);
        }
        line = lines.next()?;
        (line == "      ]").then_some(())?;
    } else {
        (line == "      \"takes\": []").then_some(())?;
    }
    let ends = lines.next()?;
    let is_last = lines.rest.is_empty();
    (ends == if is_last { "    }" } else { "    }," }).then_some(row)
}

/// Reads the fields of a take up to its end. Returns it with the name of its recipe, and whether it
/// is the last of its scene.
fn read_take<'t>(lines: &mut Lines<'t>) -> Option<(TakeRow<'t>, &'t str, bool)> {
    let (mut take, mut key, mut artifact, mut bytes) = (None, None, None, None);
    let (mut seed, mut seconds, mut task, mut credits) = (None, None, None, None);
    let (mut finished, mut note, mut recipe) = (None, None, None);
    let (mut adopted, mut rejected) = (false, false);
    let (mut place, mut goes_on) = (0, true);
    let is_last = loop {
        let line = lines.next()?;
        let Some(field) = line.strip_prefix("          \"") else {
            match line {
                _ if goes_on => return None,
                "        }" => break true,
                "        }," => break false,
                _ => return None,
            }
        };
        let (name, rest) = field.split_at(memchr(b'"', field.as_bytes())?);
        let rest = rest.strip_prefix("\": ")?;
        let text = rest.strip_suffix(',');
        // Every field but the last one ends with a comma.
        std::mem::replace(&mut goes_on, text.is_some()).then_some(())?;
        let text = text.unwrap_or(rest);
        let order = ORDER.iter().skip(place).position(|known| *known == name)?;
        place += order + 1;
        match name {
            "take" => take = Some(value(text)?),
            "key" => key = Some(plain(text)?.parse().ok()?),
            "seed" => seed = Some(value(text)?),
            "adopted" => adopted = value(text)?,
            "artifact" => artifact = Some(plain(text)?.parse().ok()?),
            "bytes" => bytes = Some(value(text)?),
            "seconds" => seconds = Some(value(text)?),
            "task" => task = Some(string(text)?),
            "api" => drop(value::<Dialect>(text)?),
            "credits" => credits = Some(value(text)?),
            "finished" => finished = Some(plain(text)?.parse().ok()?),
            "chosen" => drop(value::<bool>(text)?),
            "salt" | "over" => drop(value::<u32>(text)?),
            "rejected" => rejected = value(text)?,
            "note" => note = Some(string(text)?),
            _ => recipe = Some(plain(text)?),
        }
    };
    let (take, key, artifact, bytes) = (take?, key?, artifact?, bytes?);
    let finished = finished?;
    let row = TakeRow {
        take,
        key,
        seed,
        adopted,
        artifact,
        bytes,
        seconds,
        task,
        credits,
        finished,
        rejected,
        note,
    };
    Some((row, recipe?, is_last))
}

/// A number or another value without a text in it.
fn value<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// A text in quotes.
fn string(text: &str) -> Option<Cow<'_, str>> {
    match plain(text) {
        Some(plain) => Some(Cow::Borrowed(plain)),
        None => value(text).map(Cow::Owned),
    }
}

/// A text in quotes without anything that JSON escapes.
fn plain(text: &str) -> Option<&str> {
    let text = text.strip_prefix('"')?.strip_suffix('"')?;
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    text.bytes().all(is_plain).then_some(text)
}
