# One image for every process: serve, worker, publisher and the other commands.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.lock pyproject.toml ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY README.md LICENSE ./
COPY domain domain
COPY streams streams
COPY projections projections
COPY alerts alerts
COPY infra infra
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --system --create-home --home-dir /var/lib/tender-monitor monitor
COPY --from=build /venv /venv
USER monitor
ENV PATH=/venv/bin:$PATH TENDER_MONITOR_DATA=/var/lib/tender-monitor/data
VOLUME /var/lib/tender-monitor
EXPOSE 8080
ENTRYPOINT ["tender-monitor"]
CMD ["serve", "--host", "0.0.0.0"]
