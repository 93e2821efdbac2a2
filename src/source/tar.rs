use std::collections::HashMap;

use tar::{EntryType, Header, PaxExtensions};

use super::blocking::Stop;
use super::extent::Extent;
use super::fault::corrupt;
use crate::registry::Error;

const BLOCK: usize = 512;
/// Real images have some hundreds.
const MAX_ENTRIES: usize = 200_000;
/// What an entry may bring along about itself: names, times, attributes.
const MAX_EXTENSION: u64 = 1024 * 1024;
/// `docker save` of old links from layer to layer.
const MAX_LINKS: usize = 8;

/// What is where in a tar file, read without unpacking it.
///
/// Own walk, because the crate's reads extension headers of any length into memory.
pub(super) struct Tar {
    entries: HashMap<String, Entry>,
}

enum Entry {
    File(Extent),
    Link(String),
}

/// What extension headers say about the entry after them.
#[derive(Default)]
struct Extensions {
    name: Option<String>,
    link: Option<String>,
    size: Option<u64>,
    is_sparse: bool,
}

impl Tar {
    pub(super) fn read(archive: &Extent, stop: &Stop) -> Result<Self, Error> {
        let mut entries = HashMap::new();
        let mut extensions = Extensions::default();
        let mut offset = 0;
        while let Some(header) = header(archive, offset)? {
            stop.check()?;
            offset += BLOCK as u64;
            let written = header.entry_size().map_err(|error| spoiled(&error))?;
            let kind = header.entry_type();
            let is_extension = extends(kind);
            let size = if is_extension { None } else { extensions.size };
            let content = content(archive, offset, size.unwrap_or(written))?;
            if is_extension {
                extensions.take_in(kind, &content)?;
            } else {
                let said = std::mem::take(&mut extensions);
                entries.extend(entry(&header, &content, said));
            }
            if entries.len() > MAX_ENTRIES {
                return Err(corrupt(format!("it has more than {MAX_ENTRIES} entries")));
            }
            offset += content.length.next_multiple_of(BLOCK as u64);
        }
        if entries.is_empty() {
            return Err(corrupt("it is no tar archive, or an empty one"));
        }
        Ok(Self { entries })
    }

    /// The file of this name; links are followed within the archive, and nowhere else.
    pub(super) fn find(&self, name: &str) -> Option<Extent> {
        let mut name = name;
        for _ in 0..=MAX_LINKS {
            match self.entries.get(name)? {
                Entry::File(extent) => return Some(extent.clone()),
                Entry::Link(target) => name = target,
            }
        }
        None
    }
}

/// The header at this offset; `None` at the end.
fn header(archive: &Extent, offset: u64) -> Result<Option<Header>, Error> {
    let mut block = [0; BLOCK];
    let count = archive
        .read_at(&mut block, offset)
        .map_err(|error| spoiled(&error))?;
    if count == 0 || (count == block.len() && block.iter().all(|byte| *byte == 0)) {
        return Ok(None);
    }
    let header = Header::from_byte_slice(&block).clone();
    let sum = header.cksum().ok();
    if count < block.len() || sum != Some(checksum(&block)) {
        return Err(corrupt(format!(
            "it is no tar archive, or spoiled at byte {offset}"
        )));
    }
    Ok(Some(header))
}

/// The sum of all bytes, those of the sum itself taken as spaces.
fn checksum(block: &[u8]) -> u32 {
    let field = 148..156;
    let byte = |(at, byte): (usize, &u8)| {
        if field.contains(&at) {
            32
        } else {
            u32::from(*byte)
        }
    };
    block.iter().enumerate().map(byte).sum()
}

fn content(archive: &Extent, offset: u64, size: u64) -> Result<Extent, Error> {
    if size > archive.length.saturating_sub(offset) {
        return Err(corrupt("the archive was cut: its last entry ends early"));
    }
    Ok(archive.part(offset, size))
}

fn extends(kind: EntryType) -> bool {
    kind.is_gnu_longname()
        || kind.is_gnu_longlink()
        || kind.is_pax_local_extensions()
        || kind.is_pax_global_extensions()
}

impl Extensions {
    fn take_in(&mut self, kind: EntryType, content: &Extent) -> Result<(), Error> {
        let bytes = content.read_all("an extension header", MAX_EXTENSION)?;
        let text = || {
            let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
            String::from_utf8_lossy(text).into_owned()
        };
        if kind.is_gnu_longname() {
            self.name = Some(text());
        } else if kind.is_gnu_longlink() {
            self.link = Some(text());
        } else if kind.is_pax_local_extensions() {
            self.take_records(&bytes)?;
        }
        Ok(())
    }

    fn take_records(&mut self, bytes: &[u8]) -> Result<(), Error> {
        for record in PaxExtensions::new(bytes) {
            let record = record.map_err(|error| spoiled(&error))?;
            let (Ok(key), Ok(value)) = (record.key(), record.value()) else {
                continue;
            };
            match key {
                "path" => self.name = Some(value.to_owned()),
                "linkpath" => self.link = Some(value.to_owned()),
                "size" => {
                    let size = value.parse();
                    self.size = Some(size.map_err(|_| corrupt(format!("a size is {value:?}")))?);
                }
                _ if key.starts_with("GNU.sparse.") => self.is_sparse = true,
                _ => {}
            }
        }
        Ok(())
    }
}

/// A file or a link under its name; folders, devices and files with holes are nothing an image consists of.
fn entry(header: &Header, content: &Extent, said: Extensions) -> Option<(String, Entry)> {
    let kind = header.entry_type();
    let own = String::from_utf8_lossy(&header.path_bytes()).into_owned();
    let name = resolved("", &said.name.unwrap_or(own))?;
    let own = header
        .link_name_bytes()
        .map(|name| String::from_utf8_lossy(&name).into_owned());
    let link = said.link.or(own).unwrap_or_default();
    if said.is_sparse {
        None
    } else if kind.is_file() || kind.is_contiguous() {
        Some((name, Entry::File(content.clone())))
    } else if kind.is_hard_link() {
        Some((name, Entry::Link(resolved("", &link)?)))
    } else if kind.is_symlink() {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let target = resolved(folder, &link)?;
        Some((name, Entry::Link(target)))
    } else {
        None
    }
}

/// A path from a folder of the archive, without `.` and `..`; `None` where it leads out of the archive.
fn resolved(folder: &str, path: &str) -> Option<String> {
    let start = if path.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = start.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn spoiled(error: &std::io::Error) -> Error {
    corrupt(format!("the archive can't be read: {error}"))
}
