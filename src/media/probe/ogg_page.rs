//! Pages of an Ogg file (RFC 3533, section 6).

/// Bytes of a page header before its table of segments.
const HEADER: usize = 27;

/// The largest page: its header, 255 lengths, 255 segments of 255 bytes.
pub(super) const PAGE_MAX: u64 = 27 + 255 + 255 * 255;

/// The checksum of each byte (RFC 3533, section 6): the polynomial 0x04c11db7, from the highest bit on.
const CHECKSUMS: [u32; 256] = {
    let mut sums = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut sum, mut bit) = ((byte as u32) << 24, 0);
        while bit < 8 {
            sum = if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 };
            bit += 1;
        }
        sums[byte] = sum;
        byte += 1;
    }
    sums
};

/// A page.
pub(super) struct Page<'a> {
    /// The number of the stream that it belongs to.
    pub serial: u32,
    /// The position behind the last packet that ends on it; `None` if no packet does.
    pub position: Option<i64>,
    /// Whether a stream begins on it.
    pub begins: bool,
    /// Whether a stream ends on it.
    pub ends: bool,
    /// The lengths of its segments; one of less than 255 bytes ends a packet.
    pub table: &'a [u8],
    /// What is in the segments.
    pub body: &'a [u8],
    /// Its number among the pages of its stream.
    pub number: u32,
    /// All of it.
    bytes: &'a [u8],
}

/// What is at a position in an Ogg file.
pub(super) enum AtPage<'a> {
    /// A page.
    Whole(Page<'a>),
    /// The start of a page that has at least so many bytes, more than there are.
    Torn(u64),
    /// Something else.
    Other,
}

impl<'a> AtPage<'a> {
    /// What these bytes start with; they are the rest of the file, or more than any page has.
    pub(super) fn of(bytes: &'a [u8]) -> AtPage<'a> {
        let Some(header) = bytes.get(..HEADER) else {
            let is_start = !bytes.is_empty() && b"OggS".starts_with(&bytes[..bytes.len().min(4)]);
            return if is_start { AtPage::Torn(HEADER as u64 + 1) } else { AtPage::Other };
        };
        if !header.starts_with(b"OggS") {
            return AtPage::Other;
        }
        let table_end = HEADER + usize::from(header[26]);
        let Some(table) = bytes.get(HEADER..table_end) else {
            return AtPage::Torn(table_end as u64);
        };
        let length = table_end + table.iter().map(|segment| usize::from(*segment)).sum::<usize>();
        let Some(body) = bytes.get(table_end..length) else { return AtPage::Torn(length as u64) };
        let position = i64::from_le_bytes(header[6..14].try_into().expect("8 bytes"));
        AtPage::Whole(Page {
            serial: u32::from_le_bytes(header[14..18].try_into().expect("4 bytes")),
            position: (position != -1).then_some(position),
            begins: header[5] & 2 != 0,
            ends: header[5] & 4 != 0,
            table,
            body,
            number: u32::from_le_bytes(header[18..22].try_into().expect("4 bytes")),
            bytes: &bytes[..length],
        })
    }
}

impl<'a> Page<'a> {
    /// The length of the page in bytes.
    pub(super) fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Whether its bytes are those that were written: players leave out a page whose checksum is
    /// another.
    pub(super) fn is_intact(&self) -> bool {
        let (head, rest) = self.bytes.split_at(HEADER);
        // The checksum is computed as if it were zero.
        let zeroed = head[..22].iter().chain(&[0; 4]).chain(&head[26..]).chain(rest);
        let found = zeroed
            .fold(0u32, |sum, byte| sum << 8 ^ CHECKSUMS[usize::from((sum >> 24) as u8 ^ byte)]);
        head[22..26] == found.to_le_bytes()
    }

    /// The pieces of packets on this page, each with whether the packet ends with it.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (&'a [u8], bool)> {
        let (table, body) = (self.table, self.body);
        let (mut segment, mut at) = (0, 0);
        std::iter::from_fn(move || {
            let start = at;
            while let Some(length) = table.get(segment) {
                (segment, at) = (segment + 1, at + usize::from(*length));
                if *length < 255 {
                    return Some((&body[start..at], true));
                }
            }
            (at > start).then(|| (&body[start..at], false))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_start_of_a_page_is_torn_and_its_length_is_known_with_its_table() {
        let mut page = b"OggS\0\x06".to_vec();
        page.extend(7i64.to_le_bytes());
        page.extend([9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 255, 2, 4]);
        page.resize(page.len() + 261, 1);
        for length in 1..page.len() {
            let AtPage::Torn(least) = AtPage::of(&page[..length]) else { panic!("{length}") };
            assert!(least > length as u64 && least <= page.len() as u64, "{length}: {least}");
            assert!(length < 30 || least == page.len() as u64);
        }
        let AtPage::Whole(whole) = AtPage::of(&page) else { panic!("a page") };
        assert_eq!((whole.serial, whole.position, whole.length()), (9, Some(7), 291));
        assert!(whole.begins && whole.ends && !whole.is_intact());
        let lengths = whole.pieces().map(|(piece, ends)| (piece.len(), ends));
        assert_eq!(lengths.collect::<Vec<_>>(), [(257, true), (4, true)]);
        assert!(matches!(AtPage::of(b"junk"), AtPage::Other));
        assert!(matches!(AtPage::of(b""), AtPage::Other));
    }
}
