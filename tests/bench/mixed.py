"""A mailbox of mixed sizes for measurements: invented, from a fixed seed."""

import base64
import random
from collections.abc import Iterator

__all__ = ["mixed_messages"]

_WORDS = [
    *("patient", "bilan", "glycémie", "contrôle", "traitement", "consultation", "courrier", "résultat"),
    *("hospitalisation", "radiographie", "tension", "ordonnance", "suivi", "cardiologie", "examen"),
    *("normal", "douleur", "fièvre", "analyse", "avis", "confrère", "rendez-vous", "secrétariat"),
    *("compte", "rendu", "sortie", "service", "hémoglobine", "créatinine", "potassium", "scanner"),
]


def _text(dice: random.Random, words: int) -> str:
    lines = [" ".join(dice.choices(_WORDS, k=12)).capitalize() + "." for _ in range(max(1, words // 12))]
    return "\r\n".join(lines)


def _head(dice: random.Random, k: int) -> str:
    subject = " ".join(word for word in dice.choices(_WORDS, k=4) if word.isascii())
    return (
        f"From: Dr Exp {k % 997} <exp{k % 997}@labo.mssante.fr>\r\n"
        f"To: Dr Essai <essai@medecin.mssante.fr>\r\nSubject: {subject} {k}\r\n"
        f"Message-ID: <bench{k}@labo.mssante.fr>\r\n"
        f"Date: Mon, {1 + k % 28} Jul 2024 10:{k % 60:02d}:00 +0200\r\nMIME-Version: 1.0\r\n"
    )


def _with_file(dice: random.Random, k: int, text: str, blob: bytes) -> bytes:
    cut = dice.randrange(20_000, len(blob))
    head = (
        f'{_head(dice, k)}Content-Type: multipart/mixed; boundary="b{k}"\r\n\r\n--b{k}\r\n'
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--b{k}\r\n"
        f'Content-Type: application/pdf; name="cr_{k}.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="cr_{k}.pdf"\r\n\r\n'
    )
    return head.encode() + blob[: cut - cut % 78] + f"\r\n--b{k}--\r\n".encode()


def mixed_messages(number: int, seed: int = 7) -> Iterator[bytes]:
    """``number`` messages, 20 KB on average: letters, HTML, a fifth with an attachment of 20 to 150 KB."""
    dice = random.Random(seed)
    blob = base64.encodebytes(dice.randbytes(150_000)).replace(b"\n", b"\r\n")
    for k in range(number):
        text = _text(dice, dice.choice((40, 120, 300)))
        if k % 5 == 0:
            yield _with_file(dice, k, text, blob)
        elif k % 5 == 1:
            body = "".join(f"<p style='color:#222'>{line}</p>\r\n" for line in text.split("\r\n"))
            page = f"<html><body>{body}</body></html>"
            yield f"{_head(dice, k)}Content-Type: text/html; charset=utf-8\r\n\r\n{page}\r\n".encode()
        else:
            yield f"{_head(dice, k)}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()
