//! New projects: a small film that builds in preview at once; existing files are not overwritten.

use std::io;
use std::path::{Path, PathBuf};

use crate::base::Diagnostic;
use crate::catalog::Dialect;
use crate::runner::exit::Refusal;
use crate::store::Disk;

/// The film of a new project.
const STORYBOARD: &str = include_str!("storyboard.yaml");
/// The line of a `.gitignore` that keeps videos out of git; the lock belongs in git.
const IGNORED: &str = "/build/";

/// The files of a new project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProject {
    /// The files that were written.
    pub written: Vec<PathBuf>,
    /// A `.gitignore` that existed already and does not ignore the build directory.
    pub lacks_ignore: Option<PathBuf>,
}

impl NewProject {
    /// Writes a project into a folder, which is created if necessary; `schema` is the storyboard's
    /// schema, for editors, and `api` the dialect that the film names, if any.
    ///
    /// # Errors
    /// One of its files exists already, or the folder cannot be written: then nothing is left
    /// behind except perhaps the folder. An existing `.gitignore` is not changed.
    pub fn write(
        disk: &dyn Disk,
        folder: &Path,
        schema: &str,
        api: Option<Dialect>,
    ) -> Result<NewProject, Refusal> {
        let storyboard = match api {
            Some(api) => STORYBOARD.replace("version: 1\n", &format!("version: 1\napi: {api}\n")),
            None => STORYBOARD.to_string(),
        };
        let files = [("storyboard.yaml", storyboard.as_str()), ("storyboard.schema.json", schema)];
        let taken: Vec<PathBuf> = files.iter().map(|(name, _)| folder.join(name)).collect();
        if let Some(path) = taken.iter().find(|path| disk.entry_itself(path).is_ok()) {
            return Err(Refusal::usage(in_the_way(path)));
        }
        disk.make_folder(folder).map_err(|error| unwritable(folder, &error))?;
        let mut written: Vec<PathBuf> = Vec::new();
        for (name, text) in files {
            let path = folder.join(name);
            if let Err(refusal) = create(disk, &path, text) {
                for path in &written {
                    // They were written a moment ago, and the original failure is reported.
                    let _ = disk.remove_file(path);
                }
                return Err(refusal);
            }
            written.push(path);
        }
        let ignore = folder.join(".gitignore");
        let lacks_ignore = match disk.read(&ignore) {
            Ok(text) => (!ignores_build(&String::from_utf8_lossy(&text))).then_some(ignore),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(disk, &ignore, &format!("{IGNORED}\n"))?;
                written.push(ignore);
                None
            }
            Err(_) => Some(ignore),
        };
        Ok(NewProject { written, lacks_ignore })
    }
}

fn ignores_build(text: &str) -> bool {
    let mut lines = text.lines().map(|line| line.trim().trim_matches('/'));
    lines.any(|line| line == IGNORED.trim_matches('/'))
}

/// Writes a file that must not exist yet.
fn create(disk: &dyn Disk, path: &Path, text: &str) -> Result<(), Refusal> {
    match disk.create_new(path, text.as_bytes()) {
        Ok(()) => Ok(()),
        // Somebody else has created it since.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Refusal::usage(in_the_way(path)))
        }
        Err(error) => Err(unwritable(path, &error)),
    }
}

fn in_the_way(path: &Path) -> Diagnostic {
    let message = format!("`{}` already exists and is not overwritten", path.display());
    Diagnostic::error("already-there", message)
        .fix("name a new folder, such as `kling-build init my-film`")
}

fn unwritable(path: &Path, error: &io::Error) -> Refusal {
    let message = format!("`{}` cannot be written: {error}", path.display());
    Refusal::usage(Diagnostic::error("unwritable", message).fix("name another folder"))
}
