//! The codes in a scan of a JPEG: ITU-T T.81, F.2.2 and annex C.

use std::fmt;

/// What is wrong with the data of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScanFault {
    /// A code is in no table, or means what cannot be.
    NoCode,
    /// The data ends before the last block.
    EndsEarly,
    /// A restart is missing.
    NoRestart,
    /// Data is left over behind the last block.
    LeftOver,
}

impl fmt::Display for ScanFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ScanFault::NoCode => "its pixels cannot be decoded (a scan has a wrong code)",
            ScanFault::EndsEarly => "its pixels cannot be decoded (a scan ends early)",
            ScanFault::NoRestart => "its pixels cannot be decoded (a restart is missing)",
            ScanFault::LeftOver => "its pixels cannot be decoded (a scan goes on behind its end)",
        })
    }
}

/// Bits of a code that are looked up at once.
const QUICK: u32 = 9;

/// The longest code in bits.
const LONGEST: u32 = 16;

/// A table of codes of up to 16 bits.
#[derive(Clone)]
pub(super) struct CodeTable {
    /// The length of a code and its value by its first bits; a length of 0 is that of a longer code.
    quick: Box<[(u8, u8); 1 << QUICK]>,
    /// For each length the first code, how many there are, and the place of the first one's value.
    lengths: [(u32, u32, usize); LONGEST as usize + 1],
    values: Box<[u8]>,
}

impl CodeTable {
    /// A table of so many codes of each length; `None` if there are more than can be.
    pub(super) fn new(counts: &[u8], values: &[u8]) -> Option<CodeTable> {
        let mut table = CodeTable {
            quick: Box::new([(0, 0); 1 << QUICK]),
            lengths: [(0, 0, 0); LONGEST as usize + 1],
            values: Box::from(values),
        };
        let (mut code, mut place) = (0u32, 0);
        for (length, count) in (1..).zip(counts) {
            let count = u32::from(*count);
            table.lengths[length as usize] = (code, count, place);
            if code + count > 1 << length {
                return None;
            }
            for value in values.get(place..place + count as usize)? {
                if length <= QUICK {
                    let start = (code << (QUICK - length)) as usize;
                    let all = &mut table.quick[start..start + (1 << (QUICK - length))];
                    all.fill((length as u8, *value));
                }
                code += 1;
            }
            place += count as usize;
            code <<= 1;
        }
        Some(table)
    }
}

/// Reads codes and bits from the data of a scan.
pub(super) struct CodeReader<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, from the highest on.
    held: u64,
    count: u32,
}

impl<'a> CodeReader<'a> {
    pub(super) fn new(data: &'a [u8]) -> CodeReader<'a> {
        CodeReader { data, at: 0, held: 0, count: 0 }
    }

    /// Fetches bytes, up to the next marker.
    fn fill(&mut self) {
        while self.count <= 56 {
            let Some(byte) = self.data.get(self.at) else { return };
            self.at += match (*byte, self.data.get(self.at + 1)) {
                (0xff, Some(0)) => 2,
                (0xff, _) => return,
                _ => 1,
            };
            self.held |= u64::from(*byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The value of the next code.
    pub(super) fn code(&mut self, table: Option<&CodeTable>) -> Result<u8, ScanFault> {
        let table = table.ok_or(ScanFault::NoCode)?;
        if self.count < LONGEST {
            self.fill();
        }
        let (length, value) = table.quick[(self.held >> (64 - QUICK)) as usize];
        if length > 0 {
            self.skip(length.into())?;
            return Ok(value);
        }
        for length in QUICK + 1..=LONGEST {
            let (first, count, place) = table.lengths[length as usize];
            let code = (self.held >> (64 - length)) as u32;
            if code >= first && code - first < count {
                self.skip(length)?;
                let value = table.values.get(place + (code - first) as usize);
                return value.copied().ok_or(ScanFault::NoCode);
            }
        }
        // Bits that are all ones fill the last byte, and are no code.
        Err(if self.count < LONGEST { ScanFault::EndsEarly } else { ScanFault::NoCode })
    }

    /// Skips so many bits, 32 at most.
    pub(super) fn skip(&mut self, bits: u32) -> Result<(), ScanFault> {
        if self.count < bits {
            self.fill();
        }
        self.count = self.count.checked_sub(bits).ok_or(ScanFault::EndsEarly)?;
        self.held <<= bits;
        Ok(())
    }

    /// Reads so many bits, 32 at most.
    pub(super) fn bits(&mut self, bits: u32) -> Result<u32, ScanFault> {
        if self.count < bits {
            self.fill();
        }
        let value = if bits == 0 { 0 } else { self.held >> (64 - bits) };
        self.skip(bits)?;
        Ok(value as u32)
    }

    /// Goes on behind a restart, of which there have been so many.
    pub(super) fn restart(&mut self, number: usize) -> Result<(), ScanFault> {
        self.leave()?;
        let marker = self.data.get(self.at..self.at + 2);
        if marker != Some(&[0xff, 0xd0 | (number % 8) as u8]) {
            return Err(ScanFault::NoRestart);
        }
        self.at += 2;
        Ok(())
    }

    /// The length of the data, once everything was read.
    pub(super) fn end(&mut self) -> Result<usize, ScanFault> {
        self.leave().map(|()| self.at)
    }

    /// Goes to the next marker, over bits and bytes that fill. Cameras fill up with any number of equal
    /// bytes.
    fn leave(&mut self) -> Result<(), ScanFault> {
        /// Other bytes that say nothing, besides those that are read ahead.
        const STRAY_MAX: usize = 16;
        (self.held, self.count) = (0, 0);
        let rest = self.data.get(self.at..).unwrap_or_default();
        let is_marker = |at: &usize| !matches!(rest.get(at + 1), Some(0 | 0xff));
        let length = memchr::memchr_iter(0xff, rest).find(is_marker).unwrap_or(rest.len());
        let left = &rest[..length];
        let is_filler = left.windows(2).all(|pair| pair[0] == pair[1]);
        self.at += length;
        match is_filler || left.len() <= STRAY_MAX {
            true => Ok(()),
            false => Err(ScanFault::LeftOver),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One code of 1 bit (0), one of 2 bits (10), and one of 12 bits (1100 0000 0000).
    fn table() -> CodeTable {
        let mut counts = [0; 16];
        (counts[0], counts[1], counts[11]) = (1, 1, 1);
        CodeTable::new(&counts, &[7, 8, 9]).unwrap()
    }

    #[test]
    fn codes_of_every_length_are_read() {
        let table = table();
        // 0, 10, 110000000000, 101 as bits, then ones.
        let data = [0b0101_1000, 0b0000_0001, 0b0111_1111, 0xff, 0xd9];
        let mut reader = CodeReader::new(&data);
        let codes: Vec<u8> = (0..3).map(|_| reader.code(Some(&table)).unwrap()).collect();
        assert_eq!(codes, [7, 8, 9]);
        assert_eq!(reader.bits(3), Ok(0b101));
        assert_eq!(reader.code(Some(&table)), Err(ScanFault::EndsEarly));
        assert_eq!(reader.end(), Ok(3));
        assert_eq!(CodeReader::new(&data).code(None), Err(ScanFault::NoCode));
        let wrong = [0xfe; 9];
        assert_eq!(CodeReader::new(&wrong).code(Some(&table)), Err(ScanFault::NoCode));
    }

    #[test]
    fn restarts_are_in_order_and_nothing_is_left_over() {
        let data = [0xff, 0, 0xff, 0xd0, 0x12, 0xff, 0xff, 0xd1, 0x34, 0xff, 0xd9];
        let mut reader = CodeReader::new(&data);
        assert_eq!(reader.bits(8), Ok(0xff));
        assert_eq!(reader.restart(0), Ok(()));
        assert_eq!(reader.bits(8), Ok(0x12));
        assert_eq!(reader.restart(1), Ok(()));
        assert_eq!(reader.restart(2), Err(ScanFault::NoRestart));
        let long = [0x12, 0x13].repeat(40);
        assert_eq!(CodeReader::new(&long).end(), Err(ScanFault::LeftOver));
        assert_eq!(CodeReader::new(&[0x12; 99]).end(), Ok(99));
    }

    #[test]
    fn more_codes_than_can_be_are_no_table() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(CodeTable::new(&counts, &[1, 2, 3]).is_none());
        counts[0] = 2;
        assert!(CodeTable::new(&counts, &[1]).is_none(), "a value is missing");
    }
}
