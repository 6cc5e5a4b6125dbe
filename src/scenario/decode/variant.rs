//! Enums: a table with one key, the kind, or a bare word.
//!
//! A kind without settings may be written either way: `"first-message"` and
//! `{ first-message = {} }` mean the same.

use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, VariantAccess, Visitor};

use super::failure::{Failure, Step, wanted};
use super::node::{Entries, Input};
use crate::scenario::{Node, Table, Value};

/// An enum written as a table with one key.
pub(super) struct Tagged<'n> {
    pub(super) tag: &'n str,
    pub(super) content: &'n Node,
}

impl<'de, 'n> EnumAccess<'de> for Tagged<'n> {
    type Error = Failure;
    type Variant = Content<'n>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'n>), Failure> {
        let tag = de::value::StrDeserializer::<Failure>::new(self.tag);
        let variant = seed.deserialize(tag);
        let variant = variant.map_err(|failure| failure.shown_at_key(self.tag))?;
        Ok((variant, Content(self)))
    }
}

/// What stands behind the tag of a one-key table.
pub(super) struct Content<'n>(Tagged<'n>);

impl Content<'_> {
    fn inside(&self, failure: Failure) -> Failure {
        failure.inside(Step::Key(self.0.tag.to_owned()))
    }
}

impl<'de> VariantAccess<'de> for Content<'_> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        let empty = self.0.content.table().is_some_and(Table::is_empty);
        if empty || matches!(self.0.content.value, Value::StandIn(_)) {
            return Ok(());
        }
        let tag = self.0.tag;
        let what = format!("`{tag}` has no settings");
        let failure = Failure::new("wrong-value", what, format!("write \"{tag}\" alone"));
        Err(self.inside(failure))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        let read = seed.deserialize(Input::new(self.0.content));
        read.map_err(|failure| self.inside(failure))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let read = Input::new(self.0.content).deserialize_tuple(length, visitor);
        read.map_err(|failure| self.inside(failure))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let read = Input::new(self.0.content).deserialize_struct("", fields, visitor);
        read.map_err(|failure| self.inside(failure))
    }
}

/// An enum written as a bare word: a value without settings.
pub(super) struct BareWord<'n> {
    pub(super) word: &'n str,
}

impl<'de> EnumAccess<'de> for BareWord<'_> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Failure> {
        let word = de::value::StrDeserializer::<Failure>::new(self.word);
        Ok((seed.deserialize(word)?, self))
    }
}

impl<'de> VariantAccess<'de> for BareWord<'_> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_map(visitor)
    }
}

/// The settings of a bare word: an empty table where a table will do, a fault elsewhere.
impl<'de> Deserializer<'de> for BareWord<'_> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let word = self.word;
        let what = format!("`{word}` needs its setting, {}", wanted(&visitor));
        Err(Failure::new(
            "wrong-value",
            what,
            format!("write {{ {word} = ... }}"),
        ))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_map(Entries::new(&Table::new()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_map(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct enum identifier ignored_any
    }
}
