#!/usr/bin/env bash
# shiguredo_mp4 2026.5.0 on a valid QuickTime movie with AAC, as cameras and ffmpeg write it: version 1
# of the sound description has 16 bytes more, and its `esds` is within a `wave` box.
# Expected: the movie's picture track is read, and an error names what is not understood.
# Seen: `MoovBox::decode` fails as a whole, with an empty `reason`: the fields of version 1 are taken
# for a box of size 1,024. The same movie with `-an` is read.
# So the tracks of an index are decoded one by one, sound descriptions are rewritten as version 0
# before, and its reasons are never shown.
# Needs bash, cargo and ffmpeg with libx264. Exits with 1 where the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export CARGO_TARGET_DIR="$folder/target"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"
[dependencies]
shiguredo_mp4 = "=2026.5.0"
TOML
cat > src/main.rs <<'RUST'
use shiguredo_mp4::Decode;
use shiguredo_mp4::boxes::MoovBox;

fn main() {
    let bytes = std::fs::read(std::env::args().nth(1).unwrap()).unwrap();
    let at = bytes.windows(4).rposition(|kind| kind == b"moov").unwrap() - 4;
    match MoovBox::decode(&bytes[at..]) {
        Ok((moov, _)) => println!("{} tracks", moov.trak_boxes.len()),
        Err(error) => println!("refused, reason `{}`", error.reason),
    }
}
RUST
cargo build -q
make() {
    ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=320x180:r=24:d=1 \
        -f lavfi -i sine=duration=1 -c:v libx264 -pix_fmt yuv420p "$@"
}
make -c:a aac sound.mov
make -c:a aac sound.mp4
make -an silent.mov
failed=0
expect() {
    seen=$(./target/debug/finding "$1")
    echo "$1: $seen"
    [ "$seen" = "$2" ] || { echo "  changed: expected $2"; failed=1; }
}
expect sound.mp4 '2 tracks'
expect silent.mov '1 tracks'
expect sound.mov 'refused, reason ``'
exit $failed
