use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;
use test_registry::{Link, Relay};

use super::image::{FILL, REPOSITORY, VERSIONS};
use super::options::Options;
use super::server::{Authority, Server};
use super::tool::{Cost, Tool};

/// What is special about a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// The destinations are empty.
    Cold,
    /// They hold the image under its tag.
    Unchanged,
    /// They hold the image but for one layer a platform.
    Changed,
    /// Empty, and every registry is 50 ms away.
    Far,
    /// Empty, and one of them takes a tenth of what the others take.
    Slow,
}

const ROUND_TRIP: Duration = Duration::from_millis(50);
/// So wide that it is felt, and yet the registries are not what is measured.
const LINE: u64 = 40_000_000;

impl Case {
    pub(super) fn named(name: &str) -> Self {
        match name {
            "cold" => Self::Cold,
            "unchanged" => Self::Unchanged,
            "changed" => Self::Changed,
            "far" => Self::Far,
            "slow" => Self::Slow,
            _ => panic!("{name:?} is none of cold, unchanged, changed, far, slow"),
        }
    }

    /// The way to each of the registries; without one it is direct.
    fn links(self, count: usize) -> Vec<Option<Link>> {
        let line = |rate| Some(Link::new().rate(rate));
        let way = |place| match self {
            Self::Cold | Self::Unchanged | Self::Changed => None,
            Self::Far => Some(Link::new().latency(ROUND_TRIP / 2)),
            Self::Slow if place == count => line(LINE / 10),
            Self::Slow => line(LINE),
        };
        (0..=count).map(way).collect()
    }
}

/// A source with the image, and destinations.
pub(super) struct Scene {
    case: Case,
    servers: Vec<Server>,
    relays: Vec<Option<Relay>>,
    folder: TempDir,
}

impl Scene {
    pub(super) fn set(image: &str, count: usize, case: Case) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        let scene = Self {
            case,
            servers: (0..=count)
                .map(|place| Server::start(folder.path().join(place.to_string()), &authority))
                .collect(),
            relays: Vec::new(),
            folder,
        };
        authority.write(&scene.trusted());
        let mut fill = Command::new(std::env::current_exe().unwrap());
        let source = scene.servers[0].address().to_string();
        fill.args([FILL, image, &source]);
        let filled = fill.env("SSL_CERT_FILE", scene.trusted()).status().unwrap();
        assert!(filled.success());
        scene.with_ways()
    }

    fn with_ways(mut self) -> Self {
        let links = self.case.links(self.servers.len() - 1).into_iter();
        let ways = links.zip(&self.servers);
        self.relays = ways
            .map(|(link, server)| link.map(|link| Relay::start(server.address(), link)))
            .collect();
        self
    }

    /// The median of each tool's rounds; the tools take turns in each.
    pub(super) fn measure(&self, options: &Options) -> Vec<(Tool, Cost)> {
        let mut costs: Vec<_> = options
            .tools
            .iter()
            .map(|&tool| (tool, Vec::new()))
            .collect();
        for _ in 0..options.rounds {
            for (tool, costs) in &mut costs {
                costs.push(self.round(*tool));
            }
        }
        costs
            .into_iter()
            .map(|(tool, costs)| (tool, median(&costs)))
            .collect()
    }

    fn round(&self, tool: Tool) -> Cost {
        let destinations = &self.servers[1..];
        destinations.iter().for_each(Server::wipe);
        let tag = match self.case {
            Case::Cold | Case::Far | Case::Slow => VERSIONS[0],
            Case::Unchanged => {
                self.copy(tool, VERSIONS[0], VERSIONS[0]);
                VERSIONS[0]
            }
            Case::Changed => {
                self.copy(tool, VERSIONS[0], "latest");
                VERSIONS[1]
            }
        };
        self.servers.iter().for_each(Server::forget_log);
        let to = if self.case == Case::Changed {
            "latest"
        } else {
            tag
        };
        let cost = self.copy(tool, tag, to);
        // An answer is logged a moment after it is sent.
        sleep(Duration::from_millis(100));
        Cost {
            requests: self
                .servers
                .iter()
                .map(|server| server.asked().requests)
                .sum(),
            bytes_read: self.servers[0].asked().bytes_read,
            ..cost
        }
    }

    fn copy(&self, tool: Tool, version: &str, tag: &str) -> Cost {
        let from = format!("{}:{version}", self.repository(0));
        let to: Vec<_> = (1..self.servers.len())
            .map(|place| self.repository(place))
            .collect();
        tool.copy(&self.trusted(), &from, &to, tag)
    }

    fn repository(&self, place: usize) -> String {
        let direct = self.servers[place].address();
        let address = self.relays[place].as_ref().map_or(direct, Relay::address);
        format!("{address}/{REPOSITORY}")
    }

    fn trusted(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

/// Of each figure for itself.
fn median(costs: &[Cost]) -> Cost {
    Cost {
        wall: middle(costs, |cost| cost.wall),
        cpu: middle(costs, |cost| cost.cpu),
        memory: middle(costs, |cost| cost.memory),
        requests: middle(costs, |cost| cost.requests),
        bytes_read: middle(costs, |cost| cost.bytes_read),
    }
}

fn middle<T: Ord + Copy>(costs: &[Cost], figure: impl Fn(&Cost) -> T) -> T {
    let mut figures: Vec<T> = costs.iter().map(figure).collect();
    figures.sort_unstable();
    figures[figures.len() / 2]
}
