//! Objects: artifacts named by their SHA-256, written once, read-only.
//!
//! An object either is there whole or is not there: temporary file, hash on the way, sync, rename,
//! sync of the folder.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::atomic::sync_folder;
use crate::base::{Digest, DigestWriter};

/// The artifacts of a store.
#[derive(Clone, Debug)]
pub struct Objects(PathBuf);

/// An artifact that is being written; gone without a trace unless it is published.
pub struct Incoming {
    objects: Objects,
    writer: DigestWriter<NamedTempFile>,
}

impl Objects {
    /// The artifacts in that folder, which need not exist yet.
    pub fn at(folder: impl Into<PathBuf>) -> Objects {
        Objects(folder.into())
    }

    /// Where an artifact is, whether it is there or not.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.0.join(&name[..2]).join(&name)
    }

    /// Whether an artifact of this length in bytes is there. A file of another length is damaged,
    /// whatever its name says: it is as good as absent, and publishing the artifact mends it.
    pub fn holds(&self, digest: &Digest, bytes: u64) -> bool {
        fs::metadata(self.path(digest)).is_ok_and(|there| there.is_file() && there.len() == bytes)
    }

    /// Begins an artifact.
    pub fn incoming(&self) -> io::Result<Incoming> {
        fs::create_dir_all(&self.0)?;
        let file = tempfile::Builder::new().prefix(".incoming-").tempfile_in(&self.0)?;
        Ok(Incoming { objects: self.clone(), writer: DigestWriter::new(file) })
    }

    /// Stores bytes that are at hand.
    pub fn add(&self, bytes: &[u8]) -> io::Result<Digest> {
        let mut incoming = self.incoming()?;
        incoming.write_all(bytes)?;
        Ok(incoming.publish()?.0)
    }
}

impl Incoming {
    /// How many bytes have been written.
    pub fn length(&self) -> u64 {
        self.writer.length()
    }

    /// Opens what has been written so far for reading from its start.
    pub fn reopen(&mut self) -> io::Result<File> {
        self.writer.flush()?;
        self.writer.get_ref().reopen()
    }

    /// Where it is being written.
    pub fn path(&self) -> &Path {
        self.writer.get_ref().path()
    }

    /// Makes it an artifact that survives a power cut. Publishing what is there already is fine.
    pub fn publish(self) -> io::Result<(Digest, u64)> {
        let Incoming { objects, writer } = self;
        let (file, digest, length) = writer.finish();
        let path = objects.path(&digest);
        let folder = super::atomic::folder_of(&path);
        if !folder.is_dir() {
            fs::create_dir_all(folder)?;
            sync_folder(&objects.0)?;
        }
        make_read_only(file.as_file())?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        sync_folder(folder)?;
        Ok((digest, length))
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

fn make_read_only(file: &File) -> io::Result<()> {
    let mut permissions = file.metadata()?.permissions();
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o444);
    #[cfg(not(unix))]
    permissions.set_readonly(true);
    file.set_permissions(permissions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publishes_once_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::at(folder.path().join("objects"));
        let digest = objects.add(b"video").unwrap();
        assert_eq!(objects.add(b"video").unwrap(), digest);
        assert_eq!(fs::read(objects.path(&digest)).unwrap(), b"video");
        assert!(fs::metadata(objects.path(&digest)).unwrap().permissions().readonly());
        let mut dropped = objects.incoming().unwrap();
        dropped.write_all(b"half").unwrap();
        drop(dropped);
        let names: Vec<_> = fs::read_dir(&objects.0).unwrap().collect();
        assert_eq!(names.len(), 1, "only the object's folder is left: {names:?}");
    }
}
