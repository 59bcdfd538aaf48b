//! The scans of a JPEG, read code by code without keeping a coefficient: whether the picture is whole,
//! in an eighth of a byte of memory per pixel and colour.
//!
//! ITU-T T.81: annex F for sequential pictures, annex G for progressive ones. A refining scan has a bit
//! for each coefficient that is not zero yet, so that much is remembered of each block.

use super::jpeg_codes::{CodeReader, CodeTable, ScanFault};

/// The most components that a picture can have here: as many as printers have inks.
const COMPONENTS_MAX: usize = 4;

/// The side of a block.
const SIDE: usize = 8;

/// The components of a frame, and what is known of them.
#[derive(Default)]
struct ScanFrame {
    is_progressive: bool,
    components: Vec<Component>,
    /// Groups of blocks of all components, in a row and in a column.
    groups: (usize, usize),
}

struct Component {
    id: u8,
    /// The number of its quantisation table.
    steps: u8,
    /// Its blocks in a group, in a row and in a column.
    sampling: (usize, usize),
    /// Its blocks that show something, in a row and in a column.
    shown: (usize, usize),
    /// Blocks in a row, with those that fill the last group.
    stride: usize,
    /// For each block the coefficients that are not zero.
    known: Vec<u64>,
}

/// What a scan reads.
struct Scan {
    is_progressive: bool,
    /// The first and the last coefficient.
    band: (u32, u32),
    is_refining: bool,
    restart_interval: usize,
}

/// Reads all scans of a JPEG whose segments lead to its end.
///
/// # Errors
/// What is wrong, in words: codes that do not exist, data that ends early or is left over.
pub(super) fn check_scans(bytes: &[u8]) -> Result<(), String> {
    let mut frame = ScanFrame::default();
    let (mut dc, mut ac) = ([const { None }; 4], [const { None }; 4]);
    let (mut restart_interval, mut at) = (0, 2);
    let mut steps = [false; 4];
    loop {
        while bytes.get(at..at + 2).is_some_and(|it| it[0] != 0xff || matches!(it[1], 0 | 0xff)) {
            at += 1;
        }
        let Some(&[_, marker, high, low]) = bytes.get(at..at + 4) else { return Ok(()) };
        if matches!(marker, 0x01 | 0xd0..=0xd8) {
            at += 2;
            continue;
        }
        if marker == 0xd9 {
            return Ok(());
        }
        let length = usize::from(u16::from_be_bytes([high, low])).max(2);
        let segment = bytes.get(at + 4..at + 2 + length).unwrap_or_default();
        at += 2 + length;
        match marker {
            0xc4 => read_tables(segment, &mut dc, &mut ac).ok_or("its code tables are damaged")?,
            0xdb => read_steps(segment, &mut steps).ok_or("its quantisation tables are damaged")?,
            0xdd => {
                let interval = segment.get(..2).map_or([0, 0], |it| [it[0], it[1]]);
                restart_interval = usize::from(u16::from_be_bytes(interval));
            }
            // A second frame might be of any size.
            0xc0..=0xc2 if frame.components.is_empty() => {
                frame = ScanFrame::of(marker, segment).ok_or("its frame is damaged")?;
            }
            0xc0..=0xc2 => return Err("it has a second frame".to_string()),
            0xda => {
                let has_steps = |it: &Component| steps.get(usize::from(it.steps)) == Some(&true);
                if !frame.components.iter().all(has_steps) {
                    return Err("it has no quantisation table for a colour".to_string());
                }
                let data = bytes.get(at..).unwrap_or_default();
                at += frame.read_scan(segment, data, (&dc, &ac), restart_interval)?;
            }
            _ => {}
        }
    }
}

/// Tables of codes by their number.
type Tables = [Option<CodeTable>; 4];

/// Reads tables of codes (`DHT`).
fn read_tables(mut segment: &[u8], dc: &mut Tables, ac: &mut Tables) -> Option<()> {
    while let Some((head, rest)) = segment.split_first() {
        let counts = rest.get(..16)?;
        let all = counts.iter().map(|count| usize::from(*count)).sum::<usize>();
        let values = rest.get(16..16 + all)?;
        let tables = if head >> 4 == 0 { &mut *dc } else { &mut *ac };
        *tables.get_mut(usize::from(head & 0xf))? = Some(CodeTable::new(counts, values)?);
        segment = &rest[16 + all..];
    }
    Some(())
}

/// Reads which quantisation tables (`DQT`) there are.
fn read_steps(mut segment: &[u8], known: &mut [bool; 4]) -> Option<()> {
    while let Some((head, rest)) = segment.split_first() {
        let length = if head >> 4 == 0 { 64 } else { 128 };
        segment = rest.get(length..)?;
        *known.get_mut(usize::from(head & 0xf))? = true;
    }
    Some(())
}

impl ScanFrame {
    /// Reads the start of a frame (T.81, B.2.2).
    fn of(marker: u8, segment: &[u8]) -> Option<ScanFrame> {
        let short = |at: usize| {
            segment.get(at..at + 2).map(|it| usize::from(u16::from_be_bytes([it[0], it[1]])))
        };
        let (height, width) = (short(1)?, short(3)?);
        let named = segment.get(6..)?.chunks_exact(3).take(usize::from(*segment.get(5)?));
        let samplings = named.clone().map(|it| (usize::from(it[1] >> 4), usize::from(it[1] & 0xf)));
        let (widest, tallest) =
            samplings.fold((0, 0), |most: (usize, usize), it| (most.0.max(it.0), most.1.max(it.1)));
        let mut frame = ScanFrame { is_progressive: marker == 0xc2, ..ScanFrame::default() };
        let is_odd = named.len() > COMPONENTS_MAX || widest > 4 || tallest > 4;
        if widest == 0 || tallest == 0 || is_odd || width * height == 0 {
            return None;
        }
        frame.groups = (width.div_ceil(SIDE * widest), height.div_ceil(SIDE * tallest));
        for it in named {
            let sampling = (usize::from(it[1] >> 4), usize::from(it[1] & 0xf));
            if sampling.0 == 0 || sampling.1 == 0 {
                return None;
            }
            let blocks =
                |side: usize, own: usize, most: usize| (side * own).div_ceil(most).div_ceil(SIDE);
            let stride = frame.groups.0 * sampling.0;
            let held = if frame.is_progressive { stride * frame.groups.1 * sampling.1 } else { 0 };
            let shown = (blocks(width, sampling.0, widest), blocks(height, sampling.1, tallest));
            let known = vec![0; held];
            let (id, steps) = (it[0], it[2]);
            frame.components.push(Component { id, steps, sampling, shown, stride, known });
        }
        Some(frame)
    }

    /// Reads a scan, and returns the length of its data.
    fn read_scan(
        &mut self,
        header: &[u8],
        data: &[u8],
        (dc, ac): (&Tables, &Tables),
        restart_interval: usize,
    ) -> Result<usize, String> {
        let damaged = || "the header of a scan is damaged".to_string();
        let count = usize::from(*header.first().ok_or_else(damaged)?);
        let rest = header.get(1 + 2 * count..4 + 2 * count).ok_or_else(damaged)?;
        let mut parts = Vec::new();
        for named in header[1..1 + 2 * count].chunks_exact(2) {
            let at = self.components.iter().position(|it| it.id == named[0]).ok_or_else(damaged)?;
            let table = |tables: &'_ Tables, number: u8| {
                tables.get(usize::from(number)).and_then(Clone::clone)
            };
            parts.push((at, table(dc, named[1] >> 4), table(ac, named[1] & 0xf)));
        }
        let scan = Scan {
            is_progressive: self.is_progressive,
            band: if self.is_progressive { (rest[0].into(), rest[1].into()) } else { (0, 63) },
            is_refining: self.is_progressive && rest[2] >> 4 != 0,
            restart_interval,
        };
        if parts.is_empty() || scan.band.0 > scan.band.1 || scan.band.1 > 63 {
            return Err(damaged());
        }
        let mut reader = CodeReader::new(data);
        let done = self.read_blocks(&scan, &parts, &mut reader);
        done.and_then(|()| reader.end()).map_err(|fault| fault.to_string())
    }

    fn read_blocks(
        &mut self,
        scan: &Scan,
        parts: &[(usize, Option<CodeTable>, Option<CodeTable>)],
        reader: &mut CodeReader<'_>,
    ) -> Result<(), ScanFault> {
        let mut run = 0;
        // The blocks of one component alone are in rows, and none are added to fill groups.
        let alone = (parts.len() == 1).then(|| self.components[parts[0].0].shown);
        let (columns, rows) = alone.unwrap_or(self.groups);
        for group in 0..columns * rows {
            if scan.restart_interval > 0 && group > 0 && group % scan.restart_interval == 0 {
                reader.restart(group / scan.restart_interval - 1)?;
                run = 0;
            }
            let (x, y) = (group % columns, group / columns);
            for (at, dc, ac) in parts {
                let component = &mut self.components[*at];
                let (wide, tall) = if alone.is_some() { (1, 1) } else { component.sampling };
                for block in 0..wide * tall {
                    let (x, y) = (x * wide + block % wide, y * tall + block / wide);
                    let mut nothing = 0;
                    let known =
                        component.known.get_mut(y * component.stride + x).unwrap_or(&mut nothing);
                    scan.read_block(reader, (dc.as_ref(), ac.as_ref()), known, &mut run)?;
                }
            }
        }
        Ok(())
    }
}

impl Scan {
    /// Reads a block; `run` is how many blocks from this one on have nothing more.
    fn read_block(
        &self,
        reader: &mut CodeReader<'_>,
        (dc, ac): (Option<&CodeTable>, Option<&CodeTable>),
        known: &mut u64,
        run: &mut u32,
    ) -> Result<(), ScanFault> {
        let (first, last) = self.band;
        if first == 0 {
            match self.is_refining {
                true => reader.skip(1)?,
                false => {
                    let bits = reader.code(dc)?;
                    if bits > 16 {
                        return Err(ScanFault::NoCode);
                    }
                    reader.skip(bits.into())?;
                }
            }
        }
        match (self.is_progressive, self.is_refining) {
            (true, _) if last == 0 => Ok(()),
            (_, false) => self.read_first(reader, ac, known, run),
            (_, true) => refine(reader, ac, known, run, (first.max(1), last)),
        }
    }

    /// Reads coefficients for the first time.
    fn read_first(
        &self,
        reader: &mut CodeReader<'_>,
        ac: Option<&CodeTable>,
        known: &mut u64,
        run: &mut u32,
    ) -> Result<(), ScanFault> {
        if *run > 0 {
            *run -= 1;
            return Ok(());
        }
        let mut at = self.band.0.max(1);
        while at <= self.band.1 {
            let code = reader.code(ac)?;
            let (zeros, bits) = (u32::from(code >> 4), u32::from(code & 0xf));
            match (zeros, bits) {
                (15, 0) => at += 16,
                (zeros, 0) if self.is_progressive => {
                    *run = (1 << zeros) - 1 + reader.bits(zeros)?;
                    return Ok(());
                }
                (_, 0) => return Ok(()),
                _ => {
                    at += zeros;
                    if at > self.band.1 {
                        return Err(ScanFault::NoCode);
                    }
                    *known |= 1 << at;
                    reader.skip(bits)?;
                    at += 1;
                }
            }
        }
        Ok(())
    }
}

/// Reads another bit of the coefficients of a band (T.81, G.1.2.3).
fn refine(
    reader: &mut CodeReader<'_>,
    ac: Option<&CodeTable>,
    known: &mut u64,
    run: &mut u32,
    (first, last): (u32, u32),
) -> Result<(), ScanFault> {
    let mut at = first;
    while *run == 0 && at <= last {
        let code = reader.code(ac)?;
        let (mut zeros, bits) = (u32::from(code >> 4), code & 0xf);
        match (zeros, bits) {
            (15, 0) => {}
            (zeros, 0) => {
                *run = (1 << zeros) + reader.bits(zeros)?;
                break;
            }
            (_, 1) => reader.skip(1)?,
            _ => return Err(ScanFault::NoCode),
        }
        while at <= last {
            if *known >> at & 1 == 1 {
                reader.skip(1)?;
            } else if zeros == 0 {
                break;
            } else {
                zeros -= 1;
            }
            at += 1;
        }
        if bits == 1 {
            if at > last {
                return Err(ScanFault::NoCode);
            }
            *known |= 1 << at;
        }
        at += 1;
    }
    if *run > 0 {
        let rest = (at..=last).filter(|at| *known >> at & 1 == 1).count();
        reader.skip(rest.min(32) as u32)?;
        reader.skip(rest.saturating_sub(32) as u32)?;
        *run -= 1;
    }
    Ok(())
}
