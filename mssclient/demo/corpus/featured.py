"""The newest mail of the demonstration: what the pictures of the design show."""

from mssclient.demo.corpus import cda, mime, pdf, xdm
from mssclient.demo.corpus.calendar import Calendar
from mssclient.demo.corpus.draft import ANSWERED, FLAGGED, SEEN, Draft, Labels, patient_sender
from mssclient.demo.corpus.patients import PATIENTS
from mssclient.demo.corpus.people import AUBRY, PEOPLE
from mssclient.demo.corpus.pictures import shipped
from mssclient.demo.corpus.sheets import words

__all__ = ["drafts"]


def drafts(calendar: Calendar) -> list[Draft]:
    return [
        _sauvignet(calendar),
        _belloir(),
        _tissot(calendar),
        _tissot_answer(),
        _odin(),
        *_pharmacie(),
        _spoof(),
        _rouviere(),
    ]


def _head(key: str) -> str:
    who = PEOPLE[key]
    return "\n".join(line for line in (who.formal, who.role, who.place, f"Tél. {who.phone}") if line)


def _sauvignet(calendar: Calendar) -> Draft:
    sender, patient = PEOPLE["sauvignet"], PATIENTS["perret"]
    moment = calendar.moment(0, "11:42")
    body = words("perret-cardio", age=str(patient.age(calendar.today)))
    printed = pdf.document(_head("sauvignet"), "Avis cardiologique – M. PERRET André", body)
    document = cda.level_one(
        "perret-cardio",
        patient,
        sender,
        moment,
        ("34099-2", "Consultation de cardiologie"),
        "Avis cardio – M. PERRET André",
        printed,
    )
    return Draft(
        key="perret-cardio",
        days=0,
        clock="11:42",
        sender=sender,
        subject="XDM/1.0/DDM+Avis cardio – M. PERRET André",
        text=(
            "Chère consœur,\n\nCi-joint mon avis concernant M. PERRET : décompensation cardiaque sur "
            "fibrillation "
            "atriale. Merci de vérifier poids et tension demain, et la kaliémie à 72 heures.\n\n"
            f"Bien confraternellement,\n\n{sender.signature}\n"
        ),
        attachments=[
            mime.attachment("IHE_XDM.zip", xdm.archive([document]), "application/zip"),
            mime.attachment(
                f"{moment:%Y%m%d}_Avis cardiologique_PERRET_André.pdf", printed, "application/pdf"
            ),
        ],
        headers=[
            ("X-MSS-CODECDA", document.code),
            ("X-MSS-INS", "O"),
            ("Disposition-Notification-To", mime.mailbox(sender.name, sender.address)),
        ],
        flags=(FLAGGED, "Urgent"),
        shape="xdm-cda-level-1",
        labels=Labels(documents=("xdm", "cda", "pdf")),
        small=True,
    )


def _belloir() -> Draft:
    sender = patient_sender(PATIENTS["belloir"])
    return Draft(
        key="belloir-ordonnance",
        days=0,
        clock="10:18",
        sender=sender,
        subject="Renouvellement d’ordonnance",
        text=(
            "Bonjour Docteur,\n\n"
            "Mon ordonnance de lévothyroxine se termine dimanche et je pars une semaine chez ma "
            "fille lundi matin. "
            "Serait-il possible de la renouveler avant mon départ ? Le dosage est toujours de 75 µg "
            "le matin.\n\n"
            "Je me sens bien, un peu fatiguée en fin de journée. La dernière prise de sang date de "
            "septembre, le "
            "laboratoire vous avait envoyé le résultat.\n\n"
            "Je suis joignable entre 12 h et 14 h au 06 39 98 47 21.\n\n"
            "Merci beaucoup,\nNadia Belloir\n"
        ),
        flags=("A_rappeler",),
        shape="patient",
        small=True,
    )


def _tissot(calendar: Calendar) -> Draft:
    sender, patient = PEOPLE["pneumo"], PATIENTS["tissot"]
    moment = calendar.moment(0, "09:30")
    history = words(
        "tissot-history",
        age=str(patient.age(calendar.today)),
        admitted=f"{calendar.moment(9, '16:20'):%d/%m/%Y}",
        left=f"{calendar.moment(1, '11:00'):%d/%m/%Y}",
    )
    course, plan = words("tissot-course"), words("tissot-plan")
    document = cda.narrative(
        "tissot-cr",
        patient,
        sender,
        moment,
        ("34112-3", "CR hospitalisation"),
        "CR hospitalisation – M. TISSOT",
        (
            ("42349-1", "Motif d’hospitalisation", history),
            ("8648-8", "Évolution dans le service", course),
            ("18776-5", "Conduite à tenir", plan),
        ),
    )
    printed = pdf.document(_head("pneumo"), "Compte rendu d’hospitalisation", f"{history}\n{course}\n{plan}")
    return Draft(
        key="tissot-cr",
        days=0,
        clock="09:30",
        sender=sender,
        subject="XDM/1.0/DDM+CR hospitalisation – M. TISSOT",
        text=(
            "Cher confrère,\n\nVeuillez trouver ci-joint le compte rendu d’hospitalisation de M. "
            "TISSOT, sorti hier "
            f"à domicile.\n\n{sender.signature}\n"
        ),
        attachments=[
            mime.attachment("IHE_XDM.ZIP", xdm.archive([document]), "application/x-zip-compressed"),
            mime.attachment(
                f"{moment:%Y%m%d}_CR hospitalisation_TISSOT_Bernard.pdf", printed, "application/pdf"
            ),
        ],
        headers=[("X-MSS-CODECDA", document.code), ("X-MSS-INS", "O")],
        flags=(SEEN, ANSWERED),
        shape="xdm-cda-level-3",
        labels=Labels(documents=("xdm", "cda", "pdf")),
        small=True,
    )


def _tissot_answer() -> Draft:
    return Draft(
        key="tissot-answer",
        days=0,
        clock="09:52",
        sender=AUBRY,
        folder="Envoyés",
        to=[PEOPLE["pneumo"]],
        subject="Re: XDM/1.0/DDM+CR hospitalisation – M. TISSOT",
        text=words("tissot-answer") + f"\n{AUBRY.signature}\n",
        answers=["tissot-cr"],
        shape="sent",
        small=True,
    )


def _odin() -> Draft:
    sender = PEOPLE["imagerie"]
    printed = pdf.document(_head("imagerie"), "Scanner thoracique – Mme ODIN Simone", words("odin-scanner"))
    return Draft(
        key="odin-scanner",
        days=0,
        clock="08:55",
        sender=sender,
        subject="Scanner thoracique – Mme ODIN",
        text=(
            "Docteur,\n\nCi-joint le compte rendu du scanner thoracique de Mme ODIN Simone réalisé "
            "hier. Résultat à "
            f"lire rapidement.\n\nDr Paule Exertier, radiologue\n{sender.signature}\n"
        ),
        attachments=[mime.attachment("CR_scanner_ODIN.pdf", printed, "application/pdf")],
        flags=(),
        shape="pdf",
        labels=Labels(documents=("pdf",)),
        small=True,
    )


def _pharmacie() -> list[Draft]:
    sender = PEOPLE["pharmacie"]
    question = (
        "Bonjour Docteur,\n\n"
        "Nous avons reçu ce jour une ordonnance de méthotrexate pour un de vos patients. La "
        "posologie indique "
        "« 10 mg par jour » : s’agit-il bien d’une prise par semaine ? Nous attendons votre "
        "confirmation avant de "
        "délivrer.\n\nCordialement,\n\n"
    )
    return [
        Draft(
            key="pharmacie-posologie",
            days=1,
            clock="17:12",
            sender=sender,
            subject="Question sur une posologie",
            text=question + sender.signature + "\n",
            flags=(SEEN, ANSWERED),
            shape="ordinary",
            small=True,
        ),
        Draft(
            key="pharmacie-posologie-answer",
            days=1,
            clock="17:25",
            sender=AUBRY,
            folder="Envoyés",
            to=[sender],
            subject="Re: Question sur une posologie",
            text=(
                "Bonjour,\n\nVous avez raison, c’est bien une seule prise par semaine. Je refais "
                "l’ordonnance et "
                "j’appelle la pharmacie dans cinq minutes.\n\nMerci de votre vigilance.\n\n"
                f"{AUBRY.signature}\n"
            ),
            answers=["pharmacie-posologie"],
            shape="sent",
            trust="ordinary",
        ),
    ]


def _spoof() -> Draft:
    page = (
        '<html><body style="font-family:Arial"><p><img '
        'src="http://www.mssante-verif.example/logo.png" width="180" '
        'height="48" alt="MSSanté"></p><p>Cher utilisateur,</p>'
        "<p>Votre messagerie sera suspendue sous 24&nbsp;h. Confirmez votre code porteur sur "
        '<a href="http://www.mssante-verif.example/code">www.mssante-verif.example</a>.</p>'
        '<p><a href="http://203.0.113.9/connexion">https://mailiz.mssante.fr/confirmer</a></p>'
        "<p>Le service MSSanté</p></body></html>"
    )
    return Draft(
        key="spoof-suspension",
        days=1,
        clock="12:03",
        sender=PEOPLE["spoof"],
        subject="Votre boîte va être suspendue",
        text=(
            "Cher utilisateur,\n\nVotre messagerie sera suspendue sous 24 h. Confirmez votre code "
            "porteur sur "
            "http://www.mssante-verif.example/code\n\nLe service MSSanté\n"
        ),
        html=page,
        flags=(),
        shape="spoof-name",
        small=True,
    )


def _rouviere() -> Draft:
    sender = PEOPLE["coursan"]
    return Draft(
        key="rouviere-pansements",
        days=4,
        clock="17:48",
        sender=sender,
        subject="Pansements – Mme ROUVIÈRE",
        text=(
            "Bonsoir Docteur,\n\n"
            "Mme ROUVIÈRE, ulcère malléolaire interne gauche : 4 × 2,5 cm ce soir, contre 5 × 3 cm "
            "la semaine "
            "dernière. Berges propres, moins d’exsudat, pas de signe d’infection. Douleur 3/10 au soin.\n\n"
            "Je passe au pansement à l’alginate tous les 2 jours. Bandes bien supportées. Photo "
            "jointe, avec son "
            "accord.\n\nBonne soirée,\n\n"
            f"{sender.signature}\n"
        ),
        attachments=[mime.attachment("ulcere_20.jpg", shipped("ulcere.jpg"), "image/jpeg")],
        flags=(SEEN, "Domicile"),
        shape="picture-jpeg",
        small=True,
    )
