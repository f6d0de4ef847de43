//! Patterns of terms: `ERROR "out of memory" -DEBUG`, `?ERROR ?WARN`.

use memchr::memmem::Finder;

/// The terms of a pattern.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    required: Vec<Finder<'static>>,
    optional: Vec<Finder<'static>>,
    excluded: Vec<Finder<'static>>,
}

impl Terms {
    pub(super) fn match_line(&self, line: &str) -> bool {
        let has = |term: &Finder<'_>| term.find(line.as_bytes()).is_some();
        if self.excluded.iter().any(has) || !self.required.iter().all(has) {
            return false;
        }
        // Beside other terms the optional ones are ignored (User Guide, "optional terms").
        let optional_count = self.required.is_empty() && self.excluded.is_empty();
        !optional_count || self.optional.is_empty() || self.optional.iter().any(has)
    }
}

pub(super) fn parse(text: &str) -> Result<Terms, String> {
    let mut terms = Terms::default();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let list = match first {
            '?' => &mut terms.optional,
            '-' => &mut terms.excluded,
            _ => &mut terms.required,
        };
        if matches!(first, '?' | '-') {
            rest = &rest[1..];
        }
        let (term, after) = term(rest)?;
        if term.is_empty() {
            return Err(format!("a term is missing after '{first}'"));
        }
        list.push(Finder::new(term.as_bytes()).into_owned());
        if !(after.is_empty() || after.starts_with(char::is_whitespace)) {
            return Err(format!("terms are separated by spaces, but here follows '{after}'"));
        }
        rest = after.trim_start();
    }
    Ok(terms)
}

fn term(text: &str) -> Result<(String, &str), String> {
    if text.starts_with('"') {
        return super::json::quoted(text);
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    if let Some(odd) = word.chars().find(|c| !(c.is_alphanumeric() || "_.".contains(*c))) {
        return Err(format!(
            "the term '{word}' has the character '{odd}': a term of other than letters, digits, \
             '_' and '.' needs double quotes; regular expressions are not supported here"
        ));
    }
    Ok((word.to_owned(), after))
}
