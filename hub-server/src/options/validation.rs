//! What is refused before a hub is mounted.

use std::time::Duration;

use super::HubOptions;

impl HubOptions {
    /// Checks that the settings fit each other.
    ///
    /// # Errors
    /// Names the first that does not.
    pub fn validate(&self) -> Result<(), InvalidOptions> {
        if self.client_timeout_interval <= self.keep_alive_interval {
            return Err(InvalidOptions::TimeoutShorterThanInterval {
                timeout: self.client_timeout_interval,
                interval: self.keep_alive_interval,
            });
        }
        if self.protocols.is_empty() {
            return Err(InvalidOptions::NoProtocol);
        }
        Ok(())
    }
}

/// Settings that do not fit each other; found when the hub is mounted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOptions {
    /// Healthy clients would be cut off between two pings.
    #[error(
        "the client timeout interval ({timeout:?}) must be longer than the keep-alive interval \
         ({interval:?}); twice as long is advised"
    )]
    TimeoutShorterThanInterval {
        /// The client timeout interval.
        timeout: Duration,
        /// The keep-alive interval.
        interval: Duration,
    },
    /// No client could talk to the hub.
    #[error("a hub needs at least one protocol")]
    NoProtocol,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_shorter_than_the_interval_is_refused() {
        let options = HubOptions::new()
            .keep_alive_interval(Duration::from_secs(30))
            .client_timeout_interval(Duration::from_secs(30));
        assert!(options.validate().is_err());
        assert_eq!(HubOptions::new().validate(), Ok(()));
    }
}
