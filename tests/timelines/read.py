"""Reads the timelines of a build directory as editing programs do, and fails where one is wrong.

OpenTimelineIO files are read by the reference library and must come back without a difference.
FCPXML is read by the rules of Apple's document type 1.10 for the elements that we write
(https://developer.apple.com/documentation/professional-video-applications/document-type-definition).
Usage: read.py BUILD_DIR. Prints a line a cut.
"""

import json
import os
import sys
import xml.etree.ElementTree as ElementTree
from fractions import Fraction
from urllib.parse import unquote

import opentimelineio as otio

# Element: its children in order (those with `*` any number of times), then its attributes, those
# that are required first.
DTD = {
    "fcpxml": (["resources", "library"], ["version"], []),
    "resources": (["format*", "asset*"], [], []),
    "format": ([], ["id"], ["name", "frameDuration", "width", "height"]),
    "asset": (
        ["media-rep"],
        ["id"],
        ["name", "start", "duration", "hasVideo", "format", "hasAudio", "videoSources",
         "audioSources", "audioChannels", "audioRate"],
    ),
    "media-rep": ([], ["src"], ["kind"]),
    "library": (["event"], [], []),
    "event": (["project"], [], ["name"]),
    "project": (["sequence"], [], ["name"]),
    "sequence": (
        ["spine"], ["format"], ["duration", "tcStart", "tcFormat", "audioLayout", "audioRate"]
    ),
    "spine": (["asset-clip*"], [], []),
    "asset-clip": (
        ["note?", "marker*"], ["ref"], ["offset", "name", "start", "duration", "format", "tcFormat"]
    ),
    "note": ([], [], []),
    "marker": ([], ["start", "value"], ["duration", "note"]),
}


def media(folder, url):
    assert "://" not in url and not url.startswith("/"), url
    assert url.isascii() and " " not in url, url
    path = os.path.normpath(os.path.join(folder, unquote(url)))
    assert os.path.isfile(path), path
    return path


def frames_of(time):
    value = time.value
    assert value == int(value), time
    return int(value)


def read_otio(path, cut, rate):
    text = open(path, encoding="utf-8").read()
    timeline = otio.adapters.read_from_file(path)
    assert json.loads(timeline.to_json_string()) == json.loads(text), "it comes back different"
    assert timeline.name == cut["name"]
    folder = os.path.dirname(path)
    [picture] = timeline.video_tracks()
    clips = list(picture)
    assert all(isinstance(clip, otio.schema.Clip) for clip in clips), "there is a gap"
    found = []
    for clip in clips:
        used, whole = clip.source_range, clip.available_range()
        assert used.start_time >= whole.start_time
        assert used.end_time_exclusive() <= whole.end_time_exclusive()
        for time in (used.start_time, used.duration, whole.start_time, whole.duration):
            assert abs(time.rate - float(rate)) < 1e-9
        for reference in clip.media_references().values():
            media(folder, reference.target_url)
            assert reference.available_range.duration.value > 0
        [marker] = clip.markers
        about = dict(marker.metadata["kling-build"])
        assert sorted(about) == ["key", "model", "prompt", "seed", "take"], about
        assert marker.marked_range.start_time == used.start_time
        starts = frames_of(picture.range_of_child(clip).start_time)
        others = [key for key in clip.media_references() if key != "DEFAULT_MEDIA"]
        found.append((clip.name, starts, frames_of(used.duration), frames_of(whole.duration),
                      about["prompt"], others))
    sounds = []
    for track in timeline.audio_tracks():
        for clip in track.find_clips():
            starts = frames_of(track.range_of_child(clip).start_time)
            sounds.append((clip.name, starts, frames_of(clip.source_range.duration)))
    return found, sounds, frames_of(timeline.duration())


def check_element(element):
    children, required, optional = DTD[element.tag]
    names = set(element.attrib)
    assert set(required) <= names <= set(required) | set(optional), (element.tag, names)
    rest = [child.tag for child in element]
    for child in children:
        name = child.rstrip("*?")
        count = 0
        while rest and rest[0] == name:
            rest.pop(0)
            count += 1
        assert child.endswith("*") or count == 1 or (child.endswith("?") and count == 0), element.tag
    assert not rest, (element.tag, rest)
    if element.tag != "note":
        assert not (element.text or "").strip() and not (element.tail or "").strip(), element.tag
    for child in element:
        check_element(child)


def seconds(text):
    assert text.endswith("s"), text
    time = Fraction(text[:-1])
    assert time >= 0 and time.denominator < 2**32, text
    return time


def read_fcpxml(path, cut, rate):
    text = open(path, encoding="utf-8").read()
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n'
    assert text.startswith(declaration), text[:80]
    root = ElementTree.fromstring(text)
    check_element(root)
    assert root.get("version") == "1.10"
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), ids
    resources = {element.get("id"): element for element in root.find("resources")}
    sequence = root.find("library/event/project/sequence")
    assert root.find("library/event/project").get("name") == cut["name"]
    frame = seconds(resources[sequence.get("format")].get("frameDuration"))
    assert frame == 1 / rate

    def frames(text):
        count = seconds(text) / frame
        assert count.denominator == 1, f"{text} is not on a frame"
        return int(count)

    found, at = [], 0
    for clip in sequence.find("spine"):
        asset = resources[clip.get("ref")]
        assert asset.tag == "asset" and resources[clip.get("format")].tag == "format"
        assert resources[asset.get("format")].tag == "format"
        media(os.path.dirname(path), asset.find("media-rep").get("src"))
        start, length = frames(clip.get("start")), frames(clip.get("duration"))
        whole = frames(asset.get("duration"))
        assert frames(clip.get("offset")) == at and start + length <= whole
        assert frames(clip.find("marker").get("start")) == start
        note = clip.findtext("note")
        assert clip.find("marker").get("note").startswith(note or "take: "), note
        found.append((clip.get("name"), at, length, whole, note))
        at += length
    sounds = [name for name, *_ in found if any(
        asset.get("name") == name and asset.get("hasAudio") for asset in resources.values()
    )]
    return found, sounds, frames(sequence.get("duration"))


def main(build):
    manifest = json.load(open(os.path.join(build, "manifest.json"), encoding="utf-8"))
    prompts = {scene["scene"]: scene["prompt"] for scene in manifest["scenes"]}
    for cut in manifest["cuts"]:
        rate = Fraction(cut["frame_rate"])
        names = [os.path.join(build, name) for name in cut["timelines"]]
        clips, sounds, frames = read_otio(names[0], cut, rate)
        fcp_clips, fcp_sounds, fcp_frames = read_fcpxml(names[1], cut, rate)
        assert frames == fcp_frames == sum(clip["frames"] for clip in cut["clips"])
        # The cut itself, to the frame.
        assert abs(frames - Fraction(str(cut["seconds"])) * rate) <= Fraction(6, 10), cut["seconds"]
        # A character that XML does not know is one that says so, and nothing else differs.
        fcp_prompt = lambda prompt: prompt and "".join(
            "\N{REPLACEMENT CHARACTER}" if letter < " " and letter not in "\t\n\r" else letter
            for letter in prompt
        )
        assert [(*clip[:4], fcp_prompt(clip[4])) for clip in clips] == fcp_clips, fcp_clips
        assert [name for name, *_ in sounds] == fcp_sounds
        assert [clip[4] for clip in clips] == [prompts[clip[0]] for clip in clips]
        for clip, entry in zip(clips, cut["clips"]):
            assert clip[0] == entry["scene"] and clip[2] == entry["frames"]
            assert abs(clip[1] - Fraction(str(entry["starts"])) * rate) <= Fraction(6, 10)
        shown = " ".join(
            f"{name}@{starts}+{length}/{whole}" + "".join(f" ({other})" for other in others)
            for name, starts, length, whole, _, others in clips
        )
        heard = "".join(f" ~{name}@{starts}+{length}" for name, starts, length in sounds)
        print(f"{cut['name']}: {frames} frames of {rate}: {shown}{heard}")


main(sys.argv[1])
