//! How wide texts are, and how they are made to fit.

use plotters::style::{FontStyle, IntoFont};

use super::canvas::FONT;

/// Measured at this size, because plotters gives whole units.
const MEASURED_AT: f64 = 2000.0;
/// Plotters takes the size of a font for the height of its lines, and writes it, divided by this,
/// as the SVG's size.
pub(crate) const PLOTTERS_EM: f64 = 1.24;
/// The height of a line of the embedded font in its em: (1901 + 483) / 2048.
const LINE_HEIGHT: f64 = 1.164_062_5;

/// The width of a text at a size.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    let font = (FONT, MEASURED_AT, style).into_font();
    #[expect(clippy::cast_precision_loss, reason = "a label has fewer characters than that")]
    let fallback = (text.chars().count() as f64) * size;
    font.box_size(text)
        .map_or(fallback, |(wide, _)| f64::from(wide) / MEASURED_AT * LINE_HEIGHT * size)
}

/// The text, or its beginning and an ellipsis where it is wider than the room.
pub(crate) fn fit(text: &str, size: f64, bold: bool, room: f64) -> String {
    if width(text, size, bold) <= room {
        return text.to_owned();
    }
    let mut characters: Vec<char> = text.chars().collect();
    while characters.pop().is_some() {
        let short: String = characters.iter().collect();
        let short = format!("{}…", short.trim_end());
        if width(&short, size, bold) <= room {
            return short;
        }
    }
    "…".to_owned()
}

/// The text in lines that are no wider than the room.
pub(crate) fn wrap(text: &str, size: f64, bold: bool, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match (longer, lines.last_mut()) {
            (Some(longer), Some(line)) if width(&longer, size, bold) <= room => *line = longer,
            _ => lines.push(fit(word, size, bold, room)),
        }
    }
    lines
}

/// Places of labels along one direction, as near as possible to where they belong, each at least
/// `apart` from the next, all of them from `low` to `high`; in the order given.
pub(crate) fn spread(wanted: &[f64], apart: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    #[expect(clippy::cast_precision_loss, reason = "a handful of labels")]
    let apart =
        if wanted.len() < 2 { apart } else { apart.min((high - low) / (wanted.len() - 1) as f64) };
    // Labels that touch form a group around the mean of the places that they want.
    let mut groups: Vec<(f64, Vec<usize>)> = Vec::new();
    let half = |members: &[usize]| {
        #[expect(clippy::cast_precision_loss, reason = "a handful of labels")]
        let gaps = members.len().saturating_sub(1) as f64;
        gaps * apart / 2.0
    };
    for index in order {
        let mut group = (wanted[index].clamp(low, high), vec![index]);
        while let Some(before) = groups.pop() {
            if before.0 + half(&before.1) + apart <= group.0 - half(&group.1) + 1e-9 {
                groups.push(before);
                break;
            }
            let mut members = before.1;
            members.extend(&group.1);
            #[expect(clippy::cast_precision_loss, reason = "a handful of labels")]
            let mean = members.iter().map(|m| wanted[*m]).sum::<f64>() / members.len() as f64;
            let (least, most) = (low + half(&members), high - half(&members));
            group = (mean.clamp(least, most.max(least)), members);
        }
        groups.push(group);
    }
    let mut places = vec![0.0; wanted.len()];
    for (middle, members) in groups {
        let mut place = middle - half(&members);
        for member in members {
            places[member] = place;
            place += apart;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_touch_step_aside_and_stay_within() {
        assert_eq!(spread(&[10.0, 50.0], 15.0, 0.0, 100.0), [10.0, 50.0]);
        assert_eq!(spread(&[50.0, 50.0], 20.0, 0.0, 100.0), [40.0, 60.0]);
        assert_eq!(spread(&[99.0, 98.0, 97.0], 15.0, 0.0, 100.0), [100.0, 85.0, 70.0]);
        let many = spread(&[5.0; 12], 15.0, 0.0, 110.0);
        assert_eq!((many[0], many[11]), (0.0, 110.0));
    }
}
