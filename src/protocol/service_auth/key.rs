//! Keys of the two curves of the protocol, as `did:key` writes them: `z`, base58 of a multicodec
//! prefix and the compressed point.

use k256::ecdsa::signature::Verifier as _;

use super::encoding::{base58, to_base58};

/// A key that verifies signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// On secp256k1: `ES256K`.
    K256(k256::ecdsa::VerifyingKey),
    /// On P-256: `ES256`.
    P256(p256::ecdsa::VerifyingKey),
}

/// A key on secp256k1 that signs.
#[derive(Clone)]
pub struct SigningKey(pub(super) k256::ecdsa::SigningKey);

/// Multicodec of a compressed point on secp256k1 (0xe7), as a varint.
const K256: [u8; 2] = [0xe7, 0x01];
/// Multicodec of a compressed point on P-256 (0x1200), as a varint.
const P256: [u8; 2] = [0x80, 0x24];

impl PublicKey {
    /// Reads `did:key:z...`; none where it is no key of one of the two curves.
    pub fn of_did_key(text: &str) -> Option<Self> {
        let bytes = base58(text.strip_prefix("did:key:z")?)?;
        let (codec, point) = bytes.split_at_checked(2)?;
        if codec == K256 {
            let key = k256::ecdsa::VerifyingKey::from_sec1_bytes(point);
            key.ok().map(Self::K256)
        } else if codec == P256 {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point);
            key.ok().map(Self::P256)
        } else {
            None
        }
    }

    /// The key as `did:key:z...`.
    pub fn did_key(&self) -> String {
        let bytes = match self {
            Self::K256(key) => [&K256[..], key.to_sec1_point(true).as_bytes()].concat(),
            Self::P256(key) => [&P256[..], key.to_sec1_point(true).as_bytes()].concat(),
        };
        format!("did:key:z{}", to_base58(&bytes))
    }

    /// The `alg` of a token that it signed.
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::K256(_) => "ES256K",
            Self::P256(_) => "ES256",
        }
    }

    /// Whether a signature of 64 bytes, or in DER, is the key's; high S counts, too.
    pub(super) fn signed(&self, text: &[u8], signature: &[u8]) -> bool {
        let compact = compact_of_der(signature);
        let signature = compact.as_ref().map_or(signature, |compact| &compact[..]);
        match self {
            Self::K256(key) => k256::ecdsa::Signature::from_slice(signature)
                // This curve's verifier refuses high S; (r, n - s) is good if (r, s) is.
                .is_ok_and(|found| key.verify(text, &found.normalize_s()).is_ok()),
            Self::P256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|found| key.verify(text, &found).is_ok()),
        }
    }

    /// Whether the S of a signature is in the lower half.
    pub(super) fn is_low(&self, signature: &[u8]) -> bool {
        match self {
            Self::K256(_) => k256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|found| found.normalize_s() == found),
            Self::P256(_) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|found| found.normalize_s() == found),
        }
    }
}

impl SigningKey {
    /// The key of these 32 bytes, big-endian; none where they are 0 or beyond the order.
    pub fn of_bytes(bytes: &[u8; 32]) -> Option<Self> {
        k256::ecdsa::SigningKey::from_slice(bytes).ok().map(Self)
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::K256(*self.0.verifying_key())
    }
}

/// r and s of 32 bytes each from `SEQUENCE { INTEGER r, INTEGER s }`; none where it is not that.
fn compact_of_der(bytes: &[u8]) -> Option<[u8; 64]> {
    let (0x30, rest) = bytes.split_first().map(|(tag, rest)| (*tag, rest))? else {
        return None;
    };
    let (length, rest) = rest.split_first()?;
    if rest.len() != usize::from(*length) {
        return None;
    }
    let (r, rest) = integer(rest)?;
    let (s, rest) = integer(rest)?;
    let mut compact = [0; 64];
    compact[32 - r.len()..32].copy_from_slice(r);
    compact[64 - s.len()..].copy_from_slice(s);
    rest.is_empty().then_some(compact)
}

/// An integer of at most 32 bytes without its leading zeros, and what follows it.
fn integer(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (0x02, rest) = bytes.split_first().map(|(tag, rest)| (*tag, rest))? else {
        return None;
    };
    let (length, rest) = rest.split_first()?;
    let (number, rest) = rest.split_at_checked(usize::from(*length))?;
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let number = &number[zeros..];
    (number.len() <= 32).then_some((number, rest))
}

impl std::fmt::Debug for SigningKey {
    /// The public half alone.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.public().did_key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_is_read_as_r_and_s() {
        // r = 0x80 (with the zero that keeps it positive), s = 5.
        let der = [0x30, 0x07, 0x02, 0x02, 0x00, 0x80, 0x02, 0x01, 0x05];
        let compact = compact_of_der(&der).unwrap();
        assert_eq!((compact[31], compact[63]), (0x80, 5));
        assert_eq!(compact.iter().filter(|byte| **byte != 0).count(), 2);
        assert_eq!(compact_of_der(&der[..8]), None);
        assert_eq!(compact_of_der(&[0x30, 0x00]), None);
    }
}
