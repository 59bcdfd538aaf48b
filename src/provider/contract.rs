//! The contract between a build and who makes its takes.
//!
//! It speaks of one take at a time and remembers nothing: what was sent and what came back is the
//! ledger's business, what to do about faults is the engine's.

use std::io;
use std::path::PathBuf;

use futures_util::future::BoxFuture;
use url::Url;

use crate::base::{Digest, Fault, Moment, TaskId};
use crate::plan::{ProviderFamily, Recipe};

/// One take to be made: its recipe, and where its inputs are.
#[derive(Clone, Debug)]
pub struct Order {
    /// What decides the picture; nothing else about it is sent.
    pub recipe: Recipe,
    /// The image, where the recipe has one.
    pub image: Option<Asset>,
    /// The voice, where the recipe has one.
    pub voice: Option<Asset>,
    /// Where the end of its task is to be announced, if anywhere.
    pub callback: Option<Url>,
}

/// An input at a place where a provider can get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asset {
    /// Public on the network.
    Url(String),
    /// On this machine.
    File(PathBuf),
}

/// A file on this machine that a provider is to make public.
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

/// What the provider says of a task.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskStatus {
    /// Not finished.
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
    /// When it was finished, by the provider's clock, where it says so.
    pub completed: Option<Moment>,
}

/// Where the bytes of a fetched video go.
///
/// Writing may have to wait for a disk, so it is awaited: it never holds up an async thread.
pub trait VideoSink: Send {
    /// Appends these bytes; they are written when the future ends.
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, io::Result<()>>;
}

/// Keeps the video in memory.
impl VideoSink for Vec<u8> {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, io::Result<()>> {
        self.extend_from_slice(bytes);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Who makes takes.
///
/// Contract: `submit` costs money and is called once per intent; every other call is free and may
/// be repeated. A fault's class says what is proven (see [`crate::base::FaultClass`]); a submit
/// whose fate is unknown is `Doubt`. Dropping a returned future cancels the call; a submit dropped
/// before its answer is in doubt.
pub trait Provider: Send + Sync {
    /// Whose takes these are.
    fn family(&self) -> ProviderFamily;

    /// How many tasks it runs at once.
    fn slots(&self) -> usize;

    /// Whether inputs must be public URLs; if not, `host` is never called.
    fn needs_hosting(&self) -> bool;

    /// Where `host` puts files: what was hosted there once is known by this name.
    fn host_name(&self) -> String;

    /// Makes a local file public for at least an hour and says where.
    fn host<'a>(&'a self, file: &'a FileToHost) -> BoxFuture<'a, Result<String, Fault>>;

    /// Asks for a take and pays for it.
    fn submit<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<TaskId, Fault>>;

    /// Asks how a task is doing.
    fn status<'a>(&'a self, task: &'a TaskId) -> BoxFuture<'a, Result<TaskStatus, Fault>>;

    /// Hands a finished take's video to `into`, piece by piece.
    fn fetch<'a>(
        &'a self,
        order: &'a Order,
        result: &'a TaskResult,
        into: &'a mut dyn VideoSink,
    ) -> BoxFuture<'a, Result<(), Fault>>;
}
