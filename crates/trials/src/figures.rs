//! The figures of a judged history, as they are printed.

use std::fmt;

use crate::checker::{Judgement, Tally};

/// A judgement as a person reads it.
pub struct Figures<'a> {
    /// What was judged.
    pub judgement: &'a Judgement,
    /// From which the run followed.
    pub seed: u64,
    /// Where the history is.
    pub history: String,
}

/// Violations of each promise that are shown; the rest is counted.
const SHOWN: usize = 5;

/// The value below which `percent` of all lie, in milliseconds.
fn percentile(sorted: &[u64], percent: usize) -> f64 {
    let place = sorted.len().saturating_mul(percent).div_ceil(100).saturating_sub(1);
    let micros = sorted.get(place).copied().unwrap_or(0);
    f64::from(u32::try_from(micros).unwrap_or(u32::MAX)) / 1_000.0
}

fn times(f: &mut fmt::Formatter<'_>, name: &str, times: &[u64]) -> fmt::Result {
    if times.is_empty() {
        return Ok(());
    }
    let mut times = times.to_vec();
    times.sort_unstable();
    let (half, most) = (percentile(&times, 50), percentile(&times, 99));
    writeln!(f, "{name:<28} p50 {half:.0} ms, p99 {most:.0} ms")
}

impl fmt::Display for Figures<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Judgement { tally, violations } = self.judgement;
        let Tally { kills, in_flight, operations, acknowledged, changes, .. } = tally;
        writeln!(f, "kills of the server          {kills}")?;
        writeln!(f, "kills of its database        {}", tally.database_kills)?;
        writeln!(f, "operations                   {operations}")?;
        writeln!(f, "  acknowledged               {acknowledged}, of them changes {changes}")?;
        writeln!(f, "  refused                    {}", tally.refused)?;
        writeln!(f, "  unknown                    {}", tally.unknown)?;
        writeln!(f, "  in flight at a kill        {in_flight}")?;
        writeln!(f, "use-once spends tried        {}", tally.spends)?;
        writeln!(f, "refresh tokens shown         {}", tally.refreshes)?;
        writeln!(f, "journal entries              {}", tally.entries)?;
        times(f, "restart to first answer", &tally.starts)?;
        times(f, "without a database", &tally.gaps)?;
        writeln!(f, "seed                         {}", self.seed)?;
        writeln!(f, "history                      {}", self.history)?;
        writeln!(f, "violations                   {}", violations.len())?;
        for broken in violations.chunk_by(|a, b| a.promise == b.promise) {
            for violation in broken.iter().take(SHOWN) {
                writeln!(f, "  {violation}")?;
            }
            if let (Some(first), true) = (broken.first(), broken.len() > SHOWN) {
                let name = first.promise.name();
                writeln!(f, "  {name}: and {} more", broken.len() - SHOWN)?;
            }
        }
        let all = kills + tally.database_kills;
        if violations.is_empty() && all > 0 {
            let bound = 300.0 / f64::from(u32::try_from(all).unwrap_or(u32::MAX));
            writeln!(f, "with 95 % confidence, less than {bound:.2} % of kills break a promise")?;
        }
        Ok(())
    }
}
