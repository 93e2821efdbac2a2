use super::scene::Case;
use super::tool::{PEERS, Tool};

/// What is to be measured.
pub(super) struct Options {
    pub(super) images: Vec<String>,
    pub(super) counts: Vec<usize>,
    pub(super) cases: Vec<Case>,
    pub(super) rounds: usize,
    pub(super) tools: Vec<Tool>,
}

impl Options {
    /// `--peers --images big,many,mid --n 1,3,10 --cases cold,unchanged,changed,far,slow --rounds 5`
    pub(super) fn read(arguments: &[String]) -> Self {
        let value = |name: &str, default: &str| {
            let place = arguments.iter().position(|argument| argument == name);
            let value = place.and_then(|place| arguments.get(place + 1));
            let value = value.map_or(default, String::as_str).to_owned();
            value.split(',').map(str::to_owned).collect::<Vec<_>>()
        };
        let number = |text: &String| text.parse().expect("a number");
        let peers = arguments.iter().any(|argument| argument == "--peers");
        let peers = PEERS.into_iter().filter(|peer| peers && peer.is_there());
        Self {
            images: value("--images", "big,many,mid"),
            counts: value("--n", "1,3").iter().map(number).collect(),
            cases: value("--cases", "cold")
                .iter()
                .map(|name| Case::named(name))
                .collect(),
            rounds: number(&value("--rounds", "5")[0]),
            tools: std::iter::once(Tool::Ours).chain(peers).collect(),
        }
    }
}
