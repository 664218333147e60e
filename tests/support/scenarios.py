"""Small centres to simulate."""

from conversations.ids import QueueId
from routing.forecasts.demand import Demand
from routing.forecasts.scenario import Group, House, Scenario
from routing.forecasts.simulation import Simulation
from routing.forecasts.visits import Run

CARDS = QueueId("cards")
LOANS = QueueId("loans")
HOUR = 3600.0


def group(agents: int, *queues: QueueId, name: str = "agents", **more: object) -> Group:
    """Agents who are alike; without queues they work in `CARDS`."""
    return Group(name=name, agents=agents, queues=frozenset(queues or (CARDS,)), **more)  # type: ignore[arg-type]


def scenario(*parts: Demand | Group | House, length: float = HOUR, warm_up: float = 0) -> Scenario:
    """These customers, agents and, if one is named, this house."""
    return Scenario(
        demands=tuple(each for each in parts if isinstance(each, Demand)),
        groups=tuple(each for each in parts if isinstance(each, Group)),
        house=next((each for each in parts if isinstance(each, House)), House()),
        length=length,
        warm_up=warm_up,
    )


def run(*parts: Demand | Group | House, length: float = HOUR, warm_up: float = 0, seed: str = "1") -> Run:
    """What happens there."""
    return Simulation(scenario(*parts, length=length, warm_up=warm_up), seed).run()


def waits(found: Run) -> list[float | None]:
    """How long each customer waited, in the order in which they came."""
    return [visit.waited for visit in found.visits]
