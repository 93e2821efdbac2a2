use std::collections::HashSet;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};

use crate::quirk::{Capability, Full, Immutable, Oddity, UploadLocation};

/// How a registry behaves, fixed when it starts.
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) absent: HashSet<Capability>,
    pub(crate) oddities: HashSet<Oddity>,
    pub(crate) immutable: Option<Immutable>,
    pub(crate) quota: Option<(u64, Full)>,
    pub(crate) manifest_limit: u64,
    pub(crate) request_limit: Option<u64>,
    pub(crate) chunk_minimum: Option<u64>,
    pub(crate) tag_parameter_limit: usize,
    pub(crate) tags_page: usize,
    pub(crate) referrers_page: usize,
    pub(crate) upload_location: UploadLocation,
    pub(crate) storage_url: Option<String>,
    pub(crate) blob_put_status: u16,
    pub(crate) latency: Duration,
    pub(crate) rate: Option<u64>,
    /// The one token that GitHub's API takes.
    pub(crate) github_token: Option<String>,
    /// Headers on every answer: rate limits, warnings.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "registry".to_owned(),
            absent: HashSet::new(),
            oddities: HashSet::new(),
            immutable: None,
            quota: None,
            manifest_limit: 4 * 1024 * 1024,
            request_limit: None,
            chunk_minimum: None,
            tag_parameter_limit: 46,
            tags_page: 1000,
            referrers_page: 100,
            upload_location: UploadLocation::Absolute,
            storage_url: None,
            blob_put_status: 201,
            latency: Duration::ZERO,
            rate: None,
            github_token: None,
            headers: Vec::new(),
        }
    }
}

impl Settings {
    pub(crate) fn has(&self, capability: Capability) -> bool {
        !self.absent.contains(&capability)
    }

    pub(crate) fn is(&self, oddity: Oddity) -> bool {
        self.oddities.contains(&oddity)
    }

    pub(crate) fn needs_storage(&self) -> bool {
        self.is(Oddity::RedirectsBlobs) || self.upload_location == UploadLocation::Foreign
    }
}
