"""Operations as methods: of a blocking client, or of one that is awaited.

    class Documents(Group[D]):
        get = Method(operations.get)

`Documents[Driver].get` returns a document, and `Documents[AsyncDriver].get` awaits one. Both have
the arguments of `operations.get`.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar, overload

from inkdex.core.drivers import AsyncDriver, Driver
from inkdex.core.steps import Items, Steps

P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D", bound=Driver | AsyncDriver)


class Group(Generic[D]):
    """Operations on one driver."""

    def __init__(self, driver: D) -> None:
        self._driver: Any = driver


class Method(Generic[P, T]):
    """An operation that returns something."""

    def __init__(self, operation: Callable[P, Steps[T]]) -> None:
        self.operation = operation
        self.__doc__ = operation.__doc__

    @overload
    def __get__(self, group: Group[Driver], owner: type) -> Callable[P, T]: ...

    @overload
    def __get__(
        self, group: Group[AsyncDriver], owner: type
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...

    def __get__(self, group: Group[Any], owner: type) -> Callable[P, Any]:
        operation, driver = self.operation, group._driver  # noqa: SLF001 - it is for methods

        @wraps(operation)
        def method(*arguments: P.args, **named: P.kwargs) -> Any:  # noqa: ANN401 - T, or an awaitable
            return driver.run(operation(*arguments, **named))

        return method


class Iteration(Generic[P, T]):
    """An operation that yields something."""

    def __init__(self, operation: Callable[P, Items[T]]) -> None:
        self.operation = operation
        self.__doc__ = operation.__doc__

    @overload
    def __get__(self, group: Group[Driver], owner: type) -> Callable[P, Iterator[T]]: ...

    @overload
    def __get__(self, group: Group[AsyncDriver], owner: type) -> Callable[P, AsyncIterator[T]]: ...

    def __get__(self, group: Group[Any], owner: type) -> Callable[P, Any]:
        operation, driver = self.operation, group._driver  # noqa: SLF001 - it is for methods

        @wraps(operation)
        def method(*arguments: P.args, **named: P.kwargs) -> Any:  # noqa: ANN401 - of T
            return driver.iterate(operation(*arguments, **named))

        return method
