use std::io::Write;

use env_logger::{Builder, Target};
use log::{Level, LevelFilter, Record};

use super::{command, defuse};

/// Our own log, and no other's: libraries print URLs and headers that may hold secrets.
const TARGET: &str = env!("CARGO_CRATE_NAME");

/// Starts the log: to standard output, where the commands go too, so that their order is kept.
///
/// Step debug logging (`RUNNER_DEBUG=1`) adds our own debug lines.
pub fn start_log() {
    let debug = std::env::var_os("RUNNER_DEBUG").is_some_and(|value| value == "1");
    let level = if debug {
        LevelFilter::Debug
    } else {
        LevelFilter::Info
    };
    let started = Builder::new()
        .filter_level(LevelFilter::Off)
        .filter_module(TARGET, level)
        .target(Target::Stdout)
        .format(|out, record| out.write_all(text(record).as_bytes()))
        .try_init();
    // Only a second start fails, and then there is a log already.
    drop(started);
}

fn text(record: &Record<'_>) -> String {
    let message = record.args().to_string();
    let line = |line: String| match record.level() {
        Level::Error => format!("Error: {line}\n"),
        Level::Warn => format!("Warning: {line}\n"),
        Level::Info => format!("{line}\n"),
        Level::Debug | Level::Trace => format!("{}\n", command::debug(&line)),
    };
    defuse::lines(&message).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_text(level: Level, message: &str, expected: &str) {
        let said = text(
            &Record::builder()
                .level(level)
                .args(format_args!("{message}"))
                .build(),
        );
        assert_eq!(said, expected);
    }

    #[test]
    fn every_line_is_defused() {
        assert_text(Level::Info, "a\n::error::b", "a\n| ::error::b\n");
        assert_text(Level::Warn, "a\nb", "Warning: a\nWarning: b\n");
        assert_text(
            Level::Debug,
            "50 %\n::b",
            "::debug::50 %25\n::debug::| ::b\n",
        );
    }
}
