//! A dossier as a workbook: what it rests on, then a sheet a question, with real numbers and dates.
//!
//! Every text is written as a text, so that no cell of an inventory becomes a formula or a link. The same
//! dossier gives the same bytes: the workbook is dated by the judgement, not by the clock.

use super::basis::lang_pick;
use super::dossier::{Cell, Chart, Dossier, Form, Kind, Section, Series, Tone};
use super::roster::{Roster, told};
use super::{typographic, visible_line};
use crate::diag::Lang;
use crate::value::Date;
use rust_xlsxwriter::{
    Chart as Drawing, ChartFormat, ChartLine, ChartSolidFill, ChartType, Color, DocProperties, ExcelDateTime, Format,
    FormatAlign, Workbook, Worksheet, XlsxError,
};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Rows of a sheet, its header left out.
pub const ROWS: usize = 1_048_575;
/// Characters of a cell.
const TEXT: usize = 32_767;
/// Characters of the name of a sheet.
const NAME: usize = 31;

/// Writes the workbook of a dossier, with a line an installation when they are given.
///
/// # Errors
/// Those of the writer and of what is read, and what the format cannot hold.
pub fn write(out: impl Write + Send, dossier: &Dossier, roster: Option<Roster<'_>>) -> io::Result<()> {
    made(dossier, roster).and_then(|mut workbook| workbook.save_to_writer(out)).map_err(io::Error::other)
}

fn made(dossier: &Dossier, mut roster: Option<Roster<'_>>) -> Result<Workbook, XlsxError> {
    let lang = dossier.lang;
    let mut workbook = Workbook::new();
    let mut properties = DocProperties::new().set_title(text(&dossier.title)).set_comment("vigie");
    if let Some(date) = excel_date(dossier.as_of) {
        properties = properties.set_creation_datetime(&date);
    }
    workbook.set_properties(&properties);
    let looks = Looks::new(lang);
    let mut taken = BTreeSet::new();
    let first = sheet_name(lang_pick(lang, "Lisez-moi", "Read me"), &mut taken);
    // Names first: the first sheet lists the others.
    let mut sheets: Vec<SheetOf<'_>> = Vec::new();
    for section in &dossier.sections {
        let rows = section.table.rows.len();
        for start in (0..rows.max(1)).step_by(ROWS) {
            let name = sheet_name(&section.name, &mut taken);
            sheets.push((name, section, start..rows.min(start + ROWS)));
        }
    }
    let count = roster.as_mut().map(Roster::count).transpose()?;
    let mut installations = Vec::new();
    if let (Some(roster), Some(count)) = (&roster, count) {
        for _ in 0..count.div_ceil(roster.rows).max(1) {
            installations.push(sheet_name(lang_pick(lang, "Postes", "Workstations"), &mut taken));
        }
    }
    read_me(workbook.add_worksheet().set_name(&first)?, dossier, (&sheets, &installations), &looks)?;
    for (name, section, rows) in sheets {
        let sheet = workbook.add_worksheet().set_name(&name)?;
        table(sheet, &name, section, rows, dossier, &looks)?;
    }
    if let (Some(roster), Some(count)) = (&mut roster, count) {
        list(&mut workbook, roster, (&installations, count), dossier, &looks)?;
    }
    Ok(workbook)
}

/// A line an installation, in as many sheets as it takes; lines go to the workbook as they come and are kept nowhere.
fn list(
    workbook: &mut Workbook,
    roster: &mut Roster<'_>,
    (names, count): (&[String], usize),
    dossier: &Dossier,
    looks: &Looks,
) -> Result<(), XlsxError> {
    let headings = roster.headings(looks.lang);
    let (rows, identified, places, lang) = (roster.rows, roster.identified, roster.places, looks.lang);
    let before = workbook.worksheets().len();
    for (number, name) in names.iter().enumerate() {
        let sheet = workbook.add_worksheet_with_constant_memory()?.set_name(name)?;
        for (place, heading) in headings.iter().enumerate() {
            sheet.set_column_width(at(place), if place == 0 { 8 } else { 24 })?;
            sheet.write_string_with_format(0, at(place), text(heading), &looks.head)?;
        }
        let held = count.saturating_sub(number * rows).min(rows);
        sheet.set_freeze_panes(1, at(places[0] + 2))?;
        sheet.set_repeat_rows(0, 0)?;
        if held > 0 {
            sheet.autofilter(0, 0, held as u32, at(headings.len() - 1))?;
        }
        print(sheet, dossier);
    }
    let mut done = 0usize;
    roster.each(|cells| {
        let sheet = workbook.worksheet_from_index(before + done / rows)?;
        let row = (done % rows) as u32 + 1;
        done += 1;
        write_cell(sheet, row, 0, &Cell::Count(done as u64), looks)?;
        for (place, cell) in cells.iter().enumerate() {
            let told = told(place, cell, places, identified, lang);
            if !told.is_empty() {
                sheet.write_string_with_format(row, at(place + 1), text(told), &looks.plain)?;
            }
        }
        Ok(())
    })
}

/// A sheet: its name, the section that it holds, which rows of it.
type SheetOf<'d> = (String, &'d Section, std::ops::Range<usize>);

/// How cells look.
struct Looks {
    lang: Lang,
    title: Format,
    finding: Format,
    name: Format,
    wrapped: Format,
    head: Format,
    head_number: Format,
    count: Format,
    change: Format,
    percent: Format,
    points: Format,
    date: Format,
    plain: Format,
}

impl Looks {
    fn new(lang: Lang) -> Looks {
        let top = || Format::new().set_align(FormatAlign::Top);
        let head = || {
            Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Bottom)
                .set_background_color(Color::RGB(0x00E8_EBF0))
                .set_border_bottom(rust_xlsxwriter::FormatBorder::Thin)
        };
        Looks {
            lang,
            title: Format::new().set_bold().set_font_size(16),
            finding: top().set_bold().set_text_wrap().set_font_size(12),
            name: top().set_bold(),
            wrapped: top().set_text_wrap(),
            head: head(),
            head_number: head().set_align(FormatAlign::Right),
            count: top().set_num_format("#,##0"),
            change: top().set_num_format("+#,##0;-#,##0;0"),
            percent: top().set_num_format("0.0%"),
            points: top().set_num_format("+0.0;-0.0;0.0"),
            date: top().set_num_format(lang_pick(lang, "dd/mm/yyyy", "yyyy-mm-dd")).set_align(FormatAlign::Left),
            plain: top(),
        }
    }
}

/// What the figures rest on, how they are read, and what the other sheets hold.
fn read_me(
    sheet: &mut Worksheet,
    dossier: &Dossier,
    (sheets, installations): (&[SheetOf<'_>], &[String]),
    looks: &Looks,
) -> Result<(), XlsxError> {
    let lang = looks.lang;
    sheet.set_column_width(0, 34)?.set_column_width(1, 100)?;
    sheet.write_string_with_format(0, 0, text(&dossier.title), &looks.title)?;
    sheet.write_string_with_format(1, 1, text(&dossier.headline), &looks.finding)?;
    let mut row = 3;
    if let Some(closed) = &dossier.closed {
        sheet.write_string_with_format(2, 0, lang_pick(lang, "Refusé", "Refused"), &looks.name)?;
        sheet.write_string_with_format(2, 1, text(closed), &looks.finding)?;
        row = 4;
    }
    for (name, value) in &dossier.facts {
        sheet.write_string_with_format(row, 0, text(name), &looks.name)?;
        write_cell(sheet, row, 1, value, looks)?;
        row += 1;
    }
    row += 1;
    sheet.write_string_with_format(row, 0, lang_pick(lang, "Méthode", "Method"), &looks.name)?;
    for line in &dossier.method {
        sheet.write_string_with_format(row, 1, text(line), &looks.wrapped)?;
        row += 1;
    }
    row += 1;
    sheet.write_string_with_format(row, 0, lang_pick(lang, "Feuille", "Sheet"), &looks.head)?;
    sheet.write_string_with_format(row, 1, lang_pick(lang, "Ce qu'elle dit", "What it says"), &looks.head)?;
    row += 1;
    for (name, section, _) in sheets {
        sheet.write_string_with_format(row, 0, name, &looks.name)?;
        let mut said = vec![text(section.finding.as_ref().unwrap_or(&section.table.caption)), text(&section.measured)];
        said.extend(section.notes.iter().map(|note| text(note)));
        sheet.write_string_with_format(row, 1, cut(&said.join("\n")), &looks.wrapped)?;
        row += 1;
    }
    for name in installations {
        let said = lang_pick(
            lang,
            "Une ligne par poste, dans l'ordre des inventaires",
            "A line a workstation, in the order of the inventories",
        );
        sheet.write_string_with_format(row, 0, name, &looks.name)?;
        sheet.write_string_with_format(row, 1, said, &looks.wrapped)?;
        row += 1;
    }
    print(sheet, dossier);
    Ok(())
}

/// A column of a sheet: what it holds of a column of the table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Key,
    Low,
    High,
    AtLeast,
    AtMost,
    Of,
    /// What is missing to the whole: hidden parts, together.
    Hidden,
}

/// The column of the whole and those of the parts of a chart that some rows have hidden parts of.
fn hidden_parts(section: &Section) -> Option<(usize, &[Series])> {
    section.charts.iter().find_map(|chart| {
        let Form::Stacked { whole } = chart.form else { return None };
        let hidden = |row: &Vec<Cell>| chart.series.iter().any(|series| row[series.column] == Cell::Hidden);
        section.table.rows.iter().any(hidden).then_some((whole, chart.series.as_slice()))
    })
}

/// The columns of a sheet: place in the table, part, heading.
fn columns(section: &Section, lang: Lang) -> Vec<(usize, Part, String)> {
    let table = &section.table;
    let pick = |fr: &str, en: &str| typographic(lang_pick(lang, fr, en), lang).into_owned();
    let mut columns = Vec::new();
    for (place, column) in table.columns.iter().enumerate() {
        let title = &column.title;
        let cells = || table.rows.iter().map(|row| &row[place]);
        match column.kind {
            Kind::Rate | Kind::Share => {
                let range = cells().any(|cell| matches!(cell, Cell::Rate { low, high, .. } if low != high));
                if range {
                    columns.push((place, Part::Low, format!("{title}, {}", pick("au moins", "at least"))));
                    columns.push((place, Part::High, format!("{title}, {}", pick("au plus", "at most"))));
                    columns.push((place, Part::AtLeast, format!("{title}, {}", pick("n au moins", "n at least"))));
                    columns.push((place, Part::AtMost, format!("{title}, {}", pick("n au plus", "n at most"))));
                } else {
                    columns.push((place, Part::Low, title.clone()));
                    columns.push((place, Part::AtLeast, format!("{title}, n")));
                }
                columns.push((place, Part::Of, format!("{title}, N")));
            }
            Kind::Points | Kind::Changes => {
                let title = if column.kind == Kind::Points {
                    format!("{title}, {}", pick("points", "points"))
                } else {
                    title.clone()
                };
                let differs = |cell: &Cell| {
                    matches!(cell, Cell::Points { low, high } if low != high)
                        || matches!(cell, Cell::Changes { low, high } if low != high)
                };
                if cells().any(differs) {
                    columns.push((place, Part::Low, format!("{title}, {}", pick("au moins", "at least"))));
                    columns.push((place, Part::High, format!("{title}, {}", pick("au plus", "at most"))));
                } else {
                    columns.push((place, Part::Low, title));
                }
            }
            Kind::Keyed => {
                columns.push((place, Part::Whole, title.clone()));
                let differs =
                    |cell: &Cell| matches!(cell, Cell::Keyed { key: Some(key), label } if key != label && key != "*");
                if cells().any(differs) {
                    columns.push((place, Part::Key, format!("{title} ({})", pick("code", "code"))));
                }
            }
            _ => columns.push((place, Part::Whole, title.clone())),
        }
    }
    if let Some((whole, _)) = hidden_parts(section) {
        columns.push((whole, Part::Hidden, super::dossier::hidden(lang).to_owned()));
    }
    columns
}

fn table(
    sheet: &mut Worksheet,
    name: &str,
    section: &Section,
    rows: std::ops::Range<usize>,
    dossier: &Dossier,
    looks: &Looks,
) -> Result<(), XlsxError> {
    let table = &section.table;
    let columns = columns(section, looks.lang);
    let hidden = hidden_parts(section);
    for (place, (column, part, title)) in columns.iter().enumerate() {
        let place = at(place);
        let kind = table.columns[*column].kind;
        let is_text = matches!(kind, Kind::Text | Kind::Keyed | Kind::Date);
        sheet.write_string_with_format(
            0,
            place,
            text(title),
            if is_text { &looks.head } else { &looks.head_number },
        )?;
        let width = match (kind, part) {
            (Kind::Text, _) => 48,
            (Kind::Keyed, Part::Whole) => 34,
            (Kind::Keyed, _) => 24,
            _ => 15,
        };
        sheet.set_column_width(place, width)?;
    }
    for (line, cells) in table.rows[rows.clone()].iter().enumerate() {
        for (place, (column, part, _)) in columns.iter().enumerate() {
            if let (Part::Hidden, Some((whole, parts))) = (part, hidden) {
                let shown: u64 = parts.iter().filter_map(|series| cells[series.column].count()).sum();
                if let Some(rest) = cells[whole].count().and_then(|whole| whole.checked_sub(shown)) {
                    write_cell(sheet, line as u32 + 1, at(place), &Cell::Count(rest), looks)?;
                }
                continue;
            }
            write_part(sheet, line as u32 + 1, at(place), &cells[*column], *part, looks)?;
        }
    }
    let body = table.body().len().min(rows.end).saturating_sub(rows.start);
    sheet.set_freeze_panes(1, 1)?;
    sheet.set_repeat_rows(0, 0)?;
    if body > 0 {
        sheet.autofilter(0, 0, body as u32, at(columns.len() - 1))?;
    }
    if rows.start == 0 {
        for (number, chart) in section.charts.iter().enumerate() {
            if let Some(drawing) = drawn(name, section, chart, &columns, dossier.lang) {
                sheet.insert_chart(1 + number as u32 * 24, at(columns.len() + 1), &drawing)?;
            }
        }
    }
    print(sheet, dossier);
    Ok(())
}

/// A chart of the cells of a sheet.
fn drawn(
    sheet: &str,
    section: &Section,
    chart: &Chart,
    columns: &[(usize, Part, String)],
    lang: Lang,
) -> Option<Drawing> {
    let table = &section.table;
    let of = |column: usize, part: Part| {
        let place = columns.iter().position(|(place, own, _)| (*place, *own) == (column, part))?;
        Some(at(place))
    };
    let kind = match chart.form {
        Form::Stacked { .. } => ChartType::BarPercentStacked,
        Form::Intervals { .. } | Form::Shares | Form::Paired => ChartType::Bar,
        Form::Lines => ChartType::Line,
        Form::Cliff => ChartType::Column,
        // The table is the matrix.
        Form::Matrix => return None,
    };
    let rows = chart.rows as u32;
    let label = of(chart.label, Part::Whole)?;
    let mut drawing = Drawing::new(kind);
    let mut add = |column: usize, part: Part, color: Color| {
        let Some(place) = of(column, part) else { return };
        let mut format = ChartFormat::new();
        match chart.form {
            Form::Lines => format.set_line(ChartLine::new().set_color(color)),
            _ => format.set_solid_fill(ChartSolidFill::new().set_color(color)),
        };
        drawing
            .add_series()
            // By its cell: a name given as a text could be read as a reference.
            .set_name((sheet, 0, place))
            .set_categories((sheet, 1, label, rows, label))
            .set_values((sheet, 1, place, rows, place))
            .set_format(&mut format);
    };
    for series in &chart.series {
        let kind = table.columns[series.column].kind;
        match kind {
            Kind::Rate | Kind::Share => {
                add(series.column, Part::Low, color(series.tone));
                if chart.form != Form::Lines {
                    add(series.column, Part::High, color(Tone::Unknown));
                }
            }
            _ => add(series.column, Part::Whole, color(series.tone)),
        }
    }
    if let Form::Stacked { whole } = chart.form {
        add(whole, Part::Hidden, color(Tone::Unknown));
    }
    if let Form::Intervals { goal: Some(goal) } = chart.form {
        add(goal, Part::Whole, Color::RGB(0x001A_1A1A));
    }
    drawing.title().set_name(&text(&chart.title));
    // What is found first, then the figures.
    let described = super::svg::described(chart, &table.body()[..chart.rows.min(table.body().len())], lang);
    let found = section.finding.as_ref().map(|finding| format!("{finding}. ")).unwrap_or_default();
    drawing.set_alt_text(alternative(&format!("{found}{}. {described}", chart.title)));
    drawing.set_width(760).set_height((140 + 26 * rows * chart.series.len().min(2) as u32).clamp(280, 460));
    match chart.form {
        Form::Lines | Form::Cliff => {
            drawing.y_axis().set_num_format("0%").set_min(0).set_max(1);
        }
        _ => {
            // The first row at the top.
            drawing.x_axis().set_reverse();
            drawing.y_axis().set_num_format("0%");
        }
    }
    Some(drawing)
}

/// An alternative text within what Excel takes, cut between two rows.
fn alternative(whole: &str) -> String {
    const MOST: usize = 255;
    let whole = text(whole);
    if whole.encode_utf16().count() <= MOST {
        return whole;
    }
    let kept: String = whole.chars().take(MOST - 5).collect();
    let kept = kept.rsplit_once(" ; ").map_or(&*kept, |(kept, _)| kept);
    format!("{kept} …")
}

fn color(tone: Tone) -> Color {
    const STEPS: [u32; 8] =
        [0x000B_2A5B, 0x0017_4A8C, 0x002C_6BB3, 0x005A_8FC9, 0x008A_B2DC, 0x00B9_D1EA, 0x00E3_C9A0, 0x00C9_8B3C];
    Color::RGB(match tone {
        Tone::Pass => 0x001F_78B4,
        Tone::Fail => 0x006B_0F1A,
        Tone::Unknown => 0x008A_8A8A,
        Tone::Aside => 0x00D9_D9D9,
        Tone::Waived => 0x00C9_6A00,
        Tone::Step(step) => STEPS[step % STEPS.len()],
    })
}

fn write_part(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    part: Part,
    looks: &Looks,
) -> Result<(), XlsxError> {
    match (cell, part) {
        (Cell::Rate { low, high, of }, part) => {
            let (n, look) = match part {
                Part::Low => (fraction(*low, *of), &looks.percent),
                Part::High => (fraction(*high, *of), &looks.percent),
                Part::AtLeast => (number(*low), &looks.count),
                Part::AtMost => (number(*high), &looks.count),
                _ => (number(*of), &looks.count),
            };
            sheet.write_number_with_format(row, column, n, look).map(drop)
        }
        (Cell::Changes { low, high }, part) => {
            let n = Cell::Change(if part == Part::High { *high } else { *low });
            write_cell(sheet, row, column, &n, looks)
        }
        (Cell::Points { low, high }, part) => {
            let share = if part == Part::High { high } else { low };
            sheet.write_number_with_format(row, column, share * 100.0, &looks.points).map(drop)
        }
        (Cell::Keyed { key, .. }, Part::Key) => match key.as_deref().filter(|key| *key != "*") {
            Some(key) => sheet.write_string_with_format(row, column, text(key), &looks.plain).map(drop),
            None => Ok(()),
        },
        _ => write_cell(sheet, row, column, cell, looks),
    }
}

fn write_cell(sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell, looks: &Looks) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => Ok(()),
        Cell::Count(n) => sheet.write_number_with_format(row, column, number(*n), &looks.count).map(drop),
        #[expect(clippy::cast_precision_loss, reason = "populations stay far below 2^53")]
        Cell::Change(n) => sheet.write_number_with_format(row, column, *n as f64, &looks.change).map(drop),
        Cell::Goal(share) => sheet.write_number_with_format(row, column, *share, &looks.percent).map(drop),
        Cell::Date(date) => match excel_date(*date) {
            Some(excel) => sheet.write_datetime_with_format(row, column, &excel, &looks.date).map(drop),
            None => sheet.write_string_with_format(row, column, date.to_string(), &looks.plain).map(drop),
        },
        Cell::Hidden
        | Cell::Text(_)
        | Cell::Keyed { .. }
        | Cell::Rate { .. }
        | Cell::Points { .. }
        | Cell::Changes { .. } => {
            sheet.write_string_with_format(row, column, text(&cell.said(looks.lang)), &looks.wrapped).map(drop)
        }
    }
}

/// How a sheet is printed: A4, across, as wide as a page, its header on each.
fn print(sheet: &mut Worksheet, dossier: &Dossier) {
    // `&` starts a code in headers.
    let title = text(&dossier.title).replace('&', "&&");
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_header(format!("&L{title}&R&A")).set_footer("&LVigie&R&P / &N");
}

/// The days that Excel can hold start in 1900.
fn excel_date(date: Date) -> Option<ExcelDateTime> {
    let (year, month, day) =
        (u16::try_from(date.year()).ok()?, u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?);
    (1900..=9999).contains(&year).then(|| ExcelDateTime::from_ymd(year, month, day).ok()).flatten()
}

/// A name of sheet that Excel takes and that no other has.
fn sheet_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let clean = |c: char| if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'') { ' ' } else { c };
    let name: String = text(name).chars().map(clean).collect();
    let name = if name.trim().is_empty() { "–".to_owned() } else { name.trim().to_owned() };
    for number in 1.. {
        let end = if number == 1 { String::new() } else { format!(" ({number})") };
        let room = NAME - end.len();
        // Excel counts UTF-16 units.
        let mut kept = String::new();
        for c in name.chars() {
            if kept.encode_utf16().count() + c.len_utf16() > room {
                break;
            }
            kept.push(c);
        }
        let candidate = format!("{}{end}", kept.trim_end());
        if taken.insert(candidate.to_lowercase()) {
            return candidate;
        }
    }
    unreachable!("there are more numbers than sheets")
}

/// A text of a cell: nothing hidden in it, no character that XML has not.
fn text(raw: &str) -> String {
    let shown = visible_line(raw);
    let known = |c: char| if matches!(c, '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { c };
    let shown: String = shown.chars().map(known).collect();
    cut(&shown)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT / 2) {
        // Twice as many units as characters, at most.
        Some((end, _)) if text.encode_utf16().count() > TEXT => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    }
}

/// Columns of a table are few.
fn at(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "populations stay far below 2^53")]
fn number(n: u64) -> f64 {
    n as f64
}

fn fraction(part: u64, whole: u64) -> f64 {
    number(part) / number(whole)
}
