# The upstream NATS server, by a user of its own that may write its store and nothing else.
#
# At or beyond 2.11.16, 2.12.7 or 2.14.0: older ones let routes in without authentication (Debian's 2.9.10 is for tests
# only). For an image that can be built again bit by bit: --build-arg BROKER=nats:2.12.15-alpine@sha256:...
ARG BROKER=nats:2.12.15-alpine
FROM ${BROKER}
RUN install -d -o 10177 -g 10177 -m 0700 /var/lib/nats
USER 10177:10177
VOLUME /var/lib/nats
