//! Conversions: the command that makes of a file another one that the API accepts. Each can be typed as
//! it is shown, and writes over nothing.

use std::path::{Path, PathBuf};

use crate::base::quoted;
use crate::media::PictureConverter;
use crate::store::Disk;

/// The most names that are tried for a new file.
const NAMES_MAX: u32 = 99;

/// Where the files are that are named in commands.
#[derive(Clone, Copy)]
pub struct Conversions<'a> {
    disk: &'a dyn Disk,
    folder: &'a Path,
}

impl<'a> Conversions<'a> {
    /// For files whose paths are relative to a folder.
    pub fn new(disk: &'a dyn Disk, folder: &'a Path) -> Conversions<'a> {
        Conversions { disk, folder }
    }

    /// The command that makes a picture of one that the API does not accept.
    pub fn of_picture(self, path: &str, converter: PictureConverter) -> String {
        let from = match converter.page() {
            Some(page) => quoted(&format!("{path}{page}")),
            None => quoted(path),
        };
        converter.command(&from, &self.target(path, converter.extension()))
    }

    /// The command that makes a voice of a recording that the API does not accept.
    pub fn of_voice(self, path: &str) -> String {
        // The same format again would say nothing of what changed.
        let extension = Path::new(path).extension();
        let is_mp3 = extension.is_some_and(|extension| extension.eq_ignore_ascii_case("mp3"));
        let to = self.target(path, if is_mp3 { "wav" } else { "mp3" });
        format!("ffmpeg -i {} -vn {to}", quoted(path))
    }

    /// The command that makes an MP4 of a video that the API does not accept; its encoder needs even
    /// sides.
    pub fn of_video(self, path: &str) -> String {
        let to = self.target(path, "mp4");
        let even = "-vf 'pad=ceil(iw/2)*2:ceil(ih/2)*2'";
        format!("ffmpeg -i {} {even} -c:v libx264 -pix_fmt yuv420p {to}", quoted(path))
    }

    /// A file beside this one, of a name that no file has yet.
    fn target(self, path: &str, extension: &str) -> String {
        let from = Path::new(path);
        let stem = from.file_stem().unwrap_or_default().to_string_lossy();
        let named = |end: &str| from.with_file_name(format!("{stem}{end}.{extension}"));
        let is_free = |to: &PathBuf| self.disk.entry(&self.folder.join(to)).is_err();
        let numbered = (2..=NAMES_MAX).map(|number| format!("-copy-{number}"));
        let ends = ["", "-copy"].map(str::to_string).into_iter().chain(numbered);
        let free = ends.map(|end| named(&end)).find(is_free);
        quoted(&free.unwrap_or_else(|| named("-new")).display().to_string())
    }
}
