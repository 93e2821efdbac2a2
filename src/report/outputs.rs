use super::{Report, Signal, State};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Done,
    Failed,
    /// A check found something that is not what it should be.
    Drifted,
    Cancelled(Signal),
}

impl Report {
    /// The action's outputs in a fixed order, every one of them also where it is empty.
    pub fn outputs(&self) -> Vec<(String, String)> {
        let digest = self.digest.as_ref().map(ToString::to_string);
        let mut outputs = self.tag_outputs.clone();
        let own = [
            ("digest", digest.unwrap_or_default()),
            (
                "published",
                self.references(&[State::Published, State::Stranded]),
            ),
            ("unchanged", self.references(&[State::Unchanged])),
            ("kept", self.references(&[State::Kept])),
            ("skipped", self.references(&[State::Skipped])),
            ("failed", self.references(&not_done().collect::<Vec<_>>())),
            ("receipt", self.receipt().to_string()),
        ];
        outputs.extend(own.map(|(name, value)| (name.to_owned(), value)));
        outputs
    }

    /// `host/repository:tag` of all rows in these states, a line each.
    fn references(&self, states: &[State]) -> String {
        let mut lines = Vec::new();
        for destination in &self.destinations {
            let rows = destination.rows.iter();
            let rows = rows.filter(|row| states.contains(&row.state));
            lines.extend(rows.map(|row| format!("{}:{}", destination.repository, row.tag)));
        }
        lines.join("\n")
    }

    /// How many tags at all destinations together are in one state.
    pub(super) fn count(&self, state: State) -> usize {
        let rows = self.destinations.iter().flat_map(|d| &d.rows);
        rows.filter(|row| row.state == state).count()
    }

    /// Whether any tag is in one of these states.
    pub(super) fn has(&self, states: &[State]) -> bool {
        states.iter().any(|state| self.count(*state) > 0)
    }

    /// How the run ended; a failure outweighs drift.
    pub(super) fn ending(&self) -> Ending {
        match self.cancelled {
            Some(signal) => Ending::Cancelled(signal),
            None if !self.failures.is_empty() || self.has(&State::FAILED) => Ending::Failed,
            None if !self.drift.is_empty() || self.has(&[State::Drifted]) => Ending::Drifted,
            None => Ending::Done,
        }
    }

    /// What the program ends with: 0 all as asked, 1 something failed, 3 a check found drift, 130 or 143 cancelled.
    pub fn exit_code(&self) -> u8 {
        match self.ending() {
            Ending::Done => 0,
            Ending::Failed => 1,
            Ending::Drifted => 3,
            Ending::Cancelled(signal) => signal.exit_code(),
        }
    }

    /// The text of the one error annotation, unless all is as asked.
    ///
    /// One, because the runner keeps ten a step, and what counts is how many tags are not where they should be.
    pub fn error(&self) -> Option<String> {
        let what = match self.ending() {
            Ending::Done => return None,
            Ending::Failed => "Not published",
            Ending::Drifted => "Drifted",
            Ending::Cancelled(_) => "Cancelled",
        };
        let mut lines = vec![self.headline(what)];
        lines.extend(self.failures.iter().map(ToString::to_string));
        lines.extend(self.drift.iter().cloned());
        Some(lines.join("\n"))
    }

    fn headline(&self, what: &str) -> String {
        let not_done: usize = not_done().map(|state| self.count(state)).sum();
        match (not_done, self.total()) {
            (0, _) => format!("{what}."),
            (_, 1) => format!("{what}: the tag is not where it should be."),
            (_, total) => {
                format!("{what}: {not_done} of {total} tags are not where they should be.")
            }
        }
    }

    fn total(&self) -> usize {
        self.destinations.iter().map(|d| d.rows.len()).sum()
    }
}

/// The states of a tag that is not where it should be.
fn not_done() -> impl Iterator<Item = State> {
    State::FAILED.into_iter().chain([State::Drifted])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{failed, published};
    use crate::report::{Failure, Side, Signal};

    #[track_caller]
    fn assert_output(report: &Report, name: &str, expected: &str) {
        let outputs = report.outputs();
        let found = outputs.iter().find(|(output, _)| output == name);
        assert_eq!(found.map(|(_, value)| value.as_str()), Some(expected));
    }

    #[test]
    fn outputs_are_references_a_line_each() {
        let report = published();
        let digest = report.digest.clone().unwrap().to_string();
        assert_output(&report, "digest", &digest);
        assert_output(&report, "version", "v1.2.3");
        assert_output(
            &report,
            "published",
            "ghcr.io/wundam/truxe-api:v1.2.3\nghcr.io/wundam/truxe-api:latest",
        );
        assert_output(
            &report,
            "unchanged",
            "registry.example:5000/truxe:v1.2.3\nregistry.example:5000/truxe:latest",
        );
        let skipped = "docker.io/truxeio/truxe:v1.2.3\ndocker.io/truxeio/truxe:latest";
        assert_output(&report, "skipped", skipped);
        assert_output(&report, "failed", "");
        assert_output(&Report::default(), "digest", "");
    }

    #[test]
    fn exit_codes_tell_success_failure_and_cancellation_apart() {
        assert_eq!(Report::default().exit_code(), 0);
        assert_eq!(published().exit_code(), 0);
        let mut report = failed();
        assert_eq!(report.exit_code(), 1);
        report.failures.clear();
        assert_eq!(report.exit_code(), 1, "a failed row is a failure");
        report.cancelled = Some(Signal::Interrupt);
        assert_eq!(report.exit_code(), 130);
        report.cancelled = Some(Signal::Terminate);
        assert_eq!(report.exit_code(), 143);
    }

    #[test]
    fn one_error_says_how_many_tags_and_every_remedy() {
        assert_eq!(published().error(), None);
        assert_eq!(
            failed().error().unwrap(),
            "Not published: 2 of 4 tags are not where they should be.\ndestination docker.io/truxeio/truxe: starting an upload: 401 <script>alert(1)</script>\n\u{202e}@everyone. Check `dockerhub-token`: it needs Read & Write"
        );
        let source = Report {
            failures: vec![Failure {
                side: Side::Source,
                place: "ghcr.io/a/b".to_owned(),
                step: "reading the manifest".to_owned(),
                cause: "not found".to_owned(),
                remedy: None,
            }],
            ..Report::default()
        };
        assert_eq!(
            source.error().unwrap(),
            "Not published.\nsource ghcr.io/a/b: reading the manifest: not found"
        );
    }
}
