//! The look at a file: what kind of file it is, its measures, and whether it is whole. It depends on
//! nothing but the file's bytes.

use std::io::{self, BufReader};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::base::{Digest, Readable};
use crate::catalog::{ImageFormat, InputKind, VideoFormat, VoiceFormat};
use crate::media::{
    ImageFacts, MediaError, PIXELS_MAX, PictureVerification, VERIFICATION_MEMORY_MAX, VoiceFacts,
    container_of, probe_image, probe_video, probe_voice, unheard_in_previews,
};
use crate::plan::InputFile;
use crate::store::{Disk, digest_of};

/// The version of what a look finds out: facts of another version are not used.
pub const LOOK_VERSION: u32 = 4;

/// Files of fewer bytes in all are looked at by one thread: starting others takes longer.
const SEVERAL_THREADS_FROM: u64 = 1 << 20;

/// What a look at a file finds out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FileFacts {
    /// A picture.
    Picture {
        /// Its format.
        format: ImageFormat,
        /// Its width and height in pixels, as it is shown.
        size: (u32, u32),
        /// Whether a note of the camera turns it.
        is_turned: bool,
        /// Whether something is seen through it.
        is_transparent: bool,
    },
    /// A voice recording.
    Voice {
        /// Its format.
        format: VoiceFormat,
        /// Its length in seconds.
        seconds: f64,
        /// What it is, if previews cannot play it.
        unheard: Option<String>,
    },
    /// A video.
    Video {
        /// Its container.
        format: VideoFormat,
        /// Its length in milliseconds.
        millis: u64,
        /// Its width and height in pixels.
        size: (u32, u32),
        /// How many pictures it has; 0 if that is not known.
        frames: u64,
    },
    /// A font, of which nothing but the digest matters.
    Font,
}

impl FileFacts {
    /// What the plan knows of a file with this digest and length in bytes.
    pub fn input(&self, digest: Digest, bytes: u64) -> InputFile {
        let plain = InputFile { bytes, ..InputFile::of_digest(digest) };
        match *self {
            FileFacts::Picture { format, size, is_turned, .. } => InputFile {
                media_type: format.media_type(),
                extension: format.extension(),
                picture: Some(size),
                is_turned,
                ..plain
            },
            FileFacts::Voice { format, seconds, .. } => InputFile {
                media_type: format.media_type(),
                extension: format.extension(),
                seconds: Some(seconds),
                ..plain
            },
            FileFacts::Video { format, millis, size, .. } => InputFile {
                media_type: format.media_type(),
                extension: format.extension(),
                picture: Some(size),
                seconds: Some(millis as f64 / 1_000.0),
                ..plain
            },
            FileFacts::Font => plain,
        }
    }
}

/// What a file is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileUse {
    /// A picture, a voice or a video.
    Input(InputKind),
    /// A font of the preview.
    Font,
}

/// What a look at a file found: its digest, and its facts or why it is not of the expected kind; or
/// why it cannot be read.
pub type Looked = io::Result<(Digest, Result<FileFacts, MediaError>)>;

/// Looks at files, on as many threads as there are processors; `bytes` is their length in all.
///
/// Together the threads need no more than some 100 MB of memory, whatever the pictures.
pub fn look_at_files(disk: &dyn Disk, files: &[(&Path, FileUse)], bytes: u64) -> Vec<Looked> {
    let memory = MemoryBudget::new(VERIFICATION_MEMORY_MAX);
    let look = |(path, used): &(&Path, FileUse)| look_at(disk, path, *used, &memory);
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let threads = processors.min(files.len());
    if threads < 2 || bytes < SEVERAL_THREADS_FROM {
        return files.iter().map(look).collect();
    }
    let (next, looked) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(files.len())));
    let work = || {
        while let Some((at, file)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, files.get(at)?)))
        {
            let found = look(file);
            looked.lock().unwrap_or_else(PoisonError::into_inner).push((at, found));
        }
    };
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let mut looked = looked.into_inner().unwrap_or_else(PoisonError::into_inner);
    looked.sort_by_key(|(at, _)| *at);
    looked.into_iter().map(|(_, found)| found).collect()
}

fn look_at(disk: &dyn Disk, path: &Path, used: FileUse, memory: &MemoryBudget) -> Looked {
    match facts(disk.open(path)?, used, memory) {
        Err(MediaError::Io(error)) => Err(error),
        found => Ok((digest_of(disk, path)?, found)),
    }
}

fn facts(
    mut file: Box<dyn Readable>,
    used: FileUse,
    memory: &MemoryBudget,
) -> Result<FileFacts, MediaError> {
    Ok(match used {
        FileUse::Font => FileFacts::Font,
        FileUse::Input(InputKind::Picture) => picture(file, memory)?,
        FileUse::Input(InputKind::Voice) => {
            let VoiceFacts { format, seconds } = probe_voice(&mut file)?;
            let unheard = unheard_in_previews(&mut file).unwrap_or_default();
            FileFacts::Voice { format, seconds, unheard }
        }
        FileUse::Input(InputKind::Video) => {
            let format = container_of(&mut file)?;
            let video = probe_video(&mut file)?;
            let size = (video.size.width, video.size.height);
            FileFacts::Video { format, millis: video.millis, size, frames: video.frames }
        }
    })
}

fn picture(file: Box<dyn Readable>, memory: &MemoryBudget) -> Result<FileFacts, MediaError> {
    let mut file = BufReader::new(file);
    let image = probe_image(&mut file)?;
    let (width, height) = image.size;
    // One that is too large is refused for that, and never decoded.
    let is_decoded = u64::from(width) * u64::from(height) <= PIXELS_MAX;
    let is_transparent = is_decoded && verify(file, image, memory)?;
    let ImageFacts { format, size, is_turned } = image;
    Ok(FileFacts::Picture { format, size, is_turned, is_transparent })
}

fn verify(
    file: BufReader<Box<dyn Readable>>,
    image: ImageFacts,
    memory: &MemoryBudget,
) -> Result<bool, MediaError> {
    let verification = PictureVerification::of(file, image)?;
    let _reserved = memory.reserve(verification.memory());
    verification.run()
}

/// The memory that the threads share.
struct MemoryBudget {
    total: u64,
    free: Mutex<u64>,
    returned: Condvar,
}

/// A part of the memory, returned when it is dropped.
struct Reservation<'b>(&'b MemoryBudget, u64);

impl MemoryBudget {
    fn new(total: u64) -> MemoryBudget {
        MemoryBudget { total, free: Mutex::new(total), returned: Condvar::new() }
    }

    /// Waits until there is so much, or everything if that is less.
    fn reserve(&self, bytes: u64) -> Reservation<'_> {
        let bytes = bytes.min(self.total);
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.returned.wait_while(free, |free| *free < bytes);
        *waited.unwrap_or_else(PoisonError::into_inner) -= bytes;
        Reservation(self, bytes)
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += self.1;
        self.0.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;
    use crate::store::LocalDisk;

    #[test]
    fn threads_never_reserve_more_than_there_is() {
        let budget = MemoryBudget::new(10);
        let (held, most) = (AtomicU64::new(0), AtomicU64::new(0));
        let work = |bytes: u64| {
            for _ in 0..200 {
                let _reserved = budget.reserve(bytes);
                let now = held.fetch_add(bytes.min(10), Ordering::SeqCst) + bytes.min(10);
                most.fetch_max(now, Ordering::SeqCst);
                thread::yield_now();
                held.fetch_sub(bytes.min(10), Ordering::SeqCst);
            }
        };
        thread::scope(|scope| {
            for bytes in [3, 4, 10, 25] {
                scope.spawn(move || work(bytes));
            }
        });
        assert!(most.into_inner() <= 10);
        assert_eq!(*budget.free.lock().unwrap(), 10);
    }

    #[test]
    fn the_order_of_files_is_kept_on_any_number_of_threads() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<_> = (1..40u32)
            .map(|side| {
                let path = folder.path().join(format!("{side}.png"));
                image::RgbImage::new(side, 2).save(&path).unwrap();
                path
            })
            .collect();
        let picture = FileUse::Input(InputKind::Picture);
        let files: Vec<_> = paths.iter().map(|path| (path.as_path(), picture)).collect();
        for bytes in [0, SEVERAL_THREADS_FROM] {
            for (side, found) in (1..).zip(look_at_files(&LocalDisk, &files, bytes)) {
                let size = (side, 2);
                let (format, is_turned, is_transparent) = (ImageFormat::Png, false, false);
                let png = FileFacts::Picture { format, size, is_turned, is_transparent };
                assert_eq!(found.unwrap().1.unwrap(), png);
            }
        }
    }
}
