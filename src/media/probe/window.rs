//! A window on a file: bytes at any position, read in pieces of bounded size.

use std::io::{self, Read, Seek, SeekFrom};

/// Bytes read at once.
const PIECE: u64 = 64 << 10;

/// A file whose bytes are looked at in increasing order, mostly.
pub(in crate::media) struct ByteWindow<F> {
    file: F,
    length: u64,
    /// The position of the first of `bytes`.
    start: u64,
    bytes: Vec<u8>,
}

impl<F: Read + Seek> ByteWindow<F> {
    /// Looks at a file from its start.
    pub(in crate::media) fn new(mut file: F) -> io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        Ok(ByteWindow { file, length, start: 0, bytes: Vec::new() })
    }

    /// The length of the file in bytes.
    pub(in crate::media) fn length(&self) -> u64 {
        self.length
    }

    /// The bytes from a position on: `wanted` of them, or fewer at the end of the file. At most
    /// 64 KiB can be wanted.
    pub(in crate::media) fn at(&mut self, position: u64, wanted: usize) -> io::Result<&[u8]> {
        let rest = self.rest(position, wanted)?;
        Ok(&rest[..rest.len().min(wanted)])
    }

    /// The bytes from a position on that are in memory, at least `wanted` unless the file ends.
    pub(in crate::media) fn rest(&mut self, position: u64, wanted: usize) -> io::Result<&[u8]> {
        let end = position.saturating_add(wanted as u64).min(self.length);
        let has = self.start <= position && end <= self.start + self.bytes.len() as u64;
        if !has {
            self.file.seek(SeekFrom::Start(position))?;
            self.bytes.clear();
            self.start = position;
            self.file.by_ref().take(PIECE.max(wanted as u64)).read_to_end(&mut self.bytes)?;
        }
        let from = usize::try_from(position.saturating_sub(self.start)).unwrap_or(usize::MAX);
        Ok(self.bytes.get(from..).unwrap_or_default())
    }
}
