//! The command line.

use std::str::FromStr;

use crate::scenarios::Kind;

pub(crate) const USAGE: &str = "\
usage: compare [options]

Starts each server on one CPU and the load generator on another, measures them in turn, and prints for
each workload a table of what each server does in a second of its CPU time, beside axum's `ws`.
Exits 1 when a server failed or gave a wrong answer; such a server gets no figure.

options (default)
  --hub-server COMMAND  a hub server: a shell command that prints `Now listening on: http://...`; may be
                        given several times (`conformance-server --http 0` beside this program, if there)
  --hub-path PATH       where its benchmark hub is (/bench)
  --reference PROGRAM   the reference, started as `PROGRAM bench PORT`, hub at /hub (none)
  --only LIST           of echo, broadcast, group, idle, separated by commas (all)
  --rounds N (3)        --duration SECONDS (5)   --warmup SECONDS (2)
  --large N (10000)     connections of the larger broadcast and of idle
  --server-cpu N (0)    --generator-cpu N (1)    --no-pin   let the system place both
  --help
";

pub(crate) struct Arguments {
    pub(crate) hub_servers: Vec<String>,
    pub(crate) hub_path: String,
    pub(crate) reference: Option<String>,
    pub(crate) only: Vec<Kind>,
    pub(crate) rounds: usize,
    pub(crate) duration: f64,
    pub(crate) warmup: f64,
    pub(crate) large: usize,
    pub(crate) server_cpu: Option<usize>,
    pub(crate) generator_cpu: Option<usize>,
}

impl Default for Arguments {
    fn default() -> Self {
        Arguments {
            hub_servers: Vec::new(),
            hub_path: "/bench".to_owned(),
            reference: None,
            only: vec![Kind::Echo, Kind::Broadcast, Kind::Group, Kind::Idle],
            rounds: 3,
            duration: 5.0,
            warmup: 2.0,
            large: 10_000,
            server_cpu: Some(0),
            generator_cpu: Some(1),
        }
    }
}

impl Arguments {
    /// `None` when help was asked for.
    pub(crate) fn parse(
        mut words: impl Iterator<Item = String>,
    ) -> Result<Option<Arguments>, String> {
        let mut arguments = Arguments::default();
        while let Some(option) = words.next() {
            match option.as_str() {
                "--help" | "-h" | "help" => return Ok(None),
                "--no-pin" => {
                    arguments.server_cpu = None;
                    arguments.generator_cpu = None;
                }
                _ => {
                    let value = words.next().ok_or(format!("{option} needs a value"))?;
                    arguments.set(&option, value)?;
                }
            }
        }
        if arguments.rounds == 0 || arguments.large == 0 || arguments.duration <= 0.0 {
            return Err("--rounds, --large and --duration must be above 0".to_owned());
        }
        Ok(Some(arguments))
    }

    fn set(&mut self, option: &str, value: String) -> Result<(), String> {
        match option {
            "--hub-server" => self.hub_servers.push(value),
            "--hub-path" => self.hub_path = value,
            "--reference" => self.reference = Some(value),
            "--only" => {
                let names = value.split(',');
                self.only = names
                    .map(|name| read(option, name))
                    .collect::<Result<_, _>>()?;
            }
            "--rounds" => self.rounds = read(option, &value)?,
            "--duration" => self.duration = read(option, &value)?,
            "--warmup" => self.warmup = read(option, &value)?,
            "--large" => self.large = read(option, &value)?,
            "--server-cpu" => self.server_cpu = Some(read(option, &value)?),
            "--generator-cpu" => self.generator_cpu = Some(read(option, &value)?),
            _ => return Err(format!("unknown option {option}")),
        }
        Ok(())
    }
}

fn read<T: FromStr>(option: &str, value: &str) -> Result<T, String> {
    let unreadable = || format!("{option}: cannot read '{value}'");
    value.parse().map_err(|_| unreadable())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Arguments>, String> {
        Arguments::parse(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn options_are_read() {
        let read = parse("--only idle,echo --hub-server a --hub-server b --rounds 1 --no-pin");
        let read = read.unwrap().unwrap();
        assert_eq!(read.only, [Kind::Idle, Kind::Echo]);
        assert_eq!(read.hub_servers, ["a", "b"]);
        assert_eq!(
            (read.rounds, read.server_cpu, read.generator_cpu),
            (1, None, None)
        );
        assert!(parse("--rounds 2 --help").unwrap().is_none());
    }

    #[test]
    fn nonsense_is_refused() {
        for line in [
            "--only storms",
            "--rounds",
            "--rounds 0",
            "--rounds x",
            "--what 1",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
