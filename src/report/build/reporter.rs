//! Reporters: they receive the events of a build as they happen.
//!
//! A build does not depend on its reporter: if a writer fails, such as a closed pipe, the reporter
//! falls silent and the build continues.

use std::collections::HashSet;
use std::io::Write;
use std::time::Duration;

use super::event::{BuildEvent, TakeState, take_name};
use crate::base::text::{clean, width};
use crate::base::{Credits, Moment};
use crate::plan::ProviderFamily;
use crate::report::format::text::{bytes, money, scenes_and_takes, simulated, span};

/// Receives the events of a build.
pub trait Reporter: Send {
    /// Something happened.
    fn tell(&mut self, event: &BuildEvent);

    /// How often it needs a tick; never if it shows no time.
    fn tick_every(&self) -> Option<Duration> {
        None
    }

    /// Time has passed.
    fn tick(&mut self, _now: Moment) {}

    /// A line of text for people, such as a log line, that must not tear what is shown.
    fn say(&mut self, _line: &str) {}
}

/// One line of JSON for each event.
#[derive(Debug)]
pub struct JsonReporter<W>(LineSink<W>);

impl<W: Write> JsonReporter<W> {
    /// Writes to that writer.
    pub fn new(writer: W) -> Self {
        JsonReporter(LineSink(Some(writer)))
    }
}

impl<W: Write + Send> Reporter for JsonReporter<W> {
    fn tell(&mut self, event: &BuildEvent) {
        self.0.write(&crate::report::format::json::line(event));
    }
}

/// One line of text per relevant event, without control characters: for logs and pipes.
///
/// Takes that existed before the build are not reported, so an up-to-date build prints nothing,
/// not even its start. A preview's takes are made immediately, so only their end is reported.
#[derive(Debug)]
pub struct LineReporter<W> {
    sink: LineSink<W>,
    is_preview: bool,
    /// The first line, held back until there is a second.
    heading: Option<String>,
    /// The takes that this build works on.
    begun: HashSet<String>,
}

impl<W: Write> LineReporter<W> {
    /// Writes to that writer.
    pub fn new(writer: W) -> Self {
        let sink = LineSink(Some(writer));
        LineReporter { sink, is_preview: false, heading: None, begun: HashSet::new() }
    }

    fn write(&mut self, line: &str) {
        if let Some(heading) = self.heading.take() {
            self.sink.write(&(heading + "\n"));
        }
        self.sink.write(&format!("{line}\n"));
    }

    /// Whether an event gets a line here.
    fn matters(&mut self, event: &BuildEvent) -> bool {
        match event {
            BuildEvent::TakeChanged { scene, take, state, .. } => {
                if !matches!(state, TakeState::Waiting | TakeState::Queued) {
                    self.begun.insert(take_name(scene, *take));
                }
                !(self.is_preview && matches!(state, TakeState::Generating | TakeState::Fetching))
            }
            BuildEvent::TakeDone { scene, take, .. } => self.begun.remove(&take_name(scene, *take)),
            BuildEvent::CutDone { made, .. } => *made,
            _ => true,
        }
    }
}

impl<W: Write + Send> Reporter for LineReporter<W> {
    fn tell(&mut self, event: &BuildEvent) {
        let line = event_line(event);
        if let BuildEvent::BuildStarted { provider, .. } = event {
            self.is_preview = *provider == ProviderFamily::Preview;
            self.heading = line;
        } else if self.matters(event)
            && let Some(line) = line
        {
            self.write(&line);
        }
    }

    fn say(&mut self, line: &str) {
        self.write(&clean(line));
    }
}

/// A writer until it fails.
#[derive(Debug)]
struct LineSink<W>(Option<W>);

impl<W: Write> LineSink<W> {
    fn write(&mut self, text: &str) {
        let failed = self.0.as_mut().is_some_and(|writer| {
            writer.write_all(text.as_bytes()).and_then(|()| writer.flush()).is_err()
        });
        if failed {
            self.0 = None;
        }
    }
}

/// Columns for a scene's name and its state, so that most lines align.
const SCENE_WIDTH: usize = 12;
const STATE_WIDTH: usize = 12;

/// An event in one line; `None` for events that only a live display or a program needs.
pub fn event_line(event: &BuildEvent) -> Option<String> {
    Some(match event {
        BuildEvent::BuildStarted { storyboard, provider, scenes, takes, credits_max, .. } => {
            let verb = match provider {
                ProviderFamily::Kling => "building",
                ProviderFamily::KlingRehearsal => "rehearsing",
                ProviderFamily::Preview | ProviderFamily::Drawn => "previewing",
            };
            let cost = match (*credits_max, provider) {
                (Credits::ZERO, _) => "nothing to pay".to_string(),
                (credits, ProviderFamily::KlingRehearsal) => {
                    format!("at most {}", simulated(credits))
                }
                (credits, _) => format!("at most {}", money(credits)),
            };
            format!("{verb} {}: {}, {cost}", clean(storyboard), scenes_and_takes(*scenes, *takes))
        }
        BuildEvent::TakeChanged { scene, take, state, task, detail, retry_at, at } => {
            match state {
                TakeState::Waiting if detail.is_none() => return None,
                TakeState::Preparing | TakeState::Queued => return None,
                // `sending` also implies ready; a finished take is printed with its size.
                TakeState::Submitting | TakeState::Done => return None,
                _ => {}
            }
            let wait = retry_at.map(|retry_at| format!("in {}", span(retry_at.since(*at))));
            let task = task.as_ref().map(|task| clean(task.as_str()));
            let rest = [wait, task, detail.as_deref().map(clean)];
            take_line(&take_name(scene, *take), *state, rest)
        }
        BuildEvent::TakeDone { scene, take, bytes: length, path, .. } => {
            let rest = [Some(bytes(*length)), path.as_deref().map(clean), None];
            take_line(&take_name(scene, *take), TakeState::Done, rest)
        }
        BuildEvent::TakeFailed { scene, take, refused, message, place, .. } => {
            let state = if *refused { TakeState::Refused } else { TakeState::Failed };
            let rest = [Some(clean(message)), place.as_deref().map(clean), None];
            take_line(&take_name(scene, *take), state, rest)
        }
        BuildEvent::CutDone { cut, path, bytes: length, .. } => {
            let rest = [Some(bytes(*length)), Some(clean(path)), None];
            take_line(&format!("cut {cut}"), TakeState::Done, rest)
        }
        BuildEvent::CutFailed { cut, message } => {
            take_line(&format!("cut {cut}"), TakeState::Failed, [Some(clean(message)), None, None])
        }
        BuildEvent::Note { message } => format!("note: {}", clean(message)),
        BuildEvent::Warning { message } => format!("warning: {}", clean(message)),
        // The bar shows the first, the summary shows the second.
        BuildEvent::CreditsCommitted { .. } | BuildEvent::BuildFinished { .. } => return None,
    })
}

fn take_line(scene: &str, state: TakeState, rest: [Option<String>; 3]) -> String {
    let mut line = padded(scene, SCENE_WIDTH);
    line.push_str(&padded(state.words(), STATE_WIDTH));
    let rest: Vec<String> = rest.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    line.push_str(&rest.join("   "));
    line.truncate(line.trim_end().len());
    line
}

/// A text followed by at least three spaces.
fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}   ", " ".repeat(columns.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::report::fixture::{send_story, story};

    #[test]
    fn lines_report_a_build() {
        let mut written = Vec::new();
        send_story(&mut LineReporter::new(&mut written));
        insta::assert_snapshot!(String::from_utf8(written).unwrap());
    }

    #[test]
    fn json_has_one_line_per_event() {
        let mut written = Vec::new();
        send_story(&mut JsonReporter::new(&mut written));
        let text = String::from_utf8(written).unwrap();
        assert_eq!(text.lines().count(), story().len());
        for line in text.lines() {
            assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
        }
        insta::assert_snapshot!(text);
    }

    #[test]
    fn no_line_holds_a_control_character() {
        let mut written = Vec::new();
        let mut lines = LineReporter::new(&mut written);
        send_story(&mut lines);
        lines.say("log \u{1b}[2J line");
        let text = String::from_utf8(written).unwrap();
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        assert!(text.ends_with("log line\n"));
    }

    #[test]
    fn closed_pipe_silences_only_the_reporter() {
        struct Closed(usize);
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                self.0 += 1;
                assert_eq!(self.0, 1, "it was written to again");
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        send_story(&mut LineReporter::new(Closed(0)));
    }
}
