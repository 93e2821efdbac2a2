use crate::context::World;

const GITHUB: &str = "https://github.com";

/// The one container registry that this run's `github-token` belongs to.
///
/// `ghcr.io` for github.com, `containers.HOST` for GitHub Enterprise, on a server of one's own as at ghe.com.
/// <https://docs.github.com/en/enterprise-server/packages/working-with-a-github-packages-registry/working-with-the-container-registry>
pub(super) fn container_registry(world: &World) -> Option<String> {
    let server = world.variable("GITHUB_SERVER_URL").unwrap_or(GITHUB);
    let (_, rest) = server.split_once("://")?;
    let host = rest.split('/').next()?.to_ascii_lowercase();
    match host.as_str() {
        "" => None,
        "github.com" => Some("ghcr.io".to_owned()),
        host => Some(format!("containers.{host}")),
    }
}

/// Where the image of a repository goes if the user names no image: `ghcr.io/<owner>/<repository>`, lower case.
pub fn default_image(world: &World) -> Option<String> {
    let repository = world.variable("GITHUB_REPOSITORY")?.to_lowercase();
    Some(format!("{}/{repository}", container_registry(world)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::tests::world;

    #[track_caller]
    fn assert_default(env: &[(&str, &str)], expected: Option<&str>) {
        assert_eq!(default_image(&world(env)).as_deref(), expected);
    }

    #[test]
    fn the_default_image_is_where_github_keeps_containers() {
        let repository = ("GITHUB_REPOSITORY", "Wundam/Truxe-API");
        let image = Some("ghcr.io/wundam/truxe-api");
        assert_default(&[], None);
        assert_default(&[repository], image);
        let server = |url| [repository, ("GITHUB_SERVER_URL", url)];
        assert_default(&server("https://github.com"), image);
        assert_default(
            &server("https://octo.ghe.com"),
            Some("containers.octo.ghe.com/wundam/truxe-api"),
        );
        assert_default(
            &server("https://GitHub.example.com/"),
            Some("containers.github.example.com/wundam/truxe-api"),
        );
        assert_default(&server("nonsense"), None);
    }
}
