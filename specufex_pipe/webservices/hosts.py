"""The hosts that a process asks: their pauses, how many requests are under way, who is down."""

import math
import random
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from specufex_pipe.webservices.answers import Answer, Unanswered
from specufex_pipe.webservices.manners import Manners

# Requests that a host left unanswered one after the other, each to its last attempt, until it is
# taken for down.
_LEFT_UNANSWERED = 2


class Hosts:
    """What a process knows of the hosts that it asks.

    Parameters
    ----------
    sleep : callable, optional
        It may raise what is to end a wait.
    clock : callable, optional
        Seconds that never go back.
    now : callable, optional
        Seconds since 1970.
    uniform : callable, optional
        A random number in [0, 1), for the jitter.
    """

    def __init__(
        self,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        uniform: Callable[[], float] = random.random,
    ) -> None:
        self.sleep, self.clock, self.now, self.uniform = sleep, clock, now, uniform
        self._lock = threading.Lock()
        self._hosts: dict[str, Host] = {}

    def at(self, url: str) -> "Host":
        """Return the host of a URL; one with another port is another host."""
        host = urlsplit(url).netloc.lower()
        with self._lock:
            return self._hosts.setdefault(host, Host(self))


class Host:
    """A host that is asked, perhaps by several threads.

    Parameters
    ----------
    hosts : Hosts
        Whose sleep and clock are used.
    """

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._changed = threading.Condition()
        self._n_under_way = 0
        self._quiet_until = -math.inf
        self._said = ""  # the trouble for which it is left alone
        self._n_unanswered = 0
        self._unanswered_at = -math.inf

    def begin(self, manners: Manners) -> None:
        """Wait until the host may be asked, and take one of its connections.

        Raises
        ------
        Unanswered
            If it is down, or is to be left alone for longer than `manners.longest_pause`.
        """
        rested_until = -math.inf  # what was slept counts, however exact the clock is
        while True:
            with self._changed:
                while self._n_under_way >= manners.connections:
                    self._changed.wait()
                until = self._quiet_until
                pause = until - max(self._hosts.clock(), rested_until)
                if pause > manners.longest_pause:
                    self._changed.notify()
                    raise Unanswered(Answer.FAILED, self._said)
                if pause <= 0.0:
                    self._n_under_way += 1
                    return
                self._changed.notify()
            self._hosts.sleep(pause)
            rested_until = until

    def end(self) -> None:
        """Give the connection back."""
        with self._changed:
            self._n_under_way -= 1
            self._changed.notify()

    def rest(self, pause: float, said: str) -> None:
        """Leave the host alone for some seconds, as it had the trouble that is said."""
        with self._changed:
            until = self._hosts.clock() + pause
            if until > self._quiet_until:
                self._quiet_until, self._said = until, said

    def answered(self) -> None:
        """Note that it is there."""
        with self._changed:
            self._n_unanswered = 0

    def left_unanswered(self, since: float, said: str) -> None:
        """Note that it left all attempts of a request unanswered, the first at a time of the clock.

        Requests at the same time, which meet the same failure, count as one.
        """
        with self._changed:
            if since < self._unanswered_at:
                return
            self._n_unanswered += 1
            self._unanswered_at = self._hosts.clock()
            is_down = self._n_unanswered >= _LEFT_UNANSWERED
        if is_down:
            self.rest(math.inf, said)


HOSTS = Hosts()
