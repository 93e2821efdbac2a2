use http::header::{HeaderMap, LINK};
use http::{Method, StatusCode};
use serde::Deserialize;
use url::Url;

use super::host::{Payload, request_name};
use super::{Error, Kind, Remote};

/// Tags that are asked for at once; registries give fewer if they like.
const PAGE: &str = "1000";
const MAX_PAGES: usize = 1_000;
const MAX_PAGE_SIZE: usize = 4 * 1024 * 1024;
const MAX_TAGS: usize = 200_000;

#[derive(Deserialize)]
struct Page {
    /// Some registries say `null` where there are none.
    tags: Option<Vec<String>>,
}

impl Remote {
    /// All tags of the repository, read page by page; none where there is no such repository yet.
    pub async fn tags(&self) -> Result<Vec<String>, Error> {
        let mut url = self.first_page();
        let mut tags = Vec::new();
        for _ in 0..MAX_PAGES {
            let (page, next) = self.tags_page(&url).await?;
            tags.extend(page);
            if tags.len() > MAX_TAGS {
                break;
            }
            match next {
                Some(next) => url = next,
                None => return Ok(tags),
            }
        }
        let message = format!("{} lists more tags than can be read", self.repository());
        Err(Error::new(Kind::Protocol, message))
    }

    /// The first page of tags, and where the next one is.
    pub(super) async fn first_tags(&self) -> Result<(Vec<String>, Option<Url>), Error> {
        self.tags_page(&self.first_page()).await
    }

    fn first_page(&self) -> Url {
        let mut url = self.url("tags/list");
        url.query_pairs_mut().append_pair("n", PAGE);
        url
    }

    async fn tags_page(&self, url: &Url) -> Result<(Vec<String>, Option<Url>), Error> {
        let name = request_name(&Method::GET, url);
        let expected = [200, 404];
        let response = self
            .send(
                Method::GET,
                url.clone(),
                Vec::new(),
                Payload::Empty,
                &expected,
            )
            .await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok((Vec::new(), None));
        }
        let next = next(response.headers(), url)?;
        let transport = &self.0.host.transport;
        let body = transport.small_body(&name, response, MAX_PAGE_SIZE).await?;
        let page: Page = serde_json::from_slice(&body).map_err(|error| {
            let message = format!("{name} was answered with no list of tags: {error}");
            Error::new(Kind::Protocol, message)
        })?;
        Ok((page.tags.unwrap_or_default(), next))
    }
}

/// Where the next page is: `<target>; rel="next"`, at the same origin.
pub(super) fn next(headers: &HeaderMap, asked: &Url) -> Result<Option<Url>, Error> {
    let links = headers.get_all(LINK).iter();
    let links = links.filter_map(|link| link.to_str().ok());
    let mut links = links.flat_map(|header| header.split(',').map(str::trim));
    let next = links.find_map(|link| {
        let (target, parameters) = link.strip_prefix('<')?.split_once('>')?;
        let mut parameters = parameters.split(';').map(str::trim);
        let is_next = parameters.any(|it| {
            it.eq_ignore_ascii_case("rel=\"next\"") || it.eq_ignore_ascii_case("rel=next")
        });
        is_next.then_some(target)
    });
    let Some(target) = next else { return Ok(None) };
    let url = asked.join(target).ok();
    let url = url.filter(|url| url.origin() == asked.origin() && url != asked);
    url.map(Some).ok_or_else(|| {
        let message =
            format!("the next page of tags is said to be at {target:?}, which can't be followed");
        Error::new(Kind::Protocol, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_next_page_and_nothing_else() {
        let asked: Url = "https://a.example/v2/x/tags/list?n=2".parse().unwrap();
        let read = |link: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(LINK, link.parse().unwrap());
            next(&headers, &asked).map(|url| url.map(|url| url.to_string()))
        };
        let there = Some("https://a.example/v2/x/tags/list?last=b".to_owned());
        for link in [
            "</v2/x/tags/list?last=b>; rel=\"next\"",
            "<list?last=b>;rel=next",
            "<https://a.example/v2/x/tags/list?last=b>; a=b; rel=\"next\"",
            "<x>; rel=\"last\", <list?last=b>; rel=\"next\"",
        ] {
            assert_eq!(read(link).unwrap(), there, "{link}");
        }
        assert_eq!(read("<x>; rel=\"prev\"").unwrap(), None);
        assert!(read("<https://b.example/>; rel=\"next\"").is_err());
        assert!(read("<list?n=2>; rel=\"next\"").is_err(), "round and round");
    }
}
