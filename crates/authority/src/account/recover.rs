//! Registering, confirming an address, and getting back in: all by links that are mailed.
//!
//! **Invariant**: an answer here never tells whether an address has an account.

use std::future::Future;

use super::links::{CONFIRM, RESET};
use super::session::Opened;
use super::store::{Creation, PasswordEnds};
use super::{Letter, PasswordHash, User, canonical, password};
use crate::actor::{Actor, Place};
use crate::authority::{Authority, Door, STRANGER};
use crate::error::{Error, Refusal};
use crate::journal::{By, Subject, Who};
use crate::permission::{Marks, Permission};
use crate::token::store::Change;
use crate::token::terms::check_name;

/// Longest given or family name, in characters.
const LONGEST_NAME: usize = 150;

/// Somebody who wants an account.
#[derive(Clone)]
pub struct Registration<'a> {
    /// The address, which becomes the user name too.
    pub email: &'a str,
    /// The password.
    pub password: &'a str,
    /// Given name.
    pub first_name: &'a str,
    /// Family name.
    pub last_name: &'a str,
}

impl Authority {
    /// Registers a new user and mails a link that confirms the address. An address that has an
    /// account already gets a mail that says so, and the caller sees no difference.
    pub async fn register(&self, wish: Registration<'_>, door: &Door) -> Result<(), Error> {
        if !self.shared.policy.logins.registration {
            return Err(Refusal::Conflict("registration is closed").into());
        }
        let user = self.new_user(wish.email, Some(wish.email))?;
        let first_name = check_optional("firstName", wish.first_name)?;
        let last_name = check_optional("lastName", wish.last_name)?;
        let user = User { first_name, last_name, ..user };
        password::judge(wish.password, &user, self.shared.policy.logins.shortest_password)?;
        self.count_request("register", wish.email, Some(door)).await?;
        let hash = self.shared.hasher.hash(wish.password, &*self.shared.entropy).await?;
        let note = self.note_by(STRANGER, "user.register", ("user", user.id.uuid()));
        let fact = self.shared.store.create_user(&user, Some(&hash), note);
        let created = self.enrol(&[], fact).await?;
        let (authority, email) = (self.clone(), wish.email.to_owned());
        Self::aside(async move {
            match created {
                Creation::Done(_) => authority.mail_confirmation(&user).await,
                Creation::Taken(_) | Creation::Missing => authority.mail_existing(&email).await,
            }
        });
        Ok(())
    }

    /// Does something after the answer, so that the answer's time tells nothing about it.
    fn aside(work: impl Future<Output = Result<(), Error>> + Send + 'static) {
        tokio::spawn(async move {
            if let Err(error) = work.await {
                tracing::warn!(%error, "a letter was not written");
            }
        });
    }

    async fn mail_existing(&self, email: &str) -> Result<(), Error> {
        let found = self.shared.store.user_by_login(&canonical(email)).await?;
        match found {
            // The password that is kept may be a stranger's, who registered this address before: so
            // the link doesn't confirm it, but sets another.
            Some((user, _)) if user.confirmed_at.is_none() => {
                self.mail_reset(&user, "Set a password").await
            }
            Some((user, _)) => {
                let text = "Somebody, perhaps you, asked for an account with this address. \
                            You have one already: log in, or ask for a new password.\n";
                self.post(&user, "You have an account", text.to_owned());
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Tells the old address that there is a new one, and lets the new one be confirmed.
    pub(crate) async fn mail_new_address(&self, before: &User, after: &User) -> Result<(), Error> {
        let text = "Your account has another address now, set by an administrator. \
                    Not as agreed? Then ask them.\n";
        self.post(before, "Your address was changed", text.to_owned());
        if after.disabled_at.is_some() {
            return Ok(());
        }
        if self.has_password(after).await? {
            self.mail_confirmation(after).await
        } else {
            self.mail_reset(after, "Set a password").await
        }
    }

    async fn mail_confirmation(&self, user: &User) -> Result<(), Error> {
        let life = self.shared.policy.logins.link_life * 24;
        let secret = self.mailed_link(user, CONFIRM, life).await?;
        let text = format!(
            "Confirm that this address is yours, and your account is ready:\n\n\
             {}/confirm#token={secret}\n\nNot you? Then do nothing: nobody gets in before.\n",
            self.shared.policy.issuer
        );
        self.post(user, "Confirm your address", text);
        Ok(())
    }

    /// Confirms an address by a mailed link, founds the user's first organization, and logs in.
    ///
    /// # Errors
    ///
    /// [`Refusal::LinkSpent`] if the link is unknown, used or too old; nothing more is said.
    /// [`Refusal::CodeNeeded`] if the user has a second factor, which no link stands for: the address is
    /// confirmed, and nobody is logged in.
    pub async fn confirm(&self, link: &str) -> Result<Opened, Error> {
        let user = self.confirm_address(link).await?;
        self.pass_second_factor(&user, None).await?;
        self.open_session(&user, None, None, false).await
    }

    /// As [`Authority::confirm`], without logging in.
    pub async fn confirm_address(&self, link: &str) -> Result<User, Error> {
        let user = self.follow_link(link, CONFIRM).await?;
        let by = By { who: Who::User(user.id), token: None };
        let note = self.note_by(by, "user.confirm", ("user", user.id.uuid()));
        let fact = self.shared.store.confirm_user(user.id, note);
        self.enrol(&[], fact).await?;
        self.found_first(&user, by).await?;
        Ok(user)
    }

    /// Founds the organization of somebody who registered, and has none yet.
    async fn found_first(&self, user: &User, by: By) -> Result<(), Error> {
        if self.shared.store.memberships_of(user.id).await?.is_empty() {
            self.found_for(user, by, &user.username).await?;
        }
        Ok(())
    }

    async fn has_password(&self, user: &User) -> Result<bool, Error> {
        Ok(self.shared.store.password(user.id).await?.is_some())
    }

    /// Mails a link that sets a new password, if the address has an account that may log in.
    pub async fn forgot_password(&self, email: &str, door: &Door) -> Result<(), Error> {
        check_email(email)?;
        self.count_request("forgot", email, Some(door)).await?;
        let (authority, login) = (self.clone(), canonical(email));
        Self::aside(async move {
            let found = authority.shared.store.user_by_login(&login).await?;
            match found.filter(|(user, _)| user.disabled_at.is_none()) {
                Some((user, _)) => authority.mail_reset(&user, "Set a new password").await,
                None => Ok(()),
            }
        });
        Ok(())
    }

    /// Mails a link that sets a password, to somebody who forgot it or never had one.
    pub(crate) async fn mail_reset(&self, user: &User, subject: &str) -> Result<(), Error> {
        let life = self.shared.policy.logins.link_life;
        let life = if user.confirmed_at.is_none() { life * 24 } else { life };
        let secret = self.mailed_link(user, RESET, life).await?;
        let text = format!(
            "Set a password for {}:\n\n{}/password#token={secret}\n\n\
             Not you? Then do nothing; your account stays as it is.\n",
            user.username, self.shared.policy.issuer
        );
        self.post(user, subject, text);
        Ok(())
    }

    /// Sets a new password by a mailed link. It ends every session of the user, and whoever
    /// follows it has proved that the address is theirs.
    pub async fn reset_password(&self, link: &str, new: &str, tokens: bool) -> Result<(), Error> {
        let user = self.peek_link(link, RESET).await?;
        password::judge(new, &user, self.shared.policy.logins.shortest_password)?;
        // What may fail comes first: a link is used up by what it is for.
        let hash = self.shared.hasher.hash(new, &*self.shared.entropy).await?;
        let user = self.follow_link(link, RESET).await?;
        let registered = user.confirmed_at.is_none() && self.has_password(&user).await?;
        let by = By { who: Who::User(user.id), token: None };
        let note = self.note_by(by, "user.confirm", ("user", user.id.uuid()));
        let fact = self.shared.store.confirm_user(user.id, note);
        self.enrol(&[], fact).await?;
        self.set_password(&user, &hash, by, PasswordEnds { keep: None, tokens }).await?;
        if registered {
            self.found_first(&user, by).await?;
        }
        // A right code clears it; else whoever reads the mail could wash guessed codes away.
        if self.shared.store.second_factor(user.id).await?.is_some() {
            return Ok(());
        }
        self.clear_account(&user).await
    }

    /// Changes the actor's own password, which must be given. The session it is done from lives
    /// on; the user's other sessions end, and all tokens too if `tokens`.
    pub async fn change_password(
        &self,
        actor: &Actor,
        (old, new): (&str, &str),
        tokens: bool,
        door: &Door,
    ) -> Result<(), Error> {
        self.allow(actor, &Permission::SELF_UPDATE, Place::Oneself).await?;
        let user = self.shared.store.user(Self::person(actor)?).await?;
        let user = user.ok_or(Refusal::Missing("user"))?;
        self.recheck_password(&user, old, door).await?;
        password::judge(new, &user, self.shared.policy.logins.shortest_password)?;
        let ends = PasswordEnds { keep: actor.session(), tokens };
        let hash = self.shared.hasher.hash(new, &*self.shared.entropy).await?;
        self.set_password(&user, &hash, actor.by(), ends).await
    }

    pub(crate) async fn set_password(
        &self,
        user: &User,
        hash: &PasswordHash,
        by: By,
        ends: PasswordEnds,
    ) -> Result<(), Error> {
        let forget = Subject::User(user.id);
        let note = self
            .note_by(by, "user.password", ("user", user.id.uuid()))
            .saying("tokens_end", ends.tokens.to_string())
            .forgetting(forget);
        let fact = self.shared.store.set_password(user.id, hash, ends, note);
        if self.enrol(&[forget], fact).await? == Change::Missing {
            return Err(Refusal::Missing("user").into());
        }
        let text = "Your password was changed. Not by you? Ask for a new one at once.\n";
        self.post(user, "Your password was changed", text.to_owned());
        Ok(())
    }

    pub(crate) fn post(&self, user: &User, subject: &str, text: String) {
        if let Some(to) = user.email.clone() {
            self.shared.outbox.post(Letter { to, subject: subject.to_owned(), text });
        }
    }

    /// A user as one is when new. The user name is canonical from the start.
    pub(crate) fn new_user(&self, username: &str, email: Option<&str>) -> Result<User, Refusal> {
        let username = username.trim();
        check_name("username", username, 150)?;
        let email = email.map(str::trim);
        email.map_or(Ok(()), check_email)?;
        let now = self.now();
        Ok(User {
            id: self.mint(),
            number: 0,
            username: username.to_owned(),
            email: email.map(str::to_owned),
            first_name: String::new(),
            last_name: String::new(),
            language: String::new(),
            marks: Marks::default(),
            created_at: now,
            modified_at: now,
            confirmed_at: None,
            disabled_at: None,
            last_login_at: None,
            provider: None,
            home: None,
            epoch: 0,
        })
    }
}

/// A name that may be empty.
pub(crate) fn check_optional(field: &'static str, name: &str) -> Result<String, Refusal> {
    if !name.is_empty() {
        check_name(field, name, LONGEST_NAME)?;
    }
    Ok(name.to_owned())
}

/// One address: something before one `@`, a host of dotted labels after it, at most 254 bytes, no
/// white space, quotes or control characters (attack book A146).
pub(crate) fn check_email(email: &str) -> Result<(), Refusal> {
    let bad = || Refusal::invalid("email", "one address such as alice@example.com");
    let (local, host) = email.split_once('@').ok_or_else(bad)?;
    let odd = |c: char| c.is_control() || c.is_whitespace() || "\"'<>(),;:\\[]@".contains(c);
    let label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    let fits = email.len() <= 254
        && !local.is_empty()
        && local.len() <= 64
        && !email.replacen('@', "", 1).contains(odd)
        && host.split('.').all(label);
    if fits { Ok(()) } else { Err(bad()) }
}
