//! The files of charts. Rendering them is most of a report's work, so all processors do it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{Chart, ChartError, png};

type Files = Vec<(String, Vec<u8>)>;

/// The files of charts, names and bytes, in the order of the charts: of each the light SVG, the
/// light PNG, the dark SVG and the dark PNG.
///
/// # Errors
/// When an SVG cannot be rendered.
pub fn files(charts: &[Chart]) -> Result<Files, ChartError> {
    let pages: Vec<(String, &str)> = charts
        .iter()
        .flat_map(|chart| {
            [("light", &chart.light), ("dark", &chart.dark)]
                .map(|(theme, svg)| (format!("{}-{theme}", chart.name), svg.as_str()))
        })
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done: Vec<(usize, Result<Vec<u8>, ChartError>)> = Vec::new();
        while let Some((index, page)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            pages.get(index).map(|page| (index, page))
        } {
            done.push((index, png::render(page.1)));
        }
        done
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(pages.len());
    let mut rendered = thread::scope(|scope| {
        // This thread takes its share; a helper that panicked has its panic passed on.
        let helpers: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut rendered = work();
        for helper in helpers {
            match helper.join() {
                Ok(done) => rendered.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        rendered
    });
    rendered.sort_by_key(|page| page.0);
    let mut files = Files::new();
    for ((name, svg), (_, png)) in pages.into_iter().zip(rendered) {
        files.push((format!("{name}.svg"), svg.as_bytes().to_vec()));
        files.push((format!("{name}.png"), png?));
    }
    Ok(files)
}
