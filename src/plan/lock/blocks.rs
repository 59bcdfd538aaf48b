//! Blocks: the scenes of a lock's text, found without reading the others.
//!
//! A lock of ten thousand scenes is many megabytes, and a pick changes one of them. The program
//! writes each scene of the film as one block at a fixed indentation, so a block can be found,
//! read and replaced on its own. A text in any other form is read as a whole.

use super::scene::LockedScene;
use crate::base::{Digest, SceneId};

/// The line that begins the film's part of a lock.
const HEAD: &str = "{\n  \"version\": 2,\n  \"scenes\": {\n";
/// The line that ends it.
const TAIL: &str = "\n  }";
/// What comes before a scene's name and after its block.
const BEFORE: &str = "    \"";
const AFTER: &str = "\n    }";

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
        if !text.starts_with(HEAD)
            || ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|it| text.contains(it))
        {
            return None;
        }
        // No block has a line of that form: every line of one is indented further.
        let ends = HEAD.len() + text[HEAD.len()..].find(TAIL)?;
        Some(LockBlocks { text, begins: HEAD.len(), ends })
    }

    /// How many scenes there are.
    pub fn count(&self) -> usize {
        let part = &self.text[self.begins..self.ends];
        part.matches(AFTER).count()
    }

    /// A scene; `None` if it is not there, or not in the expected form.
    pub fn scene(&self, id: &SceneId) -> Option<LockedScene> {
        let (begins, ends) = self.span(id)?;
        serde_json::from_str(&self.text[begins..ends]).ok()
    }

    /// The text with another block for a scene that is there.
    pub fn with_scene(&self, id: &SceneId, scene: &LockedScene) -> Option<String> {
        let (begins, ends) = self.span(id)?;
        let block = serde_json::to_string_pretty(scene).ok()?.replace('\n', "\n    ");
        Some([&self.text[..begins], &block, &self.text[ends..]].concat())
    }

    /// The scenes in whose blocks a digest occurs.
    pub fn scenes_with(&self, digest: &Digest) -> Vec<SceneId> {
        let (part, digest) = (&self.text[self.begins..self.ends], digest.to_string());
        let mut scenes: Vec<SceneId> = Vec::new();
        for (at, _) in part.match_indices(&digest) {
            let scene = scene_before(&part[..at]);
            scenes.extend(scene.filter(|scene| scenes.last() != Some(scene)));
        }
        scenes
    }

    /// Where the value of a scene begins and ends.
    fn span(&self, id: &SceneId) -> Option<(usize, usize)> {
        let part = &self.text[self.begins..self.ends];
        let name = format!("{BEFORE}{id}\": {{\n");
        let at = match part.starts_with(&name) {
            true => 0,
            false => part.find(&format!("\n{name}"))? + 1,
        };
        let begins = at + name.len() - "{\n".len();
        let ends = begins + part[begins..].find(AFTER)? + AFTER.len();
        Some((self.begins + begins, self.begins + ends))
    }
}

/// The scene whose block contains the end of a text.
fn scene_before(text: &str) -> Option<SceneId> {
    let mut lines = text.rsplit('\n');
    let name = lines.find_map(|line| line.strip_prefix(BEFORE)?.strip_suffix("\": {"))?;
    name.parse().ok()
}
