//! Findings: what is wrong with the storyboard, reported at its nodes.

use std::sync::Arc;

use crate::base::Diagnostic;
use crate::storyboard::limits::GUESSES_MAX;
use crate::storyboard::text::diagnostics::Diagnostics;
use crate::storyboard::text::suggestions::did_you_mean;
use crate::storyboard::text::yaml::tree::{NodeId, Tree};

/// What is wrong with a storyboard.
pub(in crate::storyboard) struct Findings {
    /// Everything reported so far.
    pub diagnostics: Diagnostics,
    /// The tree whose nodes are reported at.
    tree: Arc<Tree>,
    /// How many more unknown names are compared with all scenes.
    guesses_left: u32,
}

impl Findings {
    /// Goes on with what was reported while the storyboard was read.
    pub fn new(tree: Arc<Tree>, diagnostics: Diagnostics) -> Findings {
        Findings { diagnostics, tree, guesses_left: GUESSES_MAX }
    }

    /// Adds a diagnostic.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.add(diagnostic);
    }

    /// Reports an error at a node.
    pub fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        node: NodeId,
        label: impl Into<String>,
    ) {
        let place = self.tree.place(node);
        self.add(Diagnostic::error(code, message).at(place).label(label));
    }

    /// Suggests the scene that an unknown name was probably meant to be.
    pub fn guess_scene<'n>(
        &mut self,
        found: &str,
        scenes: impl Iterator<Item = &'n str>,
        otherwise: impl FnOnce() -> String,
    ) -> String {
        if self.guesses_left == 0 {
            return otherwise();
        }
        self.guesses_left -= 1;
        did_you_mean(found, scenes, otherwise)
    }
}
