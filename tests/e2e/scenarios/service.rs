//! A job with `services:`: the registry is a container beside ours, and has a name.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use crate::parts::docker::docker;
use crate::parts::{Image, Scene, tools};

#[test]
#[ignore = "needs a Docker Engine, real registries and their tools: run tests/all"]
fn a_service_of_the_job_is_reached_by_its_alias() {
    let scene = Scene::set();
    let image = Image::own(&scene, "truxe/action");
    let service = Service::start(&scene);
    let auth = scene.source.login(&scene.source.password);

    let step = scene
        .step()
        .in_network(&service.network)
        .input("source", &image.reference);
    let step = step
        .input("images", "registry:5000/mirror/action")
        .input("registry-auth", &auth);
    let step = step
        .input("insecure-registries", "registry:5000")
        .run()
        .ended_with(0);

    assert!(
        step.list("published")
            .contains(&"registry:5000/mirror/action:v1.2.3".to_owned()),
        "{step}"
    );
    assert_eq!(step.output("digest"), image.digest);
}

/// Distribution 3 as a container, plain HTTP, in a network of its own.
struct Service {
    network: String,
    image: String,
}

impl Service {
    fn start(scene: &Scene) -> Self {
        let name = format!("github_network_{}", scene.first.port());
        let service = Self {
            image: format!("{name}:service"),
            network: name,
        };
        tools::bytes_of(&mut docker(&["network", "create", &service.network]));
        service.import(scene.folder());
        let run = [
            "run",
            "-d",
            "--rm",
            "--network",
            &service.network,
            "--network-alias",
            "registry",
        ];
        let named = [
            "--name",
            &service.network,
            &service.image,
            "/registry",
            "serve",
            "/config.yml",
        ];
        tools::bytes_of(docker(&run).args(named));
        service.listens();
        service
    }

    #[track_caller]
    fn listens(&self) {
        let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        let address = tools::text_of(&mut docker(&["inspect", "--format", format, &self.network]));
        let listens = |_| {
            sleep(Duration::from_millis(50));
            TcpStream::connect((address.as_str(), 5000)).is_ok()
        };
        assert!(
            (0..200).any(listens),
            "the service does not listen; is its program static?"
        );
    }

    /// An image of the one program, which is static.
    fn import(&self, scratch: &Path) {
        let root = scratch.join("service");
        std::fs::create_dir_all(&root).unwrap();
        std::fs::copy(program("registry"), root.join("registry")).unwrap();
        let config = "version: 0.1\nstorage: {inmemory: {}}\nhttp: {addr: ':5000'}\n";
        std::fs::write(root.join("config.yml"), config).unwrap();
        let script = "tar -cC \"$0\" . | docker import - \"$1\"";
        tools::bytes_of(
            Command::new("sh")
                .args(["-c", script])
                .arg(&root)
                .arg(&self.image),
        );
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        for leftover in [
            ["rm", "-f", &self.network],
            ["rmi", "-f", &self.image],
            ["network", "rm", &self.network],
        ] {
            let _ = docker(&leftover).output();
        }
    }
}

fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is not in PATH; tests/all installs it"))
}
