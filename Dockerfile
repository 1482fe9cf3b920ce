# One image for the web process and the engine; compose.yml starts both.
FROM python:3.11-slim-bookworm AS builder
WORKDIR /app
ENV RASA_TELEMETRY_ENABLED=false \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project --compile-bytecode
COPY README.md LICENSE config.yml domain.yml endpoints.yml credentials.yml ./
COPY actions actions
COPY bot bot
COPY data data
RUN uv sync --frozen --no-dev --compile-bytecode \
    && .venv/bin/python -m compileall -q bot actions \
    && .venv/bin/rathausbote train \
    && mkdir -p var

FROM python:3.11-slim-bookworm
WORKDIR /app
RUN useradd --system --uid 10001 --home-dir /app/var --shell /usr/sbin/nologin rathausbote
COPY --from=builder /app /app
# Written at run time: the database, and models where a town brings its own data/.
RUN mkdir -p .rasa && chown -R rathausbote var models .rasa
ENV PATH=/app/.venv/bin:$PATH \
    BOT_HOST=0.0.0.0 \
    PYTHONUNBUFFERED=1 \
    RASA_TELEMETRY_ENABLED=false
USER rathausbote
VOLUME /app/var
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('BOT_PORT', '8080') + '/healthz', timeout=3)"]
CMD ["rathausbote", "run"]
