/// What a path names.
#[derive(Clone, Copy)]
pub(super) enum Route<'a> {
    Ping,
    Tags {
        repository: &'a str,
    },
    Manifest {
        repository: &'a str,
        reference: &'a str,
    },
    Blob {
        repository: &'a str,
        digest: &'a str,
    },
    Uploads {
        repository: &'a str,
    },
    Upload {
        repository: &'a str,
        id: &'a str,
    },
    Referrers {
        repository: &'a str,
        digest: &'a str,
    },
}

impl<'a> Route<'a> {
    pub(super) fn of(path: &'a str) -> Option<Self> {
        let path = path.strip_prefix("/v2/")?;
        let route = match path {
            "" => Self::Ping,
            path => Self::in_repository(path)?,
        };
        route.repository().is_none_or(is_name).then_some(route)
    }

    fn in_repository(path: &'a str) -> Option<Self> {
        if let Some(repository) = path.strip_suffix("/tags/list") {
            return Some(Self::Tags { repository });
        }
        if let Some(repository) = path.strip_suffix("/blobs/uploads/") {
            return Some(Self::Uploads { repository });
        }
        if let Some(repository) = path.strip_suffix("/blobs/uploads") {
            return Some(Self::Uploads { repository });
        }
        let (rest, last) = path.rsplit_once('/')?;
        let (repository, noun) = rest.rsplit_once('/')?;
        match noun {
            "manifests" => Some(Self::Manifest {
                repository,
                reference: last,
            }),
            "blobs" => Some(Self::Blob {
                repository,
                digest: last,
            }),
            "referrers" => Some(Self::Referrers {
                repository,
                digest: last,
            }),
            "uploads" => Some(Self::Upload {
                repository: repository.strip_suffix("/blobs")?,
                id: last,
            }),
            _ => None,
        }
    }

    pub(super) fn repository(self) -> Option<&'a str> {
        match self {
            Self::Ping => None,
            Self::Tags { repository }
            | Self::Manifest { repository, .. }
            | Self::Blob { repository, .. }
            | Self::Uploads { repository }
            | Self::Upload { repository, .. }
            | Self::Referrers { repository, .. } => Some(repository),
        }
    }
}

/// Whether a repository can be called so.
fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        let inner = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
        let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = part.as_bytes();
        bytes.iter().all(|byte| inner(*byte)) && edge(bytes.first()) && edge(bytes.last())
    };
    name.split('/').all(part)
}

/// Whether a tag can be called so.
pub(super) fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let inner = |byte: u8| word(byte) || byte == b'.' || byte == b'-';
    tag.len() <= 128 && tag.bytes().next().is_some_and(word) && tag.bytes().all(inner)
}
