use std::time::Duration;

use tokio::time::{Instant, interval};

use super::lane::Lane;

/// How often a line is printed while bytes move.
const INTERVAL: Duration = Duration::from_secs(5);

/// Prints a line for each destination every few seconds, for as long as it is polled.
pub(super) async fn print(lanes: &[Lane]) {
    let start = Instant::now();
    let mut ticks = interval(INTERVAL);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        for lane in lanes
            .iter()
            .filter(|lane| !lane.is_complete() && lane.lost().is_none())
        {
            log::info!("{}", line(lane, start.elapsed()));
        }
    }
}

fn line(lane: &Lane, elapsed: Duration) -> String {
    let meter = lane.remote().meter();
    let (done, total) = (meter.sent.get() + meter.found.get(), lane.bytes());
    let (blobs_done, blobs) = lane.blobs();
    format!(
        "{}: {} of {} MB, {blobs_done} of {blobs} blobs, {} MB/s",
        lane.remote().repository(),
        megabytes(done),
        megabytes(total),
        megabytes(rate(meter.sent.get(), elapsed)),
    )
}

/// Bytes a second.
fn rate(bytes: u64, elapsed: Duration) -> u64 {
    let milliseconds = u64::try_from(elapsed.as_millis())
        .unwrap_or(u64::MAX)
        .max(1);
    bytes.saturating_mul(1000) / milliseconds
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{}", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}
