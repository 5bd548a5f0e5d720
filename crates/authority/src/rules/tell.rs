//! What a yes tells the service behind the gateway.

/// One thing that a yes may tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The token's id.
    Token,
    /// What kind of holder it has.
    Holder,
    /// Its holder's id.
    HolderId,
    /// Its holder's name.
    HolderName,
    /// The organization that it is bound to.
    Organization,
    /// Its scopes.
    Scopes,
    /// When it expires.
    Expires,
}

impl Told {
    /// Each of them.
    pub const ALL: [Self; 7] = [
        Self::Token,
        Self::Holder,
        Self::HolderId,
        Self::HolderName,
        Self::Organization,
        Self::Scopes,
        Self::Expires,
    ];

    /// Its word in a rule set: what follows `X-Chancery-` in the name of its header.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Holder => "holder",
            Self::HolderId => "holder-id",
            Self::HolderName => "holder-name",
            Self::Organization => "organization",
            Self::Scopes => "scopes",
            Self::Expires => "expires",
        }
    }

    /// The reverse of [`Told::word`].
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|told| told.word() == word)
    }
}

/// Which of them a yes tells: all, unless a rule set says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telling(u8);

impl Telling {
    /// Everything.
    pub const ALL: Self = Self((1 << Told::ALL.len()) - 1);
    /// Nothing but the yes.
    pub const NOTHING: Self = Self(0);

    /// Whether it is told.
    pub const fn includes(self, told: Told) -> bool {
        self.0 & (1 << told as u8) != 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Told> {
        Told::ALL.into_iter().filter(move |told| self.includes(*told))
    }
}

impl FromIterator<Told> for Telling {
    fn from_iter<I: IntoIterator<Item = Told>>(told: I) -> Self {
        Self(told.into_iter().fold(0, |all, told| all | 1 << told as u8))
    }
}
