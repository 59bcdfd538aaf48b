//! Files: the language's only view of the world, the files that a storyboard names.

use crate::base::Diagnostic;

/// The files that a storyboard names.
pub trait Files {
    /// The bytes of a file. Its path is relative to the storyboard's folder, is written with `/`
    /// and has no `..` in front.
    ///
    /// # Errors
    /// It is not there, or may not be read: a diagnostic without a place in a file.
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
