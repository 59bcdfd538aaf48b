//! The catalog and the dialect of a film: what its models can do.

use crate::catalog::{Catalog, Dialect};
use crate::storyboard::data::files::DataFiles;
use crate::storyboard::schema::value_schemas::{ApiName, Text};
use crate::storyboard::schema::written::{Template, Written};
use crate::storyboard::scope::declarations::Overrides;
use crate::storyboard::scope::findings::Findings;
use crate::storyboard::scope::values::Scope;
use crate::storyboard::text::paths::{self, PathMistake};

/// Reads the catalog that the storyboard names, unless the command line or the environment names
/// one; returns whether the catalog is known.
pub(super) fn read(
    scope: &mut Scope,
    findings: &mut Findings,
    files: &mut DataFiles,
    written: Option<&Written<Template<Text>>>,
    overrides: &Overrides,
) -> bool {
    let Some(written) = written else { return true };
    let Some(path) = scope.text("`catalog`", written.node, None, findings) else { return false };
    if overrides.catalog.is_some() {
        return true;
    }
    let place = scope.tree.place(written.node);
    let folder = scope.tree.folder(written.node);
    let path = match paths::inside(folder, "`catalog`", path.trim(), None) {
        Ok(path) => paths::plain(&path),
        Err(PathMistake { message, label }) => {
            findings.error("bad-path", message, written.node, label);
            return false;
        }
    };
    let read = files.text(&path).map_err(|error| Box::new(error.at(place.clone())));
    let catalog = read.and_then(|file| {
        Catalog::with_file(&file).map_err(|error| Box::new(error.related(place, "named here")))
    });
    match catalog {
        Ok(catalog) => {
            scope.whole_catalog = catalog;
            scope.catalog = catalog.dialect(scope.dialect);
        }
        Err(error) => {
            findings.add(*error);
            return false;
        }
    }
    true
}

/// Reads the dialect that the storyboard names, unless the command line or the environment names
/// one.
pub(super) fn api(
    scope: &mut Scope,
    findings: &mut Findings,
    written: Option<&Written<ApiName>>,
    overrides: &Overrides,
) {
    let Some(written) = written else { return };
    let named = scope.term::<Dialect>("`api`", written.node, None, findings);
    if let Some(dialect) = named.filter(|_| overrides.api.is_none()) {
        scope.dialect = dialect;
        scope.catalog = scope.whole_catalog.dialect(dialect);
    }
}
