//! Local servers: what the callback listener and the simulator share.

mod guarded_stream;

pub use guarded_stream::{GuardedStream, StreamGuard};
