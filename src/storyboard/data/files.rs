//! The files beside a storyboard: read once each, within a limit for all of them together.

use std::collections::HashMap;
use std::rc::Rc;

use super::elements::CollectionItem;
use crate::base::{Diagnostic, Source};
use crate::storyboard::limits::FILES_MAX_BYTES;
use crate::storyboard::text::decode::decode;
use crate::storyboard::text::diagnostics::Diagnostics;
use crate::storyboard::text::files::Files;

/// What is in a file of rows.
#[derive(Clone)]
pub(in crate::storyboard) struct DataRows {
    /// Those that could be read.
    pub elements: Vec<CollectionItem>,
    /// Whether those are all.
    pub is_whole: bool,
}

/// The files beside a storyboard, and what was read of them.
pub(in crate::storyboard) struct DataFiles {
    files: Rc<dyn Files>,
    /// What stands in front of a path where a file is shown: the storyboard's folder as the user
    /// named it, with a `/` behind.
    shown: String,
    bytes_left: u64,
    /// The rows of each file that was read, by path; `None` where there are none.
    pub data: HashMap<String, Option<Rc<DataRows>>>,
}

impl DataFiles {
    /// The files beside the storyboard of that name.
    pub fn new(files: Rc<dyn Files>, storyboard: &str) -> Self {
        let shown = match storyboard.rfind(['/', '\\']) {
            Some(end) => storyboard[..=end].to_string(),
            None => String::new(),
        };
        DataFiles { files, shown, bytes_left: FILES_MAX_BYTES, data: HashMap::new() }
    }

    /// A file's text under the name that is shown to the user.
    ///
    /// # Errors
    /// It is not there, too large, or no text.
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
