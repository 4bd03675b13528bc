//! Typed calls on clients.

use std::sync::{Arc, Mutex};

use hub_client::HubConnection;
use hub_server::{
    ClientProxy, HubCaller, HubContext, HubError, HubService, InvokeError, Many, One, Outside, hub,
    hub_client,
};

use crate::{connection, serve};

#[hub_client]
trait Player {
    async fn r#move(&self, from: &str, to: &str);
    #[hub_client(name = "gameOver")]
    async fn over(&self, winner: Option<u8>);
    async fn ready(&self);
    async fn choose(&self, among: &[String]) -> String;
    #[cfg(any())]
    async fn not_here(&self, argument: DoesNotExist);
}

struct Game;

#[hub(client = Player)]
impl Game {
    async fn play(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
        let everyone: PlayerProxy<Many> = caller.clients().all();
        let again = everyone.clone();
        everyone.ready().await?;
        again.r#move("e2", "e4").await?;
        caller.clients().caller().over(Some(1)).await
    }

    async fn ask(&self, caller: &HubCaller<Self>) -> Result<String, HubError> {
        let player: PlayerProxy<One> = caller.clients().caller();
        player.choose(&["rock".into(), "paper".into()]).await
    }

    /// Ids pass as they are handed out.
    async fn call_by_id(&self, caller: &HubCaller<Self>) -> Result<(), HubError> {
        let me = caller.connection_id();
        caller.groups().of_all().add(me, "players").await?;
        caller.clients().group("players").ready().await?;
        caller.clients().clients([me]).r#move("a1", "a2").await?;
        caller.clients().users(caller.user_id()).over(None).await?;
        caller.clients().client(me).over(Some(2)).await
    }

    async fn ask_by_name(&self, caller: &HubCaller<Self>) -> Result<String, HubError> {
        let player = ClientProxy::from(caller.clients().caller());
        match player.invoke("Choose", (["rock"],)).await {
            Err(InvokeError::Client(_)) => Ok("none".into()),
            answer => Ok(answer?),
        }
    }
}

type Seen = Arc<Mutex<Vec<String>>>;

async fn player() -> (HubConnection, Seen) {
    let client = connection(&serve(Game).await);
    let seen = Seen::default();
    let (ready, moved, over) = (seen.clone(), seen.clone(), seen.clone());
    client.on("Ready", move || note(&ready, "ready".into()));
    client.on("Move", move |from: String, to: String| {
        note(&moved, format!("{from}-{to}"))
    });
    client.on("gameOver", move |winner: Option<u8>| {
        note(&over, format!("{winner:?}"))
    });
    client.start().await.unwrap();
    (client, seen)
}

fn note(seen: &Seen, text: String) -> std::future::Ready<()> {
    seen.lock().unwrap().push(text);
    std::future::ready(())
}

#[tokio::test]
async fn sends_arrive_under_their_wire_names() {
    let (client, seen) = player().await;
    client.invoke::<()>("Play", ()).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), ["ready", "e2-e4", "Some(1)"]);
}

#[tokio::test]
async fn ids_pass_as_they_are_handed_out() {
    let (client, seen) = player().await;
    client.invoke::<()>("CallById", ()).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), ["ready", "a1-a2", "Some(2)"]);
}

#[tokio::test]
async fn a_client_answers() {
    let (client, _) = player().await;
    client.on(
        "Choose",
        |among: Vec<String>| async move { among[1].clone() },
    );
    let chosen = client.invoke::<String>("Ask", ()).await.unwrap();
    assert_eq!(chosen, "paper");
}

#[tokio::test]
async fn a_client_without_an_answer_is_an_error() {
    let (client, _) = player().await;
    let error = client.invoke::<String>("Ask", ()).await.unwrap_err();
    assert!(error.to_string().contains("Ask"), "{error}");
    let chosen = client.invoke::<String>("AskByName", ()).await.unwrap();
    assert_eq!(chosen, "none");
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Outside of a hub, failures are ordinary errors.
async fn start_over(context: &HubContext<Game>, player: &str) -> Result<String, AnyError> {
    context.groups().add(player, "players").await?;
    let everyone: PlayerProxy<Many<Outside>> = context.clients().group("players");
    everyone.ready().await?;
    Ok(context.clients().client(player).choose(&[]).await?)
}

#[tokio::test]
async fn outside_of_a_hub_errors_say_what_happened() {
    let context = HubService::new(Game).context();
    let error = start_over(&context, "nobody").await.unwrap_err();
    let Some(InvokeError::UnknownConnection(player)) = error.downcast_ref() else {
        panic!("{error}");
    };
    assert_eq!(player.as_str(), "nobody");
}
