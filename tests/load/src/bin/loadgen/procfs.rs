//! What /proc says of the server under test: CPU time, memory, threads; and of the machine: stolen time.

use std::collections::HashMap;
use std::fs;

/// Linux reports process times in these units on every architecture.
const TICKS_PER_SECOND: f64 = 100.0;

fn stat_fields(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command name may hold spaces and parentheses: fields start after the last ')'.
    let rest = &text[text.rfind(')')? + 2..];
    Some(rest.split_ascii_whitespace().map(str::to_owned).collect())
}

/// `roots` and every process below them.
pub(crate) fn tree(roots: &[u32]) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|n| n.parse::<u32>().ok())
        else {
            continue;
        };
        if let Some(ppid) = stat_fields(pid).and_then(|f| f.get(1)?.parse().ok()) {
            children.entry(ppid).or_default().push(pid);
        }
    }
    let mut all = Vec::new();
    let mut todo = roots.to_vec();
    while let Some(pid) = todo.pop() {
        if !all.contains(&pid) {
            all.push(pid);
            todo.extend(children.get(&pid).into_iter().flatten());
        }
    }
    all
}

/// User plus system CPU seconds of these processes, threads that have ended included.
pub(crate) fn cpu_seconds(pids: &[u32]) -> (f64, f64) {
    let mut sum = (0.0, 0.0);
    for pid in pids {
        if let Some(f) = stat_fields(*pid) {
            let tick = |i: usize| {
                f.get(i).and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0) / TICKS_PER_SECOND
            };
            sum.0 += tick(11);
            sum.1 += tick(12);
        }
    }
    sum
}

#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Memory {
    pub(crate) rss: u64,
    pub(crate) private: u64,
    pub(crate) threads: u64,
}

/// Resident and private bytes of these processes.
pub(crate) fn memory(pids: &[u32]) -> Memory {
    let mut m = Memory::default();
    for pid in pids {
        if let Ok(text) = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) {
            for line in text.lines() {
                let mut words = line.split_ascii_whitespace();
                let (Some(key), Some(kb)) = (
                    words.next(),
                    words.next().and_then(|v| v.parse::<u64>().ok()),
                ) else {
                    continue;
                };
                match key {
                    "Rss:" => m.rss += kb * 1024,
                    "Private_Clean:" | "Private_Dirty:" => m.private += kb * 1024,
                    _ => {}
                }
            }
        }
        m.threads += stat_fields(*pid)
            .and_then(|f| f.get(17)?.parse::<u64>().ok())
            .unwrap_or(0);
    }
    m
}

/// (stolen, all) CPU ticks of the machine since it started.
pub(crate) fn machine_ticks() -> (f64, f64) {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let v: Vec<f64> = first
        .split_ascii_whitespace()
        .skip(1)
        .take(8)
        .filter_map(|x| x.parse().ok())
        .collect();
    (v.get(7).copied().unwrap_or(0.0), v.iter().sum())
}

/// The process that listens on a TCP port, found through its socket's inode.
pub(crate) fn listener(port: u16) -> Option<u32> {
    let mut inode = None;
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        for line in fs::read_to_string(table)
            .unwrap_or_default()
            .lines()
            .skip(1)
        {
            let f: Vec<&str> = line.split_ascii_whitespace().collect();
            if f.len() > 9
                && f[3] == "0A"
                && f[1].rsplit(':').next() == Some(&format!("{port:04X}"))
            {
                inode = Some(f[9].to_owned());
            }
        }
    }
    let want = format!("socket:[{}]", inode?);
    let mut owners: Vec<u32> = fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter_map(|e| e.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| {
            fs::read_dir(format!("/proc/{pid}/fd"))
                .into_iter()
                .flatten()
                .flatten()
                .any(|fd| fs::read_link(fd.path()).is_ok_and(|l| l.as_os_str() == want.as_str()))
        })
        .collect();
    owners.sort_unstable();
    owners.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_this_process() {
        let me = std::process::id();
        let all = tree(&[me]);
        assert_eq!(all[0], me);
        assert!(memory(&all).rss > 100_000);
        assert!(memory(&all).threads >= 1);
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(listener(socket.local_addr().unwrap().port()), Some(me));
        assert!(machine_ticks().1 > 0.0);
    }
}
