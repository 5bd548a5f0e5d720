//! Chance that follows from a seed (SplitMix64). What clients choose is the same for a seed; when
//! the machine lets them do it is not.

/// Dice that fall as their seed says.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice of one player: no two play alike.
    pub fn new(seed: u64, player: u32) -> Self {
        let mut seeded = Self(seed);
        Self(seeded.roll() ^ Self(u64::from(player)).roll())
    }

    /// 64 random bits.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number below `most`, 0 if that is 0.
    pub fn below(&mut self, most: usize) -> usize {
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        usize::try_from(self.roll().checked_rem(most).unwrap_or(0)).unwrap_or(0)
    }

    /// True `per_mille` times in a thousand.
    pub fn chance(&mut self, per_mille: usize) -> bool {
        self.below(1_000) < per_mille
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }

    /// One of the last `newest`.
    pub fn pick_new<'a, T>(&mut self, all: &'a [T], newest: usize) -> Option<&'a T> {
        self.pick(all.get(all.len().saturating_sub(newest)..).unwrap_or_default())
    }
}
