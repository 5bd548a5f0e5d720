//! Randomness, as it is given to the core.
//!
//! **Invariant**: no other file of this crate rolls dice.

/// Where the core gets its randomness from.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with randomness that nobody can guess.
    ///
    /// # Panics
    ///
    /// If the operating system gives none: a token that can be guessed is worse than no token.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator, by way of aws-lc.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that rolls dice")]
    #[expect(clippy::expect_used, reason = "without randomness nothing may be issued")]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives randomness");
    }
}
