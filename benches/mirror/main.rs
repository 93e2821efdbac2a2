//! What a mirror costs, ours and that of other tools, between real registries: `cargo bench --bench mirror -- --peers`.
//!
//! Only the client process is measured. docker-registry must be on PATH, and with `--peers` whatever there is of
//! crane, oras, regctl and skopeo is measured in turn.

// A bench that can't have its registries shall fail at once, and its table is its output.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used
)]

mod image;
mod options;
mod scene;
mod server;
mod table;
mod tool;

use options::Options;
use scene::Scene;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, name, host] = &arguments[..]
        && command == image::FILL
    {
        return image::fill(name, host);
    }
    let options = Options::read(&arguments);
    println!("{}", table::HEAD);
    for name in &options.images {
        for &count in &options.counts {
            for &case in &options.cases {
                let scene = Scene::set(name, count, case);
                let costs = scene.measure(&options);
                println!("{}", table::rows(name, count, case, &costs));
            }
        }
    }
}
