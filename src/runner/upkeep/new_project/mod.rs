//! New projects: a small film that builds in preview at once, written where nothing stands yet.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::base::Diagnostic;
use crate::runner::exit::Refusal;

/// The film of a new project.
const STORYBOARD: &str = include_str!("storyboard.yaml");
/// The line of a `.gitignore` that keeps videos out of git; the lock belongs into it.
const IGNORED: &str = "/build/";

/// What a new project consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProject {
    /// The files that were written.
    pub written: Vec<PathBuf>,
    /// A `.gitignore` that stood there already and does not ignore the build directory.
    pub lacks_ignore: Option<PathBuf>,
}

impl NewProject {
    /// Writes a project into a folder, which is made if need be; `schema` is the storyboard's
    /// schema, for editors.
    ///
    /// # Errors
    /// Where one of its files stands there already, or the folder cannot be written: then nothing
    /// is left behind but perhaps the folder. A `.gitignore` that is there stays as it is.
    pub fn write(folder: &Path, schema: &str) -> Result<NewProject, Refusal> {
        let files = [("storyboard.yaml", STORYBOARD), ("storyboard.schema.json", schema)];
        let taken: Vec<PathBuf> = files.iter().map(|(name, _)| folder.join(name)).collect();
        if let Some(path) = taken.iter().find(|path| fs::symlink_metadata(path).is_ok()) {
            return Err(Refusal::usage(in_the_way(path)));
        }
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        let mut written = Vec::new();
        for (name, text) in files {
            let path = folder.join(name);
            if let Err(refusal) = create(&path, text) {
                for path in &written {
                    // They were written a moment ago, and the reason for failing is told.
                    let _ = fs::remove_file(path);
                }
                return Err(refusal);
            }
            written.push(path);
        }
        let ignore = folder.join(".gitignore");
        let lacks_ignore = match fs::read_to_string(&ignore) {
            Ok(text) => (!ignores_build(&text)).then_some(ignore),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(&ignore, &format!("{IGNORED}\n"))?;
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

/// Writes a file that must not be there yet.
fn create(path: &Path, text: &str) -> Result<(), Refusal> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    match file.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => Ok(()),
        // It has come since, from somebody else.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Refusal::usage(in_the_way(path)))
        }
        Err(error) => Err(unwritable(path, &error)),
    }
}

fn in_the_way(path: &Path) -> Diagnostic {
    let message = format!("`{}` is there already, and it is not overwritten", path.display());
    Diagnostic::error("already-there", message)
        .fix("name a new folder, such as `kling-build init my-film`")
}

fn unwritable(path: &Path, error: &io::Error) -> Refusal {
    let message = format!("`{}` cannot be written: {error}", path.display());
    Refusal::usage(Diagnostic::error("unwritable", message).fix("name another folder"))
}
