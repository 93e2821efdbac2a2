/// What a registry may lack: `builder().without(Capability::Mount)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capability {
    /// The referrers API: 404, and no `OCI-Subject`.
    Referrers,
    /// The `artifactType` filter of the referrers API: everything is listed, `OCI-Filters-Applied` is not sent.
    ReferrersFilter,
    /// Mounting: every mount is answered 202 with an upload session.
    Mount,
    /// `Location` in the answer to a manifest PUT.
    Location,
    /// `Docker-Content-Digest` on manifests and blobs.
    DigestHeader,
    /// `PUT manifests/<digest>?tag=`: the parameter is ignored, `OCI-Tag` is not sent.
    TagParameter,
    /// Ranged GETs: the whole blob is answered with 200.
    Range,
    /// HEAD of blobs: 405.
    HeadBlob,
    /// HEAD of manifests: 405.
    HeadManifest,
    /// `POST uploads?digest=`: answered 202 with a session, the body is forgotten.
    SinglePost,
    /// PATCH: 405, as at Google's Artifact Registry.
    Chunks,
    /// GET of an upload session: 405.
    UploadStatus,
    /// DELETE of an upload session: 405.
    UploadCancel,
    /// Sessions that outlive a broken request: they are gone.
    Resume,
    /// DELETE of manifests, tags and blobs: 405.
    Delete,
}

/// How a registry refuses to put a tag that exists, even with the same digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Immutable {
    /// 403 `DENIED`.
    DockerHub,
    /// 400 `TAG_INVALID`.
    Ecr,
    /// 412 `PRECONDITION`.
    Harbor,
}

impl Immutable {
    pub(crate) fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::DockerHub => (
                403,
                "DENIED",
                "this tag is immutable and can't be overwritten",
            ),
            Self::Ecr => (
                400,
                "TAG_INVALID",
                "the tag already exists in the repository and cannot be overwritten because the repository is immutable",
            ),
            Self::Harbor => (
                412,
                "PRECONDITION",
                "configured as immutable, cannot be updated",
            ),
        }
    }
}

/// How a registry refuses a blob once its quota is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// 403 `DENIED`, naming the quota.
    Harbor,
    /// 413 `SIZE_INVALID`.
    TooLarge,
    /// 500 `UNKNOWN`, as Distribution on a full disk.
    DiskFull,
    /// 507 with a plain text.
    InsufficientStorage,
}

impl Full {
    pub(crate) fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::Harbor => (
                403,
                "DENIED",
                "adding 1.0 MiB of storage resource, which when updated to current usage of 1.0 GiB will exceed the configured upper limit of 1.0 GiB",
            ),
            Self::TooLarge => (413, "SIZE_INVALID", "the blob is larger than what is left"),
            Self::DiskFull => (500, "UNKNOWN", "write: no space left on device"),
            Self::InsufficientStorage => (507, "UNKNOWN", "insufficient storage"),
        }
    }
}

/// What `Location` of an upload session looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UploadLocation {
    /// `http://HOST/v2/...`, as most.
    Absolute,
    /// `/v2/...`.
    Relative,
    /// On the registry's second origin, which refuses requests that carry `Authorization`.
    Foreign,
}

/// What a registry does though it need not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Oddity {
    /// `ETag` on manifests, and `If-Match` is heeded.
    EntityTags,
    /// Takes manifests whose blobs or children are missing.
    Lenient,
    /// Sends `OCI-Subject` without having the referrers API.
    ClaimsSubject,
    /// Answers `/v2/` with 200 and no challenge.
    OpenPing,
    /// Redirects GETs of blobs to the second origin.
    RedirectsBlobs,
    /// Hashes and counts uploaded blobs, and throws their bytes away.
    DiscardsBlobs,
}
