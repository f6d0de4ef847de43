//! The marker of each transport: a shape of its own, so that colour is not the only difference.

use wire::Transport;

use super::canvas::{Canvas, Drawn, Point};
use super::{Dash, Theme};

/// A marker's outline around the origin, at radius 1; none for a circle.
const fn corners(transport: Transport) -> Option<&'static [Point]> {
    match transport {
        Transport::SyncInvoke => None,
        Transport::AsyncInvoke => Some(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
        Transport::Sns => Some(&[(0.0, -1.15), (1.15, 0.98), (-1.15, 0.98)]),
        Transport::Kinesis => Some(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
        Transport::Sqs => Some(CROSS),
    }
}

/// An upright cross.
const CROSS: &[Point] = &[
    (-0.42, -1.15),
    (0.42, -1.15),
    (0.42, -0.42),
    (1.15, -0.42),
    (1.15, 0.42),
    (0.42, 0.42),
    (0.42, 1.15),
    (-0.42, 1.15),
    (-0.42, 0.42),
    (-1.15, 0.42),
    (-1.15, -0.42),
    (-0.42, -0.42),
];

impl Canvas<'_> {
    /// A transport's marker, with a thin halo of the page's colour. A hollow one is an outline.
    pub(crate) fn marker(
        &mut self,
        transport: Transport,
        place: Point,
        radius: f64,
        hollow: bool,
    ) -> Drawn {
        let theme: Theme = self.theme();
        let (color, page) = (theme.of(transport), theme.background());
        let Some(corners) = corners(transport) else {
            self.disc(place, radius + 1.2, page)?;
            self.disc(place, radius, color)?;
            return if hollow { self.disc(place, radius - 1.6, page) } else { Ok(()) };
        };
        let outline = |radius: f64| -> Vec<Point> {
            corners.iter().map(|(x, y)| (place.0 + x * radius, place.1 + y * radius)).collect()
        };
        let closed = |mut corners: Vec<Point>| {
            corners.extend_from_within(..2.min(corners.len()));
            corners
        };
        let shape = outline(radius);
        self.line(&closed(shape.clone()), page, 2.4)?;
        if hollow {
            let inner = outline(radius - 0.8);
            self.polygon(&inner, page, 1.0)?;
            return self.line(&closed(inner), color, 1.6);
        }
        self.polygon(&shape, color, 1.0)
    }

    /// The marker of a series' points.
    pub(crate) fn series_marker(
        &mut self,
        transport: Transport,
        place: Point,
        radius: f64,
        dash: Dash,
    ) -> Drawn {
        let radius = if dash == Dash::Dotted { radius * 0.8 } else { radius };
        self.marker(transport, place, radius, dash != Dash::Solid)
    }
}
