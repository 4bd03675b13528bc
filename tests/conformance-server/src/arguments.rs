//! `--http PORT --https PORT`.

const USAGE: &str = "usage: [--http PORT] [--https PORT], port 0 for a free one";

/// What the command line says.
pub(crate) struct Arguments {
    /// The port for plain HTTP; 0 for a free one.
    pub(crate) http: u16,
    /// The port for TLS; 0 for a free one.
    pub(crate) https: u16,
}

pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments { http: 0, https: 0 };
    let mut words = words;
    while let Some(word) = words.next() {
        let mut port = || {
            let value = words.next().ok_or(format!("{word} needs a port"))?;
            value.parse().map_err(|_| format!("{value} is no port"))
        };
        match word.as_str() {
            "--http" => arguments.http = port()?,
            "--https" => arguments.https = port()?,
            _ => return Err(format!("unknown argument {word}; {USAGE}")),
        }
    }
    Ok(arguments)
}
