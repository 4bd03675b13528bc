//! What methods may take: arguments from the client and values from the
//! framework, told apart by their types.

use std::borrow::Cow;
use std::sync::Arc;

use hub_core::ArgumentReader;
use serde::de::{DeserializeOwned, SeqAccess};
use tokio_util::sync::CancellationToken;

use super::call::CallId;
use super::runtime::HubRuntime;
use super::upload::{StreamArg, Upload};
use super::via;
use crate::clients::Asker;
use crate::connection::Session;
use crate::{Hub, HubCaller, HubRef};

/// A parameter of a hub method.
///
/// Implemented for every `DeserializeOwned` type (an argument that the client
/// sends), and for [`HubCaller`], [`HubRef`], [`CancellationToken`] and
/// [`StreamArg`] (supplied by the framework).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a hub method",
    label = "neither an argument that a client can send nor a framework parameter",
    note = "arguments must implement `serde::Deserialize` and own their data",
    note = "framework parameters are `HubCaller<H>`, `HubRef<H>`, `CancellationToken` and `StreamArg<T>`"
)]
pub trait Parameter<H: Hub, M>: Sized + Send + 'static {
    #[doc(hidden)]
    type Bound: Send;
    #[doc(hidden)]
    const ARGUMENTS: usize = 0;
    #[doc(hidden)]
    const UPLOADS: usize = 0;
    #[doc(hidden)]
    const CANCELLABLE: bool = false;

    #[doc(hidden)]
    fn bind<'de, A: SeqAccess<'de>>(
        reader: &mut ArgumentReader<'_, A>,
    ) -> Result<Self::Bound, A::Error>;

    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn resolve(bound: Self::Bound, resolver: &mut Resolver<'_, H>) -> Self;
}

/// What framework parameters are made of.
pub(crate) struct Resolver<'r, H: Hub> {
    pub(crate) runtime: &'r Arc<HubRuntime<H>>,
    pub(crate) session: &'r Arc<Session>,
    pub(crate) call: CallId,
    /// Set when the method takes a token.
    pub(crate) cancellation: &'r mut Option<CancellationToken>,
    /// Ids of the streams that the client sends, one for each upload.
    pub(crate) stream_ids: &'r [Cow<'r, str>],
    pub(crate) uploads: &'r mut Vec<Upload>,
}

impl<H: Hub, T: DeserializeOwned + Send + 'static> Parameter<H, via::Argument> for T {
    type Bound = T;
    const ARGUMENTS: usize = 1;

    fn bind<'de, A: SeqAccess<'de>>(reader: &mut ArgumentReader<'_, A>) -> Result<T, A::Error> {
        reader.next_argument()
    }

    #[allow(private_interfaces)]
    fn resolve(bound: T, _: &mut Resolver<'_, H>) -> T {
        bound
    }
}

impl<H: Hub> Parameter<H, via::Framework> for HubCaller<H> {
    type Bound = ();

    fn bind<'de, A: SeqAccess<'de>>(_: &mut ArgumentReader<'_, A>) -> Result<(), A::Error> {
        Ok(())
    }

    #[allow(private_interfaces)]
    fn resolve((): (), resolver: &mut Resolver<'_, H>) -> Self {
        Self {
            runtime: resolver.runtime.clone(),
            session: resolver.session.clone(),
            asker: Asker::Call {
                session: resolver.session.clone(),
                call: resolver.call,
            },
        }
    }
}

impl<H: Hub> Parameter<H, via::Framework> for HubRef<H> {
    type Bound = ();

    fn bind<'de, A: SeqAccess<'de>>(_: &mut ArgumentReader<'_, A>) -> Result<(), A::Error> {
        Ok(())
    }

    #[allow(private_interfaces)]
    fn resolve((): (), resolver: &mut Resolver<'_, H>) -> Self {
        Self(resolver.runtime.hub_arc().clone())
    }
}

impl<H: Hub> Parameter<H, via::Framework> for CancellationToken {
    type Bound = ();
    const CANCELLABLE: bool = true;

    fn bind<'de, A: SeqAccess<'de>>(_: &mut ArgumentReader<'_, A>) -> Result<(), A::Error> {
        Ok(())
    }

    #[allow(private_interfaces)]
    fn resolve((): (), resolver: &mut Resolver<'_, H>) -> Self {
        let session = resolver.session;
        resolver
            .cancellation
            .get_or_insert_with(|| session.aborted().child_token())
            .clone()
    }
}

impl<H: Hub, T: DeserializeOwned + Send + 'static> Parameter<H, via::Framework> for StreamArg<T> {
    type Bound = ();
    const UPLOADS: usize = 1;

    fn bind<'de, A: SeqAccess<'de>>(_: &mut ArgumentReader<'_, A>) -> Result<(), A::Error> {
        Ok(())
    }

    #[allow(private_interfaces)]
    fn resolve((): (), resolver: &mut Resolver<'_, H>) -> Self {
        let options = &resolver.runtime.core().options;
        let id = &resolver.stream_ids[resolver.uploads.len()];
        let (upload, stream) = StreamArg::open(
            id,
            resolver.call,
            options.stream_buffer_capacity,
            options.detailed_errors,
        );
        resolver.uploads.push(upload);
        stream
    }
}
