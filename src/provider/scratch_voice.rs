//! The scratch voice: espeak-ng, where it is installed, reads in previews what is narrated.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The name of the program.
pub const PROGRAM: &str = "espeak-ng";

/// A program of this machine that reads texts aloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScratchReader {
    program: PathBuf,
    /// Its name and version, such as `espeak-ng 1.51`.
    version: String,
    /// The voices that it has.
    voices: BTreeSet<String>,
}

impl ScratchReader {
    /// Asks the program at this path for its version and its voices; `None` if it gives no answer.
    pub fn at(program: &Path) -> Option<ScratchReader> {
        let ask = |question: &str| {
            let mut command = Command::new(program);
            command.arg(question).stdin(Stdio::null()).stderr(Stdio::null());
            let answer = command.output().ok().filter(|answer| answer.status.success())?;
            Some(String::from_utf8_lossy(&answer.stdout).into_owned())
        };
        let version = version_in(&ask("--version")?)?;
        let voices = voices_in(&ask("--voices")?);
        Some(ScratchReader { program: program.to_path_buf(), version, voices })
    }

    /// Its name and version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The voice of this name, in any case; `None` if there is none.
    pub fn voice(&self, name: &str) -> Option<&str> {
        let name = name.trim().to_ascii_lowercase().replace('_', "-");
        self.voices.get(&name).map(String::as_str)
    }

    /// The voices whose names begin alike.
    pub fn voices_like(&self, name: &str) -> Vec<&str> {
        let language = name.get(..2).unwrap_or(name).to_ascii_lowercase();
        let is_like = |voice: &&String| voice.starts_with(&language);
        self.voices.iter().filter(is_like).map(String::as_str).collect()
    }

    /// Reads a text aloud: the bytes of a WAV file, `None` if there is nothing to say. The same text,
    /// voice and version sound the same.
    ///
    /// # Errors
    /// The program cannot be run, or it fails.
    pub fn read_aloud(&self, text: &str, voice: &str) -> io::Result<Option<Vec<u8>>> {
        let mut command = Command::new(&self.program);
        command.args(["-b", "1", "-v", voice, "--stdin", "--stdout"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut running = command.spawn()?;
        // A narration is shorter than what a pipe holds, so this does not wait for the program.
        let written =
            running.stdin.take().map(|mut input| input.write_all(readable(text).as_bytes()));
        let said = running.wait_with_output()?;
        written.transpose()?;
        if !said.status.success() {
            let (program, status) = (self.program.display(), said.status);
            return Err(io::Error::other(format!("`{program}` failed: {status}")));
        }
        Ok((!said.stdout.is_empty()).then(|| with_true_lengths(said.stdout)))
    }
}

/// The text without what the program would not read as words: `[[…]]` gives it sounds.
fn readable(text: &str) -> String {
    let plain: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    plain.replace("[[", "[ [")
}

/// The recording with its true lengths: when the program writes to a pipe, it does not know them yet
/// and says 2 GB (version 1.51).
fn with_true_lengths(mut wav: Vec<u8>) -> Vec<u8> {
    let length = |from: usize| u32::try_from(wav.len().saturating_sub(from)).unwrap_or(u32::MAX);
    let (of_file, of_data) = (length(8), length(44));
    if wav.get(36..40) == Some(b"data") && wav.len() >= 44 {
        wav[4..8].copy_from_slice(&of_file.to_le_bytes());
        wav[40..44].copy_from_slice(&of_data.to_le_bytes());
    }
    wav
}

/// The version in `eSpeak NG text-to-speech: 1.51  Data at: …`.
fn version_in(said: &str) -> Option<String> {
    let number = said.split_once("text-to-speech:")?.1.split_whitespace().next()?;
    Some(format!("{PROGRAM} {number}"))
}

/// The languages in the list of voices: each line but the first has one in its second column, and
/// others in parentheses at its end, such as `(en 2)`: `en` itself is listed only there.
fn voices_in(said: &str) -> BTreeSet<String> {
    let languages = |line: &str| {
        let own = line.split_whitespace().nth(1).map(str::to_string);
        let others = line.split(" (").skip(1).flat_map(|rest| rest.split(")("));
        let others = others.filter_map(|it| it.trim_end().trim_end_matches(')').split_once(' '));
        let others = others.map(|(language, _)| language.to_string());
        own.into_iter().chain(others).collect::<Vec<String>>()
    };
    said.lines().skip(1).flat_map(languages).map(|it| it.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What version 1.51 says.
    const VOICES: &str = "\
Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  af              --/M      Afrikaans          gmw/af               
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 5  cmn             --/M      Chinese_(Mandarin,_latin_as_English) sit/cmn              (zh-cmn 5)(zh 5)
";

    #[test]
    fn the_program_is_understood() {
        let said = "eSpeak NG text-to-speech: 1.51  Data at: /usr/lib/espeak-ng-data\n";
        assert_eq!(version_in(said).as_deref(), Some("espeak-ng 1.51"));
        assert_eq!(version_in("something else 1.51"), None);
        let reader = ScratchReader {
            program: PROGRAM.into(),
            version: "espeak-ng 1.51".into(),
            voices: voices_in(VOICES),
        };
        assert_eq!(reader.voice("EN_GB"), Some("en-gb"));
        assert_eq!(reader.voice("en"), Some("en"));
        assert_eq!(reader.voice("zh"), Some("zh"));
        assert_eq!(reader.voice("Great"), None);
        assert_eq!(reader.voice("tlh"), None);
        assert_eq!(reader.voices_like("en-us"), ["en", "en-gb"]);
    }

    #[test]
    fn lengths_are_made_true() {
        let mut wav = b"RIFF\x24\xf0\xff\x7fWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        wav.extend(b"\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0data\0\xf0\xff\x7f\x01\x02\x03\x04");
        let wav = with_true_lengths(wav);
        assert_eq!((&wav[4..8], &wav[40..44]), (&[40, 0, 0, 0][..], &[4, 0, 0, 0][..]));
        assert_eq!(with_true_lengths(b"RIFF".to_vec()), b"RIFF");
    }

    #[test]
    fn sounds_are_not_smuggled_in() {
        assert_eq!(readable("a [[h@l'oU]]\u{1b}\nb"), "a [ [h@l'oU]]\nb");
    }
}
