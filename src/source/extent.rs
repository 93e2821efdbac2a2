use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;

use super::fault::corrupt;
use crate::registry::{Error, Kind};

/// A part of an open file: all of it, or one entry of an archive.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    pub(super) file: Arc<File>,
    pub(super) start: u64,
    pub(super) length: u64,
}

impl Extent {
    /// A whole file.
    pub(super) fn whole(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self {
            file: Arc::new(file),
            start: 0,
            length,
        })
    }

    /// A part of this part.
    pub(super) fn part(&self, start: u64, length: u64) -> Self {
        Self {
            file: Arc::clone(&self.file),
            start: self.start.saturating_add(start),
            length,
        }
    }

    /// Fills the buffer from an offset on, as far as there are bytes.
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.length.saturating_sub(offset);
        let wanted = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        let mut filled = 0;
        while filled < wanted {
            let at = self.start + offset + filled as u64;
            match self.file.read_at(&mut buffer[filled..wanted], at) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// All of it, if it is no longer than this.
    pub(super) fn read_all(&self, what: &str, limit: u64) -> Result<Bytes, Error> {
        if self.length > limit {
            return Err(corrupt(format!(
                "{what} has {} bytes; more than {limit} are not read",
                self.length
            )));
        }
        let mut bytes = vec![0; usize::try_from(self.length).unwrap_or_default()];
        let count = self
            .read_at(&mut bytes, 0)
            .map_err(|error| Error::new(Kind::Rejected, format!("{what}: {error}")))?;
        if count < bytes.len() {
            return Err(corrupt(format!("{what} ends early")));
        }
        Ok(bytes.into())
    }

    /// Reads it from start to end.
    pub(super) fn reader(&self) -> ExtentReader {
        ExtentReader {
            extent: self.clone(),
            offset: 0,
        }
    }
}

/// Reads an extent from start to end.
pub(super) struct ExtentReader {
    extent: Extent,
    offset: u64,
}

impl Read for ExtentReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.extent.read_at(buffer, self.offset)?;
        self.offset += count as u64;
        Ok(count)
    }
}
