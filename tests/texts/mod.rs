//! Texts: the files beside a storyboard, in memory.

use std::collections::HashMap;
use std::rc::Rc;

use kling_build::base::Diagnostic;
use kling_build::storyboard::Files;

struct Texts(HashMap<String, String>);

impl Files for Texts {
    fn read(&self, path: &str) -> Result<Vec<u8>, Box<Diagnostic>> {
        let missing = || {
            let message = format!("there is no file `{path}`");
            Box::new(Diagnostic::error("file-not-found", message))
        };
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or_else(missing)
    }
}

/// Files by path.
pub fn texts<P: ToString, T: ToString>(files: &[(P, T)]) -> Rc<dyn Files> {
    let text = |(path, text): &(P, T)| (path.to_string(), text.to_string());
    Rc::new(Texts(files.iter().map(text).collect()))
}
