#!/usr/bin/env bash
# espeak-ng 1.51 (Debian 12) writing a recording to its standard output, and what the readers of
# PyPI make of it: mutagen 1.47.0, tinytag 2.1.1, soundfile 0.13.1 and Python's own `wave`.
# Expected: a WAV that is written into a pipe says that its length is unknown (0 or 0xFFFFFFFF), and
# readers measure what is there.
# Seen: its data chunk claims 0x7FFFF000 bytes, whatever is said. mutagen, tinytag and `wave` answer
# 48,695.68 s (13.5 hours) for two seconds of speech, without an error; soundfile measures what is
# there. So neither a claim of 2 GB in a file of some kB is a recording that was cut short, nor may a
# price be computed from it: where a WAV claims as much as that, what it contains is measured.
# Needs bash, apt-get and dpkg of Debian 12, python3 with venv, and PyPI. Exits with 1 where the
# behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq espeak-ng libespeak-ng1 espeak-ng-data libpcaudio0 libsonic0 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
libraries=$(dirname "$(find root -name 'libespeak-ng.so.1' | head -1)")
export LD_LIBRARY_PATH="$folder/$libraries"
export ESPEAK_DATA_PATH="$folder/$libraries"
espeak=root/usr/bin/espeak-ng
"$espeak" --version | cut -d' ' -f1-4
python3 -m venv venv
./venv/bin/pip -q install mutagen==1.47.0 tinytag==2.1.1 soundfile==0.13.1
echo 'The boats come home at nine.' | "$espeak" --stdout > speech.wav
./venv/bin/python - <<'PYTHON'
import os
import sys
import wave

import mutagen
import soundfile
import tinytag

with open("speech.wav", "rb") as file:
    head = file.read(44)
claimed = int.from_bytes(head[40:44], "little")
there = (os.path.getsize("speech.wav") - 44) / 44_100
print(f"the data chunk claims {claimed:#x} bytes; {there:.2f} s are there")
said = {
    "wave": (lambda w: w.getnframes() / w.getframerate())(wave.open("speech.wav")),
    "mutagen": mutagen.File("speech.wav").info.length,
    "tinytag": tinytag.TinyTag.get("speech.wav").duration,
    "soundfile": soundfile.info("speech.wav").duration,
}
for reader, seconds in said.items():
    print(f"{reader}: {seconds:.2f} s")
is_as_seen = (
    claimed == 0x7FFFF000
    and abs(said["soundfile"] - there) < 0.01
    and all(abs(said[name] - 48_695.68) < 0.1 for name in ("wave", "mutagen", "tinytag"))
)
sys.exit(0 if is_as_seen else 1)
PYTHON
