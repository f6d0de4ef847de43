//! SVG to PNG, with the embedded fonts alone.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::ChartError;

/// Pixels for each unit of the chart: sharp on screens of twice the usual density.
const PIXELS: f32 = 2.0;

fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let load = || {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(dejavu::sans::regular().to_vec());
        fonts.load_font_data(dejavu::sans::bold().to_vec());
        fonts.set_sans_serif_family("DejaVu Sans");
        Arc::new(fonts)
    };
    Arc::clone(FONTS.get_or_init(load))
}

/// Renders a chart.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the size of a chart is a few thousand pixels"
)]
pub(crate) fn render(svg: &str) -> Result<Vec<u8>, ChartError> {
    let error = |error: &dyn std::fmt::Display| ChartError::Render(error.to_string());
    let options = Options { fontdb: fonts(), ..Options::default() };
    let t0 = std::time::Instant::now();
    let tree = Tree::from_str(svg, &options).map_err(|e| error(&e))?;
    let t1 = t0.elapsed();
    let size = tree.size();
    let (width, height) = ((size.width() * PIXELS) as u32, (size.height() * PIXELS) as u32);
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| error(&"it has no size"))?;
    resvg::render(&tree, Transform::from_scale(PIXELS, PIXELS), &mut pixels.as_mut());
    let t2 = t0.elapsed();
    let r = pixels.encode_png().map_err(|e| error(&e));
    std::println!("parse {t1:?} render {:?} encode {:?}", t2 - t1, t0.elapsed() - t2);
    r
}
