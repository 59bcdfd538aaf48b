//! Verifying: reads and hashes every artifact again, and moves damaged ones aside.
//!
//! Nothing is ever deleted: a damaged video may be the only copy. Once moved, it counts as absent,
//! so that the next build fetches the take again while the provider has it.

use std::io;
use std::path::PathBuf;

use super::local::Objects;
use crate::base::{Digest, DigestWriter};
use crate::store::disk::{Disk, folder_of, write_atomically};
use crate::store::home::Home;

/// An artifact whose bytes do not match its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The digest that it should have.
    pub digest: Digest,
    /// The damage.
    pub kind: DamageKind,
}

/// The kind of damage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// It has other bytes, and was moved.
    Moved {
        /// The digest that it has.
        found: Digest,
        /// Its length in bytes.
        bytes: u64,
        /// Where it is now.
        to: PathBuf,
    },
    /// It has other bytes or cannot be read, and was not moved because of this disk error.
    Stays(String),
}

/// Hashes an artifact again and moves it into quarantine if it is damaged. `None` if it is intact,
/// or was removed meanwhile.
pub fn verify(home: &Home, objects: &Objects, digest: &Digest) -> Option<Damage> {
    let disk = &**objects.disk();
    let kind = match hash(disk, objects, digest) {
        Ok((found, _)) if found == *digest => return None,
        Ok((found, bytes)) => match quarantine(disk, home, objects, digest, &found) {
            Ok(to) => DamageKind::Moved { found, bytes, to },
            Err(error) => DamageKind::Stays(format!("damaged, and not movable: {error}")),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => DamageKind::Stays(format!("cannot be read: {error}")),
    };
    Some(Damage { digest: *digest, kind })
}

fn hash(disk: &dyn Disk, objects: &Objects, digest: &Digest) -> io::Result<(Digest, u64)> {
    let mut writer = DigestWriter::new(io::sink());
    io::copy(&mut disk.open(&objects.path(digest))?, &mut writer)?;
    let (_, found, bytes) = writer.finish();
    Ok((found, bytes))
}

/// Moves an artifact aside under a name with both digests, so that other bytes never overwrite it.
/// The note is written first, so every file in quarantine has an explanation.
fn quarantine(
    disk: &dyn Disk,
    home: &Home,
    objects: &Objects,
    digest: &Digest,
    found: &Digest,
) -> io::Result<PathBuf> {
    let (folder, from) = (home.quarantine(), objects.path(digest));
    let name = format!("{digest}.{}", found.short());
    let to = folder.join(&name);
    let note = format!(
        "{name} was `{}`, the artifact {digest}, and its bytes have the digest {found}.\n\
         kling-build moved it here when it found that. Remove it when the take is back.\n",
        from.display()
    );
    write_atomically(disk, &folder.join(format!("{name}.txt")), note.as_bytes())?;
    disk.rename(&from, &to)?;
    disk.sync_folder(&folder)?;
    disk.sync_folder(folder_of(&from))?;
    Ok(to)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::store::LocalDisk;

    #[test]
    fn a_damaged_artifact_is_moved_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let objects = Objects::at(Arc::new(LocalDisk), home.objects());
        let (sound, torn) = (objects.add(b"sound").unwrap(), objects.add(b"whole").unwrap());
        let path = objects.path(&torn);
        for bytes in [&b"who"[..], b"whale", b"who"] {
            let _ = fs::remove_file(&path);
            fs::write(&path, bytes).unwrap();
            assert_eq!(verify(&home, &objects, &sound), None);
            let damage = verify(&home, &objects, &torn).unwrap();
            let DamageKind::Moved { found, to, .. } = damage.kind else { panic!("{damage:?}") };
            assert_eq!((fs::read(&to).unwrap(), found), (bytes.to_vec(), Digest::of(bytes)));
            assert_eq!(verify(&home, &objects, &torn), None, "it is gone");
        }
        assert_eq!(fs::read_dir(home.quarantine()).unwrap().count(), 4, "two, each with its note");
        assert_eq!(objects.list().unwrap(), [(sound, 5)]);
    }
}
