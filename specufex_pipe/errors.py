"""Errors that a user can mend; they end a command with a message and no traceback."""


class SettingsError(ValueError):
    """A setting is wrong; the message names the key and the value."""


class StageError(RuntimeError):
    """A stage cannot continue; the message says where and why."""


class FitInterrupted(RuntimeError):
    """A fit was asked to stop before its end; its checkpoint keeps what was reached."""
