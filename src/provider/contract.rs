//! The contract between a build and the provider that makes its takes.
//!
//! It deals with one take at a time and remembers nothing: the ledger knows what was sent and what
//! came back, and the engine decides what to do about faults.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use futures_util::future::BoxFuture;
use url::Url;

use crate::base::{Credits, Digest, Fault, Moment, TaskId};
use crate::catalog::{Dialect, InputSlot};
use crate::plan::{ProviderFamily, Recipe};

/// One take to make: its recipe, and where its inputs are.
#[derive(Clone, Debug)]
pub struct Order {
    /// What determines the picture; nothing else about the take is sent.
    pub recipe: Recipe,
    /// Where the recipe's pictures, recordings and videos are.
    pub inputs: BTreeMap<InputSlot, Asset>,
    /// Where the provider announces the end of the task, if anywhere.
    pub callback: Option<Url>,
}

/// An input at a place where the provider can get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asset {
    /// Public on the network.
    Url(String),
    /// An object of the film's bucket, by its name. Its address is made when the order is sent,
    /// because it may be signed, and a signature is neither kept nor shown.
    InBucket(String),
    /// On this machine.
    File(PathBuf),
}

/// A file on this machine that a provider makes public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileToHost {
    /// Where it is.
    pub path: PathBuf,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its media type, such as `image/png`.
    pub media_type: &'static str,
    /// The usual extension of that type, without the dot.
    pub extension: &'static str,
}

/// What the provider says about a task.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskStatus {
    /// Not finished yet.
    Generating,
    /// Finished, with a video.
    Succeeded(TaskResult),
    /// Finished, without a video, in the provider's words.
    Failed(Fault),
}

/// A finished video at the provider.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskResult {
    /// Where it can be downloaded.
    pub video_url: String,
    /// When it was finished, by the provider's clock, if the provider says so.
    pub completed: Option<Moment>,
}

/// Where the bytes of a fetched video go.
///
/// Writing may wait for a disk, so it is awaited and never blocks an async thread.
pub trait VideoSink: Send {
    /// Appends these bytes; they are written when the future completes.
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, io::Result<()>>;

    /// Says that nothing proves that these were the last bytes: the server announced no length, and
    /// the end of the connection was the end of the video.
    fn note_unknown_end(&mut self) {}
}

/// Keeps the video in memory.
impl VideoSink for Vec<u8> {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, io::Result<()>> {
        self.extend_from_slice(bytes);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Makes takes.
///
/// Contract: `submit` costs money and is called once per intent; every other call is free and may
/// be repeated. A fault's class says what is proven (see [`crate::base::FaultClass`]); a submit
/// with an unknown outcome is `Doubt`. Dropping a returned future cancels the call; a submit that
/// is dropped before its answer is in doubt.
pub trait Provider: Send + Sync {
    /// The family of providers to which the takes belong.
    fn family(&self) -> ProviderFamily;

    /// How many tasks it runs at once.
    fn slots(&self) -> usize;

    /// Whether inputs must be public URLs; otherwise `host` is never called.
    fn needs_hosting(&self) -> bool;

    /// Where `host` puts files: earlier uploads there are remembered under this name.
    fn host_name(&self) -> String;

    /// How many credits the account has; `None` if takes cost nothing.
    fn balance(&self) -> BoxFuture<'_, Result<Option<Credits>, Fault>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Makes a local file public for at least an hour and returns its address.
    fn host<'a>(&'a self, file: &'a FileToHost) -> BoxFuture<'a, Result<String, Fault>>;

    /// Requests a take and pays for it.
    fn submit<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<TaskId, Fault>>;

    /// Asks for the status of a task that was made in this dialect of the API.
    fn status<'a>(
        &'a self,
        task: &'a TaskId,
        api: Dialect,
    ) -> BoxFuture<'a, Result<TaskStatus, Fault>>;

    /// Writes a finished take's video to `into`, piece by piece.
    fn fetch<'a>(
        &'a self,
        order: &'a Order,
        result: &'a TaskResult,
        into: &'a mut dyn VideoSink,
    ) -> BoxFuture<'a, Result<(), Fault>>;
}
