//! Selectors on JSON lines: `{ $.batch = "0f" && $.ms >= 10 }`.

use memchr::{memchr, memmem::Finder};
use serde_json::Value;

/// A selector, with what can be searched for before a line is parsed.
#[derive(Debug)]
pub(crate) struct Expression {
    condition: Condition,
    /// Text that every matching line has, if it has no escape sequence.
    required: Option<Finder<'static>>,
}

#[derive(Debug)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Field { path: Vec<Step>, test: Test },
}

#[derive(Debug, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
    Every,
}

#[derive(Debug, PartialEq)]
enum Test {
    Text { equal: bool, pattern: String },
    Number { order: Order, value: f64 },
    Is(Value),
    NotExists,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Expression {
    pub(super) fn match_line(&self, line: &str) -> bool {
        let bytes = line.as_bytes();
        // Most lines are ruled out by a search, which costs a tenth of parsing them. A line with
        // a backslash may spell the same text in another way, so it is parsed nevertheless.
        if self.required.as_ref().is_some_and(|text| text.find(bytes).is_none())
            && memchr(b'\\', bytes).is_none()
        {
            return false;
        }
        if !line.trim_start().starts_with('{') {
            return false;
        }
        serde_json::from_str::<Value>(line).is_ok_and(|value| self.condition.holds(&value))
    }
}

impl Condition {
    fn holds(&self, line: &Value) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|c| c.holds(line)),
            Self::Any(conditions) => conditions.iter().any(|c| c.holds(line)),
            Self::Field { path, test: Test::NotExists } => !any_at(line, path, &mut |_| true),
            Self::Field { path, test } => any_at(line, path, &mut |found| test.holds(found)),
        }
    }

    /// Text that stands in every line for which the condition holds.
    fn required(&self) -> Option<&str> {
        match self {
            Self::All(conditions) => conditions.iter().find_map(Self::required),
            Self::Any(conditions) => match conditions.as_slice() {
                [only] => only.required(),
                _ => None,
            },
            Self::Field { test: Test::Text { equal: true, pattern }, .. } => {
                let plain = !pattern.is_empty()
                    && !pattern.chars().any(|c| matches!(c, '*' | '"' | '\\') || c.is_control());
                // A bare word may also be meant for a number or a boolean: its text is the same.
                plain.then_some(pattern)
            }
            Self::Field { .. } => None,
        }
    }
}

/// Whether `test` holds for a value at the path.
fn any_at(value: &Value, path: &[Step], test: &mut dyn FnMut(&Value) -> bool) -> bool {
    let Some((step, rest)) = path.split_first() else { return test(value) };
    match step {
        Step::Key(key) => value.get(key).is_some_and(|next| any_at(next, rest, test)),
        Step::Index(index) => value.get(index).is_some_and(|next| any_at(next, rest, test)),
        Step::Every => {
            value.as_array().is_some_and(|items| items.iter().any(|next| any_at(next, rest, test)))
        }
    }
}

impl Test {
    fn holds(&self, found: &Value) -> bool {
        match self {
            Self::Text { equal, pattern } => match found {
                Value::String(text) => wildcard(pattern, text) == *equal,
                Value::Number(number) => wildcard(pattern, &number.to_string()) == *equal,
                _ => false,
            },
            Self::Number { order, value } => {
                found.as_f64().is_some_and(|number| order.holds(number, *value))
            }
            Self::Is(value) => found == value,
            Self::NotExists => false,
        }
    }
}

impl Order {
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// Whether the text is the pattern, in which `*` stands for any characters.
fn wildcard(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(place) = rest.find(part) else { return false };
        rest = &rest[place + part.len()..];
    }
    rest.ends_with(last)
}

pub(super) fn parse(text: &str) -> Result<Expression, String> {
    let inner = text
        .strip_prefix('{')
        .and_then(|rest| rest.trim_end().strip_suffix('}'))
        .ok_or("a JSON selector stands in braces: { $.field = \"value\" }")?;
    let (condition, rest) = any(inner)?;
    if !rest.trim().is_empty() {
        return Err(format!("not understood after a complete condition: '{}'", rest.trim()));
    }
    let required = condition.required().map(|text| Finder::new(text.as_bytes()).into_owned());
    Ok(Expression { condition, required })
}

type Parsed<'a, T> = Result<(T, &'a str), String>;

fn any(text: &str) -> Parsed<'_, Condition> {
    let (first, mut rest) = all(text)?;
    let mut conditions = vec![first];
    while let Some(after) = rest.trim_start().strip_prefix("||") {
        let (next, after) = all(after)?;
        conditions.push(next);
        rest = after;
    }
    Ok((Condition::Any(conditions), rest))
}

fn all(text: &str) -> Parsed<'_, Condition> {
    let (first, mut rest) = one(text)?;
    let mut conditions = vec![first];
    while let Some(after) = rest.trim_start().strip_prefix("&&") {
        let (next, after) = one(after)?;
        conditions.push(next);
        rest = after;
    }
    Ok((Condition::All(conditions), rest))
}

fn one(text: &str) -> Parsed<'_, Condition> {
    let text = text.trim_start();
    if let Some(inner) = text.strip_prefix('(') {
        let (condition, rest) = any(inner)?;
        let rest = rest.trim_start().strip_prefix(')').ok_or("a closing ')' is missing")?;
        return Ok((condition, rest));
    }
    let (path, rest) = path(text)?;
    let (test, rest) = test(rest.trim_start())?;
    Ok((Condition::Field { path, test }, rest))
}

fn path(text: &str) -> Parsed<'_, Vec<Step>> {
    let mut rest = text
        .strip_prefix('$')
        .ok_or_else(|| format!("a selector begins with '$.', but here stands '{text}'"))?;
    let mut steps = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix(".[").or_else(|| rest.strip_prefix('[')) {
            let end = after.find(']').ok_or("a closing ']' is missing in a selector")?;
            steps.push(bracket(after[..end].trim())?);
            rest = &after[end + 1..];
        } else if let Some(after) = rest.strip_prefix('.') {
            let end = after
                .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '/')))
                .unwrap_or(after.len());
            if end == 0 {
                return Err(format!("a field name is missing after '.' in '{text}'"));
            }
            steps.push(Step::Key(after[..end].to_owned()));
            rest = &after[end..];
        } else if steps.is_empty() {
            return Err(format!("a field name is missing after '$' in '{text}'"));
        } else {
            return Ok((steps, rest));
        }
    }
}

fn bracket(inner: &str) -> Result<Step, String> {
    if inner == "*" {
        return Ok(Step::Every);
    }
    let unquoted = |mark: char| inner.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
    if let Some(key) = unquoted('\'').or_else(|| unquoted('"')) {
        return Ok(Step::Key(key.to_owned()));
    }
    inner
        .parse()
        .map(Step::Index)
        .map_err(|_| format!("'[{inner}]' is neither an index nor a quoted field name"))
}

fn test(text: &str) -> Parsed<'_, Test> {
    let word = |text: &'_ str, word: &str| -> Option<usize> {
        let head = text.get(..word.len())?;
        head.eq_ignore_ascii_case(word).then_some(word.len())
    };
    if let Some(len) = word(text, "IS ") {
        let rest = text[len..].trim_start();
        for (name, value) in
            [("TRUE", Value::Bool(true)), ("FALSE", Value::Bool(false)), ("NULL", Value::Null)]
        {
            if let Some(len) = word(rest, name) {
                return Ok((Test::Is(value), &rest[len..]));
            }
        }
        return Err(format!("IS is followed by TRUE, FALSE or NULL, not by '{rest}'"));
    }
    if let Some(len) = word(text, "NOT ") {
        let rest = text[len..].trim_start();
        let len = word(rest, "EXISTS")
            .ok_or_else(|| format!("NOT is followed by EXISTS, not by '{rest}'"))?;
        return Ok((Test::NotExists, &rest[len..]));
    }
    const ORDERS: [(&str, Order); 6] = [
        ("!=", Order::NotEqual),
        ("<=", Order::LessOrEqual),
        (">=", Order::GreaterOrEqual),
        ("=", Order::Equal),
        ("<", Order::Less),
        (">", Order::Greater),
    ];
    let (order, rest) = ORDERS
        .iter()
        .find_map(|(sign, order)| text.strip_prefix(sign).map(|rest| (*order, rest)))
        .ok_or_else(|| {
            format!("after a selector one of = != < <= > >= IS NOT is wanted, not '{text}'")
        })?;
    compare(order, rest.trim_start())
}

fn compare(order: Order, text: &str) -> Parsed<'_, Test> {
    let (value, rest, is_quoted) = if text.starts_with('"') {
        let (value, rest) = quoted(text)?;
        (value, rest, true)
    } else {
        let end = text
            .find(|c: char| c.is_whitespace() || matches!(c, ')' | '&' | '|'))
            .unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        if value.is_empty() {
            return Err("a value is missing at the end of a condition".into());
        }
        let odd = |c: char| !(c.is_alphanumeric() || "-._*+:/@".contains(c));
        if let Some(odd) = value.chars().find(|c| odd(*c)) {
            return Err(format!(
                "the value '{value}' has the character '{odd}', so it needs double quotes; \
                 regular expressions are not supported here"
            ));
        }
        (value.to_owned(), rest, false)
    };
    if !is_quoted
        && let Ok(number) = value.parse::<f64>()
        && number.is_finite()
    {
        return Ok((Test::Number { order, value: number }, rest));
    }
    match order {
        Order::Equal => Ok((Test::Text { equal: true, pattern: value }, rest)),
        Order::NotEqual => Ok((Test::Text { equal: false, pattern: value }, rest)),
        _ => Err(format!("only numbers have an order, and '{value}' is none")),
    }
}

/// A text in double quotes, in which `\"` and `\\` stand for themselves, and what follows it.
pub(super) fn quoted(text: &str) -> Parsed<'_, String> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((place, c)) = chars.next() {
        match c {
            '"' => return Ok((value, &text[place + 1..])),
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                Some((_, other)) => value.extend(['\\', other]),
                None => break,
            },
            _ => value.push(c),
        }
    }
    Err(format!("a closing '\"' is missing in {text}"))
}
