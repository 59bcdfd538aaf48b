#!/usr/bin/env bash
# OpenTimelineIO 0.18.1 of PyPI reading and writing an `.otio` file in which a text contains U+0000,
# as `\u0000`, which JSON allows (RFC 8259, section 7).
# Expected: what is read is written again, or refused with an error.
# Seen: the text is read whole and written up to that character, without an error; all other control
# characters are kept. A prompt loses the rest of its words in the first program that saves the file.
# So U+0000 is written as U+FFFD into OpenTimelineIO files.
# Needs bash, python3 with venv, and PyPI. Exits with 1 where the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
./venv/bin/pip -q install opentimelineio==0.18.1
./venv/bin/python - <<'PYTHON'
import json
import sys

import opentimelineio as otio

is_as_seen = True
for text, expected in [
    ("fog\u0000 and rain", "fog"),
    ("fog\u0001 and rain", "fog\u0001 and rain"),
    ("fog\u001b and\u007f rain", "fog\u001b and\u007f rain"),
]:
    document = json.loads(otio.schema.Timeline("film").to_json_string())
    document["metadata"] = {"prompt": text}
    with open("film.otio", "w", encoding="utf-8") as file:
        json.dump(document, file)
    timeline = otio.adapters.read_from_file("film.otio")
    read = timeline.metadata["prompt"]
    otio.adapters.write_to_file(timeline, "again.otio")
    with open("again.otio", encoding="utf-8") as file:
        written = json.load(file)["metadata"]["prompt"]
    print(f"{text!r} is read as {read!r} and written as {written!r}")
    is_as_seen = is_as_seen and read == text and written == expected
sys.exit(0 if is_as_seen else 1)
PYTHON
