#!/usr/bin/env bash
# Writes every generated page and file again: references of the configuration, the command line, metrics, findings and
# alerts, the guide for changing the issuer, the tables of values, the notices, the rendered manifests, the golden files.
# A test fails when one of them is stale; commit what this changes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

tests/tools/install.sh
dotnet build IssuerGateway.sln -c Release -v q -nologo
export UPDATE_GOLDEN=1
tests/IssuerGateway.Tests/bin/Release/net10.0/IssuerGateway.Tests -noColor -class '*PageTests' -class '*GoldenPlanTests' \
  -class '*.RenderTests' -class '*.RenderedTextTests' -class '*.CheckOutputTests' -class '*EntraApp.VerifyTests'
tests/IssuerGateway.EndToEnd/bin/Release/net10.0/IssuerGateway.EndToEnd -noColor -class '*AlertTests' -class '*OperatorsPageTests' -class '*Kit.ChartTests'
node charts/values-table.mjs
node tests/tools/notices.mjs
HELM=$PWD/artifacts/tools/bin/helm4 manifests/render.sh
git status --short
