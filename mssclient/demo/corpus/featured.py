"""The newest mail of the demonstration: what the pictures of the design show."""

from mssclient.demo.corpus import cda, mime, pdf, xdm
from mssclient.demo.corpus.calendar import Calendar
from mssclient.demo.corpus.draft import ANSWERED, FLAGGED, SEEN, Draft, Labels, patient_sender
from mssclient.demo.corpus.patients import PATIENTS
from mssclient.demo.corpus.people import AUBRY, PEOPLE
from mssclient.demo.corpus.pictures import shipped

__all__ = ["drafts"]


def drafts(calendar: Calendar) -> list[Draft]:
    return [
        _sauvignet(calendar),
        _belloir(),
        *_tissot(calendar),
        _odin(calendar),
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
    age = patient.age(calendar.today)
    body = (
        f"Chère consœur,\n\n"
        f"J’ai revu ce jour M. PERRET André, {age} ans, pour une dyspnée d’effort apparue depuis "
        "trois semaines, "
        "stade III de la NYHA, sans douleur thoracique. Il signale deux épisodes nocturnes d’orthopnée.\n\n"
        "À l’examen : TA 148/86 mmHg, pouls irrégulier à 96/min, œdèmes des membres inférieurs "
        "blancs et mous "
        "jusqu’à mi-jambe, râles crépitants des deux bases. Poids 84 kg (+ 4 kg en un mois).\n\n"
        "ECG : fibrillation atriale, non connue, cadence ventriculaire moyenne 98/min, bloc de "
        "branche gauche.\n"
        "Échographie : FEVG 38 %, oreillette gauche dilatée à 46 mL/m², insuffisance mitrale modérée, "
        "PAPS estimée à 45 mmHg.\n\n"
        "Conclusion : décompensation cardiaque globale sur passage en fibrillation atriale.\n\n"
        "Je propose : furosémide 40 mg, 2 comprimés le matin ; apixaban 5 mg matin et soir ; "
        "bisoprolol 1,25 mg, à "
        "doubler à 8 jours ; arrêt du diltiazem. Contrôle de la kaliémie et de la créatinine à 72 heures. "
        "Je le revois dans 8 jours ; hospitalisation en l’absence d’amélioration ou si la dyspnée "
        "s’aggrave.\n\n"
        "Merci de l’appeler demain pour vérifier le poids et la tension.\n\n"
        "Bien confraternellement,\n"
    )
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


def _tissot(calendar: Calendar) -> list[Draft]:
    sender, patient = PEOPLE["pneumo"], PATIENTS["tissot"]
    moment = calendar.moment(0, "09:30")
    admitted = calendar.moment(9, "16:20")
    history = (
        f"M. TISSOT Bernard, {patient.age(calendar.today)} ans, a été hospitalisé dans le service du "
        f"{admitted:%d/%m/%Y} au {calendar.moment(1, '11:00'):%d/%m/%Y} pour une exacerbation sévère "
        "de BPCO.\n"
        "Antécédents : BPCO post-tabagique GOLD 3 (45 paquets-années, sevré depuis 2019), "
        "hypertension artérielle, "
        "adénome prostatique."
    )
    course = (
        "À l’admission : SpO2 86 % en air ambiant, fréquence respiratoire 28/min, température 38,4 "
        "°C, sibilants "
        "diffus. Gaz du sang : pH 7,34, PaCO2 51 mmHg, PaO2 54 mmHg.\n"
        "Radiographie de thorax : opacité alvéolaire de la base droite. CRP 112 mg/L, leucocytes 14,2 G/L. "
        "Antigénurie pneumocoque négative.\n"
        "Évolution favorable sous oxygène 2 L/min, nébulisations, prednisone 40 mg pendant 5 jours et "
        "amoxicilline-acide clavulanique pendant 7 jours. Sevrage de l’oxygène au cinquième jour."
    )
    plan = (
        "Traitement de sortie : tiotropium-olodatérol 2 bouffées le matin, salbutamol à la demande, "
        "périndopril 4 mg, "
        "tamsulosine 0,4 mg.\n"
        "À prévoir : kinésithérapie respiratoire 3 fois par semaine, vaccination grippe et "
        "pneumocoque, scanner "
        "thoracique à 6 semaines, consultation avec épreuves fonctionnelles dans 2 mois."
    )
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
    printed = pdf.document(
        _head("pneumo"), "Compte rendu d’hospitalisation", f"{history}\n\n{course}\n\n{plan}"
    )
    first = Draft(
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
    answer = Draft(
        key="tissot-answer",
        days=0,
        clock="09:52",
        sender=AUBRY,
        folder="Envoyés",
        to=[sender],
        subject="Re: XDM/1.0/DDM+CR hospitalisation – M. TISSOT",
        text=(
            "Bonjour,\n\nMerci pour ce compte rendu. Je vois M. TISSOT jeudi ; la kinésithérapie "
            "débute demain avec "
            "M. Lormel. Pouvez-vous confirmer la date du scanner, le patient n’a pas reçu de "
            "convocation ?\n\n"
            f"Bien confraternellement,\n\n{AUBRY.signature}\n"
        ),
        answers=["tissot-cr"],
        shape="sent",
        small=True,
    )
    return [first, answer]


def _odin(calendar: Calendar) -> Draft:
    sender, patient = PEOPLE["imagerie"], PATIENTS["odin"]
    body = (
        f"Patiente : {patient.name}, {patient.born}.\n\n"
        "Indication : toux persistante depuis 6 semaines, amaigrissement de 3 kg. Tabagisme sevré.\n\n"
        "Technique : acquisition hélicoïdale du thorax après injection de produit de contraste iodé. "
        "PDL 248 mGy.cm.\n\n"
        "Résultats : nodule solide spiculé du segment apical du lobe supérieur droit, de 14 mm. Pas "
        "d’autre nodule. "
        "Emphysème centrolobulaire modéré des sommets. Ganglion de la loge de Baréty de 9 mm de "
        "petit axe, non "
        "significatif. Pas d’épanchement pleural. Calcifications coronaires. Étage abdominal "
        "supérieur exploré sans "
        "particularité, surrénales fines.\n\n"
        "Conclusion : nodule spiculé du lobe supérieur droit, suspect. Avis pneumologique rapide et "
        "TEP-scanner "
        "recommandés. La patiente a été informée de la nécessité d’un examen complémentaire."
    )
    printed = pdf.document(_head("imagerie"), "Scanner thoracique – Mme ODIN Simone", body)
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
