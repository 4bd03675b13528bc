//! Functions as hub methods, and the table that finds them by name.

use std::marker::PhantomData;

use hub_core::{ArgumentReader, Arguments, BindError, FromArguments};
use serde::de::SeqAccess;

use super::call::Running;
use super::output::Returns;
use super::parameter::{Parameter, Resolver};
use crate::{Hub, HubCaller};

/// A function that can be a method of the hub `H`.
///
/// Implemented for functions and closures of up to twelve parameters, each of
/// them a [`Parameter`], that return something that [`Returns`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no method of the hub `{H}`",
    label = "cannot be called by clients",
    note = "every parameter must be an owned `serde::Deserialize` type, `HubCaller<H>`, `HubRef<H>`, `CancellationToken` or `StreamArg<T>`",
    note = "the function must be async (or return `impl Stream`), its future `Send`, and its result `serde::Serialize`, a stream, or a `Result` of one of them with an error that becomes a `HubError`"
)]
pub trait Method<H: Hub, M>: Send + Sync + Sized + 'static {
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn into_entry(self) -> MethodEntry<H>;
}

/// What is known of a method before it is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MethodInfo {
    pub(crate) name: &'static str,
    pub(crate) streaming: bool,
    /// How many streams the client sends.
    pub(crate) uploads: usize,
    /// Whether a plain call of it can be cancelled by the client.
    pub(crate) cancellable: bool,
}

pub(crate) struct MethodEntry<H: Hub> {
    info: MethodInfo,
    pub(crate) function: Box<dyn ErasedMethod<H>>,
    authorize: Vec<Box<Authorize<H>>>,
}

type Authorize<H> = dyn Fn(&HubCaller<H>) -> bool + Send + Sync;

/// A method without its types.
pub(crate) trait ErasedMethod<H: Hub>: Send + Sync {
    /// Whether the arguments fit, without calling.
    fn check(&self, arguments: &Arguments<'_>) -> Result<(), BindError>;

    /// Binds the arguments and makes the call, which runs when it is polled.
    fn start(
        &self,
        arguments: &Arguments<'_>,
        resolver: &mut Resolver<'_, H>,
    ) -> Result<Running, BindError>;
}

/// Why a call could not be started.
pub(crate) enum StartError {
    Bind(BindError),
    Panicked,
}

/// The methods of a hub by name, in any case.
pub(crate) struct MethodTable<H: Hub> {
    entries: Vec<MethodEntry<H>>,
    /// Positions of the entries, in the order of their names.
    by_name: Vec<usize>,
}

impl<H: Hub> MethodTable<H> {
    pub(crate) fn new() -> Self {
        Self {
            entries: Vec::new(),
            by_name: Vec::new(),
        }
    }

    pub(crate) fn insert(&mut self, name: &'static str, mut entry: MethodEntry<H>) {
        assert!(
            self.find(name).is_none(),
            "Duplicate definitions of '{name}'. Overloading is not supported."
        );
        entry.info.name = name;
        let at = self.position(name).unwrap_or_else(|at| at);
        self.by_name.insert(at, self.entries.len());
        self.entries.push(entry);
    }

    pub(crate) fn authorize_last(&mut self, allowed: Box<Authorize<H>>) {
        let last = self
            .entries
            .last_mut()
            .expect("authorize follows the method it is about");
        last.authorize.push(allowed);
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.entries.iter().map(|entry| entry.info.name)
    }

    /// Clients mostly write a name as it was registered; any other case is
    /// found by going through them all.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        match self.position(name) {
            Ok(at) => Some(self.by_name[at]),
            Err(_) => self
                .entries
                .iter()
                .position(|entry| entry.info.name.eq_ignore_ascii_case(name)),
        }
    }

    /// Where the name stands in `by_name`, or would stand.
    fn position(&self, name: &str) -> Result<usize, usize> {
        self.by_name
            .binary_search_by(|&index| self.entries[index].info.name.cmp(name))
    }

    pub(crate) fn info(&self, index: usize) -> &MethodInfo {
        &self.entries[index].info
    }

    pub(crate) fn function(&self, index: usize) -> &dyn ErasedMethod<H> {
        &*self.entries[index].function
    }

    pub(crate) fn authorize(&self, index: usize) -> &[Box<Authorize<H>>] {
        &self.entries[index].authorize
    }
}

struct Function<F, P> {
    function: F,
    parameters: PhantomData<fn() -> P>,
}

macro_rules! methods {
    ($($bound:ident: $($name:ident $marker:ident)*;)*) => {$(
        struct $bound<H: Hub, $($name: Parameter<H, $marker>, $marker),*>(
            $($name::Bound,)*
            PhantomData<fn() -> (H, $($marker,)*)>,
        );

        impl<H: Hub, $($name: Parameter<H, $marker>, $marker),*> FromArguments
            for $bound<H, $($name, $marker),*>
        {
            const COUNT: usize = 0 $(+ $name::ARGUMENTS)*;

            #[allow(non_snake_case, unused_variables)]
            fn from_arguments<'de, Seq: SeqAccess<'de>>(
                reader: &mut ArgumentReader<'_, Seq>,
            ) -> Result<Self, Seq::Error> {
                $(let $name = $name::bind(reader)?;)*
                Ok(Self($($name,)* PhantomData))
            }
        }

        impl<H, F, R, MR, $($name, $marker),*> Method<H, (MR, $(($name, $marker),)*)> for F
        where
            H: Hub,
            F: Fn($($name),*) -> R + Send + Sync + 'static,
            R: Returns<MR>,
            $($name: Parameter<H, $marker>, $marker: 'static,)*
            MR: 'static,
        {
            #[allow(private_interfaces)]
            fn into_entry(self) -> MethodEntry<H> {
                MethodEntry {
                    info: MethodInfo {
                        name: "",
                        streaming: R::STREAMING,
                        uploads: 0 $(+ $name::UPLOADS)*,
                        cancellable: false $(|| $name::CANCELLABLE)*,
                    },
                    function: Box::new(Function {
                        function: self,
                        parameters: PhantomData::<fn() -> (R, MR, $($name, $marker,)*)>,
                    }),
                    authorize: Vec::new(),
                }
            }
        }

        impl<H, F, R, MR, $($name, $marker),*> ErasedMethod<H>
            for Function<F, (R, MR, $($name, $marker,)*)>
        where
            H: Hub,
            F: Fn($($name),*) -> R + Send + Sync,
            R: Returns<MR>,
            $($name: Parameter<H, $marker>, $marker: 'static,)*
        {
            fn check(&self, arguments: &Arguments<'_>) -> Result<(), BindError> {
                arguments.bind::<$bound<H, $($name, $marker),*>>().map(drop)
            }

            #[allow(non_snake_case, unused_variables)]
            fn start(
                &self,
                arguments: &Arguments<'_>,
                resolver: &mut Resolver<'_, H>,
            ) -> Result<Running, BindError> {
                let $bound($($name,)* _) = arguments.bind::<$bound<H, $($name, $marker),*>>()?;
                Ok((self.function)($($name::resolve($name, resolver)),*).run())
            }
        }
    )*};
}

methods! {
    Bound0: ;
    Bound1: A MA;
    Bound2: A MA B MB;
    Bound3: A MA B MB C MC;
    Bound4: A MA B MB C MC D MD;
    Bound5: A MA B MB C MC D MD E ME;
    Bound6: A MA B MB C MC D MD E ME G MG;
    Bound7: A MA B MB C MC D MD E ME G MG I MI;
    Bound8: A MA B MB C MC D MD E ME G MG I MI J MJ;
    Bound9: A MA B MB C MC D MD E ME G MG I MI J MJ K MK;
    Bound10: A MA B MB C MC D MD E ME G MG I MI J MJ K MK L ML;
    Bound11: A MA B MB C MC D MD E ME G MG I MI J MJ K MK L ML N MN;
    Bound12: A MA B MB C MC D MD E ME G MG I MI J MJ K MK L ML N MN O MO;
}
