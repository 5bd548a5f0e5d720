//! What makes the codes of a second factor.

use authority::Authority;
use authority::account::Enrolment;
use totp_rs::{Builder, Secret, Totp};

/// A phone with an app for codes.
pub struct Phone(Totp);

impl Phone {
    /// Takes over a secret, as it was shown.
    pub fn new(spelled: &str) -> Self {
        let secret = Secret::try_from_base32(spelled).expect("base32");
        Self(Builder::new().with_secret(secret).build().expect("20 bytes"))
    }

    /// Scans what an enrolment showed.
    pub fn of(enrolment: &Enrolment) -> Self {
        Self::new(enrolment.secret.reveal())
    }

    /// The code that it shows now.
    pub fn code(&self, authority: &Authority) -> String {
        self.code_in(authority, 0)
    }

    /// The code that it shows so many steps of 30 s from now.
    pub fn code_in(&self, authority: &Authority, steps: i64) -> String {
        let second = authority.now().as_second() + 30 * steps;
        self.0.generate(u64::try_from(second).expect("after 1970")).to_string()
    }

    /// Six digits that are none of its codes around now.
    pub fn wrong(&self, authority: &Authority) -> String {
        let good: Vec<String> = (-2..=2).map(|steps| self.code_in(authority, steps)).collect();
        let mut all = (0..10).map(|digit| digit.to_string().repeat(6));
        all.find(|code| !good.contains(code)).expect("five of ten are others")
    }
}
