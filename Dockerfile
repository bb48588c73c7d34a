# The bridge alone; Synapse and PostgreSQL run beside it. Build: docker build -t hampayam .
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY bridge bridge
RUN python -m venv /opt/hampayam && /opt/hampayam/bin/pip install --no-cache-dir .

FROM python:3.13-slim
RUN useradd --system --uid 1337 --home-dir /data hampayam && mkdir /data && chown hampayam /data
COPY --from=build /opt/hampayam /opt/hampayam
USER hampayam
WORKDIR /data
VOLUME /data
ENV PYTHONUNBUFFERED=1 PATH=/opt/hampayam/bin:$PATH
# The container must listen on all its addresses: appservice.listen: 0.0.0.0:29300
EXPOSE 29300
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:29300/_hampayam/live', timeout=4)"]
ENTRYPOINT ["python", "-m", "bridge", "--config", "/data/config.yaml"]
CMD ["run"]
