use std::fmt;

use secrecy::SecretString;

/// Who we are at one registry.
#[derive(Clone)]
pub struct Credential {
    /// The account's name.
    pub username: String,
    /// Its password or token.
    pub password: SecretString,
    /// Where the user gave it, for messages: an input's name, or the docker config file.
    pub given_by: String,
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Credential(from {})", self.given_by)
    }
}
