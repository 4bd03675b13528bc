//! The servers that ours is compared with, one chosen by name for each process.
//!
//! They are what an experienced user of axum writes by hand, no more: no hub protocol, no keep-alive,
//! no limits beyond the library's.

mod broadcast;
mod echo;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;

const USAGE: &str = "\
usage: peers NAME [--listen ADDRESS] [--workers N]

names
  axum-ws            /echo: receives and sends message by message, the library's default buffers
  axum-ws-tuned      the same with read and write buffers of 8 KiB
  axum-ws-broadcast  /broadcast: what comes in goes to everyone there, through a queue for each connection;
                     /broadcast/NAME: the same for each name; buffers of 8 KiB

options (default)
  --listen ADDRESS (127.0.0.1:0)   --workers N (0)   threads of the runtime; 0: the main thread alone
";

/// The size at which axum's `ws` neither holds 128 KiB for each connection nor pays for zeroing it.
const TUNED_BUFFER: usize = 8 * 1024;

struct Arguments {
    name: String,
    listen: SocketAddr,
    workers: usize,
}

fn arguments(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments {
        name: words.next().ok_or("a name is needed")?,
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        workers: 0,
    };
    while let Some(option) = words.next() {
        let value = words.next().ok_or(format!("{option} needs a value"))?;
        let unreadable = || format!("{option}: cannot read '{value}'");
        match option.as_str() {
            "--listen" => arguments.listen = value.parse().map_err(|_| unreadable())?,
            "--workers" => arguments.workers = value.parse().map_err(|_| unreadable())?,
            _ => return Err(format!("unknown option {option}")),
        }
    }
    Ok(arguments)
}

fn router(name: &str) -> Option<Router> {
    match name {
        "axum-ws" => Some(echo::router(|upgrade| upgrade)),
        "axum-ws-tuned" => Some(echo::router(tuned)),
        "axum-ws-broadcast" => Some(broadcast::router(tuned)),
        _ => None,
    }
}

fn tuned(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(TUNED_BUFFER)
        .write_buffer_size(TUNED_BUFFER)
}

async fn serve(listen: SocketAddr, router: Router) -> io::Result<()> {
    use axum::serve::ListenerExt;

    let listener = tokio::net::TcpListener::bind(listen).await?;
    println!("Now listening on: http://{}", listener.local_addr()?);
    io::stdout().flush()?;
    // A connection whose option cannot be set is as good as gone: its first read says so.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, router).await
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let router =
        router(&arguments.name).ok_or_else(|| format!("unknown name '{}'", arguments.name))?;
    let mut builder = match arguments.workers {
        0 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    if arguments.workers > 0 {
        builder.worker_threads(arguments.workers);
    }
    let runtime = builder.enable_all().build().map_err(|e| e.to_string())?;
    runtime
        .block_on(serve(arguments.listen, router))
        .map_err(|e| e.to_string())
}

fn main() -> ExitCode {
    if std::env::args()
        .nth(1)
        .is_some_and(|word| word == "--help" || word == "help")
    {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match arguments(std::env::args().skip(1)).and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error}\n\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}
