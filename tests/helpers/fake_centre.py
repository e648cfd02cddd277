"""Data centres of the tests that answer from memory, where no network is needed."""

import io

from obspy import Stream

from specufex_pipe.webservices.answers import Answer, Unanswered


def mseed(*traces, **how):
    """Return traces as the bytes of miniSEED."""
    file = io.BytesIO()
    Stream(list(traces)).write(file, format="MSEED", **({"reclen": 512} | how))
    return file.getvalue()


class FakeCentre:
    """Answers from a stream, trimmed to samples as data centres do; keeps what it was asked."""

    address = "https://fake.example"

    def __init__(self, stream, answer=None):
        self.stream, self.answer, self.asked = stream, answer, []

    def get_waveforms(self, lines):
        self.asked.append(list(lines))
        if self.answer is not None and (answered := self.answer(lines)) is not None:
            return answered
        found = Stream()
        for line in lines:
            own = self.stream.select(*line[:4]).slice(line.starttime, line.endtime)
            found += own
        if not found:
            raise Unanswered(Answer.NOTHING, f"{self.address}: 204")
        return mseed(*found)
