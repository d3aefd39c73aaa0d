# The runtime image: an /x1 overlay with codexbridge and two releases of Codex, on a slim Node.
#
#   docker build --build-context source=. -t codexbridge .
#
# There is no key in it: the pod gives OPENAI_BASE_URL, OPENAI_API_KEY or CODEX_AUTH_SOURCE when it starts.
ARG NODE_IMAGE=node:22-slim

FROM ${NODE_IMAGE} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gh python3 python3-pip python3-venv \
    && rm -rf /var/lib/apt/lists/*
COPY --from=source . /src
ARG CODEX_CURRENT=0.169.0
ARG CODEX_PINNED=0.47.0
RUN /src/image/lay-out.sh /x1 "${CODEX_CURRENT}" "${CODEX_PINNED}"

FROM ${NODE_IMAGE}
LABEL org.x1agent.image="runtime-codex" \
      org.x1agent.image.role="agent-runtime" \
      org.x1agent.runtime="codex" \
      org.opencontainers.image.title="codexbridge" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl git python3 \
    && rm -rf /var/lib/apt/lists/* \
    && userdel --remove node \
    && groupadd --gid 1000 agent \
    && useradd --uid 1000 --gid 1000 --create-home --shell /bin/bash agent \
    && install -d -o agent -g agent -m 700 /home/agent/.codex \
    && install -d -o agent -g agent -m 777 /workspace
COPY --from=build /x1 /x1
ENV X1_RUNTIME=codex \
    GIT_CONFIG_SYSTEM=/x1/etc/gitconfig \
    LANG=C.UTF-8
USER agent
WORKDIR /workspace
ENTRYPOINT ["/x1/bin/entrypoint"]
