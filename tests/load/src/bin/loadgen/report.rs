//! Results: one line of JSON for programs, a table for people.

use crate::hist::Hist;
use crate::run::Options;

enum Value {
    Text(String),
    Int(u64),
    Float(f64),
    Flag(bool),
    Null,
}

pub(crate) struct Report {
    fields: Vec<(String, Value)>,
}

fn json_string(s: &str) -> String {
    let mut out = String::from("\"");
    for c in s.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// 1234567 as 1,234,567.
fn grouped(v: u64) -> String {
    let digits = v.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

impl Report {
    pub(crate) fn new(workload: &str, o: &Options) -> Report {
        let mut r = Report { fields: Vec::new() };
        r.text("workload", workload);
        r.text("label", &o.label);
        r.text(
            "proto",
            if o.mixed {
                "signalr-mixed"
            } else {
                o.proto.name()
            },
        );
        r
    }

    fn put(&mut self, key: &str, v: Value) {
        self.fields.push((key.to_owned(), v));
    }

    pub(crate) fn text(&mut self, key: &str, v: &str) {
        self.put(key, Value::Text(v.to_owned()));
    }

    pub(crate) fn int(&mut self, key: &str, v: u64) {
        self.put(key, Value::Int(v));
    }

    pub(crate) fn float(&mut self, key: &str, v: f64) {
        self.put(
            key,
            if v.is_finite() {
                Value::Float(v)
            } else {
                Value::Null
            },
        );
    }

    /// A figure that may be unknown.
    pub(crate) fn maybe(&mut self, key: &str, v: Option<f64>) {
        match v {
            Some(v) => self.float(key, v),
            None => self.put(key, Value::Null),
        }
    }

    pub(crate) fn flag(&mut self, key: &str, v: bool) {
        self.put(key, Value::Flag(v));
    }

    /// Quantiles of a histogram of nanoseconds, in microseconds.
    pub(crate) fn latency(&mut self, prefix: &str, h: &Hist) {
        for (name, q) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)] {
            self.float(&format!("{prefix}_{name}_us"), h.quantile(q) as f64 / 1e3);
        }
        self.float(&format!("{prefix}_max_us"), h.max() as f64 / 1e3);
        self.float(&format!("{prefix}_mean_us"), h.mean() / 1e3);
        self.int(&format!("{prefix}_n"), h.count());
    }

    pub(crate) fn json(&self) -> String {
        let parts: Vec<String> = self
            .fields
            .iter()
            .map(|(k, v)| {
                let v = match v {
                    Value::Text(s) => json_string(s),
                    Value::Int(n) => n.to_string(),
                    Value::Float(f) => format!("{f:.3}"),
                    Value::Flag(b) => b.to_string(),
                    Value::Null => "null".to_owned(),
                };
                format!("{}:{v}", json_string(k))
            })
            .collect();
        format!("{{{}}}", parts.join(","))
    }

    pub(crate) fn table(&self) -> String {
        let width = self.fields.iter().map(|(k, _)| k.len()).max().unwrap_or(0);
        let mut out = String::new();
        for (k, v) in &self.fields {
            let v = match v {
                Value::Text(s) if s.is_empty() => continue,
                Value::Text(s) => s.clone(),
                Value::Int(n) => grouped(*n),
                Value::Float(f) if *f >= 10_000.0 => grouped(f.round() as u64),
                Value::Float(f) => format!("{f:.2}"),
                Value::Flag(b) => b.to_string(),
                Value::Null => "-".to_owned(),
            };
            out.push_str(&format!("  {k:<width$}  {v:>16}\n"));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_groups() {
        assert_eq!(json_string("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000a\"");
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn unknown_figures_are_null() {
        let mut r = Report { fields: Vec::new() };
        r.float("a", f64::NAN);
        r.maybe("b", None);
        r.maybe("c", Some(1.0));
        assert_eq!(r.json(), "{\"a\":null,\"b\":null,\"c\":1.000}");
    }
}
