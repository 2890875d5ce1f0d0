# Two images from one file:
#   docker build --target server -t tsdbserver .
#   docker build --target k6 -t k6-tdigest .

FROM golang:1.26-bookworm AS k6-build
WORKDIR /src
COPY xk6-output-tdigest/go.mod xk6-output-tdigest/go.sum ./
RUN go mod download
COPY xk6-output-tdigest/ ./
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags='-s -w' -o /k6 ./cmd/k6

FROM python:3.13-slim-bookworm AS server-build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY xk6-output-tdigest/VERSION xk6-output-tdigest/VERSION
COPY aggregators/ aggregators/
COPY tsdbserver/ tsdbserver/
RUN python -m venv /opt/tsdbserver && /opt/tsdbserver/bin/pip install --no-cache-dir .

FROM alpine:3.22 AS k6
RUN adduser -D -u 12345 k6
COPY --from=k6-build /k6 /usr/bin/k6
USER 12345
WORKDIR /home/k6
ENTRYPOINT ["/usr/bin/k6"]

FROM python:3.13-slim-bookworm AS server
RUN useradd --system --uid 4242 --no-create-home tsdbserver
COPY --from=server-build /opt/tsdbserver /opt/tsdbserver
USER 4242
ENV MALLOC_ARENA_MAX=2 TSDBSERVER_LISTEN=0.0.0.0:4242
EXPOSE 4242
HEALTHCHECK --interval=10s --timeout=3s CMD \
    ["/opt/tsdbserver/bin/python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:4242/api/status', timeout=2)"]
ENTRYPOINT ["/opt/tsdbserver/bin/tsdbserver"]
CMD ["serve"]
