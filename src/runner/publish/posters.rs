//! Posters: a picture of each scene's video.

use std::rc::Rc;

use super::context::PublishContext;
use super::manifest::poster_name;
use crate::base::{Digest, SceneId};
use crate::media::{POSTER_VERSION, poster_jpeg};
use crate::store::{OutputDir, OutputError, Posters, SharedDisk};

impl PublishContext<'_> {
    /// Places a scene's poster and says whether it has one. `is_same` means that the directory
    /// already has this artifact, so its poster is kept.
    ///
    /// # Errors
    /// The build directory cannot be written.
    pub fn place_poster(
        &self,
        scene: &SceneId,
        artifact: Digest,
        is_same: bool,
        output: &mut OutputDir,
    ) -> Result<bool, OutputError> {
        let name = poster_name(scene);
        if is_same && output.remembered(&name).is_some() {
            output.keep(&name);
            return Ok(true);
        }
        // A video that this program cannot decode has no poster, which is not an error.
        match self.poster(artifact) {
            Ok(bytes) => output.place_bytes(&name, &bytes).map(|_| true),
            Err(error) => {
                tracing::warn!(%scene, %error, "no poster");
                Ok(false)
            }
        }
    }

    /// The poster of an artifact, from the store if it has been drawn before; scenes that share a
    /// take share it.
    fn poster(&self, digest: Digest) -> anyhow::Result<Rc<Vec<u8>>> {
        if let Some(bytes) = self.posters.borrow().get(&digest) {
            return Ok(Rc::clone(bytes));
        }
        let objects = &self.session.store.objects;
        let folder = self.session.home.posters();
        let kept = Posters::at(SharedDisk::clone(objects.disk()), &folder);
        let bytes = match kept.find(&digest, POSTER_VERSION) {
            Some(bytes) => bytes,
            None => {
                let bytes = poster_jpeg(&mut objects.open(&digest)?)?;
                if let Err(error) = kept.keep(&digest, POSTER_VERSION, &bytes) {
                    tracing::warn!(%error, "a poster is not kept in the store");
                }
                bytes
            }
        };
        let bytes = Rc::new(bytes);
        self.posters.borrow_mut().insert(digest, Rc::clone(&bytes));
        Ok(bytes)
    }
}
