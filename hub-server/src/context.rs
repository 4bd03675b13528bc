//! A hub from outside: for request handlers, timers and everything else that
//! no client called.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::clients::Asker;
use crate::lifetime::HubCore;
use crate::{Clients, Groups, Hub, Outside, SlowReceiverCounts};

/// Sends to a hub's clients and manages its groups from anywhere.
///
/// A cheap clone; see [`HubService::context`](crate::HubService::context). What
/// fails here is an ordinary [`std::error::Error`]: see [`Place`](crate::Place).
pub struct HubContext<H> {
    core: Arc<HubCore>,
    hub: PhantomData<fn() -> H>,
}

impl<H: Hub> HubContext<H> {
    pub(crate) fn new(core: Arc<HubCore>) -> Self {
        Self {
            core,
            hub: PhantomData,
        }
    }

    /// Every connection of the hub, to choose from.
    #[must_use]
    pub fn clients(&self) -> Clients<H, Outside> {
        Clients::new(self.core.clone(), Asker::Outside)
    }

    /// The groups of the hub.
    #[must_use]
    pub fn groups(&self) -> Groups<Outside> {
        Groups::new(self.core.clone())
    }

    /// How many connections are open now.
    #[must_use]
    pub fn connection_count(&self) -> usize {
        self.core.connection_count()
    }

    /// What clients that do not read have cost so far.
    #[must_use]
    pub fn slow_receivers(&self) -> SlowReceiverCounts {
        self.core.slow_receivers.counts()
    }
}

impl<H> Clone for HubContext<H> {
    fn clone(&self) -> Self {
        Self {
            core: self.core.clone(),
            hub: PhantomData,
        }
    }
}

impl<H> fmt::Debug for HubContext<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HubContext(..)")
    }
}
