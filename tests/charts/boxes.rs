//! Where the texts of a chart stand, measured with the font that they are drawn with.

use std::sync::Arc;

use resvg::usvg::{Group, Node, Options, Tree, fontdb};

/// A text with the corners of its box.
#[derive(Clone, Debug)]
pub(crate) struct TextBox {
    pub(crate) text: String,
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

impl TextBox {
    fn touches(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

fn collect(group: &Group, boxes: &mut Vec<TextBox>) {
    for node in group.children() {
        match node {
            Node::Group(group) => collect(group, boxes),
            Node::Text(text) => {
                let corners = text.abs_bounding_box();
                boxes.push(TextBox {
                    text: text.chunks().iter().map(|chunk| chunk.text()).collect(),
                    left: corners.left(),
                    top: corners.top(),
                    right: corners.right(),
                    bottom: corners.bottom(),
                });
            }
            _ => {}
        }
    }
}

/// What is wrong with the texts of a chart: pairs that touch each other, and texts that stand out
/// of it.
pub(crate) fn faults(svg: &str) -> Vec<String> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    fonts.load_font_data(dejavu::sans::bold().to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    let options = Options { fontdb: Arc::new(fonts), ..Options::default() };
    let tree = Tree::from_str(svg, &options).unwrap();
    let size = tree.size();
    let mut boxes = Vec::new();
    collect(tree.root(), &mut boxes);
    assert!(!boxes.is_empty(), "a chart without a text");
    let mut faults = Vec::new();
    for (index, one) in boxes.iter().enumerate() {
        if one.left < 0.0 || one.top < 0.0 || one.right > size.width() || one.bottom > size.height()
        {
            faults.push(format!("{:?} stands out of the chart: {one:?}", one.text));
        }
        for other in &boxes[index + 1..] {
            if one.touches(other) {
                faults.push(format!("{:?} touches {:?}: {one:?} {other:?}", one.text, other.text));
            }
        }
    }
    faults
}

#[test]
fn texts_that_touch_or_stand_out_are_found() {
    let text = |x: u32, y: u32| {
        format!("<text x=\"{x}\" y=\"{y}\" font-family=\"sans-serif\" font-size=\"12\">word</text>")
    };
    let page = |texts: &str| {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"200\" height=\"100\">{texts}</svg>"
        )
    };
    assert!(faults(&page(&(text(10, 20) + &text(10, 50)))).is_empty());
    assert_eq!(faults(&page(&(text(10, 20) + &text(30, 25)))).len(), 1);
    assert_eq!(faults(&page(&text(190, 50))).len(), 1);
}
