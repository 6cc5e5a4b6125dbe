//! Faults as text: one line each, or that line with the excerpt of the source below it.
//!
//! The line is always `a.toml:14:12: what; remedy`. Control characters of the input are shown
//! escaped, so that a hostile file cannot write to the terminal.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::{Fault, Faults, Place, Severity, Sources};

/// How excerpts are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Plain text.
    Plain,
    /// With ANSI colours.
    Coloured,
}

/// A line wider than this is shown without its excerpt: nobody reads it in a terminal.
const WIDEST_EXCERPT: usize = 2_000;

impl Fault {
    /// The fault on one line: `a.toml:14:12: what; remedy`.
    pub fn line(&self, sources: &Sources) -> String {
        let warning = match self.severity {
            Severity::Error => "",
            Severity::Warning => "warning: ",
        };
        let place = sources.show(self.place);
        escaped(&format!("{place}: {warning}{}; {}", self.what, self.remedy))
    }

    /// The line of [`Fault::line`], and below it the line of the source with the place marked and
    /// the fault's code. Ends with a newline.
    pub fn render(&self, sources: &Sources, ink: Ink) -> String {
        let header = self.line(sources);
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let (text, start) = sources.line(self.place);
        let mut group =
            level
                .no_name()
                .primary_title(header.as_str())
                .elements(excerpt(text).then(|| {
                    let mark = AnnotationKind::Primary
                        .span(marked(self.place, text, start))
                        .label(self.code);
                    Snippet::source(text)
                        .line_start(sources.position(self.place).line)
                        .annotation(mark)
                }));
        if !excerpt(text) {
            group = group.element(Level::NOTE.message(self.code));
        }
        if let Some(note) = &self.note {
            group = group.element(Level::NOTE.message(escaped(note)));
        }
        let renderer = match ink {
            Ink::Plain => Renderer::plain(),
            Ink::Coloured => Renderer::styled(),
        };
        renderer.render(&[group]) + "\n"
    }
}

impl Faults {
    /// All faults, one line each, sorted by file and place.
    pub fn lines(&self, sources: &Sources) -> Vec<String> {
        self.sorted().iter().map(|f| f.line(sources)).collect()
    }

    /// All faults with their excerpts, sorted by file and place.
    pub fn render(&self, sources: &Sources, ink: Ink) -> String {
        let parts = self.sorted();
        parts.iter().map(|f| f.render(sources, ink)).collect()
    }
}

fn excerpt(line: &str) -> bool {
    !line.is_empty() && line.len() <= WIDEST_EXCERPT
}

/// The part of `place` that lies on the line, as offsets into it; at least where it starts.
fn marked(place: Place, line: &str, line_start: usize) -> std::ops::Range<usize> {
    let from = place.start.saturating_sub(line_start).min(line.len());
    let to = place.end.saturating_sub(line_start).clamp(from, line.len());
    from..to
}

fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Origin;

    fn fault_at(text: &str, needle: &str) -> (Sources, Fault) {
        let mut sources = Sources::default();
        let file = sources.add(Origin::File, "a.toml", text.into());
        let start = text.find(needle).unwrap();
        let place = Place::new(file, start..start + needle.len());
        let fault = Fault::new("missing-unit", place, "`60` has no unit", "write \"60s\"");
        (sources, fault)
    }

    #[test]
    fn a_fault_shows_its_line_and_marks_its_place() {
        let (sources, fault) = fault_at("[auth]\nlifetime = 60 # s\n", "60");
        let shown = fault.with_note("a note").render(&sources, Ink::Plain);
        let expected = "a.toml:2:12: `60` has no unit; write \"60s\"\n  \
                        |\n\
                        2 | lifetime = 60 # s\n  \
                        |            ^^ missing-unit\n  \
                        |\n  \
                        = note: a note\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_fault_without_an_excerpt_tells_its_code_beside_it() {
        let mut sources = Sources::default();
        let file = sources.add(Origin::File, "gone.toml", "".into());
        let fault = Fault::new("missing-file", Place::whole(file), "it is gone", "write it");
        let shown = fault.render(&sources, Ink::Plain);
        assert_eq!(
            shown,
            "gone.toml: it is gone; write it\n |\n = note: missing-file\n"
        );
    }

    #[test]
    fn colours_are_drawn_only_when_asked_for() {
        let (sources, fault) = fault_at("x = 60\n", "60");
        assert!(!fault.render(&sources, Ink::Plain).contains('\u{1b}'));
        assert!(fault.render(&sources, Ink::Coloured).contains('\u{1b}'));
    }

    #[test]
    fn control_characters_of_the_input_do_not_reach_the_terminal() {
        let (sources, mut fault) = fault_at("x = 60 # \u{1b}[2J\n", "60");
        fault.what = "`\u{1b}[2J` is odd".to_owned();
        assert!(!fault.render(&sources, Ink::Plain).contains('\u{1b}'));
        assert!(fault.line(&sources).contains("\\u{1b}[2J"));
    }

    #[test]
    fn a_place_over_several_lines_is_marked_on_its_first() {
        let (sources, fault) = fault_at("x = [\n 1,\n 2]\n", "[\n 1,\n 2]");
        let shown = fault.as_warning().render(&sources, Ink::Plain);
        assert!(shown.starts_with("a.toml:1:5: warning: "), "{shown}");
        assert!(shown.contains("1 | x = [\n"), "{shown}");
        assert!(!shown.contains("2]"), "{shown}");
    }
}
