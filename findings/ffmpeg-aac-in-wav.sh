#!/usr/bin/env bash
# ffmpeg 7.0.2 (imageio-ffmpeg 0.6.0 of PyPI) on WAV files that it has made itself with AAC or Vorbis
# in them, which WAV allows (RFC 2361 registers tags for both).
# Expected: what it writes without an error it reads back: six seconds of a tone.
# Seen: its WAV reader does not split the sound into packets, so 0.19 s (AAC) and 0.01 s (Vorbis) of
# the six come back, with exit code 0; MP3 in the same container comes back whole.
# So no command that converts such a recording with ffmpeg is ever suggested: it would be a voice of
# a fraction of a second, and an avatar is as long as its voice. It must be exported anew.
# Needs bash, python3 with venv, and PyPI. Exits with 1 where the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
./venv/bin/pip -q install imageio-ffmpeg==0.6.0
ffmpeg=$(./venv/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')
"$ffmpeg" -version | head -1
failed=0
# codec, the least and the most milliseconds that come back
while read -r codec least most; do
    "$ffmpeg" -v error -nostdin -y -f lavfi -i sine=frequency=440:duration=6:sample_rate=44100 \
        -c:a "$codec" sound.wav
    status=0
    "$ffmpeg" -v quiet -nostdin -y -i sound.wav -f s16le -ac 1 -ar 44100 sound.raw || status=$?
    millis=$(($(wc -c < sound.raw) * 1000 / 88200))
    echo "$codec: $(wc -c < sound.wav) bytes hold 6000 ms, $millis ms come back, exit code $status"
    [ "$status" -eq 0 ] && [ "$millis" -ge "$least" ] && [ "$millis" -le "$most" ] ||
        { echo "  changed: expected $least to $most ms, exit code 0"; failed=1; }
done <<'CASES'
aac 1 1000
libvorbis 0 1000
libmp3lame 5990 6100
CASES
exit $failed
