//! Who may use a hub at all: decided for every request, before anything else.

use std::fmt;
use std::sync::Arc;

use crate::Principal;
use crate::panics::contain;

/// What a request's user must be.
#[derive(Clone, Default)]
pub(crate) struct Authorization {
    required: bool,
    policies: Vec<Arc<Policy>>,
}

type Policy = dyn Fn(&Principal) -> bool + Send + Sync;

/// Why a request is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// It speaks for nobody.
    Unauthenticated,
    /// Its user lacks the right.
    Forbidden,
}

impl Authorization {
    pub(crate) fn require(&mut self) {
        self.required = true;
    }

    pub(crate) fn add(&mut self, allowed: Arc<Policy>) {
        self.required = true;
        self.policies.push(allowed);
    }

    pub(crate) fn check(&self, user: Option<&Principal>) -> Result<(), Denied> {
        match user {
            None if self.required => Err(Denied::Unauthenticated),
            Some(user) if !self.admits(user) => Err(Denied::Forbidden),
            _ => Ok(()),
        }
    }

    /// Whoever cannot be judged is not admitted.
    fn admits(&self, user: &Principal) -> bool {
        contain(|| self.policies.iter().all(|allowed| allowed(user))).unwrap_or(false)
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("required", &self.required)
            .field("policies", &self.policies.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_must_accept_the_user() {
        let mut authorization = Authorization::default();
        assert_eq!(authorization.check(None), Ok(()));
        authorization.require();
        let ann = Principal::new("ann").with_claim("role", "admin");
        assert_eq!(authorization.check(None), Err(Denied::Unauthenticated));
        assert_eq!(authorization.check(Some(&ann)), Ok(()));
        authorization.add(Arc::new(|user| user.has_claim("role", "admin")));
        assert_eq!(authorization.check(Some(&ann)), Ok(()));
        authorization.add(Arc::new(|user| user.has_claim("team", "blue")));
        assert_eq!(authorization.check(Some(&ann)), Err(Denied::Forbidden));
    }

    #[test]
    fn a_policy_that_panics_admits_nobody() {
        let mut authorization = Authorization::default();
        authorization.add(Arc::new(|_| panic!("on purpose")));
        let ann = Principal::new("ann");
        assert_eq!(authorization.check(Some(&ann)), Err(Denied::Forbidden));
    }
}
