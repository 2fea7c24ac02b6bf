"""The invented people around the practice. Telephone numbers are of the ranges kept for fiction (ARCEP)."""

from dataclasses import dataclass

__all__ = ["ACCOUNTS", "AUBRY", "OFFICE", "PEOPLE", "VALADE", "Person", "domains"]


@dataclass(frozen=True)
class Person:
    """A correspondent: somebody with a signature, or an organisation."""

    key: str
    name: str
    address: str
    role: str = ""
    """Second line of a signature, first line of a letterhead."""
    place: str = ""
    phone: str = ""
    trust: str = "mssante"
    kind: str = "personal"

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def formal(self) -> str:
        """ "Dr Hugo SAUVIGNET"."""
        if self.kind != "personal" or " " not in self.name:
            return self.name
        words = self.name.split(",")[0].split(" ")
        return " ".join([*words[:-1], words[-1].upper()])

    @property
    def signature(self) -> str:
        lines = [self.formal, self.role, self.place, f"Tél. {self.phone}" if self.phone else ""]
        return "\n".join(line for line in lines if line)


AUBRY = Person(
    "aubry", "Dr Camille Aubry", "camille.aubry@medecin.mssante.fr", "Médecine générale",
    "Cabinet des Tilleuls, 12 rue des Tilleuls, 74000 Annecy", "04 65 71 20 14",
)  # fmt: skip
VALADE = Person(
    "valade", "Dr Ninon Valade", "ninon.valade@medecin.mssante.fr", "Médecine générale",
    "Cabinet des Tilleuls, 12 rue des Tilleuls, 74000 Annecy", "04 65 71 20 14",
)  # fmt: skip
OFFICE = Person(
    "office", "Cabinet des Tilleuls", "secretariat@cabinet-tilleuls.mssante.fr", "Secrétariat",
    "12 rue des Tilleuls, 74000 Annecy", "04 65 71 20 14", kind="organisational",
)  # fmt: skip
ACCOUNTS = (AUBRY, VALADE, OFFICE)

_ORG = "organisational"
_OTHERS = (
    Person("valvert", "Laboratoire Valvert", "resultats@labo-valvert.mssante.fr", "Biologie médicale",
           "8 avenue du Parmelan, 74000 Annecy", "03 53 01 42 18", kind=_ORG),
    Person("rives", "Laboratoire des Deux Rives", "resultats@labo-deux-rives.mssante.fr", "Biologie médicale",
           "3 quai du Chéran, 74150 Rumilly", "03 53 01 57 40", kind=_ORG),
    Person("parc", "Laboratoire du Parc", "resultats@labo-du-parc.mssante.fr", "Biologie médicale",
           "21 boulevard du Parc, 74960 Cran-Gevrier", "03 53 01 66 02", kind=_ORG),
    Person("sauvignet", "Dr Hugo Sauvignet", "hugo.sauvignet@medecin.mssante.fr", "Cardiologue",
           "5 place du Méridien, 74960 Cran-Gevrier", "04 65 71 44 09"),
    Person("montrevel", "Dr Hélène Montrevel", "helene.montrevel@medecin.mssante.fr", "Cardiologue",
           "CH des Trois Monts, 4 route du Glacier, 74700 Sallanches", "04 65 71 33 08"),
    Person("cardio", "CH des Trois Monts – Cardiologie", "cardio.secretariat@ch-trois-monts.mssante.fr",
           "Service de cardiologie", "4 route du Glacier, 74700 Sallanches", "04 65 71 33 00", kind=_ORG),
    Person("surroy", "Dr Lise Surroy", "lise.surroy@medecin.mssante.fr", "Pneumologue",
           "17 rue des Marquisats, 74000 Annecy", "04 65 71 52 77"),
    Person("ambrosi", "Dr Étienne Ambrosi", "etienne.ambrosi@medecin.mssante.fr", "Ophtalmologue",
           "2 rue du Cheval-Rouge, 74150 Rumilly", "04 65 71 61 30"),
    Person("montand", "Dr Étienne Montand-Roy", "e.montand-roy@pro.mssante.fr", "Médecine générale",
           "9 route de Frangy, 74960 Meythet", "04 65 71 28 55"),
    Person("montfleury", "Dr Paul Montfleury", "paul.montfleury@medical74.apicrypt.org", "Rhumatologue",
           "6 rue Montpelaz, 74150 Rumilly", "04 65 71 63 12", trust="ordinary"),
    Person("dumontel", "Dr Aurore Dumontel", "aurore.dumontel@medecin.mssante.fr", "Endocrinologue",
           "14 rue Sommeiller, 74000 Annecy", "04 65 71 58 21"),
    Person("ravoire", "Dr Simon Ravoire", "simon.ravoire@medecin.mssante.fr", "Gastro-entérologue",
           "Clinique des Aravis, 74000 Annecy", "04 65 71 70 46"),
    Person("lantelme", "Dr Maud Lantelme", "maud.lantelme@medecin.mssante.fr", "Dermatologue",
           "31 avenue de Genève, 74000 Annecy", "04 65 71 49 83"),
    Person("bressieux", "Dr Ivan Bressieux", "ivan.bressieux@medecin.mssante.fr", "Neurologue",
           "Clinique des Aravis, 74000 Annecy", "04 65 71 70 52"),
    Person("pneumo", "CH de la Vallée – Pneumologie", "pneumologie@ch-vallee.mssante.fr",
           "Service de pneumologie", "1 rue de l’Hôpital, 74300 Cluses", "04 65 71 80 30", kind=_ORG),
    Person("urgences", "CH de la Vallée – Urgences", "urgences@ch-vallee.mssante.fr", "Service des urgences",
           "1 rue de l’Hôpital, 74300 Cluses", "04 65 71 80 15", kind=_ORG),
    Person("ortho", "CH de la Vallée – Orthopédie", "orthopedie@ch-vallee.mssante.fr",
           "Chirurgie orthopédique et traumatologique", "1 rue de l’Hôpital, 74300 Cluses", "04 65 71 80 44",
           kind=_ORG),
    Person("geriatrie", "CH de la Vallée – Gériatrie", "geriatrie@ch-vallee.mssante.fr",
           "Court séjour gériatrique", "1 rue de l’Hôpital, 74300 Cluses", "04 65 71 80 61", kind=_ORG),
    Person("maternite", "CH de la Vallée – Maternité", "maternite@ch-vallee.mssante.fr",
           "Gynécologie-obstétrique", "1 rue de l’Hôpital, 74300 Cluses", "04 65 71 80 72", kind=_ORG),
    Person("imagerie", "Imagerie Saint-Clair", "imagerie-saint-clair@mssante.apicrypt.org", "Radiologie",
           "40 rue Saint-Clair, 74000 Annecy", "04 65 71 39 90", trust="apicrypt", kind=_ORG),
    Person("coursan", "Mathilde Coursan, IDE", "m.coursan@pro.mssante.fr", "Infirmière libérale",
           "22 rue Carnot, 74000 Annecy", "06 39 98 12 07"),
    Person("lormel", "Bastien Lormel, MK", "b.lormel@pro.mssante.fr", "Masseur-kinésithérapeute",
           "11 rue des Jardins, 74000 Annecy", "04 65 71 25 38"),
    Person("vernay", "Élodie Vernay, SF", "e.vernay@pro.mssante.fr", "Sage-femme",
           "MSP du Lac, 74320 Sévrier", "04 65 71 90 17"),
    Person("glycines", "EHPAD Les Glycines", "coordination@ehpad-glycines.mssante.fr", "Cadre de santé",
           "7 chemin des Glycines, 74600 Seynod", "04 65 71 94 20", kind=_ORG),
    Person("msp", "MSP du Lac", "coordination@msp-lac.mssante.fr", "Coordination",
           "150 route d’Albertville, 74320 Sévrier", "04 65 71 90 10", kind=_ORG),
    Person("had", "HAD des Aravis", "coordination@had-aravis.mssante.fr", "Hospitalisation à domicile",
           "60 route de Thônes, 74940 Annecy-le-Vieux", "04 65 71 97 05", kind=_ORG),
    Person("pharmacie", "Pharmacie du Marché", "contact@pharmacie-du-marche.example", "Pharmacie",
           "1 place du Marché, 74000 Annecy", "04 65 71 21 99", trust="ordinary", kind=_ORG),
    Person("fournisseur", "Mediprat – Matériel médical", "commandes@mediprat.example", "Service clients",
           "", "03 53 01 00 44", trust="ordinary", kind=_ORG),
    Person("formation", "Alpes Formation Médicale", "inscriptions@alpes-fmc.example", "Formation continue",
           "", "04 65 71 00 31", trust="ordinary", kind=_ORG),
    Person("informatique", "Savoie Informatique", "support@savoie-informatique.example", "Assistance",
           "", "04 65 71 00 58", trust="ordinary", kind=_ORG),
    Person("perret_mail", "Martine Perret", "m.perret@courriel.example", trust="ordinary"),
    Person("notaire", "Me Lormand", "etude@succession-lormand.example", trust="ordinary"),
    Person("spoof", "Service MSSante", "no-reply@mssante-verif.example", trust="doubtful", kind=_ORG),
    Person("spoof_labo", "Laboratoire Valvert", "resultats@labo-valvert.mssante-fr.example",
           "Biologie médicale", trust="doubtful", kind=_ORG),
)  # fmt: skip

PEOPLE = {person.key: person for person in (*ACCOUNTS, *_OTHERS)}


def domains() -> list[tuple[str, str]]:
    """(domain, description) of the demonstration's white list."""
    named = {
        "medecin.mssante.fr": "Domaine de démonstration des médecins",
        "pro.mssante.fr": "Domaine de démonstration des professionnels de santé",
        "patient.mssante.fr": "Domaine de démonstration de Mon espace santé",
        "mssante.apicrypt.org": "Domaine de démonstration de la passerelle Apicrypt",
    }
    for person in PEOPLE.values():
        if person.trust == "mssante":
            named.setdefault(person.domain, f"Domaine de démonstration : {person.name}")
    return sorted(named.items())
