//! Symbolic links that came with a project and lead somewhere else.
//!
//! Git carries symbolic links, so a foreign project may contain some that lead into the user's own
//! folders. Nothing is written through a link in the build directory, and no file outside the
//! project is made public. A folder that the user names on the command line may be a link, because
//! the user chose it.

use std::path::{Path, PathBuf};

use crate::base::Diagnostic;
use crate::runner::exit::Refusal;
use crate::runner::options::Options;
use crate::store::{Disk, EntryKind};

/// The folders of a build directory that a build writes to.
const FOLDERS: [&str; 4] = ["scenes", "posters", "cuts", "frames"];

/// Refuses links in the build directory, and in the store inside it if `store` names one.
///
/// # Errors
/// Exit code 2, with the link to remove.
pub fn refuse_links(
    disk: &dyn Disk,
    options: &Options,
    store: Option<&Path>,
) -> Result<(), Refusal> {
    let build_dir = options.output_dir();
    let is_link =
        |path: &PathBuf| disk.entry_itself(path).is_ok_and(|entry| entry.kind == EntryKind::Other);
    let mut inner = options.outer_dir();
    let outer = options.build_dir.is_none().then(|| inner.clone());
    let inner = options.inner_dirs().map(|name| {
        inner.push(name);
        inner.clone()
    });
    let own = outer.into_iter().chain(inner);
    let folders = FOLDERS.iter().map(|name| build_dir.join(name));
    let in_store = store.map(|store| with_contents(disk, store)).unwrap_or_default();
    match own.chain(folders).chain(in_store).find(is_link) {
        None => Ok(()),
        Some(link) => Err(refusal(disk, &link, &build_dir)),
    }
}

fn refusal(disk: &dyn Disk, link: &Path, build_dir: &Path) -> Refusal {
    let shown = link.display();
    let to = match disk.canonical(link) {
        Ok(target) => format!("to `{}`", target.display()),
        Err(_) => "to nothing".to_string(),
    };
    let what = format!("`{shown}` is a symbolic link {to}; a build does not write through links");
    let fix = match link == build_dir {
        true => format!("remove `{shown}`, or name the intended folder with `-o`"),
        false => format!("remove `{shown}`: a build creates what it needs"),
    };
    Refusal::usage(Diagnostic::error("link", what).fix(fix))
}

/// A store's folder, its entries, and the entries of its folders.
fn with_contents(disk: &dyn Disk, store: &Path) -> Vec<PathBuf> {
    let list = |folder: &Path| {
        let mut paths = disk.list(folder).unwrap_or_default();
        paths.sort();
        paths
    };
    let mut all = vec![store.to_path_buf()];
    for path in list(store) {
        let is_folder = disk.entry_itself(&path).is_ok_and(|entry| entry.kind == EntryKind::Folder);
        let inside = if is_folder { list(&path) } else { Vec::new() };
        all.push(path);
        all.extend(inside);
    }
    all
}

/// The extent of a project: everything under its git work tree, or under the storyboard's folder
/// if there is none; everything there is, if the user allows that.
pub struct ProjectBounds {
    /// The folder that holds all of it; absent if there are no bounds.
    root: Option<PathBuf>,
    /// How many folders above the storyboard's belong to it.
    folders_above: usize,
}

impl ProjectBounds {
    /// The project of a storyboard in this folder; without bounds if files outside are allowed.
    pub fn of(disk: &dyn Disk, folder: &Path, allows_outside: bool) -> ProjectBounds {
        if allows_outside {
            return ProjectBounds { root: None, folders_above: usize::MAX };
        }
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let root = disk.canonical(here).ok();
        let has_git = |folder: &&Path| disk.entry_itself(&folder.join(".git")).is_ok();
        let tree = root.as_deref().and_then(|root| root.ancestors().find(has_git));
        let above = root.as_deref().zip(tree).and_then(|(here, tree)| here.strip_prefix(tree).ok());
        let folders_above = above.map_or(0, |above| above.components().count());
        ProjectBounds { root: tree.map(Path::to_path_buf).or(root), folders_above }
    }

    /// How many folders above the storyboard's belong to the project.
    pub fn folders_above(&self) -> usize {
        self.folders_above
    }

    /// The target of a path of the project, if it is outside the project.
    pub fn outside(&self, disk: &dyn Disk, path: &Path) -> Option<PathBuf> {
        let (root, target) = (self.root.as_ref()?, disk.canonical(path).ok()?);
        (!target.starts_with(root)).then_some(target)
    }
}

/// A link to a user's file outside the project: using it would make the file public.
pub fn leads_out(path: &str, target: &Path) -> Diagnostic {
    let target = target.display();
    let what = format!("`{path}` is a symbolic link that leads out of the project, to `{target}`");
    Diagnostic::error("link", what).fix(
        "copy the file into the project, or give `--allow-outside`: files that a film uses are \
             uploaded",
    )
}
