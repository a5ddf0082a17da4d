"""What the routes get from the app, as FastAPI dependencies.

`create_app` stores one `Services` as `app.state.services`. A route takes `AppServices`, or
`ServingEngine` if it only needs the engine.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from rag.api.conversations.keeper import ConversationKeeper
from rag.api.engine_loader import EngineLoader
from rag.api.upkeep import Upkeep
from rag.assembly.settings import Settings

if TYPE_CHECKING:
    # At run time this would import torch before the port is open.
    from rag.assembly.engine import Engine


@dataclass(frozen=True, slots=True)
class Services:
    """What one app consists of.

    Attributes:
        started: When the app was created, seconds since 1970.
    """

    settings: Settings
    loader: EngineLoader
    upkeep: Upkeep
    keeper: ConversationKeeper
    started: int


def services_of(request: Request) -> Services:
    """Return the services of the app that a request was sent to."""
    services: Services = request.app.state.services
    return services


async def _wait_for_engine(request: Request) -> "Engine":
    return await services_of(request).loader.engine()


AppServices = Annotated[Services, Depends(services_of)]
ServingEngine = Annotated["Engine", Depends(_wait_for_engine)]
"""The engine. FastAPI waits for it before it reads the request's parameters."""
