//! The codes of a lossless WebP: RFC 9649, section 3.7.

/// Reads bits, the lowest first.
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(data: &'a [u8]) -> BitReader<'a> {
        BitReader { data, at: 0, held: 0, count: 0 }
    }

    /// The next bits, 32 at most; `None` behind the end of the data.
    pub(super) fn bits(&mut self, bits: u32) -> Option<u32> {
        while self.count < bits {
            self.held |= u64::from(*self.data.get(self.at)?) << self.count;
            self.at += 1;
            self.count += 8;
        }
        let value = self.held & ((1 << bits) - 1);
        self.held >>= bits;
        self.count -= bits;
        Some(value as u32)
    }

    /// How many bytes have not been looked at.
    pub(super) fn left(&self) -> usize {
        self.data.len() - self.at
    }

    /// The next bit as an answer.
    pub(super) fn is_set(&mut self) -> Option<bool> {
        self.bits(1).map(|bit| bit == 1)
    }
}

/// The longest code in bits.
const LONGEST: usize = 15;

/// The order in which the lengths of the codes for lengths are stored.
const LENGTHS_ORDER: [usize; 19] =
    [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// A prefix code. Only symbols that occur take memory.
pub(super) struct PrefixCode {
    /// How many codes of each length there are.
    counts: [u16; LONGEST + 1],
    /// The symbols in the order of their codes.
    symbols: Box<[u16]>,
}

impl PrefixCode {
    /// A code of these lengths, 0 for symbols that do not occur; `None` if it is none.
    fn of(lengths: &[u8]) -> Option<PrefixCode> {
        let mut counts = [0u16; LONGEST + 1];
        for length in lengths.iter().filter(|length| **length > 0) {
            counts[usize::from(*length)] += 1;
        }
        let mut symbols = Vec::new();
        for length in 1..=LONGEST as u8 {
            let of_length = (0u16..).zip(lengths).filter(|(_, it)| **it == length);
            symbols.extend(of_length.map(|(symbol, _)| symbol));
        }
        // Every sequence of bits is a code, or there is one symbol, which takes none.
        let used =
            (1..).zip(&counts[1..]).map(|(length, count)| u32::from(*count) << (15 - length));
        let is_complete = used.sum::<u32>() == 1 << LONGEST;
        (is_complete || symbols.len() == 1)
            .then(|| PrefixCode { counts, symbols: symbols.into_boxed_slice() })
    }

    /// Reads a code for this many symbols.
    pub(super) fn read(reader: &mut BitReader<'_>, symbols: usize) -> Option<PrefixCode> {
        if reader.is_set()? {
            let is_pair = reader.is_set()?;
            let bits = if reader.is_set()? { 8 } else { 1 };
            let first = reader.bits(bits)? as u16;
            let mut named = vec![first];
            if is_pair {
                named.push(reader.bits(8)? as u16);
                named.sort_unstable();
                named.dedup();
            }
            let mut counts = [0; LONGEST + 1];
            counts[1] = named.len() as u16;
            let is_known = named.iter().all(|symbol| usize::from(*symbol) < symbols);
            return is_known.then(|| PrefixCode { counts, symbols: named.into_boxed_slice() });
        }
        let mut of_lengths = [0; 19];
        for place in &LENGTHS_ORDER[..reader.bits(4)? as usize + 4] {
            of_lengths[*place] = reader.bits(3)? as u8;
        }
        let of_lengths = PrefixCode::of(&of_lengths)?;
        let mut left = symbols;
        if reader.is_set()? {
            let bits = 2 + 2 * reader.bits(3)?;
            left = 2 + reader.bits(bits)? as usize;
            if left > symbols {
                return None;
            }
        }
        let (mut lengths, mut last) = (Vec::with_capacity(symbols), 8);
        while lengths.len() < symbols && left > 0 {
            left -= 1;
            let (length, times) = match of_lengths.symbol(reader)? {
                length @ 0..=15 => (length as u8, 1),
                16 => (last, 3 + reader.bits(2)?),
                17 => (0, 3 + reader.bits(3)?),
                _ => (0, 11 + reader.bits(7)?),
            };
            if length > 0 {
                last = length;
            }
            lengths.extend(std::iter::repeat_n(length, times as usize));
        }
        (lengths.len() <= symbols).then(|| PrefixCode::of(&lengths)).flatten()
    }

    /// Reads the next symbol.
    pub(super) fn symbol(&self, reader: &mut BitReader<'_>) -> Option<u16> {
        if let [only] = *self.symbols {
            return Some(only);
        }
        let (mut code, mut first, mut place) = (0u32, 0u32, 0usize);
        for count in &self.counts[1..] {
            code |= reader.bits(1)?;
            let count = u32::from(*count);
            if code - first < count {
                return self.symbols.get(place + (code - first) as usize).copied();
            }
            place += count as usize;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }

    /// How many symbols it has.
    pub(super) fn size(&self) -> usize {
        self.symbols.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_from_the_lowest_on() {
        let mut reader = BitReader::new(&[0b1010_0110, 0xff]);
        assert_eq!(reader.bits(3), Some(0b110));
        assert_eq!(reader.is_set(), Some(false));
        assert_eq!(reader.bits(12), Some(0b1111_1111_1010));
        assert_eq!(reader.bits(1), None);
    }

    #[test]
    fn codes_are_complete_or_have_one_symbol() {
        assert!(PrefixCode::of(&[1, 2, 2]).is_some());
        assert!(PrefixCode::of(&[1, 2, 3]).is_none(), "a code is missing");
        assert!(PrefixCode::of(&[1, 1, 1]).is_none(), "there are too many");
        assert!(PrefixCode::of(&[0, 0]).is_none());
        let only = PrefixCode::of(&[0, 0, 7]).unwrap();
        assert_eq!(only.symbol(&mut BitReader::new(&[])), Some(2));
        // 0, 10 and 11, whose first bit is the lowest.
        let three = PrefixCode::of(&[1, 2, 2]).unwrap();
        let mut reader = BitReader::new(&[0b0001_1010]);
        let read: Vec<u16> = (0..3).map(|_| three.symbol(&mut reader).unwrap()).collect();
        assert_eq!(read, [0, 1, 2]);
    }
}
