#!/usr/bin/env bash
# zune-jpeg 0.5.15 on a valid baseline JPEG that has a scan for each component (ITU-T T.81, B.2.3:
# "non-interleaved"), as `jpegtran -scans` and some scanners write it, with chroma at half size.
# Expected: the picture that libjpeg-turbo (Pillow 11.3.0) shows, or an error.
# Seen: no error, and in its rows another picture: far more than a rounding apart, also in strict
# mode. The same blocks in one scan are decoded right.
# So such pictures are recognised by their segments and refused by name: a still or an upright copy
# of one would be stripes.
# Needs bash, cargo, python3 with venv, crates.io and PyPI. Exits with 1 where that is different.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export CARGO_TARGET_DIR="$folder/target"
python3 -m venv venv
./venv/bin/pip -q install pillow==11.3.0
cat > make.py <<'PY'
"""64 x 64 pixels of flat blocks: luma 8 x 8 blocks, chroma 4 x 4 blocks, in one scan or in three."""
import struct, sys

def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

class Bits:
    def __init__(self):
        self.bits = ""
        self.last = {}
    def block(self, component, mean):
        difference = mean - self.last.get(component, 0)
        self.last[component] = mean
        size = abs(difference).bit_length()
        value = difference if difference >= 0 else difference + (1 << size) - 1
        self.bits += format(size, "04b")  # twelve codes of four bits
        if size:
            self.bits += format(value, f"0{size}b")
        self.bits += "0"  # no AC coefficient
    def bytes(self):
        bits = self.bits + "1" * (-len(self.bits) % 8)
        data = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
        return data.replace(b"\xff", b"\xff\x00")

def mean(component, row, column):
    return [row * 12 + column * 9 - 80, column * 20 - 30, row * 18 - 25][component]

side = [8, 4, 4]
head = b"\xff\xd8" + segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
head += segment(0xDB, b"\0" + b"\x08" * 64)
head += segment(0xC0, b"\x08" + struct.pack(">HH", 64, 64) + b"\x03\x01\x22\0\x02\x11\0\x03\x11\0")
head += segment(0xC4, b"\x00" + bytes([0, 0, 0, 12] + [0] * 12) + bytes(range(12)))
head += segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\0")

def scan(components, bits):
    body = bytes([len(components)]) + b"".join(bytes([c + 1, 0]) for c in components)
    return segment(0xDA, body + b"\0\x3f\0") + bits.bytes()

one = Bits()
for row in range(4):
    for column in range(4):
        for y in range(2):
            for x in range(2):
                one.block(0, mean(0, row * 2 + y, column * 2 + x))
        one.block(1, mean(1, row, column))
        one.block(2, mean(2, row, column))
open("one.jpg", "wb").write(head + scan([0, 1, 2], one) + b"\xff\xd9")
three = b""
for component in range(3):
    bits = Bits()
    for row in range(side[component]):
        for column in range(side[component]):
            bits.block(component, mean(component, row, column))
    three += scan([component], bits)
open("three.jpg", "wb").write(head + three + b"\xff\xd9")
PY
./venv/bin/python make.py
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"
[dependencies]
zune-jpeg = "=0.5.15"
TOML
cat > src/main.rs <<'RUST'
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::options::DecoderOptions;

fn main() {
    for name in ["one", "three"] {
        let bytes = std::fs::read(format!("{name}.jpg")).unwrap();
        let options = DecoderOptions::default().set_strict_mode(true);
        let pixels = JpegDecoder::new_with_options(ZCursor::new(&bytes), options).decode();
        std::fs::write(format!("{name}.rgb"), pixels.expect("no error")).unwrap();
    }
}
RUST
cargo build -q
./target/debug/finding
cat > compare.py <<'PY'
import sys
from PIL import Image
import PIL
print("pillow", PIL.__version__)
failed = False
for name, least, most in [("one", 0, 8), ("three", 16, 255)]:
    reference = Image.open(f"{name}.jpg").convert("RGB").tobytes()
    found = open(f"{name}.rgb", "rb").read()
    assert len(found) == len(reference) == 64 * 64 * 3
    off = max(abs(a - b) for a, b in zip(found, reference))
    mean = sum(abs(a - b) for a, b in zip(found, reference)) / len(found)
    print(f"{name}.jpg: at most {off} of 255 off, {mean:.1f} on average")
    if not least <= off <= most:
        print(f"  changed: expected {least} to {most}")
        failed = True
one, three = (Image.open(f"{name}.jpg").convert("RGB").tobytes() for name in ["one", "three"])
print("libjpeg-turbo shows both alike:", one == three)
sys.exit(failed or one != three)
PY
./venv/bin/python compare.py
