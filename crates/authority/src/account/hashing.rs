//! Argon2id, off the async threads, few at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use super::PasswordHash;
use crate::entropy::Entropy;
use crate::error::Unavailable;
use crate::policy::{HashingCost, LoginPolicy};

/// The longest password, in bytes. Longer ones are refused before hashing.
pub const LONGEST_PASSWORD: usize = 1024;

const LANES: u32 = 1;

/// Hashes and compares passwords.
pub(crate) struct Hasher {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
    argon2: Argon2<'static>,
    /// How hashes of today's parameters begin.
    today: String,
    nobody: PasswordHash,
}

/// The right to hash: held by one login at a time for each place.
pub(crate) struct Turn {
    place: OwnedSemaphorePermit,
}

impl Hasher {
    pub(crate) fn new(policy: &LoginPolicy, entropy: &dyn Entropy) -> Result<Self, Unavailable> {
        let mut random = [0; 32];
        entropy.fill(&mut random);
        let HashingCost { memory_kib: memory, passes } = policy.cost;
        let params = Params::new(memory, passes, LANES, None);
        let params = params.map_err(|_| Unavailable("odd Argon2 parameters".to_owned()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Ok(Self {
            places: Arc::new(Semaphore::new(policy.hashing.max(1))),
            waiting: AtomicUsize::new(0),
            queue: policy.queue,
            today: format!("$argon2id$v=19$m={memory},t={passes},p={LANES}$"),
            nobody: hash(&argon2, &random, &salt(entropy))?,
            argon2,
        })
    }

    /// Waits for a place.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] at once if too many wait already.
    pub(crate) async fn turn(&self) -> Result<Turn, Unavailable> {
        let full = || Unavailable("too many logins wait".to_owned());
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= self.queue {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            return Err(full());
        }
        let _waits = Waits(&self.waiting);
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| full())?;
        Ok(Turn { place })
    }

    /// A password's hash, with a fresh salt.
    pub(crate) async fn hash(
        &self,
        password: &str,
        entropy: &dyn Entropy,
    ) -> Result<PasswordHash, Unavailable> {
        let turn = self.turn().await?;
        let (password, salt) = (Zeroizing::new(password.as_bytes().to_vec()), salt(entropy));
        let argon2 = self.argon2.clone();
        off_thread(move || {
            let _held = turn;
            hash(&argon2, &password, &salt)
        })
        .await?
    }

    /// Whether a password is the one behind `kept`. Without one it takes the same time and is not.
    /// The second word says whether the hash should be made anew with today's parameters.
    pub(crate) async fn compare(
        &self,
        turn: Turn,
        password: &str,
        kept: Option<&PasswordHash>,
    ) -> Result<(bool, Turn), Unavailable> {
        let somebody = kept.is_some();
        let kept = kept.unwrap_or(&self.nobody).clone();
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let argon2 = self.argon2.clone();
        off_thread(move || {
            let same = is_password(&argon2, &password, &kept);
            (same && somebody, turn)
        })
        .await
    }

    /// Whether a hash was made with other than today's parameters.
    pub(crate) fn is_outdated(&self, kept: &PasswordHash) -> bool {
        !kept.phc().starts_with(&self.today)
    }
}

impl Turn {
    /// Gives the place to the next.
    pub(crate) fn end(self) {
        drop(self.place);
    }
}

struct Waits<'a>(&'a AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Unavailable> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Unavailable("hashing was broken off".to_owned()))
}

fn salt(entropy: &dyn Entropy) -> [u8; 16] {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    salt
}

fn hash(argon2: &Argon2<'_>, password: &[u8], salt: &[u8]) -> Result<PasswordHash, Unavailable> {
    let hashed: Result<phc::PasswordHash, _> = argon2.hash_password_with_salt(password, salt);
    let hashed = hashed.map_err(|_| Unavailable("hashing failed".to_owned()))?;
    Ok(PasswordHash::from_phc(hashed.to_string()))
}

/// The parameters are the hash's own.
fn is_password(argon2: &Argon2<'_>, password: &[u8], kept: &PasswordHash) -> bool {
    let Ok(kept) = phc::PasswordHash::new(kept.phc()) else {
        return false;
    };
    argon2.verify_password(password, &kept).is_ok()
}
