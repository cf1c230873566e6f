# The gateway as one native binary on a base without shell or package manager.
#
#   docker buildx build --platform linux/amd64,linux/arm64 -t REGISTRY/issuer-gateway:VERSION --push .
#
# The second target is issuerctl, for init containers and `helm test` (issuerctl trust test):
#
#   docker buildx build --platform linux/amd64,linux/arm64 --target issuerctl -t REGISTRY/issuerctl:VERSION --push .
#
# Native AOT cannot cross-compile, so the build stage runs on the platform it builds for (a native node of each, or QEMU).
# Reproducible: locked packages, no paths or times in the binary; with SOURCE_DATE_EPOCH and BuildKit's
# `--output type=image,rewrite-timestamp=true` the layers too. Both bases are named by digest; Renovate moves them.

ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0-noble@sha256:e70cdb7f80b0348f5cb85f19a8f670fca061f033d57eed12fa003d58b0e06317
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled@sha256:18d4848091a40d13dbfdd6a8340c1657dc3e2f2d7fa2f042e9d162e68669dbc9

FROM ${SDK_IMAGE} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends clang zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 CI=true

# Packages first: they change less often than the source.
COPY global.json nuget.config Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/IssuerGateway/IssuerGateway.csproj src/IssuerGateway/packages.lock.json src/IssuerGateway/
COPY src/IssuerGateway.Acme/IssuerGateway.Acme.csproj src/IssuerGateway.Acme/packages.lock.json src/IssuerGateway.Acme/
COPY src/IssuerGateway.Base/IssuerGateway.Base.csproj src/IssuerGateway.Base/packages.lock.json src/IssuerGateway.Base/
COPY src/IssuerGateway.Checking/IssuerGateway.Checking.csproj src/IssuerGateway.Checking/packages.lock.json src/IssuerGateway.Checking/
COPY src/IssuerGateway.Issuers/IssuerGateway.Issuers.csproj src/IssuerGateway.Issuers/packages.lock.json src/IssuerGateway.Issuers/
COPY src/IssuerGateway.Kubernetes/IssuerGateway.Kubernetes.csproj src/IssuerGateway.Kubernetes/packages.lock.json src/IssuerGateway.Kubernetes/
COPY src/IssuerGateway.Transport/IssuerGateway.Transport.csproj src/IssuerGateway.Transport/packages.lock.json src/IssuerGateway.Transport/
ARG TARGETARCH
RUN case "$TARGETARCH" in amd64) rid=linux-x64 ;; arm64) rid=linux-arm64 ;; *) echo "no build for $TARGETARCH" >&2; exit 1 ;; esac \
    && echo "$rid" > /rid \
    && dotnet restore src/IssuerGateway --locked-mode
COPY src/IssuerGateway src/IssuerGateway
COPY src/IssuerGateway.Acme src/IssuerGateway.Acme
COPY src/IssuerGateway.Base src/IssuerGateway.Base
COPY src/IssuerGateway.Checking src/IssuerGateway.Checking
COPY src/IssuerGateway.Issuers src/IssuerGateway.Issuers
COPY src/IssuerGateway.Kubernetes src/IssuerGateway.Kubernetes
COPY src/IssuerGateway.Transport src/IssuerGateway.Transport
COPY manifests/openssl.cnf manifests/openssl.cnf
RUN dotnet publish src/IssuerGateway --no-restore --configuration Release --runtime "$(cat /rid)" --output /publish \
    && install -D -m 0755 /publish/issuer-gateway /image/usr/bin/issuer-gateway \
    && install -D -m 0644 src/IssuerGateway/THIRD-PARTY-NOTICES.md /image/usr/share/doc/issuer-gateway/THIRD-PARTY-NOTICES.md \
    && install -d -m 0755 /image/etc/issuer-gateway \
    && install -d -m 0750 -o 65532 -g 65532 /image/var/lib/issuer-gateway

# A stage of its own, so that neither image waits for the other. One file: the runtime is in it, and nothing is unpacked at run time.
FROM ${SDK_IMAGE} AS build-issuerctl
WORKDIR /source
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 CI=true
COPY global.json nuget.config Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/IssuerGateway.Base src/IssuerGateway.Base
COPY src/IssuerGateway.Checking src/IssuerGateway.Checking
COPY src/IssuerGateway.Ctl src/IssuerGateway.Ctl
COPY src/IssuerGateway.Issuers src/IssuerGateway.Issuers
COPY src/IssuerGateway.Kubernetes src/IssuerGateway.Kubernetes
COPY src/IssuerGateway/THIRD-PARTY-NOTICES.md src/IssuerGateway/THIRD-PARTY-NOTICES.md
ARG TARGETARCH
# Without the lock files: they name no platform, so that the .NET tool is one package for all.
RUN find src -name packages.lock.json -delete \
    && case "$TARGETARCH" in amd64) rid=linux-x64 ;; arm64) rid=linux-arm64 ;; *) echo "no build for $TARGETARCH" >&2; exit 1 ;; esac \
    && dotnet publish src/IssuerGateway.Ctl --configuration Release --runtime "$rid" --self-contained --output /publish \
        -p:PackAsTool=false -p:PublishSingleFile=true -p:EnableCompressionInSingleFile=true -p:DebugType=none -p:RestorePackagesWithLockFile=false \
    && install -D -m 0755 /publish/issuerctl /image/usr/bin/issuerctl \
    && install -D -m 0644 src/IssuerGateway/THIRD-PARTY-NOTICES.md /image/usr/share/doc/issuerctl/THIRD-PARTY-NOTICES.md

FROM ${RUNTIME_IMAGE} AS issuerctl
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="issuerctl" \
      org.opencontainers.image.description="Tests and verifies the trust of relying parties in a Kubernetes cluster" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled"
COPY --from=build-issuerctl /image/ /
# No diagnostics socket: it would need a writable /tmp.
ENV DOTNET_EnableDiagnostics=0
USER 65532:65532
ENTRYPOINT ["/usr/bin/issuerctl"]

# The last stage is what is built without --target.
FROM ${RUNTIME_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="issuer-gateway" \
      org.opencontainers.image.description="Publishes the OIDC discovery document and the JWK Set of a private Kubernetes API server" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled"
COPY --from=build /image/ /
# No diagnostics socket: it would need a writable /tmp, and nobody may attach to what stands on the internet.
ENV DOTNET_EnableDiagnostics=0
USER 65532:65532
EXPOSE 8443 8080
VOLUME ["/var/lib/issuer-gateway"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=10s --retries=3 \
    CMD ["/usr/bin/issuer-gateway", "healthcheck", "--config", "/etc/issuer-gateway/config.json"]
ENTRYPOINT ["/usr/bin/issuer-gateway"]
CMD ["serve", "--config", "/etc/issuer-gateway/config.json"]
