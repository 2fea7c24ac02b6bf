"""Letters of invented people for the real window."""

__all__ = ["LETTER", "RESULT", "SPOOF", "html_letter"]

LETTER = """From: Dr Hugo Essai <{sender}>\r
To: Dr Camille Essai <{to}>\r
Subject: Avis cardiologique\r
Message-ID: <avis-1@medecin.mssante.fr>\r
Date: Tue, 24 Nov 2026 09:12:00 +0100\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
\r
Chère consœur,\r
\r
Je revois votre patiente jeudi. Le bilan est rassurant.\r
\r
Bien confraternellement\r
"""

SPOOF = """From: "Service MSSanté" <support@mssante-fr.example>\r
To: <{to}>\r
Subject: Votre compte va expirer\r
Message-ID: <piege-1@mssante-fr.example>\r
Date: Tue, 24 Nov 2026 08:12:00 +0100\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
\r
Confirmez votre code sur https://mssante-fr.example/code\r
"""

RESULT = """From: Laboratoire Essai <resultats@labo-essai.example>\r
To: <{to}>\r
Subject: Resultats\r
Message-ID: <bio-1@labo-essai.example>\r
Date: Tue, 24 Nov 2026 07:30:00 +0100\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="b1"\r
\r
--b1\r
Content-Type: text/plain; charset=windows-1252\r
Content-Transfer-Encoding: 8bit\r
\r
Veuillez trouver ci-joint les résultats de votre patient.\r
--b1\r
Content-Type: application/octet-stream; name="ESSAI.HPR"\r
Content-Disposition: attachment; filename="ESSAI.HPR"\r
Content-Transfer-Encoding: 8bit\r
\r
P0012345\r
ESSAI\r
PAULINE\r
12 RUE DES LILAS\r
\r
74000 ANNECY\r
14/03/1957\r
\r
26B1124\r
24/11/2026\r
LABO      Laboratoire Essai\r
MED       Dr Camille Essai\r
\r
Résultats du 24/11/2026\r
****LAB****\r
TEX|HEMATOLOGIE\r
RES|Hémoglobine|HGB|N|10.8|g/dL|12.0|16.0|L|F|\r
RES|Leucocytes|GB|N|7.2|G/L|4.0|10.0|N|F|\r
TEX|BIOCHIMIE\r
RES|Potassium|K|N|5.9|mmol/L|3.5|5.1|HH|F|\r
****FIN****\r
****FINFICHIER****\r
--b1--\r
"""


def html_letter(to: str, sender: str) -> bytes:
    """A letter in HTML with a remote picture that must not be fetched."""
    page = (
        "<html><body><p>Bonjour,</p><table border='1'><tr><td>Consultation</td><td>jeudi</td></tr></table>"
        "<img src='https://pisteur.example/x.png'><p>Cordialement</p></body></html>"
    )
    head = (
        f"From: Secrétariat <{sender}>\r\nTo: <{to}>\r\nSubject: Rendez-vous\r\n"
        "Message-ID: <rdv-1@medecin.mssante.fr>\r\nDate: Tue, 24 Nov 2026 08:40:00 +0100\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    )
    return (head + page + "\r\n").encode()
