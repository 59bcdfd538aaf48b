//! Blocks: the scenes of a lock's text, found without reading the others.
//!
//! A lock of ten thousand scenes is many megabytes, and a pick changes one of them. The program
//! writes each scene of the film as one block at a fixed indentation, so a block can be found,
//! read and replaced on its own. A text in any other form is read as a whole.

use std::collections::BTreeMap;

use memchr::memmem;
use serde::Serialize;

use super::conflict;
use super::rows::{self, LockRow};
use super::scene::LockedScene;
use crate::base::{Digest, ProfileId, SceneId};

/// The line that begins the film's part of a lock.
const HEAD: &str = "{\n  \"version\": 2,\n  \"scenes\": {\n";
/// The line that ends it.
const TAIL: &str = "\n  }";
/// What comes before a scene's name and after its block.
const BEFORE: &str = "    \"";
const AFTER: &str = "\n    }";
/// The bytes that a block has at most, if its scene has a few takes.
const BLOCK_BYTES: usize = 4_096;
/// What comes before the digest of a video in an input of a recipe, which is indented at least as
/// far; a take, which has a field of that name as well, is indented less.
const INPUT: &str = "            \"artifact\": \"";

/// The parts of profiles, by profile and scene.
type Profiles = BTreeMap<ProfileId, BTreeMap<SceneId, LockedScene>>;

/// Prints a lock scene by scene, so that the scenes need not all be in memory: the same text as that
/// of [`super::Lock::print`].
#[derive(Debug)]
pub struct LockPrinter {
    text: String,
    /// The block that is being printed.
    block: Vec<u8>,
    is_empty: bool,
}

impl LockPrinter {
    /// Begins a lock whose text will have about so many bytes.
    pub fn new(bytes: usize) -> LockPrinter {
        let mut text = String::with_capacity(bytes);
        text.push_str(HEAD);
        LockPrinter { text, block: Vec::new(), is_empty: true }
    }

    /// Adds a scene of the film; they come sorted by name.
    pub fn scene(&mut self, id: &SceneId, scene: &LockedScene) {
        if !std::mem::replace(&mut self.is_empty, false) {
            self.text.push_str(",\n");
        }
        self.text.push_str(BEFORE);
        self.text.push_str(id.as_str());
        self.text.push_str("\": ");
        push_block(&mut self.text, &mut self.block, scene, "    ");
    }

    /// Adds the parts of the profiles and returns the text.
    pub fn finish(mut self, profiles: &Profiles) -> String {
        match self.is_empty {
            true => self.text.replace_range(HEAD.len() - 1.., "}"),
            false => self.text.push_str(TAIL),
        }
        if !profiles.is_empty() {
            self.text.push_str(",\n  \"profiles\": ");
            push_block(&mut self.text, &mut self.block, profiles, "  ");
        }
        self.text.push_str("\n}\n");
        self.text
    }
}

/// Appends a value as JSON, indented; `buffer` is used on the way.
fn push_block(text: &mut String, buffer: &mut Vec<u8>, value: &impl Serialize, indent: &str) {
    buffer.clear();
    serde_json::to_writer_pretty(&mut *buffer, value)
        .expect("a lock holds nothing that JSON cannot");
    let block = str::from_utf8(buffer).expect("JSON is UTF-8");
    let mut lines = block.split('\n');
    text.push_str(lines.next().unwrap_or_default());
    for line in lines {
        text.push('\n');
        text.push_str(indent);
        text.push_str(line);
    }
}

/// The film's part of a lock's text, by scene.
#[derive(Clone, Copy, Debug)]
pub struct LockBlocks<'t> {
    text: &'t str,
    /// Where the blocks begin and end.
    begins: usize,
    ends: usize,
}

impl<'t> LockBlocks<'t> {
    /// The blocks of a text; `None` if it does not have the form in which this program writes, for
    /// example because a merge of git left both sides.
    pub fn of(text: &'t str) -> Option<LockBlocks<'t>> {
        if !text.starts_with(HEAD) || conflict::has_markers(text) {
            return None;
        }
        // No block has a line of that form: every line of one is indented further.
        let ends = HEAD.len() + memmem::find(&text.as_bytes()[HEAD.len()..], TAIL.as_bytes())?;
        Some(LockBlocks { text, begins: HEAD.len(), ends })
    }

    /// How many scenes there are.
    pub fn count(&self) -> usize {
        let part = &self.text[self.begins..self.ends];
        memmem::find_iter(part.as_bytes(), AFTER).count()
    }

    /// A scene; `None` if it is not there, or not in the expected form.
    pub fn scene(&self, id: &SceneId) -> Option<LockedScene> {
        let (begins, ends) = self.span(id)?;
        serde_json::from_str(&self.text[begins..ends]).ok()
    }

    /// What a list of takes shows of all scenes; `None` if they are not in the expected form.
    pub fn rows(&self) -> Option<Vec<LockRow<'t>>> {
        rows::rows(&self.text[self.begins..self.ends])
    }

    /// The text with these scenes in the place of those with their names. Scenes that are not there
    /// are not added.
    pub fn with_scenes(&self, scenes: &BTreeMap<SceneId, LockedScene>) -> String {
        let mut from = self.begins;
        let spans = scenes.iter().filter_map(|(id, scene)| {
            // The scenes are sorted in both, so each one is found behind the one before.
            let span = self.span_from(id, from).or_else(|| self.span(id))?;
            from = span.1;
            Some((span, scene))
        });
        let mut spans: Vec<((usize, usize), &LockedScene)> = spans.collect();
        spans.sort_by_key(|(span, _)| *span);
        let mut text = String::with_capacity(self.text.len() + BLOCK_BYTES * spans.len());
        let (mut at, mut buffer) = (0, Vec::new());
        for ((begins, ends), scene) in spans {
            text.push_str(&self.text[at..begins]);
            push_block(&mut text, &mut buffer, scene, "    ");
            at = ends;
        }
        text + &self.text[at..]
    }

    /// The scenes with a take that uses a video or shows a frame of it; `None` if one of them is not
    /// in the expected form.
    pub fn scenes_that_use(&self, video: &Digest) -> Option<Vec<(SceneId, LockedScene)>> {
        let part = &self.text[self.begins..self.ends];
        let input = format!("{INPUT}{video}\"");
        let mut scenes: Vec<(SceneId, LockedScene)> = Vec::new();
        // A scene may have several takes that show it.
        let mut read_to = 0;
        for at in memmem::find_iter(part.as_bytes(), &input) {
            if at < read_to {
                continue;
            }
            let (id, begins) = block_around(part, at)?;
            read_to = end_of_block(part, begins)?;
            scenes.push((id, serde_json::from_str(&part[begins..read_to]).ok()?));
        }
        Some(scenes)
    }

    /// Where the value of a scene begins and ends.
    fn span(&self, id: &SceneId) -> Option<(usize, usize)> {
        self.span_from(id, self.begins)
    }

    /// Where the value of a scene begins and ends, if its block begins behind a place in the text.
    fn span_from(&self, id: &SceneId, from: usize) -> Option<(usize, usize)> {
        let part = &self.text[from..self.ends];
        let name = format!("{BEFORE}{id}\": {{\n");
        let at = match part.starts_with(&name) {
            true => 0,
            false => memmem::find(part.as_bytes(), format!("\n{name}").as_bytes())? + 1,
        };
        let begins = at + name.len() - "{\n".len();
        Some((from + begins, from + end_of_block(part, begins)?))
    }
}

/// The scene whose block contains a place in a text, and where its value begins.
fn block_around(text: &str, at: usize) -> Option<(SceneId, usize)> {
    let mut ends = at;
    loop {
        let begins = text[..ends].rfind('\n').map_or(0, |line_break| line_break + 1);
        let line = &text[begins..ends];
        if let Some(name) = line.strip_prefix(BEFORE).and_then(|name| name.strip_suffix("\": {")) {
            return Some((name.parse().ok()?, ends - "{".len()));
        }
        ends = begins.checked_sub(1)?;
    }
}

/// Where the value that begins at a place in a text ends.
fn end_of_block(text: &str, begins: usize) -> Option<usize> {
    Some(begins + memmem::find(&text.as_bytes()[begins..], AFTER.as_bytes())? + AFTER.len())
}
