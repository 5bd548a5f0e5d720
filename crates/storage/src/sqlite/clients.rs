//! How an application, which may be an OAuth 2 client, is made and changed.

use authority::account::store::Creation;
use authority::application::Application;
use authority::application::store::ApplicationChange;
use authority::id::{ApplicationId, Number};
use authority::journal::Draft;
use authority::token::Token;
use authority::token::store::KeptSecret;
use rusqlite::{Connection, params};

use super::issue;
use super::order::Told;
use super::row::{Failure, at, holds, key, one, run};
use crate::text;

/// The index `clients_named` says the same.
const NAME_TAKEN: &str = "
    SELECT EXISTS (
        SELECT 1
        FROM applications
        WHERE organization_id = ?1
            AND name = ?2
            AND id <> ?3
            AND client_type IS NOT NULL
            AND archived_at IS NULL)";

/// The index `applications_slugged` says the same.
const SLUG_TAKEN: &str = "
    SELECT EXISTS (
        SELECT 1
        FROM applications
        WHERE organization_id = ?1
            AND slug = ?2
            AND slug <> ''
            AND id <> ?3
            AND archived_at IS NULL)";

const INSERT: &str = "
    INSERT INTO applications (id, organization_id, name, name_folded, description, client_type,
        grant_type, redirect_uris, skips_consent, created_at, modified_at, archived_at, epoch, slug)
    SELECT ?1, o.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14
    FROM organizations o
    WHERE o.id = ?2 AND o.deleted_at IS NULL";

pub(super) fn create(
    db: &Connection,
    application: &Application,
    secret: Option<&(Token, KeptSecret)>,
) -> Result<Told<Creation>, Failure> {
    let (id, organization) = (key(application.id), key(application.organization));
    let named = application.client.is_some() && application.archived_at.is_none();
    if named && holds(db, NAME_TAKEN, params![organization, application.name, id])? {
        return Ok(Told::nothing(Creation::Taken("name")));
    }
    if holds(db, SLUG_TAKEN, params![organization, application.slug, id])? {
        return Ok(Told::nothing(Creation::Taken("slug")));
    }
    let client = application.client.as_ref().map(text::of_client);
    let values = params![
        id,
        organization,
        application.name,
        text::folded(&application.name),
        application.description,
        client.as_ref().map(|(kind, _, _)| kind),
        client.as_ref().map(|(_, grant, _)| grant),
        client.as_ref().map_or("", |(_, _, uris)| uris),
        application.client.as_ref().is_some_and(|client| client.skips_consent),
        at(application.created_at),
        at(application.modified_at),
        application.archived_at.map(at),
        application.epoch,
        application.slug,
    ];
    if run(db, INSERT, values)? == 0 {
        return Ok(Told::nothing(Creation::Missing));
    }
    let number = db.last_insert_rowid();
    if let Some((token, secret)) = secret {
        issue::insert(db, token, *secret)?;
    }
    Ok(Told::done(Creation::Done(number)))
}

const TO_CHANGE: &str = "
    SELECT number, organization_id, client_type IS NOT NULL
    FROM applications
    WHERE id = ?1 AND archived_at IS NULL";

const UPDATE: &str = "
    UPDATE applications
    SET name = coalesce(?2, name),
        name_folded = coalesce(?3, name_folded),
        description = coalesce(?4, description),
        redirect_uris = coalesce(?5, redirect_uris),
        skips_consent = coalesce(?6, skips_consent),
        modified_at = ?7,
        slug = coalesce(?8, slug)
    WHERE id = ?1 AND archived_at IS NULL";

pub(super) fn update(
    db: &Connection,
    id: ApplicationId,
    change: &ApplicationChange,
    note: &Draft,
) -> Result<Told<Creation>, Failure> {
    let found: Option<(Number, [u8; 16], bool)> =
        one(db, TO_CHANGE, params![key(id)], |row| Ok((row.value()?, row.value()?, row.value()?)))?;
    let Some((number, organization, client)) = found else {
        return Ok(Told::nothing(Creation::Missing));
    };
    let named = change.name.as_ref().filter(|_| client);
    if named.is_some() && holds(db, NAME_TAKEN, params![organization, named, key(id)])? {
        return Ok(Told::nothing(Creation::Taken("name")));
    }
    if holds(db, SLUG_TAKEN, params![organization, change.slug, key(id)])? {
        return Ok(Told::nothing(Creation::Taken("slug")));
    }
    let values = params![
        key(id),
        change.name,
        change.name.as_deref().map(text::folded),
        change.description,
        change.redirect_uris.as_deref().map(text::of_redirect_uris),
        change.skips_consent,
        at(note.at),
        change.slug,
    ];
    run(db, UPDATE, values)?;
    Ok(Told::done(Creation::Done(number)))
}
