//! Facts about files: what was found out about the input files of a storyboard, so that a file that
//! has not changed is neither hashed nor decoded again. Losing them costs only time.
//!
//! Each storyboard has a file of its own. It holds what its last look needed, and what others needed
//! as long as that is not more: profiles of a film use different files.

use std::collections::HashMap;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::disk::{Disk, Stamp, read_sealed, write_sealed};
use super::home::Home;
use crate::base::Digest;

/// What is known about the files of one storyboard, by name.
pub struct FactsCache<T> {
    path: PathBuf,
    version: u32,
    known: HashMap<String, Entry<T>>,
    /// What this look needed: what the file holds after it.
    used: HashMap<String, Entry<T>>,
    learned: bool,
}

#[derive(Clone, Serialize, Deserialize)]
struct Entry<T> {
    stamp: Stamp,
    digest: Digest,
    facts: T,
}

#[derive(Serialize, Deserialize)]
struct Document<T> {
    version: u32,
    files: HashMap<String, Entry<T>>,
}

impl<T: Clone + Serialize + DeserializeOwned> FactsCache<T> {
    /// What is known about the files of a storyboard, which is given by its path; nothing if it was
    /// written by another version of whoever finds the facts out.
    pub fn open(disk: &dyn Disk, home: &Home, storyboard: &str, version: u32) -> FactsCache<T> {
        let path = path_for(home, storyboard);
        let document = read_sealed(disk, &path)
            .and_then(|bytes| serde_json::from_slice::<Document<T>>(&bytes).ok())
            .filter(|document| document.version == version);
        let known = document.map(|document| document.files).unwrap_or_default();
        FactsCache { path, version, known, used: HashMap::new(), learned: false }
    }

    /// The digest and the facts of a file, if it still has the stamp with which they were found.
    pub fn find(&mut self, name: &str, stamp: &Stamp) -> Option<(Digest, T)> {
        let entry = self.known.get(name).filter(|entry| entry.stamp == *stamp)?;
        let found = (entry.digest, entry.facts.clone());
        self.used.insert(name.to_string(), entry.clone());
        Some(found)
    }

    /// Adds what was found out about a file.
    pub fn learn(&mut self, name: &str, stamp: Stamp, digest: Digest, facts: T) {
        self.learned = true;
        self.used.insert(name.to_string(), Entry { stamp, digest, facts });
    }

    /// Writes what this look used and learned, if that is not what the file holds. A failure costs
    /// only time, so it is not reported.
    pub fn save(mut self, disk: &dyn Disk, home: &Home) {
        self.known.retain(|name, _| !self.used.contains_key(name));
        let keeps_others = self.known.len() <= self.used.len();
        if !self.learned && (keeps_others || self.known.is_empty()) {
            return;
        }
        if keeps_others {
            self.used.extend(self.known);
        }
        let document = Document { version: self.version, files: self.used };
        let written =
            serde_json::to_vec(&document).map_err(std::io::Error::from).and_then(|bytes| {
                disk.make_private_folder(home.path())?;
                write_sealed(disk, &self.path, &bytes)
            });
        if let Err(error) = written {
            tracing::debug!(%error, "what was found out about input files could not be kept");
        }
    }
}

/// Forgets everything about the files of a storyboard: one of them has other bytes under the same
/// stamp.
pub fn forget_facts(disk: &dyn Disk, home: &Home, storyboard: &str) {
    let _ = disk.remove_file(&path_for(home, storyboard));
}

fn path_for(home: &Home, storyboard: &str) -> PathBuf {
    home.input_facts().join(Digest::of(storyboard.as_bytes()).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LocalDisk;

    const FILM: &str = "/films/storyboard.yaml";

    #[test]
    fn facts_are_known_until_the_stamp_or_the_version_changes() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join("home"));
        let open = |version| FactsCache::<u32>::open(&LocalDisk, &home, FILM, version);
        let (stamp, digest) = (Stamp::new(3, 4, 5), Digest::of(b"abc"));
        let mut cache = open(1);
        assert_eq!(cache.find("a.png", &stamp), None);
        cache.learn("a.png", stamp, digest, 7);
        cache.learn("b.png", stamp, digest, 8);
        cache.save(&LocalDisk, &home);

        assert_eq!(open(1).find("a.png", &stamp), Some((digest, 7)));
        assert_eq!(open(1).find("a.png", &Stamp::new(3, 4, 6)), None);
        assert_eq!(open(2).find("a.png", &stamp), None);
        let other =
            FactsCache::<u32>::open(&LocalDisk, &home, "/other.yaml", 1).find("a.png", &stamp);
        assert_eq!(other, None);

        // What a later look does not need is kept as long as it is not more than what that needs.
        let look_at_b = || {
            let mut cache = open(1);
            assert_eq!(cache.find("b.png", &stamp), Some((digest, 8)));
            cache
        };
        look_at_b().save(&LocalDisk, &home);
        assert_eq!(open(1).find("a.png", &stamp), Some((digest, 7)));
        let mut cache = look_at_b();
        cache.learn("c.png", stamp, digest, 9);
        cache.save(&LocalDisk, &home);
        assert_eq!(open(1).find("a.png", &stamp), Some((digest, 7)));
        look_at_b().save(&LocalDisk, &home);
        assert_eq!(open(1).find("a.png", &stamp), None);
        assert_eq!(open(1).find("c.png", &stamp), None);
        assert_eq!(open(1).find("b.png", &stamp), Some((digest, 8)));

        forget_facts(&LocalDisk, &home, FILM);
        assert_eq!(open(1).find("b.png", &stamp), None);
    }

    #[test]
    fn a_damaged_file_counts_as_absent_and_an_unwritable_home_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let (stamp, digest) = (Stamp::new(3, 4, 5), Digest::of(b"abc"));
        let mut cache = FactsCache::<u32>::open(&LocalDisk, &home, FILM, 1);
        cache.learn("a.png", stamp, digest, 7);
        cache.save(&LocalDisk, &home);
        let path = path_for(&home, FILM);
        let whole = std::fs::read(&path).unwrap();
        for damaged in [&whole[..whole.len() - 1], b"{}", b""] {
            std::fs::write(&path, damaged).unwrap();
            let mut cache = FactsCache::<u32>::open(&LocalDisk, &home, FILM, 1);
            assert_eq!(cache.find("a.png", &stamp), None);
        }
        let file = Home::at(folder.path().join("file"));
        std::fs::write(file.path(), b"no folder").unwrap();
        let mut cache = FactsCache::<u32>::open(&LocalDisk, &file, FILM, 1);
        cache.learn("a.png", stamp, digest, 7);
        cache.save(&LocalDisk, &file);
        assert_eq!(std::fs::read(file.path()).unwrap(), b"no folder");
    }
}
