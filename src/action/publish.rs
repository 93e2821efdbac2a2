use std::io;

use super::{Runner, file_command};
use crate::report::Report;

/// The runner keeps ten annotations of a kind for a step.
const MAX_WARNINGS: usize = 10;

impl Runner {
    /// Tells the runner how it went: annotations, outputs, step summary. The program ends with what this returns.
    pub fn publish(&self, report: &Report) -> u8 {
        self.warn(&report.warnings);
        if let Some(error) = report.error() {
            self.error(&error);
        }
        let written = self.write_outputs(&report.outputs());
        let exported = |()| match report.source {
            None => self.export(&report.tag_outputs),
            Some(_) => Ok(()),
        };
        let written = written.and_then(exported);
        self.write_summary(&report.summary());
        match (report.exit_code(), written) {
            (0, Err(error)) => {
                self.error(&format!("The outputs could not be written: {error}"));
                1
            }
            (code, _) => code,
        }
    }

    /// All warnings; where there are too many, the last annotation holds the rest.
    fn warn(&self, warnings: &[String]) {
        let all_fit = warnings.len() <= MAX_WARNINGS;
        let kept = if all_fit {
            MAX_WARNINGS
        } else {
            MAX_WARNINGS - 1
        };
        let (shown, rest) = warnings.split_at(kept.min(warnings.len()));
        for warning in shown {
            self.warning(warning);
        }
        if !rest.is_empty() {
            let count = rest.len();
            self.warning(&format!("{count} more warnings:\n{}", rest.join("\n")));
        }
    }

    fn write_outputs(&self, outputs: &[(String, String)]) -> io::Result<()> {
        let Some(path) = &self.output_file else {
            let group = self.group("Outputs");
            for (name, value) in outputs {
                self.print(&format!("{name}={value}"));
            }
            drop(group);
            return Ok(());
        };
        let entries: io::Result<String> = outputs
            .iter()
            .map(|(name, value)| file_command::entry(name, value))
            .collect();
        file_command::append(path, &entries?)
    }

    /// The outputs about tags as variables for the steps that follow, under docker/metadata-action's names. Only a step that
    /// stands in for it has them: one that mirrors leaves the environment alone.
    fn export(&self, outputs: &[(String, String)]) -> io::Result<()> {
        let Some(path) = &self.env_file else {
            return Ok(());
        };
        let entry = |(name, value): &(String, String)| {
            let name = name.to_uppercase().replace('-', "_");
            file_command::entry(&format!("DOCKER_METADATA_OUTPUT_{name}"), value)
        };
        let entries: io::Result<String> = outputs.iter().map(entry).collect();
        file_command::append(path, &entries?)
    }

    /// The summary is for the eye alone: without it the run is as good.
    fn write_summary(&self, summary: &str) {
        let Some(path) = &self.summary_file else {
            return;
        };
        if let Err(error) = file_command::append(path, summary) {
            self.warning(&format!("The step summary could not be written: {error}"));
        }
    }
}
