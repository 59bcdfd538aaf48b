//! Declarations: variables and characters as written, and what the command line overrides.

use std::sync::Arc;

use crate::base::{Place, ProfileId, Source};
use crate::catalog::{Catalog, Dialect};
use crate::storyboard::text::yaml::tree::{NodeId, Tree};

/// What the command line sets: overrides of a storyboard's own `vars`, and its profile.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Names and values from `--var`; they override everything else, later ones override earlier
    /// ones.
    pub vars: Vec<(String, String)>,
    /// Files from `--vars`; they override the storyboard, later ones override earlier ones.
    pub files: Vec<Source>,
    /// The profile from `--profile`, whose values override those of scenes and defaults.
    pub profile: Option<ProfileId>,
    /// The API dialect from `--api` or `KIE_API`, which overrides that of the storyboard.
    pub api: Option<Dialect>,
    /// The catalog from `--catalog` or `KLING_BUILD_CATALOG`, which overrides that of the storyboard.
    pub catalog: Option<&'static Catalog>,
    /// How many folders above that of the storyboard belong to its project: pictures, voices and
    /// fonts may be there.
    pub folders_above: usize,
}

/// A variable before its templates are rendered.
#[derive(Clone)]
pub(in crate::storyboard) struct Declaration {
    /// The file that declares it.
    pub tree: Arc<Tree>,
    /// Its value there.
    pub node: NodeId,
    /// The place of its name.
    pub key: Place,
    /// The command-line flag that set it, if any: `--var product`.
    pub given: Option<Arc<str>>,
}

/// A valid character whose templates are not yet checked.
#[derive(Clone, Debug)]
pub(in crate::storyboard) struct Character {
    /// Its name in templates.
    pub name: String,
    /// The place of its name.
    pub key: NodeId,
    /// Its description.
    pub description: NodeId,
    /// Its picture.
    pub image: Option<NodeId>,
}
