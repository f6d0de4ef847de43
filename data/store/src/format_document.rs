//! `data/FORMAT.md` lists exactly the columns there are.

use crate::{ColumnInfo, ColumnType, FORMAT_VERSION, Invocation, RULES, Row};

#[test]
fn the_document_lists_the_columns_in_order_with_their_types() {
    let document = include_str!("../../FORMAT.md");
    lists(document, "<!-- columns -->", Row::COLUMNS);
    lists(document, "<!-- invocation columns -->", Invocation::COLUMNS);
    assert!(document.contains(&format!("This is format {FORMAT_VERSION}.")));
}

fn lists(document: &str, mark: &str, columns: &[ColumnInfo]) {
    let table = document.split(mark).nth(1).expect("the table is marked");
    let listed: Vec<(String, String, bool)> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let fields: Vec<&str> = line.split('|').map(str::trim).collect();
            let nullable = fields[4] != "never";
            (fields[1].trim_matches('`').to_owned(), fields[2].to_owned(), nullable)
        })
        .collect();
    let there: Vec<_> = columns
        .iter()
        .map(|column| (column.name.to_owned(), column.column_type.to_string(), column.nullable))
        .collect();
    assert_eq!(listed, there);
}

#[test]
fn the_tables_for_athena_have_every_column() {
    let document = include_str!("../../FORMAT.md");
    for (table, columns) in
        [("handoff_timings", Row::COLUMNS), ("handoff_invocations", Invocation::COLUMNS)]
    {
        let start = format!("CREATE EXTERNAL TABLE {table} (");
        let statement = document.split(&start).nth(1).expect("the statement is there");
        let statement = statement.split("STORED AS").next().expect("it has an end");
        let declared: Vec<&str> = statement.split(['(', ',', ')', '\n']).map(str::trim).collect();
        for column in columns {
            let hive = match column.column_type {
                ColumnType::U32 | ColumnType::U64 | ColumnType::I64 => "bigint",
                ColumnType::F64 => "double",
                ColumnType::Bool => "boolean",
                ColumnType::Utf8 => "string",
            };
            let line = format!("`{}` {hive}", column.name);
            assert!(declared.contains(&line.as_str()), "{table} declares {line}");
        }
        let count = declared.iter().filter(|line| line.starts_with('`')).count();
        assert_eq!(count, columns.len(), "{table} declares no other column");
    }
}

#[test]
fn the_document_names_every_key_of_the_manifest() {
    let document = include_str!("../../FORMAT.md");
    let mut json = serde_json::to_value(crate::samples::manifest()).expect("a manifest is JSON");
    let mut experiments = json["experiments"]["baseline"].take();
    let cell = experiments["cells"][0].take();
    let objects = [&json, &json["functions"], &json["backend"], &json["host"], &experiments, &cell];
    for key in objects.iter().flat_map(|object| object.as_object().into_iter().flatten()) {
        assert!(document.contains(&format!("`{}`", key.0)), "{} is not described", key.0);
    }
}

#[test]
fn the_document_lists_the_rules_as_they_are() {
    let document = include_str!("../../FORMAT.md");
    let table = document.split("<!-- rules -->").nth(1).expect("the table is marked");
    let listed: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    let there = RULES.map(|rule| {
        let columns: Vec<String> = rule.columns.iter().map(|name| format!("`{name}`")).collect();
        format!("| `{}` | `{}` | {} | {} |", rule.id, rule.data_set, columns.join(", "), rule.says)
    });
    assert_eq!(listed, there);
    assert!(document.contains(&format!("| {FORMAT_VERSION} | ")), "what changed stands there");
}
