use std::time::Duration;

/// How long to wait and how often to try; tests use milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// For a connection, name look-up and TLS included.
    pub connect: Duration,
    /// For the head of an answer, once the request is sent.
    pub answer: Duration,
    /// For the answer to an upload: registries hash and store the blob before they answer.
    pub store: Duration,
    /// A body of which nothing came or went for this long stands still.
    pub stall: Duration,
    /// Tries in all, the first one included.
    pub attempts: u32,
    /// Before the second try; doubled before each further one.
    pub first_delay: Duration,
    /// The longest of our own delays.
    pub longest_delay: Duration,
    /// The longest delay a registry may ask for; what asks for more is given up at once.
    pub longest_wait: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            answer: Duration::from_mins(1),
            store: Duration::from_mins(10),
            stall: Duration::from_mins(1),
            attempts: 6,
            first_delay: Duration::from_secs(1),
            longest_delay: Duration::from_secs(30),
            longest_wait: Duration::from_mins(5),
        }
    }
}
