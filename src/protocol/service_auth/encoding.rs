//! Texts of bytes: base64url of RFC 4648 without padding, and base58 with Bitcoin's alphabet.

const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Base64url without padding.
pub(super) fn base64url(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut bits = 0_u32;
        for place in 0..3 {
            bits = bits << 8 | u32::from(chunk.get(place).copied().unwrap_or(0));
        }
        for digit in 0..=chunk.len() {
            let value = bits >> (18 - 6 * digit) & 63;
            text.push(char::from(BASE64URL[value as usize]));
        }
    }
    text
}

/// The bytes of a text of base64, read as Node.js does: both alphabets, characters beyond them
/// passed over, an end at the first `=`.
pub(super) fn lenient_base64(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for symbol in text.bytes().take_while(|symbol| *symbol != b'=') {
        let symbol = match symbol {
            b'+' => b'-',
            b'/' => b'_',
            other => other,
        };
        let Some(value) = (0_u32..)
            .zip(BASE64URL)
            .find(|(_, known)| **known == symbol)
        else {
            continue;
        };
        bits = bits << 6 | value.0;
        held += 6;
        if held >= 8 {
            held -= 8;
            let [.., low] = (bits >> held).to_be_bytes();
            bytes.push(low);
        }
    }
    bytes
}

/// Base58, most significant digit first; none where a character is not of its alphabet.
pub(super) fn base58(text: &str) -> Option<Vec<u8>> {
    let mut bytes: Vec<u8> = Vec::new();
    for symbol in text.bytes() {
        let digit = BASE58.iter().position(|known| *known == symbol)?;
        let mut carry = u32::try_from(digit).ok()?;
        for byte in bytes.iter_mut().rev() {
            let [.., high, low] = (u32::from(*byte) * 58 + carry).to_be_bytes();
            (*byte, carry) = (low, u32::from(high));
        }
        if carry > 0 {
            bytes.insert(0, u8::try_from(carry).ok()?);
        }
    }
    let zeros = text.bytes().take_while(|symbol| *symbol == b'1').count();
    Some([vec![0; zeros], bytes].concat())
}

/// The text of bytes in base58.
pub(super) fn to_base58(bytes: &[u8]) -> String {
    let mut digits: Vec<u8> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            let value = u32::from(*digit) * 256 + carry;
            *digit = u8::try_from(value % 58).expect("below 58");
            carry = value / 58;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 58).expect("below 58"));
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).map(|_| 0);
    let digits = zeros.chain(digits.into_iter().rev());
    digits
        .map(|digit| char::from(BASE58[usize::from(digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_is_that_of_rfc_4648() {
        // Section 10 of the RFC, without padding; 0xfb 0xff has both symbols of the URL alphabet.
        let cases: [(&[u8], &str); 6] = [
            (b"", ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foobar", "Zm9vYmFy"),
            (&[0xfb, 0xff], "-_8"),
        ];
        for (bytes, text) in cases {
            assert_eq!(base64url(bytes), text);
            assert_eq!(lenient_base64(text), bytes);
        }
        assert_eq!(lenient_base64("+/8="), [0xfb, 0xff]);
        assert_eq!(lenient_base64("Z~m\n9v=Zm9v"), b"foo");
    }

    #[test]
    fn base58_is_that_of_its_draft() {
        // draft-msporny-base58-03, section 5.
        let cases: [(&[u8], &str); 3] = [
            (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
            (
                b"The quick brown fox jumps over the lazy dog.",
                "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
            ),
            (&[0, 0, 0x28, 0x7f, 0xb4, 0xcd], "11233QC4"),
        ];
        for (bytes, text) in cases {
            assert_eq!(to_base58(bytes), text);
            assert_eq!(base58(text).as_deref(), Some(bytes));
        }
        assert_eq!(base58("0"), None);
    }
}
