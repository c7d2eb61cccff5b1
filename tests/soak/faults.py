"""The faults of a soak: each begins, and returns a function that ends it."""

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from tests.soak.model_server import ModelServer
from tests.soak.soak_system import EMBED_TIMEOUT_SECONDS, SoakSystem
from tests.support import model_faults as model
from tests.support.proxy import Exchange, Fault, pass_on
from tests.support.server_processes import Process

REQUEST_SECONDS = 2.0
"""Longer than a request to a healthy model server."""
FROZEN_WORKER_SECONDS = (12.0, 14.0)
"""Longer than a lease of ten seconds."""

End = Callable[[], None]
Choose = Callable[[SoakSystem, Random], Sequence[ModelServer]]


@dataclass(frozen=True)
class Kind:
    """A fault: `part` is what it breaks, `seconds` the range of its length."""

    name: str
    part: str
    seconds: tuple[float, float]
    begin: Callable[[SoakSystem, Random], End]


def _nothing() -> None:
    """End a fault that is already over."""


def _signal(group: str, number: signal.Signals, *, all_: bool = False) -> Callable[..., End]:
    def begin(system: SoakSystem, random: Random) -> End:
        processes: list[Process] = getattr(system, group)
        for process in processes if all_ else [random.choice(processes)]:
            system.expect_death(process)
            process.child.send_signal(number)
        return _nothing

    return begin


def _freeze(group: str) -> Callable[..., End]:
    def begin(system: SoakSystem, random: Random) -> End:
        process: Process = random.choice(getattr(system, group))
        process.pause()
        return process.resume

    return begin


def _broker_killed(system: SoakSystem, _: Random) -> End:
    system.broker.kill()
    return system.broker.start


def _broker_frozen(system: SoakSystem, _: Random) -> End:
    system.broker.pause()
    return system.broker.resume


def _broker_flushed(system: SoakSystem, _: Random) -> End:
    system.broker.flush()
    return _nothing


def _broker_disconnects(system: SoakSystem, _: Random) -> End:
    system.broker.disconnect_everybody()
    return _nothing


def _postgres_crashes(system: SoakSystem, _: Random) -> End:
    system.cluster.crash()
    return system.cluster.start


def _replica_crashes(system: SoakSystem, _: Random) -> End:
    system.replica.crash()
    return system.replica.start


def _replica_stops(system: SoakSystem, _: Random) -> End:
    system.replica.kill(signal.SIGINT)
    return system.replica.start


def _replica_loses_a_backend(system: SoakSystem, _: Random) -> End:
    """All its connections break, and it recovers by itself within a second."""
    system.replica.standby.crash()
    return _nothing


def _replica_frozen(system: SoakSystem, _: Random) -> End:
    system.replica.pause()
    return system.replica.resume


def _replica_falls_behind(system: SoakSystem, _: Random) -> End:
    system.replica.standby.hold()
    return system.replica.standby.release


def _all(system: SoakSystem, _: Random) -> Sequence[ModelServer]:
    return system.models


def _one(system: SoakSystem, random: Random) -> Sequence[ModelServer]:
    return [random.choice(system.models)]


def _second(system: SoakSystem, _: Random) -> Sequence[ModelServer]:
    """Return the server that does not lead: the one that leads would show what a model is."""
    return system.models[1:]


def _refuses(chosen: Choose = _one) -> Callable[..., End]:
    return _each(chosen, ModelServer.refuse, ModelServer.accept)


def _dies(chosen: Choose = _one) -> Callable[..., End]:
    return _each(chosen, ModelServer.kill, ModelServer.start)


def _other_weights() -> Callable[..., End]:
    return _each(_second, lambda server: server.serve(model.other_weights), _right_weights_again)


def _model(fault: Fault, chosen: Choose = _one) -> Callable[..., End]:
    return _each(chosen, lambda server: server.serve(fault), lambda server: server.serve(pass_on))


def _right_weights_again(server: ModelServer) -> None:
    """No real server changes its weights and back during one request."""
    server.serve(model.other_file)
    time.sleep(REQUEST_SECONDS)
    server.serve(pass_on)


def _each(
    chosen: Choose, break_: Callable[[ModelServer], None], mend: Callable[[ModelServer], None]
) -> Callable[..., End]:
    def begin(system: SoakSystem, random: Random) -> End:
        servers = chosen(system, random)
        for server in servers:
            break_(server)

        def end() -> None:
            for server in servers:
                mend(server)

        return end

    return begin


def _hang_and_answer(exchange: Exchange) -> None:
    """Behave like a server that is stopped and then continued."""
    exchange.healed.wait()
    pass_on(exchange)


def _black_hole(exchange: Exchange) -> None:
    """Behave like a network that lost the connection: no answer comes, even after the fault."""
    time.sleep(4 * EMBED_TIMEOUT_SECONDS)
    exchange.reset()


AT_ONCE = (0.0, 0.0)
SHORT = (2.0, 6.0)

KINDS: tuple[Kind, ...] = (
    Kind("worker killed", "worker", AT_ONCE, _signal("workers", signal.SIGKILL)),
    Kind("all workers killed", "worker", AT_ONCE, _signal("workers", signal.SIGKILL, all_=True)),
    Kind("worker restarted", "worker", AT_ONCE, _signal("workers", signal.SIGTERM)),
    Kind("worker frozen", "worker", FROZEN_WORKER_SECONDS, _freeze("workers")),
    Kind("API killed", "api", AT_ONCE, _signal("apis", signal.SIGKILL)),
    Kind("API restarted", "api", AT_ONCE, _signal("apis", signal.SIGTERM)),
    Kind("API frozen", "api", SHORT, _freeze("apis")),
    Kind("Redis killed", "redis", SHORT, _broker_killed),
    Kind("Redis frozen", "redis", SHORT, _broker_frozen),
    Kind("Redis flushed", "redis", AT_ONCE, _broker_flushed),
    Kind("Redis disconnects everybody", "redis", AT_ONCE, _broker_disconnects),
    Kind("Postgres crashes", "postgres", (0.0, 3.0), _postgres_crashes),
    Kind("replica crashes", "replica", SHORT, _replica_crashes),
    Kind("replica restarted at once", "replica", AT_ONCE, _replica_crashes),
    Kind("replica loses a backend", "replica", AT_ONCE, _replica_loses_a_backend),
    Kind("replica stops", "replica", SHORT, _replica_stops),
    Kind("replica frozen", "replica", SHORT, _replica_frozen),
    Kind("replica falls behind", "replica", (2.0, 12.0), _replica_falls_behind),
    Kind("model killed", "model", SHORT, _dies()),
    Kind("all models killed", "model", AT_ONCE, _dies(_all)),
    Kind("model refuses", "model", SHORT, _refuses()),
    Kind("all models refuse", "model", SHORT, _refuses(_all)),
    Kind("model has other weights", "model", SHORT, _other_weights()),
    Kind("all models hang, then answer", "model", SHORT, _model(_hang_and_answer, _all)),
    Kind("model hangs, then answers", "model", SHORT, _model(_hang_and_answer)),
    Kind("model hangs, then resets", "model", SHORT, _model(model.hang)),
    Kind("model never answers", "model", SHORT, _model(_black_hole)),
    Kind("model resets", "model", SHORT, _model(model.reset)),
    Kind("model resets in mid-answer", "model", SHORT, _model(model.reset_in_mid_answer)),
    Kind("model busy (503)", "model", SHORT, _model(model.busy)),
    Kind("model broken (500)", "model", SHORT, _model(model.broken)),
    Kind("model runner died (400)", "model", SHORT, _model(model.runner_died)),
    Kind("model slow", "model", SHORT, _model(model.slow(1.5))),
    Kind(
        "model slow past its limit",
        "model",
        (EMBED_TIMEOUT_SECONDS, EMBED_TIMEOUT_SECONDS + 3),
        _model(model.slow(EMBED_TIMEOUT_SECONDS + 2)),
    ),
    Kind("model missing", "model", SHORT, _model(model.missing)),
    Kind("fewer vectors", "model", SHORT, _model(model.fewer)),
    Kind("NaN in vectors", "model", SHORT, _model(model.vectors(model.nan))),
)
