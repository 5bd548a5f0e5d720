//! OAuth 2 clients, as those who manage them do.

use super::manage::{LONGEST_NAME, check_description};
use super::{Application, Client, Grant};
use crate::actor::{Actor, Place};
use crate::authority::Authority;
use crate::error::{Error, Refusal};
use crate::id::OrganizationId;
use crate::permission::Permission;
use crate::secret::{Kind, Secret};
use crate::token::issue::Bearer;
use crate::token::terms::{check_name, grant};
use crate::token::{Holder, Token, Wish};

/// The most redirect addresses of one client.
const MOST_REDIRECTS: usize = 32;
/// The longest redirect address, in bytes.
const LONGEST_REDIRECT: usize = 2_000;

/// A client as somebody wishes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClient {
    /// What to call it; unique among the clients of its organization.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// How it obtains tokens.
    pub client: Client,
}

impl Authority {
    /// Makes an OAuth 2 client. A confidential one gets a secret, which is shown now and never again,
    /// and does not expire, though what it is made with may: its clients can't renew it, so it is rotated
    /// like any token. Only a superuser makes one that asks nobody.
    pub async fn create_client(
        &self,
        actor: &Actor,
        organization: OrganizationId,
        new: NewClient,
    ) -> Result<(Application, Option<Secret>), Error> {
        check_name("name", &new.name, LONGEST_NAME)?;
        check_description(&new.description)?;
        if new.client.confidential && actor.is_barren() {
            return Err(Refusal::CannotBreed.into());
        }
        let place = Place::In(organization);
        self.allow_on(actor, &Permission::CLIENT_UPDATE, place, "organization").await?;
        check_redirects(new.client.grant, &new.client.redirect_uris)?;
        self.may_skip_consent(actor, new.client.skips_consent).await?;
        let now = self.now();
        let confidential = new.client.confidential;
        let application = Application {
            id: self.mint(),
            number: 0,
            organization,
            name: new.name,
            slug: String::new(),
            description: new.description,
            client: Some(new.client),
            created_at: now,
            modified_at: now,
            archived_at: None,
            epoch: 0,
        };
        let secret = if confidential {
            let token = self.client_secret(actor, &application).await?;
            Some((token, self.make_secret(Kind::ClientSecret)))
        } else {
            None
        };
        let kept = secret.as_ref().map(|(token, (_, kept))| (token, *kept));
        let application = self.keep_application(actor, (application, None), kept, None).await?;
        let secret = secret.map(|(_, (secret, _))| secret);
        Ok((application, secret))
    }

    /// That people are not asked is for the installation to say: else whoever founds an organization
    /// could have anybody's tokens for a click (attack book A116).
    pub(super) async fn may_skip_consent(&self, actor: &Actor, skips: bool) -> Result<(), Error> {
        if skips {
            let update = &Permission::INSTALLATION_UPDATE;
            self.allow(actor, update, Place::Installation).await?;
        }
        Ok(())
    }

    /// The first secret of a client: for no more than the credential that makes it, and from nowhere else.
    async fn client_secret(
        &self,
        actor: &Actor,
        application: &Application,
    ) -> Result<Token, Error> {
        let Application { id, organization, created_at, .. } = *application;
        let born = self.born(0, organization).await?;
        let bearer = Bearer::bound(Holder::Application(id), organization, Kind::ClientSecret, born);
        let wish = Wish { until_revoked: true, ..Wish::default() };
        let made = (self.mint(), created_at);
        let token = grant(actor, &bearer, wish, &self.shared.policy.tokens, made)?;
        Ok(Token { expires_at: None, ..token })
    }
}

/// Whether a client may send codes to these addresses.
///
/// # Errors
///
/// [`Refusal::Invalid`] for an address that is not `http` or `https`, has a fragment (RFC 6749,
/// section 3.1.2), a user, a wildcard or white space; and for a client of codes without one.
pub(crate) fn check_redirects(grant: Grant, uris: &[String]) -> Result<(), Refusal> {
    let wrong = |rule: String| Refusal::Invalid { field: "redirect_uris", rule };
    if grant == Grant::Code && uris.is_empty() {
        let rule = "redirect_uris cannot be empty with grant_type authorization-code";
        return Err(wrong(rule.to_owned()));
    }
    if uris.len() > MOST_REDIRECTS {
        return Err(wrong(format!("at most {MOST_REDIRECTS} redirect addresses")));
    }
    for uri in uris {
        let scheme = uri.split(':').next().unwrap_or_default();
        let web = ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str());
        if !web || !uri.contains(':') {
            return Err(wrong(format!("Unauthorized redirect scheme: {scheme}")));
        }
        if !is_plain(uri) {
            return Err(wrong(format!("Invalid redirect address: {uri}")));
        }
    }
    Ok(())
}

/// Whether an address has a host and nothing that could make two readers see two different hosts.
fn is_plain(uri: &str) -> bool {
    let rest = uri.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let fits = |b: u8| b.is_ascii_graphic() && !b"#\\*<>\"{}|^`".contains(&b);
    // Of a name, an address in brackets, and a port.
    let of_host = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
    uri.len() <= LONGEST_REDIRECT
        && uri.bytes().all(fits)
        && !host.is_empty()
        && !host.starts_with(':')
        && host.bytes().all(of_host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_address_is_of_the_web_and_says_one_host_only() {
        let of = |uri: &str| check_redirects(Grant::Code, &[uri.to_owned()]);
        for good in ["http://127.0.0.1:9999/cb", "https://app.example.org/cb?a=b", "HTTPS://a.b/"] {
            assert_eq!(of(good), Ok(()), "{good}");
        }
        for bad in [
            "ftp://example.org/x",
            "javascript:alert(1)",
            "https:/example.org",
            "https://",
            "https://user@example.org/",
            "https://*.example.org/",
            "https://example.org/#f",
            "https://exa mple.org/",
            "https://example.org\\@evil.org/",
            "https://example.org;sandbox/",
            "https://example.org,evil.org/",
            "https://example.org%2f.evil.org/",
            "//example.org/",
        ] {
            assert!(of(bad).is_err(), "{bad}");
        }
        assert!(check_redirects(Grant::Code, &[]).is_err());
        assert_eq!(check_redirects(Grant::Password, &[]), Ok(()));
    }
}
