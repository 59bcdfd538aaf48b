//! Deliveries: a finished video comes from the provider into the store, checked on the way.
//!
//! Free calls only, so that whoever asks may ask again. What came whole is kept whatever it looks
//! like: it was paid for.

use super::video_check::{Expected, check};
use crate::base::Digest;
use crate::engine::Fault;
use crate::provider::{Order, Provider, TaskResult};
use crate::runner::store_access::{local, on_disk};
use crate::store::Objects;

/// A video that is in the store now.
#[derive(Clone, Debug)]
pub struct Delivery {
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
    objects: &Objects,
    order: &Order,
    result: &TaskResult,
    expected: Expected,
) -> Result<Delivery, Fault> {
    let mut incoming = objects.incoming().map_err(local)?;
    provider.fetch(order, result, &mut incoming).await?;
    on_disk(objects.disk(), move || {
        let unlike = check(&mut incoming.reopen().map_err(local)?, expected)?;
        let (digest, bytes) = incoming.publish().map_err(local)?;
        Ok(Delivery { digest, bytes, unlike })
    })
    .await
}
