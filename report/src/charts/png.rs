//! SVG to PNG, with the embedded fonts alone.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use png::{BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter};
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
    let tree = Tree::from_str(svg, &options).map_err(|e| error(&e))?;
    let size = tree.size();
    let (width, height) = ((size.width() * PIXELS) as u32, (size.height() * PIXELS) as u32);
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| error(&"it has no size"))?;
    resvg::render(&tree, Transform::from_scale(PIXELS, PIXELS), &mut pixels.as_mut());
    encode(&pixels).map_err(|e| error(&e))
}

/// Indexed by 256 colours: a third of the bytes to compress. Nothing shines through, because every
/// chart fills its page.
fn encode(pixels: &Pixmap) -> Result<Vec<u8>, EncodingError> {
    let (palette, indices) = indexed(pixels.data().as_chunks().0);
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, pixels.width(), pixels.height());
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette);
    // Large areas of one colour are shortest as they are, and quick to compress.
    encoder.set_filter(Filter::NoFilter);
    encoder.set_deflate_compression(DeflateCompression::Level(2));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&indices)?;
    writer.finish()?;
    Ok(file)
}

type Color = [u8; 4];

/// A palette of the 256 most frequent colours, and for each pixel the index of the one nearest to
/// its own. A chart has a dozen colours; what else there is are shades at the edges of lines, each
/// in a few pixels.
fn indexed(pixels: &[Color]) -> (Vec<u8>, Vec<u8>) {
    let mut counts: HashMap<Color, usize> = HashMap::new();
    for run in pixels.chunk_by(|one, next| one == next) {
        *counts.entry(run[0]).or_default() += run.len();
    }
    let mut colors: Vec<(Color, usize)> = counts.into_iter().collect();
    colors.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let colors: Vec<Color> = colors.into_iter().map(|color| color.0).collect();
    let palette = &colors[..colors.len().min(256)];
    let nearest = |color: &Color| {
        let far = |other: &Color| -> u32 {
            color.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
        };
        (0..=u8::MAX).zip(palette).min_by_key(|(_, other)| far(other)).map_or(0, |near| near.0)
    };
    let known: HashMap<Color, u8> = colors.iter().map(|color| (*color, nearest(color))).collect();
    let mut indices = Vec::with_capacity(pixels.len());
    for run in pixels.chunk_by(|one, next| one == next) {
        let index = known.get(&run[0]).copied().unwrap_or_default();
        indices.resize(indices.len() + run.len(), index);
    }
    (palette.iter().flat_map(|[red, green, blue, _]| [*red, *green, *blue]).collect(), indices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_colours_become_the_nearest_frequent_one() {
        let shade = |blue: u8| [10, 20, blue, 255];
        let mut pixels: Vec<Color> = (0..=255).flat_map(|blue| [shade(blue); 2]).collect();
        pixels.push([11, 20, 77, 255]);
        let (palette, indices) = indexed(&pixels);
        let shown: Vec<&[u8]> =
            indices.iter().map(|i| &palette[usize::from(*i) * 3..][..3]).collect();
        assert_eq!(palette.len(), 3 * 256);
        assert_eq!((shown[0], shown[511]), (&[10, 20, 0][..], &[10, 20, 255][..]));
        assert_eq!(shown[512], [10, 20, 77]);
    }
}
