"""What the portfolio slice refuses, one English line each."""

from __future__ import annotations

from finsage.errors import Conflict, Invalid, NotFound, TooLarge


class PortfolioNotFound(NotFound):
    """There is no such portfolio."""


class TransactionNotFound(NotFound):
    """There is no such transaction."""


class ImportNotFound(NotFound):
    """There is no such import."""


class PortfolioNotEmpty(Conflict):
    """The portfolio has transactions; erasing it must be confirmed by its name."""


class InsufficientQuantity(Conflict):
    """The portfolio holds less than the transaction takes out."""


class AlreadyReversed(Conflict):
    """The transaction is reversed already."""


class NotReversible(Conflict):
    """A reversal cannot be reversed; record the transaction again instead."""


class NotReversed(Conflict):
    """Only a reversed transaction can be restored."""


class AlreadyReplaced(Conflict):
    """Another transaction stands in the place of this one; both would count twice."""


class NotAPair(Conflict):
    """These two transactions are not the two sides of one transfer."""


class TooManyTags(Invalid):
    """A transaction carries at most 50 tags."""


class InvalidTransaction(Invalid):
    """The transaction cannot be booked as it stands."""


class SymbolUnknown(Invalid):
    """No asset has this symbol."""


class SymbolAmbiguous(Invalid):
    """Several assets have this symbol; name the one that is meant by its id."""


class InvalidScope(Invalid):
    """The scope names nothing of this portfolio, or more than one thing."""


class InvalidPeriod(Invalid):
    """The period ends before it begins."""


class InvalidTargets(Invalid):
    """The targets cannot stand: a key is unknown, or the shares exceed the whole."""


class UnknownCurrency(Invalid):
    """There is no currency of this code."""


class UnknownTimeZone(Invalid):
    """There is no time zone of this name."""


class TemplateNotFound(NotFound):
    """There is no such import template."""


class InvalidMapping(Invalid):
    """The columns cannot be read as they are named."""


class NotATable(Invalid):
    """The file is no table whose columns could be named."""


class ImportHasErrors(Conflict):
    """Some rows cannot be booked; mend the file, answer the questions, or confirm with skip_errors."""


class ImportNotPending(Conflict):
    """The import is not waiting for confirmation."""


class ImportDiscarded(NotFound):
    """The import was discarded, and its file with it."""


class ImportNotConfirmed(Conflict):
    """Only a confirmed import can be reverted."""


class ImportContentChanged(Conflict):
    """The preview belongs to another content than the one confirmed."""


class ImportedMeanwhile(Conflict):
    """Another import has booked some of these records."""


class ImportTooLarge(TooLarge):
    """The file has more rows than one import takes."""


class BookCorrupt(Conflict):
    """Stored balances and lots disagree; nothing was changed."""

    kind = "internal"
