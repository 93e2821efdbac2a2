use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

const READY_WITHIN: Duration = Duration::from_secs(20);

/// The one authority that all tools are told to trust.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "bench authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(super) fn write(&self, file: &Path) {
        fs::write(file, self.0.pem()).unwrap();
    }
}

/// Debian's docker-registry over TLS, which logs every request.
pub(super) struct Server {
    address: SocketAddr,
    folder: PathBuf,
    process: Child,
}

/// What a server was asked.
#[derive(Clone, Copy, Default)]
pub(super) struct Asked {
    pub(super) requests: u64,
    pub(super) bytes_read: u64,
}

impl Server {
    pub(super) fn start(folder: PathBuf, authority: &Authority) -> Self {
        fs::create_dir_all(&folder).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = names.signed_by(&key, &authority.0).unwrap();
        let address = free_address();
        let files = [
            ("tls.pem", certificate.pem()),
            ("tls.key", key.serialize_pem()),
            ("config.yml", configuration(&folder, address)),
        ];
        for (file, content) in files {
            fs::write(folder.join(file), content).unwrap();
        }
        let mut command = Command::new("docker-registry");
        let log = File::create(folder.join("log")).unwrap();
        let command = command.arg("serve").arg(folder.join("config.yml"));
        let process = command
            .stdout(log)
            .stderr(Stdio::null())
            .spawn()
            .expect("docker-registry is installed");
        wait_for(address);
        Self {
            address,
            folder,
            process,
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn wipe(&self) {
        let _ = fs::remove_dir_all(self.folder.join("storage/docker"));
    }

    pub(super) fn forget_log(&self) {
        let log = File::options().write(true).open(self.folder.join("log"));
        log.unwrap().set_len(0).unwrap();
    }

    /// What it was asked since its log was forgotten.
    pub(super) fn asked(&self) -> Asked {
        let log = fs::read(self.folder.join("log")).unwrap();
        let log = String::from_utf8_lossy(&log);
        let answers = log.lines().filter_map(answer);
        answers.fold(Asked::default(), |sum, bytes| Asked {
            requests: sum.requests + 1,
            bytes_read: sum.bytes_read + bytes,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The bytes of the answer in `… "GET /v2/… HTTP/1.1" 200 1234 "" "…"`.
fn answer(line: &str) -> Option<u64> {
    let (_, rest) = line.split_once(" HTTP/")?;
    let (_, rest) = rest.split_once("\" ")?;
    let bytes = rest.split(' ').nth(1)?.parse().unwrap_or_default();
    Some(if line.contains("\"GET ") { bytes } else { 0 })
}

fn configuration(folder: &Path, address: SocketAddr) -> String {
    let folder = folder.display();
    format!(
        "version: 0.1\n\
         log: {{level: error}}\n\
         storage: {{filesystem: {{rootdirectory: {folder}/storage}}}}\n\
         http: {{addr: '{address}', secret: bench, tls: {{certificate: {folder}/tls.pem, key: {folder}/tls.key}}}}\n"
    )
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

fn wait_for(address: SocketAddr) {
    let deadline = Instant::now() + READY_WITHIN;
    while TcpStream::connect(address).is_err() {
        assert!(Instant::now() < deadline, "the registry does not listen");
        sleep(Duration::from_millis(20));
    }
}
