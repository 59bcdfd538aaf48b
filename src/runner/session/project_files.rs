//! Project files: how the language sees the disk, that is the files that a storyboard refers to.
//!
//! Each file that was read is remembered with its stamp: a finished build stays up to date only
//! while these files do not change.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::storyboard_file::{meant_file, read_bytes};
use super::symlinks::{ProjectBounds, leads_out};
use crate::base::Diagnostic;
use crate::runner::options::folder_of;
use crate::store::{Disk, SharedDisk, Stamp, real_path, twins};
use crate::storyboard::Files;

/// The files beside a storyboard.
pub struct ProjectFiles {
    disk: SharedDisk,
    storyboard: PathBuf,
    folder: PathBuf,
    inside: ProjectBounds,
    read: RefCell<Vec<(PathBuf, Option<Stamp>)>>,
}

impl ProjectFiles {
    /// The files of the project of a storyboard.
    pub fn of(disk: SharedDisk, storyboard: &Path, allows_outside: bool) -> ProjectFiles {
        let folder = folder_of(storyboard);
        let inside = ProjectBounds::of(&*disk, &folder, allows_outside);
        let storyboard = storyboard.to_path_buf();
        ProjectFiles { disk, storyboard, folder, inside, read: RefCell::default() }
    }

    /// How many folders above the storyboard's belong to the project.
    pub fn folders_above(&self) -> usize {
        self.inside.folders_above()
    }

    /// Every file that was read, with its stamp from before; `None` if a file has none.
    pub fn stamps(&self) -> Option<Vec<(PathBuf, Stamp)>> {
        let read = self.read.borrow();
        read.iter().map(|(path, stamp)| Some((path.clone(), (*stamp)?))).collect()
    }
}

/// Refuses a path that two files have, because their names differ only in how letters such as `é` are
/// stored: which of them is meant would depend on the machine.
pub fn same_name(disk: &dyn Disk, folder: &Path, path: &str) -> Option<Diagnostic> {
    let (one, other) = twins(disk, folder, path)?;
    // They look alike, so the letters are written as numbers.
    let shown = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let escape = |letter: char| match letter.is_ascii() {
            true => letter.to_string(),
            false => letter.escape_unicode().to_string(),
        };
        name.chars().map(escape).collect::<String>()
    };
    let what = format!(
        "`{path}` is the name of two files, `{}` and `{}`, which other machines take for one",
        shown(&one),
        shown(&other)
    );
    Some(Diagnostic::error("same-name", what).fix("remove one of them, or give it another name"))
}

impl Files for ProjectFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, Box<Diagnostic>> {
        let on_disk = real_path(&*self.disk, &self.folder, path);
        if let Some(target) = self.inside.outside(&*self.disk, &on_disk) {
            return Err(Box::new(leads_out(path, &target)));
        }
        if let Some(mistake) = same_name(&*self.disk, &self.folder, path) {
            return Err(Box::new(mistake));
        }
        // The stamp comes first: if a file is saved meanwhile, its stamp will differ.
        let stamp = self.disk.stamp(&on_disk).ok();
        self.read.borrow_mut().push((on_disk.clone(), stamp));
        read_bytes(&*self.disk, &on_disk).map_err(|mut mistake| {
            if mistake.code == "file-not-found" {
                let meant = meant_file(&*self.disk, &on_disk, &self.storyboard);
                mistake.fix = meant.map(|file| format!("did you mean `{}`?", file.display()));
            }
            Box::new(mistake)
        })
    }
}
