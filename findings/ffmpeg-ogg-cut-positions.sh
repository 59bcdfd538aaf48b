#!/usr/bin/env bash
# ffmpeg 7.0.2 (imageio-ffmpeg 0.6.0 of PyPI): a part cut out of an Ogg recording with `-c copy`.
# Expected: the last position in the file, from which players and services take the length, is at
# least as long as what plays (RFC 7845, section 4: positions count the samples of all packets).
# Seen: ffmpeg copies packets from before the cut as well and lets the positions begin at the cut, so
# the first page holds more than its position says: 2.00 s stated, 2.3 s played, for Vorbis and Opus.
# So a length is not the last position: what pages hold more than their positions say is added.
# Needs bash, python3 with venv, and PyPI. Exits with 1 where the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
./venv/bin/pip -q install imageio-ffmpeg==0.6.0
ffmpeg=$(./venv/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')
"$ffmpeg" -version | head -1
cat > last_position.py <<'PY'
"""The last position of a file, less what Opus skips at the start, in milliseconds."""
import struct, sys
data, at, last = open(sys.argv[1], "rb").read(), 0, 0
first = data[27 + data[26]:]
opus = first.startswith(b"OpusHead")
rate, skipped = (48000, struct.unpack("<H", first[10:12])[0]) if opus else (
    struct.unpack("<I", first[12:16])[0], 0)
while at < len(data):
    position, = struct.unpack("<q", data[at + 6:at + 14])
    table = data[at + 27:at + 27 + data[at + 26]]
    at, last = at + 27 + len(table) + sum(table), max(last, position)
print((last - skipped) * 1000 // rate)
PY
failed=0
while read -r codec rate; do
    "$ffmpeg" -v error -nostdin -y -f lavfi \
        -i "sine=frequency=440:duration=6:sample_rate=$rate" -c:a "$codec" whole.ogg
    "$ffmpeg" -v error -nostdin -y -ss 1.3 -i whole.ogg -t 2 -c copy part.ogg
    stated=$(./venv/bin/python last_position.py part.ogg)
    "$ffmpeg" -v quiet -nostdin -y -i part.ogg -f s16le -ac 1 -ar 48000 part.raw
    played=$(($(wc -c < part.raw) * 1000 / 96000))
    echo "$codec: $stated ms stated, $played ms played"
    [ "$stated" -ge 1950 ] && [ "$stated" -le 2060 ] && [ "$played" -ge $((stated + 100)) ] ||
        { echo "  changed: expected about 2000 ms stated and at least 100 ms more played"; failed=1; }
done <<'CASES'
libvorbis 44100
libopus 48000
CASES
exit $failed
