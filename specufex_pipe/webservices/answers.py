"""What a service answers when it does not give what was asked for."""

from enum import StrEnum


class Answer(StrEnum):
    """What became of a request; the list is closed, so that nobody parses text."""

    DATA = "data"
    NOTHING = "nothing"  # it has none: 204 or 404
    REFUSED = "refused"  # it wants other credentials: 401 or 403
    TOO_LARGE = "too large"  # 413, or more than is accepted here
    FAILED = "failed"  # all else: it may answer the next time


class Unanswered(Exception):
    """A service did not give what was asked for.

    Parameters
    ----------
    answer : Answer
    said : str
        Who answered what, in one line: "https://...: 503 Service Unavailable, ... (5 attempts)".
    is_of_request : bool, optional
        Whether the request is to blame rather than the service, which may answer a part of it.
    """

    def __init__(self, answer: Answer, said: str, *, is_of_request: bool = False) -> None:
        super().__init__(said)
        self.answer, self.said, self.is_of_request = answer, said, is_of_request
