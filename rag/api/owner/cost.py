"""What the tokens of the LLM cost, by the prices that the owner sets."""

from collections.abc import Iterable
from dataclasses import dataclass

from rag.api.feedback.reading import DayFigures
from rag.assembly.settings import Settings

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of a million tokens that the LLM reads and generates; 0 if nothing is paid."""

    read: float
    generated: float
    currency: str

    @property
    def are_set(self) -> bool:
        return bool(self.read or self.generated)

    def cost_of(self, days: Iterable[DayFigures]) -> float:
        """Return what the tokens of some days cost, those for readers who left included."""
        return sum(day.prompt_tokens * self.read + day.completion_tokens * self.generated for day in days) / _MILLION

    def shown(self, cost: float) -> str:
        return f"{cost:,.2f} {self.currency}"


def prices_of(settings: Settings) -> Prices:
    return Prices(settings.price_per_million_read, settings.price_per_million_generated, settings.currency)
