use std::path::{Path, PathBuf};

use crate::context::World;

/// Where a path that the user wrote is for this program.
///
/// A relative one is below the workspace. The runner maps the host's folders into the container, but translates only
/// values that start with one: behind `oci:` a host path arrives as it was written, and is translated here.
pub(super) fn here(world: &World, written: &str) -> PathBuf {
    let path = Path::new(written);
    if path.is_relative() {
        let workspace = world.variable("GITHUB_WORKSPACE").map(Path::new);
        return workspace.map_or_else(|| path.to_owned(), |workspace| workspace.join(path));
    }
    let mapped = mounts(world).into_iter().find_map(|(host, mount)| {
        let rest = path.strip_prefix(host).ok()?;
        Some(mount.join(rest))
    });
    mapped.unwrap_or_else(|| path.to_owned())
}

/// Where temporary files may be written, the best first.
pub(super) fn scratch(world: &World) -> Vec<PathBuf> {
    let temporary = world.variable("RUNNER_TEMP").map(PathBuf::from);
    let workspace = world.variable("GITHUB_WORKSPACE").map(PathBuf::from);
    temporary
        .into_iter()
        .chain([PathBuf::from("/tmp")])
        .chain(workspace)
        .collect()
}

/// The host's folders and where the container has them, the most specific first.
fn mounts(world: &World) -> Vec<(PathBuf, PathBuf)> {
    let Some(base) = world.variable("RUNNER_WORKSPACE").map(Path::new) else {
        return Vec::new();
    };
    let temporary = base.parent().unwrap_or(base).join("_temp");
    let repository = base.file_name().unwrap_or_default();
    let pairs = [
        (temporary.join("_github_home"), "HOME"),
        (temporary, "RUNNER_TEMP"),
        (base.join(repository), "GITHUB_WORKSPACE"),
    ];
    let known = pairs.into_iter().filter_map(|(host, variable)| {
        let mount = PathBuf::from(world.variable(variable)?);
        // Outside a container the variables name the host's own folders.
        (mount != host).then_some((host, mount))
    });
    known.collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::world;
    use super::*;

    const CONTAINER: [(&str, &str); 4] = [
        ("GITHUB_WORKSPACE", "/github/workspace"),
        ("RUNNER_WORKSPACE", "/home/runner/work/truxe"),
        ("RUNNER_TEMP", "/github/runner_temp"),
        ("HOME", "/github/home"),
    ];

    #[track_caller]
    fn assert_is(written: &str, expected: &str) {
        let found = here(&world(&CONTAINER), written);
        assert_eq!(found, Path::new(expected), "{written}");
    }

    #[test]
    fn the_hosts_folders_are_found_where_the_container_has_them() {
        assert_is("dist", "/github/workspace/dist");
        assert_is("./a/../b", "/github/workspace/./a/../b");
        assert_is("/home/runner/work/truxe/truxe", "/github/workspace/");
        assert_is("/home/runner/work/truxe/truxe/d", "/github/workspace/d");
        assert_is("/home/runner/work/_temp/x.tar", "/github/runner_temp/x.tar");
        assert_is("/home/runner/work/_temp/_github_home/x", "/github/home/x");
        assert_is("/home/runner/work/other/x", "/home/runner/work/other/x");
        assert_is("/github/workspace/x", "/github/workspace/x");
    }

    #[test]
    fn outside_a_container_paths_are_what_they_are() {
        let host = [
            ("GITHUB_WORKSPACE", "/w/truxe/truxe"),
            ("RUNNER_WORKSPACE", "/w/truxe"),
        ];
        assert_eq!(
            here(&world(&host), "/w/truxe/truxe/x"),
            Path::new("/w/truxe/truxe/x")
        );
        assert_eq!(here(&world(&host), "x"), Path::new("/w/truxe/truxe/x"));
        assert_eq!(here(&world(&[]), "x"), Path::new("x"));
    }
}
