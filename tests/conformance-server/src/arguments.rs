//! `--http PORT`.

/// What the command line says.
pub(crate) struct Arguments {
    /// The port for plain HTTP; 0 for a free one.
    pub(crate) http: u16,
}

pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments { http: 0 };
    let mut words = words;
    while let Some(word) = words.next() {
        let mut port = || {
            let value = words.next().ok_or(format!("{word} needs a port"))?;
            value.parse().map_err(|_| format!("{value} is no port"))
        };
        match word.as_str() {
            "--http" => arguments.http = port()?,
            _ => return Err(format!("unknown argument {word}; usage: --http PORT")),
        }
    }
    Ok(arguments)
}
