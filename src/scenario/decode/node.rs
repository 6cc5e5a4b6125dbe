//! Serde's view of a tree: tables as structs and maps, one-key tables and bare words as enums.

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::failure::{Failure, Step, listed, wanted};
use super::stand_in::StandIn;
use super::variant::{BareWord, Tagged};
use crate::scenario::{Node, Table, Value};

/// Reads one value.
pub(super) struct Input<'n> {
    node: &'n Node,
}

impl<'n> Input<'n> {
    pub(super) fn new(node: &'n Node) -> Self {
        Self { node }
    }

    fn stand_in(&self) -> Option<StandIn> {
        match self.node.value {
            Value::StandIn(attempt) => Some(StandIn::new(attempt)),
            _ => None,
        }
    }
}

/// Hands the request on to the stand-in where the value is one.
macro_rules! or_stand_in {
    ($self:ident, $method:ident, $($argument:expr),*) => {
        if let Some(stand_in) = $self.stand_in() {
            return stand_in.$method($($argument),*);
        }
    };
}

/// Requests that every value answers by what it is; a visitor of another type complains itself.
macro_rules! answered_by_value {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            or_stand_in!(self, $method, visitor);
            self.deserialize_any(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Input<'_> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        or_stand_in!(self, deserialize_any, visitor);
        match &self.node.value {
            Value::Table(table) => visitor.visit_map(Entries::new(table)),
            Value::Array(items) => visitor.visit_seq(Elements { items, next: 0 }),
            Value::String(text) => visitor.visit_str(text),
            Value::Integer(number) => visit_integer(*number, visitor),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Datetime(_) | Value::StandIn(_) => {
                let remedy = format!("write {}", wanted(&visitor));
                Err(Failure::new("wrong-type", self.node.described(), remedy))
            }
        }
    }

    answered_by_value! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32
        deserialize_f64 deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_unit deserialize_seq deserialize_map
        deserialize_identifier
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        or_stand_in!(self, deserialize_option, visitor);
        visitor.visit_some(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        or_stand_in!(self, deserialize_unit_struct, name, visitor);
        match self.node.table() {
            Some(table) if table.is_empty() => visitor.visit_unit(),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        or_stand_in!(self, deserialize_tuple, length, visitor);
        self.deserialize_any(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        or_stand_in!(self, deserialize_struct, name, fields, visitor);
        // An array would be read as the fields in order, which no reader of a file expects.
        match self.node.value {
            Value::Array(_) => Err(<Failure as de::Error>::invalid_type(
                de::Unexpected::Seq,
                &"a map",
            )),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        or_stand_in!(self, deserialize_enum, name, variants, visitor);
        match &self.node.value {
            Value::String(word) => visitor.visit_enum(BareWord { word }),
            Value::Table(table) => {
                let (tag, content) = only_entry(table, variants)?;
                visitor.visit_enum(Tagged { tag, content })
            }
            _ => {
                let remedy = format!("write one of {}", listed(variants));
                Err(Failure::new("wrong-type", self.node.described(), remedy))
            }
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }
}

fn visit_integer<'de, V: Visitor<'de>>(number: i128, visitor: V) -> Result<V::Value, Failure> {
    if let Ok(number) = i64::try_from(number) {
        return visitor.visit_i64(number);
    }
    let number = u64::try_from(number).expect("the parser lets 64-bit numbers pass only");
    visitor.visit_u64(number)
}

/// The one entry of a tagged value's table.
fn only_entry<'n>(table: &'n Table, variants: &[&str]) -> Result<(&'n str, &'n Node), Failure> {
    let mut entries = table.iter();
    let Some((tag, content)) = entries.next() else {
        let what = "an empty table names no kind".to_owned();
        let remedy = format!("write one of {}", listed(variants));
        return Err(Failure::new("one-kind", what, remedy));
    };
    if entries.next().is_none() {
        return Ok((tag, content));
    }
    // The latest place is the one that the author added last.
    let added = table.iter().max_by_key(|(_, node)| node.key_place);
    let keys: Vec<&str> = table.keys().map(String::as_str).collect();
    let what = format!("{} kinds at once: {}", table.len(), listed(&keys));
    let failure = Failure::new("one-kind", what, "keep one of them".to_owned());
    Err(failure.shown_at_key(added.map_or("", |(key, _)| key)))
}

/// The entries of a table in the order of their keys.
pub(super) struct Entries<'n> {
    rest: std::collections::btree_map::Iter<'n, String, Node>,
    current: Option<(&'n str, &'n Node)>,
}

impl<'n> Entries<'n> {
    pub(super) fn new(table: &'n Table) -> Self {
        Self {
            rest: table.iter(),
            current: None,
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Failure> {
        let Some((key, node)) = self.rest.next() else {
            return Ok(None);
        };
        self.current = Some((key, node));
        let read = seed.deserialize(de::value::StrDeserializer::<Failure>::new(key));
        read.map(Some).map_err(|failure| failure.of_key(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        let (key, node) = self.current.expect("serde asks for a key before its value");
        seed.deserialize(Input::new(node))
            .map_err(|failure| failure.inside(Step::Key(key.to_owned())))
    }
}

/// The elements of an array.
struct Elements<'n> {
    items: &'n [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Failure> {
        let index = self.next;
        let Some(node) = self.items.get(index) else {
            return Ok(None);
        };
        self.next += 1;
        let read = seed.deserialize(Input::new(node));
        read.map(Some)
            .map_err(|failure| failure.inside(Step::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.next)
    }
}
