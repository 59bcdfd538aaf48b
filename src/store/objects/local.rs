//! Objects: artifacts named by their SHA-256, written once, read-only.
//!
//! An object is either complete or absent: temporary file, hash while writing, sync, rename, sync
//! of the folder.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::{Digest, DigestWriter, Readable};
use crate::store::claims::Claim;
use crate::store::disk::{Disk, EntryKind, Mode, NewFile, SharedDisk, Stamp, folder_of, sweep};
use crate::store::output_dir::digest_of;

/// The prefix of artifacts that are written but not published yet.
const INCOMING: &str = ".incoming-";

/// The artifacts of a store; clones share what they know.
#[derive(Clone, Debug)]
pub struct Objects {
    disk: SharedDisk,
    folder: PathBuf,
    /// The stamps of the artifacts whose bytes this process has hashed, and that were right.
    intact: Arc<Mutex<HashMap<Digest, Stamp>>>,
    /// The folders of artifacts whose own names this process has made durable.
    durable: Arc<Mutex<HashSet<PathBuf>>>,
}

/// An artifact that is being written; it leaves no trace unless it is published.
pub struct Incoming {
    objects: Objects,
    writer: DigestWriter<Box<dyn NewFile>>,
}

/// An artifact that is written and not published yet; it leaves no trace unless it is.
pub struct CompleteArtifact {
    objects: Objects,
    draft: Box<dyn NewFile>,
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub bytes: u64,
}

impl Objects {
    /// The artifacts in that folder, which need not exist yet.
    pub fn at(disk: SharedDisk, folder: impl Into<PathBuf>) -> Objects {
        Objects { disk, folder: folder.into(), intact: Arc::default(), durable: Arc::default() }
    }

    /// The path of an artifact, whether it exists or not.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.folder.join(&name[..2]).join(&name)
    }

    /// Whether an artifact of this length in bytes exists. A file of another length is damaged,
    /// whatever its name: it counts as absent, and publishing the artifact repairs it.
    pub fn holds(&self, digest: &Digest, bytes: u64) -> bool {
        let there = self.disk.entry(&self.path(digest));
        there.is_ok_and(|there| there.kind == EntryKind::File && there.stamp.bytes() == bytes)
    }

    /// Whether an artifact has the bytes of its digest. One that has not changed since this process
    /// hashed it is not read again: many scenes may show one video.
    ///
    /// # Errors
    /// It cannot be read. One that is absent is not intact.
    pub fn is_intact(&self, digest: &Digest) -> io::Result<bool> {
        let path = self.path(digest);
        // The stamp comes first: if the file changes meanwhile, its stamp will differ.
        let stamp = self.disk.stamp(&path).ok();
        if stamp.is_some() && self.intact().get(digest) == stamp.as_ref() {
            return Ok(true);
        }
        let found = match digest_of(&*self.disk, &path) {
            // Another scene may have had it moved to quarantine just before.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            found => found?,
        };
        let is_intact = found == *digest;
        if let Some(stamp) = stamp.filter(|_| is_intact) {
            self.intact().insert(found, stamp);
        }
        Ok(is_intact)
    }

    fn intact(&self) -> MutexGuard<'_, HashMap<Digest, Stamp>> {
        // Each change is a single insertion, so a panic leaves nothing half done.
        self.intact.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn durable(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        // Each change is a single insertion here too.
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every artifact with the length of its file in bytes, sorted by digest. Files whose names are
    /// not digests are skipped.
    pub fn list(&self) -> io::Result<Vec<(Digest, u64)>> {
        let mut found = Vec::new();
        for folder in list_if_there(&*self.disk, &self.folder)? {
            let is_folder = self.disk.entry(&folder).is_ok_and(|it| it.kind == EntryKind::Folder);
            for path in if is_folder { list_if_there(&*self.disk, &folder)? } else { Vec::new() } {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let Ok(digest) = name.parse::<Digest>() else { continue };
                // Another process may be moving it away.
                let Ok(there) = self.disk.entry(&path) else { continue };
                if there.kind == EntryKind::File && self.path(&digest) == path {
                    found.push((digest, there.stamp.bytes()));
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Removes the files of writers that were killed. The claim of the whole store proves that no
    /// process is writing.
    pub fn sweep_incoming(&self, _whole: &Claim) {
        sweep(&*self.disk, &self.folder, INCOMING);
    }

    /// The disk that contains them.
    pub fn disk(&self) -> &SharedDisk {
        &self.disk
    }

    /// Makes sure that an artifact survives a power cut: the process that published it may have
    /// died before it could.
    pub fn make_durable(&self, digest: &Digest) -> io::Result<()> {
        let path = self.path(digest);
        let folder = folder_of(&path);
        self.disk.sync_folder(folder)?;
        // That folder may be new, and the process that created it may have died before this. Once
        // its name lasts, nobody takes it away.
        if !self.durable().contains(folder) {
            self.disk.sync_folder(&self.folder)?;
            self.durable().insert(folder.to_path_buf());
        }
        Ok(())
    }

    /// Opens an artifact for reading.
    pub fn open(&self, digest: &Digest) -> io::Result<Box<dyn Readable>> {
        self.disk.open(&self.path(digest))
    }

    /// The length of an artifact in bytes.
    pub fn length(&self, digest: &Digest) -> io::Result<u64> {
        Ok(self.disk.stamp(&self.path(digest))?.bytes())
    }

    /// Starts writing an artifact.
    pub fn incoming(&self) -> io::Result<Incoming> {
        self.disk.make_folder(&self.folder)?;
        let draft = self.disk.draft(&self.folder, INCOMING)?;
        Ok(Incoming { objects: self.clone(), writer: DigestWriter::new(draft) })
    }

    /// Stores these bytes.
    #[cfg(test)]
    pub fn add(&self, bytes: &[u8]) -> io::Result<Digest> {
        let mut incoming = self.incoming()?;
        incoming.write_all(bytes)?;
        let written = incoming.finish();
        let digest = written.digest;
        written.publish().map(|()| digest)
    }
}

fn list_if_there(disk: &dyn Disk, folder: &Path) -> io::Result<Vec<PathBuf>> {
    match disk.list(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed,
    }
}

impl Incoming {
    /// Opens what was written so far, for reading from its start.
    pub fn reopen(&mut self) -> io::Result<Box<dyn Readable>> {
        self.writer.flush()?;
        self.objects.disk.open(self.path())
    }

    /// The path that it is being written to.
    pub fn path(&self) -> &Path {
        self.writer.get_ref().path()
    }

    /// Ends writing: from now on it has a digest and a length in bytes.
    pub fn finish(self) -> CompleteArtifact {
        let (draft, digest, bytes) = self.writer.finish();
        CompleteArtifact { objects: self.objects, draft, digest, bytes }
    }
}

impl CompleteArtifact {
    /// Publishes it as an artifact that survives a power cut. It may already exist.
    pub fn publish(self) -> io::Result<()> {
        let CompleteArtifact { objects, mut draft, digest, .. } = self;
        let path = objects.path(&digest);
        objects.disk.make_folder(folder_of(&path))?;
        draft.set_mode(Mode::ReadOnly)?;
        draft.sync()?;
        draft.keep_as(&path)?;
        if let Ok(stamp) = objects.disk.stamp(&path) {
            objects.intact().insert(digest, stamp);
        }
        objects.make_durable(&digest)
    }
}

impl Write for Incoming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::store::LocalDisk;

    #[test]
    fn publishes_once_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::at(Arc::new(LocalDisk), folder.path().join("objects"));
        let digest = objects.add(b"video").unwrap();
        assert_eq!(objects.add(b"video").unwrap(), digest);
        assert_eq!(fs::read(objects.path(&digest)).unwrap(), b"video");
        assert!(fs::metadata(objects.path(&digest)).unwrap().permissions().readonly());
        let mut dropped = objects.incoming().unwrap();
        dropped.write_all(b"half").unwrap();
        drop(dropped);
        let names: Vec<_> = fs::read_dir(&objects.folder).unwrap().collect();
        assert_eq!(names.len(), 1, "only the object's folder is left: {names:?}");
    }

    #[test]
    fn an_artifact_that_changes_is_compared_again() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::at(Arc::new(LocalDisk), folder.path().join("objects"));
        let digest = objects.add(b"video").unwrap();
        assert!(objects.is_intact(&digest).unwrap());
        let rewrite = |bytes: &[u8]| {
            fs::remove_file(objects.path(&digest)).unwrap();
            fs::write(objects.path(&digest), bytes).unwrap();
        };
        rewrite(b"vodei");
        assert!(!objects.is_intact(&digest).unwrap());
        rewrite(b"video");
        assert!(objects.is_intact(&digest).unwrap() && objects.is_intact(&digest).unwrap());
        fs::remove_file(objects.path(&digest)).unwrap();
        assert!(!objects.is_intact(&digest).unwrap());
    }
}
