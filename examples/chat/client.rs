//! The chat's Rust client: handlers, a call, a stream and an answer.

use hub_client::HubConnection;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "http://127.0.0.1:5000".into());
    let connection = HubConnection::builder(format!("{server}/chat"))
        .automatic_reconnect()
        .build()?;
    connection.on("ReceiveMessage", |user: String, text: String| async move {
        println!("{user}: {text}");
    });
    connection.on("Confirm", |question: String| async move {
        println!("{question} Yes.");
        true
    });
    connection.start().await?;

    let sum: i64 = connection.invoke("Add", (1, 2)).await?;
    println!("1 + 2 = {sum}");
    let mut ticks = connection.stream::<u32>("Counter", (0, 3)).await?;
    while let Some(tick) = ticks.next().await {
        println!("tick {}", tick?);
    }
    connection
        .invoke::<()>("SendMessage", ("lobby", "hello"))
        .await?;
    let left: bool = connection.invoke("Leave", ("lobby",)).await?;
    println!("left the lobby: {left}");
    connection.stop().await;
    Ok(())
}
