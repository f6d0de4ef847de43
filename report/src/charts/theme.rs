//! Colours and markers.

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
            Transport::Sqs => self.pick(0xb8_86_00, 0xf2_c1_4e),
        }
    }
}
