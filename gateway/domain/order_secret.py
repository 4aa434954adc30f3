"""An order's own secret and its pickup codes: derived, never stored, so that a repeated call can answer them again."""

import base64
import hashlib
import hmac

from gateway.domain.ids import Rid

SECRET_BYTES = 16
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without letters and digits that look alike."""
CODE_LENGTH = 8


def order_secret(key: bytes, rid: Rid, generation: int) -> str:
    """Return the 128 bits that give their holder access to one order, as 22 characters; a new generation ends the old one's."""
    return base64.urlsafe_b64encode(mac(key, "order", rid, str(generation))[:SECRET_BYTES]).rstrip(b"=").decode()


def opens(secret: str, key: bytes, rid: Rid, generation: int) -> bool:
    """Tell in constant time whether a secret is the order's own."""
    return hmac.compare_digest(secret.encode(), order_secret(key, rid, generation).encode())


def pickup_code(key: bytes, rid: Rid, fulfillment: str) -> str:
    """Return what the customer shows when collecting one fulfillment's goods: 8 characters, 39 bits."""
    number = int.from_bytes(mac(key, "pickup", rid, fulfillment)[:SECRET_BYTES])
    letters = []
    for _ in range(CODE_LENGTH):
        number, letter = divmod(number, len(CODE_LETTERS))
        letters.append(CODE_LETTERS[letter])
    return "".join(letters)


def mac(key: bytes, *parts: str) -> bytes:
    return hmac.new(key, "\x1f".join(parts).encode(), hashlib.sha256).digest()
