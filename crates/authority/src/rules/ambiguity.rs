//! What can be read in two ways.

/// Why two programs might read a request differently. It is refused whatever the rules say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Ambiguity {
    /// Not upper-case letters, digits and `-`.
    #[error("the method is not in upper case")]
    Method,
    /// Userinfo, an odd character, an empty label, a port that is none, or no host at all.
    #[error("the host is not a plain name or address")]
    Host,
    /// Beyond 8,192 bytes.
    #[error("the target is longer than 8192 bytes")]
    Long,
    /// Absolute form, authority form or `*` (RFC 9112, section 3.2).
    #[error("the target does not begin with /")]
    NotAPath,
    /// A space, a control character, what is not ASCII, or `#`.
    #[error("the target has a character that must be escaped")]
    Character,
    /// Some programs take it for `/`.
    #[error("the path has a \\")]
    Backslash,
    /// Some programs cut a segment there.
    #[error("the path has a ;")]
    Semicolon,
    /// Some programs take `//` for `/`.
    #[error("the path has an empty segment")]
    EmptySegment,
    /// `.` or `..`, escaped or not.
    #[error("the path has a segment . or ..")]
    DotSegment,
    /// A `%` without two hexadecimal digits.
    #[error("the path has a broken escape")]
    BrokenEscape,
    /// An escape of `/`, `\`, `;`, `?`, `#` or `%`.
    #[error("the path has an escaped / \\ ; ? # or %")]
    EscapedSeparator,
    /// NUL, a line break, or another control character, escaped.
    #[error("the path has an escaped control character")]
    Control,
    /// What the escapes stand for is no text.
    #[error("the path is not UTF-8")]
    NotText,
}

impl Ambiguity {
    /// A stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Host => "host",
            Self::Long => "target_too_long",
            Self::NotAPath => "not_a_path",
            Self::Character => "character",
            Self::Backslash => "backslash",
            Self::Semicolon => "semicolon",
            Self::EmptySegment => "empty_segment",
            Self::DotSegment => "dot_segment",
            Self::BrokenEscape => "broken_escape",
            Self::EscapedSeparator => "escaped_separator",
            Self::Control => "control_character",
            Self::NotText => "not_utf8",
        }
    }
}
