//! The steps, in the order in which they run: what fails fast comes first.

mod aspnet_signalr;
mod browser;
mod browser_client;
mod cargo_test;
mod clippy;
mod conformance;
mod doc;
mod dotnet_client;
mod fmt;
mod fuzz;
mod java_client;
mod js_client;
mod layers;
mod proxies;
mod python;
mod rfc6455;

use crate::step::Step;

pub(crate) const ALL: &[Step] = &[
    fmt::STEP,
    layers::STEP,
    clippy::STEP,
    doc::STEP,
    cargo_test::STEP,
    fuzz::STEP,
    rfc6455::STEP,
    conformance::STEP,
    js_client::STEP,
    aspnet_signalr::STEP,
    python::STEP,
    browser::STEP,
    browser_client::STEP,
    proxies::STEP,
    java_client::STEP,
    dotnet_client::STEP,
];
