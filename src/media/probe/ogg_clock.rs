//! How long the packets of an Ogg stream play.
//!
//! RFC 6716, section 3.1, for Opus; the Vorbis I specification, 4.2 and 4.3, for Vorbis. Nothing is
//! decoded: the first bytes of a packet say how long it is.

use super::ogg_page::Page;

/// The largest setup of a Vorbis stream that is kept.
const SETUP_MAX: usize = 1 << 20;

/// The most modes of a Vorbis stream (Vorbis I, 4.2.4).
const MODES_MAX: usize = 64;

/// Counts the samples of packets, page by page.
#[derive(Default)]
pub(super) struct PacketClock {
    codec: Codec,
    /// How many packets have ended.
    packets: usize,
    /// The start of the packet that has not ended; all of it if it is a setup.
    begun: Vec<u8>,
}

/// What the lengths of packets follow from.
#[derive(Default)]
enum Codec {
    /// Nothing is known, so packets count as empty.
    #[default]
    Unknown,
    Opus,
    Vorbis {
        /// The two lengths of blocks.
        blocks: [u32; 2],
        /// For each mode whether its block is the long one; empty before the setup was read.
        modes: Vec<bool>,
        /// The length of the block before.
        last: Option<u32>,
    },
}

impl PacketClock {
    /// The clock of a stream with this first packet.
    pub(super) fn of(packet: &[u8]) -> PacketClock {
        let codec = match packet.get(28) {
            Some(sizes) if packet.starts_with(b"\x01vorbis") => {
                let blocks = [1 << (sizes & 0xf), 1 << (sizes >> 4)];
                Codec::Vorbis { blocks, modes: Vec::new(), last: None }
            }
            _ if packet.starts_with(b"OpusHead") => Codec::Opus,
            _ => Codec::Unknown,
        };
        PacketClock { codec, packets: 1, begun: Vec::new() }
    }

    /// The samples of the packets that end on the stream's next page.
    pub(super) fn samples(&mut self, page: &Page<'_>) -> i64 {
        let mut samples = 0;
        for (piece, ends) in page.pieces() {
            let is_setup = self.packets == 2 && matches!(self.codec, Codec::Vorbis { .. });
            let room = if is_setup { SETUP_MAX } else { 2 } - self.begun.len().min(2);
            self.begun.extend_from_slice(&piece[..piece.len().min(room)]);
            if ends {
                let packet = std::mem::take(&mut self.begun);
                samples += i64::from(self.ended(&packet));
                self.packets += 1;
            }
        }
        samples
    }

    /// The samples of a packet, of which at least the first two bytes are given.
    fn ended(&mut self, packet: &[u8]) -> u32 {
        match &mut self.codec {
            // The second packet has comments only.
            Codec::Opus if self.packets >= 2 => opus_samples(packet),
            Codec::Vorbis { modes, .. } if self.packets == 2 => {
                *modes = vorbis_modes(packet).unwrap_or_default();
                0
            }
            Codec::Vorbis { blocks, modes, last } if self.packets > 2 => {
                let Some(block) = vorbis_block(packet, modes, blocks) else { return 0 };
                // Each block overlaps the one before; the first one only begins.
                last.replace(block).map_or(0, |last| last / 4 + block / 4)
            }
            _ => 0,
        }
    }
}

/// The samples of a packet at 48 kHz (RFC 6716, 3.1 and 3.2.5).
fn opus_samples(packet: &[u8]) -> u32 {
    let Some(first) = packet.first() else { return 0 };
    let (kind, frames) = (first >> 3, first & 0b11);
    let frame = match kind {
        0..12 => [480, 960, 1_920, 2_880][usize::from(kind & 0b11)],
        12..16 => [480, 960][usize::from(kind & 1)],
        _ => 120 << (kind & 0b11),
    };
    frame
        * match frames {
            0 => 1,
            1 | 2 => 2,
            _ => packet.get(1).map_or(0, |count| u32::from(count & 0b11_1111)),
        }
}

/// The length of a packet's block; `None` if it is not sound.
fn vorbis_block(packet: &[u8], modes: &[bool], blocks: &[u32; 2]) -> Option<u32> {
    let first = packet.first().filter(|first| **first & 1 == 0)?;
    let bits = usize::BITS - modes.len().saturating_sub(1).leading_zeros();
    let number = usize::from(*first) >> 1 & ((1 << bits) - 1);
    Some(blocks[usize::from(*modes.get(number)?)])
}

/// For each mode of a stream whether its block is the long one.
///
/// The modes are at the end of the setup, behind tables of any length, so they are read from the end:
/// the framing bit, then modes of 41 bits whose window and transform types are 0, and before the first
/// of them their number less one in 6 bits. Where several numbers fit, the largest one does.
fn vorbis_modes(setup: &[u8]) -> Option<Vec<bool>> {
    if !setup.starts_with(b"\x05vorbis") {
        return None;
    }
    let bit = |at: usize| setup[at / 8] >> (at % 8) & 1;
    let number =
        |at: usize, bits: usize| (0..bits).fold(0u32, |n, i| n | u32::from(bit(at + i)) << i);
    let end = (0..setup.len() * 8).rev().find(|at| bit(*at) == 1)?;
    let (mut at, mut modes, mut found) = (end, Vec::new(), None);
    // A mode: 1 bit for the block, twice 16 bits that are 0, 8 bits for the mapping.
    while modes.len() < MODES_MAX && at >= 41 + 6 + 56 {
        at -= 41;
        if number(at + 1, 32) != 0 || number(at + 33, 8) >= 64 {
            break;
        }
        modes.push(bit(at) == 1);
        if number(at - 6, 6) as usize + 1 == modes.len() {
            found = Some(modes.len());
        }
    }
    modes.truncate(found?);
    modes.reverse();
    Some(modes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opus_packets_say_how_long_they_are() {
        for (packet, samples) in [
            (&[0b0000_1000u8][..], 960),
            (&[0b0001_1000], 2_880),
            (&[0b0110_0001], 960),
            (&[0b1000_0010], 240),
            (&[0b1111_1000], 960),
            (&[0b1111_1011, 0b1000_0110], 5_760),
            (&[0b1111_1011], 0),
            (&[], 0),
        ] {
            assert_eq!(opus_samples(packet), samples, "{packet:02x?}");
        }
    }

    /// A setup that ends with these modes: whether the block is long, and the mapping.
    fn setup(modes: &[(bool, u8)]) -> Vec<u8> {
        let mut bits: Vec<u8> = (0..200).map(|bit| bit % 3 % 2).collect();
        let mut push = |number: u32, count: u32| {
            bits.extend((0..count).map(|at| (number >> at & 1) as u8));
        };
        push(modes.len() as u32 - 1, 6);
        for (long, mapping) in modes {
            push((*long).into(), 1);
            push(0, 32);
            push((*mapping).into(), 8);
        }
        push(1, 1);
        let bytes = bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |n, bit| n << 1 | bit));
        [&b"\x05vorbis"[..], &bytes.collect::<Vec<u8>>()].concat()
    }

    #[test]
    fn modes_are_found_from_the_end_of_the_setup() {
        for modes in
            [&[(false, 0), (true, 1)][..], &[(true, 0)], &[(false, 0), (true, 1), (true, 2)]]
        {
            let expected: Vec<bool> = modes.iter().map(|(long, _)| *long).collect();
            assert_eq!(vorbis_modes(&setup(modes)).unwrap(), expected);
        }
        let whole = setup(&[(false, 0), (true, 1)]);
        for length in 0..whole.len() {
            let _ = vorbis_modes(&whole[..length]);
        }
        assert_eq!(vorbis_modes(&[&b"\x05vorbis"[..], &[0; 99]].concat()), None);
    }

    #[test]
    fn the_first_bits_of_a_packet_choose_its_block() {
        let (modes, blocks) = (&[false, true], &[256, 2_048]);
        assert_eq!(vorbis_block(&[0b00], modes, blocks), Some(256));
        assert_eq!(vorbis_block(&[0b10], modes, blocks), Some(2_048));
        assert_eq!(vorbis_block(&[0b01], modes, blocks), None, "not sound");
        assert_eq!(vorbis_block(&[], modes, blocks), None);
        assert_eq!(vorbis_block(&[0b10], &[], blocks), None, "no setup was read");
    }
}
