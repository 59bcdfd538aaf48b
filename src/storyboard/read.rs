//! Reading: from the bytes of a storyboard to a film, with all diagnostics.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::data::files::DataFiles;
use super::expand::include;
use super::expand::include::MergedDocument;
use super::film::overridden::Overridden;
use super::film::resolved::Film;
use super::resolve::assemble;
use super::schema::document::Storyboard;
use super::schema::reader;
use super::scope::declarations::Overrides;
use super::scope::findings::Findings;
use super::scope::values::Scope;
use super::template::renderer::TemplateRenderer;
use super::text::decode::decode;
use super::text::diagnostics::Diagnostics;
use super::text::files::{Files, NoFiles};
use super::text::secrets;
use super::text::suggestions::closest;
use super::text::yaml::comments;
use super::text::yaml::parse::scan;
use super::text::yaml::tree::{Tree, Value};
use crate::base::{Diagnostic, Place, Source, Span};
use crate::catalog::Catalog;

/// The result of reading a storyboard.
#[derive(Debug)]
pub struct Reading {
    /// Everything that could be resolved, with valid scenes only; `None` if the text as a whole
    /// could not be read. The diagnostics say whether it may be built.
    pub film: Option<Film>,
    /// All errors and warnings, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The text, with everything that looks like a secret blanked out.
    #[cfg_attr(not(feature = "internals"), expect(dead_code, reason = "only tests use it"))]
    pub source: Source,
}

impl Reading {
    /// Whether the storyboard can be built.
    #[cfg_attr(not(feature = "internals"), expect(dead_code, reason = "only tests use it"))]
    pub fn is_right(&self) -> bool {
        self.film.is_some() && !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Reads a storyboard without other files, like [`read_with`].
#[cfg_attr(not(feature = "internals"), expect(dead_code, reason = "only tests use it"))]
pub fn read(name: &str, bytes: &[u8], overrides: &Overrides) -> Reading {
    read_with(name, bytes, overrides, Rc::new(NoFiles))
}

/// Reads a storyboard with this name, and the files that it refers to. Never panics; time and
/// memory are proportional to the bytes, whatever they are.
pub fn read_with(name: &str, bytes: &[u8], overrides: &Overrides, files: Rc<dyn Files>) -> Reading {
    let mut findings = Diagnostics::default();
    let (source, is_text) = decode(name, bytes, &mut findings);
    let tree = if is_text { scan(&source, &mut findings) } else { None };
    let Some(tree) = tree.map(secrets::hide) else {
        return Reading { film: None, diagnostics: findings.into_sorted(name), source };
    };
    let source = tree.source.clone();
    let library = DataFiles::new(files, name);
    let (film, findings) = film(name, tree, findings, overrides, library);
    Reading { film, diagnostics: findings.into_sorted(name), source }
}

fn film(
    name: &str,
    tree: Tree,
    mut findings: Diagnostics,
    overrides: &Overrides,
    mut files: DataFiles,
) -> (Option<Film>, Diagnostics) {
    let is_blank = match tree.value(tree.root) {
        Value::Scalar(scalar) => scalar.text.trim().is_empty(),
        Value::Broken => tree.source.text().trim().is_empty() || tree.nodes.len() == 1,
        _ => false,
    };
    if is_blank {
        let place = Place::new(&tree.source, Span::new(0, 0));
        let message = "the storyboard is empty";
        let diagnostic = Diagnostic::error("empty-storyboard", message)
            .at(place)
            .label("`kling-build init my-film` creates one to start from");
        findings.add(diagnostic);
        return (None, findings);
    }
    if tree.map(tree.root).is_none() {
        if !matches!(tree.value(tree.root), Value::Broken) {
            findings.add(not_a_storyboard(&tree));
        }
        return (None, findings);
    }
    if is_of_another_tool(&tree) {
        let message = "this file is none of kling-build's: it has no `version` and no `scenes`";
        let diagnostic = Diagnostic::error("not-a-storyboard", message)
            .at(tree.place(tree.root))
            .label("a storyboard starts with `version: 1` and lists its `scenes`")
            .fix("`kling-build init my-film` creates one to start from");
        findings.add(diagnostic);
        return (None, findings);
    }
    let read = reader::read::<Storyboard>(&tree, tree.root, "the storyboard", &mut findings);
    let Some(read) = read else { return (None, findings) };
    let MergedDocument { tree, whole, is_whole } =
        include::join(name, tree, read, &mut files, &mut findings);
    let dialect = overrides.api.unwrap_or_default();
    let catalog = overrides.catalog.unwrap_or_else(Catalog::embedded);
    let tree = Arc::new(tree);
    let mut findings = Findings::new(Arc::clone(&tree), findings);
    comments::cut_texts(&tree).into_iter().for_each(|cut| findings.add(cut));
    let mut scope = Scope {
        tree,
        renderer: TemplateRenderer::new(),
        partials: HashMap::new(),
        variables: BTreeMap::new(),
        overridden: Overridden::default(),
        characters: Vec::new(),
        dialect,
        catalog: catalog.dialect(dialect),
        whole_catalog: catalog,
        folders_above: overrides.folders_above,
    };
    if !is_whole {
        scope.renderer.give_up_on_file();
    }
    let film = assemble::resolve(&mut scope, &mut findings, &mut files, whole, overrides);
    let tree = scope.tree;
    let mut findings = findings.diagnostics;
    if !has_version(&tree) && findings.count(&["unknown-field", "unknown-value"]) >= FOREIGN_MIN {
        let message = "this is another tool's board: it has no `version`, and most of its fields \
                       are none of kling-build's";
        let diagnostic = Diagnostic::error("not-a-storyboard", message)
            .at(tree.place(tree.root))
            .label("write `version: 1` above this line to see what each field is called here")
            .fix("or begin anew: `kling-build init my-film` creates a storyboard");
        findings.keep_only("secret-in-storyboard");
        findings.add(diagnostic);
    }
    (Some(film), findings)
}

/// How many unknown words a storyboard without a version may have.
const FOREIGN_MIN: usize = 3;

/// Whether a storyboard has a version, perhaps misspelt.
fn has_version(tree: &Tree) -> bool {
    let entries = tree.map(tree.root).map(|map| map.entries()).unwrap_or_default();
    entries.iter().any(|entry| closest(tree.key_text(*entry), ["version"]).is_some())
}

/// Fields of which every storyboard has some.
const USUAL_FIELDS: [&str; 8] =
    ["version", "title", "scenes", "include", "vars", "defaults", "cuts", "matrix"];

/// Whether a file has several fields, and none that is usual, written right or nearly right.
fn is_of_another_tool(tree: &Tree) -> bool {
    let keys = || {
        let entries = tree.map(tree.root).map(|map| map.entries()).unwrap_or_default();
        entries.iter().map(|entry| tree.key_text(*entry))
    };
    keys().count() > 1
        && keys().all(|key| !USUAL_FIELDS.contains(&key) && closest(key, USUAL_FIELDS).is_none())
}

/// The error for YAML that is not a map.
fn not_a_storyboard(tree: &Tree) -> Diagnostic {
    let kind = tree.instead(tree.root);
    let message = format!("a storyboard must start with `name: value` lines, {kind}");
    Diagnostic::error("wrong-type", message)
        .at(tree.place(tree.root))
        .label("start with `version: 1`")
}
