use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

/// The family of media types an image is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flavour {
    /// OCI.
    #[default]
    Oci,
    /// Docker schema 2 and manifest lists.
    Docker,
}

impl Flavour {
    pub(super) fn index(self) -> &'static str {
        match self {
            Self::Oci => "application/vnd.oci.image.index.v1+json",
            Self::Docker => "application/vnd.docker.distribution.manifest.list.v2+json",
        }
    }

    pub(super) fn manifest(self) -> &'static str {
        match self {
            Self::Oci => "application/vnd.oci.image.manifest.v1+json",
            Self::Docker => "application/vnd.docker.distribution.manifest.v2+json",
        }
    }

    pub(super) fn config(self) -> &'static str {
        match self {
            Self::Oci => "application/vnd.oci.image.config.v1+json",
            Self::Docker => "application/vnd.docker.container.image.v1+json",
        }
    }
}

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Indented by three spaces, as Docker does it.
    #[default]
    Indented,
    /// No white space at all.
    Compact,
    /// Tabs, CR LF, a field no one knows, white space at the end: nothing that survives being written anew.
    Odd,
}

impl Style {
    pub(super) fn write(self, value: &Value) -> Bytes {
        match self {
            Self::Compact => value.to_string().into(),
            Self::Indented => indented(value, b"   ").into(),
            Self::Odd => {
                let mut value = value.clone();
                value["x-odd"] = serde_json::json!({"é": [1.0, 1e300, "\u{7f}</x>"]});
                let text = indented(&value, b"\t").replace('\n', "\r\n");
                format!("\r\n{text} \t\n").into()
            }
        }
    }
}

fn indented(value: &Value, indent: &[u8]) -> String {
    let mut bytes = Vec::new();
    let formatter = PrettyFormatter::with_indent(indent);
    let mut serializer = Serializer::with_formatter(&mut bytes, formatter);
    value
        .serialize(&mut serializer)
        .expect("a value can be written");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}
