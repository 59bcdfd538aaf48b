//! In-memory files, as if they were beside a storyboard.

use std::collections::HashMap;
use std::rc::Rc;

use kling_build::base::Diagnostic;
use kling_build::storyboard::Files;

struct MemoryFiles(HashMap<String, String>);

impl Files for MemoryFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, Box<Diagnostic>> {
        let missing = || {
            let message = format!("there is no file `{path}`");
            Box::new(Diagnostic::error("file-not-found", message))
        };
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or_else(missing)
    }
}

/// Files by path.
pub fn memory_files<P: ToString, T: ToString>(files: &[(P, T)]) -> Rc<dyn Files> {
    let text = |(path, text): &(P, T)| (path.to_string(), text.to_string());
    Rc::new(MemoryFiles(files.iter().map(text).collect()))
}
