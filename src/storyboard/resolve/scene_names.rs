//! Scene index: the scenes that a name refers to.
//!
//! A name refers to the scene in the same variant; with its variant written out, to exactly that
//! one. The name of a scene with rows, without a row, refers to all of them.

use std::collections::{HashMap, HashSet};

use super::scenes::SceneInstance;

/// The scenes of a film by name.
pub(in crate::storyboard) struct SceneIndex<'s> {
    whole: HashMap<&'s str, usize>,
    paired: HashMap<(usize, &'s str), usize>,
    /// The rows of each scene that has rows.
    rows: HashMap<(usize, &'s str), Vec<usize>>,
    /// The names that a storyboard would use, in film order: those written, then those of rows.
    names: Vec<&'s str>,
    /// Scenes with invalid rows, by their names as written.
    partial: HashSet<&'s str>,
    /// Whether every file of the film could be read.
    is_whole: bool,
}

/// The scenes that a name refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::storyboard) enum SceneMatch<'r> {
    /// One scene, by position.
    One(usize),
    /// All rows of a scene, by position.
    NamedValues(&'r [usize]),
    /// Possibly something that could not be read, which has been reported.
    Unread,
}

impl<'s> SceneIndex<'s> {
    /// Indexes the scenes; unless the film `is_whole`, there may be others.
    pub fn of(scenes: &'s [SceneInstance], is_whole: bool) -> Self {
        let mut index = SceneIndex {
            whole: HashMap::with_capacity(scenes.len()),
            paired: HashMap::with_capacity(scenes.len()),
            rows: HashMap::new(),
            names: Vec::new(),
            partial: HashSet::new(),
            is_whole,
        };
        let mut written: HashSet<&str> = HashSet::new();
        let mut bases = Vec::new();
        for (at, scene) in scenes.iter().enumerate() {
            index.whole.insert(&scene.name, at);
            index.paired.insert((scene.variant, &scene.base), at);
            if !scene.is_whole {
                index.partial.insert(&scene.written);
            }
            let is_row = *scene.base != *scene.written;
            if is_row {
                index.rows.entry((scene.variant, &scene.written)).or_default().push(at);
            }
            if scene.variant == 0 {
                if written.insert(&scene.written) {
                    index.names.push(&scene.written);
                }
                bases.extend(is_row.then_some(scene.base.as_str()));
            }
        }
        index.names.extend(bases);
        index
    }

    /// The scenes that a name refers to in a variant.
    pub fn find<'r>(&'r self, name: &'r str, variant: usize) -> Option<SceneMatch<'r>> {
        if let Some(rows) = self.rows.get(&(variant, name)) {
            return Some(SceneMatch::NamedValues(rows));
        }
        let one = self.paired.get(&(variant, name)).or_else(|| self.whole.get(name));
        let is_unread = || {
            let mut scenes = name.match_indices('.').map(|(dot, _)| &name[..dot]);
            !self.is_whole || scenes.any(|scene| self.partial.contains(scene))
        };
        match one {
            Some(at) => Some(SceneMatch::One(*at)),
            None => is_unread().then_some(SceneMatch::Unread),
        }
    }

    /// The names that a storyboard would use, in film order.
    pub fn names(&self) -> &[&'s str] {
        &self.names
    }
}

impl SceneMatch<'_> {
    /// The positions.
    pub fn positions(&self) -> &[usize] {
        match self {
            SceneMatch::One(at) => std::slice::from_ref(at),
            SceneMatch::NamedValues(rows) => rows,
            SceneMatch::Unread => &[],
        }
    }
}
