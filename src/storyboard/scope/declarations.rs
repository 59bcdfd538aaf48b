//! What is declared: variables and characters as written, and what the command line puts above them.

use std::sync::Arc;

use crate::base::{Place, Source};
use crate::storyboard::text::yaml::tree::{NodeId, Tree};

/// What stands above a storyboard's own `vars`.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Names and values from `--var`; they win over everything else, the last over the first.
    pub vars: Vec<(String, String)>,
    /// Files from `--vars`; they win over the storyboard, later ones over earlier ones.
    pub files: Vec<Source>,
}

/// A variable before its templates are rendered.
#[derive(Clone)]
pub(in crate::storyboard) struct Declaration {
    /// The file that declares it.
    pub tree: Arc<Tree>,
    /// Its value there.
    pub node: NodeId,
    /// Where its name stands.
    pub key: Place,
    /// How the command line gave it, if it did: `--var product`.
    pub given: Option<Arc<str>>,
}

/// A character that is right, but for the templates in it.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct Character {
    /// What templates call it.
    pub name: String,
    /// Where its name stands.
    pub key: NodeId,
    /// Its description.
    pub description: NodeId,
    /// Its picture.
    pub image: Option<NodeId>,
}
