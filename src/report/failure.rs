use std::fmt;

/// Which end of the copy something went wrong at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Where the image is read.
    Source,
    /// Where it is written.
    Destination,
}

/// Something that went wrong, in the words of the person who will read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which end.
    pub side: Side,
    /// Which image there: `docker.io/truxeio/truxe`.
    pub place: String,
    /// What was being done: `moving tag v1.2.3`.
    pub step: String,
    /// What happened; may quote the registry, so it is not to be trusted.
    pub cause: String,
    /// What to do about it, where we know.
    pub remedy: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Source => "source",
            Side::Destination => "destination",
        };
        write!(
            formatter,
            "{side} {}: {}: {}",
            self.place, self.step, self.cause
        )?;
        match &self.remedy {
            Some(remedy) => write!(formatter, ". {remedy}"),
            None => Ok(()),
        }
    }
}
