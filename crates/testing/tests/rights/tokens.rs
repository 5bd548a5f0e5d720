//! Who may do what to a token of a person's: the table of AWX, as the contract of that face has it in
//! section 10.
//!
//! | token | owner | superuser | system auditor | admin of the application's organization | auditor of it | others |
//! |---|---|---|---|---|---|---|
//! | personal | all | all | read | none | none | none |
//! | with application | all | all | read | all | read | none |

use std::collections::{BTreeMap, BTreeSet};

use authority::Actor;
use authority::error::{Error, Shape};
use authority::id::TokenId;
use authority::search::{Condition, Search, Thing};
use authority::token::Token;
use authority::token::store::TokenChange;
use proptest::prelude::*;
use testing::shape_of;

use super::plan::Plan;
use super::realm::{Realm, Seeker, run};

/// What the table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    Nothing,
    Read,
    All,
}

/// One cell of the table after the other; the widest counts.
fn right(plan: &Plan, who: usize, (owner, client): (usize, Option<usize>)) -> Right {
    let marks = plan.marks[who];
    let place = client.map(|client| plan.clients[client]);
    let admin = place.is_some_and(|place| plan.is_admin(who, place));
    let auditor = place.is_some_and(|place| plan.is_auditor(who, place));
    if who == owner || marks.superuser || admin {
        Right::All
    } else if marks.system_auditor || auditor {
        Right::Read
    } else {
        Right::Nothing
    }
}

impl Realm {
    /// Every token of the plan with whose it is.
    fn planned(&self) -> impl Iterator<Item = (&Token, (usize, Option<usize>))> {
        self.tokens.iter().zip(self.plan.tokens.iter().copied())
    }

    /// Those too that people act with.
    fn every_token(&self) -> impl Iterator<Item = (&Token, (usize, Option<usize>))> {
        self.planned().chain(self.keys.iter().map(|(who, token)| (token, (*who, None))))
    }

    /// Tokens as they are kept now.
    async fn kept(&self) -> BTreeMap<TokenId, Token> {
        let all = Search::over(Thing::Token, Condition::always());
        let found = self.world.authority.find_tokens(&self.root, all).await.unwrap();
        found.items.into_iter().map(|card| (card.token.id, card.token)).collect()
    }

    async fn relabel(&self, actor: &Actor, id: TokenId, label: &str) -> Result<Token, Error> {
        let change = TokenChange { label: Some(label.to_owned()), ..TokenChange::default() };
        self.world.authority.update_token(actor, id, change).await
    }

    async fn is_found(&self, actor: &Actor, token: &Token) -> bool {
        let one = Search::numbered(Thing::Token, token.number);
        let found = self.world.authority.find_tokens(actor, one).await.unwrap().items;
        assert!(found.iter().all(|card| card.token.id == token.id));
        !found.is_empty()
    }
}

/// Lists, counts, and shows one by one, just what the table lets somebody read.
async fn everybody_reads_what_the_table_says(realm: &Realm) {
    let all = Search::over(Thing::Token, Condition::always());
    for Seeker { who, actor, writes } in realm.seekers() {
        let found = realm.world.authority.find_tokens(actor, all.clone()).await.unwrap();
        let right = |of| right(&realm.plan, who, of);
        let readable = realm.every_token().filter(|(_, of)| right(*of) != Right::Nothing);
        let readable: BTreeSet<TokenId> = readable.map(|(token, _)| token.id).collect();
        assert_eq!(found.count, Some(readable.len() as u64));
        let listed: Vec<TokenId> = found.items.iter().map(|card| card.token.id).collect();
        assert_eq!(listed.len(), readable.len());
        assert_eq!(BTreeSet::from_iter(listed), readable);
        for (token, _) in realm.planned() {
            assert_eq!(realm.is_found(actor, token).await, readable.contains(&token.id));
        }
        for (token, of) in realm.every_token() {
            let shown = found.items.iter().find(|card| card.token.id == token.id);
            let may = writes && right(of) == Right::All;
            assert!(shown.is_none_or(|card| card.may.edit == may && card.may.delete == may));
            let owner = Some(realm.people[of.0].user.id);
            assert!(shown.is_none_or(|card| card.user.as_ref().map(|user| user.id) == owner));
        }
    }
}

/// What may not be read is missing, what may only be read is forbidden, and neither is touched.
async fn nobody_changes_more_than_the_table_says(realm: &Realm) {
    let before = realm.kept().await;
    for Seeker { who, actor, writes } in realm.seekers() {
        for (token, of) in realm.planned() {
            let refusal = match right(&realm.plan, who, of) {
                Right::Nothing => Shape::Missing,
                Right::All if writes => continue,
                Right::Read | Right::All => Shape::Forbidden,
            };
            let changed = realm.relabel(actor, token.id, "taken over").await;
            assert_eq!(shape_of(changed), Some(refusal), "change of {of:?} by {who}");
            let revoked = realm.world.authority.revoke(actor, token.id).await;
            assert_eq!(shape_of(revoked), Some(refusal), "end of {of:?} by {who}");
        }
    }
    assert_eq!(realm.kept().await, before);
}

async fn everybody_changes_what_the_table_says(realm: &Realm) {
    let mut labels = BTreeMap::new();
    for Seeker { who, actor, writes } in realm.seekers() {
        for (token, of) in realm.planned() {
            if writes && right(&realm.plan, who, of) == Right::All {
                let label = format!("changed by {who}");
                assert_eq!(realm.relabel(actor, token.id, &label).await.unwrap().label, label);
                labels.insert(token.id, label);
            }
        }
    }
    let kept = realm.kept().await;
    assert!(labels.into_iter().all(|(id, label)| kept[&id].label == label));
}

/// One of those who may end each token does so.
async fn tokens_end_by_those_whom_the_table_names(realm: &Realm, choice: prop::sample::Index) {
    for (token, of) in realm.tokens.iter().zip(&realm.plan.tokens) {
        let people = realm.people.iter().enumerate();
        let may = people.filter(|(who, _)| right(&realm.plan, *who, *of) == Right::All);
        let may: Vec<&Actor> = may.map(|(_, person)| &person.writes).collect();
        let by = may[choice.index(may.len())];
        let before = realm.kept().await;
        realm.world.authority.revoke(by, token.id).await.unwrap();
        let mut rest = before;
        assert!(rest.remove(&token.id).is_some());
        assert_eq!(realm.kept().await, rest);
        let again = realm.relabel(by, token.id, "back again").await;
        assert_eq!(shape_of(again), Some(Shape::Missing));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 40, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a046_everybody_reads_changes_and_ends_the_tokens_that_the_table_gives_them_and_no_others(
        plan in Plan::any(),
        choice: prop::sample::Index,
    ) {
        run(async {
            let realm = Realm::of(&plan).await;
            everybody_reads_what_the_table_says(&realm).await;
            nobody_changes_more_than_the_table_says(&realm).await;
            everybody_changes_what_the_table_says(&realm).await;
            tokens_end_by_those_whom_the_table_names(&realm, choice).await;
        });
    }
}
