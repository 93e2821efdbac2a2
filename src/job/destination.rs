use super::{InputError, Problem};
use crate::oci::{Reference, Repository, Tag};
use crate::tags::{Image, Name, TagSet};

/// A repository the image shall be in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Where that is.
    pub repository: Repository,
    /// Its name as the user wrote it, in lower case as docker/metadata-action puts it out.
    pub image: String,
    /// The tags it is to get; empty where it is to get all.
    only: Vec<Tag>,
}

/// The destinations, each of them once.
pub(super) fn read(images: &[Image]) -> Result<Vec<Destination>, InputError> {
    let mut destinations: Vec<Destination> = Vec::new();
    for image in images {
        let new = parse(image).map_err(|problem| problem.of("images"))?;
        let same = |old: &&mut Destination| old.repository == new.repository;
        match destinations.iter_mut().find(same) {
            // One line a tag, as the outputs have them.
            Some(old) if !old.only.is_empty() && !new.only.is_empty() => old.only.extend(new.only),
            Some(old) => {
                let problem = Problem::SameImage {
                    first: old.image.clone(),
                    second: new.image,
                    repository: old.repository.to_string(),
                };
                return Err(problem.of("images"));
            }
            None => destinations.push(new),
        }
    }
    Ok(destinations)
}

fn parse(image: &Image) -> Result<Destination, Problem> {
    let name = &image.name;
    let reference: Reference = name.parse().map_err(|cause| Problem::Reference {
        value: name.clone(),
        cause,
    })?;
    if reference.tag.is_some() || reference.digest.is_some() {
        return Err(Problem::Tagged(name.clone()));
    }
    Ok(Destination {
        repository: reference.repository,
        image: name.clone(),
        only: image.tag.iter().cloned().collect(),
    })
}

impl Destination {
    /// Which of a run's tags it is to get.
    pub fn tags(&self, tags: &TagSet) -> Vec<Tag> {
        let is_wanted = |name: &&Name| self.only.is_empty() || self.only.contains(&name.tag);
        let names = tags.names().iter().filter(is_wanted);
        names.map(|name| name.tag.clone()).collect()
    }

    /// A tag that is asked for and that the rules do not give would never arrive.
    pub fn check_tags(&self, tags: &TagSet) -> Result<(), InputError> {
        let there = || tags.names().iter().map(|name| &name.tag);
        let is_missing = |tag: &&Tag| !there().any(|known| known == *tag);
        let Some(missing) = self.only.iter().find(is_missing) else {
            return Ok(());
        };
        let problem = Problem::NoSuchTag {
            image: self.image.clone(),
            tag: missing.to_string(),
            there: there().map(ToString::to_string).collect(),
        };
        Err(problem.of("images"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(images: &[&str]) -> String {
        let images: Vec<_> = images.iter().map(|image| Image::named(image, 1)).collect();
        match read(&images) {
            Ok(destinations) => format!("{:?}", destinations.iter().map(shown).collect::<Vec<_>>()),
            Err(error) => error.to_string(),
        }
    }

    fn shown(destination: &Destination) -> String {
        let Destination {
            repository,
            image,
            only,
        } = destination;
        let tags: Vec<_> = only.iter().map(Tag::as_str).collect();
        format!("{image} = {repository} {}", tags.join(" "))
            .trim_end()
            .to_owned()
    }

    #[test]
    fn keeps_the_users_spelling_beside_the_canonical_one() {
        assert_eq!(
            said(&["ghcr.io/Wundam/Truxe-API", "truxeio/truxe"]),
            r#"["ghcr.io/wundam/truxe-api = ghcr.io/wundam/truxe-api", "truxeio/truxe = docker.io/truxeio/truxe"]"#
        );
    }

    #[test]
    fn takes_lines_with_a_tag_as_the_outputs_have_them() {
        assert_eq!(
            said(&["docker.io/a/b:v1", "ghcr.io/a/b:V2", "a/b:v1.2"]),
            r#"["docker.io/a/b = docker.io/a/b v1 v1.2", "ghcr.io/a/b = ghcr.io/a/b V2"]"#
        );
    }

    #[test]
    fn refuses_what_can_be_no_destination() {
        assert_eq!(
            said(&["truxeio/truxe", "Docker.io/truxeio/truxe"]),
            r#"input `images`: "truxeio/truxe" and "docker.io/truxeio/truxe" are the same repository, docker.io/truxeio/truxe; name it once"#
        );
        let digest = format!("a/b@sha256:{}", "a".repeat(64));
        assert!(
            said(&[&digest])
                .ends_with("carries a digest; write the name alone, or with one of the tags")
        );
        assert!(
            said(&["a/b", "a/b:v1"])
                .ends_with("are the same repository, docker.io/a/b; name it once")
        );
        assert!(said(&["ghcr.io/a//b"]).starts_with(r#"input `images`: "ghcr.io/a//b" can't be"#));
    }
}
