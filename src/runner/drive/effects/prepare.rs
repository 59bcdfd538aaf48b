//! Preparing: makes a take's inputs available to the provider.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::performer::EffectPerformer;
use crate::base::{Digest, Fault, FaultClass};
use crate::catalog::{ImageFormat, PictureFit};
use crate::engine::Event;
use crate::media::{container_of, fitted, fitted_copy, frame, to_png, upright_copy};
use crate::plan::{Input, Recipe};
use crate::provider::kie::public_url;
use crate::provider::{Asset, FileToHost, Order};
use crate::runner::store_access::{LocalStore, local};
use crate::store::{Disk, digest_of, forget_facts, read_state, real_path, write_atomically};
use crate::storyboard::{FrameAt, SceneInput};

impl EffectPerformer {
    /// Makes a take's inputs available to the provider.
    pub async fn prepare(self: Arc<Self>, job: usize) -> Event {
        Event::Prepared(job, self.prepare_now(job).await)
    }

    pub(super) async fn prepare_now(self: &Arc<Self>, job: usize) -> Result<(), Fault> {
        let take = &self.takes[job];
        let recipe = take.recipe().0;
        let scene = self.project.scene(take.position);
        let mut inputs = BTreeMap::new();
        // A preview and what this program draws are shown the fit by the recipe.
        let is_sent = self.maker(job).needs_hosting();
        for (slot, input) in &recipe.inputs {
            let fit = recipe.fits.get(slot).copied().filter(|_| is_sent);
            let asset = match (input, scene.input(*slot)) {
                (Input::Url(url, _), _) => Asset::Url(url.clone()),
                (Input::Frame(artifact, at), _) => {
                    let (artifact, at) = (*artifact, *at);
                    let file = self.with_store(move |performer, store| {
                        performer.frame_file(store, (artifact, at), fit)
                    });
                    self.reachable(job, file.await?).await?
                }
                (Input::Video(artifact), _) => {
                    let artifact = *artifact;
                    let file = self
                        .with_store(move |performer, store| performer.video_file(store, artifact));
                    self.reachable(job, file.await?).await?
                }
                (Input::File(digest), Some(SceneInput::File(path))) => {
                    let file = self.local_file(job, path, *digest, fit).await?;
                    self.reachable(job, file).await?
                }
                // The provider refuses an order without an input of its recipe.
                (Input::File(_), _) => continue,
            };
            inputs.insert(*slot, asset);
        }
        let recipe = Recipe::clone(&recipe);
        take.work().order = Some(Arc::new(Order { recipe, inputs, callback: None }));
        Ok(())
    }

    /// An input of the film, if it still has the bytes that the plan was made with: a take of other
    /// bytes would be stored under the wrong key forever. A picture that has to be fitted to its
    /// scene is replaced by a copy in that shape.
    pub(super) async fn local_file(
        self: &Arc<Self>,
        job: usize,
        path: &str,
        digest: Digest,
        fit: Option<PictureFit>,
    ) -> Result<FileToHost, Fault> {
        let facts = self.project.inputs.get(path).expect("inputs are gathered before planning");
        let (named, planned) = (path.to_string(), digest);
        let found = self.with_store(move |performer, store| {
            let disk = &**store.disk();
            let file = real_path(disk, &performer.folder, &named);
            let found = digest_of(disk, &file).map_err(local)?;
            if let Some(home) = performer.facts.as_ref().filter(|_| found != planned) {
                // It may have been edited in place and its time set back: the next run reads it.
                forget_facts(disk, home, &performer.storyboard);
            }
            Ok((file, found))
        });
        let (file, found) = found.await?;
        if found != digest {
            let what = format!("`{path}` changed while the film was being built; run again");
            return Err(Fault::new(FaultClass::Local, what));
        }
        let reshaped =
            fit.filter(|fit| facts.picture.is_some_and(|size| fit.size_of(size) != size));
        if reshaped.is_some() || (facts.is_turned && self.maker(job).needs_hosting()) {
            let work = move |performer: &EffectPerformer, store: &LocalStore| {
                performer.picture_copy(store, &file, digest, reshaped)
            };
            return self.with_store(work).await;
        }
        let (media_type, extension) = (facts.media_type, facts.extension);
        Ok(FileToHost { path: file, digest, media_type, extension })
    }

    /// Writes a copy of a picture in the shape of its scene, or one that shows the same to a service
    /// that does not heed the note of the camera. The take's key is that of the picture itself and of
    /// what is done about its shape.
    fn picture_copy(
        &self,
        store: &LocalStore,
        picture: &Path,
        digest: Digest,
        fit: Option<PictureFit>,
    ) -> Result<FileToHost, Fault> {
        let disk = &**store.disk();
        let original = disk.read(picture).map_err(local)?;
        if Digest::of(&original) != digest {
            let what = format!("`{}` changed just now; run again", picture.display());
            return Err(local(what));
        }
        let copy = match fit {
            Some(fit) => fitted_copy(&original, fit),
            None => upright_copy(&original),
        };
        let bytes = copy.map_err(|error| local(format!("{error:#}")))?;
        let format = ImageFormat::Jpeg;
        let done = fit.map_or_else(|| "upright".to_string(), name_part);
        let path = self.frames.join(format!("{}-{done}.{}", digest.short(), format.extension()));
        write_if_changed(disk, &path, &bytes)?;
        Ok(FileToHost {
            path,
            digest: Digest::of(&bytes),
            media_type: format.media_type(),
            extension: format.extension(),
        })
    }

    /// Writes a frame of an artifact, in the shape of its scene if it has to be fitted to that, to a
    /// file named after both. It is drawn again each time, from
    /// bytes that are hashed first: what is sent is paid for under the key of the undamaged frame.
    pub(super) fn frame_file(
        &self,
        store: &LocalStore,
        (artifact, at): (Digest, FrameAt),
        fit: Option<PictureFit>,
    ) -> Result<FileToHost, Fault> {
        let done = fit.map_or_else(String::new, |fit| format!("-{}", name_part(fit)));
        let path = self.frames.join(format!("{}-{at}{done}.png", artifact.short()));
        let disk = &**store.disk();
        undamaged(store, artifact)?;
        let mut video = store.objects.open(&artifact).map_err(local)?;
        let mut picture = frame::extract(&mut video, at).map_err(local)?;
        if let Some(fit) = fit {
            picture = fitted(picture, fit).map_err(local)?;
        }
        let bytes = to_png(&picture).map_err(local)?;
        write_if_changed(disk, &path, &bytes)?;
        Ok(FileToHost {
            path,
            digest: Digest::of(&bytes),
            media_type: ImageFormat::Png.media_type(),
            extension: ImageFormat::Png.extension(),
        })
    }

    /// The file of a whole artifact, whose bytes are hashed first. Where the project's files are
    /// public by themselves, it is a copy among them.
    fn video_file(&self, store: &LocalStore, artifact: Digest) -> Result<FileToHost, Fault> {
        undamaged(store, artifact)?;
        let disk = &**store.disk();
        let mut video = store.objects.open(&artifact).map_err(local)?;
        // An adopted video may be a QuickTime file, and the service judges by the name.
        let format = container_of(&mut video).map_err(local)?;
        let mut path = store.objects.path(&artifact);
        if self.project.film.base_url().is_some() {
            let copy = self.frames.join(format!("{}.{}", artifact.short(), format.extension()));
            if !digest_of(disk, &copy).is_ok_and(|there| there == artifact) {
                let mut bytes = Vec::new();
                video.seek(SeekFrom::Start(0)).map_err(local)?;
                video.read_to_end(&mut bytes).map_err(local)?;
                write_atomically(disk, &copy, &bytes).map_err(local)?;
            }
            path = copy;
        }
        Ok(FileToHost {
            path,
            digest: artifact,
            media_type: format.media_type(),
            extension: format.extension(),
        })
    }

    /// Makes a local file reachable for the provider: unchanged, under the storyboard's own public
    /// address, or hosted, one upload per content while it is available.
    pub(super) async fn reachable(
        self: &Arc<Self>,
        job: usize,
        file: FileToHost,
    ) -> Result<Asset, Fault> {
        if !self.maker(job).needs_hosting() {
            return Ok(Asset::File(file.path));
        }
        let fault = |what: String| Fault::new(FaultClass::Local, what);
        if let Some(base_url) = self.project.film.base_url() {
            let inside = file.path.strip_prefix(&self.folder).map_err(|_| {
                let path = file.path.display();
                fault(format!(
                    "`{path}` lies outside the storyboard's folder, so that `hosting.base_url` \
                     does not reach it; keep the build directory inside"
                ))
            })?;
            let parts: Vec<String> =
                inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            return public_url(base_url, &parts.join("/"))
                .map(Asset::Url)
                .map_err(|error| fault(error.to_string()));
        }
        if let Some(bucket) = &self.bucket {
            let put = bucket.put(&file, (self.clock)());
            self.hosted.in_bucket(file.digest, put).await?;
            return Ok(Asset::InBucket(bucket.object_of(&file)));
        }
        let (provider, host) = (self.provider(), self.provider().host_name());
        let url = self.hosted.address(file.digest, &host, provider.host(&file)).await?;
        Ok(Asset::Url(url))
    }
}

/// What is done about the shape of a picture, as a part of a file's name: `crop-16x9`.
fn name_part(fit: PictureFit) -> String {
    let (across, down) = fit.ratio().sides();
    format!("{}-{across}x{down}", fit.written())
}

/// Writes a file, unless it is there already.
fn write_if_changed(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    if read_state(disk, path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    write_atomically(disk, path, bytes).map_err(local)
}

/// Refuses a stored video whose bytes are no longer those that were paid for.
fn undamaged(store: &LocalStore, artifact: Digest) -> Result<(), Fault> {
    let found = digest_of(&**store.disk(), &store.objects.path(&artifact)).map_err(local)?;
    if found == artifact {
        return Ok(());
    }
    let what = format!(
        "the stored video {} is damaged: run `kling-build store verify`, then build again",
        artifact.short()
    );
    Err(Fault::new(FaultClass::Local, what))
}
