use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::PathBuf;

use flate2::read::MultiGzDecoder;
use flate2::{Compression, GzBuilder};

use super::blocking::Stop;
use super::extent::Extent;
use super::fault::{corrupt, unwritable};
use crate::oci::{Algorithm, Digest, Hasher};
use crate::registry::Error;

/// How every gzip file starts.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// What an archive may grow to: gzip makes a thousand bytes of one.
const MAX_UNPACKED: u64 = 64 << 30;
const CHUNK: usize = 128 * 1024;

/// The archive itself, or what is in it where it is gzipped.
pub(super) fn plain(archive: Extent, scratch: &[PathBuf], stop: &Stop) -> Result<Extent, Error> {
    let mut start = [0; MAGIC.len()];
    let count = archive.read_at(&mut start, 0).map_err(unpacked)?;
    if count < start.len() || start != MAGIC {
        return Ok(archive);
    }
    let mut file = temporary(scratch)?;
    let mut unpacking = MultiGzDecoder::new(archive.reader());
    let mut writing = |chunk: &[u8]| file.write_all(chunk).map_err(|error| unwritable(&error));
    pump(&mut unpacking, stop, MAX_UNPACKED, &mut writing)?;
    Extent::whole(file).map_err(|error| unwritable(&error))
}

/// A file that is gone with the process that has it open, however that ends.
pub(super) fn temporary(scratch: &[PathBuf]) -> Result<File, Error> {
    let mut fault = io::Error::other("there is no folder for it");
    for folder in scratch {
        match tempfile::tempfile_in(folder) {
            Ok(file) => return Ok(file),
            Err(error) => fault = error,
        }
    }
    Err(unwritable(&fault))
}

/// What was packed: the digest of what went in, and that and the length of what came out.
pub(super) struct Packed {
    pub(super) plain: Digest,
    pub(super) digest: Digest,
    pub(super) length: u64,
}

/// Compresses to where the file stands: the same bytes for the same bytes, whenever and wherever it is done.
pub(super) fn pack(from: &Extent, into: &mut File, stop: &Stop) -> Result<Packed, Error> {
    let mut plain = Algorithm::Sha256.hasher();
    let counted = Counted {
        inner: into,
        hasher: Algorithm::Sha256.hasher(),
        length: 0,
    };
    // Neither name nor time, and an operating system that is always the same.
    let header = GzBuilder::new().mtime(0).operating_system(255);
    let mut packing = header.write(counted, Compression::default());
    pump(&mut from.reader(), stop, u64::MAX, &mut |chunk| {
        plain.update(chunk);
        packing.write_all(chunk).map_err(|error| unwritable(&error))
    })?;
    let counted = packing.finish().map_err(|error| unwritable(&error))?;
    Ok(Packed {
        plain: plain.finish(),
        digest: counted.hasher.finish(),
        length: counted.length,
    })
}

/// The digests of a gzipped extent, and of what is in it.
pub(super) fn digests(from: &Extent, stop: &Stop) -> Result<(Digest, Digest), Error> {
    let mut plain = Algorithm::Sha256.hasher();
    let mut unpacking = MultiGzDecoder::new(from.reader());
    pump(&mut unpacking, stop, MAX_UNPACKED, &mut |chunk| {
        plain.update(chunk);
        Ok(())
    })?;
    Ok((digest(from, stop)?, plain.finish()))
}

/// The digest of an extent.
pub(super) fn digest(from: &Extent, stop: &Stop) -> Result<Digest, Error> {
    let mut hasher = Algorithm::Sha256.hasher();
    pump(&mut from.reader(), stop, u64::MAX, &mut |chunk| {
        hasher.update(chunk);
        Ok(())
    })?;
    Ok(hasher.finish())
}

fn pump(
    from: &mut impl Read,
    stop: &Stop,
    limit: u64,
    take: &mut impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut buffer = vec![0; CHUNK];
    let mut total = 0;
    loop {
        stop.check()?;
        let count = from.read(&mut buffer).map_err(unpacked)?;
        if count == 0 {
            return Ok(());
        }
        total += count as u64;
        if total > limit {
            return Err(corrupt(format!("it unpacks to more than {limit} bytes")));
        }
        take(&buffer[..count])?;
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "used as a function to map errors with"
)]
fn unpacked(error: io::Error) -> Error {
    corrupt(format!("it can't be unpacked: {error}"))
}

/// Where the next bytes of a file go.
pub(super) fn position(file: &mut File) -> Result<u64, Error> {
    file.stream_position().map_err(|error| unwritable(&error))
}

/// Hashes and counts what passes.
struct Counted<'a> {
    inner: &'a mut File,
    hasher: Hasher,
    length: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.length += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
