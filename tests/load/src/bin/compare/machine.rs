//! Where the figures come from: they mean nothing without it.

use std::fs;

/// One line on the machine and on what else it was doing.
pub(crate) fn description() -> String {
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "{cpus} CPUs, {}; Linux {}; load average {load} at the start\n",
        model(),
        kernel.trim()
    )
}

fn model() -> String {
    let cpuinfo = read("/proc/cpuinfo");
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split_once(": "));
    name.map_or("unknown model", |(_, name)| name).to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
