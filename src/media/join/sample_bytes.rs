//! The bytes of one sample in a part's file.

use std::io::{Read, Seek, SeekFrom};

use crate::media::error::MediaError;

/// Reads a sample's bytes into `sample`.
pub(super) fn read(
    file: &mut (impl Read + Seek),
    offset: u64,
    size: u32,
    sample: &mut Vec<u8>,
) -> Result<(), MediaError> {
    file.seek(SeekFrom::Start(offset))?;
    sample.clear();
    let read = Read::by_ref(file).take(size.into()).read_to_end(sample)? as u64;
    if read < u64::from(size) {
        // The file was complete when its index was read, so it has been truncated since.
        let promised = offset + u64::from(size);
        return Err(MediaError::Truncated { promised, present: offset + read });
    }
    Ok(())
}
