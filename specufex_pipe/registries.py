"""Registries: the members of a family by name, each loaded when it is first asked for."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TypeVar

Member = TypeVar("Member")


class Registry(Mapping[str, type[Member]]):
    """The classes of a family by the names that settings and files know them by.

    A class is imported when it is asked for, since some take seconds to load.

    Parameters
    ----------
    family : str
        What the members are, for messages.
    members : dict of str
        Where each is, "package.module:Class", by name.
    """

    def __init__(self, family: str, members: Mapping[str, str]) -> None:
        self.family = family
        self._members = dict(members)

    def __getitem__(self, name: str) -> type[Member]:
        if name not in self._members:
            raise KeyError(f"{name!r} is not a {self.family}; there are {', '.join(self)}")
        module, _, class_name = self._members[name].partition(":")
        member: type[Member] = getattr(import_module(module), class_name)
        return member

    def __contains__(self, name: object) -> bool:
        # The Mapping's own would load the class.
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def name_of_class(self, class_name: str) -> str:
        """Return the name under which a class is registered; no class is loaded for it.

        Raises
        ------
        KeyError
            If there is no such class in the family.
        """
        names = {place.partition(":")[2]: name for name, place in self._members.items()}
        if class_name not in names:
            raise KeyError(f"{class_name} is not a {self.family}; there are {', '.join(names)}")
        return names[class_name]
