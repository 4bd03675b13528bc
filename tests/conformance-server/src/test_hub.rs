//! The hub of the official clients' own tests.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use futures_util::stream::{self, BoxStream, StreamExt};
use hub_server::{
    AnyClient, CancellationToken, Hub, HubCaller, HubContext, HubError, HubMethods, HubOptions,
    HubRouterExt, HubService, StreamArg, Timestamp, TransportKind,
};
use serde::{Deserialize, Serialize};

use crate::hub::InvalidOperationException;
use crate::values::{ByteArray, Guid};

struct TestHub;

type Caller = HubCaller<TestHub>;

pub(crate) fn mount(router: Router) -> Router {
    let service = HubService::with_options(TestHub, HubOptions::new().detailed_errors(true));
    let context = service.context();
    let without_websockets = service
        .clone()
        .transports([TransportKind::ServerSentEvents, TransportKind::LongPolling]);
    router
        .hub("/testhub", service)
        .hub("/testhub-nowebsockets", without_websockets)
        .route(
            "/clientresult/{id}",
            get(move |Path(id): Path<String>| client_result(context, id)),
        )
}

async fn client_result(context: HubContext<TestHub>, id: String) -> String {
    let client = context.clients().client(id);
    match client.invoke::<i32>("Result", ()).await {
        Ok(number) => number.to_string(),
        Err(error) => error.to_string(),
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CustomObject {
    #[serde(alias = "name")]
    name: String,
    #[serde(alias = "value")]
    value: i32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ComplexObject {
    #[serde(alias = "string")]
    string: String,
    #[serde(alias = "intArray")]
    int_array: Vec<i32>,
    #[serde(alias = "byteArray")]
    byte_array: ByteArray,
    #[serde(alias = "guid")]
    guid: Guid,
    #[serde(alias = "dateTime")]
    date_time: Timestamp,
}

impl Hub for TestHub {
    type Client = AnyClient;
    type Data = ();

    fn methods(methods: HubMethods<Self>) -> HubMethods<Self> {
        about_the_request(streams(values(methods)))
    }
}

fn values(methods: HubMethods<TestHub>) -> HubMethods<TestHub> {
    methods
        .method("Echo", |value: String| async move { value })
        .method("GetCallerConnectionId", |caller: Caller| async move {
            caller.connection_id().to_string()
        })
        .method("ThrowException", |message: String| async move {
            Err::<(), _>(InvalidOperationException(message))
        })
        .method(
            "InvokeWithString",
            |caller: Caller, message: String| async move {
                caller.clients().caller().send("Message", (message,)).await
            },
        )
        .method(
            "SendCustomObject",
            |caller: Caller, object: CustomObject| async move {
                caller
                    .clients()
                    .caller()
                    .send("CustomObject", (object,))
                    .await
            },
        )
        .method("EchoComplexObject", |object: ComplexObject| async move {
            object
        })
        .method("SendComplexObject", || async {
            ComplexObject {
                string: "hello world".into(),
                int_array: vec![1, 2, 3],
                byte_array: ByteArray(vec![1, 2, 3]),
                guid: Guid::from_bytes([0, 1, 2, 3, 4, 5, 6, 7, 7, 6, 5, 4, 3, 2, 1, 0]),
                date_time: Timestamp::from_unix(946_684_800, 0),
            }
        })
}

fn streams(methods: HubMethods<TestHub>) -> HubMethods<TestHub> {
    methods
        .method("Stream", || stream::iter(["a", "b", "c"]))
        .method("EmptyStream", stream::empty::<i32>)
        .method("InfiniteStream", infinite_stream)
        .method("StreamThrowException", |message: String| async move {
            Err::<BoxStream<'static, i32>, _>(InvalidOperationException(message))
        })
        .method(
            "StreamingConcat",
            |mut items: StreamArg<String>| async move {
                let mut all = String::new();
                while let Some(item) = items.next().await {
                    all.push_str(&item?);
                }
                Ok::<_, HubError>(all)
            },
        )
}

fn infinite_stream(caller: Caller, cancelled: CancellationToken) -> BoxStream<'static, i32> {
    let end = async move {
        cancelled.cancelled().await;
        let told = caller.clients().caller().send("StreamCanceled", ()).await;
        if let Err(error) = told {
            eprintln!("a send failed: {error}");
        }
    };
    stream::once(end).filter_map(|()| async { None }).boxed()
}

fn about_the_request(methods: HubMethods<TestHub>) -> HubMethods<TestHub> {
    methods
        .method("GetActiveTransportName", |caller: Caller| async move {
            caller.transport().name()
        })
        .method("GetNumRedirects", |caller: Caller| async move {
            let query = caller.request().uri.query().unwrap_or_default();
            let redirects = form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name == "numRedirects")
                .and_then(|(_, value)| value.parse::<i32>().ok());
            redirects.ok_or_else(|| HubError::new("the request says nothing of redirects"))
        })
        .method("GetContentTypeHeader", |caller: Caller| async move {
            header(&caller, "content-type")
        })
        .method("GetHeader", |caller: Caller, name: String| async move {
            header(&caller, &name.to_ascii_lowercase())
        })
        .method("GetCookie", |caller: Caller, name: String| async move {
            let cookies = header(&caller, "cookie")?;
            cookies.split(';').find_map(|pair| {
                let (known, value) = pair.trim().split_once('=')?;
                (known == name).then(|| value.to_owned())
            })
        })
}

fn header(caller: &Caller, name: &str) -> Option<String> {
    caller
        .request()
        .headers
        .get(name)?
        .to_str()
        .ok()
        .map(str::to_owned)
}
