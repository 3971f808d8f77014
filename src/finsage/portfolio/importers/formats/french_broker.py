"""A French broker's statement, as an example of a saved column mapping."""

from __future__ import annotations

from finsage.portfolio.importers.mapping import ColumnMapping, format_of

FRENCH_MAPPING = ColumnMapping(
    id="french-broker",
    name="French broker statement",
    description="A statement with Date d'operation, Operation, ISIN, Libelle, Quantite, Cours, Montant, Frais, Devise.",
    columns={
        "day": "Date d'operation",
        "type": "Operation",
        "isin": "ISIN",
        "name": "Libelle",
        "quantity": "Quantite",
        "unit_price": "Cours",
        "gross": "Montant",
        "fee": "Frais",
        "currency": "Devise",
    },
    types={
        "Achat": "buy", "Vente": "sell", "Dividende": "dividend", "Dividendes": "dividend", "Interet": "interest",
        "Interets": "interest", "Versement": "deposit", "Virement recu": "deposit", "Prelevement": "withdrawal",
        "Retrait": "withdrawal", "Virement emis": "withdrawal", "Frais": "fee", "Taxe": "tax",
    },
    decimal=",",
    date_order="dmy",
    time_zone="Europe/Paris",
    totals=("total", "***", "solde"),
)  # fmt: skip

FRENCH_BROKER = format_of(FRENCH_MAPPING)
