use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::blocking::Stop;
use super::extent::Extent;
use super::fault::{absent, corrupt, unreadable};
use super::gzip;
use super::tar::Tar;
use crate::oci::{Form, Store};
use crate::registry::Error;

/// Files by their names: a folder, or a tar file that is read where it is.
#[derive(Clone)]
pub(super) enum Files {
    Folder(PathBuf),
    Tar(Arc<Tar>),
}

impl Files {
    /// Opens a store; a gzipped archive is unpacked into a temporary file without a name.
    pub(super) fn open(store: &Store, stop: &Stop) -> Result<Self, Error> {
        let at = |error| unreadable(&store.path, &error);
        let path = fs::canonicalize(&store.path).map_err(at)?;
        let is_folder = fs::metadata(&path).map_err(at)?.is_dir();
        match (store.form, is_folder) {
            (Form::Layout, true) => Ok(Self::Folder(path)),
            (Form::Layout, false) => Err(corrupt(format!(
                "{} is no folder; an archive is named oci-archive:FILE",
                path.display()
            ))),
            (_, true) => Err(corrupt(format!(
                "{} is a folder; a layout that is no archive is named oci:DIR",
                path.display()
            ))),
            (_, false) => {
                let archive = Extent::whole(open_regular(&path)?).map_err(at)?;
                let archive = gzip::plain(archive, &store.scratch, stop)?;
                Ok(Self::Tar(Arc::new(Tar::read(&archive, stop)?)))
            }
        }
    }

    /// Opens the file of this name, which is never one that the store's author chose.
    pub(super) fn find(&self, name: &str) -> Result<Extent, Error> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                check_link(&path)?;
                Extent::whole(open_regular(&path)?).map_err(|error| unreadable(&path, &error))
            }
            Self::Tar(tar) => tar
                .find(name)
                .ok_or_else(|| absent(format!("there is no {name} in the archive"))),
        }
    }
}

/// A layout is written by strangers: a link in it could lead to any file of this machine.
fn check_link(path: &Path) -> Result<(), Error> {
    let real = fs::canonicalize(path).map_err(|error| unreadable(path, &error))?;
    if real == path {
        return Ok(());
    }
    Err(corrupt(format!(
        "{} is a link, or behind one, which is not followed; copy the layout with cp -rL",
        path.display()
    )))
}

/// Opening a pipe would wait for whoever writes to it.
fn open_regular(path: &Path) -> Result<File, Error> {
    let at = |error| unreadable(path, &error);
    if !fs::metadata(path).map_err(at)?.is_file() {
        return Err(corrupt(format!("{} is no file", path.display())));
    }
    File::open(path).map_err(at)
}
