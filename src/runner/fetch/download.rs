//! Downloads: bring a finished video from the provider into the store, checked on the way.
//!
//! Uses only free calls, so the caller may retry. Every complete video is kept, whatever it shows:
//! it was paid for.

use std::io::{self, Write};

use futures_util::future::BoxFuture;

use super::video_check::check;
use crate::base::{Fault, FaultClass, Key, Moment, TaskId};
use crate::provider::{Order, Provider, TaskResult, VideoSink};
use crate::runner::store_access::{LocalStore, StoreDoor, local};
use crate::store::{Incoming, KnownTake};

/// How many bytes are gathered for a write: what comes in small pieces would otherwise change threads
/// for each.
const WRITE_BYTES: usize = 256 * 1024;

/// The task whose video is downloaded.
#[derive(Clone, Debug)]
pub struct PaidTask {
    /// The task.
    pub task: TaskId,
    /// The key that it was paid for.
    pub key: Key,
    /// The present.
    pub now: Moment,
}

/// A video that has been downloaded and is not in the store yet; it leaves no trace unless it is
/// published.
pub struct DownloadedVideo {
    incoming: Incoming,
    /// Its last bytes, which are not written yet.
    rest: Vec<u8>,
    /// Whether it may lack bytes without anyone having noticed.
    may_lack_its_end: bool,
}

/// Downloads the video of a task.
///
/// # Errors
/// The download failed, or this machine's disk did. Nothing is left behind then.
pub async fn download(
    provider: &dyn Provider,
    store: &StoreDoor,
    order: &Order,
    result: &TaskResult,
) -> Result<DownloadedVideo, Fault> {
    let incoming = store.run(|store| store.objects.incoming().map_err(local)).await?;
    let (incoming, gathered) = (Some(incoming), Vec::new());
    let mut sink = StoreSink { store, incoming, gathered, may_lack_its_end: false };
    provider.fetch(order, result, &mut sink).await?;
    let StoreSink { incoming, gathered, may_lack_its_end, .. } = sink;
    let incoming = incoming.expect("a sink whose writes have ended is whole");
    Ok(DownloadedVideo { incoming, rest: gathered, may_lack_its_end })
}

/// Downloads, checks and stores a task's video.
///
/// # Errors
/// Those of [`download`] and [`DownloadedVideo::publish`].
pub async fn deliver(
    provider: &dyn Provider,
    store: &StoreDoor,
    order: &Order,
    result: &TaskResult,
    paid: PaidTask,
) -> Result<KnownTake, Fault> {
    let video = download(provider, store, order, result).await?;
    store.run(move |store| video.publish(store, paid)).await
}

impl DownloadedVideo {
    /// Checks a task's video and puts it into the store. The ledger knows whose it is before it gets
    /// its name there: a process that is killed just then must not leave a video that nobody finds
    /// when the provider has deleted it.
    ///
    /// # Errors
    /// The video is not complete, or this machine's disk failed. Nothing is left behind then.
    pub fn publish(mut self, store: &LocalStore, paid: PaidTask) -> Result<KnownTake, Fault> {
        self.incoming.write_all(&self.rest).map_err(local)?;
        check(&mut self.incoming.reopen().map_err(local)?).map_err(|error| {
            let class =
                if self.may_lack_its_end { FaultClass::Broken } else { FaultClass::NotVideo };
            Fault::new(class, format!("the download is not a playable video: {error}"))
        })?;
        let (written, PaidTask { task, key, now }) = (self.incoming.finish(), paid);
        let finished = store.ledger.finished_at(&task).map_err(local)?.unwrap_or(now);
        let take = KnownTake { digest: written.digest, bytes: written.bytes, task, finished };
        store.ledger.keep(&key, &take, now).map_err(local)?;
        written.publish().map_err(local)?;
        Ok(take)
    }
}

/// Writes and hashes a video into the store, outside the async threads.
struct StoreSink<'s> {
    store: &'s StoreDoor,
    /// Absent while a write is under way; dropping a fetch meanwhile drops both.
    incoming: Option<Incoming>,
    /// What has come since the last write.
    gathered: Vec<u8>,
    /// Whether the last bytes may be missing without anyone having noticed.
    may_lack_its_end: bool,
}

impl VideoSink for StoreSink<'_> {
    fn note_unknown_end(&mut self) {
        self.may_lack_its_end = true;
    }

    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            self.gathered.extend_from_slice(bytes);
            if self.gathered.len() < WRITE_BYTES {
                return Ok(());
            }
            let lost = || io::Error::other("an earlier write was broken off");
            let mut incoming = self.incoming.take().ok_or_else(lost)?;
            let mut gathered = std::mem::take(&mut self.gathered);
            let write = move |_: &LocalStore| {
                let written = incoming.write_all(&gathered);
                gathered.clear();
                Ok((incoming, gathered, written))
            };
            let written = self.store.run(write).await.map_err(io::Error::other)?;
            self.incoming = Some(written.0);
            self.gathered = written.1;
            written.2
        })
    }
}
