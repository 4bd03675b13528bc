//! Sends to every kind of target, and group membership.

use hub_server::SendError;

use super::{Caller, InvalidOperationException, Methods};

pub(super) fn register(methods: Methods) -> Methods {
    membership(groups_and_users(connections(methods)))
}

fn connections(methods: Methods) -> Methods {
    methods
        .method("SendToAll", |caller: Caller, text: String| async move {
            caller.clients().all().send(MESSAGE, (text,)).await
        })
        .method(
            "SendToAllExcept",
            |caller: Caller, ids: Vec<String>, text: String| async move {
                caller
                    .clients()
                    .all_except(ids)
                    .send(MESSAGE, (text,))
                    .await
            },
        )
        .method("SendToOthers", |caller: Caller, text: String| async move {
            caller.clients().others().send(MESSAGE, (text,)).await
        })
        .method("SendToCaller", |caller: Caller, text: String| async move {
            caller.clients().caller().send(MESSAGE, (text,)).await
        })
        .method(
            "SendToClient",
            |caller: Caller, id: String, text: String| async move {
                caller.clients().client(id).send(MESSAGE, (text,)).await
            },
        )
        .method(
            "SendToClients",
            |caller: Caller, ids: Vec<String>, text: String| async move {
                caller.clients().clients(ids).send(MESSAGE, (text,)).await
            },
        )
}

fn groups_and_users(methods: Methods) -> Methods {
    methods
        .method(
            "SendToGroup",
            |caller: Caller, group: String, text: String| async move {
                caller.clients().group(group).send(MESSAGE, (text,)).await
            },
        )
        .method(
            "SendToGroups",
            |caller: Caller, groups: Vec<String>, text: String| async move {
                let sent = caller.clients().groups(groups).send(MESSAGE, (text,)).await;
                sent.map_err(|error| InvalidOperationException(error.to_string()))
            },
        )
        .method("SendToGroupExcept", send_to_group_except)
        .method(
            "SendToOthersInGroup",
            |caller: Caller, group: String, text: String| async move {
                caller
                    .clients()
                    .others_in_group(group)
                    .send(MESSAGE, (text,))
                    .await
            },
        )
        .method(
            "SendToUser",
            |caller: Caller, user: String, text: String| async move {
                caller.clients().user(user).send(MESSAGE, (text,)).await
            },
        )
        .method(
            "SendToUsers",
            |caller: Caller, users: Vec<String>, text: String| async move {
                caller.clients().users(users).send(MESSAGE, (text,)).await
            },
        )
}

fn membership(methods: Methods) -> Methods {
    methods
        .method("AddToGroup", |caller: Caller, group: String| async move {
            caller.groups().add(group).await
        })
        .method(
            "RemoveFromGroup",
            |caller: Caller, group: String| async move { caller.groups().remove(group).await },
        )
        .method(
            "AddConnectionToGroup",
            |caller: Caller, id: String, group: String| async move {
                caller.groups().of_all().add(id, group).await
            },
        )
        .method(
            "RemoveConnectionFromGroup",
            |caller: Caller, id: String, group: String| async move {
                caller.groups().of_all().remove(id, group).await
            },
        )
}

const MESSAGE: &str = "Message";

async fn send_to_group_except(
    caller: Caller,
    group: String,
    ids: Vec<String>,
    text: String,
) -> Result<(), SendError> {
    caller
        .clients()
        .group_except(group, ids)
        .send(MESSAGE, (text,))
        .await
}
