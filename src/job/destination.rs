use super::{InputError, Problem};
use crate::oci::{Reference, Repository};

/// A repository the image shall be in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Where that is.
    pub repository: Repository,
    /// Its name as the user wrote it, in lower case as docker/metadata-action puts it out.
    pub image: String,
}

/// The destinations, each of them once.
pub(super) fn read(images: &[String]) -> Result<Vec<Destination>, InputError> {
    let mut destinations: Vec<Destination> = Vec::new();
    for image in images {
        let new = parse(image).map_err(|problem| problem.of("images"))?;
        let same = |old: &&Destination| old.repository == new.repository;
        if let Some(old) = destinations.iter().find(same) {
            let problem = Problem::SameImage {
                first: old.image.clone(),
                second: new.image,
                repository: old.repository.to_string(),
            };
            return Err(problem.of("images"));
        }
        destinations.push(new);
    }
    Ok(destinations)
}

fn parse(text: &str) -> Result<Destination, Problem> {
    let image = text.trim().to_lowercase();
    let reference: Reference = image.parse().map_err(|cause| Problem::Reference {
        value: text.to_owned(),
        cause,
    })?;
    if reference.tag.is_some() || reference.digest.is_some() {
        return Err(Problem::Tagged(text.to_owned()));
    }
    Ok(Destination {
        repository: reference.repository,
        image,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(images: &[&str]) -> String {
        let images: Vec<_> = images.iter().map(|&image| image.to_owned()).collect();
        match read(&images) {
            Ok(destinations) => format!("{:?}", destinations.iter().map(shown).collect::<Vec<_>>()),
            Err(error) => error.to_string(),
        }
    }

    fn shown(destination: &Destination) -> String {
        format!("{} = {}", destination.image, destination.repository)
    }

    #[test]
    fn keeps_the_users_spelling_beside_the_canonical_one() {
        assert_eq!(
            said(&["ghcr.io/Wundam/Truxe-API", "truxeio/truxe"]),
            r#"["ghcr.io/wundam/truxe-api = ghcr.io/wundam/truxe-api", "truxeio/truxe = docker.io/truxeio/truxe"]"#
        );
    }

    #[test]
    fn refuses_what_can_be_no_destination() {
        assert_eq!(
            said(&["truxeio/truxe", "Docker.io/truxeio/truxe"]),
            r#"input `images`: "truxeio/truxe" and "docker.io/truxeio/truxe" are the same repository, docker.io/truxeio/truxe; name it once"#
        );
        let tagged = r#"input `images`: "a/b:v1" carries a tag or a digest; write the name alone, tags come from input `tags`"#;
        assert_eq!(said(&["a/b:v1"]), tagged);
        assert!(said(&["ghcr.io/a//b"]).starts_with(r#"input `images`: "ghcr.io/a//b" can't be"#));
    }
}
