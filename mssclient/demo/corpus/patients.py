"""Invented patients. Their NIR have the right form and key, and a place of birth that cannot be (99 999)."""

from dataclasses import dataclass
from datetime import date

__all__ = ["PATIENTS", "Patient"]


@dataclass(frozen=True)
class Patient:
    """Identity traits."""

    key: str
    family: str
    given: str
    sex: str
    """ "F" or "M"."""
    birth: date
    street: str
    town: str
    """Postcode and town."""
    order: int
    """Last three digits of the NIR, unique here."""

    @property
    def title(self) -> str:
        return "Mme" if self.sex == "F" else "M."

    @property
    def name(self) -> str:
        return f"{self.title} {self.family} {self.given}"

    @property
    def born(self) -> str:
        return f"né{'e' if self.sex == 'F' else ''} le {self.birth:%d/%m/%Y}"

    @property
    def nir(self) -> str:
        """13 digits."""
        sex = 2 if self.sex == "F" else 1
        return f"{sex}{self.birth:%y%m}99999{self.order:03d}"

    @property
    def nir_key(self) -> str:
        return f"{97 - int(self.nir) % 97:02d}"

    @property
    def ins(self) -> str:
        """15 digits."""
        return self.nir + self.nir_key

    @property
    def address(self) -> str:
        """In Mon espace santé."""
        return f"{self.ins}@patient.mssante.fr"

    def age(self, on: date) -> int:
        return on.year - self.birth.year - ((on.month, on.day) < (self.birth.month, self.birth.day))


def _patients() -> list[Patient]:
    rows = """
    leroux    | LEROUX    | Jeanne    | F | 1957-03-14 | 4 impasse des Lilas         | 74000 ANNECY
    perret    | PERRET    | André     | M | 1949-11-02 | 18 rue de la Gare           | 74960 CRAN GEVRIER
    belloir   | BELLOIR   | Nadia     | F | 1978-06-25 | 3 allée du Verger           | 74600 SEYNOD
    tissot    | TISSOT    | Bernard   | M | 1952-09-08 | 27 route des Creuses        | 74960 CRAN GEVRIER
    odin      | ODIN      | Simone    | F | 1944-01-30 | 9 rue du Lac                | 74320 SEVRIER
    garnaud   | GARNAUD   | Yves      | M | 1961-05-17 | 55 avenue de Loverchy       | 74000 ANNECY
    rouviere  | ROUVIÈRE  | Odette    | F | 1938-12-05 | 7 rue de la Poste           | 74000 ANNECY
    keller    | KELLER    | Inès      | F | 1990-04-11 | 14 rue des Alpins           | 74000 ANNECY
    ferrand   | FERRAND   | Lucien    | M | 1935-07-19 | EHPAD Les Glycines          | 74600 SEYNOD
    delaville | DELAVILLE | Rose      | F | 1931-02-23 | EHPAD Les Glycines          | 74600 SEYNOD
    mercadal  | MERCADAL  | Thierry   | M | 1968-08-14 | 2 chemin du Crêt            | 74940 ANNECY LE VIEUX
    nogueira  | NOGUEIRA  | Sofia     | F | 1994-10-03 | 31 rue Centrale             | 74940 ANNECY LE VIEUX
    vidonne   | VIDONNE   | Marcel    | M | 1946-03-28 | 88 route de Bellevue        | 74410 SAINT JORIOZ
    charvin   | CHARVIN   | Émilie    | F | 1986-05-09 | 6 place de l’Église         | 74370 PRINGY
    chappuis  | CHAPPUIS  | Gérard    | M | 1955-12-21 | 12 rue de la Cité           | 74000 ANNECY
    bouvard   | BOUVARD   | Lina      | F | 2019-02-16 | 5 rue des Cordeliers        | 74000 ANNECY
    excoffier | EXCOFFIER | Paulette  | F | 1942-08-31 | 19 rue Filaterie            | 74000 ANNECY
    pinget    | PINGET    | Romain    | M | 1983-01-07 | 41 avenue des Neigeos       | 74600 SEYNOD
    dupraz    | DUPRAZ    | Colette   | F | 1950-06-12 | 3 rue du Forum              | 74000 ANNECY
    saulnier  | SAULNIER  | Denis     | M | 1959-04-04 | 10 impasse du Moulin        | 74150 RUMILLY
    aguettaz  | AGUETTAZ  | Mireille  | F | 1964-11-27 | 23 rue du Pont Neuf         | 74150 RUMILLY
    benamar   | BENAMAR   | Karim     | M | 1972-02-09 | 16 rue de l’Arc-en-Ciel     | 74600 SEYNOD
    lachenal  | LACHENAL  | Suzanne   | F | 1940-10-15 | 1 rue des Glières           | 74000 ANNECY
    thorens   | THORENS   | Michel    | M | 1953-01-26 | 70 route de Thônes          | 74940 ANNECY LE VIEUX
    rosset    | ROSSET    | Chloé     | F | 2001-09-22 | 8 rue de la Préfecture      | 74000 ANNECY
    jacquemo  | JACQUEMOUD| Fernand   | M | 1947-05-03 | 29 chemin des Vignes        | 74290 VEYRIER DU LAC
    dalmasso  | DALMASSO  | Béatrice  | F | 1969-07-30 | 13 avenue du Rhône          | 74000 ANNECY
    cochet    | COCHET    | Julien    | M | 1997-12-12 | 4 rue de la République      | 74000 ANNECY
    fontvieil | FONTVIEILLE| Marguerite| F | 1936-04-18 | 25 rue Louis Revon          | 74000 ANNECY
    grivaz    | GRIVAZ    | Alain     | M | 1963-03-06 | 11 lieu-dit Les Fontaines   | 74410 DUINGT
    maniglier | MANIGLIER | Sylvie    | F | 1975-08-20 | 38 rue de Malaz             | 74600 SEYNOD
    ostertag  | OSTERTAG  | Hélène    | F | 1988-01-15 | 17 rue Jean Jaurès          | 74000 ANNECY
    pariset   | PARISET   | Noé       | M | 2014-06-01 | 20 rue des Marquisats       | 74000 ANNECY
    quiblier  | QUIBLIER  | Raymond   | M | 1941-09-29 | 6 rue du Collège            | 74230 THONES
    suscillon | SUSCILLON | Anne-Marie| F | 1956-02-11 | 33 avenue de France         | 74000 ANNECY
    veyrat    | VEYRAT    | Olivier   | M | 1979-10-24 | 15 route du Semnoz          | 74600 QUINTAL
    """
    made: list[Patient] = []
    for order, line in enumerate(rows.strip().splitlines(), 1):
        key, family, given, sex, birth, street, town = (cell.strip() for cell in line.split("|"))
        made.append(Patient(key, family, given, sex, date.fromisoformat(birth), street, town, order))
    return made


PATIENTS = {patient.key: patient for patient in _patients()}
