use http::header::{HeaderMap, WWW_AUTHENTICATE};
use http_auth::parser::ChallengeParser;
use url::{Host, Url};

/// How a registry wants to be told who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// Name and password with each request.
    Basic,
    /// A token from a token server.
    /// <https://distribution.github.io/distribution/spec/auth/token/>
    Bearer {
        realm: String,
        service: Option<String>,
        scope: Option<String>,
    },
}

impl Challenge {
    /// The best challenge of a 401: tokens rather than passwords, of all headers and all challenges in each.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(WWW_AUTHENTICATE).iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        let challenges = texts.flat_map(|text| ChallengeParser::new(text).map_while(Result::ok));
        let known: Vec<_> = challenges
            .filter_map(|challenge| Self::known(&challenge))
            .collect();
        let bearer = known.iter().find(|challenge| **challenge != Self::Basic);
        bearer.or_else(|| known.first()).cloned()
    }

    fn known(challenge: &http_auth::ChallengeRef<'_>) -> Option<Self> {
        let parameter = |name: &str| {
            let mut all = challenge.params.iter();
            all.find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.to_unescaped())
        };
        if challenge.scheme.eq_ignore_ascii_case("basic") {
            Some(Self::Basic)
        } else if challenge.scheme.eq_ignore_ascii_case("bearer") {
            let realm = parameter("realm")?;
            Some(Self::Bearer {
                realm,
                service: parameter("service"),
                scope: parameter("scope"),
            })
        } else {
            None
        }
    }
}

/// The token server's address, if a registry may send us there with its credentials.
///
/// A registry that was taken over must not be able to send a password elsewhere, nor us into a private network:
/// TLS as the registry itself, no user or fragment, and a host of the registry's own site
/// (GHSA-xf85-363p-868w, GHSA-3p65-76g6-3w7r).
pub(super) fn token_server(registry: &Url, realm: &str) -> Result<Url, String> {
    let url = Url::parse(realm).map_err(|error| format!("{realm:?} is no URL: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(format!("{realm:?} has a user or a fragment"));
    }
    let secure_enough =
        url.scheme() == "https" || (url.scheme() == "http" && registry.scheme() == "http");
    if !secure_enough {
        return Err(format!("{realm:?} is not a https address"));
    }
    match (registry.host(), url.host()) {
        (Some(own), Some(other)) if own == other => Ok(url),
        (Some(Host::Domain(own)), Some(Host::Domain(other))) if same_site(own, other) => Ok(url),
        _ => Err(format!("{realm:?} is not of the registry's own site")),
    }
}

/// Domains below which each name has an owner of its own, though they are no top-level domains.
const SHARED: [[&str; 2]; 4] = [
    ["io", "azurecr"],
    ["com", "ghe"],
    ["io", "jfrog"],
    ["dev", "pkg"],
];

/// Whether two host names share the part that one owner holds: two labels, three under endings like `co.uk`.
fn same_site(a: &str, b: &str) -> bool {
    let site = |host: &str| {
        let labels: Vec<_> = host
            .trim_end_matches('.')
            .rsplit('.')
            .map(str::to_ascii_lowercase)
            .collect();
        let second_level_ending = labels.len() > 2 && labels[0].len() == 2 && labels[1].len() <= 3;
        let shared = SHARED
            .iter()
            .any(|domain| labels.starts_with(&domain.map(str::to_owned)));
        let held = if second_level_ending || shared { 3 } else { 2 };
        (labels.len() >= held).then(|| labels[..held].to_vec())
    };
    site(a).is_some() && site(a) == site(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        }
        Challenge::read(&headers)
    }

    #[test]
    fn finds_the_best_of_several_challenges() {
        let bearer = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#;
        let expected = Challenge::Bearer {
            realm: "https://auth.docker.io/token".into(),
            service: Some("registry.docker.io".into()),
            scope: Some("repository:a/b:pull,push".into()),
        };
        for values in [
            vec![bearer],
            vec!["Negotiate", bearer],
            vec![r#"Basic realm="x""#, bearer],
            vec![&*format!(r#"Basic realm="x", {bearer}"#)],
        ] {
            assert_eq!(read(&values).as_ref(), Some(&expected), "{values:?}");
        }
        assert_eq!(
            read(&["Negotiate", r#"basic realm="x""#]),
            Some(Challenge::Basic)
        );
        assert_eq!(read(&["Digest realm=\"x\""]), None);
        assert_eq!(read(&["Bearer service=\"no realm\""]), None);
    }

    #[test]
    fn follows_only_to_the_registrys_own_site() {
        for (registry, realm) in [
            (
                "https://registry-1.docker.io",
                "https://auth.docker.io/token",
            ),
            ("https://ghcr.io", "https://ghcr.io/token"),
            ("https://registry.gitlab.com", "https://gitlab.com/jwt/auth"),
            (
                "https://registry.example.co.uk",
                "https://auth.example.co.uk/t",
            ),
            (
                "https://containers.octo.ghe.com",
                "https://octo.ghe.com/token",
            ),
            (
                "https://mine.azurecr.io",
                "https://mine.azurecr.io/oauth2/token",
            ),
            ("https://127.0.0.1:5000", "https://127.0.0.1:5001/auth"),
            ("http://localhost:5000", "http://localhost:5000/token"),
        ] {
            assert!(
                token_server(&registry.parse().unwrap(), realm).is_ok(),
                "{registry} {realm}"
            );
        }
        for (registry, realm) in [
            ("https://ghcr.io", "http://ghcr.io/token"),
            ("https://ghcr.io", "https://evil.example/token"),
            ("https://ghcr.io", "https://user@ghcr.io/token"),
            ("https://ghcr.io", "https://ghcr.io/token#x"),
            ("https://ghcr.io", "https://169.254.169.254/latest"),
            ("https://ghcr.io", "https://127.0.0.1/token"),
            ("https://ghcr.io", "https://[::ffff:127.0.0.1]/token"),
            ("https://a.co.uk", "https://b.co.uk/token"),
            ("https://mine.azurecr.io", "https://yours.azurecr.io/token"),
            ("https://mine.jfrog.io", "https://jfrog.io/token"),
            ("https://127.0.0.1", "https://127.0.0.2/token"),
            ("https://ghcr.io", "file:///etc/passwd"),
            ("https://ghcr.io", "token"),
        ] {
            assert!(
                token_server(&registry.parse().unwrap(), realm).is_err(),
                "{registry} {realm}"
            );
        }
    }
}
