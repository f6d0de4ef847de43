//! Colours.

use plotters::style::RGBColor;
use wire::Transport;

/// The page that a chart is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// A light page.
    Light,
    /// A dark page.
    Dark,
}

const fn rgb(hex: u32) -> RGBColor {
    let [_, red, green, blue] = hex.to_be_bytes();
    RGBColor(red, green, blue)
}

impl Theme {
    const fn pick(self, light: u32, dark: u32) -> RGBColor {
        match self {
            Self::Light => rgb(light),
            Self::Dark => rgb(dark),
        }
    }

    /// The page's colour.
    #[must_use]
    pub const fn background(self) -> RGBColor {
        self.pick(0xff_ff_ff, 0x0d_11_17)
    }

    /// Titles and labels.
    #[must_use]
    pub const fn text(self) -> RGBColor {
        self.pick(0x1f_23_28, 0xe6_ed_f3)
    }

    /// Units, notes and axis lines.
    #[must_use]
    pub const fn muted(self) -> RGBColor {
        self.pick(0x59_63_6e, 0x9d_a7_b3)
    }

    /// Grid lines.
    #[must_use]
    pub const fn grid(self) -> RGBColor {
        self.pick(0xd8_de_e4, 0x2b_33_3c)
    }

    /// A transport's colour: of Okabe and Ito's palette, which the colour-blind tell apart, lighter
    /// on a dark page.
    #[must_use]
    pub const fn of(self, transport: Transport) -> RGBColor {
        match transport {
            Transport::SyncInvoke => self.pick(0x00_72_b2, 0x56_b4_e9),
            Transport::AsyncInvoke => self.pick(0xd5_5e_00, 0xf0_8e_3e),
            Transport::Sns => self.pick(0x00_9e_73, 0x2e_c4_9a),
            Transport::Kinesis => self.pick(0xaa_44_99, 0xd8_82_ca),
            Transport::Sqs => self.pick(0xd0_90_00, 0xff_d7_5e),
        }
    }

    /// A transport's colour, mixed with the page's so that this share of it is left.
    #[must_use]
    pub const fn tint(self, transport: Transport, share: f64) -> RGBColor {
        mix(self.background(), self.of(transport), share)
    }

    /// What got faster: a cool colour.
    #[must_use]
    pub const fn faster(self) -> RGBColor {
        self.pick(0x00_72_b2, 0x56_b4_e9)
    }

    /// What got slower: a warm one.
    #[must_use]
    pub const fn slower(self) -> RGBColor {
        self.pick(0xd5_5e_00, 0xf0_8e_3e)
    }

    /// The colour of a share from 0 to 1 on a perceptually uniform scale that the colour-blind can
    /// read: viridis (van der Walt and Smith, *A better default colormap for Matplotlib*, SciPy
    /// 2015, CC0). More stands out more from the page, so the scale runs the other way on a light
    /// page (Schloss et al., *Mapping color to meaning in colormap data visualizations*, IEEE
    /// TVCG 25, 2019).
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into nine colours"
    )]
    pub fn heat(self, share: f64) -> RGBColor {
        const VIRIDIS: [RGBColor; 9] = [
            rgb(0x44_01_54),
            rgb(0x47_2d_7b),
            rgb(0x3b_52_8b),
            rgb(0x2c_72_8e),
            rgb(0x21_91_8c),
            rgb(0x28_ae_80),
            rgb(0x5e_c9_62),
            rgb(0xad_dc_30),
            rgb(0xfd_e7_25),
        ];
        let share = share.clamp(0.0, 1.0);
        // The ends that come near the page's own colour are left out.
        let share = match self {
            Self::Light => 1.0 - share * 0.95,
            Self::Dark => 0.1 + share * 0.9,
        };
        let place = share * (VIRIDIS.len() - 1) as f64;
        let index = (place.floor() as usize).min(VIRIDIS.len() - 2);
        mix(VIRIDIS[index], VIRIDIS[index + 1], place - index as f64)
    }
}

/// Between two colours.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between two values of a byte"
)]
const fn mix(from: RGBColor, to: RGBColor, share: f64) -> RGBColor {
    const fn between(from: u8, to: u8, share: f64) -> u8 {
        (from as f64 + (to as f64 - from as f64) * share + 0.5) as u8
    }
    RGBColor(
        between(from.0, to.0, share),
        between(from.1, to.1, share),
        between(from.2, to.2, share),
    )
}

/// The relative luminance of a colour (WCAG 2.2).
fn luminance(color: RGBColor) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(color.0) + 0.7152 * linear(color.1) + 0.0722 * linear(color.2)
}

/// The colour of a text on a coloured ground: black or white, whichever has more contrast. One of
/// them always has at least 4.5 : 1.
pub(crate) fn on(ground: RGBColor) -> RGBColor {
    // Where 1.05 / (l + 0.05) and (l + 0.05) / 0.05 are the same.
    if luminance(ground) > 0.179 { rgb(0x00_00_00) } else { rgb(0xff_ff_ff) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contrast(a: RGBColor, b: RGBColor) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn texts_can_be_read_on_every_heat_and_heat_is_ordered() {
        for theme in [Theme::Light, Theme::Dark] {
            let page = theme.background();
            let mut before = 0.0;
            for step in 0..=100 {
                let color = theme.heat(f64::from(step) / 100.0);
                assert!(contrast(color, on(color)) >= 4.5, "{theme:?} {step}");
                let from_page = contrast(color, page);
                assert!(from_page >= before, "{theme:?} {step}: more stands out more");
                before = from_page;
            }
        }
    }

    #[test]
    fn every_transport_stands_out_from_the_page() {
        for theme in [Theme::Light, Theme::Dark] {
            for transport in Transport::ALL {
                let contrast = contrast(theme.of(transport), theme.background());
                assert!(contrast > 2.2, "{theme:?} {transport}: {contrast}");
            }
        }
    }
}
