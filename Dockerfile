# The package in locked versions, the workflow and the demonstration.
#     docker build --tag specufex_pipe . && docker run --rm specufex_pipe
# BASE is any image with Python 3.11 or newer as python3, and the module venv.
ARG BASE=docker.io/library/python:3.11-slim-bookworm

FROM ${BASE} AS build
COPY container/requirements.txt /src/container/
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes --requirement /src/container/requirements.txt
COPY pyproject.toml README.md LICENSE /src/
COPY specufex_pipe /src/specufex_pipe
COPY workflow /src/workflow
COPY profiles /src/profiles
COPY resources /src/resources
# The history, which would tell the version, is not copied.
ARG VERSION=0.1.0
# What builds the wheel is locked too.
RUN SETUPTOOLS_SCM_PRETEND_VERSION=${VERSION} \
    /opt/venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation /src

FROM ${BASE}
COPY --from=build /opt/venv /opt/venv
RUN useradd --create-home specufex
# Caches of fonts and of sources, for users whose home is not writable.
ENV PATH=/opt/venv/bin:$PATH XDG_CACHE_HOME=/tmp/cache XDG_CONFIG_HOME=/tmp/config
USER specufex
RUN specufex-pipe init /home/specufex/demonstration
WORKDIR /home/specufex/demonstration
CMD ["specufex-pipe", "run"]
