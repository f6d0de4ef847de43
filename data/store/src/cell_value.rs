//! How a field of a row becomes a column of a file, and back.

use std::fmt;

use polars::prelude::{Column, DataType, NamedFrom, Series};
use wire::Transport;

use crate::{Architecture, Arrival, Outcome, Side};

/// The type of a column, named as in `data/FORMAT.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Unsigned, 32 bits.
    U32,
    /// Unsigned, 64 bits.
    U64,
    /// Signed, 64 bits.
    I64,
    /// Floating point, 64 bits.
    F64,
    /// True or false.
    Bool,
    /// UTF-8 text.
    Utf8,
}

impl ColumnType {
    /// The type in polars.
    #[must_use]
    pub fn data_type(self) -> DataType {
        match self {
            Self::U32 => DataType::UInt32,
            Self::U64 => DataType::UInt64,
            Self::I64 => DataType::Int64,
            Self::F64 => DataType::Float64,
            Self::Bool => DataType::Boolean,
            Self::Utf8 => DataType::String,
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::F64 => "f64",
            Self::Bool => "bool",
            Self::Utf8 => "utf8",
        })
    }
}

/// Why a column does not hold what its place in the format says.
pub(crate) type Reason = String;

/// A value that a column can hold.
pub(crate) trait CellValue: Sized {
    const TYPE: ColumnType;
    const NULLABLE: bool = false;

    fn column<'a>(name: &str, values: impl Iterator<Item = &'a Self>) -> Column
    where
        Self: 'a;

    /// The values of a column, `None` where it is null.
    fn optional(column: &Column) -> Result<Vec<Option<Self>>, Reason>;

    fn read(column: &Column) -> Result<Vec<Self>, Reason> {
        let values = Self::optional(column)?.into_iter().enumerate();
        values
            .map(|(row, value)| {
                value.ok_or_else(|| {
                    format!("column {} is null in row {row}, where it may not be", column.name())
                })
            })
            .collect()
    }
}

/// A value that has a polars type of its own.
macro_rules! plain {
    ($($rust:ty, $type:ident, $array:ident;)*) => {$(
        impl CellValue for $rust {
            const TYPE: ColumnType = ColumnType::$type;

            fn column<'a>(name: &str, values: impl Iterator<Item = &'a Self>) -> Column {
                let values: Vec<$rust> = values.cloned().collect();
                Series::new(name.into(), values).into()
            }

            fn optional(column: &Column) -> Result<Vec<Option<Self>>, Reason> {
                let array = column.$array().map_err(|error| error.to_string())?;
                Ok(array.iter().map(|value| value.map(Self::from)).collect())
            }
        }

        impl OptionalColumn for $rust {
            fn optional_column(name: &str, values: Vec<Option<Self>>) -> Column {
                Series::new(name.into(), values).into()
            }
        }
    )*};
}
plain! {
    u32, U32, u32;
    u64, U64, u64;
    i64, I64, i64;
    f64, F64, f64;
    bool, Bool, bool;
    String, Utf8, str;
}

/// A value with a column of its own that may have nulls.
pub(crate) trait OptionalColumn: CellValue {
    fn optional_column(name: &str, values: Vec<Option<Self>>) -> Column;
}

impl<T: OptionalColumn + Clone> CellValue for Option<T> {
    const TYPE: ColumnType = T::TYPE;
    const NULLABLE: bool = true;

    fn column<'a>(name: &str, values: impl Iterator<Item = &'a Self>) -> Column
    where
        Self: 'a,
    {
        T::optional_column(name, values.cloned().collect())
    }

    fn optional(column: &Column) -> Result<Vec<Option<Self>>, Reason> {
        Ok(T::optional(column)?.into_iter().map(Some).collect())
    }
}

/// A value that stands as its name.
macro_rules! by_name {
    ($($rust:ty),*) => {$(
        impl OptionalColumn for $rust {
            fn optional_column(name: &str, values: Vec<Option<Self>>) -> Column {
                let values: Vec<Option<&str>> =
                    values.iter().map(|value| value.as_ref().map(|value| value.name())).collect();
                Series::new(name.into(), values).into()
            }
        }

        impl CellValue for $rust {
            const TYPE: ColumnType = ColumnType::Utf8;

            fn column<'a>(name: &str, values: impl Iterator<Item = &'a Self>) -> Column {
                let values: Vec<&str> = values.map(|value| value.name()).collect();
                Series::new(name.into(), values).into()
            }

            fn optional(column: &Column) -> Result<Vec<Option<Self>>, Reason> {
                let array = column.str().map_err(|error| error.to_string())?;
                let read = |text: &str| {
                    text.parse().map_err(|error| format!("column {}: {error}", column.name()))
                };
                array.iter().map(|text| text.map(read).transpose()).collect()
            }
        }
    )*};
}
by_name!(Transport, Architecture, Arrival, Outcome, Side);
