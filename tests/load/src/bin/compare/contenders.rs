//! Who is measured in a scenario: a server, and the protocol spoken with it.

use std::path::PathBuf;

use crate::arguments::Arguments;
use crate::scenarios::{Kind, Scenario};

pub(crate) struct Contender {
    pub(crate) label: String,
    /// A shell command; `{port}` in it stands for a free port.
    pub(crate) command: String,
    pub(crate) path: String,
    /// As the generator's `--proto` names it.
    pub(crate) protocol: &'static str,
}

/// The contenders that others are divided by, as far as they take part in a scenario.
pub(crate) const BASELINES: [&str; 3] = ["axum-ws-tuned", "axum-ws", "axum-ws-broadcast"];

pub(crate) fn of(scenario: &Scenario, arguments: &Arguments) -> Result<Vec<Contender>, String> {
    let mut contenders = Vec::new();
    for name in peers(scenario.kind) {
        contenders.push(peer(name)?);
    }
    for (label, command) in hub_servers(arguments) {
        add_hub(
            &mut contenders,
            scenario,
            &label,
            &command,
            &arguments.hub_path,
        );
    }
    if let Some(program) = &arguments.reference {
        let command = format!("{} bench {{port}}", quoted(program));
        add_hub(&mut contenders, scenario, "reference", &command, "/hub");
    }
    Ok(contenders)
}

fn peers(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Echo | Kind::Idle => &["axum-ws", "axum-ws-tuned"],
        Kind::Broadcast | Kind::Group => &["axum-ws-broadcast"],
    }
}

fn peer(name: &str) -> Result<Contender, String> {
    let program = sibling("peers")?;
    let path = if name == "axum-ws-broadcast" {
        "/broadcast"
    } else {
        "/echo"
    };
    Ok(Contender {
        label: name.to_owned(),
        command: format!("{} {name}", quoted(&program.display().to_string())),
        path: path.to_owned(),
        protocol: "raw",
    })
}

fn add_hub(
    contenders: &mut Vec<Contender>,
    scenario: &Scenario,
    label: &str,
    command: &str,
    path: &str,
) {
    let mut add = |protocol, name| {
        contenders.push(Contender {
            label: format!("{label}, {name}"),
            command: command.to_owned(),
            path: path.to_owned(),
            protocol,
        });
    };
    add("json", "JSON");
    // What an idle connection holds does not depend on the protocol it once chose.
    if scenario.kind != Kind::Idle {
        add("msgpack", "MessagePack");
    }
}

/// Labels and commands of the hub servers: those given, else the one built beside this program.
fn hub_servers(arguments: &Arguments) -> Vec<(String, String)> {
    if arguments.hub_servers.is_empty() {
        return match sibling("conformance-server") {
            Ok(program) => {
                let program = quoted(&program.display().to_string());
                vec![("hub".to_owned(), format!("{program} --http 0"))]
            }
            Err(_) => Vec::new(),
        };
    }
    let label = |index| match index {
        0 => "hub".to_owned(),
        _ => format!("hub {}", index + 1),
    };
    let commands = arguments.hub_servers.iter().enumerate();
    commands
        .map(|(index, command)| (label(index), command.clone()))
        .collect()
}

/// A program that was built beside this one.
pub(crate) fn sibling(name: &str) -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let path = here.with_file_name(name);
    if path.is_file() {
        return Ok(path);
    }
    Err(format!(
        "{} is missing; build all programs of this package: cargo build --release -p load",
        path.display()
    ))
}

/// One word for the shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
