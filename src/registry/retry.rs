use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use http::header::{DATE, HeaderMap, RETRY_AFTER};

use super::{Kind, Policy};

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send it again, after this delay.
    Retry(Duration),
    /// Get a new token, then send it again.
    Reauthenticate,
    /// Start over with a new upload session, after this delay.
    NewSession(Duration),
    /// It will not get better.
    GiveUp,
}

/// What to do after the `attempt`-th try (the first is 1) ended this way.
///
/// `asked` is the delay that the registry asked for; `jitter` from 0 to 1 spreads our own delays over half their length.
pub fn decide(
    policy: &Policy,
    attempt: u32,
    kind: Kind,
    asked: Option<Duration>,
    jitter: f64,
) -> Decision {
    let patience = match kind {
        Kind::LoginRequired if attempt == 1 => return Decision::Reauthenticate,
        Kind::UnknownHost | Kind::Unreachable => policy.attempts.min(3),
        Kind::Throttled
        | Kind::Unavailable
        | Kind::Interrupted
        | Kind::TimedOut
        | Kind::BlobMissing
        | Kind::SessionLost => policy.attempts,
        Kind::BadToken
        | Kind::Certificate
        | Kind::Corrupt
        | Kind::CredentialsRefused
        | Kind::Denied
        | Kind::ImmutableTag
        | Kind::InvalidManifest
        | Kind::LoginRequired
        | Kind::NotFound
        | Kind::Overtaken
        | Kind::PlainHttp
        | Kind::Protocol
        | Kind::Proxy
        | Kind::QuotaSpent
        | Kind::Rejected
        | Kind::RepositoryNotFound
        | Kind::StorageFull
        | Kind::TooLarge => return Decision::GiveUp,
    };
    if attempt >= patience || asked.is_some_and(|asked| asked > policy.longest_wait) {
        return Decision::GiveUp;
    }
    let delay = asked
        .unwrap_or_default()
        .max(backoff(policy, attempt, jitter));
    if kind == Kind::SessionLost {
        Decision::NewSession(delay)
    } else {
        Decision::Retry(delay)
    }
}

fn backoff(policy: &Policy, attempt: u32, jitter: f64) -> Duration {
    let doubled = policy
        .first_delay
        .saturating_mul(1 << (attempt - 1).min(16));
    doubled
        .min(policy.longest_delay)
        .mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
}

/// A number from 0 to 1 that differs each time, so that many clients don't try again in step.
pub fn jitter() -> f64 {
    let random = RandomState::new().hash_one(()) % 1_000;
    u32::try_from(random).map_or(0.5, |random| f64::from(random) / 1_000.0)
}

/// The delay a registry asks for: `Retry-After` in seconds or as a date, or GHCR's Go duration in the message.
///
/// A date is measured against the answer's own `Date`, so the two clocks need not agree.
pub fn asked_delay(headers: &HeaderMap, message: &str) -> Option<Duration> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    let date = |text| httpdate::parse_http_date(text).ok();
    let header = text(RETRY_AFTER).and_then(|value| match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(
            date(value)?
                .duration_since(date(text(DATE)?)?)
                .unwrap_or_default(),
        ),
    });
    header.or_else(|| go_duration_after("retry-after:", message))
}

/// `880.092µs`, `10.3ms`, `1m30s` behind a label.
fn go_duration_after(label: &str, message: &str) -> Option<Duration> {
    let start = message.to_ascii_lowercase().find(label)? + label.len();
    let text = message.get(start..)?.trim_start();
    let end = text.find([',', ' ', '"', '}']).unwrap_or(text.len());
    go_duration(&text[..end])
}

fn go_duration(mut text: &str) -> Option<Duration> {
    let mut total = 0.0;
    while !text.is_empty() {
        let unit_start = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let amount: f64 = text[..unit_start].parse().ok()?;
        text = &text[unit_start..];
        let unit_end = text
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(text.len());
        total += amount * seconds_in(&text[..unit_end])?;
        text = &text[unit_end..];
    }
    Duration::try_from_secs_f64(total).ok()
}

fn seconds_in(unit: &str) -> Option<f64> {
    match unit {
        "h" => Some(3600.0),
        "m" => Some(60.0),
        "s" => Some(1.0),
        "ms" => Some(1e-3),
        "us" | "µs" | "μs" => Some(1e-6),
        "ns" => Some(1e-9),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn decided(attempt: u32, kind: Kind, asked: Option<u64>) -> Decision {
        decide(
            &Policy::default(),
            attempt,
            kind,
            asked.map(Duration::from_secs),
            1.0,
        )
    }

    #[test]
    fn what_may_pass_is_tried_again_with_growing_delays() {
        for kind in [
            Kind::Throttled,
            Kind::Unavailable,
            Kind::Interrupted,
            Kind::TimedOut,
        ] {
            assert_eq!(decided(1, kind, None), Decision::Retry(SECOND), "{kind:?}");
            assert_eq!(
                decided(3, kind, None),
                Decision::Retry(4 * SECOND),
                "{kind:?}"
            );
            assert_eq!(decided(6, kind, None), Decision::GiveUp, "{kind:?}");
        }
        let low = decide(&Policy::default(), 2, Kind::Unavailable, None, 0.0);
        assert_eq!(low, Decision::Retry(SECOND));
    }

    #[test]
    fn a_registry_may_ask_for_longer_but_not_for_ever() {
        assert_eq!(
            decided(1, Kind::Throttled, Some(60)),
            Decision::Retry(60 * SECOND)
        );
        assert_eq!(
            decided(4, Kind::Throttled, Some(1)),
            Decision::Retry(8 * SECOND)
        );
        assert_eq!(decided(1, Kind::Throttled, Some(3600)), Decision::GiveUp);
    }

    #[test]
    fn what_will_not_get_better_is_given_up_at_once() {
        for kind in [
            Kind::CredentialsRefused,
            Kind::Denied,
            Kind::NotFound,
            Kind::QuotaSpent,
            Kind::Certificate,
            Kind::Corrupt,
            Kind::StorageFull,
        ] {
            assert_eq!(decided(1, kind, None), Decision::GiveUp, "{kind:?}");
        }
    }

    #[test]
    fn a_login_is_renewed_once_and_a_lost_session_replaced() {
        assert_eq!(
            decided(1, Kind::LoginRequired, None),
            Decision::Reauthenticate
        );
        assert_eq!(decided(2, Kind::LoginRequired, None), Decision::GiveUp);
        assert_eq!(
            decided(1, Kind::SessionLost, None),
            Decision::NewSession(SECOND)
        );
    }

    #[test]
    fn a_host_that_is_not_there_gets_few_tries() {
        assert_eq!(
            decided(2, Kind::UnknownHost, None),
            Decision::Retry(2 * SECOND)
        );
        assert_eq!(decided(3, Kind::UnknownHost, None), Decision::GiveUp);
    }

    #[test]
    fn delays_are_read_in_all_their_forms() {
        let headers = |retry_after: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, "Wed, 21 Oct 2015 07:28:00 GMT".parse().unwrap());
            headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
            headers
        };
        assert_eq!(asked_delay(&headers("120"), ""), Some(120 * SECOND));
        assert_eq!(
            asked_delay(&headers("Wed, 21 Oct 2015 07:28:30 GMT"), ""),
            Some(30 * SECOND)
        );
        assert_eq!(
            asked_delay(&headers("Wed, 21 Oct 2015 07:27:00 GMT"), ""),
            Some(Duration::ZERO)
        );
        assert_eq!(asked_delay(&headers("soon"), ""), None);
        let none = HeaderMap::new();
        for (message, nanoseconds) in [
            (
                "retry-after: 880.092µs, allowed: 44000/minute",
                Some(880_092),
            ),
            (
                "TOOMANYREQUESTS: retry-after: 10.5ms, allowed",
                Some(10_500_000),
            ),
            ("Retry-After: 1m30s", Some(90_000_000_000)),
            ("retry-after: later", None),
            ("slow down", None),
        ] {
            assert_eq!(
                asked_delay(&none, message),
                nanoseconds.map(Duration::from_nanos),
                "{message}"
            );
        }
    }
}
