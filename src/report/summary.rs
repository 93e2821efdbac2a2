use std::collections::{HashMap, HashSet};

use super::html::{code, code_lines, element, escape, prose, row};
use super::outputs::Ending;
use super::page::Page;
use super::{Destination, Failure, Report, Row, Side, State, human};
use crate::oci::Tag;

impl Report {
    /// The step summary: result, failures with their remedies, tag × registry, traffic.
    ///
    /// HTML blocks only, as docker/build-push-action writes it: Markdown would have to be trusted with names and messages of others.
    pub fn summary(&self) -> String {
        let mut page = Page::default();
        page.block(&element("h2", self.result()));
        page.block(&element("p", &self.lead()));
        self.write_failures(&mut page);
        self.write_tags(&mut page);
        self.write_drift(&mut page);
        self.write_to_send(&mut page);
        self.write_traffic(&mut page);
        self.write_pulls(&mut page);
        self.write_skipped(&mut page);
        self.write_warnings(&mut page);
        page.finish()
    }

    fn result(&self) -> &'static str {
        match self.ending() {
            Ending::Cancelled(_) => "🛑 Cancelled",
            Ending::Failed if self.has(&[State::Published, State::Unchanged, State::Stranded]) => {
                "❌ Published only in part"
            }
            Ending::Failed => "❌ Not published",
            Ending::Drifted => "⚠ Not everything is what it should be",
            Ending::Done if self.source.is_none() => "🔖 Tags derived",
            Ending::Done if self.has(&[State::Planned]) => "🔍 Dry run: nothing was written",
            Ending::Done if self.has(&[State::Published]) => "✅ Published",
            Ending::Done if self.has(&[State::Unchanged]) => "✅ Published already: nothing to do",
            Ending::Done => "⏭ Nothing published",
        }
    }

    fn lead(&self) -> String {
        let digest = self.digest.as_ref().map(|digest| code(digest.as_str()));
        let platforms: Vec<_> = self.platforms.iter().map(ToString::to_string).collect();
        let platforms = (!platforms.is_empty()).then(|| escape(&platforms.join(", ")));
        let source = self.source.as_deref().map(code);
        let time = human::duration(self.elapsed);
        let parts = [source, digest, platforms, Some(time)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    fn write_failures(&self, page: &mut Page) {
        for failure in &self.failures {
            page.block(&element("blockquote", &failure.html()));
        }
    }

    /// Tags as rows, destinations as columns; without destinations just the tags.
    fn write_tags(&self, page: &mut Page) {
        let tags = self.tags();
        if tags.is_empty() {
            let derived = self.tag_outputs.iter().find(|(name, _)| name == "tags");
            if let Some((_, tags)) = derived.filter(|(_, tags)| !tags.is_empty()) {
                page.block(&element("p", &code_lines(tags)));
            }
            return;
        }
        let places = self.destinations.iter().map(Destination::heading);
        let heading = row("th", std::iter::once("Tag".to_owned()).chain(places));
        let columns: Vec<_> = self.destinations.iter().map(Destination::by_tag).collect();
        let rows = tags.into_iter().map(|tag| {
            let cells = columns.iter().map(|column| self.cell(column.get(tag)));
            row("td", std::iter::once(code(tag.as_str())).chain(cells))
        });
        page.table(&heading, rows);
    }

    /// Every tag once, in the order of their first appearance.
    fn tags(&self) -> Vec<&Tag> {
        let mut seen = HashSet::new();
        let rows = self.destinations.iter().flat_map(|d| &d.rows);
        rows.map(|row| &row.tag)
            .filter(|tag| seen.insert(*tag))
            .collect()
    }

    /// State, where the tag points now, and where it pointed before if that was elsewhere.
    fn cell(&self, row: Option<&&Row>) -> String {
        let Some(row) = row else {
            return String::new();
        };
        let (word, new) = match row.state {
            State::Published => ("✅ published", self.digest.as_ref()),
            State::Unchanged => ("🟰 unchanged", self.digest.as_ref()),
            State::Planned => ("🔍 would move", self.digest.as_ref()),
            State::Drifted => ("❌ drifted, should be", self.digest.as_ref()),
            State::Kept => ("✋ kept", row.new.as_ref()),
            State::Skipped => ("⏭ skipped", None),
            State::Failed => ("❌ failed", None),
            State::RolledBack => ("↩ moved back", None),
            State::Stranded => ("❗ could not be moved back", self.digest.as_ref()),
            State::Overtaken => ("❗ moved by somebody else", row.new.as_ref()),
            State::Unknown => ("❓ nobody can say where it points", None),
        };
        let new = new.map(|digest| code(digest.short()));
        let old = row
            .old
            .as_ref()
            .filter(|old| Some(*old) != self.digest.as_ref() && row.state != State::Kept);
        let old = old.map(|digest| format!("was {}", code(digest.short())));
        let parts = [Some(word.to_owned()), new, old];
        parts.into_iter().flatten().collect::<Vec<_>>().join("<br>")
    }

    fn write_drift(&self, page: &mut Page) {
        for drift in &self.drift {
            page.block(&element("blockquote", &prose(drift)));
        }
    }

    fn write_to_send(&self, page: &mut Page) {
        for destination in &self.destinations {
            if let Some(bytes) = destination.to_send {
                let place = code(&destination.repository.to_string());
                let text = format!("{place} would be sent {}", human::bytes(bytes));
                page.block(&element("p", &text));
            }
        }
    }

    fn write_traffic(&self, page: &mut Page) {
        let busy: Vec<_> = self
            .destinations
            .iter()
            .filter(|d| d.traffic.requests > 0)
            .collect();
        if busy.is_empty() {
            return;
        }
        let names = [
            "Destination",
            "Sent",
            "Already there",
            "Requests",
            "Retries",
            "Time",
        ];
        let heading = row("th", names.map(str::to_owned));
        page.table(&heading, busy.into_iter().map(Destination::traffic_row));
    }

    fn write_pulls(&self, page: &mut Page) {
        if let Some((registry, left)) = &self.pulls_left {
            let text = format!("{} pulls are left at {}", left, escape(registry));
            page.block(&element("p", &text));
        }
    }

    fn write_skipped(&self, page: &mut Page) {
        if self.count(State::Skipped) > 0 {
            let inputs = "<code>dockerhub-username</code> and <code>dockerhub-token</code>";
            let text = format!(
                "⏭ Skipped means: no credentials for that registry. For Docker Hub give the inputs {inputs}, for others <code>registry-auth</code>; with <code>missing-credentials: error</code> it is a failure instead."
            );
            page.block(&element("p", &text));
        }
    }

    fn write_warnings(&self, page: &mut Page) {
        for warning in &self.warnings {
            page.block(&element("p", &format!("⚠ {}", prose(warning))));
        }
    }
}

impl Failure {
    fn html(&self) -> String {
        let side = match self.side {
            Side::Source => "source",
            Side::Destination => "destination",
        };
        let (place, step) = (code(&self.place), prose(&self.step));
        let cause = code_lines(&self.cause);
        let remedy = self.remedy.as_deref().map(prose);
        let remedy = remedy.map_or(String::new(), |remedy| format!("<br>👉 {remedy}"));
        format!("<strong>{side}</strong> {place}: {step}<br>{cause}{remedy}")
    }
}

impl Destination {
    fn heading(&self) -> String {
        let (registry, name) = (self.repository.registry(), self.repository.name());
        format!("{}<br>{}", code(registry), code(name))
    }

    fn by_tag(&self) -> HashMap<&Tag, &Row> {
        self.rows.iter().map(|row| (&row.tag, row)).collect()
    }

    fn traffic_row(&self) -> String {
        let traffic = &self.traffic;
        let cells = [
            code(&self.repository.to_string()),
            human::bytes(traffic.sent),
            human::bytes(traffic.found),
            traffic.requests.to_string(),
            traffic.retries.to_string(),
            human::duration(traffic.elapsed),
        ];
        row("td", cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{failed, published};

    #[test]
    fn a_published_image() {
        assert_eq!(
            published().summary(),
            include_str!("snapshots/published.md")
        );
    }

    #[test]
    fn a_failure_with_a_message_that_is_not_to_be_trusted() {
        assert_eq!(failed().summary(), include_str!("snapshots/failed.md"));
    }

    #[test]
    fn tags_alone() {
        let report = Report {
            tag_outputs: vec![("tags".to_owned(), "a/b:v1\na/b:latest".to_owned())],
            ..Report::default()
        };
        let expected = "<h2>🔖 Tags derived</h2>\n\n<p>0.0 s</p>\n\n<p><code>a/b:v1</code><br><code>a/b:latest</code></p>\n\n";
        assert_eq!(report.summary(), expected);
    }

    #[test]
    fn the_heading_says_how_it_went() {
        let mut report = published();
        let mut heading = |state, expected: &str| {
            for row in report.destinations.iter_mut().flat_map(|d| &mut d.rows) {
                row.state = state;
            }
            let summary = report.summary();
            assert_eq!(
                summary.lines().next(),
                Some(format!("<h2>{expected}</h2>").as_str())
            );
        };
        heading(State::Unchanged, "✅ Published already: nothing to do");
        heading(State::Planned, "🔍 Dry run: nothing was written");
        heading(State::Skipped, "⏭ Nothing published");
        heading(State::Failed, "❌ Not published");
    }

    #[test]
    fn ten_thousand_tags_stay_below_the_limit() {
        let mut report = published();
        for destination in &mut report.destinations {
            let tags = (0..10_000).map(|n| format!("v{n}.{}", "x".repeat(100)));
            destination.rows = tags
                .map(|tag| Row {
                    tag: tag.parse().unwrap(),
                    old: None,
                    new: None,
                    state: State::Published,
                })
                .collect();
        }
        let summary = report.summary();
        assert!(summary.len() < 1024 * 1024, "{}", summary.len());
        assert!(summary.len() > 1000 * 1000, "{}", summary.len());
        let end = summary.lines().last().unwrap();
        assert!(
            end.contains("left out: GitHub shows at most 1 MiB"),
            "{end}"
        );
        assert_eq!(
            summary.matches("<table>").count(),
            summary.matches("</table>").count()
        );
    }
}
