//! Mutations: damages real files, a little or a lot, determined by a seed.

/// Pieces that often break readers.
const TOKENS: [&[u8]; 22] = [
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\t",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"null",
    b"{{",
    b"../",
    b"&a *a",
    b"\x1b[2J",
    b"\xe2\x80\xae",
];
/// Numbers at the limits of their types, as binary files contain them.
const EDGES: [u32; 7] = [0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];
/// The most bytes of a mutated file.
const LENGTH_MAX: usize = 4 << 20;

/// One of the files, changed in up to eight places.
pub fn mutated(chance: &mut fastrand::Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = corpus[chance.usize(0..corpus.len())].clone();
    for _ in 0..chance.usize(1..=8) {
        change(chance, &mut bytes, corpus);
        bytes.truncate(LENGTH_MAX);
    }
    bytes
}

fn change(chance: &mut fastrand::Rng, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    let at = chance.usize(0..=bytes.len());
    let end = chance.usize(at..=bytes.len().min(at + 200));
    match chance.u8(0..9) {
        0 if at < bytes.len() => bytes[at] ^= 1 << chance.u8(0..8),
        1 if at < bytes.len() => bytes[at] = chance.u8(..),
        2 if at + 4 <= bytes.len() => {
            let edge = EDGES[chance.usize(0..EDGES.len())];
            bytes[at..at + 4].copy_from_slice(&edge.to_be_bytes());
        }
        3 => drop(bytes.drain(at..end)),
        4 => {
            let again = bytes[at..end].repeat(chance.usize(1..50));
            bytes.splice(at..at, again);
        }
        5 => drop(bytes.splice(at..end, TOKENS[chance.usize(0..TOKENS.len())].iter().copied())),
        6 => drop(
            bytes
                .splice(at..at, TOKENS[chance.usize(0..TOKENS.len())].repeat(chance.usize(1..400))),
        ),
        7 => {
            let other = &corpus[chance.usize(0..corpus.len())];
            let from = chance.usize(0..=other.len());
            let to = chance.usize(from..=other.len().min(from + 500));
            bytes.splice(at..end, other[from..to].iter().copied());
        }
        _ => bytes.truncate(at),
    }
}
