use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use url::Url;

use super::host::{Payload, request_name};
use super::tags::next;
use super::{Error, Kind, Remote};
use crate::oci::{Descriptor, Digest, Manifest, Tag, media_type};

const MAX_PAGES: usize = 1_000;
const MAX_PAGE_SIZE: usize = 4 * 1024 * 1024;
const MAX_REFERRERS: usize = 10_000;
/// Everything that registries without the API have been seen to answer.
const STATUSES: [u16; 6] = [200, 400, 404, 405, 406, 501];

#[derive(Deserialize)]
struct Page {
    manifests: Option<Vec<Descriptor>>,
}

impl Remote {
    /// What refers to this manifest, by the referrers API; `None` where the registry has none.
    ///
    /// Nothing is filtered, so that it does not matter which filters a registry knows.
    pub async fn referrers(&self, subject: &Digest) -> Result<Option<Vec<Descriptor>>, Error> {
        let mut url = self.url(&format!("referrers/{subject}"));
        let mut found = Vec::new();
        for page in 0..MAX_PAGES {
            let read = match self.referrers_page(&url).await {
                // A right of its own for an API that is not there: the tags will tell.
                Err(error) if page == 0 && error.kind == Kind::Denied => None,
                read => read?,
            };
            let Some((descriptors, next)) = read else {
                return if page == 0 {
                    Ok(None)
                } else {
                    Err(self.endless(subject))
                };
            };
            found.extend(descriptors);
            match next {
                _ if found.len() > MAX_REFERRERS => break,
                Some(next) => url = next,
                None => return Ok(Some(found)),
            }
        }
        Err(self.endless(subject))
    }

    fn endless(&self, subject: &Digest) -> Error {
        let message = format!(
            "{} does not list what refers to {subject} to the end",
            self.repository()
        );
        Error::new(Kind::Protocol, message)
    }

    /// A page and where the next one is; `None` where the answer is no list of referrers.
    async fn referrers_page(
        &self,
        url: &Url,
    ) -> Result<Option<(Vec<Descriptor>, Option<Url>)>, Error> {
        let name = request_name(&Method::GET, url);
        let accept = vec![(ACCEPT, HeaderValue::from_static(media_type::OCI_INDEX))];
        let response = self
            .send(Method::GET, url.clone(), accept, Payload::Empty, &STATUSES)
            .await?;
        let content_type = response.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let is_index = content_type
            .is_some_and(|it| it.to_ascii_lowercase().starts_with(media_type::OCI_INDEX));
        if response.status() != 200 || !is_index {
            return Ok(None);
        }
        let next = next(response.headers(), url)?;
        let transport = &self.0.host.transport;
        let body = transport.small_body(&name, response, MAX_PAGE_SIZE).await?;
        let page: Page = serde_json::from_slice(&body).map_err(|error| {
            let message = format!("{name} was answered with no list of referrers: {error}");
            Error::new(Kind::Protocol, message)
        })?;
        Ok(Some((page.manifests.unwrap_or_default(), next)))
    }

    /// The manifest that a tag points to; `None` where there is no such tag.
    pub async fn tagged(&self, tag: &Tag) -> Result<Option<Manifest>, Error> {
        match self.resolve(tag.as_str()).await? {
            Some(digest) => self.manifest(&digest).await.map(Some),
            None => Ok(None),
        }
    }

    /// All tags, where they are few enough to be listed at once.
    pub async fn few_tags(&self) -> Result<Option<Vec<String>>, Error> {
        match self.first_tags().await {
            Ok((tags, None)) => Ok(Some(tags)),
            Ok((_, Some(_))) => Ok(None),
            Err(error) if matches!(error.kind, Kind::Denied | Kind::Rejected) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
