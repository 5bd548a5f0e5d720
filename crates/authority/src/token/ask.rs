//! Somebody who asks about tokens, one or many in a row.

use std::collections::HashMap;

use super::{Holder, Token};
use crate::actor::Actor;
use crate::authority::Authority;
use crate::error::Error;
use crate::feed::FeedCursor;
use crate::id::OrganizationId;

/// Somebody who may ask about tokens, and of whom they may be told: found out once for each
/// organization and holder. It serves one request and is not kept.
#[derive(Debug)]
pub struct Asker<'a> {
    pub(super) actor: &'a Actor,
    cursor: FeedCursor,
    slots: Option<[u16; 5]>,
    told: HashMap<(Option<OrganizationId>, Holder), bool>,
}

impl Asker<'_> {
    /// Where the feed stood before the first look-up.
    pub fn cursor(&self) -> FeedCursor {
        self.cursor
    }

    /// The slots of what the asker is; none if that changed since it was authenticated, or rests on
    /// a password: what it is told is not to be kept then.
    pub(crate) fn slots(&self) -> Option<[u16; 5]> {
        self.slots
    }
}

impl Authority {
    /// Lets somebody ask.
    ///
    /// # Errors
    ///
    /// [`NotPermitted`](crate::Refusal::NotPermitted) or [`NotAMember`](crate::Refusal::NotAMember)
    /// if they may not introspect.
    pub async fn asker<'a>(&self, actor: &'a Actor) -> Result<Asker<'a>, Error> {
        self.may_introspect(actor).await?;
        let cursor = self.feed_cursor();
        let now = actor.known().filter(|known| self.shared.verdicts.holds(known));
        let slots = now.map(|known| *known.slots());
        Ok(Asker { actor, cursor, slots, told: HashMap::new() })
    }

    /// Whether the asker may be told of this token.
    pub(super) async fn is_told(
        &self,
        asker: &mut Asker<'_>,
        token: &Token,
    ) -> Result<bool, Error> {
        let about = (token.organization, token.holder);
        if let Some(told) = asker.told.get(&about) {
            return Ok(*told);
        }
        let told = self.may_be_told(asker.actor, token).await?;
        asker.told.insert(about, told);
        Ok(told)
    }
}
