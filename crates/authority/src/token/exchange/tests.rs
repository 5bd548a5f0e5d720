//! Whatever is asked for, what is made is no wider, no longer and no less bound.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::super::signed::{Signed, below};
use super::*;
use crate::id::{SessionId, UserId};
use crate::journal::Who;
use crate::permission::{Marks, Permission, Role};
use crate::token::{Born, HolderNow, OrganizationNow, Token};

const NOON: Timestamp = Timestamp::UNIX_EPOCH;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// A kept token with these ceilings, to which as many seconds are left, of the token and its secret.
fn kept(scopes: &str, (left, secret): (Option<i64>, Option<i64>)) -> Standing {
    let at = |seconds: i64| later(NOON, SignedDuration::from_secs(seconds));
    let token = Token {
        id: id(1).into(),
        number: 7,
        kind: Kind::ApiKey,
        holder: Holder::User(id(2).into()),
        organization: Some(id(3).into()),
        application: None,
        label: "ci".to_owned(),
        scopes: Scopes::parse(scopes).unwrap(),
        created_at: NOON,
        created_by: None,
        modified_at: NOON,
        expires_at: left.map(at),
        uses_left: None,
        limits: crate::token::Limits::default(),
        disabled: false,
        revoked_at: None,
        parent: Some(id(9).into()),
        session: None,
        born: Born::default(),
        last_used_at: None,
        signed: None,
    };
    let holder = HolderNow {
        name: "alice".into(),
        disabled: false,
        epoch: 0,
        role: Some(Role::Owner),
        marks: Marks::default(),
    };
    let organization = Some(OrganizationNow { suspended: false, epoch: 0 });
    Standing { token, secret_until: secret.map(at), holder, organization, application: None }
}

fn by_itself() -> Through {
    let by = By { who: Who::User(id(2).into()), token: None };
    Through { by, client: "chancery".to_owned(), actors: Vec::new() }
}

fn narrowing(scopes: Option<&str>, audiences: &[&str]) -> Narrowing {
    let audiences: Vec<_> = audiences.iter().map(|&one| one.to_owned()).collect();
    Narrowing {
        scopes: scopes.map(|scopes| Scopes::parse(scopes).unwrap()),
        audiences: Audiences::named(&audiences, &[]).unwrap(),
    }
}

/// What is made of `subject`, read again over what it stands on.
fn made(subject: &Standing, root: &Standing, wish: &Narrowing) -> Result<Standing, Refusal> {
    let minted = (id(77).into(), NOON);
    let made = narrow(subject, wish, by_itself(), &Policy::default(), minted)?;
    let signed = Signed::read(&made.claims).unwrap();
    Ok(below(root.clone(), &made.claims, signed).unwrap())
}

const ONE: &str = "(\\*|write|read|[ab]\\.\\*|[ab]\\.[ab]\\.(\\*|get|put)|[ab]\\.(get|put))";

fn some_scopes() -> impl Strategy<Value = String> {
    vec(ONE, 1..4).prop_map(|scopes| scopes.join(" "))
}

proptest! {
    #[test]
    fn no_chain_of_exchanges_makes_a_token_wider_longer_or_less_bound(
        scopes in some_scopes(),
        later_scopes in some_scopes(),
        left in option::of(1_i64..300),
        secret in option::of(1_i64..300),
        wishes in vec((option::of(some_scopes()), vec("[xyz]", 0..3)), 1..4),
        asked in "[ab](\\.[ab]){1,2}\\.(get|put)",
    ) {
        let asked = Permission::parse(&asked).unwrap();
        let root = kept(&scopes, (left, secret));
        let mut subject = root.clone();
        for (scopes, audiences) in &wishes {
            let audiences: Vec<_> = audiences.iter().map(String::as_str).collect();
            let wish = narrowing(scopes.as_deref(), &audiences);
            let Ok(child) = made(&subject, &root, &wish) else { continue };
            prop_assert!(!child.permits(&asked) || subject.permits(&asked));
            let ends = [subject.token.expires_at, subject.secret_until].into_iter().flatten().min();
            let end = child.token.expires_at.unwrap();
            prop_assert!(ends.is_none_or(|ends| end <= ends));
            prop_assert!(end <= NOON + Policy::default().access_life);
            for audience in ["x", "y", "z", "http://127.0.0.1:8700", "q"] {
                prop_assert!(!child.token.is_for(audience) || subject.token.is_for(audience));
            }
            prop_assert_eq!(child.token.kept(), Some(root.token.id));
            subject = child;
        }
        // What it stands on is narrowed afterwards: it is narrowed too.
        let narrowed = kept(&later_scopes, (left, secret));
        let wish = narrowing(None, &[]);
        let claims = narrow(&root, &wish, by_itself(), &Policy::default(), (id(77).into(), NOON));
        let claims = claims.map_err(|refusal| TestCaseError::fail(refusal.to_string()))?.claims;
        let child = below(narrowed.clone(), &claims, Signed::read(&claims).unwrap()).unwrap();
        prop_assert!(!child.permits(&asked) || (narrowed.permits(&asked) && root.permits(&asked)));
    }
}

#[test]
fn what_goes_beyond_the_subject_is_refused_and_named() {
    let root = kept("shop.*", (None, None));
    let beyond = made(&root, &root, &narrowing(Some("shop.order.get depot.*"), &[]));
    assert_eq!(beyond.unwrap_err(), Refusal::ScopeBeyond("depot.*".to_owned()));
    let child = made(&root, &root, &narrowing(None, &["x", "y"])).unwrap();
    assert!(made(&child, &root, &narrowing(None, &["y"])).is_ok());
    let other = made(&child, &root, &narrowing(None, &["y", "z"])).unwrap_err();
    assert_eq!(other, Refusal::invalid("audience", "the token is for others than `z`"));
    let issuer = Policy::default().issuer;
    assert!(made(&child, &root, &narrowing(None, &[&issuer])).is_err());
}

#[test]
fn who_names_no_audience_gets_one_of_the_subjects_or_of_this_authority() {
    let root = kept("*", (None, None));
    let child = made(&root, &root, &narrowing(None, &[])).unwrap();
    let of = |standing: &Standing| {
        let signed = standing.token.signed.clone().unwrap();
        signed.audiences.iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(of(&child), [Policy::default().issuer]);
    let child = made(&root, &root, &narrowing(None, &["x", "y"])).unwrap();
    assert_eq!(of(&made(&child, &root, &narrowing(None, &[])).unwrap()), ["x", "y"]);
}

#[test]
fn a_counted_token_is_exchanged_for_nothing() {
    let mut root = kept("*", (None, None));
    root.token.uses_left = Some(2);
    assert_eq!(made(&root, &root, &narrowing(None, &[])), Err(Refusal::CannotBreed));
}

#[test]
fn at_most_four_act_one_for_the_other() {
    let root = kept("*", (None, None));
    let by = |most: u128| Through { actors: (0..most).map(id).collect(), ..by_itself() };
    let policy = Policy::default();
    let made = |through| {
        let made = narrow(&root, &narrowing(None, &[]), through, &policy, (id(77).into(), NOON));
        made.map(|made| Signed::read(&made.claims).unwrap().actors)
    };
    assert_eq!(made(by(4)), Ok((0..4).map(id).collect()));
    assert_eq!(made(by(5)), Err(Refusal::CannotBreed));
}

#[test]
fn claims_that_stand_on_nothing_or_on_two_things_or_on_anothers_are_no_token() {
    let root = kept("*", (None, None));
    let minted = (id(77).into(), NOON);
    let wish = narrowing(None, &["x"]);
    let claims = narrow(&root, &wish, by_itself(), &Policy::default(), minted).unwrap().claims;
    assert!(Signed::read(&claims).is_some());
    let nothing = AccessClaims { parent: None, ..claims.clone() };
    let both = AccessClaims { sid: Some(id(5)), generation: Some(1), ..claims.clone() };
    let half = AccessClaims { sid: Some(id(5)), ..nothing.clone() };
    let nobody = AccessClaims { aud: Aud::Several(Vec::new()), ..claims.clone() };
    for odd in [nothing, both, half, nobody] {
        assert_eq!(Signed::read(&odd), None, "{odd:?}");
    }
    // A login's own token stands on a session and is for the issuer alone.
    let kept_own =
        AccessClaims { session: true, aud: Aud::One(claims.iss.clone()), ..claims.clone() };
    assert_eq!(Signed::read(&kept_own), None);
    let own = AccessClaims { parent: None, sid: Some(id(5)), generation: Some(1), ..kept_own };
    assert!(Signed::read(&own).is_some_and(|signed| !signed.exchanged));
    for aud in [Aud::One("x".to_owned()), Aud::Several(vec![claims.iss.clone(), "x".to_owned()])] {
        assert_eq!(Signed::read(&AccessClaims { aud, ..own.clone() }), None);
    }
    let other = |claims: AccessClaims| below(root.clone(), &claims, Signed::read(&claims).unwrap());
    assert!(other(claims.clone()).is_some());
    let short = kept("*", (Some(10), None));
    let end =
        below(short.clone(), &claims, Signed::read(&claims).unwrap()).unwrap().token.expires_at;
    assert_eq!(end, short.token.expires_at, "what it stands on ends before");
    assert!(other(AccessClaims { sub: id(99), ..claims.clone() }).is_none());
    assert!(other(AccessClaims { team: None, ..claims.clone() }).is_none());
    assert!(other(AccessClaims { team: Some(id(99)), ..claims }).is_none());
}

#[test]
fn what_is_exchanged_for_a_logins_own_token_stands_on_the_login() {
    let mut login = kept("*", (Some(60), None));
    login.token.session = Some(SessionId::from(id(5)));
    let root = Root::Session { session: SessionId::from(id(5)), generation: 3 };
    login.token.signed = Some(Box::new(Signed {
        root,
        exchanged: false,
        audiences: Audiences::only(&Policy::default().issuer),
        client: OWN_CLIENT.to_owned(),
        actors: Vec::new(),
    }));
    let child = made(&login, &login, &narrowing(Some("read"), &["x"])).unwrap();
    let signed = child.token.signed.clone().unwrap();
    assert_eq!((signed.root, signed.exchanged), (root, true));
    assert_eq!((child.token.kept(), child.token.session), (None, login.token.session));
    assert!(child.token.is_for("x") && !child.token.is_for(&Policy::default().issuer));
    let user: UserId = id(2).into();
    assert_eq!(child.token.holder, Holder::User(user));
}
