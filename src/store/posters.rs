//! Posters: the small pictures of artifacts, kept so that a build directory that was removed gets
//! them back without decoding each video again.
//!
//! They cost nothing and can be drawn again at any time.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{SharedDisk, read_sealed, write_sealed};
use crate::base::Digest;

/// The posters of a store.
pub struct Posters<'f> {
    disk: SharedDisk,
    folder: &'f Path,
}

impl Posters<'_> {
    /// The posters in that folder, which need not exist yet.
    pub fn at(disk: SharedDisk, folder: &Path) -> Posters<'_> {
        Posters { disk, folder }
    }

    /// The poster of an artifact as it was drawn by this version of the drawing; `None` if there is
    /// none, or its file is damaged.
    pub fn find(&self, artifact: &Digest, version: u32) -> Option<Vec<u8>> {
        read_sealed(&*self.disk, &self.path(artifact, version))
    }

    /// Keeps the poster of an artifact.
    ///
    /// # Errors
    /// The folder cannot be written; nothing is changed then.
    pub fn keep(&self, artifact: &Digest, version: u32, poster: &[u8]) -> io::Result<()> {
        write_sealed(&*self.disk, &self.path(artifact, version), poster)
    }

    /// Removes the posters for which there is no artifact any more, those of earlier versions of the
    /// drawing, and the files of writers that were killed. No process may be writing any.
    pub fn clear(&self, version: u32, has_artifact: impl Fn(&Digest) -> bool) {
        let suffix = suffix(version);
        for path in self.disk.list(self.folder).unwrap_or_default() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let artifact = name.strip_suffix(&suffix).and_then(|digest| digest.parse().ok());
            if !artifact.is_some_and(|artifact| has_artifact(&artifact)) {
                let _ = self.disk.remove_file(&path);
            }
        }
    }

    fn path(&self, artifact: &Digest, version: u32) -> PathBuf {
        self.folder.join(format!("{artifact}{}", suffix(version)))
    }
}

fn suffix(version: u32) -> String {
    format!("-{version}.jpg")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::store::LocalDisk;

    #[test]
    fn a_poster_is_found_until_it_is_damaged_or_its_video_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("posters");
        let posters = Posters::at(Arc::new(LocalDisk), &inside);
        let [one, two] = [b"one", b"two"].map(|video| Digest::of(video));
        assert_eq!(posters.find(&one, 1), None);
        posters.keep(&one, 1, b"a face").unwrap();
        posters.keep(&two, 1, b"").unwrap();
        assert_eq!(posters.find(&one, 1), Some(b"a face".to_vec()));
        assert_eq!(posters.find(&two, 1), Some(Vec::new()));
        assert_eq!(posters.find(&one, 2), None);

        fs::write(inside.join(".new-x"), b"of a killed writer").unwrap();
        posters.clear(1, |artifact| *artifact == one);
        assert_eq!(posters.find(&two, 1), None);
        assert_eq!(fs::read_dir(&inside).unwrap().count(), 1);

        for damaged in [&b""[..], b"a face", &[0; 80]] {
            fs::write(posters.path(&one, 1), damaged).unwrap();
            assert_eq!(posters.find(&one, 1), None);
        }
        posters.clear(2, |_| true);
        assert_eq!(fs::read_dir(&inside).unwrap().count(), 0);
    }
}
