//! A value that passes for whatever type is asked for, so that decoding gets past a fault.
//!
//! Types that name what they want get it. Quantities ask for "anything" and judge the text
//! themselves, so each attempt offers another text or number until one passes. Tables and enums
//! are spread over their keys first, so that every field finds its own attempt; only where that
//! does not work out, the later attempts fill them as a whole.

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::failure::Failure;

/// How many different offers there are.
pub(super) const ATTEMPTS: u8 = 8;

/// Texts that spans, rates, shares and plain strings accept, one for each attempt.
const TEXTS: [&str; ATTEMPTS as usize] = ["1s", "1/1s", "50%", "1", "a", "all", "2025-01-01", ""];

/// Deepest nesting of types that is filled in.
const DEEPEST: u8 = 16;

/// The stand-in at one attempt.
#[derive(Clone, Copy)]
pub(super) struct StandIn {
    attempt: u8,
    depth: u8,
}

impl StandIn {
    pub(super) fn new(attempt: u8) -> Self {
        Self { attempt, depth: 0 }
    }

    fn deeper(self) -> Result<Self, Failure> {
        if self.depth == DEEPEST {
            return Err(de::Error::custom(
                "no stand-in fits; mend the other faults first",
            ));
        }
        let depth = self.depth + 1;
        Ok(Self { depth, ..self })
    }

    fn text(self) -> &'static str {
        TEXTS[usize::from(self.attempt % ATTEMPTS)]
    }
}

macro_rules! answers {
    ($($method:ident => $visit:ident($value:expr);)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            visitor.$visit($value)
        }
    )*};
}

impl<'de> Deserializer<'de> for StandIn {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.attempt {
            3 => visitor.visit_i64(1),
            4 => visitor.visit_bool(true),
            5 => visitor.visit_map(Filled::new(self, &[])),
            6 => visitor.visit_seq(Items {
                stand_in: self,
                left: 0,
            }),
            _ => visitor.visit_str(self.text()),
        }
    }

    answers! {
        deserialize_bool => visit_bool(false);
        deserialize_i8 => visit_i64(1);
        deserialize_i16 => visit_i64(1);
        deserialize_i32 => visit_i64(1);
        deserialize_i64 => visit_i64(1);
        deserialize_u8 => visit_u64(1);
        deserialize_u16 => visit_u64(1);
        deserialize_u32 => visit_u64(1);
        deserialize_u64 => visit_u64(1);
        deserialize_f32 => visit_f64(0.5);
        deserialize_f64 => visit_f64(0.5);
        deserialize_char => visit_char('a');
        deserialize_identifier => visit_str("a");
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_str(self.text())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_str(self.text())
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_bytes(&[])
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_bytes(&[])
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_none()
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    /// Empty at even attempts, with one element at odd ones.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let left = usize::from(self.attempt % 2);
        let stand_in = self.deeper()?;
        visitor.visit_seq(Items { stand_in, left })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let stand_in = self.deeper()?;
        visitor.visit_seq(Items {
            stand_in,
            left: length,
        })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_map(Filled::new(self, &[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if self.attempt == 0 {
            return Err(Failure::stand_in_for(fields));
        }
        visitor.visit_map(Filled::new(self.deeper()?, fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if self.attempt == 0 {
            return Err(Failure::stand_in_for(&variants[..variants.len().min(1)]));
        }
        let index = usize::from(self.attempt) % variants.len().max(1);
        let variant = variants.get(index).copied().unwrap_or("");
        let stand_in = self.deeper()?;
        visitor.visit_enum(Variant { stand_in, variant })
    }
}

/// A struct with a stand-in for every field.
struct Filled {
    stand_in: StandIn,
    rest: std::slice::Iter<'static, &'static str>,
}

impl Filled {
    fn new(stand_in: StandIn, fields: &'static [&'static str]) -> Self {
        Self {
            stand_in,
            rest: fields.iter(),
        }
    }
}

impl<'de> MapAccess<'de> for Filled {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Failure> {
        let Some(field) = self.rest.next() else {
            return Ok(None);
        };
        let key: de::value::StrDeserializer<'_, Failure> = (*field).into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        seed.deserialize(self.stand_in)
    }
}

/// `left` stand-ins in a row.
struct Items {
    stand_in: StandIn,
    left: usize,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Failure> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(self.stand_in).map(Some)
    }
}

/// One variant of an enum with stand-ins for what it holds.
struct Variant {
    stand_in: StandIn,
    variant: &'static str,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Failure;
    type Variant = StandIn;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, StandIn), Failure> {
        let variant = de::value::StrDeserializer::<Failure>::new(self.variant);
        Ok((seed.deserialize(variant)?, self.stand_in))
    }
}

impl<'de> VariantAccess<'de> for StandIn {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_struct("", fields, visitor)
    }
}
