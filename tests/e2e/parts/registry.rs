//! Registries that others wrote, as processes of this machine: with TLS, a password, and a folder to look into.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::authority::Authority;
use super::docker::gateway;

const READY_WITHIN: Duration = Duration::from_secs(20);
/// The least bcrypt allows: these passwords guard nothing.
const COST: u32 = 4;

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Debian's docker-registry: CNCF Distribution 2.8.
    Distribution2,
    /// CNCF Distribution 3.
    Distribution3,
}

impl Kind {
    fn program(self) -> &'static str {
        match self {
            Self::Distribution2 => "docker-registry",
            Self::Distribution3 => "registry",
        }
    }
}

pub(crate) struct RealRegistry {
    pub(crate) user: String,
    pub(crate) password: String,
    port: u16,
    folder: PathBuf,
    server: Child,
}

impl RealRegistry {
    pub(crate) fn start(kind: Kind, name: &str, scratch: &Path, authority: &Authority) -> Self {
        let folder = scratch.join(name);
        fs::create_dir_all(folder.join("storage")).unwrap();
        let (user, password) = (
            format!("robot-{name}"),
            format!("pass+of \"{name}\" & $more/{name}="),
        );
        let (certificate, key) = authority.server(&["localhost", "127.0.0.1", gateway()]);
        let line = format!("{user}:{}\n", bcrypt::hash(&password, COST).unwrap());
        let files = [
            ("tls.pem", certificate),
            ("tls.key", key),
            ("htpasswd", line),
            ("config.yml", configuration(&folder)),
        ];
        for (file, content) in files {
            fs::write(folder.join(file), content).unwrap();
        }
        let server = serve(kind, &folder);
        let port = port_of(&folder.join("log"));
        Self {
            user,
            password,
            port,
            folder,
            server,
        }
    }

    /// As containers reach it.
    pub(crate) fn host(&self) -> String {
        format!("{}:{}", gateway(), self.port)
    }

    /// As this machine's own engine reaches it, which asks no certificate of a loopback address.
    pub(crate) fn loopback(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its entry of `registry-auth`.
    pub(crate) fn login(&self, password: &str) -> String {
        self.login_at(&self.host(), password)
    }

    /// The same, where it has another name.
    pub(crate) fn login_at(&self, host: &str, password: &str) -> String {
        format!(
            "- registry: {host}\n  username: {}\n  password: '{password}'\n",
            self.user
        )
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Everything it was ever sent and kept, finished uploads or not.
    pub(crate) fn bytes_held(&self) -> u64 {
        files(&self.folder.join("storage"))
            .iter()
            .filter(|file| file.ends_with("data"))
            .map(|file| length(file))
            .sum()
    }

    pub(crate) fn holds_a_tag(&self) -> bool {
        files(&self.folder.join("storage"))
            .iter()
            .any(|file| file.to_string_lossy().contains("/_manifests/tags/"))
    }
}

impl Drop for RealRegistry {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "version: 0.1\n\
         log: {{level: info}}\n\
         storage: {{filesystem: {{rootdirectory: {folder}/storage}}}}\n\
         http: {{addr: '0.0.0.0:0', secret: e2e, tls: {{certificate: {folder}/tls.pem, key: {folder}/tls.key}}}}\n\
         validation: {{manifests: {{urls: {{allow: ['^https?://']}}}}}}\n\
         auth: {{htpasswd: {{realm: e2e, path: {folder}/htpasswd}}}}\n"
    )
}

fn serve(kind: Kind, folder: &Path) -> Child {
    let log = fs::File::create(folder.join("log")).unwrap();
    let mut server = Command::new(kind.program());
    server
        .arg("serve")
        .arg(folder.join("config.yml"))
        .env("OTEL_TRACES_EXPORTER", "none");
    server
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log);
    server
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}; tests/all installs it", kind.program()))
}

/// It picked its port itself, and says which.
fn port_of(log: &Path) -> u16 {
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        let said = fs::read_to_string(log).unwrap();
        if let Some(port) = said
            .split_once("listening on ")
            .and_then(|(_, address)| port_in(address))
        {
            return port;
        }
        assert!(
            Instant::now() < deadline,
            "the registry does not listen:\n{said}"
        );
        sleep(Duration::from_millis(20));
    }
}

/// Of `[::]:4711, tls…`
fn port_in(address: &str) -> Option<u16> {
    let end = address.find([',', '"', ' ', '\n'])?;
    address[..end].rsplit(':').next()?.parse().ok()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// None that went away meanwhile.
fn length(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |metadata| metadata.len())
}
