//! The live display of a build on a terminal.

use std::time::Duration;

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::event::{BuildEvent, TakeState};
use super::progress::BuildProgress;
use super::reporter::{Reporter, event_line};
use crate::base::Moment;
use crate::base::text::clean;

/// How often the displayed times are updated.
const TICK: Duration = Duration::from_millis(250);
/// The shortest time between two drawings.
const DRAW_PAUSE: Duration = Duration::from_millis(100);
/// The assumed width of a terminal that does not report one, in columns.
const WIDTH_DEFAULT: u16 = 80;

/// A bar and a few rows that are redrawn in place; permanent lines scroll by above them.
pub struct LiveDisplay {
    progress: BuildProgress,
    bar: ProgressBar,
    width: Box<dyn Fn() -> u16 + Send>,
    color: bool,
    drawn_at: Option<Moment>,
}

impl LiveDisplay {
    /// Draws on standard error, which must be a terminal.
    pub fn stderr(color: bool) -> LiveDisplay {
        let width = || Term::stderr().size_checked().map_or(WIDTH_DEFAULT, |size| size.1);
        LiveDisplay::on(ProgressDrawTarget::stderr(), width, color)
    }

    fn on(
        target: ProgressDrawTarget,
        width: impl Fn() -> u16 + Send + 'static,
        color: bool,
    ) -> LiveDisplay {
        let style = ProgressStyle::with_template("{msg}")
            .expect("a template of one known key is a template");
        let bar = ProgressBar::with_draw_target(None, target).with_style(style);
        LiveDisplay {
            progress: BuildProgress::default(),
            bar,
            width: Box::new(width),
            color,
            drawn_at: None,
        }
    }

    fn draw(&mut self, now: Moment) {
        self.drawn_at = Some(now);
        // The last column stays empty: some terminals wrap as soon as it is filled.
        let width = usize::from((self.width)()).saturating_sub(1);
        let text = self.progress.print(now, width, self.color);
        self.bar.set_message(text.trim_end().to_string());
        self.bar.tick();
    }
}

impl Reporter for LiveDisplay {
    fn tell(&mut self, event: &BuildEvent) {
        self.progress.tell(event);
        let stays = match event {
            BuildEvent::TakeChanged { state, .. } => *state == TakeState::InDoubt,
            BuildEvent::TakeFailed { .. }
            | BuildEvent::CutFailed { .. }
            | BuildEvent::Note { .. }
            | BuildEvent::Warning { .. } => true,
            _ => false,
        };
        match event_line(event).filter(|_| stays) {
            Some(line) => self.bar.println(line),
            None if matches!(event, BuildEvent::BuildFinished { .. }) => {
                self.bar.finish_and_clear();
            }
            None => {}
        }
    }

    fn tick_every(&self) -> Option<Duration> {
        Some(TICK)
    }

    fn tick(&mut self, now: Moment) {
        let rested = self.drawn_at.is_none_or(|drawn| {
            // A clock that was set back must not stop the display.
            now < drawn || now.since(drawn) >= DRAW_PAUSE
        });
        if rested && !self.bar.is_finished() {
            self.draw(now);
        }
    }

    fn say(&mut self, line: &str) {
        self.bar.println(clean(line));
    }
}

impl Drop for LiveDisplay {
    fn drop(&mut self) {
        // A build that ends in an error must not leave half a bar behind.
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

    use super::*;
    use crate::report::fixture::{NOW, changed, started, story};

    /// A terminal that records what is drawn on it.
    #[derive(Clone, Debug, Default)]
    struct Paper(Arc<Mutex<Vec<String>>>);

    impl Paper {
        fn note(&self, text: String) -> io::Result<()> {
            self.0.lock().unwrap().push(text);
            Ok(())
        }

        fn text(&self) -> String {
            self.0.lock().unwrap().concat()
        }
    }

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            60
        }
        fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
            self.note(format!("<up {lines}>"))
        }
        fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
            self.note(format!("<down {lines}>"))
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.note(format!("{text}\n"))
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.note(text.to_string())
        }
        fn clear_line(&self) -> io::Result<()> {
            self.note("<clear>".into())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn bars() -> (LiveDisplay, Paper) {
        let paper = Paper::default();
        let target = ProgressDrawTarget::term_like(Box::new(paper.clone()));
        (LiveDisplay::on(target, || 60, false), paper)
    }

    #[test]
    fn draws_at_most_ten_times_a_second() {
        let (mut bars, paper) = bars();
        bars.tell(&started(2, 0));
        bars.tell(&changed("harbor", TakeState::Generating));
        for millis in 0..1_000 {
            bars.tick(NOW + Duration::from_millis(millis));
        }
        let drawings = paper.text().matches("harbor   generating").count();
        assert!((1..=20).contains(&drawings), "{drawings} drawings");
        assert_eq!(bars.drawn_at, Some(NOW + Duration::from_millis(900)));
    }

    #[test]
    fn failures_remain_when_the_bar_is_removed() {
        let (mut bars, paper) = bars();
        for event in story() {
            bars.tell(&event);
            bars.tick(NOW);
        }
        let text = paper.text();
        assert!(text.contains("chase          refused        invalid prompt (1001)"), "{text}");
        assert!(text.contains("warning: the clock went back"), "{text}");
        assert!(bars.bar.is_finished());
        assert!(text.ends_with("<clear><up 0>"), "{text}");
        let before = paper.text();
        bars.tick(NOW + Duration::from_secs(10));
        assert_eq!(paper.text(), before, "nothing is drawn after the end");
    }
}
