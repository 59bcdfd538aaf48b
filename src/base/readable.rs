//! Readable: bytes that can be read from any place, such as an open file.

use std::io::{Read, Seek};

/// Bytes that can be read from any place.
pub trait Readable: Read + Seek + Send + Sync {}

impl<T: Read + Seek + Send + Sync> Readable for T {}
