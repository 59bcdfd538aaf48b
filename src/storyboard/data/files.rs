//! Data files: files read by a storyboard, once each, with a limit for their total size.

use std::collections::HashMap;
use std::rc::Rc;

use super::elements::CollectionItem;
use crate::base::{Diagnostic, Source};
use crate::storyboard::limits::FILES_MAX_BYTES;
use crate::storyboard::text::decode::decode;
use crate::storyboard::text::diagnostics::Diagnostics;
use crate::storyboard::text::files::Files;

/// The contents of a file of rows.
#[derive(Clone)]
pub(in crate::storyboard) struct DataRows {
    /// The rows that could be read.
    pub elements: Vec<CollectionItem>,
    /// Whether these are all.
    pub is_whole: bool,
}

/// The files that a storyboard refers to, with what was read from them.
pub(in crate::storyboard) struct DataFiles {
    files: Rc<dyn Files>,
    /// The prefix of paths in messages: the storyboard's folder as the user named it, followed by
    /// `/`.
    shown: String,
    bytes_left: u64,
    /// The rows of each file that was read, by path; `None` if there are none.
    pub data: HashMap<String, Option<Rc<DataRows>>>,
}

impl DataFiles {
    /// The files of the storyboard with that name.
    pub fn new(files: Rc<dyn Files>, storyboard: &str) -> Self {
        let shown = match storyboard.rfind(['/', '\\']) {
            Some(end) => storyboard[..=end].to_string(),
            None => String::new(),
        };
        DataFiles { files, shown, bytes_left: FILES_MAX_BYTES, data: HashMap::new() }
    }

    /// A file's text under the name shown to the user.
    ///
    /// # Errors
    /// The file does not exist, is too large, or is not text.
    pub fn text(&mut self, path: &str) -> Result<Source, Box<Diagnostic>> {
        let bytes = self.files.read(path)?;
        let Some(left) = self.bytes_left.checked_sub(bytes.len() as u64) else {
            let limit = FILES_MAX_BYTES >> 20;
            let message = format!("the files of this film add up to more than {limit} MiB");
            return Err(Box::new(Diagnostic::error("too-large", message)));
        };
        self.bytes_left = left;
        let mut findings = Diagnostics::default();
        let name = format!("{}{path}", self.shown);
        let (source, is_text) = decode(&name, &bytes, &mut findings);
        match findings.into_sorted(&name).into_iter().find(|_| !is_text) {
            None => Ok(source),
            Some(mistake) => Err(Box::new(mistake)),
        }
    }
}
