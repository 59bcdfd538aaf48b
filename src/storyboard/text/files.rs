//! Files: the language's only view of the world, the files that a storyboard refers to.

use crate::base::Diagnostic;

/// The files that a storyboard refers to.
pub trait Files {
    /// The bytes of a file. Its path is relative to the storyboard's folder, is written with `/`
    /// and does not begin with `..`.
    ///
    /// # Errors
    /// The file does not exist or cannot be read: a diagnostic without a place.
    fn read(&self, path: &str) -> Result<Vec<u8>, Box<Diagnostic>>;
}

/// A storyboard without other files.
#[derive(Clone, Copy, Debug)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, Box<Diagnostic>> {
        let message = format!("there is no file `{path}`");
        Err(Box::new(Diagnostic::error("file-not-found", message)))
    }
}
