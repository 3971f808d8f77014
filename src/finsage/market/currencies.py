"""The currencies an asset may be priced in and a portfolio kept in.

Active codes of ISO 4217 without funds, metals and test codes; those that the European Central Bank's file
still holds rates of; and the quotation units of three exchanges, which are a hundredth of a currency by an
explicit rule: ``GBX`` and ``GBp`` are pence, ``ZAc`` South African cents, ``ILA`` Israeli agorot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Currency:
    """A unit of account; ``minor_units`` are the decimals its amounts are shown with."""

    code: str
    name: str
    minor_units: int


@dataclass(frozen=True, slots=True)
class Subunit:
    """A unit in which an exchange quotes: ``per_unit`` of them are one ``currency``."""

    currency: str
    per_unit: Decimal


_HUNDRED = Decimal(100)
SUBUNITS: Mapping[str, Subunit] = {
    "GBX": Subunit("GBP", _HUNDRED),
    "GBp": Subunit("GBP", _HUNDRED),
    "ZAc": Subunit("ZAR", _HUNDRED),
    "ILA": Subunit("ILS", _HUNDRED),
}

_NO_DECIMALS = {
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
    "XPF",
}  # fmt: skip
_THREE_DECIMALS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}

_ACTIVE = """
AED United Arab Emirates dirham|AFN Afghan afghani|ALL Albanian lek|AMD Armenian dram|AOA Angolan kwanza
ARS Argentine peso|AUD Australian dollar|AWG Aruban florin|AZN Azerbaijani manat|BAM Bosnian convertible mark
BBD Barbados dollar|BDT Bangladeshi taka|BHD Bahraini dinar|BIF Burundian franc|BMD Bermudian dollar
BND Brunei dollar|BOB Bolivian boliviano|BRL Brazilian real|BSD Bahamian dollar|BTN Bhutanese ngultrum
BWP Botswana pula|BYN Belarusian rouble|BZD Belize dollar|CAD Canadian dollar|CDF Congolese franc
CHF Swiss franc|CLP Chilean peso|CNY Chinese yuan|COP Colombian peso|CRC Costa Rican colon|CUP Cuban peso
CVE Cape Verdean escudo|CZK Czech koruna|DJF Djiboutian franc|DKK Danish krone|DOP Dominican peso
DZD Algerian dinar|EGP Egyptian pound|ERN Eritrean nakfa|ETB Ethiopian birr|EUR Euro|FJD Fijian dollar
FKP Falkland Islands pound|GBP Pound sterling|GEL Georgian lari|GHS Ghanaian cedi|GIP Gibraltar pound
GMD Gambian dalasi|GNF Guinean franc|GTQ Guatemalan quetzal|GYD Guyanese dollar|HKD Hong Kong dollar
HNL Honduran lempira|HTG Haitian gourde|HUF Hungarian forint|IDR Indonesian rupiah|ILS Israeli new shekel
INR Indian rupee|IQD Iraqi dinar|IRR Iranian rial|ISK Icelandic krona|JMD Jamaican dollar|JOD Jordanian dinar
JPY Japanese yen|KES Kenyan shilling|KGS Kyrgyzstani som|KHR Cambodian riel|KMF Comorian franc
KPW North Korean won|KRW South Korean won|KWD Kuwaiti dinar|KYD Cayman Islands dollar|KZT Kazakhstani tenge
LAK Lao kip|LBP Lebanese pound|LKR Sri Lankan rupee|LRD Liberian dollar|LSL Lesotho loti|LYD Libyan dinar
MAD Moroccan dirham|MDL Moldovan leu|MGA Malagasy ariary|MKD Macedonian denar|MMK Myanmar kyat
MNT Mongolian togrog|MOP Macanese pataca|MRU Mauritanian ouguiya|MUR Mauritian rupee|MVR Maldivian rufiyaa
MWK Malawian kwacha|MXN Mexican peso|MYR Malaysian ringgit|MZN Mozambican metical|NAD Namibian dollar
NGN Nigerian naira|NIO Nicaraguan cordoba|NOK Norwegian krone|NPR Nepalese rupee|NZD New Zealand dollar
OMR Omani rial|PAB Panamanian balboa|PEN Peruvian sol|PGK Papua New Guinean kina|PHP Philippine peso
PKR Pakistani rupee|PLN Polish zloty|PYG Paraguayan guarani|QAR Qatari riyal|RON Romanian leu
RSD Serbian dinar|RUB Russian rouble|RWF Rwandan franc|SAR Saudi riyal|SBD Solomon Islands dollar
SCR Seychellois rupee|SDG Sudanese pound|SEK Swedish krona|SGD Singapore dollar|SHP Saint Helena pound
SLE Sierra Leonean leone|SOS Somali shilling|SRD Surinamese dollar|SSP South Sudanese pound|STN Sao Tome dobra
SVC Salvadoran colon|SYP Syrian pound|SZL Swazi lilangeni|THB Thai baht|TJS Tajikistani somoni
TMT Turkmenistani manat|TND Tunisian dinar|TOP Tongan paanga|TRY Turkish lira|TTD Trinidad and Tobago dollar
TWD New Taiwan dollar|TZS Tanzanian shilling|UAH Ukrainian hryvnia|UGX Ugandan shilling|USD US dollar
UYU Uruguayan peso|UZS Uzbekistani sum|VES Venezuelan bolivar|VND Vietnamese dong|VUV Vanuatu vatu
WST Samoan tala|XAF Central African CFA franc|XCD East Caribbean dollar|XCG Caribbean guilder
XOF West African CFA franc|XPF CFP franc|YER Yemeni rial|ZAR South African rand|ZMW Zambian kwacha
ZWG Zimbabwe gold
"""
_FORMER = """
BGN Bulgarian lev (until 2025)|CYP Cypriot pound (until 2007)|EEK Estonian kroon (until 2010)
HRK Croatian kuna (until 2022)|LTL Lithuanian litas (until 2014)|LVL Latvian lats (until 2013)
MTL Maltese lira (until 2007)|ROL Romanian leu (until 2005)|SIT Slovenian tolar (until 2006)
SKK Slovak koruna (until 2008)|TRL Turkish lira (until 2004)
"""
_QUOTED = "GBX Pence sterling|GBp Pence sterling|ILA Israeli agorot|ZAc South African cents"


def _minor_units(code: str) -> int:
    return 0 if code in _NO_DECIMALS else 3 if code in _THREE_DECIMALS else 2


def _read(block: str) -> dict[str, Currency]:
    entries = [entry.split(" ", 1) for line in block.strip().splitlines() for entry in line.split("|")]
    return {code: Currency(code, name, _minor_units(code)) for code, name in entries}


CURRENCIES: Mapping[str, Currency] = _read(_ACTIVE) | _read(_FORMER) | _read(_QUOTED)
"""Every currency and quotation unit by its code. Codes are case-sensitive: GBp is not GBP."""


def is_currency(code: str) -> bool:
    """Whether amounts may be in this currency."""
    return code in CURRENCIES


def unit_of(code: str) -> Subunit:
    """The currency behind a code and how many of the code's units it has: itself and one but for subunits."""
    return SUBUNITS.get(code, Subunit(code, Decimal(1)))
