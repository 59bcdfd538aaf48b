//! `init`: a new project.

use super::args::InitArgs;
use crate::report::quoted;
use crate::runner::{Exit, NewProject, Refusal};
use crate::storyboard::json_schema;

/// Writes a small film to begin with.
pub fn init(arguments: &InitArgs) -> Result<Exit, Refusal> {
    let schema = format!("{:#}\n", json_schema().to_value());
    let folder = arguments.folder.strip_prefix(".").unwrap_or(&arguments.folder);
    let project = NewProject::write(folder, &schema)?;
    for path in &project.written {
        eprintln!("wrote {}", path.display());
    }
    if let Some(path) = &project.lacks_ignore {
        eprintln!("note: add `/build/` to {}: videos do not belong into git", path.display());
    }
    let enter = match folder.as_os_str().is_empty() {
        true => String::new(),
        false => format!("cd {} && ", quoted(&folder.display().to_string())),
    };
    eprintln!("next: {enter}kling-build --preview");
    Ok(Exit::Done)
}
