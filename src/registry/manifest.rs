use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MATCH};

use super::host::{Payload, request_name};
use super::transport::Response;
use super::{Error, Kind, Remote};
use crate::oci::{Digest, MAX_MANIFEST_SIZE, Manifest, Tag, acceptable};

const DOCKER_CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// What a tag can point to, to the byte.
pub struct Content {
    bytes: Bytes,
    digest: Digest,
    media_type: String,
    /// What it may replace, and nothing else.
    replaces: Option<Version>,
}

/// What a tag held when it was read, as the registry calls it (`ETag`); few registries do.
#[derive(Clone)]
pub struct Version(HeaderValue);

/// What came under a name.
struct Answer {
    bytes: Bytes,
    content_type: String,
    version: Option<Version>,
}

impl Remote {
    /// The digest that a tag points to, or a digest that is there; `None` where it is not. Counts as no pull.
    pub async fn resolve(&self, reference: &str) -> Result<Option<Digest>, Error> {
        let url = self.url(&format!("manifests/{reference}"));
        let answer = self
            .send(Method::HEAD, url, accept(), Payload::Empty, &[200, 404])
            .await;
        let response = match answer {
            Ok(response) if response.status() == 404 => return Ok(None),
            Ok(response) => response,
            // The answer to a HEAD has no body: only a GET can say what is wrong, or do better.
            Err(error)
                if matches!(
                    error.kind,
                    Kind::Denied | Kind::Rejected | Kind::ImmutableTag
                ) =>
            {
                return self.resolve_by_reading(reference).await;
            }
            Err(error) => return Err(error),
        };
        match digest_header(&response) {
            Some(digest) => Ok(Some(digest)),
            None => self.resolve_by_reading(reference).await,
        }
    }

    async fn resolve_by_reading(&self, reference: &str) -> Result<Option<Digest>, Error> {
        match self.read_manifest(reference).await {
            Ok(Answer { bytes, .. }) => Ok(Some(Digest::sha256(&bytes))),
            Err(error) if matches!(error.kind, Kind::NotFound | Kind::RepositoryNotFound) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The manifest of this digest; what comes is hashed before anything in it is believed.
    pub async fn manifest(&self, digest: &Digest) -> Result<Manifest, Error> {
        let answer = self.read_manifest(digest.as_str()).await?;
        let found = Digest::of(digest.algorithm(), &answer.bytes);
        if found != *digest {
            let message = format!(
                "{} holds a manifest whose bytes hash to {found} under {digest}",
                self.repository()
            );
            return Err(Error::new(Kind::Corrupt, message));
        }
        parse(answer, found).map(|(manifest, _)| manifest)
    }

    /// The manifest that a tag points to, and what that version of the tag is called; `None` where there is no such tag.
    pub async fn versioned(&self, tag: &Tag) -> Result<Option<(Manifest, Option<Version>)>, Error> {
        match self.read_manifest(tag.as_str()).await {
            Ok(answer) => {
                let digest = Digest::sha256(&answer.bytes);
                parse(answer, digest).map(Some)
            }
            Err(error) if matches!(error.kind, Kind::NotFound | Kind::RepositoryNotFound) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn read_manifest(&self, reference: &str) -> Result<Answer, Error> {
        let url = self.url(&format!("manifests/{reference}"));
        let name = request_name(&Method::GET, &url);
        let response = self
            .send(Method::GET, url, accept(), Payload::Empty, &[200])
            .await?;
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let version = response.headers().get(ETAG).cloned().map(Version);
        let limit = usize::try_from(MAX_MANIFEST_SIZE).unwrap_or(usize::MAX);
        let bytes = self
            .0
            .host
            .transport
            .small_body(&name, response, limit)
            .await?;
        Ok(Answer {
            bytes,
            content_type,
            version,
        })
    }

    /// What is stored under a digest, whatever it is; the bytes are hashed.
    pub async fn content(&self, digest: &Digest) -> Result<Content, Error> {
        let answer = self.read_manifest(digest.as_str()).await?;
        let (bytes, media_type) = (answer.bytes, answer.content_type);
        let found = Digest::of(digest.algorithm(), &bytes);
        if found == *digest {
            let digest = found;
            return Ok(Content {
                bytes,
                digest,
                media_type,
                replaces: None,
            });
        }
        let message = format!("what the registry holds under {digest} hashes to {found}");
        Err(Error::new(Kind::Corrupt, message))
    }

    /// Stores a manifest under its own digest; true if the registry said that it stored just this.
    pub async fn put_manifest(&self, reference: &str, manifest: &Manifest) -> Result<bool, Error> {
        let content = Content::of(manifest);
        let payload = Payload::Bytes(content.bytes.clone());
        self.put(reference, &content, payload).await
    }

    /// Points a tag to something that is there by digest. Tried once: what an ambiguous answer means must be
    /// looked at before it is sent again.
    pub async fn put_tag(&self, tag: &Tag, content: &Content) -> Result<(), Error> {
        let payload = Payload::Once(content.bytes.clone());
        self.put(tag.as_str(), content, payload).await.map(drop)
    }

    /// Removes a tag, and nothing but the tag.
    pub async fn delete_tag(&self, tag: &Tag) -> Result<(), Error> {
        let url = self.url(&format!("manifests/{tag}"));
        let expected = [200, 202, 204, 404];
        self.send(Method::DELETE, url, Vec::new(), Payload::Empty, &expected)
            .await
            .map(drop)
    }

    async fn put(
        &self,
        reference: &str,
        content: &Content,
        payload: Payload,
    ) -> Result<bool, Error> {
        let url = self.url(&format!("manifests/{reference}"));
        let media_type = &content.media_type;
        let content_type = HeaderValue::from_str(media_type).map_err(|_| {
            let message = format!("the media type {media_type:?} fits in no header");
            Error::new(Kind::InvalidManifest, message)
        })?;
        let mut headers = vec![(CONTENT_TYPE, content_type)];
        let replaces = content.replaces.clone();
        headers.extend(replaces.map(|Version(name)| (IF_MATCH, name)));
        let response = self
            .send(Method::PUT, url, headers, payload, &[200, 201, 202])
            .await?;
        self.0.meter.sent.add(content.bytes.len() as u64);
        let digest = &content.digest;
        let same_algorithm = |stored: &Digest| stored.algorithm() == digest.algorithm();
        match digest_header(&response).filter(same_algorithm) {
            Some(stored) if stored == *digest => Ok(true),
            Some(stored) => {
                let message =
                    format!("the registry says it stored {stored} where {digest} was sent");
                Err(Error::new(Kind::Corrupt, message))
            }
            None => Ok(false),
        }
    }
}

impl Content {
    /// A manifest as it is sent.
    pub fn of(manifest: &Manifest) -> Self {
        Self {
            bytes: manifest.bytes().clone(),
            digest: manifest.digest().clone(),
            media_type: manifest.media_type().to_owned(),
            replaces: None,
        }
    }

    /// The same, to be taken only in place of this version; of any, where the registry has no name for it.
    #[must_use]
    pub fn in_place_of(self, replaces: Option<Version>) -> Self {
        Self { replaces, ..self }
    }

    /// What the bytes hash to.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }
}

fn parse(answer: Answer, digest: Digest) -> Result<(Manifest, Option<Version>), Error> {
    let name = digest.to_string();
    let manifest = Manifest::parse(answer.bytes, digest, &answer.content_type);
    let manifest = manifest.map_err(|error| {
        Error::new(
            Kind::InvalidManifest,
            format!("the manifest {name} can't be mirrored: {error}"),
        )
    })?;
    Ok((manifest, answer.version))
}

fn accept() -> Vec<(HeaderName, HeaderValue)> {
    HeaderValue::from_str(&acceptable())
        .map(|value| (ACCEPT, value))
        .into_iter()
        .collect()
}

fn digest_header(response: &Response) -> Option<Digest> {
    response
        .headers()
        .get(DOCKER_CONTENT_DIGEST)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
