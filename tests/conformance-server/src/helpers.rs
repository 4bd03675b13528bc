//! Endpoints that help the scenarios along.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use hub_server::HubContext;
use serde::Deserialize;

use crate::hub::ConformanceHub;
use crate::lab::Lab;
use crate::tokens::{self, Wanted};

#[derive(Clone)]
struct Shared {
    lab: Arc<Lab>,
    /// The hub on `/conformance`, from outside.
    hub: HubContext<ConformanceHub>,
}

pub(crate) fn routes(lab: Arc<Lab>, hub: HubContext<ConformanceHub>) -> Router {
    Router::new()
        .route("/token", get(token))
        .route("/generateJwtToken", get(short_token))
        .route("/deployment", get(deployment))
        .route("/journal", get(journal))
        .route("/gate/{name}", post(open_gate))
        .route("/context/all", post(send_to_all))
        .route("/context/client/{id}", post(send_to_client))
        .route("/context/group/{name}", post(send_to_group))
        .route("/context/user/{id}", post(send_to_user))
        .route(
            "/context/groups/{name}",
            post(add_to_group).delete(remove_from_group),
        )
        .route("/ask/{id}", get(ask))
        .with_state(Shared { lab, hub })
}

async fn token(State(shared): State<Shared>, Query(wanted): Query<Wanted>) -> String {
    tokens::issue(&shared.lab.key, wanted)
}

/// The token of the official clients' own tests.
async fn short_token(State(shared): State<Shared>) -> String {
    let wanted = Wanted {
        user: "testuser".into(),
        role: None,
        scope: None,
        lifetime: Some(5),
    };
    tokens::issue(&shared.lab.key, wanted)
}

async fn deployment() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "version": env!("CARGO_PKG_VERSION") }))
}

#[derive(Deserialize)]
struct JournalQuery {
    key: String,
    #[serde(default)]
    count: usize,
    #[serde(default)]
    wait: u64,
}

async fn journal(
    State(shared): State<Shared>,
    Query(query): Query<JournalQuery>,
) -> Json<Vec<String>> {
    let wait = Duration::from_millis(query.wait);
    Json(shared.lab.read(&query.key, query.count, wait).await)
}

async fn open_gate(State(shared): State<Shared>, Path(name): Path<String>) {
    shared.lab.open_gate(&name);
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

async fn send_to_all(State(shared): State<Shared>, Query(Text { text }): Query<Text>) {
    settle(shared.hub.clients().all().send("Message", (text,)).await);
}

async fn send_to_client(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Query(Text { text }): Query<Text>,
) {
    settle(
        shared
            .hub
            .clients()
            .client(id)
            .send("Message", (text,))
            .await,
    );
}

async fn send_to_group(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Query(Text { text }): Query<Text>,
) {
    settle(
        shared
            .hub
            .clients()
            .group(name)
            .send("Message", (text,))
            .await,
    );
}

async fn send_to_user(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Query(Text { text }): Query<Text>,
) {
    settle(shared.hub.clients().user(id).send("Message", (text,)).await);
}

/// Text always has a form, so a send of it cannot fail.
fn settle(result: Result<(), hub_server::SendError>) {
    if let Err(error) = result {
        eprintln!("a send failed: {error}");
    }
}

#[derive(Deserialize)]
struct Member {
    connection: String,
}

async fn add_to_group(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Query(Member { connection }): Query<Member>,
) {
    if let Err(error) = shared.hub.groups().add(connection, name).await {
        eprintln!("joining failed: {error}");
    }
}

async fn remove_from_group(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Query(Member { connection }): Query<Member>,
) {
    if let Err(error) = shared.hub.groups().remove(connection, name).await {
        eprintln!("leaving failed: {error}");
    }
}

#[derive(Deserialize)]
struct Question {
    question: String,
}

async fn ask(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Query(Question { question }): Query<Question>,
) -> String {
    let client = shared.hub.clients().client(id);
    let answer = client.invoke::<String>("Ask", (question,)).await;
    answer.unwrap_or_else(|error| format!("failed: {error}"))
}
