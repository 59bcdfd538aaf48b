#!/usr/bin/env bash
# symphonia 0.6.1 on a valid MP3 without a Xing header whose bit rate falls (noise, then silence).
# Expected: `Packet::block_dur()` is what the decoder produces without trimming, as its documentation
# says ("the sum of `dur`, `trim_start`, and `trim_end`"): 1,152 samples for each packet of MPEG-1.
# Seen: once the guessed end of the track is passed, `trim_end` grows from packet to packet without a
# bound, so one packet says hundreds of thousands of samples. `dur` stays right.
# So a length is the sum of `dur`; neither `block_dur` nor the guessed length is believed.
# Needs bash, cargo and ffmpeg with libmp3lame. Exits with 1 where the behaviour is another one.
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
symphonia = { version = "=0.6.1", default-features = false, features = ["mp3"] }
[profile.dev]
debug = false
TOML
cat > src/main.rs <<'RUST'
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::{FormatOptions, TrackType, probe::Hint};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

fn main() {
    let path = std::env::args().nth(1).unwrap();
    let mut hint = Hint::new();
    hint.with_extension(path.rsplit('.').next().unwrap());
    let file = Box::new(std::fs::File::open(&path).unwrap());
    let stream = MediaSourceStream::new(file, MediaSourceStreamOptions::default());
    let (format, meta) = (FormatOptions::default(), MetadataOptions::default());
    let mut reader = symphonia::default::get_probe().probe(&hint, stream, format, meta).unwrap();
    let track = reader.default_track(TrackType::Audio).unwrap();
    let parameters = track.codec_params.as_ref().unwrap().audio().unwrap().clone();
    let codecs = symphonia::default::get_codecs();
    let mut decoder =
        codecs.make_audio_decoder(&parameters, &AudioDecoderOptions::default().gapless(false));
    let (mut packets, mut dur, mut block, mut largest, mut decoded) = (0u64, 0, 0, 0, 0);
    while let Ok(Some(packet)) = reader.next_packet() {
        packets += 1;
        dur += packet.dur.get();
        block += packet.block_dur().get();
        largest = largest.max(packet.block_dur().get());
        if let Ok(decoder) = &mut decoder {
            decoded += decoder.decode(&packet).map_or(0, |sound| sound.frames() as u64);
        }
    }
    let rate = parameters.sample_rate.unwrap();
    println!("{packets} {dur} {block} {largest} {decoded} {rate}");
}
RUST
cargo build -q
run() { ./target/debug/finding "$1"; }
make() { ffmpeg -v error -nostdin -y "$@"; }

echo "symphonia 0.6.1, $(ffmpeg -version | head -1)"
make -f lavfi -i anoisesrc=d=2:r=44100:a=0.5 -f lavfi -i "anullsrc=r=44100:cl=mono,atrim=duration=8" \
    -filter_complex "[0][1]concat=n=2:v=0:a=1" -c:a libmp3lame -q:a 2 -write_xing 0 \
    -id3v2_version 0 falling.mp3
read -r packets dur block largest decoded rate <<< "$(run falling.mp3)"
echo "falling.mp3: $packets packets, dur $dur, block_dur $block (largest $largest), decoded $decoded at $rate Hz"
echo "  expected: block_dur = $((packets * 1152)), largest 1152"
failed=0
[ "$largest" -gt 1152 ] && [ "$block" -gt $((packets * 1152)) ] || { echo "  changed"; failed=1; }
[ "$dur" -eq $((packets * 1152)) ] || { echo "  \`dur\` changed"; failed=1; }
exit $failed
