//! Deliveries: a finished video comes from the provider into the store, checked on the way.
//!
//! Free calls only, so that whoever asks may ask again. What came whole is kept whatever it looks
//! like: it was paid for.

use std::io::{self, Write};

use futures_util::future::BoxFuture;

use super::video_check::{ExpectedVideo, check};
use crate::base::Digest;
use crate::engine::Fault;
use crate::provider::{Order, Provider, TaskResult, VideoSink};
use crate::runner::store_access::{LocalStore, StoreDoor, local};
use crate::store::Incoming;

/// A video that is in the store now.
#[derive(Clone, Debug)]
pub struct StoredVideo {
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub bytes: u64,
    /// How it differs from what was asked for, by more than models do.
    pub unlike: Option<String>,
}

/// Downloads, checks and stores a task's video.
///
/// # Errors
/// Of the download, of the check where no whole video came, of this machine's disk. Nothing is
/// left behind then.
pub async fn deliver(
    provider: &dyn Provider,
    store: &StoreDoor,
    order: &Order,
    result: &TaskResult,
    expected: ExpectedVideo,
) -> Result<StoredVideo, Fault> {
    let incoming = store.run(|store| store.objects.incoming().map_err(local)).await?;
    let mut sink = StoreSink { store, incoming: Some(incoming) };
    provider.fetch(order, result, &mut sink).await?;
    let mut incoming = sink.incoming.expect("a sink whose writes have ended is whole");
    let publish = move |_: &LocalStore| {
        let unlike = check(&mut incoming.reopen().map_err(local)?, expected)?;
        let (digest, bytes) = incoming.publish().map_err(local)?;
        Ok(StoredVideo { digest, bytes, unlike })
    };
    store.run(publish).await
}

/// Writes and hashes a video into the store, away from the async threads.
struct StoreSink<'s> {
    store: &'s StoreDoor,
    /// Away while a write is under way; a fetch that is dropped in the middle of one drops both.
    incoming: Option<Incoming>,
}

impl VideoSink for StoreSink<'_> {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            let lost = || io::Error::other("an earlier write was broken off");
            let mut incoming = self.incoming.take().ok_or_else(lost)?;
            let bytes = bytes.to_vec();
            let write = move |_: &LocalStore| {
                let written = incoming.write_all(&bytes);
                Ok((incoming, written))
            };
            let (incoming, written) = self.store.run(write).await.map_err(io::Error::other)?;
            self.incoming = Some(incoming);
            written
        })
    }
}
