//! Paths: valid paths of project files, relative to the storyboard's folder.

use crate::base::text::excerpt;

/// Why a path cannot be used.
pub(in crate::storyboard) struct PathMistake {
    /// The error.
    pub message: String,
    /// What to do.
    pub label: String,
}

/// A path inside the project, relative to the storyboard's folder and written with `/`. `folder` is
/// that of the file that contains the path, empty for the storyboard itself; `what` says what the
/// path is for. So many folders `above` the storyboard's belong to the project as well; where it is
/// `None`, only that folder does.
pub(in crate::storyboard) fn inside(
    folder: &str,
    what: &str,
    path: &str,
    above: Option<usize>,
) -> Result<String, PathMistake> {
    let refuse = |message: String, label: &str| Err(PathMistake { message, label: label.into() });
    if path.is_empty() {
        return refuse(format!("{what} is empty"), "write a path");
    }
    if path.contains(['\0', '\n', '\r']) {
        return refuse(format!("{what} contains a line break or a NUL"), "write a single path");
    }
    if path.contains("://") {
        let message = format!("{what} must be a file in this project, not a URL");
        return refuse(message, "save it in the storyboard's folder and write its path");
    }
    let has_drive =
        path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    if path.starts_with(['/', '\\', '~']) || has_drive {
        let message = format!(
            "`{}` is an absolute path, which does not work on other machines",
            excerpt(path)
        );
        let label = "copy the file into the storyboard's folder and write its path from there";
        return refuse(message, label);
    }
    if path.contains('\\') {
        let label = format!("write `{}`", path.replace('\\', "/"));
        return refuse("paths use `/`, not `\\`".to_string(), &label);
    }
    let parts = folder.split('/').filter(|part| !part.is_empty()).count();
    let storyboard = above.unwrap_or(0);
    let mut depth = storyboard.saturating_add(parts);
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => {
                let (place, or) = match above {
                    Some(_) => ("project", ", or give `--allow-outside`"),
                    None => ("storyboard's folder", ""),
                };
                let message = format!("`{}` is outside the {place}", excerpt(path));
                return refuse(message, &format!("copy the file into the storyboard's folder{or}"));
            }
            ".." => depth -= 1,
            _ => depth = depth.saturating_add(1),
        }
    }
    let names_folder = path.ends_with(['/']) || path.ends_with("/.") || path.ends_with("/..");
    if depth <= storyboard && plain(&format!("{folder}/{path}")).split('/').all(|it| it == "..") {
        let message = format!("`{}` is a folder, but {what} must be a file", excerpt(path));
        return refuse(message, "write the path of a file");
    }
    if names_folder || matches!(path, "." | "..") {
        let message = format!("`{}` is a folder, but {what} must be a file", excerpt(path));
        return refuse(message, "write the path of a file");
    }
    match folder {
        // In the storyboard itself, paths are already relative to its folder.
        "" => Ok(path.to_string()),
        _ => Ok(plain(&format!("{folder}/{path}"))),
    }
}

/// The folder of a file, empty for the storyboard's own.
pub(in crate::storyboard) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path inside the project without `.` and `..`, so that each file has only one path.
pub(in crate::storyboard) fn plain(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_none_or(|last| *last == "..") => parts.push(".."),
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file_that_names_them() {
        for (folder, path, found) in [
            ("", "a.png", Some("a.png")),
            ("", "x/../a.png", Some("x/../a.png")),
            ("acts", "a.png", Some("acts/a.png")),
            ("acts", "../img/a.png", Some("img/a.png")),
            ("acts/one", "../../a.png", Some("a.png")),
            ("acts", "../../a.png", None),
            ("", "../a.png", None),
            ("", "x/..", None),
            ("acts", "x/", None),
            ("acts", "..", None),
            ("", "/a.png", None),
            ("", "c:/a.png", None),
            ("", "a\\b.png", None),
        ] {
            let inside = inside(folder, "`image`", path, None);
            assert_eq!(inside.ok().as_deref(), found, "{folder} {path}");
        }
    }

    #[test]
    fn folders_above_the_storyboard_may_belong_to_its_project() {
        for (folder, path, found) in [
            ("", "../brand/a.png", Some("../brand/a.png")),
            ("", "../../a.png", Some("../../a.png")),
            ("", "../../../a.png", None),
            ("acts", "../../brand/a.png", Some("../brand/a.png")),
            ("acts", "../../../../a.png", None),
            ("", "..", None),
            ("", "../..", None),
            ("acts", "..", None),
            ("", "../brand/", None),
        ] {
            // Where everything is allowed, only what is no file is refused.
            let anywhere = inside(folder, "`image`", path, Some(usize::MAX));
            assert_eq!(anywhere.is_ok(), path.ends_with("png"), "{folder} {path}");
            let found_inside = inside(folder, "`image`", path, Some(2));
            assert_eq!(found_inside.ok().as_deref(), found, "{folder} {path}");
        }
    }
}
