use std::time::Duration;

use http::HeaderMap;

/// What is left of a quota of pulls, as Docker Hub says with every manifest: `ratelimit-remaining: 20;w=21600`.
/// <https://docs.docker.com/docker-hub/usage/pulls/>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulls {
    /// So many manifests may still be read.
    pub left: u64,
    /// The time in which all of them come back.
    pub window: Option<Duration>,
}

impl Pulls {
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get("ratelimit-remaining")?.to_str().ok()?;
        let mut parts = text.split(';').map(str::trim);
        let left = parts.next()?.parse().ok()?;
        let window = parts.find_map(|part| part.strip_prefix("w=")?.parse().ok());
        let window = window.map(Duration::from_secs);
        Some(Self { left, window })
    }

    /// When there will be more, in words.
    pub(super) fn comes_back(&self) -> String {
        match self.window {
            Some(window) => format!("they come back within {} minutes", window.as_secs() / 60),
            None => "the registry does not say when they come back".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_read_with_its_window_or_without() {
        let read = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("ratelimit-remaining", value.parse().unwrap());
            Pulls::read(&headers).map(|pulls| (pulls.left, pulls.window.map(|w| w.as_secs())))
        };
        assert_eq!(read("20;w=21600"), Some((20, Some(21_600))));
        assert_eq!(read("0; w=60"), Some((0, Some(60))));
        assert_eq!(read("7"), Some((7, None)));
        assert_eq!(read("many"), None);
    }
}
