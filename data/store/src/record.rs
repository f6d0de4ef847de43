//! What the rows of both data sets have in common: columns that come from their fields.

use polars::prelude::{Column, DataFrame};

use crate::cell_value::{ColumnType, Reason};

/// The columns that are folders of a part's path (Hive partitions) and not in the file.
pub(crate) const PARTITION_COLUMNS: [&str; 2] = ["experiment", "transport"];

/// A column's place in the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub column_type: ColumnType,
    /// Whether it may be null.
    pub nullable: bool,
}

/// A row of a data set.
pub(crate) trait Record: Sized {
    /// The data set's folder below the run's.
    const FOLDER: &'static str;
    /// Every column in its order.
    const COLUMNS: &'static [ColumnInfo];

    /// Every column of these rows.
    fn to_columns(rows: &[Self]) -> Vec<Column>;

    /// The rows of a frame that has every column.
    fn from_frame(frame: &DataFrame) -> Result<Vec<Self>, Reason>;
}

macro_rules! columns {
    (
        $(#[$record_doc:meta])*
        $record:ident in $folder:literal {
            $($(#[$doc:meta])* $name:ident: $type:ty,)*
        }
    ) => {
        $(#[$record_doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $record {
            $($(#[$doc])* pub $name: $type,)*
        }

        impl $record {
            /// Every column in its order.
            pub const COLUMNS: &[$crate::ColumnInfo] = &[$($crate::ColumnInfo {
                name: stringify!($name),
                column_type: <$type as $crate::cell_value::CellValue>::TYPE,
                nullable: <$type as $crate::cell_value::CellValue>::NULLABLE,
            },)*];
        }

        impl $crate::record::Record for $record {
            const FOLDER: &'static str = $folder;
            const COLUMNS: &'static [$crate::ColumnInfo] = Self::COLUMNS;

            fn to_columns(rows: &[Self]) -> Vec<polars::prelude::Column> {
                use $crate::cell_value::CellValue;
                vec![$(CellValue::column(stringify!($name), rows.iter().map(|row| &row.$name)),)*]
            }

            fn from_frame(
                frame: &polars::prelude::DataFrame,
            ) -> Result<Vec<Self>, $crate::cell_value::Reason> {
                use $crate::cell_value::CellValue;
                $(
                    let column = frame.column(stringify!($name)).map_err(|e| e.to_string())?;
                    let mut $name = <$type as CellValue>::read(column)?.into_iter();
                )*
                let mut rows = Vec::with_capacity(frame.height());
                for _ in 0..frame.height() {
                    let short = || "its columns have different lengths".to_owned();
                    rows.push(Self { $($name: $name.next().ok_or_else(short)?,)* });
                }
                Ok(rows)
            }
        }
    };
}
pub(crate) use columns;
